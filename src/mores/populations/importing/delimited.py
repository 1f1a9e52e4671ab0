"""Comma-, semicolon- and tab-separated files."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl

from mores.errors import PopulationError
from mores.instruments.survey import Instrument
from mores.populations.importing.columns import as_read
from mores.populations.importing.headers import Header, clean_names, read_header
from mores.populations.importing.raw import RawTable
from mores.populations.importing.recognition import Scheme, UnknownSurveyError, names_of

__all__ = ["read_delimited"]

_SEPARATORS = (",", ";", "\t")
_LONGEST_HEADER = 1 << 20
_MOST_COLUMNS = 20_000
_BLOCK = 1 << 22
_BLOCK_READ = 1 << 23
_CUT = "the file is cut off or damaged: download it again"


def read_delimited(
    path: Path, source: str, instrument: Instrument, folder: Path, note: Callable[[str], None]
) -> RawTable:
    """Read a text file whose cells are separated by commas, semicolons or tabs.

    Parameters
    ----------
    path : Path
        The file: UTF-8, UTF-16 with a byte-order mark, or else taken for Windows-1252.
    source : str
        Its name in messages.
    instrument : Instrument
        Whose columns are read.
    folder : Path
        Where a copy in UTF-8 may be put.
    note : callable
        Told of an encoding that was assumed.

    Raises
    ------
    PopulationError
        If it is no such file, or one of its rows has more or fewer cells than the header.
    """
    digest, encoding = _encoding(path)
    if encoding in ("cp1252", "latin-1"):
        note(
            f"{source}: is not UTF-8; read as {'Windows-1252' if encoding == 'cp1252' else encoding}"
        )
    text = _in_utf8(path, source, encoding, folder)
    try:
        separator, cells = _header_cells(text, source, instrument)
        header = read_header(cells, instrument, source)
        blank = _check_rows(text, separator, len(cells), source)
        frame = _read(text, separator, header, source)
    finally:
        if text != path:
            text.unlink()
    if blank:
        frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    comma = separator != ","
    frame = frame.select(as_read(frame[n], decimal_comma=comma) for n in frame.columns)
    return RawTable(source, "csv", header.columns, frame, {}, digest, path.stat().st_size)


def _encoding(path: Path) -> tuple[str, str]:
    """The file's hash, and the encoding in which it can be read."""
    total, decoder = sha256(), codecs.getincrementaldecoder("utf-8")()
    encoding, plain = "utf-8", True
    for block in _bytes(path):
        total.update(block)
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and encoding == "utf-8":
            encoding = "utf-16" if plain else encoding
        if encoding != "utf-8" or (plain and block.isascii()):
            continue
        plain = False
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            encoding = "cp1252"
    try:
        if encoding == "utf-8" and not plain:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        encoding = "cp1252"
    if encoding == "cp1252":
        undefined = b"\x81\x8d\x8f\x90\x9d"
        if any(block.translate(None, undefined) != block for block in _bytes(path)):
            encoding = "latin-1"
    return total.hexdigest(), encoding


def _bytes(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_READ):
            yield block


def _in_utf8(path: Path, source: str, encoding: str, folder: Path) -> Path:
    """The file itself, or a copy in UTF-8 with line feeds."""
    with path.open("rb") as file:
        start = file.read(1 << 16)
    if encoding == "utf-8" and (b"\n" in start or b"\r" not in start):
        return path
    copy = folder / "text.csv"
    try:
        with (
            path.open(encoding=encoding, newline=None) as old,
            copy.open("w", encoding="utf-8", newline="\n") as new,
        ):
            while block := old.read(_BLOCK_READ):
                new.write(block)
    except UnicodeError as problem:
        copy.unlink(missing_ok=True)
        raise PopulationError(
            f"{source}: is not {encoding} text throughout ({problem}); {_CUT}"
        ) from None
    return copy


def _header_cells(path: Path, source: str, instrument: Instrument) -> tuple[str, list[str]]:
    """The separator, and the cells of the first record."""
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER).removeprefix(codecs.BOM_UTF8)
    if b"\0" in start:
        raise PopulationError(f"{source}: holds NUL bytes and is no text file; {_CUT}")
    ends = _record_ends(start)
    if not len(ends) and len(start) >= _LONGEST_HEADER:
        raise UnknownSurveyError(
            f"{source}: its first row is longer than {_LONGEST_HEADER:,} characters and cannot be "
            "a header; name a survey file"
        )
    line = start[: ends[0]] if len(ends) else start
    text = line.decode("utf-8", errors="replace").rstrip("\r")
    splits = {s: _split(text, s) for s in _SEPARATORS}
    known = {n for scheme in Scheme for n in names_of(instrument, scheme).all}
    found = {s: len(known & set(clean_names(cells, instrument))) for s, cells in splits.items()}
    separator = max(_SEPARATORS, key=lambda s: (found[s], len(splits[s])))
    if len(splits[separator]) > _MOST_COLUMNS:
        raise PopulationError(
            f"{source}: its first row has {len(splits[separator]):,} cells; at most "
            f"{_MOST_COLUMNS:,} columns are read"
        )
    return separator, splits[separator]


def _record_ends(data: bytes) -> np.ndarray:
    array = np.frombuffer(data, np.uint8)
    outside = (np.cumsum(array == ord('"')) & 1) == 0
    return np.flatnonzero((array == ord("\n")) & outside)


def _split(line: str, separator: str) -> list[str]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_HEADER))
    try:
        return next(csv.reader(StringIO(line, newline=""), delimiter=separator), [])
    except csv.Error:  # a line break outside quotes, if this is not the separator
        return []


def _check_rows(path: Path, separator: str, width: int, source: str) -> int:
    """Check that every record has as many cells as the header; the number of blank lines.

    The reader of the frame fills short rows with blanks, which would hide that a file is cut off.
    """
    row, blank, quoted, cells, length = 0, 0, 0, 0, 0
    for block in _blocks(path):
        data = np.frombuffer(block, np.uint8)
        if not data.all():
            raise PopulationError(f"{source}: holds a NUL byte near row {row}; {_CUT}")
        separators, ends = data == ord(separator), data == ord("\n")
        if quoted or b'"' in block:
            inside = (np.cumsum(data == ord('"')) + quoted) & 1
            quoted = int(inside[-1])
            separators &= inside == 0
            ends &= inside == 0
        places = np.flatnonzero(ends)
        before = np.searchsorted(np.flatnonzero(separators), places)
        total = int(separators.sum())
        if not len(places):
            cells, length = cells + total, length + len(data)
            continue
        counts = np.diff(before, prepend=0)
        lengths = np.diff(places, prepend=-1) - 1
        counts[0] += cells
        lengths[0] += length
        empty = (lengths <= 1) & (counts == 0) & (width > 1)
        wrong = np.flatnonzero((counts != width - 1) & ~empty)
        if len(wrong):
            raise _ragged(source, row + int(wrong[0]), int(counts[wrong[0]]) + 1, width)
        blank += int(empty.sum())
        row += len(places)
        cells, length = total - int(before[-1]), len(data) - 1 - int(places[-1])
    if quoted:
        raise PopulationError(f"{source}: a quotation mark is not closed; {_CUT}")
    if length and cells != width - 1:
        raise _ragged(source, row, cells + 1, width)
    if row + bool(length) - blank < 2:
        raise PopulationError(f"{source}: has a header and no rows; download it again")
    return blank


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _ragged(source: str, row: int, cells: int, width: int) -> PopulationError:
    return PopulationError(
        f"{source}: row {row + 1} has {cells} cells where the header has {width}; {_CUT}"
    )


def _read(path: Path, separator: str, header: Header, source: str) -> pl.DataFrame:
    every = pl.scan_csv(path, separator=separator, infer_schema=False, glob=False)
    try:
        positions = every.collect_schema().names()
        wanted = [pl.col(positions[place]).alias(name) for place, name in header.wanted.items()]
        return every.select(wanted).collect()
    except pl.exceptions.PolarsError as problem:
        first = str(problem).splitlines()[0]
        raise PopulationError(f"{source}: cannot be read as a table ({first}); {_CUT}") from None
