"""The cultural map as a page: one file that opens offline, with a map to explore and a table."""

from __future__ import annotations

from functools import cache

from mores.report.blocks import Bullets, Cell, Column, Row, Table, cell
from mores.report.culture_map.content import MapContent, Place
from mores.report.culture_map.figure import alternative
from mores.report.culture_map.interactive import specification
from mores.report.numbers import bounds, count, fixed
from mores.report.page import filled

__all__ = ["map_page"]


def map_page(content: MapContent) -> str:
    """The page as HTML.

    Below the map stands what must be known of the positions, and a table of them that can be sorted,
    so that nothing is on the map alone. Names are escaped; Vega and its parts are in the file, and
    the page's content security policy allows no connection.

    Parameters
    ----------
    content : MapContent

    Returns
    -------
    str
    """
    return filled(
        "map.html.j2",
        specification(content),
        style=("map.css",),
        library=_vega(),
        script=("map.js",),
        title=content.title,
        subtitle=content.subtitle,
        banners=[f"{lead} {text}" for lead, text in content.doubts if lead.startswith("Synthetic")],
        alt=alternative(content),
        doubts=Bullets(content.doubts),
        table=_table(content),
    )


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that defines ``embedMap``."""
    from vl_convert import javascript_bundle

    source: str = javascript_bundle("window.embedMap = vegaEmbed;")
    # Within a script element nothing may look like its end, or like the begin of a comment.
    return source.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _table(content: MapContent) -> Table:
    columns = [
        Column(content.grouping[0].capitalize(), numeric=False),
        *([Column("Zone", numeric=False)] if content.zones else []),
        Column("x", hint="survival to self-expression"),
        Column("y", hint="traditional to secular-rational"),
        Column("n", hint="respondents placed"),
        Column("Effective n", hint="Kish's effective number of respondents"),
        Column("Indicators", numeric=False, hint="those that nobody of the group answered"),
    ]
    rows = [Row(_cells(place, bool(content.zones))) for place in content.places]
    kind = "Synthetic respondents. " if content.synthetic else ""
    note = f"{kind}Brackets: {content.percent} bootstrap intervals. Full precision: positions.csv."
    return Table(f"Positions on the cultural map: {content.subtitle}", columns, rows, note)


def _cells(place: Place, zones: bool) -> list[Cell]:
    absent = f"partial: without {', '.join(place.absent)}" if place.partial else "all ten"
    return [
        cell(place.name),
        *([cell(place.zone)] if zones else []),
        cell(fixed(place.x, 3), bounds(place.x_low, place.x_high, 3), place.x),
        cell(fixed(place.y, 3), bounds(place.y_low, place.y_high, 3), place.y),
        cell(count(place.n), "", place.n),
        cell(count(round(place.n_effective)), "", place.n_effective),
        cell(absent),
    ]
