"""Tables of errors: by hand, against the predictions, and with nothing to say."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
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

from mores.measures.resampling import expanded_level, percentile_interval
from mores.studies.calibrated_personas.errors import errors, errors_by_country
from mores.studies.calibrated_personas.predicting import predictions

CELLS = [
    *("model", "arm", "guidance", "country", "question"),
    *("predicted_mean", "observed_mean", "absolute_error"),
    *("variance_mixture", "variance_within", "variance_human"),
    *("wasserstein", "coverage", "allowed_mass"),
]
MEANS = [
    *("model", "arm", "guidance", "country", "questions", "mae", "mae_low", "mae_high"),
    *("wasserstein", "wasserstein_low", "wasserstein_high"),
    *("variance_mixture", "variance_within", "variance_human", "coverage", "allowed_mass"),
]


def two_countries():
    """Two questions of three options; what is coded and used differs."""
    nothing = [np.nan] * 3
    given = {
        (COUNTRY, "GBR"): [[[1, 0, 0], [0, 1, 0]]],
        (COUNTRY, "GHA"): [[[0, 0, 1], nothing]],
        (VALUE, "GBR"): [[[1, 0, 0], [0, 1, 0]], [[0, 0, 1], nothing]],
        (VALUE, "GHA"): [[[0, 0, 1], nothing], [[0, 1, 0], nothing]],
    }
    humans = [[[0.25, 0.5, 0.25], nothing], [[0.5, 0.5, 0], [0.5, 0, 0.5]]]
    questions = ("Q210", "Q211")
    return responses(given, questions), observed(humans, questions, ("GBR", "GHA"))


def test_cells_by_hand():
    table = errors(predictions(*two_countries(), draws=50), {"uniform": np.full((2, 2, 3), 1 / 3)})
    assert table.columns[: len(CELLS)] == CELLS
    assert table.height == 4 + 4 + 4
    value = table.filter(arm=VALUE.arm)
    assert value["country"].to_list() == ["GBR", "GBR", "GHA", "GHA"]
    assert value["question"].to_list() == ["Q210", "Q211"] * 2
    assert value["predicted_mean"].to_list() == [2, 2, 2.5, None]
    assert value["observed_mean"].to_list() == [2, None, 1.5, 2]
    assert value["absolute_error"].to_list() == [0, None, 0.5, None]
    # (.5 0 .5) and (.25 .5 .25): a quarter moves one step of two at either end
    assert value["wasserstein"].to_list() == pytest.approx([0.25, None, 0.5, None])
    assert value["variance_mixture"].to_list() == pytest.approx([1, 0, 0.25, None])
    assert value["variance_within"].to_list() == [0, 0, 0, None]
    assert value["variance_human"].to_list() == [0.5, None, 0.25, 1]
    assert value["coverage"].to_list() == [1, 0.5, 1, 0]
    assert value["personas"].to_list() == [2] * 4
    assert value["n_human"].to_list() == [1000, 0, 1000, 1000]
    country = table.filter(arm="country")
    assert country["error_low"].null_count() == 4
    uniform = table.filter(arm="uniform")
    assert uniform["model"].unique().to_list() == ["baseline"]
    assert uniform["kind"].unique().to_list() == ["baseline"]
    assert uniform["absolute_error"].to_list() == pytest.approx([0, None, 0.25, 0], abs=1e-12)
    assert uniform["coverage"].null_count() == uniform["variance_within"].null_count() == 4


def test_countries_by_hand():
    table = errors_by_country(
        predictions(*two_countries(), draws=50), {"uniform": np.full((2, 2, 3), 1 / 3)}
    )
    assert table.columns[: len(MEANS)] == MEANS
    assert table["country"].to_list() == ["GBR", "GHA", "all"] * 3
    value = table.filter(arm=VALUE.arm)
    assert value["mae"].to_list() == [0, 0.5, 0.25]
    assert value["wasserstein"].to_list() == pytest.approx([0.25, 0.5, 0.375])
    assert value["questions"].to_list() == [1, 1, 1]
    assert value["questions_used"].to_list() == [1, 2, 2]
    # nothing of the second question was coded in Ghana, where it is used
    assert value["coverage"].to_list() == [1, 0.5, 0.75]
    assert value["personas"].to_list() == [2, 2, 4]
    assert value["countries"].to_list() == [1, 1, 2]
    assert value["mae_low"].null_count() == 0
    # one question says nothing of how errors differ between questions
    assert value["mae_questions_low"].null_count() == 3
    assert table.filter(arm="country")["mae_low"].null_count() == 3
    assert table.filter(arm="uniform")["mae"].to_list() == pytest.approx([0, 0.125, 0.0625])


@pytest.mark.parametrize("missing", [0, 0.3])
def test_means_are_those_of_the_cells(missing):
    material, humans = at_random(1, missing=missing)
    baseline = distributions(np.random.default_rng(0), (3,), material.n_options)
    found = predictions(material, humans, draws=300)
    cells = errors(found, {"other": baseline})
    means = errors_by_country(found, {"other": baseline})
    used = cells.filter(pl.col("absolute_error").is_not_null())
    again = used.group_by("arm", "country", maintain_order=True).agg(
        pl.col("absolute_error", "wasserstein", "variance_mixture", "variance_human").mean(),
        questions=pl.len(),
    )
    both = again.join(means, on=["arm", "country"], suffix="_table")
    assert both.height == again.height > 10
    for one, other in (
        ("absolute_error", "mae"),
        ("wasserstein", "wasserstein_table"),
        ("variance_mixture", "variance_mixture_table"),
        ("variance_human", "variance_human_table"),
        ("questions", "questions_table"),
    ):
        assert both[one].to_list() == pytest.approx(both[other].to_list())
    total = again.group_by("arm", maintain_order=True).agg(pl.col("absolute_error").mean())
    everywhere = means.filter(country="all")
    assert total["absolute_error"].to_list() == pytest.approx(everywhere["mae"].to_list())
    for name in ("mae", "wasserstein"):
        known = means.filter(pl.col(f"{name}_questions_low").is_not_null())
        assert (known[f"{name}_questions_low"] <= known[name] + 1e-12).all()
        assert (known[f"{name}_questions_high"] >= known[name] - 1e-12).all()


def test_intervals_over_questions_are_those_of_a_bootstrap_written_out():
    material, humans = at_random(3, conditions=(VALUE,), questions=[f"Q{n}" for n in range(27, 47)])
    found = predictions(material, humans, draws=4000)
    row = errors_by_country(found).filter(country="all").row(0, named=True)
    generator = np.random.default_rng(9)
    error = found.compared.error[0]
    draws = [error[:, generator.integers(0, 20, 20)].mean() for _ in range(4000)]
    # expanded for twenty questions: a little wider than the plain percentiles
    low, high = np.quantile(draws, [0.0159, 0.9841])
    width = high - low
    assert row["mae_questions_low"] == pytest.approx(low, abs=0.06 * width)
    assert row["mae_questions_high"] == pytest.approx(high, abs=0.06 * width)


def test_the_interval_of_a_mean_over_countries_is_narrower():
    material, humans = at_random(4, personas=40, conditions=(VALUE,))
    found = predictions(material, humans, draws=500)
    table = errors_by_country(found)
    width = (table["mae_high"] - table["mae_low"]).to_list()
    assert width[-1] < max(width[:-1])
    assert table["personas"].to_list() == [40, 40, 40, 120]
    # as wide as forty in one country ask for
    ends = percentile_interval(found.mae_draws[0].mean(axis=0), expanded_level(0.95, 40))
    row = table.row(3, named=True)
    assert (row["mae_low"], row["mae_high"]) == pytest.approx(
        (float(ends.low), float(ends.high)), rel=1e-5
    )


@pytest.mark.parametrize("merged", [True, False])
def test_nothing_coded_nothing_used_one_persona(merged):
    """Nulls and counts; no error, and no warning, of which a test would fail."""
    material, humans = at_random(0, personas=1, merged=merged)
    nothing = np.full((1, len(QUESTIONS), 10), np.nan)
    given = {key: material.shares[rows] for key, rows in material.drawn.items()}
    given |= {(GENERIC, country): nothing for country in COUNTRIES}
    given.pop((COUNTRY, "GHA"))
    shares = humans.shares.copy()
    shares[:, 2] = np.nan  # used nowhere
    shares[0] = np.nan  # nothing used in a country
    found = predictions(
        responses(given, QUESTIONS, merged=merged), observed(shares, QUESTIONS, COUNTRIES), draws=20
    )
    baseline = {"empty": np.full(shares.shape, np.nan)}
    cells, means = errors(found, baseline), errors_by_country(found, baseline)
    assert cells.filter(arm="generic")["absolute_error"].null_count() == 15
    assert cells.filter(arm="generic")["coverage"].to_list() == [0] * 15
    assert cells.filter(arm="country").height == 10
    assert cells.filter(question="Q48")["observed_mean"].null_count() == 5 * 3 - 1
    nowhere = means.filter(country="GBR")
    assert nowhere["mae"].null_count() == nowhere.height == 5
    assert nowhere["questions"].to_list() == [0] * 5
    assert means.filter(arm="generic")["mae"].null_count() == 4
    assert means.filter(arm="empty")["mae"].null_count() == 4
    assert means.filter(arm="generic", country="all")["questions_used"].item() == 4
    assert means.filter(arm=VALUE.arm, country="all")["countries"].item() == 2
    assert means["mae_low"].null_count() == means.height
    for table in (cells, means):
        floats = table.select(pl.col(pl.Float64).is_nan().any())
        assert not any(value for value in floats.row(0) if value is not None)


def test_no_condition_at_all():
    material, humans = at_random(0, conditions=MAIN[:1])
    empty = predictions(
        type(material)(
            model="m",
            questions=material.questions,
            countries=material.countries,
            shares=material.shares[:0],
            allowed=material.allowed[:0],
            unseen=material.unseen[:0],
            drawn={},
            asked={},
        ),
        humans,
    )
    assert errors(empty).columns[: len(CELLS)] == CELLS
    assert errors(empty).height == errors_by_country(empty).height == 0
    assert errors_by_country(empty, {"humans": humans.shares})["mae"].to_list() == [0] * 4
