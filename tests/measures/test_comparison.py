from __future__ import annotations

import tomllib
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.descriptivestats import sign_test as statsmodels_sign_test
from statsmodels.stats.multitest import multipletests

from mores.measures.agreement import accuracy, cohen_kappa, f1_agree, sign_counts
from mores.measures.comparison import (
    benjamini_hochberg,
    improvement,
    mann_whitney,
    paired_wilcoxon,
    sign_test,
    swap_test,
)

NAN = float("nan")
TABLES = tomllib.loads(
    (Path(__file__).parent / "data" / "lakerveld-2026-tables.toml").read_text("utf-8")
)["tables"]
score = st.integers(-5, 5).map(lambda k: k / 5)
samples = st.lists(st.tuples(score, score), min_size=2, max_size=70)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t["name"])
def test_printed_deltas_are_improvements_on_the_baseline(table) -> None:
    """Printed numbers are rounded before and after subtraction, so they may differ by 0.001."""
    gaps = []
    for row in table["rows"].values():
        for category in ("max", "moderate", "incongruous"):
            number, delta = row[category]
            ours = improvement(row["baseline"], number, lower_is_better=table["lower_is_better"])
            gaps.append(abs(float(ours) - delta))
    assert len(gaps) == 18
    assert max(gaps) < 0.0015
    assert sum(gap > 0.0005 for gap in gaps) == 6


def test_wilcoxon_by_hand() -> None:
    result = paired_wilcoxon([2, 4, 6, 8, 10], [1, 2, 3, 4, 5])
    assert result.statistic == 0.0
    assert result.p == pytest.approx(2 / 32)
    assert (result.effect, result.n) == (1.0, 5)
    # differences 0, 1, -2, 3: ranks 1, 2, 3, 4, of which the first is dropped
    mixed = paired_wilcoxon([5, 6, 3, 8], [5, 5, 5, 5])
    assert mixed.statistic == 3.0
    assert mixed.effect == pytest.approx((2 - 3 + 4) / 10)


def test_wilcoxon_without_evidence() -> None:
    assert paired_wilcoxon([0.2] * 8, [0.2] * 8).p == 1.0
    assert paired_wilcoxon([0.2] * 8, [0.2] * 8).effect == 0.0
    nothing = paired_wilcoxon([NAN, 1.0], [0.2, NAN])
    assert nothing.n == 0
    assert np.isnan([nothing.statistic, nothing.p, nothing.effect]).all()
    assert paired_wilcoxon([1.0, NAN, 2.0], [0.0, 1.0, 0.0]).n == 2


def test_rounding_errors_are_no_differences() -> None:
    thirds = np.array([0.1 + 0.2, 0.3, 0.7]), np.array([0.3, 0.1 + 0.2, 0.1 * 7])
    assert (thirds[0] != thirds[1]).any()
    assert paired_wilcoxon(*thirds).p == 1.0
    assert sign_test(*thirds).p == 1.0
    assert mann_whitney([0.1 + 0.2], [0.3]).effect == 0.0


@settings(deadline=None)
@given(samples)
def test_wilcoxon_against_scipy(pairs) -> None:
    x, y = np.array(pairs).T
    integers = np.round(5 * x) - np.round(5 * y)
    ours = paired_wilcoxon(x, y)
    if not integers.any():
        assert ours.p == 1.0
        return
    oracle = stats.wilcoxon(integers, zero_method="pratt", method="asymptotic")
    assert ours.statistic == oracle.statistic
    if len(integers) > 50:
        assert ours.p == pytest.approx(oracle.pvalue)
    elif len(integers) >= 20 and np.count_nonzero(integers) >= 15:
        assert ours.p == pytest.approx(oracle.pvalue, abs=0.05)
    magnitude = np.abs(integers)
    ranks = [(magnitude < m).sum() + ((magnitude == m).sum() + 1) / 2 for m in magnitude]
    assert ours.effect == pytest.approx((np.sign(integers) * ranks).sum() / np.sum(ranks))


@pytest.mark.parametrize("n", [3, 6, 13])
def test_wilcoxon_with_ties_and_zeros_against_scipy_over_all_signs(n) -> None:
    differences = np.random.default_rng(n).integers(-3, 5, n).astype(float)
    oracle = stats.wilcoxon(differences, zero_method="pratt")  # permutes, with ties and n <= 13
    assert paired_wilcoxon(differences, np.zeros(n)).p == pytest.approx(oracle.pvalue)


@pytest.mark.parametrize("n", [14, 30, 50])
def test_wilcoxon_without_ties_against_scipy_exact(n) -> None:
    differences = np.random.default_rng(n).normal(0.2, 1, n)
    oracle = stats.wilcoxon(differences, method="exact")
    assert paired_wilcoxon(differences, np.zeros(n)).p == pytest.approx(oracle.pvalue)


def test_wilcoxon_with_many_ties_against_every_sign() -> None:
    differences = np.array([0, 0, 1, 1, 1, -1, 2, 2, -2, 3, 3, 3, -3, 4, 0, -5])
    ranks = np.where(differences == 0, 0, stats.rankdata(np.abs(differences)))
    signs = np.array(list(product([0, 1], repeat=len(ranks))))
    sums = signs @ ranks
    smaller = min(ranks[differences > 0].sum(), ranks[differences < 0].sum())
    expected = min(1.0, 2 * np.mean(sums <= smaller + 1e-9))
    assert paired_wilcoxon(differences, np.zeros(16)).p == pytest.approx(expected)


@settings(deadline=None)
@given(samples)
def test_paired_tests_are_symmetric(pairs) -> None:
    x, y = np.array(pairs).T
    for test in (paired_wilcoxon, sign_test, mann_whitney):
        forth, back = test(x, y), test(y, x)
        assert forth.p == pytest.approx(back.p)
        assert forth.effect == pytest.approx(-back.effect)
        assert -1 <= forth.effect <= 1
        assert 0 <= forth.p <= 1


@settings(deadline=None)
@given(samples)
def test_sign_test_against_statsmodels(pairs) -> None:
    x, y = np.array(pairs).T
    integers = np.round(5 * x) - np.round(5 * y)
    ours = sign_test(x, y)
    assert ours.effect == pytest.approx(np.sign(integers).mean())
    if integers.any():
        assert ours.p == pytest.approx(statsmodels_sign_test(integers)[1])


def test_sign_test_by_hand() -> None:
    result = sign_test([1, 1, 1, 1, 0, 5], [0, 0, 0, 0, 1, 5])
    assert result.p == pytest.approx(12 / 32)
    assert (result.statistic, result.n) == (4.0, 6)
    assert result.effect == pytest.approx(3 / 6)
    assert np.isnan(sign_test([], []).p)


def test_mann_whitney_by_hand() -> None:
    result = mann_whitney([4, 5, 6, NAN], [1, 2, 3])
    assert result.statistic == 9.0
    assert result.p == pytest.approx(2 / 20)
    assert (result.effect, result.n) == (1.0, 6)
    assert mann_whitney([1, 1], [1, 1, 1]).p == 1.0
    assert np.isnan(mann_whitney([1], [NAN]).p)
    assert mann_whitney([1], [NAN]).n == 1


@settings(deadline=None)
@given(st.lists(score, min_size=1, max_size=30), st.lists(score, min_size=1, max_size=30))
def test_mann_whitney_against_scipy_and_all_pairs(x, y) -> None:
    ours = mann_whitney(x, y)
    fifths = np.round(5 * np.array(x)), np.round(5 * np.array(y))
    oracle = stats.mannwhitneyu(*fifths)
    assert ours.p == pytest.approx(oracle.pvalue)
    pairs = np.sign(fifths[0][:, None] - fifths[1][None, :])
    assert ours.effect == pytest.approx(pairs.mean())


def counts_of(generator: np.random.Generator, clusters: int, pairs: int, p: float) -> np.ndarray:
    value = generator.choice([-1, 1], clusters * pairs)
    action = np.where(generator.random(value.size) < p, value, -value)
    return sign_counts(value, action, np.repeat(np.arange(clusters), pairs), clusters)


def exhaustive_p(a: np.ndarray, b: np.ndarray, statistic) -> float:
    b = b * (a.sum() / b.sum())
    difference = abs(statistic(a.sum(axis=0)) - statistic(b.sum(axis=0)))
    as_large = 0
    for mask in product([0, 1], repeat=len(a)):
        moved = np.array(mask) @ (b - a)
        swapped = statistic(a.sum(axis=0) + moved) - statistic(b.sum(axis=0) - moved)
        as_large += not abs(swapped) < difference - 1e-12
    return as_large / 2 ** len(a)


@pytest.mark.parametrize("statistic", [f1_agree, cohen_kappa, accuracy])
@pytest.mark.parametrize("pairs", [1, 4])
def test_swap_test_against_every_swap(statistic, pairs) -> None:
    generator = np.random.default_rng(12)
    a, b = counts_of(generator, 10, pairs, 0.85), counts_of(generator, 10, 1, 0.5)
    exact = exhaustive_p(a, b, statistic)
    assert 0.001 < exact < 0.9
    assert swap_test(a, b, statistic, 20_000, 1).p == pytest.approx(exact, abs=0.015)


def test_swap_test_of_a_mean_against_scipy() -> None:
    generator = np.random.default_rng(13)
    a, b = counts_of(generator, 30, 3, 0.75), counts_of(generator, 30, 3, 0.6)
    right = (a[:, 0] + a[:, 3]) / 90, (b[:, 0] + b[:, 3]) / 90
    oracle = stats.permutation_test(
        right,
        lambda x, y, axis: x.sum(axis=axis) - y.sum(axis=axis),
        permutation_type="samples",
        n_resamples=20_000,
        rng=np.random.default_rng(0),
        vectorized=True,
    )
    ours = swap_test(a, b, accuracy, 20_000, 0)
    assert ours.effect == pytest.approx(oracle.statistic)
    # Beside the doubled tail of the oracle, ours counts both tails.
    assert ours.p == pytest.approx(oracle.pvalue, abs=0.02)
    assert ours.n == 30


def test_swap_test_by_hand() -> None:
    a, b = np.array([[1, 0, 0, 0]]), np.array([[0, 1, 0, 0]])
    result = swap_test(a, b, accuracy, 99, 0)
    assert (result.statistic, result.effect, result.n, result.p) == (1.0, 1.0, 1, 1.0)
    many = swap_test(np.repeat(a, 40, axis=0), np.repeat(b, 40, axis=0), accuracy, 99, 0)
    assert many.p == 1 / 100


def test_swap_test_symmetry_scale_and_seed() -> None:
    generator = np.random.default_rng(14)
    a, b = counts_of(generator, 25, 4, 0.7), counts_of(generator, 25, 1, 0.6)
    forth, back = swap_test(a, b, f1_agree, 500, 3), swap_test(b, a, f1_agree, 500, 3)
    assert forth.p == back.p
    assert forth.effect == pytest.approx(-back.effect)
    assert swap_test(a * 7, b, f1_agree, 500, 3).p == forth.p
    assert swap_test(a, a, f1_agree, 500, 3).p == 1.0
    close = counts_of(generator, 25, 1, 0.6)
    assert swap_test(close, b, f1_agree, 500, 3) == swap_test(close, b, f1_agree, 500, 3)
    assert swap_test(close, b, f1_agree, 500, 3).p != swap_test(close, b, f1_agree, 500, 4).p


def test_swap_test_keeps_its_level() -> None:
    generator = np.random.default_rng(15)
    p = [
        swap_test(
            counts_of(generator, 60, 4, 0.7), counts_of(generator, 60, 1, 0.7), f1_agree, 199, k
        ).p
        for k in range(300)
    ]
    assert np.mean(np.array(p) <= 0.05) < 0.09
    assert 0.4 < np.mean(p) < 0.6


def test_swap_test_undefined() -> None:
    empty = np.zeros((3, 4))
    assert np.isnan(swap_test(empty, np.ones((3, 4)), f1_agree, 9, 0).p)
    with pytest.raises(ValueError, match=r"allowed: \(C, 4\)"):
        swap_test(np.ones(4), np.ones(4), f1_agree, 9, 0)
    with pytest.raises(ValueError, match=r"counts_a has shape \(2, 4\) and counts_b"):
        swap_test(np.ones((2, 4)), np.ones((3, 4)), f1_agree, 9, 0)


def test_benjamini_hochberg_by_hand() -> None:
    adjusted = benjamini_hochberg([0.01, 0.04, NAN, 0.03, 0.5])
    np.testing.assert_allclose(adjusted, [0.04, 0.04 * 4 / 3, NAN, 0.04 * 4 / 3, 0.5])


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1), st.just(NAN)), max_size=40))
def test_benjamini_hochberg_against_scipy_and_statsmodels(p) -> None:
    values = np.array(p, dtype=float)
    adjusted = benjamini_hochberg(values)
    made = ~np.isnan(values)
    np.testing.assert_array_equal(np.isnan(adjusted), ~made)
    if made.any():
        family = values[made]
        np.testing.assert_allclose(adjusted[made], stats.false_discovery_control(family))
        np.testing.assert_allclose(
            adjusted[made], multipletests(family, method="fdr_bh")[1], atol=1e-15
        )
        assert (adjusted[made] >= family - 1e-15).all()


def test_benjamini_hochberg_keeps_its_shape_and_range() -> None:
    table = np.array([[0.2, NAN], [0.001, 1.0]])
    assert benjamini_hochberg(table).shape == (2, 2)
    with pytest.raises(ValueError, match=r"p holds 1\.2; allowed: 0 … 1"):
        benjamini_hochberg([0.1, 1.2])
