"""Figure 1: where personas stand on the map, as densities over the countries of the humans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mores.report.blocks import Chart
from mores.report.culture_map.figure import X_AXIS, Y_AXIS
from mores.report.culture_map.naming import country_name
from mores.report.grounded_personas.context import Basis, known, whole
from mores.report.grounded_personas.labels import form_style, weighting_title
from mores.report.numbers import count, fixed, number_of
from mores.report.point_labels import write_names
from mores.report.style import GRID, INK, PAPER, drawing, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["one_scale", "persona_map"]

Floats: TypeAlias = NDArray[np.float64]
Area: TypeAlias = tuple[float, float, float, float]

WIDTH = 8.4
_SHARES = (0.95, 0.75, 0.5, 0.25)
_ALPHAS = (0.16, 0.3, 0.46, 0.64)
_NAMED = 10
"""Countries named in a panel, those farthest out."""


def persona_map(basis: Basis) -> Chart | None:
    """A row a form, a column a weighting.

    Returns
    -------
    Chart or None
        None if no persona has a position.
    """
    model = basis.models[0]
    placed = {f: at for f in model.forms if np.isfinite(at := model.places(f)).all(axis=1).any()}
    if not placed:
        return None
    weightings = [w for w in model.weightings if w == "uniform" or w in basis.ground.weights]
    columns = weightings or ["uniform"]
    area = _area(basis, placed)
    left, gap, between = 0.62, 0.3, 0.5
    each = (WIDTH - left - 0.12 - gap * (len(columns) - 1)) / len(columns)
    ratio = (area[3] - area[2]) / (area[1] - area[0])
    tall = float(np.clip(each * ratio, 2.6, 5.0))
    area = one_scale(area, tall / each)
    told = (
        "Shaded: where 25, 50, 75 and 95 % of the personas' weight lies (density smoothed by Scott's "
        "rule). Outline: the ellipse that would hold 95 % of them, were they normally distributed. "
        f"Dots: means of {basis.humans} by country, those farthest out named. Cross: the model without "
        "a persona."
    )
    with drawing():
        page = sheet(
            "Personas on the cultural map",
            f"{basis.who}, personas over countries of {basis.humans}",
            basis.note(told),
            plot=len(placed) * tall + (len(placed) - 1) * between,
            width=WIDTH,
            above=0.3,
        )
        high = page.figure.get_figheight()
        for k, (form, at) in enumerate(placed.items()):
            for c, weighting in enumerate(columns):
                bottom = page.bottom + (len(placed) - 1 - k) * (tall + between) / high
                axes = page.figure.add_axes(
                    ((left + c * (each + gap)) / WIDTH, bottom, each / WIDTH, tall / high)
                )
                _ground(axes, area)
                axes.set_xlabel(X_AXIS if k == len(placed) - 1 else "", size=7.5)
                axes.set_ylabel(Y_AXIS if c == 0 else "", size=7.5)
                row = model.one("clouds", form=form, weighting=weighting)
                axes.set_title(_title(form, weighting, row, len(at)), size=8.4)
                _shade(axes, at, basis.ground.weights.get(weighting), area, form_style(form).colour)
                _ellipse(axes, row, form_style(form).colour)
                _humans(axes, basis)
                if model.alone is not None:
                    axes.plot(*model.alone, marker="X", markersize=9.5, color=INK, linestyle="",
                              markeredgecolor=PAPER, markeredgewidth=0.8, zorder=6)  # fmt: skip
        figure = page.figure
    caption = (
        f"Positions of {_said_n(placed)} on the Inglehart–Welzel map of the {basis.humans}, of "
        f"{number_of(len(basis.ground.names), 'country', 'countries')}{basis.labels}. {told} Uniform: "
        f"{basis.uniform}; prevalence: as often as among the {basis.humans}. Axes in units of the map, "
        f"with the {basis.humans}' own rotation."
    )
    return Chart("figure1_map", figure, caption, _alt(basis, list(placed), columns))


def _said_n(placed: Mapping[str, Floats]) -> str:
    said = []
    for form, at in placed.items():
        there = int(np.isfinite(at).all(axis=1).sum())
        of = "" if there == len(at) else f" of {count(len(at))}"
        said.append(f"{count(there)}{of} told as {form_style(form).title.lower()}")
    return f"personas ({', '.join(said)})"


def _title(form: str, weighting: str, row: Mapping[str, Any], n: int) -> str:
    effective = known(row, "n_effective")
    there = whole(row, "n")
    shown = f"n {count(n if there is None else there)}"
    if effective is not None and there and effective < 0.995 * there:
        shown += f", effective {fixed(effective, 0)}"
    return f"{form_style(form).title}, {weighting_title(weighting)}: {shown}"


def _area(basis: Basis, placed: Mapping[str, Floats]) -> Area:
    """Left, right, bottom and top that hold countries, personas and the model alone."""
    parts = [at[np.isfinite(at).all(axis=1)] for at in placed.values()] + [basis.ground.points]
    if basis.models[0].alone is not None:
        parts.append(np.array([basis.models[0].alone]))
    parts += [_corners(row) for row in basis.models[0].rows("clouds")]
    points = np.concatenate(parts)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 0.5) * 1.1
    (left, bottom), (right, top) = middle - half, middle + half
    return float(left), float(right), float(bottom), float(top)


def _corners(row: Mapping[str, Any]) -> Floats:
    """Lower left and upper right of an ellipse; none where there is no ellipse."""
    names = ("x", "y", "ellipse_major", "ellipse_minor", "angle")
    x, y, major, minor, angle = (known(row, name) for name in names)
    if x is None or y is None or major is None or minor is None or angle is None:
        return np.empty((0, 2))
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    half = np.array([np.hypot(major * cos, minor * sin), np.hypot(major * sin, minor * cos)])
    return np.asarray(np.array([x, y]) + np.array([-half, half]))


def one_scale(area: Area, ratio: float) -> Area:
    """Until a unit is as long on both axes."""
    left, right, bottom, top = area
    across = max(right - left, (top - bottom) / ratio)
    x, y = (left + right) / 2, (bottom + top) / 2
    up = across * ratio
    return x - across / 2, x + across / 2, y - up / 2, y + up / 2


def _ground(axes: Axes, area: Area) -> None:
    axes.set_xlim(*area[:2])
    axes.set_ylim(*area[2:])
    axes.grid(visible=True)
    axes.axhline(0, color=GRID, linewidth=1.2, zorder=0.6)
    axes.axvline(0, color=GRID, linewidth=1.2, zorder=0.6)
    axes.tick_params(length=0, labelsize=7.5)
    axes.locator_params(nbins=7, steps=[1, 2, 5, 10])


def _shade(axes: Axes, at: Floats, weights: Floats | None, area: Area, colour: str) -> None:
    from matplotlib.colors import to_rgba

    from mores.measures.clouds import density, highest_density

    used = weights if weights is not None and len(weights) == len(at) else None
    try:
        found = density(at, used, area)
    except ValueError:
        return
    heights = highest_density(found, _SHARES)
    if not np.isfinite(heights).all() or not (np.diff(heights) > 0).all():
        return
    axes.contourf(
        found.x, found.y, found.values, levels=[*heights, np.inf],
        colors=[to_rgba(colour, a) for a in _ALPHAS], zorder=1.1,
    )  # fmt: skip


def _ellipse(axes: Axes, row: Mapping[str, Any], colour: str) -> None:
    from matplotlib.patches import Ellipse

    names = ("x", "y", "ellipse_major", "ellipse_minor", "angle")
    x, y, major, minor, angle = (known(row, name) for name in names)
    if x is None or y is None or major is None or minor is None or angle is None:
        return
    axes.add_patch(
        Ellipse((x, y), 2 * major, 2 * minor, angle=angle, fill=False, edgecolor=colour,
                linewidth=1.3, linestyle=(0, (4, 2)), zorder=3)
    )  # fmt: skip
    axes.plot(x, y, marker="+", markersize=8, color=colour, markeredgewidth=1.6, zorder=5)


def _humans(axes: Axes, basis: Basis) -> None:
    points = basis.ground.points
    if not len(points):
        return
    axes.plot(*points.T, "o", color=INK, markersize=3.2, markeredgecolor=PAPER,
              markeredgewidth=0.4, zorder=4)  # fmt: skip
    middle = points.mean(axis=0)
    apart = np.argsort(-np.linalg.norm(points - middle, axis=1), kind="stable")[:_NAMED]
    others = np.delete(points, apart, axis=0)
    write_names(
        axes,
        points[apart],
        [country_name(basis.ground.names[k]) for k in apart],
        size=6.2,
        mark=3.4,
        obstacles=others,
    )


def _alt(basis: Basis, forms: list[str], weightings: list[str]) -> str:
    said = []
    for form in forms:
        for weighting in weightings:
            row = basis.models[0].one("clouds", form=form, weighting=weighting)
            at = f"{fixed(known(row, 'x'), 2)}, {fixed(known(row, 'y'), 2)}"
            said.append(f"{form_style(form).title}, {weighting_title(weighting)}: mean {at}")
    if basis.models[0].alone is not None:
        x, y = basis.models[0].alone
        said.append(f"without a persona {fixed(x, 2)}, {fixed(y, 2)}")
    return (
        f"Map of survival to self-expression and traditional to secular values. {'; '.join(said)}."
    )
