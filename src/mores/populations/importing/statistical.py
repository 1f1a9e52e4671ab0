"""SPSS and Stata files."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from hashlib import file_digest
from os import SEEK_END
from pathlib import Path
from typing import Any, Literal

import polars as pl

from mores.errors import PopulationError
from mores.instruments.labels import fold
from mores.instruments.survey import Column, Instrument, Item
from mores.populations.importing.columns import whole
from mores.populations.importing.headers import Header, read_header
from mores.populations.importing.raw import RawTable
from mores.populations.importing.recognition import names_of

__all__ = ["read_statistical"]

_UNNAMED = -5
"""Code of an extended missing value without a label that says which answer it stands for."""

_STATA_START, _STATA_END = b"<stata_dta>", b"</stata_dta>"
_RENAMED = re.compile(r"(_duplicated\d+)+$")
"""What the parser adds to the name of a column that bears the name of an earlier one."""

_ENCODINGS = (None, "WINDOWS-1252", "LATIN1")


def read_statistical(
    path: Path, source: str, kind: Literal["sav", "dta"], instrument: Instrument
) -> RawTable:
    """Read an SPSS or Stata file.

    Values that the file declares missing are kept as their codes. Stata's extended missing values
    (``.a`` … ``.z``) become the survey's codes by their labels ("Don't know" is -1), and -5 where
    the label says nothing; its ``.`` and SPSS's system-missing are null.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        Its name in messages.
    kind : {"sav", "dta"}
        Which of the two it is.
    instrument : Instrument
        Whose columns are read.

    Raises
    ------
    PopulationError
        If it is damaged, cut off, of another survey, or has two columns of a known name.
    """
    _check_end(path, source)
    described = _read(path, source, kind, metadataonly=True)[1]
    header = read_header(_as_written(described.column_names), instrument, source)
    names = {described.column_names[place]: name for place, name in header.wanted.items()}
    data, meta = _read(path, source, kind, usecols=list(names), user_missing=True)
    rows = len(next(iter(data.values()), ()))
    if not rows:
        raise PopulationError(f"{source}: has columns and no rows; download it again")
    if meta.number_rows not in (None, -1, rows) or described.number_rows not in (None, -1, rows):
        raise _damaged(source, f"{rows:,} of {described.number_rows:,} rows are there")
    labels = {name: meta.variable_value_labels.get(raw, {}) for raw, name in names.items()}
    frame = pl.DataFrame(
        [
            _text(name, data[raw])
            if meta.readstat_variable_types[raw] == "string"
            else _numbers(name, data[raw], labels[name], _asked(instrument, header, name))
            for raw, name in names.items()
        ]
    )
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    kept = {name: _by_code(given) for name, given in labels.items() if given}
    return RawTable(source, kind, header.columns, frame, kept, digest, path.stat().st_size)


def _as_written(names: Sequence[str]) -> list[str]:
    """Names as the file has them, where the parser has renamed those that occur twice."""
    there = set(names)
    bare = [_RENAMED.sub("", name) for name in names]
    return [short if short in there else name for short, name in zip(bare, names, strict=True)]


def _check_end(path: Path, source: str) -> None:
    """Stata's labels stand behind the data, and are lost without a word if the file is cut there."""
    with path.open("rb") as file:
        start = file.read(len(_STATA_START))
        file.seek(max(-len(_STATA_END), -path.stat().st_size), SEEK_END)
        end = file.read()
    if start == _STATA_START and end != _STATA_END:
        raise _damaged(source, "its end is missing")


def _read(path: Path, source: str, kind: str, **options: Any) -> tuple[dict[str, list[Any]], Any]:
    import pyreadstat

    read = pyreadstat.read_sav if kind == "sav" else pyreadstat.read_dta
    fault = ""
    for encoding in _ENCODINGS:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that it renames columns: see _as_written
                data, meta = read(
                    path,
                    encoding=encoding,
                    output_format="dict",
                    disable_datetime_conversion=True,
                    **options,
                )
        except MemoryError:
            raise
        except Exception as problem:  # of damaged files the parser raises whatever comes up
            fault = fault or (str(problem) or type(problem).__name__).splitlines()[0]
            if "encoding" not in fault and not isinstance(problem, UnicodeError):
                break
        else:
            return dict(data), meta
    raise _damaged(source, fault)


def _damaged(source: str, fault: str) -> PopulationError:
    return PopulationError(
        f"{source}: the SPSS or Stata file is damaged or cut off ({fault}); download it again"
    )


def _asked(instrument: Instrument, header: Header, name: str) -> Item | Column:
    names = names_of(instrument, header.scheme)
    return names.items.get(name) or instrument.columns[names.columns[name]]


def _text(name: str, values: Sequence[str | None]) -> pl.Series:
    text = pl.Series(name, values, pl.String).str.strip_chars()
    return text.set(text == "", None)


def _numbers(
    name: str, values: Sequence[Any], labels: Mapping[Any, str], asked: Item | Column
) -> pl.Series:
    try:
        numbers = pl.Series(name, values, pl.Float64)
    except TypeError:  # letters, which stand for extended missing values
        numbers = pl.Series(name, _coded(values, labels, asked), pl.Float64)
    return whole(numbers)


def _coded(values: Sequence[Any], labels: Mapping[Any, str], asked: Item | Column) -> list[Any]:
    """Values with extended missing values as the survey's codes."""
    codes = {fold(spelling): code for spelling, code in asked.missing_labels.items()}
    letters = [v for v in set(values) if isinstance(v, str)]
    meant = {v: codes.get(fold(labels.get(v, "")), _UNNAMED) for v in letters}
    return [meant.get(v, v) for v in values]


def _by_code(labels: Mapping[Any, str]) -> dict[int, str]:
    """The labels of whole numbers; those of extended missing values and of texts are left out."""
    return {
        int(value): label
        for value, label in labels.items()
        if isinstance(value, int | float) and float(value).is_integer()
    }
