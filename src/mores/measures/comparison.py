"""Is there a difference, and how large? Tests with effect sizes, and what many of them need.

Values that differ only by rounding errors are ties (see `mores.measures.ties`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import FloatArray, Seed, at_least_one, observed, paired, sign_table
from mores.measures.results import Comparison
from mores.measures.ties import settled, settled_differences

__all__ = [
    "benjamini_hochberg",
    "improvement",
    "mann_whitney",
    "paired_wilcoxon",
    "sign_flip_test",
    "sign_test",
    "swap_test",
]

_ROUNDING = 1e-12
_BLOCK = 1 << 22
_EXACT_PAIRS = 50


def _differences(x: ArrayLike, y: ArrayLike) -> FloatArray:
    first, second = paired(x, y, ("x", "y"))
    both = ~(np.isnan(first) | np.isnan(second))
    return settled_differences(first[both], second[both])


def improvement(baseline: ArrayLike, other: ArrayLike, *, lower_is_better: bool) -> FloatArray:
    """Difference whose sign says better: positive where `other` improves on `baseline`.

    Parameters
    ----------
    baseline, other : array_like, one shape
        A measure without and with a condition, or its bootstrap draws; NaN for missing.
    lower_is_better : bool
        True for distances (baseline - other), False for rates (other - baseline).

    Returns
    -------
    ndarray of float, same shape
        NaN where either is missing.

    Raises
    ------
    ValueError
        If the shapes differ or an infinity is met.

    References
    ----------
    Lakerveld (2026), tables 1 and 2.
    """
    before, after = paired(baseline, other, ("baseline", "other"))
    return np.asarray(before - after if lower_is_better else after - before)


def paired_wilcoxon(x: ArrayLike, y: ArrayLike) -> Comparison:
    """Wilcoxon's signed-rank test of paired values, two-sided.

    Zero differences are ranked and their ranks then dropped (Pratt), which keeps them as evidence
    of no difference. Up to 50 pairs the p value is exact, from all changes of sign given the ranks,
    ties and zeros included; beyond, it is from the normal approximation.

    Parameters
    ----------
    x, y : array_like, one shape
        Paired values, such as a dilemma's distances; a pair with either missing (NaN) is left out.

    Returns
    -------
    Comparison
        `statistic` is the smaller of the two rank sums; `effect` the rank-biserial correlation,
        -1 … 1: positive minus negative ranks over the sum of all n (n + 1) / 2, zeros included;
        `n` the pairs used. If all differences are 0, p is 1; without a pair all but `n` are NaN.

    Raises
    ------
    ValueError
        If the shapes differ or an infinity is met.

    References
    ----------
    Pratt (1959), Journal of the American Statistical Association 54, 655–667; Kerby (2014),
    Comprehensive Psychology 3, 11.IT.3.1 (rank-biserial as a simple difference).
    """
    differences = _differences(x, y)
    n = int(differences.size)
    if n == 0:
        return Comparison(float("nan"), float("nan"), float("nan"), 0)
    if not differences.any():
        return Comparison(0.0, 1.0, 0.0, n)
    from scipy import stats

    ranks = stats.rankdata(np.abs(differences))
    above, below = float(ranks[differences > 0].sum()), float(ranks[differences < 0].sum())
    if n <= _EXACT_PAIRS:
        p = _exact_rank_sum_p(ranks[differences != 0], min(above, below))
    else:
        test = stats.wilcoxon(differences, zero_method="pratt", method="auto")
        p = float(test.pvalue)
    return Comparison(min(above, below), p, (above - below) / (n * (n + 1) / 2), n)


def _exact_rank_sum_p(ranks: FloatArray, smaller: float) -> float:
    """Two-sided p of the smaller rank sum among all 2**n signs, by adding one rank at a time."""
    doubled = np.rint(2 * ranks).astype(np.int64)  # mid-ranks are whole or half numbers
    chance = np.zeros(int(doubled.sum()) + 1)
    chance[0] = 1.0
    for rank in doubled:
        chance[rank:] += chance[:-rank].copy()
        chance /= 2.0
    return min(1.0, 2.0 * float(chance[: round(2 * smaller) + 1].sum()))


def sign_flip_test(x: ArrayLike, y: ArrayLike, draws: int, seed: Seed) -> Comparison:
    """Permutation test of the mean of paired differences, two-sided.

    Each draw flips the sign of a random half of the differences. It tests what an interval of the
    mean difference estimates, and stays near its level where one side is a mean of several values
    and the other a single one; a rank test does not, since averaging takes the skew from one side.

    Parameters
    ----------
    x, y : array_like, one shape
        Paired values, such as a dilemma's distances; a pair with either missing (NaN) is left out.
    draws : int
        Number of random flips, at least 1.
    seed : int or numpy.random.Generator
        Randomness.

    Returns
    -------
    Comparison
        `statistic` is the mean of x - y; `p` is (1 + draws whose mean is at least as large, to either
        side) / (1 + draws); `effect` the mean over the standard deviation of the differences
        (Cohen's d for paired values), 0 if all are 0; `n` the pairs used. Without a pair all but `n`
        are NaN.

    Raises
    ------
    ValueError
        If the shapes differ, `draws` is below 1, or an infinity is met.

    References
    ----------
    Fisher (1935), The Design of Experiments, section 21.
    """
    at_least_one(draws, "draws")
    differences = _differences(x, y).ravel()
    n = int(differences.size)
    if n == 0:
        return Comparison(float("nan"), float("nan"), float("nan"), 0)
    mean = float(differences.mean())
    spread = float(differences.std(ddof=1)) if n > 1 else float("nan")
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // n)
    as_large = 0
    for start in range(0, draws, block):
        size = min(block, draws - start)
        signs = 1.0 - 2.0 * generator.integers(0, 2, size=(size, n))
        as_large += int((np.abs(signs @ differences) / n >= abs(mean) - _ROUNDING).sum())
    effect = 0.0 if mean == 0 else mean / spread if spread > 0 else float("nan")
    return Comparison(mean, (1 + as_large) / (1 + draws), effect, n)


def sign_test(x: ArrayLike, y: ArrayLike) -> Comparison:
    """Sign test of paired values, exact and two-sided.

    Parameters
    ----------
    x, y : array_like, one shape
        Paired values; a pair with either missing (NaN) is left out.

    Returns
    -------
    Comparison
        `statistic` is the number of pairs with x above y; zeros take no part in p. `effect` is the
        share of pairs with x above y less that with y above x, of all `n` pairs, -1 … 1. If all
        differences are 0, p is 1; without a pair all but `n` are NaN.

    Raises
    ------
    ValueError
        If the shapes differ or an infinity is met.
    """
    differences = _differences(x, y)
    n = int(differences.size)
    if n == 0:
        return Comparison(float("nan"), float("nan"), float("nan"), 0)
    above, below = int((differences > 0).sum()), int((differences < 0).sum())
    if above + below == 0:
        return Comparison(0.0, 1.0, 0.0, n)
    from scipy import stats

    p = float(stats.binomtest(above, above + below).pvalue)
    return Comparison(float(above), p, (above - below) / n, n)


def mann_whitney(x: ArrayLike, y: ArrayLike) -> Comparison:
    """Mann–Whitney U test of two unpaired samples, two-sided, with Cliff's delta.

    Exact where one sample has at most 8 values and there are no ties, else the normal approximation
    with correction for ties and continuity.

    Parameters
    ----------
    x, y : array_like, any shapes
        Values; NaN for missing, which is left out.

    Returns
    -------
    Comparison
        `statistic` is U of `x`; `effect` Cliff's delta, P(x > y) - P(x < y), -1 … 1; `n` the values
        of both samples together. If either is empty all but `n` are NaN; if all values are equal,
        p is 1.

    Raises
    ------
    ValueError
        If an infinity is met.

    References
    ----------
    Cliff (1993), Psychological Bulletin 114(3), 494–509.
    """
    first, second = observed(x, "x").ravel(), observed(y, "y").ravel()
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    n = int(first.size + second.size)
    if first.size == 0 or second.size == 0:
        return Comparison(float("nan"), float("nan"), float("nan"), n)
    from scipy import stats

    both = settled(np.concatenate([first, second]))
    test = stats.mannwhitneyu(both[: first.size], both[first.size :], alternative="two-sided")
    u = float(test.statistic)
    delta = 2.0 * u / (first.size * second.size) - 1.0
    return Comparison(u, float(test.pvalue), delta, n)


def swap_test(
    counts_a: ArrayLike,
    counts_b: ArrayLike,
    statistic: Callable[[FloatArray], FloatArray],
    draws: int,
    seed: Seed,
) -> Comparison:
    """Permutation test of the difference of a statistic of pooled counts, paired by cluster.

    Each draw swaps the two conditions (a dilemma with and without a persona) in a random half of
    the clusters. If the conditions hold different numbers of pairs, b is scaled to a's total first.

    Parameters
    ----------
    counts_a, counts_b : array_like, shape (C, 4)
        Counts by cluster, from `mores.measures.agreement.sign_counts`; rows of zeros are allowed.
    statistic : callable
        From counts (..., 4) to (...), unchanged when all counts are multiplied by one number.
    draws : int
        Number of random swaps, at least 1.
    seed : int or numpy.random.Generator
        Randomness.

    Returns
    -------
    Comparison
        `statistic` and `effect` are both the difference, a less b; `p` is (1 + draws whose
        difference is at least as large, to either side, or undefined) / (1 + draws); `n` the
        clusters with any count. If the difference is undefined, all but `n` are NaN.

    Raises
    ------
    ValueError
        If shapes differ or are not (C, 4), a count is missing or negative, or `draws` is below 1.
    """
    names = ("counts_a", "counts_b")
    a, b = paired(sign_table(counts_a, names[0]), sign_table(counts_b, names[1]), names)
    at_least_one(draws, "draws")
    if a.ndim != 2 or np.isnan(a + b).any():
        raise ValueError(
            f"counts have shape {a.shape}, or one is NaN; allowed: (C, 4), complete; count with "
            "groups to keep clusters apart"
        )
    n = int(((a + b).sum(axis=1) > 0).sum())
    difference = float(statistic(a.sum(axis=0)) - statistic(b.sum(axis=0)))
    if np.isnan(difference):
        return Comparison(float("nan"), float("nan"), float("nan"), n)
    b = b * (a.sum() / b.sum())
    shift, pooled_a, pooled_b = b - a, a.sum(axis=0), b.sum(axis=0)
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // len(a))
    as_large = 0
    for start in range(0, draws, block):
        size = min(block, draws - start)
        moved = generator.integers(0, 2, size=(size, len(a))).astype(np.float64) @ shift
        swapped_a = _without_noise(pooled_a + moved, a.sum())
        swapped_b = _without_noise(pooled_b - moved, a.sum())
        swapped = np.abs(statistic(swapped_a) - statistic(swapped_b))
        as_large += int((~(swapped < abs(difference) - _ROUNDING)).sum())
    return Comparison(difference, (1 + as_large) / (1 + draws), difference, n)


def _without_noise(counts: FloatArray, total: float) -> FloatArray:
    # Sums of scaled counts can miss 0 by a rounding error, of which a ratio would make a number.
    return np.where(counts <= _ROUNDING * total, 0.0, counts)


def benjamini_hochberg(p: ArrayLike) -> FloatArray:
    """P values adjusted for the false discovery rate of all tests of a table.

    Parameters
    ----------
    p : array_like, any shape
        P values, 0 … 1; NaN for a test that could not be made, which is no member of the family.

    Returns
    -------
    ndarray of float, same shape
        Adjusted p values, 0 … 1; NaN where `p` is.

    Raises
    ------
    ValueError
        If a value lies outside 0 … 1.

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57(1), 289–300.
    """
    values = observed(p, "p")
    if ((values < 0) | (values > 1)).any():
        outside = values[(values < 0) | (values > 1)][0]
        raise ValueError(
            f"p holds {outside}; allowed: 0 … 1, or NaN; pass p values, not statistics"
        )
    made = ~np.isnan(values)
    family = values[made]
    order = np.argsort(family)[::-1]
    scaled = family[order] * family.size / np.arange(family.size, 0, -1)
    adjusted = np.empty(family.size)
    adjusted[order] = np.minimum.accumulate(np.minimum(scaled, 1.0))
    result = np.full(values.shape, np.nan)
    result[made] = adjusted
    return result
