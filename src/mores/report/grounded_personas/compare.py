"""Several runs side by side: alignment, places on the map, foundations and what drives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mores.report.blocks import (
    Bullets,
    Chart,
    Column,
    Fact,
    FigureBlock,
    Page,
    Prose,
    Row,
    Section,
    Table,
    cell,
)
from mores.report.grounded_personas.cells import WHO, measured, plain, who, whole_cell
from mores.report.grounded_personas.compared_figures import (
    alignment_by_model,
    clouds_by_model,
    foundations_by_model,
    importance_by_model,
)
from mores.report.grounded_personas.context import (
    Basis,
    ModelTables,
    bracketed,
    ends_of,
    known,
)
from mores.report.grounded_personas.labels import (
    form_style,
    foundation_title,
    safe,
    variable_title,
    weighting_title,
)
from mores.report.numbers import fixed
from mores.report.side_by_side import (
    coverage_note,
    coverage_section,
    coverage_table,
    described,
    difference_banners,
    level_of,
)

if TYPE_CHECKING:
    import polars as pl

    from mores.report.registry import Run

__all__ = ["charts", "page", "tables"]

Runs = Sequence[tuple[str, "Run"]]

_PARTS = ("study", "seed", "personas", "questions", "prompts", "asking", "sampling")
_TABLES: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    # of the comparison: the runs' own table, its keys, its numbers
    "alignment_by_model": (
        "alignment_overall",
        ("form", "weighting", "attribute"),
        (
            *("alignment", "low", "high", "covered"),
            *("uniform", "everyone", "split_half", "ceiling", "n_humans", "n_personas"),
        ),
    ),
    "clouds_by_model": (
        "clouds",
        ("form", "weighting"),
        (
            *("x", "x_low", "x_high", "y", "y_low", "y_high", "pc1", "pc2"),
            *("ellipse_major", "ellipse_minor", "angle", "n", "n_effective", "missing"),
        ),
    ),
    "foundations_by_model": (
        "moral_foundations",
        ("form", "source", "weighting", "foundation"),
        ("mean", "mean_low", "mean_high", "sd", "variance", "n", "coverage"),
    ),
    "importance_by_model": (
        "variable_importance",
        ("form", "source", "foundation", "variable"),
        ("eta2", "eta2_low", "eta2_high", "variance", "n"),
    ),
}


def _models(runs: Runs) -> list[ModelTables]:
    return [
        ModelTables(safe(label, 60), bool(run.manifest["model"]["simulated"]), run.tables)
        for label, run in runs
    ]


def _made(runs: Runs, what: str) -> bool:
    return any(what in run.manifest.get("synthetic", []) for _, run in runs)


def _basis(runs: Runs) -> Basis:
    source = coverage_note(runs).rstrip(".")
    if _made(runs, "humans"):
        source += " · synthetic humans: drawn from a model, no real people"
    if _made(runs, "biographies"):
        source += " · simulated biographies among them: written by a grammar"
    return Basis(
        _models(runs),
        level_of(runs),
        "synthetic humans" if _made(runs, "humans") else "humans",
        f"{source}.",
        told="simulated biographies" if _made(runs, "biographies") else "",
    )


def tables(runs: Runs) -> dict[str, pl.DataFrame]:
    """Tables of the runs below each other, each row with its run.

    Parameters
    ----------
    runs : sequence of (label, Run)

    Returns
    -------
    dict of polars.DataFrame
        ``alignment_by_model clouds_by_model foundations_by_model importance_by_model``: ``model`` (the
        run's label), then keys and numbers as in the run's own ``alignment_overall clouds
        moral_foundations variable_importance``. ``coverage``: requests by run.
    """
    import polars as pl

    models = _models(runs)
    found = {}
    for name, (own, keys, numbers) in _TABLES.items():
        schema: dict[str, Any] = dict.fromkeys(("model", *keys), pl.String)
        schema |= dict.fromkeys(numbers, pl.Float64)
        rows = [
            {"model": model.label}
            | {k: str(row.get(k)) for k in keys}
            | {n: known(row, n) for n in numbers}
            for model in models
            for row in model.rows(own)
        ]
        found[name] = pl.DataFrame(rows, schema=schema)
    return found | {"coverage": coverage_table(runs)}


def charts(runs: Runs) -> list[Chart]:
    """Alignment, clouds, foundations and shares of variance, each where any run has it."""
    basis = _basis(runs)
    drawn = [
        alignment_by_model(basis),
        clouds_by_model(basis),
        foundations_by_model(basis),
        importance_by_model(basis),
    ]
    return [chart for chart in drawn if chart is not None]


def page(runs: Runs, tables: Mapping[str, pl.DataFrame], figures: Sequence[FigureBlock]) -> Page:
    """The page of a comparison."""
    drawn = {figure.name: figure for figure in figures}
    level = level_of(runs)
    parts = [
        ("alignment", "Alignment", "figure1_alignment", _alignment(tables, level)),
        ("map", "On the map", "figure2_clouds", _clouds(tables, level)),
        ("foundations", "Moral foundations", "figure3_foundations", _foundations(tables, level)),
        ("importance", "What drives foundations", "figure4_importance", _shares(tables, level)),
    ]
    sections = []
    for k, (name, title, figure, table) in enumerate(parts):
        none = Prose([f"Figure {k + 1} is not drawn: no run has these numbers."])
        shown = drawn.get(figure, none)
        sections.append(Section(name, title, [shown, table] if table.rows else [shown]))
    labels = [label for label, _ in runs]
    return Page(
        title="Grounded personas: runs side by side",
        subtitle=", ".join(labels) if len(labels) <= 6 else f"{len(labels)} runs",
        banners=_banners(runs),
        facts=[Fact(label, described(run)) for label, run in runs],
        findings=list(_findings(runs)),
        coverage="Measures rest on coded answers alone; nothing is imputed.",
        sections=[*sections, coverage_section(tables["coverage"]), _doubts()],
    )


def _banners(runs: Runs) -> list[str]:
    found = difference_banners(runs, _PARTS)
    humans = {str((run.manifest.get("humans") or {}).get("fingerprint")) for _, run in runs}
    if len(humans) > 1:
        found.append(
            "These runs are compared with other humans: their maps and alignments do not compare."
        )
    if _made(runs, "humans"):
        found.append(
            "Synthetic humans: whom these personas are compared with was drawn from a model; no human "
            "has given these answers."
        )
    if _made(runs, "biographies"):
        found.append("Simulated biographies: those of some runs were written by a grammar.")
    return found


def _findings(runs: Runs) -> Iterator[str]:
    """Alignment of each run, and which pairs have intervals apart."""
    first = []
    for model in _models(runs):
        said = []
        for form in model.forms:
            row = model.one(
                "alignment_overall", form=form, weighting="uniform", attribute="everyone"
            )
            if known(row, "alignment") is None:
                continue
            title = form_style(form).title.lower()
            said.append(f"{title} {fixed(known(row, 'alignment'))} {bracketed(row)}".strip())
            if ends_of(row) is not None:
                first.append((f"{model.label}, {title}", ends_of(row)))
        if said:
            yield f"{model.label}: alignment with everyone, uniform: {'; '.join(said)}."
    pairs = [(a, b) for k, a in enumerate(first) for b in first[k + 1 :]]
    apart = [(a[0], b[0]) for a, b in pairs if _apart(a[1], b[1])]
    if pairs:
        yield (
            f"Of {len(pairs)} pairs of these alignments, {len(apart)} have intervals that do not "
            "overlap; overlapping intervals do not show that two runs are alike."
        )


def _apart(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    return one is not None and other is not None and (one[0] > other[1] or other[0] > one[1])


def _rows(table: pl.DataFrame, cells: Any) -> list[Row]:
    rows, last = [], None
    for row in table.rows(named=True):
        rows.append(Row(cells(row), apart=last is not None and last != row["model"]))
        last = row["model"]
    return rows


def _alignment(tables: Mapping[str, pl.DataFrame], level: str) -> Table:
    table = tables["alignment_by_model"].drop_nulls("alignment")
    rows = _rows(
        table,
        lambda r: [
            cell(r["model"]),
            *who(r),
            cell(safe(r["attribute"]).replace("_", " ")),
            *(whole_cell(r, c) for c in ("n_personas", "n_humans")),
            measured(r, "alignment"),
            *(plain(r, c) for c in ("uniform", "split_half")),
        ],
    )
    columns = [
        Column("Run", numeric=False),
        *WHO,
        Column("By", numeric=False),
        Column("Personas"),
        Column("Humans"),
        Column("Alignment", hint="weighted by the humans' numbers; 1 is equal"),
        Column("Uniform answers"),
        Column("Split half"),
    ]
    note = f"Brackets: {level} bootstrap intervals over personas and humans."
    return Table("Alignment over groups", columns, rows, note, "alignment_by_model")


def _clouds(tables: Mapping[str, pl.DataFrame], level: str) -> Table:
    rows = _rows(
        tables["clouds_by_model"].drop_nulls("x"),
        lambda r: [
            cell(r["model"]),
            *who(r),
            whole_cell(r, "n"),
            plain(r, "n_effective", 1),
            *(measured(r, axis, axis, 2) for axis in "xy"),
            *(plain(r, c, 2) for c in ("pc1", "pc2", "ellipse_major", "ellipse_minor")),
        ],
    )
    columns = [
        Column("Run", numeric=False),
        *WHO,
        Column("n"),
        Column("Effective n"),
        Column("x", group="Mean"),
        Column("y", group="Mean"),
        Column("first", group="Variance along axes"),
        Column("second", group="Variance along axes"),
        Column("major", group="95 % ellipse"),
        Column("minor", group="95 % ellipse"),
    ]
    note = f"Units of the map. Brackets: {level} bootstrap intervals over personas."
    return Table("Personas on the map", columns, rows, note, "clouds_by_model")


def _foundations(tables: Mapping[str, pl.DataFrame], level: str) -> Table:
    rows = _rows(
        tables["foundations_by_model"].drop_nulls("mean"),
        lambda r: [
            cell(r["model"]),
            cell(safe(r["source"])),
            cell(form_style(r["form"]).title),
            cell(weighting_title(r["weighting"])),
            cell(foundation_title(r["foundation"])),
            whole_cell(r, "n"),
            measured(r, "mean", "mean", 2),
            plain(r, "sd"),
        ],
    )
    columns = [
        Column("Run", numeric=False),
        Column("Source", numeric=False),
        *WHO,
        Column("Foundation", numeric=False),
        Column("n"),
        Column("Mean", hint="1 to 5"),
        Column("SD", hint="over personas"),
    ]
    note = f"Brackets: {level} bootstrap intervals over personas."
    return Table("Moral foundations", columns, rows, note, "foundations_by_model")


def _shares(tables: Mapping[str, pl.DataFrame], level: str) -> Table:
    table = tables["importance_by_model"].drop_nulls("eta2")
    keys = ["model", "form", "foundation"]
    table = table.sort("eta2", descending=True, maintain_order=True)
    table = table.unique(keys, keep="first", maintain_order=True).sort(keys, maintain_order=True)
    rows = _rows(
        table,
        lambda r: [
            cell(r["model"]),
            cell(form_style(r["form"]).title),
            cell(foundation_title(r["foundation"])),
            plain(r, "variance", 4),
            cell(variable_title(r["variable"])),
            measured(r, "eta2", "eta2", 2),
        ],
    )
    columns = [
        Column("Run", numeric=False),
        Column("Told", numeric=False),
        Column("Foundation", numeric=False),
        Column("Variance", hint="over personas"),
        Column("Greatest share", numeric=False),
        Column("η²"),
    ]
    note = (
        f"The variable with the greatest share of each foundation's variance; all are in the file. "
        f"Brackets: {level} bootstrap intervals over personas. Where there is hardly any variance, "
        "shares say little."
    )
    return Table("What foundations go with most", columns, rows, note, "importance_by_model")


def _doubts() -> Section:
    items = [
        (
            "Runs are not paired here.",
            "Intervals are each run's own. Runs of the same configurations share them, so that a "
            "difference is known better than two intervals side by side show.",
        ),
        (
            "Uniform answers come out high.",
            "Read an alignment between that of uniform answers and the split half, not from 0.",
        ),
        (
            "Shares of nothing.",
            "A share of variance (η²) does not tell how much there is: the variance stands beside it.",
        ),
        (
            "Samples.",
            "Runs with other samples of configurations differ by chance as well, and one that asked "
            "the whole grid has no interval over personas.",
        ),
    ]
    return Section("doubts", "Doubts", [Bullets(items)])
