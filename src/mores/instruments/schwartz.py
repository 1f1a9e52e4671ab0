"""The 56 values of the Schwartz value survey, their ten types, and the eleven social topics.

The lists are those of S. H. Schwartz (1992, doi:10.1016/S0065-2601(08)60281-6) and of Shen et al.
(2025, ValueActionLens); every definition is this project's own wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError
from mores.instruments.datafiles import read_data

__all__ = ["Topic", "Value", "ValueType", "topics", "value_types", "values"]

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the survey.

    Attributes
    ----------
    id : str
        Kebab-case id, such as ``"social-justice"``.
    number : int
        Place in the survey, 1 … 56.
    label : str
        The value's name as it is put to a respondent.
    type : str
        Id of its motivational type, a key of `value_types`.
    definition : str
        What it means, in one clause.
    """

    __pydantic_config__ = _STRICT

    id: str
    number: int
    label: str
    type: str
    definition: str


@dataclass(frozen=True, slots=True)
class ValueType:
    """One of the ten motivational types.

    Attributes
    ----------
    id, label : str
        Kebab-case id and name.
    higher_order : str
        The higher-order group, such as ``"conservation"``.
    goal : str
        What values of the type have in common.
    simulated_loading : tuple of float
        For the built-in simulator alone: how strongly agreement moves with (survival ->
        self-expression, traditional -> secular), each in -1 … 1. No analysis reads it.
    """

    __pydantic_config__ = _STRICT

    id: str
    label: str
    higher_order: str
    goal: str
    simulated_loading: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Topic:
    """A social topic in which a dilemma is set: id, name and what belongs to it."""

    __pydantic_config__ = _STRICT

    id: str
    label: str
    definition: str


@dataclass(frozen=True, slots=True)
class _ValuesFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    types: tuple[ValueType, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class _TopicsFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    topics: tuple[Topic, ...]


def values() -> Mapping[str, Value]:
    """The 56 values by id, in the survey's order.

    Returns
    -------
    mapping of str to Value
        Read-only; read once and kept.

    Raises
    ------
    InstrumentError
        If the package's data file is damaged.
    """
    return _values_file()[1]


def value_types() -> Mapping[str, ValueType]:
    """The ten motivational types by id, around the circle from self-direction to universalism.

    Returns
    -------
    mapping of str to ValueType
        Read-only; read once and kept.

    Raises
    ------
    InstrumentError
        If the package's data file is damaged.
    """
    return _values_file()[0]


@cache
def topics() -> Mapping[str, Topic]:
    """The eleven social topics by id.

    Returns
    -------
    mapping of str to Topic
        Read-only; read once and kept.

    Raises
    ------
    InstrumentError
        If the package's data file is damaged.
    """
    file = read_data("mores.instruments", "topics.toml", TypeAdapter(_TopicsFile))
    _refuse_repeats("topics.toml", (topic.id for topic in file.topics))
    return MappingProxyType({topic.id: topic for topic in file.topics})


@cache
def _values_file() -> tuple[Mapping[str, ValueType], Mapping[str, Value]]:
    file = read_data("mores.instruments", "values.toml", TypeAdapter(_ValuesFile))
    _check_values(file)
    types = MappingProxyType({kind.id: kind for kind in file.types})
    return types, MappingProxyType({value.id: value for value in file.values})


def _check_values(file: _ValuesFile) -> None:
    _refuse_repeats("values.toml", (kind.id for kind in file.types))
    _refuse_repeats("values.toml", (value.id for value in file.values))
    types = [kind.id for kind in file.types]
    for place, value in enumerate(file.values, start=1):
        if value.number != place:
            raise InstrumentError(
                f"values.toml: {value.id!r} has number {value.number} and stands at place {place}; "
                "number the values from 1 in their order"
            )
        if value.type not in types:
            raise InstrumentError(
                f"values.toml: {value.id!r} has type {value.type!r}; allowed: {', '.join(types)}"
            )


def _refuse_repeats(name: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for known in ids:
        if known in seen:
            raise InstrumentError(f"{name}: the id {known!r} occurs twice; give each entry its own")
        seen.add(known)
