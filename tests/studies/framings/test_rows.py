"""Tables from rows."""

from __future__ import annotations

import polars as pl

from mores.studies.framings.rows import table_of

COLUMNS = {"name": pl.String, "n": pl.Int64, "share": pl.Float64}


def test_what_is_nan_or_not_there_is_null_and_other_columns_are_left_out() -> None:
    table = table_of(
        [{"name": "a", "share": float("nan"), "more": 1}, {"n": 0, "share": 0.0}], COLUMNS
    )
    assert table.rows() == [("a", None, None), (None, 0, 0.0)]


def test_no_rows_make_an_empty_table_with_its_columns() -> None:
    assert table_of([], COLUMNS).schema == COLUMNS
