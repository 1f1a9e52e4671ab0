"""Sentences read from replies, however they are wrapped."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.coding.descriptor_replies import sentences_in

PLAIN = {1: "You trust people.", 2: "You trust nobody."}
BODY = json.dumps({str(code): text for code, text in PLAIN.items()})


@pytest.mark.parametrize(
    "reply",
    [
        BODY,
        f"Here they are:\n```json\n{BODY}\n```\nShall I go on?",
        f'<think>Perhaps {{"1": "You draft."}}?</think>{BODY}',
        f'{{"sentences": {BODY}}}',
        f'{{"answer": {{"sentences": {BODY}}}}}',
        '{"1": " You trust people. ", "2": "You trust nobody.",}',
        '{"Option 1": "You trust people.", "2 (careful)": "You trust nobody."}',
        "{'1': 'You trust people.', '2': 'You trust nobody.'}",
        f'{{"1": "You draft.", "2": "You draft too."}} or rather {BODY}',
        BODY.replace("people", "peo\\u200bple".replace("\\u200b", "\u200b")),
    ],
)
def test_a_reply_is_read(reply):
    assert sentences_in(reply) == PLAIN


def test_codes_below_zero():
    assert sentences_in('{"-2": "You obey.", "−1": "You rather obey.", "0": "You do both."}') == {
        -2: "You obey.",
        -1: "You rather obey.",
        0: "You do both.",
    }


@pytest.mark.parametrize("reply", ["", "I cannot help with that.", "{}", "[1, 2]", '{"a": "You."}'])
def test_nothing_to_read(reply):
    assert sentences_in(reply) == {}


def test_what_was_cut_off_or_given_twice_is_no_sentence():
    assert sentences_in('{"1": "You trust people.", "2": "You tr') == {1: PLAIN[1], 2: None}
    assert sentences_in('{"1": "You trust.", "1": "You do not."}') == {1: None}
    assert sentences_in('{"1": "You trust.", "1": "You trust."}') == {1: "You trust."}


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text):
    assert isinstance(sentences_in(text), dict)
    assert isinstance(sentences_in("{" + text + "}"), dict)
