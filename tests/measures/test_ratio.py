from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mores.measures.ratio import ratio


def test_by_hand() -> None:
    numbers = ratio([1.0, 0.0, 2.0, np.nan], [2.0, 0.0, 0.0, 1.0])
    np.testing.assert_array_equal(numbers, [0.5, np.nan, np.nan, np.nan])
    assert ratio(1, [[2], [4]]).shape == (2, 1)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_is_division_elsewhere(above, below) -> None:
    assert ratio(above, below) == above / below
    assert np.isnan(ratio(above, 0.0))
