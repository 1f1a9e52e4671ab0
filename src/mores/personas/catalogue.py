"""Personas: the twelve of the value-action study, any other configuration, and the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import PersonaError, nearest
from mores.instruments.datafiles import read_data
from mores.instruments.labels import fold
from mores.instruments.texts import is_label
from mores.instruments.validation import shown
from mores.personas.grid import (
    Configuration,
    classes,
    configuration,
    configuration_from_labels,
    congruence,
    index_of,
    positions,
)
from mores.personas.variables import Level, variables

__all__ = [
    "BASELINE",
    "CATEGORIES",
    "Persona",
    "persona_at",
    "persona_from_levels",
    "persona_named",
    "personas",
]

CATEGORIES = ("moderate", "max", "incongruous")
"""The three kinds of the twelve personas."""

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Persona:
    """Whom the model is asked to be.

    Attributes
    ----------
    id : str
        What tables call it, such as ``"moderate-secular"``.
    name : str
        What a figure calls it.
    category : str
        One of `CATEGORIES` for the twelve; ``"baseline"`` for the baseline.
    configuration : tuple of int or None
        Level indices of the ten variables; None for the baseline, which has no persona.
    number : int or None
        1 … 12 for the twelve, as the paper counts them; None for others.
    """

    id: str
    name: str
    category: str
    configuration: Configuration | None
    number: int | None = None

    @property
    def index(self) -> int | None:
        """Its index in the grid, 0 … 93,311; None for the baseline."""
        return None if self.configuration is None else index_of(self.configuration)

    @property
    def position(self) -> tuple[float, float] | None:
        """Expected map position (x, y), each -1 … 1; None for the baseline."""
        return None if self.configuration is None else _measures(self.configuration)[0]

    @property
    def congruence(self) -> float:
        """How well its beliefs fit together, 0 … 1; 1 for the baseline, which holds none."""
        return 1.0 if self.configuration is None else _measures(self.configuration)[1]

    @property
    def levels(self) -> tuple[Level, ...]:
        """The chosen level of each variable; empty for the baseline."""
        if self.configuration is None:
            return ()
        pairs = zip(variables(), self.configuration, strict=True)
        return tuple(variable.levels[level] for variable, level in pairs)


BASELINE = Persona("baseline", "No persona", "baseline", None)
"""No persona block at all."""


@dataclass(frozen=True, slots=True)
class _Entry:
    __pydantic_config__ = _STRICT

    number: int
    id: str
    name: str
    category: Literal["moderate", "max", "incongruous"]
    levels: dict[str, str]


@dataclass(frozen=True, slots=True)
class _PersonasFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    personas: tuple[_Entry, ...]


def personas(category: str | None = None) -> tuple[Persona, ...]:
    """The twelve personas, or those of one category.

    Parameters
    ----------
    category : str, optional
        One of `CATEGORIES`.

    Returns
    -------
    tuple of Persona
        In the order of their numbers, without the baseline.

    Raises
    ------
    PersonaError
        If there is no such category, or if the package's data file is damaged.
    """
    if category is None:
        return _catalogue()
    if category not in CATEGORIES:
        raise PersonaError(
            f"category {shown(category)} does not exist; {nearest(str(category), CATEGORIES)}"
        )
    return tuple(persona for persona in _catalogue() if persona.category == category)


def persona_named(name: str | int) -> Persona:
    """The baseline or one of the twelve.

    Parameters
    ----------
    name : str or int
        An id or a name, in which case, spacing and punctuation do not matter, or a number 1 … 12.

    Raises
    ------
    PersonaError
        If there is no such persona.
    """
    known = (BASELINE, *personas())
    for persona in known:
        if fold(str(name)) in (fold(persona.id), fold(persona.name), str(persona.number)):
            return persona
    raise PersonaError(
        f"persona {shown(name)} does not exist; {nearest(str(name), [p.id for p in known])}, "
        f"or a number from 1 to {len(known) - 1}"
    )


def persona_at(index: int) -> Persona:
    """The persona of a grid index, its category measured by `mores.personas.grid.classes`.

    Parameters
    ----------
    index : int
        0 … 93,311.

    Returns
    -------
    Persona
        With the id ``"grid-00000"`` … ``"grid-93311"``.

    Raises
    ------
    PersonaError
        If the index is not a whole number in that range.
    """
    chosen = configuration(index)
    name = f"Configuration {index}"
    return Persona(f"grid-{index:05d}", name, str(classes([chosen])[0]), chosen)


def persona_from_levels(name: str, category: str | None, levels: Mapping[str, str]) -> Persona:
    """A persona of one's own.

    Parameters
    ----------
    name : str
        Its id and name: one line of at most 200 characters, other than ``baseline``.
    category : str or None
        The group that tables put it in; None to have it measured by
        `mores.personas.grid.classes`.
    levels : mapping of str to str
        A level for each of the ten variables, by label or id; see
        `mores.personas.grid.configuration_from_labels`.

    Raises
    ------
    PersonaError
        If the name or the category cannot be used, or a level is unknown or missing.
    """
    for what, text in (("name", name), ("category", category)):
        if text is None and what == "category":
            continue
        if not isinstance(text, str) or not is_label(text) or fold(text) == BASELINE.id:
            raise PersonaError(
                f"{what} of a persona is {shown(text)}; allowed: one short line of text other than "
                f"{BASELINE.id!r}, which means no persona"
            )
    try:
        chosen = configuration_from_labels(levels)
    except PersonaError as error:
        raise PersonaError(f"persona {name!r}: {error}") from None
    return Persona(name, name, category or str(classes([chosen])[0]), chosen)


# A study asks for them with every request.
@lru_cache(maxsize=4096)
def _measures(chosen: Configuration) -> tuple[tuple[float, float], float]:
    """Position and congruence of a configuration."""
    x, y = positions([chosen])[0].tolist()
    return (x, y), float(congruence([chosen])[0])


@cache
def _catalogue() -> tuple[Persona, ...]:
    name = "personas.toml"
    file = read_data("mores.personas", name, TypeAdapter(_PersonasFile), PersonaError)
    found = tuple(
        Persona(e.id, e.name, e.category, configuration_from_labels(e.levels), e.number)
        for e in file.personas
    )
    if [persona.number for persona in found] != list(range(1, len(found) + 1)):
        raise PersonaError(f"{name}: number the personas from 1 in their order")
    if len({persona.id for persona in found}) < len(found):
        raise PersonaError(f"{name}: an id occurs twice; give each persona its own")
    return found
