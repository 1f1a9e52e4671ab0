r"""How far each level of some variables moves an outcome, and each variable's share of its variance.

Main effects of V categorical variables on D outcomes are estimated together by weighted least squares,
with the effects of a variable's levels summing to 0, so that an effect is the movement from the
variable's mean, levels weighing alike. The share of a variable is

.. math:: \eta^2_v = \frac{SS(\text{all}) - SS(\text{all but } v)}{SS_\mathrm{total}}

Over a full grid with equal weights the design is orthogonal: effects are then differences of plain
means, :math:`\eta^2_v` is the sum of squares between levels over the total, and what all variables
leave of 1 is interaction and noise. In a sample, or under weights, variables overlap;
:math:`\eta^2_v` is then what the variable alone explains, and the shares do not sum to what all explain.
By chance alone a variable of k levels explains about (k - 1)/n.

References
----------
Searle (1971), Linear Models, chapter 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.correlation import survey_weights
from mores.measures.group_sums import centred_interval
from mores.measures.inputs import FloatArray, IntArray, Seed, group_index, observed
from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights, interval_of
from mores.measures.results import Interval

__all__ = ["EffectIntervals", "LevelEffects", "effect_intervals", "level_effects"]

_BLOCK = 1 << 14  # observations in memory as indicators
_LEAST_EIGENVALUE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class LevelEffects:
    """Effects of the levels (L, those of all variables one after the other) of V variables.

    Attributes
    ----------
    means : ndarray of float, shape (L, D)
        Weighted mean of the outcomes at the level, whatever else differs; NaN at a level that nobody
        has.
    movement : ndarray of float, shape (L, D)
        Main effect: movement from the mean of the variable's levels, other variables held. NaN at a
        level that nobody has, and everywhere if the variables cannot be told apart.
    eta2 : ndarray of float, shape (V, D)
        0 … 1; NaN for an outcome that is constant.
    explained : ndarray of float, shape (D,)
        Share of the variance that all main effects explain together.
    n : ndarray of int, shape (L,)
        Observations at the level with outcomes and a weight above 0.
    missing : int
        Observations with a weight above 0 that lack an outcome.
    """

    means: FloatArray
    movement: FloatArray
    eta2: FloatArray
    explained: FloatArray
    n: IntArray
    missing: int


@dataclass(frozen=True, slots=True, eq=False)
class EffectIntervals:
    """Bootstrap intervals of `LevelEffects`: of the shapes of `means`, `movement` and `eta2`.

    Those of `means` and `movement` are percentiles; those of `eta2`, which resampling makes larger,
    are shifted to lie about the estimate.
    """

    means: Interval
    movement: Interval
    eta2: Interval


def level_effects(
    outcomes: ArrayLike, levels: ArrayLike, sizes: Sequence[int], weights: ArrayLike | None = None
) -> LevelEffects:
    """Main effects of variables on outcomes.

    Parameters
    ----------
    outcomes : array_like, shape (N, D)
        NaN for missing; an observation that lacks one is left out and counted.
    levels : array_like of int, shape (N, V)
        Level of each variable, from 0.
    sizes : sequence of int, length V
        Number of levels of each variable.
    weights : array_like, shape (N,), optional
        0 and more, in any unit; NaN or 0 leaves an observation out. 1 each if None.

    Returns
    -------
    LevelEffects

    Raises
    ------
    ValueError
        If shapes do not fit, or a level or a weight is out of range.
    """
    problem = _Problem.of(outcomes, levels, sizes, weights)
    solved = problem.solve(problem.moments(np.zeros(len(problem.levels), np.int64), 1))
    return LevelEffects(
        means=solved.means[0],
        movement=solved.movement[0],
        eta2=solved.eta2[0],
        explained=solved.explained[0],
        n=problem.n,
        missing=problem.missing,
    )


def effect_intervals(
    outcomes: ArrayLike,
    levels: ArrayLike,
    sizes: Sequence[int],
    weights: ArrayLike | None,
    clusters: ArrayLike,
    draws: int,
    seed: Seed,
    level: float = 0.95,
) -> EffectIntervals:
    """Intervals of `level_effects`, by the bootstrap of random groups.

    Of the full grid they say how far the estimates would move with other personas of the same kind;
    the configurations themselves are then all there.

    Parameters
    ----------
    outcomes, levels, sizes, weights
        As for `level_effects`.
    clusters : array_like of int, shape (N,)
        From `mores.measures.group_sums.random_clusters`.
    draws : int
        At least 1; 2,000 for a 95 % interval. Draws in which a level is not met are left out.
    seed : int or numpy.random.Generator
        Randomness.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    EffectIntervals

    Raises
    ------
    ValueError
        As `level_effects`, and if a cluster is below 0.
    """
    problem = _Problem.of(outcomes, levels, sizes, weights)
    total = len(problem.kept)
    given = np.asarray(clusters)
    size = int(given.max(initial=0)) + 1 if given.dtype.kind in "iu" else 1
    index = group_index(given, (total,), size, "clusters")[problem.kept]
    moments = problem.moments(index, size)
    taken = cluster_weights(size, draws, seed).astype(np.float64)
    drawn = problem.solve((taken @ moments.reshape(size, -1)).reshape(-1, *moments.shape[1:]))
    found = problem.solve(moments.sum(axis=0, keepdims=True))
    used = np.unique(index).size
    return EffectIntervals(
        interval_of(drawn.means, level, used),
        interval_of(drawn.movement, level, used),
        centred_interval(drawn.eta2, found.eta2[0], level, used)[0],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Solved:
    """Estimates of B weighted samples."""

    means: FloatArray
    movement: FloatArray
    eta2: FloatArray
    explained: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """Checked observations, outcomes standardised, and the contrasts of the levels that occur."""

    scores: FloatArray  # (n, D)
    levels: IntArray  # (n, V), as places among all L levels
    weights: FloatArray  # (n,)
    centre: FloatArray  # (D,)
    scale: FloatArray  # (D,), 0 for a constant
    sizes: tuple[int, ...]
    n: IntArray  # (L,)
    missing: int
    kept: NDArray[np.bool_]  # (N,) of bool

    @classmethod
    def of(
        cls,
        outcomes: ArrayLike,
        levels: ArrayLike,
        sizes: Sequence[int],
        weights: ArrayLike | None,
    ) -> _Problem:
        table, index = observed(outcomes, "outcomes"), np.asarray(levels)
        counts = tuple(int(size) for size in sizes)
        if table.ndim != 2 or index.shape != (len(table), len(counts)) or min(counts) < 1:
            raise ValueError(
                f"outcomes has shape {table.shape}, levels {index.shape} and sizes {counts}; allowed: "
                "(N, D), (N, V) and V numbers of levels of 1 and more; give each observation a level "
                "of each variable"
            )
        if not np.issubdtype(index.dtype, np.integer) or (
            index.size and ((index < 0) | (index >= np.array(counts))).any()
        ):
            raise ValueError(
                f"levels is of type {index.dtype} and runs to {index.max(axis=0, initial=0).tolist()}; "
                f"allowed: integers from 0 below {list(counts)}; number the levels from 0"
            )
        weight = survey_weights(np.ones(len(table)) if weights is None else weights, len(table))
        there = ~np.isnan(table).any(axis=1)
        kept = there & (weight > 0)
        firsts = np.cumsum((0, *counts[:-1]))
        chosen, place = table[kept], index[kept].astype(np.int64) + firsts
        used = weight[kept] / weight.max(initial=0) if kept.any() else weight[kept]
        centre = ratio(used @ chosen, used.sum())
        centred = chosen - centre
        scale = np.sqrt(ratio(used @ centred**2, used.sum()))
        scale = np.where(scale > 1e-12 * np.abs(centre), scale, 0.0)
        scores = np.nan_to_num(ratio(centred, scale))
        n = np.bincount(place.ravel(), minlength=sum(counts))
        missing = int((~there & (weight > 0)).sum())
        return cls(scores, place, used, centre, scale, counts, n, missing, kept)

    def moments(self, clusters: IntArray, n_clusters: int) -> FloatArray:
        """Weighted cross-products of levels and scores, (C, L + D, L + D)."""
        n_levels, width = sum(self.sizes), sum(self.sizes) + self.scores.shape[1]
        found = np.zeros((n_clusters, width, width))
        order = np.argsort(clusters, kind="stable")
        ends = np.searchsorted(clusters[order], np.arange(n_clusters), side="right")
        for cluster, (start, end) in enumerate(zip(np.append(0, ends[:-1]), ends, strict=True)):
            for first in range(start, end, _BLOCK):
                rows = order[first : min(end, first + _BLOCK)]
                table = np.zeros((len(rows), width))
                table[np.arange(len(rows))[:, None], self.levels[rows]] = 1.0
                table[:, n_levels:] = self.scores[rows]
                found[cluster] += (table * self.weights[rows, None]).T @ table
        return found

    def solve(self, moments: FloatArray) -> _Solved:
        """Estimates from moments (B, L + D, L + D)."""
        n_levels = sum(self.sizes)
        contrasts, parts = self._contrasts()
        gram = contrasts.T @ moments[:, :n_levels, :n_levels] @ contrasts
        right = contrasts.T @ moments[:, :n_levels, n_levels:]
        inverse = _inverse(gram)
        beta = inverse @ right  # (B, P, D)
        weight, sums = gram[:, 0, 0], right[:, 0]
        squares = np.diagonal(moments, axis1=1, axis2=2)[:, n_levels:]
        total = squares - ratio(sums**2, weight[:, None])
        total = np.where(total > 1e-12 * np.maximum(squares, 0.0), total, 0.0)
        model = (beta * right).sum(axis=1) - ratio(sums**2, weight[:, None])
        eta2 = np.full((len(moments), len(self.sizes), self.scores.shape[1]), np.nan)
        for v, part in enumerate(parts):
            own = beta[:, part]
            if own.shape[1]:
                information = _inverse(inverse[:, part, part])
                eta2[:, v] = ratio((own * (information @ own)).sum(axis=1), total)
            else:
                eta2[:, v] = ratio(np.zeros_like(total), total)
        movement = contrasts[None, :, 1:] @ beta[:, 1:] * self.scale
        movement[:, self.n == 0] = np.nan
        held = np.diagonal(moments, axis1=1, axis2=2)[:, :n_levels]
        means = ratio(moments[:, :n_levels, n_levels:], held[..., None]) * self.scale + self.centre
        return _Solved(means, movement, eta2.clip(0.0, 1.0), ratio(model, total).clip(0.0, 1.0))

    def _contrasts(self) -> tuple[FloatArray, list[slice]]:
        """Columns (L, 1 + P): the constant, then each variable's levels but the last against it."""
        constant = np.zeros(sum(self.sizes))
        constant[: self.sizes[0]] = 1.0  # everybody has one level of the first variable
        columns, parts, first = [constant], [], 0
        for size in self.sizes:
            present = first + np.flatnonzero(self.n[first : first + size])
            begin = len(columns)
            for place in present[:-1]:
                column = np.zeros(sum(self.sizes))
                column[place], column[present[-1]] = 1.0, -1.0
                columns.append(column)
            parts.append(slice(begin, len(columns)))
            first += size
        return np.stack(columns, axis=1), parts


def _inverse(gram: FloatArray) -> FloatArray:
    """Inverses (B, P, P) of Gram matrices; NaN where the columns cannot be told apart."""
    scale = np.sqrt(np.diagonal(gram, axis1=1, axis2=2))
    fits = np.isfinite(scale).all(axis=1) & (scale > 0).all(axis=1)
    result = np.full(gram.shape, np.nan)
    if not fits.any():
        return result
    outer = scale[fits][:, :, None] * scale[fits][:, None, :]
    scaled = gram[fits] / outer
    apart = np.linalg.eigvalsh(scaled)[:, 0] > _LEAST_EIGENVALUE
    rows = np.flatnonzero(fits)[apart]
    result[rows] = np.linalg.inv(scaled[apart]) / outer[apart]
    return result
