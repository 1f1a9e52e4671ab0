"""Floors and ceilings by hand."""

from __future__ import annotations

import numpy as np
import pytest
from studies.framings.built import answered, by_hand, cells_and_contexts, observed

from mores.studies.framings.cells import Slice
from mores.studies.framings.intervals import Drawing
from mores.studies.framings.references import REFERENCES, reference_gaps, references
from mores.studies.framings.scoring import score

DRAWING = Drawing(100, 0.9, 0)
EGYPT = (Slice("ar", "EGY"),)


def hand():
    cells, contexts = cells_and_contexts(EGYPT, ["language", "third-person"])
    humans = {0: {"Q45": (0, 0, 1)}, 1: {"Q45": (0.5, 0.3, 0.2), "Q42": (0.1, 0.6, 0.3)}}
    world = {"Q45": (0.2, 0.2, 0.6), "Q42": (0.8, 0.1, 0.1)}
    return by_hand(["Q45", "Q42", "Q165"], cells, contexts, humans, {0: {"Q45": 0}}, world=world)


def test_references_by_hand() -> None:
    found, _ = hand()
    point, whole = (reference_gaps(found, form) for form in ("point", "distribution"))
    nan = float("nan")
    # gaps of the three options of Q45: .35, .35, .65; of Q42: .9, .4, .7
    for reference, wanted in {
        "uniform": [1.35 / 3, 2 / 3, nan],
        "world-average": [0.2 * 0.35 + 0.2 * 0.35 + 0.6 * 0.65, 0.8 * 0.9 + 0.04 + 0.07, nan],
        "world-modal": [0.65, 0.9, nan],
        "best-answer": [0.35, 0.4, nan],
        "split-half": [0.02, 0.02, nan],
    }.items():
        np.testing.assert_allclose(point[reference][1], wanted, err_msg=reference)
    # cumulative shares .5, .8 against 1/3, 2/3, and .2, .4
    np.testing.assert_allclose(whole["uniform"][1, 0], (0.5 - 1 / 3 + 0.8 - 2 / 3) / 2)
    np.testing.assert_allclose(whole["world-average"][1], [0.35, 0.7, nan])
    np.testing.assert_allclose(whole["world-modal"], point["world-modal"])
    assert "best-answer" not in whole


def test_they_are_measured_against_the_humans_of_the_country() -> None:
    found, given = hand()
    table = references(found, given, DRAWING)
    assert table["reference"].unique(maintain_order=True).to_list() == list(REFERENCES)
    row = table.filter(reference="world-modal", slice="ar-EGY").row(0, named=True)
    assert (row["n"], row["gap"]) == (2, pytest.approx((0.65 + 0.9) / 2))
    assert row["gap_low"] <= row["gap"] <= row["gap_high"]


def test_a_study_of_the_language_framing_alone_has_its_humans() -> None:
    humans = observed(respondents=60, framings=["language"])
    table = references(humans, answered(humans), DRAWING)
    assert (table["n"] > 0).all()


def test_no_answer_comes_below_the_best_and_none_of_a_model_does() -> None:
    humans = observed(respondents=100)
    scored = score(humans, answered(humans, missing=0), "point")
    gaps = reference_gaps(humans, "point")
    assert (gaps["best-answer"] <= scored.response_gap + 1e-12).all()
    assert (gaps["best-answer"] <= gaps["world-modal"] + 1e-12).all()


def test_an_item_that_the_world_lacks_has_no_world_reference() -> None:
    cells, contexts = cells_and_contexts(EGYPT, ["third-person"])
    found, given = by_hand(["Q45"], cells, contexts, {0: {"Q45": (1, 0, 0)}}, {})
    table = references(found, given, DRAWING)
    assert table.filter(reference="world-modal")["gap"].null_count() == 2
    assert table.filter(reference="world-modal")["n"].to_list() == [0, 0]
    assert table.filter(reference="uniform", slice="all")["gap"].item() == pytest.approx(0.5)
