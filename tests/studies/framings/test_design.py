"""Trials of a framings study: how many, what each asks, and what its reply is coded as."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from studies.framings.asked_of_sim import bound, study_text

from mores.instruments.wordings import wording
from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.records import BatteryStimulus, OptionMasses, Reply, Status, SurveyStimulus
from mores.studies.registry import load

UNITS = ("Q45", "Q57", "Q164", "SU_IMMIGRATION_EFFECTS")


def design_of(text=None, model="sim", **able):
    study = bound(text or study_text(units=UNITS))
    respondent = resolve(model)
    found = study.design(respondent)
    if able:
        from dataclasses import replace

        found = replace(found, capabilities=Capabilities(**able))
    return found


def trials_of(design):
    return np.concatenate(list(design.blocks(1000)))


def table_of(design):
    trials = trials_of(design)
    return design.columns(trials)


def test_the_preset_counts_5252_requests_and_asks_4646():
    study = load("framings")
    design = study.design(resolve("sim"))
    assert study.requests_counted == 5252
    assert study.requests_asked == design.selected == design.size == 4646
    assert "5,252 requests counted per slice, 4,646 asked" in study.summary()[0]


def test_every_request_is_asked_once_and_keys_differ():
    design = load("framings").design(resolve("sim"))
    keys, messages = set(), set()
    for trial in trials_of(design):
        request = design.request(int(trial), 0)
        keys.add(request.key)
        messages.add(request.messages)
    assert len(keys) == len(messages) == 4646


def test_a_smaller_block_holds_the_same_trials():
    design = design_of()
    small = np.concatenate(list(design.blocks(3)))
    assert small.tolist() == trials_of(design).tolist()
    assert all(len(block) <= 3 for block in design.blocks(3))


def test_a_sample_is_a_part_of_a_larger_one_and_keeps_its_numbers():
    few = bound(study_text(more="").replace("seed = 7", "seed = 7\nsample = 5"))
    more = bound(study_text(more="").replace("seed = 7", "seed = 7\nsample = 12"))
    assert len(few.asked) == 5
    assert {u.id for u in few.asked} < {u.id for u in more.asked}
    a, b = (study.design(resolve("sim")) for study in (few, more))
    assert a.size == b.size
    assert set(trials_of(a)) < set(trials_of(b))
    assert few.fingerprint() == more.fingerprint()


def test_columns_say_what_was_asked_of_whom():
    design = design_of()
    table = table_of(design)
    assert len(table) == design.selected == (3 + 3 * 3) * 4
    row = table.filter(framing="third-person", country="EGY", unit="Q45").row(0, named=True)
    assert (row["language"], row["wording"], row["repeat"]) == ("ar", "translation", 1)
    assert (row["category"], row["paraphrase"], row["elicitation"]) == (
        "morality-worldview",
        0,
        "text",
    )
    english = table.filter(framing="language", language="en")
    assert english["country"].null_count() == len(english) == 4
    assert set(english["wording"]) == {"instrument"}


def test_the_simulated_model_is_told_what_it_does_not_read():
    design = design_of()
    table = table_of(design)
    for row in table.filter(language="zh", framing="persona-country").iter_rows(named=True):
        stimulus = design.request(row["trial"], 0).stimulus
        if row["unit"] == "SU_IMMIGRATION_EFFECTS":
            assert isinstance(stimulus, BatteryStimulus)
            assert len(stimulus.members) == 8
        else:
            assert isinstance(stimulus, SurveyStimulus)
            assert (stimulus.arm, stimulus.language) == ("persona-country", "zh")


def test_a_language_model_gets_no_stimulus():
    silent = SimpleNamespace(identity={"kind": "http", "name": "x"}, capabilities=Capabilities())
    design = bound(study_text(units=UNITS)).design(silent)
    assert design.request(int(trials_of(design)[0]), 0).stimulus is None


def coded(design, reply, **where):
    row = table_of(design).filter(**where).row(0, named=True)
    return design.code(row["trial"], 0, Reply(reply))


@pytest.mark.parametrize("language", ["ar", "en", "zh"])
def test_a_reply_is_coded_in_its_language(language):
    design = design_of()
    label = wording(language).items["Q45"].labels["3"]
    found = coded(design, label, unit="Q45", language=language)
    assert (found.status, found.option) == (Status.CODED, 2)


def test_a_reversed_order_is_undone():
    design = design_of(study_text(units=UNITS, more='[asking]\norders = "reversed"'))
    found = coded(design, "1", unit="Q45", language="en")
    bad = wording("en").items["Q45"].labels["3"]
    assert found.option == 2
    assert coded(design, bad, unit="Q45", language="en").option == 2
    # a scale keeps its numbers
    assert coded(design, "1", unit="Q164", language="en").option == 0
    assert coded(design, "10", unit="Q164", language="en").option == 9


def test_a_battery_in_reversed_order_is_undone_member_by_member():
    design = design_of(study_text(units=UNITS, more='[asking]\norders = "reversed"'))
    said = "\n".join(f"{n}: {'Agree' if n % 2 else 'Disagree'}" for n in range(1, 9))
    found = coded(design, said, unit="SU_IMMIGRATION_EFFECTS", language="en")
    assert found.status == Status.CODED
    assert found.option is None
    assert found.parts == (2, 0) * 4


def test_both_orders_are_two_requests():
    design = design_of(study_text(units=("Q45",), more='[asking]\norders = "both"'))
    table = table_of(design)
    assert len(table) == 2 * 12
    assert {tuple(order) for order in table["order"]} == {(0, 1, 2), (2, 1, 0)}


def test_repeats_are_requests_of_their_own():
    design = design_of(study_text(units=("Q45",), more="[asking]\nrepeats = 3"))
    table = table_of(design)
    assert sorted(table["repeat"].unique()) == [1, 2, 3]
    keys = {design.request(int(trial), 0).key for trial in table["trial"]}
    assert len(keys) == len(table) == 36


def test_a_failed_request_is_failed():
    design = design_of()
    trial = int(trials_of(design)[0])
    assert design.code(trial, 0, Reply(None, "HTTP 500")).status == Status.FAILED


# --- probabilities ---------------------------------------------------------------------------------

SCORED = '[asking]\nelicitation = "probabilities"\ntext_share = 0.0'


def test_probabilities_ask_each_member_alone():
    design = design_of(study_text(units=UNITS, more=SCORED))
    table = table_of(design)
    assert len(table) == 12 * (3 + 8)
    assert set(table["elicitation"]) == {"probabilities"}
    row = table.filter(question="Q124", language="en", framing="language").row(0, named=True)
    request = design.request(row["trial"], 0)
    assert request.labels == ("1", "2", "3")
    assert request.messages[0].content.endswith("Give only its number.")
    assert "Q124" not in request.messages[0].content


def test_the_preset_with_probabilities_is_126_requests_a_context():
    text = study_text(more=SCORED)
    study = bound(text)
    assert study.requests_asked == study.design(resolve("sim")).selected == 12 * 126
    assert study.needs_scoring


def test_probabilities_come_back_in_the_instrument_s_order():
    more = SCORED + '\norders = "reversed"'
    design = design_of(study_text(units=("Q45",), more=more))
    row = table_of(design).row(0, named=True)
    masses = tuple(np.log([0.6, 0.3, 0.1]))
    found = design.code(row["trial"], 0, Reply(None, masses=OptionMasses(masses, masses)))
    np.testing.assert_allclose(found.probabilities, [0.1, 0.3, 0.6])
    assert found.option == 2


def test_a_share_is_also_answered_in_text_and_coded_by_number():
    more = '[asking]\nelicitation = "probabilities"\ntext_share = 0.5'
    design = design_of(study_text(units=UNITS, more=more))
    table = table_of(design)
    beside = table.filter(elicitation="text")
    assert 0.3 < len(beside) / (12 * 11) < 0.7
    row = beside.filter(question="Q45").row(0, named=True)
    assert design.code(row["trial"], 0, Reply("2")).option == 1


@pytest.mark.parametrize(("scoring", "first"), [("first-token", "A"), ("exact", "1")])
def test_ten_options_are_lettered_where_only_first_tokens_are_told(scoring, first):
    text = study_text(units=UNITS, more=SCORED)
    design = design_of(text, scoring=scoring)
    row = table_of(design).filter(question="Q164", language="en").row(0, named=True)
    request = design.request(row["trial"], 0)
    assert request.labels[0] == first
    assert len(request.labels) == 10
    assert f"{first}. Not at all important" in request.messages[0].content
    few = table_of(design).filter(question="Q45").row(0, named=True)
    assert design.request(few["trial"], 0).labels == ("1", "2", "3")


def test_outcomes_tell_code_label_and_place():
    design = design_of(study_text(units=UNITS, more='[asking]\norders = "reversed"'))
    table = table_of(design)
    trials = np.array(
        [
            table.filter(unit=unit, language="ar").row(0, named=True)["trial"]
            for unit in ("Q45", "Q164", "SU_IMMIGRATION_EFFECTS")
        ]
    )
    found = design.outcomes(trials, np.array([2, 9, -1]))
    assert found.rows() == [(3.0, "Bad thing", 1), (10.0, "Very important", 1), (None, None, None)]


def test_the_identity_of_a_request_is_its_words():
    design = design_of()
    seen = {}
    for trial in trials_of(design):
        request = design.request(int(trial), 0)
        said = json.dumps([message.content for message in request.messages])
        assert seen.setdefault(said, request.key) == request.key
