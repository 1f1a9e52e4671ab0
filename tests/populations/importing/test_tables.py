from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from broken_files import write_ole, write_xls
from hypothesis import given
from hypothesis import strategies as st
from small import small_population
from survey_files import (
    write_country_xlsx,
    write_sheet,
    write_trend_csv,
    write_trend_sav,
    write_wvs7_csv,
    write_wvs7_dta,
    write_wvs7_sav,
)

from mores.errors import PopulationError
from mores.instruments.survey import wvs7
from mores.populations.importing.columns import as_read
from mores.populations.importing.headers import clean_names
from mores.populations.importing.raw import RawTable
from mores.populations.importing.recognition import Form
from mores.populations.importing.tables import read_tables
from mores.populations.population import Population

WVS7 = wvs7()
EGYPT = pl.col("country") == "EGY"


@cache
def people() -> Population:
    return small_population(respondents=14, countries=("EGY", "USA"))


@pytest.fixture(autouse=True)
def unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Temporary folders are made here, and none may be left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert not list(folder.iterdir())


def read_one(path: Path) -> tuple[RawTable, Form]:
    [found] = read_tables([path], WVS7)
    return found


def refused(path: Path, *says: str) -> str:
    with pytest.raises(PopulationError) as caught:
        list(read_tables([path], WVS7))
    message = str(caught.value)
    for part in (path.name, *says):
        assert part in message, message
    assert "; " in message, "without a remedy"
    assert "\n" not in message
    assert len(message) < 1200
    return message


CODED: dict[str, Callable[[Path], None]] = {
    "plain.csv": lambda p: write_wvs7_csv(people(), p),
    "semicolon.csv": lambda p: write_wvs7_csv(people(), p, ";"),
    "tab.csv": lambda p: write_wvs7_csv(people(), p, "\t"),
    "mark.csv": lambda p: write_wvs7_csv(people(), p, bom=True, quoted_header=True),
    "breaks.csv": lambda p: write_wvs7_csv(
        people(), p, ";", bom=True, quoted_header=True, line_break_in_cell=True
    ),
    "utf16.csv": lambda p: write_wvs7_csv(people(), p, "\t", encoding="utf-16"),
    "named.sav": lambda p: write_wvs7_csv(people(), p),
    "spss.sav": lambda p: write_wvs7_sav(people(), p),
    "spss.csv": lambda p: write_wvs7_sav(people(), p),
    "stata.dta": lambda p: write_wvs7_dta(people(), p),
    "extended.dta": lambda p: write_wvs7_dta(people(), p, extended=True),
}


@pytest.mark.parametrize("name", CODED)
def test_a_coded_file_is_read_code_by_code(name: str, tmp_path: Path):
    path = tmp_path / name
    CODED[name](path)
    table, form = read_one(path)
    assert form is Form.WVS7_CODES
    assert table.source == name
    assert table.sha256 == sha256(path.read_bytes()).hexdigest()
    assert table.bytes == path.stat().st_size
    frame = people().frame
    for item in (i.id for i in people().items):
        assert table.frame[item].to_list() == frame[item].to_list(), item
        assert table.frame[item].dtype == pl.Int64
    assert table.frame["W_WEIGHT"].to_list() == frame["weight"].to_list()
    assert table.frame["B_COUNTRY_ALPHA"].to_list() == frame["country"].to_list()
    assert table.frame["D_INTERVIEW"].to_list() == frame["respondent"].to_list()


def test_a_compressed_spss_file_is_read(tmp_path: Path):
    import pyreadstat

    frame = pl.DataFrame({"Q46": [1.0, -2.0, None], "B_COUNTRY_ALPHA": ["EGY"] * 3})
    pyreadstat.write_sav(frame, tmp_path / "a.zsav", compress=True)
    assert read_one(tmp_path / "a.zsav")[0].frame["Q46"].to_list() == [1, -2, None]


@pytest.mark.parametrize("write", [write_trend_csv, write_trend_sav])
def test_a_trend_file_keeps_its_own_codes(write: Callable[..., None], tmp_path: Path):
    path = tmp_path / "trend"
    write(people(), path)
    table, form = read_one(path)
    assert form is Form.TREND
    assert table.frame["A008"].to_list() == people().frame["Q46"].to_list()
    mentioned = people().frame["Q8"].to_list()
    assert table.frame["A029"].to_list() == [0 if v == 2 else v for v in mentioned]
    assert table.frame["S001"].unique().to_list() == [2]
    assert {"S003", "S018", "S006", "version"} <= set(table.columns)


@pytest.mark.parametrize("header", ["code", "described"])
@pytest.mark.parametrize("cover_sheet", [False, True])
def test_a_countrys_workbook_is_read_label_by_label(header, cover_sheet: bool, tmp_path: Path):
    path = tmp_path / "egypt.xlsx"
    write_country_xlsx(people(), "EGY", path, header, cover_sheet=cover_sheet, extra=["Q223"])
    table, form = read_one(path)
    frame = people().where(EGYPT).frame
    assert form is Form.WVS7_LABELS
    happiness = WVS7.item("Q46")
    words = {o.code: o.label for o in happiness.options} | dict(happiness.missing)
    assert table.frame["Q46"].to_list() == [words[code] for code in frame["Q46"]]
    assert table.frame["Q182"].dtype == pl.String
    assert set(table.frame["Q164"].drop_nulls()) - {"Not at all important", "Very important"} <= {
        *map(str, range(2, 10)),
        *WVS7.item("Q164").missing.values(),
    }
    assert table.frame["W_WEIGHT"].to_list() == frame["weight"].to_list()
    assert table.frame["A_YEAR"].to_list() == frame["year"].to_list()
    assert "Q223" in table.columns
    assert "Q223" not in table.frame.columns


def test_no_weighting_is_text(tmp_path: Path):
    path = tmp_path / "egypt.xlsx"
    write_country_xlsx(people(), "EGY", path, weighting=False, absent=["Q182"], language="none")
    table, _ = read_one(path)
    assert set(table.frame["W_WEIGHT"]) == {"No weighting"}
    assert not {"Q182", "LNGE_ISO", "S_INTLANGUAGE"} & set(table.columns)


def test_numbers_in_a_workbook_keep_every_digit(tmp_path: Path):
    path = tmp_path / "weights.xlsx"
    weights = [0.123456789012345, 3.33333333333333e-08, 2.0, 1234567.89101112]
    rows = [["EGY", w, "Very happy", 7.0] for w in weights]
    write_sheet(path, ["B_COUNTRY_ALPHA", "W_WEIGHT", "Q46", "Q262"], rows)
    table, _ = read_one(path)
    assert table.frame["W_WEIGHT"].to_list() == weights
    assert table.frame["Q262"].to_list() == [7] * 4
    mixed = tmp_path / "mixed.xlsx"
    write_sheet(
        mixed,
        ["B_COUNTRY_ALPHA", "W_WEIGHT", "Q46"],
        [["EGY", weights[0], "Very happy"], ["EGY", "No weighting", "Very happy"]],
    )
    table, _ = read_one(mixed)
    assert [float(table.frame["W_WEIGHT"][0])] == weights[:1]


def test_an_old_workbook_is_read(tmp_path: Path):
    path = tmp_path / "old.xls"
    write_xls(path, [["Q46", "B_COUNTRY_ALPHA", "Q262"], ["Very happy", "EGY", 20.0]])
    table, form = read_one(path)
    assert form is Form.WVS7_LABELS
    assert table.kind == "xlsx"
    assert table.frame.row(0) == ("Very happy", "EGY", 20)


def test_labels_of_spss_and_stata_come_along(tmp_path: Path):
    for name, write in (("a.sav", write_wvs7_sav), ("a.dta", write_wvs7_dta)):
        write(people(), tmp_path / name)
        table, _ = read_one(tmp_path / name)
        assert table.value_labels["Q46"][1] == "Very happy"
        assert table.value_labels["Q46"][-1] == "Don't know"
        assert "W_WEIGHT" not in {n for n, labels in table.value_labels.items() if not labels}


def test_an_extended_missing_value_without_a_known_label_is_minus_five(tmp_path: Path):
    import pyreadstat

    frame = pl.DataFrame(
        [
            pl.Series("Q46", [1, "a", "b", "c", None, 4], pl.Object),
            pl.Series("B_COUNTRY_ALPHA", ["EGY"] * 6),
        ]
    )
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(
        frame,
        path,
        variable_value_labels={"Q46": {1: "Very happy", "a": "don't  know", "b": "out of order"}},
        missing_user_values={"Q46": ["a", "b", "c"]},
    )
    table, _ = read_one(path)
    assert table.frame["Q46"].to_list() == [1, -1, -5, -5, None, 4]


def test_blank_cells_and_marks_of_missing_values_are_null(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text(
        "B_COUNTRY_ALPHA,Q46,Q57,W_WEIGHT,LNGE_ISO,Q45\n"
        'EGY,1,NA,1.5,ar,\n"EGY", 2 ,.,NaN,  ,\nEGY,,1,#NULL!,"en ",\n\n'
    )
    frame = read_one(path)[0].frame
    assert frame["Q46"].to_list() == [1, 2, None]
    assert frame["Q57"].to_list() == [None, None, 1]
    assert frame["W_WEIGHT"].to_list() == [1.5, None, None]
    assert frame["LNGE_ISO"].to_list() == ["ar", None, "en"]
    assert frame["Q45"].to_list() == [None] * 3
    assert frame["Q45"].dtype == pl.String


def test_line_breaks_and_separators_inside_quotes_are_no_new_cells(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        b'"Q46:\r\nFeeling, of happiness";B_COUNTRY_ALPHA;remark\r\n1;EGY;"a;b\r\n""c"""\r\n2;EGY;""'
    )
    table, _ = read_one(path)
    assert table.columns == ("Q46", "B_COUNTRY_ALPHA", "remark")
    assert table.frame["Q46"].to_list() == [1, 2]


def test_rows_may_end_as_on_an_old_macintosh(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"Q46,B_COUNTRY_ALPHA\r1,EGY\r2,EGY\r")
    assert read_one(path)[0].frame["Q46"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("encoding", "told"), [("cp1252", "Windows-1252"), ("latin-1", "latin-1"), ("utf-8", "")]
)
def test_an_assumed_encoding_is_told(encoding: str, told: str, tmp_path: Path):
    path = tmp_path / "a.csv"
    remark = "na\xefve" + ("\x81" if encoding == "latin-1" else "")
    path.write_bytes(f"Q46,B_COUNTRY_ALPHA,{remark}\n1,EGY,2\n".encode(encoding))
    notes: list[str] = []
    [(table, _)] = read_tables([path], WVS7, notes.append)
    assert table.columns[2].startswith("naïve")
    assert [told in note for note in notes] == ([True] if told else [])


def test_several_files_come_one_after_the_other(tmp_path: Path):
    paths = [tmp_path / "a.csv", tmp_path / "b.sav"]
    write_wvs7_csv(people(), paths[0])
    write_wvs7_sav(people(), paths[1])
    assert [t.kind for t, _ in read_tables(paths, WVS7)] == ["csv", "sav"]
    with pytest.raises(PopulationError, match="no file was named"):
        list(read_tables([], WVS7))


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Q46", "Q46"),
        ('\ufeff"Q46"', "Q46"),
        (" q46 ", "Q46"),
        ("Q46: Feeling of happiness", "Q46"),
        ("Q46:Feeling", "Q46"),
        ("Q46 Feeling of happiness", "Q46"),
        ("Q46.- Feeling of happiness", "Q46"),
        ("Q46 – Feeling of happiness", "Q46"),
        ("W_WEIGHT\n", "W_WEIGHT"),
        ("W_\nWEIGHT", "W_WEIGHT"),
        ("Q223: Which party", "Q223"),
        ("Q46b: Something else", "Q46b"),
        ("Year of birth", "Year of birth"),
        ("X_FOO", "X_FOO"),
        (None, ""),
    ],
)
def test_names_are_cleaned(cell: str | None, name: str):
    assert clean_names([cell], WVS7) == (name,)


@given(st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), min_size=1))
def test_whole_numbers_survive_as_text(values: list[int | None]):
    column = pl.Series([None if v is None else f" {v} " for v in values], dtype=pl.String)
    assert as_read(column).to_list() == values


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1))
def test_decimals_survive_as_text_with_either_mark(values: list[float]):
    column = pl.Series([f"{v:.9f}" for v in values])
    expected = [float(f"{v:.9f}") for v in values]
    assert as_read(column).cast(pl.Float64).to_list() == expected
    comma = column.str.replace(".", ",", literal=True)
    assert as_read(comma, decimal_comma=True).cast(pl.Float64).to_list() == expected
    assert as_read(comma).dtype == pl.String


def cut(write: Callable[..., None], share: float) -> Callable[[Path], None]:
    def broken(path: Path) -> None:
        write(people(), path)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return broken


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode(encoding))


def egypt(people: Population, path: Path) -> None:
    write_country_xlsx(people, "EGY", path)


def with_formula(path: Path, formula: str, value: object = "") -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["Q46", "B_COUNTRY_ALPHA"])
        sheet.write_row(1, 0, ["Very happy", "EGY"])
        sheet.write_formula(2, 0, formula, None, value)
        sheet.write(2, 1, "EGY")


def far_out(path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["Q46", "B_COUNTRY_ALPHA"])
        sheet.write_row(1, 0, ["Very happy", "EGY"])
        sheet.write(1_048_575, 16_383, "here")


def two_sheets(path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        for name in ("Egypt", "Jordan"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Q46", "B_COUNTRY_ALPHA"])
            sheet.write_row(1, 0, ["Very happy", "EGY"])


def thrice(name: str) -> Callable[[Path], None]:
    """An SPSS or Stata file with three columns of one name, of four characters."""

    def write(path: Path) -> None:
        import pyreadstat

        columns = {"ZZ41": [1], "B_COUNTRY_ALPHA": ["EGY"], "Q46": [2], "ZZ42": [2], "ZZ43": [3]}
        kind = pyreadstat.write_sav if path.suffix == ".sav" else pyreadstat.write_dta
        kind(pl.DataFrame(columns), path)
        cells = path.read_bytes()
        for other in (b"ZZ41", b"ZZ42", b"ZZ43"):
            assert other in cells
            cells = cells.replace(other, name.encode())
        path.write_bytes(cells)

    return write


def no_rows(path: Path) -> None:
    import pyreadstat

    frame = pl.DataFrame(schema={"Q46": pl.Float64, "B_COUNTRY_ALPHA": pl.String})
    pyreadstat.write_sav(frame, path)


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
HEAD = "Q46,Q57,B_COUNTRY_ALPHA\n"

BROKEN: dict[str, tuple[str, Callable[[Path], object], tuple[str, ...]]] = {
    "empty": ("a.csv", lambda p: p.write_bytes(b""), ("is empty",)),
    "empty sav": ("a.sav", lambda p: p.write_bytes(b""), ("is empty",)),
    "only spaces": ("a.csv", text(" \r\n\n\ufeff"), ("is empty",)),
    "missing": ("a.csv", lambda p: None, ("no such file",)),
    "a name that cannot be": ("a\0.csv", lambda p: None, ()),
    "a pipe": ("a.csv", lambda p: os.mkfifo(p), ("no regular file",)),
    "a folder": ("a.csv", lambda p: p.mkdir(), ("is a folder",)),
    "header alone": ("a.csv", text(HEAD), ("no rows",)),
    "header without line end": ("a.csv", text(HEAD.strip()), ("no rows",)),
    "header and blank lines": ("a.csv", text(HEAD + "\n\n"), ("no rows",)),
    "sav without rows": ("a.sav", no_rows, ("no rows",)),
    "xlsx without rows": (
        "a.xlsx",
        lambda p: write_sheet(p, ["Q46", "B_COUNTRY_ALPHA"], []),
        ("no rows",),
    ),
    "xlsx without cells": ("a.xlsx", lambda p: write_sheet(p, [], []), ("no cells",)),
    "no header": ("a.csv", text("1,2,818\n2,1,818\n"), ("header is missing", "Q1,")),
    "short row": ("a.csv", text(HEAD + "1,2,EGY\n1,2\n1,1,EGY\n"), ("row 3 has 2 cells", "3;")),
    "long row": ("a.csv", text(HEAD + "1,2,EGY\n1,2,EGY,4\n"), ("row 3 has 4 cells",)),
    "cut in its last row": ("a.csv", text(HEAD + "1,2,EGY\n1,"), ("row 3 has 2 cells", "cut off")),
    "open quotes": ("a.csv", text(HEAD + '1,2,"EGY\n1,2,EGY\n'), ("quotation mark",)),
    "NUL byte at the start": ("a.csv", text("Q46\0,B_COUNTRY_ALPHA\n1,EGY\n"), ("NUL",)),
    "NUL byte later on": (
        "a.csv",
        text(HEAD + "1,2,EGY\n" * 200_000 + "1\0,2,EGY\n"),
        ("NUL byte near row",),
    ),
    "UTF-16 without a mark": ("a.csv", text(HEAD + "1,2,EGY\n", "utf-16-le"), ("NUL bytes",)),
    "UTF-16 cut off": (
        "a.csv",
        lambda p: p.write_bytes((HEAD + "1,2,EGY\n").encode("utf-16")[:-1]),
        ("utf-16",),
    ),
    "a first row without end": ("a.csv", text("Q46," * 400_000), ("first row",)),
    "too many columns": (
        "a.csv",
        text("B_COUNTRY_ALPHA,Q46," + ",".join(f"c{n}" for n in range(21_000)) + "\nEGY,1\n"),
        ("21,002",),
    ),
    "column twice": ("a.csv", text("Q46,Q57,Q46,B_COUNTRY_ALPHA\n1,1,1,EGY\n"), ("columns 1, 3",)),
    "column twice once cleaned": (
        "a.csv",
        text("Q46;q46: Happiness;B_COUNTRY_ALPHA\n1;1;EGY\n"),
        ("Q46 occurs 2 times",),
    ),
    "column twice in a workbook": (
        "a.xlsx",
        lambda p: write_sheet(p, ["Q46", "Q46", "B_COUNTRY_ALPHA"], [["Very happy"] * 3]),
        ("Q46 occurs 2 times",),
    ),
    "column twice in SPSS": (
        "a.sav",
        thrice("Q180"),
        ("the column Q180 occurs 3 times (columns 1, 4, 5); keep one of each name",),
    ),
    "column twice in Stata": (
        "a.dta",
        thrice("Q180"),
        ("the column Q180 occurs 3 times (columns 1, 4, 5); keep one of each name",),
    ),
    "sav cut in its data": ("a.sav", cut(write_wvs7_sav, 0.9), ("damaged or cut off",)),
    "sav cut in its header": ("a.sav", cut(write_wvs7_sav, 0.1), ("damaged or cut off",)),
    "dta cut in its data": ("a.dta", cut(write_wvs7_dta, 0.3), ("damaged or cut off",)),
    "dta cut in its header": ("a.dta", cut(write_wvs7_dta, 0.01), ("damaged or cut off",)),
    "sav of garbage": ("a.sav", lambda p: p.write_bytes(b"$FL2" + b"x" * 500), ("damaged",)),
    "xlsx cut off": ("a.xlsx", cut(egypt, 0.8), ("damaged or cut off",)),
    "a picture": ("a.sav", lambda p: p.write_bytes(PNG), ("a picture", "take the file as CSV")),
    "a document": ("a.csv", lambda p: p.write_bytes(b"%PDF-1.7\n..."), ("PDF",)),
    "a sign-in page": ("a.csv", text("\n<!DOCTYPE html><html>Sign in"), ("web page",)),
    "rds": ("a.rds", lambda p: p.write_bytes(gzip.compress(b"X\n..")), ("R's .rds", "SPSS")),
    "rdata": ("a.RData", lambda p: p.write_bytes(b"RDX3\nX\n"), ("R data file",)),
    "por": ("a.por", text("ASCII SPSS PORT FILE".center(400)), ("portable", "SPSS")),
    "sas": (
        "a.sas7bdat",
        lambda p: p.write_bytes(b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf" + b"\0" * 99),
        ("SAS",),
    ),
    "locked workbook": (
        "a.xlsx",
        lambda p: write_ole(p, {"EncryptedPackage": b"?" * 99, "EncryptionInfo": b"?"}),
        ("password",),
    ),
    "old document": ("a.xls", lambda p: write_ole(p, {"WordDocument": b"?"}), ("workbook",)),
    "old workbook of garbage": ("a.xls", lambda p: write_ole(p, {"Workbook": b"?"}), ("no cells",)),
    "formula": ("a.xlsx", lambda p: with_formula(p, '=HYPERLINK("http://x")'), ("formulas",)),
    "formula with a command": (
        "a.xlsx",
        lambda p: with_formula(p, "=cmd|' /C calc'!A0", "Very happy"),
        ("formulas",),
    ),
    "a cell far out": ("a.xlsx", far_out, ("1,048,576 rows", "cells")),
    "two sheets of data": ("a.xlsx", two_sheets, ("'Egypt', 'Jordan'",)),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_in_one_message(case: str, tmp_path: Path):
    name, write, says = BROKEN[case]
    path = tmp_path / name
    write(path)
    refused(path, *says)


@pytest.mark.parametrize("name", ["a.sav", "a.dta"])
def test_columns_that_nobody_knows_may_bear_one_name(name: str, tmp_path: Path, capfd):
    thrice("QQ99")(tmp_path / name)
    table, _ = read_one(tmp_path / name)
    assert table.columns == ("QQ99", "B_COUNTRY_ALPHA", "Q46", "QQ99", "QQ99")
    assert table.frame.to_dict(as_series=False) == {"B_COUNTRY_ALPHA": ["EGY"], "Q46": [2]}
    assert capfd.readouterr().err == ""


def test_a_column_may_be_called_as_the_parser_calls_a_second_one(tmp_path: Path):
    import pyreadstat

    frame = pl.DataFrame({"Q46": [2], "B_COUNTRY_ALPHA": ["EGY"], "Q47_duplicated1": [1]})
    pyreadstat.write_sav(frame, tmp_path / "a.sav")
    table, _ = read_one(tmp_path / "a.sav")
    assert table.columns == ("Q46", "B_COUNTRY_ALPHA", "Q47_duplicated1")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_that_may_not_be_read(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text(HEAD + "1,2,EGY\n")
    path.chmod(0)
    refused(path, "cannot be opened")


def test_a_fault_that_the_parser_did_not_foresee_is_damage_too(tmp_path: Path, monkeypatch):
    path = tmp_path / "a.dta"
    write_wvs7_dta(people(), path)

    def fails(*_: object, **__: object) -> None:
        raise TypeError

    monkeypatch.setattr("pyreadstat.read_dta", fails)
    with pytest.raises(PopulationError, match=r"a\.dta: .* damaged or cut off \(TypeError\)"):
        list(read_tables([path], WVS7))


@pytest.mark.parametrize("at", [0.02, 0.2, 0.5, 0.7, 0.95, 0.999])
@pytest.mark.parametrize("write", [write_wvs7_sav, write_wvs7_dta, egypt])
def test_a_file_cut_off_anywhere_is_refused(at: float, write, tmp_path: Path):
    path = tmp_path / "cut"
    cut(write, at)(path)
    refused(path)


def test_a_csv_of_many_blocks_is_checked_row_by_row(tmp_path: Path, monkeypatch):
    from mores.populations.importing import delimited

    monkeypatch.setattr(delimited, "_BLOCK", 7)
    monkeypatch.setattr(delimited, "_BLOCK_READ", 5)
    path = tmp_path / "a.csv"
    rows = [f'{n % 4 + 1},"2",EGY,"é\n{n}"' for n in range(40)]
    path.write_text("Q46,Q57,B_COUNTRY_ALPHA,remark\n" + "\n".join(rows), encoding="utf-8")
    table, _ = read_one(path)
    assert table.frame["Q46"].to_list() == [n % 4 + 1 for n in range(40)]
    assert table.sha256 == sha256(path.read_bytes()).hexdigest()
    rows[25] = '1,"2"'
    path.write_text("Q46,Q57,B_COUNTRY_ALPHA,remark\n" + "\n".join(rows), encoding="utf-8")
    refused(path, "row 27 has 2 cells")
