"""Replies to stimuli of earlier studies stay what they were, to the letter: stores hold them."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from mores.keys import digest
from mores.models.sim import SimulatedModel
from mores.records import Message, Request, Sampling, Stimulus, SurveyStimulus

ORDERED = SurveyStimulus(
    arm="value",
    traits=(("origin", 0.1, -0.2), ("A008", 0.3, 0.1), ("F063", -0.2, 0.6)),
    loading=(0.8, -0.4),
    intercept=0.1,
    thresholds=(-0.5, 0.3, 1.0),
    utilities=(),
    order=(2, 0, 3, 1),
    labels=("1", "2", "3", "4"),
)
NOMINAL = replace(
    ORDERED,
    arm="few-shot",
    thresholds=(),
    utilities=((0.0, 0.0, 0.0), (0.5, 1.0, -1.0), (-0.3, 0.2, 0.4)),
    order=(0, 1, 2),
    labels=("A", "B", "C"),
)
NOBODY = replace(ORDERED, arm="default", traits=())
DILEMMA = Stimulus(
    position=(0.5, -0.5),
    congruence=0.8,
    loading=(0.7, 0.5),
    scores=(1.0, 0.6, 0.2, -0.2, -0.6, -1.0),
    item="equality--health",
    channel="value",
    pair="equality--health|p",
    field="value",
)
STIMULI = {"ordered": ORDERED, "nominal": NOMINAL, "nobody": NOBODY, "dilemma": DILEMMA}


def request(stimulus, n=0, labels=()):
    return Request(digest(n), (Message("user", "?"),), Sampling(), 0, None, stimulus, labels)


def texts(spec: str, stimulus) -> str:
    model = SimulatedModel.from_spec(spec)
    written = [model.reply(request(stimulus, n)).text for n in range(500)]
    return hashlib.sha256("\0".join(written).encode()).hexdigest()[:16]


ROUGH = "sim:refusal=0.1,malformed=0.15,messy=0.4,survey_dispersion=1,seed=3"
TEXTS = {
    ("sim", "ordered"): "45144775f11edd21",
    ("sim", "nominal"): "b3d48b9ef336942a",
    ("sim", "nobody"): "93fca15a564cc4bc",
    ("sim", "dilemma"): "6505d5aeac0b373d",
    (ROUGH, "ordered"): "f9f24ff61314dd88",
    (ROUGH, "nominal"): "02731c2ddbe7373a",
    (ROUGH, "nobody"): "275668144326c6b9",
    (ROUGH, "dilemma"): "cea25930473e3f2c",
}


@pytest.mark.parametrize(("spec", "name"), TEXTS)
def test_texts_are_what_they_were(spec, name):
    assert texts(spec, STIMULI[name]) == TEXTS[spec, name]


MASSES = {
    ("sim", "ordered"): (
        -0.9666910088766683,
        -2.522927576561507,
        -3.0658332754414968,
        -0.757533991139219,
    ),
    ("sim", "nominal"): (-1.5831707791112097, -0.5331707791112095, -1.6931707791112096),
    ("sim", "nobody"): (
        -0.6851934901289738,
        -5.823711623203286,
        -1.0412177660972943,
        -2.153939529330779,
    ),
    (ROUGH, "ordered"): (
        -1.5786231585773567,
        -1.7200520255011265,
        -1.9060967498525387,
        -1.5323622093844116,
    ),
    (ROUGH, "nominal"): (-1.525014490390602, -1.075014490390602, -1.6550144903906019),
    (ROUGH, "nobody"): (
        -1.4971570891262644,
        -2.7729537170158203,
        -1.1413163899807321,
        -1.9354512372094947,
    ),
}


@pytest.mark.parametrize(("spec", "name"), MASSES)
def test_masses_are_what_they_were(spec, name):
    stimulus = STIMULI[name]
    reply = SimulatedModel.from_spec(spec).reply(request(stimulus, labels=stimulus.labels))
    assert reply.masses.low == reply.masses.high == pytest.approx(MASSES[spec, name], abs=1e-12)


def test_one_reply_as_it_was_written():
    model = SimulatedModel.from_spec(ROUGH)
    assert [model.reply(request(ORDERED, n)).text for n in range(12)] == [
        *("4", "1", "0", "1", "It depends.", " 3\n", "Somewhere in between, I suppose.", "3"),
        *("It depends.", "2.", "4", "1"),
    ]
