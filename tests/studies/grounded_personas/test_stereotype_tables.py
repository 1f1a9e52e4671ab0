from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from studies.grounded_personas.persona_material import PROBE, humans, personas

from mores.personas.grid import N_CONFIGURATIONS, congruence, levels_of, positions
from mores.studies.grounded_personas.position_tables import PlacedPersonas, position_tables
from mores.studies.grounded_personas.stereotype_tables import (
    collapse_table,
    congruous_neighbours,
    diversity_table,
)


def collapsed(pull: float, n: int = 3000) -> PlacedPersonas:
    """Personas of the grid whose incongruous ones go part of the way to congruous neighbours."""
    rng = np.random.default_rng(0)
    indices = np.sort(rng.choice(N_CONFIGURATIONS, n, replace=False))
    levels = levels_of(indices)
    asked = positions(levels)
    goal = congruous_neighbours().mean[indices]
    there = asked + pull * (goal - asked)
    points = there @ [[0.9, 0.2], [0.1, 1.1]] + rng.normal(0, 0.05, (n, 2))
    weights = {"uniform": np.ones(n), "prevalence": rng.lognormal(0, 0.5, n)}
    return PlacedPersonas("sim", "both", levels, np.zeros((n, 10)), points, weights)


def test_neighbours_of_the_grid() -> None:
    found = congruous_neighbours()
    whole = levels_of(np.arange(N_CONFIGURATIONS))
    fits = congruence(whole)
    assert ((found.changes == 0) == (fits >= 0.5)).all()
    at = np.flatnonzero(found.changes == 2)[::997]
    for index in at:  # two changes suffice, one does not
        apart = (whole != whole[index]).sum(axis=1)
        assert not (fits[apart <= 1] >= 0.5).any()
        near = (apart == 2) & (fits >= 0.5)
        assert found.count[index] == near.sum()
        assert found.mean[index] == pytest.approx(positions(whole[near]).mean(axis=0))


@pytest.mark.parametrize("pull", [0.0, 0.5])
def test_a_planted_collapse_comes_back(pull: float) -> None:
    found = collapse_table([collapsed(pull)], draws=200, seed=1)
    table = found["collapse"]
    assert table.height == 2 * 7
    for row in table.filter(pl.col("measure") == "pull").iter_rows(named=True):
        assert row["value"] == pytest.approx(pull, abs=0.03)
        assert row["n"] == 3000
    slope = table.filter(pl.col("measure") == "slope")
    assert (slope["high"] < 0).all() == (pull > 0)
    bins = found["collapse_by_congruence"].filter(pl.col("weighting") == "uniform")
    assert bins["n"].sum() == 3000
    assert (bins["distance"][0] > 1.5 * bins["distance"][-1]) == (pull > 0)


def test_diversity_beside_humans() -> None:
    cells = [personas(), personas(spread=0.08, form="configuration")]
    found = diversity_table(PROBE, humans(), cells, draws=200, seed=1)
    assert found.height == 2 * 2 * 6 * 2 * 3
    total = found.filter(pl.col("part") == "total", pl.col("weighting") == "uniform")
    alike, narrow = (total.filter(pl.col("form") == f) for f in ("biography", "configuration"))
    assert alike["ratio"].to_numpy() == pytest.approx(1, abs=0.12)
    own = narrow.filter(pl.col("attribute") == "sex")
    assert (own["high"] < 0.9).all()
    assert (found.filter(pl.col("part") == "within")["personas"] == 0).all()
    parts = found.pivot(
        "part", index=["form", "weighting", "attribute", "level", "kind"], values="personas"
    )
    assert (parts["within"] + parts["between"]).to_numpy() == pytest.approx(
        parts["total"].to_numpy()
    )
    assert (found["low"].is_null() | (found["low"] <= found["high"])).all()


def test_single_answers_have_no_diversity_within() -> None:
    cell = replace(personas(50), distributions=False)
    found = diversity_table(PROBE, humans(200), [cell], draws=20)
    assert found["part"].unique().to_list() == ["total"]


@pytest.mark.parametrize("n", [1, 2, 12])
def test_a_handful_of_personas_gives_nulls_and_no_error(n: int) -> None:
    given = collapsed(0.3)
    few = PlacedPersonas(
        "sim",
        "both",
        given.levels[:n],
        given.values[:n],
        given.points[:n] * np.nan,
        {"uniform": np.ones(n)},
    )
    for points in (few.points, given.points[:n]):
        cell = replace(few, points=points)
        found = collapse_table([cell], draws=20)["collapse"]
        assert found.height == 7
        assert position_tables([cell], draws=20)["positions"].height == 32
    assert collapse_table([few], draws=20)["collapse"]["value"].is_null().all()
