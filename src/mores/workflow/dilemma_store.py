"""What is got on the way to a file of dilemmas: records, one a line, under a line that says from what.

They are kept as `mores.workflow.partial_files` keeps lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mores.errors import InstrumentError
from mores.instruments.jsonl import read_lines
from mores.instruments.validation import shown
from mores.workflow.partial_files import PartialFile, check_new

__all__ = ["RecordStore", "check_dilemma_place", "kept_records", "unusable"]

_NOUN = "dilemmas"
_SCHEMA = "mores/dilemmas-in-the-making-1"


def check_dilemma_place(out: Path) -> None:
    """Refuse what cannot be written before a model is asked.

    Raises
    ------
    InstrumentError
        If the file is there, its name does not end in ``.jsonl``, or its folder is missing.
    """
    check_new(out, _NOUN, InstrumentError)


class RecordStore:
    """Where records are kept until all are there; made by `kept_records`.

    Attributes
    ----------
    kept : tuple of dict
        What an earlier call got.
    """

    def __init__(
        self, partial: PartialFile, making: Mapping[str, Any], kept: list[dict[str, Any]] | None
    ) -> None:
        self._partial = partial
        self._making = making
        self._begun = kept is not None
        self.kept = tuple(kept or ())

    def put(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Keep records; they are on the disk when this returns.

        Raises
        ------
        StoreError
            If they cannot be written.
        """
        lines = "".join(map(_line, records))
        if lines:
            self._partial.append(lines if self._begun else _line(self._making) + lines)
            self._begun = True

    def publish(self, lines: Iterable[str], out: Path | None = None) -> None:
        """Put a file of these lines in its place, whatever lies there meanwhile excepted.

        Parameters
        ----------
        lines : iterable of str
            Without their line breaks. Without any, no file is made.
        out : Path, optional
            A file beside the one to be, in place of it.

        Raises
        ------
        InstrumentError
            If another file of that name came to be.
        StoreError
            If it cannot be put there.
        """
        content = "".join(f"{line}\n" for line in lines)
        if content:
            self._partial.publish_as(content, out)

    def discard(self) -> None:
        """Let what was kept go; all of it is in its place."""
        self._partial.discard()


@contextmanager
def kept_records(out: Path, making: Mapping[str, Any]) -> Iterator[RecordStore]:
    """The store of a file, with what an earlier call left, held against other processes.

    Parameters
    ----------
    out : Path
        The file to be.
    making : mapping
        What the file is made from, in JSON; another would make another.

    Raises
    ------
    InstrumentError
        If what is kept was made otherwise, or cannot be read.
    StoreError
        If it cannot be written, or another process writes it.
    """
    partial = PartialFile(out, _NOUN, InstrumentError)
    whole = {"schema": _SCHEMA, **making}
    with partial.held():
        yield RecordStore(partial, whole, _kept(partial, whole))


def unusable(out: Path) -> InstrumentError:
    """What is raised where a kept record is not what was written."""
    folder = PartialFile(out, _NOUN, InstrumentError).lines.parent
    return InstrumentError(
        f"{folder}: what is kept there is damaged; remove it to begin anew, or choose another file with "
        "--out"
    )


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, allow_nan=False) + "\n"


def _kept(partial: PartialFile, making: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    if not partial.cut_torn_line():
        return None
    folder = partial.lines.parent
    remedy = f"remove {folder} to begin anew, or choose another file with --out"
    records = []
    for line in read_lines(partial.lines):
        if line.record is None:
            raise InstrumentError(f"{partial.lines}, line {line.number}: {line.problem}; {remedy}")
        records.append(line.record)
    if not records or records[0].get("schema") != _SCHEMA:
        raise InstrumentError(f"{partial.lines}: holds no dilemmas in the making; {remedy}")
    was = records[0]
    other = [name for name in making if was.get(name) != making[name]]
    if other:
        told = ", ".join(f"{name} {shown(was.get(name))}" for name in other)
        raise InstrumentError(f"{folder} was made with {told}; repeat with these, or {remedy}")
    return records[1:]
