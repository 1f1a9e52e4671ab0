"""A server's batch interface: files in, batches created, states and results out."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from mores.errors import ModelError
from mores.models.batch.formats import ENDPOINT, Batch, file_id, read_batch
from mores.models.failures import Failure, Oversized, Patience, Transient, failure_of
from mores.models.providers import OWN_KEY, Endpoint, endpoint, providers, shown
from mores.models.scrub import Scrubber
from mores.models.transport import LARGEST_BODY, Response, Transport

__all__ = ["LARGEST_LINE", "TOKEN", "BatchClient", "batch_endpoint"]

TOKEN = "mores"  # noqa: S105
"""The field of a batch's metadata by which it is found again."""
LARGEST_LINE = LARGEST_BODY + 2**16
"""Bytes of a result line; longer ones are skipped."""
_MOST_SKIPPED = 2**30
_SPEAKS = frozenset({"openai"})
_PAGE, _PAGES = 100, 50
T = TypeVar("T")


def batch_endpoint(spec: str, environ: Mapping[str, str]) -> Endpoint:
    """Where the batches of a model are handed in.

    Parameters
    ----------
    spec : str
        ``openai/NAME``, or ``http(s)://host/v1#NAME`` of a server that has ``/files`` and ``/batches``.
    environ : mapping
        See `mores.models.providers.endpoint`.

    Raises
    ------
    ModelError
        If the model cannot be asked in batches.
    """
    spec = spec.strip()
    live = "ask it live: mores run"
    if spec.partition(":")[0] in ("sim", "hf", "vllm"):
        raise ModelError(
            f"{shown(spec)} runs on your own machines, where a batch saves nothing; {live}"
        )
    scheme, colon, _ = spec.partition("://")
    name = spec.partition("/")[0]
    if not colon and name in providers() and name not in _SPEAKS:
        raise ModelError(
            f"{name} has no batch interface that this version speaks (openai/NAME, or a server with "
            f"/files and /batches as http://host/v1#NAME); {live}"
        )
    if colon and "," in spec.partition("#")[0]:
        raise ModelError(
            f"{shown(spec)} has several addresses, and a batch is handed in at one; give one"
        )
    if (colon and scheme.lower() not in ("http", "https")) or (not colon and name not in _SPEAKS):
        raise ModelError(
            f"{shown(spec)!r} cannot be asked in batches; allowed: openai/NAME, http://host/v1#NAME"
        )
    return endpoint(spec, environ)


class BatchClient:
    """The batch interface of one server.

    What fails for a moment is tried again, except where that could hand a batch in twice.

    Parameters
    ----------
    endpoint : Endpoint
        Where it is.
    patience : Patience, optional
        Time limits and retries.

    Attributes
    ----------
    scrub : Scrubber
        Takes this server's secrets out of text.
    """

    def __init__(self, endpoint: Endpoint, patience: Patience | None = None) -> None:
        self.endpoint = endpoint
        self.scrub = Scrubber(endpoint.secrets)
        self._patience = patience or Patience()
        self._transport = Transport(endpoint, self._patience, self.scrub)

    async def open(self) -> None:
        """Make ready to connect.

        Raises
        ------
        ModelError
            If a key is needed and not there.
        """
        if self.endpoint.key_needed and self.endpoint.key is None:
            variable = self.endpoint.key_variable or OWN_KEY
            raise ModelError(
                f"{self.endpoint.spec} needs a key, and {variable} is not set; put the key in the "
                f"environment variable {variable}"
            )
        await self._transport.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.close()

    async def upload(self, path: Path, name: str) -> str:
        """Hand in an input file and return its id; a second copy of it costs nothing.

        Raises
        ------
        Failure, Unusable, ModelError
            If it is not taken.
        """

        async def once() -> Response:
            with path.open("rb") as file:
                return await self._transport.upload("/files", file, name, {"purpose": "batch"})

        return await self._patiently(lambda: self._read(once(), file_id))

    async def create(self, file: str, token: str) -> Batch:
        """Have an input file answered; sent once, or again where it surely was not taken.

        Parameters
        ----------
        file : str
            Id of an uploaded file.
        token : str
            By which `find` finds the batch.

        Raises
        ------
        Transient
            If nobody can tell whether it was taken, or the server asks for patience.
        Failure, Unusable, ModelError
            If it is not taken.
        """
        wanted = {
            "input_file_id": file,
            "endpoint": ENDPOINT,
            "completion_window": "24h",
            "metadata": {TOKEN: token},
        }
        body = json.dumps(wanted).encode("ascii")
        again = {"Idempotency-Key": token}
        return await self._patiently(
            lambda: self._read(self._transport.send("/batches", body, again), read_batch),
            lambda problem: problem.limited or problem.unreachable,
        )

    async def find(self, token: str, file: str = "") -> Batch | None:
        """The batch that was created with a token; None if there is none.

        Parameters
        ----------
        token : str
            As it was given to `create`.
        file : str, optional
            Of its input file, by which it is known where a server keeps no metadata.

        Raises
        ------
        Failure, Unusable, ModelError
            If the server cannot list its batches, or what it says of this one cannot be read.
        """
        after = ""
        for _ in range(_PAGES):
            path = f"/batches?limit={_PAGE}{after}"
            batches, more = await self._page(path, token)
            for batch in batches:
                if batch.metadata.get(TOKEN) == token or (file and batch.input_file_id == file):
                    return batch
            if not more:
                return None
            after = f"&after={batches[-1].id}"
        raise Transient(f"there are more than {_PAGES * _PAGE} batches to look through")

    async def _page(self, path: str, token: str) -> tuple[list[Batch], bool]:
        read = partial(_listed, token)
        return await self._patiently(lambda: self._read(self._transport.get(path), read))

    async def retrieve(self, batch: str) -> Batch:
        """The state of a batch.

        Raises
        ------
        Failure, Unusable, ModelError
            If it is not told.
        """
        return await self._patiently(
            lambda: self._read(self._transport.get(f"/batches/{batch}"), read_batch)
        )

    async def cancel(self, batch: str) -> Batch:
        """Have a batch stopped; what it has answered so far still comes.

        Raises
        ------
        Failure, Unusable, ModelError
            If it is not.
        """
        path = f"/batches/{batch}/cancel"
        return await self._patiently(
            lambda: self._read(self._transport.post(path, b""), read_batch)
        )

    async def lines(self, file: str) -> AsyncIterator[bytes | None]:
        """The lines of a result file, as they come; None in place of one that is too long.

        Raises
        ------
        Failure, Unusable, ModelError
            If it cannot be read, or breaks off.
        """
        async with self._transport.reading(f"/files/{file}/content") as (head, pieces):
            if not 200 <= head.status < 300:
                raise failure_of(head.status, head.headers, head.body, self.scrub)
            async for line in split(pieces):
                yield line

    async def _read(self, coming: Awaitable[Response], read: Callable[[Any], T]) -> T:
        response = await coming
        if not 200 <= response.status < 300:
            raise failure_of(response.status, response.headers, response.body, self.scrub)
        try:
            return read(json.loads(response.body))
        except (ValueError, RecursionError) as problem:
            reason = str(problem) if type(problem) is ValueError else "what came back is not JSON"
            raise Transient(reason) from None

    async def _patiently(
        self,
        call: Callable[[], Awaitable[T]],
        repeatable: Callable[[Transient], bool] = lambda _: True,
    ) -> T:
        """Call, again for as long as that may help and does no harm."""
        for n in range(self._patience.attempts):
            try:
                return await call()
            except Transient as problem:
                if n + 1 == self._patience.attempts or not repeatable(problem):
                    raise
                await self.pause(n, problem)
        raise Failure("no attempt was allowed")

    async def pause(self, n: int, problem: Transient) -> None:
        """Wait after the n-th failure (from 0) for as long as the server asks, or longer each time."""
        patience = self._patience
        wait = patience.wait_initial * 2**n if problem.wait is None else problem.wait
        jitter = random.uniform(0, patience.wait_jitter)  # noqa: S311
        await asyncio.sleep(min(wait, patience.wait_max) + jitter)


async def split(
    pieces: AsyncIterator[bytes], largest: int = LARGEST_LINE
) -> AsyncIterator[bytes | None]:
    """Lines from pieces of any length, the empty ones left out; None for one longer than `largest`.

    Raises
    ------
    Oversized
        If a line has no end in sight.
    """
    kept, skipped = bytearray(), 0
    async for piece in pieces:
        first, *others = piece.split(b"\n")
        ends = [True] * len(others) + [False]
        for part, end in zip([first, *others], ends, strict=True):
            if skipped or len(kept) + len(part) > largest:
                skipped += len(kept) + len(part)
                kept.clear()
                if skipped > _MOST_SKIPPED:
                    raise Oversized(f"a line of more than {_MOST_SKIPPED} bytes")
            else:
                kept += part
            if not end:
                continue
            if skipped:
                yield None
            elif kept.strip():
                yield bytes(kept)
            kept.clear()
            skipped = 0
    if skipped:
        yield None
    elif kept.strip():
        yield bytes(kept)


def _listed(token: str, content: Any) -> tuple[list[Batch], bool]:
    """The batches of a page, and whether another follows.

    Those of others may be in any form; one with the token that cannot be read is not taken for none.
    """
    entries = content.get("data") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise ValueError("what came back is not a list of batches")
    batches = []
    for entry in entries:
        try:
            batches.append(read_batch(entry))
        except ValueError:
            if isinstance(entry, dict) and token in str(entry.get("metadata")):
                raise
    more = bool(entries) and content.get("has_more") is True
    if more and not batches:
        raise ValueError("what came back is a list of batches that cannot be read")
    return batches, more
