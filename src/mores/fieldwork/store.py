"""The answer store: every reply, verbatim, durable before it counts.

One SQLite file with a rollback journal and ``synchronous=FULL``: when `AnswerStore.write` returns, the
replies survive a crash. (WAL is not used: SQLite before 3.51.3 can lose commits when it resets the
log.) A reply's row is ``slot = trial * 16 + attempt``, so that rows lie in the order of the design,
a store is appended rather than shuffled, and reading is sequential. Text is kept as bytes, UTF-8 with
surrogates passed through, because a model can emit what no valid UTF-8 holds. Probabilities of labels
are kept as 32-bit natural logarithms: those of each label; or NaN, lower bounds, and upper bounds.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mores.errors import StoreDamagedError, StoreError
from mores.fieldwork.design import MAX_ATTEMPTS
from mores.records import OptionMasses, Reply, Status

__all__ = ["AnswerStore", "Progress", "StoredReply", "Verdict"]

APPLICATION_ID = 0x6D6F7265  # "more"
VERSION = 2
"""2 added the column masses; a store of version 1 gets it when it is opened for writing."""
_SCHEMA = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE replies (
    slot INTEGER PRIMARY KEY,          -- trial * {MAX_ATTEMPTS} + attempt
    key BLOB NOT NULL,                 -- digest of the request
    verdict INTEGER NOT NULL,          -- how it was coded when it came in; recoded on every report
    text BLOB,                         -- the reply, verbatim; NULL for a failure
    failure TEXT,
    finish TEXT,
    detail BLOB,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    seconds REAL NOT NULL,
    masses BLOB                        -- log-probabilities of the labels; NULL for a text answer
);
CREATE INDEX replies_by_verdict ON replies (verdict);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
"""
_COLUMNS = (
    "slot, key, verdict, text, failure, finish, detail, prompt_tokens, completion_tokens, seconds, "
    "masses"
)
_LOG_MASS = np.dtype("<f4")
# What reading a damaged file raises: SQLite's own errors, or ours over values that were never written.
_DAMAGE = (sqlite3.Error, ValueError, TypeError, AttributeError, OverflowError)


class Verdict:
    """Small integers for `Status`, with failures split by whether asking again could help."""

    CODED, REFUSED, UNCODED, FAILED, REJECTED = range(5)

    @classmethod
    def of(cls, status: Status, permanent: bool = False) -> int:
        """The verdict of a status; `permanent` tells failures apart."""
        if status is Status.FAILED:
            return cls.REJECTED if permanent else cls.FAILED
        return (Status.CODED, Status.REFUSED, Status.UNCODED).index(status)


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A reply with its place in the design."""

    trial: int
    attempt: int
    key: bytes
    verdict: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class Progress:
    """What a store holds, in columns sorted by trial: the last attempt of each trial.

    Attributes
    ----------
    trials : int64 array, shape (n,)
    attempts : int8 array, shape (n,)
        Number of the last attempt, 0 for the first.
    verdicts : int8 array, shape (n,)
    """

    trials: NDArray[np.int64]
    attempts: NDArray[np.int8]
    verdicts: NDArray[np.int8]


class AnswerStore:
    """An open answer store; a context manager.

    Parameters
    ----------
    path : Path
        The SQLite file.
    fingerprint : mapping or None
        What the store must have been asked under, as a flat mapping; a new store is made with it.
        None opens for reading only.
    """

    def __init__(self, path: Path, fingerprint: Mapping[str, Any] | None = None) -> None:
        self.path = path
        self._columns = _COLUMNS
        self.writable = fingerprint is not None
        if not self.writable and not path.exists():
            raise self._empty()
        # A reader opens for writing where it may: after a crash the journal must be rolled back.
        mode = "rwc" if self.writable else "rw" if os.access(path, os.W_OK) else "ro"
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        try:
            self._db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise StoreError(
                f"{path} cannot be opened: {error}; check the folder's permissions"
            ) from None
        try:
            with self._explaining():
                self._db.execute("PRAGMA busy_timeout = 60000")
                self._db.execute("PRAGMA mmap_size = 0")
                if self._is_blank():
                    self._create(fingerprint)
                self._check(fingerprint)
        except StoreError:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _empty(self) -> StoreError:
        return StoreError(f"there are no answers at {self.path} yet; run the study first")

    def _is_blank(self) -> bool:
        """New, or left behind by a first run that was killed before its first commit.

        SQLite is asked, not the file system: what such a run half wrote is taken back by asking.
        """
        return bool(self._db.execute("PRAGMA page_count").fetchone()[0] == 0)

    def _create(self, fingerprint: Mapping[str, Any] | None) -> None:
        if fingerprint is None:
            raise self._empty()
        self._make_durable()
        self._db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}")
        self._db.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [(name, json.dumps(value, sort_keys=True)) for name, value in fingerprint.items()],
        )
        self._db.execute("COMMIT")

    def _make_durable(self) -> None:
        self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.execute("PRAGMA synchronous = FULL")

    def _check(self, fingerprint: Mapping[str, Any] | None) -> None:
        application = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION_ID:
            raise StoreDamagedError(
                f"{self.path} is not an answer store of mores; choose another folder with --out"
            )
        if version > VERSION:
            raise StoreDamagedError(
                f"{self.path} was written by a newer version (its format is {version}, this version "
                f"reads up to {VERSION}); upgrade mores, or choose another folder with --out"
            )
        if version < VERSION:
            self._columns = _COLUMNS.replace("masses", "NULL")
        if fingerprint is None:
            return
        stored = self.meta()
        wanted = json.loads(json.dumps(dict(fingerprint)))
        changed = [name for name, value in wanted.items() if stored.get(name) != value]
        if changed:
            raise StoreError(
                f"{self.path} holds answers to another study: {', '.join(changed)} "
                f"{'differs' if len(changed) == 1 else 'differ'} from this run's; repeat the command "
                "that began it, or choose another folder with --out"
            )
        self._make_durable()
        if version < VERSION:
            self._db.executescript(
                "BEGIN IMMEDIATE; ALTER TABLE replies ADD COLUMN masses BLOB;"
                f"PRAGMA user_version = {VERSION}; COMMIT"
            )
            self._columns = _COLUMNS

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            raise self._explained(error) from None

    def _explained(self, error: Exception) -> StoreError:
        reason = str(error)
        if "full" in reason or "disk I/O" in reason:
            return StoreError(
                f"{self.path} could not be written ({reason}): the disk may be full; what was stored "
                "before is intact; make room and repeat the command"
            )
        if "readonly" in reason or "unable to open" in reason:
            return StoreError(
                f"{self.path} cannot be written ({reason}); check the permissions of the folder, or "
                "choose another with --out"
            )
        if "locked" in reason:
            return StoreError(
                f"{self.path} is in use ({reason}); wait for the other process to end"
            )
        return StoreDamagedError(
            f"{self.path} cannot be read as an answer store ({reason}); it was left as it is; restore "
            "it from a copy, or choose another folder with --out"
        )

    def meta(self) -> dict[str, Any]:
        """What the store was made with."""
        with self._explaining():
            rows = self._db.execute("SELECT name, value FROM meta").fetchall()
            return {name: json.loads(value) for name, value in rows}

    def write(self, batch: Iterable[StoredReply]) -> None:
        """Store replies durably; a failure's row is replaced when it is asked again.

        Raises
        ------
        StoreError
            If they cannot be stored; then none of the batch is.
        """
        rows = [
            (
                item.trial * MAX_ATTEMPTS + item.attempt,
                item.key,
                item.verdict,
                None
                if item.reply.text is None
                else item.reply.text.encode("utf-8", "surrogatepass"),
                _printable(item.reply.failure),
                _printable(item.reply.finish),
                item.reply.detail.encode("utf-8", "surrogatepass") or None,
                item.reply.prompt_tokens,
                item.reply.completion_tokens,
                round(item.reply.seconds, 6),
                _packed(item.reply.masses),
            )
            for item in batch
        ]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                f"INSERT OR REPLACE INTO replies ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
                rows,
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._explained(error) from None
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def progress(self) -> Progress:
        """The last attempt of each trial, from the index alone."""
        slots, verdicts = [], []
        with self._explaining():
            for verdict in range(5):
                query = "SELECT slot FROM replies WHERE verdict = ?"
                found = np.fromiter(
                    (row[0] for row in self._db.execute(query, (verdict,))), np.int64
                )
                slots.append(found)
                verdicts.append(np.full(len(found), verdict, np.int8))
        slot, verdict_of = np.concatenate(slots), np.concatenate(verdicts)
        order = np.argsort(slot)
        slot, verdict_of = slot[order], verdict_of[order]
        trial = slot // MAX_ATTEMPTS
        last = np.append(trial[1:] != trial[:-1], True)[: len(trial)]
        return Progress(trial[last], (slot[last] % MAX_ATTEMPTS).astype(np.int8), verdict_of[last])

    def counts(self) -> dict[str, int]:
        """Trials by status, after their last attempt."""
        names = (*Status, Status.FAILED)
        found = Counter(names[v] for v in self.progress().verdicts.tolist())
        return {status.value: found.get(status, 0) for status in Status}

    def spent(self) -> tuple[int, int]:
        """Prompt and completion tokens over all attempts."""
        query = "SELECT total(prompt_tokens), total(completion_tokens) FROM replies"
        with self._explaining():
            prompt, completion = self._db.execute(query).fetchone()
            return int(prompt), int(completion)

    def read(self, chunk: int = 4096) -> Iterator[list[StoredReply]]:
        """All replies in the order of the design, every attempt, in chunks.

        The file is held for one chunk at a time, so that a run can go on while it is read.
        """
        query = f"SELECT {self._columns} FROM replies WHERE slot > ? ORDER BY slot LIMIT ?"  # noqa: S608
        last = -1
        while found := self._replies(query, last, chunk):
            before, last = last, found[-1].trial * MAX_ATTEMPTS + found[-1].attempt
            if last <= before:  # a damaged tree can lead in a circle
                raise self._explained(ValueError("its rows are out of order"))
            yield found

    def find(self, key: bytes) -> list[StoredReply]:
        """Replies whose request has the key, or a key that begins with it."""
        query = f"SELECT {self._columns} FROM replies WHERE substr(key, 1, ?) = ?"  # noqa: S608
        return self._replies(query, len(key), key)

    def _replies(self, query: str, *parameters: object) -> list[StoredReply]:
        with self._explaining():
            return [_stored(*row) for row in self._db.execute(query, parameters)]


def _printable(text: str | None) -> str | None:
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _packed(masses: OptionMasses | None) -> bytes | None:
    """The bounds one after the other; only once where they are the same.

    What a faulty model gives is kept so that it can be read back and is not taken for probabilities.
    """
    if masses is None:
        return None
    pairs = list(zip_longest(masses.low, masses.high, fillvalue=np.nan))
    numbers = [low for low, _ in pairs]
    if any(low != high for low, high in pairs):
        # what no log-probability is tells that two lists follow
        numbers = [np.nan, *numbers, *(high for _, high in pairs)]
    with np.errstate(over="ignore"):  # a number too large for 32 bits is infinite in them
        return np.array(numbers, _LOG_MASS).tobytes()


def _unpacked(content: bytes) -> OptionMasses:
    bounds = np.frombuffer(content, _LOG_MASS).astype(np.float64)
    if bounds.size and np.isnan(bounds[0]):
        low, high = np.split(bounds[1:], 2)
        return OptionMasses(tuple(low.tolist()), tuple(high.tolist()))
    exact = tuple(bounds.tolist())
    return OptionMasses(exact, exact)


def _stored(
    slot: int,
    key: bytes,
    verdict: int,
    text: bytes | None,
    failure: str | None,
    finish: str | None,
    detail: bytes | None,
    prompt_tokens: int | None,
    completion_tokens: int | None,
    seconds: float,
    masses: bytes | None,
) -> StoredReply:
    reply = Reply(
        text=None if text is None else text.decode("utf-8", "surrogatepass"),
        failure=failure,
        permanent=verdict == Verdict.REJECTED,
        finish=finish,
        detail="" if detail is None else detail.decode("utf-8", "surrogatepass"),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        seconds=seconds,
        masses=None if masses is None else _unpacked(masses),
    )
    return StoredReply(slot // MAX_ATTEMPTS, slot % MAX_ATTEMPTS, key, verdict, reply)
