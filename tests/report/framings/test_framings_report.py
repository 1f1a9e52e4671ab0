"""The page of a run."""

import dataclasses

import polars as pl
import pytest
from page_reading import Page
from report_material import HOSTILE, UNSEEN
from tables_made import (
    FIGURES,
    FRAMINGS,
    PROMPTS,
    SLICES,
    Story,
    found_of,
    page_of,
    tables,
    texts_of,
)

from mores.report.framings import further_sections, report
from mores.report.framings.sections import asked, deviations, overall, questions
from mores.report.framings.sentences import findings, pair_test
from mores.report.registry import comparing_of, reporting_of

SMALL = Story(slices=SLICES[:3] + SLICES[3:4], units=20)


@pytest.fixture(scope="module")
def small():
    return found_of(SMALL)


def test_the_study_is_registered():
    assert reporting_of("framings") is report
    assert comparing_of("framings").__name__.endswith("framings.compare")


def test_the_page_is_one_safe_file_with_every_figure(story, made, drawn):
    page = Page(page_of(found_of(story, made), list(drawn.values())))
    page.check_safe()
    assert {e.attributes["id"] for e in page.all("figure")} == FIGURES
    assert "is not drawn" not in page.words
    assert "Simulated model" in page.words
    assert "Synthetic humans" in page.words
    assert "5,252 requests are counted and 4,646 were asked" in page.words


def test_the_words_are_absent_where_nothing_is_made_up(small):
    story = dataclasses.replace(SMALL, label="some-model")
    found = found_of(story, simulated=False, synthetic=False)
    html = page_of(found, [])
    assert "imulated" not in html
    assert "ynthetic" not in html
    assert found.basis.subtitle == "some-model against humans"


def test_prompts_are_verbatim_with_their_language_and_direction(small):
    page = Page(page_of(small, []))
    shown = {e.attributes["lang"]: e for e in page.all("pre") if "lang" in e.attributes}
    for language, _, text in PROMPTS:
        assert shown[language].text == text
        assert shown[language].attributes["dir"] == ("rtl" if language == "ar" else "ltr")


def test_a_hostile_prompt_is_words(small):
    found = found_of(SMALL, prompts=[('ar" onload="x', f"<b>{HOSTILE}", f"{HOSTILE}{UNSEEN}")])
    html = page_of(found, [])
    page = Page(html)
    page.check_safe()
    assert not page.all("img")
    assert "\u202e" not in html


def test_hostile_tables_stay_text():
    story = Story(slices=SLICES[:2], units=6, label=f"{HOSTILE}{UNSEEN}")
    kept = {"all", "point", "sign-over-slices", "sign-over-units", "language", "certain"}

    def told(text):
        return text if text in kept else f"{text}{HOSTILE}$\\frac{{1}}{{$ {UNSEEN}"

    hostile = {
        name: table.with_columns(
            pl.col(c).map_elements(told, return_dtype=pl.String)
            for c, kind in table.schema.items()
            if kind == pl.String and table[c].null_count() < table.height
        )
        for name, table in tables(story).items()
    }
    found = found_of(story, hostile, simulated=False, title="<u>Title</u> & more")
    html = page_of(found)
    page = Page(html)
    page.check_safe()
    assert not page.all("img")
    assert "<u>Title</u>" in page.words
    assert "\u202e" not in html
    assert html.count("<script") == 1


@pytest.mark.parametrize("missing", ["absent", "empty"])
def test_a_run_without_any_table_still_has_a_page(made, missing):
    none = {} if missing == "absent" else {name: table.clear() for name, table in made.items()}
    found = found_of(Story(), none, prompts=[])
    assert report.charts(found) == []
    page = Page(page_of(found))
    page.check_safe()
    assert "nothing can be compared" in page.words
    # Languages that were not crossed have no section.
    assert page.words.count("is not drawn") == len(FIGURES) - 1


def test_all_refused_is_said_and_not_measured():
    found = found_of(Story(refusal=1.0, intervals=False, units=6, slices=SLICES[:2]))
    said = findings(found)
    assert "nothing can be compared" in said[0]
    assert said[-1].startswith("100\u00a0% of")
    assert not {"None", "nan"} & set(texts_of(found).split())


def test_numbers_that_are_missing_are_dashes_and_gaps(made):
    gone = {
        name: table.with_columns(
            pl.lit(None, pl.Float64).alias(c) for c, k in table.schema.items() if k == pl.Float64
        )
        for name, table in made.items()
    }
    found = found_of(Story(), gone)
    assert not {"None", "nan", "NaN", "inf"} & set(texts_of(found).split())


def test_sentences_are_computed_from_the_tables(small):
    said = findings(small)
    rows = {r["framing"]: r for r in small.model.rows("overall")}
    assert f"third-person +{rows['third-person']['alignment']:.3f}" in said[0]
    low, high = rows["third-person"]["alignment_low"], rows["third-person"]["alignment_high"]
    assert f"[+{low:.3f}, +{high:.3f}]" in said[0]
    test = pair_test(small.model, "third-person", "persona-country")
    assert f"in {test['wins']} of 4 slices and smaller in {test['losses']}" in said[1]


def changed_test(found, **told):
    hit = (pl.col("test") == "sign-over-slices") & (pl.col("framing_a") == "third-person")
    table = found.model.tables["tests"].with_columns(
        pl.when(hit).then(pl.lit(v)).otherwise(pl.col(k)).alias(k) for k, v in told.items()
    )
    return found_of(SMALL, {**found.model.tables, "tests": table})


def test_no_more_is_claimed_than_the_test_supports(small):
    sure = changed_test(small, p_adjusted=0.01)
    assert (
        "a significant difference (sign test over slices, adjusted p = .010)" in findings(sure)[1]
    )
    unsure = changed_test(small, p_adjusted=0.2)
    assert "not a significant difference" in findings(unsure)[1]
    untested = changed_test(small, p_adjusted=None)
    assert findings(untested)[1].endswith("untested.")


def test_a_pair_is_told_from_the_side_that_is_asked_for(small):
    one = pair_test(small.model, "third-person", "language")
    other = pair_test(small.model, "language", "third-person")
    assert (one["wins"], one["losses"]) == (other["losses"], other["wins"])
    assert one["difference"] == -other["difference"]
    assert pair_test(small.model, "third-person", "nothing") is None


def test_framings_without_intervals_are_not_said_to_lie_anywhere():
    found = found_of(Story(units=4, slices=SLICES[:2], intervals=False))
    said = findings(found)[0]
    assert "interval" not in said
    assert "Too few questions for intervals" in report.charts(found)[0].caption


def test_gaps_are_called_nearer_only_than_what_lies_farther(small):
    said = next(s for s in findings(small) if s.startswith("The gap that is left"))
    assert "than uniform answers" in said.split("nearer")[1]
    assert "split half" not in said.split("nearer")[1]


def test_counted_and_asked_are_summed(small):
    table = asked(small).blocks[1]
    last = table.rows[-1].cells
    rows = small.model.rows("requests")
    assert last[1].order == sum(r["counted"] for r in rows) == 20 * 4 * 4
    assert last[2].order == sum(r["asked"] for r in rows) == 20 * (2 + 3 * 4)


def test_both_forms_stand_in_the_main_table():
    found = found_of(Story(slices=SLICES[:2], units=8, forms=("point", "distribution")))
    section = overall(found, {})
    table = section.blocks[0]
    assert [r.cells[1].text for r in table.rows] == ["point"] * 4 + ["distribution"] * 4
    assert "Two forms" in section.blocks[-1].paragraphs[0]
    assert [r.apart for r in table.rows].index(True) == 4


def test_deviations_are_counted_by_side(small):
    rows = small.model.rows("deviations", axis="religiosity", framing="third-person")
    same = sum((r["human_deviation"] > 0) == (r["response_deviation"] > 0) for r in rows)
    table = deviations(small, {}).blocks[-1]
    row = next(r for r in table.rows if "Religiosity" in r.cells[0].text)
    assert row.cells[2].text == str(same)
    off = [r["response_deviation"] - r["human_deviation"] for r in rows]
    assert row.cells[3].order == pytest.approx(sum(off) / len(off))


def test_extreme_questions_are_ranked_and_said_to_be_picked():
    found = found_of(Story(slices=SLICES[:3], units=30))
    table = questions(found).blocks[0]
    means = [r.cells[4].order for r in table.rows]
    assert len(means) == 20
    assert means == sorted(means, reverse=True)
    assert "some of it is chance" in table.note


def test_tests_by_slice_are_those_of_forecasting_against_the_persona(small):
    table = further_sections.tests(small).blocks[1]
    assert table.caption == "Third-person against persona-country, by slice"
    assert len(table.rows) == 4
    alone = found_of(Story(slices=SLICES[:2], units=5, framings=FRAMINGS[:1]))
    assert len(further_sections.tests(alone).blocks) == 1


def test_references_stand_beside_the_gap_of_the_same_slice(small):
    table = further_sections.references(small).blocks[1]
    assert table.columns[3].label == "Uniform answers"
    own = small.model.rows("by_slice", slice="ar-JOR", framing="third-person")[0]
    row = next(r for r in table.rows if r.cells[0].text == "Jordan (ar)")
    assert row.cells[2].order == own["response_gap"]
    assert row.cells[3].order == 0.37


def test_doubts_name_what_is_reconstructed_translated_and_missing(story, made):
    said = texts_of(found_of(story, made))
    for text in (
        "no human has checked them",
        "The paper names 87 of these 101 units; 14 are completed",
        "SU_IMMIGRATION_EFFECTS",
        "read as a scale from religious to atheist",
        "does not mean that they are right",
        "the distribution behind it is lost",
        "some leave zero out by chance",
        "Coverage: language 9",
    ):
        assert text in said
    english = texts_of(found_of(Story(slices=("en-GBR",), units=4)))
    assert "no human has checked them" not in english


def test_crossed_languages_are_counted_against_english(story, made):
    said = next(s for s in findings(found_of(story, made)) if s.startswith("With the same"))
    rows = made["prompt_languages"].filter(framing="third-person")
    wide = rows.pivot("prompt_language", index="slice", values="alignment")
    others = [r for r in wide.rows(named=True) if not r["slice"].startswith("en")]
    more = sum(r[r["slice"][:2]] > r["en"] for r in others)
    less = sum(r[r["slice"][:2]] < r["en"] for r in others)
    assert f"under third-person greater in {more} and smaller in {less} of 10 slices" in said
    assert "under language" not in said


def test_refusals_are_told_as_words_and_not_as_outcomes(small):
    said = findings(small)[-1]
    assert "have words of refusing" in said
    assert "refusals" not in said


def test_the_framing_that_moves_most_is_not_said_to_bring_nearer_what_it_does_not(small):
    table = small.model.tables["overall"].with_columns(
        alignment=pl.when(pl.col("framing") == "language").then(-0.01).otherwise(-0.02)
    )
    said = findings(found_of(SMALL, {**small.model.tables, "overall": table}))
    assert not any("nearest" in s for s in said)
    assert any(s.endswith("not the one with the greatest alignment, language.") for s in said)


def test_gaps_of_other_humans_are_not_compared_with_references():
    found = found_of(Story(slices=SLICES[:2], units=6, framings=FRAMINGS[:1]))
    said = next(s for s in findings(found) if s.startswith("The gap that is left"))
    assert said.endswith("which is nearer cannot be said.")
    assert "answers lie nearer" not in said
    note = deviations(found, {}).blocks[-1].note
    assert "slices of one language show the same" in note
    assert (
        "slices of one language show the same"
        not in deviations(found_of(SMALL), {}).blocks[-1].note
    )


def test_references_on_more_rows_than_the_answers_are_said_to_be(small):
    table = small.model.tables["references"].with_columns(n=pl.lit(1310))
    said = next(
        s
        for s in findings(found_of(SMALL, {**small.model.tables, "references": table}))
        if s.startswith("The gap that is left")
    )
    assert "what asks no model on all 1,310 with humans)." in said


def test_intervals_of_parts_are_said_to_be_unadjusted(small):
    said = next(s for s in findings(small) if "axes alignment delta is greatest" in s)
    assert "below in 0, not adjusted)" in said


def test_the_baseline_of_figure_2_is_in_no_language_that_it_may_not_be_in(drawn):
    assert "English" not in drawn["figure2_overall"].caption


def test_mass_that_is_not_on_options_is_doubted(small):
    assert "Mass on the options" not in texts_of(small)
    table = small.model.tables["refusals"].with_columns(
        allowed_mass=pl.lit(0.625), unseen=pl.lit(0.125)
    )
    said = texts_of(found_of(SMALL, {**small.model.tables, "refusals": table}))
    assert "third-person 62.5\u00a0%" in said
    assert "on average 12.5\u00a0% at most" in said
    assert "the battery is one here" in said


def test_humans_by_country_are_not_said_to_be_those_of_a_language():
    found = found_of(SMALL)
    assert "interviewed in a language" in asked(found).blocks[0].paragraphs[0]
    assert "all who were interviewed in the language, in any country" in texts_of(found)
    found.bound.file.humans_by = "country"
    assert "interviewed in" not in asked(found).blocks[0].paragraphs[0]
    assert "all who were interviewed in the language, in any country" not in texts_of(found)
    assert "the humans of all countries of its language's slices" in texts_of(found)
