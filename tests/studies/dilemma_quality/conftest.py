from __future__ import annotations

from dataclasses import replace

import pytest

from mores.instruments.dilemmas import Dilemma, dilemma_from_record, read_dilemmas

SCENARIO = (
    "You run the night desk of a small hotel near the station in Turin. A guest who arrived late "
    "asks for the quiet room that a colleague has promised to a regular for tomorrow. The regular "
    "has come each March for nine years and likes to find things as they were; the guest has an "
    "examination at eight and has not slept since Lyon. Both rooms cost alike, and the decision is "
    "yours tonight."
)
KEPT, GIVEN = "I keep the quiet room for the regular and ", "I give the guest the quiet room and "
ACTIONS = {
    "option_a_strong": KEPT + "give the guest the room over the street.",
    "option_a_moderate": KEPT + "lend the guest the fan that hides the noise.",
    "option_a_mild": KEPT + "wake the guest at six to rest in it.",
    "option_b_mild": GIVEN + "have it made up at noon for the regular.",
    "option_b_moderate": GIVEN + "leave the regular a note and a later breakfast.",
    "option_b_strong": GIVEN + "put the regular into the one over the street.",
}
WHY = {
    f"{key}_reasoning": "I weigh a promise that was made against a need of tonight."
    for key in ACTIONS
}
RECORD = {
    "value": "loyal",
    "topic": "work",
    "setting": "hotel, Turin, Italy",
    "competing": "a stranger's need",
    "scenario_reasoning": "A promise stands against a need.",
    "scenario_text": SCENARIO,
    **ACTIONS,
    **WHY,
}


@pytest.fixture
def hotel() -> Dilemma:
    return dilemma_from_record(RECORD)


@pytest.fixture
def shipped() -> tuple[Dilemma, ...]:
    return read_dilemmas()


@pytest.fixture
def with_actions():
    """A dilemma with other actions, by id."""

    def change(dilemma: Dilemma, **texts: str) -> Dilemma:
        given = {key.replace("_", "-"): text for key, text in texts.items()}
        actions = tuple(replace(a, text=given.get(a.id, a.text)) for a in dilemma.actions)
        return replace(dilemma, actions=actions)

    return change
