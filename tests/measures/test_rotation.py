from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.multivariate.factor_rotation import rotate_factors

from mores.measures.rotation import varimax

cells = st.floats(-1, 1, allow_nan=False).map(lambda x: round(x, 3))
tables = st.integers(3, 10).flatmap(lambda p: arrays(np.float64, (p, 2), elements=cells))


def criterion(loadings: np.ndarray, normalise: bool = True) -> float:
    """Sum over columns of the variance of squared loadings, in its plainest form."""
    rows = loadings.copy()
    if normalise:
        for row in rows:
            length = np.sqrt((row**2).sum())
            if length > 0:
                row /= length
    return sum(float(np.var(column**2)) for column in rows.T)


def turned(loadings: np.ndarray, angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return loadings @ np.array([[c, -s], [s, c]])


def random_loadings(k: int, seed: int, p: int = 10) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (p, k))


def alike(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """`ours` with the order and the signs of the columns of `theirs`."""
    found = []
    for order in permutations(range(ours.shape[1])):
        columns = ours[:, order]
        found.append(columns * np.sign((columns * theirs).sum(axis=0)))
    return min(found, key=lambda table: np.abs(table - theirs).sum())


def test_by_hand_simple_structure_turned_by_30_degrees_is_found_again() -> None:
    simple = np.array([[0.8, 0.0], [0.6, 0.0], [0.0, 0.5], [0.0, 0.9]])
    rotated = varimax(turned(simple, np.pi / 6))
    np.testing.assert_allclose(rotated.loadings, simple, atol=1e-14)
    np.testing.assert_allclose(rotated.matrix, turned(np.eye(2), -np.pi / 6), atol=1e-14)


def oracle(loadings: np.ndarray) -> np.ndarray:
    """Varimax of statsmodels on rows normalised by hand: the best of several random starts."""
    lengths = np.linalg.norm(loadings, axis=1, keepdims=True)
    rows, k = loadings / lengths, loadings.shape[1]
    generator = np.random.default_rng(0)
    found = []
    for _ in range(3):
        start = np.linalg.qr(generator.normal(size=(k, k)))[0]
        turned_rows, _ = rotate_factors(rows @ start, "varimax", tol=1e-8, max_tries=2000)
        found.append(turned_rows)
    return lengths * max(found, key=lambda table: criterion(table, normalise=False))


@pytest.mark.parametrize("seed", range(8))
def test_against_statsmodels(seed: int) -> None:
    loadings = random_loadings(2, seed)
    theirs = oracle(loadings)
    np.testing.assert_allclose(alike(varimax(loadings).loadings, theirs), theirs, atol=1e-6)
    assert np.abs(
        varimax(loadings).loadings - varimax(loadings, normalise=False).loadings
    ).max() > (1e-3)


@pytest.mark.parametrize("k", [3, 4])
def test_against_statsmodels_with_more_columns(k: int) -> None:
    """Near simple structure, where there is one maximum for both to find."""
    generator = np.random.default_rng(k)
    simple = np.zeros((4 * k, k))
    simple[np.arange(4 * k), np.arange(4 * k) % k] = generator.uniform(0.5, 0.9, 4 * k)
    simple += generator.normal(0, 0.08, simple.shape)
    loadings = simple @ np.linalg.qr(generator.normal(size=(k, k)))[0]
    ours, theirs = varimax(loadings), oracle(loadings)
    np.testing.assert_allclose(alike(ours.loadings, theirs), theirs, atol=1e-6)
    np.testing.assert_allclose(ours.matrix.T @ ours.matrix, np.eye(k), atol=1e-13)


def test_without_normalisation_against_statsmodels() -> None:
    loadings = random_loadings(2, 3)
    theirs, _ = rotate_factors(loadings, "varimax", tol=1e-8, max_tries=2000)
    ours = varimax(loadings, normalise=False).loadings
    np.testing.assert_allclose(alike(ours, theirs), theirs, atol=1e-6)


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("k", [2, 5])
def test_no_plane_can_be_turned_any_more(k: int, normalise: bool) -> None:
    """Kaiser's condition in every plane: the criterion is stationary to 1e-10, and no lower near by."""
    rotated = varimax(random_loadings(k, 11), normalise=normalise).loadings
    best = criterion(rotated, normalise)
    rows = rotated / np.linalg.norm(rotated, axis=1, keepdims=True) if normalise else rotated
    for i in range(k):
        for j in range(i):
            u, v = rows[:, i] ** 2 - rows[:, j] ** 2, 2 * rows[:, i] * rows[:, j]
            assert abs((u * v).mean() - u.mean() * v.mean()) < 1e-10
            for angle in (-0.2, -0.01, 0.01, 0.2):
                moved = rotated.copy()
                moved[:, [j, i]] = turned(rotated[:, [j, i]], angle)
                assert criterion(moved, normalise) < best


@settings(deadline=None)
@given(tables)
def test_orthogonal_and_communalities_kept(loadings) -> None:
    rotated = varimax(loadings)
    np.testing.assert_allclose(rotated.matrix.T @ rotated.matrix, np.eye(2), atol=1e-13)
    assert np.linalg.det(rotated.matrix) == pytest.approx(1)
    np.testing.assert_allclose(rotated.loadings, loadings @ rotated.matrix, atol=1e-13)
    kept = (rotated.loadings**2).sum(axis=1)
    np.testing.assert_allclose(kept, (loadings**2).sum(axis=1), atol=1e-13)


@settings(deadline=None)
@given(tables, st.floats(-3, 3), st.sampled_from([1.0, -1.0]), st.booleans())
def test_the_maximum_does_not_depend_on_signs_order_or_where_it_starts(
    loadings, angle, sign, exchange
) -> None:
    best = criterion(varimax(loadings).loadings)
    grid = [criterion(turned(loadings, a)) for a in np.linspace(0, np.pi / 2, 91)]
    assert best >= max(grid) - 1e-12
    start = turned(loadings, angle) * [1.0, sign]
    start = start[:, ::-1] if exchange else start
    assert criterion(varimax(start).loadings) == pytest.approx(best, abs=1e-12)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1.0, -1.0]), st.booleans())
def test_signs_and_order_of_the_input_leave_the_axes(seed, sign, exchange) -> None:
    loadings = random_loadings(2, seed, p=7)
    start = loadings * [1.0, sign]
    start = start[:, ::-1] if exchange else start
    first, second = varimax(loadings).loadings, varimax(start).loadings
    rows = first / np.linalg.norm(first, axis=1, keepdims=True)
    if criterion(rows, False) - criterion(turned(rows, np.pi / 4), False) > 1e-3:  # not flat
        np.testing.assert_allclose(alike(second, first), first, atol=1e-9)


def test_rows_of_zeros_and_flat_criteria_stay_as_they_are() -> None:
    loadings = random_loadings(2, 5)
    loadings[4] = 0
    assert (varimax(loadings).loadings[4] == 0).all()
    around = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    flat = np.stack([np.cos(around), np.sin(around)], axis=1)
    np.testing.assert_array_equal(varimax(flat).matrix, np.eye(2))
    one = varimax([[0.5], [-0.2]])
    assert one.matrix.tolist() == [[1.0]]


@pytest.mark.parametrize("loadings", [[1.0, 2.0], [[1.0, np.nan]], np.empty((0, 2))])
def test_refuses_what_is_no_table(loadings) -> None:
    with pytest.raises(
        ValueError, match=r"loadings has shape .*allowed: \(variables, components\)"
    ):
        varimax(loadings)


def test_says_when_it_has_not_converged() -> None:
    with pytest.raises(ValueError, match="after 1 sweeps; allowed: at most"):
        varimax(random_loadings(4, 1), sweeps=1)
