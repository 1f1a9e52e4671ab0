import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import PersonaError
from mores.personas.catalogue import (
    BASELINE,
    CATEGORIES,
    Persona,
    persona_at,
    persona_from_levels,
    persona_named,
    personas,
)
from mores.personas.grid import N_CONFIGURATIONS, classes
from mores.personas.variables import variables


def levels_by_label(persona):
    return {v.id: level.label for v, level in zip(variables(), persona.levels, strict=True)}


def of(category):
    return personas(category)


def test_twelve_personas_in_three_categories():
    assert [p.number for p in personas()] == list(range(1, 13))
    assert [p.category for p in personas()] == [c for c in CATEGORIES for _ in range(4)]
    assert len({p.id for p in personas()}) == 12
    assert len({p.name for p in personas()}) == 12
    assert len({p.configuration for p in personas()}) == 12
    assert sum((personas(category) for category in CATEGORIES), ()) == personas()


def test_categories_are_what_they_measure_as():
    assert classes([p.configuration for p in personas()]).tolist() == [
        p.category for p in personas()
    ]


def test_moderates_are_near_the_centre_and_lean_to_one_side_each():
    leanings = {}
    for p in of("moderate"):
        assert max(map(abs, p.position)) <= 0.5
        x, y = p.position
        assert abs(abs(x) - abs(y)) > 0.05
        side = ("survival", "self-expression") if abs(x) > abs(y) else ("traditional", "secular")
        leanings[p.id] = side[max(p.position, key=abs) > 0]
    assert leanings == {
        "moderate-secular": "secular",
        "moderate-traditional": "traditional",
        "moderate-survival": "survival",
        "moderate-self-expression": "self-expression",
    }


def test_the_max_personas_are_the_four_corners():
    assert {p.id: p.position for p in of("max")} == {
        "max-secular-self-expression": (1, 1),
        "max-traditional-survival": (-1, -1),
        "max-secular-survival": (-1, 1),
        "max-traditional-self-expression": (1, -1),
    }
    assert all(p.congruence == 1 for p in of("max"))


def test_incongruous_personas_hold_opposite_ends_of_an_axis():
    for p in of("incongruous"):
        for axis in "xy":
            assert {-1.0, 1.0} <= {getattr(level, axis) for level in p.levels}
    others = [p.congruence for p in personas() if p.category != "incongruous"]
    assert max(p.congruence for p in of("incongruous")) < min(others) - 0.5


def test_congruence_by_hand():
    # 3 and 4: y variance 1/36, x 11/81; 1 and 2: y 19/144, x 14/81; 9 and 10: 3/4 and 1
    slight, strong = 1 - (1 / 36 + 11 / 81) / 2, 1 - (19 / 144 + 14 / 81) / 2
    expected = [strong, strong, slight, slight, 1, 1, 1, 1, 0.125, 0.125, 0, 0]
    assert [p.congruence for p in personas()] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_category_is_centred_on_the_map(category):
    assert np.mean([p.position for p in of(category)], axis=0) == pytest.approx([0, 0], abs=1e-12)


def test_the_personas_that_the_thesis_prints():
    a4, a3, c1, c2 = (personas()[number - 1] for number in (4, 5, 6, 9))
    assert [level.label for level in a4.levels] == [
        "not very important", "neutral", "sometimes justifiable", "most people trusted",
        "passive participant", "not very proud", "rather happy", "moderate (neutral)", "mixed",
        "moderate tolerance",
    ]  # fmt: skip
    assert [level.label for level in a3.levels] == [
        "not at all important", "independence-imagination", "always justifiable",
        "most people trusted", "active participant", "not proud at all", "very happy",
        "egalitarian", "postmaterialist", "high tolerance",
    ]  # fmt: skip
    assert [level.title for level in c1.levels] == [
        "Very important", "Obedience-faith", "Never justifiable", "Cannot trust people",
        "No participant", "Very proud", "Not at all happy", "Traditional", "Materialist",
        "Low tolerance",
    ]  # fmt: skip
    assert [level.title for level in c2.levels] == [
        "Very important", "Independence-imagination", "Never justifiable", "Cannot trust people",
        "Active participant", "Very proud", "Not at all happy", "Traditional", "Postmaterialist",
        "High tolerance",
    ]  # fmt: skip


def test_the_baseline_is_nobody():
    assert BASELINE.configuration is None
    assert BASELINE.index is None
    assert BASELINE.position is None
    assert BASELINE.congruence == 1
    assert BASELINE.levels == ()
    assert BASELINE not in personas()


@pytest.mark.parametrize("category", ["Max", "maximal", "baseline", "", 3])
def test_an_unknown_category_is_refused(category):
    with pytest.raises(PersonaError, match="allowed: moderate, max, incongruous"):
        personas(category)


@pytest.mark.parametrize(
    "name",
    [
        5,
        "5",
        "max-secular-self-expression",
        "Max secular self expression",
        "SECULAR and self-expression",
    ],
)
def test_a_persona_by_number_id_or_name(name):
    assert persona_named(name) is personas()[4]


def test_every_persona_answers_to_its_names():
    for p in (BASELINE, *personas()):
        assert persona_named(p.id) is p
        assert persona_named(p.name) is p


@pytest.mark.parametrize("name", [0, 13, "", "none", "grid-00001", True, None])
def test_an_unknown_persona_is_refused(name):
    with pytest.raises(PersonaError, match="a number from 1 to 12"):
        persona_named(name)


@given(st.integers(0, N_CONFIGURATIONS - 1))
def test_any_index_is_a_persona(index):
    p = persona_at(index)
    assert p.index == index
    assert p.id == f"grid-{index:05d}"
    assert p.category == classes([p.configuration])[0]
    assert len(p.levels) == 10


@pytest.mark.parametrize("index", [-1, N_CONFIGURATIONS, 2.0, "2", None])
def test_no_persona_outside_the_grid(index):
    with pytest.raises(PersonaError):
        persona_at(index)


def test_a_persona_of_ones_own():
    like = personas()[8]
    own = persona_from_levels("quiet rebel", "own", levels_by_label(like))
    assert own == Persona("quiet rebel", "quiet rebel", "own", like.configuration)
    assert persona_from_levels("q", None, levels_by_label(like)).category == "incongruous"
    assert (own.index, own.position) == (like.index, like.position)


@pytest.mark.parametrize(
    "name", ["", "  ", "two\nlines", "x" * 201, "baseline", "Baseline", 3, None]
)
def test_an_unusable_name_is_refused(name):
    with pytest.raises(PersonaError, match="name of a persona is"):
        persona_from_levels(name, "own", levels_by_label(personas()[0]))


@pytest.mark.parametrize("category", ["", "baseline", 3])
def test_an_unusable_category_is_refused(category):
    with pytest.raises(PersonaError, match="category of a persona is"):
        persona_from_levels("mine", category, levels_by_label(personas()[0]))


def test_a_faulty_level_names_the_persona():
    levels = levels_by_label(personas()[0]) | {"happiness": "gloomy"}
    with pytest.raises(PersonaError, match=re.escape("persona 'mine': levels of a persona: happi")):
        persona_from_levels("mine", "own", levels)


def test_a_configuration_that_does_not_exist_has_no_index():
    with pytest.raises(PersonaError, match="level index 9 does not exist"):
        _ = Persona("odd", "odd", "own", (9,) * 10).index
