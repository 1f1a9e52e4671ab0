import json
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemma_records import ACTIONS, action_key, check_record, known_keys
from mores.instruments.dilemma_schema import dilemma_schema, key_descriptions
from mores.instruments.dilemmas import read_dilemmas, record_of

SCHEMA = dilemma_schema()
LINE = jsonschema.Draft202012Validator(SCHEMA)
LEAST = {
    "value": "equality",
    "topic": "work",
    "scenario_text": "You share out the shifts.",
    **{action_key(action): f"I do {action}." for action in ACTIONS},
}
PASSED = {name: {"passed": True, "reason": "It holds."} for name in CHECKS}
READING = {"reader": "a model", "text": "0123456789abcdef", "placed": list(ACTIONS)}


def test_it_is_a_schema_of_its_draft():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"].endswith("2020-12/schema")
    json.dumps(SCHEMA, allow_nan=False)


def test_every_key_is_described_in_the_order_of_writing():
    assert list(key_descriptions()) == known_keys() == list(SCHEMA["properties"])
    assert all(rule["description"].endswith(".") for rule in SCHEMA["properties"].values())


def test_every_shipped_line_is_valid_as_shipped_and_as_written():
    text = files("mores.instruments").joinpath("data", "dilemmas.jsonl").read_text("utf-8")
    records = [json.loads(line) for line in text.split("\n") if line]
    assert len(records) >= 616
    for record in [*records, *map(record_of, read_dilemmas())]:
        LINE.validate(record)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"schema": 1},
        {"schema": 2, "validation": {**PASSED, "blind_readings": [READING], "rewrites": 2}},
        {"validation": {**PASSED, "human": True, "date": "2026-06-21"}},
        {"validation": {**PASSED, "blind_reading": {"readers": 1, "reader": "m", "rho": 0.5}}},
        {"value": "Social Justice"},
        {"value": "tidy", "value_label": "Tidy", "value_definition": "in order"},
        {"value_label": None, "id": None},
        {"presumes": ["partner", "children"], "scenario_text": "You wait.\nThen you go."},
    ],
)
def test_what_is_read_is_valid(change):
    assert check_record(LEAST | change)[1] == []
    LINE.validate(LEAST | change)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 3},
        {"schema": "2"},
        {"scenario_text": "  \n "},
        {"scenario_text": 7},
        {"option_a_mild": "I \x1b[31m wait."},
        {"option_a_mild": None},
        {"options_a_mild": "I wait."},
        {"topic": "two\nlines"},
        {"topic": "ends in a break\n"},
        {"topic": ""},
        {"topic": "x" * 201},
        {"id": "two words"},
        {"id": ""},
        {"presumes": ["pet"]},
        {"presumes": ["partner", "partner"]},
        {"presumes": "partner"},
        {"scenario_reasoning": "x" * 20_001},
        {"validation": {}},
        {"validation": {**PASSED, "correctness": {"passed": "yes"}}},
        {"validation": {**PASSED, "date": "soon"}},
        {"validation": {**PASSED, "rewrites": -1}},
        {"validation": {**PASSED, "blind_readings": [READING | {"text": "0123"}]}},
        {"validation": {**PASSED, "blind_readings": [READING | {"placed": ["a-strong"] * 5}]}},
        {"validation": {**PASSED, "blind_readings": [READING | {"placed": ["first"] * 6}]}},
        {"validation": {**PASSED, "blind_readings": [READING | {"seconds": 3}]}},
        {"validation": {**PASSED, "blind_reading": {"readers": 0, "reader": "m"}}},
        {"validation": {**PASSED, "blind_reading": {"readers": 1, "reader": "m", "x": [1]}}},
    ],
)
def test_what_is_refused_is_invalid(change):
    assert check_record(LEAST | change)[1] != []
    assert not LINE.is_valid(LEAST | change)


@pytest.mark.parametrize("key", sorted(LEAST))
def test_every_required_key_is_required(key):
    assert not LINE.is_valid({k: v for k, v in LEAST.items() if k != key})


def test_a_value_of_ones_own_needs_a_label_and_a_definition():
    assert not LINE.is_valid(LEAST | {"value": "tidy"})
    assert not LINE.is_valid(LEAST | {"value": "tidy", "value_label": "Tidy"})
    half = {"value": "tidy", "value_label": "Tidy", "value_definition": " "}
    assert not LINE.is_valid(LEAST | half)


@given(key=st.sampled_from(["scenario_text", "topic", "competing"]), text=st.text(max_size=30))
@example(key="topic", text="a\u2028b")
@example(key="topic", text="a\n")
@example(key="competing", text="a\x7f")
@example(key="scenario_text", text="\xa0")
def test_texts_are_valid_where_they_are_read(key, text):
    record = LEAST | {key: text}
    assert LINE.is_valid(record) == (check_record(record)[1] == [])
