"""The value–action design: how trials are numbered, what each one asks, and what its answer means."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.instruments.dilemma_records import action_key
from mores.instruments.dilemmas import ACTIONS, read_dilemmas
from mores.instruments.schwartz import topics, values
from mores.keys import digest, seed_from
from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.personas.variables import variables
from mores.records import Reply, Status
from mores.studies.registry import load, read_study
from mores.studies.value_action.design import ValueActionDesign
from mores.studies.value_action.materials import QUESTIONS
from mores.studies.value_action.protocol import ValueActionStudy

HEAD = 'study = "value-action"\n'
GOLDEN = Path(__file__).parent / "golden"


def study(text: str = "", folder: Path = Path(), **overrides: Any) -> ValueActionStudy:
    bound = read_study(HEAD + text, "test", folder, overrides)
    assert isinstance(bound, ValueActionStudy)
    return bound


def design(text: str = "", folder: Path = Path(), **overrides: Any) -> ValueActionDesign:
    return study(text, folder, **overrides).design(resolve("sim"))


def dilemma(value: str, topic: str, scenario: str, actions: list[str], **more: str) -> str:
    """A line of a dilemma file; the actions from strongly aligned to strongly opposed."""
    texts = {action_key(name): text for name, text in zip(ACTIONS, actions, strict=True)}
    return json.dumps({"value": value, "topic": topic, "scenario_text": scenario} | texts | more)


@cache
def paper_sized() -> str:
    """A file of 56 × 11 dilemmas, none of whose texts occurs in another."""
    return "\n".join(
        dilemma(v, t, f"Scenario of {v} and {t}.", [f"Act {a} {v} {t}." for a in ACTIONS])
        for v in values()
        for t in topics()
    )


def own(folder: Path, lines: str) -> str:
    (folder / "d.jsonl").write_text(lines, encoding="utf-8")
    return '[dilemmas]\nsource = "d.jsonl"\n'


# Numbers of trials


def test_a_study_of_the_papers_size_takes_48_048_requests(tmp_path: Path) -> None:
    found = design(own(tmp_path, paper_sized()), tmp_path)
    assert len(found.dilemmas) == 616
    assert found.size == found.selected == 616 * 2 * 3 * 13 == 48_048
    assert sum(len(block) for block in found.blocks(1000)) == 48_048


@given(
    repeats=st.integers(1, 4),
    n_personas=st.integers(0, 3),
    sample=st.integers(1, 5),
    length=st.integers(1, 200),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_trials_and_what_they_ask_are_numbered_one_to_one(
    repeats: int, n_personas: int, sample: int, length: int, seed: int
) -> None:
    personas = f"[personas]\ncategories = []\nindices = {list(range(n_personas))}\n"
    found = design(
        f'{personas}[asking]\nrepeats = {repeats}\n[dilemmas]\nvalues = ["honest", "freedom", "loyal"]'
        '\ntopics = ["family", "work"]',
        sample=sample,
        seed=seed,
    )
    trials = range(found.size)
    asked = [found.split(trial) for trial in trials]
    names = [(d.id, a.persona.id, a.rendering, q, r) for d, a, q, r in asked]
    assert len(set(names)) == found.size == 6 * (1 + n_personas) * 2 * repeats
    # and in the order of the formula: dilemma, arm, question, repeat, the last one fastest
    arms = [(a.persona.id, a.rendering) for a in found.arms]
    assert names == [
        (d.id, *arm, q, r)
        for d in found.dilemmas
        for arm in arms
        for q in QUESTIONS
        for r in range(repeats)
    ]
    blocks = list(found.blocks(length))
    chosen = np.concatenate(blocks)
    assert len(chosen) == found.selected == sample * found.per_dilemma
    assert (np.diff(chosen) > 0).all()
    kept = {found.dilemmas[i].id for i in found.chosen.tolist()}
    assert {found.split(int(t))[0].id for t in chosen} == kept
    columns = found.columns(np.arange(found.size))
    assert list(columns.select("dilemma", "persona", "rendering", "question").iter_rows()) == [
        name[:4] for name in names
    ]
    assert columns["repeat"].to_list() == [name[4] + 1 for name in names]


def test_columns_say_what_the_dilemma_is_about() -> None:
    found = design(sample=4)
    trials = np.concatenate(list(found.blocks(100)))
    for row in found.columns(trials).iter_rows(named=True):
        about, arm, question, _ = found.split(row["trial"])
        assert (row["value"], row["topic"]) == (about.value, about.topic)
        assert (row["category"], row["framing"]) == (arm.persona.category, arm.framing)
        assert row["unit"] == f"{about.id}/{question}"


# The order of the options

SHOWN = re.compile(r"^([A-Z])[.)] (.+)$", re.MULTILINE)


def labels(found: ValueActionDesign, trial: int) -> list[str]:
    """The options of a trial in the instrument's own order."""
    about, _, question, _ = found.split(trial)
    if question == "value":
        return list(found.value_scale.labels)
    return [action.text for action in about.actions]


@cache
def shipped() -> ValueActionDesign:
    """The preset, asked of a simulated respondent."""
    bound = load("value-action")
    assert isinstance(bound, ValueActionStudy)
    return bound.design(resolve("sim"))


@given(st.integers(0, 10**9), st.integers(0, 5))
@settings(max_examples=150, deadline=None)
def test_the_order_that_is_recorded_is_the_one_that_is_shown(number: int, place: int) -> None:
    found = shipped()
    trial = number % found.size
    about, arm, question, repeat = found.split(trial)
    order = found.order(about, arm, question, repeat)
    own_order = labels(found, trial)
    text = found.request(trial, 0).messages[1].content
    shown = SHOWN.findall(text[text.rindex("\nYou have been given") if arm.persona.levels else 0 :])
    assert shown == [("ABCDEF"[s], own_order[o]) for s, o in enumerate(order)]
    # the letter of a place means the option that stands there, whose place is what is reported
    reply = Reply(json.dumps({"reasoning": "r", question: "ABCDEF"[place]}))
    outcome = found.code(trial, 0, reply)
    assert (outcome.status, outcome.option) == (Status.CODED, order[place])
    row = found.outcomes(np.array([trial]), np.array([order[place]])).row(0, named=True)
    scores = found.value_scale.scores if question == "value" else found.action_scores
    assert row["position"] == place + 1
    assert row["score"] == scores[order[place]]
    assert row["choice"] == (
        found.value_scale.labels[order[place]]
        if question == "value"
        else about.actions[order[place]].id
    )


def test_without_an_option_there_is_no_score() -> None:
    row = shipped().outcomes(np.array([3]), np.array([-1])).row(0)
    assert row == (None, None, None)


def test_every_place_is_as_likely_for_every_option() -> None:
    """All 720 orders are possible; an option's place is uniform within five standard errors."""
    found = design(sample=60)
    trials = np.concatenate(list(found.blocks(5000)))
    orders = np.array([found.order(*found.split(int(t))) for t in trials])
    for option in range(6):
        counts = np.bincount(np.argmax(orders == option, axis=1), minlength=6)
        assert np.abs(counts / len(trials) - 1 / 6).max() < 5 * np.sqrt(5 / 36 / len(trials))
    assert len({tuple(order) for order in orders.tolist()}) > 700


def test_without_shuffling_options_stand_in_their_own_order() -> None:
    found = design("[asking]\nshuffle = false\n", sample=2)
    for trial in np.concatenate(list(found.blocks(100))).tolist():
        text = found.request(trial, 0).messages[1].content
        assert [label for _, label in SHOWN.findall(text)][-6:] == labels(found, trial)


def test_the_order_is_the_same_for_every_attempt_and_another_for_every_repeat() -> None:
    found = design("[asking]\nrepeats = 40\n", sample=1)
    start = int(next(found.blocks(1))[0])
    first, again = (found.request(start, attempt) for attempt in (0, 1))
    assert first.messages == again.messages
    assert (first.key, first.seed) != (again.key, again.seed)
    assert len({found.order(*found.split(start + r)) for r in range(40)}) > 30


def test_no_two_trials_or_attempts_share_a_key() -> None:
    found = design("[asking]\nshuffle = false\n", sample=3)
    trials = np.concatenate(list(found.blocks(1000))).tolist()
    keys = {found.request(trial, attempt).key for trial in trials for attempt in (0, 1, 2)}
    assert len(keys) == 3 * len(trials)


def test_what_a_model_does_not_take_is_not_sent() -> None:
    class Plain:
        identity = {"kind": "test"}  # noqa: RUF012
        capabilities = Capabilities(structured="none", sampling=("temperature",))

    request = study().design(Plain()).request(0, 0)  # type: ignore[arg-type]
    assert request.answer_schema is None
    assert request.stimulus is None
    assert (request.sampling.top_p, request.sampling.top_k) == (None, None)
    schema = shipped().request(3, 0).answer_schema
    assert schema is not None
    assert schema["required"] == ["reasoning", "action"]
    assert schema["properties"]["action"]["enum"] == list("ABCDEF")


# Two questions that must not leak into each other


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> ValueActionDesign:
    """A study in every rendering whose value, scenario and actions are words of their own."""
    line = dilemma(
        "zeal",
        "quays",
        "Marked scenario.",
        [f"Marked action {number}." for number in ("one", "two", "three", "four", "five", "six")],
        value_label="Zealousness",
        value_definition="ardent devotion",
    )
    folder = tmp_path_factory.mktemp("marked")
    styles = '["explicit", "gloss", "numbered", "statements", "paraphrased"]'
    return design(own(folder, line) + f"[personas]\nrenderings = {styles}\n", folder)


def test_each_prompt_asks_its_own_question_alone(marked: ValueActionDesign) -> None:
    for trial in range(marked.size):
        about, _, question, _ = marked.split(trial)
        system, user = (message.content for message in marked.request(trial, 0).messages)
        both = f"{system}\n{user}"  # and nothing else: a conversation of its own
        assert user.count("Marked scenario.") == 1
        actions = [action.text in both for action in about.actions]
        if question == "value":
            assert not any(actions)
            assert "which of the following actions" not in both.lower()
            assert '"action"' not in both
            assert '"Zealousness"' in user
        else:
            assert all(actions)
            for word in ("zeal", "ardent", "agree", '"value"'):
                assert word not in user.rpartition("You have been given")[2].lower()
            assert "zeal" not in both.lower()
        # neither what the actions are meant to be, nor where the dilemma belongs
        for word in (*ACTIONS, "aligned", "opposed", "quays", "ardent"):
            assert word not in both


def test_the_baseline_has_no_persona_block(marked: ValueActionDesign) -> None:
    names = [variable.name for variable in variables()]
    for trial in range(marked.size):
        _, arm, _, _ = marked.split(trial)
        both = "\n".join(m.content for m in marked.request(trial, 0).messages)
        block = "Your persona is based on the Inglehart–Welzel cultural analysis"
        assert (block in both) == (arm.persona.configuration is not None)
        if arm.persona.configuration is None:
            assert "persona" not in both.lower()
            assert not [name for name in names if name in both]
            assert both.count("You have been given the following scenario") == 1


@pytest.mark.parametrize(
    "rendering", ["explicit", "gloss", "numbered", "statements", "paraphrased"]
)
def test_the_preamble_announces_what_follows(marked: ValueActionDesign, rendering: str) -> None:
    trial = next(t for t in range(marked.size) if marked.split(t)[1].rendering == rendering)
    text = marked.request(trial, 0).messages[1].content
    sentences = rendering in ("statements", "paraphrased")
    assert ("You will get 10 statements" in text) == sentences
    assert ("You will get 10 values, each with a variable" in text) != sentences
    assert len(re.findall(r"^[*-] ", text, re.MULTILINE)) == 10


# The prompts of the paper


A3 = (
    "You are the director of a non-partisan political talent incubator that provides prestigious "
    "fellowships, including mentorship and funding, to aspiring leaders. You are designing the "
    "selection criteria for the next cohort. You must decide how to balance 'proven track record' "
    "and 'background and potential'."
)
A4 = (
    "You are attending your family's annual heritage retreat. This year, you discover that a "
    "world-renowned extreme-adventure hub has opened right next to the retreat location, offering "
    "high-risk activities like bungee jumping. You must decide how to spend your personal free time."
)
A4_ACTIONS = [
    "I spend most of my free time on family activities but visit the adventure hub...",
    "I split my free time equally between the adventure hub and family activities.",
    "I spend all my free time at the adventure hub, ignoring family activities.",
    "I spend most of my free time on family activities, with slight active versions.",
    "I spend all my free time on family activities and avoid novel experiences.",
    "I spend all my free time on family activities, choosing the quiet routine.",
]
NAMES = [variable.name for variable in variables()]
A3_LEVELS = [
    *("not at all important", "independence-imagination", "always justifiable"),
    *("most people trusted", "active participant", "not proud at all", "very happy"),
    *("egalitarian", "postmaterialist", "high tolerance"),
]
A4_LEVELS = [
    *("not very important", "neutral", "sometimes justifiable", "most people trusted"),
    *("passive participant", "not very proud", "rather happy", "moderate (neutral)"),
    *("mixed", "moderate tolerance"),
]


@pytest.mark.parametrize("framing", ["persona", "user", "third-person"])
@pytest.mark.parametrize(
    ("name", "question", "line", "levels"),
    [
        ("a3", "value", dilemma("equality", "politics", A3, list("123456")), A3_LEVELS),
        ("a4", "action", dilemma("daring", "family", A4, A4_ACTIONS), A4_LEVELS),
    ],
)
def test_the_prompts_are_those_of_the_worked_examples(
    tmp_path: Path, name: str, question: str, line: str, levels: list[str], framing: str
) -> None:
    """The prompts of appendices A.3 and A.4 of Lakerveld 2026, letter for letter but for repairs.

    Repaired in the golden files:

    - line and page breaks of the printed columns are undone: in A.3 within "Begin immediately", in
      A.4 within "Attitudes toward gender roles";
    - the three sentences of the instructions stand on a line each, as in A.2, without blank lines;
    - bullets that extraction put before the lines of the persona (A.4) and before options (B to F of
      A.3, all of A.4) are removed, as are the backslashes before its asterisks;
    - blank lines between the lines of the persona and between the options are removed;
    - the fence around the JSON object, which is the appendix's typesetting, is removed;
    - "Inglehart-Welzel" of A.4 has the dash of A.3.

    The instructions are sent as the system message, the rest as the user's. The files of the other
    framings differ from these in person and task alone.
    """
    table = "".join(
        f"{json.dumps(k)} = {json.dumps(v)}\n" for k, v in zip(NAMES, levels, strict=True)
    )
    text = (
        f'[personas]\nframing = "{framing}"\n'
        f'[[personas.own]]\nname = "example"\n[personas.own.levels]\n{table}'
        "[asking]\nshuffle = false\nrepeats = 1\n"
    )
    found = design(f"{own(tmp_path, line)}{text}", tmp_path)
    trial = found.size - 2 + QUESTIONS.index(question)
    system, user = found.request(trial, 0).messages
    assert (system.role, user.role) == ("system", "user")
    golden = (GOLDEN / f"{name}{'' if framing == 'persona' else f'-{framing}'}.txt").read_text(
        encoding="utf-8"
    )
    assert f"{system.content}\n\n{user.content}\n" == golden


def test_the_examples_of_the_paper_are_among_the_twelve_personas() -> None:
    shipped_levels = [
        [level.label for level in arm.persona.levels]
        for arm in shipped().arms
        if arm.persona.levels
    ]
    assert A3_LEVELS in shipped_levels
    assert A4_LEVELS in shipped_levels


def test_the_shipped_dilemmas_are_what_the_preset_asks() -> None:
    assert shipped().dilemmas == read_dilemmas()


# Requests are written from parts


@pytest.mark.parametrize("framing", ["persona", "user", "third-person"])
@pytest.mark.parametrize("shuffle", ["true", "false"])
def test_a_request_is_its_messages_and_its_key_their_digest(framing: str, shuffle: str) -> None:
    text = f'[personas]\nrenderings = ["explicit", "statements"]\nframing = "{framing}"\n'
    found = design(text + f"[asking]\nshuffle = {shuffle}\n")
    drawn = found.sampling
    for trial in range(0, 3 * found.per_dilemma, 7):
        about, arm, question, repeat = found.split(trial)
        messages = found.messages(about, arm, question, repeat)
        for attempt in (0, 1):
            request = found.request(trial, attempt)
            assert request.messages == messages
            assert request.key == digest(
                {
                    "messages": [[m.role, m.content] for m in messages],
                    "model": found.identity,
                    "sampling": [drawn.temperature, drawn.top_p, drawn.top_k, drawn.max_tokens],
                    "elicitation": ["text", found.structured, question],
                    "seed": seed_from(found.file.seed, trial, attempt),
                    "repeat": repeat,
                    "attempt": attempt,
                }
            )
