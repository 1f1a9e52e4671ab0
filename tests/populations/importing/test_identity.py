from __future__ import annotations

import pytest
from raw_tables import ivs, normal, wvs

from mores.errors import PopulationError
from mores.populations.importing.recognition import Form

KEY = ("survey", "wave", "country", "year", "respondent")


def who(columns, form: Form = Form.WVS7_CODES, labels=None) -> list[tuple]:
    return normal(columns, form, labels or {})[0].select(KEY).rows()


def said(columns, form: Form = Form.WVS7_CODES) -> str:
    return "\n".join(normal(columns, form)[1].remarks)


def without(columns, *names):
    return {name: cells for name, cells in columns.items() if name not in names}


def refused(columns, form: Form = Form.WVS7_CODES, labels=None) -> str:
    with pytest.raises(PopulationError) as turned_away:
        normal(columns, form, labels or {})
    message = str(turned_away.value)
    assert message.startswith(("a.csv: ", "a.sav: "))
    assert message.isprintable()
    assert len(message) < 600
    return message


def test_a_file_of_wave_7() -> None:
    assert who(wvs()) == [
        ("WVS", 7, "EGY", 2018, 11),
        ("WVS", 7, "EGY", 2018, 12),
        ("WVS", 7, "GBR", 2022, 21),
    ]
    assert said(wvs()) == ""


def test_a_trend_file() -> None:
    assert who(ivs(), Form.TREND) == [
        ("WVS", 7, "EGY", 2018, 11),
        ("WVS", 7, "EGY", 2018, 12),
        ("EVS", 5, "GBR", 2008, 21),
    ]
    assert "wave taken from the year for 1 respondents (EVS)" in said(ivs(), Form.TREND)


@pytest.mark.parametrize(
    ("year", "wave"),
    [(1981, 1), (1984, 1), (1989, 2), (1993, 2), (1994, 3), (1998, 3), (1999, 4), (2004, 4),
     (2005, 5), (2009, 5), (2010, 6), (2014, 6), (2017, 7), (2023, 7)],
)  # fmt: skip
def test_waves_by_year(year, wave) -> None:
    columns = ivs(S002VS=[None, -4, -2], S020=[year] * 3)
    assert {row[1] for row in who(columns, Form.TREND)} == {wave}


def test_rounds_of_the_european_study_are_no_waves() -> None:
    """The joint file numbers the round of 2017 as 5; the common number goes by the year."""
    columns = without(ivs(wave=[7, 7, 5], S020=[2018, 2018, 2018]), "S002VS")
    assert [row[1] for row in who(columns, Form.TREND)] == [7, 7, 7]


def test_a_wave_between_the_waves_is_refused() -> None:
    message = refused(ivs(S020=[2018, 2018, 2016]), Form.TREND)
    assert "1 of 3" in message
    assert "2016" in message
    assert "S002VS" in message


@pytest.mark.parametrize(
    "cells",
    [
        [818, 818, 826],
        ["Egypt", "egypt", "Great Britain"],
        ["EG", "EGY", "GB"],
        ["818", "818", "826"],
    ],
)
def test_countries_by_number_and_name(cells) -> None:
    assert [row[2] for row in who(wvs(B_COUNTRY_ALPHA=cells))] == ["EGY", "EGY", "GBR"]


def test_the_next_column_is_taken_if_the_first_is_empty() -> None:
    columns = wvs(B_COUNTRY_ALPHA=[None] * 3, B_COUNTRY=[818, 818, 826])
    assert [row[2] for row in who(columns)] == ["EGY", "EGY", "GBR"]


def test_a_number_that_only_the_file_explains() -> None:
    columns = wvs(B_COUNTRY_ALPHA=[99901, 818, 826])
    labels = {"B_COUNTRY_ALPHA": {99901: "Egypt"}}
    assert [row[2] for row in who(columns, labels=labels)] == ["EGY", "EGY", "GBR"]
    assert "99901" in refused(columns)


def test_an_unknown_country_is_refused() -> None:
    message = refused(wvs(B_COUNTRY_ALPHA=["EGY", "ZZZ", "ZZZ"]))
    for part in ("B_COUNTRY_ALPHA", "'ZZZ'", "2 rows", "alpha-3", "leave these rows out"):
        assert part in message


def test_another_column_under_the_name_of_the_country_is_refused() -> None:
    n = 1000
    columns = {"B_COUNTRY_ALPHA": [f"person {i}" for i in range(n)], "Q46": [1] * n}
    assert "1,000 different values" in refused(columns)


def test_rows_without_a_country_are_refused() -> None:
    assert "empty in 1 of 3 rows" in refused(wvs(B_COUNTRY_ALPHA=["EGY", None, "GBR"]))


def test_a_file_without_a_country_is_refused() -> None:
    message = refused(without(wvs(), "B_COUNTRY_ALPHA"))
    assert "B_COUNTRY_ALPHA, B_COUNTRY" in message


def test_surveys_by_number_and_name() -> None:
    assert [row[0] for row in who(wvs(A_STUDY=[1, 2, None]))] == ["EVS", "WVS", "WVS"]
    assert [row[0] for row in who(wvs(A_STUDY=["EVS", "wvs", "European Values Study"]))] == [
        "EVS", "WVS", "EVS"]  # fmt: skip
    assert "3 in 1 row" in refused(wvs(A_STUDY=[3, 2, 2]))


def test_years_that_cannot_be_are_left_empty_and_noted() -> None:
    frame, ledger = normal(wvs(A_YEAR=[20180, 18, -4]))
    assert frame["year"].to_list() == [None, None, None]
    assert ledger.implausible == {("A_YEAR (year)", "18"): 1, ("A_YEAR (year)", "20180"): 1}


def test_a_file_without_years_says_so() -> None:
    columns = without(wvs(), "A_YEAR")
    assert [row[3] for row in who(columns)] == [None] * 3
    assert "no column for the year" in said(columns)


def test_respondents_without_numbers_are_numbered_in_each_country() -> None:
    columns = without(wvs(), "D_INTERVIEW")
    assert [row[4] for row in who(columns)] == [1, 2, 1]
    assert "numbered in the order" in said(columns)
    assert [row[4] for row in who(wvs(D_INTERVIEW=[None] * 3))] == [1, 2, 1]


def test_numbers_too_large_are_replaced_by_the_next_column_that_fits() -> None:
    large = [10**16, 10**16 + 1, 10**16 + 2]
    assert [row[4] for row in who(ivs(S007=large, S007_01=[5, 6, 7]), Form.TREND)] == [5, 6, 7]
    assert [row[4] for row in who(ivs(S007=large), Form.TREND)] == [1, 2, 1]
    assert "numbered" in said(ivs(S007=large), Form.TREND)


def test_numbers_in_text_and_whole_floats_are_numbers() -> None:
    assert [row[4] for row in who(wvs(D_INTERVIEW=["11", "12.0", "21"]))] == [11, 12, 21]
    assert [row[4] for row in who(wvs(D_INTERVIEW=[11.0, 12.0, 21.0]))] == [11, 12, 21]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([11, None, 21], "empty in 1 of 3 rows"),
        ([11.5, 12, 21], "11.5 in 1 of 3 rows"),
        (["A7", "A8", "21"], "'A7' in 2 of 3 rows"),
    ],
)
def test_respondents_whose_number_is_none_are_refused(cells, says) -> None:
    message = refused(wvs(D_INTERVIEW=cells))
    assert says in message
    assert "leave the column out" in message
