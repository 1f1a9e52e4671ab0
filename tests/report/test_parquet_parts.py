"""A Parquet file that is written from parts."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from mores.report.frames import ParquetParts


def part(start, n):
    return pl.DataFrame(
        {"n": range(start, start + n), "word": [f"w{i}" for i in range(start, start + n)]}
    )


@pytest.mark.parametrize("rows", [1, 3, 10_000])
def test_the_parts_come_one_after_the_other(tmp_path, rows):
    with ParquetParts(tmp_path / "a.parquet", rows=rows) as file:
        for start in range(0, 10, 2):
            file.add(part(start, 2))
    assert_frame_equal(pl.read_parquet(tmp_path / "a.parquet"), part(0, 10))
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_an_error_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "a.parquet"
    part(0, 3).write_parquet(path)
    file = ParquetParts(path, rows=1)
    file.__enter__()
    file.add(part(5, 2))
    file.__exit__(ZeroDivisionError)
    assert_frame_equal(pl.read_parquet(path), part(0, 3))
    assert [found.name for found in tmp_path.iterdir()] == ["a.parquet"]


def test_what_an_interrupted_writer_left_is_put_aside(tmp_path):
    left = tmp_path / ".a.parquet.parts"
    left.mkdir()
    part(100, 1).write_parquet(left / "000000.parquet")
    with ParquetParts(tmp_path / "a.parquet") as file:
        file.add(part(0, 1))
    assert_frame_equal(pl.read_parquet(tmp_path / "a.parquet"), part(0, 1))
