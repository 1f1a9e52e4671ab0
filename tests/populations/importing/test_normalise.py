from __future__ import annotations

import polars as pl
import pytest
from raw_tables import ivs, normal, raw_table, wvs

from mores.errors import PopulationError
from mores.instruments.survey import wvs7
from mores.populations.importing.findings import Ledger
from mores.populations.importing.normalise import normalise
from mores.populations.importing.recognition import Form
from mores.populations.population import REQUIRED, schema

LABELLED = Form.WVS7_LABELS


def test_names_types_and_order_are_those_of_the_schema() -> None:
    frame, _ = normal(dict(reversed(wvs(Q260=[1, 2, 1], Q262=[30, 40, 50]).items())))
    types = schema(wvs7())
    assert frame.columns == [name for name in types if name in frame.columns]
    assert dict(frame.schema) == {name: types[name] for name in frame.columns}
    assert set(frame.columns) == {*REQUIRED, "Q46", "sex", "age"}


def test_codes_are_kept_with_their_missing_codes() -> None:
    frame, ledger = normal(wvs(Q46=[4, -1, -5]))
    assert frame["Q46"].to_list() == [4, -1, -5]
    assert ledger.unread == {}


def test_labels_become_codes() -> None:
    cells = ["Not at all happy", "Quite happy", "Don't know"]
    frame, ledger = normal(wvs(Q46=cells, Q260=["Male", "Female", "female"]), LABELLED)
    assert frame["Q46"].to_list() == [4, 2, -1]
    assert frame["sex"].to_list() == [1, 2, 2]
    assert ledger.unread == {}


def test_a_mixture_of_codes_and_labels_is_read() -> None:
    frame, _ = normal(wvs(Q164=["Not at all important", "7", "Very important"]), LABELLED)
    assert frame["Q164"].to_list() == [1, 7, 10]


def test_what_cannot_be_read_is_null_and_noted_with_its_count() -> None:
    frame, ledger = normal(wvs(Q46=["Merry", "Merry", "Very happy"], Q45=[7, 1, 2]))
    assert frame["Q46"].to_list() == [None, None, 1]
    assert frame["Q45"].to_list() == [None, 1, 2]
    assert ledger.unread == {("Q46", "'Merry'"): 2, ("Q45", "7"): 1}


def test_a_stray_code_is_noted_with_its_label() -> None:
    frame, ledger = normal(wvs(Q46=[1, 7, 7]), labels={"Q46": {7: "Ecstatic"}})
    assert frame["Q46"].to_list() == [1, None, None]
    assert ledger.unread == {("Q46", "7 ('Ecstatic')"): 2}


def test_hostile_labels_are_short_and_visible_where_they_are_noted() -> None:
    _, ledger = normal(wvs(Q46=["\x1b[2J\u202eevil\n" + "x" * 5000, "1", "2"]))
    ((column, value),) = ledger.unread
    assert column == "Q46"
    assert len(value) < 80
    assert value.isprintable()


def test_very_many_labels_are_counted_and_not_all_kept() -> None:
    n = 3000
    columns = {
        "B_COUNTRY_ALPHA": ["EGY"] * n,
        "D_INTERVIEW": range(n),
        "Q46": [f"text {i}" for i in range(n)],
    }
    _, ledger = normal(columns)
    assert len(ledger.unread) == 501
    assert sum(ledger.unread.values()) == n
    assert ledger.unread["Q46", "2,500 other values"] == 2500


def test_trend_codes_are_translated() -> None:
    recoded = next(i for i in wvs7().items.values() if i.ivs_codes and i.ivs)
    theirs, ours = next(iter(recoded.ivs_codes.items()))
    frame, _ = normal(ivs(**{str(recoded.ivs): [theirs, theirs, None]}), Form.TREND)
    assert frame[recoded.id].to_list() == [ours, ours, None]
    assert frame["Q46"].to_list() == [1, 2, -1]


def test_values_of_the_autonomy_index_are_no_missing_codes() -> None:
    frame, ledger = normal(wvs(Y003=[-1, -2, 2], Q154=[-1, -2, 1]))
    assert frame["Y003"].to_list() == [-1, -2, 2]
    assert frame["Q154"].to_list() == [-1, -2, 1]
    assert ledger.unread == {}


@pytest.mark.parametrize("weighting", ["survey", "none"])
def test_weights(weighting) -> None:
    frame, _ = normal(wvs(W_WEIGHT=[0.5, 0.0, 3.0]), weighting=weighting)
    assert frame["weight"].to_list() == ([0.5, 0.0, 3.0] if weighting == "survey" else [1.0] * 3)


def test_a_bad_weight_does_not_matter_to_whom_takes_none() -> None:
    frame, _ = normal(wvs(W_WEIGHT=[-1, -1, 1]), weighting="none")
    assert frame["weight"].to_list() == [1.0] * 3


def test_countries_without_weights_are_noted() -> None:
    _, ledger = normal(wvs(W_WEIGHT=["No weighting", "No weighting", None]))
    assert ledger.no_weighting == {"EGY": 2}
    assert ledger.absent == {"GBR": 1}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"LNGE_ISO": ["ar", "AR", "en"]}, ["ar", "ar", "en"]),
        ({"S_INTLANGUAGE": ["Arabic", "Arabic", "English"]}, ["ar", "ar", "en"]),
        ({"S_INTLANGUAGE": [170, 170, 1240]}, ["ar", "ar", "en"]),
        ({"LNGE_ISO": ["ar", "ar", "en"], "S_INTLANGUAGE": [1240, 1240, 170]}, ["ar", "ar", "en"]),
        ({"LNGE_ISO": [None] * 3, "T_INTLANGUAGE": [170, 170, 1240]}, ["ar", "ar", "en"]),
        ({"S_INTLANGUAGE": ["Spanish; Castilian", None, "English"]}, ["es", None, "en"]),
    ],
)
def test_languages(columns, expected) -> None:
    frame, ledger = normal(wvs(**columns))
    assert frame["language"].to_list() == expected
    assert ledger.languages == {}


def test_unknown_languages_are_null_and_noted_and_missing_ones_only_null() -> None:
    frame, ledger = normal(wvs(S_INTLANGUAGE=["Klingon", "No answer", "English"]))
    assert frame["language"].to_list() == [None, None, "en"]
    assert ledger.languages == {("S_INTLANGUAGE (language)", "'Klingon'"): 1}


def test_a_file_without_a_language_has_no_such_column() -> None:
    assert "language" not in normal(wvs())[0].columns


def test_education_from_isced_where_there_is_no_other() -> None:
    columns = {
        "B_COUNTRY_ALPHA": ["EGY"] * 11,
        "D_INTERVIEW": range(11),
        "Q46": [1] * 11,
        "Q275": [0, 1, 2, 3, 4, 5, 6, 7, 8, -2, None],
    }
    frame, _ = normal(columns)
    assert frame["education"].to_list() == [1, 1, 1, 2, 2, 3, 3, 3, 3, -2, None]
    frame, _ = normal({**columns, "Q275R": [2] * 11})
    assert frame["education"].to_list() == [2] * 11


def test_ages_that_cannot_be_are_null_and_noted() -> None:
    columns = {
        "B_COUNTRY_ALPHA": ["EGY"] * 7,
        "D_INTERVIEW": range(7),
        "Q46": [1] * 7,
        "Q262": [9, 10, 115, 116, 999, 999, -2],
    }
    frame, ledger = normal(columns)
    assert frame["age"].to_list() == [None, 10, 115, None, None, None, -2]
    assert ledger.implausible == {
        ("Q262 (age)", "999"): 2, ("Q262 (age)", "9"): 1, ("Q262 (age)", "116"): 1
    }  # fmt: skip


@pytest.mark.parametrize(
    "labels",
    [
        {1: "Not at all happy", 2: "Not very happy", 3: "Quite happy", 4: "Very happy"},
        {0: "Very happy", 1: "Quite happy", 2: "Not very happy", 3: "Not at all happy"},
        {1: "Very happy", 2: "No answer"},
    ],
)
def test_a_column_whose_labels_contradict_its_codes_is_left_out_loudly(labels) -> None:
    frame, ledger = normal(wvs(Q45=[1, 2, 3]), labels={"Q46": labels})
    assert "Q46" not in frame.columns
    assert frame["Q45"].to_list() == [1, 2, 3]
    (said,) = ledger.set_aside
    assert said.startswith("LEFT OUT: Q46 of a.sav")
    assert "correct the codes or the labels" in said


def test_labels_of_codes_that_nobody_has_do_not_matter() -> None:
    frame, ledger = normal(wvs(Q46=[1, 2, 2]), labels={"Q46": {1: "Very happy", 4: "Quite happy"}})
    assert frame["Q46"].to_list() == [1, 2, 2]
    assert ledger.set_aside == []


def test_columns_are_noted() -> None:
    _, ledger = normal(wvs(Q999=[1, 2, 3], Q262=[20, 30, 40], version=["a", "a", "a"]))
    assert list(ledger.unrecognised) == ["Q999", "version"]
    assert list(ledger.items) == ["Q46"]
    assert set(ledger.columns) >= {"country", "year", "respondent", "weight", "age"}


def test_a_file_without_respondents_is_refused() -> None:
    empty = {name: pl.Series(cells).head(0) for name, cells in wvs().items()}
    with pytest.raises(PopulationError, match="holds no respondents"):
        normalise(raw_table(empty), Form.WVS7_CODES, wvs7(), Ledger())
