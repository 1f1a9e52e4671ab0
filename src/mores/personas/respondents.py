"""Which configuration a human respondent holds.

Each of the ten variables is read from its survey items, as `mores.personas.variables.Source` says.
An item that was not asked of a respondent does not count; an answer that is missing is taken through
every value that it could have had, and the level is known only if none of them would change it. Nothing
is imputed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mores.personas.grid import indices_of
from mores.personas.variables import Source, Variable, variables
from mores.populations.population import Population

__all__ = ["NOT_ASKED", "configurations", "persona_levels"]

NOT_ASKED = -4
"""Survey code of an item that was not part of a respondent's questionnaire."""


def persona_levels(population: Population) -> NDArray[np.int8]:
    """The level of every respondent on every variable.

    Parameters
    ----------
    population : Population

    Returns
    -------
    ndarray of int8, shape (respondents, 10)
        Index of the level, in the order of the variables; -1 where it is not known.
    """
    return np.stack([_levels(variable, population) for variable in variables()], axis=1)


def configurations(population: Population) -> NDArray[np.int64]:
    """The index of every respondent's configuration in the grid of 93,312.

    Returns
    -------
    ndarray of int64, shape (respondents,)
        -1 where a variable's level is not known.
    """
    levels = persona_levels(population)
    known = (levels >= 0).all(axis=1)
    found = np.full(len(levels), -1, np.int64)
    if known.any():
        found[known] = indices_of(levels[known])
    return found


def _levels(variable: Variable, population: Population) -> NDArray[np.int8]:
    source = variable.source
    low, high = _bounds(source.items, source, population)
    enough = (~np.isnan(low)).sum(axis=0)
    if source.against:
        less_low, less_high = _bounds(source.against, source, population)
        enough += (~np.isnan(less_low)).sum(axis=0)
        ends = (
            np.nansum(low, axis=0) - np.nansum(less_high, axis=0),
            np.nansum(high, axis=0) - np.nansum(less_low, axis=0),
        )
    else:
        ends = (_combined(low, source), _combined(high, source))
    first, second = (_cut(end, source) for end in ends)
    return np.where((first == second) & (enough >= source.least_asked), first, -1).astype(np.int8)


def _bounds(
    items: tuple[str, ...], source: Source, population: Population
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest value that each answer can have had, (items, n); NaN if it was not asked."""
    pairs = [_bound(item, source, population) for item in items]
    return np.stack([low for low, _ in pairs]), np.stack([high for _, high in pairs])


def _bound(
    name: str, source: Source, population: Population
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    item = population.instrument.item(name)
    values = np.array(item.codes, dtype=np.float64)
    if source.rule in ("count", "difference"):
        values = (values == 1).astype(np.float64)
    elif source.rescaled:
        values = (values - values[0]) / (values[-1] - values[0])
    chosen = population.answers(name)
    missing = chosen < 0
    low = np.where(missing, values.min(), values[chosen])
    high = np.where(missing, values.max(), values[chosen])
    low[_unasked(name, population)] = np.nan
    high[_unasked(name, population)] = np.nan
    return low, high


def _unasked(name: str, population: Population) -> NDArray[np.bool_]:
    if name not in population.frame.columns:
        return np.ones(len(population), np.bool_)
    column = population.frame[name]
    found: NDArray[np.bool_] = column.fill_null(NOT_ASKED).to_numpy() == NOT_ASKED
    return found


def _combined(values: NDArray[np.float64], source: Source) -> NDArray[np.float64]:
    asked = ~np.isnan(values)
    if source.rule == "lowest":
        lowest: NDArray[np.float64] = np.where(asked, values, np.inf).min(axis=0)
        return lowest
    n = np.maximum(asked.sum(axis=0), 1)
    mean: NDArray[np.float64] = np.where(asked, values, 0.0).sum(axis=0) / n
    return mean * len(source.items) if source.rule == "count" else mean


def _cut(values: NDArray[np.float64], source: Source) -> NDArray[np.int64]:
    if source.codes:
        found = np.full(len(values), -1, np.int64)
        for level, code in enumerate(source.codes):
            found[values == code] = level
        return found
    # A mean that equals a cut must not fall to its wrong side by rounding.
    places = np.searchsorted(np.round(source.cuts, 9), np.round(values, 9), side="right")
    rising: NDArray[np.int64] = places.astype(np.int64)
    return len(source.cuts) - rising if source.descending else rising
