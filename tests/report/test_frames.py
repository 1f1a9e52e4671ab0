import csv
import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.errors import StoreError
from mores.report.frames import csv_cell, csv_frame, write_tables

TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert csv_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["a=1", "1-2", "", "'x", "\u2212 minus sign"])
def test_other_text_stays_as_it_is(text):
    assert csv_cell(text) == text


def test_a_line_break_before_a_formula_is_shown_and_does_not_start_a_cell():
    assert csv_cell("\n=1") == "\\n=1"


texts = st.text(st.characters(codec="utf-8", categories=None), max_size=20)
numbers = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.one_of(st.none(), texts), numbers), min_size=1, max_size=6))
def test_csv_is_safe_and_numbers_come_back_exactly(rows):
    table = pl.DataFrame(
        {"text": [r[0] for r in rows], "number": [r[1] for r in rows]},
        schema={"text": pl.String, "number": pl.Float64},
    )
    parsed = list(csv.reader(io.StringIO(csv_frame(table).write_csv(), newline="")))
    assert parsed[0] == ["text", "number"]
    assert len(parsed) == len(rows) + 1
    for (text, number), (cell, figure) in zip(rows, parsed[1:], strict=True):
        assert not cell.lstrip(" ").startswith(TRIGGERS)
        assert "\n" not in cell
        assert "\x00" not in cell
        assert (text or "") == "" or cell
        assert (None if figure == "" else float(figure)) == number


def test_a_negative_number_stays_a_number(tmp_path):
    table = pl.DataFrame({"x": [-0.123456789012345678], "flag": [True], "list": [[1, 2]]})
    write_tables(tmp_path / "tables", {"one": table})
    assert (tmp_path / "tables/one.csv").read_text("utf-8").splitlines() == [
        "x,flag,list",
        '-0.12345678901234568,true,"[1, 2]"',
    ]
    assert pl.read_parquet(tmp_path / "tables/one.parquet").equals(table)


def test_tables_of_earlier_reports_are_removed_and_other_files_stay(tmp_path):
    folder = tmp_path / "tables"
    table = pl.DataFrame({"x": [1]})
    write_tables(folder, {"old": table, "kept": table})
    (folder / "notes.txt").write_text("mine")
    write_tables(folder, {"kept": table})
    assert {p.name for p in folder.iterdir()} == {"kept.csv", "kept.parquet", "notes.txt"}


def test_a_disk_error_names_the_file_and_the_remedy(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/one.parquet").mkdir()
    with pytest.raises(StoreError, match=r"one\.parquet cannot be written .* mores report"):
        write_tables(tmp_path / "tables", {"one": pl.DataFrame({"x": [1]})})
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        write_tables(tmp_path / "file", {})
