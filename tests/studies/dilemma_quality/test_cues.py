from __future__ import annotations

from dataclasses import replace

import pytest

from mores.studies.dilemma_quality.cues import cue_checks


def found(dilemmas) -> dict:
    return {r.name: r for r in cue_checks(dilemmas)}


def longer(dilemma, wanted, tail):
    """The dilemma with a tail to the actions whose id holds a word."""
    actions = tuple(
        replace(a, text=a.text.rstrip(".") + tail) if wanted in a.id else a for a in dilemma.actions
    )
    return replace(dilemma, actions=actions)


@pytest.mark.parametrize(
    ("wanted", "tail", "cue"),
    [
        ("a-", " and go on with it for as long as it takes.", "side from length in words"),
        (
            "a-",
            " and thank them for their wonderful, loving kindness.",
            "side from tone (VADER compound)",
        ),
        ("b-", " without any of it, and never for nobody.", "side from negations"),
        ("b-", ", perhaps, if it seems right, maybe partly.", "side from hedges"),
        ("strong", ", always, fully and for everyone.", "strength from boosters"),
        ("mild", " in two or three of ten weeks.", "strength from numbers"),
    ],
)
def test_a_planted_cue_is_found(shipped, wanted, tail, cue) -> None:
    planted = found([longer(d, wanted, tail) for d in shipped[:60]])[cue]
    assert planted.passed is False
    assert abs(planted.value - 0.5) > 0.2
    assert planted.n == 60


def test_words_that_tell_the_side_are_found_and_named(shipped) -> None:
    planted = found([longer(d, "a-", " gladly.") for d in shipped])["side from a bag of words"]
    assert planted.passed is False
    assert planted.value > 0.9
    assert planted.findings[0].where == "gladly"


def test_the_value_named_is_a_cue(shipped) -> None:
    named = [longer(d, "a-", f", for the sake of {d.value_label}.") for d in shipped[:60]]
    assert found(named)["side from words of the value's name and definition"].passed is False


def test_a_scenario_that_ends_with_the_side_it_argues_for(hotel) -> None:
    scenario = (
        "You stand where bakers bring loaves daily. " * 4 + "Later sailors mend their nets. " * 4
    )
    ending = replace(hotel, scenario_text=scenario)
    sides = {
        "a": "I go with the sailors who mend nets.",
        "b": "I go with the bakers who bring loaves.",
    }
    actions = tuple(replace(a, text=f"{sides[a.id[0]]} {k}.") for k, a in enumerate(ending.actions))
    name = "side from words of the scenario's end, less those of its beginning"
    assert found([replace(ending, actions=actions)])[name].value == 1.0


def test_too_few_values_to_learn_from(hotel) -> None:
    (side,) = [r for r in cue_checks([hotel]) if r.name == "side from a bag of words"]
    assert (side.value, side.passed) == (None, None)
    assert "needs 5 values" in side.note
