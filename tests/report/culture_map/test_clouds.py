import numpy as np
import pytest
from matplotlib.path import Path

from mores.report.culture_map.clouds import LEAST_RESPONDENTS, cloud_of


def within(rings, points):
    return np.any([Path(ring).contains_points(points) for ring in rings], axis=0)


def test_a_region_holds_its_share_and_is_as_large_as_theory_says():
    random = np.random.default_rng(0)
    points = random.normal(0, [1.0, 0.5], (3000, 2))
    cloud = cloud_of("A", "", points, np.ones(3000))
    for share, rings in cloud.rings:
        assert within(rings, points).mean() == pytest.approx(share, abs=0.01)
        x, y = rings[0].T
        area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
        # The kernel widens the sample's density a little.
        assert area == pytest.approx(-2 * np.pi * np.log(1 - share) * 0.5, rel=0.15)


def test_weights_count():
    random = np.random.default_rng(1)
    points = np.concatenate([random.normal(0, 0.3, (200, 2)), random.normal(4, 0.3, (200, 2))])
    weights = np.repeat([9.0, 1.0], 200)
    rings = dict(cloud_of("A", "", points, weights).rings)[0.5]
    assert within(rings, np.array([[0.0, 0.0]])).all()
    assert not within(rings, np.array([[4.0, 4.0]])).any()


def test_too_few_or_in_a_line_is_refused():
    with pytest.raises(ValueError, match=f"49 respondents of A .* {LEAST_RESPONDENTS} and more"):
        cloud_of("A", "", np.zeros((49, 2)), np.ones(49))
    line = np.column_stack([np.arange(60.0), np.arange(60.0)])
    with pytest.raises(ValueError, match="lie on one line"):
        cloud_of("A", "", line, np.ones(60))
