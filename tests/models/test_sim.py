import asyncio
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import ModelError
from mores.keys import digest
from mores.models.interface import Model
from mores.models.sim import RANGES, SimulatedModel, SimulationParameters
from mores.records import Message, Request, Sampling, Stimulus

SCORES = (1.0, 0.6, 0.2, -0.2, -0.6, -1.0)
STIMULUS = Stimulus(
    position=(0.5, -0.5),
    congruence=0.8,
    loading=(0.7, 0.5),
    scores=SCORES,
    item="equality--health",
    channel="value",
    pair="equality--health|p",
    field="value",
)


def request(n=0, stimulus=STIMULUS):
    return Request(digest(n), (Message("user", "?"),), Sampling(), 0, None, stimulus)


def test_the_latent_answer_worked_by_hand():
    p = SimulationParameters(
        item_sd=0, pair_sd=0, agreement=0.25, acquiescence=0.1, discrimination=1.2
    )
    # kept = 1 - .6 * .2 = .88; s = .7 * .88 = .616
    # x = .45 + .616 * (.5 - .45) = .4808; y = .35 + .616 * (-.5 - .35) = -.1736
    # m = 1.2 * (.7 * .4808 + .5 * -.1736) + .25 = .549712; + .1
    assert SimulatedModel(p).latent(STIMULUS) == pytest.approx(0.649712)
    action = replace(STIMULUS, channel="action")
    assert SimulatedModel(p).latent(action) == pytest.approx(0.6 * 0.549712 + 0.05)


@given(st.permutations(SCORES), st.floats(-3, 3), st.floats(0.02, 3))
def test_probabilities_sum_to_one_and_follow_the_options(order, agreement, dispersion):
    p = SimulationParameters(agreement=agreement, dispersion=dispersion, position_bias=0)
    model = SimulatedModel(p)
    straight = dict(zip(SCORES, model.option_probabilities(STIMULUS), strict=True))
    shuffled = model.option_probabilities(replace(STIMULUS, scores=tuple(order)))
    assert sum(shuffled) == pytest.approx(1)
    assert shuffled == pytest.approx([straight[s] for s in order])


def test_replies_follow_the_probabilities():
    model = SimulatedModel(SimulationParameters(refusal=0, malformed=0, messy=0, dispersion=0.6))
    expected = np.array(model.option_probabilities(STIMULUS))
    letters = [json.loads(model.reply(request(n)).text)["value"] for n in range(4000)]
    counts = np.array([letters.count(x) for x in "ABCDEF"])
    assert ((counts - 4000 * expected) ** 2 / (4000 * expected)).sum() < 20.5  # p = .001 at 5 df


def test_the_same_request_gets_the_same_reply_and_a_repeat_another_draw():
    model = SimulatedModel.from_spec("sim:dispersion=1")
    assert model.reply(request(1)) == model.reply(request(1))
    assert len({model.reply(request(n)).text for n in range(50)}) > 5
    other = SimulatedModel.from_spec("sim:dispersion=1,seed=9")
    assert any(model.reply(request(n)) != other.reply(request(n)) for n in range(20))


def test_it_is_a_model_and_says_that_it_is_simulated():
    model: Model = SimulatedModel.from_spec("sim")
    asyncio.run(model.prepare())
    assert model.simulated
    assert model.identity["kind"] == "sim"
    assert [r.finish for r in asyncio.run(model.ask([request(n) for n in range(3)]))] == [
        "stop"
    ] * 3
    asyncio.run(model.close())


def test_every_parameter_is_documented_and_bounded():
    names = set(SimulationParameters.__dataclass_fields__)
    assert names == {*RANGES, "heeds", "refusal_by_language"}
    assert all(name in SimulationParameters.__doc__ for name in names)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("sim:steerabilty=1", "did you mean 'steerability'"),
        ("sim:link=2", "outside -1"),
        ("sim:link=nan", "outside"),
        ("sim:link=x", "not a number"),
        ("sim:seed=1.5", "whole number"),
        ("sim:link", "name=value"),
        ("sim:link=0,link=1", "twice"),
        ("sim:refusal=0.7,malformed=0.7", "more than 1"),
        ("sim:dispersion=0", "outside"),
        ("sim:heeds=A008+F06", "heeds=A008.F06: 'F06' .* did you mean 'F063'"),
        ("sim:heeds=Q46", "'Q46' is none of the descriptors .* allowed: A008, A165"),
        ("sim:heeds=A008+", "'' is none of the descriptors"),
        ("sim:heeds=+", "none of the descriptors"),
    ],
)
def test_wrong_parameters_are_named(spec, said):
    with pytest.raises(ModelError, match=said):
        SimulatedModel.from_spec(spec)


def test_a_request_without_a_stimulus_is_refused():
    with pytest.raises(ModelError, match="stimulus"):
        SimulatedModel.from_spec("sim").reply(request(0, None))


# --- what is asked of it stays the same where nothing new was given ---------------------------


def test_keys_of_earlier_versions_stay_what_they_were():
    """Digests by the version that had no survey parameters: later ones are named when they differ."""
    known = {
        "sim": "694279bdbd345b092b5d95e17b8995b5",
        "sim:steerability=0.3,link=0.5,seed=7": "20d4bc7468e27d41d8bc2c9b192bd353",
    }
    for spec, key in known.items():
        assert digest(SimulatedModel.from_spec(spec).identity).hex() == key


def test_the_first_requests_of_a_study_keep_their_keys():
    from mores.studies.registry import read_study

    folder = Path(__file__).parents[1] / "studies" / "value_action" / "data"
    text = 'study = "value-action"\n[dilemmas]\nsource = "honest_schema_1.jsonl"\n'
    design = read_study(text, "test", folder).design(SimulatedModel.from_spec("sim"))
    first = next(design.blocks(3)).tolist()[:3]
    assert first == [0, 1, 2]
    assert [design.request(trial, 0).key.hex() for trial in first] == [
        "39ea1d348dc5fb087eab2e0557836b79",
        "0e4339840f1dc20f573b0c26bc9b6bc7",
        "27e9bdde436b98b3350dcb39e87621b7",
    ]


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ("sim:map_x=1.2", {}),  # its default
        ("sim:map_x=0", {"map_x": 0.0}),
        ("sim:heeds=A008+F063", {"heeds": "A008+F063"}),
        ("sim:survey_dispersion=1,steer_few_shot=0", {"survey_dispersion": 1, "steer_few_shot": 0}),
    ],
)
def test_later_parameters_are_part_of_the_identity_where_they_differ(spec, named):
    plain = SimulatedModel.from_spec("sim").identity
    assert SimulatedModel.from_spec(spec).identity == plain | named
