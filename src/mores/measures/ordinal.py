"""Distances between distributions over answer options, and moments on an ordered scale.

Distributions lie along the last axis, K options long, and functions broadcast over all axes before
it. Items of different length share one array through `n_options`: places beyond an item's last option
hold NaN or 0. A distribution is missing, and every result from it NaN, if one of its options is NaN
or all are 0; it is for the caller to say how many are. One that sums to anything else than 1 is
refused, never renormalised: what happens with mass outside the options is a decision.

The scale is what the questionnaire offers, not what was answered. Positions are 0 … K - 1 unless
given, and distances are divided by the distance of the scale's ends, so that 1 is the distance of
two groups that sit at opposite ends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import FloatArray, observed
from mores.measures.scales import (
    checked_distributions,
    one_distribution,
    one_flag_each,
    option_counts,
    option_table,
    scale_positions,
    scale_steps,
    two_distributions,
)

__all__ = [
    "distribution_distance",
    "expected_distance",
    "mean_score",
    "mutual_distance",
    "normalised_variance",
    "total_variation",
    "wasserstein",
]


def wasserstein(
    p: ArrayLike,
    q: ArrayLike,
    n_options: ArrayLike | None = None,
    positions: ArrayLike | None = None,
) -> FloatArray:
    r"""Wasserstein-1 (earth mover's) distance of distributions over an ordered scale.

    :math:`W = \sum_k (x_{k+1} - x_k)\,|P_k - Q_k| \,/\, (x_K - x_1)` with cumulative shares P and Q.
    The divisor is the length of the scale, never of the part of it that was answered.

    Parameters
    ----------
    p, q : array_like, shape (..., K)
        Distributions, broadcast against each other; see the module for what is missing.
    n_options : array_like of int, shape (...), optional
        Options of each distribution, 2 … K; K if None.
    positions : array_like, shape (K,) or (..., K), optional
        Where the options lie, ascending; equal steps if None.

    Returns
    -------
    ndarray of float, shape (...)
        0 (equal) … 1 (each at another end); NaN where a distribution is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, or positions do not ascend.

    References
    ----------
    Vallender (1974), Theory of Probability and Its Applications 18(4), 784–786,
    doi:10.1137/1118101.
    """
    first, second, options = two_distributions(p, q, n_options)
    return _wasserstein(
        first, second, scale_steps(scale_positions(options, first.shape, positions))
    )


def total_variation(p: ArrayLike, q: ArrayLike, n_options: ArrayLike | None = None) -> FloatArray:
    """Total variation distance: half the sum of |p_k - q_k|, the distance for nominal items.

    As `mores.measures.proportions.total_variation`, but for distributions, which may be missing, in
    place of counts.

    Parameters
    ----------
    p, q, n_options
        As for `wasserstein`.

    Returns
    -------
    ndarray of float, shape (...)
        0 (equal) … 1 (disjoint); NaN where a distribution is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, or something is no distribution.
    """
    first, second, _ = two_distributions(p, q, n_options)
    return _total_variation(first, second)


def distribution_distance(
    p: ArrayLike, q: ArrayLike, ordered: ArrayLike, n_options: ArrayLike | None = None
) -> FloatArray:
    """The distance that suits each item: Wasserstein if its options are ordered, else total variation.

    Parameters
    ----------
    p, q, n_options
        As for `wasserstein`.
    ordered : array_like of bool, shape (...)
        Whether the order of the options means something; broadcast.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where a distribution is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, or something is no distribution.
    """
    first, second, options = two_distributions(p, q, n_options)
    steps = scale_steps(scale_positions(options, first.shape))
    kinds = one_flag_each(ordered, first.shape[:-1], "ordered")
    return np.where(kinds, _wasserstein(first, second, steps), _total_variation(first, second))


def mutual_distance(
    p: ArrayLike, q: ArrayLike, ordered: ArrayLike = True, n_options: ArrayLike | None = None
) -> FloatArray:
    r"""Expected distance of two independent answers, one from each distribution.

    Ordered: :math:`\sum_j \sum_k p_j q_k |j - k| / (K - 1)`; nominal: :math:`1 - \sum_k p_k q_k`. It is
    the mean of `expected_distance` over answers drawn from p, and not 0 for equal distributions.

    Parameters
    ----------
    p, q, n_options, ordered
        As for `distribution_distance`.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where a distribution is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, or something is no distribution.
    """
    first, second, options = two_distributions(p, q, n_options)
    steps = scale_steps(scale_positions(options, first.shape))
    below, other = first.cumsum(axis=-1), second.cumsum(axis=-1)
    apart = (steps * (below * (1 - other) + other * (1 - below))).sum(axis=-1)
    differs = 1 - (first * second).sum(axis=-1)
    kinds = one_flag_each(ordered, first.shape[:-1], "ordered")
    return np.asarray(np.where(kinds, apart, differs).clip(0, 1))


def expected_distance(
    answer: ArrayLike,
    distribution: ArrayLike,
    ordered: ArrayLike = True,
    n_options: ArrayLike | None = None,
) -> FloatArray:
    r"""Expected distance from one answer to an answer drawn from a distribution.

    Ordered: :math:`d(r, H) = \sum_k H_k |k - r| / (K - 1)`; nominal: :math:`d(r, H) = 1 - H_r`.

    Parameters
    ----------
    answer : array_like, shape (...)
        Index r of an option, from 0; -1 or NaN where there is none.
    distribution : array_like, shape (..., K)
        H; broadcast against `answer`.
    ordered : array_like of bool, shape (...)
        Whether the order of the options means something; broadcast.
    n_options : array_like of int, shape (...), optional
        Options of each distribution, 2 … K; K if None.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where the answer or the distribution is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, or an answer is none of the options.
    """
    given = observed(answer, "answer")
    table = option_table(distribution, "distribution")
    try:
        leading = np.broadcast_shapes(given.shape, table.shape[:-1])
    except ValueError as error:
        raise ValueError(
            f"answer has shape {given.shape} and distribution {table.shape}; allowed: shapes (...) "
            "and (..., K) that broadcast; give one answer to a distribution"
        ) from error
    table = np.broadcast_to(table, (*leading, table.shape[-1]))
    options = option_counts(n_options, table.shape)
    shares = checked_distributions(table, options, "distribution")
    answers = np.broadcast_to(given, leading)
    missing = np.isnan(answers) | (answers == -1)
    wrong = ~missing & ((answers < 0) | (answers >= options) | (answers != np.floor(answers)))
    if wrong.any():
        raise ValueError(
            f"answer is {answers[wrong][0]} of {options[wrong][0]} options; allowed: 0 … "
            f"{options[wrong][0] - 1}, and -1 or NaN where there is none; give the index of the option"
        )
    place = np.where(missing, 0, answers).astype(np.int64)[..., None]
    gap = np.abs(np.arange(table.shape[-1]) - place) / (options - 1)[..., None]
    kinds = one_flag_each(ordered, leading, "ordered")[..., None]
    cost = np.where(kinds, gap, np.arange(table.shape[-1]) != place)
    return np.asarray(np.where(missing, np.nan, (shares * cost).sum(axis=-1).clip(0, 1)))


def mean_score(
    p: ArrayLike, n_options: ArrayLike | None = None, positions: ArrayLike | None = None
) -> FloatArray:
    """Mean position on the scale, as a share of its length.

    The difference of two is the |predicted - observed mean| / range of the literature.

    Parameters
    ----------
    p, n_options, positions
        As for `wasserstein`.

    Returns
    -------
    ndarray of float, shape (...)
        0 (all at the first option) … 1 (all at the last); NaN where the distribution is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, or positions do not ascend.
    """
    shares, options = one_distribution(p, n_options)
    score = scale_positions(options, shares.shape, positions)
    return np.asarray((shares * score).sum(axis=-1).clip(0, 1))


def normalised_variance(
    p: ArrayLike, n_options: ArrayLike | None = None, positions: ArrayLike | None = None
) -> FloatArray:
    """Variance over the largest possible on the scale, (length / 2)².

    Parameters
    ----------
    p, n_options, positions
        As for `wasserstein`.

    Returns
    -------
    ndarray of float, shape (...)
        0 (all at one option) … 1 (half at each end); NaN where the distribution is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, or positions do not ascend.
    """
    shares, options = one_distribution(p, n_options)
    score = scale_positions(options, shares.shape, positions)
    mean = (shares * score).sum(axis=-1, keepdims=True)
    variance = (shares * (score - mean) ** 2).sum(axis=-1)
    return np.asarray((4 * variance).clip(0, 1))


def _wasserstein(p: FloatArray, q: FloatArray, steps: FloatArray) -> FloatArray:
    """Without checks; 0 beyond an item's last option, NaN where missing."""
    return np.asarray((np.abs((p - q).cumsum(axis=-1)) * steps).sum(axis=-1).clip(max=1))


def _total_variation(p: FloatArray, q: FloatArray) -> FloatArray:
    return np.asarray((np.abs(p - q).sum(axis=-1) / 2).clip(max=1))
