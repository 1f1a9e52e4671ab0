"""Excel workbooks."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from mores.errors import PopulationError
from mores.instruments.survey import Instrument
from mores.populations.importing.archives import Budget, stream
from mores.populations.importing.columns import as_read
from mores.populations.importing.headers import Header, read_header
from mores.populations.importing.raw import RawTable
from mores.populations.importing.recognition import UnknownSurveyError

__all__ = ["read_workbook"]

_MOST_CELLS = 60_000_000  # 97,000 respondents by 600 columns are 58 million
_HEADER_ROWS = 5  # a header may stand below a title
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_ERROR_CELL = re.compile(rb"""[ ]t=["']e["']""")
_REFERENCE = re.compile(rb"""[ ]r=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_LONG_DECIMAL = r"^-?\d+\.\d{8,}$"

T = TypeVar("T")


@dataclass(frozen=True)
class _Sheet:
    name: str
    header: Header
    row: int  # where the header stands
    positions: tuple[str, ...]  # the reader's names of the columns


def read_workbook(path: Path, source: str, instrument: Instrument, *, old: bool) -> RawTable:
    """Read the sheet of a workbook that holds the survey.

    Cells are read as they are stored: nothing is computed, and no link is followed.

    Parameters
    ----------
    path : Path
        The workbook.
    source : str
        Its name in messages.
    instrument : Instrument
        Whose columns are read.
    old : bool
        Whether it has the form of Excel before 2007.

    Raises
    ------
    PopulationError
        If it is damaged, or hostile; holds formulas; or if no sheet, or more than one, holds the
        survey.
    """
    import fastexcel

    if not old:
        _check_parts(path, source)
    reader = _guarded(source, lambda: fastexcel.read_excel(path.read_bytes()))
    sheet = _sheet(reader, source, instrument)
    frame = _frame(reader, sheet, source)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    return RawTable(source, "xlsx", sheet.header.columns, frame, {}, digest, size)


def _sheet(reader: Any, source: str, instrument: Instrument) -> _Sheet:
    """The one sheet that holds the survey."""
    sheets, faults = [], []
    for name in reader.sheet_names:
        top = _cells(reader, name, source, n_rows=_HEADER_ROWS)
        for row, cells in enumerate(top.iter_rows()):
            try:
                header = read_header(cells, instrument, source)
            except UnknownSurveyError as fault:
                faults.append(fault)
            else:
                sheets.append(_Sheet(name, header, row, tuple(top.columns)))
                break
    if not sheets:
        raise (
            faults[0]
            if faults
            else PopulationError(f"{source}: the workbook has no cells; download it again")
        )
    if len(sheets) > 1:
        raise PopulationError(
            f"{source}: {len(sheets)} sheets hold survey data "
            f"({', '.join(repr(s.name) for s in sheets)}); save each as a workbook of its own"
        )
    return sheets[0]


def _frame(reader: Any, sheet: _Sheet, source: str) -> pl.DataFrame:
    """The rows below the header, without blank ones."""
    names = dict(
        zip(
            (sheet.positions[p] for p in sheet.header.wanted),
            sheet.header.wanted.values(),
            strict=True,
        )
    )
    text = _cells(reader, sheet.name, source, use_columns=list(names)).slice(sheet.row + 1)
    kept = text.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    if not kept.any():
        raise PopulationError(f"{source}: has a header and no rows; download it again")
    # As text the reader rounds decimals to nine places, which is too few for a weight.
    rounded = [n for n in names if text[n].str.contains(_LONG_DECIMAL).any()]
    exact = (
        _cells(reader, sheet.name, source, "float", use_columns=rounded).slice(sheet.row + 1)
        if rounded
        else pl.DataFrame()
    )
    columns = [_exact(text[n], exact[n]) if n in rounded else text[n] for n in names]
    return pl.DataFrame(
        [
            as_read(c.filter(kept)).alias(name)
            for c, name in zip(columns, names.values(), strict=True)
        ]
    )


def _exact(text: pl.Series, numbers: pl.Series) -> pl.Series:
    full = numbers.cast(pl.String)
    return full.zip_with(numbers.is_not_null() & text.str.contains(_LONG_DECIMAL), text)


def _cells(
    reader: Any, name: str, source: str, dtype: str = "string", **options: Any
) -> pl.DataFrame:
    sheet = _guarded(
        source,
        lambda: reader.load_sheet(
            name, header_row=None, dtypes=dtype, whitespace_as_null=True, **options
        ),
    )
    return pl.DataFrame(sheet) if sheet.width else pl.DataFrame()


def _guarded(source: str, act: Callable[[], T]) -> T:
    """Turn the reader's faults into one message; its panics are no `Exception`."""
    try:
        return act()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as fault:
        words = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        if "password" in words.lower():
            raise PopulationError(
                f"{source}: the workbook is locked with a password; save it without one"
            ) from None
        raise PopulationError(
            f"{source}: the workbook is damaged or cut off ({words}); download it again"
        ) from None


def _check_parts(path: Path, source: str) -> None:
    """Refuse what would fill the memory, and cells that are computed."""
    budget = Budget()
    try:
        with zipfile.ZipFile(path) as archive:
            parts = budget.admit(archive, source)
            for part in parts:
                sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(
                    ".xml"
                )
                tail, cells = b"", _Extent()
                for block in stream(archive, part, source, budget):
                    if sheet:
                        cells.see(tail + block, source)
                        tail = block[-64:]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise PopulationError(
            f"{source}: the workbook is damaged or cut off ({problem}); download it again"
        ) from None


class _Extent:
    """How far a sheet's cells reach; one lone cell far out makes the reader claim all between."""

    def __init__(self) -> None:
        self.rows, self.width = 0, 0

    def see(self, xml: bytes, source: str) -> None:
        if _FORMULA.search(xml):
            raise PopulationError(
                f"{source}: the workbook holds formulas, which the survey's files do not; save it "
                "with values in their place, or download it again"
            )
        if _ERROR_CELL.search(xml):
            raise PopulationError(
                f"{source}: the workbook holds cells with errors (such as #REF!); download it again"
            )
        found = _REFERENCE.findall(xml)
        if found:
            self.rows = max(self.rows, max(int(row) for _, row in found))
            self.width = max(self.width, max(_number(c) for c in {column for column, _ in found}))
        if self.rows * self.width > _MOST_CELLS:
            raise PopulationError(
                f"{source}: a sheet reaches over {self.rows:,} rows and {self.width:,} columns, more "
                f"than the {_MOST_CELLS:,} cells that are read; take the CSV, SPSS or Stata form"
            )


def _number(letters: bytes) -> int:
    total = 0
    for letter in letters:
        total = total * 26 + letter - ord("A") + 1
    return total
