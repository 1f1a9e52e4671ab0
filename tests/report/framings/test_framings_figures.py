"""All figures of a run."""

import dataclasses
import re

import polars as pl
import pytest
from figure_reading import outside
from tables_made import FIGURES, FRAMINGS, SLICES, Story, found_of, tables, texts_of

from mores.report.framings import report
from mores.report.framings.deviation_figure import shown_framing
from mores.report.framings.labels import framing_style
from mores.report.framings.matrix_figures import by_slice, is_clear
from mores.report.style import svg_of, write_charts


def names_of(found):
    return {chart.name for chart in report.charts(found)}


def words_in(chart):
    return " ".join(t.get_text() for t in chart.figure.findobj(lambda a: hasattr(a, "get_text")))


def test_every_figure_states_what_it_rests_on_and_cuts_nothing_off(drawn):
    assert set(drawn) == FIGURES
    for chart in drawn.values():
        flat = " ".join(svg_of(chart.figure).split())
        assert "4,400 of 4,646 requests asked are coded (94.7" in flat, chart.name
        assert "no language model was asked" in flat, chart.name
        assert "synthetic humans" in flat, chart.name
        assert chart.alt.endswith(".")
        assert outside(chart.figure) == [], chart.name


def test_captions_state_n_and_coverage(drawn):
    for name, chart in drawn.items():
        if name != "figure5_deviations":
            assert re.search(r"\bn [\d,]+", chart.caption), name
        if name not in ("figure4_by_axis", "figure5_deviations"):
            assert re.search(r"coverage [\d.]+", chart.caption), name
    assert "questions each" in drawn["figure5_deviations"].caption
    assert "4 axes for 13 slices" in drawn["figure5_deviations"].caption


def test_files_are_written_and_those_of_an_earlier_report_removed(tmp_path):
    (tmp_path / "figure9_old.png").write_bytes(b"")
    found = found_of(Story(slices=SLICES[:2], units=8))
    blocks = write_charts(tmp_path, report.charts(found))
    assert {p.stem for p in tmp_path.iterdir()} == {b.name for b in blocks}
    assert all((tmp_path / f"{b.name}.{kind}").exists() for b in blocks for kind in ("svg", "png"))


def test_equal_tables_give_equal_figures(story, made, drawn):
    again = by_slice(found_of(story, made).basis)
    assert svg_of(again.figure) == svg_of(drawn[again.name].figure)


def test_the_matrix_prints_the_numbers_of_the_table(made, drawn):
    said = words_in(drawn["figure3_by_slice"])
    row = made["by_slice"].filter(slice="hi-IND", framing="third-person")
    assert f"+{row['alignment'][0]:.3f}" in said
    assert f"[+{row['alignment_low'][0]:.3f}, +{row['alignment_high'][0]:.3f}]" in said
    overall = made["overall"].filter(framing="third-person")["alignment"][0]
    assert f"+{overall:.3f}" in said
    assert "India (hi)" in said


def test_zero_is_white_and_signs_have_colours_that_differ(drawn):
    mesh = drawn["figure3_by_slice"].figure.axes[0].patches
    faces = {tuple(round(c, 3) for c in p.get_facecolor()[:3]) for p in mesh}
    white = [f for f in faces if min(f) > 0.95]
    assert len(white) >= 1
    assert any(f[2] > f[0] + 0.2 for f in faces)
    assert any(f[0] > f[2] + 0.02 for f in faces)


def test_an_interval_is_clear_only_if_zero_lies_outside():
    assert is_clear({"a_low": 0.01, "a_high": 0.2}, "a")
    assert is_clear({"a_low": -0.3, "a_high": -0.1}, "a")
    assert not is_clear({"a_low": 0.0, "a_high": 0.2}, "a")
    assert not is_clear({"a_low": None, "a_high": 0.2}, "a")
    assert not is_clear({}, "a")


@pytest.mark.parametrize(
    ("changes", "gone"),
    [
        ({"framings": FRAMINGS[:1], "slices": SLICES[3:4]}, set()),
        ({"slices": SLICES[10:11], "units": 1}, set()),
        ({"intervals": False}, set()),
        ({"forms": ("distribution",)}, set()),
        ({"framings": ("language", "my own framing", "<b>other</b>")}, set()),
        (
            {"without": ("references", "tests", "deviations", "refusals", "by_axis")},
            {"figure4_by_axis", "figure5_deviations", "figure7_refusals"},
        ),
        (
            {"refusal": 1.0, "intervals": False},
            {"figure2_overall", "figure3_by_slice", "figure4_by_axis", "figure6_by_category"}
            | {"figure_gaps"},
        ),
    ],
)  # fmt: skip
def test_a_figure_is_drawn_where_its_data_exist_and_its_absence_is_explained(changes, gone):
    found = found_of(Story(**({"units": 12, "slices": SLICES[:4]} | changes)))
    charts = report.charts(found)
    assert {c.name for c in charts} == FIGURES - gone - {"figure_prompt_languages"}
    if len(changes) == 2 or "framings" in changes:
        for chart in charts:
            assert outside(chart.figure) == [], chart.name
    text = texts_of(found)
    for name in gone:
        number = name.split("_")[0].removeprefix("figure")
        lead = f"Figure {number}" if number else "The figure of gaps"
        assert f"{lead} is not drawn: " in text


def test_deviations_are_those_of_the_third_person_or_the_last_framing():
    found = found_of(Story(units=5, slices=SLICES[:2]))
    assert shown_framing(found.model) == "third-person"
    found = found_of(Story(units=5, slices=SLICES[:2], framings=FRAMINGS[:2]))
    assert shown_framing(found.model) == "user-country"
    chart = next(c for c in report.charts(found) if c.name == "figure5_deviations")
    assert "user-country" in chart.caption


def test_distributions_stand_beside_points():
    story = Story(units=12, slices=SLICES[:3], forms=("distribution", "point"))
    found = found_of(story)
    assert found.model.form == "point"
    chart = next(c for c in report.charts(found) if c.name == "figure2_overall")
    assert "Hollow: distributions" in chart.caption
    point = tables(story)["overall"].filter(form="point", framing="third-person")
    assert found.model.overall["third-person"]["alignment"] == point["alignment"][0]


def test_what_is_missing_is_hatched_and_not_zero(made):
    empty = made["by_slice"].with_columns(
        alignment=pl.when(pl.col("slice") == "hi-IND").then(None).otherwise("alignment")
    )
    found = found_of(Story(), made | {"by_slice": empty})
    chart = by_slice(found.basis)
    hatched = [p for p in chart.figure.axes[0].patches if p.get_hatch()]
    assert len(hatched) == len(FRAMINGS)
    assert "India (hi): Language –" in chart.alt


def test_framings_have_colours_and_markers_of_their_own():
    styles = [framing_style(f) for f in FRAMINGS]
    assert len({s.colour for s in styles}) == len({s.marker for s in styles}) == 4
    assert dataclasses.astuple(framing_style("my-own"))[1] == "My own"
