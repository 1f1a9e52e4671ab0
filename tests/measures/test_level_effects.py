from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.group_sums import random_clusters
from mores.measures.level_effects import effect_intervals, level_effects

SIZES = (2, 3, 4)
NAN = float("nan")


def grid() -> np.ndarray:
    return np.stack(np.unravel_index(np.arange(24), SIZES), axis=1)


def test_by_hand() -> None:
    levels = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    found = level_effects([[0.0], [2], [10], [12]], levels, (2, 2))
    assert found.means[:, 0].tolist() == pytest.approx([1, 11, 5, 7])
    assert found.movement[:, 0].tolist() == pytest.approx([-5, 5, -1, 1])
    assert found.eta2[:, 0].tolist() == pytest.approx([25 / 26, 1 / 26])
    assert found.explained[0] == pytest.approx(1)
    assert found.n.tolist() == [2, 2, 2, 2]


def test_over_a_full_grid_it_is_the_sum_of_squares_between_levels() -> None:
    levels, y = grid(), np.random.default_rng(0).normal(size=(24, 2))
    found = level_effects(y, levels, SIZES)
    first = 0
    for v, size in enumerate(SIZES):
        means = np.stack([y[levels[:, v] == k].mean(axis=0) for k in range(size)])
        own = slice(first, first + size)
        assert found.movement[own] == pytest.approx(means - y.mean(axis=0))
        between = ((means - y.mean(axis=0)) ** 2).mean(axis=0)
        assert found.eta2[v] == pytest.approx(between / y.var(axis=0))
        first += size
    assert found.eta2.sum(axis=0) == pytest.approx(found.explained)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10**6), st.booleans())
def test_in_a_sample_it_is_the_weighted_anova(seed: int, weighted: bool) -> None:
    """Oracle: type II sums of squares of statsmodels."""
    import pandas as pd
    from statsmodels.formula.api import wls
    from statsmodels.stats.anova import anova_lm

    rng = np.random.default_rng(seed)
    levels = np.stack([rng.integers(0, k, 200) for k in SIZES], axis=1)
    y = levels @ [1.0, -0.5, 0.2] + rng.normal(size=200)
    weights = rng.lognormal(size=200) if weighted else np.ones(200)
    table = pd.DataFrame({"y": y, "a": levels[:, 0], "b": levels[:, 1], "c": levels[:, 2]})
    fit = wls("y ~ C(a) + C(b) + C(c)", table, weights=weights).fit()
    total = (weights * (y - np.average(y, weights=weights)) ** 2).sum()
    found = level_effects(y[:, None], levels, SIZES, weights)
    squares = anova_lm(fit, typ=2)["sum_sq"].to_numpy()[:3]
    assert found.eta2[:, 0] == pytest.approx(squares / total)
    assert found.explained[0] == pytest.approx(fit.rsquared)
    gaps = fit.params[["C(b)[T.1]", "C(b)[T.2]"]].to_numpy()
    assert found.movement[3:5, 0] - found.movement[2, 0] == pytest.approx(gaps)
    assert found.movement[2:5].sum() == pytest.approx(0, abs=1e-9)


def test_planted_effects_come_back_with_their_intervals() -> None:
    rng = np.random.default_rng(3)
    levels = np.stack([rng.integers(0, k, 3000) for k in SIZES], axis=1)
    effect = np.array([-0.5, 0.5, 0, 0, 0, -0.3, 0.3, 0.3, -0.3])
    y = effect[np.array([0, 2, 5]) + levels].sum(axis=1) + rng.normal(size=3000)
    y[:10] = NAN
    clusters = random_clusters(3000, 200, 0)
    found = level_effects(y[:, None], levels, SIZES)
    spread = effect_intervals(y[:, None], levels, SIZES, None, clusters, 500, 1)
    assert found.movement[:, 0] == pytest.approx(effect, abs=0.1)
    inside = (spread.movement.low[:, 0] <= effect) & (effect <= spread.movement.high[:, 0])
    assert inside.sum() >= 8
    assert spread.movement.high[0, 0] < 0 < spread.movement.low[1, 0]
    truth = np.array([0.25, 0, 0.09]) / 1.34
    assert ((spread.eta2.low[:, 0] <= truth + 2e-3) & (truth <= spread.eta2.high[:, 0])).all()
    assert found.missing == 10


def test_levels_that_nobody_has_and_variables_that_cannot_be_told_apart() -> None:
    levels = np.array([[0, 0], [0, 0], [1, 1], [1, 1]])
    found = level_effects([[1.0], [2], [3], [4]], levels, (3, 2))
    assert np.isnan(found.movement).all()
    assert found.means[:2, 0].tolist() == [1.5, 3.5]
    levels = np.array([[0, 0], [0, 1], [2, 0], [2, 1]])
    found = level_effects([[1.0], [2], [3], [4]], levels, (3, 2))
    assert found.movement[[0, 2, 3, 4], 0] == pytest.approx([-1, 1, -0.5, 0.5])
    assert np.isnan(found.movement[1, 0])
    assert found.n.tolist() == [2, 0, 2, 2, 2]


def test_a_constant_outcome_has_no_shares_and_nothing_gives_nothing() -> None:
    found = level_effects(np.full((24, 1), 0.1), grid(), SIZES)
    assert np.isnan(found.eta2).all()
    assert found.movement[:, 0] == pytest.approx(0, abs=1e-12)
    none = level_effects(np.full((24, 1), NAN), grid(), SIZES)
    assert none.missing == 24
    assert np.isnan(none.means).all()


@pytest.mark.parametrize(
    ("levels", "sizes", "message"),
    [
        ([[0, 5]], (2, 2), "runs to"),
        ([[0.5, 1]], (2, 2), "number the levels from 0"),
        ([[0]], (2, 2), "outcomes has shape"),
    ],
)
def test_what_is_refused(levels: list, sizes: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        level_effects([[1.0]], levels, sizes)
