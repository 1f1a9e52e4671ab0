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
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mores.errors import StoreDamagedError, StoreError
from mores.fieldwork.design import MAX_ATTEMPTS
from mores.fieldwork.last_replies import DAMAGE, LastReplies, last_replies
from mores.fieldwork.rows import COLUMNS, Row, StoredReply, Verdict, row_of, stored_of
from mores.records import Status

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
# What reading a damaged file raises: SQLite's own errors, or ours over values that were never written.
_DAMAGE = (sqlite3.Error, *DAMAGE)


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
        self._columns = COLUMNS
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

    @property
    def _elsewhere(self) -> str:
        """What else can be done where this file cannot be used."""
        if self.writable:
            return "choose another folder with --out"
        return "ask anew in another folder"

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
                f"{self.path} is not an answer store of mores; {self._elsewhere}"
            )
        if version > VERSION:
            raise StoreDamagedError(
                f"{self.path} was written by a newer version (its format is {version}, this version "
                f"reads up to {VERSION}); upgrade mores, or {self._elsewhere}"
            )
        if version < VERSION:
            self._columns = COLUMNS.replace("masses", "NULL")
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
            self._columns = COLUMNS

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
            f"it from a copy, or {self._elsewhere}"
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
        self.write_rows([row_of(item) for item in batch])

    def write_rows(self, rows: Iterable[Row]) -> None:
        """Store rows as they lie in another store, all of them or none, however many they are.

        What is raised while they are drawn is passed on.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                f"INSERT OR REPLACE INTO replies ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
                rows,
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._explained(error) from None
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def progress(self, trials: tuple[int, int] | None = None) -> Progress:
        """The last attempt of each trial, or of those in a range as in `rows`, from the index alone."""
        bounds = ""
        if trials is not None:
            first, behind = (trial * MAX_ATTEMPTS for trial in trials)
            bounds = f" AND slot >= {first:d} AND slot < {behind:d}"
        slots, verdicts = [], []
        with self._explaining():
            for verdict in range(5):
                query = f"SELECT slot FROM replies WHERE verdict = ?{bounds}"  # noqa: S608
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
        for rows in self.rows(chunk):
            with self._explaining():
                found = [stored_of(*row) for row in rows]
            yield found

    def last(self, trials: tuple[int, int]) -> Iterator[LastReplies]:
        """The last reply to each trial from the first of two to the one before the second."""
        found = last_replies(self.rows(trials=trials), self._explained)
        while True:
            with self._explaining():
                some = next(found, None)
            if some is None:
                return
            yield some

    def rows(self, chunk: int = 4096, trials: tuple[int, int] | None = None) -> Iterator[list[Row]]:
        """What `read` reads, as it lies in the file.

        Parameters
        ----------
        chunk : int
            Most rows at a time.
        trials : pair of int, optional
            The first trial and the one behind the last; all of them if left out.
        """
        bounds = (
            "slot > ?" if trials is None else f"slot > ? AND slot < {trials[1] * MAX_ATTEMPTS:d}"
        )
        query = f"SELECT {self._columns} FROM replies WHERE {bounds} ORDER BY slot LIMIT ?"  # noqa: S608
        last = -1 if trials is None else trials[0] * MAX_ATTEMPTS - 1
        while found := self._fetched(query, last, chunk):
            before, last = last, found[-1][0]
            if last <= before:  # a damaged tree can lead in a circle
                raise self._explained(ValueError("its rows are out of order"))
            yield found

    def _fetched(self, query: str, *parameters: object) -> list[Row]:
        with self._explaining():
            return self._db.execute(query, parameters).fetchall()

    def span(self) -> tuple[int, int] | None:
        """The first and the last slot; None where there is no reply."""
        with self._explaining():
            first, last = self._db.execute("SELECT min(slot), max(slot) FROM replies").fetchone()
            return None if first is None else (int(first), int(last))

    def find(self, key: bytes) -> list[StoredReply]:
        """Replies whose request has the key, or a key that begins with it."""
        query = f"SELECT {self._columns} FROM replies WHERE substr(key, 1, ?) = ?"  # noqa: S608
        return self._replies(query, len(key), key)

    def _replies(self, query: str, *parameters: object) -> list[StoredReply]:
        with self._explaining():
            return [stored_of(*row) for row in self._db.execute(query, parameters)]
