"""Division as all measures do it: what is divided by nothing is undefined, not zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import FloatArray

__all__ = ["ratio"]


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> FloatArray:
    """Quotient that is NaN, without a warning, where the denominator is 0.

    Parameters
    ----------
    numerator, denominator : array_like
        Finite numbers or NaN, broadcast against each other.

    Returns
    -------
    ndarray of float
        NaN where either is NaN or the denominator is 0.
    """
    above, below = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    undefined = np.full(above.shape, np.nan)
    return np.asarray(np.divide(above, below, out=undefined, where=below != 0))
