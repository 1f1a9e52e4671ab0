"""Draws of the humans, against recomputing every gap from the respondents drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from studies.framings.built import FRAMINGS, answered, observed

from mores.measures.resampling import cluster_weights
from mores.studies.framings.collecting import observe
from mores.studies.framings.intervals import Drawing
from mores.studies.framings.respondents import moved_by_respondents
from mores.studies.framings.scoring import score

DRAWING = Drawing(6, 0.9, 4)


def potentials(humans, scored):
    found = {}
    for framing in FRAMINGS:
        only = np.array([cell.framing == framing for cell in humans.cells])
        found[scored.form, framing] = np.where(only[:, None, None], scored.potential, 0.0)
    return found


def drawn_again(humans, humans_by, b):
    """The humans whose weights are multiplied by how often draw b takes them."""
    population = humans.population
    weights = population.weights.copy()
    for country, language in {(c.slice.country, c.slice.language) for c in humans.cells}:
        rows = np.flatnonzero((population.frame["country"] == country).to_numpy())
        stream = np.random.default_rng([DRAWING.seed, 2, *f"{language}-{country}".encode()])
        weights[rows] *= cluster_weights(len(rows), DRAWING.draws, stream)[b]
    frame = population.frame.with_columns(weight=weights)
    return observe(
        replace(population, frame=frame), humans.inventory, humans.units, humans.cells, humans_by, 1
    )


@pytest.mark.parametrize("repeats", [1, 2])
def test_alignments_of_points_move_exactly_as_when_respondents_are_drawn(repeats) -> None:
    humans = observed(respondents=60)
    replies = answered(humans, repeats=repeats)
    scored = score(humans, replies, "point")
    moved = moved_by_respondents(humans, potentials(humans, scored), DRAWING)
    for b in range(DRAWING.draws):
        again = score(drawn_again(humans, "language-and-country", b), replies, "point").alignment
        for framing in FRAMINGS:
            cells = [c for c, cell in enumerate(humans.cells) if cell.framing == framing]
            wanted = np.nansum(again[cells] - scored.alignment[cells], axis=0)
            np.testing.assert_allclose(moved["point", framing][b], wanted, atol=2e-6)
    assert abs(moved["point", "third-person"]).max() > 0.001


def test_alignments_of_distributions_move_to_first_order() -> None:
    humans = observed(respondents=400)
    replies = answered(humans, repeats=7, missing=0)
    scored = score(humans, replies, "distribution")
    moved = moved_by_respondents(humans, potentials(humans, scored), DRAWING)
    wanted, found = [], []
    for b in range(DRAWING.draws):
        again = score(drawn_again(humans, "language-and-country", b), replies, "distribution")
        cells = [c for c, cell in enumerate(humans.cells) if cell.framing == "user-country"]
        wanted.append((again.alignment[cells] - scored.alignment[cells]).sum(axis=0))
        found.append(moved["distribution", "user-country"][b])
    assert np.corrcoef(np.ravel(wanted), np.ravel(found))[0, 1] > 0.9


def test_humans_by_country_are_all_of_the_country() -> None:
    """Half of a country was interviewed in another language, and counts all the same."""
    import polars as pl

    humans = observed(respondents=80)
    frame = humans.population.frame.with_columns(
        language=pl.when(pl.col("respondent") % 2 == 0)
        .then(pl.lit("fr"))
        .otherwise(pl.col("language"))
    )
    population = replace(humans.population, frame=frame)
    wide = observe(population, humans.inventory, humans.units, humans.cells, "country", 30)
    replies = answered(wide)
    scored = score(wide, replies, "point")
    moved = moved_by_respondents(wide, potentials(wide, scored), DRAWING)
    assert set(moved) == {("point", framing) for framing in FRAMINGS}
    again = score(drawn_again(wide, "country", 0), replies, "point").alignment
    cells = [c for c, cell in enumerate(wide.cells) if cell.framing == "third-person"]
    wanted = np.nansum(again[cells] - scored.alignment[cells], axis=0)
    np.testing.assert_allclose(moved["point", "third-person"][0], wanted, atol=2e-6)


def test_shares_of_nobody_in_the_population_have_no_draws() -> None:
    humans = observed(respondents=60)
    other = replace(humans, humans_by=None)
    scored = score(other, answered(other), "point")
    assert moved_by_respondents(other, potentials(other, scored), DRAWING) == {}


def test_respondents_without_a_weight_are_never_drawn() -> None:
    import polars as pl

    humans = observed(respondents=60)
    extra = humans.population.frame.with_columns(
        weight=pl.lit(None, pl.Float64), respondent=pl.col("respondent") + 10_000
    )
    frame = pl.concat([humans.population.frame, extra])
    more = replace(humans, population=replace(humans.population, frame=frame))
    scored = score(humans, answered(humans), "point")
    first, second = (
        moved_by_respondents(one, potentials(one, scored), DRAWING) for one in (humans, more)
    )
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_the_interval_over_respondents_covers_as_it_says() -> None:
    """The alignment with the people from whom 80 studies draw theirs, by the same replies."""
    from studies.framings.built import SLICES, humans, units

    from mores.studies.framings.intervals import over_respondents

    framings, slices, names = ["third-person"], SLICES[:1], ("Q45", "Q106")
    people = observed(1, names, slices, framings, respondents=6000)
    replies = answered(people, missing=0, seed=3)
    truth = score(people, replies, "point").alignment
    drawing, held = Drawing(300, 0.9, 0), 0
    everyone = humans(1, units(*names), slices, respondents=6000).frame
    generator = np.random.default_rng(7)
    for _ in range(80):
        rows = generator.integers(0, everyone.height, 120).tolist()
        population = replace(people.population, frame=everyone[rows])
        sample = observe(population, people.inventory, people.units, people.cells, "country", 1)
        scored = score(sample, replies, "point")
        name = ("point", "third-person")
        moved = moved_by_respondents(sample, {name: scored.potential}, drawing)[name]
        low, high = over_respondents(scored.alignment, moved, 0.9)
        held += low <= truth.mean() <= high
    assert 0.78 <= held / 80 <= 0.99
