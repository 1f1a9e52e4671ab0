"""Figure 1 A: humans and the model on the cultural map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from mores.report.blocks import Chart
from mores.report.calibrated_personas.context import Basis, ModelTables, Rows, known
from mores.report.calibrated_personas.labels import (
    ArmStyle,
    arm_style,
    arms_of,
    country_title,
)
from mores.report.culture_map.figure import X_AXIS, Y_AXIS
from mores.report.numbers import fixed, number_of
from mores.report.point_labels import write_names
from mores.report.style import GRID, INK, PAPER, drawing, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "WIDTH",
    "arm_legend",
    "cultural_map",
    "ground",
    "human_places",
    "limits_of",
    "model_places",
    "one_scale",
]

Floats: TypeAlias = npt.NDArray[np.float64]

WIDTH = 8.4
"""Of the figure, in inches."""
_MARK = 5.0


def human_places(model: ModelTables) -> dict[str, dict[str, Any]]:
    """Positions of the humans, by country."""
    return {r["country"]: r for r in _placed(model.rows("positions", kind="human"))}


def _placed(rows: Rows) -> Rows:
    return [r for r in rows if known(r, "x") is not None and known(r, "y") is not None]


def model_places(model: ModelTables, name: str) -> Rows:
    """Positions of the condition that stands for each arm, from one of the two tables of them."""
    rows = [r for r in _placed(model.rows(name)) if r.get("kind") != "human"]
    guidance: dict[str, str] = {}
    for row in rows:
        preferred = model.reference.get(row["arm"], ("", ""))[0]
        if row.get("guidance") == preferred:
            guidance[row["arm"]] = preferred
        guidance.setdefault(row["arm"], row.get("guidance") or "")
    return [r for r in rows if (r.get("guidance") or "") == guidance[r["arm"]]]


def cultural_map(basis: Basis) -> Chart | None:
    """Countries where their humans are, joined to where the model puts them."""
    model = basis.models[0]
    humans = human_places(model)
    placed = model_places(model, "positions")
    if not placed:
        return None
    arms = arms_of(r["arm"] for r in placed)
    area = limits_of([*humans.values(), *placed])
    plot = float(np.clip((WIDTH - 0.74) * (area[3] - area[2]) / (area[1] - area[0]), 4.4, 6.2))
    area = one_scale(area, (WIDTH - 0.74) / plot)
    partial = any((known(r, "indicators") or 10) < 10 for r in placed)
    with drawing():
        page = sheet(
            f"{basis.humans.capitalize()} and model on the cultural map",
            basis.subtitle,
            basis.note(
                f"Filled, named: {basis.humans} of {number_of(len(humans), 'country', 'countries')}. "
                "Lines join them to where the model places the same country. Crosses: "
                f"{basis.level} intervals."
                + " Some positions rest on fewer than ten indicators."
                * partial
            ),
            plot=plot,
            width=WIDTH,
            above=0.16,
        )
        axes = page.axes(0.62 / WIDTH, 1 - 0.74 / WIDTH)
        ground(axes, area)
        for row in placed:
            _model_mark(axes, row, humans.get(row["country"]), arm_style(row["arm"]))
        for row in humans.values():
            _whiskers(axes, row, INK)
            axes.plot(row["x"], row["y"], "o", color=INK, markersize=_MARK + 1, zorder=4,
                      markeredgecolor=PAPER, markeredgewidth=0.5)  # fmt: skip
        _names(axes, humans, placed)
        arm_legend(page.figure, basis, arms, page.bottom + page.height)
        figure = page.figure
    caption = (
        f"Positions on the Inglehart–Welzel map: {basis.humans} (dark, named) and "
        f"{basis.who}, by arm. Each line joins a country's {basis.humans} to where the model places "
        "them: long lines are large errors, and lines that run to one spot show that the model pulls "
        "countries there. Arms whose personas are made of the map's own ten indicators are not "
        "placed: their answers would repeat what they were told. Crosses: "
        f"{basis.level} intervals."
    )
    return Chart("figure1a_cultural_map", figure, caption, _alt(humans, placed))


def limits_of(rows: Rows) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of what is drawn, with room around it."""
    points = np.array([(r["x"], r["y"]) for r in rows], np.float64)
    least, most = points.min(axis=0), points.max(axis=0)
    middle, half = (least + most) / 2, np.maximum((most - least) / 2, 0.6)
    low, high = middle - 1.14 * half, middle + 1.14 * half
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def one_scale(
    area: tuple[float, float, float, float], ratio: float
) -> tuple[float, float, float, float]:
    """Widened until a unit is as long on both axes."""
    left, right, bottom, top = area
    across = max(right - left, (top - bottom) * ratio)
    x, y, up = (left + right) / 2, (bottom + top) / 2, across / ratio
    return x - across / 2, x + across / 2, y - up / 2, y + up / 2


def ground(axes: Axes, area: tuple[float, float, float, float]) -> None:
    """Limits, grid and names of the axes."""
    axes.set_xlim(*area[:2])
    axes.set_ylim(*area[2:])
    axes.grid(visible=True)
    axes.axhline(0, color=GRID, linewidth=1.2, zorder=0.6)
    axes.axvline(0, color=GRID, linewidth=1.2, zorder=0.6)
    axes.tick_params(length=0)
    axes.locator_params(nbins=8, steps=[1, 2, 5, 10])
    axes.set_xlabel(X_AXIS, labelpad=5)
    axes.set_ylabel(Y_AXIS, labelpad=5)


def _whiskers(axes: Axes, row: Mapping[str, Any], colour: str) -> None:
    x_low, x_high, y_low, y_high = (known(row, f"{a}_{e}") for a in "xy" for e in ("low", "high"))
    if x_low is not None and x_high is not None:
        axes.hlines(row["y"], x_low, x_high, color=colour, linewidth=0.7, alpha=0.7, zorder=1.6)
    if y_low is not None and y_high is not None:
        axes.vlines(row["x"], y_low, y_high, color=colour, linewidth=0.7, alpha=0.7, zorder=1.6)


def _model_mark(
    axes: Axes, row: Mapping[str, Any], human: Mapping[str, Any] | None, look: ArmStyle
) -> None:
    lone = human is None
    size = (1.5 if lone else 1.0) * look.size * (_MARK + 0.6)
    if human is not None:
        axes.plot([human["x"], row["x"]], [human["y"], row["y"]], color=look.colour, linewidth=0.9,
                  alpha=0.45, linestyle=look.dashes, zorder=1.2)  # fmt: skip
    _whiskers(axes, row, look.colour)
    axes.plot(
        row["x"], row["y"], marker=look.marker, markersize=size,
        markerfacecolor=PAPER if look.bare else look.colour, markeredgecolor=look.colour if look.bare
        else PAPER, markeredgewidth=0.9, linestyle="", zorder=5 if lone else 3,
    )  # fmt: skip


def _names(axes: Axes, humans: Mapping[str, Mapping[str, Any]], placed: Rows) -> None:
    lines = []
    for row in placed:
        human = humans.get(row["country"])
        if human is not None:
            ends = ((human["x"], human["y"]), (row["x"], row["y"]))
            lines.append(np.linspace(*ends, 8)[1:])
    lines += [_cross(row) for row in (*humans.values(), *placed)]
    write_names(
        axes,
        [(r["x"], r["y"]) for r in humans.values()],
        [country_title(c) for c in humans],
        size=7.6,
        mark=_MARK + 1,
        obstacles=[(r["x"], r["y"]) for r in placed],
        faint=np.concatenate(lines) if lines else (),
    )


def _cross(row: Mapping[str, Any]) -> Floats:
    """Points along the intervals of a position."""
    x, y = row["x"], row["y"]
    ends = [[known(row, f"{axis}_{end}") for end in ("low", "high")] for axis in "xy"]
    across = [
        np.linspace((a, y), (b, y), 6) for a, b in ends[:1] if a is not None and b is not None
    ]
    up = [np.linspace((x, a), (x, b), 6) for a, b in ends[1:] if a is not None and b is not None]
    return np.concatenate([*across, *up, np.empty((0, 2))])


def arm_legend(figure: Figure, basis: Basis, arms: Sequence[str], top: float) -> None:
    """Marks of the humans and of the arms, in a row above the axes."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], linestyle="", marker="o", color=INK, markersize=_MARK + 1,
                      markeredgecolor=PAPER, label=basis.humans.capitalize())]  # fmt: skip
    handles += [
        Line2D([], [], linestyle="", marker=look.marker, markersize=look.size * (_MARK + 1),
              
               markerfacecolor=PAPER if look.bare else look.colour,
               markeredgecolor=look.colour if look.bare else PAPER, label=look.title)
        for look in map(arm_style, arms)
    ]  # fmt: skip
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.36 / WIDTH, top), ncols=len(handles),
        fontsize=8, handletextpad=0.2, columnspacing=1.2, borderaxespad=0.0, borderpad=0.3,
    )  # fmt: skip


def _alt(humans: Mapping[str, Mapping[str, Any]], placed: Rows) -> str:
    said = [f"{country_title(c)} {fixed(r['x'], 2)}, {fixed(r['y'], 2)}" for c, r in humans.items()]
    for row in placed:
        where = f", {country_title(row['country'])}" if row["country"] in humans else ""
        at = f"{fixed(row['x'], 2)}, {fixed(row['y'], 2)}"
        said.append(f"{arm_style(row['arm']).title}{where} {at}")
    return (
        "Map of survival to self-expression values across and traditional to secular-rational values "
        f"up: {'; '.join(said)}."
    )
