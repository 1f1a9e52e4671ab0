"""The beliefs of a persona in other grammatical persons: as the user's, or as somebody else's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import PersonaError, nearest
from mores.instruments.datafiles import parse_data, read_data
from mores.personas.variables import Level, Variable, variables

__all__ = ["PERSONS", "in_person", "parse_persons"]

PERSONS = ("second", "first", "third")
"""Grammatical persons; the first is the default, that of `variables`."""

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class _Sentences:
    __pydantic_config__ = _STRICT

    statement: str
    paraphrase: str


@dataclass(frozen=True, slots=True)
class _Entry:
    __pydantic_config__ = _STRICT

    variable: str
    level: str
    first: _Sentences
    third: _Sentences


@dataclass(frozen=True, slots=True)
class _PersonsFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    levels: tuple[_Entry, ...]


def in_person(variable: Variable, level: Level, person: str = PERSONS[0]) -> Level:
    """The level with its sentences in a grammatical person; all else is as it was.

    Parameters
    ----------
    variable, level : Variable, Level
        One of its levels.
    person : str, optional
        One of `PERSONS`: said to the person (``second``), by it (``first``) or of it (``third``, as
        "this person" and "they").

    Raises
    ------
    PersonaError
        If there is no such person, or the package's data file is damaged.
    """
    if person not in PERSONS:
        raise PersonaError(f"person {person!r} does not exist; {nearest(str(person), PERSONS)}")
    if person == PERSONS[0]:
        return level
    entry = _entries()[variable.id, level.id]
    said = entry.first if person == "first" else entry.third
    return replace(level, statement=said.statement, paraphrase=said.paraphrase)


@cache
def _entries() -> Mapping[tuple[str, str], _Entry]:
    return _indexed(
        read_data("mores.personas", "persons.toml", TypeAdapter(_PersonsFile), PersonaError)
    )


def parse_persons(text: str, name: str) -> Mapping[tuple[str, str], _Entry]:
    """The entries of a TOML text in the form of the package's own file, by variable and level.

    Raises
    ------
    PersonaError
        If it does not have every level of every variable once.
    """
    return _indexed(parse_data(text, name, TypeAdapter(_PersonsFile), PersonaError))


def _indexed(file: _PersonsFile) -> Mapping[tuple[str, str], _Entry]:
    found = {(entry.variable, entry.level): entry for entry in file.levels}
    wanted = {(variable.id, level.id) for variable in variables() for level in variable.levels}
    odd = sorted(wanted ^ found.keys())
    if odd or len(found) < len(file.levels):
        where = f"{odd[0][0]}/{odd[0][1]} is missing or unknown" if odd else "a level occurs twice"
        raise PersonaError(f"persons.toml: {where}; give every level of every variable once")
    return found
