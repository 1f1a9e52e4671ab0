"""Means over questions and countries, and their intervals where the claim is about questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mores.measures.ratio import ratio
from mores.measures.resampling import bootstrap_ratio, cluster_weights, interval_of
from mores.measures.results import Interval

__all__ = ["QuestionBootstrap", "centred", "known_mean"]

FloatArray = NDArray[np.float64]
AnyFloats = NDArray[np.floating[Any]]


def known_mean(values: AnyFloats, axis: int = -1) -> FloatArray:
    """Mean over an axis of what is not NaN; NaN where all is."""
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0.0).sum(axis=axis), known.sum(axis=axis))


def centred(draws: AnyFloats, estimate: AnyFloats | float) -> FloatArray:
    """Bootstrap draws (B, ...) of an absolute difference, moved so that their mean is the estimate.

    Resampling adds its own noise to a difference before its sign is dropped, so that draws of absolute
    differences, and of means over many of them, lie above the estimate by more than they scatter. What
    is wanted is the scatter of the error that a sample of this size has.
    """
    return np.asarray(draws + (estimate - known_mean(draws, axis=0)))


@dataclass(frozen=True, slots=True, eq=False)
class QuestionBootstrap:
    """Questions drawn with replacement, the same for every condition and country.

    Attributes
    ----------
    weights : ndarray of int32, shape (B, Q)
        How often each question is taken in each draw.
    level : float
        Nominal coverage.
    """

    weights: NDArray[np.int32]
    level: float

    @classmethod
    def draw(cls, n_questions: int, draws: int, level: float, seed: int) -> QuestionBootstrap:
        """Draw the weights."""
        return cls(cluster_weights(n_questions, draws, np.random.default_rng([seed, 1])), level)

    def by_country(self, values: FloatArray) -> Interval:
        """Interval of the mean over questions of values (..., C, Q): ends (..., C)."""
        return interval_of(self._draws(values), self.level, (~np.isnan(values)).sum(axis=-1))

    def over_countries(self, values: FloatArray) -> Interval:
        """Interval of the mean over countries of `by_country`'s means: ends (...)."""
        n = (~np.isnan(values)).any(axis=-2).sum(axis=-1)
        return interval_of(known_mean(self._draws(values)), self.level, n)

    def _draws(self, values: FloatArray) -> FloatArray:
        """Draws of the mean over questions, (B, ..., C)."""
        known = np.moveaxis(~np.isnan(values), -1, 0)
        filled = np.where(known, np.moveaxis(values, -1, 0), 0.0)
        return bootstrap_ratio(filled, known.astype(np.float64), self.weights)
