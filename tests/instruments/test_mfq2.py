"""The questionnaire on moral foundations: its key and paraphrases."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from mores.errors import InstrumentError
from mores.instruments.mfq2 import (
    FOUNDATIONS,
    MoralItem,
    battery,
    foundation_of,
    foundations,
)

# --- the key -----------------------------------------------------------------------------------


def test_the_position_decides_the_foundation():
    assert [foundation_of(p) for p in (1, 6, 7, 12, 31, 36)] == [
        "care",
        "purity",
        "care",
        "purity",
        "care",
        "purity",
    ]
    for item in battery().items:
        assert item.foundation == FOUNDATIONS[(item.position - 1) % 6]
    assert [item.position for item in battery().members("loyalty")] == [4, 10, 16, 22, 28, 34]


@pytest.mark.parametrize("position", [0, 37, -1])
def test_a_position_outside_is_refused(position):
    with pytest.raises(InstrumentError, match="allowed: 1 to 36"):
        foundation_of(position)


def test_foundations_have_plain_definitions():
    assert tuple(f.id for f in foundations()) == FOUNDATIONS
    assert all(f.definition.endswith(".") and len(f.definition) < 120 for f in foundations())


def test_the_anchors_run_from_1_to_5():
    anchors = battery().anchors
    assert len(set(anchors)) == 5
    assert anchors[0] == "Does not describe me at all"
    assert anchors[4] == "Describes me extremely well"


# --- the paraphrases -----------------------------------------------------------------------------


def test_the_shipped_items_are_marked_as_paraphrases():
    shipped = battery()
    assert shipped.paraphrased
    assert shipped.source == "mores"
    assert "paraphrased" in shipped.label
    text = files("mores.instruments").joinpath("data/mfq2/items.toml").read_text("utf-8")
    assert "NOT the questionnaire's items" in text
    assert tomllib.loads(text)["paraphrased"] is True


def test_a_paraphrase_is_one_short_sentence_without_a_negation():
    denying = re.compile(r"\b(not|no|never|nor|neither|nobody|nothing|none|without|\w+n't)\b", re.I)
    for item in battery().items:
        assert 8 <= len(item.text.split()) <= 18, item
        assert item.text.count(".") == 1
        assert item.text.endswith("."), item
        assert not denying.search(item.text), item


def test_items_have_ids_whatever_the_wording():
    assert MoralItem(3, "proportionality", "x").id == "mfq2-03"
    assert len({item.id for item in battery().items}) == 36
