"""Tables from rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import polars as pl

__all__ = ["ALL", "Columns", "table_of"]

Columns: TypeAlias = Mapping[str, type[pl.DataType]]
"""A table's columns, in order, with their types."""

ALL = "all"
"""In place of a slice or a language: over all of them."""


def table_of(rows: Iterable[Mapping[str, Any]], columns: Columns) -> pl.DataFrame:
    """Rows as a table; what is NaN, or not in a row, is null, and what has no column is left out."""
    listed = [[row.get(name) for name in columns] for row in rows]
    found = pl.DataFrame(listed, schema=dict(columns), orient="row")
    return found.with_columns(pl.col(pl.Float64).fill_nan(None))
