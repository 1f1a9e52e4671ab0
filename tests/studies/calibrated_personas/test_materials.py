"""What a study resolves to, and which questions are asked under which condition."""

from __future__ import annotations

import numpy as np
import pytest
from studies.calibrated_personas.small_study import ALL_ARMS, ITEMS, study

from mores.personas.descriptors import given_away
from mores.populations.expected_indicators import INDICATOR_QUESTIONS
from mores.prompts.scale_questions import orders_of
from mores.studies.calibrated_personas import protocol


def test_questions_are_targets_then_the_maps() -> None:
    bound = study(questions={"items": ["Q46", "Q1"]}, personas={"arms": ["generic"]})
    ids = [item.id for item in bound.questions]
    assert ids[:2] == ["Q46", "Q1"]
    assert ids[2:] == [name for name in INDICATOR_QUESTIONS if name != "Q46"]
    assert [item.id for item in bound.indicators] == [*INDICATOR_QUESTIONS]
    plain = study(questions={"items": ["Q46", "Q1"], "map": False}, personas={"arms": ["generic"]})
    assert [item.id for item in plain.questions] == ["Q46", "Q1"]


def test_a_condition_is_asked_what_it_does_not_tell() -> None:
    bound = study(
        personas={"arms": [*ALL_ARMS]},
        importance={"method": "sampled", "permutations": 2, "personas": 2},
    )
    for row, condition in zip(bound.allowed, bound.prompts.conditions, strict=True):
        asked = {item.id for item, there in zip(bound.questions, row, strict=True) if there}
        assert {item.id for item in bound.targets} <= asked
        on_map = asked & {*INDICATOR_QUESTIONS}
        assert on_map == ({*INDICATOR_QUESTIONS} if condition.kind[:3] in OTHERS else set())
        told = bound.texts.told(condition)
        assert not told or not asked & given_away(told)


def test_what_a_persona_tells_is_not_asked_even_if_it_was_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "check_leaks", lambda *_: None)
    bound = study(
        questions={"items": ["Q46", "Q1", "Q154"]}, personas={"arms": ["country", "few-shot"]}
    )
    country, shots = bound.prompts.conditions
    assert bound.asked_of(country, "GBR").tolist() == [True, True, True]
    assert bound.asked_of(shots, "GBR").tolist() == [False, True, False]
    assert bound.asked[bound.prompts.drawn[shots, "GBR"], :3].tolist() == [[False, True, False]] * 6


OTHERS = ("def", "gen", "cou", "soc")


def test_a_prompt_is_asked_what_one_of_its_countries_needs() -> None:
    bound = study(
        questions={"items": ["Q1", "Q182"], "uncovered": "leave-out", "map": False},
        personas={"arms": ["generic", "country", "sociodemographic"]},
        sample=30,
    )
    egypt = bound.prompts.countries.index("EGY")
    for p, asked in enumerate(bound.asked):
        serves = {
            g
            for g, country in enumerate(bound.prompts.countries)
            for condition in bound.prompts.conditions
            if p in bound.prompts.drawn[condition, country]
        }
        assert asked.tolist() == [True, serves != {egypt}]
    assert not bound.asked.all()


def test_pairs_that_too_few_answered_are_counted_in_the_summary() -> None:
    bound = study(
        questions={"items": ["Q1", "Q182"], "uncovered": "leave-out"},
        personas={"arms": ["generic"]},
    )
    assert any("1 of 4 pairs of question and country are left out" in s for s in bound.summary())
    assert not any("pairs" in s for s in study().summary())


@pytest.mark.parametrize("mode", ["fixed", "reversed", "both", "cyclic", "latin-square"])
def test_orders_are_those_of_the_mode(mode: str) -> None:
    bound = study(asking={"orders": mode})
    assert bound.orders == tuple(orders_of(item, mode) for item in bound.questions)
    value = next(c for c in bound.prompts.conditions if c.has_personas)
    plain = next(c for c in bound.prompts.conditions if not c.has_personas)
    for q, orders in enumerate(bound.orders):
        assert bound.orders_asked(plain, q) == len(orders)
        assert bound.orders_asked(value, q) == (1 if mode == "latin-square" else len(orders))


def test_used_is_of_all_questions() -> None:
    bound = study()
    assert bound.used.shape == (2, len(ITEMS) + len(INDICATOR_QUESTIONS))
    np.testing.assert_array_equal(bound.used[:, : len(ITEMS)], bound.observed.used)
    assert bound.used[:, len(ITEMS) :].all()
