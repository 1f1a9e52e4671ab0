"""From replies to biographies and readings: what models send, and what is made of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.coding.biography_replies import FAULTS, draft_in, reading_in, story_key
from mores.personas.biographies import UNCLEAR, Demographics
from mores.personas.biography_grammar import compose
from mores.personas.grid import configuration
from mores.personas.variables import variables
from mores.records import Reply

STORY = compose(500).text
GOOD = {
    "age": 43,
    "sex": "female",
    "education": "isced-3-4",
    "occupation": "office",
    "settlement": "town",
    "country": "Sweden",
    "story": STORY,
}
PERSON = Demographics(43, "female", "isced-3-4", "office", "town", "SWE")
GERMAN = (
    "Sie lebt in einer kleinen Stadt und arbeitet in einem Büro. Mit der Kirche hat sie nichts zu tun, "
    "und ihr Mann ist auch nicht für das Beten. Auf die Nachbarn lässt sie nichts kommen. " * 3
)


def draft(text, index=500, language="en", **reply):
    return draft_in(Reply(text, **reply), index, language)


def without(*keys, **fields):
    return json.dumps({k: v for k, v in (GOOD | fields).items() if k not in keys})


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        f"Here it is:\n```json\n{json.dumps(GOOD, indent=1)}\n```\nEnjoy!",
        f"<think>{json.dumps(GOOD | {'age': 20})}</think>{json.dumps(GOOD)}",
        json.dumps({"biography": GOOD}),
        json.dumps({"demographics": {k: GOOD[k] for k in GOOD if k != "story"}, "story": STORY}),
        json.dumps(GOOD | {"age": "43", "sex": " Female", "education": "ISCED_3_4"}),
        json.dumps({("life story" if k == "story" else k): v for k, v in GOOD.items()}),
        json.dumps(GOOD)[:-1] + ",}",
        json.dumps(GOOD | {"story": f"\u200b{STORY}\x07\u202e"}),
    ],
)
def test_a_biography_is_read_however_it_is_wrapped(text):
    found = draft(text)
    assert found.faults == ()
    assert (found.demographics, found.text) == (PERSON, STORY)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", {"empty"}),
        ("  \n\u200b", {"empty"}),
        ("<think>hm", {"empty"}),
        ("Once upon a time there was a clerk.", {"no-json"}),
        ("[1, 2]", {"no-json"}),
        ("I'm sorry, but I can't help with that.", {"refused"}),
        (json.dumps(GOOD)[:200], {"cut-off"}),
        (json.dumps(GOOD)[:40], {"cut-off"}),
        (without("story"), {"no-json"}),
        (without(story=""), {"empty"}),
        (without(story=None), {"empty"}),
        (without(story=7), {"empty"}),
        (without(story="She is well."), {"too-short"}),
        (without(story="Elle va bien."), {"too-short", "other-language"}),
        (without(story=STORY * 3), {"too-long"}),
        (without(story=GERMAN), {"other-language"}),
        (without(age=17), {"age"}),
        (without(age=143), {"age"}),
        (without(age=43.5), {"age"}),
        (without(age=True), {"age"}),
        (without(age="forty"), {"age"}),
        (without("age", "sex"), {"age", "sex"}),
        (without(sex="non-binary"), {"sex"}),
        (without(education="PhD"), {"education"}),
        (without(occupation="astronaut"), {"occupation"}),
        (without(settlement=["town"]), {"settlement"}),
        (without(country="Atlantis"), {"country"}),
        (without(country="752"), {"country"}),
        (without(country=5), {"country"}),
    ],
)
def test_what_cannot_be_used_is_a_counted_fault(text, faults):
    found = draft(text)
    assert set(found.faults) == faults
    assert set(found.faults) <= set(FAULTS)


def test_a_story_without_a_country_is_of_none():
    for text in (without("country"), without(country=""), without(country=None)):
        assert draft(text).demographics.country is None


def test_a_filter_a_limit_and_a_language_are_told_apart():
    assert draft(json.dumps(GOOD), finish="content_filter").faults == ("refused",)
    assert draft("", finish="length").faults == ("cut-off",)
    assert draft("Let me think", finish="length").faults == ("cut-off",)
    assert draft(without(story=GERMAN), language="de").faults == ()


def test_labels_and_statements_quoted_word_for_word_are_flagged():
    index = 0  # very religious, very proud, very happy …
    plain = draft(without(story=compose(index).text), index)
    assert plain.flags == ()
    quoted = STORY + " Faith is Very Important to her, and she is very—proud."
    assert draft(without(story=quoted), index).flags == ("leak:religiosity", "leak:national_pride")
    copied = STORY + " She believes in God and takes part in worship often. This person does not "
    copied += "trust people whom they do not know, and is on their guard."
    assert "copied:social_trust" in draft(without(story=copied), index).flags


def test_no_story_of_the_offline_writer_has_a_fault_or_a_flag():
    for index in range(0, 93_312, 997):
        found = draft(without(story=compose(index).text), index)
        assert (found.faults, found.flags) == ((), ())


def test_stories_that_differ_in_punctuation_alone_are_one():
    assert story_key("A  clerk, she said.") == story_key("a clerk she said!")
    assert story_key("A clerk.") != story_key("A cleric.")


LEVELS = configuration(500)
READ = {v.id: v.levels[k].id for v, k in zip(variables(), LEVELS, strict=True)}


def test_a_reading_is_read():
    assert reading_in(Reply(json.dumps(READ))) == LEVELS
    assert reading_in(Reply(f"<think>hm</think>```{json.dumps({'answers': READ})}```")) == LEVELS
    named = {v.name.upper(): v.levels[k].label for v, k in zip(variables(), LEVELS, strict=True)}
    assert reading_in(Reply(json.dumps(named))) == LEVELS


@pytest.mark.parametrize("value", ["unclear", "very", None, 3, ["very-important"], {"a": 1}])
def test_what_names_no_level_is_unclear(value):
    found = reading_in(Reply(json.dumps(READ | {"religiosity": value})))
    assert found == (UNCLEAR, *LEVELS[1:])


def test_two_answers_are_unclear_and_no_answers_are_no_reading():
    twice = json.dumps(READ)[:-1] + ', "happiness": "very-happy", "happiness": "rather-happy"}'
    assert reading_in(Reply(twice))[6] == UNCLEAR
    some = {"happiness": "very-happy"}
    assert reading_in(Reply(json.dumps(some))) == (*[UNCLEAR] * 6, 0, *[UNCLEAR] * 3)
    for text in ("", "It is clear.", '{"mood": "good"}', None):
        assert reading_in(Reply(text)) is None


@given(st.text(max_size=300))
def test_any_reply_is_a_draft_or_a_fault(text):
    found = draft(text)
    assert (found.faults == ()) <= (found.demographics is not None)
    reading_in(Reply(text))
