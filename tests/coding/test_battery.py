"""Replies with one answer for each member of a battery, in seven languages."""

from __future__ import annotations

import doctest
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shown_options import BATTERIES, DIGITS, LANGUAGES, battery, corpus

from mores.coding import battery as battery_coder
from mores.coding.battery import code_battery
from mores.coding.reasons import REASONS
from mores.records import Outcome, Status

CASES = [(language, case) for language in LANGUAGES for case in corpus(language)]
MEMBERS = ("Good manners", "Independence", "Thrift, saving money and things")
OPTIONS = ("Mentioned", "Not mentioned")


def code(text: str, finish: str | None = None) -> Outcome:
    return code_battery(text, language="en", members=MEMBERS, options=OPTIONS, finish=finish)


@pytest.mark.parametrize(("language", "case"), [c for c in CASES if "battery" in c[1]])
def test_corpus(language, case):
    members, options = battery(language, case["battery"])
    outcome = code_battery(case["text"], language=language, members=members, options=options)
    assert outcome.parts == tuple(case["parts"])
    assert outcome.status.value == case.get("status", "coded")
    assert outcome.reason == case.get("reason", outcome.reason)
    assert outcome.flags == tuple(case.get("flags", ()))


def test_docstring_examples():
    assert doctest.testmod(battery_coder).failed == 0


# reply, parts
WHOLE = [
    "1: Mentioned\n2: Not mentioned\n3: Mentioned",
    "1. Mentioned\n2. Not mentioned\n3. Mentioned",
    "1) Mentioned\n2) Not mentioned\n3) Mentioned",
    "1 - Mentioned\n2 – Not mentioned\n3 — Mentioned",
    "1：Mentioned\n2：Not mentioned\n3：Mentioned",
    "٣: Mentioned\n١: Mentioned\n٢: Not mentioned",
    "* **1:** Mentioned\n* **2:** Not mentioned\n* **3:** Mentioned",
    "- 1: **Mentioned**\n- 2: **Not mentioned**\n- 3: **Mentioned**",
    "1. Good manners: Mentioned\n2. Independence: Not mentioned\n"
    "3. Thrift, saving money and things: Mentioned",
    "Good manners — Mentioned\nIndependence — Not mentioned\n"
    "Thrift, saving money and things — Mentioned",
    "Independence: Not mentioned\nThrift, saving money and things: Mentioned\nGood manners: Mentioned",
    "3: Mentioned\n2: Not mentioned\n1: Mentioned",
    "1: Mentioned, 2: Not mentioned, 3: Mentioned",
    "1: Mentioned; 2: Not mentioned; 3: Mentioned.",
    "1: Mentioned 2: Not mentioned 3: Mentioned",
    "Good manners: Mentioned, Independence: Not mentioned, Thrift, saving money and things: Mentioned",
    "| No | Quality | Answer |\n|:--|:-:|--:|\n| 1 | Good manners | Mentioned |\n"
    "| 2 | Independence | Not mentioned |\n"
    "| 3 | Thrift, saving money and things | Mentioned |",
    "| 1 | Mentioned |\n| 2 | Not mentioned |\n| 3 | Mentioned |",
    "Mentioned\nNot mentioned\nMentioned",
    "Here is how I would answer:\n\nMentioned\nNot mentioned\nMentioned\n\nThat is all.",
    '{"1": "Mentioned", "2": "Not mentioned", "3": "Mentioned"}',
    '```json\n{"answers": {"3": "mentioned", "1": "Mentioned", "2": "Not mentioned"}}\n```',
    '{"Good manners": "Mentioned", "Independence": "Not mentioned",'
    ' "3. Thrift, saving money and things": "Mentioned"}',
    "1:\nMentioned\n2:\nNot mentioned\n3:\nMentioned",
    "As someone from Kenya, I would say:\n1: Mentioned (very important)\n2: Not mentioned\n3: Mentioned",
    "<think>1: Not mentioned</think>1: Mentioned\n2: Not mentioned\n3: Mentioned",
    "1: Mentioned\n2: Not mentioned\n3: Mentioned\n4: Mentioned\n5: Not mentioned",
    "1: Mentioned\n2: Not mentioned\n3: Mentioned\n1: Mentioned",
    "Line 1: Mentioned\nLine 2: Not mentioned\nLine 3: Mentioned",
    "MENTIONED\nNOT MENTIONED\nMENTIONED",
]  # fmt: skip

BROKEN = [
    ("all: Mentioned", (-1, -1, -1), "no-answer"),
    ("1-3: Mentioned", (-1, -1, -1), "members-disagree"),
    ("Mentioned", (-1, -1, -1), "no-answer"),
    ("Mentioned\nNot mentioned", (-1, -1, -1), "no-answer"),
    ("Mentioned\nNot mentioned\nMentioned\nMentioned", (-1, -1, -1), "no-answer"),
    ("1: Mentioned\n3: Mentioned", (0, -1, 0), "members-missing"),
    ("1: Mentioned\n2: Mentioned\n2: Not mentioned\n3: Mentioned", (0, -1, 0), "members-disagree"),
    ("1: Mentioned\n2: Mentioned / Not mentioned\n3: Mentioned", (0, -1, 0), "members-disagree"),
    ("1: Mentioned\n2: Mentioned?\n3: Mentioned", (0, -1, 0), "members-disagree"),
    ("1: Mentioned\n2: maybe Mentioned\n3: Mentioned", (0, -1, 0), "members-disagree"),
    ("1: Mentioned\n2: yes\n3: Mentioned", (0, -1, 0), "members-missing"),
    ("1: Mentioned\n2: Mentioned by many\n3: Mentioned", (0, -1, 0), "members-disagree"),
    ("1. Independence: Mentioned\n2: Mentioned\n3: Mentioned", (-1, -1, 0), "members-disagree"),
    ("Mentioned: 1, 3\nNot mentioned: 2", (-1, -1, -1), "no-answer"),
    ("Mentioned:\n1. Good manners\n3. Thrift\n\nNot mentioned:\n2. Independence",
     (-1, -1, -1), "no-answer"),
    ("1\n2\n3", (-1, -1, -1), "no-answer"),
    ("1: 1\n2: 2\n3: 1", (-1, -1, -1), "no-answer"),
    ('{"1": "Mentioned", "2": "Not mentioned"}', (0, 1, -1), "members-missing"),
    ('{"1": "Mentioned", "1": "Not mentioned", "2": "Mentioned", "3": "Mentioned"}',
     (-1, 0, 0), "members-disagree"),
    ('{"1": "Mentioned or not", "2": "Mentioned", "3": "Mentioned"}',
     (-1, 0, 0), "members-disagree"),
    ("", (-1, -1, -1), "empty"),
    ("NUMBER: ANSWER", (-1, -1, -1), "no-answer"),
    ("1: Mentioned\n" * 1000, (-1, -1, -1), "too-long"),
]  # fmt: skip


@pytest.mark.parametrize("reply", WHOLE)
def test_whole_batteries(reply):
    outcome = code(reply)
    assert (outcome.status, outcome.parts, outcome.option) == (Status.CODED, (0, 1, 0), None)


@pytest.mark.parametrize(("reply", "parts", "reason"), BROKEN)
def test_members_without_a_clear_answer_have_none(reply, parts, reason):
    outcome = code(reply)
    assert (outcome.status, outcome.parts, outcome.reason) == (Status.UNCODED, parts, reason)


def test_a_refused_battery_has_no_parts_and_a_filtered_one_keeps_its_own():
    refused = code("I'm sorry, but I can't answer these questions.")
    assert (refused.status, refused.parts) == (Status.REFUSED, (-1, -1, -1))
    filtered = code("1: Mentioned", "content_filter")
    assert (filtered.status, filtered.reason) == (Status.REFUSED, "content-filter")
    assert filtered.parts == (0, -1, -1)
    both = code("As an AI I have no personal views.\n1: Mentioned\n2: Mentioned\n3: Mentioned")
    assert both.status is Status.CODED
    assert "refusal" in both.flags


def test_the_last_line_of_a_cut_reply_may_be_half_a_line():
    outcome = code("1: Mentioned\n2: Not mentioned\n3: Mentioned", "length")
    assert (outcome.parts, outcome.reason) == ((0, 1, -1), "cut-off")


# --- every battery of every language -----------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BATTERIES)
def test_every_shape_in_every_language(language, name):
    members, options = battery(language, name)
    random_of = random.Random(f"{language}{name}")
    for digits in DIGITS:
        script = dict(zip(range(48, 58), digits, strict=True))
        parts = tuple(random_of.randrange(len(options)) for _ in members)
        numbered = [str(i + 1).translate(script) for i in range(len(members))]
        answers = [options[part] for part in parts]
        rows = list(zip(numbered, members, answers, strict=True))
        swapped = random_of.sample(rows, len(rows))
        replies = [
            "\n".join(f"{n}: {a}" for n, _, a in rows),
            "\n".join(f"{n}：**{a}**" for n, _, a in swapped),
            "\n".join(f"- {n}. {m}: {a}" for n, m, a in rows),
            "\n".join(f"**{m}** — {a}" for _, m, a in swapped),
            "\n".join(f"| {n} | {m} | {a} |" for n, m, a in rows),
            "; ".join(f"{n}: {a}" for n, _, a in rows),
            "、".join(f"{n}. {a}" for n, _, a in swapped),
            json.dumps({n: a for n, _, a in swapped}, ensure_ascii=False),
            "\n".join(answers),
        ]
        for reply in replies:
            outcome = code_battery(reply, language=language, members=members, options=options)
            assert outcome.parts == parts, reply
            assert outcome.status is Status.CODED
            assert outcome.flags == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BATTERIES)
def test_each_line_counts_for_its_own_member_alone(language, name):
    members, options = battery(language, name)
    for missing in range(len(members)):
        lines = [f"{n + 1}: {options[0]}" for n in range(len(members)) if n != missing]
        outcome = code_battery(
            "\n".join(lines), language=language, members=members, options=options
        )
        assert outcome.parts == tuple(-1 if n == missing else 0 for n in range(len(members)))
        assert outcome.status is Status.UNCODED


ALL_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
PIECES = st.lists(
    st.sampled_from(
        [*"1234 .,:;()|{}*\"-/=?\n：、", "Mentioned", "Not mentioned", "not ", "Good manners", '{"1": "',
         "Independence", "提到了", "没有", "1: Mentioned\n", "all: ", "٣", "\ud800", "<think>", "|---|"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(
    text=ALL_TEXT | PIECES,
    language=st.sampled_from(LANGUAGES),
    finish=st.sampled_from([None, "length", "content_filter"]),
)
def test_any_text_gives_an_outcome_and_the_same_again(text, language, finish):
    members, options = battery(language, "SU_NEIGHBORS")

    def coded() -> Outcome:
        return code_battery(
            text, language=language, members=members, options=options, finish=finish
        )

    outcome = coded()
    assert outcome == coded()
    assert outcome.reason in REASONS
    assert outcome.option is None
    assert len(outcome.parts) == len(members)
    assert all(-1 <= part < len(options) for part in outcome.parts)
    assert (outcome.status is Status.CODED) == (-1 not in outcome.parts)


@settings(deadline=None, max_examples=30)
@given(st.lists(ALL_TEXT, max_size=4), st.lists(ALL_TEXT, max_size=4), ALL_TEXT)
def test_odd_members_and_options_are_no_reason_to_raise(members, options, text):
    outcome = code_battery(text, language="en", members=members, options=options)
    assert len(outcome.parts) == len(members)
