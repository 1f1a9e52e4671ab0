from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mores.measures.alignment import (
    alignment_distance,
    majority_sign,
    mean_score,
    missing_bounds,
    permutation_test,
    permuted_distance,
)

NAN = float("nan")
FIFTHS = (5, 3, 1, -1, -3, -5, None)
cells = st.lists(st.sampled_from(FIFTHS), min_size=1, max_size=7)
unit = st.floats(-1, 1, allow_nan=False, width=32)


def scores_of(fifths: list[int | None]) -> list[float]:
    return [NAN if f is None else f / 5 for f in fifths]


def exact_sign(fifths: list[int | None]) -> int:
    coded = [Fraction(f, 5) for f in fifths if f is not None]
    votes = sum(f > 0 for f in coded) - sum(f < 0 for f in coded)
    decisive = votes or sum(coded, Fraction(0))
    return (decisive > 0) - (decisive < 0)


@pytest.mark.parametrize(
    ("repeats", "sign"),
    [
        ([0.2, 0.2, -1.0], 1),  # the majority, although the mean is negative
        ([-0.2, -0.2, 1.0], -1),
        ([1.0, -0.2, NAN], 1),  # one each: the mean decides
        ([0.6, -0.6, NAN], 0),
        ([0.6, 0.2, -0.2, -0.6], 0),  # their floating-point sum is 1e-16
        ([NAN, NAN, -0.6], -1),
        ([NAN, NAN, NAN], 0),
        ([0.0, 0.0, 0.2], 1),  # zeros vote for neither side
    ],
)
def test_majority_sign_by_hand(repeats: list[float], sign: int) -> None:
    assert majority_sign(repeats) == sign


@settings(deadline=None)
@given(cells, st.randoms(use_true_random=False))
def test_majority_sign_is_the_exact_one_odd_and_blind_to_order(cell, random) -> None:
    expected = exact_sign(cell)
    assert majority_sign(scores_of(cell)) == expected
    assert majority_sign([-s for s in scores_of(cell)]) == -expected
    shuffled = list(cell)
    random.shuffle(shuffled)
    assert majority_sign(scores_of(shuffled)) == expected


def test_signs_and_means_keep_the_leading_axes() -> None:
    scores = np.full((4, 5, 3), 0.2)
    scores[2, 3] = NAN
    signs, means = majority_sign(scores), mean_score(scores)
    assert signs.dtype == np.int8
    assert signs.shape == means.shape == (4, 5)
    assert signs[2, 3] == 0
    assert np.isnan(means[2, 3])
    assert (signs == 1).sum() == 19


def test_mean_score_by_hand() -> None:
    np.testing.assert_allclose(
        mean_score([[1.0, 0.6, -0.4], [1.0, NAN, 0.0], [NAN] * 3]), [0.4, 0.5, NAN]
    )


@settings(deadline=None)
@given(st.lists(st.lists(st.one_of(unit, st.just(NAN)), min_size=3, max_size=3), min_size=1))
def test_mean_score_against_masked_arrays(table) -> None:
    oracle = np.ma.masked_invalid(table).mean(axis=1).filled(NAN)
    np.testing.assert_allclose(mean_score(table), oracle, atol=1e-15)


def test_alignment_distance_by_hand() -> None:
    np.testing.assert_allclose(
        alignment_distance([1.0, 0.6, NAN, 0.2, NAN], [-1.0, 0.2, 1.0, NAN, NAN]),
        [2.0, 0.4, NAN, NAN, NAN],
    )


@settings(deadline=None)
@given(st.lists(st.tuples(unit, unit), min_size=1))
def test_alignment_distance_is_bounded_symmetric_and_manhattan(pairs) -> None:
    v, a = np.array(pairs).T
    distance = alignment_distance(v, a)
    assert (distance >= 0).all()
    assert (distance <= 2).all()
    np.testing.assert_array_equal(distance, alignment_distance(a, v))
    from scipy.spatial.distance import cityblock

    assert distance.sum() == pytest.approx(cityblock(v, a))


def test_missing_bounds_by_hand() -> None:
    low, high = missing_bounds([0.5, NAN, 1.5, NAN], 0, 2)
    assert (float(low), float(high)) == (0.5, 1.5)
    low, high = missing_bounds([[0.5, NAN], [1.5, 1.0]], 0, 2, axis=0)
    np.testing.assert_allclose(low, [1.0, 0.5])
    np.testing.assert_allclose(high, [1.0, 1.5])
    assert np.isnan(missing_bounds([], 0, 2)).all()


@settings(deadline=None)
@given(
    st.lists(st.one_of(unit, st.just(NAN)), min_size=1, max_size=20),
    st.lists(unit, min_size=20, max_size=20),
)
def test_missing_bounds_hold_whatever_the_missing_values_were(values, truth) -> None:
    array = np.array(values)
    filled = np.where(np.isnan(array), truth[: len(array)], array)
    low, high = missing_bounds(array, -1, 1)
    assert low - 1e-12 <= filled.mean() <= high + 1e-12
    assert high - low == pytest.approx(2 * np.isnan(array).mean())


def test_missing_bounds_refuse_a_range_that_the_values_leave() -> None:
    with pytest.raises(ValueError, match=r"holds 2\.5; allowed: 0 … 2"):
        missing_bounds([0.1, 2.5, NAN], 0, 2)
    with pytest.raises(ValueError, match="swap them"):
        missing_bounds([0.1], 2, 0)


def brute_permuted(v, a, groups) -> float:
    rows = [i for i in range(len(v)) if not (np.isnan(v[i]) or np.isnan(a[i]))]
    total, n = 0.0, 0
    for group in set(groups):
        inside = [i for i in rows if groups[i] == group]
        if len(inside) > 1:
            gaps = [abs(v[i] - a[j]) for i in inside for j in inside if i != j]
            total += np.mean(gaps) * len(inside)
            n += len(inside)
    return total / n if n else NAN


def test_permuted_distance_by_hand() -> None:
    assert permuted_distance([1.0, -1.0], [1.0, -1.0]) == 2.0
    # |0-1|, |0-0.5|, |1-0|, |1-0.5|, |0.5-0|, |0.5-1| over six
    assert permuted_distance([0, 1, 0.5], [0, 1, 0.5]) == pytest.approx(4 / 6)
    assert np.isnan(permuted_distance([0.2, NAN], [0.2, 0.2]))
    assert permuted_distance([0.2] * 5, [0.2] * 5) == 0.0


maybe = st.one_of(unit, st.just(NAN))


@settings(deadline=None)
@given(st.lists(st.tuples(maybe, maybe, st.sampled_from("abc")), min_size=1, max_size=25))
def test_permuted_distance_against_all_pairs(rows) -> None:
    v, a, groups = (list(column) for column in zip(*rows, strict=True))
    expected = brute_permuted(v, a, groups)
    assert permuted_distance(v, a, groups) == pytest.approx(expected, abs=1e-9, nan_ok=True)
    alone = brute_permuted(v, a, ["a"] * len(v))
    assert permuted_distance(v, a) == pytest.approx(alone, abs=1e-9, nan_ok=True)


def test_permuted_distance_keeps_columns_apart() -> None:
    generator = np.random.default_rng(1)
    v, a = generator.uniform(-1, 1, (2, 9, 3))
    v[4, 1] = NAN
    columns = np.broadcast_to(np.arange(3), (9, 3))
    assert permuted_distance(v, a) == pytest.approx(
        permuted_distance(v.ravel(), a.ravel(), columns.ravel())
    )


def test_permutation_test_against_scipy() -> None:
    generator = np.random.default_rng(5)
    v = generator.uniform(-1, 1, 40)
    a = np.clip(0.3 * v + generator.normal(0, 0.6, 40), -1, 1)
    ours = permutation_test(v, a, 20_000, 3)

    def mean_gap(x, axis):
        return np.abs(x - a).mean(axis=axis)

    oracle = stats.permutation_test(
        (v,),
        mean_gap,
        permutation_type="pairings",
        alternative="less",
        n_resamples=20_000,
        rng=np.random.default_rng(4),
        vectorized=True,
    )
    assert 0.005 < oracle.pvalue < 0.5
    assert ours.p == pytest.approx(oracle.pvalue, abs=0.015)
    assert ours.observed == pytest.approx(oracle.statistic)
    assert ours.null_mean == pytest.approx(oracle.null_distribution.mean(), abs=0.003)
    assert ours.expected == pytest.approx(permuted_distance(v, a))
    assert ours.n == 40


def test_permutation_test_of_whole_rows_against_every_permutation() -> None:
    generator = np.random.default_rng(8)
    v, a = generator.uniform(-1, 1, (2, 6, 3))
    v[1, 0] = a[4, 2] = NAN
    both = np.isnan(v) | np.isnan(a)
    v_complete, a_complete = np.where(both, NAN, v), np.where(both, NAN, a)
    means = np.array(
        [np.nanmean(np.abs(v_complete - a_complete[list(p)])) for p in permutations(range(6))]
    )
    observed = np.nanmean(np.abs(v - a))
    ours = permutation_test(v, a, 40_000, 2)
    assert ours.p == pytest.approx((means <= observed + 1e-12).mean(), abs=0.012)
    assert ours.null_mean == pytest.approx(means.mean(), abs=0.004)
    assert ours.n == 16


def test_permutation_test_extremes() -> None:
    v = np.linspace(-1, 1, 30)
    assert permutation_test(v, v, 999, 0).p == 1 / 1000
    assert permutation_test(v, -v, 999, 0).p == 1.0
    assert permutation_test(v, np.zeros(30), 99, 0).p == 1.0
    empty = permutation_test([NAN, 0.1], [0.2, NAN], 10, 0)
    assert empty.n == 0
    assert np.isnan([empty.observed, empty.expected, empty.null_mean, empty.p]).all()


def test_permutation_test_does_not_leave_its_group() -> None:
    v = np.array([1.0, -1.0] * 20)
    # Actions follow the group alone: dealt within groups, nothing changes.
    within = permutation_test(v, v, 500, 1, groups=v > 0)
    assert within.p == 1.0
    assert within.null_mean == within.observed == within.expected == 0.0
    assert permutation_test(v, v, 500, 1).p == 1 / 501


def test_permutation_test_is_seeded_and_honest_under_the_null() -> None:
    generator = np.random.default_rng(11)
    p = []
    for seed in range(200):
        v, a = generator.choice([-1, -0.6, -0.2, 0.2, 0.6, 1], (2, 25))
        p.append(permutation_test(v, a, 199, seed).p)
    assert 0.42 < np.mean(p) < 0.6
    assert np.mean(np.array(p) <= 0.1) < 0.17
    assert permutation_test(v, a, 199, 7) == permutation_test(v, a, 199, 7)
    assert permutation_test(v, a, 199, 7).null_mean != permutation_test(v, a, 199, 8).null_mean


def test_messages_name_value_allowed_and_remedy() -> None:
    with pytest.raises(ValueError, match=r"v has shape \(2,\) and a has shape \(3,\)"):
        alignment_distance([0.1, 0.2], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match=r"groups has shape \(3,\)"):
        permuted_distance([0.1, 0.2], [0.1, 0.2], [1, 2, 3])
    with pytest.raises(ValueError, match="draws is 0"):
        permutation_test([0.1], [0.1], 0, 0)
    with pytest.raises(ValueError, match="single number"):
        mean_score(0.2)
    with pytest.raises(ValueError, match=r"allowed: \(n,\), or \(n, P\)"):
        permuted_distance(np.zeros((2, 2, 2)), np.zeros((2, 2, 2)))
