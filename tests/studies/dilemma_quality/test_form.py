from __future__ import annotations

from dataclasses import replace

import pytest

from mores.studies.dilemma_quality.form import form_checks, spellings


def failed(dilemmas) -> dict[str, list[str]]:
    return {r.name: [f.where for f in r.findings] for r in form_checks(dilemmas) if not r.passed}


def test_a_sound_text_passes(hotel) -> None:
    results = form_checks([hotel])
    assert all(r.passed and r.value == 0 and r.n == 1 and not r.findings for r in results)
    assert {r.topic for r in results} == {"form"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"scenario_text": "You wait."}, "a scenario of fewer than 40"),
        ({"scenario_text": "You wait. " + "One more fact. " * 31}, "or more than 90 words"),
        ({"scenario_reasoning": ""}, "a rationale is missing"),
    ],
)
def test_faults_of_the_scenario(hotel, change, rule) -> None:
    found = failed([hotel, replace(hotel, id="faulty", **change)])
    assert [where for name, where in found.items() if rule in name] == [["faulty"]]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("I wait here.", "an action of fewer than 10 or more than 30 words"),
        ("I keep it and say that " + "so it is " * 9, "an action of fewer than 10 or more than 30"),
        (
            "The guest takes the quiet room and the regular gets the one over the street.",
            "in the first",
        ),
        ("I stay loyal to the regular and give the guest the room over the street.", "is named"),
        ("I keep the room for the regular and book a taxi on Uber for the guest.", "brand"),
    ],
)
def test_faults_of_an_action(hotel, with_actions, text, rule) -> None:
    found = failed([replace(with_actions(hotel, a_mild=text), id="faulty")])
    assert any(rule in name and where == ["faulty"] for name, where in found.items()), found


def test_american_spelling_in_a_british_set(hotel, with_actions) -> None:
    british = with_actions(
        hotel, a_mild="I ask the neighbours about their favourite room over the street."
    )
    american = replace(
        with_actions(hotel, b_mild="I ask the neighbors about a room of theirs."), id="us"
    )
    (found,) = [r for r in form_checks([british, american]) if "spelling" in r.name]
    assert found.passed is False
    assert [(f.where, f.told) for f in found.findings] == [("us", "American spelling: neighbors")]
    assert found.note == "2 British and 1 American words; British taken as meant"


def test_spellings_by_hand() -> None:
    found = spellings("The neighbour's labor, the theatre and a program to Organise.")
    assert found["British"] == {"neighbour", "theatre", "organise"}
    assert found["American"] == {"labor", "program"}
