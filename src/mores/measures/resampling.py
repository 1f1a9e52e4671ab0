"""Bootstrap over clusters, as weights: one row a draw, one column a cluster.

The unit of resampling is what a claim generalises over: dilemmas for value–action, respondents for
human distributions. A draw takes clusters with replacement, so it is a vector of whole numbers that
says how often each is taken, and every mean, ratio or table of counts of all draws is one matrix
product with sums by cluster. Statistics computed with the same weights are paired: the difference of
their draws is the bootstrap of their difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import (
    FloatArray,
    Seed,
    at_least_one,
    coverage_level,
    group_index,
    observed,
    paired,
    sign_table,
)
from mores.measures.ratio import ratio
from mores.measures.results import Interval

__all__ = [
    "ClusterBootstrap",
    "bootstrap_ratio",
    "bootstrap_statistic",
    "cluster_sums",
    "cluster_weights",
    "expanded_level",
    "interval_of",
    "percentile_interval",
    "two_way_mean",
]

_BLOCK = 1 << 22


def cluster_weights(n_clusters: int, draws: int, seed: Seed) -> NDArray[np.int32]:
    """How often each cluster is taken in each draw.

    Parameters
    ----------
    n_clusters : int
        Number of clusters, at least 1; each draw takes as many, with replacement.
    draws : int
        Number of draws, at least 1; 2,000 or more for a 95 % interval.
    seed : int or numpy.random.Generator
        Randomness.

    Returns
    -------
    ndarray of int32, shape (draws, n_clusters)
        Each row sums to `n_clusters`.

    Raises
    ------
    ValueError
        If a number is below 1.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapters 6 and 8.
    """
    at_least_one(n_clusters, "n_clusters")
    at_least_one(draws, "draws")
    generator = np.random.default_rng(seed)
    weights = np.empty((draws, n_clusters), dtype=np.int32)
    block = max(1, _BLOCK // n_clusters)
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        taken = generator.integers(0, n_clusters, size=(rows, n_clusters))
        taken += np.arange(rows)[:, None] * n_clusters
        counted = np.bincount(taken.ravel(), minlength=rows * n_clusters)
        weights[start : start + rows] = counted.reshape(rows, n_clusters)
    return weights


def cluster_sums(
    values: ArrayLike, clusters: ArrayLike, n_clusters: int
) -> tuple[FloatArray, FloatArray]:
    """Sum and number of the coded values of each cluster, what a bootstrap of means needs.

    Parameters
    ----------
    values : array_like
        Values of any shape; NaN for missing, which is left out of both.
    clusters : array_like of int, same shape
        Cluster of each value, 0 … n_clusters - 1.
    n_clusters : int
        Number of clusters, those without a value included.

    Returns
    -------
    sums, counts : ndarray of float, shape (n_clusters,)
        Both 0 for a cluster without a coded value.

    Raises
    ------
    ValueError
        If shapes differ or a cluster lies outside its range.
    """
    array = observed(values, "values")
    size = at_least_one(n_clusters, "n_clusters")
    index = group_index(clusters, array.shape, size, "clusters")
    coded = ~np.isnan(array)
    counts = np.bincount(index[coded], minlength=size).astype(np.float64)
    sums = np.bincount(index[coded], weights=array[coded], minlength=size)
    return sums.astype(np.float64), counts


def _weight_table(weights: ArrayLike, n_clusters: int) -> NDArray[np.generic]:
    table = np.asarray(weights)
    if table.ndim != 2 or table.shape[0] == 0 or table.shape[1] != n_clusters:
        raise ValueError(
            f"weights has shape {table.shape}; allowed: (draws, {n_clusters}), a column for each "
            f"cluster; make them with cluster_weights({n_clusters}, draws, seed)"
        )
    return table


def _weighted_sums(weights: ArrayLike, table: FloatArray, name: str) -> FloatArray:
    """Sums over the first axis of (C, ...) for every draw: (B, ...)."""
    if table.ndim == 0 or np.isnan(table).any():
        raise ValueError(
            f"{name} is a single number or holds NaN; allowed: one finite sum for each cluster, 0 "
            "for a cluster without coded values; make them with cluster_sums or sign_counts"
        )
    rows = _weight_table(weights, table.shape[0])
    flat = table.reshape(table.shape[0], -1)
    sums = np.empty((rows.shape[0], flat.shape[1]))
    block = max(1, _BLOCK // rows.shape[1])
    for start in range(0, rows.shape[0], block):
        sums[start : start + block] = rows[start : start + block].astype(np.float64) @ flat
    return sums.reshape(rows.shape[0], *table.shape[1:])


def bootstrap_ratio(numerator: ArrayLike, denominator: ArrayLike, weights: ArrayLike) -> FloatArray:
    """Draws of a ratio of sums over clusters, such as a mean over clusters of unequal size.

    Parameters
    ----------
    numerator, denominator : array_like, shape (C, ...)
        Sums by cluster; for a mean, those of `cluster_sums`. No NaN: a cluster without coded values
        holds 0 in both.
    weights : array_like, shape (B, C)
        From `cluster_weights`.

    Returns
    -------
    ndarray of float, shape (B, ...)
        NaN in draws whose denominator is 0.

    Raises
    ------
    ValueError
        If shapes do not fit or a sum is NaN or infinite.
    """
    above, below = paired(numerator, denominator, ("numerator", "denominator"))
    total = _weighted_sums(weights, above, "numerator")
    size = _weighted_sums(weights, below, "denominator")
    return ratio(total, size)


def bootstrap_statistic(
    counts: ArrayLike, weights: ArrayLike, function: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Draws of a statistic of pooled counts, such as an F1 score.

    Parameters
    ----------
    counts : array_like, shape (C, ..., 4)
        Counts by cluster, from `mores.measures.agreement.sign_counts`.
    weights : array_like, shape (B, C)
        From `cluster_weights`.
    function : callable
        From counts (..., 4) to statistics (...), such as `mores.measures.agreement.f1_agree`.

    Returns
    -------
    ndarray of float, shape (B, ...)
        NaN where the function is undefined.

    Raises
    ------
    ValueError
        If shapes do not fit or a count is missing or negative.
    """
    table = sign_table(counts)
    if table.ndim < 2:
        raise ValueError(
            f"counts has shape {table.shape}; allowed: (C, ..., 4), a row for each cluster; count "
            "with groups to keep clusters apart"
        )
    return np.asarray(function(_weighted_sums(weights, table, "counts")), dtype=np.float64)


def expanded_level(level: float, n: int) -> float:
    r"""Percentile level at which the bootstrap interval of a mean of few clusters covers as it says.

    Resampling n clusters understates the variance of a mean by (n - 1)/n and takes a normal for a t
    distribution. Percentiles are therefore taken at :math:`\Phi(\mp\sqrt{n/(n-1)}\,t_{n-1})`.

    Parameters
    ----------
    level : float
        Nominal coverage wanted, between 0 and 1.
    n : int
        Number of clusters with data, at least 2.

    Returns
    -------
    float
        The level to hand to `percentile_interval`: above `level`, and near it for many clusters.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1 or n is below 2.

    References
    ----------
    Hesterberg (2015), The American Statistician 69(4), 371–386, doi:10.1080/00031305.2015.1089789
    (the expanded percentile interval).
    """
    from scipy import special

    coverage_level(level)
    if n < 2:
        raise ValueError(f"n is {n}; allowed: 2 and more; one cluster says nothing of its spread")
    quantile = float(special.stdtrit(n - 1, (1 + level) / 2))
    wide = float(1 - 2 * special.ndtr(-quantile * np.sqrt(n / (n - 1))))
    return min(wide, float(np.nextafter(1.0, 0.0)))  # of two clusters it would round to 1


def percentile_interval(draws: ArrayLike, level: float = 0.95) -> Interval:
    """Percentile interval of bootstrap draws.

    Parameters
    ----------
    draws : array_like, shape (B, ...)
        Draws along the first axis. NaN, a draw in which the statistic is undefined, is left out, so
        that the interval speaks of the draws in which it is defined.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    Interval
        Ends of shape (...), by linear interpolation between order statistics; NaN where every draw
        is NaN.

    Raises
    ------
    ValueError
        If there is no draw, or the level is not between 0 and 1.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    table = observed(draws, "draws")
    coverage_level(level)
    if table.ndim == 0 or table.shape[0] == 0:
        raise ValueError(
            f"draws has shape {table.shape}; allowed: (B, ...) with at least one draw; draw more"
        )
    ordered = np.sort(table, axis=0)
    last = np.asarray((~np.isnan(ordered)).sum(axis=0) - 1)
    ends = []
    for quantile in ((1.0 - level) / 2.0, (1.0 + level) / 2.0):
        place = quantile * np.maximum(last, 0)
        floor = np.floor(place).astype(np.int64)
        ceiling = np.minimum(floor + 1, np.maximum(last, 0))
        low = np.take_along_axis(ordered, floor[None], axis=0)[0]
        high = np.take_along_axis(ordered, ceiling[None], axis=0)[0]
        ends.append(np.asarray(low + (high - low) * (place - floor)))
    return Interval(ends[0], ends[1], level)


def interval_of(
    draws: NDArray[np.floating[Any]], level: float, n: NDArray[np.int64] | int
) -> Interval:
    """Percentile interval of a bootstrapped mean of n clusters, expanded for their number.

    Parameters
    ----------
    draws : ndarray of float, shape (B, ...)
        NaN where a draw met nothing.
    level : float
        Nominal coverage.
    n : int or ndarray of int, shape (...)
        Clusters with data; below 2 there is no interval.

    Returns
    -------
    Interval
        Ends of shape (...); NaN where there is none.
    """
    shape = draws.shape[1:]
    flat = draws.reshape(len(draws), -1)
    sizes = np.broadcast_to(n, shape).ravel()
    ends = np.full((2, sizes.size), np.nan)
    for size in np.unique(sizes[sizes >= 2]):
        take = np.flatnonzero(sizes == size)
        found = percentile_interval(flat[:, take], expanded_level(level, int(size)))
        ends[:, take] = found.low, found.high
    return Interval(ends[0].reshape(shape), ends[1].reshape(shape), level)


@dataclass(frozen=True, slots=True, eq=False)
class ClusterBootstrap:
    """Weights drawn once and used for every statistic of a table, which pairs their draws.

    Attributes
    ----------
    weights : ndarray of int32, shape (draws, n_clusters)
        From `cluster_weights`.
    """

    weights: NDArray[np.int32]

    @classmethod
    def draw(cls, n_clusters: int, draws: int, seed: Seed) -> ClusterBootstrap:
        """Draw the weights; parameters and errors as in `cluster_weights`."""
        return cls(cluster_weights(n_clusters, draws, seed))

    def mean(self, sum_per_cluster: ArrayLike, n_per_cluster: ArrayLike) -> FloatArray:
        """Draws (B, ...) of means over clusters; see `bootstrap_ratio`."""
        return bootstrap_ratio(sum_per_cluster, n_per_cluster, self.weights)

    def of_counts(
        self, counts: ArrayLike, function: Callable[[FloatArray], FloatArray]
    ) -> FloatArray:
        """Draws (B, ...) of a statistic of pooled counts; see `bootstrap_statistic`."""
        return bootstrap_statistic(counts, self.weights, function)


def two_way_mean(
    values: ArrayLike, draws: int, seed: Seed, respondent_weights: ArrayLike | None = None
) -> FloatArray:
    """Draws of a mean when questions and respondents are both samples.

    Rows and columns are drawn independently of each other and a cell counts with the product of the
    two, the pigeonhole bootstrap, which is somewhat conservative.

    Parameters
    ----------
    values : array_like, shape (Q, R)
        Questions by respondents; NaN for missing, which is left out.
    draws : int
        Number of draws, at least 1.
    seed : int or numpy.random.Generator
        Randomness.
    respondent_weights : array_like, shape (R,), optional
        Survey weights of 0 and more, in any unit; 1 each when None.

    Returns
    -------
    ndarray of float, shape (draws,)
        Means in the units of the values; NaN for draws that met no value.

    Raises
    ------
    ValueError
        If shapes do not fit, or a weight is missing or negative.

    References
    ----------
    Owen (2007), Annals of Applied Statistics 1(2), 386–411, doi:10.1214/07-AOAS122.
    """
    table = observed(values, "values")
    if table.ndim != 2:
        raise ValueError(
            f"values has shape {table.shape}; allowed: (questions, respondents); reshape it"
        )
    n_questions, n_respondents = table.shape
    survey = _survey_weights(respondent_weights, n_respondents)
    generator = np.random.default_rng(seed)
    coded = (~np.isnan(table)).astype(np.float64)
    values_or_zero = np.nan_to_num(table)
    means = np.empty(at_least_one(draws, "draws"))
    block = max(1, _BLOCK // max(table.shape))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        questions = cluster_weights(n_questions, size, generator).astype(np.float64)
        respondents = cluster_weights(n_respondents, size, generator) * survey
        total = ((questions @ values_or_zero) * respondents).sum(axis=1)
        means[start : start + size] = ratio(total, ((questions @ coded) * respondents).sum(axis=1))
    return means


def _survey_weights(weights: ArrayLike | None, n_respondents: int) -> FloatArray:
    if weights is None:
        return np.ones(n_respondents)
    survey = observed(weights, "respondent_weights")
    if survey.shape != (n_respondents,) or np.isnan(survey).any() or (survey < 0).any():
        raise ValueError(
            f"respondent_weights has shape {survey.shape} and least value {survey.min(initial=0)}; "
            f"allowed: shape ({n_respondents},), each 0 or more and none missing; leave out "
            "respondents without a weight"
        )
    return survey
