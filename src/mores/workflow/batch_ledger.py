"""Which requests are in which batch: written before anything is handed in, and after.

A file ``batches.sqlite`` in the folder of a run, durable like the answer store. A part is one input file
and one batch. While a part is open its requests are in flight: nobody else asks them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mores.errors import StoreDamagedError, StoreError

__all__ = ["NAME", "BatchLedger", "Part", "check_none_in_flight"]

NAME = "batches.sqlite"
APPLICATION_ID = 0x6D6F7262  # "morb"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Part:
    """One input file, and the batch made of it.

    Attributes
    ----------
    number : int
        1, 2, … in a folder.
    token : str
        By which its batch is found again at the server.
    state : str
        ``written`` (recorded, nothing is at the server), ``uploaded`` (`file` is), ``creating``
        (perhaps `batch` is), ``created``, ``collected``, or ``dropped``.
    requests : int
        How many it holds.
    prompt_tokens, completion_tokens : int
        Expected of it until it is collected; then those of its replies.
    factor : float
        What a request costs in a batch, as a share of its price.
    file, batch : str
        Their ids at the server; empty before they are known.
    submitted : float
        When it was handed in, in seconds since 1970; 0 before.
    ended : str
        What became of it, once it is collected or dropped; before, why it could not be collected.
    """

    number: int
    token: str
    state: str
    requests: int
    prompt_tokens: int = 0
    completion_tokens: int = 0
    factor: float = 0.5
    file: str = ""
    batch: str = ""
    submitted: float = 0.0
    ended: str = ""

    @property
    def open(self) -> bool:
        """Whether its requests are in flight."""
        return self.state not in ("collected", "dropped")


_NAMES = [field.name for field in fields(Part)]
_SCHEMA = f"""
CREATE TABLE parts (
    number INTEGER PRIMARY KEY, token TEXT NOT NULL, state TEXT NOT NULL, requests INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, factor REAL NOT NULL,
    file TEXT NOT NULL, batch TEXT NOT NULL, submitted REAL NOT NULL, ended TEXT NOT NULL
);
CREATE TABLE requests (slot INTEGER PRIMARY KEY, part INTEGER NOT NULL);  -- of open parts
CREATE INDEX requests_by_part ON requests (part);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
"""


class BatchLedger:
    """The open ledger of a run's folder; a context manager.

    Parameters
    ----------
    folder : Path
        The folder, held for writing unless the ledger is only read.
    create : bool, default False
        Make it if there is none; else it has no parts then.

    Raises
    ------
    StoreError
        If it cannot be used.
    """

    def __init__(self, folder: Path, create: bool = False) -> None:
        self.path = folder / NAME
        there = self.path.exists()
        try:
            place = str(self.path) if there or create else ":memory:"
            self._db = sqlite3.connect(place, isolation_level=None)
        except sqlite3.Error as error:
            raise StoreError(
                f"{self.path} cannot be opened: {error}; check the folder's permissions"
            ) from None
        try:
            with self._explaining():
                self._db.execute("PRAGMA busy_timeout = 60000")
                if not self._db.execute("PRAGMA page_count").fetchone()[0]:
                    self._db.execute("PRAGMA synchronous = FULL")
                    self._db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}COMMIT")
                self._check()
                self._db.execute("PRAGMA synchronous = FULL")
        except StoreError:
            self._db.close()
            raise

    def _check(self) -> None:
        application = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION_ID or version > VERSION:
            raise StoreDamagedError(
                f"{self.path} is no record of batches of this version of mores; upgrade mores, or "
                "restore the file from a copy"
            )

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, TypeError, ValueError) as error:
            raise StoreError(
                f"{self.path} cannot be read or written ({error}); check room and permissions, or "
                "restore it from a copy: it tells which requests are in flight"
            ) from None

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        with self._explaining():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def parts(self) -> list[Part]:
        """All parts, in their order."""
        with self._explaining():
            query = f"SELECT {', '.join(_NAMES)} FROM parts ORDER BY number"  # noqa: S608
            return [Part(*row) for row in self._db.execute(query)]

    def add(self, part: Part, slots: Sequence[int]) -> None:
        """Record a new part and its requests, all at once."""
        values = asdict(part)
        with self._at_once():
            marks = ", ".join("?" * len(values))
            names = ", ".join(values)
            self._db.execute(
                f"INSERT INTO parts ({names}) VALUES ({marks})",  # noqa: S608
                tuple(values.values()),
            )
            self._db.executemany(
                "INSERT INTO requests VALUES (?, ?)", ((slot, part.number) for slot in slots)
            )

    def change(self, part: Part, **changed: Any) -> Part:
        """The part with some fields changed, durably; its requests are let go when it closes."""
        new = replace(part, **changed)
        values: Mapping[str, Any] = asdict(new)
        with self._at_once():
            marks = ", ".join(f"{name} = ?" for name in values)
            self._db.execute(
                f"UPDATE parts SET {marks} WHERE number = ?",  # noqa: S608
                (*values.values(), part.number),
            )
            if not new.open:
                self._db.execute("DELETE FROM requests WHERE part = ?", (part.number,))
        return new

    def slots(self, part: Part) -> list[int]:
        """Slots of the requests of an open part, ascending."""
        query = "SELECT slot FROM requests WHERE part = ? ORDER BY slot"
        with self._explaining():
            return [row[0] for row in self._db.execute(query, (part.number,))]

    def in_flight(self) -> NDArray[np.int64]:
        """Slots of all requests in flight, ascending."""
        with self._explaining():
            rows = self._db.execute("SELECT slot FROM requests ORDER BY slot")
            return np.fromiter((row[0] for row in rows), np.int64)


def check_none_in_flight(folder: Path) -> None:
    """Refuse to ask live what is in a batch, and would be paid twice.

    Raises
    ------
    StoreError
        If batches of the folder wait to be collected.
    """
    if not (folder / NAME).exists():
        return
    with BatchLedger(folder) as ledger:
        waiting = [part for part in ledger.parts() if part.open]
    if waiting:
        n = sum(part.requests for part in waiting)
        them = f"{len(waiting):,} batches" if len(waiting) > 1 else "a batch"
        raise StoreError(
            f"{n:,} requests of {folder} are in {them}; collect them first (mores batch "
            f"collect {folder}), or stop them (mores batch cancel {folder})"
        )
