"""A file of biographies in the making: appended to, resumed, put in its place when it is complete.

Beside the file stands a folder with ``.partial`` after its name, which holds the lines got so far and
the lock of the process that writes them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from mores.errors import PersonaError, StoreError
from mores.fieldwork.lock import exclusive
from mores.instruments.validation import shown
from mores.personas.biographies import Biography
from mores.personas.biography_files import (
    BiographyFile,
    Making,
    line_of,
    making_line,
    read_biographies,
)
from mores.workflow.folder import make_folder

__all__ = ["BiographyStore", "check_place", "opened"]


def check_place(out: Path) -> None:
    """Refuse what cannot be written before a model is asked.

    Raises
    ------
    PersonaError
        If the file is there, its name does not end in ``.jsonl``, or its folder is missing.
    """
    if os.path.lexists(out):
        raise PersonaError(f"{out} is there already; choose another file with --out")
    if out.suffix != ".jsonl":
        raise PersonaError(f"{out}: the name of a file of biographies ends in .jsonl; rename it")
    if not out.parent.is_dir():
        raise PersonaError(f"the folder {out.parent} does not exist; make it, or choose another")


class BiographyStore:
    """Where biographies are kept until all are there; made by `opened`.

    Attributes
    ----------
    kept : tuple of Biography
        What an earlier call got.
    """

    def __init__(self, out: Path, making: Making, kept: BiographyFile | None) -> None:
        self._out = out
        self._lines = _lines_of(out)
        self._making = making
        self._begun = kept is not None
        self.kept = () if kept is None else kept.biographies

    def put(self, biographies: Iterable[Biography]) -> None:
        """Keep biographies; they are on the disk when this returns.

        Raises
        ------
        StoreError
            If they cannot be written.
        """
        lines = "".join(map(line_of, biographies))
        if lines:
            self._append(lines)

    def _append(self, text: str) -> None:
        if not self._begun:
            text = making_line(self._making) + text
        try:
            with self._lines.open("a", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self._begun = True
        except OSError as error:
            raise StoreError(
                f"{self._lines} cannot be written ({error.strerror}); check room and permissions, then "
                "repeat the command: what was got is kept"
            ) from None

    def publish(self) -> None:
        """Put the file in its place, whatever lies there meanwhile excepted.

        Raises
        ------
        PersonaError
            If a file of that name came to be.
        StoreError
            If it cannot be put there.
        """
        if not self._begun:
            self._append("")
        try:
            os.link(self._lines, self._out)
        except FileExistsError:
            raise self._taken() from None
        except OSError as error:  # a file system without links
            self._copy(error)
        with suppress(OSError):
            self._lines.unlink()

    def _copy(self, reason: OSError) -> None:
        try:
            with self._lines.open("rb") as lines, self._out.open("xb") as file:
                shutil.copyfileobj(lines, file)
        except FileExistsError:
            raise self._taken() from None
        except OSError as error:
            raise StoreError(
                f"{self._out} cannot be written ({error.strerror or reason.strerror}); check room and "
                f"permissions; the biographies are kept in {self._lines}"
            ) from None

    def _taken(self) -> PersonaError:
        return PersonaError(
            f"{self._out} came to be meanwhile; the biographies are kept in {self._lines}; move one of "
            "the two and repeat the command"
        )


@contextmanager
def opened(out: Path, making: Making) -> Iterator[BiographyStore]:
    """The store of a file, with what an earlier call left, held against other processes.

    Parameters
    ----------
    out : Path
        The file to be.
    making : Making
        What the file is made from; another would make another.

    Raises
    ------
    PersonaError
        If what is kept was made otherwise, or cannot be read.
    StoreError
        If it cannot be written, or another process writes it.
    """
    folder = _lines_of(out).parent
    make_folder(folder)
    try:
        with exclusive(folder):
            yield BiographyStore(out, making, _kept(out, making))
    finally:
        _tidy(folder)


def _lines_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.partial") / "biographies.jsonl"


def _kept(out: Path, making: Making) -> BiographyFile | None:
    lines = _lines_of(out)
    if not _cut_torn_line(lines):
        return None
    remedy = f"remove {lines.parent} to begin anew, or choose another file with --out"
    try:
        found = read_biographies(lines)
    except PersonaError as error:
        raise PersonaError(f"{error}; {remedy}") from None
    was, now = asdict(found.making), asdict(making)
    other = [name for name in now if was[name] != now[name]]
    if other:
        told = ", ".join(f"{name} {shown(was[name])}" for name in other)
        raise PersonaError(f"{lines.parent} was made with {told}; repeat with these, or {remedy}")
    return found


def _cut_torn_line(lines: Path) -> bool:
    """Drop the line in the middle of which a process was killed; False if no line is left."""
    try:
        with lines.open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            while end > 0:
                start = max(0, end - 65_536)
                file.seek(start)
                at = file.read(end - start).rfind(b"\n")
                if at >= 0:
                    end = start + at + 1
                    break
                end = start
            file.truncate(end)
            return end > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(
            f"{lines} cannot be used ({error.strerror}); check its permissions"
        ) from None


def _tidy(folder: Path) -> None:
    """Remove the folder if no lines are left in it."""
    if not (folder / "biographies.jsonl").exists():
        with suppress(OSError):
            (folder / ".lock").unlink()
        with suppress(OSError):
            folder.rmdir()
