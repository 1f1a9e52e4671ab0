from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.report.numbers import bounds, count, fixed, number_of, p_equals, p_text, percent, signed


def test_minus_signs_are_true_and_zero_has_none():
    assert fixed(-0.25) == "\u22120.250"
    assert fixed(-0.0001) == "0.000"
    assert signed(-0.0001) == "0.000"
    assert signed(0.0004) == "0.000"
    assert signed(0.1) == "+0.100"
    assert signed(-0.1) == "\u22120.100"


@pytest.mark.parametrize("missing", [None, nan, inf])
def test_what_is_missing_is_a_dash_and_never_a_number(missing):
    assert fixed(missing) == signed(missing) == percent(missing) == p_text(missing) == "–"
    assert bounds(missing, 1.0) == bounds(0.0, missing) == ""
    assert count(None) == "–"


def test_an_interval_keeps_its_signs():
    assert bounds(-0.0123, 0.4, 2, sign=True) == "[\u22120.01, +0.40]"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0\u00a0%"),
        (1.0, "100\u00a0%"),
        (0.00001, "<0.1\u00a0%"),
        (0.99999, ">99.9\u00a0%"),
        (0.25, "25.0\u00a0%"),
    ],
)
def test_a_share_is_0_or_100_only_if_it_is(share, text):
    assert percent(share) == text


@given(st.floats(0, 1))
def test_p_values_are_never_rounded_into_significance(p):
    text = p_text(p)
    assert (text == "<.001") == (p < 0.001)
    if text != "<.001":
        assert abs(float(text) - p) <= 0.0005 + 1e-12
    assert p_equals(p) in (f"p = {text}", "p < .001")


def test_one_is_singular():
    assert number_of(1, "dilemma") == "1 dilemma"
    assert number_of(0, "dilemma") == "0 dilemmas"
    assert number_of(1200, "reply", "replies") == "1,200 replies"


def test_levels_and_significance():
    from mores.report.numbers import is_significant, level_text

    assert level_text(0.95) == "95\u00a0%"
    assert level_text(0.999) == "99.9\u00a0%"
    assert is_significant(0.049)
    assert not is_significant(0.05)
    assert not is_significant(None)
