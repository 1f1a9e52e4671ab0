"""All figures of a run."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from persona_material import (
    COUNTRIES,
    FIGURES,
    MAIN,
    QUESTIONS,
    STRENGTH,
    Story,
    found_of,
    outside,
    texts_of,
)

from mores.report.calibrated_personas import report
from mores.report.calibrated_personas.cloud_figure import persona_clouds
from mores.report.calibrated_personas.context import Findings
from mores.report.calibrated_personas.error_figures import error_by_arm
from mores.report.calibrated_personas.heat_figure import heat_map
from mores.report.calibrated_personas.map_figure import cultural_map
from mores.report.calibrated_personas.sample_figure import error_by_personas
from mores.report.calibrated_personas.temperature_figure import by_temperature
from mores.report.culture_map.clouds import cloud_of
from mores.report.style import svg_of


def names_of(found):
    return {chart.name for chart in report.charts(found)}


def test_every_figure_states_what_it_rests_on_and_cuts_nothing_off(drawn):
    for chart in drawn.values():
        svg = svg_of(chart.figure)
        flat = " ".join(svg.split())
        assert "412,300 of 412,512 requests coded (99.9" in flat, chart.name
        assert "no language model was asked" in flat, chart.name
        assert "synthetic humans" in flat, chart.name
        assert chart.alt
        assert chart.caption.endswith(".")
        assert outside(chart.figure) == [], chart.name


@pytest.mark.parametrize("arms", [MAIN[-1:], tuple(STRENGTH)], ids=["one", "nine"])
def test_nothing_is_cut_off_in_ten_countries(arms):
    story = Story(arms=arms, questions=QUESTIONS[:3], guidance=("social_science",))
    basis = found_of(story).basis
    for make in (error_by_arm, error_by_personas, cultural_map, by_temperature, heat_map):
        chart = make(basis)
        assert chart is None or outside(chart.figure) == [], chart.name


def test_equal_tables_give_equal_figures(story, made, drawn):
    basis = found_of(story, made).basis
    for make in (error_by_arm, cultural_map, heat_map):
        again = make(basis)
        assert svg_of(again.figure) == svg_of(drawn[again.name].figure)


ONE = {
    "questions": QUESTIONS[:5],
    "countries": COUNTRIES[7:9],
    "guidance": ("a", "b"),
    "arms": MAIN,
}


@pytest.mark.parametrize(
    ("changes", "gone"),
    [
        (
            {"arms": ("value",)},
            {"figure1a_cultural_map", "figure1b_personas_on_map", "figure4_diversity"}
            | {"figure5_guidance", "figure8_by_question"},
        ),
        (
            {"arms": ("generic",)},
            FIGURES - {"figure1a_cultural_map", "figure1b_personas_on_map"}
            - {"figure2_error_by_arm", "figure10_diversity_by_arm", "figure11_error_heat_map"}
            - {"figure9_temperature"},
        ),
        ({"countries": COUNTRIES[:1]}, set()),
        ({"questions": QUESTIONS[:1]}, set()),
        ({"without": ("shapley",)}, {"figure7_shapley"}),
        ({"without": ("calibration", "calibrated_cells", "tests"), "baselines": ()}, set()),
        ({"without": ("temperatures",)}, {"figure9_temperature"}),
        ({"without": ("positions",)}, {"figure1a_cultural_map"}),
        ({"guidance": ("social_science",)}, {"figure5_guidance"}),
        ({"descriptors": ("composable",)}, {"figure6_descriptors"}),
    ],
)  # fmt: skip
def test_a_figure_is_drawn_where_its_data_exist_and_its_absence_is_explained(changes, gone):
    found = found_of(Story(**(ONE | changes)))
    assert names_of(found) == FIGURES - gone
    text = texts_of(found)
    for name in gone:
        number = {"figure1a": "Figure 1 A", "figure1b": "Figure 1 B"}.get(name.split("_")[0])
        number = number or f"Figure {name.split('_')[0].removeprefix('figure')}"
        assert f"{number} is not drawn: " in text


def test_the_clouds_are_those_of_the_respondents(story, made, respondents, monkeypatch):
    monkeypatch.setattr(Findings, "crowds", respondents)
    only = made["persona_positions"].filter(country="GHA")
    found = found_of(story, made | {"persona_positions": only})
    points, weights = found.crowds(["GHA"])["GHA"]
    frame = found.bound.humans.population.frame
    n = frame.filter(pl.col("country") == "GHA", pl.col("weight") > 0).height
    assert len(points) == len(weights) > 0.95 * n > 50
    outline = cloud_of("GHA", "", points, weights).rings[0][1][0]
    chart = persona_clouds(found.basis)
    shapes = [patch.get_xy() for patch in chart.figure.axes[0].patches]
    assert any(np.allclose(xy[: len(outline)], outline) for xy in shapes)
    assert "Shaded: where" in chart.caption
    assert "is not known" in persona_clouds(dataclasses.replace(found.basis, crowds=None)).caption
