from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import polars as pl
import pytest

from mores.errors import PopulationError
from mores.instruments.survey import wvs7
from mores.populations.importing.findings import (
    CellCount,
    FileFound,
    Findings,
    Ledger,
    WeightFindings,
    counted,
    missing_by_country,
    weight_findings,
)

PLAIN = Findings(
    files=(FileFound("a.csv", "wvs7-codes", "csv", 1200, "ab" * 32, 99),),
    respondents=1200,
    duplicates=0,
    surveys=("WVS",),
    waves=(7,),
    years=(2018, 2018),
    countries={"EGY": 1200},
    items=("Q45", "Q46"),
    columns=("age",),
    items_lacking=(),
    unrecognised=(),
    set_aside=(),
    unread=(),
    implausible=(),
    languages=(),
    not_asked={},
    often_missing={},
    weights=WeightFindings("survey"),
    remarks=(),
)


def text(**changed) -> str:
    return "\n".join(replace(PLAIN, **changed).lines())


def test_a_plain_import_in_a_few_lines() -> None:
    assert PLAIN.lines() == [
        "a.csv: wvs7-codes, 1,200 respondents",
        "WVS wave 7 (2018); 1 country: EGY 1,200",
        "1,200 respondents in the data set",
        "2 items recognised",
    ]


def test_what_could_not_be_understood_comes_with_column_value_and_count() -> None:
    said = text(unread=(CellCount("Q46", "'Merry'", 12), CellCount("A008 (Q46)", "9", 1)))
    assert "not understood, left empty: 13 cells" in said
    assert "  Q46 'Merry': 12" in said
    assert "  A008 (Q46) 9: 1" in said


def test_long_lists_are_cut_in_the_lines_and_whole_in_the_dictionary() -> None:
    unread = tuple(CellCount("Q46", f"'label {i}'", 1) for i in range(40))
    found = replace(PLAIN, unread=unread, unrecognised=tuple(f"X{i}" for i in range(400)))
    said = "\n".join(found.lines())
    assert said.count("'label") == 15
    assert "  and 25 more" in said
    assert "400 columns not known: X0, " in said
    assert "385 more" in said
    whole = found.lines(None)
    assert [line for line in whole if "'label" in line] == [
        f"  Q46 'label {i}': 1" for i in range(40)
    ]
    assert re.findall(r"X\d+", "\n".join(whole)) == [f"X{i}" for i in range(400)]
    assert " more" not in "\n".join(whole)
    assert len(found.as_dict()["unread"]) == 40
    assert len(found.as_dict()["unrecognised"]) == 400


def test_lines_are_short() -> None:
    countries = {f"C{i:02d}": 1000 + i for i in range(90)}
    found = replace(
        PLAIN,
        countries=countries,
        not_asked={c: tuple(f"Q{i}" for i in range(30)) for c in countries},
        remarks=("a remark of many words " * 20,),
        weights=WeightFindings("survey", 1, 2, countries, countries, dict.fromkeys(countries, 2.0)),
    )
    assert max(map(len, found.lines())) <= 96
    assert len(found.lines()) < 90
    whole = found.lines(None)
    assert max(map(len, whole)) <= 96
    assert len([line for line in whole if re.match(r"  C\d\d: Q0, ", line)]) == 90
    assert " more" not in "\n".join(whole)
    assert "C89 2" in "\n".join(whole)


def test_columns_of_strange_names_do_not_steer_the_terminal() -> None:
    said = text(unrecognised=("\x1b[31m", "a" * 500))
    assert "\x1b" not in said
    assert "\\x1b[31m" in said
    assert len(said) < 600


def test_everything_else_is_said() -> None:
    said = text(
        duplicates=3,
        items_lacking=("Q1",),
        set_aside=("LEFT OUT: Q46",),
        remarks=("wave taken from the year",),
        implausible=(CellCount("Q262 (age)", "999", 4),),
        languages=(CellCount("LNGE_ISO (language)", "'xx'", 5),),
        not_asked={"EGY": ("Q182",)},
        often_missing={"EGY": ("Q46",)},
        weights=WeightFindings("survey", 2, 1, {"EGY": 7}, {"GBR": 8}, {"USA": 1000.0}),
    )
    for part in (
        "3 duplicates left out", "no file has a column for: Q1", "LEFT OUT: Q46",
        "wave taken from the year", "Q262 (age) 999: 4", "LNGE_ISO (language) 'xx': 5",
        "not asked, by country:\n  EGY: Q182", "20% or more of the answers missing, by country",
        "2 respondents with a weight of 0, kept", "1 respondent without a weight", "EGY 7",
        "GBR 8", "USA 1e+03",
    ):  # fmt: skip
        assert part in said, part


def test_several_waves_and_no_year() -> None:
    assert "EVS/WVS waves 5, 7; 1 country" in text(surveys=("EVS", "WVS"), waves=(5, 7), years=())


def test_weighting_none_is_said() -> None:
    assert "every respondent weighs 1, as asked" in text(weights=WeightFindings("none"))


def test_findings_come_back_from_json() -> None:
    found = replace(
        PLAIN,
        unread=(CellCount("Q46", "'Merry'", 12),),
        not_asked={"EGY": ("Q182",)},
        weights=WeightFindings("survey", scaled={"EGY": 2.5}),
    )
    files = [asdict(file) for file in found.files]
    assert "files" not in found.as_dict()
    assert Findings.from_dict(json.loads(json.dumps(found.as_dict())), files) == found


def test_damaged_findings_are_refused() -> None:
    with pytest.raises(PopulationError, match="import the data set again"):
        Findings.from_dict({**PLAIN.as_dict(), "respondents": "many"}, [])
    with pytest.raises(PopulationError, match=r"files.*import the data set again"):
        Findings.from_dict(PLAIN.as_dict(), [{"name": "a.csv", "bytes": "many"}])


def test_items_missing_by_country() -> None:
    """A: Q46 not asked. B: Q46 nobody knows; Q45 missing in exactly a fifth, Q57 in fewer."""
    frame = pl.DataFrame(
        {
            "country": ["A"] * 5 + ["B"] * 10,
            "Q46": [-4, -4, None, -5, None, *[-1] * 10],
            "Q45": [1, 2, 3, 1, 2, *[1] * 8, -2, None],
            "Q57": [1, 2, 1, 2, 1, *[1] * 9, -1],
            "Y003": [None] * 5 + [-2] * 10,
            "Y002": [None] * 15,
        },
        schema_overrides=dict.fromkeys(["Q46", "Q45", "Q57", "Y002", "Y003"], pl.Int8),
    )
    not_asked, often_missing = missing_by_country(frame, wvs7())
    assert not_asked == {"A": ("Q46",)}
    assert often_missing == {"B": ("Q45", "Q46")}


def test_weights_far_from_1_are_named() -> None:
    frame = pl.DataFrame(
        {"country": ["A", "A", "B", "B", "C"], "weight": [0.0, 2.0, 900.0, 1100.0, None]}
    )
    found = weight_findings(frame, "survey", Ledger(no_weighting={"Z": 1, "D": 2}))
    assert (found.zero, found.missing) == (1, 1)
    assert found.scaled == {"B": 1000.0}
    assert list(found.no_weighting) == ["D", "Z"]


def test_cells_are_ordered_by_column_then_frequency() -> None:
    cells = {("Q2", "a"): 1, ("Q1", "b"): 1, ("Q1", "a"): 1, ("Q1", "c"): 9}
    assert [(c.column, c.value) for c in counted(cells)] == [
        ("Q1", "c"), ("Q1", "a"), ("Q1", "b"), ("Q2", "a")
    ]  # fmt: skip
