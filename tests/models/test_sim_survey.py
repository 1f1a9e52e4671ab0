"""The simulated respondent before a survey question."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.coding.labels import code_label
from mores.coding.option_masses import code_masses
from mores.keys import digest
from mores.models.sim import SimulatedModel, SimulationParameters
from mores.models.sim_survey import (
    ALWAYS_HEEDED,
    option_masses,
    survey_probabilities,
    survey_text,
)
from mores.populations.synthetic import SyntheticModel
from mores.populations.synthetic.responses import OrderedResponse, worldwide
from mores.records import Message, Request, Sampling, Status, SurveyStimulus

MODEL = SyntheticModel()
# answers as the synthetic population does
AS_HUMANS = SimulationParameters(
    steer_value=1, survey_dispersion=1, position_bias=0, refusal=0, malformed=0, messy=0
)
ORDERED = SurveyStimulus(
    arm="value",
    traits=(("origin", 0.1, -0.2), ("A008", 0.3, 0.1), ("F063", -0.2, 0.6)),  # at (.2, .5)
    loading=(0.8, -0.4),
    intercept=0.1,
    thresholds=(-0.5, 0.3, 1.0),
    utilities=(),
    order=(0, 1, 2, 3),
    labels=("1", "2", "3", "4"),
)
NOMINAL = replace(
    ORDERED,
    thresholds=(),
    utilities=((0.0, 0.0, 0.0), (0.5, 1.0, -1.0), (-0.3, 0.2, 0.4)),
    order=(0, 1, 2),
    labels=("1", "2", "3"),
)


def stimulus_of(item: str, x: float, y: float) -> tuple[SurveyStimulus, object]:
    """A question of the synthetic population, asked of a persona that stands at (x, y)."""
    response = worldwide(MODEL.parameters.items[item], MODEL.world)
    if isinstance(response, OrderedResponse):
        k = len(response.thresholds) + 1
        loading = tuple(response.axes.tolist())
        known = (loading, response.intercept, tuple(response.thresholds.tolist()), ())
    else:
        k = len(response.intercepts)
        pairs = zip(response.intercepts.tolist(), response.axes.tolist(), strict=True)
        known = ((0.0, 0.0), 0.0, (), tuple((b, *axes) for b, axes in pairs))
    order, labels = tuple(range(k)), tuple(map(str, range(1, k + 1)))
    return SurveyStimulus("value", (("origin", x, y),), *known, order, labels), response


FIRST_CHOICES = [
    name
    for name, item in MODEL.parameters.items.items()
    if not isinstance(worldwide(item, MODEL.world), OrderedResponse) and not item.first
]


# --- the model ---------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ["Q1", "Q46", "Q57", "Q164", "Q182", *FIRST_CHOICES])
@pytest.mark.parametrize("place", [(0.0, 0.0), (1.4, -0.9), (-2.0, 2.0)])
def test_it_answers_as_the_synthetic_population_does(item, place):
    stimulus, response = stimulus_of(item, *place)
    expected = response.given(np.array(place))
    assert survey_probabilities(AS_HUMANS, stimulus) == pytest.approx(expected.tolist(), abs=1e-12)


def test_there_are_questions_of_both_kinds():
    assert FIRST_CHOICES


def test_an_ordered_question_worked_by_hand():
    # persona (.2, .5); theta = pi + .5 (p - pi) with pi = (1, 0): (.6, .25)
    p = replace(AS_HUMANS, map_x=1, map_y=0, steer_value=0.5, survey_dispersion=0.5)
    eta = 0.8 * 0.6 - 0.4 * 0.25 + 0.1
    assert eta == pytest.approx(0.48)
    below = [NormalDist().cdf((t - eta) / 0.5) for t in (-0.5, 0.3, 1.0)]
    expected = [below[0], below[1] - below[0], below[2] - below[1], 1 - below[2]]
    assert survey_probabilities(p, ORDERED) == pytest.approx(expected)


def test_a_nominal_question_worked_by_hand():
    # theta = (.2, .5): utilities 0, .5 + .2 - .5 = .2, -.3 + .04 + .2 = -.06
    shares = [1.0, exp(0.2), exp(-0.06)]
    expected = [share / sum(shares) for share in shares]
    assert survey_probabilities(AS_HUMANS, NOMINAL) == pytest.approx(expected)
    sharper = replace(AS_HUMANS, survey_dispersion=0.5)
    shares = [1.0, exp(0.4), exp(-0.12)]
    expected = [share / sum(shares) for share in shares]
    assert survey_probabilities(sharper, NOMINAL) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("arm", "parameter"),
    [
        ("country", "steer_country"),
        ("sociodemographic", "steer_sociodemographic"),
        ("value", "steer_value"),
        ("few-shot", "steer_few_shot"),
    ],
)
def test_each_kind_of_persona_moves_it_by_its_own_steerability(arm, parameter):
    asked = replace(ORDERED, arm=arm)
    nowhere = survey_probabilities(AS_HUMANS, replace(asked, traits=()))
    there = survey_probabilities(replace(AS_HUMANS, **{parameter: 1.0}), asked)
    still = survey_probabilities(replace(AS_HUMANS, **{parameter: 0.0}), asked)
    assert still == pytest.approx(nowhere)
    assert there != pytest.approx(nowhere, abs=0.01)


def test_without_a_persona_it_stands_where_it_stands():
    asked = replace(ORDERED, arm="generic", traits=())
    moved = replace(AS_HUMANS, map_x=0.2, map_y=0.5)
    assert survey_probabilities(moved, asked) == pytest.approx(
        survey_probabilities(AS_HUMANS, ORDERED)
    )


def test_it_heeds_what_it_is_told_to_heed():
    heeding = replace(AS_HUMANS, heeds="F063")
    seen = replace(ORDERED, traits=(ORDERED.traits[0], ORDERED.traits[2]))
    assert survey_probabilities(heeding, ORDERED) == survey_probabilities(AS_HUMANS, seen)
    both = replace(AS_HUMANS, heeds="F063+A008")
    assert survey_probabilities(both, ORDERED) == survey_probabilities(AS_HUMANS, ORDERED)
    deaf = survey_probabilities(replace(AS_HUMANS, heeds="Y003"), ORDERED)
    assert deaf == survey_probabilities(AS_HUMANS, replace(ORDERED, traits=ORDERED.traits[:1]))


@pytest.mark.parametrize("name", ALWAYS_HEEDED)
def test_a_country_and_a_group_are_heeded_all_the_same(name):
    told = replace(ORDERED, traits=((name, 1.0, 1.0),))
    heeding = replace(AS_HUMANS, heeds="F063")
    assert survey_probabilities(heeding, told) == survey_probabilities(AS_HUMANS, told)


# --- what is shown -----------------------------------------------------------------------------


@settings(deadline=None)
@given(
    order=st.permutations(range(4)),
    x=st.floats(-3, 3),
    y=st.floats(-3, 3),
    dispersion=st.floats(0.01, 10),
)
def test_probabilities_sum_to_one_and_follow_the_options(order, x, y, dispersion):
    p = replace(AS_HUMANS, survey_dispersion=dispersion)
    asked = replace(ORDERED, traits=(("origin", x, y),))
    straight = survey_probabilities(p, asked)
    shown = survey_probabilities(p, replace(asked, order=tuple(order)))
    assert sum(shown) == pytest.approx(1)
    assert min(shown) >= 0
    assert shown == pytest.approx([straight[original] for original in order])


@pytest.mark.parametrize("asked", [ORDERED, NOMINAL])
def test_position_bias_adds_to_the_log_odds_of_the_first(asked):
    plain = survey_probabilities(AS_HUMANS, asked)
    biased = survey_probabilities(replace(AS_HUMANS, position_bias=0.7), asked)
    for other in range(1, len(plain)):
        gained = log(biased[0] / biased[other]) - log(plain[0] / plain[other])
        assert gained == pytest.approx(0.7)


def test_a_smaller_dispersion_is_a_known_loss_of_variance():
    """Over personas of all positions the answer before thresholds has variance a'Sa + sigma²."""
    chance = np.random.default_rng(3)
    places = chance.normal(0, 1, (2000, 2))
    asked = replace(ORDERED, loading=(0.6, 0.0), intercept=0.0, thresholds=(0.0,), order=(0, 1))
    for dispersion in (0.25, 1.0):
        p = replace(AS_HUMANS, survey_dispersion=dispersion)
        shares = [
            survey_probabilities(p, replace(asked, traits=(("origin", x + 0.5, y),)))[0]
            for x, y in places.tolist()
        ]
        expected = NormalDist().cdf(-0.3 / sqrt(0.36 + dispersion**2))
        assert np.mean(shares) == pytest.approx(expected, abs=0.02)


# --- how it is told ----------------------------------------------------------------------------


def request(stimulus: SurveyStimulus, n: int = 0, scored: bool = False) -> Request:
    labels = stimulus.labels if scored else ()
    return Request(digest(n), (Message("user", "?"),), Sampling(), n, None, stimulus, labels)


def test_what_it_declines_or_rambles_is_missing_from_the_mass():
    p = replace(AS_HUMANS, refusal=0.1, malformed=0.15)
    reply = SimulatedModel(p).reply(request(ORDERED, scored=True))
    assert (reply.text, reply.failure, reply.completion_tokens) == (None, None, 0)
    outcome = code_masses(reply, 4)
    assert outcome.status is Status.CODED
    assert outcome.allowed_mass == pytest.approx(0.75)
    assert outcome.unseen == 0
    assert outcome.probabilities == pytest.approx(survey_probabilities(p, ORDERED))


def test_who_never_answers_has_no_mass():
    p = replace(AS_HUMANS, refusal=0.6, malformed=0.4)
    assert code_masses(SimulatedModel(p).reply(request(ORDERED, scored=True))).reason == "no-mass"


def test_an_impossible_option_has_no_logarithm_and_no_error():
    far = replace(ORDERED, traits=(("origin", 500.0, 0.0),))
    masses = option_masses(replace(AS_HUMANS, survey_dispersion=0.01), far)
    assert masses.low == masses.high == (float("-inf"),) * 3 + (0.0,)


def test_probabilities_do_not_depend_on_the_key_and_text_does():
    model = SimulatedModel(AS_HUMANS)
    scored = {model.reply(request(ORDERED, n, scored=True)).masses for n in range(20)}
    assert len(scored) == 1
    assert model.reply(request(ORDERED, 1)) == model.reply(request(ORDERED, 1))
    assert len({model.reply(request(ORDERED, n)).text for n in range(40)}) > 1


@pytest.mark.parametrize("asked", [replace(ORDERED, order=(2, 0, 3, 1)), NOMINAL])
def test_answers_in_text_have_the_frequencies_of_the_probabilities(asked):
    """As a coder reads them, refusals and ramblings apart; chi squared below p = .001."""
    p = replace(AS_HUMANS, refusal=0.05, malformed=0.1, messy=0.3, position_bias=0.3)
    model, n = SimulatedModel(p), 4000
    texts = [f"option {k}" for k in range(len(asked.labels))]
    outcomes = [
        code_label(model.reply(request(asked, i)).text, labels=asked.labels, options=texts)
        for i in range(n)
    ]
    share = {s: sum(o.status is s for o in outcomes) / n for s in Status}
    assert share[Status.REFUSED] == pytest.approx(0.05, abs=0.012)
    assert share[Status.UNCODED] == pytest.approx(0.1, abs=0.016)
    counts = np.bincount([o.option for o in outcomes if o.option is not None])
    expected = counts.sum() * np.array(survey_probabilities(p, asked))
    assert ((counts - expected) ** 2 / expected).sum() < 16.3


@settings(deadline=None)
@given(
    kind=st.floats(0, 1, exclude_max=True),
    choice=st.floats(0, 1, exclude_max=True),
    style=st.floats(0, 1, exclude_max=True),
    messy=st.sampled_from([0.0, 0.12, 1.0]),
    letters=st.booleans(),
)
def test_a_text_is_coded_as_it_was_meant(kind, choice, style, messy, letters):
    p = replace(AS_HUMANS, refusal=0.2, malformed=0.2, messy=messy)
    labels = tuple("ABCD") if letters else ORDERED.labels
    asked = replace(ORDERED, labels=labels)
    text = survey_text(p, asked, kind, choice, style)
    outcome = code_label(text, labels=labels, options=["w", "x", "y", "z"])
    if kind < 0.2:
        assert outcome.status is Status.REFUSED
    elif kind < 0.4:
        assert outcome.status is Status.UNCODED
    else:
        upper = np.cumsum(survey_probabilities(p, asked))
        assert outcome.option == min(3, np.searchsorted(upper, choice, side="right"))
