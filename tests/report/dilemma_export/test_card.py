import json
from dataclasses import replace

import pytest

from mores.report.dilemma_export.card import card, summary
from mores.report.dilemma_export.croissant import ExportedFile
from mores.report.dilemma_export.publication import Publication

FILE = ExportedFile("dilemmas.jsonl", "application/jsonlines", "Lines.", b"")


@pytest.fixture
def text(few):
    return card(few, Publication("A *set*"), [FILE])


def row(text, name):
    """The cell after a name in a table of two columns."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {name} |")]
    return line.split(" | ")[1].removesuffix(" |")


def test_numbers_by_hand(text):
    assert row(text, "dilemmas") == "3"
    assert row(text, "Schwartz values") == "2 of 56"
    assert row(text, "other values") == "1"
    assert row(text, "other topics") == "1"
    assert row(text, "words of a scenario, mean (range)") == "3 (2 … 5)"
    assert row(text, "without a presumption about the person") == "2"
    assert row(text, "with a record of checks") == "2 of 3 (66.7%)"
    assert row(text, "passed sufficiency") == "1 of 2 (50.0%)"
    assert row(text, "passed all four") == "1 of 2 (50.0%)"
    assert row(text, "actions put on their side by the last of these") == "5 of 6 (83.3%)"
    assert row(text, "dilemmas whose order of six it recovered") == "0 of 1 (0.0%)"
    assert row(text, "rewritten after a reading or a check") == "1 of 3 (33.3%)"
    assert row(text, "with no more than a summary of readings") == "1 of 3 (33.3%)"
    assert "Blind readers: m3." in text


def test_who_validated_it_is_what_the_records_say(few, text):
    assert "No human has validated them" in text
    judged = [replace(few[0], validation=replace(few[0].validation, human=True)), *few[1:]]
    assert "a human checked 1 of 3" in summary(judged)
    assert "No human" not in card(judged, Publication("x"), [FILE])
    bare = [replace(d, validation=None) for d in few]
    said = card(bare, Publication("x"), [FILE])
    assert "No dilemma has a record of checks" in said
    assert "readings" not in said.partition("---\n\n")[0]


def test_texts_of_the_set_are_no_markup(text):
    assert "# A \\*set\\*\n" in text
    assert row(text, "source") == r"a \| \*desk\* and \<script\>".replace(" | ", "|")


def test_hubs_read_its_terms_and_its_tables(few, text):
    lines = text.split("---\n")[1].splitlines()
    assert json.loads(lines[0].removeprefix("pretty_name: ")) == "A *set*"
    assert "license: other" in lines, "not all three name terms"
    assert "- config_name: readings" in lines
    assert "  data_files: readings.parquet" in lines
    assert "license: cc-by-4.0" in card(few[:1], Publication("x"), [FILE])
    assert "license:" not in card(few[2:], Publication("x"), [FILE])


def test_terms(few, text):
    assert "- CC-BY-4.0: <https://spdx.org/licenses/CC-BY-4.0.html>" in text
    assert "- 2 dilemmas without a licence" in text
    assert "The dilemmas name no licence" in card(few[2:], Publication("x"), [FILE])
