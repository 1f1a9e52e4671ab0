"""Figure 1 B: single personas on the cultural map, within countries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from mores.report.blocks import Chart
from mores.report.calibrated_personas.context import Basis, Rows, known
from mores.report.calibrated_personas.labels import ArmStyle, arm_style, arms_of, country_title
from mores.report.calibrated_personas.map_figure import (
    WIDTH,
    arm_legend,
    ground,
    human_places,
    limits_of,
    model_places,
    one_scale,
)
from mores.report.culture_map.clouds import cloud_of
from mores.report.culture_map.content import Cloud
from mores.report.culture_map.figure import X_AXIS, Y_AXIS
from mores.report.numbers import number_of
from mores.report.style import INK, MUTED, PAPER, drawing, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["persona_clouds"]

Floats: TypeAlias = npt.NDArray[np.float64]

_PANELS = 4


def persona_clouds(basis: Basis) -> Chart | None:
    """Four countries at the edges of the map: humans shaded, personas as marks."""
    model = basis.models[0]
    placed = model_places(model, "persona_positions")
    if not placed:
        return None
    arms = arms_of(r["arm"] for r in placed)
    means = human_places(model)
    countries = _representative(list(dict.fromkeys(r["country"] for r in placed)), means)
    clouds = _clouds(basis, countries)
    own = {c: [r for r in placed if r["country"] == c] for c in countries}
    shown = [r for c in countries for r in own[c]]
    outlines = np.concatenate([np.empty((0, 2)), *(r for c in clouds.values() for r in _rings(c))])
    area = limits_of([*shown, *({"x": x, "y": y} for x, y in outlines.tolist())])
    columns = min(2, len(countries))
    lines = -(-len(countries) // columns)
    left, gap, between = 0.62, 0.3, 0.42
    each = (WIDTH - left - 0.12 - gap * (columns - 1)) / columns
    tall = float(np.clip(each * (area[3] - area[2]) / (area[1] - area[0]), 2.0, 3.4))
    area = one_scale(area, each / tall)
    behind = (
        f"Shaded: where 90 % and 50 % of the {basis.humans} lie; dark dot: their mean."
        * bool(clouds)
        or f"The spread of the {basis.humans} is not known. Dark dot: their mean."
    )
    with drawing():
        page = sheet(
            "Within countries: personas on the cultural map",
            basis.subtitle,
            basis.note(
                f"{behind} Marks: distinct personas, their area by how many were drawn. "
                f"{number_of(len(shown), 'mark')}, many of which overlap."
            ),
            plot=lines * tall + (lines - 1) * between,
            width=WIDTH,
            above=0.42,
        )
        high = page.figure.get_figheight()
        for k, country in enumerate(countries):
            row, column = divmod(k, columns)
            bottom = page.bottom + (lines - 1 - row) * (tall + between) / high
            axes = page.figure.add_axes(
                ((left + column * (each + gap)) / WIDTH, bottom, each / WIDTH, tall / high)
            )
            ground(axes, area)
            axes.set_xlabel(X_AXIS if row == lines - 1 else "", size=7.5)
            axes.set_ylabel(Y_AXIS if column == 0 else "", size=7.5)
            axes.set_title(country_title(country), size=8.8)
            if country in clouds:
                _shade(axes, clouds[country])
            for arm in arms:
                _marks(axes, [r for r in own[country] if r["arm"] == arm], arm_style(arm))
            if country in means:
                axes.plot(means[country]["x"], means[country]["y"], "o", color=INK, markersize=6,
                          markeredgecolor=PAPER, markeredgewidth=0.5, zorder=5)  # fmt: skip
        arm_legend(page.figure, basis, arms, page.bottom + page.height + 0.24 / high)
        figure = page.figure
    caption = (
        f"Positions of single personas of {number_of(len(countries), 'country', 'countries')} that "
        f"lie farthest out on the map. {behind} Personas whose marks lie close together answer alike; "
        f"the {basis.humans} of a country do not."
    )
    listed = ", ".join(country_title(c) for c in countries)
    return Chart("figure1b_personas_on_map", figure, caption, f"Scatter of personas in {listed}.")


def _representative(countries: Sequence[str], means: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The countries farthest out in each direction, or the first four if no humans are placed."""
    there = [c for c in countries if c in means]
    if len(there) <= _PANELS:
        return list(countries[:_PANELS])
    found: list[str] = []
    for axis, sign in (("x", -1), ("x", 1), ("y", -1), ("y", 1)):
        ranked = sorted(there, key=lambda c: -sign * means[c][axis])
        found.append(next(c for c in ranked if c not in found))
    return [c for c in there if c in found]


def _clouds(basis: Basis, countries: Sequence[str]) -> dict[str, Cloud]:
    """Where the humans of each country lie, of those with enough of them."""
    crowds = basis.crowds(countries) if basis.crowds is not None else {}
    found = {}
    for country, (points, weights) in crowds.items():
        try:
            found[country] = cloud_of(country, "", points, weights)
        except ValueError:  # too few, or all in one place
            continue
    return found


def _rings(cloud: Cloud) -> list[Floats]:
    return [ring for _, rings in cloud.rings for ring in rings]


def _shade(axes: Axes, cloud: Cloud) -> None:
    from matplotlib.patches import Polygon

    for ring in _rings(cloud):
        axes.add_patch(Polygon(ring, facecolor=MUTED, alpha=0.16, linewidth=0, zorder=0.8))
        axes.plot(*ring.T, color=MUTED, linewidth=0.7, alpha=0.7, zorder=0.9)


def _marks(axes: Axes, rows: Rows, look: ArmStyle) -> None:
    if not rows:
        return
    points = np.array([(r["x"], r["y"]) for r in rows], np.float64)
    shares = np.array([known(r, "share") or 0.0 for r in rows])
    size = np.clip(shares / (shares.max() or 1.0), 0.08, 1.0) * 26.0
    axes.scatter(
        points[:, 0], points[:, 1], s=size, marker=look.marker, alpha=0.55, zorder=3,
        facecolors="none" if look.bare else look.colour, edgecolors=look.colour, linewidths=0.5,
    )  # fmt: skip
