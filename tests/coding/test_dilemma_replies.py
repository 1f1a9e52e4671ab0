"""From replies to dilemmas, blind readings and checks: well written, badly written, hostile."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workflow.dilemma_writer import well_checked, well_written_dilemma

from mores.coding.dilemma_replies import checks_in, dilemma_draft_in, placed_in
from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemmas import ACTIONS, record_of
from mores.keys import permutation
from mores.prompts.dilemma_prompts import LETTERS, PLACES, Pair
from mores.records import Reply

PAIR = Pair("honest", "Honest", "telling the truth", "work", "Work Orientations")
GOOD = well_written_dilemma("Honest", "Work")
NAMES = {action: place for place, action in PLACES.items()}


def draft(text, pair=PAIR, **reply):
    return dilemma_draft_in(Reply(text, **reply), pair, "made for a test")


def test_a_good_reply_is_a_dilemma_of_the_pair_asked_for():
    found = draft(GOOD)
    assert found.faults == ()
    assert found.dilemma.id == "honest--work"
    assert found.dilemma.source == "made for a test"
    assert record_of(found.dilemma)["option_b_mild"] == json.loads(GOOD)["option_b_mild"]


@pytest.mark.parametrize(
    "text",
    [
        f"Here it is:\n```json\n{GOOD}\n```\nGood luck!",
        f"<think>{{'scenario_text': 'no'}}</think>{GOOD}",
        json.dumps({"dilemma": json.loads(GOOD)}),
        json.dumps({key.upper(): value for key, value in json.loads(GOOD).items()}),
        f'{{"scenario_text": "a first try"}} No: {GOOD}',
    ],
)
def test_wrappings_are_seen_through(text):
    assert draft(text).dilemma == draft(GOOD).dilemma


@pytest.mark.parametrize(
    ("text", "reply", "code"),
    [
        ("", {}, "empty"),
        ("", {"finish": "length"}, "cut-off"),
        ("I'm sorry, but I can't help with that.", {}, "refused"),
        (GOOD, {"finish": "content_filter"}, "refused"),
        ("Voilà !", {}, "no-json"),
        (GOOD[:400], {}, "cut-off"),
        (GOOD[:400], {"finish": "length"}, "cut-off"),
        ("{" * 5000, {}, "no-json"),
        ('{"scenario_text": "You go."}', {}, "structure"),
        (well_written_dilemma("Honest", "Work", presumes=["cars"]), {}, "structure"),
        (well_written_dilemma("Honest", "Work", presumes="car"), {}, "structure"),
        (well_written_dilemma("Honest", "Work", option_a_mild=7), {}, "structure"),
        (well_written_dilemma("Honest", "Work", option_a_mild=None), {}, "structure"),
        (well_written_dilemma("Honest", "Work", option_a_mild="x" * 30_000), {}, "structure"),
    ],
)
def test_what_is_no_dilemma_is_told_by_code(text, reply, code):
    found = draft(text, **reply)
    assert found.dilemma is None
    assert {fault.code for fault in found.faults} == {code}
    assert found.record["id"] == "honest--work"
    json.dumps(found.record)


def test_faults_of_structure_name_the_key_and_two_equal_actions():
    fields = json.loads(GOOD)
    del fields["option_a_mild"]
    (fault,) = draft(json.dumps(fields)).faults
    assert fault.told == "option_a_mild: is missing"
    same = well_written_dilemma("Honest", "Work", option_a_mild=fields["option_b_mild"])
    (fault,) = draft(same).faults
    assert "the six actions must differ" in fault.told


def test_a_missing_setting_and_form_are_told_of_a_dilemma():
    found = draft(well_written_dilemma("Honest", "Work", setting=" ", scenario_text="You go."))
    assert found.dilemma is not None
    assert found.faults[0].code == "scenario-length"
    assert found.faults[-1].code == "setting"


def test_own_values_and_topics_keep_their_wording():
    own = Pair("thrift", "Thrift", "spending little", "food-and-drink", "Food & Drink", "eating")
    found = draft(GOOD, own).dilemma
    assert (found.id, found.value_definition) == ("thrift--food-and-drink", "spending little")
    assert (found.topic, found.topic_label) == ("food-and-drink", "Food & Drink")


def placing(placed, order):
    """The answer of a reader who gives these places, seeing the actions in this order."""
    return {letter: NAMES[placed[i]] for letter, i in zip(LETTERS, order, strict=True)}


@given(st.lists(st.sampled_from(ACTIONS), min_size=6, max_size=6), st.integers(0, 719))
def test_places_come_back_whatever_the_order_shown(placed, n):
    order = permutation(6, n)
    said = json.dumps(placing(placed, order))
    assert placed_in(Reply(said), order) == tuple(placed)


def test_places_by_hand_and_in_other_words():
    order = (5, 0, 1, 2, 3, 4)  # A is b-strong, B is a-strong …
    said = {
        "a": "Strongly against",
        "b": {"side": "for", "strength": "strong"},
        "C": "for, moderately",
        "D": "mild_for",
        "E": "mildly against",
        "F": "moderate-against",
    }
    assert placed_in(Reply(json.dumps({"answer": said})), order) == ACTIONS


@pytest.mark.parametrize(
    "change",
    [{"C": "strong"}, {"C": None}, {"C": ["mild for"]}, {"C": "mild for or strong for"}, {"C": 3}],
)
def test_a_reading_with_one_place_unclear_is_none(change):
    said = placing(ACTIONS, range(6)) | change
    assert placed_in(Reply(json.dumps(said)), range(6)) is None


def test_a_place_given_twice_and_differently_is_none():
    said = json.dumps(placing(ACTIONS, range(6)))[:-1] + ', "A": "mild for"}'
    assert placed_in(Reply(said), range(6)) is None
    assert placed_in(Reply("A: for, B: against"), range(6)) is None
    assert placed_in(Reply(None), range(6)) is None


def test_checks_come_back_with_their_reasons():
    found = checks_in(Reply(well_checked(plausibility="Nobody\x1b[2J does this.")))
    assert list(found) == list(CHECKS)
    assert (found["correctness"].passed, found["plausibility"].passed) == (True, False)
    assert "\x1b" not in found["plausibility"].reason
    flat = dict.fromkeys(CHECKS, "Yes.") | {
        "harmlessness": "no",
        "harmlessness_reason": "It hurts.",
    }
    found = checks_in(Reply(json.dumps(flat)))
    assert not found["harmlessness"].passed
    assert found["harmlessness"].reason == "It hurts."


@pytest.mark.parametrize(
    "change",
    [{"harmlessness": "perhaps"}, {"harmlessness": None}, {"harmlessness": {"reason": "yes"}}],
)
def test_checks_that_lack_an_answer_are_none(change):
    assert checks_in(Reply(json.dumps(json.loads(well_checked()) | change))) is None
    assert checks_in(Reply("All four are passed.")) is None


@given(st.text())
def test_no_reply_breaks_the_readers(text):
    assert placed_in(Reply(text), range(6)) is None
    assert checks_in(Reply(text)) is None
    assert draft(text).dilemma is None
