"""Marks with intervals, and what captions say of numbers and coverage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mores.report.framings.context import ends_of, known, whole
from mores.report.framings.labels import FramingStyle
from mores.report.numbers import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["counted", "mark", "padded", "span_of"]


def mark(
    axes: Axes,
    row: Mapping[str, Any],
    column: str,
    y: float,
    style: FramingStyle,
    *,
    hollow: bool = False,
    size: float = 5.2,
) -> None:
    """A point with its interval over questions (thick), and over questions and humans (thin)."""
    value = known(row, column)
    if value is None:
        return
    for over, broad in (("both", 0.8), ("", 2.0)):
        ends = ends_of(row, column, over)
        if ends:
            axes.plot(ends, (y, y), color=style.colour, linewidth=broad, solid_capstyle="butt")
    face = "white" if hollow else style.colour
    axes.plot(
        value, y, marker=style.marker, markersize=size, linestyle="", markerfacecolor=face,
        markeredgecolor=style.colour, markeredgewidth=1.1, zorder=3,
    )  # fmt: skip


def span_of(rows: Iterable[Mapping[str, Any]], *columns: str) -> list[float]:
    """Every number that marks of some columns will reach."""
    found: list[float] = []
    for row in rows:
        for column in columns:
            value = known(row, column)
            found += [] if value is None else [value]
            for over in ("", "both"):
                found += ends_of(row, column, over) or ()
    return found


def padded(values: Iterable[float], *, zero: bool = True) -> tuple[float, float]:
    """Limits of an axis around some values (and zero), with room for marks."""
    there = [*values, *([0.0] if zero else [])] or [0.0]
    low, high = min(there), max(there)
    room = 0.06 * (high - low or 0.1)
    return low - room, high + room


def counted(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows of units and slices behind some numbers, and how many of the replies were coded."""
    held = list(rows)
    parts = []
    for of, text in (
        (_range(held, whole, "n"), "n"),
        (_range(held, known, "coverage"), "coverage"),
    ):
        if of is None:
            continue
        low, high = (percent(v) if text == "coverage" else f"{v:,.0f}" for v in of)
        parts.append(f"{text} {low}" + (f" to {high}" if high != low else ""))
    return ", ".join(parts) or "nothing could be computed"


def _range(rows: list[Mapping[str, Any]], read: Any, column: str) -> tuple[float, float] | None:
    found = [v for r in rows if (v := read(r, column)) is not None]
    return (min(found), max(found)) if found else None
