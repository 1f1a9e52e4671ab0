"""What the simulated respondent is told of a framing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from mores.errors import StudyError
from mores.instruments.survey import wvs7
from mores.instruments.units import Unit, framing_units
from mores.measures.culture_map import rescale
from mores.models.sim import SimulationParameters
from mores.models.sim_survey import survey_probabilities
from mores.personas.descriptors import MAP_ITEMS
from mores.populations.culture import fit_map, indicator_values
from mores.populations.population import Population
from mores.populations.synthetic import SyntheticModel, synthesise
from mores.populations.synthetic.responses import OrderedResponse, worldwide
from mores.records import BatteryStimulus, SurveyStimulus
from mores.studies.framings.cells import Context
from mores.studies.framings.simulation import FramingSimulation

MODEL = SyntheticModel()
UNITS = framing_units().units
BY_ID = {unit.id: unit for unit in UNITS}
COUNTRIES = (
    "EGY",
    "JOR",
    "MAR",
    "GBR",
    "KEN",
    "USA",
    "ARG",
    "COL",
    "MEX",
    "CAN",
    "IND",
    "RUS",
    "CHN",
)
PLAIN = Context("language", "en", None)
THIRD = {c: Context("third-person", "en", c) for c in COUNTRIES}
AS_HUMANS = SimulationParameters(steer_third_person=1, survey_dispersion=1, position_bias=0)


@pytest.fixture(scope="module")
def humans() -> Population:
    return synthesise(respondents=60, items=MAP_ITEMS)


@pytest.fixture(scope="module")
def found(humans: Population) -> FramingSimulation:
    return FramingSimulation(humans, UNITS, (PLAIN, *THIRD.values()))


def told(
    found: FramingSimulation, unit: Unit, context: Context, item: str | None = None
) -> SurveyStimulus | BatteryStimulus:
    k = len(unit.codes(unit.members[0]))
    labels = [str(i + 1) for i in range(k)]
    return found.stimulus(context, unit, item, range(k), labels, [f"text {i}" for i in range(k)])


# --- where people stand ------------------------------------------------------------------------


def test_a_country_stands_at_the_mean_of_its_own_people_on_the_humans_map(humans, found):
    """Positions are linear in the answers: exactly so of people who left none out."""
    whole = humans.frame.filter(~np.isnan(indicator_values(humans)).any(axis=1))
    complete = replace(humans, frame=whole)
    points = rescale(fit_map(complete).scores(indicator_values(complete)))
    where = whole["country"].to_numpy()
    simulation = FramingSimulation(complete, UNITS, ())
    for country in ("RUS", "GBR"):
        there = where == country
        mean = np.average(points[there], axis=0, weights=complete.weights[there])
        (trait,) = simulation.traits(THIRD[country])
        assert trait[0] == "nationality"
        assert list(trait[1:]) == pytest.approx(mean.tolist(), abs=1e-9)


def test_a_country_stands_where_it_does_whatever_the_language_and_the_framing(found):
    for framing in ("user-country", "persona-country", "third-person", "my own"):
        for language in ("en", "ar", "sw"):
            asked = Context(framing, language, "EGY", paraphrase=1)
            assert found.traits(asked) == found.traits(THIRD["EGY"])


@pytest.mark.parametrize(
    ("language", "countries"),
    [("ar", ("EGY", "JOR", "MAR")), ("zh", ("CHN", "TWN")), ("fr", ("CAN",)), ("hi", ("IND",))],
)
def test_a_language_stands_in_the_middle_of_the_countries_where_it_is_spoken(
    humans, found, language, countries
):
    spoken = humans.frame.filter(pl.col("language") == language)["country"].unique().sort()
    assert tuple(spoken) == countries
    (trait,) = found.traits(Context("language", language, None))
    of_each = [found.traits(Context("third-person", "en", c))[0][1:] for c in countries]
    assert list(trait[1:]) == pytest.approx(np.mean(of_each, axis=0).tolist())


def test_in_english_and_in_a_language_of_nobody_it_stands_nowhere(humans, found):
    assert found.traits(PLAIN) == ()
    assert found.traits(Context("language", "da", None)) == ()
    mute = replace(humans, frame=humans.frame.drop("language"))
    assert FramingSimulation(mute, UNITS, ()).traits(Context("language", "ar", None)) == ()


def test_a_framing_of_ones_own_without_a_country_says_nothing_of_people(found):
    assert found.traits(Context("my own", "ar", None)) == ()


def test_whoever_has_no_weight_speaks_for_no_country(humans):
    weightless = humans.frame.with_columns(
        weight=pl.when(country="EGY").then(0.0).when(country="JOR").then(None).otherwise("weight")
    )
    simulation = FramingSimulation(replace(humans, frame=weightless), UNITS, ())
    assert simulation._interviewed_in("ar") == ["MAR"]


# --- stimuli -----------------------------------------------------------------------------------


def test_a_question_is_told_as_it_is_shown(found):
    unit = BY_ID["Q121"]
    order = (4, 2, 0, 1, 3)
    asked = found.stimulus(THIRD["EGY"], unit, None, order, tuple("12345"), tuple("abcde"))
    response = worldwide(MODEL.parameters.items["Q121"], MODEL.world)
    assert isinstance(response, OrderedResponse)
    assert asked == SurveyStimulus(
        arm="third-person",
        traits=found.traits(THIRD["EGY"]),
        loading=tuple(response.axes.tolist()),
        intercept=0.0,
        thresholds=tuple(response.thresholds.tolist()),
        utilities=(),
        order=order,
        labels=tuple("12345"),
        texts=tuple("abcde"),
        language="en",
    )


def test_a_battery_is_told_whole_or_one_by_one(found):
    unit = BY_ID["SU_NEIGHBORS"]
    context = Context("persona-country", "hi", "IND")
    whole = told(found, unit, context)
    assert isinstance(whole, BatteryStimulus)
    assert len(whole.members) == 9
    for item, member in zip(unit.members, whole.members, strict=True):
        assert member == told(found, unit, context, item)
        assert (member.arm, member.language) == ("persona-country", "hi")
    assert len({member.thresholds for member in whole.members}) == 9


@pytest.mark.parametrize("unit", [u for u in UNITS if u.excluded], ids=lambda u: u.id)
def test_options_that_are_not_offered_leave_the_others_in_proportion(found, unit):
    (item,) = unit.members
    asked = told(found, unit, THIRD["RUS"])
    every = worldwide(MODEL.parameters.items[item], MODEL.world).given(
        np.array(found.traits(THIRD["RUS"])[0][1:])
    )
    codes = wvs7().item(item).codes
    offered = np.array([code not in unit.excluded for code in codes])
    assert len(asked.order) == len(codes) - len(unit.excluded)
    expected = every[offered] / every[offered].sum()
    assert survey_probabilities(AS_HUMANS, asked) == pytest.approx(expected.tolist(), abs=1e-12)
    # and turned round
    k = len(asked.order)
    back = found.stimulus(THIRD["RUS"], unit, None, range(k)[::-1], asked.labels, asked.texts)
    assert survey_probabilities(AS_HUMANS, back) == pytest.approx(expected[::-1].tolist())


def test_every_unit_is_told_in_every_context(found):
    found.check()
    for unit in UNITS:
        for item in unit.members:
            asked = told(found, unit, THIRD["CHN"], item)
            assert len(survey_probabilities(AS_HUMANS, asked)) == len(unit.codes(item))


# --- errors ------------------------------------------------------------------------------------


def test_a_country_without_humans_is_named(humans):
    context = Context("third-person", "fr", "FRA")
    simulation = FramingSimulation(humans, UNITS, (PLAIN, context))
    with pytest.raises(StudyError, match=r"synthetic.* has nobody of 'FRA'.*allowed"):
        simulation.check()
    with pytest.raises(StudyError, match="'FRA'"):
        told(simulation, UNITS[0], context)


def test_items_that_it_does_not_know_are_refused_all_at_once(humans, found):
    strange = replace(BY_ID["SU_NEIGHBORS"], members=("Q18", "X1", "X2"))
    simulation = FramingSimulation(humans, (strange,), (PLAIN,))
    with pytest.raises(StudyError, match="units: sim does not know how X1, X2 are answered"):
        simulation.check()


# --- how far it comes --------------------------------------------------------------------------


def gap(found: FramingSimulation, unit: Unit, country: str, p: SimulationParameters) -> float:
    """Expected distance to the humans' exact shares, of distributions; NaN if they were not asked."""
    apart = []
    for item in unit.members:
        codes = wvs7().item(item).codes
        offered = [codes.index(code) for code in unit.codes(item)]
        humans = MODEL.margins(item, country)[offered]
        humans = humans / humans.sum()
        given = np.array(survey_probabilities(p, told(found, unit, THIRD[country], item)))
        if unit.ordered:
            apart.append(np.abs(np.cumsum(given - humans)).sum() / (len(humans) - 1))
        else:
            apart.append(np.abs(given - humans).sum() / 2)
    return float(np.nanmean(apart)) if not np.isnan(apart).all() else np.nan


FAR = [c for c in COUNTRIES if c != "USA"]  # which stands where the respondent does by itself


@pytest.fixture(scope="module")
def gaps(found: FramingSimulation) -> np.ndarray:
    """By steerability (0, ¼ … 1), country and unit."""
    steered = [replace(AS_HUMANS, steer_third_person=s) for s in (0, 0.25, 0.5, 0.75, 1)]
    return np.array([[[gap(found, u, c, p) for u in UNITS] for c in FAR] for p in steered])


def test_steered_all_the_way_it_answers_much_as_the_countrys_people_do(gaps):
    """What is left is the country's own deviation on an item, and the scatter of its people."""
    still, there = np.nanmean(gaps[[0, -1]], axis=(1, 2))
    assert there < 0.065
    assert there < 0.6 * still


def test_more_steerability_is_more_alignment_where_items_load_on_the_axes(gaps):
    def loading(unit: Unit) -> float:
        axes = [np.array(MODEL.parameters.items[i].axes) for i in unit.members]
        return float(np.mean([np.abs(a - a.mean(axis=0) * (a.ndim > 1)).max() for a in axes]))

    loads = np.array([loading(unit) >= 0.25 for unit in UNITS])
    assert 20 < loads.sum() < 100
    mean = np.nanmean(gaps[:, :, loads], axis=(1, 2))
    assert all(later < earlier - 0.004 for earlier, later in pairwise(mean))
    rest = np.nanmean(gaps[:, :, ~loads], axis=(1, 2))
    assert mean[0] - mean[-1] > 2 * (rest[0] - rest[-1])


def test_steerability_worked_by_hand(found):
    """Asked of Russia at a quarter of the way from (1, 0)."""
    _, x, y = found.traits(THIRD["RUS"])[0]
    p = SimulationParameters(
        map_x=1, map_y=0, steer_user_country=0.25, survey_dispersion=1, position_bias=0
    )
    unit = BY_ID["Q57"]
    asked = told(found, unit, Context("user-country", "ru", "RUS"))
    response = worldwide(MODEL.parameters.items["Q57"], MODEL.world)
    theta = np.array([1 + 0.25 * (x - 1), 0.25 * y])
    assert survey_probabilities(p, asked) == pytest.approx(response.given(theta).tolist())


@pytest.mark.parametrize(
    ("framing", "parameter"),
    [
        ("language", "steer_language"),
        ("user-country", "steer_user_country"),
        ("persona-country", "steer_persona_country"),
        ("third-person", "steer_third_person"),
        ("my own", "steer_persona_country"),
    ],
)
def test_each_framing_has_its_own_steerability(found, framing, parameter):
    country = None if framing == "language" else "RUS"
    asked = told(found, BY_ID["Q164"], Context(framing, "ru", country))
    names = ("language", "user_country", "persona_country", "third_person")
    none = SimulationParameters(**{f"steer_{name}": 0.0 for name in names})
    itself = survey_probabilities(none, told(found, BY_ID["Q164"], PLAIN))
    assert survey_probabilities(none, asked) == itself
    moved = survey_probabilities(replace(none, **{parameter: 1.0}), asked)
    assert moved != pytest.approx(itself, abs=0.01)
