"""Scores on moral foundations, their reliability, and inferred profiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mores.instruments import mfq2
from mores.measures.factorial import GRID_SIZES
from mores.measures.moral_foundations import (
    FOUNDATIONS,
    ITEM_FOUNDATION,
    expected_responses,
    foundation_coverage,
    foundation_scores,
    inferred_grid,
    inferred_profiles,
    reliability,
)
from mores.personas.grid import levels_of
from mores.personas.variables import variables

answers = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.just(36)),
    elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, np.nan]),
)
matrices = hnp.arrays(np.float64, (32, 6), elements=st.floats(1, 5))


def correlated(n: int = 400, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(n, 1, 6))
    noise = rng.normal(size=(n, 6, 6)) * rng.uniform(0.5, 2, (6, 6))
    return np.clip(np.round(3 + trait + noise), 1, 5).reshape(n, 36)


# --- the key -----------------------------------------------------------------------------------


def test_the_key_is_the_instruments():
    assert FOUNDATIONS == mfq2.FOUNDATIONS
    for place, f in enumerate(ITEM_FOUNDATION):
        assert FOUNDATIONS[f] == mfq2.foundation_of(place + 1)


def test_the_grid_is_that_of_the_personas():
    assert tuple(len(variable.levels) for variable in variables()) == GRID_SIZES


# --- scores --------------------------------------------------------------------------------------


def test_a_score_by_hand():
    row = np.ones(36)
    row[[0, 6, 12, 18, 24, 30]] = [1, 2, 3, 4, 5, 5]  # care: 20 / 6
    row[5] = 5  # purity: (5 + 5 * 1) / 6
    scores = foundation_scores([row])
    np.testing.assert_allclose(scores, [[20 / 6, 1, 1, 1, 1, 10 / 6]])


def test_missing_answers_make_a_score_missing_unless_fewer_are_enough():
    row = np.full(36, 2.0)
    row[0], row[6] = np.nan, 5  # care: 5, 2, 2, 2, 2 are left
    assert np.isnan(foundation_scores([row])[0, 0])
    assert foundation_scores([row])[0, 1] == 2
    assert foundation_scores([row], least_answered=5)[0, 0] == 13 / 5
    np.testing.assert_array_equal(foundation_coverage([row]), [[5, 6, 6, 6, 6, 6]])


def test_nobody_and_nothing_answered():
    assert foundation_scores(np.empty((0, 36))).shape == (0, 6)
    assert np.isnan(foundation_scores(np.full((1, 36), np.nan), least_answered=1)).all()


@given(answers, st.integers(1, 6))
def test_scores_stay_on_the_scale_and_follow_it(table, least):
    scores = foundation_scores(table, least_answered=least)
    known = scores[~np.isnan(scores)]
    assert ((known >= 1) & (known <= 5)).all()
    np.testing.assert_allclose(foundation_scores(6 - table, least_answered=least), 6 - scores)
    np.testing.assert_array_equal(np.isnan(scores), foundation_coverage(table) < least)
    for f in range(6):  # an independent way to take the items
        columns = [p for p in range(36) if p % 6 == f]
        enough = foundation_coverage(table)[:, f] >= least
        np.testing.assert_allclose(scores[enough, f], np.nanmean(table[enough][:, columns], axis=1))


@given(answers)
def test_certain_distributions_score_as_the_answers_do(table):
    options = np.arange(1, 6)
    certain = (table[..., None] == options).astype(float)
    certain[np.isnan(table)] = np.nan
    np.testing.assert_array_equal(expected_responses(certain), table)
    np.testing.assert_array_equal(foundation_scores(certain), foundation_scores(table))


def test_a_distribution_scores_as_its_mean():
    shares = np.tile([0.1, 0.2, 0.3, 0.4, 0.0], (1, 36, 1))
    np.testing.assert_allclose(foundation_scores(shares), 3.0)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (np.ones((2, 35)), "36"),
        (np.ones(36), "shape"),
        (np.zeros((1, 36)), "respondent 0 answers item 1 with 0"),
        (np.full((1, 36), 6.0), "1 to 5"),
        (np.ones((1, 36, 4)), "options"),
        (np.full((1, 36, 5), 0.3), "sum to 1"),
        (np.tile([-0.2, 0.2, 0.3, 0.3, 0.4], (1, 36, 1)), "negative"),
        (np.full((1, 36), np.inf), "finite"),
    ],
)
def test_answers_off_the_scale_are_refused(bad, said):
    with pytest.raises(ValueError, match=said):
        foundation_scores(bad)


@pytest.mark.parametrize("least", [0, 7])
def test_least_answered_is_checked(least):
    with pytest.raises(ValueError, match="1 … 6"):
        foundation_scores(np.ones((1, 36)), least_answered=least)


# --- reliability -----------------------------------------------------------------------------------


def test_alpha_by_the_textbook():
    table = correlated()
    found = reliability(table)
    for f in range(6):
        items = table[:, f::6]
        variances = items.var(axis=0, ddof=1).sum()
        alpha = 6 / 5 * (1 - variances / items.sum(axis=1).var(ddof=1))
        assert found.alpha[f] == pytest.approx(alpha, abs=1e-12)
    assert found.n.tolist() == [400] * 6


def test_alpha_by_hand():
    table = np.full((3, 36), 3.0)
    table[:, [0, 6, 12, 18, 24, 30]] = np.array([[1], [3], [5]])  # six items that agree: 1
    table[0, 1] = 1  # one item varies, five do not: 6/5 (1 - v / v) = 0
    found = reliability(table)
    np.testing.assert_allclose(found.alpha[:2], [1, 0], atol=1e-12)
    assert np.isnan(found.alpha[2:]).all()
    assert found.omega[0] == pytest.approx(1)
    assert np.isnan(found.omega[1:]).all()


def test_omega_is_that_of_a_least_squares_factor():
    from scipy.optimize import minimize

    table = correlated(seed=3)
    s = np.cov(table[:, 0::6], rowvar=False, ddof=0)
    sd = np.sqrt(np.diag(s))
    off = ~np.eye(6, dtype=bool)
    r = s / np.outer(sd, sd)
    fit = minimize(lambda x: ((r - np.outer(x, x))[off] ** 2).sum(), np.full(6, 0.5), tol=1e-14)
    common = (fit.x * sd).sum() ** 2
    unique = ((1 - fit.x**2) * sd**2).sum()
    assert reliability(table).omega[0] == pytest.approx(common / (common + unique), abs=1e-5)


def test_omega_recovers_planted_loadings():
    rng = np.random.default_rng(1)
    loading = np.array([0.3, 0.5, 0.6, 0.6, 0.7, 0.8])
    trait = rng.normal(size=(20_000, 1))
    items = loading * trait + rng.normal(size=(20_000, 6)) * np.sqrt(1 - loading**2)
    table = np.repeat(np.clip(3 + items / 3, 1, 5), 6, axis=1)  # hardly ever clipped
    truth = loading.sum() ** 2 / (loading.sum() ** 2 + (1 - loading**2).sum())
    np.testing.assert_allclose(reliability(table).omega, truth, atol=0.01)
    assert (reliability(table).alpha < reliability(table).omega).all()


def test_whole_weights_count_as_repeated_rows():
    table, w = correlated(40), np.random.default_rng(2).integers(0, 4, 40)
    weighted, repeated = reliability(table, w), reliability(np.repeat(table, w, axis=0))
    np.testing.assert_allclose(weighted.alpha, repeated.alpha)
    np.testing.assert_allclose(weighted.omega, repeated.omega)
    assert (weighted.n == (w > 0).sum()).all()


def test_only_complete_respondents_enter_a_foundation():
    table = correlated(50)
    holed = table.copy()
    holed[:7, 0] = np.nan
    found = reliability(holed)
    assert found.n.tolist() == [43, 50, 50, 50, 50, 50]
    assert found.alpha[0] == reliability(table[7:]).alpha[0]
    assert np.isnan(reliability(table[:1]).alpha).all()


@pytest.mark.parametrize("w", [[1.0], [-1.0] * 50, [np.nan] * 50])
def test_weights_are_checked(w):
    with pytest.raises(ValueError, match="weights"):
        reliability(correlated(50), w)


# --- inferred profiles -------------------------------------------------------------------------------


def test_a_profile_by_hand():
    matrix = np.arange(4.0).reshape(4, 1)  # two variables of two levels: 0, 1 and 2, 3
    found = inferred_profiles(matrix, [[0, 0], [1, 1], [0, 1]], sizes=(2, 2))
    np.testing.assert_array_equal(found, [[1.0], [2.0], [1.5]])
    np.testing.assert_array_equal(inferred_grid(matrix, sizes=(2, 2)), [[1.0], [1.5], [1.5], [2.0]])


def test_the_grid_holds_the_profile_of_every_configuration():
    matrix = np.random.default_rng(0).uniform(1, 5, (32, 6))
    grid = inferred_grid(matrix)
    assert grid.shape == (93_312, 6)
    np.testing.assert_array_equal(grid, inferred_profiles(matrix, levels_of(np.arange(93_312))))
    # by a product with the indicators of the levels
    index = np.array([0, 1, 40_000, 93_311])
    levels = levels_of(index)
    indicators = np.concatenate(
        [np.eye(size)[levels[:, v]] for v, size in enumerate(GRID_SIZES)], axis=1
    )
    np.testing.assert_allclose(grid[index], indicators @ matrix / 10)


@settings(max_examples=20)
@given(matrices, st.floats(-2, 2), st.integers(0, 93_311))
def test_profiles_are_linear_in_the_scores(matrix, shift, index):
    levels = levels_of([index])
    profile = inferred_profiles(matrix, levels)
    assert (profile >= matrix.min(axis=0) - 1e-9).all()
    assert (profile <= matrix.max(axis=0) + 1e-9).all()
    np.testing.assert_allclose(
        inferred_profiles(matrix + shift, levels), profile + shift, atol=1e-9
    )


def test_a_level_without_a_score_leaves_its_configurations_without_a_profile():
    matrix = np.ones((32, 6))
    matrix[0, 2] = np.nan  # the first level of the first variable: a quarter of the grid
    grid = inferred_grid(matrix)
    assert np.isnan(grid[:, 2]).mean() == 0.25
    assert not np.isnan(np.delete(grid, 2, axis=1)).any()


@pytest.mark.parametrize(
    ("matrix", "levels", "said"),
    [
        (np.ones((31, 6)), [[0] * 10], "32"),
        (np.ones(32), [[0] * 10], "shape"),
        (np.ones((32, 6)), [[0] * 9], "10"),
        (np.ones((32, 6)), [[4] + [0] * 9], "level 4 of variable 0; allowed: 0 … 3"),
        (np.ones((32, 6)), [[-1] + [0] * 9], "level -1"),
        (np.ones((32, 6)), [[0.5] + [0.0] * 9], "whole numbers"),
    ],
)
def test_what_does_not_fit_is_refused(matrix, levels, said):
    with pytest.raises(ValueError, match=said):
        inferred_profiles(matrix, levels)
