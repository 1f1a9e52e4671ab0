"""Descriptor sets that users write, right and wrong."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import PersonaError
from mores.instruments.survey import wvs7
from mores.personas.descriptor_files import (
    LONGEST,
    checked_text,
    parse_descriptor_set,
    sentence_faults,
    text_of,
    toml_of,
)
from mores.personas.descriptors import descriptor_sets, read_descriptor_set

TRUST = wvs7().item("A165")
GOOD = """
schema = 1
source = "a study of mine"
licence = "CC0"
written_by = "me"
[sentences.A165]
1 = "You trust people."
2 = "You trust nobody."
[sentences.Y003]
-2 = "You want obedient and pious children."
-1 = "You rather want obedient or pious children."
0 = "You want children to be a little of everything."
1 = "You rather want self-reliant or persistent children."
2 = "You want self-reliant and persistent children."
"""


def faults(text: str) -> tuple[str, ...]:
    return checked_text(text, "mine.toml", "mine").faults


def test_a_good_file():
    found = read_descriptor_set(GOOD, "mine")
    assert found.items == ("A165", "Y003")
    assert list(found.sentences["Y003"]) == [-2, -1, 0, 1, 2]
    assert (found.source, found.licence, found.written_by) == ("a study of mine", "CC0", "me")


@pytest.mark.parametrize("name", descriptor_sets())
def test_a_set_written_out_is_read_back_as_the_same(name):
    found = descriptor_sets()[name]
    assert parse_descriptor_set(toml_of(found), name, name) == found


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            ('2 = "You trust nobody."\n', ""),
            "A165, option 2 (Need to be very careful): has no sentence",
        ),
        (('2 = "You', '3 = "You'), "A165: '3' is no option; allowed: 1, 2"),
        (
            ("You trust nobody.", "You trust people!"),
            "option 2 (Need to be very careful): has the sentence of option 1",
        ),
        (
            ("You trust nobody.", "Nobody is trusted."),
            "begins with 'Nobody is trusted.'; begin with the word “You”",
        ),
        (("You trust nobody.", "Your trust is nil."), "begin with the word “You”"),
        (("You trust nobody.", "You trust nobody. You never did."), "holds more than one sentence"),
        (("You trust nobody.", "You trust nobody"), "end it with a full stop"),
        (("You trust nobody.", "You."), "write a whole sentence"),
        (("You trust nobody.", " You trust nobody."), "spaces before or after"),
        (("You trust nobody.", "You trust\\nnobody."), "more than one line"),
        (("You trust nobody.", "You trust\\u2028nobody."), "more than one line"),
        (("You trust nobody.", "You trust \\u0007 nobody."), "control character U+0007"),
        (
            ("You trust nobody.", f"You trust no{'o' * LONGEST}body."),
            f"at most {LONGEST} are allowed",
        ),
        (('"You trust nobody."', "2"), "is no text; write a sentence in quotation marks"),
        (('"You trust nobody."', f"0x{'f' * 5000}"), "is no text"),
        (
            ("[sentences.A165]", "[sentences.Q57]\n1 = 'You.'\n[sentences.A165]"),
            "the same item as A165",
        ),
        (
            ("[sentences.Y003]", "[sentences.Y004]"),
            "sentences.Y004: 'Y004' is no item of the World Values",
        ),
        (("licence", "license"), "license: is not a field; did you mean 'licence'?"),
        (("schema = 1", "schema = 2"), "schema: is 2; allowed: 1"),
        (("schema = 1", f"schema = 0x{'f' * 5000}"), "thousands of digits"),
        (("schema = 1\n", ""), "schema: is missing"),
        (('source = "a study of mine"', "source = 3"), "source: must be text, not 3"),
    ],
)
def test_a_fault_is_told_with_item_option_and_remedy(change, says):
    wrong = GOOD.replace(*change, 1)
    assert wrong != GOOD
    told = faults(wrong)
    assert any(says in line for line in told), told
    with pytest.raises(PersonaError, match="mine"):
        read_descriptor_set(wrong, "mine")


def test_all_faults_are_told_at_once_and_ten_of_them_in_an_error():
    wrong = GOOD.replace("You ", "One ").replace("[sentences.A165]", "[sentences.F063]")
    told = faults(wrong)
    assert len(told) == 8 + 2 + 5  # F063: eight options without, two that begin otherwise
    with pytest.raises(PersonaError, match="mine: 15 problems; correct the file") as error:
        read_descriptor_set(wrong, "mine")
    assert str(error.value).endswith("and 5 more")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "schema: is missing"),
        ("schema = 1\nsentences = {}", "sentences is empty"),
        ("schema = 1\n[sentences]\nA165 = 3", "must be a table of keys and values"),
        ("schema = ", "not valid TOML"),
        ("schema = " + "[" * 100_000, "nested too deeply"),
        (f"schema = {'9' * 5000}", "not valid TOML"),
    ],
)
def test_files_that_are_no_descriptor_set(text, says):
    with pytest.raises(PersonaError, match=says):
        read_descriptor_set(text, "mine")


def test_one_sentence_may_hold_marks_and_abbreviations():
    for said in (
        "You would ask “why?” and go on.",
        "You left the U.S. Army in trust of no one.",
        "You trust some, e.g. your family.",
        "You're wary of strangers, always!",
        "You trust people (strangers too).",
    ):
        assert sentence_faults(TRUST, {1: said, 2: "You trust nobody."}) == []


@given(
    st.dictionaries(st.integers(-3, 12), st.one_of(st.text(max_size=40), st.none(), st.integers()))
)
def test_whatever_is_given_is_told_and_never_an_error(given_sentences):
    told = sentence_faults(TRUST, given_sentences)
    lacking = [code for code in TRUST.codes if code not in given_sentences]
    assert sum("has no sentence" in line for line in told) == len(lacking)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(PersonaError, match=re.escape("mores descriptors generate")):
        text_of(tmp_path / "none.toml")
    with pytest.raises(PersonaError, match="is a folder"):
        text_of(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"source = '\xe9'")
    with pytest.raises(PersonaError, match="not UTF-8"):
        text_of(tmp_path / "latin.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(PersonaError, match="larger than 1 MiB"):
        text_of(tmp_path / "huge.toml")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.toml")
        with pytest.raises(PersonaError, match="no regular file"):
            text_of(tmp_path / "pipe.toml")


def test_windows_line_ends_and_byte_order_mark(tmp_path):
    (tmp_path / "mine.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_descriptor_set(tmp_path / "mine.toml").items == ("A165", "Y003")
