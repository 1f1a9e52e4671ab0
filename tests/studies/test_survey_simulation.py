"""What studies tell the simulated respondent of items and countries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from populations.small import small_population

from mores.errors import StudyError
from mores.measures.culture_map import rescale
from mores.populations.culture import fit_map, indicator_values
from mores.populations.synthetic import SyntheticModel
from mores.populations.synthetic.parameters import OrderedItem
from mores.populations.synthetic.responses import worldwide
from mores.studies.survey_simulation import KnownItems, MapPlaces, synthetic_model, trait

MODEL = SyntheticModel()


@pytest.mark.parametrize("item", ["Q46", "Q57", "Q164"])
def test_an_ordered_item_is_known_by_slopes_and_thresholds(item):
    known = KnownItems(MODEL).of(item)
    assert isinstance(MODEL.parameters.items[item], OrderedItem)
    response = worldwide(MODEL.parameters.items[item], MODEL.world)
    assert known.loading == tuple(response.axes)
    assert known.intercept == 0
    assert known.thresholds == tuple(response.thresholds)
    assert known.utilities == ()


@pytest.mark.parametrize("item", ["Q42", "Q111", "Q152"])
def test_a_nominal_item_is_known_by_utilities(item):
    known = KnownItems(MODEL).of(item)
    response = worldwide(MODEL.parameters.items[item], MODEL.world)
    assert (known.loading, known.intercept, known.thresholds) == ((0, 0), 0, ())
    assert np.array(known.utilities) == pytest.approx(
        np.column_stack([response.intercepts, response.axes])
    )


def test_unknown_items_are_refused_all_at_once():
    items = KnownItems(MODEL)
    items.check(["Q1", "Q2"], "units")
    with pytest.raises(StudyError, match="units: sim does not know how X1, X2 are answered"):
        items.check(["Q1", "X1", "X2"], "units")
    with pytest.raises(
        StudyError, match="targets: sim does not know how X1 is answered; leave out"
    ):
        items.check(["X1"], "targets")


def test_the_model_is_read_once():
    assert synthetic_model() is synthetic_model()


def test_means_worked_by_hand():
    """Two countries; what is missing, or has no weight, does not count."""
    small = small_population(respondents=4, countries=("GBR", "USA"))
    frame = small.frame.with_columns(weight=pl.Series([1.0, 3.0, 0.0, None, 2.0, 2.0, 4.0, 1.0]))
    places = MapPlaces(replace(small, frame=frame))
    gap = np.nan
    values = np.array([[1, 5, 9, 9, 1, 2, 3, gap], [gap, 2, 9, 9, gap, gap, gap, gap]]).T
    means = places.means(values, places.countries)
    expected = [[(1 + 15) / 4, 2], [(2 + 4 + 12) / 8, gap]]
    assert list(places.place) == ["GBR", "USA"]
    assert means == pytest.approx(np.array(expected), nan_ok=True)


def test_a_country_without_an_answer_is_taken_to_be_as_the_world_in_it():
    population = small_population()  # the first country was not asked Q182
    places = MapPlaces(population)
    values = indicator_values(population)
    there = population.frame["country"].to_numpy() == "EGY"
    (silent,) = np.flatnonzero(np.isnan(values[there]).all(axis=0))
    usual = places.usual[places.place["EGY"]]
    assert usual[silent] == places.map.means[silent]
    assert not np.isnan(places.usual).any()
    expected = rescale(fit_map(population).project_means(usual))
    assert places.centre("EGY") == pytest.approx(expected)
    assert places.centre(None) == pytest.approx(places.centres.mean(axis=0))


def test_a_trait_holds_plain_numbers():
    found = trait("origin", np.array([0.5, -1.0]))
    assert found == ("origin", 0.5, -1.0)
    assert [type(x) for x in found] == [str, float, float]
