"""Sections on what was asked, the map, and the alignment with humans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mores.report.blocks import Block, Column, Prose, Row, Section, Table, cell
from mores.report.grounded_personas.absence import Figures, figure_or_reason
from mores.report.grounded_personas.alignment_figure import PAPER_RANGE
from mores.report.grounded_personas.cells import (
    WHO,
    group,
    measured,
    moved,
    plain,
    share,
    told,
    who,
    whole_cell,
)
from mores.report.grounded_personas.context import known, whole
from mores.report.grounded_personas.dots import series
from mores.report.grounded_personas.labels import (
    ALONE,
    attribute_title,
    form_style,
    level_title,
    safe,
    variable_title,
)
from mores.report.numbers import count, number_of

if TYPE_CHECKING:
    from mores.report.grounded_personas.context import Findings

__all__ = ["alignment", "asked", "movement", "on_the_map"]

_ENDS = ("asked", "coded", "refused", "uncoded", "failed")
_BATTERIES = {
    "map": "Map",
    "probe": "Probe",
    "map+probe": "Map and probe",
    "mfq2": "Moral foundations",
    "levels": "Levels scored",
}


def asked(found: Findings) -> Section:
    """Configurations and their sample, forms, batteries, and how requests ended."""
    bound, rows = found.bound, found.model.rows("requests")
    forms = ", ".join(form_style(f).title.lower() for f in bound.forms)
    texts = [
        "A configuration has one level of each of ten cultural variables; there are 93,312. "
        f"{number_of(len(bound.ascending), 'of them was', 'of them were')} asked: "
        f"{safe(bound.sample.design, 160)}. Each is told to the model as a system message (as "
        f"{forms}), and every question is put to it alone. The same questions are put to the model "
        "without a persona.",
        _weighted(found),
    ]
    if bound.scores_levels:
        texts.append(
            "Besides, each of the 32 levels was scored on each of six moral foundations, once: from "
            "these 192 scores follow the inferred profiles of all 93,312 configurations. A foundation "
            "of which the score of a level is missing has no inferred profile."
        )
    blocks: list[Block] = [Prose(texts)]
    if rows:
        blocks.append(_requests(found))
    return Section("asked", "What was asked", blocks)


def _weighted(found: Findings) -> str:
    shares = found.prevalence
    if shares is None:
        return (
            f"One weighting alone, uniform: {found.uniform}. How common configurations are among the "
            f"{found.humans} is not known, since none of them answered what a variable is read from."
        )
    smoothing = (
        "not smoothed: configurations that no respondent holds weigh nothing"
        if shares.smoothing == "none"
        else f"smoothed ({safe(shares.smoothing, 20)}; the prior weighs as much as "
        f"{count(round(shares.alpha))} respondents)"
    )
    return (
        f"Two weightings stand side by side. Uniform: {found.uniform}. "
        f"Prevalence: as often as it is held among the {found.humans} ({safe(shares.label, 80)}, "
        f"{number_of(shares.n, 'respondent')}, each country counting the same), {smoothing}."
    )


def _requests(found: Findings) -> Table:
    rows = found.model.rows("requests")
    lines = [
        Row(
            [
                cell("–" if r["form"] == "level" else form_style(r["form"]).title),
                cell(_BATTERIES.get(r["battery"]) or safe(r["battery"])),
                cell(safe(r["elicitation"])),
                *(whole_cell(r, c) for c in _ENDS),
                share(r, "allowed_mass"),
            ]
        )
        for r in rows
    ]
    total = {c: sum(int(r.get(c) or 0) for r in rows) for c in _ENDS}
    lines.append(
        Row([cell("All"), cell(""), cell(""), *(whole_cell(total, c) for c in _ENDS), cell("")],
            apart=True)
    )  # fmt: skip
    columns = [
        Column("Told", numeric=False),
        Column("Battery", numeric=False),
        Column("Answered by", numeric=False),
        Column("Asked"),
        Column("Coded", group="Of those asked"),
        Column("Refused", group="Of those asked"),
        Column("Not coded", group="Of those asked"),
        Column("Failed", group="Of those asked"),
        Column("Mass on options", hint="mean probability of an answer that is an option"),
    ]
    note = (
        "Questions that the map and the probe share are asked once. Refused, not coded and failed are "
        "outcomes; nothing is imputed."
    )
    return Table("Requests", columns, lines, note, "requests")


def on_the_map(found: Findings, figures: Figures) -> Section:
    """Figure 1 and the clouds as wholes."""
    model = found.model
    rows = [
        row
        for f, w in series(model.forms, model.weightings)
        if (row := model.one("clouds", form=f, weighting=w))
    ]
    blocks = figure_or_reason(figures, "figure1_map")
    if rows:
        blocks.append(_clouds(found, rows))
        blocks.append(_shapes(found, rows))
        blocks.append(
            Prose(
                [
                    "The personas' positions are not a sample of people: their variables were "
                    "combined by design. A cloud as wide as the humans' says nothing of whether the "
                    "right people stand in the right place."
                ]
            )
        )
    return Section("map", "Personas on the map", blocks)


def _clouds(found: Findings, rows: list[dict[str, Any]]) -> Table:
    lines = [
        Row(
            [
                *who(row),
                whole_cell(row, "n"),
                plain(row, "n_effective", 1),
                whole_cell(row, "missing"),
                *(measured(row, axis, axis, 2) for axis in "xy"),
                *(measured(row, c, c, 3) for c in ("pc1", "pc2")),
                measured(row, "pc1_share", "pc1_share", 2),
            ]
        )
        for row in rows
    ]
    if found.model.alone is not None:
        x, y = found.model.alone
        alone = {"form": ALONE, "weighting": "–", "n": 1, "missing": 0, "x": x, "y": y}
        cells = [*who(alone), whole_cell(alone, "n"), cell("–"), whole_cell(alone, "missing")]
        cells += [measured(alone, axis, axis, 2) for axis in "xy"]
        lines.append(Row([*cells, *[cell("–")] * 3], apart=True))
    columns = [
        *WHO,
        Column("n"),
        Column("Effective n", hint="Kish's, of the weights"),
        Column("Missing", hint="personas without a position"),
        Column("x", group="Mean", hint="survival to self-expression"),
        Column("y", group="Mean", hint="traditional to secular-rational"),
        Column("first", group="Principal axes", hint="variance along the longer axis"),
        Column("second", group="Principal axes", hint="variance along the shorter axis"),
        Column("share of first", group="Principal axes"),
    ]
    note = (
        f"Brackets: {found.level} bootstrap intervals over personas. Positions by the "
        f"{found.humans}' own rotation."
    )
    return Table("Personas on the map as wholes", columns, lines, note, "clouds")


def _shapes(found: Findings, rows: list[dict[str, Any]]) -> Table:
    numbers = ("ellipse_major", "ellipse_minor", "explained_x", "explained_y", "own_pc1", "own_pc2")
    lines = [Row([*who(row), *(plain(row, c, 2) for c in numbers)]) for row in rows]
    columns = [
        *WHO,
        Column("major", group="95 % ellipse", hint="semi-axis"),
        Column("minor", group="95 % ellipse", hint="semi-axis"),
        Column("of x", group="Main effects", hint="share of variance by all ten variables"),
        Column("of y", group="Main effects", hint="share of variance by all ten variables"),
        Column("PC 1", group="Own components", hint="of the personas' ten indicators"),
        Column("PC 2", group="Own components", hint="of the personas' ten indicators"),
    ]
    note = (
        "Main effects: share of the positions' variance that the ten variables explain together. Own "
        "components: shares of variance of a principal components analysis of the personas' "
        f"indicators, which need not have the axes of the {found.humans}."
    )
    return Table("Shape of the personas on the map", columns, lines, note, "clouds")


def movement(found: Findings, figures: Figures) -> Section:
    """Figure 2 and its numbers, uniform weighting."""
    model = found.model
    lines, last = [], None
    for row in model.rows("positions", weighting="uniform"):
        at = (row["form"], row["variable"])
        lines.append(
            Row(
                [
                    cell(form_style(row["form"]).title),
                    cell(variable_title(row["variable"])),
                    cell(level_title(row["variable"], row["level"])),
                    whole_cell(row, "n"),
                    *(plain(row, axis, 2) for axis in "xy"),
                    *(moved(row, f"d{axis}", f"d{axis}", 2) for axis in "xy"),
                    *(measured(row, f"eta2_{a}", f"eta2_{a}") if at != last else cell("")
                      for a in "xy"),
                ],
                apart=last is not None and at != last,
            )
        )  # fmt: skip
        last = at
    blocks = figure_or_reason(figures, "figure2_movement")
    if lines:
        columns = [
            Column("Told", numeric=False),
            Column("Variable", numeric=False),
            Column("Level", numeric=False),
            Column("n"),
            *(Column(axis, group="Mean position") for axis in "xy"),
            *(Column(axis, group="Movement", hint="main effect, other variables held")
              for axis in "xy"),
            *(Column(axis, group="η²", hint="of the variable, at all its levels") for axis in "xy"),
        ]  # fmt: skip
        note = (
            f"Uniform weighting. Brackets: {found.level} bootstrap intervals over personas; bold: zero "
            "is left out, unadjusted. Prevalence-weighted effects are in the file; where few personas "
            "carry the weight they are rough."
        )
        blocks.append(Table("Movement by level", columns, lines, note, "positions"))
    return Section("movement", "What moves personas on the map", blocks)


def alignment(found: Findings, figures: Figures) -> Section:
    """Figure 3, alignments over all and by group."""
    model = found.model
    blocks = figure_or_reason(figures, "figure3_alignment")
    overall = [r for r in model.rows("alignment_overall") if known(r, "alignment") is not None]
    if overall:
        blocks.append(_table_of(found, overall, over=True))
    by_group = [
        r
        for r in model.rows("alignment_by_group")
        if known(r, "alignment") is not None and r["attribute"] != "everyone"
    ]
    if by_group:
        blocks.append(_table_of(found, by_group, over=False))
    if overall:
        blocks.append(
            Prose(
                [
                    f"The paper reports {PAPER_RANGE[0]:.3f} to {PAPER_RANGE[1]:.3f} for its weighted "
                    "alignment. How it weights is not in the summary that this project knows; here "
                    "groups count by the number of respondents. Uniform answers come out high on this "
                    "scale: read an alignment between them and the split half, not from 0.",
                    "A group of personas is those whose biographies are of that sex, age, education or "
                    "continent. Configurations alone have no demographics, so that only everyone can be "
                    "compared.",
                ]
            )
        )
    return Section("alignment", f"Alignment with {found.humans}", blocks)


def _table_of(found: Findings, rows: list[dict[str, object]], *, over: bool) -> Table:
    lines, last = [], None
    for row in rows:
        at = (row["form"], row["weighting"])
        named = [cell(attribute_title(str(row["attribute"])))]
        if not over:
            named.append(group(row))
        counts = ("groups",) if over else ()
        coverage = "covered" if over else "coverage"
        lines.append(
            Row(
                [
                    told(row),
                    *named,
                    *(whole_cell(row, c) for c in (*counts, "n_humans", "n_personas")),
                    share(row, coverage),
                    measured(row, "alignment"),
                    *(plain(row, c) for c in ("uniform", "everyone", "split_half", "ceiling")),
                ],
                apart=last is not None and at != last,
            )
        )
        last = at
    columns = [
        Column("Told", numeric=False, hint="below: how personas are weighted"),
        Column("By" if over else "Attribute", numeric=False),
        *([] if over else [Column("Group", numeric=False)]),
        *([Column("Groups")] if over else []),
        Column(found.humans.capitalize()),
        Column("Personas"),
        Column("Covered" if over else "Coverage",
               hint=f"share of {found.humans} in groups that have an alignment" if over
               else "answers there over answers that could be"),
        Column("Alignment", hint="1 is equal"),
        Column("Uniform answers", group="Beside it"),
        Column("Everyone", group="Beside it", hint=f"all {found.humans} against the group"),
        Column("Split half", group="Beside it", hint="one half of the group against the other"),
        Column("Ceiling", group="Beside it",
               hint="expected of a model that answers as the group does"),
    ]  # fmt: skip
    note = f"Brackets: {found.level} bootstrap intervals over personas and {found.humans}."
    if not over:
        questions = {whole(row, "questions") or 0 for row in rows}
        ends = dict.fromkeys((min(questions), max(questions)))
        note = f"Questions: {' to '.join(map(str, ends))}. {note}"
    caption = "Alignment over groups, weighted by their size" if over else "Alignment by group"
    file = "alignment_overall" if over else "alignment_by_group"
    return Table(caption, columns, lines, note, file)
