"""Sex, age, education and continent: of respondents, and of the people in biographies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mores.errors import InstrumentError
from mores.instruments.countries import country_of
from mores.personas.biographies import Biography
from mores.populations.groupings import AGE_BANDS
from mores.populations.population import Population
from mores.studies.grounded_personas.alignment_tables import Attribute

__all__ = ["attributes", "groups_of_biographies", "groups_of_respondents"]

Levels = NDArray[np.int64]

_SEXES = ("female", "male")
_EDUCATIONS = ("ISCED 0-1", "ISCED 2", "ISCED 3-5", "ISCED 6-8")
_EDUCATION_OF_ISCED = (0, 0, 1, 2, 2, 2, 3, 3, 3)
_EDUCATION_OF_STORY = {
    "isced-0-1": 0,
    "isced-2": 1,
    "isced-3-4": 2,
    "isced-5": 2,
    "isced-6-8": 3,
}


def attributes(population: Population) -> tuple[Attribute, ...]:
    """By what personas and respondents are grouped, with the continents that the data have."""
    continents = sorted({_continent(country) for country in population.countries} - {""})
    return (
        Attribute("sex", _SEXES),
        Attribute("age_band", tuple(AGE_BANDS)),
        Attribute("education", _EDUCATIONS),
        Attribute("continent", tuple(continents)),
    )


def _continent(country: str | None) -> str:
    try:
        return "" if country is None else str(country_of(country).continent)
    except InstrumentError:
        return ""


def groups_of_respondents(population: Population, by: Sequence[Attribute]) -> Levels:
    """Level of each respondent on each attribute, shape (respondents, attributes); -1 not known.

    Education is known where the data have it in levels of ISCED.
    """
    n, frame = len(population), population.frame
    found = np.full((n, len(by)), -1, np.int64)
    if "sex" in frame.columns:
        sex = population.category("sex").fill_null(-1).to_numpy()
        found[:, 0] = np.select([sex == 2, sex == 1], [0, 1], -1)
    if "age" in frame.columns:
        age = population.category("age").fill_null(-1).to_numpy()
        found[:, 1] = np.where(age < 0, -1, (age > 29).astype(int) + (age > 49))
    if "education_isced" in frame.columns:
        isced = population.category("education_isced").fill_null(-1).to_numpy()
        known = (isced >= 0) & (isced < len(_EDUCATION_OF_ISCED))
        found[:, 2] = np.where(known, np.array(_EDUCATION_OF_ISCED)[np.where(known, isced, 0)], -1)
    continents = {c: _continent(c) for c in population.countries}
    place = {level: k for k, level in enumerate(by[3].levels)}
    of_country = {c: place.get(name, -1) for c, name in continents.items()}
    column = frame["country"].cast(str).replace_strict(of_country, default=-1)
    found[:, 3] = column.to_numpy()
    return found


def groups_of_biographies(
    biographies: Sequence[Biography | None], by: Sequence[Attribute]
) -> Levels:
    """Level of each persona on each attribute, shape (personas, attributes).

    -1 where its biography does not say, and where it has none.
    """
    found = np.full((len(biographies), len(by)), -1, np.int64)
    place = {level: k for k, level in enumerate(by[3].levels)}
    for row, biography in zip(found, biographies, strict=True):
        person = None if biography is None else biography.demographics
        if person is not None:
            row[0] = _SEXES.index(person.sex)
            row[1] = (person.age > 29) + (person.age > 49)
            row[2] = _EDUCATION_OF_STORY[person.education]
            row[3] = place.get(_continent(person.country), -1)
    return found
