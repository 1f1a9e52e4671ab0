from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.diversity import DiversityAccumulator, diversity, diversity_ratio
from mores.measures.mixture_sums import MixtureAccumulator

NAN = float("nan")
OPTIONS = np.array([2, 4, 10])
ORDERED = np.array([True, False, True])


def people(n: int, seed: int, sharpness: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    p = np.zeros((n, 3, 10))
    for q, k in enumerate(OPTIONS):
        p[:, q, :k] = rng.dirichlet(np.full(k, sharpness), n)
    return p


def test_by_hand() -> None:
    assert diversity([0.5, 0, 0.5], True) == 1
    assert diversity([0.5, 0, 0.5], False) == pytest.approx(0.75)
    assert diversity([0.5, 0, 0.5], True, None, "entropy") == pytest.approx(np.log(2) / np.log(3))
    assert diversity([0, 1.0, 0], False, None, "entropy") == 0
    assert np.isnan(diversity([0.0, 0, 0], True))


def test_entropy_is_scipys() -> None:
    from scipy.stats import entropy

    p = people(20, 0)[:, 2]
    assert diversity(p, True, None, "entropy") == pytest.approx(entropy(p, axis=1) / np.log(10))


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 40), st.sampled_from(["variance", "entropy"]), st.integers(0, 10**6))
def test_the_total_falls_apart_without_rest(n: int, kind: str, seed: int) -> None:
    p, weights = people(n, seed, 0.3), np.random.default_rng(seed).random(n) + 0.01
    found = DiversityAccumulator(MixtureAccumulator(1, OPTIONS), ORDERED, kind)
    found.add(p[: n // 2], np.zeros(n // 2, int), weights[: n // 2])
    found.add(p[n // 2 :], np.zeros(n - n // 2, int), weights[n // 2 :])
    parts = found.parts()
    assert (parts.total >= parts.within - 1e-12).all()
    assert parts.within + parts.between == pytest.approx(parts.total)
    means = (p[:, 2] * np.arange(10) / 9).sum(axis=1)
    between = np.average((means - np.average(means, weights=weights)) ** 2, weights=weights)
    if kind == "variance":
        assert parts.between[0, 0, 2] == pytest.approx(4 * between, abs=1e-9)


def test_between_is_the_jensen_shannon_divergence() -> None:
    from scipy.spatial.distance import jensenshannon

    p = people(2, 5)
    found = DiversityAccumulator(MixtureAccumulator(1, OPTIONS), ORDERED, "entropy")
    found.add(p, [0, 0])
    expected = jensenshannon(p[0, 2], p[1, 2]) ** 2 / np.log(10)
    assert found.parts().between[0, 0, 2] == pytest.approx(expected)


def test_planted_personas_that_are_all_alike_or_all_certain() -> None:
    alike = DiversityAccumulator(MixtureAccumulator(1, OPTIONS), ORDERED)
    alike.add(np.repeat(people(1, 0), 30, axis=0), np.zeros(30, int))
    assert alike.parts().between == pytest.approx(0, abs=1e-12)
    sure = DiversityAccumulator(MixtureAccumulator(1, OPTIONS, 1, 3), ORDERED)
    p = np.zeros((30, 3, 10))
    p[np.arange(30), :, np.arange(30) % 2] = 1
    sure.add(p, np.zeros(30, int), None, np.arange(30) % 3)
    assert sure.parts().within == pytest.approx(0, abs=1e-12)
    assert sure.draws(np.ones((1, 3)), 0).total[0] == pytest.approx(sure.parts().total[:, 0])


def test_missing_distributions_are_left_out() -> None:
    p = people(3, 0)
    p[1, 0] = NAN
    found = DiversityAccumulator(MixtureAccumulator(2, OPTIONS), ORDERED)
    found.add(p, [0, 0, 0])
    own = diversity(p[[0, 2], 0, :2], True)
    assert found.parts().within[0, 0, 0] == pytest.approx(own.mean())
    assert np.isnan(found.parts().total[0, 1]).all()


def test_ratio_is_over_the_questions_that_both_have() -> None:
    assert diversity_ratio([0.2, 0.4, NAN], [0.4, 0.4, 0.1]) == pytest.approx(0.75)
    assert np.isnan(diversity_ratio([NAN], [0.3]))
    assert np.isnan(diversity_ratio([0.2], [0.0]))


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="kind is 'gini'"):
        diversity([0.5, 0.5], True, None, "gini")
    fed = MixtureAccumulator(1, OPTIONS)
    fed.add(people(2, 0), [0, 0])
    with pytest.raises(ValueError, match="fed before"):
        DiversityAccumulator(fed, ORDERED)
