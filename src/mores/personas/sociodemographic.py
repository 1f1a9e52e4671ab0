"""Sociodemographic personas: what is known of a respondent, told in the second person.

A sentence an attribute, from ``data/sociodemographic.toml``. An attribute that is missing has no
sentence: nothing is imputed, and no sentence says that something is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict, TypeAdapter

from mores.errors import PersonaError
from mores.instruments.countries import country_of
from mores.instruments.datafiles import read_data

if TYPE_CHECKING:
    from mores.populations.population import Population

__all__ = ["Attribute", "AttributeColumn", "attributes", "describe", "name_in_text"]

_STRICT = ConfigDict(extra="forbid", strict=True)
_OLDEST = 130


@dataclass(frozen=True, slots=True)
class AttributeColumn:
    """A column about respondents that an attribute can be read from.

    Attributes
    ----------
    column : str
        Its id, such as ``"education_isced"``.
    sentences : mapping of int to str
        The sentence of each code; a code without one says nothing.
    """

    __pydantic_config__ = _STRICT

    column: str
    sentences: dict[int, str]


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something known of a respondent beside sex, age and country, which share the first sentence.

    Attributes
    ----------
    id : str
        Such as ``"education"``.
    columns : tuple of AttributeColumn
        Where it is read from: for each respondent the first column that says something.
    """

    __pydantic_config__ = _STRICT

    id: str
    columns: tuple[AttributeColumn, ...]


@dataclass(frozen=True, slots=True)
class _SociodemographicFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    opening: tuple[str, ...]
    nouns: dict[int, str]
    the: frozenset[str]
    attributes: tuple[Attribute, ...]


def attributes() -> tuple[Attribute, ...]:
    """The attributes, in the order of their sentences."""
    return _file().attributes


def name_in_text(country: str) -> str:
    """A country's name as a sentence needs it: "Jordan", "the United Kingdom".

    Parameters
    ----------
    country : str
        Code or name.

    Raises
    ------
    InstrumentError
        If there is no such country.
    """
    found = country_of(country)
    return f"the {found.name}" if found.code in _file().the else found.name


def describe(population: Population, rows: ArrayLike, *, nationality: bool) -> list[str]:
    """The sociodemographic persona of respondents.

    Parameters
    ----------
    population : Population
    rows : array_like of int, shape (n,)
        Which respondents, as rows of the population; a row may occur more than once.
    nationality : bool
        Whether the first sentence names the country.

    Returns
    -------
    list of str, length n
        One to six sentences; empty for a respondent of whom nothing is known.

    Raises
    ------
    PersonaError
        If there is no such row.
    """
    chosen = np.asarray(rows)
    if chosen.size == 0:
        return []
    fits = chosen.ndim == 1 and chosen.dtype.kind in "iu"
    if not fits or not 0 <= chosen.min() <= chosen.max() < len(population):
        raise PersonaError(
            f"rows of respondents must be a list of numbers from 0 to {len(population) - 1}"
        )
    known, which = np.unique(chosen, return_inverse=True)
    told = [_opening(population, known, nationality)]
    told += [_sentences(population, known, attribute) for attribute in attributes()]
    texts = [" ".join(filter(None, parts)) for parts in zip(*told, strict=True)]
    return [texts[i] for i in which]


def _opening(
    population: Population, rows: NDArray[np.int64], nationality: bool
) -> list[str | None]:
    sexes = _codes(population, "sex", rows)
    ages = _codes(population, "age", rows)
    countries: list[str | None] = [None] * len(rows)
    if nationality:
        codes = population.frame["country"].gather(rows).to_list()
        names = {code: name_in_text(code) for code in {*codes} - {None}}
        countries = [names.get(code) for code in codes]
    return [
        _first_sentence(sex, age, country)
        for sex, age, country in zip(sexes, ages, countries, strict=True)
    ]


def _first_sentence(sex: int | None, age: int | None, country: str | None) -> str | None:
    noun = _file().nouns.get(sex) if sex is not None else None
    years = f"{age}-year-old" if age is not None and 0 < age <= _OLDEST else None
    known = {"age": years, "noun": noun, "country": country}
    held = {key: value for key, value in known.items() if value is not None}
    for form in _file().opening:
        if held and form.count("{") == len(held) and all(f"{{{key}}}" in form for key in held):
            return _with_article(form.format_map(held))
    return None


def _with_article(sentence: str) -> str:
    """With "a" or "an" before an age or a noun."""
    before, _, after = sentence.partition("You are ")
    if after.startswith("from "):
        return sentence
    number = after.partition("-")[0]
    vowel = number.startswith("8") or number in ("11", "18")
    return f"{before}You are {'an' if vowel else 'a'} {after}"


def _sentences(
    population: Population, rows: NDArray[np.int64], attribute: Attribute
) -> list[str | None]:
    found: list[str | None] = [None] * len(rows)
    for column in attribute.columns:
        codes = _codes(population, column.column, rows)
        found = [
            said if said is not None or code is None else column.sentences.get(code)
            for said, code in zip(found, codes, strict=True)
        ]
    return found


def _codes(population: Population, column: str, rows: NDArray[np.int64]) -> Sequence[int | None]:
    """The codes of a column, None where there is none; missing codes are left as they are."""
    if column not in population.frame.columns:
        return [None] * len(rows)
    codes: list[int | None] = population.frame[column].gather(rows).to_list()
    return codes


@cache
def _file() -> _SociodemographicFile:
    name = "sociodemographic.toml"
    return read_data("mores.personas", name, TypeAdapter(_SociodemographicFile), PersonaError)
