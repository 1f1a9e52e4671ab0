"""Files of official wording: what they change, and everything that can be wrong with one."""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.errors import InstrumentError
from mores.instruments.overlay_changes import changes
from mores.instruments.units import framing_units
from mores.instruments.wording_overlays import (
    Overlay,
    missing,
    overlaid,
    overlay_csv,
    parse_overlay,
    read_overlay,
    texts_of,
)
from mores.instruments.wordings import LANGUAGES, wording

UNITS = framing_units().units
UNIT = {unit.id: unit for unit in UNITS}
FRAMINGS = ("language", "user-country", "persona-country", "third-person")
HEAD = ("language", "item", "part", "text")
NEIGHBOURS = [f"Q{n}" for n in range(18, 27)]


def csv_of(*rows: tuple[str, ...], delimiter: str = ",") -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([HEAD, *rows])
    return file.getvalue().encode()


def overlay_of(*rows: tuple[str, ...], name: str = "official") -> Overlay:
    return parse_overlay(csv_of(*rows), "official.csv", name)


def fault(*rows: tuple[str, ...]) -> str:
    with pytest.raises(InstrumentError) as caught:
        overlay_of(*rows)
    return str(caught.value)


Q57 = (("es", "Q57", "1", "Sí, en la mayoría"), ("es", "Q57", "2", "Hay que cuidarse"))


# What it changes.


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wording_written_and_read_back_changes_nothing(language):
    found = wording(language)
    back = parse_overlay(overlay_csv(found, UNITS).encode("utf-8-sig"), "x.csv", "x")
    assert back.languages == (language,)
    assert len(back.texts[language]) > 450
    assert overlaid(found, back, language) is found
    # And it is whole: it says as much as is asked.
    alone = overlaid(None, back, language)
    assert missing(alone, UNITS, FRAMINGS, found.countries, scored=True) == []
    for unit in UNITS:
        one, two = alone.unit(unit), found.unit(unit)
        assert (one.question, one.members, one.labels) == (two.question, two.members, two.labels)
        assert one.source == "x"


def test_labels_go_to_their_codes_whatever_the_order_of_the_rows():
    found = overlaid(wording("es"), overlay_of(*reversed(Q57)), "es")
    words = found.unit(UNIT["Q57"])
    assert dict(words.labels) == {1: "Sí, en la mayoría", 2: "Hay que cuidarse"}
    assert list(words.labels) == [1, 2]
    assert words.question == wording("es").items["Q57"].question
    assert words.source == "official"
    assert found.unit(UNIT["Q111"]).source == "translation"
    # What is kept once is not touched.
    assert wording("es").unit(UNIT["Q57"]).source == "translation"


def test_english_can_be_overlaid_too():
    found = overlaid(
        wording("en"),
        overlay_of(("en", "A165", "question", "In general, can people be trusted?")),
        "en",
    )
    assert found.unit(UNIT["Q57"]).question == "In general, can people be trusted?"
    assert found.unit(UNIT["Q57"]).source == "official"
    assert found.unit(UNIT["Q111"]).source == "instrument"


def test_a_battery_by_its_stem_its_options_and_its_members():
    rows = [("es", item, "question", f"Vecino {item}") for item in reversed(NEIGHBOURS)]
    rows += [("es", "SU_NEIGHBORS", "question", "¿Quién no?"), ("es", "SU_NEIGHBORS", "2", "No")]
    rows += [("es", "SU_NEIGHBORS", "1", "Sí")]
    words = overlaid(wording("es"), overlay_of(*rows), "es").unit(UNIT["SU_NEIGHBORS"])
    assert words.question == "¿Quién no?"
    assert list(words.members.items()) == [(item, f"Vecino {item}") for item in NEIGHBOURS]
    assert list(words.labels.items()) == [(1, "Sí"), (2, "No")]
    assert words.source == "official"
    members = overlay_of(*rows[:9])
    part = overlaid(wording("es"), members, "es").unit(UNIT["SU_NEIGHBORS"])
    assert part.question == wording("es").batteries["SU_NEIGHBORS"].stem
    assert part.source == "official"


def test_framings_countries_and_prompts():
    found = overlaid(
        wording("fr"),
        overlay_of(
            ("fr", "country", "DEU", "d'Allemagne"),
            ("fr", "framing", "neighbour", "Mon voisin vient {country}."),
            ("fr", "framing", "user-country", "Moi, je viens {country}."),
            ("fr", "prompt", "suffix", "Répondez."),
        ),
        "fr",
    )
    assert found.framings["neighbour"].format(country=found.countries["DEU"]) == (
        "Mon voisin vient d'Allemagne."
    )
    assert found.framings["user-country"] == "Moi, je viens {country}."
    assert found.prompts.suffix == "Répondez."
    assert found.prompts.options_heading == wording("fr").prompts.options_heading
    assert found.sources == {}
    assert missing(found, UNITS, (*FRAMINGS, "neighbour"), ["EGY", "DEU"]) == []
    assert missing(found, UNITS[:1], ["neighbour"], ["EGY"], paraphrases=3) == [
        "paraphrase 1 of framing neighbour",
        "paraphrase 2 of framing neighbour",
        "paraphrase 3",
    ]


def test_a_later_overlay_comes_on_top_and_both_are_named():
    first = overlaid(wording("es"), overlay_of(*Q57, name="a"), "es")
    again = overlay_of(("es", "Q57", "question", "¿Confía?"), name="b")
    both = overlaid(first, again, "es").unit(UNIT["Q57"])
    assert both.source == "a+b"
    assert both.question == "¿Confía?"
    assert both.labels[1] == "Sí, en la mayoría"
    assert overlaid(first, overlay_of(*Q57, name="c"), "es") is first


def test_a_new_language_lacks_what_it_does_not_say():
    rows = [
        ("de", "Q57", "question", "Vertrauen?"),
        ("de", "Q57", "1", "Ja"),
        ("de", "Q57", "2", "Nein"),
    ]
    found = overlaid(None, overlay_of(*rows), "de")
    assert missing(found, [UNIT["Q57"]], ["language"], ["DEU"]) == [
        "prompt options_heading",
        "prompt suffix",
    ]
    assert missing(found, [UNIT["Q57"]], ["user-country"], ["DEU"], scored=True)[2:] == [
        "prompt number_only",
        "prompt letter_only",
        "framing user-country",
        "country DEU",
    ]
    lacking = missing(found, [UNIT["SU_NEIGHBORS"], UNIT["Q249"]], [], [])
    assert lacking[:5] == [
        "SU_NEIGHBORS question",
        "SU_NEIGHBORS option 1",
        "SU_NEIGHBORS option 2",
        "Q18 question",
        "Q19 question",
    ]
    assert "prompt suffix_battery" in lacking
    # Of a scale with named ends the ends, without the option that is never offered.
    assert [text for text in lacking if "Q249" in text] == [
        "Q249 question",
        "Q249 option 1",
        "Q249 option 10",
    ]
    with pytest.raises(InstrumentError, match="Q111 has no wording in language 'de'"):
        found.unit(UNIT["Q111"])
    with pytest.raises(InstrumentError, match="has nothing in language 'sv'; it has: de"):
        overlaid(None, overlay_of(*rows), "sv")
    half = overlaid(None, overlay_of(*rows[1:]), "de")
    with pytest.raises(InstrumentError, match="Q57 has no wording"):
        half.unit(UNIT["Q57"])


def test_the_digest_is_of_what_it_says():
    rows = [*Q57, ("fr", "country", "DEU", "d'Allemagne")]
    plain = overlay_of(*rows)
    other = parse_overlay(b"\xef\xbb\xbf" + csv_of(*reversed(rows), delimiter=";"), "x", "y")
    assert plain.digest == other.digest
    assert plain.digest != overlay_of(*rows[:2]).digest
    assert plain.languages == ("es", "fr")


def test_what_changes_is_counted():
    rows = [*Q57, ("es", "Q57", "question", wording("es").items["Q57"].question)]
    rows += [("es", item, "question", f"Vecino {item}") for item in NEIGHBOURS]
    rows += [("es", "country", "DEU", "Alemania"), ("es", "Q1", "question", "¿Familia?")]
    told = changes(overlay_of(*rows), "es", UNITS)
    assert (told.units, told.members, told.options, told.same) == (2, 9, 2, 1)
    assert told.countries == ("DEU",)
    assert told.unasked == ("Q1",)
    assert len(told.left) == 100  # of the neighbours the stem and the options are left
    assert "Q57" not in told.left
    assert told.lacking == ()
    assert not told.new
    new = changes(overlay_of(("de", "country", "DEU", "Deutschland")), "de", UNITS)
    assert new.new
    assert len(new.lacking) > 400


def test_the_files_shown_in_the_docs_can_be_used():
    page = Path(__file__).parents[2] / "docs" / "how-to" / "wordings.md"
    blocks = re.findall(r"```text\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        content = block if block.startswith("language,") else f"{','.join(HEAD)}\n{block}"
        found = parse_overlay(content.encode(), "docs", "docs")
        for language in found.languages:
            assert changes(found, language, UNITS).same == 0


# The form of the file.


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ends", [b"\r\n", b"\n", b"\r"])
def test_separators_marks_and_line_ends(delimiter, mark, ends):
    rows = [("es", "Q57", "question", 'Diga: "a, b; c\td"')]
    content = mark + csv_of(*rows, delimiter=delimiter).replace(b"\r\n", ends)
    found = parse_overlay(content, "x.csv", "x")
    assert found.texts["es"] == {("Q57", "question"): 'Diga: "a, b; c\td"'}


def test_columns_may_stand_in_another_order_and_blank_lines_do_not_matter():
    content = "Text,Item,Part,Language\n\n,,,\n ¿Confía? ,Q57,question,es\n\n".encode()
    assert parse_overlay(content, "x.csv", "x").texts["es"] == {("Q57", "question"): "¿Confía?"}


def test_what_looks_like_a_formula_is_a_text():
    for text in ("=SUM(A1)", "+1 más", "-ninguno", "@todos"):
        found = overlay_of(("es", "Q57", "question", text))
        assert found.texts["es"]["Q57", "question"] == text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "its columns are none; the first line must be language,item,part,text"),
        (b"language,item,part\n", "its columns are language, item, part"),
        (b"language,item,part,txt\n", "'txt' is no column; did you mean 'text'?"),
        (b"language,item,part,text,text\n", "its columns are"),
        (b"language,item,part,text\n", "holds no rows"),
        (b"language,item,part,text\nes,Q57,question,a,b\n", "line 2: has 5 cells, not 4"),
        (b'language,item,part,text\nes,Q57,1,a\nes,Q57,2,"b\n', "line 3: is not CSV"),
        (b'language,item,part,text\nes,Q57,1,"a"b\n', "line 2: is not CSV"),
        (
            b"language,item,part,text\nes,Q57,1,\xe9\n",
            "line 2: is not UTF-8; save it as “CSV UTF-8”",
        ),
        ("language,item,part,text\n".encode("utf-16"), "is UTF-16"),
        (b"language,item,part,text\nes,Q57,1,a\0b\n", "line 2: holds a NUL"),
        (b"PK\x03\x04rest", "is a spreadsheet, not CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is a spreadsheet, not CSV"),
        (b"language,item,part,text\nes,Q57,1," + b"a" * 200_000, "line 2: is not CSV"),
    ],
)
def test_what_is_no_such_file(content, says):
    with pytest.raises(InstrumentError) as caught:
        parse_overlay(content, "mine.csv", "mine")
    assert says in str(caught.value)
    assert str(caught.value).startswith("mine.csv")


def test_files_that_cannot_be_read(tmp_path: Path):
    with pytest.raises(InstrumentError, match=r"there is no file .*none\.csv'; start from"):
        read_overlay(tmp_path / "none.csv")
    with pytest.raises(InstrumentError, match="is a folder"):
        read_overlay(tmp_path)
    with pytest.raises(InstrumentError, match="cannot be read"):
        read_overlay(Path("a\0b.csv"))
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InstrumentError, match="is no regular file"):
        read_overlay(tmp_path / "pipe.csv")
    (tmp_path / "big.csv").write_bytes(b"x" * ((8 << 20) + 1))
    with pytest.raises(InstrumentError, match="larger than 8 MiB"):
        read_overlay(tmp_path / "big.csv")
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(InstrumentError, match=r"book\.xlsx is a spreadsheet"):
        read_overlay(tmp_path / "book.xlsx")
    (tmp_path / "field.csv").write_bytes(csv_of(*Q57))
    assert read_overlay(tmp_path / "field.csv").name == "field"


@pytest.mark.parametrize("name", ["instrument", "translation", "", "a\nb", "x" * 201])
def test_names_that_would_mislead(name):
    with pytest.raises(InstrumentError, match="is no name for wordings of your own"):
        overlay_of(*Q57, name=name)


# What the rows say.

CHILD = "SU_CHILD_QUALITIES"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            ("Spanish", "Q57", "question", "a"),
            "'Spanish' is no code of a language known here; write 'es'",
        ),
        (("ES", "Q57", "question", "a"), "write 'es' for Spanish"),
        (("es-MX", "Q57", "question", "a"), "write 'es' for Spanish"),
        (("xx", "Q57", "question", "a"), "write its ISO 639-1 code"),
        (("", "Q57", "question", "a"), "'' is no code of a language"),
        (("4", "Q57", "question", "a"), "'4' is no code of a language"),
        (("es", "Q999", "question", "a"), "'Q999' is no item"),
        (("es", "", "question", "a"), "'' is no item"),
        (("es", "SU_NEIGHBOURS", "question", "a"), "did you mean 'SU_NEIGHBORS'?"),
        (("es", "prompts", "suffix", "a"), "did you mean 'prompt'?"),
        (("es", "Y003", "question", "a"), "computed from other items and never asked"),
        (("es", "Q57", "Question", "a"), "did you mean 'question'? allowed: question, 1, 2"),
        (("es", "Q57", "1.0", "a"), "'1.0' is no part of Q57"),
        (("es", "Q57", "٢", "a"), "is no part of Q57"),
        (("es", "Q57", "-1", "a"), '-1 of Q57 is "Don\'t know", which is not offered'),
        (("es", "Q57", "3", "a"), "Q57 has no option 3; allowed: question, 1, 2"),
        (("es", "Q48", "5", "a"), "option 5 of Q48 is a step that has no name but its number"),
        (("es", "Q18", "1", "a"), "a member of SU_NEIGHBORS; allowed: question"),
        (("es", CHILD, "3", "a"), f"{CHILD} has no option 3"),
        (("es", "prompt", "sufix", "a"), "did you mean 'suffix'?"),
        (("es", "framing", "user_country", "{country}"), "did you mean 'user-country'?"),
        (("es", "framing", "user-contry", "{country}"), "is nearly 'user-country'"),
        (("es", "framing", "language", "{country}"), "choose another name"),
        (("es", "framing", "Mine", "{country}"), "is no name of a framing"),
        (("es", "country", "Egypt", "Egipto"), "'Egypt' is no ISO 3166 alpha-3 code; write 'EGY'"),
        (("es", "country", "EG", "Egipto"), "write 'EGY'"),
        (("es", "country", "XXX", "a"), "'XXX' is no country known here"),
        (("es", "framing", "neighbour", "Hola."), "with {country} 0 times; write it once"),
        (("es", "framing", "neighbour", "{country}, {country}"), "with {country} 2 times"),
        (("es", "framing", "neighbour", "{country} {item}"), "only {country} is filled in"),
        (("es", "framing", "neighbour", "{ country }"), "take out the others"),
        (("es", "framing", "neighbour", "{{country}}"), "take out the others"),
        (("es", "Q57", "question", "en {country}"), "only a framing holds it"),
        (("es", "country", "DEU", "{DEU}"), "nothing is filled in here"),
        (("es", "Q57", "question", "  "), "has no text; write it, or delete the row"),
        (("es", "Q57", "question", "???"), "without a letter or digit"),
        (("es", "Q57", "question", "a" * 20_001), "has 20,001 characters; at most 20,000"),
        (("es", "Q57", "1", "a" * 201), "has 201 characters; at most 200"),
        (("es", "Q57", "1", "a\nb"), "has a line break"),
        (("es", "Q18", "question", "a\nb"), "has a line break"),
        (("ar", "Q57", "question", "\u200fنعم"), "U+200F (RIGHT-TO-LEFT MARK), an invisible"),
        (("ar", "Q57", "question", "a\u202eb"), "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        (("es", "Q57", "question", "a\u200bb"), "U+200B (ZERO WIDTH SPACE)"),
        (("es", "Q57", "question", "a\u00adb"), "U+00AD (SOFT HYPHEN)"),
        (("es", "Q57", "question", "a\ufeffb"), "U+FEFF (ZERO WIDTH NO-BREAK SPACE)"),
        (("es", "Q57", "question", "a \u200db"), "invisible and joining no letters"),
        (("es", "Q57", "question", "a\x1b[31m"), "U+001B, an invisible"),
        (("es", "Q57", "question", "a\x85b"), "U+0085, an invisible"),
        (("es", "Q57", "question", "a\u2028b"), "U+2028"),
        (("es", "Q57", "question", "a\u3164b"), "U+3164 (HANGUL FILLER)"),
        (("es", "Q57", "question", "a\ufffdb"), "an earlier conversion lost it"),
        (("es", "Q57", "question", "a\ue000b"), "U+E000, which stands for no letter"),
        (("ar", "Q57", "question", "ﻢﻌﻧ"), "the shape of a letter and not the letter"),
        (("ar", "Q57", "question", "ﭐ"), "first letter first"),
        (("ar", "Q57", "question", "ﷲ"), "U+FDF2"),
    ],
)
def test_a_row_that_cannot_be_used(row, says):
    said = fault(row)
    assert says in said
    assert said.startswith("official.csv: ")
    assert "line 2: " in said
    assert "correct the file" in said


def test_joiners_between_letters_stay():
    text = "क्‍या می‌خواهم"
    assert overlay_of(("hi", "Q57", "question", text)).texts["hi"]["Q57", "question"] == text


def test_what_is_said_twice():
    said = fault(("es", "Q57", "question", "a"), ("es", "A165", "question", "b"))
    assert "line 3: Q57, question in 'es' is in line 2 already; keep one of the two" in said
    overlay_of(("es", "Q57", "question", "a"), ("fr", "Q57", "question", "a"))


def test_scales_and_batteries_are_given_whole():
    assert "of Q57 in 'es' the options 2 are missing; give all of its options, or none" in fault(
        Q57[0]
    )
    rows = [("es", item, "question", f"Vecino {item}") for item in NEIGHBOURS if item != "Q22"]
    assert "of SU_NEIGHBORS in 'es' the members Q22 are missing" in fault(*rows)
    # Not so an answer that is only ever volunteered.
    ends = [("es", "Q249", "1", "Nada esencial"), ("es", "Q249", "10", "Muy esencial")]
    overlay_of(*ends)


def test_labels_beside_another_code_are_a_probable_swap():
    labels = wording("es").items["Q37"].labels
    rows = [("es", "Q37", str(6 - int(code)), text) for code, text in labels.items()]
    said = fault(*rows)
    assert (
        "Q37, 1 in 'es' is 'Muy en desacuerdo', which in the wording with mores is Q37, 5" in said
    )
    assert "4 problems" in said  # the one in the middle is where it was
    # In another case, spacing and punctuation too, and for members and countries.
    members = wording("es").batteries["SU_NEIGHBORS"].members
    rows = [("es", item, "question", text) for item, text in members.items()]
    rows[0], rows[1] = (*rows[0][:3], rows[1][3].upper() + "."), (*rows[1][:3], rows[0][3])
    assert "Q18, question in 'es'" in fault(*rows)
    assert "country, COL" in fault(("es", "country", "ECU", "Colombia"))
    # In a language without a wording there is nothing to compare with.
    overlay_of(*(("de", *row[1:]) for row in rows))


def test_one_text_for_two_options():
    said = fault(("es", "Q57", "1", "Depende"), ("es", "Q57", "2", "depende."))
    assert "Q57, 2 in 'es' is 'depende.', and so is Q57, 1; tell the two apart" in said
    assert "tell the two apart" in fault(
        ("es", "country", "DEU", "Alemania"), ("es", "country", "AUT", "Alemania")
    )


def test_all_faults_are_told_with_their_lines_up_to_ten():
    said = fault(*[("es", f"X{n}", "question", "a") for n in range(12)])
    assert said.startswith("official.csv: 12 problems; correct the file\n  line 2: 'X0'")
    assert said.endswith("and 2 more")


def test_the_line_is_that_on_which_a_row_begins():
    said = fault(("es", "Q57", "question", "a\nb\nc"), ("es", "Q58", "questions", "a"))
    assert "line 5: 'questions' is no part of Q58" in said


# Whatever it is, it is read or refused.

WORDS = "es de xx Q57 Q18 SU_NEIGHBORS prompt framing country question 1 2 -1 suffix user-country"
CELLS = st.one_of(
    st.sampled_from([*WORDS.split(), "EGY", "{country}", "Sí", '"', "\u202e", "ﷲ"]),
    st.text(max_size=8),
)


def read_or_refused(content: bytes) -> Overlay | None:
    try:
        return parse_overlay(content, "x.csv", "x")
    except InstrumentError as error:
        said = str(error)
    assert said.startswith("x.csv")
    return None


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=5), max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
)
def test_any_csv_is_read_or_refused(rows, delimiter, headed):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([HEAD, *rows] if headed else rows)
    content = file.getvalue().encode("utf-8", "replace")
    found = read_or_refused(content)
    for language in found.languages if found else ():
        base = wording(language) if language in LANGUAGES else None
        done = overlaid(base, found, language)
        assert texts_of(done).items() >= found.texts[language].items()
        missing(done, UNITS, FRAMINGS, ["EGY"])
        changes(found, language, UNITS)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content):
    for head in (b"", b"language,item,part,text\n", b"language;item;part;text\r\nes;"):
        read_or_refused(head + content)
