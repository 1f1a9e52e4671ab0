"""Records of biographies: a closed scheme of demographics, and what a reading does to them."""

import numpy as np
import pytest

from mores.errors import PersonaError
from mores.personas.biographies import (
    EDUCATIONS,
    OCCUPATIONS,
    UNCLEAR,
    Biography,
    Demographics,
    Reading,
    agreement_table,
    differences,
    judged,
)
from mores.personas.grid import configuration

PERSON = Demographics(43, "female", "isced-3-4", "office", "town", "SWE")
GOOD = {
    "age": 43,
    "sex": "female",
    "education": "isced-3-4",
    "occupation": "office",
    "settlement": "town",
}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("age", 17, "18 to 99"),
        ("age", 100, "18 to 99"),
        ("age", 43.0, "whole numbers"),
        ("age", True, "whole numbers"),
        ("sex", "Female", "did you mean 'female'"),
        ("sex", None, "allowed: female, male"),
        ("education", "isced-7", "allowed: isced-0-1"),
        ("occupation", "astronaut", "agriculture"),
        ("settlement", "moon", "city, town, village"),
        ("country", "Sweden", "alpha-3"),
        ("country", "XXX", "alpha-3"),
    ],
)
def test_demographics_outside_the_scheme_are_refused(field, value, said):
    with pytest.raises(PersonaError, match=said):
        Demographics(**GOOD | {field: value})


def test_the_ends_of_the_scheme_are_in_it():
    for age in (18, 99):
        assert Demographics(**GOOD | {"age": age}).country is None
    for education in EDUCATIONS:
        for occupation in OCCUPATIONS:
            Demographics(**GOOD | {"education": education, "occupation": occupation})


def test_a_reading_recovers_contradicts_or_leaves_unclear():
    index = 40_000
    levels = list(configuration(index))
    assert differences(index, levels) == ([], [])
    levels[0] = (levels[0] + 1) % 4
    levels[9] = UNCLEAR
    assert differences(index, levels) == (["religiosity"], ["tolerance_diversity"])


def test_a_contradiction_rejects_an_unclear_variable_does_not_and_a_new_reading_undoes_it():
    levels = configuration(7)
    plain = Biography(7, PERSON, "A story.", "w")
    wrong = (levels[0] + 1, *levels[1:])
    rejected = judged(plain, Reading("r", wrong))
    assert (rejected.status, rejected.reasons) == ("rejected", ("contradicts:religiosity",))
    unclear = judged(rejected, Reading("s", (UNCLEAR, *levels[1:])))
    assert (unclear.status, unclear.reasons) == ("accepted", ())
    short = judged(Biography(7, PERSON, "A.", "w", reasons=("too-short",)), Reading("r", levels))
    assert (short.status, short.reasons) == ("rejected", ("too-short",))


def test_the_table_of_readings_leaves_out_what_was_not_read():
    read = judged(Biography(7, PERSON, "A story.", "w"), Reading("r", (UNCLEAR,) * 10))
    asked, found = agreement_table([read, Biography(8, PERSON, "B.", "w")])
    assert asked.tolist() == [list(configuration(7))]
    assert (found == UNCLEAR).all()
    asked, found = agreement_table([])
    assert asked.shape == found.shape == (0, 10)
    assert asked.dtype == np.int8
