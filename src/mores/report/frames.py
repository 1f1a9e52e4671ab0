"""Tables as files: Parquet exactly as computed, CSV such that no spreadsheet runs a cell of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mores.report.files import clear_stale, folder_for, replace_file
from mores.report.visible import visible

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "ParquetParts",
    "csv_cell",
    "csv_frame",
    "narrow",
    "widened",
    "write_parquet",
    "write_tables",
]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_cell(text: str) -> str:
    """A text cell that a spreadsheet shows and does not compute.

    Control, direction and zero-width characters, line breaks too, become escapes; a text that begins
    as a formula does is preceded by an apostrophe.
    """
    shown = visible(text, breaks=False)
    return f"'{shown}" if text.lstrip(" ").startswith(_FORMULA) else shown


def csv_frame(table: pl.DataFrame) -> pl.DataFrame:
    """A table as it goes into CSV: text made safe, lists as text, numbers untouched."""
    import polars as pl

    out = []
    for series in table.iter_columns():
        flat = series
        if series.dtype.is_nested() or series.dtype == pl.Object:
            flat = pl.Series(series.name, [None if v is None else str(v) for v in series.to_list()])
        if flat.dtype in (pl.String, pl.Categorical, pl.Enum):
            texts = flat.cast(pl.String).unique().drop_nulls().to_list()
            flat = flat.cast(pl.String).replace_strict(
                texts, [csv_cell(t) for t in texts], default=None, return_dtype=pl.String
            )
        out.append(flat)
    return pl.DataFrame(out)


def write_parquet(table: pl.DataFrame, path: Path) -> Path:
    """Replace a Parquet file by a table, exact to the bit."""
    return replace_file(path, lambda temporary: table.write_parquet(temporary))


class ParquetParts:
    """A Parquet file written from parts, of which few are held at a time, and put in place at the end.

    Parameters
    ----------
    path : Path
        The file; its folder is there. It is replaced when the context ends without an error.
    rows : int
        About how many rows are held before they are written.
    """

    def __init__(self, path: Path, rows: int = 200_000) -> None:
        self._path, self._rows = path, rows
        self._held: list[pl.DataFrame] = []
        self._folder = path.with_name(f".{path.name}.parts")
        self._n = 0

    def __enter__(self) -> Self:
        shutil.rmtree(self._folder, ignore_errors=True)
        folder_for(self._folder)
        return self

    @property
    def folder(self) -> Path:
        """Where parts may also be written as Parquet files, which follow each other by their names."""
        return self._folder

    def add(self, part: pl.DataFrame) -> None:
        """Rows that come after those added before."""
        self._held.append(part)
        if sum(map(len, self._held)) >= self._rows:
            self._write()

    def _write(self) -> None:
        import polars as pl

        if self._held:
            write_parquet(pl.concat(self._held), self._folder / f"{self._n:06d}.parquet")
            self._held, self._n = [], self._n + 1

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        import polars as pl

        try:
            if kind is None:
                self._write()
                parts = pl.scan_parquet(self._folder / "*.parquet")
                replace_file(self._path, lambda temporary: parts.sink_parquet(temporary))
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)


def narrow(path: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Some columns of a Parquet file, text as categories: 4 bytes a row.

    Parameters
    ----------
    path : Path
    columns : sequence of str, optional
        All of them if left out.
    """
    import polars as pl

    rows = pl.scan_parquet(path, glob=False)
    if columns is not None:
        rows = rows.select(columns)
    return rows.with_columns(pl.col(pl.String).cast(pl.Categorical)).collect(engine="streaming")


def widened(table: pl.DataFrame) -> pl.DataFrame:
    """A table with text in place of categories."""
    import polars as pl

    return table.with_columns(pl.col(pl.Categorical).cast(pl.String))


def write_tables(folder: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write ``NAME.csv`` and ``NAME.parquet`` of each table; remove those of earlier reports.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    tables : mapping of str to polars.DataFrame
        By name.

    Raises
    ------
    StoreError
        If the disk does not take them.
    """
    folder_for(folder)
    kept = set()
    for name, table in tables.items():
        write_parquet(table, folder / f"{name}.parquet")
        safe = csv_frame(table)
        replace_file(folder / f"{name}.csv", lambda path, safe=safe: safe.write_csv(path))  # type: ignore[misc]
        kept |= {f"{name}.csv", f"{name}.parquet"}
    clear_stale(folder, kept, (".csv", ".parquet"))
