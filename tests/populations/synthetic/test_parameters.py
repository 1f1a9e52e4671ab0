from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mores.errors import PopulationError
from mores.instruments.survey import Instrument, wvs7
from mores.populations.synthetic.parameters import (
    ChoiceItem,
    OrderedItem,
    Parameters,
    read_parameters,
)

SLICES = ["EGY", "JOR", "MAR", "GBR", "KEN", "USA", "ARG", "COL", "MEX", "CAN", "IND", "RUS", "CHN"]
CALIBRATED = ["MDA", "TWN", "JPN", "ISL", "SWE", "PRI", "COL", "GHA", "JOR", "GBR"]


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return read_parameters(wvs7())


def test_countries_of_the_studies_are_there(parameters: Parameters) -> None:
    assert len(parameters.countries) >= 32
    assert set(SLICES) | set(CALIBRATED) <= set(parameters.countries)
    assert list(parameters.countries) == sorted(parameters.countries)


def test_country_margins_are_distributions(parameters: Parameters) -> None:
    for country in parameters.countries.values():
        assert 2017 <= country.year <= 2022
        assert all(-3.5 < axis < 3.5 for axis in country.position)
        spoken = [language.share for language in country.languages]
        for shares in (country.ages, country.education, spoken, country.denominations.values()):
            assert sum(shares) == pytest.approx(1), country.code
        assert all(len(language.code) == 2 for language in country.languages)
        assert np.all(np.abs(country.correlation) < 1)


def test_tables_fit_the_categories(parameters: Parameters) -> None:
    sizes = {"sex": 2, "age": len(parameters.demography.ages), "education": 3, "settlement": 2}
    for column in parameters.demography.respondents.columns:
        assert len(column.shares) == np.prod([sizes[by] for by in column.by]), column.id
        assert {len(row) for row in column.shares} == {len(column.codes)}, column.id
        assert [sum(row) for row in column.shares] == pytest.approx([1] * len(column.shares))


def test_every_item_that_is_asked_has_parameters_of_its_own(parameters: Parameters) -> None:
    asked = [i.id for i in wvs7().items.values() if not i.derived and not i.trend_only]
    assert list(parameters.items) == asked
    assert len(asked) > 180
    uniform = [
        i for i, p in parameters.items.items() if len(p.margin) > 2 and len(set(p.margin)) == 1
    ]
    assert uniform == []  # as the default has them
    for id_, found in parameters.items.items():
        assert sum(found.margin) == pytest.approx(1), id_
        assert len(found.margin) == len(wvs7().items[id_].options)


def test_no_parameters_are_left_over(parameters: Parameters) -> None:
    from mores.populations.synthetic.parameters import _files

    *_, entries = _files()
    own = [e.id for group in entries.groups for e in group.items] + [c.id for c in entries.choices]
    assert sorted(own) == sorted(parameters.items)


def test_items_not_asked_are_items(parameters: Parameters) -> None:
    absent = {c.code: c.not_asked for c in parameters.countries.values() if c.not_asked}
    assert absent["EGY"] == ("Q182",)
    assert len(absent) >= 3
    assert {item for items in absent.values() for item in items} <= set(parameters.items)


def test_second_choices_have_the_parameters_of_the_first(parameters: Parameters) -> None:
    first, second = parameters.items["Q154"], parameters.items["Q155"]
    assert isinstance(first, ChoiceItem)
    assert isinstance(second, ChoiceItem)
    assert second.first == "Q154"
    assert second.margin == first.margin
    assert second.axes == first.axes


def _with_item(**changes: object) -> Instrument:
    item = replace(wvs7().items["Q46"], **changes)  # type: ignore[arg-type]
    return replace(wvs7(), items={item.id: item})


def test_an_item_without_parameters_has_the_default() -> None:
    found = read_parameters(_with_item(id="Q999")).items["Q999"]
    assert isinstance(found, OrderedItem)
    assert found.margin == (0.25,) * 4
    assert found.axes == (0, 0)


def test_margins_must_fit_the_options() -> None:
    with pytest.raises(PopulationError, match=r"Q46 has margins .* \[4\] options; allowed: 3"):
        read_parameters(_with_item(options=wvs7().items["Q46"].options[:3]))
