"""One part on its way to the server: uploaded, then created, never twice."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from mores.errors import FieldworkError, ModelError, MoresError
from mores.models.batch.client import BatchClient
from mores.models.failures import Failure, Refused, Transient, Unusable
from mores.workflow.batch_ledger import BatchLedger, Part

__all__ = ["Sender", "told_of"]


def told_of(problem: Failure | Unusable) -> str:
    """What went wrong, in one line."""
    if isinstance(problem, Failure):
        return problem.reason
    return f"HTTP {problem.status}" + (f": {problem.message}" if problem.message else "")


class Sender:
    """Hands parts in, from wherever an earlier command left them.

    Parameters
    ----------
    client : BatchClient
        Open.
    ledger : BatchLedger
        In which each step is recorded before and after it.
    folder : Path
        The run's folder, for messages.

    Attributes
    ----------
    handed : list of Part
        What was handed in.
    """

    def __init__(self, client: BatchClient, ledger: BatchLedger, folder: Path) -> None:
        self._client, self._ledger, self._folder = client, ledger, folder
        self.handed: list[Part] = []

    async def send(self, part: Part, path: Path, write: Callable[[], Awaitable[None]]) -> Part:
        """Upload a part and have its batch created.

        Parameters
        ----------
        part : Part
            Open, and not created yet.
        path : Path
            Its input file, which goes when the batch is there.
        write : callable
            Writes that file, if it is gone.

        Raises
        ------
        MoresError
            If it is not taken, or not yet.
        """
        try:
            if part.state == "creating":
                part = await self._looked_up(part)
            if part.state == "written":
                await write()
                file = await self._client.upload(path, f"mores-{part.token}.jsonl")
                part = self._ledger.change(part, state="uploaded", file=file)
            if part.state == "uploaded":
                part = self._ledger.change(part, state="creating", submitted=time.time())
                batch = await self._client.create(part.file, part.token)
                part = self._ledger.change(part, state="created", batch=batch.id)
        except (Failure, Unusable) as problem:
            raise self._stopped(part, problem, path) from None
        _remove(path)
        self.handed.append(part)
        return part

    async def _looked_up(self, part: Part) -> Part:
        """A part of which nobody knows whether its batch was created, as it stands at the server."""
        try:
            found = await self._client.find(part.token, part.file)
        except (Failure, Unusable) as problem:
            raise FieldworkError(
                f"whether batch {part.number} was created cannot be found out ({told_of(problem)}); "
                "repeat the command, or look at your account there, and if it has no such batch: "
                f"mores batch cancel {self._folder} --forget"
            ) from None
        if found is None:
            return self._ledger.change(part, state="uploaded")
        return self._ledger.change(part, state="created", batch=found.id)

    def _stopped(self, part: Part, problem: Failure | Unusable, path: Path) -> MoresError:
        """The error that ends the command; a part that was refused is let go."""
        base, told = self._client.endpoint.base, told_of(problem)
        before = f"{len(self.handed)} batches were handed in before"
        if not isinstance(problem, Refused | Unusable):
            # told to wait, or not reached at all: then it surely was not taken
            clear = isinstance(problem, Transient) and (problem.limited or problem.unreachable)
            if clear and part.state == "creating":
                self._ledger.change(part, state="uploaded")
            return FieldworkError(
                f"batch {part.number} could not be handed in at {base} ({told}); {before}; repeat the "
                "command to go on: nothing is handed in twice"
            )
        self._ledger.change(part, state="dropped", ended=told)
        _remove(path)
        error = f"{base} does not take batch {part.number} ({told})"
        if self.handed:
            return FieldworkError(f"{error}; {before}; collect them, then repeat the command")
        return ModelError(
            f"{error}; check that it is the address of a server with /files and /batches, or ask live: "
            "mores run"
        )


def _remove(path: Path) -> None:
    """Remove an input file, and its folder if it was the last."""
    with suppress(OSError):
        path.unlink()
    with suppress(OSError):
        path.parent.rmdir()
