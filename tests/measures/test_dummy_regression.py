"""Regression on factors, for many weightings at once."""

from __future__ import annotations

import numpy as np
import pytest

from mores.measures.dummy_regression import Design

SIZES = (3, 2)


def drawn(n: int = 60, seed: int = 0):
    rng = np.random.default_rng(seed)
    levels = np.stack([rng.integers(0, k, n) for k in SIZES], axis=1)
    return levels, rng.normal(size=(n, 2)) + levels[:, :1], rng.uniform(0.1, 2, (3, n))


def by_least_squares(levels, y, w, chosen) -> np.ndarray:
    blocks = [np.eye(SIZES[v])[levels[:, v]] for v in chosen]
    x = np.concatenate([np.ones((len(levels), 1)), *blocks], axis=1)
    root = np.sqrt(w)[:, None]
    fitted = x @ np.linalg.lstsq(x * root, y * root, rcond=None)[0]
    return np.average((fitted - np.average(y, axis=0, weights=w)) ** 2, axis=0, weights=w)


@pytest.mark.parametrize("draws", [1, 3])
def test_explained_variance_is_that_of_weighted_least_squares(draws):
    levels, y, w = drawn()
    w = w[:draws]
    design = Design.of(levels, SIZES, len(y)).rows(np.ones(len(y), bool))
    full, adds = design.type_ii(design.moments(y, w))
    for b in range(draws):
        np.testing.assert_allclose(full[b], by_least_squares(levels, y, w[b], (0, 1)))
        for v, other in ((0, 1), (1, 0)):
            without = by_least_squares(levels, y, w[b], (other,))
            np.testing.assert_allclose(adds[b, v], full[b] - without, atol=1e-12)


def test_a_draw_that_lacks_a_level_does_not_disturb_the_others():
    levels, y, w = drawn()
    w[1, levels[:, 0] == 2] = 0
    design = Design.of(levels, SIZES, len(y)).rows(np.ones(len(y), bool))
    full, _ = design.type_ii(design.moments(y, w))
    for b in range(3):
        kept = w[b] > 0
        expected = by_least_squares(levels[kept], y[kept], w[b, kept], (0, 1))
        np.testing.assert_allclose(full[b], expected)


def test_factors_that_determine_each_other_are_solved_too():
    levels, y, w = drawn()
    levels[:, 1] = levels[:, 0] > 0
    design = Design.of(levels, SIZES, len(y)).rows(np.ones(len(y), bool))
    full, adds = design.type_ii(design.moments(y, w))
    np.testing.assert_allclose(full[0], by_least_squares(levels, y, w[0], (0,)))
    np.testing.assert_allclose(adds[:, 1], 0, atol=1e-12)


def test_dummies_are_of_the_levels_that_occur_but_the_most_frequent():
    levels = np.array([[0, 0], [0, 1], [2, 1], [0, 1]])
    design = Design.of(levels, SIZES, 4)
    assert design.dummies.shape == (4, 5)
    some = design.rows(np.ones(4, bool))
    np.testing.assert_array_equal(some.dummies, [[0, 1], [0, 0], [1, 0], [0, 0]])
    assert some.owner.tolist() == [0, 1]
    assert some.df.tolist() == [1, 1]
    one = design.rows(np.array([True, False, False, False]))
    assert one.dummies.shape == (1, 0)
    assert one.df.tolist() == [0, 0]


def test_many_rows_are_taken_in_parts(monkeypatch):
    levels, y, w = drawn()
    design = Design.of(levels, SIZES, len(y)).rows(np.ones(len(y), bool))
    whole = design.moments(y, w)
    monkeypatch.setattr("mores.measures.dummy_regression._ROWS", 7)
    parts = design.moments(y, w)
    np.testing.assert_allclose(parts.design, whole.design)
    np.testing.assert_allclose(parts.outcome, whole.outcome)
