"""Sections on moral foundations, collapse, diversity, biographies and prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mores.instruments.mfq2 import FOUNDATIONS
from mores.report.blocks import Block, Column, Prose, Row, Section, Table, cell
from mores.report.grounded_personas.absence import Figures, figure_or_reason
from mores.report.grounded_personas.cells import (
    WHO,
    group,
    measured,
    plain,
    share,
    who,
    whole_cell,
)
from mores.report.grounded_personas.context import known
from mores.report.grounded_personas.diversity_figure import KINDS, PARTS
from mores.report.grounded_personas.importance_figure import (
    GRID_FORM,
    sources_of,
    sum_of,
    title_of,
    variance_of,
)
from mores.report.grounded_personas.labels import (
    ALONE,
    CULTURAL,
    attribute_title,
    form_style,
    foundation_title,
    safe,
    variable_title,
    weighting_title,
)
from mores.report.numbers import fixed

if TYPE_CHECKING:
    from mores.report.grounded_personas.context import Findings

__all__ = ["biographies", "collapse", "diversity", "foundations", "importance"]

_MEASURES = {
    "slope": "Slope of distance on congruence",
    "rank": "Rank correlation of distance with congruence",
    "congruous": "Mean distance of the congruous",
    "incongruous": "Mean distance of the incongruous",
    "towards": "Displacement towards the nearest congruous, −1 to 1",
    "pointing": "Share pointing there (½ under noise)",
    "pull": "Part of the way there (0 none, 1 all)",
}


def foundations(found: Findings, figures: Figures) -> Section:
    """Figure 4 and its numbers."""
    model = found.model
    rows = [r for r in model.rows("moral_foundations") if known(r, "mean") is not None]
    lines, last = [], None
    for row in rows:
        at = (row["form"], row["weighting"])
        dash = row["form"] in (ALONE, GRID_FORM)
        name = "All configurations" if row["form"] == GRID_FORM else form_style(row["form"]).title
        lines.append(
            Row(
                [
                    cell(safe(row["source"])),
                    cell(name),
                    cell("–" if dash else weighting_title(row["weighting"])),
                    cell(foundation_title(row["foundation"])),
                    whole_cell(row, "n"),
                    share(row, "coverage"),
                    measured(row, "mean", "mean", 2),
                    plain(row, "sd", 3),
                    plain(row, "alpha", 2),
                    plain(row, "omega", 2),
                ],
                apart=last is not None and at != last,
            )
        )
        last = at
    blocks = figure_or_reason(figures, "figure4_foundations")
    if rows:
        columns = [
            Column("Source", numeric=False),
            *WHO,
            Column("Foundation", numeric=False),
            Column("n"),
            Column("Coverage"),
            Column("Mean", hint="1 to 5"),
            Column("SD", hint="over personas"),
            Column("α", group="Reliability", hint="Cronbach's, over personas"),
            Column("ω", group="Reliability", hint="McDonald's, over personas"),
        ]
        note = (
            f"Answered: {safe(found.bound.questionnaire.label, 80)}. Brackets: {found.level} bootstrap "
            "intervals over personas; of all configurations there is none. Reliability speaks of how "
            "alike a model's answers to a foundation's six items are, over personas; it is not "
            "evidence that they measure what they measure in people. A dash under ω: one factor does "
            "not fit. A score needs all six answers of its foundation: coverage says how much of the "
            "weight has one."
        )
        blocks.append(Table("Moral foundations", columns, lines, note, "moral_foundations"))
    return Section("foundations", "Moral foundations", blocks)


def importance(found: Findings, figures: Figures) -> Section:
    """Figure 5, the paper's hypothesis beside the variances, and the shares with intervals."""
    model = found.model
    blocks = figure_or_reason(figures, "figure5_importance")
    forms = sources_of(model)
    if forms:
        text = (
            "Hypothesis, which is the paper's claim: loyalty, authority and purity vary with cultural "
            "variables; care, equality and proportionality do not. A share of variance cannot test "
            "it: the shares of a foundation that hardly varies add up to as much as another's. The "
            "table therefore holds variances."
        )
        blocks += [Prose([text]), _variances(found, forms), _shares(found, forms)]
    return Section("importance", "Which variables drive which foundation", blocks)


def _variances(found: Findings, forms: list[str]) -> Table:
    model = found.model
    lines = []
    for foundation in FOUNDATIONS:
        claim = "varies" if foundation in CULTURAL else "does not"
        cells = [cell(foundation_title(foundation)), cell(claim)]
        for form in forms:
            variance = variance_of(model, form, foundation)
            deviation = None if variance is None else variance**0.5
            explained = sum_of(model, form, foundation)
            cells += [
                cell(fixed(variance, 4), "", variance),
                cell(fixed(deviation, 3), "", deviation),
                cell(fixed(explained, 2), "", explained),
            ]
        lines.append(Row(cells))
    columns = [Column("Foundation", numeric=False), Column("The paper says", numeric=False)]
    for form in forms:
        columns += [
            Column("Variance", group=title_of(form)),
            Column("SD", group=title_of(form), hint="points of the scale of 1 to 5"),
            Column("Sum of η²", group=title_of(form)),
        ]
    note = (
        "Variances over personas, uniform. Inferred profiles are means of ten scores: their variances "
        "compare with each other, not with those of answers. In a sample, levels are not quite "
        "balanced, so that η² need not add up to what all variables explain together."
    )
    return Table("How much foundations vary", columns, lines, note, "variable_importance")


def _shares(found: Findings, forms: list[str]) -> Table:
    lines, last = [], None
    for form in forms:
        rows = found.model.rows("variable_importance", form=form)
        by = {(r["variable"], r["foundation"]): r for r in rows}
        for variable in dict.fromkeys(r["variable"] for r in rows):
            lines.append(
                Row(
                    [
                        cell(title_of(form)),
                        cell(variable_title(variable)),
                        *(
                            measured(by.get((variable, f), {}), "eta2", "eta2", 2)
                            for f in FOUNDATIONS
                        ),
                    ],
                    apart=last is not None and last != form,
                )
            )
            last = form
    columns = [Column("Source", numeric=False), Column("Variable", numeric=False)]
    columns += [Column(foundation_title(f)) for f in FOUNDATIONS]
    note = (
        f"η². Brackets: {found.level} bootstrap intervals over personas; none where the whole grid is "
        "known. A share cannot fall below 0, so that intervals lie above 0 by construction: they do "
        "not test whether there is an effect; ω² in the file is corrected for chance."
    )
    return Table("Shares of variance (η²)", columns, lines, note, "variable_importance")


def collapse(found: Findings, figures: Figures) -> Section:
    """Figure 6 and its numbers."""
    rows = found.model.rows("collapse")
    blocks = figure_or_reason(figures, "figure6_collapse")
    if any(known(r, "value") is not None for r in rows):
        lines, last = [], None
        for row in rows:
            at = (row["form"], row["weighting"])
            lines.append(
                Row(
                    [
                        *who(row),
                        cell(_MEASURES.get(row["measure"]) or safe(row["measure"])),
                        measured(row, "value"),
                        *(whole_cell(row, c) for c in ("n", "n_incongruous", "undirected", "missing")),
                    ],
                    apart=last is not None and at != last,
                )
            )  # fmt: skip
            last = at
        columns = [
            *WHO,
            Column("Measure", numeric=False),
            Column("Value"),
            Column("n"),
            Column("Incongruous", hint="congruence below 0.5"),
            Column("Undirected", hint="without a direction to congruous neighbours"),
            Column("Missing"),
        ]
        note = f"Distances in units of the map. Brackets: {found.level} intervals over personas."
        blocks.append(
            Table("Collapse towards congruous personas", columns, lines, note, "collapse")
        )
        text = (
            "Where beliefs do not fit together, a model that knows stereotypes may answer as the "
            "nearest persona whose beliefs do. Then the incongruous stand farther from where they "
            "were asked to (a slope below 0), and are displaced towards their nearest congruous "
            "neighbours (a pull above 0). Congruence and the expected position are this project's "
            "definitions; the expected position is fitted to the congruous, so that a curved relation "
            "shows as displacement too, and points towards the neighbours as well: the simulated "
            "respondent, whose answers saturate, has values above 0 without any collapse. Intervals "
            "hold the fit, and are somewhat too narrow for a few hundred personas."
        )
        blocks.append(Prose([text]))
    return Section("collapse", "Collapse of incongruous personas", blocks)


def diversity(found: Findings, figures: Figures) -> Section:
    """Figure 7 and its numbers, with groups."""
    rows = [r for r in found.model.rows("diversity") if known(r, "ratio") is not None]
    blocks = figure_or_reason(figures, "figure7_diversity")
    if rows:
        lines, last = [], None
        for row in rows:
            if row["kind"] != "variance" and row["attribute"] != "everyone":
                continue
            at = (row["form"], row["kind"], row["attribute"])
            lines.append(
                Row(
                    [
                        *who(row),
                        cell(KINDS.get(row["kind"]) or safe(row["kind"])),
                        cell(attribute_title(row["attribute"])),
                        group(row),
                        cell(PARTS.get(row["part"]) or safe(row["part"])),
                        *(plain(row, c) for c in ("personas", "humans")),
                        measured(row, "ratio"),
                        *(whole_cell(row, c) for c in ("questions", "n_personas")),
                    ],
                    apart=last is not None and at != last,
                )
            )
            last = at
        columns = [
            *WHO,
            Column("Kind", numeric=False),
            Column("Attribute", numeric=False),
            Column("Group", numeric=False),
            Column("Part", numeric=False),
            Column("Personas"),
            Column(found.humans.capitalize()),
            Column("Ratio"),
            Column("Questions"),
            Column("n"),
        ]
        note = (
            f"Brackets: {found.level} bootstrap intervals over personas. Entropy by group: in the "
            f"file. Diversity of the {found.humans} is always their total: what one of them would "
            "answer on another day is not known."
        )
        blocks.append(Table("Diversity of answers", columns, lines, note, "diversity"))
    return Section("diversity", "Diversity", blocks)


def biographies(found: Findings, figures: Figures) -> Section:
    """Figures 8 and 9 and their numbers."""
    model, blocks = found.model, list[Block]()
    making = found.bound.written.making
    written = found.bound.written.biographies
    if written:
        kind = "simulated: " if making.simulated else ""
        rejected = len(written) - len(found.bound.biographies)
        blocks.append(
            Prose(
                [
                    f"Written by {safe(making.writer, 80)} ({kind}seed {making.seed}), read again by "
                    f"{safe(making.reader or 'nobody', 80)}. Of {len(written):,}, {rejected:,} were "
                    "rejected and are not asked."
                    + " A grammar writes what it is told; that it does not contradict itself says "
                    "nothing about any language model." * making.simulated
                ]
            )
        )
    blocks += figure_or_reason(figures, "figure8_contradictions")
    checks = model.rows("biography_checks")
    if checks:
        blocks.append(_checks(found))
    blocks += figure_or_reason(figures, "figure9_demographics")
    if model.rows("demographics"):
        blocks.append(_people(found))
    return Section("biographies", "Biographies", blocks)


def _checks(found: Findings) -> Table:
    rows = found.model.rows("biography_checks")
    lines = [
        Row(
            [
                cell(variable_title(r["variable"])),
                *(whole_cell(r, c) for c in ("n", "recovered", "contradicted", "unclear")),
                share(r, "rate", ""),
                share(r, "recovery", "recovery"),
                whole_cell(r, "earlier_contradicted"),
            ],
            apart=k == len(rows) - 1,
        )
        for k, r in enumerate(rows)
    ]
    columns = [
        Column("Variable", numeric=False),
        Column("Read"),
        Column("Recovered"),
        Column("Contradicted"),
        Column("Unclear"),
        Column("Contradicted", group="Rate"),
        Column("Recovered", group="Rate"),
        Column("Earlier drafts", hint="contradicted and written again"),
    ]
    note = f"Brackets: Wilson's {found.level} intervals. Accepted and rejected alike."
    return Table("What second readings found", columns, lines, note, "biography_checks")


def _people(found: Findings) -> Table:
    lines, last = [], None
    for row in found.model.rows("demographics"):
        first = row["attribute"] != last
        lines.append(
            Row(
                [
                    cell(attribute_title(row["attribute"])),
                    cell(safe(row["level"])),
                    whole_cell(row, "n_biographies"),
                    share(row, "share_biographies", ""),
                    share(row, "share_humans"),
                    measured(row, "total_variation", "tv") if first else cell(""),
                    plain(row, "tv_chance") if first else cell(""),
                ],
                apart=first and last is not None,
            )
        )
        last = row["attribute"]
    columns = [
        Column("Attribute", numeric=False),
        Column("Level", numeric=False),
        Column("Biographies"),
        Column("Share"),
        Column(found.humans.capitalize()),
        Column("Distance", hint="total variation of the attribute, 0 to 1"),
        Column("By chance", hint="distance if there were no difference"),
    ]
    note = (
        f"Brackets: {found.level} intervals. A distance is above 0 even without a difference: read it "
        "against what chance gives. The survey has no occupation in this scheme."
    )
    return Table("Whom biographies are about", columns, lines, note, "demographics")
