"""Sections on alignment: findings, floors, and gains and losses by value, topic and persona."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Block, Cell, Column, FigureBlock, Prose, Row, Section, Table, cell
from mores.report.numbers import bounds, count, fixed, is_significant, p_text, percent, signed
from mores.report.value_action.labels import (
    Group,
    category_rows,
    groups_of,
    persona_label,
    renderings_of,
    titled,
    type_of,
)
from mores.report.visible import visible

if TYPE_CHECKING:
    import polars as pl

    from mores.report.value_action.context import Findings

__all__ = ["by_dilemma", "by_persona", "findings_section", "floors"]

Figures = Mapping[str, FigureBlock]
_BOUNDS = ("Distance, if what is missing were known", "Rate, if what is missing were known")
_WORST = ("ad_worst_low", "ad_worst_high", "ar_worst_low", "ar_worst_high")
_DISTANCE = "Alignment distance, lower is better"
_RATE = "Alignment rate, higher is better"
_RENDERINGS_NOTE = (
    " Rows of one category in two renderings ask whether its wording matters: there the beliefs are "
    "the same and only the words differ."
)


def measured(row: Mapping[str, Any], column: str, prefix: str) -> Cell:
    """A measure with its interval."""
    value = row[column]
    return cell(fixed(value), bounds(row[f"{prefix}_low"], row[f"{prefix}_high"]), value)


def change(row: Mapping[str, Any], measure: str) -> Cell:
    """A difference from the baseline with its interval; bold where it is significant."""
    delta = row[f"{measure}_delta"]
    ends = bounds(row[f"{measure}_delta_low"], row[f"{measure}_delta_high"], sign=True)
    return cell(signed(delta), ends, delta, is_significant(row[f"{measure}_p_adjusted"]))


def adjusted(row: Mapping[str, Any], measure: str) -> Cell:
    """An adjusted p value; bold where it is significant."""
    p = row[f"{measure}_p_adjusted"]
    return cell(p_text(p), "", p, is_significant(p))


def _both_measures() -> list[Column]:
    return [
        Column("AD", group=_DISTANCE, hint="mean |value − action|, 0 to 2"),
        Column("Δ", group=_DISTANCE, hint="baseline less category: positive is improvement"),
        Column("p", group=_DISTANCE, hint="sign flips of the mean over dilemmas, adjusted"),
        Column("r", group=_DISTANCE, hint="rank-biserial correlation of the signed ranks, −1 to 1"),
        Column("AR", group=_RATE, hint="F1, positive class agree, 0 to 1"),
        Column("Δ", group=_RATE, hint="category less baseline: positive is improvement"),
        Column("p", group=_RATE, hint="swaps within dilemmas, adjusted"),
        Column("κ", group=_RATE, hint="Cohen's kappa of the signs, −1 to 1"),
    ]


def _both(row: Mapping[str, Any]) -> list[Cell]:
    return [
        measured(row, "alignment_distance", "ad"),
        change(row, "ad"),
        adjusted(row, "ad"),
        cell(fixed(row["ad_effect"], 2), "", row["ad_effect"]),
        measured(row, "alignment_rate", "ar"),
        change(row, "ar"),
        adjusted(row, "ar"),
        cell(fixed(row["kappa"], 2), "", row["kappa"]),
    ]


def _brackets(found: Findings) -> str:
    return f"Brackets: {found.level} intervals from a bootstrap over dilemmas."


def findings_section(found: Findings, figures: Figures) -> Section:
    """The paper's tables 1 and 2 for one model, and its figures 2 and 3."""
    columns = [
        Column("Category", numeric=False),
        Column("Pairs", hint="dilemma and persona, both questions coded at least once"),
        Column("Coverage", hint="share of pairs that could be measured"),
        Column("Answers", hint="share of planned answers that are coded"),
        Column("Paired", hint="dilemmas complete on both sides: over them are Δ, interval and p"),
        *_both_measures(),
    ]
    rows = [
        Row(
            [
                cell(group.title),
                cell(count(row["n_pairs"]), "", row["n_pairs"]),
                cell(percent(row["coverage"]), "", row["coverage"]),
                cell(percent(row.get("answer_coverage")), "", row.get("answer_coverage")),
                cell(count(row.get("n_paired")), "", row.get("n_paired")),
                *_both(row),
            ],
            group.trace,
            apart=group.everyone,
        )
        for group, row in found.categories
    ]
    note = _brackets(found)
    if found.baseline is not None:
        note += (
            " Bold: p < .05 after adjustment (Benjamini–Hochberg) within the table, apart for each "
            "measure; the row of all personas is one of its tests. Positive Δ is improvement in both "
            "measures. Δ, its interval and its p are over the dilemmas that are complete on both "
            "sides."
        )
    note = " ".join([note, *found.framing])
    table = Table("Alignment by category of persona", columns, rows, note, "alignment_by_category")
    blocks: list[Block] = [table, *_chosen(figures, "figure2_", "figure3_")]
    if found.tables["alignment_contrasts"].height:
        blocks.append(_contrasts(found))
    return Section("findings", "Findings", [*blocks, _other_measures(found)])


def reference_rendering(row: Mapping[str, Any]) -> str:
    """The rendering of the category that a contrast compares with."""
    return str(row.get("reference_rendering") or row["rendering"])


def _contrasts(found: Findings) -> Table:
    table = found.tables["alignment_contrasts"]
    several = len(renderings_of(found.tables["alignment_by_category"])) > 1
    columns = [
        Column("Category", numeric=False),
        Column("against", numeric=False),
        Column("Paired", hint="dilemmas complete on both sides"),
        Column("Δ", group=_DISTANCE),
        Column("p", group=_DISTANCE, hint="adjusted within the table"),
        Column("Δ", group=_RATE),
        Column("p", group=_RATE, hint="adjusted within the table"),
    ]
    rows = [
        Row(
            [
                cell(titled(row["category"], row["rendering"], several)),
                cell(titled(row["reference"], reference_rendering(row), several)),
                cell(count(row.get("n_paired")), "", row.get("n_paired")),
                change(row, "ad"),
                adjusted(row, "ad"),
                change(row, "ar"),
                adjusted(row, "ar"),
            ],
            {},
        )
        for row in table.rows(named=True)
    ]
    note = (
        "Positive Δ: the first of the two is better, nearer to its stated values or more often on "
        f"their side. Brackets: {found.level} intervals from a bootstrap over dilemmas. Bold: "
        "p < .05 after adjustment within this table." + _RENDERINGS_NOTE * several
    )
    return Table("Categories against each other", columns, rows, note, "alignment_contrasts")


def _chosen(figures: Figures, *names: str) -> list[FigureBlock]:
    return [block for name, block in figures.items() if name.startswith(names)]


def _other_measures(found: Findings) -> Table:
    columns = [
        Column("Category", numeric=False),
        *(
            Column(c, group="Sign of value and action")
            for c in ("F1 agree", "F1 disagree", "F1 macro")
        ),
        *(Column(c, group="Sign of value and action") for c in ("Accuracy", "κ", "Undecided")),
        Column("p", group="Wilcoxon, distance", hint="signed ranks over dilemmas, not adjusted"),
        Column("p", group="Mann–Whitney, distance", hint="unpaired, not adjusted"),
        Column("δ", group="Mann–Whitney, distance", hint="Cliff's delta"),
    ]
    names = ("alignment_rate", "f1_disagree", "f1_macro", "accuracy", "kappa")
    rows = [
        Row(
            [
                cell(group.title),
                *(cell(fixed(row[n]), "", row[n]) for n in names),
                cell(count(row["n_undecided"]), "", row["n_undecided"]),
                cell(p_text(row.get("ad_p_wilcoxon")), "", row.get("ad_p_wilcoxon")),
                cell(p_text(row["ad_p_mann_whitney"]), "", row["ad_p_mann_whitney"]),
                cell(fixed(row["ad_cliffs_delta"], 2), "", row["ad_cliffs_delta"]),
            ],
            group.trace,
            apart=group.everyone,
        )
        for group, row in found.categories
    ]
    note = (
        "F1 depends on which class is called positive: a model that always agrees and always acts "
        "on it scores 1 on agree and has no F1 on disagree. κ takes chance into account. "
        "Undecided: pairs without a majority sign, which no rate counts."
    )
    if found.baseline is not None:
        note += (
            " The last two tests are checks, and their p are not adjusted. Wilcoxon's takes the "
            "difference of one baseline answer and a mean of several personas, which is skewed even "
            "where there is nothing to find, so that its p comes out too small. Mann–Whitney's, the "
            "published study's own, ignores the pairing by dilemma."
        )
    return Table("The same by other measures", columns, rows, note, "alignment_by_category")


def floors(found: Findings) -> Section:
    """What answer style alone would give, and what the missing answers could change."""
    style = dict(category_rows(found.tables["permutation_reference"]))
    columns = [
        Column("Category", numeric=False),
        Column("Observed", group="Distance"),
        Column("By answer style", group="Distance", hint="actions dealt out across dilemmas"),
        Column(
            "Reduction", group="Distance", hint="1 − observed ÷ by style: what the link takes away"
        ),
        Column("p", group="Distance", hint="one-sided permutation test, not adjusted"),
        Column("By noise", group="Distance", hint="of two answers that are the same but for noise"),
        Column("lowest", group=_BOUNDS[0]),
        Column("highest", group=_BOUNDS[0]),
        Column("lowest", group=_BOUNDS[1]),
        Column("highest", group=_BOUNDS[1]),
    ]
    rows = []
    for group, row in found.categories:
        chance = style.get(group, {})
        chance = {"reduction": chance.get("explained")} | chance
        rows.append(
            Row(
                [
                    cell(group.title),
                    cell(fixed(row["alignment_distance"]), "", row["alignment_distance"]),
                    *(
                        cell(text(chance.get(name)), "", chance.get(name))
                        for name, text in (
                            ("expected_by_style", fixed),
                            ("reduction", percent),
                            ("p", p_text),
                            ("noise_floor", fixed),
                        )
                    ),
                    *(cell(fixed(row.get(name)), "", row.get(name)) for name in _WORST),
                ],
                group.trace,
                apart=group.everyone,
            )
        )
    text = (
        "A respondent who always agrees mildly and always acts mildly has a small distance "
        "without any link between value and action. So the actions are dealt out at random across "
        "dilemmas, within each persona: what distance is then expected comes from answer style "
        "alone.",
        "Noise adds distance as well: two answers that differ only because the model does not "
        "answer the same every time still stand some way apart. How far is estimated from the "
        "repeats of one question (normal approximation); a distance near this floor shows no gap "
        "that could be told from noise."
        + (
            " With one repeat a question there is nothing to estimate it from."
            if found.study.file.asking.repeats == 1
            else ""
        ),
        "The last columns bound what the answers that are missing could do: every missing repeat "
        "as favourable as can be, and as unfavourable.",
    )
    table = Table(
        "Distance, its reference and its bounds", columns, rows, "", "permutation_reference"
    )
    return Section("floors", "Floors and bounds", [Prose(text), table])


def by_dilemma(found: Findings, figures: Figures) -> list[Section]:
    """Gains and losses by value, with the matrices, and by topic."""
    values = _split_table(found, "value", "Alignment distance by value")
    topics = _split_table(found, "topic", "Alignment distance by topic")
    drawn = _chosen(figures, "figure_delta_by_value") + _chosen(figures, "figure4_")
    return [
        Section("values", "Gains and losses by value", [*drawn, values]),
        Section("topics", "By topic", [topics]),
    ]


def _split_table(found: Findings, by: str, caption: str) -> Table:
    import polars as pl

    table = found.tables[f"alignment_by_{by}"]
    labels = found.values if by == "value" else found.topics
    groups = groups_of(table.select("category", "rendering").rows())
    rows = []
    for name in table[by].unique(maintain_order=True).to_list():
        part = {
            (r["category"], r["rendering"]): r
            for r in table.filter(pl.col(by) == name).rows(named=True)
        }
        by_group = [(g, part.get((g.category, g.rendering))) for g in groups]
        rows.append(_split_row(by, name, labels[name], by_group))
    rows.sort(key=lambda row: str(row.cells[0].order))
    columns = [Column(by.capitalize(), numeric=False)]
    columns += [Column("Type", numeric=False)] * (by == "value")
    columns.append(Column("Dilemmas"))
    for group in groups:
        columns.append(
            Column("No persona", group="AD")
            if group.baseline
            else Column(group.title, group="Δ against no persona")
            if found.baseline is not None
            else Column(group.title, group="AD")
        )
    note = (
        f"Brackets: {found.level} intervals over the dilemmas of the row; none with fewer than 5 that "
        "are complete."
    )
    if found.baseline is not None:
        note += (
            " Positive Δ: action comes closer to stated value. Bold: p < .05 after adjustment for all "
            "tests of the table."
        )
    return Table(caption, columns, rows, note, f"alignment_by_{by}")


def _split_row(
    by: str, name: str, label: str, parts: list[tuple[Group, dict[str, Any] | None]]
) -> Row:
    cells = [cell(label, "", label)]
    cells += [cell(type_of(name))] * (by == "value")
    n = max((r["n_dilemmas"] for _, r in parts if r), default=0)
    cells.append(cell(count(n), "", n))
    with_delta = any(g.baseline for g, _ in parts)
    for group, row in parts:
        if row is None:
            cells.append(cell(fixed(None)))
        elif group.baseline or not with_delta:
            cells.append(measured(row, "alignment_distance", "ad"))
        else:
            cells.append(change(row, "ad"))
    return Row(cells, {by: visible(name, breaks=False)})


def by_persona(found: Findings, figures: Figures) -> Section:
    """Each persona on its own."""
    table = found.tables["alignment_by_persona"]
    groups = groups_of(table.select("category", "rendering").rows())
    columns = [
        Column("Persona", numeric=False),
        Column("Pairs"),
        Column("Congruence", hint="how well its beliefs fit together, 0 to 1"),
        *_both_measures(),
    ]
    rows = [
        _persona_row(group, row)
        for group in groups
        for row in _members(table, group).rows(named=True)
    ]
    bold = " Bold: p < .05 after adjustment within the table." * (found.baseline is not None)
    note = f"{_brackets(found)}{bold} Congruence follows from the persona's levels, not from the model."
    block = Table("Alignment by persona", columns, rows, note, "alignment_by_persona")
    return Section("personas", "By persona", [*_chosen(figures, "figure_personas"), block])


def _members(table: pl.DataFrame, group: Group) -> pl.DataFrame:
    import polars as pl

    return table.filter(
        pl.col("category") == group.category, pl.col("rendering") == group.rendering
    )


def _persona_row(group: Group, row: Mapping[str, Any]) -> Row:
    name = visible(str(row["name"] or persona_label(row["persona"], row["category"])), breaks=False)
    trace = {
        "persona": visible(str(row["persona"]), breaks=False),
        "rendering": str(row["rendering"]),
    }
    return Row(
        [
            cell(name, "" if group.baseline else group.title),
            cell(count(row["n_pairs"]), "", row["n_pairs"]),
            cell(fixed(row["congruence"], 2), "", row["congruence"]),
            *_both(row),
        ],
        trace,
    )
