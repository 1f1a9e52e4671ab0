"""A design of bare numbers and a model that answers it from a script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mores.fieldwork.store import StoredReply, Verdict
from mores.keys import digest
from mores.models.interface import Capabilities
from mores.records import Message, Outcome, Reply, Request, Sampling, Status

CODED = Reply("coded", prompt_tokens=500, completion_tokens=120, seconds=0.5)
REFUSED = Reply("refused", prompt_tokens=500, completion_tokens=10)
UNREADABLE = Reply("unreadable", prompt_tokens=500, completion_tokens=1)
FAILED = Reply(None, failure="HTTP 500")
REJECTED = Reply(None, failure="HTTP 400", permanent=True)
STATUS = {"coded": Status.CODED, "refused": Status.REFUSED, "unreadable": Status.UNCODED}

Answer = Callable[[int, int], Reply]


class SmallDesign:
    """Trials that ask their own number; a reply says in a word what it is coded as."""

    def __init__(
        self, size: int, attempts: int = 3, chosen: NDArray[np.int64] | None = None
    ) -> None:
        self.size = size
        self.attempts = attempts
        self.chosen = np.arange(size) if chosen is None else chosen
        self.selected = len(self.chosen)

    def blocks(self, length: int) -> Iterator[NDArray[np.int64]]:
        for start in range(0, self.selected, length):
            yield self.chosen[start : start + length]

    def request(self, trial: int, attempt: int) -> Request:
        messages = (Message("user", f"trial {trial}, attempt {attempt}"),)
        return Request(digest([trial, attempt]), messages, Sampling(), trial * 16 + attempt)

    def code(self, trial: int, attempt: int, reply: Reply) -> Outcome:
        if reply.text is None:
            return Outcome(Status.FAILED, None, reply.failure or "no reply")
        status = STATUS[reply.text]
        return Outcome(status, 0 if status is Status.CODED else None, reply.text)


class ScriptedModel:
    """Answers each (trial, attempt) as told and remembers what it was asked.

    Attributes
    ----------
    asked : list of (trial, attempt)
        In the order in which they were asked.
    blocks : list of int
        How many were asked at once.
    active, peak : int
        Blocks in flight now, and at most.
    """

    spec = label = "scripted"
    simulated = True
    capabilities = Capabilities()
    identity: dict[str, Any] = {"kind": "scripted"}  # noqa: RUF012

    def __init__(self, answer: Answer, delay: float = 0.0, block_size: int = 1) -> None:
        self.answer = answer
        self.delay = delay
        self.block_size = block_size
        self.asked: list[tuple[int, int]] = []
        self.blocks: list[int] = []
        self.active = self.peak = 0

    async def prepare(self, known: Capabilities | None = None) -> None:
        pass

    async def close(self) -> None:
        pass

    async def ask(self, requests: Sequence[Request]) -> Sequence[Reply]:
        self.active += 1
        self.peak = max(self.peak, self.active)
        self.blocks.append(len(requests))
        places = [divmod(request.seed, 16) for request in requests]
        self.asked += places
        try:
            await asyncio.sleep(self.delay)
            return [self.answer(trial, attempt) for trial, attempt in places]
        finally:
            self.active -= 1


def stored(
    trial: int, attempt: int = 0, reply: Reply = CODED, key: bytes | None = None
) -> StoredReply:
    """A reply as fieldwork stores it."""
    status = Status.FAILED if reply.text is None else STATUS.get(reply.text, Status.CODED)
    verdict = Verdict.of(status, reply.permanent)
    return StoredReply(trial, attempt, key or digest([trial, attempt]), verdict, reply)
