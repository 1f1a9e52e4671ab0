"""Probabilities of answers, as far as they are told."""

from __future__ import annotations

from math import exp, inf, log, nan

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mores.coding.option_masses import COMPLETE, code_exact_masses, code_masses
from mores.coding.reasons import REASONS
from mores.records import OptionMasses, Outcome, Reply, Status


def logs(*shares: float) -> tuple[float, ...]:
    return tuple(log(share) if share else -inf for share in shares)


def code(low: tuple[float, ...], high: tuple[float, ...] | None = None) -> Outcome:
    """The outcome of probabilities, and of their upper bounds if these differ."""
    masses = OptionMasses(logs(*low), logs(*(low if high is None else high)))
    return code_masses(Reply(None, masses=masses))


def code_logs(low: tuple[float, ...], high: tuple[float, ...] | None = None) -> Outcome:
    return code_masses(Reply(None, masses=OptionMasses(low, low if high is None else high)))


# --- by hand -----------------------------------------------------------------------------------


def test_exact_probabilities_are_divided_by_their_sum():
    outcome = code((0.1, 0.4, 0.2, 0.1))
    assert outcome.probabilities == pytest.approx((0.125, 0.5, 0.25, 0.125))
    assert (outcome.status, outcome.option, outcome.reason) == (Status.CODED, 1, "complete")
    assert outcome.allowed_mass == pytest.approx(0.8)
    assert outcome.unseen == 0.0


def test_an_option_beyond_the_top_k_has_a_bound_and_no_share():
    # .6 and .3 were told, the smallest of the top k is .04: U = min(.04, .1) = .04
    outcome = code((0.6, 0.3, 0.0), (0.6, 0.3, 0.04))
    assert outcome.probabilities == pytest.approx((2 / 3, 1 / 3, 0))
    assert outcome.allowed_mass == pytest.approx(0.9)
    assert outcome.unseen == pytest.approx(0.04 / 0.94)
    assert (outcome.option, outcome.reason) == (0, "bounded")


def test_bounds_of_several_options_add_up_to_no_more_than_what_is_left():
    # three options may have .05 each, but only .1 is left: U = .1, unseen = .1 / (.9 + .1)
    outcome = code((0.9, 0, 0, 0), (0.9, 0.05, 0.05, 0.05))
    assert outcome.unseen == pytest.approx(0.1)
    assert outcome.probabilities == (1.0, 0.0, 0.0, 0.0)


def test_the_first_of_equally_probable_options_is_chosen():
    assert code((0.1, 0.3, 0.3)).option == 1


def test_peers_2_ten_has_its_own_mass_and_not_that_of_one():
    shares = (0.05, *([0.01] * 8), 0.8)
    assert code(shares).option == 9
    assert code(shares).probabilities[0] == pytest.approx(0.05 / 0.93)


# --- when an outcome is complete ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "reason"),
    [
        ((0.5, 0.3), (0.5, 0.3), "complete"),  # all told, though a fifth is refusals
        ((1e-6, 1e-7), (1e-6, 1e-7), "complete"),
        ((0.5, 0.0), (0.5, 0.0), "complete"),  # told to be impossible
        ((0.9995, 0.0), (0.9995, 0.0005), "complete"),  # 1 - M <= .001
        ((0.998, 0.0), (0.998, 0.002), "bounded"),
        ((0.9, 0.0), (0.9, 1e-9), "bounded"),
        ((0.5, 0.3), (0.5, 0.3002), "complete"),  # .0002 / .8002: some other spelling
        ((0.5, 0.3), (0.7, 0.5), "bounded"),  # most of it may be on either
        ((1e-6, 1e-6), (0.4, 0.4), "bounded"),
    ],
)
def test_complete_is_what_leaves_nothing_open(low, high, reason):
    assert code(low, high).reason == reason


def test_the_threshold_is_a_thousandth_of_the_answers():
    assert COMPLETE == 1e-3
    assert code((0.9991, 0.0), (0.9991, 0.0009)).reason == "complete"
    assert code((0.9989, 0.0), (0.9989, 0.0011)).reason == "bounded"


# --- what is no outcome ------------------------------------------------------------------------


@pytest.mark.parametrize("options", [2, 4, 10])
def test_peers_3_no_mass_is_no_uniform(options):
    """A silent uniform when no option mass is found."""
    for high in (0.0, 0.05):
        outcome = code((0.0,) * options, (high,) * options)
        assert outcome == Outcome(Status.UNCODED, None, "no-mass", allowed_mass=0.0)
        assert outcome.probabilities == ()


def test_a_mass_that_no_number_can_hold_is_no_mass():
    assert code_logs((-800.0, -1e30)).reason == "no-mass"
    assert code_logs((-740.0, -inf)).probabilities == (
        1.0,
        0.0,
    )  # the smallest number that there is


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ((nan, -1.0), (nan, -1.0)),
        ((-1.0, -1.0), (-1.0, nan)),
        ((nan, nan), (nan, nan)),
        ((0.5, -1.0), (0.5, -1.0)),  # a probability above 1
        ((inf, -1.0), (inf, -1.0)),
        ((-2.0, -1.0), (-2.0, inf)),
        ((-1.0, -1.0), (-2.0, -1.0)),  # bounds the wrong way round
        ((-1.0, -1.0), (-1.0,)),
        ((-1.0,), (-1.0, -1.0)),
        ((-1.0,), (-1.0,)),  # no choice
        ((), ()),
        ((-0.1, -0.1, -0.1), (-0.1, -0.1, -0.1)),  # 2.7 in all
        ((log(0.6), log(0.41)), (log(0.6), log(0.41))),
    ],
)
def test_what_are_no_probabilities_is_uncoded(low, high):
    assert code_logs(low, high) == Outcome(Status.UNCODED, None, "impossible-probabilities")


def test_rounding_in_32_bits_is_forgiven():
    outcome = code_logs((log(0.7) + 2e-5, log(0.3) + 2e-5))
    assert outcome.status is Status.CODED
    assert outcome.allowed_mass == 1.0
    assert sum(outcome.probabilities) == pytest.approx(1, abs=1e-12)
    assert code_logs((1e-5, -inf)).probabilities == (1.0, 0.0)


def test_other_numbers_of_options_than_were_asked_about_are_uncoded():
    reply = Reply(None, masses=OptionMasses(logs(0.5, 0.2), logs(0.5, 0.2)))
    assert code_masses(reply, 2).status is Status.CODED
    assert code_masses(reply, 3).reason == "impossible-probabilities"


def test_a_failure_is_a_failure():
    failed = code_masses(Reply(None, failure="HTTP 500"))
    assert failed == Outcome(Status.FAILED, None, "HTTP 500")
    assert code_masses(Reply(None)).status is Status.FAILED
    assert code_masses(Reply("3")).status is Status.FAILED  # words are no probabilities


# --- properties --------------------------------------------------------------------------------

shares = st.lists(st.floats(0, 1), min_size=2, max_size=10)


@settings(deadline=None)
@given(shares, st.floats(0.001, 1))
def test_exact_probabilities_are_those_given_that_it_answers(weights, mass):
    assume(sum(weights) > 1e-3)
    true = [mass * w / sum(weights) for w in weights]
    outcome = code(tuple(true))
    assert outcome.allowed_mass == pytest.approx(sum(true))
    assert outcome.probabilities == pytest.approx([t / sum(true) for t in true])
    assert outcome.unseen == 0
    assert outcome.reason == "complete"
    assert outcome.probabilities[outcome.option] == max(outcome.probabilities)


@settings(deadline=None, max_examples=300)
@given(
    weights=shares,
    mass=st.floats(0.01, 1),
    told=st.lists(st.floats(0, 1), min_size=10, max_size=10),
    room=st.lists(st.floats(0, 1), min_size=10, max_size=10),
)
def test_no_probability_is_further_off_than_unseen(weights, mass, told, room):
    """True probabilities are drawn first, then bounds around them."""
    assume(sum(weights) > 1e-3)
    true = [mass * w / sum(weights) for w in weights]
    low = tuple(t * part for t, part in zip(true, told, strict=False))
    high = tuple(t + (1 - t) * part for t, part in zip(true, room, strict=False))
    assume(sum(low) > 1e-9)
    outcome = code(low, high)
    assert outcome.status is Status.CODED
    assert outcome.unseen is not None
    assert 0 <= outcome.unseen <= 1
    for share, value in zip(outcome.probabilities, true, strict=True):
        assert abs(share - value / sum(true)) <= outcome.unseen + 1e-9


def test_the_bound_is_reached():
    """All that is hidden lies on the one option of which nothing was told."""
    outcome = code((0.6, 0.3, 0.0), (0.6, 0.3, 0.04))
    assert outcome.unseen == pytest.approx(0.04 / 0.94)
    assert 0.04 / 0.94 - outcome.probabilities[2] == pytest.approx(outcome.unseen)


@settings(deadline=None)
@given(shares, st.randoms(use_true_random=False))
def test_the_order_of_options_does_not_matter(weights, chance):
    assume(sum(weights) > 1e-3)
    true = [w / sum(weights) for w in weights]
    order = list(range(len(true)))
    chance.shuffle(order)
    straight, shuffled = code(tuple(true)), code(tuple(true[i] for i in order))
    assert shuffled.probabilities == pytest.approx([straight.probabilities[i] for i in order])


numbers = st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.floats(-30, 0), max_size=6)


@settings(deadline=None, max_examples=300)
@given(numbers, numbers | st.none(), st.none() | st.integers(0, 6))
def test_any_numbers_give_an_outcome(low, high, n_options):
    masses = OptionMasses(tuple(low), tuple(low if high is None else high))
    outcome = code_masses(Reply(None, masses=masses), n_options)
    assert outcome.reason in REASONS
    assert (outcome.status is Status.CODED) == (outcome.option is not None)
    if outcome.status is Status.CODED:
        assert sum(outcome.probabilities) == pytest.approx(1)
        assert all(0 <= p <= 1 + 1e-12 for p in outcome.probabilities)
        assert 0 < outcome.allowed_mass <= 1
        assert outcome.allowed_mass == pytest.approx(min(1, sum(map(exp, low))))


LOGS = st.one_of(
    st.floats(-40, 2**-10, width=32), st.sampled_from([-inf, inf, nan, 0.0, -200.0, 5e-5])
)


@given(
    st.integers(1, 12).flatmap(
        lambda k: st.lists(st.lists(LOGS, min_size=k, max_size=k), min_size=1, max_size=8)
    )
)
def test_many_at_a_time_are_coded_as_one_by_one(rows):
    found = code_exact_masses(np.array(rows, np.float32))
    for i, row in enumerate(rows):
        one = code_logs(tuple(float(np.float32(value)) for value in row))
        assert found.option[i] == (-1 if one.option is None else one.option)
        assert found.reason[i] == one.reason
        for value, told in ((found.allowed_mass, one.allowed_mass), (found.unseen, one.unseen)):
            assert value[i] == pytest.approx(nan if told is None else told, rel=1e-12, nan_ok=True)
        if one.option is None:
            assert np.isnan(found.probabilities[i]).all()
        else:
            assert found.probabilities[i] == pytest.approx(one.probabilities, rel=1e-12)
