"""How cultural zones are told apart: a colour and a shape each, so that neither is the only cue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mores.instruments.countries import zones
from mores.report.style import INK, MUTED, SERIES

__all__ = ["NO_ZONE", "PLAIN", "ZoneStyle", "style_of", "styles"]

NO_ZONE = "no zone"
"""What the legend calls places outside the zones."""


@dataclass(frozen=True, slots=True)
class ZoneStyle:
    """Colour of a zone, its marker in matplotlib and its shape in Vega."""

    colour: str
    marker: str
    shape: str


PLAIN = ZoneStyle(INK, "o", "circle")
"""Of places on a map without zones."""

_X = "M-.5,-1L0,-.5L.5,-1L1,-.5L.5,0L1,.5L.5,1L0,.5L-.5,1L-1,.5L-.5,0L-1,-.5Z"
_OUTSIDE = ZoneStyle(MUTED, "X", _X)

# In the order of the zones: the two blues and the two warm colours differ in their shape too.
_STYLES = (
    ZoneStyle(SERIES[1], "s", "square"),
    ZoneStyle(SERIES[2], "^", "triangle-up"),
    ZoneStyle(SERIES[6], "D", "diamond"),
    ZoneStyle(SERIES[3], "P", "cross"),
    ZoneStyle(SERIES[5], "v", "triangle-down"),
    ZoneStyle(SERIES[7], ">", "triangle-right"),
    ZoneStyle(SERIES[4], "<", "triangle-left"),
    ZoneStyle(SERIES[0], "o", "circle"),
)


def styles(shown: Sequence[str]) -> dict[str, ZoneStyle]:
    """The styles of some zones, which are the same on every map."""
    known = dict(zip(zones(), _STYLES, strict=True))
    return {zone: known.get(zone, _OUTSIDE) for zone in shown}


def style_of(zone: str, shown: Sequence[str]) -> ZoneStyle:
    """The style of a place of a zone, on a map that shows some zones, or none."""
    return styles([zone])[zone] if shown else PLAIN
