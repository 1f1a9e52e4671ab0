"""From a table of positions to places with names and zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mores.instruments.countries import countries, zones
from mores.instruments.languages import languages
from mores.report.culture_map.content import Place
from mores.report.culture_map.zones import NO_ZONE

if TYPE_CHECKING:
    import polars as pl

    from mores.instruments.survey import Instrument

__all__ = ["Named", "country_name", "country_zone", "named", "zones_of"]

_TIMES = ("wave", "year")


@dataclass(frozen=True)
class Named:
    """Places of a table of positions, and the names of groups without a position."""

    places: list[Place]
    unplaced: list[str]


def country_name(code: str) -> str:
    """A country's short English name; the code itself where it is not known."""
    known = countries().get(code)
    return known.name if known else code


def country_zone(code: str) -> str:
    """A country's cultural zone, or that it has none."""
    known = countries().get(code)
    return (known.zone if known else None) or NO_ZONE


def zones_of(places: Sequence[Place]) -> list[str]:
    """The zones of some places, each once, in their usual order."""
    there = {place.zone for place in places}
    return [zone for zone in (*zones(), NO_ZONE) if zone in there]


def named(positions: pl.DataFrame, by: Sequence[str], instrument: Instrument) -> Named:
    """Give groups their names.

    Parameters
    ----------
    positions : polars.DataFrame
        From `mores.populations.culture.positions`.
    by : sequence of str
        The columns that make the groups. With a wave or a year beside others, groups that differ in
        time alone are one track.
    instrument : Instrument
        Where the labels of categories stand.
    """
    places, unplaced = [], []
    others = [column for column in by if column not in _TIMES]
    time = next((column for column in reversed(_TIMES) if column in by), None)
    for row in positions.rows(named=True):
        words = {column: _word(column, row[column], instrument) for column in by}
        name = ", ".join(words.values()) or "all respondents"
        if row["x"] is None or row["y"] is None:
            unplaced.append(name)
            continue
        track = ", ".join(words[column] for column in others) if time else ""
        places.append(_place(row, name, words, track, row[time] if time and track else 0))
    return Named(places, unplaced)


def _word(column: str, value: Any, instrument: Instrument) -> str:
    """A value of a column, as a reader would call it."""
    if column == "country":
        return country_name(value)
    if column == "language":
        known = languages().get(value)
        return known.name if known else str(value)
    if column == "wave":
        return f"wave {value}"
    asked = instrument.columns.get(column)  # bands of columns are in words already
    labels = {option.code: option.label for option in asked.options} if asked else {}
    return labels.get(value, str(value))


def _place(
    row: Mapping[str, Any], name: str, words: Mapping[str, str], track: str, step: int
) -> Place:
    major, minor, angle = (row[f"ellipse_{part}"] for part in ("major", "minor", "angle"))
    return Place(
        name=name,
        keys=words,
        zone=country_zone(row["country"]) if "country" in words else "",
        x=row["x"],
        y=row["y"],
        x_low=row["x_low"],
        x_high=row["x_high"],
        y_low=row["y_low"],
        y_high=row["y_high"],
        ellipse=None if major is None or minor is None else (major, minor, angle),
        n=row["n"],
        n_effective=row["n_effective"],
        left_out=row["left_out"],
        absent=tuple(part for part in row["absent"].split(",") if part),
        track=track,
        step=step,
    )
