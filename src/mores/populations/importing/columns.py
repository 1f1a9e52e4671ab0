"""Columns of text made into numbers where all their values are."""

from __future__ import annotations

import polars as pl

__all__ = ["as_read", "whole"]

_BLANKS = ["", "na", "nan", ".", "#null!"]
_DECIMAL_COMMA = r"^(-?\d*),(\d+)$"


def as_read(column: pl.Series, *, decimal_comma: bool = False) -> pl.Series:
    """A column of text as Int64 or Float64 if all its values are numbers, else as String.

    Parameters
    ----------
    column : polars.Series of String
        As in the file.
    decimal_comma : bool, optional
        Whether ``0,98`` is a number.

    Returns
    -------
    polars.Series
        Without surrounding spaces; null for blank cells and, among numbers, for the marks with
        which statistical programs write a missing value (``NA``, ``.``, ``#NULL!``).
    """
    clean = column.cast(pl.Int64, strict=False)
    if clean.null_count() == column.null_count() < len(column):
        return clean
    text = column.str.strip_chars()
    text = text.set(text == "", None)
    numeric = text.set(text.str.to_lowercase().is_in(_BLANKS), None)
    if numeric.null_count() == len(text):
        return numeric
    integers = numeric.cast(pl.Int64, strict=False)
    if integers.null_count() == numeric.null_count():
        return integers
    if decimal_comma:
        numeric = numeric.str.replace(_DECIMAL_COMMA, "$1.$2")
    floats = numeric.cast(pl.Float64, strict=False)
    if floats.null_count() > numeric.null_count() or not floats.drop_nulls().is_finite().all():
        return text
    return whole(floats)


def whole(column: pl.Series) -> pl.Series:
    """A column of floats as Int64 if every value is a whole number, else as it is."""
    values = column.fill_nan(None)
    filled = values.drop_nulls()
    if len(filled) and bool(((filled == filled.floor()) & (filled.abs() < 2.0**53)).all()):
        return values.cast(pl.Int64)
    return values
