"""Several models side by side: figures 2, 5, 6, 8 and 11, and a table of errors."""

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
from mores.report.calibrated_personas.absence import figure_or_reason
from mores.report.calibrated_personas.context import Basis, ModelTables, ends_of, known
from mores.report.calibrated_personas.error_figures import error_by_model
from mores.report.calibrated_personas.heat_figure import best_arms, heat_map_of_models, is_sure
from mores.report.calibrated_personas.labels import ALL_COUNTRIES, arm_style, safe
from mores.report.calibrated_personas.question_figure import by_question
from mores.report.calibrated_personas.robustness_figures import descriptor_sets, guidance_variants
from mores.report.numbers import bounds, fixed, number_of, percent
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

_PARTS = ("study", "seed", "humans", "countries", "questions", "personas", "prompts", "asking")
_MEASURES = ("mae", "wasserstein")


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
    """Errors of each model and arm, and how requests ended.

    Parameters
    ----------
    runs : sequence of (label, Run)

    Returns
    -------
    dict of polars.DataFrame
        ``errors_by_model``: a row a model and arm, in the condition that stands for it, with columns
        ``model arm guidance descriptors``, then ``mae`` and ``wasserstein`` over countries, each with
        ``NAME_low`` and ``NAME_high`` (over personas) and ``NAME_questions_low`` and
        ``NAME_questions_high`` (over questions), ``coverage``, ``allowed_mass``, ``countries_best``
        (in how many countries it is the best arm of the model) and ``countries_sure`` (in how many
        the lead over every other arm is significant). ``coverage``: requests by run.
    """
    import polars as pl

    ends = [f"{m}{e}" for m in _MEASURES for e in ("", *_ENDS)]
    schema: dict[str, Any] = dict.fromkeys(("model", "arm", "guidance", "descriptors"), pl.String)
    schema |= dict.fromkeys((*ends, "coverage", "allowed_mass"), pl.Float64)
    schema |= dict.fromkeys(("countries_best", "countries_sure"), pl.Int64)
    rows = [row for model in _models(runs) for row in _rows(model, ends)]
    return {
        "errors_by_model": pl.DataFrame(rows, schema=schema),
        "coverage": coverage_table(runs),
    }


_ENDS = ("_low", "_high", "_questions_low", "_questions_high")


def _rows(model: ModelTables, ends: Sequence[str]) -> list[dict[str, Any]]:
    best = {c: arm for c, arm in best_arms(model).items() if c != ALL_COUNTRIES}
    rows = []
    for arm in model.arms:
        guidance, descriptors = model.reference[arm]
        found = model.mae.get((arm, ALL_COUNTRIES), {})
        led = [c for c, leader in best.items() if leader == arm]
        rows.append(
            {"model": model.label, "arm": arm, "guidance": guidance, "descriptors": descriptors}
            | {column: known(found, column) for column in (*ends, "coverage", "allowed_mass")}
            | {
                "countries_best": len(led),
                "countries_sure": sum(is_sure(model, c, arm) for c in led),
            }
        )
    return rows


def charts(runs: Runs) -> list[Chart]:
    """The figures that have a place for several models."""
    basis = _basis(runs)
    drawn = [
        error_by_model(basis),
        heat_map_of_models(basis),
        guidance_variants(basis),
        descriptor_sets(basis),
        by_question(basis),
    ]
    return [chart for chart in drawn if chart is not None]


def page(runs: Runs, tables: Mapping[str, pl.DataFrame], figures: Sequence[FigureBlock]) -> Page:
    """The page of a comparison."""
    drawn = {figure.name: figure for figure in figures}
    labels = [label for label, _ in runs]
    errors = figure_or_reason(drawn, "figure2_error_by_model", "figure11_error_heat_map")
    wording = figure_or_reason(drawn, "figure5_guidance", "figure6_descriptors")
    sections = [
        Section("errors", "Error by model and arm", [_table(runs, tables), *errors]),
        Section(
            "questions", "Question by question", figure_or_reason(drawn, "figure8_by_question")
        ),
        Section("robustness", "Robustness", wording),
        coverage_section(tables["coverage"]),
        _doubts(runs),
    ]
    banners = difference_banners(runs, _PARTS)
    if _synthetic(runs):
        banners.append(
            "Synthetic humans: whom these models are compared with was drawn from a model; no human "
            "has given these answers."
        )
    return Page(
        title="Calibrated value personas: models side by side",
        subtitle=", ".join(labels) if len(labels) <= 6 else f"{len(labels)} models",
        banners=banners,
        facts=[Fact(label, described(run)) for label, run in runs],
        findings=_findings(runs, tables),
        coverage="Measures rest on coded answers alone; nothing is imputed.",
        sections=sections,
    )


def _table(runs: Runs, tables: Mapping[str, pl.DataFrame]) -> Table:
    rows = []
    last = ""
    for row in tables["errors_by_model"].rows(named=True):
        cells = [cell(row["model"]), cell(arm_style(row["arm"]).title)]
        for measure in _MEASURES:
            value = known(row, measure)
            ends = ends_of(row, measure)
            cells.append(cell(fixed(value), bounds(*ends[:2]) if ends else "", value))
        cells += [cell(percent(known(row, c)), "", row[c]) for c in ("coverage", "allowed_mass")]
        cells += [cell(str(row[c]), "", row[c]) for c in ("countries_best", "countries_sure")]
        rows.append(Row(cells, apart=bool(last) and last != row["model"]))
        last = row["model"]
    columns = [
        Column("Model", numeric=False),
        Column("Arm", numeric=False),
        Column("MAE", hint="|predicted − observed mean| ÷ range of the scale"),
        Column("Wasserstein", hint="distance of the distributions ÷ range of the scale"),
        Column("Coverage", hint="share of personas with a coded answer"),
        Column("Allowed mass", hint="probability of an answer that is an option"),
        Column("Best in", hint="countries in which it is the best arm of its model"),
        Column("surely", hint="of these, its lead over every other arm is significant"),
    ]
    note = (
        f"Means over countries. Brackets: {level_of(runs)} intervals over questions, where they are "
        "known, else over personas. Each arm with one guidance variant and one descriptor set. Models "
        "are not tested against each other."
    )
    return Table("Error by model and arm", columns, rows, note, "errors_by_model")


def _findings(runs: Runs, tables: Mapping[str, pl.DataFrame]) -> list[str]:
    """A sentence a model, and one on how many agree."""
    best: dict[str, int] = {}
    said = []
    for model in _models(runs):
        row = tables["errors_by_model"].rows(named=True)
        own = [r for r in row if r["model"] == model.label and r["mae"] is not None]
        if not own:
            said.append(f"{model.label}: no arm has errors that could be computed.")
            continue
        first = min(own, key=lambda r: r["mae"])
        best[first["arm"]] = best.get(first["arm"], 0) + 1
        ends = ends_of(first, "mae")
        over = f" ({fixed(ends[0])} to {fixed(ends[1])}, over {ends[2]})" if ends else ""
        n = number_of(sum(r["countries_best"] for r in own), "country", "countries")
        said.append(
            f"{model.label}: the least mean absolute error is that of {arm_style(first['arm']).title}, "
            f"{fixed(first['mae'])}{over}; it is the best arm in {first['countries_best']} of {n}."
        )
    if best:
        ranked = sorted(best.items(), key=lambda pair: -pair[1])
        listed = "; ".join(f"{arm_style(a).title} in {number_of(n, 'model')}" for a, n in ranked)
        said.insert(0, f"The arm with the least error over all countries: {listed}.")
    return said


def _doubts(runs: Runs) -> Section:
    items = [
        (
            "Models are not tested against each other.",
            "Tests compare the arms of one model. That one model's lead is significant and another's "
            "is not does not show that the two differ.",
        ),
        (
            "Coverage and mass may differ.",
            "Where one model refuses more than another, or puts less probability on the options, "
            "their predictions rest on different answers; see each run's report.",
        ),
        (
            "Intervals and tests.",
            "They come from drawing questions or personas anew, and cover no other wording. See the "
            "report of each run for calibration, importance and floors.",
        ),
    ]
    lead = "Every number of a row can be followed to answers in the folder of its run."
    return Section("doubts", "Doubts", [Bullets(items), Prose([lead])])
