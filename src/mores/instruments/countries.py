"""Countries and territories: their codes, names, continents, and zones of the cultural map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError, nearest
from mores.instruments.datafiles import read_data
from mores.instruments.labels import fold
from mores.instruments.validation import shown

__all__ = ["Country", "countries", "country_of", "zones"]

_STRICT = ConfigDict(extra="forbid", strict=True)
_FILE = "countries.toml"

Continent = Literal[
    "Africa", "Antarctica", "Asia", "Europe", "North America", "Oceania", "South America"
]


@dataclass(frozen=True, slots=True)
class Country:
    """A country, or a territory that is surveyed as one.

    Attributes
    ----------
    code : str
        ISO 3166-1 alpha-3, such as ``"SWE"``; the surveys' own where ISO has none (``"NIR"``).
    numeric : int
        ISO 3166-1 numeric, as in the surveys' coded files; 909, 915 and 197 are the surveys' own.
    name : str
        In English, short.
    continent : str
        One of seven; Central America and the Caribbean belong to North America.
    alpha2 : str or None
        ISO 3166-1 alpha-2, as in the joint file of EVS and WVS.
    zone : str or None
        Of the Inglehart-Welzel cultural map, one of `zones`; None where no map shows the country.
    aliases : tuple of str
        Other names, among them the surveys' value labels.
    """

    __pydantic_config__ = _STRICT

    code: str
    numeric: int
    name: str
    continent: Continent
    alpha2: str | None = None
    zone: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _CountriesFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    zones: tuple[str, ...]
    countries: tuple[Country, ...]


def countries() -> Mapping[str, Country]:
    """The countries and territories by alpha-3 code, in the order of the codes.

    Returns
    -------
    mapping of str to Country
        Read-only; read once and kept.

    Raises
    ------
    InstrumentError
        If the package's data file is damaged.
    """
    return _lookup().countries


def zones() -> tuple[str, ...]:
    """The eight zones of the cultural map."""
    return _lookup().zones


def country_of(value: str | float) -> Country:
    """The country that a code or a name stands for.

    Parameters
    ----------
    value : str or number
        ISO 3166-1 code (alpha-3, alpha-2, or numeric as a number or its digits), English name, or
        another name in use. Case, spacing and punctuation do not matter.

    Raises
    ------
    InstrumentError
        If it stands for none.
    """
    known = _lookup()
    number = _number(value)
    found = known.by_number.get(number) if number is not None else None
    if found is None and isinstance(value, str):
        found = known.by_name.get(fold(value))
    if found is None:
        near = get_close_matches(str(value)[:100], known.names, n=1)
        hint = f"did you mean {near[0]}? Otherwise give" if near else "give"
        raise InstrumentError(
            f"{shown(value)} is no country known here; {hint} its ISO 3166-1 code, such as SWE or "
            "752, or its English name"
        )
    return found


def _number(value: str | float) -> int | None:
    if isinstance(value, str):
        digits = value.strip().removesuffix(".0")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else None
    return int(value) if value == value and abs(value) < 1e9 and value == int(value) else None


@dataclass(frozen=True, slots=True)
class _Lookup:
    zones: tuple[str, ...]
    countries: Mapping[str, Country]
    by_number: Mapping[int, Country]
    by_name: Mapping[str, Country]
    names: tuple[str, ...]


@cache
def _lookup() -> _Lookup:
    file = read_data("mores.instruments", _FILE, TypeAdapter(_CountriesFile))
    by_number: dict[int, Country] = {}
    by_name: dict[str, Country] = {}
    for country in file.countries:
        if by_number.setdefault(country.numeric, country) is not country:
            raise _twice(country, country.numeric)
        if country.zone is not None and country.zone not in file.zones:
            raise InstrumentError(
                f"{_FILE}: {country.code}: {nearest(country.zone, file.zones)}; restore the file"
            )
        for name in _names(country):
            if by_name.setdefault(fold(name), country) is not country:
                raise _twice(country, name)
    return _Lookup(
        file.zones,
        MappingProxyType({country.code: country for country in file.countries}),
        MappingProxyType(by_number),
        MappingProxyType(by_name),
        tuple(country.name for country in file.countries),
    )


def _names(country: Country) -> Iterator[str]:
    yield country.code
    if country.alpha2 is not None:
        yield country.alpha2
    yield country.name
    yield from country.aliases


def _twice(country: Country, what: str | int) -> InstrumentError:
    return InstrumentError(
        f"{_FILE}: {country.code}: {what!r} already stands for another country; restore the file"
    )
