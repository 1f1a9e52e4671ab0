from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from mores.measures.proportions import share_interval, total_variation, uniform_chi_square

NAN = float("nan")
rows = st.lists(st.integers(0, 60), min_size=2, max_size=8)


def test_wilson_by_hand() -> None:
    # z = 1.959964: centre 0.5, reach z sqrt(0.25/10 + z²/400) / (1 + z²/10)
    interval = share_interval(5, 10)
    assert float(interval.low) == pytest.approx(0.236593, abs=1e-6)
    assert float(interval.high) == pytest.approx(0.763407, abs=1e-6)


@settings(deadline=None)
@given(st.integers(1, 500), st.floats(0, 1), st.floats(0.5, 0.999))
def test_wilson_against_statsmodels(n, share, level) -> None:
    count = round(share * n)
    interval = share_interval(count, n, level)
    low, high = proportion_confint(count, n, alpha=1 - level, method="wilson")
    assert float(interval.low) == pytest.approx(low, abs=1e-9)
    assert float(interval.high) == pytest.approx(high, abs=1e-9)
    assert 0 <= interval.low <= count / n <= interval.high <= 1
    mirrored = share_interval(n - count, n, level)
    assert float(mirrored.low) == pytest.approx(1 - float(interval.high))


def test_wilson_edges_and_broadcasting() -> None:
    interval = share_interval([0, 7, 0], [7, 7, 0])
    assert interval.low[0] == 0.0
    assert interval.high[1] == 1.0
    assert np.isnan([interval.low[2], interval.high[2]]).all()
    assert share_interval([[1], [2]], [5, 6, 7]).low.shape == (2, 3)
    with pytest.raises(ValueError, match=r"count 8\.0 of n 7\.0"):
        share_interval(8, 7)
    with pytest.raises(ValueError, match="level is 95"):
        share_interval(1, 7, 95)


def test_chi_square_by_hand() -> None:
    result = uniform_chi_square([10, 20, 30])
    assert result.statistic == pytest.approx(10.0)
    assert result.p == pytest.approx(np.exp(-5))  # two degrees of freedom
    assert result.effect == pytest.approx(np.sqrt(10 / 60))
    assert result.n == 60


@settings(deadline=None)
@given(rows)
def test_chi_square_against_scipy(counts) -> None:
    result = uniform_chi_square(counts)
    if sum(counts) == 0:
        assert np.isnan([result.statistic, result.p, result.effect]).all()
        return
    oracle = stats.chisquare(counts)
    assert result.statistic == pytest.approx(oracle.statistic)
    assert result.p == pytest.approx(oracle.pvalue)
    assert 0 <= result.effect <= np.sqrt(len(counts) - 1) + 1e-12
    assert uniform_chi_square(counts[::-1]).p == pytest.approx(float(result.p))


def test_chi_square_of_rows() -> None:
    table = np.array([[[5, 5], [9, 1]], [[0, 0], [3, 4]]])
    result = uniform_chi_square(table)
    assert result.p.shape == (2, 2)
    assert np.isnan(result.p[1, 0])
    assert result.p[0, 1] == pytest.approx(stats.chisquare([9, 1]).pvalue)


def test_chi_square_keeps_its_level() -> None:
    counts = np.random.default_rng(1).multinomial(120, np.full(6, 1 / 6), size=4000)
    assert np.mean(uniform_chi_square(counts).p < 0.05) == pytest.approx(0.05, abs=0.012)


def test_total_variation_by_hand() -> None:
    assert total_variation([1, 0, 0, 0]) == pytest.approx(0.75)
    assert total_variation([2, 2], [1, 3]) == pytest.approx(0.25)
    assert np.isnan(total_variation([0, 0]))
    np.testing.assert_allclose(total_variation([[1, 1], [1, 0]], [0.5, 0.5]), [0, 0.5])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=8))
def test_total_variation_is_a_bounded_metric_and_the_largest_gap_of_any_event(pairs) -> None:
    p, q = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    ours = total_variation(p, q)
    if p.sum() == 0 or q.sum() == 0:
        assert np.isnan(ours)
        return
    gap = p / p.sum() - q / q.sum()
    assert ours == pytest.approx(gap[gap > 0].sum(), abs=1e-12)
    assert ours == pytest.approx(float(total_variation(q, p)))
    assert 0 <= ours <= 1 + 1e-12
    assert total_variation(p, 3 * p) == pytest.approx(0)


def test_messages() -> None:
    with pytest.raises(ValueError, match="K >= 2 options"):
        uniform_chi_square([3])
    with pytest.raises(ValueError, match="negative or missing"):
        total_variation([1, NAN])
    with pytest.raises(ValueError, match="reference has 3 options and counts has 2"):
        total_variation([1, 2], [1, 2, 3])
