"""Indicators of the map, expected of distributions."""

import numpy as np
import pytest

from mores.measures.culture_map import INDICATORS
from mores.populations.derived import post_materialism
from mores.populations.expected_indicators import INDICATOR_QUESTIONS, expected_indicators


def point(option, n=4):
    return np.eye(n)[[option]]


def value(found, name):
    return float(found[0, INDICATORS.index(name)])


def test_a_point_answer_is_its_code():
    found = expected_indicators({"Q46": point(2), "Q164": point(9, 10)})
    assert (value(found, "A008"), value(found, "F063")) == (3.0, 10.0)
    assert np.isnan(value(found, "Y002"))


def test_a_mixture_is_the_mean_of_its_codes_however_it_is_padded():
    shares = np.array([[0.5, 0.0, 0.25, 0.25, 0.0, 0.0]])
    assert value(expected_indicators({"Q46": shares}), "A008") == pytest.approx(2.25)
    assert value(expected_indicators({"Q46": 2 * shares}), "A008") == pytest.approx(2.25)


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("second", range(4))
def test_post_materialism_of_points_is_the_survey_s_index(first, second):
    found = value(expected_indicators({"Q154": point(first), "Q155": point(second)}), "Y002")
    if first == second:
        assert np.isnan(found)
    else:
        index = post_materialism(np.array([first + 1]), np.array([second + 1]))
        assert found == index[0]


def test_autonomy_is_faith_and_obedience_against_independence_and_determination():
    mentioned, not_mentioned = point(0, 2), point(1, 2)
    found = expected_indicators(
        {"Q8": mentioned, "Q14": mentioned, "Q15": not_mentioned, "Q17": not_mentioned}
    )
    assert value(found, "Y003") == 2.0


def test_no_answer_is_no_value():
    shares = {name: np.full((2, 10), np.nan) for name in INDICATOR_QUESTIONS}
    assert np.isnan(expected_indicators(shares)).all()
    assert expected_indicators({}).shape == (0, 10)
