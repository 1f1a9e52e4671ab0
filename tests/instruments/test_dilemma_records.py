import pytest

from mores.instruments.dilemma_records import (
    ACTIONS,
    DilemmaRecord,
    action_key,
    check_record,
    known_keys,
)
from mores.instruments.scales import scales

LEAST = {
    "value": "equality",
    "topic": "work",
    "scenario_text": "You share out the shifts.",
    **{action_key(action): f"I do {action}." for action in ACTIONS},
}


def test_the_actions_stand_in_scale_order():
    assert tuple(option.id for option in scales()["action-6"].options) == ACTIONS


def test_the_keys_are_those_of_the_generation_prompt_and_the_project():
    prompt = {"scenario_reasoning", "scenario_text"}
    for side in "ab":
        for strength in ("mild", "moderate", "strong"):
            prompt |= {f"option_{side}_{strength}", f"option_{side}_{strength}_reasoning"}
    own = {"schema", "id", "value", "value_label", "value_definition", "topic", "competing"}
    own |= {"setting", "presumes", "validation", "source", "licence"}
    assert set(known_keys()) == prompt | own


def test_the_required_keys():
    required = {name for name, field in DilemmaRecord.model_fields.items() if field.is_required()}
    assert required == set(LEAST)


def test_the_least_record_is_enough():
    checked, problems = check_record(LEAST)
    assert problems == []
    assert checked.presumes == []
    assert checked.version == 1
    assert checked.validation is None


@pytest.mark.parametrize("key", sorted(LEAST))
def test_every_required_key_is_missed(key):
    checked, problems = check_record({k: v for k, v in LEAST.items() if k != key})
    assert checked is None
    assert problems == [f"{key}: is missing"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": 3}, "schema: is 3; this version of mores reads schema 1 and 2"),
        ({"schema": True}, "schema: must be a whole number, not True"),
        ({"schema": "1"}, "schema: must be a whole number, not '1'"),
        ({"version": 1}, "version: is not a known key"),
        ({"option_a_mld": ""}, "option_a_mld: is not a known key; did you mean 'option_a_mild'?"),
        ({"scenario_text": "  "}, "scenario_text: is empty; write it"),
        ({"scenario_text": ["x"]}, "scenario_text: must be text, not ['x']"),
        ({"scenario_text": None}, "scenario_text: must be text, not None"),
        (
            {"option_b_mild": "i do  A-strong."},
            "option_b_mild: is the same text as option_a_strong; the six actions must differ",
        ),
        ({"presumes": "car"}, "presumes: must be a list, not 'car'"),
        ({"presumes": [3]}, "presumes[1]: must be text, not 3"),
        ({"presumes": ["car", "car"]}, "presumes: names a tag twice; name each once"),
        ({"id": "a b"}, "id: must be 1 to 200 visible characters without spaces"),
        ({"value": "a\nb"}, "value: 'a\\nb' must be one line of 1 to 200 characters"),
        ({"validation": {}}, None),
    ],
)
def test_a_faulty_record_is_told(change, told):
    checked, problems = check_record(LEAST | change)
    assert checked is None
    if told is None:
        assert len(problems) == 4
    else:
        assert problems == [told]


def test_an_unknown_presumption_is_told_with_what_is_allowed():
    _, (problem,) = check_record(LEAST | {"presumes": ["car", "childrn"]})
    assert problem.startswith(
        "presumes[2]: 'childrn' is not a known presumption; did you mean 'children'? allowed: paid-"
    )
