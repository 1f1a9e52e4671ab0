"""The 36 questions by which personas are compared with humans."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mores.errors import InstrumentError
from mores.instruments.probe import _ProbeFile, checked, probe
from mores.instruments.survey import Measurement, wvs7
from mores.personas.descriptors import MAP_ITEMS
from mores.populations.synthetic import SyntheticModel

FILE = _ProbeFile(1, "s", "l", probe().ids, tuple(probe().on_map))


def test_it_is_three_questions_of_each_of_twelve_topics():
    numbers = [int(name[1:]) for name in probe().ids]
    assert len(numbers) == 36
    for first in range(0, 36, 3):
        a, b, c = numbers[first : first + 3]
        assert (b, c) == (a + 1, a + 2)
    assert [numbers[i] for i in range(0, 36, 3)] == [
        1,
        46,
        57,
        106,
        112,
        121,
        131,
        158,
        164,
        176,
        199,
        235,
    ]


def test_three_of_them_are_on_the_map():
    on_map = {item.id for item in probe().items if item.ivs in MAP_ITEMS}
    assert on_map == probe().on_map == {"Q46", "Q57", "Q164"}


def test_none_is_nominal_and_all_have_synthetic_answers():
    assert all(item.measurement is not Measurement.NOMINAL for item in probe().items)
    assert set(probe().ids) <= set(SyntheticModel().parameters.items)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (replace(FILE, items=FILE.items[:-1]), "35 items"),
        (replace(FILE, items=(*FILE.items[1:], "Q1")), "in the questionnaire's order"),
        (replace(FILE, items=(*FILE.items[:-1], FILE.items[0])), "36 items"),
        (replace(FILE, on_map=("Q45",)), "Q45 is on the map alone"),
        (replace(FILE, items=("Q9999", *FILE.items[1:])), "no item"),
    ],
)
def test_a_damaged_list_is_refused(file, said):
    with pytest.raises(InstrumentError, match=said):
        checked(file)


def test_a_nominal_question_is_refused():
    nominal = next(
        item.id
        for item in wvs7().items.values()
        if item.measurement is Measurement.NOMINAL and item.id > "Q1"
    )
    kept = [name for name in wvs7().items if name in {*FILE.items[1:], nominal}]
    with pytest.raises(InstrumentError, match="nominal"):
        checked(replace(FILE, items=tuple(kept)))
