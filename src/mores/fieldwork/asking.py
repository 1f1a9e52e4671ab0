"""The asking: takes trials from a design, asks a model, stores every reply before it counts."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from mores.errors import FieldworkError, ModelError, StoreError
from mores.fieldwork.design import Design
from mores.fieldwork.signals import on_interrupt
from mores.fieldwork.store import AnswerStore, StoredReply, Verdict
from mores.fieldwork.tally import Tally, remaining
from mores.models.interface import Holdable, Model, Price
from mores.records import Reply, Request

__all__ = ["Asking", "Ended", "ask_all"]

BATCH = 64
"""Replies a commit waits for …"""
LINGER = 0.1
"""… but no longer than this many seconds."""
TICK = 1.0
"""Seconds between looks at a run that nothing comes back to."""
ENOUGH = 20
"""Replies after which their mean number of tokens is taken for what the next will have."""
GIVE_UP = 200
"""Failures in a row, none of them a refusal of a single request, after which asking stops."""
UNSAVED = 4096
"""Replies that may wait for the disk before asking slows down."""


class Ended:
    """Why asking ended."""

    COMPLETE = "complete"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"
    FAILING = "failing"
    """So many requests in a row had failed that the server must be gone."""
    DROPPED = "dropped"
    """Interrupted again, before what was in flight had come back."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask.

    Attributes
    ----------
    concurrency : int
        Blocks of requests in flight at once (a block is one request for models behind HTTP).
    budget : float or None
        US dollars at which asking stops.
    price : Price or None
        Price of the model's tokens.
    expected_tokens : tuple of float
        Prompt and completion tokens expected a request, for what is in flight under a budget, until
        replies tell.
    retry_rejected : bool
        Ask again what the server has refused as invalid in an earlier run.
    watch : callable or None
        Called with the tally after every commit.
    note : callable or None
        Called with a line when asking begins, and when an interruption has been understood.
    """

    concurrency: int = 32
    budget: float | None = None
    price: Price | None = None
    expected_tokens: tuple[float, float] = (1500.0, 1024.0)
    retry_rejected: bool = False
    watch: Callable[[Tally], None] | None = None
    note: Callable[[str], None] | None = None


class _Writer(threading.Thread):
    """Commits replies in batches; alone uses the store while asking goes on."""

    def __init__(self, store: AnswerStore, committed: Callable[[list[StoredReply]], None]) -> None:
        super().__init__(name="answer-store", daemon=True)
        self._store = store
        self._committed = committed
        self._waiting: deque[StoredReply] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self.outcome: Future[None] = Future()

    def put(self, replies: list[StoredReply]) -> None:
        with self._wake:
            self._waiting.extend(replies)
            if len(self._waiting) >= BATCH:
                self._wake.notify()

    def finish(self) -> None:
        with self._wake:
            self._closing = True
            self._wake.notify()

    def run(self) -> None:
        try:
            while True:
                with self._wake:
                    if not self._closing and len(self._waiting) < BATCH:
                        self._wake.wait(LINGER)
                    batch = list(self._waiting)
                    self._waiting.clear()
                    closing = self._closing
                if batch:
                    self._store.write(batch)
                    self._committed(batch)
                elif closing:
                    break
            self.outcome.set_result(None)
        except BaseException as error:  # handed to whoever waits for the outcome
            self.outcome.set_exception(error)


class _Session:
    """One asking: workers, writer, budget and stop signal around one design."""

    def __init__(
        self,
        design: Design,
        model: Model,
        store: AnswerStore,
        asking: Asking,
        todo: Iterator[tuple[int, int]],
        tally: Tally,
    ) -> None:
        self.design, self.model, self.store, self.asking = design, model, store, asking
        self.todo, self.tally = todo, tally
        self.in_flight = 0
        self.unsaved = 0
        self.answered = 0
        self.tokens = [0.0, 0.0]
        self.failures = 0
        self.ended = Ended.COMPLETE
        self.stopping = False
        self.workers: list[asyncio.Task[None]] = []
        self.roomy = asyncio.Event()
        self.roomy.set()
        self.loop = asyncio.get_running_loop()
        self.writer = _Writer(store, self._on_commit)

    def stop(self, why: str) -> None:
        self.stopping = True
        self.ended = why

    def interrupt(self) -> None:
        """First call: finish what is in flight. Second: drop it."""
        if self.ended in (Ended.INTERRUPTED, Ended.DROPPED):
            self.stop(Ended.DROPPED)
            for worker in self.workers:
                worker.cancel()
            return
        self.stop(Ended.INTERRUPTED)
        if isinstance(self.model, Holdable):
            self.model.hold()
        if self.asking.note:
            self.asking.note(
                f"waiting for {self.in_flight} in flight; interrupt again to drop them"
            )

    def _on_commit(self, batch: list[StoredReply]) -> None:
        # After an interrupted or failed run the loop may be gone; the replies are stored all the same.
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._count, batch)

    def _count(self, batch: list[StoredReply]) -> None:
        tally = self.tally
        for item in batch:
            tally.requests += 1
            tally.reasked += item.attempt > 0
            if not self._asked_again(item):
                tally.settle(item.verdict)
        self.unsaved -= len(batch)
        if self.unsaved < UNSAVED:
            self.roomy.set()
        if self.asking.watch:
            self.asking.watch(tally)

    def _asked_again(self, item: StoredReply) -> bool:
        return item.verdict == Verdict.UNCODED and item.attempt + 1 < self.design.attempts

    def _affordable(self, n: int) -> bool:
        """Whether n more requests fit the budget, counting those in flight as expected."""
        asking, tally = self.asking, self.tally
        if asking.budget is None or asking.price is None:
            return True
        prompt, completion = asking.expected_tokens
        if self.answered >= ENOUGH:  # what was seen beats what was expected
            prompt, completion = (tokens / self.answered for tokens in self.tokens)
        each = (prompt * asking.price.prompt + completion * asking.price.completion) / 1e6
        spent = tally.cost(asking.price) or 0.0
        return spent + each * (self.in_flight + n) <= asking.budget

    def _take(self, carried: list[tuple[int, int]]) -> list[tuple[int, int]]:
        batch, wanted = carried, self.model.block_size
        while len(batch) < wanted and not self.stopping:
            following = next(self.todo, None)
            if following is None:
                break
            batch.append(following)
        if batch and not self._affordable(len(batch)):
            self.stop(Ended.BUDGET)
            return []
        return batch

    async def _work(self) -> None:
        carried: list[tuple[int, int]] = []
        while not self.stopping:
            batch = self._take(carried)
            if not batch:
                return
            requests = [self.design.request(trial, attempt) for trial, attempt in batch]
            self.in_flight += len(batch)
            try:
                replies = await self.model.ask(requests)
            finally:
                self.in_flight -= len(batch)
            stored = [
                self._coded(trial, attempt, request, reply)
                for (trial, attempt), request, reply in zip(batch, requests, replies, strict=True)
            ]
            carried = [(s.trial, s.attempt + 1) for s in stored if self._asked_again(s)]
            self.unsaved += len(stored)
            self.writer.put(stored)
            if self.unsaved >= UNSAVED:
                self.roomy.clear()
                await self.roomy.wait()
            elif self.model.block_size > 1:
                await asyncio.sleep(0)  # a local model never yields by itself

    def _coded(self, trial: int, attempt: int, request: Request, reply: Reply) -> StoredReply:
        self._count_tokens(request, reply)
        outcome = self.design.code(trial, attempt, reply)
        verdict = Verdict.of(outcome.status, reply.permanent)
        self.failures = self.failures + 1 if verdict == Verdict.FAILED else 0
        if self.failures >= GIVE_UP and not self.stopping:
            self.stop(Ended.FAILING)
        return StoredReply(trial, attempt, request.key, verdict, reply)

    def _count_tokens(self, request: Request, reply: Reply) -> None:
        """Add what a reply cost; where the server does not say, four characters are a token."""
        prompt, completion = reply.prompt_tokens, reply.completion_tokens
        if reply.failure is None:
            if prompt is None:
                prompt = sum(len(message.content) for message in request.messages) // 4
            completion = len(reply.text or "") // 4 if completion is None else completion
            self.answered += 1
        for n, tokens in enumerate((prompt or 0, completion or 0)):
            self.tokens[n] += tokens
        self.tally.prompt_tokens += prompt or 0
        self.tally.completion_tokens += completion or 0

    async def run(self) -> None:
        self.writer.start()
        n = max(1, self.asking.concurrency)
        self.workers = [asyncio.create_task(self._work()) for _ in range(n)]
        stored = asyncio.wrap_future(self.writer.outcome)
        ticking = asyncio.create_task(self._tick())
        try:
            await self._until_done(stored)
        finally:
            ticking.cancel()
            for worker in self.workers:
                worker.cancel()
            await asyncio.gather(*self.workers, return_exceptions=True)
            self.writer.finish()
            await stored
            await asyncio.sleep(0)  # let the last counts arrive

    async def _tick(self) -> None:
        """Show how it goes on also while nothing comes back."""
        while self.asking.watch:
            await asyncio.sleep(TICK)
            self.tally.in_flight = self.in_flight
            self.asking.watch(self.tally)

    async def _until_done(self, stored: asyncio.Future[Any]) -> None:
        waiting: set[asyncio.Future[Any]] = {*self.workers, stored}
        while waiting - {stored}:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for future in done:
                if not future.cancelled() and (error := future.exception()):
                    raise error
            if stored in done:
                return


async def ask_all(
    design: Design, model: Model, store: AnswerStore, asking: Asking
) -> tuple[str, Tally]:
    """Ask whatever the store lacks.

    Parameters
    ----------
    design : Design
        What is to be asked.
    model : Model
        A prepared model.
    store : AnswerStore
        Open for writing.
    asking : Asking
        How.

    Returns
    -------
    str
        Why it ended, one of `Ended`.
    Tally
        What is stored.

    Raises
    ------
    ModelError
        If the model turns out to be unusable before anything was stored.
    StoreError
        If not even the first replies can be stored.
    FieldworkError
        If either happens later; what was stored until then stays.
    """
    todo, tally = remaining(design, store.progress(), asking.retry_rejected)
    tally.prompt_tokens, tally.completion_tokens = store.spent()
    if asking.note:
        stored = f"; {tally.earlier:,} are stored already" if tally.earlier else ""
        asking.note(f"asking {tally.planned - tally.earlier:,} requests{stored}")
    session = _Session(design, model, store, asking, todo, tally)
    try:
        with on_interrupt(session.loop, session.interrupt):
            await session.run()
    except (ModelError, StoreError) as error:
        if not tally.requests:
            raise
        raise FieldworkError(
            f"{error}; until then {tally.requests} replies were stored: put it right and repeat the "
            "command to go on"
        ) from error
    return session.ended, tally
