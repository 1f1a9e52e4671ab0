from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from studies.grounded_personas.persona_material import OPTIONS, PROBE, humans, personas

from mores.measures.group_alignment import group_alignment
from mores.measures.shares import weighted_shares
from mores.studies.grounded_personas import alignment_tables as module
from mores.studies.grounded_personas.alignment_tables import alignment_tables


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    cells = [personas(), personas(shift=0.3, form="configuration")]
    return alignment_tables(PROBE, humans(), cells, draws=200, splits=40, seed=3)


def test_rows_and_counts(tables: dict[str, pl.DataFrame]) -> None:
    found = tables["alignment_by_group"]
    assert found.height == 2 * 2 * 6
    assert found["attribute"].unique(maintain_order=True).to_list() == ["everyone", "sex", "age"]
    all_of_them = found.filter(pl.col("level") == "all", pl.col("weighting") == "uniform")
    assert all_of_them["n_humans"].to_list() == [1990, 1990]
    assert all_of_them["n_personas"].to_list() == [900, 900]
    assert all_of_them["n_effective"].to_list() == [895, 895]
    assert all_of_them["coverage"].to_list() == pytest.approx([895 / 900] * 2)
    by_sex = found.filter(pl.col("attribute") == "sex", pl.col("weighting") == "uniform")
    assert by_sex["n_personas"].sum() == 2 * 896
    assert found["questions"].unique().to_list() == [4]
    assert found["synthetic"].all()


def test_an_alignment_is_that_of_the_mixture_with_the_weighted_humans(
    tables: dict[str, pl.DataFrame],
) -> None:
    people, cell = humans(), personas()
    taken = np.flatnonzero(cell.levels[:, 0] == 1)
    weight = cell.weights["prevalence"][taken]
    shares = cell.shares(slice(None))[taken][:, :, :10]
    there = ~np.isnan(shares).any(axis=2)
    mixed = (np.nan_to_num(shares) * weight[:, None, None]).sum(axis=0)
    mixed /= (there * weight[:, None]).sum(axis=0)[:, None]
    theirs = weighted_shares(people.answers.T, OPTIONS, people.weights, people.levels[:, 0], 2)
    expected = group_alignment(mixed[None], theirs.shares[1:], PROBE.ordered, OPTIONS)
    row = tables["alignment_by_group"].row(
        by_predicate=(pl.col("form") == "biography")
        & (pl.col("weighting") == "prevalence")
        & (pl.col("level") == "male"),
        named=True,
    )
    assert row["alignment"] == pytest.approx(expected.alignment[0])
    assert row["low"] < row["alignment"] < row["high"]


def test_the_same_population_reaches_the_ceiling_and_another_does_not(
    tables: dict[str, pl.DataFrame],
) -> None:
    found = tables["alignment_by_group"].filter(pl.col("weighting") == "uniform")
    same, moved = (found.filter(pl.col("form") == f) for f in ("biography", "configuration"))
    assert (same["alignment"] > 0.95).all()
    assert (same["ceiling"] > same["split_half"]).all()
    assert ((same["alignment"] - same["ceiling"]).abs() < 0.03).all()
    assert (moved["high"] < same["low"]).all()
    assert (moved["alignment"] < moved["ceiling"] - 0.1).all()
    assert (found.filter(pl.col("level") == "all")["everyone"] == 1).all()
    assert (found.filter(pl.col("level") == "male")["everyone"] < 0.99).all()
    assert (found["uniform"] < 0.95).all()


def test_overall_is_weighted_by_the_humans(tables: dict[str, pl.DataFrame]) -> None:
    by_group, overall = tables["alignment_by_group"], tables["alignment_overall"]
    assert overall.height == 2 * 2 * 3
    for row in overall.iter_rows(named=True):
        own = by_group.filter(*(pl.col(k) == row[k] for k in ("form", "weighting", "attribute")))
        weighted = (own["alignment"] * own["n_humans"]).sum() / own["n_humans"].sum()
        assert row["alignment"] == pytest.approx(weighted)
        assert row["low"] < row["alignment"] < row["high"]
        assert row["covered"] == 1


def test_a_group_without_personas_is_null_and_not_covered(monkeypatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 100)
    cell = personas()
    levels = np.where(cell.levels == 2, -1, cell.levels)
    cell = module.ProbePersonas("sim", "both", cell.shares, levels, {"uniform": np.ones(900)})
    found = alignment_tables(PROBE, humans(), [cell], draws=50, splits=5)
    row = found["alignment_by_group"].row(by_predicate=pl.col("level") == "50+", named=True)
    assert (row["alignment"], row["low"], row["ceiling"]) == (None, None, None)
    assert (row["questions"], row["questions_missing"], row["n_personas"]) == (0, 4, 0)
    age = found["alignment_overall"].row(by_predicate=pl.col("attribute") == "age", named=True)
    assert age["covered"] == pytest.approx(2 / 3, abs=0.05)
    assert age["groups"] == 2


def test_the_same_seed_gives_the_same_tables(tables: dict[str, pl.DataFrame]) -> None:
    again = alignment_tables(PROBE, humans(), [personas()], draws=200, splits=40, seed=3)
    first = tables["alignment_by_group"].filter(pl.col("form") == "biography")
    assert again["alignment_by_group"].equals(first)
    none = alignment_tables(PROBE, humans(), [], draws=5, splits=5)
    assert none["alignment_by_group"].is_empty()


@pytest.mark.parametrize("n", [1, 3])
def test_a_handful_of_personas_without_any_answer(n: int) -> None:
    found = alignment_tables(PROBE, humans(300), [personas(n)], draws=20, splits=5)
    table = found["alignment_by_group"]
    assert table["alignment"].is_null().all()
    assert table["coverage"].fill_null(0).sum() == 0
    assert found["alignment_overall"]["alignment"].is_null().all()
