from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import small_population

from mores.errors import PopulationError
from mores.instruments.survey import wvs7
from mores.populations.importing.recognition import (
    Form,
    Scheme,
    UnknownSurveyError,
    names_of,
    recognise,
    scheme_of,
)

WVS7 = wvs7()


def form(columns: Mapping[str, Sequence[object]], source: str = "a.csv") -> Form:
    frame = pl.DataFrame(dict(columns), strict=False)
    return recognise(tuple(columns), frame, WVS7, source)


def test_codes_labels_and_trend_are_told_apart():
    coded = {"B_COUNTRY_ALPHA": ["EGY", "EGY"], "Q46": [1, -2], "Q57": [2, 1], "Q164": [10, 1]}
    labelled = {
        "B_COUNTRY_ALPHA": ["EGY", "EGY"],
        "Q46": ["Quite happy", "very  happy"],
        "Q57": ["Need to be very careful", "No answer"],
        "Q164": ["7", "Very important"],
    }
    trend = {"S003": [818, 818], "A008": [1, -2], "A165": [2, 1], "A029": [0, 1]}
    assert form(coded) is Form.WVS7_CODES
    assert form(labelled) is Form.WVS7_LABELS
    assert form(trend) is Form.TREND


def test_scales_with_labelled_ends_alone():
    country = {"B_COUNTRY_ALPHA": ["EGY"] * 3}
    ends = {"Q164": ["7", "Very important", "3"], "Q182": ["Never justifiable", "2", "3"]}
    assert form(country | ends) is Form.WVS7_LABELS
    assert form(country | {"Q164": [7, 10, 3], "Q182": [1, 2, 3]}) is Form.WVS7_CODES


def test_numbers_beside_worded_items_do_not_mislead():
    """In a country where nobody chose an end, a ten-point scale has numbers among labels."""
    cells = {
        "B_COUNTRY_ALPHA": ["EGY"] * 2,
        "Q46": ["Very happy", "Not very happy"],
        **{name: [4, 5] for name in ("Q164", "Q182", "Q184", "Q48", "Q49")},
    }
    assert form(cells) is Form.WVS7_LABELS


def test_strays_among_codes_do_not_make_labels():
    answers = ["1", "2", "3", "1 ?", "4", "2", "1", "1", "2", "3", "1", "2"]
    cells = {"B_COUNTRY_ALPHA": ["EGY"] * 12, "Q46": answers, "Q57": [1, 2] * 6}
    assert form(cells) is Form.WVS7_CODES


def test_an_item_with_foreign_values_does_not_condemn_the_file():
    cells = {"B_COUNTRY_ALPHA": ["EGY"] * 2, "Q46": [1, 2], "Q57": [1, 2], "Q171": [77, 78]}
    assert form(cells) is Form.WVS7_CODES


@given(st.permutations([i.id for i in WVS7.items.values() if not i.trend_only]), st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_the_order_of_columns_does_not_matter(order: list[str], seed: int):
    frame = small_population(seed, respondents=12, countries=("EGY",)).frame
    cells = frame.select(pl.col("country").alias("B_COUNTRY_ALPHA"), *order[:30])
    assert recognise(tuple(cells.columns), cells, WVS7, "a.csv") is Form.WVS7_CODES


OTHERS = {
    "European Social Survey": {
        "cntry": ["DE", "FR"],
        "idno": [1, 2],
        "pspwght": [1.0, 0.9],
        "ppltrst": [3, 8],
        "happy": [7, 77],
    },
    "General Social Survey": {
        "year": [2018, 2018],
        "id": [1, 2],
        "wrkstat": [1, 5],
        "ballot": [1, 2],
        "happy": [1, 2],
        "trust": [1, 3],
    },
    "earlier wave": {f"V{n}": [1, 2] for n in range(1, 250)},
    "'country', 'trust'": {"country": ["EGY"], "trust": [1]},
    "expected are columns such as B_COUNTRY_ALPHA": {"a": [1], "b": [2]},
    "header is missing": {"1": [1], "2": [2], "0.98": [1.0]},
}


@pytest.mark.parametrize("says", OTHERS)
def test_another_survey_is_refused(says: str):
    with pytest.raises(UnknownSurveyError, match=r"^a\.csv: is no form of") as caught:
        form(OTHERS[says])
    assert says in str(caught.value)


def test_the_names_alone_are_not_enough():
    other = {
        "B_COUNTRY_ALPHA": ["EGY"] * 3,
        "Q46": [31, 47, 62],
        "Q57": [8, 9, 8],
        "Q45": [11, 12, 13],
        "Q1": [1, 2, 3],
    }
    with pytest.raises(UnknownSurveyError, match=r"3 of 4 items .* Q46 holds 31, 47, 62, where"):
        form(other)
    texts = {"B_COUNTRY_ALPHA": ["EGY"], "Q46": ["Manchester"], "Q57": ["Leeds"]}
    with pytest.raises(UnknownSurveyError, match="Manchester"):
        form(texts)


def test_a_file_without_country_says_what_to_add():
    with pytest.raises(UnknownSurveyError, match=r"2 items .* add one of B_COUNTRY_ALPHA"):
        form({"Q46": [1], "Q57": [2]})
    with pytest.raises(UnknownSurveyError, match="add one of COUNTRY_ALPHA, S003"):
        form({"A008": [1], "A165": [2]})


def test_a_file_without_answers_is_refused():
    with pytest.raises(PopulationError, match="none of its 2 items"):
        form({"B_COUNTRY_ALPHA": ["EGY"], "Q46": [None], "Q57": [None]})


def test_a_trend_file_of_labels_is_refused():
    cells = {"COUNTRY_ALPHA": ["EGY"], "A008": ["Very happy"], "A165": ["Can´t be too careful"]}
    with pytest.raises(PopulationError, match="take the form that holds codes"):
        form(cells)


def test_the_scheme_with_more_items_is_taken():
    both = ["Y002", "Y003", "A008", "A165", "S003"]
    assert scheme_of(both, WVS7, "a.csv") is Scheme.IVS
    assert scheme_of(["Y002", "Y003", "B_COUNTRY_ALPHA"], WVS7, "a.csv") is Scheme.WVS
    assert scheme_of(["Y002", "Y003", "S003"], WVS7, "a.csv") is Scheme.IVS
    assert scheme_of(["q46", "b_country_alpha"], WVS7, "a.csv") is Scheme.WVS


def test_no_name_stands_for_two_things():
    for scheme in Scheme:
        names = names_of(WVS7, scheme)
        assert not names.items.keys() & names.columns.keys()
        folded = [name.casefold() for name in names.all]
        assert len(set(folded)) == len(folded)
