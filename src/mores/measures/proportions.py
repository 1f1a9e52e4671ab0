"""Shares: intervals, departure from uniform answers, and distance between distributions."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import FloatArray, coverage_level, observed
from mores.measures.results import Interval

__all__ = ["Uniformity", "share_interval", "total_variation", "uniform_chi_square"]


@dataclass(frozen=True, slots=True, eq=False)
class Uniformity:
    """Chi-square tests of counts against a uniform distribution.

    Attributes
    ----------
    statistic : ndarray of float, shape (...)
        Pearson's chi-square, with K - 1 degrees of freedom.
    p : ndarray of float, shape (...)
        Upper tail, 0 … 1; NaN where nothing was counted.
    effect : ndarray of float, shape (...)
        Cohen's w, the root of statistic / n: 0 for uniform counts, at most sqrt(K - 1).
    n : ndarray of float, shape (...)
        Total counted.
    """

    statistic: FloatArray
    p: FloatArray
    effect: FloatArray
    n: FloatArray


def share_interval(count: ArrayLike, n: ArrayLike, level: float = 0.95) -> Interval:
    """Wilson's score interval of a share, for independent trials.

    Parameters
    ----------
    count, n : array_like
        Successes and trials, broadcast against each other; 0 <= count <= n.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    Interval
        Ends in 0 … 1; NaN where n is 0, or either is NaN.

    Raises
    ------
    ValueError
        If a count is negative or exceeds its n, or the level is not between 0 and 1.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22, 209–212.
    """
    successes, trials = observed(count, "count"), observed(n, "n")
    successes, trials = np.broadcast_arrays(successes, trials)
    wrong = (successes < 0) | (successes > trials)
    if wrong.any():
        raise ValueError(
            f"count {successes[wrong][0]} of n {trials[wrong][0]}; allowed: 0 <= count <= n; check "
            "that both count the same answers"
        )
    z = NormalDist().inv_cdf((1.0 + coverage_level(level)) / 2.0)
    size = np.where(trials > 0, trials, np.nan)
    share = successes / size
    centre = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    reach = z * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
    low = np.where(successes == 0, np.where(trials > 0, 0.0, np.nan), centre - reach)
    high = np.where(successes == trials, np.where(trials > 0, 1.0, np.nan), centre + reach)
    return Interval(np.asarray(low), np.asarray(high), level)


def _answer_counts(counts: ArrayLike, name: str) -> FloatArray:
    array = observed(counts, name)
    if array.ndim == 0 or array.shape[-1] < 2:
        raise ValueError(
            f"{name} has shape {array.shape}; allowed: (..., K) with a count for each of K >= 2 "
            "options; put the options on the last axis"
        )
    if (array < 0).any() or np.isnan(array).any():
        raise ValueError(
            f"{name} holds a negative or missing count (least: {array.min()}); allowed: 0 and more; "
            "count coded answers only"
        )
    return array


def uniform_chi_square(counts: ArrayLike) -> Uniformity:
    """Are all options chosen equally often? Pearson's chi-square test of each row.

    The p value is the usual approximation, for independent answers with at least about five
    expected for each option (n / K); answers that share a dilemma or a persona are not independent,
    and then `effect` is the figure to read.

    Parameters
    ----------
    counts : array_like, shape (..., K)
        Times that each of K >= 2 options (or positions) was chosen.

    Returns
    -------
    Uniformity
        One test a row; NaN where nothing was counted.

    Raises
    ------
    ValueError
        If there are fewer than two options, or a count is negative or missing.
    """
    from scipy import special

    table = _answer_counts(counts, "counts")
    options = table.shape[-1]
    n = np.asarray(table.sum(axis=-1))
    expected = np.where(n > 0, n / options, np.nan)
    statistic = np.asarray(((table - expected[..., None]) ** 2).sum(axis=-1) / expected)
    p = np.asarray(special.chdtrc(options - 1, statistic))
    effect = np.sqrt(statistic / np.where(n > 0, n, np.nan))
    return Uniformity(statistic, p, np.asarray(effect), n)


def total_variation(counts: ArrayLike, reference: ArrayLike | None = None) -> FloatArray:
    """Total variation distance between answer distributions: half the sum of |p_k - q_k|.

    It is the share of answers that would have to be moved to turn one into the other.

    Parameters
    ----------
    counts : array_like, shape (..., K)
        Counts or shares of K >= 2 options; each row is divided by its sum.
    reference : array_like, shape (K,) or (..., K), optional
        Counts or shares to compare with, divided by their sum; uniform when None.

    Returns
    -------
    ndarray of float, shape (...)
        0 (equal) … 1 (disjoint); NaN where either sums to 0.

    Raises
    ------
    ValueError
        If there are fewer than two options, numbers of options differ, or a count is negative or
        missing.
    """
    table = _answer_counts(counts, "counts")
    options = table.shape[-1]
    other = _answer_counts(np.ones(options) if reference is None else reference, "reference")
    if other.shape[-1] != options:
        raise ValueError(
            f"reference has {other.shape[-1]} options and counts has {options}; allowed: as many; "
            "give a count, 0 where never chosen, for each option"
        )
    gap = np.abs(_shares(table) - _shares(other)).sum(axis=-1)
    return np.asarray(gap / 2.0)


def _shares(table: FloatArray) -> FloatArray:
    total = table.sum(axis=-1, keepdims=True)
    return np.asarray(table / np.where(total > 0, total, np.nan))
