"""Tables as files: Parquet exactly as computed, CSV such that no spreadsheet runs a cell of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mores.report.files import clear_stale, folder_for, replace_file
from mores.report.visible import visible

if TYPE_CHECKING:
    import polars as pl

__all__ = ["csv_cell", "csv_frame", "write_parquet", "write_tables"]

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
