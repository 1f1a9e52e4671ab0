"""What travels arrives as it was."""

from dataclasses import replace

import pytest

from mores.models.cluster.wire import (
    pack_replies,
    pack_requests,
    unpack_replies,
    unpack_requests,
)
from mores.models.registry import resolve
from mores.records import (
    BatteryStimulus,
    Message,
    OptionMasses,
    Reply,
    Request,
    Sampling,
    SurveyStimulus,
)
from mores.studies.registry import load

PRESETS = ("value-action", "calibrated-personas", "framings", "grounded-personas")


def same(one: Request, other: Request) -> bool:
    """Equality with what comparing requests leaves out."""
    return (one, one.answer_schema, one.stimulus) == (other, other.answer_schema, other.stimulus)


@pytest.mark.parametrize("preset", PRESETS)
def test_requests_of_every_study(preset):
    study = load(preset, {"sample": 4})
    design = study.design(resolve("sim"))
    trials = next(iter(design.blocks(300))).tolist()
    requests = [design.request(trial, 0) for trial in trials]
    arrived = unpack_requests(pack_requests(requests, stimuli=True))
    assert all(map(same, requests, arrived))
    assert len(arrived) == len(requests)
    order = [list((r.answer_schema or {}).get("properties", ())) for r in requests]
    assert order == [list((r.answer_schema or {}).get("properties", ())) for r in arrived]


def test_what_only_a_simulated_respondent_knows_stays_here():
    design = load("value-action", {"sample": 1}).design(resolve("sim"))
    request = design.request(0, 0)
    assert request.stimulus is not None
    (arrived,) = unpack_requests(pack_requests([request], stimuli=False))
    assert arrived == request
    assert arrived.stimulus is None


def test_a_battery_and_labels():
    design = load("framings", {"sample": 2}).design(resolve("sim"))
    single = design.request(0, 0)
    assert isinstance(single.stimulus, SurveyStimulus)
    battery = replace(single, stimulus=BatteryStimulus((single.stimulus, single.stimulus)))
    (arrived,) = unpack_requests(pack_requests([battery], stimuli=True))
    assert same(arrived, battery)
    plain = Request(b"k", (Message("user", "q\ud800"),), Sampling(), 2**64 - 1, labels=("A", "B"))
    assert unpack_requests(pack_requests([plain], stimuli=True)) == [plain]


def test_a_message_that_is_said_often_is_sent_once():
    said = Message("system", "You are a persona. " * 200)
    requests = [
        Request(bytes([n]), (said, Message("user", str(n))), Sampling(), n) for n in range(100)
    ]
    assert len(pack_requests(requests, stimuli=True)) < 2 * len(said.content) + 100 * 100


def test_replies():
    replies = [
        Reply(
            "text", finish="stop", detail="{}", prompt_tokens=3, completion_tokens=4, seconds=0.5
        ),
        Reply(None, failure="no", permanent=True),
        Reply(None, masses=OptionMasses((-0.5, float("-inf")), (-0.25, 0.0))),
    ]
    assert unpack_replies(pack_replies(replies)) == replies
    assert unpack_requests(pack_requests([], stimuli=True)) == []
