"""Which respondents personas are made of, and which of them are told apart by a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mores.errors import StudyError, nearest
from mores.keys import seed_from

if TYPE_CHECKING:
    from mores.populations.population import Population

__all__ = ["draw", "profiles"]

IntArray = NDArray[np.int64]

_MOST = 2**62


def draw(
    population: Population,
    countries: Sequence[str],
    answered: NDArray[np.bool_],
    number: int,
    seed: int,
) -> Mapping[str, IntArray]:
    """Draw respondents of each country, with replacement, by survey weight.

    Parameters
    ----------
    population : Population
    countries : sequence of str
    answered : ndarray of bool, shape (respondents,)
        Who answered enough to make a persona of.
    number : int
        How many to draw a country; the first are the same whatever the number.
    seed : int

    Returns
    -------
    mapping of str to ndarray of int64, shape (number,)
        Rows of the population.

    Raises
    ------
    StudyError
        If a country is not among the humans, or none of its respondents can be drawn.
    """
    missing = [c for c in countries if c not in population.countries]
    if missing:
        raise StudyError(
            f"countries: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not in "
            f"{population.label}; {nearest(missing[0], population.countries)}"
        )
    where = population.frame["country"].to_numpy()
    weight = np.where(answered, np.nan_to_num(population.weights), 0.0)
    found = {}
    for country in countries:
        rows = np.flatnonzero((where == country) & (weight > 0))
        if not rows.size:
            raise StudyError(
                f"countries: no respondent of {country} in {population.label} has a weight and "
                "enough of the indicators; lower personas.least_indicators, or leave it out"
            )
        upper = np.cumsum(weight[rows])
        uniform = np.random.default_rng(seed_from("respondents", seed, country)).random(number)
        drawn = np.searchsorted(upper, uniform * upper[-1], side="right")
        found[country] = rows[np.minimum(drawn, len(rows) - 1)]
    return found


def profiles(columns: NDArray[np.int8]) -> IntArray:
    """A number for each row that equal rows have in common, and no others, shape (n,).

    Parameters
    ----------
    columns : ndarray of int8, shape (n, items)
        Options, -1 for none.
    """
    number, size = np.zeros(len(columns), np.int64), 1
    for column in columns.T:
        options = int(column.max(initial=-1)) + 2
        if size * options > _MOST:
            number = np.unique(number, return_inverse=True)[1].astype(np.int64)
            size = len(columns)
        number, size = number * options + column + 1, size * options
    return number
