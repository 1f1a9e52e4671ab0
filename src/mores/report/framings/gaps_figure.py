"""Distances from the humans: baseline and response under each framing, beside floors and ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.framings.bars import counted, mark, padded
from mores.report.framings.context import Basis, ModelTables, bracketed, ends_of, known
from mores.report.framings.labels import (
    ALL,
    REFERENCES,
    FramingStyle,
    framing_style,
    reference_title,
)
from mores.report.numbers import fixed
from mores.report.style import INK, MUTED, drawing, light_grid, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["gaps", "references_of"]

_REFERENCE = FramingStyle("", "", MUTED, "d")


def references_of(model: ModelTables, part: str = ALL) -> list[dict[str, Any]]:
    """Rows of references of a slice, the farthest expected first."""
    order = list(REFERENCES)
    rows = [r for r in model.main("references", slice=part) if known(r, "gap") is not None]
    return sorted(
        rows, key=lambda r: order.index(r["reference"]) if r["reference"] in order else len(order)
    )


def gaps(basis: Basis) -> Chart | None:
    """A row a framing, from its baseline's gap to its own; below them what asks no model.

    Returns
    -------
    Chart or None
        None if no gap was measured.
    """
    model = basis.models[0]
    lines = [(f, r) for f, r in model.overall.items() if known(r, "response_gap") is not None]
    if not lines:
        return None
    beside = references_of(model)
    told = (
        "Hollow: the baseline's gap; filled: the gap under the framing; an arrow to the left is "
        "movement towards the humans. Diamonds and dashed lines: what asks no model."
    )
    ends = (
        f" Bars: {basis.level} bootstrap intervals over questions."
        if any(ends_of(r, "gap") for r in beside)
        or any(ends_of(r, "response_gap") for _, r in lines)
        else ""
    )
    with drawing():
        page = sheet(
            "Distance from the humans, beside floors and ceiling",
            f"{basis.subtitle} · lower is nearer",
            basis.note(f"{told}{ends}"),
            plot=0.32 * (len(lines) + len(beside) + 0.8),
            width=8.0,
            below=0.45,
        )
        axes = page.axes(0.295, 0.5)
        _framings(axes, lines)
        _beside(axes, beside, len(lines))
        names = [framing_style(f).title for f, _ in lines]
        names += [reference_title(r["reference"]) for r in beside]
        axes.set_yticks(range(len(names)), names)
        columns = [(r, c) for _, r in lines for c in ("baseline_gap", "response_gap")]
        reached = [v for r, c in columns for v in _reached(r, c)]
        reached += [v for r in beside for v in _reached(r, "gap")]
        axes.set_xlim(0, padded(reached)[1])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlabel("gap: mean distance from the distribution of the humans (share of the scale)",
                        size=8)  # fmt: skip
        light_grid(axes, "x")
        axes.tick_params(axis="y", length=0)
    caption = (
        f"Mean distance of answers from the {basis.humans} ({counted(r for _, r in lines)}). {told}"
        f"{ends} The language framing is compared with the humans of the language, the "
        "other framings and the references with those of one country. An answer that is one option "
        "cannot come nearer than the best single answer, because people differ; split half is a "
        "distance of distributions."
    )
    said = [
        f"{framing_style(f).title} from {fixed(known(r, 'baseline_gap'))} to "
        f"{fixed(known(r, 'response_gap'))}"
        for f, r in lines
    ]
    said += [f"{reference_title(r['reference'])} {fixed(known(r, 'gap'))}" for r in beside]
    return Chart("figure_gaps", page.figure, caption, f"{'; '.join(said)}.")


def _reached(row: dict[str, Any], column: str) -> list[float]:
    value = known(row, column)
    return [*([] if value is None else [value]), *(ends_of(row, column) or ())]


def _framings(axes: Axes, lines: Sequence[tuple[str, dict[str, Any]]]) -> None:
    for y, (framing, row) in enumerate(lines):
        style = framing_style(framing)
        start, end = known(row, "baseline_gap"), known(row, "response_gap")
        if start is not None and end is not None and abs(start - end) > 0.002:
            axes.annotate(
                "", (end, y), (start, y),
                arrowprops={"arrowstyle": "-|>", "color": style.colour, "linewidth": 1.3,
                            "shrinkA": 3, "shrinkB": 3},
            )  # fmt: skip
        mark(axes, row, "baseline_gap", y, style, hollow=True)
        mark(axes, row, "response_gap", y, style)
        text = f"{fixed(start)} → {fixed(end)}"
        axes.text(1.03, y, text, transform=axes.get_yaxis_transform(), size=7.6, va="center",
                  color=INK)  # fmt: skip


def _beside(axes: Axes, rows: Sequence[dict[str, Any]], start: int) -> None:
    for k, row in enumerate(rows):
        y = start + k
        mark(axes, row, "gap", y, _REFERENCE)
        gap = known(row, "gap")
        if gap is not None:
            axes.plot([gap, gap], [-0.6, y], color=MUTED, linewidth=0.8,
                      linestyle=(0, (4, 3)), zorder=0.8)  # fmt: skip
        text = f"{fixed(gap)} {bracketed(row, 'gap')}"
        axes.text(1.03, y, text.strip(), transform=axes.get_yaxis_transform(), size=7.6,
                  va="center", color=INK)  # fmt: skip
    if rows:
        axes.axhline(start - 0.5, color=MUTED, linewidth=0.7)
