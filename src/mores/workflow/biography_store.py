"""A file of biographies in the making, kept as `mores.workflow.partial_files` keeps lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from mores.errors import PersonaError
from mores.instruments.validation import shown
from mores.personas.biographies import Biography
from mores.personas.biography_files import (
    BiographyFile,
    Making,
    line_of,
    making_line,
    read_biographies,
)
from mores.workflow.partial_files import PartialFile, check_new

__all__ = ["BiographyStore", "check_place", "opened"]

_NOUN = "biographies"


def check_place(out: Path) -> None:
    """Refuse what cannot be written before a model is asked.

    Raises
    ------
    PersonaError
        If the file is there, its name does not end in ``.jsonl``, or its folder is missing.
    """
    check_new(out, _NOUN, PersonaError)


class BiographyStore:
    """Where biographies are kept until all are there; made by `opened`.

    Attributes
    ----------
    kept : tuple of Biography
        What an earlier call got.
    """

    def __init__(self, partial: PartialFile, making: Making, kept: BiographyFile | None) -> None:
        self._partial = partial
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
        self._partial.append(text if self._begun else making_line(self._making) + text)
        self._begun = True

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
        self._partial.publish()


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
    partial = PartialFile(out, _NOUN, PersonaError)
    with partial.held():
        yield BiographyStore(partial, making, _kept(partial, making))


def _kept(partial: PartialFile, making: Making) -> BiographyFile | None:
    if not partial.cut_torn_line():
        return None
    folder = partial.lines.parent
    remedy = f"remove {folder} to begin anew, or choose another file with --out"
    try:
        found = read_biographies(partial.lines)
    except PersonaError as error:
        raise PersonaError(f"{error}; {remedy}") from None
    was, now = asdict(found.making), asdict(making)
    other = [name for name in now if was[name] != now[name]]
    if other:
        told = ", ".join(f"{name} {shown(was[name])}" for name in other)
        raise PersonaError(f"{folder} was made with {told}; repeat with these, or {remedy}")
    return found
