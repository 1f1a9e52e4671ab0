"""Predictions against plain loops, scipy, and samples whose truth is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from studies.calibrated_personas.made import (
    COUNTRY,
    QUESTIONS,
    SOCIO,
    VALUE,
    at_random,
    distributions,
    observed,
    responses,
)

from mores.instruments.survey import wvs7
from mores.studies.calibrated_personas.collecting import responses as collected
from mores.studies.calibrated_personas.predicting import predictions
from mores.studies.calibrated_personas.responses import Observed


def plainly(given, humans, condition, country, q):
    """Mean, error, distance and variances of one cell, by loops over personas."""
    item = given.questions[q]
    codes = list(item.codes)
    c = given.countries.index(country)
    total, within, n = [0.0] * len(codes), 0.0, 0
    for row in given.drawn[condition, country]:
        p = [float(v) for v in given.shares[row, q, : len(codes)]]
        if np.isnan(p).any():
            continue
        n += 1
        mean = sum(x * v for x, v in zip(codes, p, strict=True))
        within += sum((x - mean) ** 2 * v for x, v in zip(codes, p, strict=True))
        total = [a + b for a, b in zip(total, p, strict=True)]
    h = humans.shares[c, q, : len(codes)]
    if not n:
        return None
    mixture = [t / n for t in total]
    mean = sum(x * v for x, v in zip(codes, mixture, strict=True))
    variance = sum((x - mean) ** 2 * v for x, v in zip(codes, mixture, strict=True))
    length = codes[-1] - codes[0]
    error = distance = np.nan
    if not np.isnan(h).any():
        error = abs(mean - sum(x * v for x, v in zip(codes, h, strict=True))) / length
        distance = stats.wasserstein_distance(codes, codes, mixture, h) / length
    return mean, error, distance, variance / (length / 2) ** 2, within / n / (length / 2) ** 2, n


@pytest.mark.parametrize("seed", range(4))
def test_as_plain_loops_and_scipy_have_it(seed):
    material, humans = at_random(seed, missing=0.3)
    found = predictions(material, humans, draws=20)
    for m, condition in enumerate(found.conditions):
        for c, country in enumerate(material.countries):
            personas = len(material.drawn[condition, country])
            assert found.personas[m, c] == personas
            assert found.prompts[m, c] == len(set(material.drawn[condition, country].tolist()))
            for q in range(len(QUESTIONS)):
                expected = plainly(material, humans, condition, country, q)
                if expected is None:
                    assert np.isnan(found.compared.mean[m, c, q])
                    assert found.coverage[m, c, q] == 0
                    continue
                made = (
                    found.compared.mean[m, c, q],
                    found.compared.error[m, c, q],
                    found.compared.wasserstein[m, c, q],
                    found.compared.variance[m, c, q],
                    found.variance_within[m, c, q],
                    found.coverage[m, c, q] * personas,
                )
                np.testing.assert_allclose(made, expected, atol=1e-6)


def test_by_hand():
    """Three personas at the first of three options, one at the last; humans .25 .5 .25."""
    a, b = [1, 0, 0], [0, 0, 1]
    key = (VALUE, "GBR")
    material = responses(
        {key: [a, b, a, a]},
        allowed={key: [0.8, 1, 0.8, 0.8]},
        unseen={key: [0.2, 0, 0.2, 0.2]},
        merged=True,
    )
    found = predictions(material, observed([[0.25, 0.5, 0.25]]), draws=200)
    assert found.prompts.item() == 2
    assert found.shares[0, 0, 0] == pytest.approx([0.75, 0, 0.25])
    assert found.compared.mean.item() == pytest.approx(1.5)
    assert found.compared.error.item() == pytest.approx(0.25)
    assert found.compared.wasserstein.item() == pytest.approx(0.25)
    assert found.compared.variance.item() == pytest.approx(0.75)
    assert found.variance_within.item() == 0
    assert found.allowed_mass.item() == pytest.approx(0.85)
    assert found.unseen.item() == pytest.approx(0.15)
    # a fifth of what three of four say may lie anywhere on the scale
    assert found.mean_low.item() == pytest.approx(1.5)
    assert found.mean_high.item() == pytest.approx(1.8)
    # a draw has 0 to 4 at the last option, and a mean of 1 to 3: distances 0 to .5
    low, high = found.error_ends[:, 0, 0, 0]
    assert 0 <= low < 0.25 < high <= 0.5
    # centred at the estimate, a draw still moves in steps of a quarter
    assert found.mae_draws.mean() == pytest.approx(0.25, abs=1e-6)
    steps = np.diff(np.unique(found.mae_draws))
    np.testing.assert_allclose(steps / 0.25, np.round(steps / 0.25), atol=1e-5)
    np.testing.assert_allclose(found.two_way_draws, found.mae_draws, atol=1e-6)  # one question


def test_a_bound_is_not_known_where_the_unseen_share_of_one_answer_is_not():
    key = (VALUE, "GBR")
    material = responses({key: [[1, 0, 0], [0, 0, 1]]}, unseen={key: [0.2, np.nan]})
    found = predictions(material, observed([[0.25, 0.5, 0.25]]), draws=2)
    assert found.unseen.item() == pytest.approx(0.2)
    assert np.isnan([found.mean_low.item(), found.mean_high.item()]).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0, 0.2, 0.7]))
def test_neither_the_order_of_personas_nor_what_they_share_matters(seed, missing):
    material, humans = at_random(seed, missing=missing)
    first = predictions(material, humans, draws=2)
    generator = np.random.default_rng(seed)
    shuffled = {
        (condition, country): material.shares[generator.permutation(rows)]
        for (condition, country), rows in material.drawn.items()
    }
    other = predictions(responses(shuffled, QUESTIONS, merged=False), humans, draws=2)
    for name in ("mean", "error", "wasserstein", "variance"):
        made, again = getattr(first.compared, name), getattr(other.compared, name)
        np.testing.assert_allclose(made, again, atol=1e-12)
    np.testing.assert_allclose(first.variance_within, other.variance_within, atol=1e-12)
    np.testing.assert_allclose(first.coverage, other.coverage)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0, 0.5]))
def test_bounds_and_intervals(seed, missing):
    material, humans = at_random(seed, missing=missing)
    found = predictions(material, humans, draws=50)
    there = ~np.isnan(found.compared.error)
    error, distance = found.compared.error[there], found.compared.wasserstein[there]
    assert (error >= 0).all()
    assert (distance <= 1).all()
    assert (error <= distance + 1e-12).all()
    known = ~np.isnan(found.mean_low)
    mean = found.compared.mean[known]
    assert (found.mean_low[known] <= mean + 1e-6).all()
    assert (found.mean_high[known] >= mean - 1e-6).all()
    for low, high in (found.error_ends, found.wasserstein_ends):
        sampled = there & (found.personas > 1)[..., None]
        assert np.isnan(low[~sampled]).all()
        assert (low[sampled] <= high[sampled]).all()
    # what is spread over personas and within them adds up to more than either
    assert (found.variance_within[there] <= found.compared.variance[there] + 1e-9).all()


def test_bounds_hold_of_several_answers_with_different_unseen_shares():
    """Half of the first may lie anywhere, and it is the one at the top: 1.75 at the least, not 2.125."""
    answers = pl.DataFrame(
        {
            "prompt": [0, 0],
            "question": ["Q1", "Q1"],
            "option": [3, 0],
            "probabilities": [[0.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]],
            "allowed_mass": [0.5, 1.0],
            "unseen": [0.5, 0.0],
        }
    )
    drawn, asked = {(COUNTRY, "GBR"): np.zeros(1, np.int64)}, {(COUNTRY, "GBR"): np.ones(1, bool)}
    item = wvs7().item("Q1")
    humans = Observed(None, ("GBR",), (item,), np.full((1, 1, 4), 0.25), *np.ones((3, 1, 1)))
    for rows, low, high in ((answers, 1.75, 3.25), (answers.head(1), 2.5, 4.0)):
        given = collected(rows, "m", [item], ["GBR"], 1, drawn, asked)
        found = predictions(given, humans, draws=10)
        assert found.mean_low.item() == pytest.approx(low)
        assert found.mean_high.item() == pytest.approx(high)


def test_draws_are_those_of_a_bootstrap_written_out():
    """Ends and draws of the mean error as a loop over draws finds them, with other draws."""
    material, humans = at_random(5, personas=25, missing=0.1, conditions=(VALUE,))
    found = predictions(material, humans, draws=4000, seed=3)
    generator = np.random.default_rng(8)
    rows = material.drawn[VALUE, "GHA"]
    personas, codes = material.shares[rows].astype(float), material.codes
    length = np.nanmax(codes, axis=1) - 1
    human = np.nansum(humans.shares[1] * codes, axis=1)
    errors = []
    for _ in range(4000):
        drawn = personas[generator.integers(0, len(rows), len(rows))]
        known = ~np.isnan(drawn[..., :1])
        mean = np.where(known, drawn, 0).sum(axis=0) / known.sum(axis=0)
        errors.append(np.abs(np.nansum(mean * codes, axis=1) - human) / length)
    spread = np.std(errors, axis=0)
    used = ~np.isnan(spread) & humans.used[1]
    assert used.sum() >= 4
    wide = 1.96 + 0.2  # percentiles are expanded for 25 personas
    low, high = np.quantile(errors, [0.0185, 0.9815], axis=0)
    assert np.abs(found.error_ends[0, 0, 1] - low)[used] == pytest.approx(
        0, abs=0.15 * wide * spread.max()
    )
    assert np.abs(found.error_ends[1, 0, 1] - high)[used] == pytest.approx(
        0, abs=0.15 * wide * spread.max()
    )
    mean = np.array(errors)[:, used].mean(axis=1)
    assert found.mae_draws[0, 1].mean() == pytest.approx(mean.mean(), rel=0.01)
    assert found.mae_draws[0, 1].std() == pytest.approx(mean.std(), rel=0.06)


def test_intervals_cover_the_error_of_the_population_of_personas():
    generator = np.random.default_rng(0)
    population = distributions(generator, (400,), [4], spread=0.4)[:, 0]
    humans = observed([[0.02, 0.08, 0.2, 0.7]], ("Q1",))
    truth = abs((population.mean(axis=0) - humans.shares[0, 0]) @ np.arange(4)) / 3
    covered = 0
    for seed in range(400):
        sample = population[generator.integers(0, 400, 30)]
        found = predictions(
            responses({(VALUE, "GBR"): sample}, ("Q1",)), humans, draws=400, seed=seed
        )
        low, high = found.error_ends[:, 0, 0, 0]
        covered += low <= truth <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_conditions_are_paired_and_seeded():
    material, humans = at_random(2, personas=30, conditions=(SOCIO, VALUE))
    same = responses(
        {
            (condition, country): material.shares[material.drawn[VALUE, country]]
            for condition in (SOCIO, VALUE)
            for country in material.countries
        },
        QUESTIONS,
    )
    found = predictions(same, humans, draws=100, seed=1)
    np.testing.assert_array_equal(found.mae_draws[0], found.mae_draws[1])
    again = predictions(same, humans, draws=100, seed=1)
    np.testing.assert_array_equal(found.mae_draws, again.mae_draws)
    other = predictions(same, humans, draws=100, seed=2)
    assert (found.mae_draws != other.mae_draws).any()


def test_countries_are_samples_of_their_own_and_a_single_persona_is_none():
    material, humans = at_random(2, personas=30, conditions=(VALUE,))
    table = material.shares[material.drawn[VALUE, "GBR"]]
    alike = observed(np.tile(humans.shares[0], (2, 1, 1)), QUESTIONS, ("GBR", "GHA"))
    given = {(VALUE, "GBR"): table, (VALUE, "GHA"): table, (COUNTRY, "GBR"): table[:1]}
    found = predictions(responses(given, QUESTIONS), alike, draws=50)
    assert (found.mae_draws[0, 0] != found.mae_draws[0, 1]).any()
    assert np.isnan(found.mae_draws[1]).all()


def test_what_was_not_asked_is_missing_whatever_the_prompt_says_elsewhere():
    key = (COUNTRY, "GBR")
    material = responses(
        {key: [[[0.5, 0.5, 0], [0.2, 0.2, 0.6]]]}, ("Q210", "Q211"), asked={key: [True, False]}
    )
    found = predictions(material, observed([[[0.5, 0.5, 0]] * 2], ("Q210", "Q211")), draws=2)
    assert found.asked[0, 0].tolist() == [True, False]
    assert np.isnan(found.compared.mean[0, 0]).tolist() == [False, True]
    assert np.isnan(found.coverage[0, 0]).tolist() == [False, True]
    assert found.mae.item() == pytest.approx(0, abs=1e-12)
