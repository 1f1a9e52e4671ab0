from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mores.measures.culture_map import fit_culture_map
from mores.measures.persona_positions import persona_positions
from mores.personas.grid import N_CONFIGURATIONS, levels_of, positions
from mores.personas.variables import variables
from mores.studies.grounded_personas.position_tables import (
    PlacedPersonas,
    placed,
    position_tables,
)


def cell(n: int, noise: float, seed: int = 0) -> PlacedPersonas:
    """Personas that stand where their levels put them, and trust moves them twice as far as else."""
    rng = np.random.default_rng(seed)
    levels = levels_of(np.sort(rng.choice(N_CONFIGURATIONS, n, replace=False)))
    points = positions(levels) + rng.normal(0, noise, (n, 2))
    points[:, 0] += np.array([-0.4, 0.4])[levels[:, 3]]
    values = points @ rng.normal(size=(2, 10)) + rng.normal(0, 0.1, (n, 10))
    points[:3] = np.nan
    weights = {"uniform": np.ones(n), "prevalence": rng.lognormal(0, 0.5, n)}
    return PlacedPersonas("sim", "biography", levels, values, points, weights)


def test_planted_effects_come_back() -> None:
    found = position_tables([cell(2000, 0.3)], draws=200, seed=1)
    table = found["positions"].filter(pl.col("weighting") == "uniform")
    assert table.height == 32
    assert table["n"].sum() == 1997 * 10
    for variable in variables():
        own = table.filter(pl.col("variable") == variable.id)
        for axis in "xy":
            at = np.array([getattr(level, axis) or 0.0 for level in variable.levels])
            speaks = sum(getattr(v.levels[0], axis) is not None for v in variables())
            truth = (at - at.mean()) / speaks
            if variable.id == "social_trust" and axis == "x":
                truth = truth + np.array([-0.4, 0.4])
            assert own[f"d{axis}"].to_numpy() == pytest.approx(truth, abs=0.06)
            low, high = (own[f"d{axis}_{end}"].to_numpy() for end in ("low", "high"))
            inside = (low - 0.03 <= truth) & (truth <= high + 0.03)
            assert inside.all()
    eta = table.unique("variable")
    assert eta.sort("eta2_x")["variable"].to_list()[-1] == "social_trust"
    silent = eta.filter(pl.col("variable") == "religiosity")
    assert silent["eta2_x"].item() < 0.01 < silent["eta2_y"].item()


def test_the_cloud_and_its_parts() -> None:
    found = position_tables([cell(1500, 0.3)], draws=200, seed=1)["clouds"]
    assert found.height == 2
    row = found.row(0, named=True)
    assert (row["n"], row["missing"], row["own_indicators"]) == (1497, 3, 10)
    assert row["x_low"] < row["x"] < row["x_high"]
    assert row["pc1_low"] < row["pc1"] < row["pc1_high"]
    assert row["own_pc1"] > row["own_pc2"] > 0
    assert 0.3 < row["explained_x"] < 1
    assert found["n_effective"][1] < found["n_effective"][0] == 1497


def test_the_full_grid_without_noise_is_explained_by_its_variables() -> None:
    whole = levels_of(np.arange(N_CONFIGURATIONS))
    points = positions(whole)
    given = PlacedPersonas(
        "sim",
        "configuration",
        whole,
        np.full((N_CONFIGURATIONS, 10), np.nan),
        points,
        {"uniform": np.ones(N_CONFIGURATIONS)},
    )
    found = position_tables([given], draws=20)
    table = found["positions"]
    assert table.unique("variable")["eta2_y"].sum() == pytest.approx(1)
    assert found["clouds"]["explained_x"].item() == pytest.approx(1)
    assert found["clouds"]["own_pc1"].item() is None
    centred = table["x"].to_numpy() - points[:, 0].mean()
    assert table["dx"].to_numpy() == pytest.approx(centred, abs=1e-9)


def test_placed_reads_blocks() -> None:
    rng = np.random.default_rng(0)
    map_ = fit_culture_map(
        rng.normal(size=(500, 2)) @ rng.normal(size=(2, 10)) + rng.normal(size=(500, 10)),
        np.ones(500),
    )
    codes = np.tile([1.0, 2, 3, np.nan], (10, 1))
    shares = np.zeros((40, 10, 6), np.float32)
    shares[..., :3] = rng.dirichlet(np.ones(3), (40, 10))
    values, points = placed(map_, shares.__getitem__, 40, codes)
    assert values == pytest.approx(shares[..., :3] @ [1.0, 2, 3], abs=1e-6)
    assert points == pytest.approx(persona_positions(map_, values))
