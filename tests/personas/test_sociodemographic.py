"""Sociodemographic personas: a sentence an attribute, none for what is missing."""

from itertools import product

import numpy as np
import polars as pl
import pytest
from few_respondents import few
from populations.small import small_population

from mores.errors import InstrumentError, PersonaError
from mores.instruments.countries import countries
from mores.instruments.survey import wvs7
from mores.personas.sociodemographic import _file, attributes, describe, name_in_text
from mores.populations.population import Population, schema


def respondents(**columns: list[int | None]) -> Population:
    """The respondents of `few`, with columns of their own."""
    types = schema(wvs7())
    base = few()
    added = [pl.Series(name, values, dtype=types[name]) for name, values in columns.items()]
    return Population("two", base.frame.with_columns(added), wvs7(), False)


def test_a_whole_persona():
    people = respondents(
        sex=[2, 1],
        age=[34, 80],
        education_isced=[3, -2],
        education=[2, 3],
        settlement=[2, 1],
        marital_status=[1, 5],
        employment=[5, 4],
        social_class=[4, -1],
    )
    assert describe(people, [0, 1], nationality=True) == [
        "You are a 34-year-old woman from Egypt. You completed upper secondary school. You live in a "
        "rural area. You are married. You look after the home and have no other work. You see "
        "yourself as working class.",
        "You are an 80-year-old man from Great Britain. You completed higher education. You live in "
        "a town or city. You are widowed. You are retired.",
    ]
    assert describe(people, [0], nationality=False)[0].startswith(
        "You are a 34-year-old woman. You"
    )


@pytest.mark.parametrize(
    ("sex", "age", "nationality", "said"),
    [
        (1, 18, True, "You are an 18-year-old man from Egypt."),
        (None, 11, True, "You are an 11-year-old person from Egypt."),
        (2, None, True, "You are a woman from Egypt."),
        (-5, -2, True, "You are from Egypt."),
        (2, -1, False, "You are a woman."),
        (-2, 81, False, "You are an 81-year-old person."),
        (1, 180, False, "You are a man."),
        (-2, -2, False, ""),
    ],
)
def test_the_first_sentence_names_what_is_known(sex, age, nationality, said):
    people = respondents(sex=[sex, 1], age=[age, 30])
    assert describe(people, [0], nationality=nationality) == [said]


def test_nothing_is_said_of_what_is_missing_or_has_no_sentence():
    people = respondents(marital_status=[-1, None], employment=[8, 7], settlement=[-5, 1])
    assert describe(people, [0, 1], nationality=False) == [
        "",
        "You live in a town or city. You are unemployed.",
    ]


def test_rows_may_repeat_and_come_in_any_order():
    people = small_population(4, 12)
    whole = describe(people, np.arange(len(people)), nationality=True)
    rows = [5, 0, 5, 35]
    assert describe(people, rows, nationality=True) == [whole[row] for row in rows]
    assert describe(people, [], nationality=True) == []


@pytest.mark.parametrize("rows", [[-1], [2], [0.5], [[0]]])
def test_rows_that_are_none(rows):
    with pytest.raises(PersonaError, match="numbers from 0 to 1"):
        describe(few(), rows, nationality=False)


def test_every_respondent_gets_what_is_known_and_no_more():
    """Counted attribute by attribute, over missing codes of every kind."""
    people = small_population(7, 60)
    told = describe(people, np.arange(len(people)), nationality=False)
    for attribute in attributes():
        for row, text in enumerate(told):
            known = [
                column.sentences[code]
                for column in attribute.columns
                if (code := people.frame[column.column][row]) in column.sentences
            ]
            others = {s for c in attribute.columns for s in c.sentences.values()} - {*known[:1]}
            assert all(sentence in text for sentence in known[:1])
            assert not any(sentence in text for sentence in others)


def test_every_code_of_every_column_has_a_sentence_of_its_own():
    for attribute in attributes():
        for column in attribute.columns:
            codes = [o.code for o in wvs7().columns[column.column].options]
            silent = {"employment": [8]}.get(column.column, [])  # "other"
            assert sorted(column.sentences) == [c for c in codes if c not in silent]
            said = [*column.sentences.values()]
            assert len({*said}) == len(said)
            assert all(s.startswith("You ") and s.endswith(".") for s in said)


def test_there_is_one_opening_for_every_combination():
    parts = ("{age}", "{noun}", "{country}")
    for held in product([True, False], repeat=3):
        wanted = {part for part, there in zip(parts, held, strict=True) if there}
        fitting = [f for f in _file().opening if {p for p in parts if p in f} == wanted]
        assert len(fitting) == bool(wanted)


def test_country_names_within_a_sentence():
    assert name_in_text("JOR") == "Jordan"
    assert name_in_text("USA") == name_in_text("United States") == "the United States"
    assert _file().the <= countries().keys()
    with pytest.raises(InstrumentError):
        name_in_text("Ruritania")
