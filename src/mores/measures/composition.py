"""How far the composition of a sample is from that of a population, with its precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import at_least_one, coverage_level
from mores.measures.proportions import total_variation
from mores.measures.results import Interval

__all__ = ["CompositionGap", "composition_gap"]


@dataclass(frozen=True, slots=True, eq=False)
class CompositionGap:
    """Total variation distance between two compositions.

    Attributes
    ----------
    distance : float
        Half the sum of absolute differences of shares, 0 (equal) … 1 (disjoint): the share of the
        sample that would have to be of another kind. NaN where nothing was counted.
    interval : Interval
        Percentile bootstrap.
    chance : float
        Mean distance of draws of the sample's size from the population's own shares: what would be
        seen if there were no difference.
    """

    distance: float
    interval: Interval
    chance: float


def composition_gap(
    counts: ArrayLike,
    shares: ArrayLike,
    n_effective: float,
    draws: int = 2000,
    level: float = 0.95,
    seed: int | np.random.Generator = 0,
) -> CompositionGap:
    """Compare counts of a sample with a population's shares.

    Both are drawn anew in each of the bootstrap's draws: the sample from its own shares, the
    population as a multinomial of its effective size. A distance cannot be negative, so that its draws
    lie above it where the true one is near 0; read it beside `CompositionGap.chance`.

    Parameters
    ----------
    counts : array_like of int, shape (K,)
        Of K >= 2 kinds in the sample.
    shares : array_like, shape (K,)
        Of the kinds in the population, weighted; they are divided by their sum.
    n_effective : float
        Kish's effective number of respondents behind `shares`, at least 1.
    draws : int
        At least 1; 2,000 or more for an interval to report.
    level : float
        Nominal coverage, between 0 and 1.
    seed : int or Generator

    Raises
    ------
    ValueError
        If the shapes differ, a count or share is negative or missing, or a number is out of range.
    """
    n_draws, coverage = at_least_one(draws, "draws"), coverage_level(level)
    distance = float(total_variation(counts, shares))
    sample, population = np.asarray(counts), np.asarray(shares, np.float64)
    n, total = int(sample.sum()), float(population.sum())
    if not n_effective >= 1:
        raise ValueError(
            f"n_effective {n_effective}; allowed: 1 and more, the effective sample size"
        )
    if n == 0 or total == 0:
        nothing = np.full((), np.nan)
        return CompositionGap(distance, Interval(nothing, nothing, coverage), float("nan"))
    random = np.random.default_rng(seed)
    humans = population / total
    drawn = random.multinomial(n, sample / n, n_draws)
    others = random.multinomial(round(n_effective), humans, n_draws)
    gaps = total_variation(drawn, others)
    low, high = np.quantile(gaps, [(1 - coverage) / 2, (1 + coverage) / 2])
    chance = total_variation(random.multinomial(n, humans, n_draws), humans).mean()
    return CompositionGap(
        distance, Interval(np.asarray(low), np.asarray(high), coverage), float(chance)
    )
