from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mores.measures.ties import settled, settled_differences

fifteenths = st.lists(st.integers(-15, 15), min_size=1, max_size=20)


def noisy(numerators: list[int], seed: int, denominator: int = 15) -> np.ndarray:
    noise = 1 + 1e-15 * np.random.default_rng(seed).normal(size=len(numerators))
    return np.array(numerators) / denominator * noise


def test_by_hand() -> None:
    assert settled(np.array([0.1 + 0.2, 0.3, -0.6])).tolist() == [0.3, 0.3, -0.6]
    assert settled(np.zeros(2)).tolist() == [0.0, 0.0]
    assert settled(np.array([])).size == 0
    differences = settled_differences(np.array([0.1 + 0.2, 0.9, 0.3]), np.array([0.3, 0.3, 0.9]))
    assert differences[0] == 0.0
    assert differences[1] == -differences[2] > 0
    assert settled_differences(np.array([]), np.array([])).size == 0


@given(fifteenths, st.integers(0, 99), st.floats(1e-6, 1e6), st.sampled_from([15, 1024]))
def test_noisy_values_rank_as_exact_ones(numerators, seed, unit, denominator) -> None:
    values = unit * noisy(numerators, seed, denominator)
    np.testing.assert_array_equal(stats.rankdata(settled(values)), stats.rankdata(numerators))
    np.testing.assert_allclose(settled(values), values, rtol=1e-12)


@given(fifteenths, st.integers(0, 99))
def test_differences_tie_as_exact_fractions_do(numerators, seed) -> None:
    mirrored = numerators[::-1]
    exact = [Fraction(x - y, 15) for x, y in zip(numerators, mirrored, strict=True)]
    ours = settled_differences(noisy(numerators, seed), noisy(mirrored, seed + 1))
    np.testing.assert_array_equal(
        stats.rankdata(np.abs(ours)), stats.rankdata([abs(float(d)) for d in exact])
    )
    np.testing.assert_array_equal(np.sign(ours), [np.sign(float(d)) for d in exact])
