"""The results of one batch: each row checked, read as a live reply, coded and stored."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mores.fieldwork.design import MAX_ATTEMPTS, Design
from mores.fieldwork.store import AnswerStore, Progress, StoredReply, Verdict
from mores.models.batch.client import BatchClient
from mores.models.batch.exchange import reply_of
from mores.models.batch.formats import Row, parse_custom_id, read_row
from mores.models.failures import Failure, Transient
from mores.models.interface import Capabilities
from mores.records import Reply

__all__ = ["ODD", "Received", "Receiver"]

ODD = ".odd.jsonl"
"""How the names of files end that hold rows which could not be used."""
_TOGETHER, _TOGETHER_BYTES = 512, 2**24
"""Replies that are stored in one commit, and bytes of their rows, about."""
_TRIES = 4
_KEPT_ROWS, _KEPT_BYTES = 1000, 2**16
"""Rows that could not be used are kept: at most so many, and so many bytes of each."""


@dataclass(slots=True)
class Received:
    """What came of a batch, in rows.

    Attributes
    ----------
    stored : int
        New replies, failed ones included.
    failed : int
        Of these, failures that can be asked again.
    rejected : int
        Of these, what was refused for good.
    uncoded : int
        Of these, replies that could not be coded, and get another attempt if the study allows one.
    before : int
        Rows whose requests were answered already: by an earlier, interrupted collection, or live.
    missing : int
        Requests without a row.
    duplicate, foreign, malformed : int
        Second rows of one request; rows of requests that are not in the batch; rows that cannot be
        read.
    prompt_tokens, completion_tokens : int
        Of all replies.
    """

    stored: int = 0
    failed: int = 0
    rejected: int = 0
    uncoded: int = 0
    before: int = 0
    missing: int = 0
    duplicate: int = 0
    foreign: int = 0
    malformed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def text(self) -> str:
        """What is not nothing, in words."""
        words = {
            "stored": self.stored,
            "failed": self.failed,
            "refused as invalid": self.rejected,
            "uncoded": self.uncoded,
            "answered before": self.before,
            "missing": self.missing,
            "duplicate": self.duplicate,
            "foreign": self.foreign,
            "malformed": self.malformed,
        }
        return ", ".join(f"{n:,} {word}" for word, n in words.items() if n) or "nothing"


@dataclass(slots=True)
class Receiver:
    """Takes in the result files of one batch.

    Attributes
    ----------
    design : Design
        Of the study, with the model that was asked.
    able : Capabilities
        Of that model.
    store : AnswerStore
        Open for writing.
    client : BatchClient
        Open.
    slots : frozenset of int
        Of the batch's requests.
    odd : Path
        Where rows are kept that could not be used.
    """

    design: Design
    able: Capabilities
    store: AnswerStore
    client: BatchClient
    slots: frozenset[int]
    odd: Path
    found: Received = field(default_factory=Received)
    _seen: set[int] = field(default_factory=set)
    _waiting: list[StoredReply] = field(default_factory=list)
    _bytes: int = 0
    _odd: list[bytes] = field(default_factory=list)
    _answered: Callable[[int], bool] = lambda _: False

    async def take(self, files: list[str]) -> Received:
        """Read the files to their ends.

        Raises
        ------
        Failure, Unusable, ModelError
            If one cannot be read; what was stored until then stays.
        StoreError
            If replies cannot be stored.
        """
        trials = [slot // MAX_ATTEMPTS for slot in self.slots]
        self._answered = _answered_in(self.store.progress((min(trials), max(trials) + 1)))
        try:
            for file in files:
                await self._file(file)
        finally:
            self._flush()
            self._keep()
        self.found.missing = len(self.slots) - len(self._seen)
        return self.found

    async def _file(self, file: str) -> None:
        """One file, from where it broke off if need be."""
        done = 0
        most = 4 * len(self.slots) + 1000
        for n in range(_TRIES):
            at = 0
            try:
                async for line in self.client.lines(file):
                    at += 1
                    if at > most:
                        raise Failure(
                            f"more than {most:,} rows came for {len(self.slots):,} requests"
                        )
                    if at > done:
                        await self._line(line)
                        done = at
                return
            except Transient as problem:
                if n + 1 == _TRIES:
                    raise
                await self.client.pause(n, problem)

    async def _line(self, line: bytes | None) -> None:
        found = self.found
        try:
            if line is None:
                raise ValueError("is too long")
            row = read_row(line, self.client.scrub)
        except ValueError:
            found.malformed += 1
            self._put_aside(line or b"")
            return
        named = parse_custom_id(row.name)
        if named is None or named[0] not in self.slots:
            found.foreign += 1
            self._put_aside(line or b"")
        elif named[0] in self._seen:
            found.duplicate += 1
            self._put_aside(line or b"")
        else:
            await self._row(row, *named, line or b"")

    async def _row(self, row: Row, slot: int, key: bytes, line: bytes) -> None:
        trial, attempt = divmod(slot, MAX_ATTEMPTS)
        request = self.design.request(trial, attempt)
        if request.key != key:
            self.found.foreign += 1
            self._put_aside(line)
            return
        self._seen.add(slot)
        reply = await reply_of(row, request, self.able, self.client.scrub)
        self.found.prompt_tokens += reply.prompt_tokens or 0
        self.found.completion_tokens += reply.completion_tokens or 0
        if self._answered(slot):
            self.found.before += 1
            return
        self._waiting.append(self._coded(trial, attempt, key, reply))
        self._bytes += len(line)
        if len(self._waiting) >= _TOGETHER or self._bytes >= _TOGETHER_BYTES:
            self._flush()

    def _coded(self, trial: int, attempt: int, key: bytes, reply: Reply) -> StoredReply:
        outcome = self.design.code(trial, attempt, reply)
        verdict = Verdict.of(outcome.status, reply.permanent)
        found = self.found
        found.failed += verdict == Verdict.FAILED
        found.rejected += verdict == Verdict.REJECTED
        found.uncoded += verdict == Verdict.UNCODED
        return StoredReply(trial, attempt, key, verdict, reply)

    def _flush(self) -> None:
        if self._waiting:
            batch, self._waiting, self._bytes = self._waiting, [], 0
            self.store.write(batch)
            self.found.stored += len(batch)

    def _put_aside(self, line: bytes) -> None:
        if line and len(self._odd) < _KEPT_ROWS:
            self._odd.append(line[:_KEPT_BYTES])

    def _keep(self) -> None:
        """Write down what could not be used, so that nothing that was paid for is lost."""
        if not self._odd:
            return
        with suppress(OSError):
            self.odd.parent.mkdir(exist_ok=True)
            text = b"\n".join(line.rstrip(b"\n") for line in self._odd) + b"\n"
            scrubbed = self.client.scrub(text.decode("utf-8", "backslashreplace"))
            temporary = self.odd.with_name(f".{self.odd.name}.{os.getpid()}")
            temporary.write_bytes(scrubbed.encode("utf-8", "backslashreplace"))
            temporary.replace(self.odd)


def _answered_in(progress: Progress) -> Callable[[int], bool]:
    """Whether a slot, or a later attempt of its trial, has a reply that is not a failure."""
    trials, attempts, verdicts = progress.trials, progress.attempts, progress.verdicts

    def answered(slot: int) -> bool:
        trial, attempt = divmod(slot, MAX_ATTEMPTS)
        at = int(np.searchsorted(trials, trial))
        if at == len(trials) or trials[at] != trial or attempts[at] < attempt:
            return False
        return bool(
            attempts[at] > attempt or verdicts[at] not in (Verdict.FAILED, Verdict.REJECTED)
        )

    return answered
