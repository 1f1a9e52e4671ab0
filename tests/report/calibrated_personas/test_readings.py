"""What figures and sentences read from the tables."""

import dataclasses

import polars as pl
import pytest
from persona_material import Story, found_of

from mores.report.calibrated_personas.context import ends_of
from mores.report.calibrated_personas.heat_figure import best_arms, heat_map, is_sure
from mores.report.calibrated_personas.labels import (
    arm_style,
    arms_of,
    condition_note,
    country_title,
    indicator_title,
    question_title,
)
from mores.report.calibrated_personas.question_figure import paired_questions
from mores.report.calibrated_personas.robustness_figures import stars, variants_of
from mores.report.calibrated_personas.sentences import findings
from mores.report.calibrated_personas.shapley_figure import indicator_means
from mores.report.calibrated_personas.temperature_figure import chosen_temperatures
from mores.report.calibrated_personas.variance_figures import _panels
from mores.report.style import svg_of


@pytest.fixture
def found(story, made):
    return found_of(story, made)


def test_arms_have_an_order_and_a_look_of_their_own():
    assert arms_of(["value+nationality", "mine", "country", "generic", "country"]) == [
        "generic",
        "country",
        "value+nationality",
        "mine",
    ]
    bare, whole = arm_style("value"), arm_style("value+nationality")
    assert (bare.title, whole.title) == ("Value", "Value + nationality")
    assert bare.colour == whole.colour
    assert bare.dashes != whole.dashes
    assert len({arm_style(a).colour for a in ("generic", "country", "value", "few-shot")}) == 4
    assert not arm_style("country").bare
    assert arm_style("<b>\u202e").title == "<b>\\u202e"


def test_titles_are_words():
    assert question_title("Q1") == "Importance of family"
    assert question_title("=mine") == "=mine"
    assert indicator_title("Y002").startswith("Post-materialist")
    assert country_title("GHA") == "Ghana"
    assert country_title("all", ["GHA", "JPN"]) == "Mean of 2"
    assert condition_note("social_science", "composable") == "social science, composable"
    assert condition_note("", "") == ""


@pytest.mark.parametrize(
    ("p", "mark"),
    [(5e-5, "****"), (5e-4, "***"), (5e-3, "**"), (0.03, "*"), (0.05, "ns"), (1.0, "ns")],
)
def test_stars(p, mark):
    assert stars(p) == mark


def test_an_interval_over_questions_comes_first():
    row = {"mae_low": 0.1, "mae_high": 0.2, "mae_questions_low": 0.0, "mae_questions_high": 0.3}
    assert ends_of(row, "mae") == (0.0, 0.3, "questions")
    assert ends_of(row | {"mae_questions_low": None}, "mae") == (0.1, 0.2, "personas")
    assert ends_of({"mae_low": float("nan"), "mae_high": 0.2}, "mae") is None


def test_the_wording_that_most_arms_share_stands_for_an_arm(story, made):
    # Sorted by name, the variants of the country arm begin with another wording.
    turned = {n: t.sort("guidance") if "guidance" in t.columns else t for n, t in made.items()}
    for tables in (made, turned):
        model = found_of(story, tables).model
        assert model.reference["country"] == ("social_science", "")
        assert model.reference["value+nationality"] == ("social_science", "composable")
        assert model.reference["generic"] == ("", "")
    assert len(model.main("errors", arm="country")) == 4 * 12


def test_the_best_arm_is_the_one_with_the_least_error(found, made):
    best = best_arms(found.model)
    for country in found.model.countries:
        errors = {a: r["mae"] for (a, c), r in found.model.mae.items() if c == country}
        assert errors[best[country]] == min(errors.values())
    means = made["errors_by_country"].filter(country="all", arm=best["all"])
    assert found.model.mae[best["all"], "all"]["mae"] == means["mae"][0]


def with_tests(found, country, best, ps, **changes):
    """The same findings with other tests of one country."""
    rows = []
    for other, p in ps.items():
        (ga, da), (gb, db) = found.model.reference[other], found.model.reference[best]
        rows.append(
            {
                "model": "m", "test": "wilcoxon", "measure": "absolute_error", "arm_a": other,
                "guidance_a": ga, "descriptors_a": da, "arm_b": best, "guidance_b": gb,
                "descriptors_b": db, "country": country, "n": 35, "difference": 0.1, "effect": 0.5,
                "p": p, "p_adjusted": p, "unit": "question" if country == "all" else "cell",
            }
            | changes
        )  # fmt: skip
    model = dataclasses.replace(
        found.model, tables={**found.model.tables, "tests": pl.DataFrame(rows)}
    )
    return dataclasses.replace(found, model=model)


@pytest.mark.parametrize("country", ["GHA", "all"])
def test_a_lead_is_sure_only_over_every_other_arm(story, made, country):
    arms = ("generic", "country", "value+nationality")
    found = found_of(
        dataclasses.replace(story, arms=arms),
        {n: t.filter(pl.col("arm").is_in(arms)) if "arm" in t.columns else t
         for n, t in made.items()},
    )  # fmt: skip
    sure = {"generic": 0.01, "country": 0.04}

    def says(ps, **changes):
        model = with_tests(found, country, "value+nationality", ps, **changes).model
        return is_sure(model, country, "value+nationality")

    assert says(sure)
    assert not says(sure | {"country": 0.06})
    assert not says({"generic": 0.01})
    assert not says(sure, measure="wasserstein")
    assert not says(sure, test="mann-whitney")
    assert not says(sure, guidance_b="minimal")
    assert says(sure, unit="cell") is (country != "all")


def test_the_best_cell_is_bold_and_its_sure_lead_underlined(found):
    best = best_arms(found.model)["GHA"]
    others = [a for a in found.model.arms if a != best]
    values = {a: found.model.mae[a, "GHA"]["mae"] for a in found.model.arms}
    for p, lines in ((0.01, 1), (0.5, 0)):
        figure = heat_map(with_tests(found, "GHA", best, dict.fromkeys(others, p)).basis).figure
        axes = figure.axes[0]
        assert len(axes.lines) == lines
        bold = [t.get_text() for t in axes.texts if t.get_weight() == "bold"]
        assert f"{values[best]:.3f}".removeprefix("0") in bold
        assert len(bold) == 5  # the mean and four countries


def test_questions_are_paired_over_the_countries_that_both_arms_have(found, made):
    pair = paired_questions(found.model)
    assert pair.across == "value+nationality"
    errors = made["errors"]
    for question in ("Q2", "Q5"):
        for arm, value in zip(("value+nationality", "country"), pair.errors[question], strict=True):
            own = errors.filter(arm=arm, question=question, guidance="social_science")
            own = own.filter(pl.col("descriptors").is_in(["", "composable"]))
            assert value == pytest.approx(own["absolute_error"].mean())
    assert pair.above == sum(x < y for x, y in pair.errors.values())
    hole = (
        (pl.col("arm") == "country") & (pl.col("question") == "Q2") & (pl.col("country") == "GHA")
    )
    gone = errors.with_columns(absolute_error=pl.when(hole).then(None).otherwise("absolute_error"))
    fewer = paired_questions(
        dataclasses.replace(found.model, tables=made | {"errors": gone})
    ).errors["Q2"]
    left = errors.filter(
        pl.col("country") != "GHA", arm="value+nationality", question="Q2", descriptors="composable"
    )
    assert fewer[0] == pytest.approx(left["absolute_error"].mean())


def test_variants_hold_everything_else(found, made):
    boxes = variants_of(found.basis, "guidance", "descriptors")
    assert list(boxes) == ["country"]
    assert len(boxes["country"]) == 4
    boxes = variants_of(found.basis, "descriptors", "guidance")
    assert {arm: list(own) for arm, own in boxes.items()} == {
        "value+nationality": ["composable", "modular", "no-hedge"]
    }
    own = made["errors"].filter(arm="value+nationality", descriptors="no-hedge")
    assert boxes["value+nationality"]["no-hedge"] == own["absolute_error"].drop_nulls().to_list()


def test_indicators_are_ranked_without_the_row_of_all(found, made):
    ranked = indicator_means(found.model.rows("shapley"))
    own = made["shapley"].filter(pl.col("country") != "all")
    means = dict(own.group_by("indicator").agg(pl.col("value").mean()).rows())
    assert dict(ranked) == pytest.approx(means)
    assert [v for _, v in ranked] == sorted(dict(ranked).values())


def test_the_heat_map_of_values_shows_zero_in_the_middle_and_its_errors(found):
    from mores.report.calibrated_personas.shapley_figure import importance

    chart = importance(found.basis)
    svg = svg_of(chart.figure)
    assert svg.count("±0.8") == 10 * 5
    assert "standard error" in chart.caption
    bar = chart.figure.axes[-1]
    low, high = bar.get_xlim()
    assert low == -high
    exact = found.model.tables["shapley"].with_columns(standard_error=0.0, method=pl.lit("exact"))
    model = dataclasses.replace(found.model, tables={**found.model.tables, "shapley": exact})
    chart = importance(dataclasses.replace(found, model=model).basis)
    assert "±" not in svg_of(chart.figure)
    assert "All subsets were asked" in chart.caption


def test_calibrated_variances_are_those_of_tilting_by_country(found, made):
    panel = _panels(found.model, ["value"])[2]
    cells = made["calibrated_cells"].filter(arm="value", method="tilting")
    assert sorted(panel.arms[0]) == sorted(cells["variance_calibrated"])
    human = made["errors"].filter(arm="value")["variance_human"].drop_nulls()
    assert sorted(panel.humans) == sorted(human)
    pooled = {n: t for n, t in made.items() if n != "calibrated_cells"}
    panel = _panels(dataclasses.replace(found.model, tables=pooled), ["value"])[2]
    after = made["calibration"].filter(arm="value", method="tilting")["variance_after"]
    assert sorted(panel.arms[0]) == sorted(after)


def test_chosen_temperatures_are_of_one_method(found, made):
    for method in ("tilting", "scaling"):
        own = made["calibration"].filter(arm="value", method=method)
        assert chosen_temperatures(found.model, "value", method) == own["temperature"].to_list()


@pytest.mark.parametrize(
    ("p", "says"),
    [
        (0.01, "The errors of Value + nationality and Country differ (difference \u22120.100"),
        (0.2, "No significant difference of the errors of Value + nationality and Country"),
    ],
)
def test_a_sentence_claims_no_more_than_its_test(p, says):
    arms = ("country", "value+nationality")
    found = found_of(Story(arms=arms, guidance=("social_science",), descriptors=("composable",)))
    sentences = findings(with_tests(found, "all", "value+nationality", {"country": p}))
    told = [s for s in sentences if "over 35 questions" in s]
    assert len(told) == 1
    assert told[0].startswith(says)


def test_without_a_test_no_sentence_says_that_arms_differ(found, made):
    tables = {n: t for n, t in made.items() if n != "tests"}
    said = findings(
        dataclasses.replace(found, model=dataclasses.replace(found.model, tables=tables))
    )
    assert not any("differ" in s for s in said)
    assert any("significant in 0." in s for s in said)


def test_arms_without_personas_are_levels_beside_the_curves(found):
    from mores.report.calibrated_personas.sample_figure import error_by_personas

    axes = error_by_personas(found.basis).figure.axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    generic = found.model.mae["generic", "all"]["mae"]
    assert set(lines["Generic"].get_ydata()) == {generic}
    assert list(lines["Value"].get_xdata()) == [1, 2, 5, 10, 20, 50, 100, 200]
