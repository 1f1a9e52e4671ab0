"""Contexts and cells: what is asked once, and in how many cells it counts."""

from collections import Counter

import pytest

from mores.errors import StudyError
from mores.studies.framings.cells import Cell, Context, Slice
from mores.studies.framings.file import FramingsFile
from mores.studies.framings.materials import layout

SLICES = (
    *("ar-EGY", "ar-JOR", "ar-MAR", "en-GBR", "en-KEN", "en-USA"),
    *("es-ARG", "es-COL", "es-MEX", "fr-CAN", "hi-IND", "ru-RUS", "zh-CHN"),
)


def file_of(slices=SLICES, **framings):
    return FramingsFile.model_validate(
        {"schema": 1, "study": "framings", "slices": list(slices), "framings": framings}
    )


def laid_out(slices=SLICES, **framings):
    return layout(file_of(slices, **framings), tuple(map(Slice.parse, slices)))


def test_thirteen_slices_under_four_framings_are_52_cells_in_46_contexts():
    found = laid_out()
    assert len(found.cells) == 52
    assert len(found.contexts) == 7 + 3 * 13
    assert 101 * len(found.cells) == 5252
    assert 101 * len(found.contexts) == 4646


def test_the_language_framing_is_asked_once_a_language_and_counted_once_a_slice():
    found = laid_out()
    alone = [cell for cell in found.cells if cell.framing == "language"]
    assert len(alone) == 13
    assert Counter(found.contexts[cell.context] for cell in alone) == {
        Context("language", language, None): slices
        for language, slices in {
            "ar": 3,
            "en": 3,
            "es": 3,
            "fr": 1,
            "hi": 1,
            "ru": 1,
            "zh": 1,
        }.items()
    }


def test_every_other_cell_has_a_context_of_its_own_in_its_own_language():
    found = laid_out()
    others = [cell for cell in found.cells if cell.framing != "language"]
    assert len({cell.context for cell in others}) == len(others) == 39
    for cell in others:
        assert found.contexts[cell.context] == Context(
            cell.framing, cell.slice.language, cell.slice.country
        )
        assert cell.own


def test_the_baseline_is_the_first_context_even_where_no_slice_counts_it():
    found = laid_out(["ar-EGY"], names=["persona-country"])
    assert found.contexts == (
        Context("language", "en", None),
        Context("persona-country", "ar", "EGY"),
    )
    assert found.cells == (Cell("persona-country", Slice("ar", "EGY"), 1, "ar"),)


def test_crossed_languages_ask_about_every_country_in_every_language():
    found = laid_out(prompt_languages="all")
    assert len(found.cells) == 13 + 3 * 13 * 7
    assert len(found.contexts) == 7 + 3 * 13 * 7
    assert sum(cell.own for cell in found.cells) == 52
    in_english = Context("third-person", "en", "EGY")
    assert [str(c.slice) for c in found.cells if found.contexts[c.context] == in_english] == [
        "ar-EGY"
    ]


def test_paraphrases_repeat_all_but_keep_the_baseline():
    found = laid_out(paraphrases=2)
    assert len(found.cells) == 3 * 52
    assert len(found.contexts) == 3 * 46
    assert found.contexts[0] == Context("language", "en", None, 0)
    assert sum(cell.own for cell in found.cells) == 52


@pytest.mark.parametrize(
    "text", ["", "ar", "EGY", "EGY-ar", "ar_EGY", "ar-EG", "AR-EGY", "ar-EGY "]
)
def test_what_is_no_slice_is_refused(text):
    with pytest.raises(StudyError, match=r"slices: .* is no slice; write language and country"):
        Slice.parse(text)


def test_a_slice_is_written_as_it_is_read():
    assert [str(Slice.parse(text)) for text in SLICES] == list(SLICES)
