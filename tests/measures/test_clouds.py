from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.clouds import cloud, cloud_intervals, density, highest_density
from mores.measures.ellipse import inside
from mores.measures.group_sums import random_clusters

NAN = float("nan")


def test_by_hand() -> None:
    found = cloud([[0.0, 0], [2, 0], [2, 2], [0, 2], [NAN, 1]], [1, 1, 1, 1, 1])
    assert found.mean.tolist() == [1, 1]
    assert found.covariance.tolist() == [[1, 0], [0, 1]]
    assert found.share == 0.5
    assert (found.n, found.missing, found.n_effective) == (4, 1, 4)
    line = cloud([[0.0, 0], [4, 4]], [3, 1])
    assert line.mean.tolist() == [1, 1]
    assert line.variances == pytest.approx([6, 0])
    assert (line.share, line.angle) == (pytest.approx(1), pytest.approx(45))
    assert line.n_effective == 1.6


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.floats(-1e6, 1e6))
def test_equals_numpy_wherever_the_points_lie(seed: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    points, weights = rng.normal(size=(50, 2)) @ [[2, 1], [0, 1]] + shift, rng.random(50)
    found = cloud(points, weights)
    expected = np.cov(points.T, aweights=weights, bias=True)
    assert found.covariance == pytest.approx(expected, rel=1e-5, abs=1e-7)
    assert found.variances == pytest.approx(np.linalg.eigvalsh(expected)[::-1], rel=1e-5, abs=1e-7)


def test_the_ellipse_holds_its_share_of_normal_points() -> None:
    points = np.random.default_rng(0).multivariate_normal([1, -1], [[2, 1], [1, 1]], 20_000)
    region = cloud(points).ellipse(0.8)
    assert inside(region, points).mean() == pytest.approx(0.8, abs=0.01)


def test_intervals_hold_the_truth() -> None:
    truth, hits = np.array([2.0, 0.5]), 0
    for run in range(40):
        points = np.random.default_rng(run).normal(size=(500, 2)) * np.sqrt(truth)
        found = cloud_intervals(points, None, random_clusters(500, 100), 300, run)
        low, high = found["variances"].low, found["variances"].high
        hits += int(((low <= truth) & (truth <= high)).sum())
    assert hits >= 68  # of 80 at 95 %
    assert found["mean"].low[0] < 0 < found["mean"].high[0]


def test_the_density_is_scipys_smoothed_histogram() -> None:
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(0)
    points, weights = rng.normal(size=(3000, 2)), rng.random(3000)
    found = density(points, weights, (-6, 6, -5, 5), (120, 80), (0.3, 0.4))
    counts = np.histogram2d(
        points[:, 0], points[:, 1], (120, 80), ((-6, 6), (-5, 5)), weights=weights
    )[0].T
    cell = 0.1 * 0.125
    expected = gaussian_filter(counts, (0.4 / 0.125, 0.3 / 0.1), mode="constant", truncate=6)
    assert found.values == pytest.approx(expected / weights.sum() / cell, abs=1e-4)
    assert found.values.sum() * cell == pytest.approx(found.inside)
    assert found.inside == pytest.approx(1, abs=1e-4)


def test_the_density_of_a_normal_cloud_is_normal() -> None:
    points = np.random.default_rng(1).normal(size=(50_000, 2))
    found = density(points)
    peak = 1 / (2 * np.pi * (1 + found.bandwidth**2).prod() ** 0.5)
    assert found.values.max() == pytest.approx(peak, rel=0.1)
    half, most = highest_density(found, [0.5, 0.9])
    assert half == pytest.approx(peak / 2, rel=0.1)
    assert most == pytest.approx(peak / 10, rel=0.15)


def test_what_lies_beyond_the_map_is_not_drawn_and_is_told() -> None:
    found = density([[0.5, 0.5], [9.0, 9], [NAN, 0]], None, (0, 1, 0, 1), (50, 50), (0.02, 0.02))
    assert found.inside == pytest.approx(0.5)
    assert found.n == 2
    row, column = np.unravel_index(found.values.argmax(), found.values.shape)
    assert (found.x[column], found.y[row]) == (pytest.approx(0.5, abs=0.02),) * 2


def test_nothing_and_a_single_point() -> None:
    none = density([[NAN, NAN]], None, (0, 1, 0, 1))
    assert (none.n, none.inside, none.values.max()) == (0, 0, 0)
    assert np.isnan(highest_density(none)).all()
    assert density([[3.0, 3.0]]).inside == pytest.approx(1, abs=1e-6)
    assert np.isnan(cloud([[NAN, NAN]]).mean).all()
    assert (cloud([[NAN, NAN]]).n, cloud([[NAN, NAN]]).missing) == (0, 1)
    with pytest.raises(ValueError, match="no point and no extent"):
        density([[NAN, NAN]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": [1.0, 2]}, "points has shape"),
        ({"points": [[1.0, 2]], "weights": [-1.0]}, "weights has shape"),
        ({"points": [[1.0, 2]], "extent": (1, 0, 0, 1)}, "low below high"),
        ({"points": [[1.0, 2]], "bandwidth": (0, 1)}, "numbers above 0"),
    ],
)
def test_what_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        density(**arguments)
