"""The page of a run."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from page_reading import Page
from persona_material import (
    COUNTRIES,
    FIGURES,
    MAIN,
    QUESTIONS,
    Story,
    found_of,
    page_of,
    tables,
    texts_of,
)
from report_material import HOSTILE, UNSEEN

from mores.report.blocks import Cell
from mores.report.calibrated_personas import error_sections, report
from mores.report.calibrated_personas.further_sections import calibration, robustness
from mores.report.calibrated_personas.labels import country_title
from mores.report.registry import comparing_of, reporting_of


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


def test_the_comparison_with_the_country_arm_stands_beside_the_errors(story, made):
    found = found_of(story, made)
    section = error_sections.errors(found, {})
    table = next(b for b in section.blocks if b.kind == "table")
    assert all(len(row.cells) == len(table.columns) for row in table.rows)
    heads = [column.label for column in table.columns]
    assert heads.index("Δ MAE") == heads.index("Wasserstein") + 1
    value = next(r for r in table.rows if r.cells[0].text == "Value + nationality")
    of = dict(zip(heads, value.cells, strict=True))
    maes = {r.cells[0].text: r.cells[heads.index("MAE")].order for r in table.rows}
    less = maes["Value + nationality"] - maes["Country"]
    assert of["Δ MAE"].order == pytest.approx(less, abs=1e-6)  # what the column is sorted by
    assert of["Δ MAE"].text == f"{less:+.3f}".replace("-", "−")
    assert of["effect"].order < 0 < maes["Country"]
    assert 0 <= of["p"].order <= 1


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
