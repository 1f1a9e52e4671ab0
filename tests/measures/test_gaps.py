"""Gaps by hand, by property, and against scipy and POT."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from mores.measures.gaps import (
    FORMS,
    agreement,
    gap,
    gap_potential,
    semantic_gap,
    semantic_score,
    unit_means,
)
from mores.measures.ordinal import expected_distance

NAN = float("nan")
NEAR = 1e-12


@st.composite
def several(draw, count: int, least: int = 2):
    """That many distributions over the same number of options."""
    k = draw(st.integers(least, 10))
    found = []
    for _ in range(count):
        parts = np.array(draw(st.lists(st.integers(0, 50), min_size=k, max_size=k)), float)
        assume(parts.sum() > 0)
        found.append(parts / parts.sum())
    return found


def at_random(seed: int, n: int, k: int) -> np.ndarray:
    """Distributions (n, k), some options of which nobody chose."""
    generator = np.random.default_rng(seed)
    drawn = generator.gamma(0.5, size=(n, k)) * (generator.random((n, k)) < 0.8) + 1e-9
    return drawn / drawn.sum(axis=1, keepdims=True)


def test_gaps_by_hand() -> None:
    humans = [0.1, 0.2, 0.3, 0.4]
    # from the second of four options: (0.1 * 1 + 0 + 0.3 * 1 + 0.4 * 2) / 3
    assert gap([0, 1, 0, 0], humans) == pytest.approx(0.4)
    assert gap([0, 1, 0, 0], humans, form="distribution") == pytest.approx(0.4)
    assert gap([0, 1, 0, 0], humans, False) == pytest.approx(0.8)
    assert gap([0, 1, 0, 0], humans, False, form="distribution") == pytest.approx(0.8)
    # two replies of one question, options 1 and 2: the mean of 0.4 and (0.2 + 0.2 + 0.4) / 3
    assert gap([0, 0.5, 0.5, 0], humans) == pytest.approx((0.4 + 0.8 / 3) / 2)
    # as a distribution: |0 - .1| + |.5 - .3| + |1 - .6|, over 3
    assert gap([0, 0.5, 0.5, 0], humans, form="distribution") == pytest.approx(0.7 / 3)
    assert gap([1, 0, 0, 0], [0, 0, 1, 0]) == pytest.approx(2 / 3)  # shift of two answers
    assert gap([1, 0, 0], [0, 0, 1], False) == 1


@settings(max_examples=60)
@given(several(2), st.booleans(), st.sampled_from(FORMS))
def test_gaps_are_symmetric_and_lie_between_0_and_1(pair, ordered, form) -> None:
    p, q = pair
    found = gap(p, q, ordered, form=form)
    assert 0 <= found <= 1
    assert found == pytest.approx(float(gap(q, p, ordered, form=form)), abs=NEAR)


@settings(max_examples=60)
@given(several(2), st.booleans(), st.sampled_from(FORMS))
def test_reversing_the_scale_changes_no_gap(pair, ordered, form) -> None:
    p, q = pair
    assert gap(p[::-1], q[::-1], ordered, form=form) == pytest.approx(
        float(gap(p, q, ordered, form=form)), abs=NEAR
    )


@settings(max_examples=60)
@given(several(1), st.integers(0, 9), st.booleans())
def test_both_forms_agree_for_a_single_answer(one, place, ordered) -> None:
    humans = one[0]
    answer = np.eye(len(humans))[place % len(humans)]
    point = gap(answer, humans, ordered)
    assert point == pytest.approx(
        float(gap(answer, humans, ordered, form="distribution")), abs=NEAR
    )
    assert point == pytest.approx(
        float(expected_distance(place % len(humans), humans, ordered)), abs=NEAR
    )


@settings(max_examples=60)
@given(several(2), st.booleans())
def test_points_are_never_nearer_than_their_distributions(pair, ordered) -> None:
    """The expected distance of single answers is that of some coupling, here of independence."""
    p, q = pair
    assert gap(p, q, ordered) >= gap(p, q, ordered, form="distribution") - NEAR


def test_point_gap_is_the_wasserstein_distance_of_scipy() -> None:
    for k in (2, 3, 4, 5, 7, 10):
        humans, places = at_random(k, 40, k), np.arange(k)
        for n, human in enumerate(humans):
            answer = n % k
            wanted = stats.wasserstein_distance([answer], places, None, human) / (k - 1)
            assert gap(np.eye(k)[answer], human) == pytest.approx(wanted, abs=NEAR)


def test_distribution_gap_is_the_wasserstein_distance_of_scipy() -> None:
    for k in (2, 4, 5, 10):
        places = np.arange(k)
        for p, q in zip(at_random(k, 40, k), at_random(100 + k, 40, k), strict=True):
            wanted = stats.wasserstein_distance(places, places, p, q) / (k - 1)
            assert gap(p, q, form="distribution") == pytest.approx(wanted, abs=NEAR)


@pytest.mark.parametrize("ordered", [True, False])
def test_distribution_gap_is_the_transport_cost_of_pot(ordered) -> None:
    ot = pytest.importorskip("ot")
    for k in (3, 5, 10):
        places = np.arange(k, dtype=float)
        apart = np.abs(places[:, None] - places)
        cost = apart / (k - 1) if ordered else (apart > 0).astype(float)
        for p, q in zip(at_random(k, 20, k), at_random(200 + k, 20, k), strict=True):
            q = q / q.sum() * p.sum()
            wanted = ot.emd2(p, q, cost)
            assert gap(p, q, ordered, form="distribution") == pytest.approx(wanted, abs=NEAR)
            independent = float((np.outer(p, q) * cost).sum())
            assert gap(p, q, ordered) == pytest.approx(independent, abs=NEAR)


def test_transport_solved_as_a_linear_program_gives_the_distribution_gap() -> None:
    from scipy.optimize import linprog

    for k, ordered in ((3, True), (5, True), (4, False)):
        places = np.arange(k)
        apart = np.abs(places[:, None] - places)
        cost = apart / (k - 1) if ordered else (apart > 0).astype(float)
        rows = np.kron(np.eye(k), np.ones(k))
        columns = np.kron(np.ones(k), np.eye(k))
        for p, q in zip(at_random(k, 5, k), at_random(300 + k, 5, k), strict=True):
            found = linprog(
                cost.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([p, q])
            )
            assert gap(p, q, ordered, form="distribution") == pytest.approx(found.fun, abs=1e-8)


def test_peers_defect_8_gap_is_normalised_by_the_scale_not_by_the_answers_observed() -> None:
    """Ten points, all humans on 4 to 6: an answer two steps away is 2/9 away, not at the other end."""
    humans = np.zeros(10)
    humans[5] = 1
    for form in FORMS:
        assert gap(np.eye(10)[3], humans, form=form) == pytest.approx(2 / 9)
    padded = np.pad(np.eye(4)[0], (0, 6))
    assert gap(padded, np.pad(np.eye(4)[3], (0, 6)), n_options=4) == 1  # the item's scale, not K


def test_peers_defect_12_an_empty_distribution_is_missing_and_never_zero() -> None:
    empty = np.array([[0.0, 0, 0], [NAN, NAN, NAN], [0.5, 0.5, 0]])
    for form in FORMS:
        for ordered in (True, False):
            found = gap(empty, [0, 1, 0], ordered, form=form)
            assert np.isnan(found).tolist() == [True, True, False]
            assert np.isnan(gap_potential([0, 1, 0], empty, ordered, form=form)).all(
                axis=1
            ).tolist() == [
                True,
                True,
                False,
            ]
        assert np.isnan(agreement(empty, [0, 1, 0], form=form)).tolist() == [True, True, False]
    assert np.isnan(semantic_score(empty, [0, 0.5, 1])).tolist() == [True, True, False]


@pytest.mark.parametrize("ordered", [True, False])
def test_the_potential_of_points_gives_the_gap_itself(ordered) -> None:
    responses, humans = at_random(1, 30, 5), at_random(2, 30, 5)
    others = at_random(3, 30, 5)
    potential = gap_potential(responses, humans, ordered)
    np.testing.assert_allclose(
        (potential * humans).sum(1), gap(responses, humans, ordered), atol=NEAR
    )
    np.testing.assert_allclose(
        (potential * others).sum(1), gap(responses, others, ordered), atol=NEAR
    )


@pytest.mark.parametrize("ordered", [True, False])
def test_the_potential_of_distributions_is_the_derivative(ordered) -> None:
    # away from where the two are equal, and the distance has a kink
    responses, humans, others = np.random.default_rng(4).dirichlet(np.ones(6), (3, 30))
    step = 1e-7 * (others - humans)
    first = gap(responses, humans, ordered, form="distribution")
    moved = gap(responses, humans + step, ordered, form="distribution") - first
    potential = gap_potential(responses, humans, ordered, form="distribution")
    np.testing.assert_allclose(moved, (potential * step).sum(axis=1), atol=1e-12)


def test_the_potential_is_0_beyond_the_scale() -> None:
    for form in FORMS:
        found = gap_potential([1, 0, 0, 0], [0.5, 0.5, 0, 0], False, 2, form)
        assert found[2:].tolist() == [0, 0]


def test_agreement_by_hand() -> None:
    assert agreement([0, 1, 0], [0, 1, 0]) == 1
    assert agreement([0.5, 0.5, 0], [0.5, 0.5, 0]) == pytest.approx(0.5)
    assert agreement([0.5, 0.5, 0], [0.5, 0.5, 0], form="distribution") == 1
    assert agreement([0.5, 0.5, 0], [0, 0.25, 0.75], form="distribution") == pytest.approx(0.25)


def test_semantic_scores_by_hand() -> None:
    values = [1, 2 / 3, 1 / 3, 0]
    assert semantic_score([0.4, 0.3, 0.2, 0.1], values) == pytest.approx(0.4 + 0.2 + 0.2 / 3)
    assert semantic_score([0, 0, 1, 0], values) == pytest.approx(1 / 3)
    # replies at the ends: their mean is the humans', but neither reply is
    assert semantic_gap([0.5, 0, 0, 0.5], values, 0.5) == pytest.approx(0.5)
    assert semantic_gap([0.5, 0, 0, 0.5], values, 0.5, "distribution") == pytest.approx(0)
    assert semantic_gap([0, 0, 1, 0], values, 0.5) == pytest.approx(1 / 6)


@settings(max_examples=40)
@given(several(1), st.floats(0, 1), st.sampled_from(FORMS))
def test_turning_an_axis_round_turns_scores_and_keeps_gaps(one, human, form) -> None:
    shares = one[0]
    values = np.linspace(0, 1, len(shares))
    assert 0 <= semantic_score(shares, values) <= 1
    assert semantic_score(shares, 1 - values) == pytest.approx(
        1 - float(semantic_score(shares, values)), abs=NEAR
    )
    assert semantic_gap(shares, 1 - values, 1 - human, form) == pytest.approx(
        float(semantic_gap(shares, values, human, form)), abs=NEAR
    )


def test_an_option_without_a_semantic_value_makes_the_score_missing_if_it_was_chosen() -> None:
    values = [0, NAN, 1]
    assert np.isnan(semantic_score([0.5, 0.5, 0], values))
    assert semantic_score([0.5, 0, 0.5], values) == 0.5
    assert np.isnan(semantic_gap([0, 1, 0], values, 0.5))
    assert np.isnan(semantic_gap([1, 0, 0], values, NAN))


def test_members_are_averaged_to_units() -> None:
    values = [0.1, 0.2, 0.4, 0.9]
    unit_of = [0, 1, 1, 2]
    found = unit_means(values, unit_of, 3, [True] * 4)
    np.testing.assert_allclose(found, [0.1, 0.3, 0.9])


def test_a_missing_member_leaves_its_unit_out_and_one_without_humans_does_not() -> None:
    values = [[0.1, NAN, 0.4, 0.9], [0.1, NAN, 0.4, NAN]]
    counted = [[True, True, True, True], [True, False, True, False]]
    found = unit_means(values, [0, 1, 1, 2], 3, counted)
    np.testing.assert_array_equal(found, [[0.1, NAN, 0.9], [0.1, 0.4, NAN]])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: gap([1, 0], [0, 1], form="points"), "allowed: point, distribution"),
        (lambda: gap([0.7, 0.7], [0, 1]), "sums to 1.4"),
        (lambda: gap_potential([1, 0], [0, 1, 0]), "p has 2 options and q has 3"),
        (lambda: semantic_score([1, 0], [0, 2]), "allowed: 0 … 1"),
        (lambda: semantic_score([1, 0], [0, 0.5, 1]), "shapes that broadcast"),
        (lambda: semantic_gap([1, 0], [0, 1], 0.5, "mean"), "form is 'mean'"),
        (lambda: unit_means([1, 2], [0, 3], 2, [True, True]), "unit_of runs from 0 to 3"),
        (lambda: unit_means([1, 2], [0], 2, [True, True]), "unit_of has shape (1,)"),
    ],
)
def test_errors_say_what_is_allowed(call, says) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call()
    assert says in str(caught.value)
