from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.group_sums import random_clusters
from mores.measures.mixture_sums import MixtureAccumulator, answer_shares
from mores.measures.mixtures import mixtures
from mores.measures.resampling import cluster_weights
from mores.measures.shares import weighted_shares

NAN = float("nan")
OPTIONS = np.array([2, 4, 10])


def people(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    p = np.zeros((n, 3, 10), np.float32)
    for q, k in enumerate(OPTIONS):
        p[:, q, :k] = rng.dirichlet(np.ones(k), n)
    p[rng.random((n, 3)) < 0.1] = NAN
    return p


def test_by_hand() -> None:
    found = MixtureAccumulator(2, np.array([3]), 2)
    found.add([[[1.0, 0, 0]], [[0, 0.5, 0.5]]], [0, 0], [[1.0, 3], [1, 1]])
    found.add([[[0.0, 0, 0]], [[NAN, 0, 1]]], [0, 1], [[1.0, 1], [1, 0]])
    assert found.shares()[:, 0, 0].tolist() == [[0.5, 0.25, 0.25], [0.75, 0.125, 0.125]]
    assert np.isnan(found.shares()[:, 1]).all()  # an empty distribution is missing, not 0
    assert found.n[:, :, 0].tolist() == [[2, 0], [2, 0]]
    assert found.members.tolist() == [[3, 1], [3, 0]]
    assert found.n_effective()[:, 0, 0].tolist() == [2.0, 1.6]
    assert found.n_effective()[0, 1, 0] == 0


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 10**6))
def test_equals_the_mixtures_held_at_once(n: int, block: int, seed: int) -> None:
    p, rng = people(n, seed), np.random.default_rng(seed)
    weights, groups = rng.random(n) * (rng.random(n) < 0.8), rng.integers(0, 3, n)
    found = MixtureAccumulator(3, OPTIONS, 1, min(n, 7))
    clusters = random_clusters(n, 7, seed)
    for start in range(0, n, block):
        rows = slice(start, start + block)
        found.add(p[rows], groups[rows], weights[rows], clusters[rows])
    expected = mixtures(p, [1.0], weights, groups, 3, n_options=OPTIONS)
    assert found.shares()[0] == pytest.approx(expected.shares[0], abs=1e-6, nan_ok=True)
    assert (found.n[0] == expected.personas).all()
    assert (found.members[0][:, None] - found.n[0] == expected.missing).all()


def test_single_answers_equal_the_survey_shares() -> None:
    rng = np.random.default_rng(0)
    answers = (rng.random((400, 3)) * OPTIONS).astype(np.int8)
    answers[rng.random((400, 3)) < 0.1] = -1
    weights, groups = rng.lognormal(size=400), rng.integers(-1, 3, 400)
    found = MixtureAccumulator(3, OPTIONS)
    found.add_answers(answers, groups, weights)
    expected = weighted_shares(answers.T, OPTIONS, weights, groups, 3)
    assert found.shares()[0] == pytest.approx(expected.shares, nan_ok=True)
    assert (found.n[0] == expected.n).all()
    assert found.n_effective()[0] == pytest.approx(expected.n_effective)


def test_draws_with_every_cluster_once_are_the_shares() -> None:
    p, clusters = people(200), random_clusters(200, 50)
    found = MixtureAccumulator(1, OPTIONS, 1, 50)
    found.add(p, np.zeros(200, int), None, clusters)
    once = found.draws(np.ones((1, 50)), 0)[0]
    assert once == pytest.approx(found.shares()[:, 0], nan_ok=True)
    spread = found.draws(cluster_weights(50, 500, 0), 0)[:, 0, 0, 0].std()
    there = p[:, 0, 0][~np.isnan(p[:, 0, 0])]
    assert spread == pytest.approx(there.std() / np.sqrt(there.size), rel=0.3)
    assert found.clusters_used().tolist() == [[50]]


def test_memory_is_that_of_the_sums() -> None:
    found = MixtureAccumulator(1, OPTIONS)
    found.add(people(3000), np.zeros(3000, int))
    assert found.sums.totals.nbytes == 30 * 8


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        (np.full((1, 1, 4), 0.25), "fill up short questions"),
        (np.full((1, 3, 10), 0.2), "beyond an item's last option|sums to"),
        (-np.ones((1, 3, 10)), "share below 0"),
        (np.concatenate([np.full((1, 3, 2), 0.4), np.zeros((1, 3, 8))], axis=2), "sums to 0.8"),
    ],
)
def test_what_is_refused(shares: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MixtureAccumulator(1, OPTIONS).add(shares, [0])


def test_answers_that_are_no_options_are_refused() -> None:
    with pytest.raises(ValueError, match="question 1 is 4; allowed: 0 … 3"):
        answer_shares([[0, 4, 0]], OPTIONS)
    with pytest.raises(ValueError, match="one column a question"):
        MixtureAccumulator(1, OPTIONS).add_answers(np.zeros((2, 2), int), [0, 0])
    with pytest.raises(ValueError, match="n_options"):
        MixtureAccumulator(1, np.array([1, 4]))
