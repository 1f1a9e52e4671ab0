"""The cultural map as a static figure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from mores.report.blocks import Chart
from mores.report.culture_map.content import MapContent, Place, outline
from mores.report.culture_map.zones import style_of, styles
from mores.report.numbers import fixed, number_of
from mores.report.point_labels import in_points, write_names
from mores.report.style import GRID, MUTED, PAPER, drawing, sheet
from mores.report.visible import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LONGEST_NAME", "X_AXIS", "Y_AXIS", "alternative", "limits", "map_chart", "short_name"]

Floats: TypeAlias = npt.NDArray[np.float64]
Limits: TypeAlias = tuple[float, float, float, float]

X_AXIS = "← Survival values\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0Self-expression values →"
Y_AXIS = "← Traditional values\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0Secular-rational values →"
LONGEST_NAME = 28

_WIDTH, _LEFT, _RIGHT = 8.4, 0.62, 0.12
"""Of the figure, and beside the axes, in inches."""
_LEAST_HEIGHT, _MOST_HEIGHT = 4.4, 7.2
_MARK = 5.0
"""Diameter of a mark in points."""
_STEP_MARK = 2.6
_WIDEST_RING = 14.0


def map_chart(content: MapContent) -> Chart:
    """Draw the map.

    Places are marks in the colour and shape of their zone, hollow where an indicator is missing, with
    ellipses around them and names beside them that cover neither one another nor a mark.

    Parameters
    ----------
    content : MapContent

    Returns
    -------
    Chart
        Named ``map``.
    """
    width = _WIDTH - _LEFT - _RIGHT
    area = limits(content)
    height = float(
        np.clip(width * (area[3] - area[2]) / (area[1] - area[0]), _LEAST_HEIGHT, _MOST_HEIGHT)
    )
    area = limits(content, width / height)
    rows, _ = _legend_shape(content)
    with drawing():
        page = sheet(
            content.title,
            content.subtitle,
            _note(content),
            plot=height,
            width=_WIDTH,
            above=0.19 * rows - 0.06,
        )
        axes = page.axes(_LEFT / _WIDTH, width / _WIDTH)
        axes.set_xlim(*area[:2])
        axes.set_ylim(*area[2:])
        _ground(axes)
        _clouds(axes, content)
        _ellipses(axes, content)
        _tracks(axes, content)
        _marks(axes, content)
        missing = _names(axes, content)
        _legend(page.figure, content, page.bottom + page.height)
        if missing:
            _without_room(axes, missing)
        if content.synthetic or content.synthetic_rotation:
            _stamp(axes, content)
        figure = page.figure
    return Chart("map", figure, _note(content), alternative(content))


def short_name(place: Place) -> str:
    """A place's name, or its track's, as a label: one line, at most `LONGEST_NAME` characters."""
    text = visible(place.track or place.name, breaks=False)
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def limits(content: MapContent, ratio: float | None = None) -> Limits:
    """Left, right, bottom and top of what is drawn, with room around it.

    Given how much wider than high the axes are, a unit is as long on both.
    """
    shapes = [outline(place) for place in content.places]
    parts = [np.array([[place.x, place.y]]) for place in content.places]
    parts += [shape for shape in shapes if shape is not None]
    parts += [ring for cloud in content.clouds for _, rings in cloud.rings for ring in rings]
    points = np.concatenate(parts)
    least, most = points.min(axis=0), points.max(axis=0)
    middle, half = (least + most) / 2, np.maximum((most - least) / 2, 0.75)
    low, high = middle - 1.1 * half, middle + 1.1 * half
    area = float(low[0]), float(high[0]), float(low[1]), float(high[1])
    return area if ratio is None else _same_scale(area, ratio)


def _same_scale(area: Limits, ratio: float) -> Limits:
    """Widen limits until a unit is as long on both axes, the axes being `ratio` as wide as high."""
    left, right, bottom, top = area
    across = max(right - left, (top - bottom) * ratio)
    up = across / ratio
    x, y = (left + right) / 2, (bottom + top) / 2
    return x - across / 2, x + across / 2, y - up / 2, y + up / 2


def _ground(axes: Axes) -> None:
    axes.grid(visible=True)
    axes.axhline(0, color=GRID, linewidth=1.2, zorder=0.6)
    axes.axvline(0, color=GRID, linewidth=1.2, zorder=0.6)
    axes.tick_params(length=0)
    axes.locator_params(nbins=8, steps=[1, 2, 5, 10])
    axes.set_xlabel(X_AXIS, labelpad=5)
    axes.set_ylabel(Y_AXIS, labelpad=5)


def _clouds(axes: Axes, content: MapContent) -> None:
    from matplotlib.patches import Polygon

    for cloud in content.clouds:
        colour = style_of(cloud.zone, content.zones).colour
        for _, rings in cloud.rings:
            for ring in rings:
                axes.add_patch(Polygon(ring, facecolor=colour, alpha=0.09, linewidth=0, zorder=0.8))
                axes.plot(*ring.T, color=colour, linewidth=0.8, alpha=0.7, zorder=0.9)


def _ellipses(axes: Axes, content: MapContent) -> None:
    for place in content.places:
        shape = outline(place)
        if shape is not None:
            axes.plot(
                *shape.T,
                color=style_of(place.zone, content.zones).colour,
                linewidth=0.6,
                alpha=0.55,
                zorder=1.5,
            )


def _tracks(axes: Axes, content: MapContent) -> None:
    for track in content.tracks.values():
        colour = style_of(track[0].zone, content.zones).colour
        axes.plot(
            [p.x for p in track],
            [p.y for p in track],
            color=colour,
            linewidth=1.0,
            alpha=0.8,
            zorder=2.0,
        )


def _marks(axes: Axes, content: MapContent) -> None:
    named = {id(place) for place in content.named}
    for place in content.places:
        style = style_of(place.zone, content.zones)
        colour, marker = style.colour, style.marker
        axes.plot(
            place.x,
            place.y,
            marker=marker,
            markersize=_size(marker) if id(place) in named else _STEP_MARK,
            markerfacecolor=PAPER if place.partial else colour,
            markeredgecolor=colour if place.partial else PAPER,
            markeredgewidth=1.1 if place.partial else 0.4,
            linestyle="",
            zorder=3,
        )


def _size(marker: str) -> float:
    return {"s": 0.88, "D": 0.8, "o": 1.0}.get(marker, 1.12) * _MARK


def _names(axes: Axes, content: MapContent) -> int:
    """Write the names beside the marks; how many had no room."""
    named = content.named
    rest = [place for place in content.places if all(place is not p for p in named)]
    return write_names(
        axes,
        [(p.x, p.y) for p in named],
        [short_name(p) for p in named],
        size=7.0 if len(named) <= 70 else 6.3 if len(named) <= 120 else 5.6,
        mark=_MARK,
        obstacles=[(p.x, p.y) for p in rest],
        faint=_lines(content),
        halo=_rings(axes, named),
    )


def _lines(content: MapContent) -> Floats:
    """Points on the lines that names had better not cover: ellipses and tracks."""
    found = [shape for p in content.places if (shape := outline(p, 20)) is not None]
    for track in content.tracks.values():
        for a, b in pairwise(track):
            found.append(np.linspace((a.x, a.y), (b.x, b.y), 12))
    return np.concatenate(found) if found else np.empty((0, 2))


def _rings(axes: Axes, places: Sequence[Place]) -> Floats:
    """Radius of the ring around each mark beside which a name may stand; 0 if it is too wide."""
    middle = np.array([sum(p.ellipse[:2]) / 2 if p.ellipse else 0.0 for p in places])
    scale = np.diff(in_points(axes, [(0, 0), (1, 0)])[:, 0])
    radius = middle * scale
    return np.where(radius <= _WIDEST_RING, radius, 0.0)


def _legend_shape(content: MapContent) -> tuple[int, int]:
    """Rows and columns of the legend."""
    entries = len(content.zones) + bool(content.partial)
    rows = -(-entries // 5)
    return rows, -(-entries // max(rows, 1))


def _legend(figure: Figure, content: MapContent, top: float) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle="", marker=s.marker, color=s.colour, markersize=_size(s.marker),
               markeredgecolor=PAPER, markeredgewidth=0.4, label=zone)
        for zone, s in styles(content.zones).items()
    ]  # fmt: skip
    if content.partial:
        handles.append(
            Line2D([], [], linestyle="", marker="o", markersize=_MARK, markerfacecolor=PAPER,
                   markeredgecolor=MUTED, markeredgewidth=1.1, label="partial (hollow)")
        )  # fmt: skip
    if handles:
        figure.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0.55 * _LEFT / _WIDTH, top),
            ncols=_legend_shape(content)[1],
            fontsize=8,
            handletextpad=0.2,
            columnspacing=1.4,
            borderaxespad=0.0,
            borderpad=0.4,
            labelspacing=0.3,
        )


def _stamp(axes: Axes, content: MapContent) -> None:
    what = "SYNTHETIC" if content.synthetic else "SYNTHETIC AXES"
    axes.text(
        0.995, 0.008, what, transform=axes.transAxes, ha="right", va="bottom",
        size=7.5, weight="bold", color=MUTED, alpha=0.75, zorder=0.7,
    )  # fmt: skip


def _without_room(axes: Axes, missing: int) -> None:
    text = f"{number_of(missing, 'name')} without room: see the page or the table"
    axes.text(
        0.005, 0.008, text, transform=axes.transAxes, ha="left", va="bottom",
        size=7, color=MUTED, zorder=0.7,
    )  # fmt: skip


def _note(content: MapContent) -> str:
    lines = []
    if content.synthetic:
        lines.append("Synthetic respondents: drawn from a model, no real people.")
    lines.append(
        f"Ellipses: {content.percent} confidence, sampling of respondents alone "
        f"({content.draws:,} bootstrap draws), rotation held fixed."
    )
    lines.append(f"{content.rotation} {_CONSTANTS[content.constants]}")
    if content.partial:
        partial = list(dict.fromkeys(short_name(p) for p in content.partial))
        listed = ", ".join(partial[:12])
        more = f" and {len(partial) - 12} more" if len(partial) > 12 else ""
        lines.append(f"Hollow: not asked all ten indicators ({listed}{more}).")
    if content.small:
        lines.append(content.small)
    if content.tracks:
        lines.append("Lines run from the first wave to the last, which bears the name.")
    if content.clouds:
        shares = " and ".join(f"{100 * share:g} %" for share, _ in content.clouds[0].rings)
        names = ", ".join(visible(c.name, breaks=False)[:LONGEST_NAME] for c in content.clouds)
        lines.append(f"Shaded: where {shares} of the respondents of {names} lie.")
    return "\n".join(lines)


_CONSTANTS = {
    "wvs": "Scaled with the survey's own constants.",
    "tao2024": "Scaled with the constants of Tao et al. (2024).",
}


def alternative(content: MapContent) -> str:
    """The map in words, for a reader who cannot see it."""
    kind = "Synthetic data. " if content.synthetic else ""
    listed = "; ".join(
        f"{visible(p.name, breaks=False)} {fixed(p.x, 2)}, {fixed(p.y, 2)}" for p in content.places
    )
    return (
        f"{kind}Map of {number_of(len(content.places), *content.grouping)}, survival to "
        f"self-expression values across and traditional to secular-rational values up: {listed}."
    )
