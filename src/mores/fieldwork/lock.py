"""One writer a run folder: the second is told who holds it."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from mores.errors import StoreError, StoreLockedError

__all__ = ["check_free", "exclusive", "is_held", "unchanging"]

NAME = ".lock"
TRIES = 3
"""`is_held` takes a lock for a moment; a writer that comes just then tries again …"""
PAUSE = 0.05
"""… after so many seconds."""
_FAR = 1 << 30
"""Windows locks bytes, and nobody else can read them; so one beyond all text is taken."""


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the folder for writing; the lock goes with the process, however it ends.

    Raises
    ------
    StoreLockedError
        If another process holds it.
    """
    try:
        handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written ({error.strerror}); check its permissions, or choose another "
            "folder with --out"
        ) from None
    try:
        if not _locked_soon(handle):
            raise _taken(folder, handle)
        _sign(handle)
        try:
            yield
        finally:
            # The names of machines are nobody's business in a folder that is given away.
            with suppress(OSError):
                os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def check_free(folder: Path) -> None:
    """Refuse a folder that is held already, before work is begun that `exclusive` would end.

    Raises
    ------
    StoreLockedError
        If a process holds it for writing.
    """
    try:
        handle = os.open(folder / NAME, os.O_RDONLY)
    except OSError:  # not there yet, or not to be read: `exclusive` will say so
        return
    try:
        if _locked(handle, shared=True) is False:
            raise _taken(folder, handle)
    finally:
        os.close(handle)


def is_held(folder: Path) -> bool | None:
    """Whether a process holds the folder for writing; None where that cannot be found out.

    Parameters
    ----------
    folder : Path
        A run's folder; nothing in it is changed.
    """
    try:
        handle = os.open(folder / NAME, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        locked = _locked(handle)
        return None if locked is None else not locked
    finally:
        os.close(handle)


@contextmanager
def unchanging(folder: Path) -> Iterator[None]:
    """Keep writers from a folder that is read, as far as that can be done without writing into it.

    Raises
    ------
    StoreLockedError
        If a process holds it for writing.
    """
    try:
        handle = os.open(folder / NAME, os.O_RDONLY)
    except OSError:  # never locked, or a copy without its lock
        yield
        return
    try:
        if _locked(handle, shared=True) is False:
            raise StoreLockedError(
                f"{folder} is being written by {_holder(handle)}; wait for it to end, then repeat"
            )
        yield
    finally:
        os.close(handle)


def _locked_soon(handle: int) -> bool:
    for left in reversed(range(TRIES)):
        if _locked(handle) is not False:  # without locks SQLite's own has to do
            return True
        if left:
            time.sleep(PAUSE)
    return False


def _locked(handle: int, shared: bool = False) -> bool | None:
    """Take the lock if it is free, alone or beside other readers; None where there are no locks."""
    try:
        import fcntl
    except ImportError:
        return _locked_on_windows(handle)
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def _locked_on_windows(handle: int) -> bool | None:
    from importlib import import_module

    try:
        msvcrt = import_module("msvcrt")  # by name, since type checkers know it on Windows only
    except ImportError:
        return None
    try:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except PermissionError:
        return False
    except OSError:
        return None
    return True


def _sign(handle: int) -> None:
    """Leave word of who holds the folder: a courtesy, which a full disk may prevent."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now})
    with suppress(OSError):
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)  # Windows has no pwrite
        os.write(handle, text.encode())


def _taken(folder: Path, handle: int) -> StoreLockedError:
    return StoreLockedError(
        f"{folder} is being written by {_holder(handle)}; wait for it to end, or choose another folder "
        "with --out"
    )


def _holder(handle: int) -> str:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        who = json.loads(os.read(handle, 4096))
        return f"process {who['pid']} on {who['host']} since {who['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
