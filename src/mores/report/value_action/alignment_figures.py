"""Figures 2 and 3: alignment distance and alignment rate by category of persona, for any models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.numbers import bounds, fixed
from mores.report.style import INK, MUTED, drawing, light_grid, sheet
from mores.report.value_action.labels import category_rows

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes

    from mores.report.value_action.labels import Group

__all__ = ["MEASURES", "Measure", "ModelRows", "by_category"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One of the two measures, as tables and figures call it.

    Attributes
    ----------
    name : str
        Name of its figure.
    column, prefix : str
        Column of the tables, and what the columns of its interval begin with.
    title, axis : str
    better : str
        Which way is better.
    limits : tuple of float
        Of the measure itself.
    """

    name: str
    column: str
    prefix: str
    title: str
    axis: str
    better: str
    limits: tuple[float, float]


DISTANCE = Measure(
    "figure2_alignment_distance",
    "alignment_distance",
    "ad",
    "Alignment distance",
    "mean |value − action|, on a scale from 0 to 2",
    "lower is better",
    (0.0, 2.0),
)
RATE = Measure(
    "figure3_alignment_rate",
    "alignment_rate",
    "ar",
    "Alignment rate",
    "F1 of agreement, on a scale from 0 to 1",
    "higher is better",
    (0.0, 1.0),
)
MEASURES = (DISTANCE, RATE)


@dataclass(frozen=True, slots=True)
class ModelRows:
    """A model's label and its table by category."""

    label: str
    table: pl.DataFrame

    @property
    def rows(self) -> list[tuple[Group, dict[str, Any]]]:
        """Rows in the paper's order."""
        return category_rows(self.table)


def by_category(
    measure: Measure, models: Sequence[ModelRows], level: str, note: str, who: str
) -> Chart:
    """Points with intervals, one a category, grouped by model.

    Parameters
    ----------
    measure : Measure
    models : sequence of ModelRows
        One or more.
    level : str
        Level of the intervals, such as ``95 %``.
    note : str
        The figure's footnote.
    who : str
        Models, for the subtitle.
    """
    lines = [(model, group, row) for model in models for group, row in model.rows]
    gap = 0.9 if len(models) > 1 else 0.0
    places = _places(models, gap)
    style = " Hollow diamond: distance expected from answer style alone."
    bars = (
        f"Bars: {level} bootstrap intervals over dilemmas."
        if any(_interval(row, measure) for _, _, row in lines)
        else "Too few dilemmas for intervals."
    )
    note = f"{bars}{style * (measure is DISTANCE)}\n{note}"
    with drawing():
        page = sheet(
            f"{measure.title} by persona category",
            f"{who} · {measure.better}",
            note,
            plot=0.27 * (max(places, default=0) + 1.4),
        )
        longest = max((len(group.title) for _, group, _ in lines), default=0)
        left = max(0.215, 0.0105 * longest)
        axes = page.axes(left, 0.7 - left)
        _points(axes, measure, lines, places)
        _beside(axes, measure, lines, places)
        _names(axes, models, lines, places, gap)
        _frame(axes, measure, lines, places)
        figure = page.figure
    return Chart(measure.name, figure, _caption(measure, level), _alt(measure, lines, who))


def _places(models: Sequence[ModelRows], gap: float) -> list[float]:
    places, at = [], 0.0
    for model in models:
        at += gap
        for _ in model.rows:
            places.append(at)
            at += 1.0
    return places


def _interval(row: dict[str, Any], measure: Measure) -> tuple[float, float] | None:
    low, high = row[f"{measure.prefix}_low"], row[f"{measure.prefix}_high"]
    return None if low is None or high is None else (low, high)


def _points(axes: Axes, measure: Measure, lines: Sequence[Any], places: Sequence[float]) -> None:
    for (_, group, row), y in zip(lines, places, strict=True):
        value = row[measure.column]
        if value is None:
            continue
        ends = _interval(row, measure)
        if ends is not None:
            axes.plot(ends, (y, y), color=group.colour, linewidth=1.6, solid_capstyle="butt")
        axes.plot(value, y, marker=group.marker, markersize=5, color=group.colour, linestyle="")
        expected = row["ad_by_style"] if measure is DISTANCE else None
        if expected is not None and isfinite(expected):
            axes.plot(
                expected, y, marker="d", markersize=5.5, linestyle="",
                markerfacecolor="none", markeredgecolor=MUTED, markeredgewidth=1.0,
            )  # fmt: skip


def _beside(axes: Axes, measure: Measure, lines: Sequence[Any], places: Sequence[float]) -> None:
    from matplotlib.transforms import blended_transform_factory

    beside = blended_transform_factory(axes.figure.transFigure, axes.transData)
    for (_, _, row), y in zip(lines, places, strict=True):
        ends = _interval(row, measure) or (None, None)
        text = f"{fixed(row[measure.column])} {bounds(*ends)}".strip()
        axes.text(0.717, y, text, transform=beside, size=8, va="center", color=INK)
        axes.text(
            0.965, y, f"n {row['n_pairs']:,}", transform=beside, size=8,
            va="center", ha="right", color=MUTED,
        )  # fmt: skip


def _names(
    axes: Axes,
    models: Sequence[ModelRows],
    lines: Sequence[Any],
    places: Sequence[float],
    gap: float,
) -> None:
    from matplotlib.transforms import blended_transform_factory

    axes.set_yticks(list(places), [group.title for _, group, _ in lines])
    if not gap:
        return
    beside = blended_transform_factory(axes.figure.transFigure, axes.transData)
    start = 0
    for model in models:
        axes.text(
            0.012, places[start] - 0.85, model.label, transform=beside,
            weight="bold", size=9, va="center", ha="left", color=INK,
        )  # fmt: skip
        start += len(model.rows)


def _frame(axes: Axes, measure: Measure, lines: Sequence[Any], places: Sequence[float]) -> None:
    shown = [
        x
        for _, _, row in lines
        for x in (
            row[measure.column],
            *(_interval(row, measure) or ()),
            *([row["ad_by_style"]] if measure is DISTANCE else []),
        )
        if x is not None and isfinite(x)
    ] or list(measure.limits)
    least, most = min(shown), max(shown)
    room = 0.06 * (most - least or 0.1)
    # A distance begins at nought; a rate is read by its differences.
    start = 0.0 if measure is DISTANCE else max(measure.limits[0], least - 3 * room)
    start -= room / 3 if least == start else 0.0  # a marker at the end of the scale is drawn whole
    axes.set_xlim(start, min(measure.limits[1] * 1.02, most + 2 * room))
    axes.set_ylim(max(places) + 0.7, -0.7)
    axes.set_xlabel(measure.axis, size=8.5)
    light_grid(axes, "x")


def _caption(measure: Measure, level: str) -> str:
    text = (
        f"{measure.title} by persona category ({measure.better}). n: pairs of a dilemma and a "
        f"persona in which both questions have a coded answer. Bars: {level} intervals from a "
        "bootstrap over dilemmas."
    )
    if measure is DISTANCE:
        return text + (
            " Hollow diamonds: the distance that the same answers would show if actions were "
            "dealt out at random across dilemmas, that is, by answer style alone."
        )
    return text + " The rate is the F1 score with agree (and aligned) as the positive class."


def _alt(measure: Measure, lines: Sequence[Any], who: str) -> str:
    several = len({id(model) for model, _, _ in lines}) > 1
    parts = [
        f"{f'{model.label}, ' if several else ''}{group.title} {fixed(row[measure.column])}"
        for model, group, row in lines
    ]
    return f"{measure.title}, {who}: " + "; ".join(parts) + "."
