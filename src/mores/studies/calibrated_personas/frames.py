"""Tables from blocks of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import polars as pl

__all__ = ["Columns", "stacked"]

Columns: TypeAlias = Mapping[str, type[pl.DataType]]
"""A table's columns, in order, with their types."""


def stacked(blocks: Iterable[Mapping[str, Any]], columns: Columns) -> pl.DataFrame:
    """Blocks of columns below each other; what is NaN, or not in a block, is null.

    Parameters
    ----------
    blocks : iterable of mapping
        Name -> values of the rows, or one value for all of them; other columns are left out. At least
        one of a block is an array or a list, and all that are have its length.
    columns : mapping of str to polars type

    Returns
    -------
    polars.DataFrame
    """
    parts = [pl.DataFrame(schema=dict(columns))]
    for block in blocks:
        many = {n: v for n, v in block.items() if n in columns and _is_many(v)}
        height = len(next(iter(many.values())))
        given = [
            pl.Series(
                name, many[name] if name in many else [block.get(name)] * height, strict=False
            )
            for name in columns
        ]
        parts.append(pl.DataFrame([series.cast(columns[series.name]) for series in given]))
    return pl.concat(parts).with_columns(pl.col(pl.Float64).fill_nan(None))


def _is_many(value: object) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str)
