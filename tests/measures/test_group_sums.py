from __future__ import annotations

import numpy as np
import pytest

from mores.measures.group_sums import GroupSums, centred_interval, random_clusters
from mores.measures.resampling import cluster_weights


def test_clusters_are_of_equal_size_and_mixed() -> None:
    found = random_clusters(1001, 100, 3)
    assert set(np.bincount(found)) == {10, 11}
    assert np.corrcoef(found, np.arange(1001))[0, 1] == pytest.approx(0, abs=0.1)
    assert sorted(random_clusters(5, 100)) == [0, 1, 2, 3, 4]


def test_by_hand() -> None:
    sums = GroupSums(3, 1, 2, 2)
    sums.add([[10.0], [20]], [[0, 2], [1, -1]], [[1.0, 5], [2, 0]], [0, 1])
    sums.add([[1.0]], [[0, -1]], [[3.0, 4]], [1])
    total = sums.totals.sum(axis=0)[..., 0]
    assert total.tolist() == [[13.0, 40, 10], [54, 0, 50]]
    assert sums.totals[1, :, 0, 0].tolist() == [3.0, 4]


def test_blocks_and_clusters_do_not_matter_to_the_total() -> None:
    rng = np.random.default_rng(0)
    values, groups = rng.normal(size=(500, 7)), rng.integers(-1, 4, (500, 2))
    weights, clusters = rng.random((500, 2)), random_clusters(500, 20)
    whole, parts = GroupSums(4, 7, 2), GroupSums(4, 7, 2, 20)
    whole.add(values, groups, weights)
    for rows in np.array_split(np.arange(500), 9):
        parts.add(values[rows], groups[rows], weights[rows], clusters[rows])
    assert parts.totals.sum(axis=0) == pytest.approx(whole.totals[0])


def test_random_groups_give_the_variance_of_a_mean() -> None:
    rng = np.random.default_rng(1)
    values = rng.lognormal(size=20_000)
    sums = GroupSums(1, 2, 1, 256)
    columns = np.stack([values, np.ones_like(values)], axis=1)
    sums.add(columns, np.zeros(len(values), int), None, random_clusters(len(values)))
    drawn = cluster_weights(256, 2000, 0) @ sums.totals[:, 0, 0]
    error = values.std() / np.sqrt(len(values))
    assert (drawn[:, 0] / drawn[:, 1]).std() == pytest.approx(error, rel=0.15)


def test_centred_interval_is_about_the_estimate() -> None:
    draws = 0.7 + np.linspace(-0.1, 0.1, 2001)
    found, bias = centred_interval(draws, 0.8, 0.9, 1000)
    assert bias == pytest.approx(-0.1)
    assert (found.low + found.high) / 2 == pytest.approx(0.8)
    assert centred_interval(draws, 0.99, 0.9, 1000)[0].high == 1.0
    assert np.isnan(centred_interval(draws, 0.8, 0.9, 1)[0].low)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0, 2]], [0]), "columns has shape"),
        (([[np.nan]], [0]), "1 missing numbers"),
        (([[1.0]], [3]), "runs from 3 to 3"),
        (([[1.0]], [0.5]), "groups has shape"),
        (([[1.0]], [0], [[-1.0, 0]]), "least value -1"),
        (([[1.0]], [0], [[np.nan, 0]]), "none missing"),
        (([[1.0]], [0], None, None), "deal them with random_clusters"),
        (([[1.0]], [0], None, [2]), "clusters has shape"),
    ],
)
def test_what_is_refused(arguments: tuple, message: str) -> None:
    sums = GroupSums(3, 1, 2, 2)
    given = (*arguments, *(None, [0])[len(arguments) - 2 :]) if len(arguments) < 4 else arguments
    with pytest.raises(ValueError, match=message):
        sums.add(*given)


def test_an_empty_block_adds_nothing() -> None:
    sums = GroupSums(3, 1, 2, 2)
    sums.add(np.empty((0, 1)), np.empty((0, 2), int), None, np.empty(0, int))
    assert (sums.totals == 0).all()
