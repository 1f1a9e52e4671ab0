"""The cultural map as a Vega-Lite specification: zoom, tooltips, zones and names to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mores.report.culture_map.content import MapContent, Place, outline
from mores.report.culture_map.figure import X_AXIS, Y_AXIS, limits, short_name
from mores.report.culture_map.placement import place_labels
from mores.report.culture_map.zones import PLAIN, style_of, styles
from mores.report.numbers import bounds, fixed
from mores.report.style import GRID, INK, MUTED, PAPER
from mores.report.visible import visible

__all__ = ["HEIGHT", "WIDTH", "specification"]

WIDTH, HEIGHT = 1040, 720
"""Of the plot, in pixels."""
_FONT = "system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"
_NAME_SIZE = 11
_LONGEST = 120
_CROSS = "#b9bec5"
_NAMING = ("where there is room", "all", "none")
_TIPS = (
    "name",
    "zone",
    "survival to self-expression",
    "traditional to secular-rational",
    "respondents",
    "effective number",
    "indicators",
    "data",
)
_SEARCHED = "(length(find) > 0 && indexof(lower(datum.name), lower(find)) >= 0)"


def specification(content: MapContent) -> dict[str, Any]:
    """The map as Vega-Lite, with its data in it.

    Parameters
    ----------
    content : MapContent

    Returns
    -------
    dict
        JSON-serialisable; names are data, never markup or expressions.
    """
    import altair as alt

    left, right, bottom, top = limits(content, WIDTH / HEIGHT)
    x = alt.X("x:Q", title=X_AXIS, scale=alt.Scale(domain=[left, right], nice=False, zero=False))
    y = alt.Y("y:Q", title=Y_AXIS, scale=alt.Scale(domain=[bottom, top], nice=False, zero=False))
    parts = _Parts(alt, content, x, y)
    layers = [
        parts.cross(),
        *([parts.clouds()] if content.clouds else []),
        parts.ellipses(),
        *([parts.tracks()] if content.tracks else []),
        *parts.marks(),
        parts.names(),
    ]
    chart = (
        alt.layer(*layers)
        .add_params(*parts.params)
        .properties(width=WIDTH, height=HEIGHT, padding=8)
        .configure(font=_FONT, background=PAPER)
        .configure_axis(
            gridColor=GRID, domainColor=MUTED, tickColor=MUTED, labelColor=INK, titleColor=INK,
            titleFontWeight="normal", titleFontSize=13, labelFontSize=12, tickCount=8,
        )
        .configure_legend(
            labelFontSize=12, symbolSize=90, labelLimit=240, title=None, orient="top", columns=5,
            labelColor=INK,
        )
        .configure_view(stroke=None)
    )  # fmt: skip
    found: dict[str, Any] = chart.to_dict()
    return found


class _Parts:
    """The layers of the map, which share axes, zones and controls."""

    def __init__(self, alt: Any, content: MapContent, x: Any, y: Any) -> None:
        self.alt, self.content, self.x, self.y = alt, content, x, y
        self.chosen = alt.selection_point(name="chosen", fields=["zone"], bind="legend")
        self.zoom = alt.selection_interval(name="zoom", bind="scales")
        find = alt.BindInput(input="text", name="Find ", placeholder="a name")
        rings = alt.binding_checkbox(name=f"{content.percent} ellipses ")
        names = alt.binding_select(name="Names ", options=list(_NAMING))
        self.params = (
            alt.param(name="find", value="", bind=find),
            alt.param(name="rings", value=True, bind=rings),
            alt.param(name="naming", value=_NAMING[0], bind=names),
        )
        found = styles(content.zones) or {"": PLAIN}
        self.colours = alt.Scale(domain=list(found), range=[s.colour for s in found.values()])
        self.shapes = alt.Scale(domain=list(found), range=[s.shape for s in found.values()])

    def _unless_other_zone(self, strength: float) -> Any:
        alt = self.alt
        return alt.condition(self.chosen, alt.value(strength), alt.value(0.06))

    def _on(self, rows: list[dict[str, Any]]) -> Any:
        return self.alt.Chart(self.alt.Data(values=rows)).encode(x=self.x, y=self.y)

    def cross(self) -> Any:
        """Lines through zero."""
        rows = [{"x": 0, "y": 0}]
        data = self.alt.Data(values=rows)
        across = self.alt.Chart(data).mark_rule(color=_CROSS, clip=True).encode(y=self.y)
        up = self.alt.Chart(data).mark_rule(color=_CROSS, clip=True).encode(x=self.x)
        return across + up

    def _lines(self, rows: list[dict[str, Any]], strength: float, **line: Any) -> Any:
        return (
            self._on(rows)
            .mark_line(interpolate="linear", clip=True, **line)
            .encode(
                order="order:Q",
                detail="id:N",
                stroke=self.alt.Stroke("colour:N", scale=None),
                opacity=self._unless_other_zone(strength),
            )
        )

    def _path(self, points: Any, number: int, zone: str) -> list[dict[str, Any]]:
        colour = style_of(zone, self.content.zones).colour
        shared = {"id": number, "zone": zone, "colour": colour}
        return [
            {"x": round(float(x), 4), "y": round(float(y), 4), "order": i, **shared}
            for i, (x, y) in enumerate(points)
        ]

    def clouds(self) -> Any:
        """Outlines of the regions where respondents are."""
        rings = [(c.zone, r) for c in self.content.clouds for _, part in c.rings for r in part]
        rows = [row for i, (zone, ring) in enumerate(rings) for row in self._path(ring, i, zone)]
        return self._lines(rows, 0.8, strokeWidth=1.2, strokeDash=[5, 3])

    def ellipses(self) -> Any:
        """Outlines of the confidence ellipses, which can be switched off."""
        shapes = [(i, p.zone, outline(p, 33)) for i, p in enumerate(self.content.places)]
        rows = [row for i, zone, s in shapes if s is not None for row in self._path(s, i, zone)]
        return self._lines(rows, 0.65, strokeWidth=1).transform_filter("rings")

    def tracks(self) -> Any:
        """Lines from wave to wave."""
        tracks = enumerate(self.content.tracks.values())
        rows = [row for i, t in tracks for row in self._path([(p.x, p.y) for p in t], i, t[0].zone)]
        return self._lines(rows, 0.7, strokeWidth=1.3)

    def marks(self) -> list[Any]:
        """Places, filled or hollow, and a ring around those that are searched for."""
        alt = self.alt
        rows = [_row(place, self.content) for place in self.content.places]
        tips = [tip for tip in _TIPS if tip != "zone" or self.content.zones]
        tooltip = [alt.Tooltip(f"{tip}:N") for tip in tips]
        legend = alt.Legend(values=list(self.content.zones)) if self.content.zones else None
        shown = {
            "color": alt.Color("zone:N", scale=self.colours, legend=legend),
            "shape": alt.Shape("zone:N", scale=self.shapes, legend=legend),
            "opacity": self._unless_other_zone(1),
            "tooltip": tooltip,
        }
        base = self._on(rows)
        ring = base.mark_point(shape="circle", size=500, color=INK, strokeWidth=2.5, clip=True)
        solid = base.mark_point(size=75, filled=True, clip=True)
        hollow = base.mark_point(size=65, strokeWidth=1.8, fill=PAPER, clip=True)
        return [
            ring.transform_filter(_SEARCHED),
            solid.transform_filter("!datum.partial")
            .encode(**shown)
            .add_params(self.chosen, self.zoom),
            hollow.transform_filter("datum.partial").encode(**shown),
        ]

    def names(self) -> Any:
        """Names beside the marks: where there is room, or all, and those that are searched for."""
        places = self.content.named
        rows = [_row(place, self.content) for place in places]
        for row, (dx, dy, room) in zip(rows, self._offsets(places), strict=True):
            row |= {"dx": dx, "dy": dy, "room": room}
        wanted = f"naming == '{_NAMING[1]}' || (naming == '{_NAMING[0]}' && datum.room)"
        return (
            self._on(rows)
            .mark_text(
                align="left",
                baseline="middle",
                dx={"expr": "datum.dx"},
                dy={"expr": "datum.dy"},
                fontSize=_NAME_SIZE,
                color=INK,
                clip=True,
            )
            .transform_filter(f"{wanted} || {_SEARCHED}")
            .encode(text="label:N", opacity=self._unless_other_zone(1))
        )

    def _offsets(self, places: Sequence[Place]) -> list[tuple[float, float, bool]]:
        """Where names stand before anyone zooms, in pixels from their mark, y downwards."""
        left, right, bottom, _ = limits(self.content, WIDTH / HEIGHT)
        scale = WIDTH / (right - left)
        points = np.array([((p.x - left) * scale, (p.y - bottom) * scale) for p in places])
        sizes = np.array([(0.62 * _NAME_SIZE * len(short_name(p)), _NAME_SIZE) for p in places])
        found = place_labels(points, sizes, (0, 0, WIDTH, HEIGHT), 5.5)
        room = found.shown & ~found.moved
        offset = found.boxes[:, :2] + [0, _NAME_SIZE / 2] - points
        offset[~room] = 8, 0
        return [
            (round(float(dx), 1), round(float(-dy), 1), bool(r))
            for (dx, dy), r in zip(offset, room, strict=True)
        ]


def _row(place: Place, content: MapContent) -> dict[str, Any]:
    return {
        "name": visible(place.name, breaks=False)[:_LONGEST],
        "label": short_name(place),
        "zone": place.zone,
        "x": place.x,
        "y": place.y,
        "partial": place.partial,
        _TIPS[2]: f"{fixed(place.x, 2)} {bounds(place.x_low, place.x_high, 2)}".strip(),
        _TIPS[3]: f"{fixed(place.y, 2)} {bounds(place.y_low, place.y_high, 2)}".strip(),
        "respondents": f"{place.n:,}",
        "effective number": f"{place.n_effective:,.0f}",
        "indicators": f"partial: without {', '.join(place.absent)}" if place.partial else "all ten",
        "data": "synthetic" if content.synthetic else "survey",
    }
