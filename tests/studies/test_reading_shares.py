"""A share with Wilson's interval, by hand."""

import math

import pytest

from mores.studies.reading_shares import share_with_interval


def test_all_of_two_by_hand():
    # With all of n, Wilson's lower end is n / (n + z²).
    share, low, high = share_with_interval(2, 2)
    assert (share, high) == (1.0, 1.0)
    assert low == pytest.approx(2 / (2 + 1.959963984540054**2))
    assert all(map(math.isnan, share_with_interval(0, 0)))
    with pytest.raises(ValueError, match="count"):
        share_with_interval(3, 2)
