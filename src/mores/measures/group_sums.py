"""Weighted sums by group and weighting, fed in blocks, with what a bootstrap of them needs.

Nothing holds all observations: each block is added to sums by cluster (C), weighting (W), group (G) and
column (M), and forgotten. An observation may be in several groups at once, one of each attribute, and
count under several weightings side by side, such as uniform and by prevalence.

**The bootstrap is one of random groups.** Observations are dealt at random into C clusters of equal
size, and clusters are drawn with replacement: for a ratio of sums this estimates the same variance as
drawing observations, with C - 1 degrees of freedom, at a cost that does not grow with their number. With
as many clusters as observations it is the ordinary bootstrap. Clusters must be dealt at random:
neighbouring configurations are alike, and a cluster of neighbours varies too much.

References
----------
Wolter (2007), Introduction to Variance Estimation, 2nd edition, chapter 2 (the random group method).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, IntArray, Seed, at_least_one, observed
from mores.measures.ratio import ratio
from mores.measures.resampling import interval_of
from mores.measures.results import Interval

__all__ = ["CLUSTERS", "GroupSums", "Members", "centred_interval", "random_clusters"]

CLUSTERS = 256
"""Clusters enough for a 95 % interval: the variance is then known to within about 9 %."""


def random_clusters(n: int, n_clusters: int = CLUSTERS, seed: Seed = 0) -> IntArray:
    """Deal observations at random into clusters whose sizes differ by one at most.

    Parameters
    ----------
    n : int
        Observations.
    n_clusters : int
        Clusters wanted; never more than there are observations.
    seed : int or numpy.random.Generator
        Randomness.

    Returns
    -------
    ndarray of int, shape (n,)
        0 … min(n, n_clusters) - 1.

    Raises
    ------
    ValueError
        If a number is below 1.
    """
    size = min(at_least_one(n, "n"), at_least_one(n_clusters, "n_clusters"))
    return np.random.default_rng(seed).permutation(np.arange(n, dtype=np.int64) % size)


def centred_interval(
    draws: ArrayLike, estimate: ArrayLike, level: float, n: IntArray | int
) -> tuple[Interval, FloatArray]:
    """Percentile interval, about the estimate, of what noise moves one way and is in 0 … 1.

    A distance, or a share of variance, cannot fall below 0, so noise makes it larger, and noise upon
    noise larger again: draws of an alignment lie below the estimate on average, near the ceiling all
    of them. Their percentiles are therefore shifted by that bias. The interval is about what such
    samples give on average; that noise moved the estimate itself by about the same bias is for a
    reference to show, such as the split-half ceiling.

    Parameters
    ----------
    draws : array_like, shape (B, ...)
        Along the first axis; NaN where the statistic was undefined.
    estimate : array_like, shape (...)
        From the data that were drawn from.
    level : float
        Nominal coverage, between 0 and 1.
    n : int or ndarray of int, shape (...)
        Clusters behind the draws; there is no interval below 2.

    Returns
    -------
    interval : Interval
        Ends 0 … 1, of shape (...).
    bias : ndarray of float, shape (...)
        Mean of the draws less the estimate; NaN without draws.
    """
    table, value = observed(draws, "draws"), observed(estimate, "estimate")
    there = ~np.isnan(table)
    bias = ratio(np.where(there, table, 0.0).sum(axis=0), there.sum(axis=0)) - value
    found = interval_of(table - bias, level, n)
    return Interval(found.low.clip(0.0, 1.0), found.high.clip(0.0, 1.0), level), bias


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Checked memberships of some observations.

    Attributes
    ----------
    table : ndarray of float, shape (n, W * G)
        Weight of each observation in each group under each weighting.
    clusters : ndarray of int, shape (n,)
        Cluster of each.
    """

    table: FloatArray
    clusters: IntArray

    @classmethod
    def of(
        cls,
        n: int,
        size: tuple[int, int, int],
        groups: ArrayLike,
        weights: ArrayLike | None,
        clusters: ArrayLike | None,
    ) -> Members:
        """Check the arguments of `GroupSums.add`, which see; `size` is (C, W, G)."""
        n_clusters, n_weightings, n_groups = size
        index = _index(groups, n, n_groups)
        weight = _weights(weights, n, n_weightings)
        table = np.zeros((n, n_weightings, n_groups))
        for column in index.T:
            rows = np.flatnonzero(column >= 0)
            table[rows, :, column[rows]] += weight[rows]
        return cls(
            table.reshape(n, n_weightings * n_groups), _cluster_index(clusters, n, n_clusters)
        )


@dataclass(slots=True, eq=False)
class GroupSums:
    """Sums of columns by cluster, weighting and group.

    Attributes
    ----------
    n_groups, n_columns, n_weightings, n_clusters : int
        G, M, W and C, at least 1 each.
    totals : ndarray of float, shape (C, W, G, M)
        The sums so far.
    """

    n_groups: int
    n_columns: int
    n_weightings: int = 1
    n_clusters: int = 1
    totals: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        for name in ("n_groups", "n_columns", "n_weightings", "n_clusters"):
            at_least_one(getattr(self, name), name)
        self.totals = np.zeros((*self.size, self.n_columns))

    @property
    def size(self) -> tuple[int, int, int]:
        """(C, W, G)."""
        return self.n_clusters, self.n_weightings, self.n_groups

    def members(
        self, n: int, groups: ArrayLike, weights: ArrayLike | None, clusters: ArrayLike | None
    ) -> Members:
        """Check the groups, weights and clusters of n observations; see `add`."""
        return Members.of(n, self.size, groups, weights, clusters)

    def add(
        self,
        columns: ArrayLike,
        groups: ArrayLike,
        weights: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
    ) -> None:
        """Add a block of observations.

        Parameters
        ----------
        columns : array_like, shape (n, M)
            Finite numbers; 0, with 0 in the column that counts, for what is missing.
        groups : array_like of int, shape (n,) or (n, A)
            Groups that each is in, 0 … G - 1, at most one an attribute; -1 for none.
        weights : array_like, shape (n,) or (n, W), optional
            0 and more; 1 each if None.
        clusters : array_like of int, shape (n,), optional
            0 … C - 1; may be left out if there is one.

        Raises
        ------
        ValueError
            If shapes do not fit, or something is out of range.
        """
        values = observed(columns, "columns")
        if values.ndim != 2 or values.shape[1] != self.n_columns or np.isnan(values).any():
            raise ValueError(
                f"columns has shape {values.shape} and {int(np.isnan(values).sum())} missing numbers; "
                f"allowed: (n, {self.n_columns}), none missing; write 0 for what is not to count"
            )
        self.add_members(values, self.members(len(values), groups, weights, clusters))

    def add_members(self, values: FloatArray, members: Members) -> None:
        """Add checked columns (n, M) of checked members; without copies beyond their sorting."""
        wide = self.totals.reshape(self.n_clusters, -1, self.n_columns)
        if self.n_clusters == 1:
            wide[0] += members.table.T @ values
            return
        order = np.argsort(members.clusters, kind="stable")
        table, values = members.table[order], values[order]
        present, starts = np.unique(members.clusters[order], return_index=True)
        ends = np.append(starts, len(order))[1:]
        for cluster, start, end in zip(present, starts, ends, strict=True):
            wide[cluster] += table[start:end].T @ values[start:end]


def _index(groups: ArrayLike, n: int, n_groups: int) -> IntArray:
    index = np.asarray(groups)
    index = index[:, None] if index.ndim == 1 else index
    if index.ndim != 2 or len(index) != n or not np.issubdtype(index.dtype, np.integer):
        raise ValueError(
            f"groups has shape {np.shape(groups)} and type {index.dtype}; allowed: integers of shape "
            f"({n},) or ({n}, attributes); number the groups first"
        )
    if index.size and (index.min() < -1 or index.max() >= n_groups):
        raise ValueError(
            f"groups runs from {index.min()} to {index.max()}; allowed: 0 … {n_groups - 1}, and -1 for "
            "in none; number the groups from 0, or raise the number of groups"
        )
    return index.astype(np.int64)


def _weights(weights: ArrayLike | None, n: int, n_weightings: int) -> FloatArray:
    if weights is None:
        return np.ones((n, n_weightings))
    given = observed(weights, "weights")
    given = given[:, None] if given.ndim == 1 else given
    if given.shape != (n, n_weightings) or not (given >= 0).all():
        raise ValueError(
            f"weights has shape {np.shape(weights)} and least value {given.min(initial=np.inf)}; "
            f"allowed: shape ({n}, {n_weightings}), 0 or more for each and none missing; give 0 to who "
            "has no weight, and count them"
        )
    return given


def _cluster_index(clusters: ArrayLike | None, n: int, n_clusters: int) -> IntArray:
    if clusters is None and n_clusters == 1:
        return np.zeros(n, np.int64)
    index: NDArray[np.generic] = np.asarray(clusters if clusters is not None else [])
    fits = index.shape == (n,) and np.issubdtype(index.dtype, np.integer)
    if clusters is None or not fits or (n and not 0 <= index.min() <= index.max() < n_clusters):
        raise ValueError(
            f"clusters has shape {index.shape}; allowed: integers 0 … {n_clusters - 1} of shape "
            f"({n},), one for each observation; deal them with random_clusters"
        )
    return index.astype(np.int64)
