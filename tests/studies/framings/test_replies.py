"""Rates of replies, and what was asked against what is counted."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from studies.framings.built import answered, observed

from mores.studies.framings.replies import framings_of, rates, refusals, requests


@pytest.fixture(scope="module")
def replied():
    humans = observed(respondents=60)
    return humans, answered(humans, repeats=4, missing=0.3)


def test_rates_by_hand(replied) -> None:
    _, replies = replied
    one = replace(
        replies,
        asked=np.array([[4, 4]]),
        coded=np.array([[3, 1]]),
        refused=np.array([[0, 2]]),
        uncoded=np.array([[1, 0]]),
        failed=np.array([[0, 1]]),
        refusals=np.array([[1, 2]]),
        hedges=np.array([[2, 0]]),
    )
    found = rates(one, [0])
    assert (found.n, found.coverage, found.refused, found.refusal) == (8, 0.5, 0.25, 0.375)
    assert (found.uncoded, found.failed, found.hedge) == (0.125, 0.125, 0.25)
    assert rates(one, [0], np.array([1])).coverage == 0.25
    assert rates(one, [0, 0]).n == 16
    assert math.isnan(rates(one, []).coverage)


def test_statuses_sum_to_one(replied) -> None:
    table = refusals(*replied)
    total = sum(
        table[f"{name}"] for name in ("coverage", "refused_rate", "uncoded_rate", "failed_rate")
    )
    np.testing.assert_allclose(total, 1)


def test_the_language_framing_is_told_once_a_language(replied) -> None:
    humans, replies = replied
    table = refusals(humans, replies)
    own = table.filter(framing="language")
    assert own["language"].to_list() == ["all", "ar", "en", "hi"]
    assert own["n"].to_list() == [3 * 24, 24, 24, 24]  # two English slices share their replies
    third = table.filter(framing="third-person")
    assert third["n"].to_list() == [4 * 24, 24, 48, 24]


def test_counted_and_asked(replied) -> None:
    table = requests(*replied)
    assert table["framing"].to_list() == list(framings_of(replied[0]))
    assert table["counted"].to_list() == [96, 96, 96, 96]
    assert table["asked"].to_list() == [72, 96, 96, 96]
    statuses = table["coded"] + table["refused"] + table["uncoded"] + table["failed"]
    assert (statuses == table["asked"]).all()


def test_the_whole_design_counts_5252_and_asks_4646() -> None:
    from studies.framings.built import Slice, cells_and_contexts

    from mores.instruments.units import framing_units

    slices = (
        "ar-EGY ar-JOR ar-MAR en-GBR en-KEN en-USA es-ARG es-COL es-MEX fr-CAN hi-IND ru-RUS zh-CHN"
    )
    cells, contexts = cells_and_contexts([Slice.parse(s) for s in slices.split()])
    humans = replace(observed(respondents=40), cells=cells, units=framing_units().units)
    asked = np.ones((len(contexts), len(humans.units)), int)
    none = np.zeros_like(asked)
    replies = replace(
        answered(observed(respondents=40)),
        asked=asked,
        coded=asked,
        refused=none,
        uncoded=none,
        failed=none,
    )
    table = requests(humans, replies)
    assert table["counted"].sum() == 5252
    assert table["asked"].sum() == 4646


def test_planted_refusals_are_recovered(replied) -> None:
    humans, replies = replied
    languages = np.array([context.language for context in replies.contexts])
    refused = np.where(languages[:, None] == "ar", replies.asked, 0)
    table = refusals(humans, replace(replies, refusals=refused))
    for row in table.filter(language="ar").iter_rows(named=True):
        assert row["refusal_rate"] == 1
    assert table.filter(language="en")["refusal_rate"].to_list() == [0.0] * 4


def test_mass_and_what_is_unseen_are_means_over_members_and_null_for_text(replied) -> None:
    humans, replies = replied
    assert refusals(humans, replies)["allowed_mass"].null_count() == len(refusals(humans, replies))
    allowed = np.full(replies.allowed.shape, np.nan)
    third = next(x for x, c in enumerate(replies.contexts) if c.framing == "third-person")
    allowed[third, :2] = 0.5, 0.75
    told = refusals(humans, replace(replies, allowed=allowed, unseen=allowed / 10))
    own = told.filter(framing="third-person", language="all")
    assert own["allowed_mass"].to_list() == [0.625]
    np.testing.assert_allclose(own["unseen"], 0.0625)
    assert told.filter(framing="language")["unseen"].null_count() == 4
