from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.correlation import survey_weights, weighted_moments

NAN = float("nan")


def sample(seed: int, n: int = 40, p: int = 4) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    values = generator.integers(1, 6, (n, p)).astype(float)
    values[generator.random((n, p)) < 0.25] = np.nan
    return values, generator.gamma(2, 0.5, n)


def test_by_hand() -> None:
    values = [[1, 1], [2, 3], [3, 2], [5, NAN], [NAN, 9], [7, 7]]
    moments = weighted_moments(values, [1, 2, 1, 4, 1, 0])
    assert moments.means.tolist() == [(1 + 4 + 3 + 20) / 8, (1 + 6 + 2 + 9) / 5]
    # over the first three: means 2 and 9/4; 4 cov = -1.25*-1 + 0 + -.25*1 = 1
    variances = (2 / 4, (1.25**2 + 2 * 0.75**2 + 0.25**2) / 4)
    expected = (1 / 4) / np.sqrt(variances[0] * variances[1])
    assert moments.correlation[0, 1] == pytest.approx(expected)
    assert moments.counts.tolist() == [[4, 3], [3, 4]]


@pytest.mark.parametrize("seed", range(5))
def test_against_numpy_pair_by_pair(seed: int) -> None:
    values, weights = sample(seed)
    moments = weighted_moments(values, weights)
    for j in range(4):
        there = ~np.isnan(values[:, j])
        mean = np.average(values[there, j], weights=weights[there])
        assert moments.means[j] == pytest.approx(mean)
        spread = np.average((values[there, j] - mean) ** 2, weights=weights[there])
        assert moments.sds[j] == pytest.approx(np.sqrt(spread))
        for k in range(4):
            both = there & ~np.isnan(values[:, k])
            pair = values[both][:, [j, k]].T
            cov = np.cov(pair, aweights=weights[both], ddof=0)
            oracle = cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])
            assert moments.correlation[j, k] == pytest.approx(oracle, abs=1e-12)
            assert moments.counts[j, k] == both.sum()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.floats(1e-6, 1e6), st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_invariances(seed, factor, shift, stretch) -> None:
    values, weights = sample(seed)
    moments = weighted_moments(values, weights)
    order = np.random.default_rng(seed).permutation(len(values))
    for other in (
        weighted_moments(values, weights * factor),
        weighted_moments(values[order], weights[order]),
        weighted_moments(np.repeat(values, 2, axis=0), np.repeat(weights, 2)),
    ):
        np.testing.assert_allclose(other.correlation, moments.correlation, atol=1e-12)
        np.testing.assert_allclose(other.sds, moments.sds, rtol=1e-12)
    moved = weighted_moments(values * stretch + shift, weights)
    np.testing.assert_allclose(moved.correlation, moments.correlation, atol=1e-8)
    assert np.abs(moments.correlation).max() <= 1
    np.testing.assert_allclose(np.diag(moments.correlation), 1)


def test_whole_weights_are_repetitions_and_no_weight_is_absence() -> None:
    values, _ = sample(3)
    weights = np.random.default_rng(1).integers(0, 4, len(values)).astype(float)
    repeated = weighted_moments(
        np.repeat(values, weights.astype(int), axis=0), np.ones(int(weights.sum()))
    )
    weights[weights == 0] = np.where(np.arange((weights == 0).sum()) % 2, 0.0, np.nan)
    weighted = weighted_moments(values, weights)
    np.testing.assert_allclose(weighted.correlation, repeated.correlation, atol=1e-12)
    np.testing.assert_allclose(weighted.means, repeated.means)


@pytest.mark.parametrize("constant", [3.0, 0.1, 1e6 / 3])
def test_constants_and_absent_variables_are_undefined(constant: float) -> None:
    values, weights = sample(4)
    values[:, 0] = constant
    values[:, 1] = np.nan
    values[~np.isnan(values[:, 2]), 3] = constant  # a constant where both are there
    moments = weighted_moments(values, weights)
    assert moments.sds[0] == 0
    assert np.isnan(moments.sds[1])
    for pair in ((0, 2), (1, 2), (2, 3), (0, 1)):
        assert np.isnan(moments.correlation[pair])
    assert np.isnan(weighted_moments(values, np.zeros(len(values))).correlation).all()


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"weights has shape \(2,\) and least value -1"):
        survey_weights([1, -1], 2)
    with pytest.raises(ValueError, match=r"allowed: shape \(3,\)"):
        weighted_moments(np.ones((3, 2)), [1, 1])
    with pytest.raises(ValueError, match="values has shape"):
        weighted_moments([1, 2], [1, 1])
