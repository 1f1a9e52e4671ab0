"""The records that measures return."""

from __future__ import annotations

from dataclasses import dataclass

from mores.measures.inputs import FloatArray

__all__ = ["Comparison", "Interval"]


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """Lower and upper ends of an interval, one of each for every statistic.

    Attributes
    ----------
    low, high : ndarray of float
        Ends in the units and the shape of the statistic (zero-dimensional for a single one); NaN
        where there is none.
    level : float
        Nominal coverage, between 0 and 1.
    """

    low: FloatArray
    high: FloatArray
    level: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a test of a difference found.

    Attributes
    ----------
    statistic : float
        The test's own statistic, as its function describes it.
    p : float
        Two-sided p value in 0 … 1; NaN where there was nothing to test.
    effect : float
        Effect size, signed such that positive means that the first sample is larger.
    n : int
        How many units were used (pairs, observations or clusters, as the function says); what is
        missing is not counted.
    """

    statistic: float
    p: float
    effect: float
    n: int
