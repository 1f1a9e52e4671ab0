"""Do value and action fall on the same side? Confusion counts and what is computed from them.

Counts have shape (..., 4), in the order of `CELLS`: both agree; agree with the value but act against
it; disagree with the value but act on it; both disagree. Pairs in which either side is undecided
(sign 0) are in none of the four, so that the number of pairs less the sum of the counts is the
number left out, and has to be reported.

The value-action alignment rate of Shen, Clark and Mitra (2025) and Lakerveld (2026) is an F1 score.
Which class is the positive one matters, so each function names it. F1 of *disagree* of a model that
always agrees and always acts on it is undefined, and is NaN here: 0 would read as perfect failure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import (
    FloatArray,
    IntArray,
    at_least_one,
    group_index,
    paired,
    sign_table,
)
from mores.measures.ratio import ratio

__all__ = [
    "CELLS",
    "accuracy",
    "cohen_kappa",
    "f1_agree",
    "f1_agree_bounds",
    "f1_disagree",
    "f1_macro",
    "sign_counts",
]

CELLS = ("both agree", "value agree, action oppose", "value disagree, action align", "both oppose")


def sign_counts(
    value_signs: ArrayLike,
    action_signs: ArrayLike,
    groups: ArrayLike | None = None,
    n_groups: int | None = None,
) -> IntArray:
    """Count pairs by the signs of value and action.

    Parameters
    ----------
    value_signs, action_signs : array_like, one shape
        Positive, negative, or 0 (or NaN) for undecided; pairs with an undecided side are left out.
    groups : array_like of int, same shape, optional
        Group of each pair, 0 … n_groups - 1, such as its dilemma.
    n_groups : int, optional
        Number of groups, needed with `groups`, so that empty groups keep their row.

    Returns
    -------
    ndarray of int, shape (4,) or (n_groups, 4)
        Counts in the order of `CELLS`.

    Raises
    ------
    ValueError
        If shapes differ, or a group lies outside its range, or only one of `groups` and `n_groups`
        is given.
    """
    value, action = paired(value_signs, action_signs, ("value_signs", "action_signs"))
    if (groups is None) != (n_groups is None):
        raise ValueError(
            f"groups is {'missing' if groups is None else 'given'} and n_groups is {n_groups}; "
            "allowed: both or neither; give both to count by group"
        )
    size = 1 if n_groups is None else at_least_one(n_groups, "n_groups")
    index = np.zeros(value.shape, dtype=np.int64)
    if groups is not None:
        index = group_index(groups, value.shape, size, "groups")
    decided = ((value > 0) | (value < 0)) & ((action > 0) | (action < 0))
    cell = index * 4 + 2 * (value < 0) + (action < 0)
    counts = np.bincount(cell[decided], minlength=4 * size).reshape(size, 4).astype(np.int64)
    return counts[0] if groups is None else counts


def _cells(counts: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    table = sign_table(counts)
    return (
        np.asarray(table[..., 0]),
        np.asarray(table[..., 1]),
        np.asarray(table[..., 2]),
        np.asarray(table[..., 3]),
    )


def f1_agree(counts: ArrayLike) -> FloatArray:
    r"""Alignment rate with *agree* as the positive class.

    :math:`2 n_{++} / (2 n_{++} + n_{+-} + n_{-+})`; symmetric in value and action.

    Parameters
    ----------
    counts : array_like, shape (..., 4)
        Counts, or weighted counts, in the order of `CELLS`.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where no pair has an agreeing side.

    Raises
    ------
    ValueError
        If the last axis is not 4 long or a count is negative.
    """
    both, only_value, only_action, _ = _cells(counts)
    return ratio(2 * both, 2 * both + only_value + only_action)


def f1_agree_bounds(counts: ArrayLike, missing: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest F1 of *agree* whatever the pairs without a sign on both sides would be.

    Parameters
    ----------
    counts : array_like, shape (..., 4)
        From `sign_counts`.
    missing : array_like, shape (...)
        Pairs that are in none of the four: undecided, or not coded.

    Returns
    -------
    low, high : ndarray of float, shape (...)
        With every missing pair set apart, and with every one agreeing on both sides; 0 … 1.

    Raises
    ------
    ValueError
        If `counts` are no counts by sign, or `missing` is negative.
    """
    both, value_only, action_only, _ = _cells(counts)
    left = np.asarray(missing, dtype=np.float64)
    if (left < 0).any():
        raise ValueError(f"missing holds {left.min()}; allowed: 0 and more; give numbers of pairs")
    split = value_only + action_only
    low = ratio(2 * both, 2 * both + split + left)
    high = ratio(2 * (both + left), 2 * (both + left) + split)
    return low, high


def f1_disagree(counts: ArrayLike) -> FloatArray:
    """Alignment rate with *disagree* as the positive class, as Shen et al. (2025) code it.

    Parameters
    ----------
    counts : array_like, shape (..., 4)
        Counts, or weighted counts, in the order of `CELLS`.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where no pair has a disagreeing side.

    Raises
    ------
    ValueError
        If the last axis is not 4 long or a count is negative.
    """
    _, only_value, only_action, neither = _cells(counts)
    return ratio(2 * neither, 2 * neither + only_value + only_action)


def f1_macro(counts: ArrayLike) -> FloatArray:
    """Mean of F1 over the classes that occur in value or action.

    A class that occurs on neither side has no F1 and is left out of the mean, so that one class
    alone gives its own F1.

    Parameters
    ----------
    counts : array_like, shape (..., 4)
        Counts, or weighted counts, in the order of `CELLS`.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where no pair is counted.

    Raises
    ------
    ValueError
        If the last axis is not 4 long or a count is negative.
    """
    by_class = np.stack([f1_agree(counts), f1_disagree(counts)])
    occurs = ~np.isnan(by_class)
    total = np.where(occurs, by_class, 0.0).sum(axis=0)
    return ratio(total, occurs.sum(axis=0))


def accuracy(counts: ArrayLike) -> FloatArray:
    """Share of pairs in which value and action fall on the same side.

    Parameters
    ----------
    counts : array_like, shape (..., 4)
        Counts, or weighted counts, in the order of `CELLS`.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where no pair is counted.

    Raises
    ------
    ValueError
        If the last axis is not 4 long or a count is negative.
    """
    both, only_value, only_action, neither = _cells(counts)
    return ratio(both + neither, both + only_value + only_action + neither)


def cohen_kappa(counts: ArrayLike) -> FloatArray:
    r"""Cohen's kappa of value and action signs: agreement beyond what their shares give.

    Computed as :math:`2 (n_{++} n_{--} - n_{+-} n_{-+}) / (r_+ c_- + r_- c_+)` with row and column
    totals r and c, which equals :math:`(p_o - p_e) / (1 - p_e)` without its cancellation.

    Parameters
    ----------
    counts : array_like, shape (..., 4)
        Counts, or weighted counts, in the order of `CELLS`.

    Returns
    -------
    ndarray of float, shape (...)
        -1 … 1; NaN where no pair is counted, or all are in one of the two agreeing cells, so that
        chance alone gives full agreement.

    Raises
    ------
    ValueError
        If the last axis is not 4 long or a count is negative.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20(1), 37–46.
    """
    both, only_value, only_action, neither = _cells(counts)
    value_agrees, value_not = both + only_value, only_action + neither
    action_agrees, action_not = both + only_action, only_value + neither
    return ratio(
        2 * (both * neither - only_value * only_action),
        value_agrees * action_not + value_not * action_agrees,
    )
