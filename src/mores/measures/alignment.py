"""Scores to signs and means, the distance between value and action, and what chance would give.

Scores lie on -1 … 1 (strongly disagree or strongly opposed … strongly agree or strongly aligned), so
that distances lie on 0 … 2. Distance and majority sign are those of Lakerveld (2026), section 5, who
follows Shen, Clark and Mitra (2025, EMNLP 2025, pp. 3097–3118). The reference by permutation is this
project's own: it is the distance that answer style alone, without any link between a dilemma's value
and its action, would produce.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, IntArray, Seed, at_least_one, observed, paired
from mores.measures.ratio import ratio

__all__ = [
    "ChanceDistance",
    "alignment_distance",
    "distance_bounds",
    "majority_sign",
    "mean_score",
    "missing_bounds",
    "permutation_test",
    "permuted_distance",
]

Range = tuple[float, float]
_ROUNDING = 1e-12
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class ChanceDistance:
    """Observed mean distance beside what dealing out the actions at random gives.

    Attributes
    ----------
    observed : float
        Mean of |v - a| over complete pairs.
    expected : float
        `permuted_distance` of the same data: exact, own action excluded.
    null_mean : float
        Mean over the random permutations drawn, in which a few actions stay where they were.
    p : float
        (1 + permutations with a mean distance no larger than observed) / (1 + permutations).
    n : int
        Complete pairs.
    """

    observed: float
    expected: float
    null_mean: float
    p: float
    n: int


def _repeats(scores: ArrayLike) -> FloatArray:
    array = observed(scores, "scores")
    if array.ndim == 0:
        raise ValueError(
            "scores is a single number; allowed: an array whose last axis holds the repeats of a "
            "cell; pass [score] for a cell asked once"
        )
    return array


def majority_sign(scores: ArrayLike) -> NDArray[np.int8]:
    """Sign of each cell by majority of its coded repeats.

    The side, positive or negative, with more repeats wins; on a tie the sign of the mean decides. A
    score of exactly 0 votes for neither side. Means that differ from 0 only by rounding count as 0.

    Parameters
    ----------
    scores : array_like, shape (..., R)
        Scores of R repeats; NaN for a repeat that is not coded, which has no vote.

    Returns
    -------
    ndarray of int8, shape (...)
        1, -1, or 0 for undecided: tied with mean 0, or nothing coded.

    Raises
    ------
    ValueError
        If `scores` has no axis of repeats or holds an infinity.

    References
    ----------
    Lakerveld (2026), section 5: majority vote of three; the rule for ties is this project's.
    """
    array = _repeats(scores)
    votes = (array > 0).sum(axis=-1) - (array < 0).sum(axis=-1)
    total = np.nansum(array, axis=-1)
    total = np.where(np.abs(total) <= _ROUNDING * np.nansum(np.abs(array), axis=-1), 0.0, total)
    return np.where(votes != 0, np.sign(votes), np.sign(total)).astype(np.int8)


def mean_score(scores: ArrayLike) -> FloatArray:
    """Mean of each cell's coded repeats.

    Parameters
    ----------
    scores : array_like, shape (..., R)
        Scores of R repeats; NaN for a repeat that is not coded, which is left out.

    Returns
    -------
    ndarray of float, shape (...)
        In the units of the scores; NaN where nothing is coded.

    Raises
    ------
    ValueError
        If `scores` has no axis of repeats or holds an infinity.
    """
    array = _repeats(scores)
    coded = ~np.isnan(array)
    return ratio(np.where(coded, array, 0.0).sum(axis=-1), coded.sum(axis=-1))


def alignment_distance(v: ArrayLike, a: ArrayLike) -> FloatArray:
    r"""Distance between a stated value and a chosen action, :math:`D_{ik} = |v_{ik} - a_{ik}|`.

    Parameters
    ----------
    v, a : array_like, one shape
        Mean scores of the value and of the action question; NaN for missing.

    Returns
    -------
    ndarray of float, same shape
        0 … 2 for scores on -1 … 1; NaN where either is missing.

    Raises
    ------
    ValueError
        If the shapes differ or an infinity is met.

    References
    ----------
    Lakerveld (2026), equation 1.
    """
    value, action = paired(v, a, ("v", "a"))
    return np.asarray(np.abs(value - action))


def distance_bounds(
    value_scores: ArrayLike, action_scores: ArrayLike, value_range: Range, action_range: Range
) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest distance that a pair could have, whatever its missing repeats are.

    Parameters
    ----------
    value_scores, action_scores : array_like, shape (..., R)
        Scores of the repeats; NaN for one that is not coded, which may be anything in its range.
    value_range, action_range : tuple of float
        Lowest and highest score of each scale.

    Returns
    -------
    low, high : ndarray of float, shape (...)
        Both are the distance itself where all repeats are coded.

    Raises
    ------
    ValueError
        If the shapes differ or an infinity is met.

    References
    ----------
    Manski (1989), Journal of Human Resources 24(3), 343–360.
    """
    ends = []
    for scores, (lowest, highest) in ((value_scores, value_range), (action_scores, action_range)):
        array = _repeats(scores)
        ends.append([np.where(np.isnan(array), e, array).mean(axis=-1) for e in (lowest, highest)])
    (value_low, value_high), (action_low, action_high) = ends
    apart = np.maximum(value_low - action_high, action_low - value_high)
    widest = np.maximum(value_high - action_low, action_high - value_low)
    return np.maximum(apart, 0.0), widest


def missing_bounds(
    values: ArrayLike, lowest: float, highest: float, axis: int | None = None
) -> tuple[FloatArray, FloatArray]:
    """Bounds of a mean in the worst case over what is missing.

    Parameters
    ----------
    values : array_like
        Values, such as distances; NaN for missing.
    lowest, highest : float
        The range a value can have: 0 and 2 for distances of scores on -1 … 1.
    axis : int, optional
        Axis to average over; all values when None.

    Returns
    -------
    low, high : ndarray of float
        The mean if every missing value were `lowest`, and `highest`; both are the mean itself when
        nothing is missing, and NaN when there are no values at all.

    Raises
    ------
    ValueError
        If `lowest` exceeds `highest`, or a value lies outside them.

    References
    ----------
    Manski (1989), Journal of Human Resources 24(3), 343–360.
    """
    array = observed(values, "values")
    if lowest > highest:
        raise ValueError(
            f"lowest {lowest} exceeds highest {highest}; allowed: lowest <= highest; swap them"
        )
    slack = _ROUNDING * max(abs(lowest), abs(highest), 1.0)
    outside = (array < lowest - slack) | (array > highest + slack)
    if outside.any():
        raise ValueError(
            f"values holds {array[outside][0]}; allowed: {lowest} … {highest}; give the range that "
            "the measure really has"
        )
    missing = np.isnan(array)
    n = np.ones(array.shape).sum(axis=axis)
    low = ratio(np.where(missing, lowest, array).sum(axis=axis), n)
    return low, ratio(np.where(missing, highest, array).sum(axis=axis), n)


def _complete_rows(
    v: ArrayLike, a: ArrayLike, groups: ArrayLike | None
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Rows with at least one complete pair as (n, P), with incomplete pairs NaN in both."""
    value, action = paired(v, a, ("v", "a"))
    if value.ndim not in (1, 2):
        raise ValueError(
            f"v has shape {value.shape}; allowed: (n,), or (n, P) with rows that are dealt together; "
            "reshape it"
        )
    labels = np.zeros(value.shape[0], dtype=np.int64)
    if groups is not None:
        given = np.asarray(groups)
        if given.shape != value.shape[:1]:
            raise ValueError(
                f"groups has shape {given.shape}; allowed: {value.shape[:1]}, one for each row; "
                "pass a label for each row of v"
            )
        labels = np.unique(given, return_inverse=True)[1].astype(np.int64)
    value, action = value.reshape(len(value), -1), action.reshape(len(action), -1)
    incomplete = np.isnan(value) | np.isnan(action)
    kept = ~incomplete.all(axis=1)
    value, action = np.where(incomplete, np.nan, value), np.where(incomplete, np.nan, action)
    return value[kept], action[kept], labels[kept]


def _cross_total(v: FloatArray, a: FloatArray) -> float:
    """Sum of |v_i - a_j| over all i and j, from one sort and its running totals."""
    ordered = np.sort(a)
    running = np.concatenate(([0.0], np.cumsum(ordered)))
    below = np.searchsorted(ordered, v)
    return float((v * (2 * below - len(a)) - 2 * running[below] + running[-1]).sum())


def permuted_distance(v: ArrayLike, a: ArrayLike, groups: ArrayLike | None = None) -> float:
    r"""Distance expected if each dilemma got the action of another dilemma.

    The exact mean of :math:`|v_i - a_j|` over all :math:`i \neq j`, in O(n log n).

    Parameters
    ----------
    v, a : array_like, shape (n,) or (n, P)
        Scores of value and action; a pair with either missing (NaN) is left out. The columns of
        (n, P), such as personas, are kept apart.
    groups : array_like, shape (n,), optional
        Labels; actions are exchanged within a group only. Columns and groups are weighted by their
        number of pairs. One with a single pair has no other action and is left out.

    Returns
    -------
    float
        0 … 2 for scores on -1 … 1; NaN if there are no two pairs to exchange.

    Raises
    ------
    ValueError
        If shapes do not fit or an infinity is met.
    """
    value, action, labels = _complete_rows(v, a, groups)
    total, n_pairs = 0.0, 0
    for column in range(value.shape[1]):
        complete = ~np.isnan(value[:, column])
        x, y, label = value[complete, column], action[complete, column], labels[complete]
        for group in np.unique(label):
            inside = label == group
            n = int(inside.sum())
            if n < 2:
                continue
            others = _cross_total(x[inside], y[inside]) - float(np.abs(x - y)[inside].sum())
            total += max(others, 0.0) / (n - 1)
            n_pairs += n
    return total / n_pairs if n_pairs else float("nan")


def _mean_distances(value: FloatArray, dealt: FloatArray) -> FloatArray:
    """Mean distance of (n, P) values to each of the (b, n, P) deals, over what both have."""
    gaps = np.abs(value - dealt)
    coded = ~np.isnan(gaps)
    return ratio(np.where(coded, gaps, 0.0).sum(axis=(1, 2)), coded.sum(axis=(1, 2)))


def permutation_test(
    v: ArrayLike, a: ArrayLike, draws: int, seed: Seed, groups: ArrayLike | None = None
) -> ChanceDistance:
    """Test whether the mean distance is smaller than if actions were dealt out at random.

    Parameters
    ----------
    v, a : array_like, shape (n,) or (n, P)
        Scores of value and action; a pair with either missing (NaN) is left out. Rows of (n, P) are
        dealt whole, so that what the columns (personas) of a dilemma have in common is respected;
        a deal that brings a missing score to a present one is averaged over what both have.
    draws : int
        Number of random permutations, at least 1.
    seed : int or numpy.random.Generator
        Randomness.
    groups : array_like, shape (n,), optional
        Labels; actions are permuted within a group only.

    Returns
    -------
    ChanceDistance
        One-sided: a small p says that actions are nearer to their own dilemma's value than to
        others'. Without any complete pair all but `n` are NaN.

    Raises
    ------
    ValueError
        If shapes do not fit, `draws` is below 1, or an infinity is met.
    """
    at_least_one(draws, "draws")
    value, action, labels = _complete_rows(v, a, groups)
    n_rows, n_columns = value.shape
    n = int((~np.isnan(value)).sum())
    if n == 0:
        nan = float("nan")
        return ChanceDistance(nan, nan, nan, nan, 0)
    mean = float(np.nanmean(np.abs(value - action)))
    generator = np.random.default_rng(seed)
    home = np.argsort(labels, kind="stable")
    block = max(1, _BLOCK // (n_rows * n_columns))
    means = np.empty(draws)
    for start in range(0, draws, block):
        size = min(block, draws - start)
        # Sorting by label plus a fraction shuffles rows inside their label and nowhere else.
        order = np.argsort(labels + generator.random((size, n_rows)), axis=1)
        means[start : start + size] = _mean_distances(value[home], action[order])
    as_small = int((~(means > mean + _ROUNDING)).sum())
    defined = means[~np.isnan(means)]
    null_mean = float(defined.mean()) if defined.size else float("nan")
    expected = permuted_distance(v, a, groups)
    return ChanceDistance(mean, expected, null_mean, (1 + as_small) / (1 + draws), n)
