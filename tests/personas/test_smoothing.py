from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.shares import weighted_shares
from mores.personas.grid import index_of, levels_of
from mores.personas.priors import SMOOTHINGS, Pool, level_shares, prior_of
from mores.personas.smoothing import effective_n, patterns, smoothed
from mores.personas.variables import N_CONFIGURATIONS, variables

SIZES = [len(variable.levels) for variable in variables()]
FIRST = [0] * 10
LAST = [size - 1 for size in SIZES]
EVEN = np.full(N_CONFIGURATIONS, 1 / N_CONFIGURATIONS)


def estimated(levels, weights, smoothing="none", alpha=0.0, pool=None):
    found = patterns(levels)
    return smoothed(found, weights, prior_of(smoothing, levels, weights, pool=pool), alpha)[0]


def margins(shares):
    table = np.asarray(shares).reshape(SIZES)
    return [table.sum(axis=tuple(a for a in range(10) if a != v)) for v in range(10)]


def lacking(levels, *places):
    return [-1 if v in places else level for v, level in enumerate(levels)]


def random_levels(rng, n, unknown=0.1):
    levels = np.stack([rng.integers(size, size=n) for size in SIZES], axis=1)
    levels[rng.random(levels.shape) < unknown] = -1
    return levels[(levels >= 0).any(axis=1)]


def test_without_smoothing_the_shares_are_the_weighted_shares():
    shares = estimated([FIRST, FIRST, LAST], [1.0, 2.0, 1.0])
    assert shares[0] == pytest.approx(0.75)
    assert shares[-1] == pytest.approx(0.25)
    assert np.count_nonzero(shares) == 2


def test_additive_smoothing_by_hand():
    # weights 3 and 1: effective n 16 / 10 = 1.6, of which the first has 1.2
    shares = estimated([FIRST, LAST], [3.0, 1.0], "additive", 93.312)
    assert shares[0] == pytest.approx((1.2 + 0.001) / (1.6 + 93.312))
    assert shares[5] == pytest.approx(0.001 / (1.6 + 93.312))


def test_a_partial_respondent_is_spread_over_what_agrees_with_it():
    # Three at the first configuration, one that differs in the last variable, one who lacks it.
    # EM without prior: theta = (3 + t) / 5 with t = theta, so theta = 3/4.
    other = [*FIRST[:9], 1]
    levels = [FIRST, FIRST, FIRST, other, lacking(FIRST, 9)]
    shares = estimated(levels, np.ones(5))
    assert shares[0] == pytest.approx(0.75, abs=1e-4)
    assert shares[index_of(other)] == pytest.approx(0.25, abs=1e-4)
    # the third level, which nobody holds, fades
    assert shares[index_of([*FIRST[:9], 2])] < 1e-4
    assert shares.sum() == pytest.approx(1)


def test_a_partial_respondent_whom_nobody_resembles_keeps_the_prior_within_its_set():
    levels = [LAST, lacking(FIRST, 9)]
    shares = estimated(levels, np.ones(2), "additive", 1e-9)
    np.testing.assert_allclose(shares[:3], 1 / 6, rtol=1e-6)
    assert shares[-1] == pytest.approx(0.5)


def test_em_reaches_the_maximum_of_its_objective():
    rng = np.random.default_rng(0)
    levels = random_levels(rng, 60, 0.2)
    weights = rng.gamma(2, size=len(levels))
    scaled = weights * effective_n(weights) / weights.sum()
    prior = prior_of("independence", levels, weights)
    grid = levels_of(np.arange(N_CONFIGURATIONS))
    sets = [((grid == row) | (row < 0)).all(axis=1) for row in levels]

    def objective(theta):
        within = np.array([theta[held].sum() for held in sets])
        return scaled @ np.log(within) + 50 * (prior @ np.log(theta))

    shares, _ = smoothed(patterns(levels), weights, prior, 50.0)
    best = objective(shares)
    for part in (1e-3, 1e-2, 0.1):
        for elsewhere in (prior, EVEN, estimated(levels, weights, "additive", 50.0)):
            assert objective((1 - part) * shares + part * elsewhere) < best + 1e-4
        moved = shares * rng.gamma(1 / part, size=N_CONFIGURATIONS)
        assert objective(moved / moved.sum()) < best


def test_margins_equal_weighted_shares():
    rng = np.random.default_rng(1)
    levels = random_levels(rng, 300, 0)
    weights = rng.gamma(2, size=300)
    oracle = weighted_shares(levels.T, SIZES, weights, np.zeros(300, int), 1).shares[0]
    for mine, own, theirs in zip(
        margins(estimated(levels, weights)), level_shares(levels, weights), oracle, strict=True
    ):
        np.testing.assert_allclose(mine, theirs[: len(mine)])
        np.testing.assert_allclose(own, theirs[: len(mine)])


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 40),
    unknown=st.sampled_from([0.0, 0.2, 0.5]),
    smoothing=st.sampled_from(SMOOTHINGS),
    alpha=st.sampled_from([0.0, 1.0, 1e3, 1e8]),
    scale=st.sampled_from([1e-6, 3.0, 1e9]),
)
@settings(max_examples=25, deadline=None)
def test_shares_are_a_distribution_whatever_the_order_and_the_scale_of_weights(
    seed, n, unknown, smoothing, alpha, scale
):
    rng = np.random.default_rng(seed)
    levels = random_levels(rng, n + 1, unknown)
    weights = rng.gamma(1, size=len(levels)) + 1e-3
    mass = 0.0 if smoothing == "none" else alpha
    shares = estimated(levels, weights, smoothing, mass, Pool(EVEN, EVEN))
    assert shares.sum() == pytest.approx(1)
    assert (shares >= 0).all()
    order = rng.permutation(len(levels))
    again = estimated(levels[order], weights[order] * scale, smoothing, mass, Pool(EVEN, EVEN))
    np.testing.assert_allclose(again, shares, rtol=1e-6, atol=1e-12)


def test_effective_n_is_kishs():
    assert effective_n([1, 1, 1]) == pytest.approx(3)
    assert effective_n([3, 1]) == pytest.approx(1.6)
    assert effective_n([]) == 0


@pytest.mark.parametrize(
    ("levels", "weights", "told"),
    [
        ([FIRST], [np.nan], "weights is nan at index 0"),
        ([FIRST], [-1.0], "weights is -1"),
        ([FIRST], [0.0], "all 0"),
        ([FIRST], [1.0, 1.0], r"shape \(2,\)"),
    ],
)
def test_unusable_weights_are_refused(levels, weights, told):
    with pytest.raises(ValueError, match=told):
        patterns(levels).evidence(weights)


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ([[4, *FIRST[1:]]], r"levels is 4 at \(0, 0\)"),
        ([[0, 0]], "shape"),
        ([[0.5] * 10], "float64"),
    ],
)
def test_unusable_levels_are_refused(levels, told):
    with pytest.raises(ValueError, match=told):
        patterns(levels)


def test_unknown_smoothing_missing_pool_and_alpha_out_of_range_are_refused():
    with pytest.raises(ValueError, match="did you mean 'additive'"):
        prior_of("aditive", [FIRST], [1.0])
    with pytest.raises(ValueError, match="needs a pool"):
        prior_of("pooled", [FIRST], [1.0])
    for alpha in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="alpha is"):
            smoothed(patterns([FIRST]), [1.0], EVEN, alpha)
