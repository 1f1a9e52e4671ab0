from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from mores.measures.shares import Shares, pooled, weighted_shares

NAN = float("nan")


@st.composite
def surveys(draw):
    """Answers (I, R), options, weights with NaN and 0, groups with -1, number of groups."""
    seed = draw(st.integers(0, 2**32 - 1))
    n = draw(st.integers(1, 60))
    options = np.array(draw(st.lists(st.integers(2, 7), min_size=1, max_size=4)))
    rng = np.random.default_rng(seed)
    answers = np.stack([rng.integers(-1, k, n) for k in options]).astype(np.int8)
    weights = rng.lognormal(0, 0.7, n)
    weights[rng.random(n) < 0.1] = NAN
    weights[rng.random(n) < 0.05] = 0.0
    n_groups = draw(st.integers(1, 4))
    return answers, options, weights, rng.integers(-1, n_groups, n).astype(np.int32), n_groups


def plain(answers, weights):
    """Shares, errors, n and effective n of one item and group, by loops; None without an answer."""
    kept = [(a, w) for a, w in zip(answers, weights, strict=True) if a >= 0 and w > 0]
    total = sum(w for _, w in kept)
    if not kept:
        return None
    options = range(max(a for a, _ in kept) + 1)
    shares = [sum(w for a, w in kept if a == k) / total for k in options]
    n = len(kept)
    errors = [
        np.sqrt(n / (n - 1) * sum(w**2 * ((a == k) - shares[k]) ** 2 for a, w in kept)) / total
        if n > 1
        else NAN
        for k in options
    ]
    return shares, errors, n, total**2 / sum(w**2 for _, w in kept)


def assert_same(first: Shares, second: Shares, but: tuple[str, ...] = ()) -> None:
    for name in Shares.__slots__:
        if name not in but:
            np.testing.assert_allclose(
                getattr(first, name), getattr(second, name), rtol=1e-9, atol=1e-12, err_msg=name
            )


def test_by_hand() -> None:
    answers = [[0, 1, 1, 2, -1, 0], [0, 0, 0, 1, 1, -1]]
    found = weighted_shares(answers, [3, 2], [1, 2, 1, 4, 2, NAN], [0] * 6, 1)
    assert found.shares[0, 0].tolist() == [1 / 8, 3 / 8, 4 / 8]
    assert found.shares[0, 1].tolist()[:2] == [4 / 10, 6 / 10]
    assert np.isnan(found.shares[0, 1, 2])
    assert found.counts.tolist() == [[[1, 2, 1], [3, 2, 0]]]
    assert found.n.tolist() == [[4, 5]]
    assert found.weight_total.tolist() == [[8, 10]]
    assert found.n_effective == pytest.approx(np.array([[64 / 22, 100 / 26]]))
    assert found.coverage.tolist() == [[4 / 5, 1.0]]
    assert found.weighted_coverage.tolist() == [[0.8, 1.0]]
    assert found.respondents.tolist() == [5]
    assert found.unweighted.tolist() == [1]
    # the second option, of share 3/8: chosen with weights 2 and 1, not with 1 and 4
    by_hand = np.sqrt(4 / 3 * (5 * (5 / 8) ** 2 + 17 * (3 / 8) ** 2)) / 8
    assert found.standard_error[0, 0, 1] == pytest.approx(by_hand)


def test_equal_weights_are_counts_and_the_textbook_error() -> None:
    answers = np.repeat([0, 1, 2], [20, 30, 50])[None]
    found = weighted_shares(answers, [3], np.full(100, 2.5), np.zeros(100, int), 1)
    p = np.array([0.2, 0.3, 0.5])
    assert found.shares[0, 0] == pytest.approx(p)
    assert found.standard_error[0, 0] == pytest.approx(np.sqrt(p * (1 - p) / 99))
    assert found.n_effective[0, 0] == pytest.approx(100)


@settings(deadline=None)
@given(surveys())
def test_against_loops(survey) -> None:
    answers, options, weights, groups, n_groups = survey
    found = weighted_shares(answers, options, weights, groups, n_groups)
    for g in range(n_groups):
        own = groups == g
        counted = own & (np.nan_to_num(weights) > 0)
        assert found.respondents[g] == counted.sum()
        assert found.unweighted[g] == own.sum() - counted.sum()
        for i, k in enumerate(options):
            expected = plain(answers[i, own], weights[own])
            assert np.isnan(found.shares[g, i, k:]).all()
            if expected is None:
                assert found.n[g, i] == found.n_effective[g, i] == found.weight_total[g, i] == 0
                assert np.isnan(found.shares[g, i]).all()
                assert np.isnan(found.standard_error[g, i]).all()
                continue
            shares, errors, n, effective = expected
            assert found.n[g, i] == n
            assert found.n_effective[g, i] == pytest.approx(effective)
            assert found.shares[g, i, : len(shares)] == pytest.approx(shares)
            assert found.standard_error[g, i, : len(errors)] == pytest.approx(
                errors, abs=1e-12, nan_ok=True
            )
            assert not np.nan_to_num(found.shares[g, i, len(shares) : k]).any()
            assert found.coverage[g, i] == n / counted.sum()


@settings(deadline=None)
@given(surveys(), st.floats(1e-3, 1e3), st.randoms(use_true_random=False))
def test_scale_of_weights_and_order_of_respondents_do_not_matter(survey, scale, random) -> None:
    answers, options, weights, groups, n_groups = survey
    found = weighted_shares(*survey)
    scaled = weighted_shares(answers, options, weights * scale, groups, n_groups)
    assert_same(found, scaled, but=("weight_total",))
    np.testing.assert_allclose(found.weight_total * scale, scaled.weight_total)
    order = random.sample(range(len(weights)), len(weights))
    assert_same(
        found,
        weighted_shares(answers[:, order], options, weights[order], groups[order], n_groups),
    )


@settings(deadline=None)
@given(surveys())
def test_sums_and_bounds(survey) -> None:
    found = weighted_shares(*survey)
    answered = found.n > 0
    sums = np.nansum(found.shares, axis=-1)
    assert sums[answered] == pytest.approx(1)
    assert not sums[~answered].any()
    assert (found.counts.sum(axis=-1) == found.n).all()
    assert (found.n_effective <= found.n).all()
    assert (found.n_effective[answered] >= 1 - 1e-9).all()
    for coverage in (found.coverage, found.weighted_coverage):
        there = found.respondents > 0
        assert np.isnan(coverage[~there]).all()
        assert ((coverage[there] >= 0) & (coverage[there] <= 1 + 1e-12)).all()
    assert (np.isnan(found.standard_error[found.n < 2])).all()


@settings(deadline=None)
@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=20))
def test_effective_n_is_n_only_for_equal_weights(weights) -> None:
    found = weighted_shares(np.zeros((1, len(weights)), int), [2], weights, [0] * len(weights), 1)
    equal = max(weights) - min(weights) < 1e-6
    near = abs(found.n_effective[0, 0] - len(weights)) < 1e-12
    assert near or not equal
    if max(weights) > 1.01 * min(weights):
        assert found.n_effective[0, 0] < len(weights) - 1e-9


def test_against_statsmodels() -> None:
    rng = np.random.default_rng(3)
    answers, weights = rng.integers(0, 4, 300), rng.lognormal(0, 0.6, 300)
    found = weighted_shares(answers[None], [4], weights, np.zeros(300, int), 1)
    for k in range(4):
        chose = (answers == k).astype(float)
        assert found.shares[0, 0, k] == pytest.approx(DescrStatsW(chose, weights).mean)
        # a mean is a regression on nothing; HC1 is the linearised variance with n / (n - 1)
        model = sm.WLS(chose, np.ones(300), weights).fit(cov_type="HC1")
        assert found.standard_error[0, 0, k] == pytest.approx(model.bse[0])


def test_standard_error_is_that_of_the_bootstrap() -> None:
    rng = np.random.default_rng(4)
    n = 400
    answers, weights = rng.choice(5, n, p=[0.1, 0.2, 0.4, 0.25, 0.05]), rng.lognormal(0, 0.8, n)
    found = weighted_shares(answers[None], [5], weights, np.zeros(n, int), 1)
    taken = rng.multinomial(n, np.full(n, 1 / n), 4000) * weights
    draws = taken @ np.eye(5)[answers] / taken.sum(axis=1, keepdims=True)
    assert found.standard_error[0, 0] == pytest.approx(draws.std(axis=0), rel=0.05)
    ignoring = np.sqrt(found.shares[0, 0] * (1 - found.shares[0, 0]) / n)
    assert found.standard_error.sum() > 1.2 * ignoring.sum()  # what weights cost


def test_weights_undo_a_biased_sample() -> None:
    rng = np.random.default_rng(5)
    urban = rng.random(20_000) < 0.8  # of a population of which half is urban
    answers = (rng.random(20_000) < np.where(urban, 0.7, 0.3)).astype(int)[None]
    zeros = np.zeros(20_000, int)
    weighted = weighted_shares(answers, [2], np.where(urban, 0.5 / 0.8, 0.5 / 0.2), zeros, 1)
    error = weighted.standard_error[0, 0, 1]
    assert abs(weighted.shares[0, 0, 1] - 0.5) < 3 * error
    plainly = weighted_shares(answers, [2], np.ones(20_000), zeros, 1)
    assert plainly.shares[0, 0, 1] - 0.5 > 10 * error


def test_groups_without_respondents_or_weights_are_undefined_not_zero() -> None:
    found = weighted_shares([[0, 1, 1]], [2], [1, NAN, 0], [0, 1, 1], 3)
    assert found.shares[0, 0].tolist() == [1.0, 0.0]
    assert np.isnan(found.standard_error[0]).all()  # one answer says nothing of its error
    assert np.isnan(found.shares[1:]).all()
    assert np.isnan(found.coverage[1:]).all()
    assert found.n[:, 0].tolist() == [1, 0, 0]
    assert found.unweighted.tolist() == [0, 2, 0]


def test_the_average_of_countries_by_hand() -> None:
    answers = [[0, 0, 1, 1, 1, 1, -1], [0, -1, 0, 1, 1, -1, -1]]
    found = weighted_shares(answers, [2, 2], [1, 1, 2, 1, 1, 1, 1], [0, 0, 0, 1, 1, 2, 2], 4)
    # first item: 1/2, 0 and 0 of the first option; second: 1, 0, and nobody in the third country
    world = pooled(found)
    assert world.shares[0, :, 0] == pytest.approx([1 / 6, 1 / 2])
    assert world.n.tolist() == [[6, 4]]
    assert world.coverage == pytest.approx(np.array([[6 / 7, 4 / 7]]))
    assert world.weighted_coverage == pytest.approx(
        np.array([[(1 + 1 + 1 / 2) / 3, (3 / 4 + 1 + 0) / 3]])
    )
    assert world.n_effective[0, 0] == pytest.approx(1 / ((6 / 16 + 1 / 2 + 1) / 9))
    by_n = pooled(found, "respondents")
    assert by_n.shares[0, :, 0] == pytest.approx([1 / 2 * 3 / 6, 1 * 2 / 4])
    assert by_n.weighted_coverage[0] == pytest.approx(
        [(3 + 2 + 2 / 2) / 7, (3 * 3 / 4 + 2 + 0) / 7]
    )
    given = pooled(found, [3.0, 1.0, 0.0, 9.0])
    assert given.shares[0, :, 0] == pytest.approx([3 / 4 * 1 / 2, 3 / 4])
    assert given.respondents.tolist() == [5]  # a group of weight 0 is left out of everything


def test_pooled_error_is_that_of_independent_groups() -> None:
    rng = np.random.default_rng(6)
    answers, weights = rng.integers(0, 3, (1, 900)), rng.lognormal(0, 0.5, 900)
    groups = np.repeat([0, 1, 2], [100, 300, 500])
    found = weighted_shares(answers, [3], weights, groups, 3)
    world = pooled(found)
    draws = []
    for _ in range(2000):
        shares = []
        for g in range(3):
            rows = rng.choice(np.flatnonzero(groups == g), (groups == g).sum())
            shares.append(np.bincount(answers[0, rows], weights[rows], 3) / weights[rows].sum())
        draws.append(np.mean(shares, axis=0))
    assert world.standard_error[0, 0] == pytest.approx(np.std(draws, axis=0), rel=0.08)


@settings(deadline=None)
@given(surveys())
def test_pooling_by_weight_totals_is_one_group(survey) -> None:
    answers, options, weights, groups, n_groups = survey
    found = weighted_shares(answers[:1], options[:1], weights, groups, n_groups)
    total = found.weight_total[:, 0]
    one = weighted_shares(answers[:1], options[:1], weights, np.minimum(groups, 0), 1)
    many = pooled(found, np.where(total > 0, total, 1.0))
    np.testing.assert_allclose(many.shares, one.shares, atol=1e-12)
    np.testing.assert_allclose(many.n_effective, one.n_effective)
    np.testing.assert_array_equal(many.n, one.n)
    np.testing.assert_array_equal(many.counts, one.counts)
    np.testing.assert_allclose(many.weight_total, one.weight_total, atol=1e-12)
    np.testing.assert_allclose(many.coverage, one.coverage)


def test_pools_are_separate_averages() -> None:
    rng = np.random.default_rng(7)
    answers, weights = rng.integers(-1, 4, (2, 500)), rng.lognormal(0, 0.5, 500)
    groups = rng.integers(0, 5, 500)
    found = weighted_shares(answers, [4, 4], weights, groups, 5)
    several = pooled(found, pools=[0, 1, 1, -1, 0], n_pools=3)
    for pool, members in enumerate(([0, 4], [1, 2])):
        assert several.shares[pool] == pytest.approx(found.shares[members].mean(axis=0))
        assert several.n[pool].tolist() == found.n[members].sum(axis=0).tolist()
    assert np.isnan(several.shares[2]).all()
    assert several.n[2].tolist() == [0, 0]
    assert several.n_effective[2].tolist() == [0, 0]


def test_an_average_with_a_group_of_one_answer_has_no_error() -> None:
    found = weighted_shares([[0, 1, 1]], [2], [1, 1, 1], [0, 0, 1], 2)
    assert pooled(found).shares[0, 0].tolist() == [0.25, 0.75]
    assert np.isnan(pooled(found).standard_error).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], [2], [1, 1], [0, 0], 1), r"answers has shape \(2,\)"),
        (([[0.0, 1.0]], [2], [1, 1], [0, 0], 1), "type float64; allowed: integers"),
        (([[0, 2]], [2], [1, 1], [0, 0], 1), "item 0 run from 0 to 2; allowed: 0 … 1"),
        (([[0, -2]], [2], [1, 1], [0, 0], 1), "run from -2 to 0"),
        (([[0, 1]], [2, 2], [1, 1], [0, 0], 1), r"n_options has shape \(2,\)"),
        (([[0, 0]], [1], [1, 1], [0, 0], 1), "n_options runs from 1 to 1"),
        (([[0, 1]], [2], [1, -1], [0, 0], 1), r"least value -1\.0"),
        (([[0, 1]], [2], [1, np.inf], [0, 0], 1), "finite numbers"),
        (([[0, 1]], [2], [1], [0, 0], 1), r"weights has shape \(1,\)"),
        (([[0, 1]], [2], [NAN], [0, 0], 1), r"weights has shape \(1,\) and least value nan"),
        (([[0, 1]], [2], [1, 1], [0, 1], 1), "groups runs from 0 to 1; allowed: 0 … 0"),
        (([[0, 1]], [2], [1, 1], [0.0, 0.0], 1), "groups has shape"),
        (([[0, 1]], [2], [1, 1], [0, 0], 0), "n_groups is 0"),
    ],
)
def test_messages(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        weighted_shares(*arguments)


def test_messages_of_averages() -> None:
    found = weighted_shares([[0, 1]], [2], [1, 1], [0, 1], 2)
    with pytest.raises(ValueError, match="weights is 'population'; allowed: 'equal'"):
        pooled(found, "population")
    for weights in ([1.0], [1.0, NAN], [1.0, -1.0]):
        with pytest.raises(ValueError, match="a number of 0 or more for each group"):
            pooled(found, weights)
    with pytest.raises(ValueError, match="groups runs from 0 to 1"):
        pooled(found, pools=[0, 1])
