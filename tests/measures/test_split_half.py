from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures import split_half as module
from mores.measures.ordinal import distribution_distance, total_variation, wasserstein
from mores.measures.shares import weighted_shares
from mores.measures.split_half import split_half

NAN = float("nan")
OPTIONS = np.array([4, 2, 7])
ORDERED = np.array([True, True, False])


def survey(n: int, n_groups: int, seed: int = 0, missing: float = 0.1):
    rng = np.random.default_rng(seed)
    answers = np.stack([rng.integers(0, k, n) for k in OPTIONS]).astype(np.int8)
    answers[rng.random(answers.shape) < missing] = -1
    weights = rng.lognormal(0, 0.5, n)
    weights[rng.random(n) < 0.05] = NAN
    return answers, OPTIONS, weights, rng.integers(-1, n_groups, n), n_groups


def plain(answers, options, weights, groups, n_groups, ordered, splits, seed):
    """Every split's distances by `weighted_shares` of the halves: (splits, groups, items)."""
    streams = np.random.default_rng(seed).spawn(n_groups)
    draws = np.full((splits, n_groups, len(options)), NAN)
    for g in range(n_groups):
        rows = np.flatnonzero((groups == g) & (np.nan_to_num(weights) > 0))
        if len(rows) < 2:
            continue
        half = np.arange(len(rows)) < len(rows) // 2
        marks = streams[g].permuted(np.tile(half.astype(np.int8), (splits, 1)), axis=1)
        for s in range(splits):
            sides = [
                weighted_shares(
                    answers[:, part], options, weights[part], np.zeros(len(part), int), 1
                )
                for part in (rows[marks[s] == 1], rows[marks[s] == 0])
            ]
            draws[s, g] = distribution_distance(
                sides[0].shares[0], sides[1].shares[0], ordered, options
            )
    return draws


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 60), st.integers(1, 4), st.integers(0, 2**32 - 1), st.floats(0, 0.95))
def test_against_loops(n, n_groups, seed, missing) -> None:
    arguments = survey(n, n_groups, seed, missing)
    found = split_half(*arguments, ORDERED, splits=6, level=0.8, seed=seed)
    draws = plain(*arguments, ORDERED, 6, seed)
    there = ~np.isnan(draws)
    np.testing.assert_array_equal(found.splits, there.sum(axis=0))
    for g, i in np.ndindex(*found.distance.shape):
        own = draws[there[:, g, i], g, i]
        if own.size == 0:
            assert np.isnan([found.distance[g, i], found.interval.low[g, i]]).all()
            continue
        assert found.distance[g, i] == pytest.approx(own.mean(), abs=1e-12)
        ends = np.quantile(own, [0.1, 0.9])
        assert [found.interval.low[g, i], found.interval.high[g, i]] == pytest.approx(
            ends, abs=1e-12
        )


def test_by_hand() -> None:
    # four respondents: the halves are {0, 0} against {3, 3} in one of three splits, else equal
    found = split_half([[0, 0, 3, 3]], [4], np.ones(4), np.zeros(4, int), 1, np.array([True]), 3000)
    assert found.distance[0, 0] == pytest.approx(1 / 3, abs=0.03)
    assert (found.interval.low[0, 0], found.interval.high[0, 0]) == (0, 1)
    assert found.drawn == found.splits[0, 0] == 3000


def test_identical_respondents_are_no_distance_apart() -> None:
    answers = np.tile([[2], [1], [5]], (1, 30)).astype(np.int8)
    weights = np.random.default_rng(0).lognormal(0, 1, 30)
    found = split_half(answers, OPTIONS, weights, np.zeros(30, int), 1, ORDERED, 50)
    assert found.distance.tolist() == [[0, 0, 0]]
    assert found.interval.high.tolist() == [[0, 0, 0]]


def test_seeded_and_scaled_weights_and_blocks_do_not_matter(monkeypatch) -> None:
    answers, options, weights, groups, n_groups = survey(300, 3, seed=1)
    first = split_half(answers, options, weights, groups, n_groups, ORDERED, 40, seed=5)
    again = split_half(answers, options, weights * 7, groups, n_groups, ORDERED, 40, seed=5)
    np.testing.assert_allclose(first.distance, again.distance)
    other = split_half(answers, options, weights, groups, n_groups, ORDERED, 40, seed=6)
    assert (first.distance != other.distance).all()
    monkeypatch.setattr(module, "_BLOCK", 500)
    monkeypatch.setattr(module, "_HALVES", 700)
    small = split_half(answers, options, weights, groups, n_groups, ORDERED, 40, seed=5)
    np.testing.assert_allclose(first.distance, small.distance)
    np.testing.assert_allclose(first.interval.high, small.interval.high)


def test_a_group_does_not_depend_on_the_others() -> None:
    answers, options, weights, groups, n_groups = survey(300, 3, seed=2)
    whole = split_half(answers, options, weights, groups, n_groups, ORDERED, 20)
    alone = split_half(
        answers, options, weights, np.where(groups == 1, 1, -1), n_groups, ORDERED, 20
    )
    np.testing.assert_allclose(whole.distance[1], alone.distance[1])
    assert np.isnan(alone.distance[[0, 2]]).all()


def test_what_cannot_be_halved_is_undefined() -> None:
    answers = np.array([[0, 1, 1, 0, -1, -1, 1, -1]])
    groups = np.array([0, 1, 1, 2, 2, 3, 3, 3])
    found = split_half(answers, [2], np.ones(8), groups, 5, np.array([True]), 400)
    assert found.splits[:, 0].tolist() == [0, 400, 0, 0, 0]
    assert np.isnan(found.distance[[0, 2, 3, 4], 0]).all()
    some = split_half([[0, 1, -1, -1]], [2], np.ones(4), [0] * 4, 1, np.array([True]), 400)
    assert 0 < some.splits[0, 0] < 400  # a split with both answers in one half is left out
    assert some.distance[0, 0] == 1


def test_a_half_without_answers_is_empty_whatever_rounding_leaves() -> None:
    n = 4000
    for seed in range(40):
        rng = np.random.default_rng(seed)
        answers = np.full((3, n), -1, np.int8)
        who = rng.choice(n, 7, replace=False)
        answers[:, who] = 0
        weights = rng.lognormal(0, 1, n)
        found = split_half(
            answers, [2, 2, 2], weights, np.zeros(n, int), 1, np.array([True] * 3), 200, seed=seed
        )
        stream = np.random.default_rng(seed).spawn(1)[0]
        halves = stream.permuted(np.tile((np.arange(n) < n // 2).astype(np.int8), (200, 1)), axis=1)
        inside = halves[:, who].sum(axis=1)
        assert (found.splits == ((inside > 0) & (inside < 7)).sum()).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_full_size_figures_are_what_fresh_samples_show(weighted) -> None:
    """Samples of a known population: to it, and to each other, as derived from their halves."""
    rng = np.random.default_rng(9)
    truth = np.array([0.1, 0.35, 0.3, 0.2, 0.05])
    n, samples = 600, 150
    answers = rng.choice(5, (samples, n), p=truth)
    weights = rng.lognormal(0, 0.6, (samples, n)) if weighted else np.ones((samples, n))
    groups = np.repeat(np.arange(samples), n)
    flat = np.stack([answers.ravel()] * 2).astype(np.int8)
    shares = weighted_shares(flat, [5, 5], weights.ravel(), groups, samples).shares
    halves = split_half(flat, [5, 5], weights.ravel(), groups, samples, np.array([True, False]), 20)
    for item, distance in enumerate((wasserstein, total_variation)):
        to_truth = distance(shares[:, item], truth).mean()
        each_other = distance(shares[: samples // 2, item], shares[samples // 2 :, item]).mean()
        assert halves.to_population[:, item].mean() == pytest.approx(to_truth, rel=0.12)
        assert halves.between_full_samples[:, item].mean() == pytest.approx(each_other, rel=0.15)
        assert halves.distance[:, item].mean() > 1.25 * each_other


def test_bounds() -> None:
    found = split_half(*survey(80, 4, seed=3), ORDERED, 100)
    assert (found.interval.low >= 0).all()
    assert (found.interval.high <= 1).all()
    assert (found.interval.low <= found.distance).all()
    assert (found.distance <= found.interval.high).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ordered": np.array([True])}, r"ordered has shape \(1,\)"),
        ({"ordered": np.array([1, 0, 1])}, "type int64; allowed: booleans"),
        ({"splits": 0}, "splits is 0"),
        ({"level": 95}, "write 95 per cent as"),
    ],
)
def test_messages(changes, message) -> None:
    with pytest.raises(ValueError, match=message):
        split_half(*survey(20, 2), **({"ordered": ORDERED} | changes))
