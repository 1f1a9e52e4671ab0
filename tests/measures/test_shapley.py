from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures import shapley as module
from mores.measures.shapley import exact_shapley, sampled_shapley, subsets

NAN = float("nan")


def by_orders(values, d: int) -> np.ndarray:
    """Mean over all d! orders of what each part adds: the definition, a step at a time."""
    total, n = np.zeros((*values.shape[:-1], d)), 0
    for order in permutations(range(d)):
        members = 0
        for part in order:
            total[..., part] += values[..., members | 1 << part] - values[..., members]
            members |= 1 << part
        n += 1
    return total / n


def looked_up(values, d: int):
    """The game as a callable that records what it is asked for."""
    asked: list[int] = []

    def value(members):
        assert members.dtype == bool
        assert members.shape[1] == d
        index = members @ (1 << np.arange(d))
        asked.extend(index.tolist())
        return np.moveaxis(values[..., index], -1, 0)

    return value, asked


games = st.integers(1, 6).flatmap(
    lambda d: st.tuples(st.just(d), st.integers(0, 2**32 - 1), st.sampled_from([(), (3,), (2, 2)]))
)


def random_game(d, seed, shape=()):
    return np.random.default_rng(seed).normal(size=(*shape, 1 << d))


def test_by_hand() -> None:
    # a left glove and two right ones: a pair is worth 1
    gloves = [0, 0, 0, 1, 0, 1, 0, 1]
    assert exact_shapley(gloves).values == pytest.approx([4 / 6, 1 / 6, 1 / 6])
    # an error that falls from 0.5 to 0.2, and to 0.3 or 0.4 with one part alone
    error = exact_shapley([0.5, 0.3, 0.4, 0.2])
    assert error.values == pytest.approx([-0.2, -0.1])
    assert error.difference == pytest.approx(-0.3)
    assert error.standard_error.tolist() == [0, 0]
    assert error.evaluated == 4


def test_order_of_subsets() -> None:
    members = subsets(3)
    assert members.astype(int).tolist() == [
        [0, 0, 0],
        [1, 0, 0],
        [0, 1, 0],
        [1, 1, 0],
        [0, 0, 1],
        [1, 0, 1],
        [0, 1, 1],
        [1, 1, 1],
    ]
    assert subsets(10).shape == (1024, 10)


@settings(deadline=None, max_examples=60)
@given(games)
def test_exact_against_all_orders(game) -> None:
    values = random_game(*game)
    found = exact_shapley(values)
    np.testing.assert_allclose(found.values, by_orders(values, game[0]), atol=1e-12)
    np.testing.assert_allclose(found.values.sum(axis=-1), found.difference, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_axioms(d, seed) -> None:
    rng = np.random.default_rng(seed)
    members = subsets(d)
    weights = rng.normal(size=d)
    # additive: each part adds its own
    np.testing.assert_allclose(exact_shapley(members @ weights + 3).values, weights, atol=1e-9)
    # a dummy adds nothing, and the others are as without it
    small = rng.normal(size=1 << d - 1)
    dummy = np.concatenate([small, small])
    expected = np.append(exact_shapley(small).values, 0)
    np.testing.assert_allclose(exact_shapley(dummy).values, expected, atol=1e-9)
    # what depends on the number of parts alone is shared equally
    sizes = rng.normal(size=d + 1)[members.sum(axis=1)]
    equal = exact_shapley(sizes)
    np.testing.assert_allclose(equal.values, (sizes[-1] - sizes[0]) / d, atol=1e-9)
    # linear
    first, second = rng.normal(size=(2, 1 << d))
    both = exact_shapley(2 * first - second).values
    np.testing.assert_allclose(
        both, 2 * exact_shapley(first).values - exact_shapley(second).values, atol=1e-9
    )
    # renaming the parts renames the values
    order = rng.permutation(d)
    renamed = first[members @ (1 << order)]
    np.testing.assert_allclose(
        exact_shapley(renamed).values, exact_shapley(first).values[order], atol=1e-9
    )


def test_draws_of_games_give_draws_of_values() -> None:
    draws = random_game(5, 0, (200, 3))
    found = exact_shapley(draws)
    assert found.values.shape == (200, 3, 5)
    assert found.difference.shape == (200, 3)
    np.testing.assert_allclose(found.values[7, 2], exact_shapley(draws[7, 2]).values, atol=1e-12)


def test_sixteen_parts() -> None:
    weights = np.random.default_rng(0).normal(size=16)
    players = subsets(16) @ weights
    # v = (Σ w)² is quadratic: each part's value is its weight times the sum
    found = exact_shapley(players**2)
    np.testing.assert_allclose(found.values, weights * weights.sum(), atol=1e-9)


def test_a_missing_subset_leaves_its_game_alone_without_values() -> None:
    values = random_game(4, 1, (3,))
    values[1, 6] = NAN
    found = exact_shapley(values)
    assert np.isnan(found.values).all(axis=-1).tolist() == [False, True, False]
    assert np.isnan(found.standard_error[1]).all()
    assert np.isfinite(found.difference).all()
    np.testing.assert_allclose(found.values[2], exact_shapley(values[2]).values, atol=1e-12)
    sampled = sampled_shapley(looked_up(values, 4)[0], 4, 200, 0)
    assert np.isnan(sampled.values).all(axis=-1).tolist() == [False, True, False]
    assert np.isnan(sampled.standard_error[1]).all()


@settings(deadline=None, max_examples=40)
@given(games, st.integers(1, 30), st.integers(1, 9))
def test_sampled_sums_to_the_difference_and_asks_once(game, pairs, batch) -> None:
    d, seed, _ = game
    values = random_game(*game)
    value, asked = looked_up(values, d)
    found = sampled_shapley(value, d, pairs, seed, batch=batch)
    np.testing.assert_allclose(found.values.sum(axis=-1), found.difference, atol=1e-9)
    np.testing.assert_allclose(found.difference, values[..., -1] - values[..., 0])
    assert len(asked) == len(set(asked)) == found.evaluated <= 2 + 2 * (d - 1) * pairs
    assert np.isnan(found.standard_error).all() == (pairs == 1)
    again = sampled_shapley(looked_up(values, d)[0], d, pairs, seed, batch=batch)
    np.testing.assert_array_equal(again.values, found.values)


def test_a_pair_is_exact_where_parts_interact_in_twos() -> None:
    """What a part adds early and what it adds late average to its value: no error is left."""
    rng = np.random.default_rng(2)
    d = 7
    weights, twos = rng.normal(size=d), rng.normal(size=(d, d))
    members = subsets(d).astype(float)
    values = members @ weights + np.einsum("si,ij,sj->s", members, twos, members)
    found = sampled_shapley(looked_up(values, d)[0], d, 5, 0)
    np.testing.assert_allclose(found.values, exact_shapley(values).values, atol=1e-12)
    np.testing.assert_allclose(found.standard_error, 0, atol=1e-12)


def test_the_standard_error_is_the_spread_of_estimates() -> None:
    values = random_game(6, 4, (2,))
    exact = exact_shapley(values).values
    runs = [sampled_shapley(looked_up(values, 6)[0], 6, 40, seed, batch=7) for seed in range(400)]
    estimates = np.array([run.values for run in runs])
    errors = np.array([run.standard_error for run in runs])
    np.testing.assert_allclose(errors.mean(axis=0), estimates.std(axis=0), rtol=0.15)
    assert np.abs((estimates.mean(axis=0) - exact) / estimates.std(axis=0) * 20).max() < 4
    covered = (np.abs(estimates - exact) < 2.02 * errors).mean()
    assert 0.92 < covered < 0.97


def test_many_parts_are_sampled() -> None:
    weights = np.random.default_rng(5).normal(size=62)
    found = sampled_shapley(lambda members: members @ weights, 62, 4, 0)
    np.testing.assert_allclose(found.values, weights, atol=1e-9)


def test_a_sum_that_is_missed_is_an_error(monkeypatch) -> None:
    monkeypatch.setattr(module, "comb", lambda n, k: 1)
    with pytest.raises(ValueError, match=r"Shapley values miss v\(all\) - v\(none\) by"):
        exact_shapley(random_game(4, 0))


def test_a_large_level_costs_no_digits() -> None:
    values = random_game(6, 7)
    np.testing.assert_allclose(
        exact_shapley(values + 1e6).values, exact_shapley(values).values, atol=1e-8
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exact_shapley([1, 2, 3]), r"values has shape \(3,\); allowed: \(..., 2\^d\)"),
        (lambda: exact_shapley(3), r"values has shape \(\)"),
        (lambda: exact_shapley([3]), r"values has shape \(1,\)"),
        (lambda: exact_shapley(np.empty((2, 0))), r"values has shape \(2, 0\)"),
        (lambda: exact_shapley(np.zeros(1 << 17)), "d from 1 to 16"),
        (lambda: exact_shapley([0, np.inf]), "values is inf"),
        (lambda: subsets(0), "d is 0"),
        (lambda: subsets(17), "d is 17.*sampled_shapley"),
        (lambda: sampled_shapley(lambda s: s[:, 0], 63, 2, 0), "d is 63"),
        (lambda: sampled_shapley(lambda s: s[:, 0], 3, 0, 0), "pairs is 0"),
        (lambda: sampled_shapley(lambda s: s[:, 0], 3, 1, 0, batch=0), "batch is 0"),
        (lambda: sampled_shapley(lambda s: 1.0, 3, 1, 0), r"value\(subsets\) has shape \(\)"),
        (lambda: sampled_shapley(lambda s: s[:1, 0], 3, 1, 0), r"\(1,\) for 2 subsets"),
        (lambda: sampled_shapley(lambda s: s[:, : len(s)], 4, 2, 0), "always as many games"),
    ],
)
def test_messages(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()
