"""Who writes biographies: the offline grammar, or any text model, one draft at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mores.coding.biography_replies import Draft, draft_in
from mores.keys import digest, seed_from
from mores.personas.biographies import Biography
from mores.personas.biography_files import Making
from mores.personas.biography_grammar import composed
from mores.prompts.biography_prompts import biography_schema, repair_request, writing_request
from mores.records import Message, Request, Sampling
from mores.workflow.reading_biographies import NoReply

if TYPE_CHECKING:
    from mores.models.interface import Model

__all__ = ["Job", "Writer", "WrittenDraft", "writer_of"]


@dataclass(slots=True)
class Job:
    """A biography in the making."""

    index: int
    messages: list[Message] = field(default_factory=list)
    drafts: list[WrittenDraft] = field(default_factory=list)
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenDraft:
    """A draft as a biography, what is to be mended in it, and the words that it came in."""

    biography: Biography
    faults: tuple[str, ...]
    said: str = ""


class Writer(Protocol):
    """Who writes drafts."""

    async def prepare(self) -> None:
        """Get ready."""
        ...

    async def write(self, jobs: Sequence[Job], attempt: int) -> list[WrittenDraft | NoReply]:
        """A draft for each job, in order; the first of a job, or one with the last one mended."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...


class _ByGrammar:
    def __init__(self, seed: int, contradictions: float) -> None:
        self._seed, self._share = seed, contradictions

    async def prepare(self) -> None:
        pass

    async def write(self, jobs: Sequence[Job], attempt: int) -> list[WrittenDraft | NoReply]:
        drafts = composed(
            [job.index for job in jobs],
            seed=self._seed,
            contradictions=self._share,
            attempt=attempt,
        )
        return [WrittenDraft(draft, ()) for draft in drafts]

    async def close(self) -> None:
        pass


class _ByModel:
    def __init__(self, model: Model, making: Making) -> None:
        self._model, self._making = model, making

    async def prepare(self) -> None:
        await self._model.prepare()

    async def write(self, jobs: Sequence[Job], attempt: int) -> list[WrittenDraft | NoReply]:
        for job in jobs:
            job.messages += self._next(job)
        replies = await self._model.ask([self._request(job, attempt) for job in jobs])
        found: list[WrittenDraft | NoReply] = []
        for job, reply in zip(jobs, replies, strict=True):
            if reply.failure is not None and not reply.permanent:
                found.append(NoReply(reply.failure))
                continue
            draft = Draft(None, "", ("server-refused",))
            if reply.failure is None:
                draft = draft_in(reply, job.index, self._making.language)
            biography = Biography(
                job.index,
                draft.demographics,
                draft.text,
                self._making.writer,
                self._making.language,
                flags=draft.flags,
            )
            found.append(WrittenDraft(biography, draft.faults, reply.text or ""))
        return found

    def _next(self, job: Job) -> list[Message]:
        if not job.drafts:
            return [Message("user", writing_request(job.index, self._making.language))]
        last = job.drafts[-1]
        return [Message("assistant", last.said), Message("user", repair_request(last.faults))]

    def _request(self, job: Job, attempt: int) -> Request:
        seed = seed_from(self._making.seed, "biography", job.index, attempt)
        told = [[message.role, message.content] for message in job.messages]
        key = digest(["biographies", self._model.identity, told, seed])
        return Request(key, tuple(job.messages), Sampling(), seed, answer_schema=biography_schema())

    async def close(self) -> None:
        await self._model.close()


def writer_of(model: Model, making: Making) -> Writer:
    """The writer that a model makes; a simulated one writes by the offline grammar.

    Parameters
    ----------
    model : Model
        Not yet prepared.
    making : Making
        Seed, language and share of planted contradictions.
    """
    if model.simulated:
        return _ByGrammar(making.seed, making.contradictions)
    return _ByModel(model, making)
