"""The page of a run, and all of its figures."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from page_reading import Page
from persona_material import (
    COUNTRIES,
    MAIN,
    QUESTIONS,
    STRENGTH,
    Story,
    found_of,
    outside,
    page_of,
    tables,
)
from report_material import HOSTILE, UNSEEN

from mores.report.blocks import Cell
from mores.report.calibrated_personas import error_sections, report
from mores.report.calibrated_personas.cloud_figure import persona_clouds
from mores.report.calibrated_personas.context import Findings
from mores.report.calibrated_personas.error_figures import error_by_arm
from mores.report.calibrated_personas.further_sections import calibration, robustness
from mores.report.calibrated_personas.heat_figure import heat_map
from mores.report.calibrated_personas.labels import country_title
from mores.report.calibrated_personas.map_figure import cultural_map
from mores.report.calibrated_personas.sample_figure import error_by_personas
from mores.report.calibrated_personas.temperature_figure import by_temperature
from mores.report.culture_map.clouds import cloud_of
from mores.report.registry import comparing_of, reporting_of
from mores.report.style import svg_of

FIGURES = {
    "figure1a_cultural_map",
    "figure1b_personas_on_map",
    "figure2_error_by_arm",
    "figure3_error_by_personas",
    "figure4_diversity",
    "figure5_guidance",
    "figure6_descriptors",
    "figure7_shapley",
    "figure8_by_question",
    "figure9_temperature",
    "figure10_diversity_by_arm",
    "figure11_error_heat_map",
}


def names_of(found):
    return {chart.name for chart in report.charts(found)}


def sections_of(found):
    """What the page says, without the time that figures take."""
    return {section.id: section for section in report.page(found, []).sections}


def texts_of(found):
    said = [*report.page(found, []).findings]
    for section in sections_of(found).values():
        for block in section.blocks:
            said += getattr(block, "paragraphs", [])
            said += [f"{lead} {text}" for lead, text in getattr(block, "items", [])]
            said += [c.text for row in getattr(block, "rows", []) for c in row.cells]
            said.append(getattr(block, "note", ""))
    return "\n".join(said)


def test_the_study_is_registered():
    assert reporting_of("calibrated-personas") is report
    assert comparing_of("calibrated-personas").__name__.endswith("calibrated_personas.compare")


def test_the_page_is_one_safe_file_with_every_figure(story, made, drawn):
    page = Page(page_of(found_of(story, made), list(drawn.values())))
    page.check_safe()
    assert {e.attributes["id"] for e in page.all("figure")} == FIGURES
    assert "is not drawn" not in page.words
    assert "Simulated model" in page.words
    assert "Synthetic humans" in page.words


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


def test_the_words_are_absent_where_nothing_is_made_up(story, made):
    story = dataclasses.replace(story, label="some-model")
    found = found_of(story, made, simulated=False, synthetic=False)
    html = page_of(found)
    assert "imulated" not in html
    assert "ynthetic" not in html
    assert "some-model against humans" in html
    half = found_of(story, made, simulated=False)
    assert half.basis.subtitle == "some-model against synthetic humans"
    assert "imulated" not in half.basis.source
    assert "ynthetic humans." in texts_of(half)
    assert "imulated" not in texts_of(half)


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


@pytest.mark.parametrize("missing", ["absent", "empty"])
def test_a_run_without_any_table_still_has_a_page(made, missing):
    story = Story()
    none = {} if missing == "absent" else {name: table.clear() for name, table in made.items()}
    found = found_of(story, none)
    assert report.charts(found) == []
    page = Page(page_of(found))
    page.check_safe()
    assert "nothing can be compared" in page.words
    assert page.words.count("is not drawn") == len(FIGURES)


def test_numbers_that_are_missing_are_dashes_and_gaps(story, made):
    gone = {}
    for name, table in made.items():
        floats = [c for c, kind in table.schema.items() if kind == pl.Float64]
        gone[name] = table.with_columns(pl.lit(None, pl.Float64).alias(c) for c in floats)
    found = found_of(story, gone)
    for chart in report.charts(found):
        assert chart.alt
    assert "None" not in texts_of(found)
    assert not {"nan", "NaN", "inf"} & set(texts_of(found).split())


def hostile_tables(made):
    """Every text of every table made hostile, alike in all of them."""

    def told(text):
        kept = text in ("", "all", "baseline", "human", "model", "wilcoxon", "mann-whitney")
        kept = kept or text in ("absolute_error", "tilting", "scaling", "country")
        return text if kept else f"{text}{HOSTILE}$\\frac{{1}}{{$ {UNSEEN}"

    out = {}
    for name, table in made.items():
        texts = [c for c, kind in table.schema.items() if kind == pl.String]
        out[name] = table.with_columns(
            pl.col(c).map_elements(told, return_dtype=pl.String) for c in texts
        )
    return out


def test_hostile_text_stays_text():
    story = Story(countries=COUNTRIES[:2], questions=QUESTIONS[:3], guidance=("a", "b"), arms=MAIN)
    found = found_of(
        dataclasses.replace(story, label=f"{HOSTILE}{UNSEEN}"),
        hostile_tables(tables(story)),
        simulated=False,
        title="<u>Title</u> & more",
    )
    html = page_of(found)
    page = Page(html)
    page.check_safe()
    assert not page.all("img")
    assert "<u>Title</u>" in page.words
    assert "\u202e" not in html
    assert html.count("<script") == html.count("<script>") == 1


@pytest.mark.parametrize(
    ("precision", "said"),
    [
        (None, "Asking was not to stop at a stated precision"),
        (
            {"width": 0.02, "reached": 0.018, "personas": 120, "of": 200, "saved_requests": 81000},
            "The widest came to 0.018, narrow enough, with 120 of 200 personas a country, which "
            "saved 81,000 requests.",
        ),
        (
            {"width": 0.02, "reached": 0.03, "personas": 200, "of": 200, "saved_requests": 0},
            "The widest came to 0.030, still wider, with 200 of 200",
        ),
        (
            {"width": 0.02, "reached": None, "personas": 20, "of": 20, "saved_requests": 0},
            "There was no interval to judge by",
        ),
    ],
)
def test_where_asking_stopped_is_said(story, made, precision, said):
    more = {} if precision is None else {"precision": precision}
    found = found_of(story, made, **more)
    text = texts_of(found)
    assert said in text
    stopped = precision is not None and precision["personas"] < precision["of"]
    assert ("Stopped by precision." in text) is stopped


def test_requests_are_summed_by_arm_and_what_sharing_saved_is_said(story, made):
    found = found_of(story, made)
    table = next(b for b in error_sections.asked(found).blocks if b.kind == "table")
    rows = {(row.cells[0].text, row.cells[0].note): row for row in table.rows}
    total = made["requests"].select("designed", "asked").sum().row(0)
    last = table.rows[-1].cells
    assert last[0].text == "All"
    assert (last[1].order, last[2].order) == total
    assert ("Country", "4 guidance variants") in rows
    assert ("Value + nationality", "6 conditions with some of the descriptors") in rows
    assert ("Value + nationality", "3 descriptor sets") in rows
    beside = made["requests"]["for_comparison"].sum()
    text = texts_of(found)
    assert f"{total[1] - beside:,} distinct requests stand for them" in text
    assert f"{beside} requests more ask for an answer in text" in text
    assert last[-1].order == pytest.approx(1 - (total[1] - beside) / total[0])


@pytest.mark.parametrize(
    ("scoring", "labels", "elicitation", "said"),
    [
        ("exact", "auto", "probabilities", "labelled with integers, in the order"),
        ("first-token", "auto", "probabilities", "with letters where there are ten"),
        ("exact", "letters", "probabilities", "labelled with letters, in the order"),
        ("none", "auto", "text", "Answers were generated as text"),
    ],
)
def test_the_labels_of_options_are_said(story, made, scoring, labels, elicitation, said):
    found = found_of(story, made)
    found.manifest["model"]["capabilities"]["scoring"] = scoring
    found.bound.file.asking.labels = labels
    found.bound.file.asking.elicitation = elicitation
    words = [p for b in robustness(found, {}).blocks for p in getattr(b, "paragraphs", ())]
    assert said in " ".join(words)


def test_calibration_is_summed_over_the_held_out_questions(story, made):
    found = found_of(story, made)
    table = next(b for b in calibration(found, {}).blocks if b.kind == "table")
    own = made["calibration"].filter(arm="value", method="tilting")
    row = next(
        r for r in table.rows if (r.cells[0].text, r.cells[1].text) == ("Value", "tilting")
    ).cells
    assert row[3].order == pytest.approx(own["temperature"].median())
    assert row[4].order == pytest.approx(own["wasserstein_before"].mean())
    assert row[5].order == pytest.approx(own["wasserstein_after"].mean())
    assert row[9] == Cell("<.001", "", 1e-12)
    assert row[10].order == own["degenerate"].sum() == 3
    assert row[12].text == "1 of 12"
    assert "wasserstein distance" in table.note.lower()


def test_a_place_is_counted_from_one(story, made):
    found = found_of(story, made)
    table = next(
        b for b in robustness(found, {}).blocks if getattr(b, "file", "") == "position_effect"
    )
    first = table.rows[0].cells
    # +.03 at the first place and −.03 at the fourth: the first of two equal ones.
    assert first[2].text == "+0.030"
    assert first[3].text == "\u22120.030"
    assert first[5].text == "1"


def test_questions_left_out_for_coverage_are_counted(story, made):
    rows = made["errors"].filter(arm="value", descriptors="composable")
    left = rows.filter(pl.col("observed_mean").is_null()).group_by("country").len()
    assert 0 < left.height < len(story.countries)
    text = texts_of(found_of(story, made))
    for country, n in left.rows():
        assert f"{country_title(country)} {n}" in text


def test_low_mass_is_a_doubt(story, made):
    low = made["errors"].with_columns(
        allowed_mass=pl.when(pl.col("arm") == "generic").then(0.5).otherwise("allowed_mass")
    )
    said = texts_of(found_of(story, made | {"errors": low}))
    n = low.filter(arm="generic").height
    assert f"Generic 50.0\u00a0%, below 90\u00a0% in {n} of {n}" in said
    assert np.isclose(low.filter(arm="generic")["allowed_mass"].mean(), 0.5)


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
