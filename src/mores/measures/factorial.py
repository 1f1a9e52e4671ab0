"""Factorial designs: every combination of the levels of some variables, or some of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import FloatArray, IntArray, observed

__all__ = ["GRID_SIZES", "level_table", "row_weights"]

GRID_SIZES = (4, 3, 3, 2, 3, 4, 4, 3, 3, 3)
"""Numbers of levels of the ten cultural variables, in order; 93,312 combinations."""


def level_table(levels: ArrayLike, sizes: Sequence[int]) -> IntArray:
    """Levels of shape (N, len(sizes)), each 0 … size - 1 of its variable.

    Raises
    ------
    ValueError
        If the shape differs, or a level is no whole number or does not exist.
    """
    rows = np.asarray(levels)
    if rows.ndim != 2 or rows.shape[1] != len(sizes):
        raise ValueError(
            f"levels has shape {rows.shape}; allowed: (N, {len(sizes)}), a level of each variable"
        )
    if rows.size and rows.dtype.kind not in "iu":
        raise ValueError(f"levels is of type {rows.dtype}; allowed: whole numbers from 0")
    outside = (rows < 0) | (rows >= np.asarray(sizes))
    if outside.any():
        row, v = (int(i) for i in np.argwhere(outside)[0])
        raise ValueError(
            f"row {row} has level {rows[row, v]} of variable {v}; allowed: 0 … {sizes[v] - 1}; leave "
            "out rows whose levels are not known"
        )
    return rows.astype(np.int64)


def row_weights(weights: ArrayLike | None, n: int) -> FloatArray:
    """Weights of n rows; 1 each when None.

    Raises
    ------
    ValueError
        If the shape differs, or a weight is missing or negative.
    """
    if weights is None:
        return np.ones(n)
    given = observed(weights, "weights")
    if given.shape != (n,) or np.isnan(given).any() or (given < 0).any():
        raise ValueError(
            f"weights has shape {given.shape} and least value {given.min(initial=0):g}; allowed: "
            f"shape ({n},), each 0 or more and none missing; leave out who has no weight"
        )
    return given
