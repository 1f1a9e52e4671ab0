"""The page of a run, and of several side by side."""

from dataclasses import replace

import polars as pl
import pytest
from figure_reading import outside
from grounded_made import (
    FIGURES,
    MAP,
    MORAL,
    PROBE,
    Story,
    blocks_of,
    found_of,
    page_of,
    run,
)
from page_reading import Page
from report_material import HOSTILE, UNSEEN

from mores.report.comparison import labelled, write_comparison
from mores.report.grounded_personas import compare, report
from mores.report.grounded_personas.sentences import findings
from mores.report.page import rendered
from mores.report.registry import comparing_of, reporting_of


def test_the_study_is_registered():
    assert reporting_of("grounded-personas") is report
    assert comparing_of("grounded-personas") is compare


def test_the_page_is_one_safe_file_with_every_figure(found, drawn):
    page = Page(page_of(found, list(drawn.values())))
    page.check_safe()
    assert {e.attributes["id"] for e in page.all("figure")} == FIGURES
    assert "is not drawn" not in page.words
    for said in ("Simulated model", "Synthetic humans", "Synthetic input: biographies"):
        assert said in page.words
    assert "40 of them were asked" in page.words
    assert "paraphrases of this project" in page.words
    assert "smoothed (independence" in page.words


def test_tables_have_no_more_columns_than_a_page_has_room_for(found, drawn):
    sections = report.page(found, blocks_of(list(drawn.values()))).sections
    tables = {b.caption: b for s in sections for b in s.blocks if b.kind == "table"}
    assert {"Personas on the map as wholes", "Shape of the personas on the map"} <= set(tables)
    wide = {name: len(t.columns) for name, t in tables.items() if len(t.columns) > 11}
    assert not wide
    for table in tables.values():
        assert all(len(row.cells) == len(table.columns) for row in table.rows)
    by_group = tables["Alignment by group"]
    assert by_group.note.startswith("Questions: 36. ")
    assert by_group.rows[0].cells[0].note == "uniform"
    assert not any(" " in row.cells[2].text for row in by_group.rows if len(row.cells[2].text) < 12)


def test_the_words_are_absent_where_nothing_is_made_up():
    story = Story(label="some-model", forms=("configuration",))
    found = found_of(story, simulated=False, synthetic=False)
    assert found.basis.who == "some-model"
    assert found.basis.labels == ""
    for chart in report.charts(found):
        assert "imulated" not in chart.caption + "".join(findings(found))
        assert "ynthetic" not in chart.caption


def test_prompts_are_those_of_the_design(found):
    from mores.models.registry import resolve

    bound = found.bound
    design = bound.design(resolve("sim"))
    shown = [e.text for e in Page(page_of(found, [])).all("pre")]
    assert design.system_text(0) in shown
    for number in (int(bound.prompts[1]), int(bound.prompts[1 + len(bound.ascending)])):
        assert design.system_text(number) in shown
    place = next(
        k for k, p in enumerate(design.places) if len(bound.questions[p.question].codes) < 10
    )
    trial = design.n_scored + int(bound.prompts[1]) * len(design.places) + place
    assert design.request(trial, 0).messages[1].content in shown
    assert design.request(0, 0).messages[0].content in shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "fits the order, though the latter do vary"),
        ({"cultural": False}, "the order is not that of the paper's hypothesis"),
        (
            {"slope": 0.1},
            "displaced less, which speaks against collapse), towards 0.20 [0.16, 0.24]",
        ),
        ({"slope": -0.1}, "the less congruous are displaced farther), towards 0.20"),
        ({"slope": 0.01}, "no clear relation of displacement with congruence), towards 0.20"),
        ({}, "no collapse is planted, has towards 0.24, pull 0.04"),
        ({}, "biography: on x the intervals lie apart"),
        ({}, "above what chance gives: sex"),
        ({"effective": 3.1}, "an effective n of 3.1: too few personas carry the weight"),
    ],
)
def test_sentences_claim_what_the_intervals_support(changes, said):
    assert said in " ".join(findings(found_of(Story(**changes))))


def test_effects_that_cannot_be_told_apart_are_not_named(made):
    none = [pl.lit(None, pl.Float64).alias(f"d{axis}") for axis in "xy"]
    told = findings(found_of(Story(), {**made, "positions": made["positions"].with_columns(none)}))
    assert told
    assert not any("largest share" in sentence for sentence in told)


def test_a_single_persona_has_a_place_and_no_principal_axis(made):
    none = pl.lit(None, pl.Float64).alias("pc1_share")
    told = findings(found_of(Story(), {**made, "clouds": made["clouds"].with_columns(none)}))
    assert "their mean is x" in told[0]
    assert "principal axis" not in told[0]


def test_a_handful_of_biographies_is_not_compared_with_the_humans(made):
    few = made["demographics"].with_columns(n_biographies=pl.lit(1, pl.Int64))
    told = " ".join(findings(found_of(Story(), {**made, "demographics": few})))
    assert "contradict their configuration" in told
    assert "above what chance gives" not in told


def test_own_configurations_count_by_their_own_weights(found):
    from mores.personas.configuration_samples import chosen_configurations

    sample = chosen_configurations(found.bound.sample.indices)
    bound = replace(found.bound, sample=sample)
    own = replace(found, bound=bound)
    assert "counting by their own weights" in findings(own)[0]
    assert "counting by their own weights" in own.basis.uniform
    words = Page(page_of(own, [])).words
    assert "every configuration of the grid counting the same" not in words


def test_without_intervals_nothing_is_compared():
    told = " ".join(findings(found_of(Story(intervals=False))))
    assert "intervals" not in told.replace("has an interval above", "")
    assert "Collapse" not in told


def test_the_alignment_of_the_sentence_is_that_of_the_table(found, made):
    row = made["alignment_overall"].row(0, named=True)
    assert f"told as configuration {row['alignment']:.3f}" in " ".join(findings(found))


@pytest.mark.parametrize("without", [MAP, PROBE, MORAL, (*MAP, *PROBE, *MORAL)])
def test_partial_runs_have_a_page(without):
    page = Page(page_of(found_of(Story(without=without)), []))
    page.check_safe()
    assert not {"None", "nan"} & set(page.words.split())


def test_hostile_tables_stay_text(made):
    kept = {"uniform", "prevalence", "everyone", "none", "grid", "configuration", "variance"}
    hostile = {
        name: table.with_columns(
            pl.col(c).map_elements(
                lambda t: t if t in kept else f"{t}{HOSTILE}$x^1$ {UNSEEN}", return_dtype=pl.String
            )
            for c, kind in table.schema.items()
            if kind == pl.String
        )
        for name, table in made.items()
    }
    story = Story(label=f"{HOSTILE}{UNSEEN}")
    page = Page(page_of(found_of(story, hostile)))
    page.check_safe()
    assert not page.all("img")
    assert "\u202e" not in page.source


def test_a_comparison_has_its_figures_and_its_tables(tmp_path):
    stories = [
        Story(label="one", seed=1),
        Story(label="two", seed=2, without=MAP, forms=("configuration",)),
        Story(label="three", seed=3, without=(*PROBE, *MORAL)),
    ]
    runs = [run(tmp_path / s.label, s) for s in stories]
    page = Page(write_comparison(runs, tmp_path / "out").read_text("utf-8"))
    page.check_safe()
    assert {p.stem for p in (tmp_path / "out/figures").iterdir()} == {
        "figure1_alignment", "figure2_clouds", "figure3_foundations", "figure4_importance",
    }  # fmt: skip
    table = pl.read_parquet(tmp_path / "out/tables/alignment_by_model.parquet")
    own = runs[1].tables["alignment_overall"].row(0, named=True)
    row = table.filter(model="two").row(0, named=True)
    assert row["alignment"] == own["alignment"]
    assert "Synthetic humans" in page.words
    assert "imulated: one, two, three" in page.words
    for chart in compare.charts(labelled(runs)):
        assert outside(chart.figure) == [], chart.name
        assert "simulated" in chart.caption


def test_runs_with_nothing_in_common_can_be_compared(tmp_path):
    runs = [run(tmp_path / "a", Story(without=(*MAP, *PROBE, *MORAL)))] * 2
    named = labelled(runs)
    page = Page(
        rendered(compare.page(named, compare.tables(named), blocks_of(compare.charts(named))))
    )
    assert page.words.count("is not drawn") == 4
    assert not {"None", "nan"} & set(page.words.split())
