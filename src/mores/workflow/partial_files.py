"""A file in the making: appended to line by line, resumed, put in its place when it is complete.

Beside the file stands a folder with ``.partial`` after its name, which holds the lines got so far and
the lock of the process that writes them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mores.errors import FieldworkError, InputError, StoreError
from mores.fieldwork.lock import exclusive
from mores.workflow.folder import make_folder
from mores.workflow.new_files import put_new

__all__ = ["PartialFile", "check_new", "refuse_gaps"]


def check_new(out: Path, noun: str, fault: type[InputError]) -> None:
    """Refuse what cannot be written before a model is asked.

    Parameters
    ----------
    out : Path
        The file to be.
    noun : str
        What it holds, such as ``"biographies"``.
    fault : type of InputError
        What is raised.

    Raises
    ------
    InputError
        If the file is there, its name does not end in ``.jsonl``, or its folder is missing.
    """
    if os.path.lexists(out):
        raise fault(f"{out} is there already; choose another file with --out")
    if out.suffix != ".jsonl":
        raise fault(f"{out}: the name of a file of {noun} ends in .jsonl; rename it")
    if not out.parent.is_dir():
        raise fault(f"the folder {out.parent} does not exist; make it, or choose another")


def refuse_gaps(got: int, planned: int, noun: str, name: str, failures: Sequence[str]) -> None:
    """Stop with a word if some of what a file is to hold got no answer.

    Parameters
    ----------
    got, planned : int
        How many there are, and are to be.
    noun : str
        What they are, such as ``"biographies"``.
    name : str
        Who was asked.
    failures : sequence of str
        Why there was no answer; the first is told.

    Raises
    ------
    FieldworkError
        If fewer were got than planned.
    """
    if got < planned:
        why = failures[0] if failures else "no text"
        raise FieldworkError(
            f"{planned - got} of {planned} {noun} got no answer from {name} ({why}); what was got is "
            "kept; see that it can be asked with: mores models check; then repeat the command"
        )


class PartialFile:
    """The lines of a file in the making.

    Parameters
    ----------
    out : Path
        The file to be.
    noun : str
        What its lines hold, such as ``"biographies"``; the lines lie in a file of this name.
    fault : type of InputError
        What is raised where a file is in the way.

    Attributes
    ----------
    out, lines : Path
        The file to be, and where its lines are kept until then.
    """

    def __init__(self, out: Path, noun: str, fault: type[InputError]) -> None:
        self.out = out
        self.lines = out.with_name(f"{out.name}.partial") / f"{noun}.jsonl"
        self._noun = noun
        self._fault = fault

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder against other processes; it goes if no lines are left in it.

        Raises
        ------
        StoreError
            If it cannot be made, or another process holds it.
        """
        folder = self.lines.parent
        make_folder(folder)
        try:
            with exclusive(folder):
                yield
        finally:
            self._tidy()

    def cut_torn_line(self) -> bool:
        """Drop the line in the middle of which a process was killed; False if no line is left.

        Raises
        ------
        StoreError
            If the lines cannot be used.
        """
        try:
            with self.lines.open("r+b") as file:
                end = _end_of_last_line(file.seek(0, os.SEEK_END), file)
                file.truncate(end)
                return end > 0
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(
                f"{self.lines} cannot be used ({error.strerror}); check its permissions"
            ) from None

    def append(self, text: str) -> None:
        """Keep whole lines; they are on the disk when this returns.

        Raises
        ------
        StoreError
            If they cannot be written.
        """
        try:
            with self.lines.open("a", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(
                f"{self.lines} cannot be written ({error.strerror}); check room and permissions, then "
                "repeat the command: what was got is kept"
            ) from None

    def publish(self) -> None:
        """Put the lines in their place as they are, whatever lies there meanwhile excepted.

        Raises
        ------
        InputError
            If a file of that name came to be.
        StoreError
            If it cannot be put there.
        """
        self._place(self.lines, self.out)
        self.discard()

    def publish_as(self, content: str, out: Path | None = None) -> None:
        """Put a text made from the lines in its place; the lines stay until `discard`.

        Parameters
        ----------
        content : str
            The whole text.
        out : Path, optional
            A file beside the one to be, in place of it. One that holds the text already is what an
            earlier call put there.

        Raises
        ------
        InputError
            If another file of that name came to be.
        StoreError
            If it cannot be put there.
        """
        place = self.out if out is None else out
        temporary = self.lines.with_name(f".{place.name}.{os.getpid()}")
        raw = content.encode()
        try:
            if place.is_file() and place.read_bytes() == raw:
                return
            temporary.write_bytes(raw)
            self._place(temporary, place)
        except OSError as error:
            raise self._unwritable(place, error) from None
        finally:
            with suppress(OSError):
                temporary.unlink()

    def discard(self) -> None:
        """Let the lines go; they are in their place."""
        with suppress(OSError):
            self.lines.unlink()

    def _place(self, source: Path, place: Path) -> None:
        try:
            put_new(source, place)
        except FileExistsError:
            raise self._taken(place) from None
        except OSError as error:
            raise self._unwritable(place, error) from None

    def _taken(self, place: Path) -> InputError:
        return self._fault(
            f"{place} came to be meanwhile; the {self._noun} are kept in {self.lines}; move one of "
            "the two and repeat the command"
        )

    def _unwritable(self, place: Path, error: OSError) -> StoreError:
        return StoreError(
            f"{place} cannot be written ({error.strerror or error}); check room and "
            f"permissions; the {self._noun} are kept in {self.lines}"
        )

    def _tidy(self) -> None:
        if not self.lines.exists():
            with suppress(OSError):
                (self.lines.parent / ".lock").unlink()
            with suppress(OSError):
                self.lines.parent.rmdir()


def _end_of_last_line(end: int, file: BinaryIO) -> int:
    while end > 0:
        start = max(0, end - 65_536)
        file.seek(start)
        at = file.read(end - start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0
