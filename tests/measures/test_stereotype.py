from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.group_sums import random_clusters
from mores.measures.stereotype import Collapse, collapse, fit_frame, nearest_targets

NAN = float("nan")
MATRIX, OFFSET = np.array([[1.2, 0.1], [-0.2, 0.8]]), np.array([0.1, -0.3])


def test_nearest_by_hand() -> None:
    # A 2 by 3 grid; the targets are (0, 0) and (1, 2).
    targets = np.array([True, False, False, False, False, True])
    found = nearest_targets((2, 3), targets, np.array([[1.0], [0], [0], [0], [0], [5]]))
    assert found.changes.tolist() == [0, 1, 1, 1, 1, 0]
    assert found.count.tolist() == [1, 1, 2, 2, 1, 1]
    assert found.mean[:, 0].tolist() == pytest.approx([1, 1, 3, 3, 5, 5])


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4), st.floats(0, 0.4), st.integers(0, 10**6)
)
def test_nearest_equals_all_pairs(sizes: list[int], share: float, seed: int) -> None:
    rng, n = np.random.default_rng(seed), int(np.prod(sizes))
    levels = np.stack(np.unravel_index(np.arange(n), sizes), axis=1)
    targets, values = rng.random(n) < share, rng.normal(size=(n, 2))
    found = nearest_targets(sizes, targets, values)
    for i in range(n):
        apart = (levels != levels[i]).sum(axis=1)
        if not targets.any():
            assert (found.changes[i], found.count[i]) == (-1, 0)
            assert np.isnan(found.mean[i]).all()
            continue
        least = apart[targets].min()
        own = targets & (apart == least)
        assert (found.changes[i], found.count[i]) == (least, own.sum())
        assert found.mean[i] == pytest.approx(values[own].mean(axis=0))


def test_frame_by_hand_and_with_weights() -> None:
    asked = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    stands = OFFSET + asked @ MATRIX.T
    found = fit_frame(asked, stands)
    assert found.offset == pytest.approx(OFFSET)
    assert found.matrix == pytest.approx(MATRIX)
    assert found(asked) == pytest.approx(stands)
    stands[3] = [9, 9]
    assert fit_frame(asked, stands, [1, 1, 1, 0]).matrix == pytest.approx(MATRIX)
    stands[3] = NAN
    assert fit_frame(asked, stands).matrix == pytest.approx(MATRIX)
    assert np.isnan(fit_frame([[0.0, 0], [1, 1], [2, 2]], np.zeros((3, 2))).matrix).all()
    with pytest.raises(ValueError, match="one position each"):
        fit_frame(asked, stands[:2])


def test_frame_equals_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(0)
    asked, stands, weights = rng.normal(size=(40, 2)), rng.normal(size=(40, 2)), rng.random(40)
    found = fit_frame(asked, stands, weights)
    fit = sm.WLS(stands[:, 1], sm.add_constant(asked), weights=weights).fit()
    assert [found.offset[1], *found.matrix[1]] == pytest.approx(fit.params.tolist())


def planted(pull: float, seed: int = 0, n: int = 3000, weights: np.ndarray | None = None):
    """Personas of which the incongruous go a part of the way to a known goal."""
    rng = np.random.default_rng(seed)
    asked, congruence = rng.uniform(-1, 1, (n, 2)), rng.random(n)
    goal = asked + rng.normal(0, 0.4, (n, 2))
    there = np.where(congruence[:, None] < 0.5, asked + pull * (goal - asked), asked)
    stands = OFFSET + there @ MATRIX.T + rng.normal(0, 0.1, (n, 2))
    clusters = random_clusters(n, 200, seed)
    return asked, stands, congruence, goal, 0.5, weights, clusters, 300, seed


def held(found: Collapse, name: str, truth: float) -> bool:
    one = getattr(found, name)
    return bool(one.interval.low <= truth <= one.interval.high)


def test_a_planted_collapse_comes_back() -> None:
    found = collapse(*planted(0.6))
    assert found.pull.value == pytest.approx(0.6, abs=0.03)
    assert held(found, "pull", 0.6)
    assert found.slope.interval.high < 0
    assert found.rank.interval.high < 0
    assert found.incongruous.interval.low > found.congruous.interval.high
    assert found.towards.interval.low > 0.5
    assert found.pointing.interval.low > 0.7
    assert found.frame.matrix == pytest.approx(MATRIX, abs=0.03)
    assert found.n == 3000
    assert found.undirected == 0


def test_without_collapse_nothing_points_anywhere() -> None:
    hits = dict.fromkeys(("slope", "towards", "pointing", "pull"), 0)
    for run in range(30):
        found = collapse(*planted(0.0, run, 800))
        for name in hits:
            hits[name] += held(found, name, 0.5 if name == "pointing" else 0.0)
    assert min(hits.values()) >= 24  # of 30 at 95 %


def test_the_slope_is_that_of_statsmodels_and_the_rank_that_of_scipy() -> None:
    import statsmodels.api as sm
    from scipy.stats import spearmanr

    weights = np.random.default_rng(9).integers(1, 4, 500)
    given = planted(0.5, 1, 500, weights)
    found = collapse(*given)
    fit = sm.WLS(found.distance, sm.add_constant(given[2]), weights=weights).fit()
    assert found.slope.value == pytest.approx(fit.params[1])
    rho = spearmanr(np.repeat(given[2], weights), np.repeat(found.distance, weights)).statistic
    assert found.rank.rho == pytest.approx(rho, abs=1e-3)
    assert found.incongruous.value == pytest.approx(
        np.average(found.distance[given[2] < 0.5], weights=weights[given[2] < 0.5])
    )


def test_who_cannot_be_placed_or_directed_is_left_out_and_counted() -> None:
    given = list(planted(0.5, 2, 400))
    congruence, goal = given[2], given[3].copy()
    low = np.flatnonzero(congruence < 0.5)
    given[1][low[0]] = NAN
    goal[low[1]], goal[low[2]] = given[0][low[1]], NAN
    given[3], given[5] = goal, np.where(np.arange(400) == low[3], 0.0, 1.0)
    found = collapse(*given)
    assert (found.n, found.missing, found.undirected) == (398, 1, 2)
    assert found.n_incongruous == low.size - 2
    assert np.isnan(found.distance[low[[0, 3]]]).all()
    assert not np.isnan(found.pull.value)


def test_what_is_refused() -> None:
    given = list(planted(0.5, 2, 50))
    with pytest.raises(ValueError, match="one of each a persona"):
        collapse(*given[:2], given[2][:-1], *given[3:])
    with pytest.raises(ValueError, match="sizes is"):
        nearest_targets((2, 2), np.array([True]), np.zeros((1, 1)))


def test_without_congruous_personas_there_is_no_frame_and_no_number() -> None:
    given = list(planted(0.5, 2, 50))
    given[4] = 2.0
    found = collapse(*given)
    assert (found.n, found.n_incongruous, found.missing) == (0, 0, 0)
    assert np.isnan([found.slope.value, found.pull.value, found.rank.rho]).all()
    assert np.isnan(found.slope.interval.low)
    assert np.isnan(found.distance).all()
