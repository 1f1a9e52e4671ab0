"""Replies -> outcomes, many at a time: exact probabilities in columns, anything else one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.coding.option_masses import code_exact_masses
from mores.fieldwork.last_replies import LastReplies
from mores.fieldwork.rows import exact_masses
from mores.records import Outcome, Status
from mores.studies.option_table import HasOptionTable, OptionTable
from mores.studies.study import ReadsMore, StudyDesign

__all__ = ["CodedReplies", "coded_replies"]

_STATUSES = tuple(map(str, Status))
_PLACE = {status: place for place, status in enumerate(Status)}

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class CodedReplies:
    """Outcomes of n replies, in columns; each row is filled by one of the methods.

    Parameters
    ----------
    n : int

    Attributes
    ----------
    options : int64 array, shape (n,)
        In the instrument's own order; -1 for none.
    told : list of Outcome
        Those that were filled one by one.
    """

    def __init__(self, n: int) -> None:
        self.options = np.full(n, -1)
        self.told: list[Outcome] = []
        self._statuses = np.zeros(n, np.int64)
        self._reasons = np.full(n, "", object)
        self._allowed, self._unseen = np.full(n, np.nan), np.full(n, np.nan)
        self._shares: list[tuple[IntArray, FloatArray]] = []

    def fill(self, rows: IntArray, outcomes: Sequence[Outcome]) -> None:
        """Rows whose outcomes were made one by one."""
        self.told.extend(outcomes)
        self._statuses[rows] = [_PLACE[o.status] for o in outcomes]
        self.options[rows] = [-1 if o.option is None else o.option for o in outcomes]
        self._reasons[rows] = [o.reason for o in outcomes]
        self._allowed[rows] = np.array([o.allowed_mass for o in outcomes], np.float64)
        self._unseen[rows] = np.array([o.unseen for o in outcomes], np.float64)
        lengths = np.array([len(o.probabilities) for o in outcomes], np.int64)
        for length in np.unique(lengths[lengths > 0]):
            some = np.flatnonzero(lengths == length)
            shares = np.array([outcomes[i].probabilities for i in some.tolist()])
            self._shares.append((rows[some], shares))

    def fill_told(
        self, rows: IntArray, logs: NDArray[np.float32], table: OptionTable, places: IntArray
    ) -> None:
        """Rows about as many options each, of which every probability was told exactly.

        Parameters
        ----------
        rows : int64 array, shape (m,)
        logs : float32 array, shape (m, k)
            Their natural logarithms, in the order shown.
        table : OptionTable
        places : int64 array, shape (m,)
        """
        found = code_exact_masses(logs)
        coded = np.flatnonzero(found.option >= 0)
        self._statuses[rows] = _PLACE[Status.UNCODED]
        self._statuses[rows[coded]] = _PLACE[Status.CODED]
        self.options[rows[coded]] = table.order[places[coded], found.option[coded]]
        self._reasons[rows] = found.reason
        self._allowed[rows], self._unseen[rows] = found.allowed_mass, found.unseen
        own = table.shown[places[coded], : logs.shape[1]]
        shares = np.take_along_axis(found.probabilities[coded], own, axis=1)
        self._shares.append((rows[coded], shares))

    def columns(self) -> dict[str, pl.Series]:
        """``status``, ``option``, ``reason``, ``probabilities``, ``allowed_mass`` and ``unseen``."""
        return {
            "status": pl.Series(_STATUSES).gather(self._statuses),
            "option": pl.Series(self.options, dtype=pl.Int16).replace(-1, None),
            "probabilities": self._lists(),
            "allowed_mass": pl.Series(self._allowed).fill_nan(None),
            "unseen": pl.Series(self._unseen).fill_nan(None),
            "reason": pl.Series(self._reasons.tolist(), dtype=pl.String),
        }

    def _lists(self) -> pl.Series:
        """Lists of 32-bit numbers, null where there are none."""
        lists = [pl.Series([None], dtype=pl.List(pl.Float32))]
        place, n = np.zeros(len(self.options), np.int64), 1
        for rows, shares in self._shares:
            place[rows] = n + np.arange(len(rows))
            n += len(rows)
            lists.append(pl.Series(shares.astype(np.float32)).cast(pl.List(pl.Float32)))
        return pl.concat(lists).gather(place)


def coded_replies(design: StudyDesign, found: LastReplies) -> CodedReplies:
    """Code replies as `mores.fieldwork.design.Design.code` does one by one.

    Probabilities that were told exactly are coded in columns, which differs in the last digits of
    64 bits at most.
    """
    coded, left = CodedReplies(len(found)), np.full(len(found), True)
    if isinstance(design, HasOptionTable) and not isinstance(design, ReadsMore):
        table, places = design.option_table, design.place_of(found.trials)
        sizes = np.where(table.scored[places], table.sizes[places], 0)
        for rows, logs in exact_masses(found.column("masses"), sizes):
            coded.fill_told(rows, logs, table, places[rows])
            left[rows] = False
    rows = np.flatnonzero(left)
    trials, attempts = found.trials[rows].tolist(), found.attempts[rows].tolist()
    coded.fill(
        rows,
        [
            design.code(trial, attempt, found.reply(row))
            for trial, attempt, row in zip(trials, attempts, rows.tolist(), strict=True)
        ],
    )
    return coded
