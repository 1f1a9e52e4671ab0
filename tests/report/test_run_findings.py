"""What figures and pages of every study begin with."""

from types import SimpleNamespace

import polars as pl
import pytest

from mores.report.run_findings import FigureBasis, RowTables, RunFindings, known, whole
from mores.report.visible import label_text


def findings(synthetic=(), simulated=False, label="m\u202e", coded=3, planned=4):
    manifest = {
        "model": {"simulated": simulated, "label": label},
        "synthetic": list(synthetic),
        "counts": {"coded": coded},
        "planned": planned,
    }
    bound = SimpleNamespace(file=SimpleNamespace(analysis=SimpleNamespace(level=0.9)))
    return RunFindings(bound, manifest)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_no_finite_number_is_not_known(value):
    assert known({"x": value}, "x") is None
    assert whole({"x": value}, "x") is None
    assert known({}, "x") is None
    assert whole({"x": 3.0}, "x") == 3


def test_rows_hold_the_values_asked_for_and_an_absent_table_has_none():
    tables = RowTables("m", False, {"t": pl.DataFrame({"a": [1, 1, 2], "b": [3, 4, 5]})})
    assert [row["b"] for row in tables.rows("t", a=1)] == [3, 4]
    assert tables.rows("t", c=1) == []
    assert tables.rows("none") == []


def test_a_basis_says_who_answered():
    real, made = RowTables("a", False, {}), RowTables("b", True, {})
    assert FigureBasis([real], "95 %", "humans", "s.").who == "a"
    assert FigureBasis([made], "95 %", "humans", "s.").who == "simulated model"
    assert FigureBasis([made, made], "95 %", "humans", "s.").who == "2 models, all simulated"
    both = FigureBasis([real, made], "95 %", "humans", "s.")
    assert both.subtitle == "2 models against humans"
    assert both.note("one", "", "two") == "one\ntwo\ns."


def test_a_run_says_how_much_was_coded_and_what_was_made_up():
    plain = findings()
    assert plain.source() == f"3 of 4 requests asked are coded (75.0\xa0%) · {plain.label}"
    assert "\u202e" not in plain.label
    assert (plain.humans, plain.level) == ("humans", "90\xa0%")
    made = findings(("humans", "biographies"), simulated=True)
    assert made.made("biographies")
    assert made.humans == "synthetic humans"
    assert made.source("coded").startswith(
        "3 of 4 requests coded (75.0\xa0%) · simulated: no language"
    )
    assert made.source().endswith("no real people")


def test_a_label_is_one_line_and_not_too_long():
    assert label_text("a" * 9, 5) == "aaaa…"
    assert "\n" not in label_text("a\nb", 9)
