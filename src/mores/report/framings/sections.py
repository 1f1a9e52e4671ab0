"""Sections on what was asked, the framings, slices, categories, axes and deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mores.report.blocks import Block, Column, Prose, Row, Section, Table, cell
from mores.report.framings.absence import Figures, figure_or_reason
from mores.report.framings.context import Rows, by_country, known
from mores.report.framings.deviation_figure import shown_framing, whose_humans
from mores.report.framings.labels import (
    axis_poles,
    axis_title,
    category_title,
    framing_style,
    slice_title,
    unit_title,
)
from mores.report.framings.matrix_figures import axis_rows
from mores.report.framings.measure_tables import (
    measures_table,
    signed_cell,
    whole_cell,
)
from mores.report.numbers import count, fixed, number_of, signed

if TYPE_CHECKING:
    from mores.report.framings.context import Findings

__all__ = ["asked", "axes", "categories", "deviations", "overall", "questions", "slices"]

_ENDS = ("counted", "asked", "coded", "refused", "uncoded", "failed")
_MOST = 10
"""Questions at either end of the list of those that gain and lose."""


def asked(found: Findings) -> Section:
    """How many requests are counted, how many were asked, and how they ended."""
    rows = found.model.rows("requests")
    totals = {c: sum(int(r.get(c) or 0) for r in rows) for c in _ENDS}
    whose = "" if by_country(found) else " who were interviewed in a language"
    text = (
        "Each unit, a question or a battery that is asked as one, is put to the model under each "
        f"framing for each slice: people of a country{whose}, and the language of the prompt. The "
        "language framing names no country, so that one prompt serves all slices of a language: it is "
        "asked once and counted for each."
    )
    if rows and totals["counted"]:
        text += (
            f" So {number_of(totals['counted'], 'request')} are counted and {count(totals['asked'])} "
            "were asked."
        )
    return Section(
        "asked", "What was asked", [Prose([text]), *([_requests(found)] if rows else [])]
    )


def _requests(found: Findings) -> Table:
    rows = found.model.rows("requests")
    order = found.model.framings
    ranked = sorted(rows, key=lambda r: order.index(r["framing"]))
    lines = [
        Row([cell(framing_style(r["framing"]).title), *(whole_cell(r, c) for c in _ENDS)])
        for r in ranked
    ]
    if len(rows) > 1:
        total = {c: sum(int(r.get(c) or 0) for r in rows) for c in _ENDS}
        lines.append(Row([cell("All"), *(whole_cell(total, c) for c in _ENDS)], apart=True))
    columns = [
        Column("Framing", numeric=False),
        Column("Counted", hint="units × slices"),
        Column("Asked", hint="units × contexts × answers to each"),
        Column("Coded", group="Of those asked"),
        Column("Refused", group="Of those asked"),
        Column("Not coded", group="Of those asked"),
        Column("Failed", group="Of those asked"),
    ]
    note = (
        "A battery counts as coded only when each of its members is. Refused, not coded and failed "
        "are outcomes; nothing is imputed. A baseline that no slice counts, because it is in a language "
        "of none or the language framing is not asked, is in no row."
    )
    if any(known(r, "allowed_mass") is not None for r in found.model.rows("refusals")):
        note += (
            " Members of a battery were asked alone, for probabilities; the battery is one here."
        )
    return Table("Requests counted and asked", columns, lines, note, "requests")


def _intervals(found: Findings) -> str:
    return (
        f"Brackets: {found.level} bootstrap intervals over questions (a battery is one). Bold: the "
        "interval leaves zero out, without adjustment for the number of intervals."
    )


def overall(found: Findings, figures: Figures) -> Section:
    """The paper's main table and its figure 2, and gaps beside floors and ceiling."""
    model = found.model
    rows: Rows = [
        r
        for form in model.forms or [model.form]
        for f in model.framings
        for r in model.rows("overall", framing=f)
        if r.get("form", form) == form
    ]
    note = (
        f"{_intervals(found)} Over humans: drawing the respondents of each slice anew. Rows of a unit "
        "and a slice weigh the same; one counts when the answer, the baseline and the "
        f"{found.humans} are there."
    )
    blocks: list[Block] = [
        measures_table("Gaps, shift and alignment by framing", rows, [], note, "overall"),
        *figure_or_reason(figures, "figure2_overall", "figure_gaps"),
    ]
    if len(model.forms) > 1:
        blocks.append(
            Prose(
                [
                    "Two forms of the same measures: as points, an answer is the one option given (of "
                    "probabilities the most probable); as distributions, it is the whole "
                    "distribution, compared by Wasserstein's distance, or by total variation where "
                    "options have no order. Figures show points, as the paper does."
                ]
            )
        )
    return Section("framings", "The framings", blocks)


def slices(found: Findings, figures: Figures) -> Section:
    """Figure 3 and its numbers."""
    model = found.model
    rows = [r for s in model.slices for r in model.main("by_slice", slice=s)]
    table = measures_table(
        "By slice and framing",
        rows,
        [("Slice", lambda r: slice_title(r["slice"]))],
        _intervals(found),
        "by_slice",
    )
    return Section("slices", "Slices", [*figure_or_reason(figures, "figure3_by_slice"), table])


def categories(found: Findings, figures: Figures) -> Section:
    """Figure 6 and its numbers."""
    rows = found.model.main("by_category")
    order = list(dict.fromkeys(r["category"] for r in rows))
    rows = [r for c in order for r in rows if r["category"] == c]
    table = measures_table(
        "By category and framing",
        rows,
        [("Category", lambda r: category_title(r["category"]))],
        _intervals(found),
        "by_category",
    )
    return Section(
        "categories", "Categories", [*figure_or_reason(figures, "figure6_by_category"), table]
    )


def axes(found: Findings, figures: Figures) -> Section:
    """Figure 4 and its numbers."""
    rows = axis_rows(found.model)
    order = list(dict.fromkeys(r["axis"] for r in rows))
    forms = ("baseline_semantic", "response_semantic", "human_semantic")
    lines: list[Row] = []
    for axis in order:
        for k, row in enumerate(r for r in rows if r["axis"] == axis):
            lines.append(
                Row(
                    [
                        cell(axis_title(axis), axis_poles(axis) if k == 0 else ""),
                        cell(framing_style(row["framing"]).title),
                        whole_cell(row, "n"),
                        *(cell(fixed(known(row, c)), "", known(row, c)) for c in forms),
                        cell(signed(known(row, "semantic_shift")), "", row.get("semantic_shift")),
                        signed_cell(row, "semantic_alignment_delta", "delta"),
                    ],
                    apart=k == 0 and bool(lines),
                )
            )
    columns = [
        Column("Axis", numeric=False),
        Column("Framing", numeric=False),
        Column("n", hint="rows of a unit and a slice"),
        *(Column(c, group="Semantic score, 0 to 1") for c in ("baseline", "response", "humans")),
        Column("Shift", hint="response − baseline: positive is towards the pole that 1 stands for"),
        Column("Alignment delta", hint="|human − baseline| − |human − response|, by row"),
    ]
    note = f"Means over rows. {_intervals(found)} By slice: in the file."
    table = Table("Semantic axes", columns, lines, note, "by_axis")
    return Section("axes", "Semantic axes", [*figure_or_reason(figures, "figure4_by_axis"), table])


def deviations(found: Findings, figures: Figures) -> Section:
    """Figure 5, and on all axes how the model's deviations relate to those of the humans."""
    model, framing = found.model, shown_framing(found.model)
    rows = model.main("deviations", framing=framing) if framing else []
    lines = []
    for axis in dict.fromkeys(r["axis"] for r in rows):
        pairs = [
            (h, m)
            for r in rows
            if r["axis"] == axis
            and (h := known(r, "human_deviation")) is not None
            and (m := known(r, "response_deviation")) is not None
        ]
        if not pairs:
            continue
        same = sum((h > 0) == (m > 0) for h, m in pairs)
        off = [m - h for h, m in pairs]
        mean, wide = sum(off) / len(off), sum(map(abs, off)) / len(off)
        lines.append(
            Row(
                [
                    cell(axis_title(axis)),
                    cell(str(len(pairs)), "", len(pairs)),
                    cell(str(same), "", same),
                    cell(signed(mean), "", mean),
                    cell(fixed(wide), "", wide),
                ]
            )
        )
    blocks = figure_or_reason(figures, "figure5_deviations")
    if framing is None or not lines:
        return Section("deviations", "Deviations from the world average", blocks)
    columns = [
        Column("Axis", numeric=False),
        Column("Slices", hint="with answers of model and humans"),
        Column("Same side", hint="slices in which model and humans lie on one side of the average"),
        Column("Mean difference", hint="model − humans: positive is over-estimated"),
        Column("Mean |difference|", hint="of the deviations"),
    ]
    note = (
        f"Under {framing_style(framing).title.lower()}. The world average is that of all countries "
        "of the data, each counting the same. Descriptive: no test, no interval."
        f"{whose_humans(framing)}"
    )
    table = Table("Deviations, model against humans", columns, lines, note, "deviations")
    return Section("deviations", "Deviations from the world average", [*blocks, table])


def questions(found: Findings) -> Section:
    """Units that gain and lose most under the framing with the greatest alignment."""
    framing = found.model.strongest
    rows = found.model.main("by_unit", framing=framing) if framing else []
    by_unit: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if known(row, "alignment") is not None:
            by_unit.setdefault(row["unit"], []).append(row)
    means = [
        (sum(r["alignment"] for r in own) / len(own), unit, own) for unit, own in by_unit.items()
    ]
    means.sort(key=lambda m: (-m[0], m[1]))
    if framing is None or not means:
        return Section("questions", "Questions", [Prose(["No question can be compared."])])
    few = len(means) <= 2 * _MOST
    shown = means if few else [*means[:_MOST], *means[-_MOST:]]
    lines = [
        Row(
            [
                cell(unit, unit_title(unit)),
                cell(category_title(own[0]["category"])),
                cell(str(own[0].get("status") or "")),
                cell(str(len(own)), "", len(own)),
                cell(signed(mean), "", mean),
                cell(str(sum(r["alignment"] > 0 for r in own))),
                cell(str(sum(r["alignment"] < 0 for r in own))),
            ],
            apart=not few and k == _MOST,
        )
        for k, (mean, unit, own) in enumerate(shown)
    ]
    columns = [
        Column("Unit", numeric=False),
        Column("Category", numeric=False),
        Column("Status", numeric=False, hint="reconstructed: the paper does not name it"),
        Column("Slices"),
        Column("Alignment", hint="mean over slices"),
        Column("nearer", group="Slices"),
        Column("farther", group="Slices"),
    ]
    which = "All units" if few else f"The {_MOST} units with the most and the least alignment"
    note = (
        f"Under {framing_style(framing).title.lower()}, mean over slices. Picked from "
        f"{number_of(len(means), 'unit')} for being extreme: some of it is chance, and asking again "
        "would bring them nearer to the mean."
    )
    table = Table(which, columns, lines, note, "by_unit")
    return Section("questions", "Questions", [table])
