"""Checks of tables of levels and of weights."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from mores.measures.factorial import GRID_SIZES, level_table, row_weights
from mores.personas.variables import N_CONFIGURATIONS, variables


def test_the_grid_is_that_of_the_personas():
    assert tuple(len(variable.levels) for variable in variables()) == GRID_SIZES
    assert prod(GRID_SIZES) == N_CONFIGURATIONS


def test_levels_come_back_as_they_are():
    given = np.array([[0, 1], [2, 0]], dtype=np.int8)
    found = level_table(given, (3, 2))
    np.testing.assert_array_equal(found, given)
    assert found.dtype == np.int64
    assert level_table(np.empty((0, 2)), (3, 2)).shape == (0, 2)


@pytest.mark.parametrize("bad", [[[3, 0]], [[0, -1]], [[0.5, 0.5]], [[0]], [0, 0], [[True, False]]])
def test_other_levels_are_refused(bad):
    with pytest.raises(ValueError, match="allowed"):
        level_table(bad, (3, 2))


def test_weights_are_1_by_default():
    np.testing.assert_array_equal(row_weights(None, 3), [1, 1, 1])
    np.testing.assert_array_equal(row_weights([0, 2, 1], 3), [0, 2, 1])
    for bad in ([1.0], [1, 1, -1], [1, 1, np.nan]):
        with pytest.raises(ValueError, match="weights"):
            row_weights(bad, 3)
