"""Reading a file of one JSON object a line, as people really save such files.

A byte-order mark and blank lines are tolerated. Everything else that is not UTF-8 text with one
object a line is told with its place and the remedy.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mores.errors import InstrumentError
from mores.instruments.validation import shown

__all__ = ["MAX_BYTES", "Line", "read_document", "read_lines"]

MAX_BYTES = 64 * 2**20
"""Largest file that is read: 64 MiB."""

_KINDS = {list: "a list", str: "text", bool: "a truth value", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file that is not blank.

    Attributes
    ----------
    number : int
        Its place in the file, from 1.
    record : dict or None
        The object that stands there; None if `problem` says why there is none.
    problem : str or None
        What is wrong with the line.
    """

    number: int
    record: dict[str, Any] | None
    problem: str | None = None


def read_lines(path: str | os.PathLike[str]) -> Iterator[Line]:
    """The lines of a JSON Lines file.

    Parameters
    ----------
    path : str or path-like
        A regular file of at most 64 MiB, UTF-8 with or without byte-order mark.

    Yields
    ------
    Line
        For each line that is not blank, its object or its problem.

    Raises
    ------
    InstrumentError
        If the file is missing, is no regular file, cannot be read, is too large, is not UTF-8, or
        is one JSON list or one object spread over many lines.
    """
    text = _decoded(_bytes_of(path), path)
    start = text.lstrip()[:200]
    if start.startswith("[") or start.partition("\n")[0].strip() == "{":
        raise InstrumentError(
            f"{path}: is one JSON document over many lines; write one object a line (JSON Lines)"
        )
    # Not splitlines(): U+2028 and its kin may stand unescaped inside a JSON text.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _parsed(number, line)


def read_document(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The one JSON object that a file holds, over as many lines as it likes.

    Parameters
    ----------
    path : str or path-like
        A regular file of at most 64 MiB, UTF-8 with or without byte-order mark.

    Raises
    ------
    InstrumentError
        If the file cannot be read as `read_lines` reads, or holds no JSON object.
    """
    line = _parsed(1, _decoded(_bytes_of(path), path))
    if line.record is None:
        raise InstrumentError(f"{path}: {line.problem}; check that it is the file you meant")
    return line.record


def _bytes_of(path: str | os.PathLike[str]) -> bytes:
    try:
        if not os.fspath(path):
            raise InstrumentError("the path is empty; name a file of one JSON object a line")
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise InstrumentError(f"{path}: is a directory; name a file in it")
        if not stat.S_ISREG(mode):
            raise InstrumentError(f"{path}: is not a regular file; save it as one and name that")
        with Path(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InstrumentError(
            f"{path}: no such file; check the path (relative paths start at {os.getcwd()})"
        ) from None
    except (OSError, ValueError) as problem:
        raise InstrumentError(
            f"{os.fspath(path)!r}: cannot be read ({problem}); check the path and its permissions"
        ) from None
    if len(raw) > MAX_BYTES:
        raise InstrumentError(
            f"{path}: is larger than {MAX_BYTES // 2**20} MiB; split it into several files"
        )
    return raw


def _decoded(raw: bytes, path: str | os.PathLike[str]) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw[:4096]:
        raise InstrumentError(
            f"{path}: looks like UTF-16 or is no text at all; save it as UTF-8 text"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise InstrumentError(
            f"{path}, line {line}: byte 0x{raw[fault.start]:02x} is not UTF-8 (the file may be "
            "Latin-1 or Windows-1252); save it as UTF-8"
        ) from None


def _parsed(number: int, line: str) -> Line:
    try:
        record = json.loads(line, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as fault:
        return Line(number, None, f"is not JSON ({fault.msg}, column {fault.colno})")
    except ValueError as fault:
        return Line(number, None, f"is not usable JSON ({fault})")
    except RecursionError:
        return Line(number, None, "is nested too deeply; write a flat object")
    if not isinstance(record, dict):
        kind = _KINDS.get(type(record), "a number")
        return Line(number, None, f"is {kind}, {shown(record)}, and must be a JSON object {{…}}")
    return Line(number, record)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for key, value in pairs:
        if key in record:
            raise ValueError(f"the key {shown(key)} occurs twice")
        record[key] = value
    return record


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
