"""What is planted in the simulated respondent comes back: positions, movement, foundations."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from studies.grounded_personas.grounded_asked import FAITHFUL, asked, study_text

from mores.instruments.mfq2 import FOUNDATIONS
from mores.measures.moral_foundations import foundation_scores
from mores.models.sim_moral import moral_truth
from mores.personas.variables import variables
from mores.report.grounded_personas.sentences import SATURATED
from mores.studies.grounded_personas.moral_tables import (
    answered,
    moral_foundations,
    variable_importance,
)
from mores.studies.grounded_personas.tables import weightings


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    text = study_text(sample=500, batteries=("map", "probe", "mfq2"), inferred=True)
    study, analyser = asked(text, tmp_path_factory.mktemp("planted"), f"sim:{FAITHFUL}")
    return study, analyser.collector.responses(), analyser.tables()


def test_everything_that_was_asked_is_there(planted):
    study, responses, tables = planted
    assert responses.shares["configuration"].shape[:2] == (500, 83)
    assert not np.isnan(responses.shares["configuration"]).any()
    sums = responses.shares["configuration"].sum(axis=2)
    np.testing.assert_allclose(sums, 1, atol=1e-5)
    assert not np.isnan(responses.matrix).any()
    requests = tables["requests"]
    assert requests["asked"].sum() == 192 + (1 + len(study.ascending)) * 83
    assert (requests["asked"] == requests["coded"]).all()


def test_personas_stand_where_they_were_asked_to_in_order(planted):
    *_, tables = planted
    points = tables["persona_positions"].filter(form="configuration")
    for axis in "xy":
        found = np.corrcoef(points[axis], points[f"asked_{axis}"])[0, 1]
        assert found > 0.95, axis


def test_each_variable_moves_personas_along_the_axis_to_which_it_speaks(planted):
    *_, tables = planted
    effects = tables["positions"].filter(form="configuration", weighting="uniform")
    for variable in variables():
        rows = effects.filter(variable=variable.id)
        for axis in "xy":
            places = [getattr(level, axis) for level in variable.levels]
            moved = rows[f"d{axis}"].to_list()
            if places[0] is None:
                continue
            assert np.corrcoef(places, moved)[0, 1] > 0.98, (variable.id, axis)
            other = "y" if axis == "x" else "x"
            if getattr(variable.levels[0], other) is None:
                assert np.ptp(moved) > 2 * np.ptp(rows[f"d{other}"].to_list())


def test_the_planted_matrix_comes_back(planted):
    _, responses, _ = planted
    truth = np.array(moral_truth().matrix)
    inside = (truth > 1.8) & (truth < 4.2)
    np.testing.assert_allclose(responses.matrix[inside], truth[inside], atol=0.07)


def test_the_foundations_that_vary_vary_with_the_planted_variables(planted):
    *_, tables = planted
    spread = tables["moral_foundations"].filter(
        form="configuration", source="answered", weighting="uniform"
    )
    variance = dict(zip(spread["foundation"], spread["variance"], strict=True))
    flat = max(variance[name] for name in ("care", "equality", "proportionality"))
    assert min(variance[name] for name in ("loyalty", "authority", "purity")) > 5 * flat

    truth = moral_truth()
    found = tables["variable_importance"].filter(form="configuration", source="answered")
    for foundation in ("loyalty", "authority", "purity"):
        f = truth.foundations.index(foundation)
        planted_share = np.array([loadings[f] for loadings in truth.loadings]) ** 2
        eta2 = found.filter(foundation=foundation)["eta2"].to_numpy()
        assert np.argmax(eta2) in np.argsort(planted_share)[-2:]


def test_alignment_and_its_references_are_in_order(planted):
    *_, tables = planted
    row = (
        tables["alignment_by_group"]
        .filter(form="configuration", weighting="uniform", attribute="everyone")
        .row(0, named=True)
    )
    assert row["uniform"] < row["alignment"] < row["ceiling"] <= 1
    assert row["low"] <= row["alignment"] <= row["high"]


def test_what_is_not_answered_is_missing_and_counted(tmp_path):
    text = study_text(sample=30, batteries=("map",)) + '[asking]\nelicitation = "text"\nreask = 0'
    _, analyser = asked(text, tmp_path, "sim:refusal=0.5,malformed=0")
    responses = analyser.collector.responses()
    missing = np.isnan(responses.shares["configuration"][..., 0]).mean()
    assert 0.35 < missing < 0.65
    counts = analyser.tables()["requests"].filter(pl.col("form") == "configuration")
    assert counts["refused"].sum() + counts["coded"].sum() == 30 * 14
    assert counts["refused"].sum() == np.isnan(responses.shares["configuration"][..., 0]).sum()


def test_a_foundation_with_scores_is_analysed_though_others_lack_them(planted):
    study, responses, _ = planted
    shares, matrix = responses.shares["configuration"].copy(), responses.matrix.copy()
    care, purity = (
        [q for q in responses.of("mfq2") if responses.questions[q].foundation == name]
        for name in ("care", "purity")
    )
    shares[:20, care[0]] = np.nan
    shares[:-10, purity[0]] = np.nan  # too few scores to tell the effects of 32 levels apart
    matrix[3, 5] = np.nan
    lacking = replace(
        responses, shares={**responses.shares, "configuration": shares}, matrix=matrix
    )
    drawing = {"draws": 50, "level": 0.95, "seed": 1}
    weights = weightings(study)
    found = variable_importance(lacking, weights=weights["uniform"], **drawing)
    told = found.filter(source="answered", form="configuration")
    known = {r["foundation"]: r["eta2"] is not None for r in told.iter_rows(named=True)}
    assert known == {f: f != "purity" for f in FOUNDATIONS}
    assert told.filter(foundation="care")["n"][0] == len(shares) - 20
    inferred = found.filter(source="inferred")
    assert set(inferred["foundation"]) == set(FOUNDATIONS) - {"purity"}
    table = moral_foundations(lacking, weights, paraphrased=True, **drawing)
    assert set(table.filter(source="inferred")["foundation"]) == set(FOUNDATIONS) - {"purity"}
    row = table.filter(form="configuration", weighting="uniform", foundation="care")
    assert row["coverage"][0] == pytest.approx(1 - 20 / len(shares))


def test_shares_of_variance_of_any_sample_speak_of_the_grid(planted):
    _, responses, _ = planted
    weights = np.random.default_rng(2).uniform(0.1, 3.0, len(responses.levels))
    drawing = {"draws": 20, "level": 0.95, "seed": 1}
    row = (
        variable_importance(responses, weights=weights, **drawing)
        .filter(source="answered", form="configuration", foundation="purity")
        .row(0, named=True)
    )
    scores = foundation_scores(answered(responses, "configuration"))[:, 5]
    mean = np.average(scores, weights=weights)
    assert row["variance"] == pytest.approx(np.average((scores - mean) ** 2, weights=weights))


def test_the_reference_of_the_report_is_the_simulated_respondent_s(tmp_path):
    """Nothing is planted, and yet curvature has a direction."""
    _, analyser = asked(study_text(sample=800), tmp_path)
    rows = analyser.tables()["collapse"].filter(weighting="uniform")
    for name, value in SATURATED.items():
        row = rows.row(by_predicate=pl.col("measure") == name, named=True)
        assert row["low"] > 0
        assert row["low"] - 0.02 <= value <= row["high"] + 0.02


@pytest.mark.parametrize("lost", ["Q46", "country"])
def test_humans_who_tell_no_prevalence_leave_the_uniform_weighting(planted, lost):
    study, *_ = planted
    people = study.humans.population
    none = pl.lit(None).cast(people.frame[lost].dtype).alias(lost)
    humans = copy(study.humans)
    humans.__dict__["population"] = replace(people, frame=people.frame.with_columns(none))
    assert list(weightings(replace(study, humans=humans))) == ["uniform"]
