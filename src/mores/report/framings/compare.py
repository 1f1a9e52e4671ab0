"""Several models side by side: the main table, what they share, and figure 8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from mores.report.framings.absence import figure_or_reason
from mores.report.framings.context import Basis, ModelTables, bracketed, ends_of, known
from mores.report.framings.labels import framing_style, safe
from mores.report.framings.measure_tables import measured, share, signed_cell, whole_cell
from mores.report.framings.models_figure import models_on_shared_slices
from mores.report.framings.sharing import LEVEL, differences, form_of, groups_of, shared
from mores.report.numbers import count, level_text, number_of, signed
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

_PARTS = ("study", "seed", "questions", "asking", "sampling")
_BY_SLICE = ("framings", "prompts")
"""Parts of the fingerprint that hold the slices, so that they differ where these do."""
_MEASURES = ("coverage", "refusal_rate", "baseline_gap", "response_gap", "shift", "alignment")
_ENDS = ("alignment_low", "alignment_high")
_MOST = 60
"""Rows of differences on the page; all are in the file."""


def _models(runs: Runs) -> list[ModelTables]:
    return [
        ModelTables(safe(label, 60), bool(run.manifest["model"]["simulated"]), run.tables)
        for label, run in runs
    ]


def _synthetic(runs: Runs) -> bool:
    return any("humans" in run.manifest.get("synthetic", []) for _, run in runs)


def _basis(runs: Runs) -> Basis:
    synthetic = _synthetic(runs)
    source = coverage_note(runs)
    if synthetic:
        source = f"{source.rstrip('.')} · synthetic humans: drawn from a model, no real people."
    humans = "synthetic humans" if synthetic else "humans"
    return Basis(_models(runs), level_of(runs), humans, source)


def tables(runs: Runs) -> dict[str, pl.DataFrame]:
    """Measures of each model, on its own and on what models share.

    Parameters
    ----------
    runs : sequence of (label, Run)

    Returns
    -------
    dict of polars.DataFrame
        ``overall_by_model``: a row a model and framing, as in its own run: ``model framing form
        slices n coverage refusal_rate baseline_gap response_gap shift alignment alignment_low
        alignment_high``. ``shared_slices``: as `mores.report.framings.sharing.shared` has it.
        ``differences``: of two models, as `mores.report.framings.sharing.differences`. ``coverage``:
        requests by run.
    """
    import polars as pl

    models = _models(runs)
    groups = groups_of(models)
    floats = (*_MEASURES, *_ENDS)
    schema: dict[str, Any] = dict.fromkeys(("model", "framing", "form"), pl.String)
    schema |= dict.fromkeys(("slices", "n"), pl.Int64) | dict.fromkeys(floats, pl.Float64)
    overall = [
        {"model": m.label, "framing": f, "form": row.get("form", m.form), "slices": len(m.slices)}
        | {"n": row.get("n")}
        | {c: known(row, c) for c in floats}
        for m in models
        for f, row in m.overall.items()
    ]
    return {
        "overall_by_model": pl.DataFrame(overall, schema=schema),
        "shared_slices": pl.DataFrame(list(shared(models, groups)), schema=_shared_schema()),
        "differences": pl.DataFrame(list(differences(models, groups)), schema=_difference_schema()),
        "coverage": coverage_table(runs),
    }


def _shared_schema() -> dict[str, Any]:
    import polars as pl

    names = dict.fromkeys(("group", "model", "framing"), pl.String)
    own = {"slices": pl.Int64, "n": pl.Int64, "coverage": pl.Float64, "alignment": pl.Float64}
    common = {"n_shared": pl.Int64, "units_shared": pl.Int64}
    columns = ("baseline_gap", "response_gap", "shift", "alignment")
    floats = dict.fromkeys((*(f"{c}_shared" for c in columns), *_ENDS), pl.Float64)
    return names | own | common | floats


def _difference_schema() -> dict[str, Any]:
    import polars as pl

    names = dict.fromkeys(("group", "framing", "model_a", "model_b"), pl.String)
    ends = ("difference", "difference_low", "difference_high")
    return names | {"n": pl.Int64, "units": pl.Int64} | dict.fromkeys(ends, pl.Float64)


def charts(runs: Runs) -> list[Chart]:
    """Figure 8, if there is a slice that two models share."""
    basis = _basis(runs)
    rows = list(shared(basis.models, groups_of(basis.models)))
    drawn = models_on_shared_slices(basis, rows)
    return [drawn] if drawn is not None else []


def page(runs: Runs, tables: Mapping[str, pl.DataFrame], figures: Sequence[FigureBlock]) -> Page:
    """The page of a comparison."""
    drawn = {figure.name: figure for figure in figures}
    labels = [label for label, _ in runs]
    sections = [
        Section("models", "Models, each on its own slices", [_overall(runs, tables)]),
        Section(
            "shared",
            "On the slices that models share",
            [
                Prose([_sharing(runs)]),
                *figure_or_reason(drawn, "figure8_models"),
                *_tables_of_shared(tables),
            ],
        ),
        coverage_section(tables["coverage"]),
        _doubts(),
    ]
    return Page(
        title="Framings: models side by side",
        subtitle=", ".join(labels) if len(labels) <= 6 else f"{len(labels)} models",
        banners=_banners(runs),
        facts=[Fact(label, described(run)) for label, run in runs],
        findings=_findings(runs, tables),
        coverage="Measures rest on coded answers alone; nothing is imputed.",
        sections=sections,
    )


def _banners(runs: Runs) -> list[str]:
    alike = len({tuple(m.slices) for m in _models(runs)}) == 1
    found = difference_banners(runs, (*_PARTS, *(_BY_SLICE if alike else ())))
    if not alike:
        found.append(
            "These runs have other slices. Models are compared on the slices that they share; rows of "
            "the first table are each over a model's own."
        )
    spoken = sorted({_baseline(run) for _, run in runs})
    if len(spoken) > 1:
        said = f"These runs have baselines in other languages ({', '.join(spoken)})"
        found.append(f"{said}: their shifts and alignments do not compare.")
    humans = {str((run.manifest.get("humans") or {}).get("fingerprint")) for _, run in runs}
    if len(humans) > 1:
        found.append(
            "These runs are compared with other humans: their gaps and alignments do not compare."
        )
    if _synthetic(runs):
        found.append(
            "Synthetic humans: whom these models are compared with was drawn from a model; no human "
            "has given these answers."
        )
    return found


def _baseline(run: Run) -> str:
    """Language of the first context, in which the baseline is asked."""
    contexts = run.manifest["fingerprint"].get("framings") or [["language", "unknown"]]
    return safe(contexts[0][1], 12)


def _overall(runs: Runs, tables: Mapping[str, pl.DataFrame]) -> Table:
    rows, last = [], ""
    for row in tables["overall_by_model"].rows(named=True):
        rows.append(
            Row(
                [
                    cell(row["model"]),
                    cell(framing_style(row["framing"]).title),
                    *(whole_cell(row, c) for c in ("slices", "n")),
                    *(share(row, c) for c in ("coverage", "refusal_rate")),
                    *(measured(row, c) for c in ("baseline_gap", "response_gap", "shift")),
                    signed_cell(row, "alignment"),
                ],
                apart=bool(last) and last != row["model"],
            )
        )
        last = row["model"]
    columns = [
        Column("Model", numeric=False),
        Column("Framing", numeric=False),
        Column("Slices"),
        Column("n", hint="rows of a unit and a slice that count"),
        Column("Coverage", hint="share of replies with a coded answer"),
        Column("Refused", hint="share of replies with words of refusing"),
        Column("Baseline gap", hint="distance of the model's own baseline from the humans"),
        Column("Response gap"),
        Column("Shift"),
        Column("Alignment", hint="baseline gap − response gap: positive is nearer"),
    ]
    note = (
        f"Each model on all slices of its own run: rows of models with other slices do not compare. "
        f"Brackets: {level_of(runs)} intervals over questions; bold where zero is left out."
    )
    return Table("Gaps, shift and alignment by model", columns, rows, note, "overall_by_model")


def _sharing(runs: Runs) -> str:
    models = _models(runs)
    groups = groups_of(models)
    if not groups:
        return "No slice was asked of two of these models."
    said = "; ".join(
        f"{g.title}: {', '.join(models[k].label for k in g.models)}"
        if len(g.models) < len(models)
        else f"{g.title}: all models"
        for g in groups
    )
    form = form_of(models)
    alone = [m.label for m in models if len(m.forms) and form not in m.forms]
    left = f" Left out, for want of that form: {', '.join(alone)}." if alone else ""
    return (
        f"Slices are grouped by the models that were asked about them. {said}. Within a group, models "
        "are compared on the rows of a unit and a slice that every one of them answered; what one of "
        f"them refused counts for none. Form of the measures: {form}.{left}"
    )


def _tables_of_shared(tables: Mapping[str, pl.DataFrame]) -> list[Table]:
    common, apart = tables["shared_slices"], tables["differences"]
    found = []
    if common.height:
        found.append(_shared_table(common))
    if apart.height:
        found.append(_difference_table(apart))
    return found


def _shared_table(table: pl.DataFrame) -> Table:
    rows, last = [], None
    for row in table.rows(named=True):
        at = (row["group"], row["framing"])
        value, ends = known(row, "alignment_shared"), ends_of(row, "alignment")
        rows.append(
            Row(
                [
                    cell(row["group"]),
                    cell(framing_style(row["framing"]).title),
                    cell(row["model"]),
                    whole_cell(row, "n"),
                    share(row, "coverage"),
                    cell(signed(known(row, "alignment")), "", row["alignment"]),
                    whole_cell(row, "n_shared"),
                    whole_cell(row, "units_shared"),
                    *(
                        measured(row, f"{c}_shared")
                        for c in ("baseline_gap", "response_gap", "shift")
                    ),
                    cell(signed(value), bracketed(row, "alignment", sign=True), value, _off(ends)),
                ],
                apart=last is not None and at != last,
            )
        )
        last = at
    columns = [
        Column("Slices", numeric=False),
        Column("Framing", numeric=False),
        Column("Model", numeric=False),
        Column("n", group="All that the model answered"),
        Column("Coverage", group="All that the model answered"),
        Column("Alignment", group="All that the model answered"),
        *(
            Column(c, group="Rows that every model answered")
            for c in ("n", "Units", "Baseline gap", "Response gap", "Shift", "Alignment")
        ),
    ]
    note = (
        f"Brackets: {level_text(LEVEL)} bootstrap intervals over questions, drawn here; none of fewer "
        "than 5 questions. Bold: zero is left out."
    )
    return Table("Models on shared slices", columns, rows, note, "shared_slices")


def _off(ends: tuple[float, float] | None) -> bool:
    return ends is not None and not ends[0] <= 0 <= ends[1]


def _difference_table(table: pl.DataFrame) -> Table:
    shown = table.head(_MOST)
    rows = [
        Row(
            [
                cell(row["group"]),
                cell(framing_style(row["framing"]).title),
                cell(row["model_a"]),
                cell(row["model_b"]),
                *(whole_cell(row, c) for c in ("n", "units")),
                signed_cell(row, "difference"),
            ]
        )
        for row in shown.rows(named=True)
    ]
    columns = [
        Column("Slices", numeric=False),
        Column("Framing", numeric=False),
        Column("Model", numeric=False),
        Column("less", numeric=False),
        Column("n", hint="rows that both answered"),
        Column("Units"),
        Column("Difference", hint="of alignments: positive, the first is the greater"),
    ]
    left = table.height - shown.height
    note = (
        f"Brackets: {level_text(LEVEL)} bootstrap intervals over questions, of the paired differences. "
        "Bold: zero is left out, without adjustment for the number of differences."
        + (f" {count(left)} more are in the file." if left else "")
    )
    return Table("Differences of alignment between models", columns, rows, note, "differences")


def _findings(runs: Runs, tables: Mapping[str, pl.DataFrame]) -> list[str]:
    """A sentence a model on its strongest framing, and one on how many differences are clear."""
    said = []
    for model in _models(runs):
        best = model.strongest
        if best is None:
            said.append(f"{model.label}: no alignment could be computed.")
            continue
        row = model.overall[best]
        inside = bracketed(row, "alignment", sign=True)
        over = number_of(len(model.slices), "slice")
        said.append(
            f"{model.label}: the greatest alignment is that of {framing_style(best).title.lower()}, "
            f"{signed(known(row, 'alignment'))} {inside}".rstrip()
            + f", over {over}."
        )
    rows = [r for r in tables["differences"].rows(named=True) if ends_of(r, "difference")]
    if rows:
        clear = sum(_off(ends_of(r, "difference")) for r in rows)
        said.append(
            f"Of {number_of(len(rows), 'difference')} between two models with an interval, on rows "
            f"that both answered, {count(clear)} leave zero out; if models did not differ, about one in "
            "twenty would."
        )
    return said


def _doubts() -> Section:
    items = [
        (
            "Baselines differ.",
            "Alignment is counted from each model's own baseline. A model whose baseline lies near to "
            "the humans has less to gain: compare response gaps as well.",
        ),
        (
            "What is shared is not everything.",
            "Rows that one model refuses are left out for all, and need not be like the others. See "
            "the coverage, and the alignment on all that a model answered.",
        ),
        (
            "Localised models.",
            "A model made for one region is compared on the slices that it was asked about, with the "
            "other models on the same slices, and nowhere else.",
        ),
        (
            "Intervals.",
            "They come from drawing questions anew, and cover no other wording or translation. They "
            "are not adjusted for how many there are.",
        ),
    ]
    lead = "Every number of a row can be followed to answers in the folder of its run."
    return Section("doubts", "Doubts", [Bullets(items), Prose([lead])])
