"""Calibration recovers planted dispersion out of sample, keeps means, and says what it could not do."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies.calibrated_personas.made import (
    COUNTRIES,
    COUNTRY,
    GENERIC,
    QUESTIONS,
    VALUE,
    at_random,
    distributions,
    items,
    observed,
    responses,
)

from mores.measures.ordinal import wasserstein
from mores.measures.tilting import scale_temperature, tilt
from mores.studies.calibrated_personas.calibrating import calibration, temperatures
from mores.studies.calibrated_personas.errors import errors, errors_by_country
from mores.studies.calibrated_personas.predicting import predictions

COLUMNS = [
    *("model", "arm", "question", "temperature"),
    *("wasserstein_before", "wasserstein_after", "mean_shift"),
]
N_OPTIONS = [len(item.codes) for item in items(*QUESTIONS)]


def peaked(generator, personas):
    """Personas who are sure of an opinion each: normal around it, (N, Q, K)."""
    table = np.zeros((personas, len(N_OPTIONS), max(N_OPTIONS)))
    for q, k in enumerate(N_OPTIONS):
        opinion = generator.uniform(0, k - 1, (personas, 1))
        table[:, q, :k] = np.exp(-0.5 * ((np.arange(k) - opinion) / (0.1 * k)) ** 2)
    return table / table.sum(axis=-1, keepdims=True)


def planted(temperature, seed=0, personas=40, n=None, method="tilting"):
    """Humans who answer as the personas do at a temperature, by country or the same for all.

    With n, what n humans of each country happen to answer, else their expected shares.
    """
    generator = np.random.default_rng(seed)
    change = tilt if method == "tilting" else scale_temperature
    given, humans = {}, []
    for country, heat in zip(COUNTRIES, np.broadcast_to(temperature, 3), strict=True):
        table = peaked(generator, personas).astype(np.float32)
        given[VALUE, country] = table
        exact = table.astype(np.float64)
        exact /= exact.sum(axis=-1, keepdims=True)
        shares = np.nan_to_num(change(exact, heat, np.array(N_OPTIONS)).probabilities).mean(axis=0)
        shares /= shares.sum(axis=-1, keepdims=True)
        humans.append(shares if n is None else generator.multinomial(n, shares) / n)
    return responses(given, QUESTIONS), observed(humans, QUESTIONS, COUNTRIES)


@pytest.mark.parametrize("temperature", [0.5, 2.5])
@pytest.mark.parametrize("objective", ["wasserstein", "variance"])
def test_a_planted_temperature_is_found_without_the_question_itself(temperature, objective):
    found = calibration(*planted(temperature), objective=objective, methods=("tilting",))
    table = found.calibration
    assert table.columns[: len(COLUMNS)] == COLUMNS
    assert table["question"].to_list() == list(QUESTIONS)
    assert table["country"].unique().to_list() == ["all"]
    assert table["objective"].unique().to_list() == [objective]
    assert table["temperature"].to_list() == pytest.approx([temperature] * 5, rel=2e-3)
    assert (table["wasserstein_before"] > 10 * table["wasserstein_after"]).all()
    assert (table["wasserstein_after"] < 1e-3).all()
    assert table["variance_after"].to_list() == pytest.approx(
        table["variance_human"].to_list(), abs=1e-3
    )
    assert (table["largest_shift"] <= 1e-9).all()
    assert table["chosen_on"].to_list() == [4 * 3] * 5
    assert not table["at_bound"].any()
    assert (found.cells["wasserstein_calibrated"] < 2e-3).all()


def test_of_a_sample_of_humans_it_is_found_nearly():
    table = calibration(*planted(3.0, n=5000, personas=100), methods=("tilting",)).calibration
    assert table["temperature"].to_list() == pytest.approx([3.0] * 5, rel=0.1)
    assert (table["wasserstein_after"] < 0.3 * table["wasserstein_before"]).all()


def test_each_country_has_its_own_if_not_pooled():
    heat = [0.6, 1.5, 4.0]
    found = calibration(*planted(heat), pooled=False, methods=("tilting",))
    table = found.calibration
    assert table["country"].to_list() == np.repeat(COUNTRIES, 5).tolist()
    assert table["temperature"].to_list() == pytest.approx(np.repeat(heat, 5).tolist(), rel=5e-3)
    assert table["chosen_on"].to_list() == [4] * 15
    assert found.cells["temperature"].to_list() == table["temperature"].to_list()


def test_plain_scaling_is_found_by_scaling_and_not_by_tilting():
    table = calibration(*planted(2.0, method="scaling")).calibration
    scaled, tilted = table.filter(method="scaling"), table.filter(method="tilting")
    assert scaled["temperature"].to_list() == pytest.approx([2.0] * 5, rel=2e-3)
    assert (scaled["wasserstein_after"] < 1e-3).all()
    assert (scaled["largest_shift"] > 1e-3).all()
    assert (tilted["wasserstein_after"] > 1e-3).all()


def test_humans_who_answer_as_the_personas_leave_all_as_it_is():
    found = calibration(*planted(1.0))
    table = found.calibration
    assert table["temperature"].to_list() == [1] * 10
    for name in ("wasserstein", "variance", "variance_within"):
        before, after = table[f"{name}_before"].to_list(), table[f"{name}_after"].to_list()
        assert before == pytest.approx(after, abs=1e-14)
    assert table["largest_shift"].to_list() == pytest.approx([0] * 10, abs=1e-14)


def test_a_temperature_does_not_look_at_its_own_question():
    material, humans = planted(2.0, n=500)
    before = calibration(material, humans, methods=("tilting",)).calibration
    shares = humans.shares.copy()
    shares[:, 2] = 0
    shares[:, 2, [0, 9]] = 0.5
    other = observed(shares, QUESTIONS, COUNTRIES)
    after = calibration(material, other, methods=("tilting",)).calibration
    same = (before["temperature"] == after["temperature"]).to_list()
    assert same == [False, False, True, False, False]


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    missing=st.sampled_from([0, 0.3]),
    pooled=st.booleans(),
    spread=st.sampled_from([0.05, 1.0]),
)
def test_tilting_keeps_every_mean(seed, missing, pooled, spread):
    material, humans = at_random(seed, missing=missing)
    sharp = distributions(np.random.default_rng(seed), material.shares.shape[:1], N_OPTIONS, spread)
    sharp[np.isnan(material.shares[..., 0])] = np.nan
    material = responses(
        {key: sharp[rows] for key, rows in material.drawn.items()}, QUESTIONS, merged=True
    )
    found = calibration(material, humans, pooled=pooled, bounds=(0.2, 8))
    tilted = found.calibration.filter(method="tilting")
    shift = tilted["largest_shift"].drop_nulls()
    assert len(shift)
    assert (shift <= 1e-9).all()
    assert (tilted["infeasible"] == 0).all()
    # and so the error of the mean is what it was
    before = errors(predictions(material, humans, draws=1))
    both = found.cells.filter(method="tilting").join(
        before, on=["arm", "country", "question"], maintain_order="left"
    )
    known = both.filter(pl.col("error_calibrated").is_not_null())
    assert known["error_calibrated"].to_list() == pytest.approx(
        known["absolute_error"].to_list(), abs=1e-9
    )


def test_rows_are_the_means_of_the_cells():
    material, humans = at_random(6, missing=0.2)
    found = calibration(material, humans)
    cells = found.cells.filter(pl.col("wasserstein_calibrated").is_not_null())
    again = cells.group_by("arm", "method", "question", maintain_order=True).agg(
        pl.col("wasserstein_calibrated", "variance_calibrated").mean(),
        pl.col("temperature").n_unique(),
    )
    both = again.join(found.calibration, on=["arm", "method", "question"])
    assert both.height > 20
    assert both["temperature"].to_list() == [1] * both.height
    for one, other in (("wasserstein", "wasserstein_after"), ("variance", "variance_after")):
        assert both[f"{one}_calibrated"].to_list() == pytest.approx(both[other].to_list())
    assert found.cells.height == 2 * 4 * 3 * 5


def test_variances_of_personas_themselves_and_of_their_mixture():
    """Two personas at either side of the middle, who spread with T; humans are uniform."""
    a, b = [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]
    material = responses({(VALUE, "GBR"): [[a, a], [b, b], [b, b], [a, a]]}, ("Q210", "Q211"))
    humans = observed([[[1 / 3] * 3] * 2], ("Q210", "Q211"))
    row = calibration(material, humans, methods=("tilting",)).calibration.row(0, named=True)
    hot = tilt(a, row["temperature"]).probabilities
    assert row["personas"] == 4
    assert row["variance_before"] == pytest.approx(0.9)
    assert row["variance_within_before"] == pytest.approx(0.9 - 0.7**2)
    assert row["variance_within_after"] == pytest.approx(hot[0] + hot[2] - (hot[2] - hot[0]) ** 2)
    assert row["variance_after"] == pytest.approx(hot[0] + hot[2])
    assert row["variance_human"] == pytest.approx(2 / 3)


def test_degenerate_personas_are_counted_and_left():
    one, half = [1, 0, 0], [0.5, 0.5, 0]
    given = {(VALUE, "GBR"): [[one, one], [one, one], [half, one]], (GENERIC, "GBR"): [[one, one]]}
    humans = observed([[[0.2, 0.4, 0.4]] * 2], ("Q210", "Q211"))
    found = calibration(responses(given, ("Q210", "Q211"), merged=True), humans)
    tilted = found.calibration.filter(method="tilting")
    assert tilted.filter(arm=VALUE.arm)["degenerate"].to_list() == [2, 3]
    assert tilted.filter(arm=VALUE.arm)["personas"].to_list() == [3, 3]
    generic = tilted.filter(arm="generic")
    assert generic["undetermined"].to_list() == [True, True]
    assert generic["temperature"].to_list() == [1, 1]
    assert generic["wasserstein_after"].to_list() == pytest.approx(
        generic["wasserstein_before"].to_list()
    )


def test_a_temperature_out_of_reach_is_said():
    """Humans half at each end are more dispersed than any tilted persona can be."""
    generator = np.random.default_rng(0)
    table = distributions(generator, (5,), [10, 10], 0.5)
    ends = np.zeros((1, 2, 10))
    ends[..., [0, 9]] = 0.5
    found = calibration(
        responses({(VALUE, "GBR"): table}, ("Q48", "Q49")),
        observed(ends, ("Q48", "Q49")),
        objective="variance",
        methods=("tilting",),
        bounds=(0.1, 10),
    ).calibration
    assert found["at_bound"].to_list() == [True, True]
    assert found["temperature"].to_list() == [10, 10]


@pytest.mark.parametrize("pooled", [True, False])
def test_nothing_coded_nothing_used_not_asked(pooled):
    material, humans = at_random(0, personas=1)
    nothing = np.full((1, 5, 10), np.nan)
    given = {key: material.shares[rows] for key, rows in material.drawn.items()}
    given |= {(GENERIC, country): nothing for country in COUNTRIES}
    given.pop((COUNTRY, "GHA"))
    shares = humans.shares.copy()
    shares[:, 2] = shares[0] = np.nan
    material = responses(given, QUESTIONS)
    other = observed(shares, QUESTIONS, COUNTRIES)
    found = calibration(material, other, pooled=pooled, bounds=(0.5, 2))
    table = found.calibration
    assert table["arm"].n_unique() == 4
    generic = table.filter(arm="generic")
    assert generic["temperature"].null_count() == generic.height
    assert generic["personas"].to_list() == [0] * generic.height
    assert table.filter(question="Q48")["wasserstein_after"].null_count() > 0
    assert (table["wasserstein_after"].null_count()) < table.height
    none = calibration(material, observed(np.full_like(shares, np.nan), QUESTIONS, COUNTRIES))
    assert none.calibration["temperature"].null_count() == none.calibration.height
    grid = temperatures(material, other, grid=(0.5, 1.0), draws=20)
    assert grid.filter(arm="generic")["mae"].null_count() == 4
    assert grid.filter(arm="country")["mae"].null_count() == 0
    chosen = calibration(material, other, conditions=(VALUE,), methods=("scaling",), pooled=pooled)
    assert chosen.calibration["arm"].unique().to_list() == [VALUE.arm]
    assert chosen.cells["method"].unique().to_list() == ["scaling"]


def test_one_question_has_no_others_to_choose_on():
    material, humans = at_random(0, questions=("Q1",), conditions=(VALUE,))
    table = calibration(material, humans).calibration
    assert table["temperature"].to_list() == [None, None]
    assert table["chosen_on"].to_list() == [0, 0]


def test_the_grid_at_one_is_the_table_of_errors():
    material, humans = at_random(8, missing=0.2)
    grid = temperatures(material, humans, grid=(0.3, 1, 4), draws=300, seed=5)
    found = predictions(material, humans, draws=300, seed=5)
    table = errors_by_country(found).filter(country="all")
    for method in ("tilting", "scaling"):
        at_one = grid.filter(temperature=1, method=method)
        for name in ("mae", "wasserstein"):
            assert at_one[name].to_list() == pytest.approx(table[name].to_list())
            for end in ("low", "high"):
                assert at_one[f"{name}_{end}"].to_list() == pytest.approx(
                    table[f"{name}_questions_{end}"].to_list()
                )
    tilted = (
        grid.filter(method="tilting").group_by("arm").agg(pl.col("mae").max() - pl.col("mae").min())
    )
    assert (tilted["mae"] < 1e-9).all()
    scaled = (
        grid.filter(method="scaling").group_by("arm").agg(pl.col("mae").max() - pl.col("mae").min())
    )
    assert (scaled["mae"] > 1e-4).all()


@pytest.mark.parametrize("method", ["tilting", "scaling"])
def test_the_grid_as_loops_over_personas_have_it(method):
    material, humans = at_random(9, conditions=(VALUE,))
    (row,) = temperatures(material, humans, grid=(2.5,), methods=(method,), draws=2).rows(
        named=True
    )
    change = tilt if method == "tilting" else scale_temperature
    distances, gaps = [], []
    for c, country in enumerate(COUNTRIES):
        for q, k in enumerate(N_OPTIONS):
            mixture = np.zeros(k)
            for prompt in material.drawn[VALUE, country]:
                mixture += change(material.shares[prompt, q, :k].astype(float), 2.5).probabilities
            mixture /= len(material.drawn[VALUE, country])
            human = humans.shares[c, q, :k]
            distances.append(float(wasserstein(mixture, human)))
            gaps.append(abs((mixture - human) @ np.arange(k)) / (k - 1))
    assert row["wasserstein"] == pytest.approx(np.mean(distances), abs=1e-7)
    assert row["mae"] == pytest.approx(np.mean(gaps), abs=1e-7)
