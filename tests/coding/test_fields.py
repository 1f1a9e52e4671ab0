import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.coding.answers import as_shown
from mores.coding.fields import mentioned, read_object
from mores.coding.json_objects import find_objects

SCALE = as_shown(["agree", "neither", "disagree"])


def read(text, field="value"):
    (found,) = find_objects(text)
    reading = read_object(found, field, SCALE)
    return reading.option, reading.how


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"value": "B"}, (1, "json")),
        ({"VALUE": "B"}, (1, "json")),
        ({" value:": "B"}, (1, "json")),
        ({"values": "B"}, (None, "missing-field")),
        ({"answer": "B"}, (1, "json-other-key")),
        ({"answer": "B", "letter": "B"}, (None, "several-keys")),
        ({"answer": "B", "value": "C"}, (2, "json")),
        ({"answer": "B", "action": "B"}, (None, "wrong-field")),
        ({"result": {"value": "B"}}, (1, "json")),
        ({"answer": {"value": "B"}}, (1, "json")),
        ({"value": {"letter": "B"}}, (1, "json")),
        ({"value": {"letter": "B", "option": "C"}}, (None, "unreadable-answer")),
        ({"value": ["B"]}, (1, "json")),
        ({"value": [["B"]]}, (None, "two-answers")),
        ({"value": "disagree"}, (2, "json-option-text")),
        ({"value": "D"}, (None, "letter-out-of-range")),
        ({"value": 1e400}, (None, "ambiguous-text")),
        ({"value": None, "reasoning": "I must decline."}, (None, "refusal")),
        ({"value": None, "reasoning": "I must decline the gift."}, (None, "null-answer")),
        ({"a": {"b": {"c": {"d": {"value": "B"}}}}}, (None, "missing-field")),
    ],
)
def test_what_an_object_answers(answer, expected):
    assert read(json.dumps(answer)) == expected


def test_duplicates_count_once_if_they_agree():
    assert read('{"value": "B", "Value": "b) neither"}') == (1, "json")
    assert read('{"value": "B", "value": null}') == (None, "duplicate-keys")


def test_a_usual_key_in_a_cut_object_may_be_followed_by_the_expected_one():
    assert read('{"answer": "B", "x": "y') == (None, "cut-off")
    assert read('{"value": "B", "x": "y') == (1, "json-repaired")


@settings(deadline=None)
@given(
    st.sampled_from("ABC"), st.sampled_from(["", " ", "\\"]), st.sampled_from(["", '"', "'", "“"])
)
def test_letters_given_to_a_field_are_mentioned(letter, between, quote):
    text = f'so {quote}value{quote}{between}: {quote}{letter}{quote}, "other": "A"'
    assert mentioned(text, "value", SCALE) == {"ABC".index(letter)}


@pytest.mark.parametrize(
    "text",
    ["value", "the value A", "value: a person", "values: A", "value: Agree", "value: Z", "A"],
)
def test_other_letters_are_not(text):
    assert mentioned(text, "value", SCALE) == set()
