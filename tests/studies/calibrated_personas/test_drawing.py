"""Who is drawn, how often, and who is told apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from populations.given_people import people
from scipy import stats

from mores.errors import StudyError
from mores.studies.calibrated_personas.drawing import draw, profiles

WEIGHTS = [0.5, 1.0, 2.0, 0.0, None, 4.0, 0.25, 3.0]


def of_weights(weights: list[float | None], countries: list[str] | None = None):
    return people(weight=weights, country=countries or ["GBR"] * len(weights))


def everyone(population) -> np.ndarray:
    return np.ones(len(population), np.bool_)


def test_respondents_are_drawn_with_probability_proportional_to_their_weight() -> None:
    population = of_weights(WEIGHTS)
    drawn = draw(population, ["GBR"], everyone(population), 20_000, seed=11)["GBR"]
    counts = np.bincount(drawn, minlength=len(WEIGHTS))
    share = np.array([w or 0.0 for w in WEIGHTS])
    some = share > 0
    assert counts[~some].sum() == 0  # neither of weight 0 nor without one
    expected = 20_000 * share[some] / share.sum()
    assert stats.chisquare(counts[some], expected).pvalue > 0.001
    # and they are not drawn alike, which the same test notices
    assert stats.chisquare(counts[some]).pvalue < 1e-9


def test_only_those_who_answered_enough_are_drawn() -> None:
    population = of_weights(WEIGHTS)
    answered = np.array([1, 0, 1, 1, 1, 0, 1, 0], np.bool_)
    drawn = draw(population, ["GBR"], answered, 500, seed=0)["GBR"]
    assert {*drawn.tolist()} == {0, 2, 6}


def test_rows_are_of_their_country() -> None:
    population = of_weights([1.0] * 6, ["GBR", "EGY", "GBR", "EGY", "EGY", "GBR"])
    drawn = draw(population, ["EGY", "GBR"], everyone(population), 200, seed=2)
    assert list(drawn) == ["EGY", "GBR"]
    assert {*drawn["EGY"].tolist()} == {1, 3, 4}
    assert {*drawn["GBR"].tolist()} == {0, 2, 5}


@given(
    st.lists(st.floats(0.01, 100), min_size=1, max_size=30),
    st.integers(1, 50),
    st.integers(1, 50),
    st.integers(0, 2**53 - 1),
)
@settings(max_examples=60, deadline=None)
def test_the_first_are_the_same_however_many_are_drawn(
    weights: list[float], a: int, b: int, seed: int
) -> None:
    population = of_weights([*weights])
    few, many = (
        draw(population, ["GBR"], everyone(population), n, seed)["GBR"] for n in sorted((a, b))
    )
    assert few.tolist() == many[: len(few)].tolist()
    assert len(many) == max(a, b)


def test_countries_and_seeds_have_draws_of_their_own() -> None:
    population = of_weights([1.0] * 200, ["EGY", "GBR"] * 100)
    one = draw(population, ["EGY", "GBR"], everyone(population), 50, seed=1)
    other = draw(population, ["GBR"], everyone(population), 50, seed=1)
    assert one["GBR"].tolist() == other["GBR"].tolist()  # whatever else is asked for
    assert (one["EGY"] // 2).tolist() != (one["GBR"] // 2).tolist()
    again = draw(population, ["GBR"], everyone(population), 50, seed=2)
    assert again["GBR"].tolist() != other["GBR"].tolist()


def test_a_country_without_humans_is_refused_with_near_ones() -> None:
    population = replace(of_weights([1.0, 1.0], ["GBR", "EGY"]), name="kept")
    with pytest.raises(StudyError, match=r"GBX is not in kept; .*did you mean 'GBR'"):
        draw(population, ["EGY", "GBX"], everyone(population), 3, seed=0)
    with pytest.raises(StudyError, match=r"FRA, JPN are not in kept; allowed: EGY, GBR"):
        draw(population, ["FRA", "EGY", "JPN"], everyone(population), 3, seed=0)


@pytest.mark.parametrize(
    ("weights", "answered"),
    [([1.0, 2.0], [False, False]), ([0.0, None], [True, True]), ([0.0, 1.0], [True, False])],
)
def test_a_country_of_which_nobody_can_be_drawn(weights: list, answered: list[bool]) -> None:
    population = of_weights(weights)
    with pytest.raises(StudyError, match=r"no respondent of GBR .* personas\.least_indicators"):
        draw(population, ["GBR"], np.array(answered), 3, seed=0)


@given(st.lists(st.lists(st.integers(-1, 2), min_size=3, max_size=3), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_profiles_are_equal_exactly_where_rows_are(rows: list[list[int]]) -> None:
    found = profiles(np.array(rows, np.int8))
    for i, row in enumerate(rows):
        assert [row == other for other in rows] == (found == found[i]).tolist()


def test_profiles_of_more_items_than_a_number_can_hold() -> None:
    generator = np.random.default_rng(1)
    rows = generator.integers(-1, 10, (60, 40)).astype(np.int8)
    rows[30:] = rows[:30]
    rows[59, 0] = (rows[59, 0] + 2) % 10
    found = profiles(rows)
    assert found[:29].tolist() == found[30:59].tolist()
    assert len({*found.tolist()}) == 31


def test_without_columns_all_are_alike() -> None:
    assert profiles(np.zeros((4, 0), np.int8)).tolist() == [0, 0, 0, 0]


def test_given_people_have_no_weight_where_it_is_null() -> None:
    """What the other tests rest on."""
    assert of_weights(WEIGHTS).frame["weight"].null_count() == 1
    assert of_weights(WEIGHTS).frame.schema["weight"] == pl.Float64
