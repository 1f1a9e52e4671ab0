"""All figures of a run."""

import re

import numpy as np
import polars as pl
import pytest
from figure_reading import outside
from grounded_made import FIGURES, MAP, MORAL, PROBE, STORIES, Story, found_of, tables

from mores.report.grounded_personas import report
from mores.report.grounded_personas.map_figure import one_scale, persona_map
from mores.report.style import svg_of


def words_in(chart):
    return [t.get_text() for t in chart.figure.findobj(lambda a: hasattr(a, "get_text"))]


def test_every_figure_states_what_it_rests_on_and_cuts_nothing_off(drawn):
    assert set(drawn) == FIGURES
    for chart in drawn.values():
        flat = " ".join(svg_of(chart.figure).split())
        assert "requests asked are coded (100" in flat, chart.name
        assert "no language model was asked" in flat, chart.name
        assert "synthetic humans" in flat, chart.name
        assert "simulated biographies" in flat, chart.name
        assert chart.alt.endswith(".")
        assert outside(chart.figure) == [], chart.name


def test_captions_say_of_how_many_and_what_is_made_up(drawn):
    for name, chart in drawn.items():
        assert re.search(r"\d", chart.caption), name
        assert "no language model was asked" in chart.caption, name
        assert "synthetic humans" in chart.caption, name
        assert "simulated biographies" in chart.caption, name


def test_equal_tables_give_equal_figures(story, made, drawn):
    again = persona_map(found_of(story, made).basis)
    assert svg_of(again.figure) == svg_of(drawn[again.name].figure)


def test_a_large_grid_is_drawn_as_densities(made):
    places = made["persona_positions"]
    found = found_of(Story(), made)
    many = np.random.default_rng(1).normal(size=(93_312, 2))
    one = {"model": "sim", "form": "configuration", "x": many[:, 0], "y": many[:, 1]}
    wide = pl.concat([places, pl.DataFrame(one)], how="diagonal_relaxed")
    big = found_of(Story(), made | {"persona_positions": wide})
    sizes = [len(svg_of(persona_map(f.basis).figure)) for f in (found, big)]
    assert sizes[1] < 2 * sizes[0]


def test_weights_move_the_density_but_not_the_uniform_panel(found):
    ground = found.basis.ground
    assert set(ground.weights) == {"uniform", "prevalence"}
    for weights in ground.weights.values():
        assert weights.sum() == pytest.approx(1)
        assert len(weights) == len(found.bound.ascending)
    assert len(ground.names) == len(ground.points) > 20


def test_a_unit_is_as_long_on_both_axes():
    left, right, bottom, top = one_scale((0, 4, 0, 1), 0.5)
    assert (top - bottom) / (right - left) == pytest.approx(0.5)
    assert left <= 0 <= 4 <= right
    assert bottom <= 0 <= 1 <= top


def test_heat_map_prints_the_variances(drawn):
    said = words_in(drawn["figure5_importance"])
    assert {"Variance", "SD (points)", "0.1600", "0.0025", ".50"} <= set(said)


def test_movement_prints_shares_of_variance(drawn):
    said = words_in(drawn["figure2_movement"])
    assert {"η² 0.20", "η² 0.18", "Religiosity", "Very important"} <= set(said)


@pytest.mark.parametrize(
    ("changes", "gone"),
    [
        ({"without": MAP}, {"figure1_map", "figure2_movement", "figure6_collapse"}),
        ({"without": PROBE}, {"figure3_alignment", "figure7_diversity"}),
        ({"without": MORAL}, {"figure4_foundations", "figure5_importance"}),
        ({"forms": ("configuration",)}, {"figure8_contradictions", "figure9_demographics"}),
        ({"forms": ("both", "biography", "configuration"), "intervals": False}, set()),
        (
            {"empty": (*MAP, *PROBE, *MORAL, *STORIES), "coded": 0.0, "intervals": False},
            FIGURES,
        ),
        ({"without": (*MAP, *PROBE, *MORAL, *STORIES, "requests")}, FIGURES),
    ],
)
def test_a_figure_is_drawn_where_its_data_exist_and_its_absence_is_explained(changes, gone):
    found = found_of(Story(**changes))
    charts = report.charts(found)
    assert {c.name for c in charts} == FIGURES - gone
    if not gone:
        for chart in charts:
            assert outside(chart.figure) == [], chart.name
    sections = report.page(found, []).sections
    said = " ".join(p for s in sections for b in s.blocks for p in getattr(b, "paragraphs", []))
    for name in gone:
        number = name.split("_")[0].removeprefix("figure")
        assert f"Figure {number} is not drawn: " in said


def test_tables_with_no_rows_at_all_are_as_if_absent():
    made = {name: table.clear() for name, table in tables(Story()).items()}
    assert report.charts(found_of(Story(), made)) == []
