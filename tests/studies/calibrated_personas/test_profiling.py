"""Which respondents share a prompt under a condition."""

from __future__ import annotations

import numpy as np
import pytest
from studies.calibrated_personas.small_study import ALL_ARMS, humans, study

from mores.personas.descriptors import MAP_ITEMS
from mores.personas.sociodemographic import describe
from mores.studies.calibrated_personas.conditions import PERSONA_ARMS
from mores.studies.calibrated_personas.profiling import prompts_of


@pytest.mark.parametrize("arm", PERSONA_ARMS)
def test_personas_share_a_prompt_exactly_where_they_read_the_same(arm: str) -> None:
    bound = study(sample=50, personas={"arms": [arm]})
    table, texts = bound.prompts, bound.texts
    condition = table.conditions[0]
    numbers, words = [], []
    for country in table.countries:
        for prompt, row in zip(
            table.drawn[condition, country].tolist(), bound.drawn[country].tolist(), strict=True
        ):
            named = country if condition.names_country else None
            numbers.append(prompt)
            words.append(texts.system(condition, named, row))
    pairs = {*zip(numbers, words, strict=True)}
    assert len({number for number, _ in pairs}) == len({text for _, text in pairs}) == len(pairs)


def test_subsets_tell_apart_by_what_they_tell() -> None:
    bound = study(
        sample=40,
        personas={"arms": [*ALL_ARMS]},
        importance={"method": "exact", "permutations": 2, "personas": 40},
    )
    answers = np.stack([humans().answers(item) for item in MAP_ITEMS])
    for condition in bound.prompts.conditions[9::37]:
        assert condition.indicators is not None
        told = [MAP_ITEMS.index(item) for item in condition.indicators]
        for country, rows in bound.drawn.items():
            profiles = {tuple(answers[told, row]) for row in rows.tolist()}
            prompts = bound.prompts.drawn[condition, country]
            assert len(np.unique(prompts)) == len(profiles)


def test_fewer_personas_of_some_descriptors() -> None:
    bound = study(sample=9, importance={"method": "sampled", "permutations": 2, "personas": 4})
    for condition in bound.prompts.conditions:
        n = len(bound.prompts.drawn[condition, "GBR"])
        assert n == (9 if condition.whole else 4) if condition.has_personas else n == 1


def test_descriptions_are_those_of_the_respondents_drawn() -> None:
    bound = study(sample=12, personas={"arms": ["sociodemographic"]})
    rows = np.unique(np.concatenate(list(bound.drawn.values())))
    for nationality in (False, True):
        said = bound.texts.described(nationality)
        assert [*said] == rows.tolist()
        assert [*said.values()] == describe(humans(), rows, nationality=nationality)


def test_the_same_prompts_come_of_the_same_draw() -> None:
    bound = study()
    again = prompts_of(
        bound.prompts.conditions, bound.prompts.countries, bound.drawn, bound.texts, 20
    )
    assert again.row.tolist() == bound.prompts.row.tolist()
