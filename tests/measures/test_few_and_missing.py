"""What few clusters and missing repeats do: flips, expanded intervals, bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from mores.measures.agreement import f1_agree, f1_agree_bounds
from mores.measures.alignment import alignment_distance, distance_bounds, mean_score
from mores.measures.comparison import paired_wilcoxon, sign_flip_test
from mores.measures.resampling import ClusterBootstrap, expanded_level, percentile_interval

SCALE = (-1.0, 1.0)
scores = arrays(float, (4, 3), elements=st.sampled_from([-1, -0.6, -0.2, 0.2, 0.6, 1, np.nan]))


def test_a_flip_test_by_hand():
    # differences 1, 2, 3: of the 8 sign patterns two have a mean of at least 2 in magnitude
    found = sign_flip_test([2, 4, 6], [1, 2, 3], 20_000, 1)
    assert found.statistic == 2
    assert found.n == 3
    assert found.effect == 2.0  # mean 2, standard deviation 1
    assert abs(found.p - 2 / 8) < 0.015


def test_the_flip_test_agrees_with_scipy():
    rng = np.random.default_rng(3)
    x, y = rng.normal(0.3, 1, 40), rng.normal(0, 1, 40)
    expected = stats.permutation_test(
        (x, y), lambda a, b: (a - b).mean(), permutation_type="samples", n_resamples=20_000, rng=rng
    )
    assert abs(sign_flip_test(x, y, 20_000, 5).p - expected.pvalue) < 0.015


@given(arrays(float, 12, elements=st.floats(-2, 2)))
def test_turning_the_sides_turns_the_sign_and_keeps_p(x):
    forth, back = (sign_flip_test(*pair, 200, 7) for pair in ((x, x * 0), (x * 0, x)))
    assert forth.p == back.p
    assert forth.statistic == pytest.approx(-back.statistic)


def test_nothing_to_flip():
    assert sign_flip_test([1, 1], [1, 1], 100, 0).p == 1
    assert np.isnan(sign_flip_test([np.nan], [1], 100, 0).p)


def test_one_baseline_against_the_mean_of_twelve_keeps_its_level_where_ranks_do_not():
    """Averaging takes the skew from one side; all thirteen come from one distribution."""
    rng = np.random.default_rng(11)
    flips = ranks = 0
    tries = 300
    for seed in range(tries):
        distances = rng.exponential(0.4, (300, 13))
        sides = distances[:, 0], distances[:, 1:].mean(axis=1)
        flips += sign_flip_test(*sides, 400, seed).p < 0.05
        ranks += paired_wilcoxon(*sides).p < 0.05
    assert 0.02 <= flips / tries <= 0.085  # three standard errors around 5 %
    assert ranks / tries > 0.15


def test_an_expanded_level_by_hand():
    # n = 5: t(.975, 4) = 2.7764; times sqrt(5/4) = 3.1042; 1 - 2 * Phi(-3.1042) = .99809
    assert expanded_level(0.95, 5) == pytest.approx(0.99809, abs=2e-5)
    assert expanded_level(0.95, 100_000) == pytest.approx(0.95, abs=1e-5)
    assert 0.999 < expanded_level(0.95, 2) < 1  # a level, though it rounds to 1
    with pytest.raises(ValueError, match="2 and more"):
        expanded_level(0.95, 1)


@pytest.mark.parametrize(("n", "least"), [(5, 0.85), (10, 0.91), (30, 0.925)])
def test_expanded_intervals_of_few_clusters_cover_better(n, least):
    rng = np.random.default_rng(n)
    plain = expanded = 0
    tries = 400
    for seed in range(tries):
        x = rng.normal(size=n)
        draws = ClusterBootstrap.draw(n, 1000, seed).mean(x, np.ones(n))
        for level in (0.95, expanded_level(0.95, n)):
            interval = percentile_interval(draws, level)
            hit = interval.low <= 0 <= interval.high
            plain, expanded = plain + (hit and level == 0.95), expanded + (hit and level != 0.95)
    assert plain < expanded
    assert least <= expanded / tries <= 0.985


def test_bounds_of_a_distance_by_hand():
    value, action = [[1.0, 0.6, np.nan]], [[0.2, 0.2, 0.2]]
    low, high = distance_bounds(value, action, SCALE, SCALE)
    # the third answer is anything: v lies in (1.6 - 1)/3 … (1.6 + 1)/3 = .2 … .8667
    assert low == pytest.approx([0.0])
    assert high == pytest.approx([2.6 / 3 - 0.2])


@given(scores, scores)
def test_bounds_hold_whatever_is_filled_in_and_are_tight(value, action):
    low, high = distance_bounds(value, action, SCALE, SCALE)
    assert (low >= 0).all()
    assert (high <= 2 + 1e-12).all()
    for fill in (-1.0, 0.2, 1.0):
        for other in (-1.0, 0.6, 1.0):
            full = np.where(np.isnan(value), fill, value), np.where(np.isnan(action), other, action)
            distance = alignment_distance(mean_score(full[0]), mean_score(full[1]))
            assert (low - 1e-12 <= distance).all()
            assert (distance <= high + 1e-12).all()
    complete = ~(np.isnan(value).any(axis=1) | np.isnan(action).any(axis=1))
    assert low[complete] == pytest.approx(high[complete])


@given(st.lists(st.integers(0, 5), min_size=4, max_size=4), st.integers(0, 3))
def test_bounds_of_f1_hold_for_every_way_to_fill_what_is_missing(counts, missing):
    low, high = f1_agree_bounds(counts, missing)
    for a in range(missing + 1):
        for b in range(missing + 1 - a):
            filled = np.add(counts, [a, b, 0, missing - a - b])
            found = f1_agree(filled)
            if not np.isnan(found):
                assert low - 1e-12 <= found <= high + 1e-12
    if missing == 0 and not np.isnan(low):
        assert low == high == f1_agree(counts)
