from __future__ import annotations

import numpy as np
import pytest

from mores.measures.shares import weighted_shares
from mores.personas.grid import index_of
from mores.personas.priors import Pool, independent, level_shares, prior_of, raked
from mores.personas.variables import N_CONFIGURATIONS, variables

SIZES = [len(variable.levels) for variable in variables()]
FIRST = [0] * 10
LAST = [size - 1 for size in SIZES]


def margins(shares):
    table = np.asarray(shares).reshape(SIZES)
    return [table.sum(axis=tuple(a for a in range(10) if a != v)) for v in range(10)]


def lacking(levels, *places):
    return [-1 if v in places else level for v, level in enumerate(levels)]


def random_levels(rng, n, unknown=0.1):
    levels = np.stack([rng.integers(size, size=n) for size in SIZES], axis=1)
    levels[rng.random(levels.shape) < unknown] = -1
    return levels[(levels >= 0).any(axis=1)]


def test_the_independent_distribution_by_hand():
    # two alike: each margin is (2 · 1 + 1/k) / 3 at the level that they hold
    found = independent([FIRST, FIRST], [1.0, 1.0])
    assert found[0] == pytest.approx(np.prod([(2 + 1 / size) / 3 for size in SIZES]))
    assert found[-1] == pytest.approx(np.prod([1 / size / 3 for size in SIZES]))
    assert found.sum() == pytest.approx(1)


def test_level_shares_leave_out_who_is_not_known():
    rng = np.random.default_rng(2)
    levels = random_levels(rng, 300, 0.3)
    weights = rng.gamma(2, size=len(levels))
    oracle = weighted_shares(levels.T, SIZES, weights, np.zeros(len(levels), int), 1).shares[0]
    for own, theirs in zip(level_shares(levels, weights), oracle, strict=True):
        np.testing.assert_allclose(own, theirs[: len(own)])


def test_groups_are_mixed_by_their_weight_and_differ_without_association():
    # Two groups that hold opposite levels, the second without the last variable.
    levels = [FIRST, FIRST, lacking(LAST, 9)]
    weights = np.array([1.0, 1.0, 6.0])
    found = independent(levels, weights, [0, 0, 3])
    one = independent([FIRST, FIRST], [1.0, 1.0])
    two = independent([LAST], [1.0]).reshape(-1, 3).sum(axis=1)
    last = np.array([2 + 1 / 3, 1 / 3, 1 / 3]) / 3  # the margin of those who tell it
    wanted = 0.25 * one + 0.75 * (two[:, None] * last).ravel()
    np.testing.assert_allclose(found, wanted)


def test_without_associations_in_the_pool_a_country_is_drawn_to_independence():
    rng = np.random.default_rng(6)
    groups = rng.integers(2, size=200)
    pool = independent(random_levels(rng, 200, 0), np.ones(200), groups)
    levels = random_levels(rng, 50, 0.1)
    weights = rng.gamma(2, size=len(levels))
    found = prior_of("hierarchical", levels, weights, pool=Pool(pool, pool))
    np.testing.assert_allclose(found, independent(levels, weights), rtol=1e-9)


def test_raking_takes_the_margins_and_keeps_odds_ratios():
    rng = np.random.default_rng(3)
    pool = rng.gamma(0.5, size=N_CONFIGURATIONS) + 1e-3
    pool /= pool.sum()
    levels = random_levels(rng, 200, 0.1)
    found = raked(pool, levels, np.ones(len(levels)))
    wanted = margins(independent(levels, np.ones(len(levels))))
    for mine, theirs in zip(margins(found), wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
    cells = [index_of([a, *FIRST[1:9], b]) for a, b in [(0, 0), (1, 1), (0, 1), (1, 0)]]

    def odds_ratio(p):
        return p[cells[0]] * p[cells[1]] / (p[cells[2]] * p[cells[3]])

    assert odds_ratio(found) == pytest.approx(odds_ratio(pool))


def test_a_variable_that_nobody_tells_keeps_the_pools_conditional_distribution():
    rng = np.random.default_rng(4)
    pool = rng.gamma(2, size=N_CONFIGURATIONS)
    pool /= pool.sum()
    levels = random_levels(rng, 100, 0)
    levels[:, 3] = -1
    found = raked(pool, levels, np.ones(100)).reshape(SIZES)
    pool = pool.reshape(SIZES)
    np.testing.assert_allclose(
        found[:, :, :, 0] / found.sum(axis=3), pool[:, :, :, 0] / pool.sum(3)
    )
