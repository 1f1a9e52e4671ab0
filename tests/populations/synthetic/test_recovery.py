"""Estimators against the planted truth, with breaks that they must not survive."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from mores.measures.culture_map import INDICATORS
from mores.measures.shares import weighted_shares
from mores.populations.culture import fit_map, positions
from mores.populations.population import Population
from mores.populations.synthetic import SyntheticModel
from mores.populations.synthetic.parameters import Parameters

ITEMS = ("Q6", "Q8", "Q29", "Q45", "Q46", "Q57", "Q69", "Q111", "Q154", "Q155", "Q164", "Q173",
         "Q184", "Q209", "Q240", "Q254", "Y002", "Y003")  # fmt: skip
MISSED = 0.85
"""Coverage below which nothing can be called recovered; 0.95 is nominal."""

LEAST = 0.03
"""Shares below have few choices in a sample of 1,200, and intervals that are not normal."""

FloatArray = npt.NDArray[np.float64]


def _covered(model: SyntheticModel, population: Population, weights: FloatArray) -> float:
    """Share of the planted margins that lie in their 95 % intervals."""
    items = [population.instrument.item(i) for i in ITEMS]
    groups = population.groups(["country"])
    shares = weighted_shares(
        population.answer_matrix(ITEMS),
        [len(item.options) for item in items],
        weights,
        groups.index,
        len(groups),
    )
    inside = []
    for g, country in enumerate(groups.keys["country"]):
        for i, item in enumerate(items):
            truth = model.margins(item.id, country)
            k = len(truth)
            away = np.abs(shares.shares[g, i, :k] - truth)
            inside.extend((away <= 1.96 * shares.standard_error[g, i, :k])[truth >= LEAST])
    assert len(inside) > 200
    return float(np.mean(inside))


def test_weighted_margins_recover_the_planted_ones(model: SyntheticModel) -> None:
    rates = []
    for seed in (11, 12):
        population = model.draw(seed=seed, items=ITEMS)
        rates.append(_covered(model, population, population.weights))
    assert 0.935 <= np.mean(rates) <= 0.965, rates


def test_unweighted_or_wrongly_weighted_margins_do_not(model: SyntheticModel) -> None:
    population = model.draw(seed=11, items=ITEMS)
    assert _covered(model, population, np.ones(len(population))) < MISSED
    assert _covered(model, population, 1 / population.weights) < MISSED
    shuffled = np.random.default_rng(0).permutation(population.weights)
    assert _covered(model, population, shuffled) < MISSED


def test_margins_of_all_adults_are_others(model: SyntheticModel) -> None:
    """Who answers differs from who does not, and the estimand is about those who answer."""
    answering = model.margins("Q240", "JPN")
    everybody = model.margins("Q240", "JPN", answering=False)
    assert answering.sum() == pytest.approx(1)
    assert everybody.sum() == pytest.approx(1)
    assert np.abs(answering - everybody).max() > 1e-4
    assert np.isnan(model.margins("Q182", "EGY")).all()
    assert model.margins("Q182", "EGY", answering=False).sum() == pytest.approx(1)


@pytest.fixture(scope="module")
def graduates(model: SyntheticModel) -> SyntheticModel:
    """The same people, among whom university graduates are interviewed four times as often."""
    demography = model.parameters.demography
    even = tuple([1.0] * 4)
    sampling = replace(
        demography.sampling,
        sex=(1.0, 1.0),
        age=even,
        education=(1.0, 1.0, 4.0),
        settlement=(1.0, 1.0),
        strength=(1.0, 1.0),
    )
    return SyntheticModel(
        model.instrument,
        Parameters(
            model.parameters.countries,
            replace(demography, sampling=sampling),
            model.parameters.items,
        ),
    )


def test_a_biased_sample_recovers_with_weights_only(
    model: SyntheticModel, graduates: SyntheticModel
) -> None:
    for country in ("KEN", "JPN"):
        np.testing.assert_allclose(
            graduates.margins("Q184", country), model.margins("Q184", country), atol=1e-12
        )
    population = graduates.draw(seed=21, items=ITEMS)
    share = population.frame.select((pl.col("education") == 3).mean()).item()
    expected = np.mean([
        4 * e[2] / (1 + 3 * e[2]) for e in (c.education for c in model.parameters.countries.values())
    ])  # fmt: skip
    assert share == pytest.approx(expected, abs=0.01)
    assert 0.935 <= _covered(model, population, population.weights) <= 0.965
    assert _covered(model, population, np.ones(len(population))) < MISSED


def _reached(model: SyntheticModel, truth: FloatArray, seed: int, *, weighted: bool) -> FloatArray:
    """Which countries' planted positions lie in their ellipses."""
    population = model.draw(seed=seed, items=INDICATORS)
    if not weighted:
        frame = population.frame.with_columns(weight=pl.lit(1.0))
        population = replace(population, frame=frame)
    found = positions(population, fit_map(population), draws=200, seed=seed)
    angle = np.radians(found["ellipse_angle"].to_numpy())
    dx, dy = (truth - found.select("x", "y").to_numpy()).T
    along = (dx * np.cos(angle) + dy * np.sin(angle)) / found["ellipse_major"].to_numpy()
    across = (dy * np.cos(angle) - dx * np.sin(angle)) / found["ellipse_minor"].to_numpy()
    return np.asarray(along**2 + across**2 <= 1)


def test_the_map_recovers_planted_positions(model: SyntheticModel) -> None:
    """Over 20 seeds; the rate is 0.94."""
    truth = model.map_positions().select("x", "y").to_numpy()
    reached = [_reached(model, truth, seed, weighted=True) for seed in range(20)]
    assert 0.9 <= np.mean(reached) <= 0.98
    by_country = np.mean(reached, axis=0)
    assert by_country.min() >= 0.6  # no country is missed as a rule, such as the partial one
    assert by_country[model.countries.index("EGY")] >= 0.7


def test_the_map_of_a_biased_sample_recovers_with_weights_only(
    model: SyntheticModel, graduates: SyntheticModel
) -> None:
    """Countries of one seed share the error of the map's fit, so that a rate needs several seeds."""
    truth = model.map_positions().select("x", "y").to_numpy()
    right = [_reached(graduates, truth, seed, weighted=True) for seed in range(8)]
    assert np.mean(right) >= 0.9
    assert np.mean(_reached(graduates, truth, 0, weighted=False)) < MISSED
    assert np.mean(_reached(model, truth, 0, weighted=False)) < MISSED
