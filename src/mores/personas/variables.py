"""The ten cultural variables, their 32 levels, and where each level stands on the cultural map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import PersonaError
from mores.instruments.datafiles import parse_data, read_data

__all__ = ["AXES", "N_CONFIGURATIONS", "N_VARIABLES", "Level", "Source", "Variable", "variables"]

N_VARIABLES = 10
N_CONFIGURATIONS = 93_312
"""4 · 3 · 3 · 2 · 3 · 4 · 4 · 3 · 3 · 3."""

AXES = ("x", "y")
"""x runs from survival to self-expression, y from traditional to secular."""

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a variable.

    Attributes
    ----------
    id : str
        Kebab-case id, unique within the variable.
    label, title : str
        How it is printed in appendix A and in appendix C of Lakerveld 2026.
    numbers : str
        Codes of the survey item, such as ``"4-7"``, or a range of the index made of its items.
    statement : str
        The belief in plain sentences, in the second person.
    paraphrase : str
        The same belief without a content word of any name, gloss or label, or of a Schwartz value.
    x, y : float or None
        Position on survival -> self-expression and on traditional -> secular, -1 … 1; None on an
        axis to which the variable does not speak.
    """

    __pydantic_config__ = _STRICT

    id: str
    label: str
    title: str
    numbers: str
    statement: str
    paraphrase: str
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """How a respondent's level follows from survey items; see `mores.personas.respondents`.

    Attributes
    ----------
    rule : str
        ``code``, one item whose codes are the levels; ``lowest``, the lowest code of several;
        ``mean`` of the codes; ``count`` of items mentioned (code 1), out of as many as there are;
        ``difference``, items mentioned less items of `against` mentioned.
    items, against : tuple of str
        Ids of items.
    codes : tuple of int
        The code of each level, for ``code`` and ``lowest``.
    cuts : tuple of float
        One fewer than levels, ascending: the first level lies below the first cut.
    descending : bool
        The first level lies above the last cut instead.
    rescaled : bool
        Codes are first brought to 0 … 1 by their item's range.
    least_asked : int
        How many of the items must have been asked.
    """

    __pydantic_config__ = _STRICT

    rule: Literal["code", "lowest", "mean", "count", "difference"]
    items: tuple[str, ...]
    against: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()
    cuts: tuple[float, ...] = ()
    descending: bool = False
    rescaled: bool = False
    least_asked: int = 1


@dataclass(frozen=True, slots=True)
class Variable:
    """One cultural variable.

    Attributes
    ----------
    id, name : str
        Id in snake_case, and the name as printed.
    gloss, long_gloss : str
        Its explanation in appendix A and in appendix C of Lakerveld 2026.
    survey : str
        The item or items of the World Values Survey that it stands for.
    source : Source
        The same for the computer.
    levels : tuple of Level
        Two to four.
    """

    __pydantic_config__ = _STRICT

    id: str
    name: str
    gloss: str
    long_gloss: str
    survey: str
    source: Source
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class _VariablesFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    variables: tuple[Variable, ...]


@cache
def variables() -> tuple[Variable, ...]:
    """The ten variables, in the order in which a persona lists them.

    Returns
    -------
    tuple of Variable
        Read once and kept.

    Raises
    ------
    PersonaError
        If the package's data file is damaged.
    """
    file = read_data("mores.personas", "variables.toml", TypeAdapter(_VariablesFile), PersonaError)
    return checked(file.variables)


def parse_variables(text: str, name: str) -> tuple[Variable, ...]:
    """The variables of a TOML text in the form of the package's own file."""
    return checked(parse_data(text, name, TypeAdapter(_VariablesFile), PersonaError).variables)


def checked(found: Sequence[Variable]) -> tuple[Variable, ...]:
    """The variables as they are, if the grid can be built on them.

    Raises
    ------
    PersonaError
        If their number or the number of configurations is another, if ids or labels are not unique,
        or if a variable's positions on an axis do not run from -1 to 1 or stand at some levels only.
    """
    size = prod(len(variable.levels) for variable in found)
    if len(found) != N_VARIABLES or size != N_CONFIGURATIONS:
        raise PersonaError(
            f"variables.toml: {len(found)} variables with {size} configurations; the grid has "
            f"{N_VARIABLES} with {N_CONFIGURATIONS}: restore the file"
        )
    _refuse_repeats("variables", [variable.id for variable in found])
    for variable in found:
        _refuse_repeats(variable.id, [level.id for level in variable.levels])
        _refuse_repeats(variable.id, [level.label for level in variable.levels])
        for axis in AXES:
            _check_positions(variable, axis)
        _check_source(variable)
    return tuple(found)


def _check_positions(variable: Variable, axis: str) -> None:
    given = [getattr(level, axis) for level in variable.levels]
    known = [position for position in given if position is not None]
    # The ends must be taken: the congruence of a configuration is measured against that spread.
    if known and (len(known) < len(given) or min(known) != -1 or max(known) != 1):
        raise PersonaError(
            f"variables.toml: {variable.id}: positions {given} on axis {axis}; give one to every "
            "level or to none, from -1 at one end to 1 at the other"
        )


def _check_source(variable: Variable) -> None:
    source, n = variable.source, len(variable.levels)
    coded = source.rule in ("code", "lowest")
    fits = len(source.codes) == n if coded else len(source.cuts) == n - 1
    if not fits or sorted(source.cuts) != list(source.cuts):
        raise PersonaError(
            f"variables.toml: {variable.id}: {len(source.codes)} codes and cuts {list(source.cuts)} "
            f"for {n} levels; give a code a level, or ascending cuts between levels"
        )


def _refuse_repeats(owner: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise PersonaError(f"variables.toml: {owner}: {name!r} occurs twice; use it once")
