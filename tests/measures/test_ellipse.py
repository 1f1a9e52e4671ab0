from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mores.measures.ellipse import Ellipse, covariance_ellipse, ellipse, inside


def cloud(seed: int, n: int = 500) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n, 2)) @ generator.normal(size=(2, 2)) + generator.normal(size=2)


def test_by_hand() -> None:
    """Variances 4 and 1 along the axes; the chi-square quantile is -2 ln 0.05 = 5.99."""
    unit = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]]) * np.sqrt(3 / 4)
    found = ellipse(unit * [2, 1] + [5, 6])
    assert found.centre.tolist() == pytest.approx([5, 6])
    assert found.major == pytest.approx(2 * np.sqrt(5.991464547))
    assert found.minor == pytest.approx(np.sqrt(5.991464547))
    assert found.angle == pytest.approx(0)
    c, s = np.cos(np.radians(30)), np.sin(np.radians(30))
    turned = ellipse(unit * [2, 1] @ np.array([[c, s], [-s, c]]))
    assert turned.angle == pytest.approx(30)
    assert turned.major == pytest.approx(float(found.major))


@pytest.mark.parametrize("seed", range(5))
def test_against_numpy_eigenvectors_and_scipy_quantiles(seed: int) -> None:
    draws = cloud(seed)
    found = ellipse(draws, 0.9)
    sizes, vectors = np.linalg.eigh(np.cov(draws.T))
    radius = np.sqrt(stats.chi2.ppf(0.9, 2))
    assert found.major == pytest.approx(radius * np.sqrt(sizes[1]))
    assert found.minor == pytest.approx(radius * np.sqrt(sizes[0]))
    angle = np.radians(float(found.angle))
    assert abs(np.array([np.cos(angle), np.sin(angle)]) @ vectors[:, 1]) == pytest.approx(1)


@pytest.mark.parametrize("n", [3, 10, 30, 1000])
def test_small_samples_against_hotelling(n: int) -> None:
    found, large = ellipse(cloud(1), 0.95, n), ellipse(cloud(1), 0.95)
    squared = n / (n - 1) * 2 * (n - 1) / (n - 2) * stats.f.ppf(0.95, 2, n - 2)
    assert found.major / large.major == pytest.approx(np.sqrt(squared / stats.chi2.ppf(0.95, 2)))
    assert ellipse(cloud(1), 0.95, 1e12).major == pytest.approx(float(large.major))


@pytest.mark.parametrize("seed", range(3))
def test_inside_against_mahalanobis_distance(seed: int) -> None:
    draws = cloud(seed)
    found = ellipse(draws, 0.5)
    away = draws - draws.mean(axis=0)
    distance = np.einsum("ni,ij,nj->n", away, np.linalg.inv(np.cov(draws.T)), away)
    within = inside(found, draws)
    np.testing.assert_array_equal(within, distance <= stats.chi2.ppf(0.5, 2))
    assert within.mean() == pytest.approx(0.5, abs=0.08)


def test_a_bootstrap_ellipse_of_few_covers_as_it_says() -> None:
    """Means of 12 normal points: 95 % of 4,000 ellipses hold the truth; by chi-square fewer do."""
    generator = np.random.default_rng(0)
    points = generator.normal(size=(12, 4000, 2)) @ np.array([[2.0, 0.5], [0.0, 1.0]])
    # What a bootstrap's draws have as covariance, without drawing: two points a root away.
    spread = points - points.mean(axis=0)
    xx, yy, xy = (
        (spread[..., a] * spread[..., b]).sum(axis=0) / 144 for a, b in ((0, 0), (1, 1), (0, 1))
    )
    root = np.linalg.cholesky(np.stack([np.stack([xx, xy], -1), np.stack([xy, yy], -1)], -2))
    corners = np.stack([root[..., 0], -root[..., 0], root[..., 1], -root[..., 1]]) * np.sqrt(1.5)
    draws = points.mean(axis=0) + corners
    assert inside(ellipse(draws, 0.95, 12), np.zeros(2)).mean() == pytest.approx(0.95, abs=0.01)
    assert inside(ellipse(draws, 0.95), np.zeros(2)).mean() < 0.91


@settings(deadline=None)
@given(st.integers(0, 999), st.floats(-3, 3), st.floats(-5, 5), st.floats(0.1, 9))
def test_moves_turns_and_stretches_with_its_draws(seed, angle, shift, factor) -> None:
    draws = cloud(seed, 50)
    c, s = np.cos(angle), np.sin(angle)
    first, second = ellipse(draws), ellipse(draws @ np.array([[c, s], [-s, c]]) * factor + shift)
    assert second.major == pytest.approx(float(first.major) * factor)
    assert second.minor == pytest.approx(float(first.minor) * factor, abs=1e-6)
    turn = (second.angle - first.angle - np.degrees(angle)) % 180
    roundness = first.minor / first.major
    assert roundness > 0.99 or min(turn, 180 - turn) < 1e-5
    assert -90 <= second.angle <= 90


def test_several_at_once_and_what_is_missing() -> None:
    draws = np.stack([cloud(0), cloud(1), cloud(2)], axis=1)
    draws[5, 1] = np.nan
    found = ellipse(draws, n=[100, 100, 2])
    assert found.major.shape == (3,)
    assert found.major[0] == pytest.approx(float(ellipse(cloud(0), n=100).major))
    assert np.isnan(found.major[1:]).all()
    assert inside(found, found.centre).tolist() == [True, False, False]
    assert inside(ellipse(draws[:, 0]), [[np.nan, 0.0]]).tolist() == [False]


def test_degenerate_ellipses() -> None:
    line = Ellipse(*(np.array(a) for a in ([0.0, 0.0], 2.0, 0.0, 0.0)), level=0.95)
    assert inside(line, [[1, 0], [3, 0], [1, 0.1]]).tolist() == [True, False, False]
    point = ellipse(np.ones((4, 2)))
    assert inside(point, [[1, 1], [1, 1.1]]).tolist() == [True, False]


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"draws has shape \(1, 2\); allowed: \(B, \.\.\., 2\)"):
        ellipse(np.ones((1, 2)))
    with pytest.raises(ValueError, match="draws has shape"):
        ellipse(np.ones((5, 3)))
    with pytest.raises(ValueError, match="level is 95"):
        ellipse(cloud(0), 95)


def test_the_ellipse_of_a_covariance_is_that_of_points_with_it() -> None:
    points = cloud(3)
    found = covariance_ellipse(points.mean(axis=0), np.cov(points.T), 0.9)
    expected = ellipse(points, 0.9)
    for name in ("centre", "major", "minor", "angle"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name))
    with pytest.raises(ValueError, match="one covariance for each centre"):
        covariance_ellipse([0, 0], [[1, 0]])
