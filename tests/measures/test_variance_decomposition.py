"""Shares of variance that variables of a factorial explain."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mores.measures.factorial import GRID_SIZES
from mores.measures.moral_foundations import inferred_grid
from mores.measures.variance_decomposition import (
    decomposition_interval,
    full_grid_decomposition,
    sample_decomposition,
    shapley_shares,
)

SMALL = (3, 2, 4)
LEVELS = np.stack(np.unravel_index(np.arange(24), SMALL), axis=1)
outcomes = hnp.arrays(np.float64, (24, 2), elements=st.floats(-5, 5).map(lambda x: round(x, 3)))


def anova(y, levels, weights=None):
    """Type II sums of squares by statsmodels, as eta², partial eta², omega², residual."""
    import pandas as pd
    from statsmodels.formula.api import ols, wls
    from statsmodels.stats.anova import anova_lm

    names = [f"v{v}" for v in range(levels.shape[1])]
    frame = pd.DataFrame(dict(zip(names, levels.T, strict=True))).assign(y=y)
    formula = "y ~ " + " + ".join(f"C({name})" for name in names)
    if weights is None:
        fit, weights = ols(formula, frame).fit(), np.ones(len(y))
    else:
        fit = wls(formula, frame, weights=weights).fit()
    table = anova_lm(fit, typ=2)
    ss, df = table["sum_sq"].to_numpy(), table["df"].to_numpy()
    total = (weights * (y - np.average(y, weights=weights)) ** 2).sum()
    error = ss[-1] / df[-1]
    return (
        ss[:-1] / total,
        ss[:-1] / (ss[:-1] + ss[-1]),
        (ss[:-1] - df[:-1] * error) / (total + error),
        ss[-1] / total,
    )


# --- the full grid -----------------------------------------------------------------------------------


def test_two_by_two_by_hand():
    # means of the rows 2 and 6, of the columns 3 and 5, total sum of squares 8 + 8 + 4 = 20
    found = full_grid_decomposition([1.0, 3.0, 5.0, 7.0], sizes=(2, 2))
    np.testing.assert_allclose(found.eta2[:, 0], [16 / 20, 4 / 20])
    np.testing.assert_allclose(found.partial_eta2[:, 0], [1, 1])
    np.testing.assert_allclose([found.residual[0], found.total[0]], [0, 5], atol=1e-12)
    crossed = full_grid_decomposition([1.0, 0.0, 0.0, 1.0], sizes=(2, 2))  # an interaction alone
    np.testing.assert_allclose(crossed.eta2, 0, atol=1e-12)
    assert crossed.residual[0] == 1
    assert crossed.n[0] == 4
    assert crossed.df[:, 0].tolist() == [1, 1]


def test_it_is_an_analysis_of_variance_on_all_configurations():
    rng = np.random.default_rng(0)
    levels = np.stack(np.unravel_index(np.arange(93_312), GRID_SIZES), axis=1)
    grid = inferred_grid(rng.uniform(1, 5, (32, 6)))
    grid += 0.2 * levels[:, [0]] * levels[:, [5]] + rng.normal(0, 0.2, grid.shape)
    found = full_grid_decomposition(grid)
    for f in (5,):
        eta2, partial, omega2, residual = anova(grid[:, f], levels)
        np.testing.assert_allclose(found.eta2[:, f], eta2, atol=1e-10)
        np.testing.assert_allclose(found.partial_eta2[:, f], partial, atol=1e-10)
        np.testing.assert_allclose(found.omega2[:, f], omega2, atol=1e-10)
        assert found.residual[f] == pytest.approx(residual, abs=1e-10)
    np.testing.assert_allclose(found.shared, 0, atol=1e-10)


def test_an_inferred_profile_has_no_interactions():
    matrix = np.random.default_rng(1).uniform(1, 5, (32, 6))
    found = full_grid_decomposition(inferred_grid(matrix))
    np.testing.assert_allclose(found.eta2.sum(axis=0), 1)
    np.testing.assert_array_equal(found.residual, 0)
    # from the matrix alone: the variance of each variable's scores
    parts = np.split(matrix, np.cumsum(GRID_SIZES)[:-1])
    own = np.array([part.var(axis=0) for part in parts])
    np.testing.assert_allclose(found.eta2, own / own.sum(axis=0))
    np.testing.assert_allclose(found.total, own.sum(axis=0) / 100)


def test_a_variable_without_effect_has_no_partial_share_by_rounding():
    matrix = np.zeros((32, 1))
    matrix[:4, 0] = [0.1, 0.2, 0.3, 0.7]
    found = full_grid_decomposition(inferred_grid(matrix) + 1 / 3)
    np.testing.assert_allclose(found.eta2[:, 0], [1, *[0] * 9], atol=1e-12)
    assert found.partial_eta2[0, 0] == 1
    assert np.isnan(found.partial_eta2[1:]).all()  # 0 of 0


def test_no_variance_has_no_shares():
    matrix = np.tile([[2.1, 3.3]], (32, 1))
    found = full_grid_decomposition(inferred_grid(matrix))
    assert np.isnan(found.eta2).all()
    assert np.isnan(found.residual).all()
    np.testing.assert_array_equal(found.total, 0)


def test_a_missing_value_on_the_grid_leaves_that_outcome_without_shares():
    values = np.random.default_rng(0).normal(size=(24, 2))
    values[3, 0] = np.nan
    found = full_grid_decomposition(values, SMALL)
    assert np.isnan(found.eta2[:, 0]).all()
    assert not np.isnan(found.eta2[:, 1]).any()
    assert found.n.tolist() == [23, 24]
    sample = sample_decomposition(values, LEVELS, sizes=SMALL)
    assert not np.isnan(sample.eta2).any()
    assert sample.n.tolist() == [23, 24]


@settings(max_examples=50)
@given(outcomes, st.floats(-3, 3), st.sampled_from([-2.0, 0.5, 10.0]))
def test_shares_add_up_and_ignore_the_unit(values, shift, scale):
    found = full_grid_decomposition(values, SMALL)
    varies = found.total > 1e-6
    parts = found.eta2.sum(axis=0) + found.residual + found.shared
    np.testing.assert_allclose(parts[varies], 1)
    assert (found.eta2[:, varies] >= 0).all()
    other = full_grid_decomposition(values * scale + shift, SMALL)
    np.testing.assert_allclose(other.eta2[:, varies], found.eta2[:, varies], atol=1e-7)
    np.testing.assert_allclose(other.total, found.total * scale**2, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(outcomes)
def test_a_sample_of_everything_is_the_grid(values):
    grid = full_grid_decomposition(values, SMALL)
    varies = grid.total > 1e-6
    order = np.random.default_rng(0).permutation(24)
    for weights in (None, np.full(24, 7.0)):
        sample = sample_decomposition(values[order], LEVELS[order], weights, SMALL)
        for name in ("eta2", "residual", "shared", "total", "omega2"):
            one, other = getattr(sample, name), getattr(grid, name)
            np.testing.assert_allclose(one[..., varies], other[..., varies], atol=1e-7)
    shares = shapley_shares(values, LEVELS, sizes=SMALL)
    np.testing.assert_allclose(shares[:, varies], grid.eta2[:, varies], atol=1e-7)


# --- samples -----------------------------------------------------------------------------------------


def drawn(n: int = 300, seed: int = 0):
    """Levels that go together, outcomes with main effects, an interaction and noise."""
    rng = np.random.default_rng(seed)
    levels = np.stack([rng.integers(0, k, n) for k in SMALL], axis=1)
    levels[:, 1] = np.where(rng.random(n) < 0.6, levels[:, 0] > 0, levels[:, 1])
    y = levels @ [0.5, 1.0, -0.3] + 0.4 * levels[:, 0] * levels[:, 2] + rng.normal(size=n)
    return np.stack([y, rng.normal(size=n)], axis=1), levels, rng.uniform(0.2, 3, n)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_sample_has_type_ii_sums_of_squares(weighted):
    values, levels, w = drawn()
    weights = w if weighted else None
    found = sample_decomposition(values, levels, weights, SMALL)
    for f in range(2):
        eta2, partial, omega2, residual = anova(values[:, f], levels, weights)
        np.testing.assert_allclose(found.eta2[:, f], eta2, atol=1e-10)
        np.testing.assert_allclose(found.partial_eta2[:, f], partial, atol=1e-10)
        assert found.residual[f] == pytest.approx(residual)
        if weighted:
            assert np.isnan(found.omega2).all()
        else:
            np.testing.assert_allclose(found.omega2[:, f], omega2, atol=1e-10)
    assert found.shared[0] > 0.01  # variables go together
    np.testing.assert_allclose(found.eta2.sum(axis=0) + found.shared + found.residual, 1)


def test_missing_outcomes_and_weights_of_0_leave_rows_out():
    values, levels, w = drawn()
    values[:20, 0] = np.nan
    w[20:30] = 0
    found = sample_decomposition(values, levels, w, SMALL)
    assert found.n.tolist() == [270, 290]
    alone = sample_decomposition(values[30:, 0], levels[30:], w[30:], SMALL)
    np.testing.assert_allclose(found.eta2[:, 0], alone.eta2[:, 0])


def test_levels_that_do_not_occur_have_no_degree_of_freedom():
    values, levels, _ = drawn()
    rows = levels[:, 2] != 3
    found = sample_decomposition(values[rows], levels[rows], sizes=SMALL)
    assert found.df[:, 0].tolist() == [2, 1, 2]
    eta2, *_ = anova(values[rows, 0], levels[rows])
    np.testing.assert_allclose(found.eta2[:, 0], eta2, atol=1e-10)
    one = levels.copy()
    one[:, 2] = 1
    found = sample_decomposition(values, one, sizes=SMALL)
    assert found.eta2[2, 0] == 0
    assert found.df[2, 0] == 0


def test_variables_that_determine_each_other_add_nothing_and_share():
    values, levels, _ = drawn()
    levels[:, 1] = levels[:, 0] > 0
    found = sample_decomposition(values, levels, sizes=SMALL)
    assert found.eta2[1, 0] == pytest.approx(0, abs=1e-10)
    twin = np.stack([levels[:, 1], levels[:, 1]], axis=1)
    found = sample_decomposition(values[:, 0], twin, sizes=(2, 2))
    np.testing.assert_allclose(found.eta2, 0, atol=1e-10)
    shares = shapley_shares(values[:, 0], twin, sizes=(2, 2))[:, 0]
    np.testing.assert_allclose(shares, found.shared[0] / 2)


def test_shapley_shares_are_means_over_orders():
    values, levels, w = drawn()

    def r2(chosen):
        blocks = [np.eye(SMALL[v])[levels[:, v]] for v in chosen]
        x = np.concatenate([np.ones((len(levels), 1)), *blocks], axis=1) * np.sqrt(w)[:, None]
        y = values[:, 0] * np.sqrt(w)
        left = ((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum()
        mean = np.average(values[:, 0], weights=w)
        return 1 - left / (w * (values[:, 0] - mean) ** 2).sum()

    expected = np.zeros(3)
    for order in permutations(range(3)):
        for place, v in enumerate(order):
            expected[v] += (r2(order[: place + 1]) - r2(order[:place])) / 6
    found = shapley_shares(values, levels, w, SMALL)
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-10)
    whole = sample_decomposition(values, levels, w, SMALL)
    np.testing.assert_allclose(found.sum(axis=0), 1 - whole.residual)
    assert (found > 0).all()


def test_whole_weights_count_as_repeated_rows():
    values, levels, _ = drawn(80)
    w = np.random.default_rng(4).integers(0, 4, 80)
    weighted = sample_decomposition(values, levels, w, SMALL)
    repeated = sample_decomposition(
        np.repeat(values, w, axis=0), np.repeat(levels, w, axis=0), sizes=SMALL
    )
    np.testing.assert_allclose(weighted.eta2, repeated.eta2, atol=1e-10)
    np.testing.assert_allclose(weighted.shared, repeated.shared, atol=1e-10)


def test_nothing_and_one_row_have_no_shares():
    for n in (0, 1):
        found = sample_decomposition(np.zeros((n, 2)), np.zeros((n, 3), int), sizes=SMALL)
        assert np.isnan(found.eta2).all()
        assert found.n.tolist() == [n, n]
        interval = decomposition_interval(
            np.zeros((n, 2)), np.zeros((n, 3), int), sizes=SMALL, draws=5
        )
        assert interval.low.shape == (3, 2)
        assert np.isnan(interval.low).all()
        assert np.isnan(shapley_shares(np.zeros((n, 2)), np.zeros((n, 3), int), sizes=SMALL)).all()


# --- intervals ---------------------------------------------------------------------------------------


def test_an_interval_is_of_resampled_rows():
    values, levels, w = drawn(120)
    values[:4, 1] = np.nan
    found = decomposition_interval(values, levels, w, SMALL, draws=40, seed=3)
    rng = np.random.default_rng(3)
    taken = rng.integers(0, 120, (40, 120))
    draws = [sample_decomposition(values[i], levels[i], w[i], SMALL).eta2 for i in taken]
    np.testing.assert_allclose(found.low, np.quantile(draws, 0.025, axis=0), atol=1e-10)
    np.testing.assert_allclose(found.high, np.quantile(draws, 0.975, axis=0), atol=1e-10)


def test_an_interval_is_the_same_with_the_same_seed_and_holds_the_truth():
    rng = np.random.default_rng(5)
    levels = np.stack([rng.integers(0, k, 1_000) for k in SMALL], axis=1)
    y = levels[:, 1] * 1.0 + rng.normal(0, 1, 1_000)  # 0.25 of 1.25
    one = decomposition_interval(y, levels, sizes=SMALL, draws=300, seed=1)
    other = decomposition_interval(y, levels, sizes=SMALL, draws=300, seed=1)
    np.testing.assert_array_equal(one.low, other.low)
    assert one.low[1, 0] < 0.2 < one.high[1, 0]
    assert one.high[0, 0] < 0.05


def test_a_flat_outcome_has_no_interval():
    _, levels, _ = drawn(50)
    found = decomposition_interval(np.full(50, 1 / 3), levels, sizes=SMALL, draws=20)
    assert np.isnan(found.high).all()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((np.zeros((3, 1)), np.zeros((2, 3), int)), "2 rows and values 3"),
        ((np.zeros((1, 1)), np.array([[3, 0, 0]])), "level 3 of variable 0"),
        ((np.zeros((1, 1, 1)), np.zeros((1, 3), int)), "shape"),
        ((np.zeros(2), np.zeros((2, 3), int), [1.0, -1.0]), "weights"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, said):
    for measure in (sample_decomposition, shapley_shares, decomposition_interval):
        with pytest.raises(ValueError, match=said):
            measure(*arguments, sizes=SMALL)


def test_the_grid_and_the_options_of_an_interval_are_checked():
    with pytest.raises(ValueError, match="93,312"):
        full_grid_decomposition(np.zeros((5, 6)))
    values, levels, _ = drawn(10)
    with pytest.raises(ValueError, match="draws is 0"):
        decomposition_interval(values, levels, sizes=SMALL, draws=0)
    with pytest.raises(ValueError, match="level is 95"):
        decomposition_interval(values, levels, sizes=SMALL, level=95)
