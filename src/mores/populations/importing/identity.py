"""Who a respondent is: survey, wave, country, year and number, as the files say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from mores.errors import InstrumentError
from mores.instruments.countries import country_of
from mores.instruments.labels import fold
from mores.populations.importing.labels import Answers, Cell, read_cells, whole_number
from mores.populations.importing.source_columns import SourceColumns, rows, told

__all__ = ["identity", "with_labels"]

_SURVEYS = {1: "EVS", 2: "WVS"}
_SURVEY_NAMES = {
    "evs": "EVS",
    "european values study": "EVS",
    "wvs": "WVS",
    "world values survey": "WVS",
}
_WAVES = {
    **dict.fromkeys(range(1981, 1985), 1),
    **dict.fromkeys(range(1989, 1994), 2),
    **dict.fromkeys(range(1994, 1999), 3),
    **dict.fromkeys(range(1999, 2005), 4),
    **dict.fromkeys(range(2005, 2010), 5),
    **dict.fromkeys(range(2010, 2015), 6),
    **dict.fromkeys(range(2017, 2024), 7),
}
"""Wave by year of fieldwork."""

_COMMON_WAVE = "S002VS"
"""The column that numbers both surveys alike; others number the European one by its own rounds."""

_YEARS = range(1981, 2050)
_LARGEST_NUMBER = 2**53
_MOST_COUNTRIES = 400
_LONGEST_NAME = 100


def identity(source: SourceColumns) -> pl.DataFrame:
    """Survey, wave, country, year and number of each respondent of a table.

    Parameters
    ----------
    source : SourceColumns

    Returns
    -------
    polars.DataFrame
        Columns ``survey country year wave respondent``. Only the year can be null. A trend file's
        row without a wave has the wave of its year; rows without numbers are numbered within survey,
        wave, country and year in the order of the file.

    Raises
    ------
    PopulationError
        If a survey, country, wave or number cannot be told.
    """
    who = pl.DataFrame(
        {
            "survey": _surveys(source),
            "country": _countries(source),
            "year": _years(source),
        }
    )
    who = who.with_columns(_waves(source, who).alias("wave"))
    return who.with_columns(_respondents(source, who).alias("respondent"))


def with_labels(
    read: Callable[[Cell], str | None], labels: Mapping[int, str]
) -> Callable[[Cell], str | None]:
    """Read a code, or else the label that the file gives it."""

    def lookup(cell: Cell) -> str | None:
        number = whole_number(cell)
        label = labels.get(number) if number is not None else None
        return read(cell) or (read(label) if label else None)

    return lookup


def _surveys(source: SourceColumns) -> pl.Series:
    place = source.first("survey")
    if place is None:
        return pl.Series(["WVS"] * source.height)
    name, cells = place
    values, unread = read_cells(cells, _survey_of, pl.String())
    if unread:
        source.refuse(
            f"{name} holds {told(unread[0].value)} in {rows(unread)}, which is no survey; allowed "
            "are 1 or EVS, and 2 or WVS"
        )
    return values.fill_null("WVS")


def _survey_of(cell: Cell) -> str | None:
    number = whole_number(cell)
    return _SURVEY_NAMES.get(fold(str(cell))) if number is None else _SURVEYS.get(number)


def _countries(source: SourceColumns) -> pl.Series:
    place = source.first("country")
    if place is None:
        source.refuse(
            "has no column that names the country; add one of "
            f"{', '.join(source.names_for('country'))} with its ISO 3166 code, such as EGY"
        )
    name, cells = place
    if (different := cells.n_unique()) > _MOST_COUNTRIES:
        source.refuse(
            f"{name} holds {different:,} different values, such as {told(cells.drop_nulls()[0])}, "
            "which are not countries; is it another column under this name?"
        )
    labels = source.labels(name)
    values, unread = read_cells(cells, with_labels(_country, labels), pl.String())
    if unread:
        others = f" and {len(unread) - 1} other values" if len(unread) > 1 else ""
        source.refuse(
            f"{name} holds {told(unread[0].value, labels)}{others} in {rows(unread)}, which is no "
            "country code or name known here; write it as ISO 3166 alpha-3 or numeric code, such as "
            "EGY or 818, or leave these rows out"
        )
    if values.null_count():
        source.refuse(
            f"{name} is empty in {values.null_count():,} of {source.height:,} rows; fill in the "
            "country or leave these rows out"
        )
    return values


def _country(cell: Cell) -> str | None:
    if isinstance(cell, str) and len(cell) > _LONGEST_NAME:
        return None
    try:
        return country_of(cell).code
    except InstrumentError:
        return None


def _years(source: SourceColumns) -> pl.Series:
    place = source.first("year")
    if place is None:
        source.ledger.remarks.append(
            f"{source.table.source}: has no column for the year; it is left empty"
        )
        return pl.Series([None] * source.height, dtype=source.types["year"])
    name, cells = place
    values = source.read(Answers(source.instrument.columns["year"]).read, "year", name, cells)
    values = source.plausible(values, "year", name, _YEARS)
    return values.set((values < 0).fill_null(value=False), None)


def _waves(source: SourceColumns, who: pl.DataFrame) -> pl.Series:
    """Waves as the file has them; else 7 in files of wave 7, and by the year in trend files."""
    place, dtype = source.first("wave"), source.types["wave"]
    waves = pl.Series([None] * source.height, dtype=dtype)
    if place is not None:
        waves = read_cells(place[1], _wave_of, dtype)[0]
        if place[0] != _COMMON_WAVE:
            waves = waves.set(who["survey"] == "EVS", None)
    if not source.trend:
        return waves.fill_null(7)
    derived = waves.is_null()
    by_year = who["year"].replace_strict(_WAVES, default=None, return_dtype=dtype)
    waves = waves.zip_with(~derived, by_year)
    if lost := waves.null_count():
        years = who["year"].filter(waves.is_null()).unique().sort().to_list()
        source.refuse(
            f"{lost:,} of {source.height:,} respondents have no wave, and it does not follow from "
            f"their years ({', '.join(map(str, years[:5]))}); add "
            f"{' or '.join(source.names_for('wave'))} with the wave, 1 to 7"
        )
    if derived.any():
        surveys = "/".join(who["survey"].filter(derived).unique().sort())
        source.ledger.remarks.append(
            f"{source.table.source}: wave taken from the year for {derived.sum():,} respondents "
            f"({surveys})"
        )
    return waves


def _wave_of(cell: Cell) -> int | None:
    number = whole_number(cell)
    return number if number is not None and 1 <= number <= 7 else None


def _respondents(source: SourceColumns, who: pl.DataFrame) -> pl.Series:
    """Numbers of respondents; where the file has none, those in the order of its rows."""
    for name, cells in source.all_of("respondent"):
        values = _numbers(source, name, cells)
        if values is not None:
            source.ledger.columns["respondent"] = None
            return values
    source.ledger.remarks.append(
        f"{source.table.source}: has no usable number of respondents; they are numbered in the order "
        "of the file, so the same respondent in two files is not noticed"
    )
    order = pl.int_range(1, pl.len() + 1).over("survey", "wave", "country", "year")
    return who.select(order.cast(source.types["respondent"])).to_series()


def _numbers(source: SourceColumns, name: str, cells: pl.Series) -> pl.Series | None:
    """Whole numbers of respondents; None if they are too large to be told apart as floats."""
    remedy = "write whole numbers, or leave the column out and respondents are numbered"
    if cells.null_count():
        source.refuse(
            f"{name} is empty in {cells.null_count():,} of {source.height:,} rows; {remedy}"
        )
    numbers = cells if cells.dtype == pl.Int64 else cells.cast(pl.Float64, strict=False)
    bad = cells.filter((numbers.is_null() | (numbers != numbers.floor())).fill_null(value=True))
    if len(bad):
        source.refuse(
            f"{name} holds {told(bad[0])} in {len(bad):,} of {source.height:,} rows, where the "
            f"number of a respondent is a whole number; {remedy}"
        )
    fits = numbers.is_between(0, _LARGEST_NUMBER).all()
    return numbers.cast(source.types["respondent"]) if fits else None
