"""Where the simulated respondent is told that a persona stands."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from populations.small import small_population
from studies.calibrated_personas.small_study import (
    ALL_ARMS,
    ASKED,
    Respondent,
    design,
    humans,
    kept,
    trials,
)

from mores.errors import StudyError
from mores.measures.culture_map import rescale
from mores.personas.descriptors import MAP_ITEMS
from mores.populations.culture import fit_map, indicator_values
from mores.populations.population import Population
from mores.populations.synthetic import SyntheticModel
from mores.populations.synthetic.responses import OrderedResponse, worldwide
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.design import CalibratedDesign
from mores.studies.calibrated_personas.simulation import Simulation

WHOLE = Condition("value", "social_science", "composable")
NAMED = Condition("value+nationality", "social_science", "composable")
SOCIO = Condition("sociodemographic", "social_science")
NONE: tuple[str, ...] = ()


def simulation(**fields: Any) -> Simulation:
    fields.setdefault("personas", {"arms": [*ALL_ARMS]})
    found = design(**fields)
    assert isinstance(found._simulation, Simulation)
    return found._simulation


@pytest.fixture(scope="module")
def found() -> Simulation:
    return simulation(sample=40)


def whole_answers(population: Population) -> Population:
    """Everybody has answered everything."""
    columns = {}
    generator = np.random.default_rng(5)
    for item in population.items:
        codes = population.frame[item.id].to_numpy().copy()
        lost = population.answers(item.id) < 0
        codes[lost] = generator.choice(item.codes, lost.sum())
        columns[item.id] = pl.Series(codes, dtype=pl.Int8)
    return replace(population, name="whole", frame=population.frame.with_columns(**columns))


def together(traits: tuple[tuple[str, float, float], ...]) -> list[float]:
    return np.array([t[1:] for t in traits]).sum(axis=0).tolist()


def points(population: Population) -> np.ndarray:
    return rescale(fit_map(population).scores(indicator_values(population)))


@pytest.mark.parametrize("condition", [WHOLE, Condition("few-shot", "social_science")])
def test_descriptors_add_up_to_where_the_respondent_stands(
    found: Simulation, condition: Condition
) -> None:
    """All that they answered, told without a country, is their own position on the humans' map."""
    population = found.observed.population
    own = points(population)
    answered = ~np.isnan(indicator_values(population))
    for row in np.concatenate(list(found.drawn.values())).tolist():
        traits = found.traits(condition, None, row)
        assert [t[0] for t in traits] == [
            "origin",
            *(name for name, there in zip(MAP_ITEMS, answered[row], strict=True) if there),
        ]
        assert together(traits) == pytest.approx(own[row].tolist(), abs=1e-9)


def test_with_all_ten_told_the_country_does_not_matter(found: Simulation) -> None:
    population = found.observed.population
    own = points(population)
    complete = ~np.isnan(indicator_values(population)).any(axis=1)
    rows = [r for r in found.drawn["GBR"].tolist() if complete[r]]
    assert len(rows) > 5
    for row, country in product(rows, ("GBR", "EGY")):
        traits = found.traits(NAMED, country, row)
        assert traits[0][0] == "nationality"
        assert together(traits) == pytest.approx(own[row].tolist(), abs=1e-9)


def test_with_nothing_told_a_persona_is_its_country_or_nothing(found: Simulation) -> None:
    row = int(found.drawn["GBR"][0])
    nobody = replace(WHOLE, indicators=NONE)
    assert found.traits(nobody, None, row) == ()
    british = found.traits(replace(NAMED, indicators=NONE), "GBR", row)
    assert british == found.traits(Condition("country", "social_science"), "GBR", -1)
    assert len(british) == 1


def test_a_country_stands_where_its_people_do_on_average() -> None:
    """Exactly so where nobody left an answer out: positions are linear in the answers."""
    population = whole_answers(humans())
    found = simulation(data=kept(population))
    weights = np.nan_to_num(population.weights)
    where = population.frame["country"].to_numpy()
    for country in ("EGY", "GBR"):
        if country == "EGY":  # who were not asked Q182 in the other data set
            assert not np.isnan(indicator_values(population)).any()
        there = where == country
        mean = np.average(points(population)[there], axis=0, weights=weights[there])
        traits = found.traits(Condition("country", "social_science"), country, -1)
        assert list(traits[0][1:]) == pytest.approx(mean.tolist(), abs=1e-9)


@given(st.sets(st.sampled_from(MAP_ITEMS)), st.integers(0, 39), st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_is_not_told_is_as_in_the_country_or_in_the_world(
    found: Simulation, told: set[str], n: int, named: bool
) -> None:
    row = int(found.drawn["GBR"][n])
    subset = tuple(i for i in MAP_ITEMS if i in told)
    condition = replace(NAMED if named else WHOLE, indicators=subset)
    traits = found.traits(condition, "GBR" if named else None, row)
    population = found.observed.population
    values = indicator_values(population)
    known = [i for i in subset if not np.isnan(values[row, MAP_ITEMS.index(i)])]
    assert [t[0] for t in traits[1:]] == known
    if not traits:
        assert not named
        assert not known
        return
    heard = np.full((1, 10), np.nan)
    for i in known:
        heard[0, MAP_ITEMS.index(i)] = values[row, MAP_ITEMS.index(i)]
    if not known:
        return
    culture_map = fit_map(population)
    if not named:
        expected = rescale(culture_map.scores(heard))[0]
        assert together(traits) == pytest.approx(expected.tolist(), abs=1e-9)
        return
    # a respondent who answers as the country does on average is told to be just there
    usual = found._usual[found._place["GBR"]]
    as_usual = np.where(np.isnan(heard), np.nan, usual)
    moved = rescale(culture_map.scores(heard)) - rescale(culture_map.scores(as_usual))
    expected = rescale(culture_map.scores(usual)) + moved[0]
    assert together(traits) == pytest.approx(expected.tolist(), abs=1e-9)


def test_sociodemographic_personas_stand_where_people_like_them_do() -> None:
    """By hand: of two countries, in which men stand apart from women by the same way."""
    population = whole_answers(humans())
    found = simulation(data=kept(population), personas={"arms": ["sociodemographic"]})
    frame = population.frame
    assert {"sex", "age", "education"} <= {*frame.columns}
    own, weights = points(population), np.nan_to_num(population.weights)
    where = frame["country"].to_numpy()
    apart = own.copy()
    centres = {}
    for country in population.countries:
        there = where == country
        centres[country] = np.average(own[there], axis=0, weights=weights[there])
        apart[there] -= centres[country]
    world = np.mean(list(centres.values()), axis=0)
    sex, age, education = (frame[n].fill_null(-9).to_numpy() for n in ("sex", "age", "education"))
    isced = frame["education_isced"].fill_null(-9).to_numpy()
    band = np.select([age < 0, age <= 29, age <= 49], [-1, 0, 1], 2)
    fine = np.select([isced < 0, isced <= 2, isced <= 4], [-1, 0, 1], 2)
    level = np.where(education > 0, education - 1, fine)
    cell = np.stack([np.where(sex > 0, sex, -1), band, level], axis=1)
    checked = 0
    for row in np.unique(np.concatenate(list(found.drawn.values()))).tolist():
        alike = (cell == cell[row]).all(axis=1) & (weights > 0)
        effect = np.zeros(2)
        if (cell[row] >= 0).all():
            checked += 1
            effect = np.average(apart[alike], axis=0, weights=weights[alike])
        for country in (None, "GBR"):
            kind = "sociodemographic+nationality" if country else "sociodemographic"
            traits = found.traits(Condition(kind), country, row)  # type: ignore[arg-type]
            expected = effect + (centres[country] if country else world)
            assert traits[0][0] == "sociodemographic"
            assert list(traits[0][1:]) == pytest.approx(expected.tolist(), abs=1e-9)
    assert checked > 5


def test_people_without_sociodemographic_columns_stand_where_their_country_does() -> None:
    frame = small_population(items=ASKED).frame.drop(
        "sex", "age", "education", "education_isced", strict=False
    )
    found = simulation(
        data=kept(Population("bare", frame, humans().instrument, synthetic=True)),
        personas={"arms": ["sociodemographic+nationality"]},
    )
    row = int(found.drawn["GBR"][0])
    traits = found.traits(Condition("sociodemographic+nationality"), "GBR", row)
    country = found.traits(Condition("country"), "GBR", -1)
    # one group of all, whose weighted mean is apart from the countries' by what is left out
    assert np.abs(np.array(traits[0][1:]) - country[0][1:]).max() < 0.2


def test_who_is_nobody_has_no_traits(found: Simulation) -> None:
    assert found.traits(Condition("default"), None, -1) == ()
    assert found.traits(Condition("generic"), None, -1) == ()


def test_stimuli_follow_from_the_prompt_and_the_question(found: Simulation) -> None:
    sim: CalibratedDesign = design(
        personas={"arms": [*ALL_ARMS]}, asking={"orders": "reversed"}, sample=4
    )
    model = SyntheticModel()
    for t in trials(sim)[::11].tolist():
        prompt, place = sim.split(t)
        request = sim.request(t, 0)
        stimulus = request.stimulus
        condition = sim.prompts.conditions[sim.prompts.condition[prompt]]
        assert stimulus.arm == condition.kind
        assert stimulus.order == sim.order(place)
        assert stimulus.labels == (request.labels or stimulus.labels)
        item = sim.questions[place.question]
        response = worldwide(model.parameters.items[item.id], model.world)
        if isinstance(response, OrderedResponse):
            assert stimulus.loading == tuple(response.axes)
            assert stimulus.thresholds == tuple(response.thresholds)
            assert stimulus.utilities == ()
        else:
            assert len(stimulus.utilities) == len(item.codes)
            assert stimulus.thresholds == ()
        names = (
            condition.names_country
            and condition.has_personas
            and condition.kind != ("sociodemographic")
        )
        assert ("nationality" in [t[0] for t in stimulus.traits]) == (
            names or condition.kind == "country"
        )


def test_only_the_simulated_respondent_is_told() -> None:
    sim, other = design(), design(Respondent())
    assert sim.request(0, 0).stimulus is not None
    assert other.request(0, 0).stimulus is None


def test_questions_that_it_cannot_answer_are_refused_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from mores.studies.calibrated_personas import simulation as module

    known = SyntheticModel().parameters
    fewer = {k: v for k, v in known.items.items() if k not in ("Q1", "Q173")}
    parameters = replace(known, items=fewer)
    monkeypatch.setattr(module, "_synthetic", lambda: SyntheticModel(parameters=parameters))
    with pytest.raises(StudyError, match=r"sim does not know how Q1, Q173 are answered; leave out"):
        design().request(0, 0)
    assert design(Respondent()).request(0, 0).messages
