"""Crossed languages and paraphrases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from studies.framings.built import answered, observed

from mores.studies.framings.aggregates import by_slice
from mores.studies.framings.intervals import Drawing
from mores.studies.framings.scoring import forms, score
from mores.studies.framings.variants import paraphrases, prompt_languages

DRAWING = Drawing(50, 0.9, 0)


def material(**more):
    humans = observed(respondents=60, **more)
    replies = answered(humans, missing=0.1)
    return humans, replies, [score(humans, replies, form) for form in forms(replies)]


def test_without_them_there_are_no_tables() -> None:
    made = material()
    assert prompt_languages(*made, DRAWING) is None
    assert paraphrases(*made, DRAWING) is None


def test_every_prompt_language_of_every_slice_has_a_row() -> None:
    made = material(crossed=True)
    table = prompt_languages(*made, DRAWING)
    assert table.filter(framing="third-person", slice="ar-EGY")["prompt_language"].to_list() == [
        "ar",
        "en",
        "hi",
    ]
    names = ["framing", "slice", "n", "alignment", "alignment_low"]
    own = table.filter(pl.col("prompt_language") == pl.col("slice").str.head(2))
    assert own.select(names).equals(by_slice(*made, DRAWING).select(names))


def test_a_paraphrase_that_changes_nothing_agrees_with_the_wording_itself() -> None:
    humans, replies, _ = material(paraphrases=2)
    places = {context: x for x, context in enumerate(replies.contexts)}
    same = [places[c._replace(paraphrase=0)] for c in replies.contexts]
    shares = replies.shares[same]
    replies = replace(replies, shares=shares, points=shares)
    table = paraphrases(humans, replies, [score(humans, replies, "point")], DRAWING)
    for own in table.partition_by("framing"):
        assert own["paraphrase"].to_list() == [0, 1, 2]
        assert own["agreement"].to_list() == [None, 1.0, 1.0]
        assert own["distance"].to_list() == [None, 0.0, 0.0]
        assert own["alignment"].n_unique() == 1


def test_agreement_and_distance_by_hand() -> None:
    humans, replies, _ = material(paraphrases=1, names=["Q45", "Q42"])
    shares = np.full_like(replies.shares, np.nan)
    for x, context in enumerate(replies.contexts):
        # the ordered question changes from one end to the other, the nominal one stays
        shares[x] = np.eye(3)[[2 * context.paraphrase, 1]]
    replies = replace(replies, shares=shares, points=shares)
    table = paraphrases(humans, replies, [score(humans, replies, "point")], DRAWING)
    changed = table.filter(paraphrase=1, framing="user-country").row(0, named=True)
    assert (changed["agreement"], changed["distance"]) == (pytest.approx(0.5), pytest.approx(0.5))
    assert changed["n_compared"] == 8


def test_nothing_answered_to_a_paraphrase_is_null() -> None:
    humans, replies, _ = material(paraphrases=1)
    shares = replies.shares.copy()
    shares[[x for x, context in enumerate(replies.contexts) if context.paraphrase]] = np.nan
    replies = replace(replies, shares=shares, points=shares)
    table = paraphrases(humans, replies, [score(humans, replies, "point")], DRAWING)
    empty = table.filter(paraphrase=1)
    assert empty["n_compared"].to_list() == [0] * 4
    assert empty["agreement"].null_count() == empty["alignment"].null_count() == 4
