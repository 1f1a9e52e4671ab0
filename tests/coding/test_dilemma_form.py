"""The form of dilemmas, and near-copies: each rule at its limit."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.coding.dilemma_form import FAULTS, NEAR_COPY, form_faults, overlap, word_runs
from mores.instruments.dilemmas import read_dilemmas

GOOD = read_dilemmas()[0]


def codes(**changes):
    return [fault.code for fault in form_faults(replace(GOOD, **changes))]


def with_action(place, text):
    return tuple(replace(a, text=text) if i == place else a for i, a in enumerate(GOOD.actions))


def words(n):
    return " ".join(["You see the way it is and what there was"] * 20).split()[:n]


def test_the_dilemmas_of_the_package_are_in_form():
    found = {d.id: [str(f) for f in form_faults(d)] for d in read_dilemmas()}
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize(
    ("n", "faults"), [(39, ["scenario-length"]), (40, []), (90, []), (91, ["scenario-length"])]
)
def test_words_of_a_situation_are_counted_to_the_word(n, faults):
    assert codes(scenario_text=" ".join(words(n))) == faults


def test_words_of_actions_are_counted_and_compared():
    ten = tuple(replace(a, text="I go " + f"there{i} " * 8) for i, a in enumerate(GOOD.actions))
    assert codes(actions=ten) == []
    nine = (replace(ten[0], text="I go there and there and there and back"), *ten[1:])
    (fault,) = form_faults(replace(GOOD, actions=nine))
    assert fault.code == "action-length"
    assert "a-strong has 9" in fault.told
    fifteen = (replace(ten[0], text="I go " + "there " * 13), *ten[1:])
    assert codes(actions=fifteen) == []
    sixteen = (replace(ten[0], text="I go " + "there " * 14), *ten[1:])
    assert codes(actions=sixteen) == ["uneven"]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("They {}", ["person"]),
        ("I ask what you {}", ["person"]),
        ("My street and you {}", ["person"]),
        ("On Savai'i you {}", []),
        ("You hear “I will not, it is my own” {}", []),
    ],
)
def test_a_situation_is_in_the_second_person_outside_quotations(text, faults):
    middle = " ".join(words(60)).replace("You", "they")
    assert codes(scenario_text=text.format(middle)) == faults


def test_an_action_is_in_the_first_person():
    text = "You propose one open draw for the forty permits, beginner and expert alike, and leave "
    text += "nobody out of it at all."
    assert codes(actions=with_action(0, text)) == ["person"]


def test_the_value_is_not_named_not_even_in_a_form_of_it():
    label = {"value_label": "An Honest Life"}
    text = GOOD.actions[2].text
    assert codes(actions=with_action(2, f"{text} That is dishonest."), value_label="Honest") == []
    (fault,) = form_faults(
        replace(GOOD, actions=with_action(2, f"{text} Honestly."), value_label="Honest")
    )
    assert (fault.code, "a-mild" in fault.told) == ("own-name", True)
    assert codes(actions=with_action(2, f"{text} Honest life!"), **label) == ["own-name"]


def test_another_language_is_told():
    russian = " ".join(["Вы живёте в маленьком городе и должны решить"] * 8)
    assert "other-language" in codes(scenario_text=russian)


def test_overlap_by_hand():
    one, other = word_runs("a b c d e f g"), word_runs("X a, b C d e. y")
    assert (len(one), len(other)) == (3, 3)
    assert overlap(one, other) == pytest.approx(1 / 3)
    assert overlap(one, word_runs("a b c d")) == 0.0


@given(st.lists(st.sampled_from("abcdefg"), min_size=5), st.lists(st.sampled_from("abcdefg")))
def test_overlap_is_symmetric_and_whole_for_a_part(first, second):
    one, two = word_runs(" ".join(first)), word_runs(" ".join(second))
    assert overlap(one, two) == overlap(two, one)
    assert overlap(one, word_runs(" ".join(first + second))) == 1.0
    assert 0.0 <= overlap(one, two) <= 1.0


def test_no_two_of_the_package_are_near_copies():
    runs = [word_runs(d.scenario_text) for d in read_dilemmas()]
    largest = max(overlap(a, b) for i, a in enumerate(runs) for b in runs[:i])
    assert largest < NEAR_COPY


def test_every_fault_that_is_told_is_explained():
    assert all(FAULTS[code] for code in FAULTS)
    assert {"copy", "side", "order", *codes(scenario_text="They go.")} <= FAULTS.keys()
