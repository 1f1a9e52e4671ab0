"""How far readings of texts give back what the texts were to say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.proportions import share_interval
from mores.measures.results import Interval

__all__ = ["Detection", "ReadingAgreement", "detection", "reading_agreement"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ReadingAgreement:
    """Agreement of readings with what was meant, by attribute.

    Attributes
    ----------
    n : int
        Texts that were read.
    recovered, contradicted, unclear : ndarray of int64, shape (V,)
        Texts whose reading gives the level that was meant, another one, or none; they sum to `n`.
    recovery, contradiction : Interval
        Wilson's intervals of the shares recovered and contradicted, of all `n`; texts are taken as
        independent.
    """

    n: int
    recovered: IntArray
    contradicted: IntArray
    unclear: IntArray
    recovery: Interval
    contradiction: Interval

    @property
    def recovery_rate(self) -> NDArray[np.float64]:
        """Share recovered, shape (V,), 0 … 1; NaN where nothing was read."""
        return _share(self.recovered, self.n)

    @property
    def contradiction_rate(self) -> NDArray[np.float64]:
        """Share contradicted, shape (V,), 0 … 1; NaN where nothing was read."""
        return _share(self.contradicted, self.n)


def reading_agreement(meant: ArrayLike, read: ArrayLike, level: float = 0.95) -> ReadingAgreement:
    """Compare readings of texts with what each text was to say.

    Parameters
    ----------
    meant : array_like of int, shape (n, V)
        Level of each of V attributes that each text was to tell, 0 and more.
    read : array_like of int, shape (n, V)
        Level that a reader found; -1 where none was found. It is not left out: `n` is the same for
        all attributes.
    level : float
        Nominal coverage of the intervals, between 0 and 1.

    Raises
    ------
    ValueError
        If the shapes differ, or a level is negative other than -1 in `read`.
    """
    asked, found = _table(meant, "meant", 0), _table(read, "read", -1)
    if asked.shape != found.shape:
        raise ValueError(
            f"meant has shape {asked.shape} and read {found.shape}; allowed: the same; give one row a "
            "text and one column an attribute in both"
        )
    n = len(asked)
    recovered = (asked == found).sum(axis=0)
    unclear = (found == -1).sum(axis=0)
    contradicted = n - recovered - unclear
    return ReadingAgreement(
        n,
        recovered,
        contradicted,
        unclear,
        share_interval(recovered, n, level),
        share_interval(contradicted, n, level),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """How well planted faults were found, over all texts and attributes.

    Attributes
    ----------
    planted, clean : int
        Places (text by attribute) with and without a planted fault.
    found, false_alarms : int
        Of the planted, those that were found; of the clean, those where a fault was found.
    sensitivity, false_alarm_rate : float
        ``found / planted`` and ``false_alarms / clean``; NaN where there is nothing to divide by.
    sensitivity_interval, false_alarm_interval : Interval
        Wilson's; places are taken as independent.
    """

    planted: int
    clean: int
    found: int
    false_alarms: int
    sensitivity: float
    false_alarm_rate: float
    sensitivity_interval: Interval
    false_alarm_interval: Interval


def detection(planted: ArrayLike, found: ArrayLike, level: float = 0.95) -> Detection:
    """Compare faults that were found with those that were planted.

    Parameters
    ----------
    planted, found : array_like of bool, shape (n, V)
        Whether a fault was planted, and found, in each text and attribute.
    level : float
        Nominal coverage of the intervals, between 0 and 1.

    Raises
    ------
    ValueError
        If the shapes differ, or something is no truth value.
    """
    truth, claim = np.asarray(planted), np.asarray(found)
    if truth.shape != claim.shape or truth.dtype != np.bool_ or claim.dtype != np.bool_:
        raise ValueError(
            f"planted is {truth.dtype} {truth.shape} and found {claim.dtype} {claim.shape}; allowed: "
            "truth values of one shape; compare the same texts"
        )
    n, clean = int(truth.sum()), int((~truth).sum())
    hits, alarms = int((truth & claim).sum()), int((~truth & claim).sum())
    return Detection(
        n,
        clean,
        hits,
        alarms,
        hits / n if n else float("nan"),
        alarms / clean if clean else float("nan"),
        share_interval(hits, n, level),
        share_interval(alarms, clean, level),
    )


def _table(levels: ArrayLike, name: str, lowest: int) -> IntArray:
    table = np.asarray(levels)
    if table.ndim != 2 or (table.size and table.dtype.kind not in "iu"):
        raise ValueError(
            f"{name} is {table.dtype} {table.shape}; allowed: whole numbers, one row a text and one "
            "column an attribute"
        )
    if table.size and table.min() < lowest:
        raise ValueError(f"{name} holds {table.min()}; allowed: {lowest} and more")
    return table.astype(np.int64)


def _share(count: IntArray, n: int) -> NDArray[np.float64]:
    return count / n if n else np.full(count.shape, np.nan)
