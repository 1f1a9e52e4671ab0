"""Towards what the shares of configurations are drawn: margins, their products, and what is borrowed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.errors import nearest
from mores.personas.smoothing import (
    checked_levels,
    checked_weights,
    level_counts,
)
from mores.personas.variables import N_CONFIGURATIONS

__all__ = ["SMOOTHINGS", "Pool", "independent", "level_shares", "prior_of", "raked"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SMOOTHINGS = ("none", "additive", "independence", "pooled", "hierarchical")
"""What the shares are drawn towards.

``none``, nothing: the weighted shares of the respondents. ``additive``, all configurations alike.
``independence``, the product of the margins of each group (country); see `independent`. ``pooled``,
the distribution of a pool, such as the other countries. ``hierarchical``, the respondents' own margins
with the associations that the pool has within its groups; see `prior_of`.
"""


class Pool(NamedTuple):
    """A distribution to borrow from, and the same if variables were independent within its groups.

    Both of shape (93312,), positive, with sum 1.
    """

    shares: FloatArray
    independent: FloatArray


def level_shares(levels: ArrayLike, weights: ArrayLike) -> tuple[FloatArray, ...]:
    """Weighted share of each level of each variable, among those whose level is known.

    Parameters
    ----------
    levels, weights : array_like, shapes (n, 10) and (n,)
        As for `patterns` and `Patterns.evidence`.

    Returns
    -------
    tuple of float64 array
        For each variable one share a level; NaN where nobody's level is known.
    """
    held = checked_levels(levels)
    weight = checked_weights(weights, len(held))
    totals, _ = _totals(held, weight, np.zeros(len(held), np.int64))
    return tuple(_ratio(total, total.sum(axis=1, keepdims=True))[0] for total in totals)


def _totals(
    levels: IntArray, weights: FloatArray, groups: IntArray
) -> tuple[list[FloatArray], list[FloatArray]]:
    """For each variable, weights (G, levels) and squared weights (G, 1) of whose level is known."""
    size = int(groups.max()) + 1
    totals: list[FloatArray] = []
    squares: list[FloatArray] = []
    square = weights**2
    for k, column in zip(level_counts(), levels.T, strict=True):
        cell = groups * (k + 1) + column + 1
        table = np.bincount(cell, weights, size * (k + 1)).reshape(size, k + 1)
        squared = np.bincount(cell, square, size * (k + 1)).reshape(size, k + 1)
        totals.append(table[:, 1:].astype(np.float64))
        squares.append(squared[:, 1:].sum(axis=1, keepdims=True))
    return totals, squares


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """NaN where the lower part is 0."""
    shape = np.broadcast_shapes(above.shape, below.shape)
    found: FloatArray = np.divide(above, below, out=np.full(shape, np.nan), where=below > 0)
    return found


def _margins(
    levels: IntArray, weights: FloatArray, groups: IntArray | None = None
) -> list[FloatArray]:
    r"""Margins to which one respondent is added, spread evenly over the levels (Perks's prior).

    :math:`m_{vl} = (n_v \hat m_{vl} + 1 / k_v) / (n_v + 1)` with :math:`n_v` the effective n of those
    whose level is known. For each variable of shape (groups, levels); NaN where there is nobody.
    """
    index = np.zeros(len(levels), np.int64) if groups is None else groups
    found = []
    for total, square in zip(*_totals(levels, weights, index), strict=True):
        known = total.sum(axis=1, keepdims=True)
        n = _ratio(known**2, square)
        found.append((n * _ratio(total, known) + 1 / total.shape[1]) / (n + 1))
    return found


def _filled(margins: Sequence[FloatArray], otherwise: Sequence[FloatArray]) -> list[FloatArray]:
    """The margins, and others where they are NaN."""
    return [np.where(np.isnan(m), o, m) for m, o in zip(margins, otherwise, strict=True)]


def _mixed_products(margins: Sequence[FloatArray], weights: ArrayLike) -> FloatArray:
    """Weighted mean of the distributions of groups that have some margins and no association."""

    def product(part: Sequence[FloatArray]) -> FloatArray:
        return reduce(lambda a, b: (a[:, :, None] * b[:, None, :]).reshape(len(a), -1), part)

    # One matrix product over groups makes the sum of their outer products.
    found = ((product(margins[:5]).T * np.asarray(weights)) @ product(margins[5:])).ravel()
    mixed: FloatArray = found / found.sum()
    return mixed


def independent(
    levels: ArrayLike, weights: ArrayLike, groups: ArrayLike | None = None
) -> FloatArray:
    """The distribution with the respondents' margins and without association within groups.

    To each margin one respondent is added, spread evenly over the levels (Perks's prior), so that no
    configuration is impossible because a level happened to be absent. Several groups are mixed by their
    weight, so that what differs between them is no association. A variable of which nobody's level is
    known in a group has the margin of all there, and is even over its levels if nobody's is at all.

    Parameters
    ----------
    levels, weights : array_like, shapes (n, 10) and (n,)
    groups : array_like of int, shape (n,), optional
        The group (country) of each, from 0; one unless given.

    Returns
    -------
    float64 array, shape (93312,)
        Positive, sums to 1.
    """
    held = checked_levels(levels)
    weight = checked_weights(weights, len(held))
    overall = _margins(held, weight)
    overall = _filled(overall, [np.full(m.shape, 1 / m.shape[1]) for m in overall])
    if groups is None:
        return _mixed_products(overall, [1.0])
    index = np.asarray(groups, dtype=np.int64)
    margins = _filled(_margins(held, weight, index), overall)
    return _mixed_products(margins, np.bincount(index, weight))


def raked(table: ArrayLike, levels: ArrayLike, weights: ArrayLike) -> FloatArray:
    """A distribution brought to the respondents' margins by iterative proportional fitting.

    Its associations (odds ratios) stay: structure preserving estimation (Purcell and Kish 1980). One
    respondent is added to each margin as in `independent`. A variable of which nobody's level is known
    keeps its distribution given the others.

    Parameters
    ----------
    table : array_like of float, shape (93312,)
        Positive.
    levels, weights : array_like, shapes (n, 10) and (n,)

    Returns
    -------
    float64 array, shape (93312,)
        Positive, sums to 1; its margins are within 1e-6 of those wanted.
    """
    fitted = np.array(table, dtype=np.float64).reshape(level_counts())
    fitted /= fitted.sum()
    axes = range(fitted.ndim)
    held = checked_levels(levels)
    margins = enumerate(m[0] for m in _margins(held, checked_weights(weights, len(held))))
    wanted = [(v, margin) for v, margin in margins if not np.isnan(margin).any()]
    worst, rounds = np.inf, 0
    while worst >= 1e-6 and rounds < 100:
        worst, rounds = 0.0, rounds + 1
        for v, margin in wanted:
            now = fitted.sum(axis=tuple(axis for axis in axes if axis != v))
            worst = max(worst, float(np.abs(now - margin).max()))
            fitted *= (margin / now).reshape([-1 if axis == v else 1 for axis in axes])
    flat: FloatArray = fitted.ravel() / fitted.sum()
    return flat


def prior_of(
    smoothing: str,
    levels: ArrayLike,
    weights: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    pool: Pool | None = None,
) -> FloatArray:
    r"""The distribution towards which shares are drawn; for ``none`` that from which EM starts.

    ``hierarchical`` takes the respondents' own product of margins :math:`m`, multiplied by what a
    configuration has in the pool :math:`\theta` over what it would have there if the variables were
    independent within its groups, :math:`m_x \theta_x / \bar m_x`, and rakes that to their margins.
    Differences between countries would else count as associations within them. A variable of which
    nobody's level is known has the pool's margin at first.

    Raises
    ------
    ValueError
        If there is no such smoothing, or it needs a pool and there is none.
    """
    if smoothing not in SMOOTHINGS:
        raise ValueError(
            f"smoothing {smoothing!r} does not exist; {nearest(smoothing, SMOOTHINGS)}"
        )
    if smoothing == "additive":
        return np.full(N_CONFIGURATIONS, 1 / N_CONFIGURATIONS)
    if smoothing in ("none", "independence"):
        return independent(levels, weights, groups)
    if pool is None:
        raise ValueError(f"smoothing {smoothing!r} needs a pool; give one, or choose another")
    if smoothing == "pooled":
        return pool.shares
    held = checked_levels(levels)
    own = _margins(held, checked_weights(weights, len(held)))
    table, axes = pool.shares.reshape(level_counts()), range(len(level_counts()))
    theirs = [table.sum(axis=tuple(axis for axis in axes if axis != v)) for v in axes]
    product = _mixed_products(_filled(own, theirs), [1.0])
    return raked(product * (pool.shares / pool.independent), levels, weights)
