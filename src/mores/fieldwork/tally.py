"""What is still to be asked, and what has been stored."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from mores.fieldwork.design import Design
from mores.fieldwork.store import Progress, Verdict
from mores.models.interface import Price

__all__ = ["Tally", "remaining"]


@dataclass(slots=True)
class Tally:
    """What has been stored so far; counts grow only when replies are durable.

    Attributes
    ----------
    planned : int
        Trials to be asked in all, those stored by earlier runs included.
    earlier : int
        Of these, trials settled by earlier runs.
    settled : int
        Trials that will not be asked again, earlier ones included.
    requests : int
        Requests answered in this run, repeated attempts included.
    coded, refused, uncoded, failed : int
        Settled trials by outcome.
    reasked : int
        Requests of this run that were repeated attempts.
    prompt_tokens, completion_tokens : int
        Over all attempts of this and earlier runs.
    in_flight : int
        Requests waited for when the tally was last shown.
    started : float
        `time.monotonic` at the start of asking.
    """

    planned: int
    earlier: int = 0
    settled: int = 0
    requests: int = 0
    coded: int = 0
    refused: int = 0
    uncoded: int = 0
    failed: int = 0
    reasked: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    in_flight: int = 0
    started: float = field(default_factory=time.monotonic)

    def settle(self, verdict: int, n: int = 1) -> None:
        """Count n trials that ended with a verdict."""
        self.settled += n
        if verdict == Verdict.CODED:
            self.coded += n
        elif verdict == Verdict.REFUSED:
            self.refused += n
        elif verdict == Verdict.UNCODED:
            self.uncoded += n
        else:
            self.failed += n

    def rate(self) -> float:
        """Requests a second in this run."""
        return self.requests / max(time.monotonic() - self.started, 1e-9)

    def cost(self, price: Price | None) -> float | None:
        """US dollars spent, None where the price is unknown."""
        if price is None:
            return None
        return (self.prompt_tokens * price.prompt + self.completion_tokens * price.completion) / 1e6


def remaining(
    design: Design, progress: Progress, retry_rejected: bool = False
) -> tuple[Iterator[tuple[int, int]], Tally]:
    """What is still to be asked, lazily, and a tally of what is settled.

    A trial is settled when its last reply was coded or refused, when it was rejected for good, or when
    its attempts are used up. A failed one is asked again under the same attempt.

    Returns
    -------
    iterator of (trial, attempt)
    Tally
    """
    next_attempt = np.zeros(design.size, np.int8)
    settled = np.full(design.size, -1, np.int8)
    known = np.searchsorted(progress.trials, design.size)  # the store may be of a larger sample
    trials = progress.trials[:known]
    attempts, verdicts = progress.attempts[:known], progress.verdicts[:known]
    again = verdicts == Verdict.FAILED
    if retry_rejected:
        again |= verdicts == Verdict.REJECTED
    unread = (verdicts == Verdict.UNCODED) & (attempts + 1 < design.attempts)
    next_attempt[trials] = attempts + unread
    done = ~(again | unread)
    settled[trials[done]] = verdicts[done]

    tally = Tally(planned=design.selected)
    for block in design.blocks(65_536):
        for verdict, n in enumerate(np.bincount(settled[block] + 1, minlength=6)[1:].tolist()):
            tally.settle(verdict, n)
    tally.earlier = tally.settled

    def todo() -> Iterator[tuple[int, int]]:
        for block in design.blocks(4096):
            left = block[settled[block] < 0]
            yield from zip(left.tolist(), next_attempt[left].tolist(), strict=True)

    return todo(), tally
