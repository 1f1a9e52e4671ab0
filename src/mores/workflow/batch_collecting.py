"""Batches that were handed in: their state, their results, and how they are stopped."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mores.errors import FieldworkError, StoreError
from mores.fieldwork.lock import exclusive
from mores.fieldwork.store import AnswerStore
from mores.models.batch.client import BatchClient, batch_endpoint
from mores.models.batch.formats import CANCELLABLE, Batch
from mores.models.failures import Failure, Patience, Unusable
from mores.models.interface import Price
from mores.workflow.batch_accounts import settled
from mores.workflow.batch_ledger import NAME, BatchLedger, Part
from mores.workflow.batch_rows import ODD, Received, Receiver
from mores.workflow.batch_sending import told_of
from mores.workflow.looping import completed
from mores.workflow.manifest import capabilities_of, read_manifest
from mores.workflow.reading import Run, check_prompts, open_run, reported

__all__ = ["Collected", "State", "cancel", "collect", "states"]

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class State:
    """How a batch stands.

    Attributes
    ----------
    part : Part
        As it is recorded.
    batch : Batch or None
        As the server tells it; None where it is not at the server, or was not asked for.
    problem : str
        Why the server does not tell, or why it failed; else empty.
    """

    part: Part
    batch: Batch | None = None
    problem: str = ""

    @property
    def word(self) -> str:
        """Its state in a word."""
        if self.part.state == "created" and self.batch is not None:
            return self.batch.status
        return {"created": "unknown", "written": "not handed in", "uploaded": "not handed in"}.get(
            self.part.state, self.part.state
        )


@dataclass(frozen=True, slots=True)
class Collected:
    """What was collected.

    Attributes
    ----------
    received : list of (Part, Batch, Received)
        Of each batch that had ended.
    in_flight : int
        Requests that still are in batches.
    left : int
        Requests that the next `submit` would hand in.
    run : Run or None
        The report, once nothing is in flight.
    """

    received: list[tuple[Part, Batch, Received]]
    in_flight: int
    left: int
    run: Run | None

    @property
    def exit_code(self) -> int:
        """0 complete, 3 with failures, or as long as anything is in flight or left."""
        if self.run is None or self.left:
            return 3
        return self.run.exit_code


def _client(manifest: dict[str, Any], patience: Patience | None) -> BatchClient:
    return BatchClient(batch_endpoint(manifest["model"]["spec"], os.environ), patience)


def _opened(folder: Path) -> dict[str, Any]:
    manifest = read_manifest(folder)
    if not (folder / NAME).exists():
        raise StoreError(
            f"{folder} has no batches; hand some in first: mores batch submit STUDY --model … --out "
            f"{folder}"
        )
    return manifest


def states(folder: Path | str, *, patience: Patience | None = None) -> list[State]:
    """How each batch of a folder stands; nothing is written.

    Parameters
    ----------
    folder : path
        A run's folder.
    patience : Patience, optional
        Time limits and retries.

    Raises
    ------
    MoresError
        If it is no run's folder, has no batches, or its server cannot be asked.
    """
    folder = Path(folder)
    manifest = _opened(folder)
    with BatchLedger(folder) as ledger:
        parts = ledger.parts()
    client = _client(manifest, patience)

    async def told() -> list[State]:
        try:
            if any(part.state == "created" for part in parts):
                await client.open()
            return [await _state(client, part) for part in parts]
        finally:
            await client.close()

    return completed(told)


async def _state(client: BatchClient, part: Part) -> State:
    if part.state != "created":
        return State(part, problem=part.ended)
    try:
        batch = await client.retrieve(part.batch)
    except (Failure, Unusable) as problem:
        return State(part, problem=told_of(problem))
    return State(part, batch, batch.reason(client.scrub))


def collect(
    folder: Path | str, *, patience: Patience | None = None, note: Note | None = None
) -> Collected:
    """Fetch, check, code and store the results of every batch that has ended.

    When nothing is in flight any more, tables and report are made as a live run makes them.

    Parameters
    ----------
    folder : path
        A run's folder.
    patience : Patience, optional
        Time limits and retries.
    note : callable, optional
        Called with a line for each step.

    Raises
    ------
    MoresError
        If it is no run's folder, or the server cannot be asked; what was stored until then stays.
    """
    folder, note = Path(folder), note or (lambda _: None)
    _opened(folder)
    with exclusive(folder):
        manifest = _opened(folder)
        bound, model, _ = open_run(folder)
        fingerprint = bound.fingerprint() | {"model": model.identity}
        price = Price(**manifest["price"]) if manifest.get("price") else None
        with AnswerStore(folder / "answers.sqlite") as reader:
            check_prompts(bound, reader, folder)
        with (
            AnswerStore(folder / "answers.sqlite", fingerprint) as store,
            BatchLedger(folder) as ledger,
        ):
            design = bound.design(model)
            client = _client(manifest, patience)
            collection = _Collection(folder, design, capabilities_of(manifest), store, ledger, note)
            try:
                received = completed(lambda: collection.run(client))
            finally:
                flying = sum(part.requests for part in ledger.parts() if part.open)
                tally = settled(design, store, ledger, price, folder)
            left = tally.planned - tally.settled
        if flying:
            return Collected(received, flying, left - flying, None)
        note("coding, measuring and reporting")
        done = reported(folder, keep=True)
    return Collected(received, 0, left, done)


class _Collection:
    """One `collect`."""

    def __init__(
        self,
        folder: Path,
        design: Any,
        able: Any,
        store: AnswerStore,
        ledger: BatchLedger,
        note: Note,
    ) -> None:
        self.folder, self.design, self.able = folder, design, able
        self.store, self.ledger, self.note = store, ledger, note

    async def run(self, client: BatchClient) -> list[tuple[Part, Batch, Received]]:
        received = []
        unread: FieldworkError | None = None
        try:
            parts = [part for part in self.ledger.parts() if part.open]
            if parts:
                await client.open()
            for part in parts:
                if part.state != "created":
                    self.note(
                        f"batch {part.number}: not handed in yet; repeat the submit command, or stop "
                        f"it: mores batch cancel {self.folder}"
                    )
                    continue
                state = await _state(client, part)
                if state.batch is None or not state.batch.ended:
                    self.note(f"batch {part.number}: {_progress(state, self.folder)}")
                    continue
                try:
                    found = await self._part(client, part, state.batch)
                except FieldworkError as error:  # the others are collected all the same
                    unread = unread or error
                else:
                    received.append((part, state.batch, found))
        finally:
            await client.close()
        if unread is not None:
            raise unread
        return received

    async def _part(self, client: BatchClient, part: Part, batch: Batch) -> Received:
        odd = self.folder / "batches" / f"part-{part.number:05}{ODD}"
        slots = frozenset(self.ledger.slots(part))
        receiver = Receiver(self.design, self.able, self.store, client, slots, odd)
        files = [file for file in (batch.output_file_id, batch.error_file_id) if file]
        try:
            if (answered := batch.request_counts.completed) and not batch.output_file_id:
                raise Failure(f"it counts {answered:,} answers and names no file of them")
            found = await receiver.take(files)
        except (Failure, Unusable) as problem:
            kept = receiver.found.stored + receiver.found.before
            self.ledger.change(part, ended=f"could not be read to its end ({told_of(problem)})")
            raise FieldworkError(
                f"the results of batch {part.number} ({part.batch}) could not be read to their end "
                f"({told_of(problem)}); {kept:,} replies of it are stored; repeat the "
                "command; if they are gone for good: mores batch cancel "
                f"{self.folder} --forget, then submit again"
            ) from None
        ended = f"{batch.status}: {found.text}"
        if reason := batch.reason(client.scrub):
            ended = f"{ended} ({reason})"
        self.ledger.change(
            part,
            state="collected",
            ended=ended,
            prompt_tokens=found.prompt_tokens,
            completion_tokens=found.completion_tokens,
        )
        self.note(f"batch {part.number}: {ended}")
        if odd.exists():
            self.note(f"batch {part.number}: rows that could not be used are in {odd}")
        return found


def _progress(state: State, folder: Path) -> str:
    if state.batch is None:
        return (
            f"the server does not tell how it is ({state.problem}); repeat the command; if it is gone "
            f"for good: mores batch cancel {folder} --forget"
        )
    counts = state.batch.request_counts
    return f"{state.batch.status}, {counts.completed:,} of {state.part.requests:,} answered"


def cancel(
    folder: Path | str,
    *,
    forget: bool = False,
    patience: Patience | None = None,
    note: Note | None = None,
) -> int:
    """Have all batches of a folder stopped; what they have answered so far can be collected.

    Parameters
    ----------
    folder : path
        A run's folder.
    forget : bool
        Also let go of batches of which the server does not tell, or whose results `collect` could
        not read: their requests will be handed in, and paid, again.
    patience : Patience, optional
        Time limits and retries.
    note : callable, optional
        Called with a line for each batch.

    Returns
    -------
    int
        Batches that still are to be collected.

    Raises
    ------
    MoresError
        If it is no run's folder, or has no batches.
    """
    folder, note = Path(folder), note or (lambda _: None)
    manifest = _opened(folder)
    client = _client(manifest, patience)
    with exclusive(folder), BatchLedger(folder) as ledger:

        async def stop() -> None:
            try:
                open_parts = [part for part in ledger.parts() if part.open]
                if any(part.state in ("created", "creating") for part in open_parts):
                    await client.open()
                for part in open_parts:
                    note(f"batch {part.number}: {await _stopped(client, ledger, part, forget)}")
            finally:
                await client.close()

        completed(stop)
        return sum(part.open for part in ledger.parts())


async def _stopped(client: BatchClient, ledger: BatchLedger, part: Part, forget: bool) -> str:
    """Stop one batch; what became of it, in words."""
    if part.state in ("written", "uploaded"):
        ledger.change(part, state="dropped", ended="stopped before it was handed in")
        return "was not handed in yet, and will not be"
    try:
        if part.state == "creating":
            found = await client.find(part.token, part.file)
            if found is None:
                ledger.change(part, state="dropped", ended="never created")
                return "was not created, and will not be"
            part = ledger.change(part, state="created", batch=found.id)
        batch = await _halted(client, part.batch)
    except (Failure, Unusable) as problem:
        if isinstance(problem, Unusable) and problem.status in (401, 403, 407):
            return f"could not be stopped ({told_of(problem)}); put the key right and repeat"
        if forget:
            ledger.change(part, state="dropped", ended=f"forgotten ({told_of(problem)})")
            return "forgotten; its requests will be handed in again"
        return f"could not be stopped ({told_of(problem)}); to let go of it: --forget"
    if forget and batch.ended and part.ended:
        ledger.change(part, state="dropped", ended=f"forgotten ({batch.status})")
        return f"{batch.status}, and forgotten; its requests will be handed in again"
    return f"{batch.status}; collect what it has answered"


async def _halted(client: BatchClient, name: str) -> Batch:
    """A batch, stopped where that can be; it may end by itself meanwhile."""
    batch = await client.retrieve(name)
    if batch.status not in CANCELLABLE:
        return batch
    try:
        return await client.cancel(name)
    except (Failure, Unusable):
        batch = await client.retrieve(name)
        if batch.ended:
            return batch
        raise
