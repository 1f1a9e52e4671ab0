"""A second reading of biographies, by the offline reader or by any text model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mores.coding.biography_replies import reading_in
from mores.errors import PersonaError
from mores.instruments.validation import shown
from mores.keys import digest, seed_from
from mores.personas.biographies import Biography, Reading, judged
from mores.personas.biography_files import read_biographies
from mores.personas.biography_reading import OFFLINE_READER, read_offline
from mores.prompts.biography_prompts import reading_request, reading_schema
from mores.records import Message, Request, Sampling
from mores.workflow.biography_store import check_place, opened
from mores.workflow.looping import completed
from mores.workflow.partial_files import refuse_gaps

if TYPE_CHECKING:
    from mores.models.interface import Model

__all__ = ["BLOCK", "NoReply", "Reader", "check_biographies", "reader_of"]

BLOCK = 64
"""How many biographies are in the making at once, at least."""


@dataclass(frozen=True, slots=True)
class NoReply:
    """That a model gave no answer for now, and why."""

    why: str


class Reader(Protocol):
    """Who reads stories."""

    name: str

    async def prepare(self) -> None:
        """Get ready."""
        ...

    async def read(self, stories: Sequence[tuple[int, str]]) -> list[Reading | NoReply | None]:
        """A reading of each story, given with its configuration; None if the reply was unusable."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...


class _Offline:
    name = OFFLINE_READER

    async def prepare(self) -> None:
        pass

    async def read(self, stories: Sequence[tuple[int, str]]) -> list[Reading | NoReply | None]:
        return [read_offline(text) for _, text in stories]

    async def close(self) -> None:
        pass


class _ByModel:
    def __init__(self, model: Model, seed: int) -> None:
        from mores.models import providers

        self.name = providers.shown(model.spec)
        self._model, self._seed = model, seed

    async def prepare(self) -> None:
        await self._model.prepare()

    async def read(self, stories: Sequence[tuple[int, str]]) -> list[Reading | NoReply | None]:
        if not stories:
            return []
        replies = await self._model.ask([self._request(*story) for story in stories])
        found: list[Reading | NoReply | None] = []
        for reply in replies:
            if reply.failure is not None and not reply.permanent:
                found.append(NoReply(reply.failure))
                continue
            levels = reading_in(reply)
            found.append(None if levels is None else Reading(self.name, levels))
        return found

    def _request(self, index: int, story: str) -> Request:
        text = reading_request(story)
        seed = seed_from(self._seed, "second reading", index)
        key = digest(["biographies", self._model.identity, [["user", text]], seed])
        messages = (Message("user", text),)
        return Request(key, messages, Sampling(), seed, answer_schema=reading_schema())

    async def close(self) -> None:
        await self._model.close()


def reader_of(model: Model, seed: int = 0) -> Reader:
    """The reader that a model makes; a simulated one reads offline, by cues.

    Parameters
    ----------
    model : Model
        Not yet prepared.
    seed : int
        Handed to a model that takes one, different for each story.
    """
    return _Offline() if model.simulated else _ByModel(model, seed)


def check_biographies(
    path: Path,
    model: Model,
    out: Path | None = None,
    *,
    seed: int = 0,
    note: Callable[[str], None] | None = None,
) -> tuple[Biography, ...]:
    """Read the stories of a file again, whoever read them before.

    The reader is told neither the configuration nor the earlier reading. A story that it contradicts
    becomes rejected, one that was rejected for a contradiction alone and is not now, accepted; the
    file itself stays as it is.

    Parameters
    ----------
    path : Path
        A file of biographies.
    model : Model
        Who reads, not yet prepared.
    out : Path, optional
        A new file for the biographies with their new readings. Readings that a model was asked for
        are kept beside it as they come, and used when the same is called again. Only a simulated
        reader may go without.
    seed : int
    note : callable, optional
        Called with a line as reading goes on.

    Returns
    -------
    tuple of Biography
        As in the new file; those without a story as they were.

    Raises
    ------
    PersonaError
        If a file cannot be used.
    StoreError
        If the new file cannot be written.
    ModelError
        If the model cannot be used.
    FieldworkError
        If stories got no answer; the readings got are kept.
    """
    file = read_biographies(path)
    reader = reader_of(model, seed)
    if model.simulated and file.making.language != "en":
        raise PersonaError(
            f"{path} is in language {shown(file.making.language)}, and the offline reader reads English "
            "alone; name a model to read with"
        )
    if out is None:
        if not model.simulated:
            raise PersonaError(
                "what a model reads is kept; name a new file for the readings with --out"
            )
        return tuple(_without_reader(b) for b in file.biographies)
    check_place(out)
    making = replace(file.making, reader=reader.name)
    with opened(out, making) as store:
        got = {b.configuration: b for b in store.kept}
        left = [b for b in file.biographies if b.configuration not in got]
        failures: list[str] = []

        async def ask() -> None:
            size = max(BLOCK, model.block_size)
            try:
                await reader.prepare()
                for start in range(0, len(left), size):
                    block = left[start : start + size]
                    done, lacking = await _read_block(reader, block)
                    store.put(done)
                    got.update((b.configuration, b) for b in done)
                    failures.extend(lacking)
                    if note is not None:
                        note(f"{len(got)} of {len(file.biographies)} biographies read")
                    if len(lacking) == len(block):
                        break
            finally:
                await reader.close()

        if left:
            completed(ask)
        refuse_gaps(len(got), len(file.biographies), "biographies", reader.name, failures)
        store.publish()
    return tuple(got[b.configuration] for b in file.biographies)


def _without_reader(biography: Biography) -> Biography:
    return judged(biography, read_offline(biography.text)) if biography.text else biography


async def _read_block(
    reader: Reader, block: Sequence[Biography]
) -> tuple[list[Biography], list[str]]:
    """The biographies that were read, those without a story too, and why others were not."""
    told = [b for b in block if b.text]
    readings = await reader.read([(b.configuration, b.text) for b in told])
    found = dict(zip((b.configuration for b in told), readings, strict=True))
    done, failures = [], []
    for biography in block:
        reading = found.get(biography.configuration)
        if isinstance(reading, NoReply):
            failures.append(reading.why)
        elif biography.text:
            done.append(judged(biography, reading))
        else:
            done.append(biography)
    return done, failures
