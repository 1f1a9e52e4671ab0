import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mores.coding.thinking import INVISIBLE, Said, set_aside_thinking


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("<think>draft</think>B", "B"),
        ("<Thinking>draft</Thinking>B", "B"),
        ("< think >draft</ think >B", "B"),
        ("<reasoning>draft</reasoning>B", "B"),
        ("<thought>draft</think>B", "B"),
        ("draft</think>B", "B"),
        ("draft</think>draft</think>B", "B"),
        ("<think>draft</think>draft</think>B", "B"),
        ("<think>a <reasoning>b</reasoning> c</think>B", "B"),
        ("[THINK]draft[/THINK]B", "B"),
        ("◁think▷draft◁/think▷B", "B"),
        ("<|begin_of_thought|>draft<|end_of_thought|>B", "B"),
        ("<|START_THINKING|>draft<|END_THINKING|>B", "B"),
        ("<|channel>thought\ndraft<channel|>B", "B"),
        (
            "<|channel|>analysis<|message|>draft<|end|><|start|>assistant<|channel|>final<|message|>B",
            "B",
        ),
        (
            "<|channel|>commentary to=x<|message|>draft<|call|><|channel|>final<|message|>B<|return|>",
            "B",
        ),
        (
            "<|channel|>analysis<|message|>d<|end|><|channel|>final <|constrain|>json<|message|>B",
            "B",
        ),
        ("analysisDraft.assistantfinalB", "B"),
    ],
)
def test_thinking_is_set_aside(reply, text):
    said = set_aside_thinking(reply)
    assert said.text.strip() == text
    assert said.thought
    assert not said.unfinished


@pytest.mark.parametrize(
    "reply",
    [
        "<think>draft B",
        "<think>a</think><think>b",
        "<think>draft</reasoning>B",
        "<|channel|>analysis<|message|>draft B<|end|>",
        "analysisDraft. Answer: B",
    ],
)
def test_thinking_that_never_ends(reply):
    said = set_aside_thinking(reply)
    assert said.unfinished
    assert "B" not in said.text


@pytest.mark.parametrize("token", ["<|im_end|>", "<|eot_id|>", "</s>", "<end_of_turn>", "<eos>"])
def test_nothing_after_the_end_of_the_turn_was_said(token):
    assert set_aside_thinking(f"B{token}C").text.strip() == "B"
    assert set_aside_thinking(f"{token}B{token}C").text.strip() == "B"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "B",
        "a < b > c",
        "<b>bold</b>",
        "analysis of it",
        "I think.",
        "[B]",
        "<answer>B</answer>",
    ],
)
def test_words_without_markers_are_left_as_they_are(text):
    assert set_aside_thinking(text) == Said(text)


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["<think>", "</think>", "</s>", "[THINK]"]))
def test_a_tag_within_a_well_formed_object_is_its_text(words, tag):
    assume("<|channel|>" not in words)
    text = json.dumps({"reasoning": words + tag, "value": "B"})
    assert set_aside_thinking(text).text == text


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_what_follows_closed_thinking_is_all_that_is_left(inside, after):
    assume("<" not in inside + after)
    assume("[" not in inside + after)
    assume("◁" not in inside + after)
    assert set_aside_thinking(f"<think>{inside}</think>{after}").text.strip() == after.strip()


def test_line_ends_and_tabs_are_visible():
    assert INVISIBLE.sub("", "a\tb\r\nc d") == "a\tb\r\nc d"
    assert INVISIBLE.sub("", "\ufeffa\u200bb\u202ec\x00\x1f\u2066") == "abc"
