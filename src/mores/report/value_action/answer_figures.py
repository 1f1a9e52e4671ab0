"""Figure 5, the distribution of answers, and the places at which options were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.numbers import fixed, p_equals, percent
from mores.report.style import INK, MUTED, SERIES, drawing, light_grid, sheet
from mores.report.value_action.labels import Group, groups_of
from mores.report.visible import visible

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes

    from mores.report.value_action.context import Findings

__all__ = [
    "NOT_SHUFFLED",
    "POSITION_TEST",
    "answer_distribution",
    "is_shuffled",
    "option_label",
    "positions",
]

_QUESTIONS = {
    "value": "Value question: stated agreement",
    "action": "Action question: chosen action",
}
POSITION_TEST = (
    "With the order drawn for each request, every place is chosen equally often if place has no "
    "part in it, whatever the answers depend on besides; so the chi-square test of equality holds "
    "although answers to one dilemma are alike. Its p is not adjusted."
)
NOT_SHUFFLED = (
    "The order was NOT shuffled: place and content cannot be told apart, and nothing is tested."
)
_WIDTHS = (0.43, 0.43)
_LEFTS = (0.075, 0.555)


def option_label(option: str) -> str:
    """An option as a reader sees it: actions by their strength and side, labels as they are."""
    from mores.instruments.scales import scales

    known = {o.id: o.label for o in scales()["action-6"].options}
    return known.get(option) or visible(option, breaks=False)[:40]


def _questions(table: Any) -> list[str]:
    return [q for q in _QUESTIONS if q in set(table["question"].to_list())]


def answer_distribution(found: Findings) -> Chart:
    """Share of each option by question and category, with intervals."""
    import polars as pl

    table = found.tables["answer_distribution"]
    groups = [
        g
        for g in groups_of(table.select("category", "rendering").rows())
        if not g.everyone or table["category"].n_unique() == 1
    ]
    note = found.source(
        f"Share of coded answers; bars: {found.level} bootstrap intervals over dilemmas."
    )
    # Up to five names stand beside the title, more of them below it.
    rows = 0 if len(groups) <= 5 else -(-len(groups) // 4)
    with drawing():
        page = sheet(
            "Distribution of answers", found.who, note, plot=2.5, width=9.4, above=0.3 + 0.2 * rows
        )
        for question, left, width in zip(_questions(table), _LEFTS, _WIDTHS, strict=False):
            axes = page.axes(left, width)
            part = table.filter(pl.col("question") == question)
            _shares(axes, part, groups)
            axes.set_title(_QUESTIONS[question])
            if question == "value":
                axes.set_ylabel("share of coded answers")
        handles, names = page.figure.axes[0].get_legend_handles_labels()
        top = 1 - (0.45 if rows else 0.02) / page.figure.get_figheight()
        page.figure.legend(
            handles, names, loc="upper left" if rows else "upper right", ncols=4 if rows else 5,
            bbox_to_anchor=(0.0 if rows else 0.99, top), handletextpad=0.4, columnspacing=1.2,
        )  # fmt: skip
    caption = (
        "Share of each option among coded answers, by question and category of persona. Bars: "
        f"{found.level} intervals from a bootstrap over dilemmas. Refused and uncoded "
        "answers are in none of the shares; they are counted under Coverage."
    )
    return Chart("figure5_answer_distribution", page.figure, caption, _distribution_alt(table))


def _shares(axes: Axes, part: Any, groups: Sequence[Group]) -> None:
    import polars as pl

    step = 0.72 / max(1, len(groups))
    options: list[str] = []
    most = 0.0
    for k, group in enumerate(groups):
        rows = part.filter(
            pl.col("category") == group.category, pl.col("rendering") == group.rendering
        ).rows(named=True)
        options = [r["option"] for r in rows] or options
        at = [i + (k - (len(groups) - 1) / 2) * step for i in range(len(rows))]
        for x, r in zip(at, rows, strict=True):
            if r["share"] is None:
                continue
            axes.vlines(x, 0, r["share"], color=group.colour, linewidth=0.8, alpha=0.35)
            if r["share_low"] is not None and r["share_high"] is not None:
                axes.vlines(x, r["share_low"], r["share_high"], color=group.colour, linewidth=1.8)
            most = max(most, r["share_high"] or r["share"])
        shown = [(x, r["share"]) for x, r in zip(at, rows, strict=True) if r["share"] is not None]
        axes.plot(
            [x for x, _ in shown], [s for _, s in shown], linestyle="", marker=group.marker,
            markersize=4.5, color=group.colour, label=group.title,
        )  # fmt: skip
    labels = [option_label(o).replace(" ", "\n", 1) for o in options]
    axes.set_xticks(range(len(options)), labels, size=7.5)
    axes.set_xlim(-0.5, len(options) - 0.5)
    _percent_axis(axes, most)


def _percent_axis(axes: Axes, most: float) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.set_ylim(0, min(1.02, max(0.05, 1.08 * most)))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    light_grid(axes, "y")
    axes.spines["bottom"].set_visible(True)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="both", length=0)


def _distribution_alt(table: Any) -> str:
    import polars as pl

    parts = []
    for question in _questions(table):
        rows = table.filter(pl.col("question") == question, pl.col("share").is_not_null())
        best = rows.sort("share", descending=True).head(1).rows(named=True)
        parts += [
            f"{question} question, most frequent: {option_label(r['option'])}, "
            f"{percent(r['share'])} ({r['category']})"
            for r in best
        ]
    return "Shares of the options by category. " + "; ".join(parts) + "."


def is_shuffled(table: pl.DataFrame) -> bool:
    """Whether the options of all requests were shown in an order drawn for each."""
    return bool(table["shuffled"].all())


def positions(found: Findings) -> Chart:
    """How often the option at each place was chosen, against equal shares."""
    import polars as pl

    table = found.tables["position_effects"]
    shuffled = is_shuffled(table)
    dashed = "Dashed: equal shares. " * shuffled
    note = found.source(f"{dashed}Bars: {found.level} bootstrap intervals over dilemmas.")
    with drawing():
        page = sheet(
            "Choice by place of the option", found.who, note, plot=1.9, width=9.4, above=0.3
        )
        for question, left, width in zip(_questions(table), _LEFTS, _WIDTHS, strict=False):
            axes = page.axes(left, width)
            rows = table.filter(pl.col("question") == question).rows(named=True)
            _places(axes, rows)
            axes.set_title(_QUESTIONS[question])
    size = " w is Cohen's effect size (0.1 is small)." * shuffled
    caption = (
        "Share of coded answers that fell on the option shown at each place. "
        f"{POSITION_TEST if shuffled else NOT_SHUFFLED} {dashed}Bars: {found.level} intervals from "
        f"a bootstrap over dilemmas.{size}"
    )
    alt = "Share of answers by place: " + "; ".join(
        f"{r['question']} {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[r['position'] - 1]} {percent(r['share'])}"
        for r in table.rows(named=True)
    )
    return Chart("figure_positions", page.figure, caption, alt)


def _places(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    expected = rows[0]["expected"]
    if expected is not None:
        axes.axhline(expected, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.0)
    shares = [r["share"] for r in rows if r["share"] is not None]
    for r in rows:
        if r["share"] is None:
            continue
        if r["share_low"] is not None and r["share_high"] is not None:
            ends = (r["share_low"], r["share_high"])
            axes.vlines(r["position"], *ends, color=SERIES[1], linewidth=1.8)
        axes.plot(r["position"], r["share"], "o", markersize=5, color=SERIES[1])
    letters = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ"[r["position"] - 1] for r in rows]
    axes.set_xticks([r["position"] for r in rows], letters)
    axes.set_xlim(0.5, len(rows) + 0.5)
    highs = [r["share_high"] for r in rows if r["share_high"] is not None]
    _percent_axis(axes, 1.12 * max([*shares, *highs, expected or 0.0]))
    axes.set_xlabel("place at which the option was shown")
    first = rows[0]
    tested = f"w = {fixed(first['effect'])}, {p_equals(first['p'])}, " * (first["p"] is not None)
    axes.text(
        0.99, 0.97, f"{tested}n = {first['n_coded']:,}", transform=axes.transAxes, ha="right",
        va="top", size=8, color=INK,
    )  # fmt: skip
