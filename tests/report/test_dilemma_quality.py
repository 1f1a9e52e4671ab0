from __future__ import annotations

import csv

import pytest

from mores.errors import InputError
from mores.report.dilemma_quality import check_new, results_table, write_results
from mores.studies.dilemma_quality.results import CheckResult, Finding

RESULTS = [
    CheckResult("form", "a rule", 2.0, "dilemmas", "0", False, 9, "dilemmas",
                (Finding("one", "=HYPERLINK(1)"), Finding("two", "long")), "a note"),
    CheckResult("coverage", "cells", 3.0, "", "", None, 616, "cells"),
]  # fmt: skip


def test_one_row_a_finding_and_one_for_none() -> None:
    table = results_table(RESULTS)
    assert table.columns == [
        "topic", "check", "value", "unit", "limit", "passed", "n", "of", "note", "where", "told",
    ]  # fmt: skip
    assert table["where"].to_list() == ["one", "two", None]
    assert table["passed"].to_list() == [False, False, None]
    assert results_table([]).height == 0


def test_a_file_that_no_spreadsheet_computes(tmp_path) -> None:
    write_results(RESULTS, tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["told"] == "'=HYPERLINK(1)"
    assert [row["n"] for row in rows] == ["9", "9", "616"]


def test_where_it_cannot_go(tmp_path) -> None:
    (tmp_path / "there.csv").touch()
    for name, says in (
        ("there.csv", "is there already"),
        ("table.xlsx", r"ends in \.csv"),
        ("no/table.csv", "does not exist"),
    ):
        with pytest.raises(InputError, match=says):
            check_new(tmp_path / name)
    check_new(tmp_path / "new.csv")
