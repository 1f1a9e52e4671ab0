r"""The 93,312 configurations of the ten cultural variables, addressed by number.

A configuration is a tuple of ten level indices, one a variable in the order of
`mores.personas.variables.variables`. Its index is read in mixed radix with the first variable as the
most significant digit: with :math:`k_v` levels of variable :math:`v`,

.. math:: \mathrm{index} = \sum_{v=1}^{10} l_v \prod_{u > v} k_u .

Index 0 holds the first level of every variable, and the last variable moves fastest. All functions
work on arrays of whatever part of the grid is asked for; nothing holds the grid as objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.errors import PersonaError, nearest
from mores.instruments.labels import fold
from mores.instruments.validation import listed_problems, shown
from mores.personas.variables import AXES, N_CONFIGURATIONS, N_VARIABLES, Variable, variables

__all__ = [
    "CLASSES",
    "N_CONFIGURATIONS",
    "Configuration",
    "classes",
    "configuration",
    "configuration_from_labels",
    "congruence",
    "index_of",
    "indices_of",
    "levels_of",
    "positions",
]

Configuration: TypeAlias = tuple[int, ...]
"""Ten level indices, each from 0, in the order of the variables."""

CLASSES = ("moderate", "max", "incongruous", "intermediate")
"""What `classes` may call a configuration."""

INCONGRUOUS_BELOW = 0.5
MAX_FROM = 0.75
MODERATE_UP_TO = 0.5


@dataclass(frozen=True, slots=True)
class _Tables:
    """What the arithmetic needs of the variables.

    Attributes
    ----------
    sizes, strides : int64 array, shape (10,)
        Number of levels, and what one level of the variable adds to the index.
    place : float64 array, shape (2, 10, 4)
        Position of each level on each axis; 0 where the variable does not speak to the axis.
    speaks : bool array, shape (2, 10)
        Whether a variable speaks to an axis.
    """

    sizes: NDArray[np.int64]
    strides: NDArray[np.int64]
    place: NDArray[np.float64]
    speaks: NDArray[np.bool_]


@cache
def _tables() -> _Tables:
    found = variables()
    sizes = np.array([len(variable.levels) for variable in found], dtype=np.int64)
    strides = np.append(np.cumprod(sizes[:0:-1])[::-1], 1)
    place = np.zeros((len(AXES), len(found), sizes.max()))
    speaks = np.zeros((len(AXES), len(found)), dtype=np.bool_)
    for v, variable in enumerate(found):
        for a, axis in enumerate(AXES):
            known = [getattr(level, axis) for level in variable.levels]
            speaks[a, v] = known[0] is not None
            place[a, v, : len(known)] = [position or 0.0 for position in known]
    for array in (sizes, strides, place, speaks):
        array.flags.writeable = False
    return _Tables(sizes, strides, place, speaks)


def configuration(index: int) -> Configuration:
    """The configuration of an index.

    Parameters
    ----------
    index : int
        0 … 93,311.

    Returns
    -------
    tuple of int
        Ten level indices.

    Raises
    ------
    PersonaError
        If the index is not a whole number in that range.
    """
    return tuple(levels_of([index])[0].tolist())


def index_of(levels: Sequence[int]) -> int:
    """The index of a configuration; inverse of `configuration`.

    Raises
    ------
    PersonaError
        If there are not ten level indices, each within its variable's range.
    """
    return int(indices_of([levels])[0])


def levels_of(indices: ArrayLike) -> NDArray[np.int8]:
    """The level indices of many configurations.

    Parameters
    ----------
    indices : array_like of int, shape (n,)
        Each 0 … 93,311.

    Returns
    -------
    int8 array, shape (n, 10)
        One row a configuration.

    Raises
    ------
    PersonaError
        If the shape, a type or a value is wrong.
    """
    given = _whole_numbers(indices, "indices of configurations", 1)
    outside = (given < 0) | (given >= N_CONFIGURATIONS)
    if outside.any():
        raise PersonaError(
            f"configuration {given[outside][0]} does not exist; allowed: 0 to {N_CONFIGURATIONS - 1}"
        )
    tables = _tables()
    digits = given.astype(np.int64)[:, None] // tables.strides % tables.sizes
    return digits.astype(np.int8)


def indices_of(levels: ArrayLike) -> NDArray[np.int64]:
    """The indices of many configurations; inverse of `levels_of`.

    Parameters
    ----------
    levels : array_like of int, shape (n, 10)
        One row a configuration.

    Returns
    -------
    int64 array, shape (n,)
        Each 0 … 93,311.

    Raises
    ------
    PersonaError
        If the shape, a type or a value is wrong.
    """
    return np.asarray(_checked_levels(levels) @ _tables().strides, dtype=np.int64)


def positions(levels: ArrayLike) -> NDArray[np.float64]:
    """Where configurations are expected on the cultural map.

    On each axis, the mean position of the levels of those variables that speak to it.

    Parameters
    ----------
    levels : array_like of int, shape (n, 10)
        One row a configuration.

    Returns
    -------
    float64 array, shape (n, 2)
        Columns x (survival -1 … self-expression 1) and y (traditional -1 … secular 1).

    Raises
    ------
    PersonaError
        If the shape, a type or a value is wrong.
    """
    given = _checked_levels(levels)
    return np.stack([_on_axis(given, axis).mean(axis=1) for axis in range(len(AXES))], axis=1)


def congruence(levels: ArrayLike) -> NDArray[np.float64]:
    r"""How well the beliefs of configurations fit together on each axis.

    .. math:: c = 1 - \frac{1}{2} \sum_{a \in \{x, y\}} \frac{s_a^2}{S_a^2}, \qquad
              s_a^2 = \frac{1}{m_a} \sum_{v} (p_{va} - \bar p_a)^2

    over the :math:`m_a` variables that speak to axis :math:`a`, where :math:`p_{va}` is the position
    of the chosen level. The largest variance, :math:`S_a^2`, is reached with half of the variables
    at each end: 1 for an even :math:`m_a`, :math:`1 - 1/m_a^2` for an odd one. [a decision of this
    project]

    Parameters
    ----------
    levels : array_like of int, shape (n, 10)
        One row a configuration.

    Returns
    -------
    float64 array, shape (n,)
        1 if all beliefs of each axis stand on one point of it, 0 if they are as far apart as they
        can be on both.

    Raises
    ------
    PersonaError
        If the shape, a type or a value is wrong.
    """
    given = _checked_levels(levels)
    spread = np.zeros(len(given))
    for axis in range(len(AXES)):
        beliefs = _on_axis(given, axis)
        m = beliefs.shape[1]
        spread += beliefs.var(axis=1) / (1 - m % 2 / m**2)
    return np.clip(1 - spread / len(AXES), 0.0, 1.0)


def classes(levels: ArrayLike) -> NDArray[np.str_]:
    """What kind of persona configurations make.

    ``incongruous`` with a congruence below 0.5; else ``max`` with both coordinates at least 0.75
    from the centre, ``moderate`` with neither more than 0.5 from it, ``intermediate`` otherwise.
    [the kinds are those of Lakerveld 2026, the bounds a decision of this project]

    Parameters
    ----------
    levels : array_like of int, shape (n, 10)
        One row a configuration.

    Returns
    -------
    str array, shape (n,)
        One of `CLASSES` each.

    Raises
    ------
    PersonaError
        If the shape, a type or a value is wrong.
    """
    far = np.abs(positions(levels))
    tests = [
        congruence(levels) < INCONGRUOUS_BELOW,
        (far >= MAX_FROM).all(axis=1),
        (far <= MODERATE_UP_TO).all(axis=1),
    ]
    return np.select(tests, ["incongruous", "max", "moderate"], "intermediate")


def configuration_from_labels(levels: Mapping[str, str]) -> Configuration:
    """The configuration in which each variable has the named level.

    Parameters
    ----------
    levels : mapping of str to str
        For each of the ten variables, by id or name, a level by id, label or title. Case, spacing
        and punctuation do not matter.

    Returns
    -------
    tuple of int
        Ten level indices.

    Raises
    ------
    PersonaError
        With every variable that is unknown, missing or named twice, and every unknown level.
    """
    found = variables()
    places = {_form(name): v for v, w in enumerate(found) for name in (w.id, w.name)}
    chosen: dict[int, int] = {}
    problems = []
    for name, level in levels.items():
        place = places.get(_form(name)) if isinstance(name, str) else None
        if place is None:
            allowed = nearest(str(name), [variable.id for variable in found])
            problems.append(f"{shown(name)} is not a cultural variable; {allowed}")
        elif place in chosen:
            problems.append(f"{found[place].id} is given twice; give it once")
        else:
            chosen[place] = _level_index(found[place], level, problems)
    missing = [variable.id for v, variable in enumerate(found) if v not in chosen]
    if missing:
        problems.append(
            f"no level for {', '.join(missing)}; give one for each of the ten variables"
        )
    if problems:
        raise PersonaError(listed_problems("levels of a persona", problems, "correct the levels"))
    return tuple(chosen[v] for v in range(len(found)))


def _form(name: str) -> str:
    # Without spaces, so that "post-materialist" is "postmaterialist".
    return fold(name).replace(" ", "")


def _level_index(variable: Variable, level: object, problems: list[str]) -> int:
    """The index of the named level; notes a problem and gives -1 if there is none."""
    for index, known in enumerate(variable.levels):
        names = (known.id, known.label, known.title)
        if isinstance(level, str) and _form(level) in map(_form, names):
            return index
    allowed = nearest(str(level), [known.label for known in variable.levels])
    problems.append(f"{variable.id}: {shown(level)} is not a level; {allowed}")
    return -1


def _on_axis(levels: NDArray[np.int64], axis: int) -> NDArray[np.float64]:
    """Positions of the chosen levels of the variables that speak to an axis; shape (n, m)."""
    tables = _tables()
    which = np.flatnonzero(tables.speaks[axis])
    beliefs: NDArray[np.float64] = tables.place[axis, which, levels[:, which]]
    return beliefs


def _checked_levels(levels: ArrayLike) -> NDArray[np.int64]:
    given = _whole_numbers(levels, "levels", 2)
    if given.shape[1] != N_VARIABLES:
        raise PersonaError(
            f"{given.shape[1]} levels a configuration; it has {N_VARIABLES}, one a variable"
        )
    sizes = _tables().sizes
    rows, columns = np.nonzero((given < 0) | (given >= sizes))
    if len(rows):
        variable = variables()[columns[0]]
        raise PersonaError(
            f"{variable.id}: level index {given[rows[0], columns[0]]} does not exist; allowed: 0 to "
            f"{len(variable.levels) - 1} ({', '.join(level.label for level in variable.levels)})"
        )
    return given.astype(np.int64)


def _whole_numbers(given: ArrayLike, name: str, dimensions: int) -> NDArray[np.int64]:
    try:
        array = np.asarray(given)
    except ValueError:
        raise PersonaError(f"{name}: rows of unequal length; give a table of numbers") from None
    if array.ndim != dimensions:
        raise PersonaError(
            f"{name}: an array of {array.ndim} dimensions; it must have {dimensions}"
        )
    if array.size and array.dtype.kind not in "iu":
        first = array.ravel()[0]
        raise PersonaError(f"{name}: {shown(first)} is not a whole number in range")
    return array
