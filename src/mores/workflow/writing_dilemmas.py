"""Having dilemmas written, read blind, checked, repaired or rejected, and kept.

Each pair of value and topic is asked for once. A draft that is not in form, repeats an accepted
dilemma, is not put in its order by a reader who sees no labels, or fails one of four checks, is asked
for again with what is wrong named, up to a stated number of times, and read afresh. What still fails is
kept apart, with its reasons.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.coding.dilemma_replies import DilemmaDraft
from mores.errors import InstrumentError
from mores.instruments.dilemmas import dilemma_from_record
from mores.keys import digest
from mores.prompts.dilemma_prompts import Pair, dilemma_prompts_digest
from mores.workflow.dilemma_readers import (
    BLOCK,
    DilemmaReader,
    refuse_simulated,
)
from mores.workflow.dilemma_store import (
    RecordStore,
    check_dilemma_place,
    kept_records,
    unusable,
)
from mores.workflow.dilemma_writers import AcceptedTexts, DilemmaJob, DilemmaWriter
from mores.workflow.looping import completed
from mores.workflow.partial_files import refuse_gaps

if TYPE_CHECKING:
    from mores.models.interface import Model

__all__ = ["REPAIRS", "DilemmaCounts", "rejected_place", "write_dilemmas"]

REPAIRS = 2
"""How often a draft that cannot be accepted is asked for again."""

_MOST_REPAIRS = 100


@dataclass(slots=True)
class DilemmaCounts:
    """What became of the dilemmas that were asked for.

    Attributes
    ----------
    n, accepted, rejected : int
        Settled dilemmas, and how they ended.
    repaired : int
        Those of the accepted that are not the first draft.
    drafts, read : int
        Drafts written, and blind readings made.
    reasons : Counter of str
        Rejected dilemmas by fault of the last draft.
    faults : Counter of str
        Drafts that were asked for again, by fault.
    """

    n: int = 0
    accepted: int = 0
    repaired: int = 0
    rejected: int = 0
    drafts: int = 0
    read: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, record: Mapping[str, Any]) -> None:
        """Count a settled dilemma, as it is kept."""
        drafts = record["drafts"]
        self.n += 1
        self.accepted += record["accepted"]
        self.rejected += not record["accepted"]
        self.repaired += record["accepted"] and len(drafts) > 1
        self.drafts += len(drafts)
        self.read += record["read"]
        self.reasons.update(drafts[-1])
        for draft in drafts[:-1]:
            self.faults.update(draft)


def rejected_place(out: Path) -> Path:
    """Where the rejected dilemmas of a file are kept: ``x.rejected.jsonl`` beside ``x.jsonl``."""
    return out.with_name(f"{out.stem}.rejected{out.suffix}")


def write_dilemmas(
    pairs: Sequence[Pair],
    model: Model,
    out: Path,
    *,
    reader: Model | None = None,
    repairs: int = REPAIRS,
    seed: int = 0,
    note: Callable[[str], None] | None = None,
) -> DilemmaCounts:
    """Dilemmas on values and topics by a model, in a new file; what is rejected in another.

    What is got is kept beside the file, in a folder with ``.partial`` after its name, and used when
    the same is called again.

    Parameters
    ----------
    pairs : sequence of Pair
        Each is asked for once.
    model : Model
        Who writes, not yet prepared.
    out : Path
        The file of what is accepted, in the order of the pairs; none is made if nothing is. Neither
        it nor `rejected_place` of it may be there yet.
    reader : Model, optional
        Who reads each draft, blind and for the four checks, not yet prepared; the writer itself
        unless given.
    repairs : int
        How often a draft is asked for again, 0 … 100.
    seed : int
        Of the orders in which actions are shown to the reader; handed to models that take one.
    note : callable, optional
        Called with a line as writing goes on.

    Returns
    -------
    DilemmaCounts
        Over all pairs.

    Raises
    ------
    InstrumentError
        If a file is in the way, or what is kept was made otherwise.
    ModelError
        If a model is simulated, or cannot be used.
    StoreError
        If a file cannot be written.
    FieldworkError
        If some got no answer; what was got is kept.
    """
    planned = tuple(dict.fromkeys(pairs))
    refuse_simulated(model, "writes")
    if reader is not None:
        refuse_simulated(reader, "reads")
    if not planned:
        raise InstrumentError("no pairs are named; name one or more values and topics")
    if not 0 <= repairs <= _MOST_REPAIRS:
        raise InstrumentError(f"repairs {repairs} is not possible; allowed: 0 to {_MOST_REPAIRS}")
    _check_places(out)
    making = _Making(planned, model, reader, repairs, seed, out)
    with kept_records(out, making.told) as store:
        making.resume(store.kept)
        if store.kept and note is not None:
            note(f"dilemmas kept from before: {making.counts.n}")
        left = making.left()
        if left:
            completed(lambda: making.ask(left, store, note))
        got, writer = making.counts.n, making.writer.name
        refuse_gaps(got, len(planned), "dilemmas", writer, making.failures)
        making.publish(store)
    return making.counts


def _check_places(out: Path) -> None:
    check_dilemma_place(out)
    begun = out.with_name(f"{out.name}.partial").exists()
    # One that is there while lines are kept may be what an interrupted call put in its place.
    if os.path.lexists(rejected_place(out)) and not begun:
        raise InstrumentError(
            f"{rejected_place(out)} is there already, where rejected dilemmas go; choose another file "
            "with --out"
        )


class _Making:
    """A file of dilemmas in the making."""

    def __init__(
        self,
        planned: Sequence[Pair],
        model: Model,
        reader: Model | None,
        repairs: int,
        seed: int,
        out: Path,
    ) -> None:
        self._out = out
        self.writer = DilemmaWriter(model, seed)
        self.counts = DilemmaCounts()
        self.failures: list[str] = []
        self._models = [model] if reader is None else [model, reader]
        self._reader = DilemmaReader(reader or model, seed)
        own = self._reader.name == self.writer.name
        self._reader_told = self._reader.name + (", its own writer" if own else "")
        self._planned = planned
        self._repairs = repairs
        self._accepted = AcceptedTexts()
        self._got: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.told: dict[str, Any] = {
            "writer": self.writer.name,
            "reader": self._reader.name,
            "repairs": repairs,
            "seed": seed,
            "prompts": dilemma_prompts_digest(),
            "dilemmas": len(planned),
            "pairs": digest([astuple(pair) for pair in planned]).hex(),
        }

    def resume(self, kept: Sequence[Mapping[str, Any]]) -> None:
        """Take in what an earlier call kept.

        Raises
        ------
        InstrumentError
            If it is none of that.
        """
        try:
            for record in kept:
                self._take(record)
        except (AttributeError, KeyError, TypeError, InstrumentError):
            raise unusable(self._out) from None

    def left(self) -> list[Pair]:
        """The pairs that are not settled yet."""
        return [pair for pair in self._planned if (pair.value, pair.topic) not in self._got]

    async def ask(
        self, left: Sequence[Pair], store: RecordStore, note: Callable[[str], None] | None
    ) -> None:
        """Have what is left written, and keep each dilemma as it is settled."""
        size = max(BLOCK, *(model.block_size for model in self._models))
        try:
            for model in self._models:
                await model.prepare()
            for block in _blocks(left, size):
                jobs = [DilemmaJob(pair) for pair in block]
                await self._made(jobs, store, note)
                self.failures += [job.failure for job in jobs if job.failure is not None]
                if all(job.failure is not None for job in jobs):
                    break
        finally:
            for model in self._models:
                await model.close()

    def publish(self, store: RecordStore) -> None:
        """Put what was rejected and what was accepted in their places."""
        found = [self._got[pair.value, pair.topic] for pair in self._planned]
        rejected, accepted = (
            [_json(record["dilemma"]) for record in found if record["accepted"] is which]
            for which in (False, True)
        )
        store.publish(rejected, rejected_place(self._out))
        store.publish(accepted)
        store.discard()

    def _take(self, record: Mapping[str, Any]) -> None:
        self._got[record["value"], record["topic"]] = record
        self.counts.add(record)
        if record["accepted"]:
            self._accepted.add(dilemma_from_record(record["dilemma"]))

    async def _made(
        self, jobs: Sequence[DilemmaJob], store: RecordStore, note: Callable[[str], None] | None
    ) -> None:
        """Write, read and repair a block, until each job is settled or got no answer."""
        pending = list(jobs)
        for attempt in range(1 + self._repairs):
            await self._attempt(pending, last=attempt == self._repairs)
            settled = [job.record for job in pending if job.record is not None]
            store.put(settled)
            for record in settled:
                self._take(record)
            if settled and note is not None:
                done, good = self.counts.n, self.counts.accepted
                note(f"{done} of {len(self._planned)} dilemmas, {good} accepted")
            pending = [job for job in pending if job.record is None and job.failure is None]
            if not pending:
                return

    async def _attempt(self, jobs: Sequence[DilemmaJob], last: bool) -> None:
        """A further draft of each job, read if its form allows."""
        written = await self.writer.write(jobs, self._accepted.settings)
        others = AcceptedTexts()  # of this round, which may yet be accepted
        drafts: list[tuple[DilemmaJob, DilemmaDraft, str]] = []
        for job, found in zip(jobs, written, strict=True):
            if found is not None:
                drafts.append((job, self._compared(found[0], others), found[1]))
        to_read = [(job, draft, said) for job, draft, said in drafts if not draft.faults]
        dilemmas = [draft.dilemma for _, draft, _ in to_read if draft.dilemma is not None]
        judgements = await self._reader.read(dilemmas) if dilemmas else []
        for (job, draft, said), judgement in zip(to_read, judgements, strict=True):
            if judgement.failure is not None:
                job.failure = judgement.failure
            else:
                job.judged(draft, judgement, self._reader_told, said, last)
        for job, draft, said in drafts:
            if draft.faults:
                job.judged(draft, None, self._reader_told, said, last)

    def _compared(self, draft: DilemmaDraft, others: AcceptedTexts) -> DilemmaDraft:
        """The draft, with a fault for what an accepted dilemma, or one of this round, has too."""
        if draft.dilemma is None:
            return draft
        repeated = self._accepted.repeated(draft.dilemma) or others.repeated(draft.dilemma)
        if not draft.faults and not repeated:
            others.add(draft.dilemma)
        return replace(draft, faults=draft.faults + repeated)


def _blocks(pairs: Sequence[Pair], size: int) -> Iterator[list[Pair]]:
    """Blocks without two pairs of a value: a later one is told the settings of the earlier."""
    by_value: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_value.setdefault(pair.value, []).append(pair)
    for place in range(max(map(len, by_value.values()), default=0)):
        row = [those[place] for those in by_value.values() if place < len(those)]
        for start in range(0, len(row), size):
            yield row[start : start + size]


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False)
