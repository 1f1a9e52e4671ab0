"""Ties: values that differ only by rounding errors of floating point are equal.

Means of a few scores, and their differences, carry such errors (0.1 + 0.2 is not 0.3), and whatever
works on ranks or signs would take 1e-17 for a difference and rank noise. Values are compared with
their neighbours in order, not cut off at a digit, which would part some pairs of near-equal ones.
"""

from __future__ import annotations

import numpy as np

from mores.measures.inputs import FloatArray

__all__ = ["settled", "settled_differences"]

_TOLERANCE = 1e-9


def settled(values: FloatArray, scale: float | None = None) -> FloatArray:
    """Values with each run of near-equal ones replaced by its smallest.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Finite values, which are compared with each other.
    scale : float, optional
        Magnitude of which 1e-9 is a rounding error; the largest magnitude among `values` when None.

    Returns
    -------
    ndarray of float, shape (n,)
        In the same order and units.
    """
    if values.size == 0:
        return values
    tolerance = _TOLERANCE * (float(np.abs(values).max()) if scale is None else scale)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.concatenate(([True], np.diff(ordered) > tolerance))
    result = np.empty_like(values)
    result[order] = ordered[starts][np.cumsum(starts) - 1]
    return result


def settled_differences(x: FloatArray, y: FloatArray) -> FloatArray:
    """Differences x - y: 0 where they are rounding errors of x and y, equal where nearly so.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        Finite values.

    Returns
    -------
    ndarray of float, shape (n,)
        In the same units; magnitudes tie whichever their sign.
    """
    difference = x - y
    scale = float(np.abs(np.concatenate([x, y])).max(initial=0.0))
    # The nought in front makes what is near it a tie with it.
    magnitude = settled(np.concatenate(([0.0], np.abs(difference))), scale)[1:]
    return np.asarray(np.sign(difference) * magnitude)
