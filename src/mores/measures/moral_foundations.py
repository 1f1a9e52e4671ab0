r"""Moral foundations, answered and inferred.

Answered: a respondent rates 36 items from 1 to 5; the item at position p, 1 … 36, belongs to
foundation (p - 1) mod 6 of care, equality, proportionality, loyalty, authority, purity, and the score
of a foundation is the mean of its six items.

Inferred: each of the L levels of some variables is scored on the foundations once, :math:`S \in
\mathbb{R}^{L \times 6}`; the profile of a configuration is the mean of the rows of its levels, one
level of each variable. The matrix is that of Greco et al. 2026 (arXiv:2601.22396); that profiles are
means, and so weigh the variables alike, is a decision of this project.

References
----------
Atari, Haidt, Graham, Koleva, Stevens and Dehghani (2023), Journal of Personality and Social Psychology
125(5), 1157–1188, doi:10.1037/pspp0000470.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.factorial import GRID_SIZES, level_table, row_weights
from mores.measures.inputs import FloatArray, IntArray, observed
from mores.measures.ratio import ratio

__all__ = [
    "FOUNDATIONS",
    "ITEM_FOUNDATION",
    "N_ITEMS",
    "Reliability",
    "expected_responses",
    "foundation_coverage",
    "foundation_scores",
    "inferred_grid",
    "inferred_profiles",
    "reliability",
]

FOUNDATIONS = ("care", "equality", "proportionality", "loyalty", "authority", "purity")
N_ITEMS = 36
PER_FOUNDATION = N_ITEMS // len(FOUNDATIONS)
ITEM_FOUNDATION = tuple(place % len(FOUNDATIONS) for place in range(N_ITEMS))
"""Of each item by position, the place of its foundation in `FOUNDATIONS`."""

LOWEST, HIGHEST = 1, 5
_TOLERANCE = 1e-6


def expected_responses(distributions: ArrayLike) -> FloatArray:
    """Expected answers from the probabilities of the five options.

    Parameters
    ----------
    distributions : array_like, shape (N, 36, 5)
        Probabilities of the answers 1 … 5; each sums to 1. A distribution with NaN is missing.

    Returns
    -------
    ndarray of float, shape (N, 36)
        1 … 5; NaN where the distribution is missing.

    Raises
    ------
    ValueError
        If the shape differs, or something is negative or does not sum to 1.
    """
    table = observed(distributions, "distributions")
    options = HIGHEST - LOWEST + 1
    if table.ndim != 3 or table.shape[1:] != (N_ITEMS, options):
        raise ValueError(
            f"distributions has shape {table.shape}; allowed: (N, {N_ITEMS}, {options}), respondents "
            "by items by options; reshape it"
        )
    known = ~np.isnan(table).any(axis=2)
    sums = table[known].sum(axis=1)
    if (table[known] < -_TOLERANCE).any() or (np.abs(sums - 1) > _TOLERANCE).any():
        worst = sums[np.argmax(np.abs(sums - 1))]
        raise ValueError(
            f"a distribution is negative or does not sum to 1 (furthest off: {worst:g}); allowed: "
            "probabilities of the five options; divide by their sum, or give NaN for what is missing"
        )
    answers = table @ np.arange(LOWEST, HIGHEST + 1, dtype=np.float64)
    return np.clip(answers, LOWEST, HIGHEST)  # rounding can leave the scale


def foundation_scores(responses: ArrayLike, *, least_answered: int = PER_FOUNDATION) -> FloatArray:
    """Score of every respondent on the six foundations.

    Parameters
    ----------
    responses : array_like, shape (N, 36) or (N, 36, 5)
        Answers 1 … 5 by position in the questionnaire, whole or expected ones, NaN for missing; or
        distributions over the five options, as in `expected_responses`.
    least_answered : int, optional
        How many of a foundation's six items must be answered, 1 … 6. With fewer than six the score is
        the mean over those answered, which differs from the mean of all where items differ in
        easiness; the default of six leaves such scores missing.

    Returns
    -------
    ndarray of float, shape (N, 6)
        Means, 1 … 5, in the order of `FOUNDATIONS`; NaN where too few items are answered.

    Raises
    ------
    ValueError
        If the shape differs, an answer lies outside 1 … 5, or `least_answered` outside 1 … 6.
    """
    if not 1 <= least_answered <= PER_FOUNDATION:
        raise ValueError(
            f"least_answered is {least_answered}; allowed: 1 … {PER_FOUNDATION}, the items of a "
            "foundation; choose one of these"
        )
    items = _by_foundation(responses)
    known = ~np.isnan(items)
    answered = known.sum(axis=1)
    total = np.where(known, items, 0.0).sum(axis=1)
    return np.where(answered >= least_answered, ratio(total, answered), np.nan)


def foundation_coverage(responses: ArrayLike) -> IntArray:
    """How many of the six items of each foundation are answered.

    Parameters
    ----------
    responses : array_like, shape (N, 36) or (N, 36, 5)
        As in `foundation_scores`.

    Returns
    -------
    ndarray of int, shape (N, 6)
        0 … 6.

    Raises
    ------
    ValueError
        As in `foundation_scores`.
    """
    return np.asarray((~np.isnan(_by_foundation(responses))).sum(axis=1), dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """How consistently the items of each foundation are answered.

    Attributes
    ----------
    alpha : ndarray of float, shape (6,)
        Cronbach's; at most 1, may be negative; NaN with fewer than two respondents or no variance.
    omega : ndarray of float, shape (6,)
        McDonald's omega total of the one-factor model, 0 … 1; NaN where it cannot be fitted.
    n : ndarray of int, shape (6,)
        Respondents who answered all six items; the others do not enter.
    """

    alpha: FloatArray
    omega: FloatArray
    n: IntArray


def reliability(responses: ArrayLike, weights: ArrayLike | None = None) -> Reliability:
    r"""Cronbach's alpha and McDonald's omega of each foundation.

    .. math:: \alpha = \frac{k}{k - 1} \Big(1 - \frac{\sum_i s_{ii}}{\sum_{ij} s_{ij}}\Big), \qquad
              \omega = \frac{(\sum_i \lambda_i)^2}{(\sum_i \lambda_i)^2 + \sum_i \psi_i}

    with the weighted covariances s of the k = 6 items over those who answered all of them, and the
    loadings and unique variances of one factor fitted to them by least squares.

    Parameters
    ----------
    responses : array_like, shape (N, 36) or (N, 36, 5)
        As in `foundation_scores`. Expected answers have less noise than drawn ones, and therefore a
        higher reliability: the two are not to be compared.
    weights : array_like, shape (N,), optional
        0 or more, in any unit; 1 each when None.

    Returns
    -------
    Reliability

    Raises
    ------
    ValueError
        If shapes do not fit, an answer lies outside 1 … 5, or a weight is missing or negative.

    References
    ----------
    Cronbach (1951), Psychometrika 16, 297–334, doi:10.1007/BF02310555. McDonald (1999), Test Theory,
    chapter 6.
    """
    items = _by_foundation(responses)
    w = row_weights(weights, len(items))
    alpha, omega = np.full((2, len(FOUNDATIONS)), np.nan)
    n = np.zeros(len(FOUNDATIONS), dtype=np.int64)
    for f in range(len(FOUNDATIONS)):
        rows = (~np.isnan(items[:, :, f]).any(axis=1)) & (w > 0)
        n[f] = rows.sum()
        if n[f] >= 2:
            s = np.cov(items[rows, :, f], rowvar=False, aweights=w[rows], ddof=0)
            alpha[f], omega[f] = _alpha(s), _omega(s)
    return Reliability(alpha, omega, n)


def _alpha(s: FloatArray) -> float:
    k = len(s)
    return k / (k - 1) * (1 - float(ratio(np.trace(s), s.sum())))


def _omega(s: FloatArray) -> float:
    """Omega of one factor, by principal axes iterated to convergence (unweighted least squares)."""
    spread = np.sqrt(np.diag(s))
    if (spread == 0).any():
        return float("nan")
    r = s / np.outer(spread, spread)
    communality = np.abs(r - np.eye(len(r))).max(axis=1)
    for _ in range(5_000):
        values, vectors = np.linalg.eigh(r - np.diag(1 - communality))
        loading = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
        moved = np.abs(loading**2 - communality).max()
        communality = np.minimum(loading**2, 1.0)
        if moved < 1e-10:
            break
    else:
        return float("nan")
    common = float((loading * spread).sum() ** 2)
    unique = float(((1 - communality) * spread**2).sum())
    return float(ratio(common, common + unique))


def inferred_profiles(
    matrix: ArrayLike, levels: ArrayLike, sizes: Sequence[int] = GRID_SIZES
) -> FloatArray:
    """Inferred profiles of some configurations: the mean of their levels' scores.

    Parameters
    ----------
    matrix : array_like, shape (sum(sizes), F)
        Scores of the levels, those of the first variable first; NaN for a level without a score.
    levels : array_like of int, shape (N, len(sizes))
        Level indices from 0, one row a configuration.
    sizes : sequence of int, optional
        Numbers of levels of the variables; those of the ten cultural variables by default.

    Returns
    -------
    ndarray of float, shape (N, F)
        In the units of the scores; NaN where a level has no score.

    Raises
    ------
    ValueError
        If shapes do not fit or a level does not exist.
    """
    scores = _matrix(matrix, sizes)
    rows = level_table(levels, sizes)
    first = np.cumsum([0, *sizes[:-1]])
    total = np.zeros((len(rows), scores.shape[1]))
    for v in range(len(sizes)):
        total += scores[first[v] + rows[:, v]]
    return np.asarray(total / len(sizes))


def inferred_grid(matrix: ArrayLike, sizes: Sequence[int] = GRID_SIZES) -> FloatArray:
    """Inferred profiles of all configurations, the last variable moving fastest.

    Parameters
    ----------
    matrix, sizes
        As in `inferred_profiles`.

    Returns
    -------
    ndarray of float, shape (prod(sizes), F)
        Row i is the profile of configuration i: (93,312, 6) for the ten cultural variables. The same
        numbers as of `inferred_profiles`.

    Raises
    ------
    ValueError
        If the matrix has not one row a level.
    """
    scores = _matrix(matrix, sizes)
    total = np.zeros((1, scores.shape[1]))
    start = 0
    for size in sizes:
        block = scores[start : start + size]
        total = (total[:, None, :] + block).reshape(-1, scores.shape[1])
        start += size
    total /= len(sizes)
    return total


def _by_foundation(responses: ArrayLike) -> FloatArray:
    """Answers of shape (N, 6 items, 6 foundations)."""
    table = observed(responses, "responses")
    if table.ndim == 3:
        table = expected_responses(table)
    if table.ndim != 2 or table.shape[1] != N_ITEMS:
        raise ValueError(
            f"responses has shape {table.shape}; allowed: (N, {N_ITEMS}), respondents by items, or "
            f"(N, {N_ITEMS}, {HIGHEST}) for distributions; give every item a column, NaN where it "
            "is missing"
        )
    outside = (table < LOWEST) | (table > HIGHEST)
    if outside.any():
        row, item = (int(i) for i in np.argwhere(outside)[0])
        raise ValueError(
            f"respondent {row} answers item {item + 1} with {table[row, item]:g}; allowed: {LOWEST} "
            f"to {HIGHEST}, and NaN for missing; recode the answers"
        )
    return table.reshape(len(table), PER_FOUNDATION, len(FOUNDATIONS))


def _matrix(matrix: ArrayLike, sizes: Sequence[int]) -> FloatArray:
    scores = observed(matrix, "matrix")
    if scores.ndim != 2 or len(scores) != sum(sizes):
        raise ValueError(
            f"matrix has shape {scores.shape}; allowed: ({sum(sizes)}, F), a row for each level of "
            "each variable; give NaN for a level without scores"
        )
    return scores
