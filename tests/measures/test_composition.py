"""Compositions: a hand-worked distance, its interval, and what chance alone would give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.measures.composition import composition_gap


def test_a_distance_worked_by_hand():
    # |.5 - .4| + |.3 - .4| + |.2 - .2| = .2, halved
    found = composition_gap([50, 30, 20], [0.4, 0.4, 0.2], 1000)
    assert found.distance == pytest.approx(0.1)
    assert found.interval.low < 0.1 < found.interval.high
    assert 0 < found.chance < found.distance


def test_chance_is_the_expected_distance_of_samples_of_that_size():
    # two kinds of share 1/2: E|p - 1/2| = 0.5 E|2p - 1|; of n = 2 draws, p is 0, 1/2, 1
    found = composition_gap([1, 1], [0.5, 0.5], 100, draws=40_000)
    assert found.chance == pytest.approx(0.25, abs=0.01)


def test_the_interval_covers_a_true_distance():
    truth, humans = np.array([0.5, 0.2, 0.3]), np.array([0.3, 0.3, 0.4])
    random = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        shares = random.multinomial(800, humans) / 800
        found = composition_gap(random.multinomial(400, truth), shares, 800, 400, seed=random)
        hits += bool(found.interval.low <= 0.2 <= found.interval.high)
    assert hits >= 180


@given(st.lists(st.integers(0, 50), min_size=2, max_size=6), st.integers(0, 99))
def test_between_none_and_all_and_the_same_for_a_seed(counts, seed):
    shares = np.arange(1, len(counts) + 1)
    found = composition_gap(counts, shares, 50, draws=20, seed=seed)
    if sum(counts) == 0:
        assert np.isnan(found.distance)
        assert np.isnan(found.interval.low)
        return
    assert 0 <= found.interval.low <= found.interval.high <= 1
    assert 0 <= found.distance <= 1
    again = composition_gap(counts, shares, 50, draws=20, seed=seed)
    assert (again.chance, float(again.interval.low)) == (found.chance, float(found.interval.low))


@pytest.mark.parametrize(
    ("counts", "shares", "n", "said"),
    [
        ([1, 2], [0.2, 0.3, 0.5], 10, "options"),
        ([1, -2], [0.5, 0.5], 10, "negative"),
        ([1, 2], [0.5, np.nan], 10, "missing"),
        ([1, 2], [0.5, 0.5], 0, "n_effective"),
    ],
)
def test_what_cannot_be_compared_is_refused(counts, shares, n, said):
    with pytest.raises(ValueError, match=said):
        composition_gap(counts, shares, n)
