"""The last reply to each trial, in columns, as reports are made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mores.fieldwork.design import MAX_ATTEMPTS
from mores.fieldwork.rows import Row, stored_of
from mores.records import Reply

__all__ = ["DAMAGE", "LastReplies", "last_replies"]

DAMAGE = (ValueError, TypeError, AttributeError, OverflowError)
"""What values that were never written raise when they are read."""


def _as_it_is(error: Exception) -> Exception:
    return error


@dataclass(frozen=True, slots=True, eq=False)
class LastReplies:
    """The last attempt of each of n trials, in the order of the design.

    Attributes
    ----------
    trials, attempts : int64 array, shape (n,)
        Trials, and the number of each one's last attempt, 0 for the first.
    prompt_tokens, completion_tokens : int64 array, shape (n,)
        Over all its attempts; 0 where nothing was counted.
    rows : list of tuple
        The last attempts as they lie in the store.
    explained : callable
        The error to raise for what a damaged row raises when it is read.
    """

    trials: NDArray[np.int64]
    attempts: NDArray[np.int64]
    prompt_tokens: NDArray[np.int64]
    completion_tokens: NDArray[np.int64]
    rows: list[Row]
    explained: Callable[[Exception], Exception]

    @classmethod
    def of(
        cls,
        rows: Sequence[Row],
        explained: Callable[[Exception], Exception] = _as_it_is,
    ) -> Self:
        """Of rows in their order, all attempts of each trial among them."""
        slots = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        trials, attempts = np.divmod(slots, MAX_ATTEMPTS)
        first = np.flatnonzero(np.append(True, trials[1:] != trials[:-1])) if len(rows) else slots
        last = np.append(first[1:], len(rows))[: len(first)] - 1
        used = (
            np.fromiter((row[place] or 0 for row in rows), np.int64, len(rows)) for place in (7, 8)
        )
        prompt, completion = (np.add.reduceat(n, first) if len(first) else n for n in used)
        kept = list(rows) if len(last) == len(rows) else [rows[i] for i in last.tolist()]
        return cls(trials[last], attempts[last], prompt, completion, kept, explained)

    def __len__(self) -> int:
        return len(self.rows)

    def among(self, trials: NDArray[np.int64]) -> Self:
        """Those of some trials, which are ascending."""
        place = np.minimum(np.searchsorted(trials, self.trials), len(trials) - 1)
        kept = np.flatnonzero(trials[place] == self.trials)
        if len(kept) == len(self):
            return self
        return type(self)(
            self.trials[kept],
            self.attempts[kept],
            self.prompt_tokens[kept],
            self.completion_tokens[kept],
            [self.rows[i] for i in kept.tolist()],
            self.explained,
        )

    def column(self, name: str) -> list[Any]:
        """What the rows hold under ``key``, ``finish``, ``seconds`` or ``masses``, as stored."""
        place = {"key": 1, "finish": 5, "seconds": 9, "masses": 10}[name]
        return [row[place] for row in self.rows]

    def texts(self) -> list[str | None]:
        """What was answered in text."""
        try:
            return [
                None if (text := row[3]) is None else text.decode("utf-8", "surrogatepass")
                for row in self.rows
            ]
        except DAMAGE as error:
            raise self.explained(error) from None

    def reply(self, i: int) -> Reply:
        """The reply of the row i."""
        try:
            return stored_of(*self.rows[i]).reply
        except DAMAGE as error:
            raise self.explained(error) from None


def last_replies(
    chunks: Iterable[list[Row]], explained: Callable[[Exception], Exception] = _as_it_is
) -> Iterator[LastReplies]:
    """The last attempt of each trial of chunks of rows, which come in the order of the design.

    Only one trial is held back at a time. Of `explained` see `LastReplies`.
    """
    held: list[Row] = []
    for chunk in chunks:
        rows = held + chunk
        cut = len(rows) - 1
        while cut and rows[cut - 1][0] // MAX_ATTEMPTS == rows[-1][0] // MAX_ATTEMPTS:
            cut -= 1
        held = rows[cut:]
        if cut:
            yield LastReplies.of(rows[:cut], explained)
    if held:
        yield LastReplies.of(held, explained)
