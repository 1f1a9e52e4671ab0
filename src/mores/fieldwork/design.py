"""What fieldwork needs to know of a study: a lazily enumerated design of trials.

A trial is one thing to ask. Trials are numbered 0 … size - 1 in the study's full design, in an order
that does not depend on how much of it is sampled; so a sample can be widened later and nothing is
asked twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mores.records import Outcome, Reply, Request

__all__ = ["MAX_ATTEMPTS", "Design"]

MAX_ATTEMPTS = 16
"""A trial is asked at most this often; the store's slots are numbered by it."""


class Design(Protocol):
    """What is to be asked."""

    @property
    def size(self) -> int:
        """Number of trials in the full design."""
        ...

    @property
    def selected(self) -> int:
        """Number of trials that are asked; fewer when sampled."""
        ...

    @property
    def attempts(self) -> int:
        """How often at most a trial is asked whose reply cannot be coded, 1 … `MAX_ATTEMPTS`."""
        ...

    def blocks(self, length: int) -> Iterator[NDArray[np.int64]]:
        """Numbers of the selected trials, ascending, at most `length` at a time."""
        ...

    def request(self, trial: int, attempt: int) -> Request:
        """The request of a trial's attempt (0 is the first)."""
        ...

    def code(self, trial: int, attempt: int, reply: Reply) -> Outcome:
        """What a reply is coded as, `Outcome.option` in the instrument's own order; pure."""
        ...
