"""Sections on the answers: distribution, places, repeats, shared words, and coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Cell, Column, FigureBlock, Prose, Row, Section, Table, cell
from mores.report.numbers import bounds, count, fixed, p_equals, percent, signed
from mores.report.value_action.answer_figures import (
    NOT_SHUFFLED,
    POSITION_TEST,
    is_shuffled,
    option_label,
)
from mores.report.value_action.labels import Group, category_rows, groups_of
from mores.report.visible import clipped, visible

if TYPE_CHECKING:
    import polars as pl

    from mores.report.value_action.context import Findings

__all__ = ["anchoring", "coverage", "distribution", "positions", "stability"]

Figures = Mapping[str, FigureBlock]
_QUESTIONS = ("value", "action")


def distribution(found: Findings, figures: Figures) -> Section:
    """Shares of the options (the paper's figure 5)."""
    table = found.tables["answer_distribution"]
    groups = groups_of(table.select("category", "rendering").rows())
    blocks: list[Any] = [b for n, b in figures.items() if n.startswith("figure5_")]
    blocks += [_shares(found, table, groups, question) for question in _QUESTIONS]
    return Section("answers", "Distribution of answers", blocks)


def _shares(found: Findings, table: pl.DataFrame, groups: Sequence[Group], question: str) -> Table:
    import polars as pl

    part = table.filter(pl.col("question") == question)
    options = part["option"].unique(maintain_order=True).to_list()
    columns = [Column("Category", numeric=False), Column("Coded")]
    columns += [Column(option_label(o)) for o in options]
    rows = []
    for group in groups:
        own = part.filter(
            pl.col("category") == group.category, pl.col("rendering") == group.rendering
        )
        shares = [
            cell(percent(r["share"]), _percent_bounds(r["share_low"], r["share_high"]), r["share"])
            for r in own.rows(named=True)
        ]
        n = int(own["n_coded"].max() or 0)  # type: ignore[arg-type]
        rows.append(
            Row([cell(group.title), cell(count(n), "", n), *shares], group.trace, group.everyone)
        )
    note = f"Shares of coded answers. Brackets: {found.level} intervals over dilemmas, in per cent."
    return Table(f"Answers to the {question} question", columns, rows, note, "answer_distribution")


def _percent_bounds(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return bounds(100 * low, 100 * high, 1)


def positions(found: Findings, figures: Figures) -> Section:
    """Whether the place of an option drew answers."""
    table = found.tables["position_effects"]
    firsts = [r for r in table.rows(named=True) if r["position"] == 1 and r["p"] is not None]
    tests = [f"{r['question'].capitalize()} question: {p_equals(r['p'])}" for r in firsts]
    columns = [
        Column("Question", numeric=False),
        Column("Place"),
        Column("Chosen"),
        Column("Share"),
        Column("Expected"),
        Column("w", hint="Cohen's effect size over all places of the question"),
    ]
    rows = [
        Row(
            [
                cell(f"{r['question'].capitalize()} question"),
                cell("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[r["position"] - 1]),
                cell(count(r["n"]), "", r["n"]),
                cell(
                    percent(r["share"]),
                    _percent_bounds(r["share_low"], r["share_high"]),
                    r["share"],
                ),
                cell(percent(r["expected"]), "", r["expected"]),
                cell(fixed(r["effect"]), "", r["effect"]),
            ]
        )
        for r in table.rows(named=True)
    ]
    note = (
        f"Brackets: {found.level} intervals from a bootstrap over dilemmas. "
        + (POSITION_TEST if is_shuffled(table) else NOT_SHUFFLED)
        + (f" {'; '.join(tests)}." if tests else "")
    )
    block = Table("Choice by place of the option", columns, rows, note, "position_effects")
    drawn = [b for n, b in figures.items() if n == "figure_positions"]
    return Section("positions", "Position effects", [*drawn, block])


def stability(found: Findings) -> Section:
    """Whether the same question, asked again, got the same answer."""
    import polars as pl

    rows = []
    for question in _QUESTIONS:
        part = found.tables["repeat_stability"].filter(pl.col("question") == question)
        for group, row in category_rows(part):
            rows.append(
                Row(
                    [
                        cell(group.title),
                        cell(question.capitalize()),
                        cell(count(row["n_cells"]), "", row["n_cells"]),
                        cell(percent(row["share_identical"]), "", row["share_identical"]),
                        cell(percent(row["share_sign_flipped"]), "", row["share_sign_flipped"]),
                        cell(fixed(row["mean_sd"]), "", row["mean_sd"]),
                        cell(fixed(row["mean_difference"]), "", row["mean_difference"]),
                        cell(fixed(row["krippendorff_alpha"]), "", row["krippendorff_alpha"]),
                    ],
                    group.trace,
                    group.everyone,
                )
            )
    columns = [
        Column("Category", numeric=False),
        Column("Question", numeric=False),
        Column("Cells", hint="dilemma and persona with at least two coded repeats"),
        Column("All alike"),
        Column("Sign flips", hint="repeats on both sides of the scale"),
        Column("Mean SD"),
        Column("Mean difference"),
        Column("α", hint="Krippendorff's alpha, interval scale"),
    ]
    table = Table("Agreement of repeats", columns, rows, "", "repeat_stability")
    return Section("stability", "Stability over repeats", [Prose([_on_repeats(found)]), table])


def _on_repeats(found: Findings) -> str:
    asking = found.study.file.asking
    if asking.repeats == 1:
        return (
            "Each question was asked once, so that there is nothing to compare: how much of a "
            "distance is noise of answering cannot be told."
        )
    seeded = found.manifest["model"]["capabilities"]["seed"]
    differing = ["another seed"] * seeded + ["the options in another order"] * asking.shuffle
    each = f", each time with {' and '.join(differing)}" if differing else ""
    return (
        f"Each question was asked {asking.repeats} times{each}. "
        "Noise between repeats has two consequences. It makes means uncertain, which the intervals "
        "over dilemmas contain, since it differs from dilemma to dilemma. And it makes distances "
        "larger, because noise pulls two equal answers apart and never together; no interval "
        "contains that. How large a distance noise alone would give stands under Floors."
    )


def anchoring(found: Findings) -> Section | None:
    """Whether the gap closes where persona and dilemma share words; None without personas."""
    table = found.tables["anchoring"]
    if table.is_empty():
        return None
    rows = []
    for group, row in category_rows(table):
        low, high = row["rho_low"], row["rho_high"]
        rows.append(
            Row(
                [
                    cell(group.title),
                    cell(count(row["n_pairs"]), "", row["n_pairs"]),
                    cell(percent(row["share_with_overlap"]), "", row["share_with_overlap"]),
                    cell(
                        fixed(row["distance_without_overlap"]), "", row["distance_without_overlap"]
                    ),
                    cell(fixed(row["distance_with_overlap"]), "", row["distance_with_overlap"]),
                    cell(signed(row["rho"]), bounds(low, high, sign=True), row["rho"]),
                ],
                group.trace,
                group.everyone,
            )
        )
    gain = found.baseline is not None
    what = (
        ("improvement over the baseline", "the improvement should be larger")
        if gain
        else ("closeness, minus the distance", "the distance should be smaller")
    )
    columns = [
        Column("Category", numeric=False),
        Column("Pairs"),
        Column("Share a word"),
        Column("without", group="Alignment distance"),
        Column("with", group="Alignment distance"),
        Column("ρ", hint=f"Spearman's within personas, overlap with {what[0]}"),
    ]
    text = (
        f"If a persona only works through words that it shares with the dilemma, {what[1]} where "
        f"they share more, and ρ above zero: the rank correlation of overlap and {what[0]}, within "
        "each persona. Words that all personas of a rendering share do not count, nor do everyday "
        "ones, found in more than 10\u00a0% of the dilemmas. The two distances beside it are of "
        "different dilemmas and personas, and not adjusted for that. To see what wording does, "
        "compare renderings under Findings, not their shares of overlap: sentences are longer than "
        "labels and share more words with anything."
    )
    note = f"Brackets: {found.level} intervals over dilemmas."
    block = Table("Shared words and distance", columns, rows, note, "anchoring")
    return Section("anchoring", "Anchoring", [Prose([text]), block])


def coverage(found: Findings) -> Section:
    """How every request ended, and how replies were read."""
    return Section("coverage", "Coverage and coding", [_ended(found), _reasons(found)])


def _ended(found: Findings) -> Table:
    import polars as pl

    statuses = ("coded", "refused", "uncoded", "failed")
    rows = []
    for question in _QUESTIONS:
        part = found.tables["coverage"].filter(pl.col("question") == question)
        for group, row in category_rows(part):
            cells: list[Cell] = [
                cell(group.title),
                cell(question.capitalize()),
                cell(count(row["planned"]), "", row["planned"]),
                cell(count(row["asked"]), "", row["asked"]),
            ]
            cells += [cell(count(row[s]), percent(row[f"{s}_share"]), row[s]) for s in statuses]
            cells.append(cell(count(row["asked_again"]), "", row["asked_again"]))
            rows.append(Row(cells, group.trace))
    columns = [
        Column("Category", numeric=False),
        Column("Question", numeric=False),
        *(Column(c) for c in ("Planned", "Asked", "Coded", "Refused", "Uncoded", "Failed")),
        Column("Asked again", hint="more than once, because a reply could not be coded"),
    ]
    note = (
        "Per cent of planned. Refused: the model declined. Uncoded: its reply names no option, or "
        "more than one, also after asking again. Failed: there is no reply. Refusals are not asked "
        "again."
    )
    return Table("How requests ended", columns, rows, note, "coverage")


def _reasons(found: Findings) -> Table:
    rows = [
        Row(
            [
                cell(clipped(r["reason"], 200)),
                cell(f"{r['question'].capitalize()} question"),
                cell(visible(r["status"], False)),
                cell(count(r["n"]), "", r["n"]),
            ]
        )
        for r in found.tables["coding_reasons"].head(60).rows(named=True)
    ]
    columns = [
        Column("How it was read, or why not", numeric=False),
        Column("Question", numeric=False),
        Column("Status", numeric=False),
        Column("Requests"),
    ]
    left = found.tables["coding_reasons"].height - len(rows)
    note = f"{left} more reasons are in the file." if left > 0 else ""
    return Table("How replies were read", columns, rows, note, "coding_reasons")
