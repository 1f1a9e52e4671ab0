"""Tests of tests: scipy and statsmodels on the same cells, and planted differences."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from studies.calibrated_personas.made import (
    COUNTRIES,
    COUNTRY,
    GENERIC,
    MAIN,
    QUESTIONS,
    VALUE,
    at_random,
    distributions,
    observed,
    responses,
)

from mores.studies.calibrated_personas import testing
from mores.studies.calibrated_personas.calibrating import calibration
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.errors import errors
from mores.studies.calibrated_personas.predicting import predictions

COLUMNS = [
    *("model", "test", "measure", "arm_a", "guidance_a", "descriptors_a"),
    *("arm_b", "guidance_b", "descriptors_b", "country", "n", "difference"),
    *("effect", "p", "p_adjusted"),
]
MINIMAL = Condition(VALUE.arm, "minimal", "composable")
MODULAR = Condition(VALUE.arm, "social_science", "modular")
BOTH = Condition(VALUE.arm, "minimal", "modular")


def cells_of(table: pl.DataFrame, condition, measure="absolute_error"):
    own = table.filter(
        arm=condition.arm, guidance=condition.guidance, descriptors=condition.descriptors
    )
    return own[measure].fill_null(np.nan).to_numpy().reshape(len(COUNTRIES), -1)


def the(table: pl.DataFrame, a, b, **more) -> dict:
    (row,) = table.filter(
        arm_a=a.arm,
        guidance_a=a.guidance,
        descriptors_a=a.descriptors,
        arm_b=b.arm,
        guidance_b=b.guidance,
        descriptors_b=b.descriptors,
        **{"measure": "absolute_error", "country": "all", "test": "wilcoxon", "unit": "cell"}
        | more,
    ).rows(named=True)
    return row


@pytest.mark.parametrize("missing", [0, 0.2])
def test_as_scipy_and_statsmodels_have_it(missing):
    material, humans = at_random(
        0, missing=missing, conditions=(*MAIN, MINIMAL, MODULAR, BOTH), personas=3
    )
    found = predictions(material, humans, draws=2)
    cells, table = errors(found), testing.tests(found, None, None)
    assert table.columns[: len(COLUMNS)] == COLUMNS
    a, b = cells_of(cells, COUNTRY), cells_of(cells, VALUE)
    there = ~np.isnan(a + b)
    row = the(table, COUNTRY, VALUE)
    difference = (a - b)[there]
    expected = stats.wilcoxon(difference, method="exact" if difference.size <= 50 else "auto")
    assert row["n"] == difference.size
    assert row["p"] == pytest.approx(expected.pvalue)
    assert row["difference"] == pytest.approx(difference.mean())
    ranks = stats.rankdata(np.abs(difference))
    biserial = (ranks * np.sign(difference)).sum() / ranks.sum()
    assert row["effect"] == pytest.approx(biserial)
    one = the(table, COUNTRY, VALUE, country="GHA")
    own = (a - b)[1][there[1]]
    assert one["n"] == own.size
    assert one["p"] == pytest.approx(stats.wilcoxon(own, method="exact").pvalue)
    by_question = the(table, COUNTRY, VALUE, unit="question")
    means = [np.mean((a - b)[:, q][there[:, q]]) for q in range(5) if there[:, q].any()]
    assert by_question["n"] == len(means)
    assert by_question["difference"] == pytest.approx(np.mean(means))
    assert by_question["p"] == pytest.approx(stats.wilcoxon(means, method="exact").pvalue)
    first = the(table, GENERIC, COUNTRY, unit="question")
    apart = cells_of(cells, GENERIC) - cells_of(cells, COUNTRY)
    both = [apart[:, q][~np.isnan(apart[:, q])] for q in range(5)]
    assert first["difference"] == pytest.approx(np.mean([x.mean() for x in both if x.size]))
    other = cells_of(cells, MODULAR)
    unpaired = the(table, VALUE, MODULAR, test="mann-whitney")
    x, y = b[~np.isnan(b)], other[~np.isnan(other)]
    assert unpaired["n"] == x.size + y.size
    assert unpaired["p"] == pytest.approx(stats.mannwhitneyu(x, y).pvalue)
    cliff = np.mean([np.sign(i - j) for i in x for j in y])
    assert unpaired["effect"] == pytest.approx(cliff)
    made = table.filter(pl.col("p").is_not_null())
    adjusted = multipletests(made["p"].to_numpy(), method="fdr_bh")[1]
    assert made["p_adjusted"].to_list() == pytest.approx(adjusted.tolist())


def test_what_is_compared_with_what():
    material, humans = at_random(1, conditions=(*MAIN, MINIMAL, MODULAR, BOTH), personas=2)
    found = predictions(material, humans, draws=2)
    baselines = {"uniform": humans.shares, "world-average": humans.shares[::-1]}
    table = testing.tests(found, baselines, None).filter(measure="wasserstein")
    arms = table.filter(pl.col("arm_a") != pl.col("arm_b"), unit="cell")
    # four arms with each other, and with two baselines: all countries, and each of three
    assert arms.height == (6 + 8) * (1 + 3)
    assert arms["test"].unique().to_list() == ["wilcoxon"]
    assert not arms.filter(arm_a="uniform").height
    value = pl.col("arm_a") == VALUE.arm, pl.col("arm_b") == VALUE.arm
    assert set(arms.filter(value[1])["guidance_b"]) == {VALUE.guidance}
    within = table.filter(*value)
    assert set(within["country"]) == {"all"}
    pairs = set(within.select("guidance_a", "descriptors_a", "guidance_b", "descriptors_b").rows())
    assert pairs == {
        ("social_science", "composable", "minimal", "composable"),
        ("social_science", "composable", "social_science", "modular"),
    }
    assert within["test"].to_list() == ["wilcoxon", "wilcoxon", "mann-whitney"] * 2


def test_a_planted_difference_is_found_and_none_is_not():
    generator = np.random.default_rng(0)
    questions = [f"Q{n}" for n in range(64, 84)]
    humans = distributions(generator, (3,), [4] * 20)
    other = distributions(generator, (3,), [4] * 20)
    given = {}
    for c, country in enumerate(COUNTRIES):
        for condition, share in ((GENERIC, 0.2), (COUNTRY, 0.2), (VALUE, 0.8)):
            given[condition, country] = (share * humans[c] + (1 - share) * other[c])[None]
    found = predictions(
        responses(given, questions), observed(humans, questions, COUNTRIES), draws=2
    )
    table = testing.tests(found, None, None)
    for unit in ("cell", "question"):
        better = the(table, COUNTRY, VALUE, unit=unit)
        assert better["p_adjusted"] < 1e-3
        assert better["effect"] == pytest.approx(1)
        assert better["difference"] > 0
        # alike but for rounding
        same = the(table, GENERIC, COUNTRY, unit=unit)
        assert (same["p"], same["effect"]) == (1, 0)


def test_calibration_against_none():
    material, humans = at_random(3, conditions=(GENERIC, VALUE), missing=0.1)
    found = predictions(material, humans, draws=2)
    cells = calibration(material, humans).cells
    table = testing.tests(found, None, cells).filter(measure="wasserstein_calibrated")
    assert table.height == 4
    before = errors(found).filter(arm=VALUE.arm)["wasserstein"]
    after = cells.filter(arm=VALUE.arm, method="tilting")["wasserstein_calibrated"]
    row = the(table, VALUE, VALUE, measure="wasserstein_calibrated")
    assert row["difference"] == pytest.approx((after - before).mean())
    assert row["n"] == (after - before).count()
    assert (
        not testing.tests(found, None, cells.clear())
        .filter(measure="wasserstein_calibrated")
        .height
    )


def test_nothing_to_compare():
    material, humans = at_random(0, personas=1, conditions=MAIN[:2])
    nothing = {key: np.full((1, 5, 10), np.nan) for key in material.drawn}
    found = predictions(responses(nothing, QUESTIONS), humans, draws=2)
    table = testing.tests(found, {"empty": np.full((3, 5, 10), np.nan)}, None)
    assert table.height == 3 * 2 * 5
    assert table["n"].to_list() == [0] * table.height
    assert table["p"].null_count() == table["p_adjusted"].null_count() == table.height
    single = predictions(*at_random(0, conditions=MAIN[:1]), draws=2)
    assert testing.tests(single, None, None).columns[: len(COLUMNS)] == COLUMNS
    assert not testing.tests(single, None, None).height
