"""Weighted means, standard deviations and correlations of variables with missing values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import FloatArray, IntArray, observed
from mores.measures.ratio import ratio

__all__ = ["Moments", "survey_weights", "weighted_moments"]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What a sample says about its variables, one by one and in pairs.

    Attributes
    ----------
    means, sds : ndarray of float, shape (p,)
        Weighted mean and standard deviation (divisor: the sum of weights) over all observations that
        have the variable; NaN where none has.
    correlation : ndarray of float, shape (p, p)
        Weighted product-moment correlation of each pair over the observations that have both, with
        their own means and standard deviations; NaN where it is undefined.
    counts : ndarray of int, shape (p, p)
        Number of observations with a positive weight that have both; on the diagonal, the variable.
    """

    means: FloatArray
    sds: FloatArray
    correlation: FloatArray
    counts: IntArray


def survey_weights(weights: ArrayLike, n: int) -> FloatArray:
    """Survey weights of n respondents, with 0 for those who have none.

    Parameters
    ----------
    weights : array_like, shape (n,)
        0 and more, in any unit; NaN for a respondent without a weight.
    n : int
        Number of respondents.

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    ValueError
        If the shape differs or a weight is negative.
    """
    array = observed(weights, "weights")
    if array.shape != (n,) or (array < 0).any():
        least = np.nanmin(array) if (array < 0).any() else 0
        raise ValueError(
            f"weights has shape {array.shape} and least value {least:g}; allowed: shape ({n},), each "
            "0 or more, NaN for a respondent without one; pass one weight for each respondent"
        )
    return np.nan_to_num(array)


def weighted_moments(values: ArrayLike, weights: ArrayLike) -> Moments:
    """Means, standard deviations and pairwise-complete correlations.

    Parameters
    ----------
    values : array_like, shape (n, p)
        NaN for missing. Every pair of variables uses all observations that have both, so that a
        missing value costs nothing but itself.
    weights : array_like, shape (n,)
        Survey weights of 0 and more, in any unit; observations with NaN or 0 are left out.

    Returns
    -------
    Moments
        Unchanged if all weights are multiplied by a number, or all observations repeated.

    Raises
    ------
    ValueError
        If shapes do not fit, or a weight is negative.
    """
    table = observed(values, "values")
    if table.ndim != 2:
        raise ValueError(
            f"values has shape {table.shape}; allowed: (observations, variables); reshape it"
        )
    weight = survey_weights(weights, len(table))
    table, weight = table[weight > 0], weight[weight > 0]
    there = (~np.isnan(table)).astype(np.float64)
    weight = weight / (weight.max() if len(weight) else 1.0)
    total = weight @ there
    means = ratio(weight @ np.nan_to_num(table), total)
    centred = np.where(there > 0, table - means, 0.0)
    sds = np.sqrt(ratio(weight @ centred**2, total))
    sds = np.where(sds > 1e-12 * np.abs(means), sds, np.minimum(sds, 0.0))
    scores = np.nan_to_num(ratio(centred, sds))
    return Moments(
        means, sds, _correlation(scores, there, weight), (there.T @ there).astype(np.int64)
    )


def _correlation(scores: FloatArray, there: FloatArray, weight: FloatArray) -> FloatArray:
    """Correlations of standardised columns, which hold 0 where they are missing."""
    weighted = scores * weight[:, None]
    total = (there * weight[:, None]).T @ there
    mean = ratio(weighted.T @ there, total)  # of the row's variable, where the column's is there
    variance = ratio((weighted * scores).T @ there, total) - mean**2
    variance = np.where(variance > 1e-12, variance, 0.0)  # rounding leaves no constant a variance
    covariance = ratio(weighted.T @ scores, total) - mean * mean.T
    return np.clip(ratio(covariance, np.sqrt(variance * variance.T)), -1.0, 1.0)
