from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from mores.measures.ordinal import (
    distribution_distance,
    expected_distance,
    mean_score,
    mutual_distance,
    normalised_variance,
    total_variation,
    wasserstein,
)
from mores.measures.proportions import total_variation as total_variation_of_counts

NAN = float("nan")


@st.composite
def several(draw, count: int):
    """That many distributions over the same number of options."""
    k = draw(st.integers(2, 10))
    found = []
    for _ in range(count):
        parts = np.array(draw(st.lists(st.integers(0, 50), min_size=k, max_size=k)), float)
        assume(parts.sum() > 0)
        found.append(parts / parts.sum())
    return found


def test_wasserstein_by_hand() -> None:
    assert wasserstein([1, 0, 0, 0], [0, 0, 1, 0]) == pytest.approx(2 / 3)
    assert wasserstein([0.5, 0.5, 0], [0, 0.5, 0.5]) == pytest.approx(0.5)
    assert wasserstein([0.2, 0.8], [0.5, 0.5]) == pytest.approx(0.3)
    assert wasserstein([1, 0, 0], [0, 1, 0], positions=[1, 2, 10]) == pytest.approx(1 / 9)


def test_distance_is_normalised_by_the_scale_and_not_by_what_was_answered() -> None:
    """A ten-point item on which both groups answered 4 to 6 only: far from the ends of the scale."""
    p, q = np.zeros(10), np.zeros(10)
    p[3], q[5] = 1, 1
    assert wasserstein(p, q) == pytest.approx(2 / 9)  # not 1, the share of the observed range
    p[3], p[4] = 0.5, 0.5
    assert wasserstein(p, q) == pytest.approx(1.5 / 9)
    assert mean_score(q) == pytest.approx(5 / 9)
    assert normalised_variance(p) == pytest.approx(0.25 / 4.5**2)


def test_an_empty_distribution_gives_nan_for_itself_alone_and_never_zero() -> None:
    p = np.array([[0.5, 0.5, 0], [0, 0, 0], [NAN, NAN, NAN], [0.2, NAN, 0.8], [1, 0, 0]])
    q = np.array([0.5, 0.5, 0])
    for measure in (
        wasserstein,
        total_variation,
        lambda a, b: distribution_distance(a, b, [True, False, True, False, True]),
        lambda a, b: mutual_distance(a, b, [True, False, True, False, True]),
        lambda a, b: mutual_distance(b, a, ordered=False),
        lambda a, _: mean_score(a),
        lambda a, _: normalised_variance(a),
        lambda a, _: expected_distance(0, a),
    ):
        found = measure(p, q)
        assert np.isnan(found).tolist() == [False, True, True, True, False]
    assert wasserstein(p, q)[0] == 0
    assert np.isnan(wasserstein(q, p[1]))
    assert np.isnan(total_variation(p[1], p[1]))  # two empty ones are not equal


@settings(deadline=None)
@given(several(2), st.booleans())
def test_wasserstein_against_scipy(pair, uneven) -> None:
    p, q = pair
    k = len(p)
    positions = np.cumsum(np.arange(1, k + 1)) if uneven else np.arange(k)
    oracle = stats.wasserstein_distance(positions, positions, p, q)
    found = wasserstein(p, q, positions=positions if uneven else None)
    assert found == pytest.approx(oracle / (positions[-1] - positions[0]), abs=1e-9)


@settings(deadline=None)
@given(several(3))
def test_distances_are_distances(three) -> None:
    p, q, r = three
    for distance in (wasserstein, total_variation):
        assert distance(p, p) == 0
        assert 0 <= distance(p, q) <= 1
        assert distance(p, q) == pytest.approx(float(distance(q, p)))
        assert distance(p, r) <= distance(p, q) + distance(q, r) + 1e-12
        assert distance(p[::-1], q[::-1]) == pytest.approx(float(distance(p, q)))
    # moving any share by one step costs 1 / (K - 1), and at most the whole length
    assert total_variation(p, q) / (len(p) - 1) <= wasserstein(p, q) + 1e-12
    assert wasserstein(p, q) <= total_variation(p, q) + 1e-12
    assert abs(mean_score(p) - mean_score(q)) <= wasserstein(p, q) + 1e-12


def test_opposite_ends_are_one_apart() -> None:
    for k in range(2, 11):
        ends = np.eye(k)[[0, -1]]
        assert wasserstein(*ends) == total_variation(*ends) == 1
        assert normalised_variance(ends.mean(axis=0)) == pytest.approx(1)
        assert mean_score(ends).tolist() == [0, 1]


@settings(deadline=None)
@given(several(2))
def test_total_variation_against_that_of_counts(pair) -> None:
    p, q = pair
    assert total_variation(p, q) == pytest.approx(float(total_variation_of_counts(100 * p, q)))


@settings(deadline=None)
@given(several(2), st.integers(0, 9))
def test_moments_and_expected_distances_against_loops(pair, answer) -> None:
    p, q = pair
    k = len(p)
    answer = min(answer, k - 1)
    scores = np.arange(k)
    mean = np.average(scores, weights=p)
    variance = np.average((scores - mean) ** 2, weights=p)
    assert mean_score(p) == pytest.approx(mean / (k - 1), abs=1e-12)
    assert normalised_variance(p) == pytest.approx(variance / ((k - 1) / 2) ** 2, abs=1e-12)
    apart = sum(p[j] * abs(j - answer) for j in scores) / (k - 1)
    assert expected_distance(answer, p) == pytest.approx(apart, abs=1e-12)
    assert expected_distance(answer, p, ordered=False) == pytest.approx(1 - p[answer], abs=1e-12)
    point = np.eye(k)[answer]
    assert expected_distance(answer, p) == pytest.approx(float(wasserstein(point, p)), abs=1e-9)
    for ordered in (True, False):
        each = expected_distance(scores, np.broadcast_to(p, (k, k)), ordered)
        assert mutual_distance(q, p, ordered) == pytest.approx(q @ each, abs=1e-9)
        assert mutual_distance(p, q, ordered) == pytest.approx(q @ each, abs=1e-9)


def test_expected_distance_by_hand() -> None:
    human = [0.1, 0.2, 0.7]
    found = expected_distance([0, 1, 2, -1, NAN], np.tile(human, (5, 1)))
    assert found[:3] == pytest.approx([0.2 / 2 + 0.7, 0.1 / 2 + 0.7 / 2, 0.1 + 0.2 / 2])
    assert np.isnan(found[3:]).all()
    assert expected_distance([0, 2], human, ordered=[True, False]) == pytest.approx([0.8, 0.3])


def test_variance_of_the_literature() -> None:
    assert normalised_variance([0.7, 0.2, 0.08, 0.02]) == pytest.approx(0.2327, abs=5e-5)
    for k in range(2, 11):
        assert normalised_variance(np.full(k, 1 / k)) == pytest.approx((k + 1) / (3 * (k - 1)))


@settings(deadline=None)
@given(several(2), st.integers(0, 3), st.sampled_from([0.0, NAN]))
def test_places_beyond_a_scale_change_nothing(pair, more, filler) -> None:
    p, q = pair
    k = len(p)
    wide = [np.append(x, np.full(more, filler)) for x in (p, q)]
    for measure in (wasserstein, total_variation, mutual_distance):
        assert measure(*wide, n_options=k) == pytest.approx(float(measure(p, q)), abs=1e-12)
    for measure in (mean_score, normalised_variance):
        assert measure(wide[0], k) == pytest.approx(float(measure(p)), abs=1e-12)
    assert expected_distance(1, wide[0], n_options=k) == pytest.approx(
        float(expected_distance(1, p))
    )
    steps = np.append(np.arange(k) ** 2.0, np.full(more, NAN))
    assert wasserstein(*wide, k, steps) == pytest.approx(
        float(wasserstein(p, q, positions=steps[:k])), abs=1e-12
    )


def test_items_of_different_length_at_once() -> None:
    p = np.array([[[0.5, 0.5, NAN, NAN], [0.1, 0.2, 0.3, 0.4]], [[0, 1, NAN, NAN], [0, 0, 0, 1]]])
    q = np.array([[1, 0, NAN, NAN], [1, 0, 0, 0]])
    options = np.array([2, 4])
    found = distribution_distance(p, q, [True, False], options)
    assert found == pytest.approx(np.array([[0.5, 0.9], [1.0, 1.0]]))
    assert wasserstein(p, q, options) == pytest.approx(np.array([[0.5, 2 / 3], [1.0, 1.0]]))
    assert mean_score(p, options) == pytest.approx(np.array([[0.5, 2 / 3], [1, 1]]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wasserstein([0.5, 0.4], [0.5, 0.5]), "p sums to 0.9 .*divide by the sum"),
        (lambda: wasserstein([5, 5], [0.5, 0.5]), "p sums to 10"),
        (lambda: wasserstein([0.5, 0.5], [-0.5, 1.5]), "q holds a share below 0"),
        (lambda: wasserstein([0.5, 0.2, 0.3], [0.5, 0.5, 0], 2), "beyond an item's last option"),
        (lambda: wasserstein([1.0], [1.0]), "K >= 2"),
        (lambda: wasserstein([1, 0], [1, 0, 0]), "p has 2 options and q has 3"),
        (lambda: wasserstein(np.eye(2), np.eye(3)[:, :2]), "shapes that broadcast"),
        (lambda: wasserstein([1, 0], [1, 0], positions=[1, 1]), "do not ascend"),
        (lambda: wasserstein([1, 0], [1, 0], positions=[1, NAN]), "lack one"),
        (lambda: wasserstein([1, 0], [1, 0], positions=[1, 2, 3]), "a position for each option"),
        (lambda: wasserstein([1, 0], [1, 0], 3), "n_options is of type int64 and runs from 3 to 3"),
        (lambda: wasserstein([1, 0], [1, 0], 1), "allowed: integers 2 … 2"),
        (lambda: wasserstein([1, 0], [1, 0], 2.0), "of type float64"),
        (lambda: wasserstein(np.eye(2), np.eye(2), [2, 2, 2]), r"broadcasts to \(2,\)"),
        (lambda: distribution_distance([1, 0], [1, 0], [True, True]), "ordered has shape"),
        (lambda: expected_distance(2, [1, 0]), r"answer is 2\.0 of 2 options"),
        (lambda: expected_distance(0.5, [1, 0]), r"answer is 0\.5"),
        (lambda: expected_distance(-2, [1, 0]), r"answer is -2\.0"),
        (lambda: expected_distance([0, 1, 1], np.eye(2)), "shapes .* that broadcast"),
    ],
)
def test_messages(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_single_precision_is_close_enough_to_one() -> None:
    generator = np.random.default_rng(0)
    shares = generator.random((1000, 10)).astype(np.float32)
    shares /= shares.sum(axis=1, keepdims=True)
    assert np.isfinite(wasserstein(shares, shares[::-1])).all()
