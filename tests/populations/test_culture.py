from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from small import small_population

from mores.errors import PopulationError
from mores.instruments.survey import wvs7
from mores.measures.culture_map import rescale
from mores.measures.ellipse import ellipse
from mores.measures.group_positions import bootstrap_positions
from mores.measures.resampling import expanded_level
from mores.populations.culture import (
    INDICATORS,
    fit_map,
    indicator_values,
    model_position,
    positions,
    respondent_positions,
)
from mores.populations.derived import with_indices
from mores.populations.population import Population

COLUMNS = ["x", "y", "n", "n_effective", "left_out", "indicators", "absent", "partial"]
COLUMNS += ["x_low", "x_high", "y_low", "y_high"]
COLUMNS += ["ellipse_major", "ellipse_minor", "ellipse_angle", "synthetic"]
QUESTIONS = {"A008": "Q46", "A165": "Q57", "E018": "Q45", "E025": "Q209", "F063": "Q164"} | {
    "F118": "Q182",
    "F120": "Q184",
    "G006": "Q254",
}
AXES = {  # planted loadings: x, y
    "Q46": (-0.5, 0.1),
    "Q57": (-0.4, 0.1),
    "Q45": (0.0, 0.5),
    "Q209": (-0.6, -0.1),
    "Q164": (-0.1, -0.7),
    "Q182": (0.6, 0.3),
    "Q184": (0.3, 0.6),
    "Q254": (0.0, 0.6),
    "Q154": (0.5, 0.0),
    "Q155": (0.5, 0.0),
    "Q8": (0.0, -0.4),
    "Q14": (0.0, -0.4),
    "Q15": (0.0, 0.4),
    "Q17": (0.0, 0.4),
}
CENTRES = {("EGY", 2018): (-1.0, -1.0), ("SWE", 2011): (0.5, 0.5), ("SWE", 2017): (1.5, 1.5)}


@cache
def planted(n: int = 400, synthetic: bool = False) -> Population:
    """Two countries, one of them in two years, of which the later counts three times as many."""
    generator = np.random.default_rng(0)
    frames = []
    for (country, year), centre in CENTRES.items():
        size = 3 * n if year == 2017 else n
        latent = generator.normal(size=(size, 2)) + centre
        columns: dict[str, object] = {}
        for item, axes in AXES.items():
            codes = wvs7().item(item).codes
            response = latent @ np.array(axes) + generator.normal(0, 0.7, size)
            cuts = np.linspace(-1.2, 1.2, len(codes) + 1)[1:-1]
            columns[item] = np.array(codes)[np.digitize(response, cuts)]
            columns[item][generator.random(size) < 0.03] = -1
        columns["Q254"][:10] = 5
        frames.append(
            pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int8)).with_columns(
                survey=pl.lit("WVS"),
                wave=pl.lit(7 if year > 2015 else 6, pl.Int64),
                country=pl.lit(country),
                year=pl.lit(year, pl.Int64),
                respondent=pl.int_range(size, dtype=pl.Int64),
                weight=pl.Series(generator.gamma(4, 0.25, size)),
                sex=pl.Series(generator.integers(1, 3, size), dtype=pl.Int16),
            )
        )
    return Population("planted", with_indices(pl.concat(frames)), wvs7(), synthetic)


def with_column(population: Population, **columns: pl.Expr) -> Population:
    frame = population.frame.with_columns(**columns)
    return Population("changed", frame, population.instrument, population.synthetic)


def test_indicators_are_codes_in_the_order_of_the_map() -> None:
    population = small_population()
    values = indicator_values(population)
    assert values.shape == (len(population), 10)
    for k, indicator in enumerate(INDICATORS):
        column = population.frame[QUESTIONS.get(indicator, indicator)].to_list()
        allowed = population.instrument.item(indicator).codes
        expected = [np.nan if c is None or c not in allowed else c for c in column]
        np.testing.assert_array_equal(values[:, k], expected)


def test_missing_is_decided_by_each_indicator() -> None:
    """-2 and -1 are values of autonomy; code 5 is no degree of pride, -1 no answer to the others."""
    frame = small_population().frame.head(3).with_columns(
        pl.Series("Y003", [-2, -1, -5], dtype=pl.Int8),
        pl.Series("Q254", [5, 4, -1], dtype=pl.Int8),
        pl.Series("Q46", [-1, None, 1], dtype=pl.Int8),
    )  # fmt: skip
    values = indicator_values(Population("three", frame, wvs7(), synthetic=True))
    np.testing.assert_array_equal(values[:, 9], [-2, -1, np.nan])
    np.testing.assert_array_equal(values[:, 7], [np.nan, 4, np.nan])
    np.testing.assert_array_equal(values[:, 0], [np.nan, np.nan, 1])


def test_the_planted_plane_is_found() -> None:
    table = positions(planted(), fit_map(planted()), ("country", "year"), draws=200)
    places = {(c, y): (x, z) for c, y, x, z in table.select("country", "year", "x", "y").rows()}
    (ex, ey), (sx, sy), (lx, ly) = (places[key] for key in CENTRES)
    assert ex < sx < lx
    assert ey < sy < ly


def test_positions_are_tidy() -> None:
    table = positions(planted(), fit_map(planted()), draws=500, seed=3)
    assert table.columns == ["country", *COLUMNS]
    assert table["country"].to_list() == ["EGY", "SWE"]
    assert table["n"].to_list() == [400, 1600]
    assert (table["n_effective"] < table["n"]).all()
    assert table["left_out"].to_list() == [0, 0]
    assert table["synthetic"].to_list() == [False, False]
    assert table.null_count().sum_horizontal().item() == 0
    for axis in "xy":
        assert table[axis].is_between(table[f"{axis}_low"], table[f"{axis}_high"]).all()
    assert (table["ellipse_major"] >= table["ellipse_minor"]).all()
    assert_frame_equal(table, positions(planted(), fit_map(planted()), draws=500, seed=3))
    assert positions(planted(synthetic=True), fit_map(planted()), draws=2)["synthetic"].all()


def test_positions_against_plain_averages_and_the_bootstrap_of_one_country() -> None:
    population, culture_map = planted(), fit_map(planted())
    table = positions(population, culture_map, draws=1000)
    points = rescale(culture_map.scores(indicator_values(population)))
    of = (population.frame["country"] == "EGY").to_numpy()
    mean = np.average(points[of], axis=0, weights=population.weights[of])
    assert table.row(0)[1:3] == pytest.approx(tuple(mean))
    draws = bootstrap_positions(
        points[of], population.weights[of], np.zeros(of.sum(), int), 1, 1000, 0
    )
    first = table.row(0, named=True)
    low, high = np.quantile(draws[:, 0], [0.025, 0.975], axis=0)
    assert [first["x_low"], first["y_low"]] == pytest.approx(low.tolist(), abs=0.003)
    assert [first["x_high"], first["y_high"]] == pytest.approx(high.tolist(), abs=0.003)
    region = ellipse(draws)
    assert first["ellipse_major"] == pytest.approx(float(region.major[0]), rel=0.01)
    assert first["ellipse_angle"] == pytest.approx(float(region.angle[0]), abs=1e-9)
    wide = positions(population, culture_map, draws=1000, level=0.99).row(0, named=True)
    assert wide["ellipse_major"] > first["ellipse_major"]
    assert wide["x_low"] < first["x_low"]


def test_a_country_without_an_indicator_is_partial_and_keeps_its_respondents() -> None:
    """Q182 was not asked in Egypt."""
    population = planted()
    asked = pl.when(pl.col("country") == "EGY").then(-4).otherwise("Q182").cast(pl.Int8)
    partial = with_column(population, Q182=asked)
    before = positions(population, fit_map(population), draws=50)
    after = positions(partial, fit_map(partial), draws=50)
    assert after["n"].to_list() == before["n"].to_list()
    assert after["partial"].to_list() == [True, False]
    assert after["absent"].to_list() == ["F118", ""]
    assert after["indicators"][0] == pytest.approx(before["indicators"][0] - 0.97, abs=0.02)
    moved = (after.select("x", "y") - before.select("x", "y")).to_numpy()
    assert np.linalg.norm(moved, axis=1).max() < 0.35
    nobody = with_column(population, Q182=pl.lit(-4, pl.Int8))
    with pytest.raises(PopulationError, match=r"^changed: F118 has no answer"):
        fit_map(nobody)
    without = Population("less", population.frame.drop("Q182"), wvs7(), synthetic=True)
    with pytest.raises(PopulationError, match=r"^less \(synthetic\): F118 has no answer"):
        fit_map(without)
    placed = positions(without, fit_map(population), draws=50)
    assert placed["absent"].to_list() == ["F118", "F118"]


def test_unweighted_over_country_years() -> None:
    population, culture_map = planted(), fit_map(planted())
    by_year = positions(population, culture_map, ("country", "year"), draws=300)
    expected = by_year.group_by("country", maintain_order=True).agg(pl.col("x", "y").mean())
    equal = positions(population, culture_map, unweighted=True, draws=300)
    assert_frame_equal(equal.select("country", "x", "y"), expected)
    pooled = positions(population, culture_map, draws=300)
    assert pooled["x"][1] - equal["x"][1] > 0.1  # three in four of Sweden are of the later year
    assert equal["n"].to_list() == [400, 1600]
    assert equal["n_effective"][1] < pooled["n_effective"][1]
    # a half of either year's own error, whatever lies between the years
    by_year, equal = (
        positions(population, culture_map, by, draws=4000, unweighted=True)
        for by in (("country", "year"), ("country",))
    )
    years = by_year.filter(pl.col("country") == "SWE")
    for axis in "xy":
        widths = (years[f"{axis}_high"] - years[f"{axis}_low"]) / 2
        width = equal[f"{axis}_high"][1] - equal[f"{axis}_low"][1]
        assert width == pytest.approx(widths.pow(2).sum() ** 0.5, rel=0.05)
    by_year = positions(population, culture_map, ("country", "year"), draws=2)
    assert_frame_equal(
        positions(population, culture_map, ("country", "year"), unweighted=True, draws=2)
        .select("x", "y", "n", "n_effective"),
        by_year.select("x", "y", "n", "n_effective"),
    )  # fmt: skip


def test_constants_shift_every_place_alike() -> None:
    culture_map = fit_map(planted())
    ours, theirs = (
        positions(planted(), culture_map, constants=c, draws=50) for c in ("wvs", "tao2024")
    )
    for column in ("x", "x_low", "x_high"):
        assert (theirs[column] - ours[column]).to_list() == pytest.approx([0.342, 0.342])
    for column in ("y", "y_low", "y_high"):
        assert (theirs[column] - ours[column]).to_list() == pytest.approx([0.09, 0.09])
    assert_frame_equal(theirs.select("^ellipse.*$"), ours.select("^ellipse.*$"))
    with pytest.raises(PopulationError, match="planted: constants is 'x'; allowed: wvs, tao2024"):
        positions(planted(), culture_map, constants="x")


def test_groups_too_small_to_tell_have_no_interval() -> None:
    culture_map = fit_map(planted())
    few = planted().where(
        pl.col("respondent") < pl.when(pl.col("country") == "EGY").then(1).otherwise(9)
    )
    table = positions(few, culture_map, draws=50)
    assert table["n"].to_list() == [1, 18]
    assert table["x"].null_count() == 0
    for column in ("x_low", "y_high", "ellipse_major", "ellipse_angle"):
        assert table[column].is_null().to_list() == [True, False]
    swedes = few.where(pl.col("country") == "SWE")
    points = rescale(culture_map.scores(indicator_values(swedes)))
    draws = bootstrap_positions(points, swedes.weights, np.zeros(18, int), 1, 2000, 0)[:, 0]
    alone = positions(swedes, culture_map).row(0, named=True)
    level = expanded_level(0.95, int(alone["n_effective"]))
    assert level > 0.96
    ends = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    assert [alone["x_low"], alone["y_low"]] == pytest.approx(ends[0].tolist())
    assert [alone["x_high"], alone["y_high"]] == pytest.approx(ends[1].tolist())
    unweighed = with_column(few, weight=pl.when(pl.col("country") == "EGY").then("weight"))
    table = positions(unweighed, culture_map, draws=50)
    assert table["x"].is_null().to_list() == [False, True]
    assert table["n"].to_list() == [1, 0]
    assert table["left_out"].to_list() == [0, 18]
    assert table["absent"].to_list()[1] == ""


def test_by_other_columns_and_by_none() -> None:
    culture_map = fit_map(planted())
    table = positions(planted(), culture_map, ("country", "sex"), draws=50)
    assert table.columns == ["country", "sex", *COLUMNS]
    assert table.height == 4
    everybody = positions(planted(), culture_map, (), draws=50)
    assert everybody.height == 1
    centre = rescale([0.0, 0.0])
    assert everybody.select("x", "y").row(0) == pytest.approx(tuple(centre), abs=0.02)
    with pytest.raises(PopulationError, match="'sexes' is no column"):
        positions(planted(), culture_map, ("sexes",))
    with pytest.raises(PopulationError, match="planted: draws is 1; allowed: 2 and more"):
        positions(planted(), culture_map, draws=1)
    with pytest.raises(PopulationError, match=r"level is 95\.0"):
        positions(planted(), culture_map, draws=2, level=95.0)
    nobody = planted().where(pl.lit(value=False))
    with pytest.raises(PopulationError, match="nobody of planted has a value of country"):
        positions(nobody, culture_map)


def test_respondents_keep_their_order_and_who_answered_nothing_has_no_place() -> None:
    silent = pl.col("respondent") == 5
    columns = {q: pl.when(silent).then(-2).otherwise(q).cast(pl.Int8) for q in QUESTIONS.values()}
    codes = {
        name: pl.when(silent).then(-5).otherwise(name).cast(pl.Int8) for name in ("Y002", "Y003")
    }
    population = with_column(planted(synthetic=True), **columns, **codes)
    culture_map = fit_map(population)
    table = respondent_positions(population, culture_map, "tao2024")
    assert_frame_equal(table.select("country", "respondent", "weight"),
                       population.frame.select("country", "respondent", "weight"))  # fmt: skip
    assert table["x"].is_null().sum() == table["y"].is_null().sum() == 3
    assert table.filter(pl.col("x").is_null())["indicators"].to_list() == [0, 0, 0]
    assert table["synthetic"].all()
    left = positions(population, culture_map, draws=10)
    assert left["left_out"].to_list() == [1, 2]
    points = rescale(culture_map.scores(indicator_values(population)), "tao2024")
    np.testing.assert_allclose(table["x"].fill_null(np.nan), points[:, 0])


def test_a_model_answers_with_codes_means_or_distributions() -> None:
    culture_map = fit_map(planted())
    codes = {"A008": 2, "A165": 1, "E018": 3, "E025": 1, "F063": 1, "F118": 9, "F120": 8}
    codes |= {"G006": 3, "Y002": 3, "Y003": 2}
    place = model_position(culture_map, codes)
    expected = rescale(culture_map.scores(list(codes.values())))
    assert (place.x, place.y) == pytest.approx(tuple(expected))
    assert not place.partial
    by_id = {QUESTIONS.get(name, name): code for name, code in codes.items()}
    assert model_position(culture_map, by_id) == place
    spread = codes | {"A008": {1: 0.25, 2: 0.5, 3: 0.25}, "Q57": [1.0, 0.0], "F118": np.float64(9)}
    del spread["A165"]
    other = model_position(culture_map, spread)
    assert (other.x, other.y) == pytest.approx((place.x, place.y))
    shifted = model_position(culture_map, codes | {"A008": 2.5}, "tao2024")
    assert shifted.x - place.x == pytest.approx(0.342 + 1.81 * _step(culture_map, 0))


def _step(culture_map, indicator: int) -> float:
    return float(culture_map.weights[indicator, 0] * 0.5 / culture_map.sds[indicator])


def test_a_model_without_some_answers_is_partial() -> None:
    culture_map = fit_map(planted())
    answers = {"F063": 1, "F118": None, "F120": float("nan"), "Y003": 2}
    place = model_position(culture_map, answers)
    assert place.partial
    assert place.absent == tuple(n for n in INDICATORS if n not in ("F063", "Y003"))
    values = np.full(10, np.nan)
    values[[4, 9]] = 1, 2
    assert (place.x, place.y) == pytest.approx(tuple(rescale(culture_map.scores(values))))


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"A008": 5}, "the answer to A008 is 5; allowed: 1 to 4"),
        ({"Q254": -1}, "the answer to Q254 is -1; allowed: 1 to 4"),
        ({"F118": [1.0]}, r"the answer to F118 is \[1.0\]; allowed: shares of the options"),
        ({"F118": [0.1] * 11}, "allowed: shares"),
        ({"A165": [0.5, 0.6]}, "summing to 1"),
        ({"A165": [1.5, -0.5]}, "0 and more"),
        ({"A165": [float("nan"), 1.0]}, "allowed: shares"),
        ({"A165": {3: 1.0}}, r"allowed: shares of the options \[1, 2\]"),
        ({"A165": {"1": 1.0}}, "allowed: shares"),
        ({"A165": "ab"}, "allowed: shares"),
        ({"A008": 1, "Q46": 1}, "'A008' and 'Q46' are one indicator"),
        ({"Q47": 1}, "'Q47' is no indicator; allowed: A008"),
        ({"A008": None}, "no indicator has an answer"),
        ({}, "no indicator has an answer"),
    ],
)
def test_refuses_answers_that_are_none(answers, message) -> None:
    with pytest.raises(PopulationError, match=message):
        model_position(fit_map(planted()), answers)
