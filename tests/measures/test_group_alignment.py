from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.group_alignment import alignment_draws, group_alignment, overall_alignment
from mores.measures.group_sums import centred_interval, random_clusters
from mores.measures.mixture_sums import MixtureAccumulator

NAN = float("nan")
OPTIONS = np.array([2, 4, 10])
ORDERED = np.array([True, True, True])


def shares(groups: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    p = np.full((groups, 3, 10), NAN)
    for q, k in enumerate(OPTIONS):
        p[:, q, :k] = rng.dirichlet(np.ones(k), groups)
    return p


def test_by_hand() -> None:
    p, h = [[[0.5, 0.5, 0.0]]], [[[0.0, 0.5, 0.5]]]
    assert group_alignment(p, h, [True], [3]).alignment.tolist() == [0.5]
    assert group_alignment(p, h, [False], [3]).alignment.tolist() == [0.5]
    q = [[[0.5, 0.0, 0.5]]]
    assert group_alignment(q, h, [True], [3]).alignment.tolist() == [0.75]
    assert group_alignment(q, h, [False], [3]).alignment.tolist() == [0.5]


def test_the_scale_is_bounded_by_what_is_offered_not_by_what_was_answered() -> None:
    """Options 1 and 2 of ten are a ninth of the scale apart, though nobody chose another."""
    p, h = np.eye(10)[0], np.eye(10)[1]
    found = group_alignment(p[None, None], h[None, None], [True], [10])
    assert found.alignment[0] == pytest.approx(1 - 1 / 9)


def test_an_empty_distribution_is_left_out_and_counted() -> None:
    p, h = shares(2, 0), shares(2, 1)
    p[0, 1] = NAN
    h[1] = 0.0
    found = group_alignment(p, h, ORDERED, OPTIONS)
    assert found.questions.tolist() == [2, 0]
    assert found.missing.tolist() == [1, 3]
    assert found.alignment[0] == pytest.approx(np.nanmean(found.by_question[0]))
    assert not np.isnan(found.alignment[0])
    assert np.isnan(found.alignment[1])


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6))
def test_equals_scipy_and_pot(seed: int) -> None:
    import ot
    from scipy.stats import wasserstein_distance

    p, h = shares(2, seed), shares(2, seed + 1)
    found = group_alignment(p, h, ORDERED, OPTIONS).by_question
    for q, k in enumerate(OPTIONS):
        at = np.arange(k) / (k - 1)
        for g in range(2):
            ours, theirs = p[g, q, :k], h[g, q, :k]
            assert 1 - found[g, q] == pytest.approx(wasserstein_distance(at, at, ours, theirs))
            cost = np.abs(at[:, None] - at)
            exact = ot.emd2(ours / ours.sum(), theirs / theirs.sum(), cost)
            assert 1 - found[g, q] == pytest.approx(exact, abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6))
def test_bounds_symmetry_and_reversal(seed: int) -> None:
    p, h = shares(1, seed), shares(1, seed + 1)
    found = group_alignment(p, h, ORDERED, OPTIONS).by_question
    assert ((found >= 0) & (found <= 1)).all()
    assert group_alignment(h, p, ORDERED, OPTIONS).by_question == pytest.approx(found)
    assert group_alignment(p, p, ORDERED, OPTIONS).alignment == pytest.approx(1)
    turned = [x.copy() for x in (p, h)]
    for x in turned:
        for q, k in enumerate(OPTIONS):
            x[:, q, :k] = x[:, q, :k][:, ::-1]
    assert group_alignment(*turned, ORDERED, OPTIONS).by_question == pytest.approx(found)


def test_overall_weighs_by_the_humans_and_says_what_it_covers() -> None:
    overall, covered = overall_alignment([[0.8, 0.6], [NAN, 0.6], [NAN, NAN]], [300, 100])
    assert overall.tolist()[:2] == pytest.approx([0.75, 0.6])
    assert np.isnan(overall[2])
    assert covered.tolist() == pytest.approx([1.0, 0.25, 0.0])
    with pytest.raises(ValueError, match="sizes has shape"):
        overall_alignment([0.8, 0.6], [1, -1])


def side(n: int, shift: float, seed: int) -> MixtureAccumulator:
    """Answers on scales whose mean is moved by a share of the scale."""
    rng = np.random.default_rng(seed)
    at = np.clip(rng.normal(0.4 + shift, 0.2, (n, 3)), 0, 0.999)
    found = MixtureAccumulator(1, OPTIONS, 1, 100)
    found.add_answers((at * OPTIONS).astype(int), np.zeros(n, int), None, random_clusters(n, 100))
    return found


def test_intervals_cover_the_alignment_of_the_populations() -> None:
    truth = group_alignment(
        side(200_000, 0.2, 1).shares(), side(200_000, 0, 2).shares()[0], ORDERED, OPTIONS
    ).alignment
    hits, widths = 0, []
    for run in range(60):
        personas, humans = side(400, 0.2, 10 + run), side(400, 0, 500 + run)
        value = group_alignment(personas.shares(), humans.shares()[0], ORDERED, OPTIONS).alignment
        draws = alignment_draws(personas, humans, ORDERED, 300, run)
        found, _ = centred_interval(draws, value, 0.95, 100)
        hits += int(found.low[0, 0] <= truth[0, 0] <= found.high[0, 0])
        alone = alignment_draws(personas, humans, ORDERED, 300, run, ("humans",))
        widths.append(draws.std() / alone.std())
    assert hits >= 51  # of 60 at 95 %: fewer with a probability below 1e-4
    assert np.mean(widths) > 1.2


def test_sides_must_fit() -> None:
    first, other = side(200, 0, 0), MixtureAccumulator(2, OPTIONS, 1, 1)
    with pytest.raises(ValueError, match="feed both alike"):
        alignment_draws(first, other, ORDERED, 10, 0)
    with pytest.raises(ValueError, match="name what varies"):
        alignment_draws(first, first, ORDERED, 10, 0, ("questions",))
