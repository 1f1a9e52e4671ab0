"""Intervals over units, over respondents, and over both.

Units: whole units are drawn with replacement, the same in every slice, so that a unit's answers in
several slices are one observation and not several. Respondents: those of each country and language are
drawn anew, each taking its answers to all items and its survey weight along; a language's humans are
those of its countries, each drawn within itself. Both: a row counts with how often its unit was drawn,
and its humans are those drawn (the pigeonhole bootstrap, somewhat conservative). Intervals are
percentiles, expanded for the number of units (`mores.measures.resampling.expanded_level`).

Alignment is linear in the humans' shares where answers are points; draws over respondents are then
exact. Distances of distributions are taken to first order, since the noise of resampling would add to
a distance before its sign is dropped (`mores.measures.gaps.gap_potential`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights, interval_of, percentile_interval
from mores.measures.results import Interval

__all__ = ["Drawing", "UnitBootstrap", "over_both", "over_respondents"]

FloatArray = NDArray[np.float64]
Ends: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drawing:
    """How intervals are drawn: number of draws, nominal coverage, seed."""

    draws: int
    level: float
    seed: int

    def units(self, n_units: int, stream: int = 0) -> UnitBootstrap:
        """Draw units; streams of other numbers are independent."""
        generator = np.random.default_rng([self.seed, 1, stream])
        return UnitBootstrap(cluster_weights(n_units, self.draws, generator), self.level)


@dataclass(frozen=True, slots=True, eq=False)
class UnitBootstrap:
    """Units drawn once and used for every mean of a table.

    Attributes
    ----------
    weights : ndarray of int32, shape (B, U)
        How often each unit is taken.
    level : float
        Nominal coverage.
    """

    weights: NDArray[np.int32]
    level: float

    def means(self, rows: FloatArray) -> FloatArray:
        """Draws (B, ...) of means over cells and units of rows (C, ..., U), NaN left out."""
        known = ~np.isnan(rows)
        total = np.where(known, rows, 0.0).sum(axis=0)
        weights = self.weights.astype(np.float64)
        above = weights @ np.moveaxis(total, -1, 0).reshape(weights.shape[1], -1)
        n = known.sum(axis=0).astype(np.float64)
        below = weights @ np.moveaxis(n, -1, 0).reshape(weights.shape[1], -1)
        return ratio(above, below).reshape(len(weights), *total.shape[:-1])

    def interval(self, rows: FloatArray) -> Interval:
        """Interval of the mean over cells and units of rows (C, ..., U): ends (...)."""
        n = (~np.isnan(rows)).any(axis=0).sum(axis=-1)
        return interval_of(self.means(rows), self.level, n)

    def ends(self, rows: FloatArray) -> Ends:
        """The same of rows (C, U), as two numbers."""
        found = self.interval(rows)
        return float(found.low), float(found.high)


def over_respondents(rows: FloatArray, moved: FloatArray | None, level: float) -> Ends:
    """Interval of the mean of rows when respondents are drawn and units are as they are.

    Parameters
    ----------
    rows : ndarray of float, shape (C, U)
        NaN where a row does not count.
    moved : ndarray of float, shape (B, U), or None
        By how much each draw moves the sum over cells; None where it is not known.
    level : float

    Returns
    -------
    low, high : float
        NaN where there is none.
    """
    n = int((~np.isnan(rows)).sum())
    if moved is None or n == 0:
        return float("nan"), float("nan")
    found = percentile_interval(np.nansum(rows) / n + moved.sum(axis=1) / n, level)
    return float(found.low), float(found.high)


def over_both(rows: FloatArray, moved: FloatArray | None, units: UnitBootstrap) -> Ends:
    """Interval of the mean of rows when units and respondents are drawn, each by themselves.

    Parameters
    ----------
    rows, moved
        As for `over_respondents`.
    units : UnitBootstrap

    Returns
    -------
    low, high : float
        NaN where there is none.

    References
    ----------
    Owen (2007), Annals of Applied Statistics 1(2), 386–411, doi:10.1214/07-AOAS122.
    """
    known = ~np.isnan(rows)
    if moved is None or not known.any():
        return float("nan"), float("nan")
    n = known.sum(axis=0).astype(np.float64)
    weights = units.weights.astype(np.float64)
    total = weights @ np.where(known, rows, 0.0).sum(axis=0) + (weights * moved).sum(axis=1)
    found = interval_of(ratio(total, weights @ n), units.level, int((n > 0).sum()))
    return float(found.low), float(found.high)
