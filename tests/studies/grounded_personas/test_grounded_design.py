"""Trials of a grounded-personas study: how many, what each asks, and what its reply is coded as."""

from __future__ import annotations

import numpy as np
import pytest
from studies.grounded_personas.grounded_asked import bound, study_text

from mores.instruments.mfq2 import FOUNDATIONS
from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.personas.grid import N_CONFIGURATIONS
from mores.records import MoralStimulus, OptionMasses, Reply, Status, SurveyStimulus
from mores.studies.grounded_personas.materials import LEVELS
from mores.studies.registry import load

ALL = ("map", "probe", "mfq2")


def design_of(text=None, **able):
    from dataclasses import replace

    found = bound(text or study_text()).design(resolve("sim"))
    return replace(found, capabilities=Capabilities(**able)) if able else found


def trials_of(design):
    return np.concatenate(list(design.blocks(1000)))


def test_the_batteries_share_their_questions():
    questions = bound(study_text(batteries=ALL)).questions
    assert len(questions) == 14 + 36 + 36 - 3
    shared = [q.id for q in questions if len(q.batteries) > 1]
    assert shared == ["Q46", "Q57", "Q164"]
    assert [q.foundation for q in questions[-6:]] == list(FOUNDATIONS)


def test_the_preset_asks_2000_personas_in_two_forms_and_the_model_itself():
    study = load("grounded-personas")
    design = study.design(resolve("sim"))
    assert len(study.ascending) == 2000
    assert design.selected == 192 + (1 + 2 * 2000) * 83


def test_the_full_grid_is_enumerated_lazily_and_has_7_7_million_trials():
    study = load("grounded-personas-full")
    design = study.design(resolve("sim"))
    assert len(study.ascending) == N_CONFIGURATIONS
    first = next(design.blocks(4096))
    assert len(first) <= 4096
    assert design.selected == 192 + (1 + N_CONFIGURATIONS) * 83 == 7_745_171


def test_every_request_is_asked_once_in_ascending_order_and_keys_differ():
    design = design_of(study_text(sample=5, batteries=ALL, inferred=True))
    numbers = trials_of(design)
    assert (np.diff(numbers) > 0).all()
    assert len(numbers) == design.selected == 192 + 6 * 83
    keys = {design.request(int(trial), 0).key for trial in numbers}
    assert len(keys) == len(numbers)


@pytest.mark.parametrize("configurations", ["random", "stratified", "prevalence"])
def test_a_larger_sample_asks_what_a_smaller_one_did_by_the_same_numbers(configurations):
    more = f'configurations = "{configurations}"'
    few, many = (design_of(study_text(sample=n, more=more)) for n in (40, 60))
    assert few.size == many.size
    small, large = (set(trials_of(design).tolist()) for design in (few, many))
    assert small < large
    some = sorted(small)[100]
    assert few.request(some, 0).key == many.request(some, 0).key


def test_columns_say_what_was_asked_of_whom():
    design = design_of(
        study_text(sample=3, forms=("configuration", "both"), batteries=("mfq2",), inferred=True)
    )
    table = design.columns(trials_of(design))
    by_form = dict(table.group_by("form").len().iter_rows())
    assert by_form == {"level": 192, "none": 36, "configuration": 3 * 36, "both": 3 * 36}
    levels = table.filter(form="level")
    assert levels["question"][0] == "religiosity/very-important"
    assert levels["foundation"][:6].to_list() == list(FOUNDATIONS)
    assert levels["configuration"].null_count() == 192
    personas = table.filter(form="both")
    assert sorted(set(personas["configuration"])) == design.ascending.tolist()
    assert set(personas["framing"]) == {"persona"}
    assert set(table.filter(form="none")["framing"]) == {"vanilla"}


def test_a_persona_is_told_its_configuration_its_biography_or_both():
    design = design_of(study_text(sample=2, forms=("configuration", "biography", "both")))
    said = {design.prompt(int(n)).form: design.system_text(int(n)) for n in design.prompts}
    configuration = int(design.ascending[-1])
    story = design.biographies[configuration].text
    assert "*" in said["configuration"]
    assert story not in said["configuration"]
    assert story in said["biography"]
    assert "->" not in said["biography"]
    assert story in said["both"]
    assert "->" in said["both"]
    assert "person described" not in said[None]


def test_the_simulated_model_is_told_the_levels():
    design = design_of(study_text(sample=2, batteries=("map", "mfq2"), inferred=True))
    stimuli = [design.request(int(t), 0).stimulus for t in trials_of(design)]
    scored, rest = stimuli[:192], stimuli[192:]
    assert all(isinstance(s, MoralStimulus) and s.item == "" for s in scored)
    assert {sum(level >= 0 for level in s.levels) for s in scored} == {1}
    assert len({(s.levels, s.foundation) for s in scored}) == len(LEVELS) * 6
    alone, persona = rest[: 14 + 36], rest[14 + 36 :]
    assert all(s.traits == () for s in alone if isinstance(s, SurveyStimulus))
    assert all(s.levels == () for s in alone if isinstance(s, MoralStimulus))
    assert all(len(s.traits) == 11 for s in persona if isinstance(s, SurveyStimulus))


def test_probabilities_and_text_are_put_into_the_instrument_s_order():
    more = '[asking]\norders = "reversed"\ntext_share = 1.0'
    design = design_of(study_text(sample=1) + more)
    table = design.columns(trials_of(design))
    row = table.filter(question="Q46", elicitation="probabilities").row(0, named=True)
    masses = tuple(np.log([0.4, 0.3, 0.2, 0.1]))
    found = design.code(row["trial"], 0, Reply(None, masses=OptionMasses(masses, masses)))
    np.testing.assert_allclose(found.probabilities, [0.1, 0.2, 0.3, 0.4])
    assert found.option == 3
    row = table.filter(question="Q46", elicitation="text").row(0, named=True)
    assert design.code(row["trial"], 0, Reply("1")).option == 3
    # a scale of which only the ends have names keeps its numbers
    row = table.filter(question="Q164", elicitation="text").row(0, named=True)
    assert design.code(row["trial"], 0, Reply("10")).option == 9
    assert design.code(row["trial"], 0, Reply(None, "HTTP 500")).status == Status.FAILED


def test_a_level_s_score_is_coded_from_one_to_five():
    text = study_text(sample=1, inferred=True) + '[asking]\nelicitation = "text"'
    design = design_of(text)
    assert design.code(7, 0, Reply("4")).option == 3
    assert design.code(7, 0, Reply("6")).status == Status.UNCODED
    outcome = design.outcomes(np.array([7]), np.array([3]))
    assert outcome.row(0) == (4.0, "4", 4)


def test_ten_options_are_lettered_where_only_first_tokens_are_told():
    design = design_of(scoring="first-token")
    row = design.columns(trials_of(design)).filter(question="Q164").row(0, named=True)
    assert design.request(row["trial"], 0).labels[0] == "A"
