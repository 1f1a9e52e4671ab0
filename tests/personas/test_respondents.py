from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from mores.errors import PersonaError
from mores.instruments.survey import wvs7
from mores.personas.catalogue import personas
from mores.personas.grid import configuration
from mores.personas.respondents import configurations, persona_levels
from mores.personas.variables import parse_variables, variables
from mores.populations.population import Population, schema

ONE = {
    "Q6": 1,
    "Q8": 2,
    "Q11": 2,
    "Q15": 1,
    "Q17": 1,
    "Q182": 1,
    "Q184": 1,
    "Q185": 2,
    "Q57": 2,
    "Q209": 3,
    "Q210": 3,
    "Q211": 3,
    "Q212": 3,
    "Q254": 1,
    "Q46": 2,
    "Q29": 1,
    "Q30": 2,
    "Q31": 2,
    "Q33": 2,
    "Y002": 1,
    **{f"Q{n}": 1 for n in range(18, 27)},
}
"""Religious, obedient, strict, distrustful, passive, proud, rather happy, traditional, intolerant."""

LEVELS = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0]


def population(*respondents: dict[str, Any]) -> Population:
    types = schema(wvs7())
    who = {"survey": "WVS", "wave": 7, "country": "EGY", "year": 2018, "weight": 1.0}
    rows = [who | {"respondent": i} | ONE | given for i, given in enumerate(respondents)]
    names = list(dict.fromkeys(key for row in rows for key in row))
    frame = pl.DataFrame(rows, schema={n: types[n] for n in names}, orient="row")
    return Population("few", frame, wvs7(), synthetic=True)


def level(variable: str, **answers: int | None) -> int:
    index = [v.id for v in variables()].index(variable)
    return int(persona_levels(population(answers))[0, index])


def test_a_respondent_has_a_level_on_every_variable():
    assert persona_levels(population({}))[0].tolist() == LEVELS
    (index,) = configurations(population({}))
    assert list(configuration(int(index))) == LEVELS


@pytest.mark.parametrize(
    ("variable", "answers", "expected"),
    [
        ("religiosity", {"Q6": 4}, 3),
        ("social_trust", {"Q57": 1}, 1),
        ("national_pride", {"Q254": 4}, 3),
        ("happiness", {"Q46": 1}, 0),
        ("materialism_orientation", {"Y002": 3}, 2),
        ("child_rearing_value", {"Q8": 1}, 0),  # 1 - 2
        ("child_rearing_value", {"Q8": 1, "Q11": 1}, 1),  # 2 - 2
        ("child_rearing_value", {"Q8": 1, "Q17": 2, "Q15": 2}, 2),
        ("moral_acceptability", {"Q182": 3, "Q184": 3, "Q185": 4}, 0),  # mean 3.33
        ("moral_acceptability", {"Q182": 3, "Q184": 4, "Q185": 4}, 1),  # mean 3.67
        ("moral_acceptability", {"Q182": 7, "Q184": 8, "Q185": 7}, 1),  # mean 7.33
        ("moral_acceptability", {"Q182": 10, "Q184": 10, "Q185": 3}, 2),
        ("political_participation", {"Q209": 2}, 1),
        ("political_participation", {"Q209": 2, "Q212": 1}, 2),
        # the four on 0 … 1: 1/3, 1/3, 1/3 and 0.25, below the cut; with Q33 = 3 above it
        ("gender_equality", {"Q29": 2, "Q30": 2, "Q31": 2, "Q33": 2}, 0),
        ("gender_equality", {"Q29": 2, "Q30": 2, "Q31": 2, "Q33": 3}, 1),
        ("gender_equality", {"Q29": 4, "Q30": 4, "Q31": 4, "Q33": 5}, 2),
        ("tolerance_diversity", {f"Q{n}": 2 for n in range(18, 24)}, 1),  # three mentioned
        ("tolerance_diversity", {f"Q{n}": 2 for n in range(18, 25)}, 2),  # two mentioned
        ("tolerance_diversity", {f"Q{n}": 2 for n in range(18, 21)}, 0),  # six mentioned
    ],
)
def test_levels_follow_from_answers(variable, answers, expected):
    assert level(variable, **answers) == expected


def test_a_mean_that_equals_a_cut_belongs_to_the_level_above_it():
    # without Q33 the mean of three answers "agree" is exactly one third
    assert level("gender_equality", Q29=2, Q30=2, Q31=2, Q33=-4) == 1


@pytest.mark.parametrize(
    ("variable", "answers"),
    [
        ("religiosity", {"Q6": -1}),
        ("national_pride", {"Q254": 5}),  # I am not [nationality]
        ("materialism_orientation", {"Y002": -5}),
        ("child_rearing_value", {"Q8": -1, "Q11": 1, "Q17": 2}),  # 0 or 1 less 1
        ("moral_acceptability", {"Q182": -1, "Q184": 3, "Q185": 3}),
        ("political_participation", {"Q209": -2}),
        ("gender_equality", {"Q29": 3, "Q30": -1}),
        ("tolerance_diversity", {"Q18": -1, "Q19": 2, "Q20": 2, "Q21": 2}),
    ],
)
def test_a_missing_answer_that_could_change_the_level_makes_it_missing(variable, answers):
    assert level(variable, **answers) == -1


@pytest.mark.parametrize(
    ("variable", "answers", "expected"),
    [
        ("political_participation", {"Q209": -2, "Q210": 1}, 2),
        ("moral_acceptability", {"Q182": -1, "Q184": 6, "Q185": 5}, 1),  # 4 … 7
        ("tolerance_diversity", {"Q18": -1}, 0),  # eight or nine
        ("child_rearing_value", {"Q8": -1}, 0),  # -2 or -1
    ],
)
def test_a_missing_answer_that_cannot_change_the_level_does_not(variable, answers, expected):
    assert level(variable, **answers) == expected


def test_an_item_that_was_not_asked_does_not_count():
    assert level("moral_acceptability", Q182=-4, Q184=10, Q185=8) == 2
    assert level("moral_acceptability", Q182=None, Q184=10, Q185=8) == 2
    assert level("moral_acceptability", Q182=-4, Q184=-4, Q185=8) == -1  # too few
    # two of seven mentioned are 2.6 of nine
    asked = {f"Q{n}": 2 for n in range(18, 23)} | {"Q25": -4, "Q26": -4}
    assert level("tolerance_diversity", **asked) == 1


def test_a_respondent_who_lacks_one_level_has_no_configuration():
    assert configurations(population({}, {"Q46": -1})).tolist()[1] == -1


def test_sources_name_items_and_codes_that_exist():
    for variable in variables():
        source = variable.source
        for name in (*source.items, *source.against):
            item = wvs7().item(name)
            assert set(source.codes) <= set(item.codes)
            assert (
                item.id in variable.survey
                or "Q18 to Q26" in variable.survey
                or ("Q209 to Q212" in variable.survey)
            )


def test_a_source_that_does_not_fit_its_levels_is_refused():
    from importlib.resources import files

    text = files("mores.personas").joinpath("data", "variables.toml").read_text(encoding="utf-8")
    for wrong in ("cuts = [3.5]", "cuts = [7.5, 3.5]"):
        with pytest.raises(PersonaError, match="moral_acceptability"):
            parse_variables(text.replace("cuts = [3.5, 7.5]", wrong), "x.toml")


def test_every_shipped_persona_could_be_a_respondent():
    """The levels of a persona, answered item by item, give the persona back."""
    answers = [
        _answers_of(persona.configuration) for persona in personas() if persona.configuration
    ]
    found = persona_levels(population(*answers))
    wanted = [persona.configuration for persona in personas() if persona.configuration]
    np.testing.assert_array_equal(found, np.array(wanted))


def _answers_of(levels: tuple[int, ...]) -> dict[str, int]:
    answers: dict[str, int] = {}
    for variable, chosen in zip(variables(), levels, strict=True):
        source = variable.source
        codes = [wvs7().item(name).codes for name in source.items]
        if source.codes:
            answers |= dict.fromkeys(source.items, source.codes[chosen])
        elif source.rule == "mean":
            answers |= {
                n: round(c[0] + (c[-1] - c[0]) * (0.1, 0.5, 0.9)[chosen])
                for n, c in zip(source.items, codes, strict=True)
            }
        elif source.rule == "count":
            mentioned = (9, 4, 0)[chosen]
            answers |= {n: 1 if i < mentioned else 2 for i, n in enumerate(source.items)}
        else:
            answers |= dict.fromkeys(source.items, 1 if chosen else 2)
            answers |= dict.fromkeys(source.against, 2 if chosen == 2 else 1)
    return answers
