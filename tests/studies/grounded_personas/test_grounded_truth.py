"""What is planted in the simulated respondent comes back: positions, movement, foundations."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from studies.grounded_personas.grounded_asked import FAITHFUL, asked, study_text

from mores.models.sim_moral import moral_truth
from mores.personas.variables import variables


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
