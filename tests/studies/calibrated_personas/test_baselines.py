"""Predictions without a model, and the humans' distance to themselves."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from studies.calibrated_personas.made import items

from mores.errors import StudyError
from mores.instruments.survey import wvs7
from mores.measures.ordinal_regression import fit_proportional_odds
from mores.populations.culture import INDICATORS, indicator_values
from mores.populations.distributions import distributions
from mores.populations.population import Population, schema
from mores.studies.calibrated_personas.baselines import BASELINES, baselines, split_half
from mores.studies.calibrated_personas.regressions import People, _parts
from mores.studies.calibrated_personas.responses import Observed

COUNTRIES = ("GBR", "GHA", "JPN", "SWE")
TARGETS = ("Q1", "Q49", "Q210")
TOLD = [wvs7().item(name) for name in INDICATORS]


def people(per: int = 150, seed: int = 0, missing: float = 0.0, countries=COUNTRIES) -> Population:
    """Respondents whose answers to the targets depend on the importance of God, and on nothing else."""
    generator = np.random.default_rng(seed)
    types = schema(wvs7())
    n = per * len(countries)
    columns: dict[str, object] = {
        "survey": ["WVS"] * n,
        "wave": [7] * n,
        "country": np.repeat(countries, per).tolist(),
        "year": [2020] * n,
        "respondent": list(range(n)),
        "weight": generator.uniform(0.5, 1.5, n),
    }
    centre = np.repeat(np.linspace(0.2, 0.8, len(countries)), per)
    for item in TOLD:
        level = (centre + generator.normal(0, 0.25, n)).clip(0, 0.999)
        codes = np.array(item.codes)[(level * len(item.codes)).astype(int)]
        columns[item.id] = np.where(generator.random(n) < missing, -4, codes)
        if item.ivs == "F063":
            god = level
    for item in items(*TARGETS):
        level = (god + generator.normal(0, 0.15, n)).clip(0, 0.999)
        columns[item.id] = np.array(item.codes)[(level * len(item.codes)).astype(int)]
    series = [pl.Series(k, v, strict=False).cast(types[k]) for k, v in columns.items()]
    return Population("made", pl.DataFrame(series), wvs7(), True)


def seen(population: Population, countries=COUNTRIES, targets=TARGETS) -> Observed:
    found = distributions(population, targets)
    rows = [found.keys["country"].to_list().index(c) for c in countries]
    table = found.table
    shares = np.where(np.isnan(table.shares[..., :1]), np.nan, np.nan_to_num(table.shares))
    shares[~found.usable] = np.nan
    return Observed(
        population, tuple(countries), found.items, shares[rows], table.n[rows],
        table.n_effective[rows], table.coverage[rows],
    )  # fmt: skip


def everybody(population: Population, countries=COUNTRIES) -> dict[str, np.ndarray]:
    where = population.frame["country"].to_numpy()
    return {c: np.flatnonzero(where == c) for c in countries}


def means(shares: np.ndarray) -> np.ndarray:
    """On the scale from 0 to 1, (C, Q)."""
    return np.stack(
        [
            shares[:, q, : len(item.codes)] @ np.linspace(0, 1, len(item.codes))
            for q, item in enumerate(items(*TARGETS))
        ],
        axis=1,
    )


def test_planted_truth() -> None:
    """Regressions see through where the world's average cannot, and know nothing of the country."""
    population = people(missing=0.01)
    observed = seen(population)
    found = baselines(observed, everybody(population))
    assert list(found.shares) == list(BASELINES[:5])
    truth = means(observed.shares)
    error = {name: np.abs(means(s) - truth).mean() for name, s in found.shares.items()}
    assert error["ordinal-regression"] < 0.05
    assert error["random-forest"] < 0.08
    assert error["world-average"] > 0.15
    assert found.notes == {}
    for shares in found.shares.values():
        assert shares.shape == observed.shares.shape
        assert shares.sum(axis=2) == pytest.approx(np.ones((4, 3)))
        assert (shares[:, 0, 4:] == 0).all()
        assert (shares[:, 2, 3:] == 0).all()


def test_the_modal_answer_is_the_most_frequent_elsewhere() -> None:
    observed = seen(people(20))
    shares = baselines(observed, everybody(observed.population), regressions=False).shares
    modal, world = shares["modal-answer"], shares["world-average"]
    assert (modal.argmax(axis=-1) == world.argmax(axis=-1)).all()
    assert (modal.sum(axis=-1) == 1).all()
    assert set(modal.ravel()) == {0.0, 1.0}


def test_uniform_by_hand() -> None:
    observed = seen(people(20))
    shares = baselines(observed, everybody(observed.population), regressions=False).shares
    assert list(shares) == ["uniform", "modal-answer", "world-average"]
    assert shares["uniform"][0, 0].tolist() == [0.25] * 4 + [0] * 6
    assert shares["uniform"][3, 1].tolist() == pytest.approx([0.1] * 10)


def test_world_average_is_of_the_others() -> None:
    observed = seen(people(40))
    shares = baselines(observed, everybody(observed.population), regressions=False).shares
    for c in range(4):
        others = [other for other in range(4) if other != c]
        assert shares["world-average"][c] == pytest.approx(observed.shares[others].mean(axis=0))


def test_world_average_leaves_out_countries_where_the_question_is_not_used() -> None:
    population = people(40)
    gone = pl.when(pl.col("country") == "GHA").then(pl.lit(-4, pl.Int8)).otherwise(pl.col("Q1"))
    observed = seen(replace(population, frame=population.frame.with_columns(Q1=gone)))
    shares = baselines(observed, everybody(population), regressions=False).shares["world-average"]
    assert shares[0, 0] == pytest.approx(observed.shares[[2, 3], 0].mean(axis=0))
    assert shares[1, 0] == pytest.approx(observed.shares[[0, 2, 3], 0].mean(axis=0))
    assert shares[0, 1] == pytest.approx(observed.shares[1:, 1].mean(axis=0))


def test_a_countrys_own_answers_are_never_used() -> None:
    population = people(80)
    observed = seen(population)
    drawn = everybody(population)
    other = population.frame.with_columns(
        [
            pl.when(pl.col("country") == "JPN")
            .then(pl.lit(item.codes[0], pl.Int8))
            .otherwise(pl.col(item.id))
            .alias(item.id)
            for item in items(*TARGETS)
        ]
    )
    before = baselines(observed, drawn).shares
    after = baselines(seen(replace(population, frame=other)), drawn).shares
    for name in before:
        assert before[name][2] == pytest.approx(after[name][2], abs=1e-9)
        if name != "uniform":
            assert np.abs(before[name][0] - after[name][0]).max() > 0.01


def test_ordinal_regression_against_a_fit_by_hand() -> None:
    population = people(60)
    observed = seen(population)
    where = population.frame["country"].to_numpy()
    drawn = everybody(population)
    drawn["SWE"] = drawn["SWE"][[0, 5, 5]]
    found = baselines(observed, drawn).shares["ordinal-regression"][3, 2]
    values, weights = indicator_values(population), population.weights.copy()
    for country in COUNTRIES:
        weights[where == country] /= weights[where == country].mean()
    others = where != "SWE"
    fit = fit_proportional_odds(
        values[others], population.answers("Q210")[others], 3, weights[others], ridge=1
    )
    assert found[:3] == pytest.approx(fit.shares(values[drawn["SWE"]]).mean(axis=0), abs=1e-6)


def test_forest_is_near_one_that_leaves_the_country_out() -> None:
    from sklearn.ensemble import RandomForestClassifier

    population = people(150)
    observed = seen(population)
    found = baselines(observed, everybody(population), trees=60).shares["random-forest"]
    where = population.frame["country"].to_numpy()
    values, answers = indicator_values(population), population.answers("Q49")
    others = where != "GHA"
    forest = RandomForestClassifier(60, max_features=3, min_samples_leaf=20, random_state=0)
    forest.fit(values[others], answers[others], population.weights[others])
    shares = np.zeros((int((~others).sum()), 10))
    shares[:, forest.classes_] = forest.predict_proba(values[~others])
    assert found[1, 1] @ np.arange(10) == pytest.approx(
        shares.mean(axis=0) @ np.arange(10), abs=0.6
    )


def test_who_lacks_an_indicator_is_left_out_and_counted() -> None:
    population = people(60, missing=0.05)
    observed = seen(population)
    drawn = everybody(population)
    complete = ~np.isnan(indicator_values(population)).any(axis=1)
    drawn["GBR"] = np.flatnonzero(~complete & (population.frame["country"].to_numpy() == "GBR"))[:5]
    found = baselines(observed, {**drawn, "USA": np.array([0])}, trees=16)
    assert found.respondents == {"GBR": 5, "GHA": 60, "JPN": 60, "SWE": 60}
    assert found.left_out["GBR"] == 5
    assert found.left_out["GHA"] == (~complete[drawn["GHA"]]).sum()
    for name in ("ordinal-regression", "random-forest"):
        assert np.isnan(found.shares[name][0]).all()
        assert not np.isnan(found.shares[name][1:]).any()
    table = found.table()
    assert table.columns[:4] == ["model", "arm", "country", "questions"]
    row = table.filter(arm="ordinal-regression", country="GBR").row(0, named=True)
    assert (row["questions"], row["respondents"], row["left_out"]) == (0, 5, 5)
    assert row["learned_from"] == complete[60:].sum()
    plain = table.filter(arm="uniform", country="GBR").row(0, named=True)
    assert (plain["questions"], plain["respondents"], plain["note"]) == (3, None, None)


def test_each_tree_leaves_out_a_part() -> None:
    countries = np.array(list("abcdefghijkl"))
    parts = list(_parts(countries, 12, np.random.default_rng(0)))
    assert len(parts) == 15  # three times five
    for five in (parts[:5], parts[5:10], parts[10:]):
        assert sorted(np.concatenate(five)) == countries.tolist()
    assert not np.array_equal(parts[0], parts[5])
    assert [len(p) for p in _parts(countries[:2], 4, np.random.default_rng(0))] == [1] * 4
    assert list(_parts(countries[:0], 4, np.random.default_rng(0))) == []


def test_as_many_are_learned_from_in_each_country() -> None:
    population = people(50)
    few = population.where((pl.col("country") != "SWE") | (pl.col("respondent") % 5 == 0))
    found = People.of(seen(few), everybody(few), 80, 0)
    where = few.frame["country"].to_numpy()[found.learned]
    assert {c: int((where == c).sum()) for c in COUNTRIES} == dict.fromkeys(COUNTRIES[:3], 20) | {
        "SWE": 10
    }
    for country in COUNTRIES:
        assert found.weights[where == country].mean() == pytest.approx(1)
    other = People.of(seen(few), everybody(few), 80, 1)
    assert not np.array_equal(found.learned, other.learned)


def test_a_target_made_of_the_indicators_is_not_regressed() -> None:
    population = people(40)
    observed = seen(population, targets=("Q46", "Q210"))
    found = baselines(observed, everybody(population), trees=8).shares
    assert np.isnan(found["ordinal-regression"][:, 0]).all()
    assert np.isnan(found["random-forest"][:, 0]).all()
    assert not np.isnan(found["ordinal-regression"][:, 1]).any()
    assert not np.isnan(found["world-average"]).any()


def test_a_single_country_has_no_others() -> None:
    population = people(40, countries=("GBR",))
    observed = seen(population, ("GBR",))
    found = baselines(observed, everybody(population, ("GBR",)), trees=4)
    for name in BASELINES[2:5]:
        assert np.isnan(found.shares[name]).all()
    assert found.learned_from == {"GBR": 0}


def test_without_scikit_learn(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.tree", None)
    population = people(30)
    found = baselines(seen(population), everybody(population))
    assert "random-forest" not in found.shares
    assert "mores[stats]" in found.notes["random-forest"]
    rows = found.table().filter(arm="random-forest")
    assert rows["questions"].to_list() == [0] * 4
    assert rows["note"].to_list() == [found.notes["random-forest"]] * 4


def test_seeded() -> None:
    population = people(60)
    observed, drawn = seen(population), everybody(population)
    first, again, other = (
        baselines(observed, drawn, trees=8, seed=seed).shares["random-forest"] for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_refusals() -> None:
    population = people(20)
    observed, drawn = seen(population), everybody(population)
    with pytest.raises(StudyError, match="no respondents drawn for JPN"):
        baselines(observed, {c: rows for c, rows in drawn.items() if c != "JPN"})
    with pytest.raises(ValueError, match="trees is 0"):
        baselines(observed, drawn, trees=0)
    with pytest.raises(ValueError, match="training is 0"):
        baselines(observed, drawn, training=0)


def test_halves_by_hand() -> None:
    population = people(2, countries=("GBR",))
    item = items("Q210")[0]
    ends = population.frame.with_columns(
        weight=pl.lit(1.0), Q210=pl.Series([item.codes[0], item.codes[-1]], dtype=pl.Int8)
    )
    observed = seen(replace(population, frame=ends), ("GBR",), ("Q210",))
    found = split_half(observed, splits=5)
    # whichever half a respondent is in, the other is at the other end
    row = found.row(0, named=True)
    assert row == {
        "model": "baseline",
        "arm": "split-half",
        "guidance": "",
        "country": "GBR",
        "question": "Q210",
        "observed_mean": 2.0,
        "absolute_error": 0.5,
        "variance_human": 1.0,
        "wasserstein": 0.5,
        "descriptors": "",
        "kind": "baseline",
        "n_human": 2,
        "human_coverage": 1.0,
    }


def test_halves_tell_the_error_of_a_sample() -> None:
    """What a model that knew the people's true mean would show against the sample."""
    population = people(400)
    observed = seen(population)
    found = split_half(observed, splits=400)
    assert found.height == 12
    for c, country in enumerate(COUNTRIES):
        for q, item in enumerate(observed.questions):
            row = found.filter(country=country, question=item.id).row(0, named=True)
            error = np.sqrt(row["variance_human"] / 4 / observed.n_effective[c, q])
            assert row["absolute_error"] == pytest.approx(error * np.sqrt(2 / np.pi), rel=0.2)
            assert row["wasserstein"] >= 0.8 * row["absolute_error"]


def test_halves_of_questions_that_are_used() -> None:
    population = people(30)
    gone = pl.when(pl.col("country") == "GHA").then(pl.lit(-4, pl.Int8)).otherwise(pl.col("Q1"))
    observed = seen(replace(population, frame=population.frame.with_columns(Q1=gone)))
    found = split_half(observed, splits=20)
    assert found.height == 11
    assert found.filter(country="GHA")["question"].to_list() == ["Q49", "Q210"]
    assert found["absolute_error"].null_count() == 0
    assert found.equals(split_half(observed, splits=20))
