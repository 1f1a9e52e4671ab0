"""Having biographies written, read a second time, repaired or rejected, and kept.

Each configuration is asked for once. A draft that cannot be used, or that a second reading contradicts
or finds unclear, is asked for again, with what is wrong named, up to a stated number of times. Then the
last usable draft with the fewest unclear variables is accepted; if every draft has a fault or a
contradiction, the last one is kept as rejected, with the reasons. All drafts' faults are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mores.coding.biography_replies import story_key
from mores.errors import PersonaError
from mores.keys import digest, key_text
from mores.personas.biographies import (
    CONTRADICTS,
    UNCLEAR,
    UNCLEAR_IN,
    Biography,
    differences,
    judged,
)
from mores.personas.biography_counts import BiographyCounts
from mores.personas.biography_files import Making
from mores.personas.biography_grammar import GRAMMAR
from mores.personas.grid import levels_of
from mores.prompts.biography_prompts import prompts_digest, story_language
from mores.workflow.biography_store import BiographyStore, check_place, opened
from mores.workflow.biography_writers import Job, Writer, WrittenDraft, writer_of
from mores.workflow.looping import completed
from mores.workflow.partial_files import refuse_gaps
from mores.workflow.reading_biographies import (
    BLOCK,
    NoReply,
    Reader,
    reader_of,
)

if TYPE_CHECKING:
    from mores.models.interface import Model

__all__ = ["REPAIRS", "write_biographies"]

REPAIRS = 2
"""How often a draft that cannot be used is asked for again."""

_OFFLINE_BLOCK = 2048
_ENGLISH = "en"


def write_biographies(
    configurations: Iterable[int],
    model: Model,
    out: Path,
    *,
    reader: Model | None = None,
    read: bool = True,
    repairs: int = REPAIRS,
    seed: int = 0,
    language: str = _ENGLISH,
    contradictions: float = 0.0,
    note: Callable[[str], None] | None = None,
) -> BiographyCounts:
    """Biographies of configurations by a model, in a new file.

    What is got is kept beside the file, in a folder with ``.partial`` after its name, and used when
    the same is called again.

    Parameters
    ----------
    configurations : iterable of int
        Indices in the grid; one that occurs twice counts once.
    model : Model
        Not yet prepared. A simulated one writes by the offline grammar, in English.
    out : Path
        The file; it must not be there yet.
    reader : Model, optional
        Who reads each draft a second time, not yet prepared; the writer itself unless given. A
        simulated one reads offline.
    read : bool
        Whether drafts are read at all.
    repairs : int
        How often a draft is asked for again, 0 and more.
    seed : int
    language : str
        ISO 639 code or name of the language of the stories.
    contradictions : float
        Share of stories in which the offline writer plants a wrong level, 0 … 1, for tests of the
        reading.
    note : callable, optional
        Called with a line as writing goes on.

    Returns
    -------
    BiographyCounts
        Over the whole file.

    Raises
    ------
    PersonaError
        If there is no such configuration, the file is there, or what is kept was made otherwise.
    PromptError
        If the language is not known.
    ModelError
        If a model cannot be used.
    StoreError
        If the file cannot be written.
    FieldworkError
        If some got no answer; what was got is kept.
    """
    asked = [int(index) for index in dict.fromkeys(configurations)]
    making = _making(asked, model, reader, read, repairs, seed, language, contradictions)
    check_place(out)
    writer = writer_of(model, making)
    judge = reader_of(reader or model, seed) if read else None
    counts, seen, failures = BiographyCounts(), dict[bytes, int](), list[str]()
    with opened(out, making) as store:
        for biography in store.kept:
            counts.add(biography)
            if biography.text:
                seen[story_key(biography.text)] = biography.configuration
        there = {biography.configuration for biography in store.kept}
        left = [index for index in asked if index not in there]
        if there and note is not None:
            note(f"kept from before: {len(there)} biographies")
        size = _OFFLINE_BLOCK if model.simulated else max(BLOCK, model.block_size)

        async def ask() -> None:
            try:
                await writer.prepare()
                if judge is not None and reader is not None:
                    await judge.prepare()
                for start in range(0, len(left), size):
                    jobs = [Job(index) for index in left[start : start + size]]
                    await _made(jobs, writer, judge, repairs, seen)
                    _keep(jobs, store, counts, failures)
                    if note is not None:
                        note(f"{counts.n} of {len(asked)} biographies, {counts.accepted} accepted")
                    if all(job.failure is not None for job in jobs):
                        break
            finally:
                await writer.close()
                if judge is not None and reader is not None:
                    await judge.close()

        if left:
            completed(ask)
        refuse_gaps(counts.n, len(asked), "biographies", making.writer, failures)
        store.publish()
    return counts


def _making(
    asked: Sequence[int],
    model: Model,
    reader: Model | None,
    read: bool,
    repairs: int,
    seed: int,
    language: str,
    contradictions: float,
) -> Making:
    from mores.models.providers import shown

    if not asked:
        raise PersonaError("no configurations are named; name at least one, from 0 to 93311")
    levels_of(asked)  # refuses what is none
    if not 0 <= repairs <= 100:
        raise PersonaError(f"repairs {repairs} is not possible; allowed: 0 to 100")
    code = story_language(language).code
    if model.simulated and code != _ENGLISH:
        raise PersonaError(
            f"language {code}: the offline writer writes English alone; leave it out"
        )
    if not 0 <= contradictions <= 1:
        raise PersonaError(f"contradictions {contradictions} is no share; allowed: 0 to 1")
    if not model.simulated and contradictions:
        raise PersonaError(
            "contradictions are planted by the offline writer alone; leave them out, or write with sim"
        )
    judge = reader or model
    if read and judge.simulated and code != _ENGLISH:
        raise PersonaError(
            f"language {code}: the offline reader reads English alone; name a model to read with"
        )
    return Making(
        GRAMMAR if model.simulated else shown(model.spec),
        model.simulated,
        seed,
        "" if model.simulated and judge.simulated else prompts_digest(),
        code,
        repairs,
        reader_of(judge).name if read else "",
        float(contradictions),
        len(asked),
        key_text(digest(sorted(asked))),
    )


async def _made(
    jobs: Sequence[Job],
    writer: Writer,
    judge: Reader | None,
    repairs: int,
    seen: dict[bytes, int],
) -> None:
    """Write, read and repair a block, until each job has a draft to keep or no answer."""
    pending = list(jobs)
    for attempt in range(1 + repairs):
        replies = await writer.write(pending, attempt)
        drafts = []
        for job, reply in zip(pending, replies, strict=True):
            if isinstance(reply, NoReply):
                job.failure = reply.why
            else:
                drafts.append((job, _with_identical(reply, seen)))
        usable = [(job, draft) for job, draft in drafts if not draft.faults]
        job_drafts = [(job, _rejected(draft)) for job, draft in drafts if draft.faults]
        job_drafts += await _read(usable, judge)
        for job, draft in job_drafts:
            job.drafts.append(draft)
        pending = [job for job, d in job_drafts if d.faults and "server-refused" not in d.faults]
        if not pending:
            return


def _with_identical(draft: WrittenDraft, seen: dict[bytes, int]) -> WrittenDraft:
    """The draft, with a fault if another biography has the story; the story is noted as seen."""
    if not draft.biography.text:
        return draft
    index = draft.biography.configuration
    if seen.setdefault(story_key(draft.biography.text), index) != index:
        return replace(draft, faults=(*draft.faults, "identical"))
    return draft


def _rejected(draft: WrittenDraft) -> WrittenDraft:
    reasons = tuple(sorted(draft.faults))
    return replace(draft, biography=replace(draft.biography, status="rejected", reasons=reasons))


async def _read(
    drafts: Sequence[tuple[Job, WrittenDraft]], judge: Reader | None
) -> list[tuple[Job, WrittenDraft]]:
    """The drafts as a second reading judges them, without those that got none for now."""
    if judge is None:
        return list(drafts)
    readings = await judge.read([(job.index, draft.biography.text) for job, draft in drafts])
    found = []
    for (job, draft), reading in zip(drafts, readings, strict=True):
        if isinstance(reading, NoReply):
            job.failure = reading.why
            continue
        biography = judged(draft.biography, reading)
        faults: list[str] = []
        if reading is not None:
            contradicted, unclear = differences(job.index, reading.levels)
            faults += [CONTRADICTS + name for name in contradicted]
            faults += [UNCLEAR_IN + name for name in unclear]
        found.append((job, replace(draft, biography=biography, faults=tuple(faults))))
    return found


def _keep(
    jobs: Sequence[Job], store: BiographyStore, counts: BiographyCounts, failures: list[str]
) -> None:
    """Store what was got, and note why the rest was not."""
    done = [_chosen(job.drafts) for job in jobs if job.failure is None]
    failures += [job.failure for job in jobs if job.failure is not None]
    store.put(done)
    for biography in done:
        counts.add(biography)


def _chosen(drafts: Sequence[WrittenDraft]) -> Biography:
    """The last accepted draft with the fewest unclear variables, else the last one."""
    best = min(reversed(drafts), key=lambda draft: _unclear(draft.biography))
    others = tuple(draft.faults for draft in drafts if draft is not best)
    return replace(best.biography, attempts=len(drafts), drafts=others)


def _unclear(biography: Biography) -> int:
    if biography.status == "rejected":
        return 1000
    return 0 if biography.reading is None else biography.reading.levels.count(UNCLEAR)
