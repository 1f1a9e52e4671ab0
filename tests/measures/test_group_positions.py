from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.culture_map import fit_culture_map
from mores.measures.ellipse import ellipse, inside
from mores.measures.group_positions import (
    bootstrap_positions,
    bootstrap_refits,
    equal_cell_weights,
    group_positions,
)

NAN = float("nan")


def sample(seed: int = 0, n: int = 300) -> tuple[np.ndarray, ...]:
    generator = np.random.default_rng(seed)
    groups = generator.integers(0, 3, n)
    points = generator.normal(size=(n, 2)) + groups[:, None]
    points[generator.random(n) < 0.1] = np.nan
    weights = generator.gamma(2, 0.5, n)
    weights[generator.random(n) < 0.05] = np.nan
    weights[generator.random(n) < 0.05] = 0.0
    return points, weights, groups


def test_by_hand() -> None:
    points = [[0, 0], [3, 6], [1, 1], [9, 9], [NAN, NAN], [2, 4]]
    values = [[1, NAN], [1, NAN], [1, 2], [1, 1], [NAN, NAN], [1, 2]]
    found = group_positions(points, values, [1, 2, 1, NAN, 1, 0], [0, 0, 2, 2, 0, 2], 4)
    np.testing.assert_array_equal(found.positions, [[2, 4], [NAN, NAN], [1, 1], [NAN, NAN]])
    assert found.n.tolist() == [2, 0, 1, 0]
    np.testing.assert_allclose(found.n_effective, [9 / 5, NAN, 1, NAN])
    assert found.left_out.tolist() == [1, 0, 2, 0]
    np.testing.assert_allclose(found.indicators, [1, NAN, 2, NAN])
    assert found.absent.tolist() == [[False, True], [False] * 2, [False] * 2, [False] * 2]
    assert found.partial.tolist() == [True, False, False, False]


def test_against_numpy_averages() -> None:
    points, weights, groups = sample()
    found = group_positions(points, points, weights, groups, 3)
    for group in range(3):
        of = (groups == group) & ~np.isnan(points[:, 0]) & (weights > 0)
        mean = np.average(points[of], axis=0, weights=weights[of])
        np.testing.assert_allclose(found.positions[group], mean)
        assert found.n[group] == of.sum()
        assert found.left_out[group] == ((groups == group) & ~of).sum()
        kish = weights[of].sum() ** 2 / (weights[of] ** 2).sum()
        assert found.n_effective[group] == pytest.approx(kish)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 999), st.floats(1e-3, 1e3))
def test_order_scale_and_copies(seed, factor) -> None:
    points, weights, groups = sample(seed, 60)
    found = group_positions(points, points, weights, groups, 3)
    order = np.random.default_rng(seed).permutation(60)
    shuffled = group_positions(points[order], points, weights[order] * factor, groups[order], 3)
    np.testing.assert_allclose(shuffled.positions, found.positions, atol=1e-12)
    np.testing.assert_allclose(shuffled.n_effective, found.n_effective)
    twice = (np.concatenate([a, a]) for a in (points, points, weights, groups))
    doubled = group_positions(*twice, n_groups=3)
    np.testing.assert_allclose(doubled.positions, found.positions, atol=1e-12)
    np.testing.assert_allclose(doubled.n_effective, 2 * found.n_effective)


def test_each_cell_counts_alike() -> None:
    """The unweighted mean over country-years of their weighted means."""
    points, weights, groups = sample(2)
    years = np.random.default_rng(1).integers(0, 2, len(points)) * (groups != 1)
    cells = groups * 2 + years
    by_cell = group_positions(points, points, weights, cells, 6).positions
    expected = [by_cell[0:2].mean(axis=0), by_cell[2], by_cell[4:6].mean(axis=0)]
    equal = equal_cell_weights(weights, points, cells, 6)
    found = group_positions(points, points, equal, groups, 3)
    np.testing.assert_allclose(found.positions, expected)
    np.testing.assert_allclose(np.bincount(cells, equal, 6), [1, 1, 1, 0, 1, 1])
    assert np.abs(found.positions - group_positions(points, points, weights, groups, 3).positions
                  ).max() > 0.01  # fmt: skip


def test_bootstrap_against_the_variance_of_a_weighted_mean() -> None:
    """Linearised variance of a ratio under resampling: sum of (w (x - mean))² over (sum of w)²."""
    points, weights, groups = sample(3, 900)
    draws = bootstrap_positions(points, weights, groups, 3, 4000, 1)
    assert draws.shape == (4000, 3, 2)
    placed = ~np.isnan(points[:, 0]) & (weights > 0)
    for group in range(3):
        of = placed & (groups == group)
        mean = np.average(points[of], axis=0, weights=weights[of])
        residual = weights[of, None] * (points[of] - mean) / weights[of].sum()
        np.testing.assert_allclose(draws[:, group].mean(axis=0), mean, atol=0.01)
        np.testing.assert_allclose(
            np.cov(draws[:, group].T, ddof=0), residual.T @ residual, rtol=0.12, atol=4e-4
        )
    across = np.corrcoef(draws[:, 0, 0], draws[:, 1, 0])[0, 1]
    assert abs(across) < 0.06  # groups are drawn apart


def test_bootstrap_against_drawing_respondents_one_by_one() -> None:
    points, weights, _ = sample(4, 12)
    points = np.nan_to_num(points)
    weights = np.nan_to_num(weights, nan=0.3) + 0.1
    draws = bootstrap_positions(points, weights, np.zeros(12, int), 1, 20_000, 0)[:, 0]
    generator = np.random.default_rng(1)
    slow = np.empty((20_000, 2))
    for row in slow:
        taken = generator.integers(0, 12, 12)
        row[:] = np.average(points[taken], axis=0, weights=weights[taken])
    quantiles = [0.025, 0.25, 0.5, 0.75, 0.975]
    np.testing.assert_allclose(
        np.quantile(draws, quantiles, axis=0), np.quantile(slow, quantiles, axis=0), atol=0.05
    )


def test_bootstrap_is_seeded_and_those_without_position_or_weight_do_not_matter() -> None:
    points, weights, groups = sample(5)
    first = bootstrap_positions(points, weights, groups, 3, 50, 7)
    np.testing.assert_array_equal(first, bootstrap_positions(points, weights, groups, 3, 50, 7))
    assert (first != bootstrap_positions(points, weights, groups, 3, 50, 8)).any()
    placed = ~np.isnan(points[:, 0]) & (weights > 0)
    alone = bootstrap_positions(points[placed], weights[placed], groups[placed], 3, 50, 7)
    np.testing.assert_array_equal(first, alone)


@pytest.mark.parametrize("n", [12, 60])
def test_ellipses_of_weighted_means_cover_as_they_say(n: int) -> None:
    """1,500 samples of n weighted respondents whose true position is the origin."""
    generator = np.random.default_rng(2)
    groups = np.repeat(np.arange(1500), n)
    points = generator.normal(size=(1500 * n, 2)) @ np.array([[1.5, 0.6], [0.0, 1.0]])
    weights = generator.gamma(4, 0.25, 1500 * n)
    size = group_positions(points, points, weights, groups, 1500).n_effective
    draws = bootstrap_positions(points, weights, groups, 1500, 400, 1)
    covered = inside(ellipse(draws, 0.95, size), np.zeros(2)).mean()
    assert covered == pytest.approx(0.95, abs=0.02)


def test_strata_are_drawn_apart() -> None:
    """Strata without any spread within: every draw is the mean itself."""
    strata = np.repeat([0, 1, 2], 20)
    points = np.stack([strata, -strata], axis=1).astype(float)
    groups = np.zeros(60, int)
    fixed = bootstrap_positions(points, np.ones(60), groups, 1, 100, 0, strata)
    np.testing.assert_allclose(fixed, np.broadcast_to([1.0, -1.0], (100, 1, 2)))
    assert bootstrap_positions(points, np.ones(60), groups, 1, 100, 0).std() > 0.05


def test_groups_of_one_or_none_have_no_draws() -> None:
    points = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [NAN, NAN]])
    draws = bootstrap_positions(points, np.ones(4), [0, 0, 2, 2], 4, 10)
    assert np.isnan(draws).all(axis=(0, 2)).tolist() == [False, True, True, True]
    assert np.isnan(bootstrap_positions(points * NAN, np.ones(4), [0] * 4, 1, 5)).all()


def indicators(seed: int = 0, n: int = 600) -> tuple[np.ndarray, ...]:
    generator = np.random.default_rng(seed)
    groups = generator.integers(0, 3, n)
    latent = generator.normal(size=(n, 2)) + (groups[:, None] == [0, 1])
    loadings = np.zeros((10, 2))
    loadings[[3, 5, 8, 0], 0] = 1.0
    loadings[[4, 6, 7, 9], 1] = -1.0
    values = np.digitize(
        latent @ loadings.T + generator.normal(size=(n, 10)), [-1.5, -0.5, 0.5, 1.5]
    ).astype(float)
    values[generator.random((n, 10)) < 0.05] = np.nan
    return values, generator.gamma(3, 1 / 3, n), groups


def test_refitting_on_each_draw_adds_the_uncertainty_of_the_map() -> None:
    values, weights, groups = indicators()
    fitted = fit_culture_map(values, weights)
    scores = fitted.scores(values)
    refits = bootstrap_refits(values, weights, groups, 3, 200, 0)
    fixed = bootstrap_positions(scores, weights, groups, 3, 200, 0)
    estimate = group_positions(scores, values, weights, groups, 3).positions
    np.testing.assert_allclose(refits.mean(axis=0), estimate, atol=0.05)
    # Scores are relative to the reference sample, whose own mean is drawn along: over all groups
    # the position does not vary, whereas it does on a fixed map.
    share = np.bincount(groups, weights) / weights.sum()
    assert (refits * share[:, None]).sum(axis=1).std(axis=0).max() < 0.03
    assert (fixed * share[:, None]).sum(axis=1).std(axis=0).min() > 0.03
    values[0] = np.nan
    again = bootstrap_refits(values, weights, np.where(np.arange(600) == 1, 3, groups), 5, 2)
    assert np.isnan(again).all(axis=(0, 2)).tolist() == [False, False, False, True, True]


def test_a_refit_is_the_map_of_the_drawn_respondents() -> None:
    values, weights, groups = indicators(1, 200)
    from mores.measures.resampling import cluster_weights

    generator = np.random.default_rng(3)
    taken: list[int] = []
    for group in range(3):
        members = np.flatnonzero(groups == group)
        taken += np.repeat(members, cluster_weights(len(members), 1, generator)[0]).tolist()
    drawn = fit_culture_map(values[taken], weights[taken]).scores(values[taken])
    expected = group_positions(drawn, values[taken], weights[taken], groups[taken], 3).positions
    np.testing.assert_allclose(bootstrap_refits(values, weights, groups, 3, 1, 3)[0], expected)


def test_refusals() -> None:
    points, weights, groups = sample()
    with pytest.raises(ValueError, match=r"positions has shape \(300,\); allowed"):
        group_positions(points[:, 0], points, weights, groups, 3)
    with pytest.raises(ValueError, match=r"values has shape \(299, 2\) beside 300 positions"):
        group_positions(points, points[1:], weights, groups, 3)
    with pytest.raises(ValueError, match=r"groups runs from 0 to 2; allowed: 0 … 1"):
        bootstrap_positions(points, weights, groups, 2)
    with pytest.raises(ValueError, match="draws is 0"):
        bootstrap_positions(points, weights, groups, 3, 0)
    with pytest.raises(ValueError, match="weights has shape"):
        group_positions(points, points, -weights, groups, 3)
