from __future__ import annotations

import numpy as np
import pytest

from mores.measures.inputs import (
    at_least_one,
    coverage_level,
    group_index,
    observed,
    paired,
    sign_table,
)


def test_none_and_nan_are_missing() -> None:
    np.testing.assert_array_equal(observed([1, None, float("nan")], "x"), [1, np.nan, np.nan])
    assert observed([True, False], "x").tolist() == [1.0, 0.0]


@pytest.mark.parametrize("values", [[1.0, "much"], [[1.0], [1.0, 2.0]], [object()]])
def test_what_is_no_number_is_refused(values) -> None:
    with pytest.raises(ValueError, match=r"x cannot be read .* allowed: numbers"):
        observed(values, "x")


def test_infinity_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"x is -inf at index \(1, 0\); allowed: finite .* NaN"):
        observed([[1.0, 2.0], [-np.inf, 3.0]], "x")


def test_shapes_have_to_match() -> None:
    with pytest.raises(ValueError, match=r"v has shape \(1,\) and a has shape \(2,\)"):
        paired([1], [1, 2], ("v", "a"))


def test_sign_tables_have_four_columns() -> None:
    assert sign_table([1, 2, 3, 4]).shape == (4,)
    with pytest.raises(ValueError, match=r"c has shape \(\); allowed: \(\.\.\., 4\)"):
        sign_table(3, "c")


def test_groups_are_small_integers() -> None:
    assert group_index([0, 2], (2,), 3, "g").tolist() == [0, 2]
    assert group_index([], (0,), 3, "g").shape == (0,)
    with pytest.raises(ValueError, match="g is of type float64; allowed: integers 0 … 2"):
        group_index([0.0, 1.0], (2,), 3, "g")
    with pytest.raises(ValueError, match="g runs from -1 to 1"):
        group_index([-1, 1], (2,), 3, "g")
    with pytest.raises(ValueError, match=r"g has shape \(2,\); allowed: \(3,\)"):
        group_index([0, 1], (3,), 3, "g")


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, float("nan")])
def test_levels_lie_between_nought_and_one(level) -> None:
    with pytest.raises(ValueError, match=r"write 95 per cent as 0\.95"):
        coverage_level(level)


def test_counts_start_at_one() -> None:
    assert at_least_one(1, "draws") == 1
    with pytest.raises(ValueError, match="draws is 0; allowed: 1 and more; raise it"):
        at_least_one(0, "draws")
