"""Distinct prompts: who shares one, and what stays when more personas are drawn."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.prompt_table import PromptTable, prompt_table

GENERIC = Condition("generic")
COUNTRY = Condition("country", "minimal")
SOCIO = Condition("sociodemographic", "minimal")
VALUE = Condition("value", "minimal", "composable")
NAMED = Condition("value+nationality", "minimal", "composable")
SOME = Condition("value+nationality", "minimal", "composable", ("A008",))
ALL = (GENERIC, COUNTRY, SOCIO, VALUE, NAMED, SOME)
COUNTRIES = ("EGY", "GBR")

PEOPLE = 12
draws = st.lists(st.integers(0, PEOPLE - 1), min_size=9, max_size=9)
traits = st.lists(st.integers(0, 3), min_size=PEOPLE, max_size=PEOPLE)


def made(
    first: list[int], second: list[int], profile: list[int], number: int = 9, most: int = 4
) -> PromptTable:
    drawn = {"EGY": np.array(first[:number]), "GBR": np.array(second[:number])}
    told = np.array(profile)
    profiles = {c: told if c.kind == "value" else np.arange(PEOPLE) for c in ALL if c.has_personas}
    return prompt_table(ALL, COUNTRIES, drawn, profiles.__getitem__, {SOME: most})


def known_by(table: PromptTable, prompt: int, profile: list[int]) -> tuple[Any, ...]:
    """What a prompt is known by."""
    condition = table.conditions[table.condition[prompt]]
    row = int(table.row[prompt])
    about = None if row < 0 else profile[row] if condition.kind == "value" else row
    return condition, int(table.country[prompt]), about


def test_two_of_three_personas_are_alike() -> None:
    drawn = {"GBR": np.array([5, 3, 5])}
    table = prompt_table(
        [GENERIC, NAMED], ["GBR"], drawn, lambda _: np.array([0, 0, 0, 7, 0, 8]), {}
    )
    assert len(table) == 3
    assert table.drawn[GENERIC, "GBR"].tolist() == [0]
    assert table.drawn[NAMED, "GBR"].tolist() == [1, 2, 1]  # the first counts twice
    assert table.row.tolist() == [-1, 5, 3]
    assert table.country.tolist() == [-1, 0, 0]
    assert table.turn.tolist() == [0, 0, 1]


@given(draws, draws, traits)
@settings(max_examples=60, deadline=None)
def test_each_prompt_occurs_once_and_stands_for_who_was_drawn(
    first: list[int], second: list[int], profile: list[int]
) -> None:
    table = made(first, second, profile)
    known = [known_by(table, p, profile) for p in range(len(table))]
    assert len({*known}) == len(known)
    for c, condition in enumerate(ALL):
        for g, (country, rows) in enumerate(zip(COUNTRIES, (first, second), strict=True)):
            prompts = table.drawn[condition, country]
            named = g if condition.names_country else -1
            assert {*table.condition[prompts].tolist()} == {c}
            if not condition.has_personas:
                wanted = [(condition, named, None)]
            else:
                rows = rows[:4] if condition is SOME else rows
                about = [profile[r] if condition.kind == "value" else r for r in rows]
                wanted = [(condition, named, a) for a in about]
            # so that each profile weighs by how often it was drawn
            assert [known[p] for p in prompts.tolist()] == wanted
    assert {p for prompts in table.drawn.values() for p in prompts.tolist()} == {*range(len(table))}


@given(draws, draws, traits, st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_prompts_of_fewer_personas_keep_their_numbers(
    first: list[int], second: list[int], profile: list[int], a: int, b: int
) -> None:
    few, many = (made(first, second, profile, n) for n in sorted((a, b)))
    n = len(few)
    for name in ("condition", "country", "row", "turn"):
        assert getattr(few, name).tolist() == getattr(many, name)[:n].tolist(), name
    for cell, prompts in few.drawn.items():
        assert prompts.tolist() == many.drawn[cell][: len(prompts)].tolist()
        assert len(prompts) == min(len(many.drawn[cell]), 4 if cell[0] is SOME else 9, min(a, b))


def test_arms_without_a_country_share_prompts_across_countries() -> None:
    people = list(range(9))
    table = made(people, people, [0, 1, 2] * 4)
    for condition in ALL:
        ours, theirs = (table.drawn[condition, country] for country in COUNTRIES)
        both = np.intersect1d(ours, theirs)
        assert (both.size == 0) == condition.names_country
        if not condition.names_country:
            assert ours.tolist() == theirs.tolist()
    assert len(table.drawn[GENERIC, "EGY"]) == 1
    serves = table.serves()
    assert serves[table.country < 0].all()
    assert serves[table.country >= 0].sum(axis=1).tolist() == [1] * int((table.country >= 0).sum())


@given(draws, draws, traits)
@settings(max_examples=40, deadline=None)
def test_prompts_of_a_condition_and_country_take_turns(
    first: list[int], second: list[int], profile: list[int]
) -> None:
    """Not every n-th: where as many prompts as options lie between, all would see one order."""
    table = made(first, second, profile)
    given_turns: dict[Any, list[int]] = {}
    seen: set[int] = set()
    for n in range(9):
        for country in COUNTRIES:
            for condition in ALL:
                prompts = table.drawn[condition, country]
                if n < len(prompts) and int(prompts[n]) not in seen:
                    seen.add(int(prompts[n]))
                    turns = given_turns.setdefault((condition, country), [])
                    turns.append(int(table.turn[prompts[n]]))
    for turns in given_turns.values():
        assert turns == list(range(len(turns)))


@pytest.mark.parametrize("conditions", [(GENERIC,), (COUNTRY, GENERIC)])
def test_studies_without_personas(conditions: tuple[Condition, ...]) -> None:
    table = prompt_table(conditions, COUNTRIES, {}, {}.__getitem__, {})
    assert Counter(table.condition.tolist()) == {
        i: len(COUNTRIES) if c is COUNTRY else 1 for i, c in enumerate(conditions)
    }
    assert (table.row < 0).all()
