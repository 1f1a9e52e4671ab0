"""Regression of outcomes on factors, for many weightings of the same rows at once.

Each factor enters as dummies of its levels but one. All is computed from weighted moments, so that
a bootstrap of thousands of draws is two matrix products and one batch of small linear systems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.factorial import level_table
from mores.measures.inputs import FloatArray, IntArray
from mores.measures.ratio import ratio

__all__ = ["Design", "Moments"]

_SINGULAR = 1e-10
"""Smallest eigenvalue of a correlation matrix of dummies that counts as more than rounding."""

_ROWS = 8_192
"""Of how many rows products of columns are held at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Weighted moments of B draws about their means.

    Attributes
    ----------
    design : ndarray of float, shape (B, p, p)
        Correlations of the dummies; the identity in rows of a level that the draw lacks.
    outcome : ndarray of float, shape (B, p, F)
        Covariances of standardised dummies with the outcomes.
    total : ndarray of float, shape (B, F)
        Variances of the outcomes.
    """

    design: FloatArray
    outcome: FloatArray
    total: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Dummies of all levels but one of each variable.

    Attributes
    ----------
    dummies : ndarray of float, shape (N, p)
    owner : ndarray of int, shape (p,)
        The variable of each dummy.
    df : ndarray of int, shape (V,)
        Levels of each variable that occur, less one.
    """

    dummies: FloatArray
    owner: IntArray
    df: IntArray

    @classmethod
    def of(cls, levels: ArrayLike, sizes: Sequence[int], n: int) -> Design:
        """The design of n rows of levels, with a dummy for every level."""
        rows = level_table(levels, sizes)
        if len(rows) != n:
            raise ValueError(
                f"levels has {len(rows)} rows and values {n}; allowed: one row of levels for each row "
                "of values; align them"
            )
        owner = np.repeat(np.arange(len(sizes)), sizes)
        place = np.concatenate([np.arange(size) for size in sizes])
        return cls((rows[:, owner] == place).astype(np.float64), owner, np.asarray(sizes) - 1)

    def rows(self, chosen: NDArray[np.bool_]) -> Design:
        """The design of some rows, with the most frequent level of each variable as reference."""
        dummies = self.dummies[chosen]
        counts = dummies.sum(axis=0)
        keep = counts > 0
        df = np.zeros(len(self.df), dtype=np.int64)
        for v in range(len(self.df)):
            own = np.flatnonzero(self.owner == v)
            df[v] = max(0, int((counts[own] > 0).sum()) - 1)
            keep[own[np.argmax(counts[own])]] = False
        return Design(dummies[:, keep], self.owner[keep], df)

    def moments(self, y: FloatArray, weights: NDArray[np.floating]) -> Moments:
        """Moments of every row of weights, shape (B, N)."""
        p = self.dummies.shape[1]
        columns = np.concatenate([self.dummies, y - y.mean(axis=0)], axis=1)
        sums = weights.sum(axis=1, keepdims=True)
        means = ratio(weights @ columns, sums)
        table = ratio(_crossed(columns, weights), sums[:, :, None])
        table -= means[:, :, None] * means[:, None, :]
        spread = np.sqrt(np.maximum(np.diagonal(table, axis1=1, axis2=2)[:, :p], 0.0))
        scale = ratio(1.0, np.where(spread > 1e-9, spread, 0.0))
        scale = np.nan_to_num(scale)
        design = table[:, :p, :p] * scale[:, :, None] * scale[:, None, :]
        design[:, np.arange(p), np.arange(p)] = 1.0
        outcome = table[:, :p, p:] * scale[:, :, None]
        total = np.maximum(np.diagonal(table, axis1=1, axis2=2)[:, p:], 0.0)
        return Moments(design, outcome, total)

    def explained(self, moments: Moments, chosen: NDArray[np.bool_]) -> FloatArray:
        """Variance that some dummies explain; chosen (..., p) broadcast with draws to (..., F)."""
        chosen = np.broadcast_to(chosen, np.broadcast_shapes(chosen.shape, (1, len(self.owner))))
        both = chosen[..., :, None] & chosen[..., None, :]
        design = np.where(both, moments.design, np.eye(len(self.owner)))
        outcome = np.where(chosen[..., None], moments.outcome, 0.0)
        if not design.shape[-1]:
            return np.zeros((*design.shape[:-2], outcome.shape[-1]))
        return np.asarray((outcome * _solved(design, outcome)).sum(axis=-2))

    def type_ii(self, moments: Moments) -> tuple[FloatArray, FloatArray]:
        """Variance explained by all (B, F), and what each variable adds to the others (B, V, F)."""
        every = np.ones(len(self.owner), dtype=np.bool_)
        full = self.explained(moments, every)
        adds = np.zeros((len(full), len(self.df), full.shape[1]))
        for v in range(len(self.df)):
            if (self.owner == v).any():
                without = self.explained(moments, self.owner != v)
                adds[:, v] = np.maximum(full - without, 0.0)
        return full, adds


def _crossed(columns: FloatArray, weights: NDArray[np.floating]) -> FloatArray:
    """Weighted cross-products of columns (N, c) for every row of weights (B, N): (B, c, c)."""
    c = columns.shape[1]
    if len(weights) == 1:
        return np.asarray((columns.T @ (weights[0][:, None] * columns))[None])
    i, j = np.triu_indices(c)
    upper = np.zeros((len(weights), len(i)))
    for start in range(0, len(columns), _ROWS):
        part = columns[start : start + _ROWS]
        upper += weights[:, start : start + _ROWS] @ (part[:, i] * part[:, j])
    table = np.empty((len(weights), c, c))
    table[:, i, j] = table[:, j, i] = upper
    return table


def _solved(design: FloatArray, outcome: FloatArray) -> FloatArray:
    """Coefficients; by the generalised inverse where variables determine each other."""
    regular = np.linalg.eigvalsh(design)[..., 0] > _SINGULAR
    safe = np.where(regular[..., None, None], design, np.eye(design.shape[-1]))
    found = np.linalg.solve(safe, outcome)
    if not regular.all():
        odd = ~regular
        inverse = np.linalg.pinv(design[odd], rcond=_SINGULAR, hermitian=True)
        found[odd] = inverse @ outcome[odd]
    return np.asarray(found)
