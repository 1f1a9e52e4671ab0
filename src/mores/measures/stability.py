"""Stability: how much the repeats of one and the same question differ.

A cell is what was asked several times: one question to one persona of one model. A cell with fewer
than two coded repeats says nothing of stability; it is left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import FloatArray, IntArray, observed

__all__ = ["CellStability", "Stability", "krippendorff_alpha_interval", "stability", "within_cells"]


@dataclass(frozen=True, slots=True, eq=False)
class CellStability:
    """Stability of each cell; shapes (...) for scores (..., R).

    Attributes
    ----------
    coded : ndarray of int
        Coded repeats. With fewer than two, everything below is NaN.
    equal : ndarray of float
        1 if all coded repeats have the same score, else 0.
    deviation : ndarray of float
        Standard deviation of the coded repeats, with n - 1.
    difference : ndarray of float
        Mean of |score - score| over pairs of coded repeats.
    flipped : ndarray of float
        1 if both a positive and a negative score occur, else 0.
    """

    coded: IntArray
    equal: FloatArray
    deviation: FloatArray
    difference: FloatArray
    flipped: FloatArray


@dataclass(frozen=True, slots=True)
class Stability:
    """Means over the cells with at least two coded repeats, NaN if there are none.

    Attributes
    ----------
    cells : int
        Cells with at least two coded repeats.
    excluded : int
        Cells with fewer.
    equal : float
        Share of cells in which all coded repeats are the same, 0 … 1.
    deviation : float
        Mean within-cell standard deviation, in units of the scores.
    difference : float
        Mean within-cell absolute difference of two repeats, in units of the scores.
    flipped : float
        Share of cells with both a positive and a negative score, 0 … 1.
    """

    cells: int
    excluded: int
    equal: float
    deviation: float
    difference: float
    flipped: float


def within_cells(scores: ArrayLike) -> CellStability:
    """Stability of each cell, from which means, and bootstraps over dilemmas, can be made.

    Parameters
    ----------
    scores : array_like, shape (..., R)
        Scores of R repeats; NaN for a repeat that is not coded, which is left out.

    Returns
    -------
    CellStability
        Arrays of shape (...).

    Raises
    ------
    ValueError
        If `scores` has no axis of repeats or holds an infinity.
    """
    array = observed(scores, "scores")
    if array.ndim == 0:
        raise ValueError(
            "scores is a single number; allowed: an array whose last axis holds the repeats of a "
            "cell; pass [score] for a cell asked once"
        )
    # Sorting puts NaN last, so that the first `coded` places are the coded repeats in order.
    ordered = np.sort(array, axis=-1)
    coded = np.asarray((~np.isnan(ordered)).sum(axis=-1), dtype=np.int64)
    m = np.where(coded >= 2, coded, np.nan)[..., None]
    place = np.arange(array.shape[-1])
    present = place < coded[..., None]
    filled = np.where(present, ordered, 0.0)
    centred = np.where(present, ordered - filled.sum(axis=-1, keepdims=True) / m, 0.0)
    deviation = np.sqrt((centred**2).sum(axis=-1) / (m[..., 0] - 1))
    difference = (filled * (2 * place - m + 1)).sum(axis=-1) / (m[..., 0] * (m[..., 0] - 1) / 2)
    unusable = coded < 2
    steps = np.diff(ordered, axis=-1)
    equal = np.where(unusable, np.nan, ~(steps > 0).any(axis=-1))
    flipped = np.where(unusable, np.nan, (array > 0).any(axis=-1) & (array < 0).any(axis=-1))
    deviation = np.where(equal == 1, 0.0, np.where(unusable, np.nan, deviation))
    difference = np.where(equal == 1, 0.0, difference)
    return CellStability(coded, equal, deviation, difference, flipped)


def stability(scores: ArrayLike) -> Stability:
    """Stability over all cells.

    Parameters
    ----------
    scores : array_like, shape (..., R)
        Scores of R repeats; NaN for a repeat that is not coded. Cells with fewer than two coded
        repeats are left out, and counted.

    Returns
    -------
    Stability
        Means over cells, each cell counting once.

    Raises
    ------
    ValueError
        If `scores` has no axis of repeats or holds an infinity.
    """
    each = within_cells(scores)
    usable = each.coded >= 2
    cells = int(usable.sum())
    means = [
        float(values[usable].mean()) if cells else float("nan")
        for values in (each.equal, each.deviation, each.difference, each.flipped)
    ]
    return Stability(cells, int(usable.size) - cells, means[0], means[1], means[2], means[3])


def krippendorff_alpha_interval(scores: ArrayLike) -> float:
    r"""Krippendorff's alpha for scores on an interval scale (the metric, not a confidence interval).

    One less the ratio of observed to expected disagreement, :math:`1 - D_o / D_e`, with squared
    differences within units over those between any two pairable scores.

    Parameters
    ----------
    scores : array_like, shape (units, R)
        Scores of R repeats (or judges) of each unit; NaN for missing. Units with fewer than two
        scores have nothing to pair and are left out.

    Returns
    -------
    float
        1 for perfect agreement, 0 for chance, negative below; NaN if all pairable scores are equal
        or there are none.

    Raises
    ------
    ValueError
        If `scores` does not have two axes or holds an infinity.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; Hayes and Krippendorff (2007),
    Communication Methods and Measures 1(1), 77–89.
    """
    array = observed(scores, "scores")
    if array.ndim != 2:
        raise ValueError(
            f"scores has shape {array.shape}; allowed: (units, repeats); reshape it to two axes"
        )
    coded = (~np.isnan(array)).sum(axis=1)
    array, m = array[coded >= 2], coded[coded >= 2]
    pooled = array[~np.isnan(array)]
    if pooled.size == 0 or pooled.min() == pooled.max():
        return float("nan")
    n = int(pooled.size)
    variances = np.nanvar(array, axis=1, ddof=1)
    seen = float((variances * m).sum()) / n
    expected = float(pooled.var(ddof=1))
    return 1.0 - seen / expected
