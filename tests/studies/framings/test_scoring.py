"""Rows by hand: what counts, and how members make units."""

from __future__ import annotations

import numpy as np
import pytest
from studies.framings.built import answered, by_hand, cells_and_contexts, observed, units

from mores.studies.framings.cells import Slice
from mores.studies.framings.scoring import forms, score

BATTERY = "SU_IMMIGRATION_EFFECTS"
MEMBERS = units(BATTERY)[0].members
EGYPT = (Slice("ar", "EGY"),)


def one_cell(names, humans, baseline, response, **more):
    """A persona's answers in Egypt, and the baseline."""
    cells, contexts = cells_and_contexts(EGYPT, ["persona-country"])
    return by_hand(names, cells, contexts, {0: humans}, {0: baseline, 1: response}, **more)


def test_a_row_by_hand() -> None:
    humans = {"Q45": (0.5, 0.3, 0.2), "Q42": (0.1, 0.6, 0.3)}
    found, given = one_cell(["Q45", "Q42"], humans, {"Q45": 0, "Q42": 0}, {"Q45": 2, "Q42": 1})
    scored = score(found, given, "point")
    # Q45 is ordered: 0.3 / 2 + 0.2, and 0.5 + 0.3 / 2; Q42 is nominal: 1 - 0.1, 1 - 0.6
    np.testing.assert_allclose(scored.baseline_gap, [[0.35, 0.9]])
    np.testing.assert_allclose(scored.response_gap, [[0.65, 0.4]])
    np.testing.assert_allclose(scored.shift, [[1, 1]])
    np.testing.assert_allclose(scored.alignment, [[-0.3, 0.5]])


def test_batteries_do_not_dominate() -> None:
    """Eight members and one question: the battery's mean counts as much as the question."""
    humans = {"Q45": (1, 0, 0)} | dict.fromkeys(MEMBERS, (1, 0, 0))
    baseline = {"Q45": 0} | dict.fromkeys(MEMBERS, 2)
    response = {"Q45": 2} | dict.fromkeys(MEMBERS, 0)
    found, given = one_cell(["Q45", BATTERY], humans, baseline, response)
    scored = score(found, given, "point")
    np.testing.assert_allclose(scored.alignment, [[-1, 1]])
    assert np.nanmean(scored.alignment) == 0  # by members it would be 7 / 9


def test_a_missing_member_leaves_the_battery_out() -> None:
    humans = dict.fromkeys(MEMBERS, (0.2, 0.3, 0.5))
    some = dict.fromkeys(MEMBERS[1:], 1)
    for baseline, response in (
        (dict.fromkeys(MEMBERS, 1), some),
        (some, dict.fromkeys(MEMBERS, 1)),
    ):
        found, given = one_cell([BATTERY], humans, baseline, response)
        scored = score(found, given, "point")
        assert np.isnan(scored.alignment).all()
        assert not scored.counts.any()
        assert not scored.potential.any()


def test_a_member_without_humans_is_left_out_of_its_unit() -> None:
    humans = dict.fromkeys(MEMBERS[:2], (1, 0, 0))
    response = {MEMBERS[0]: 0, MEMBERS[1]: 1}  # the others need not even be answered
    found, given = one_cell([BATTERY], humans, dict.fromkeys(MEMBERS, 2), response)
    scored = score(found, given, "point")
    np.testing.assert_allclose(scored.response_gap, [[0.25]])
    np.testing.assert_allclose(scored.baseline_gap, [[1]])


def test_a_unit_without_humans_is_no_row_and_nan_is_never_nought() -> None:
    found, given = one_cell(
        ["Q45", "Q42"], {"Q45": (1, 0, 0)}, {"Q45": 1, "Q42": 1}, {"Q45": 1, "Q42": 1}
    )
    scored = score(found, given, "point")
    for table in (scored.baseline_gap, scored.response_gap, scored.shift, scored.alignment):
        assert np.isnan(table).tolist() == [[False, True]]


@pytest.mark.parametrize("form", ["point", "distribution"])
def test_a_row_has_all_measures_or_none(form) -> None:
    humans = observed(respondents=60)
    scored = score(humans, answered(humans, missing=0.4, repeats=2), form)
    known = [~np.isnan(t) for t in (scored.baseline_gap, scored.response_gap, scored.shift)]
    assert (known[0] == known[1]).all()
    assert (known[0] == known[2]).all()
    assert 0 < known[0].sum() < known[0].size
    assert (
        scored.alignment[known[0]] == (scored.baseline_gap - scored.response_gap)[known[0]]
    ).all()


def test_the_potential_of_points_sums_to_the_alignment() -> None:
    humans = observed(respondents=60)
    scored = score(humans, answered(humans), "point")
    by_member = (np.nan_to_num(humans.shares) * scored.potential).sum(axis=2)
    found = by_member @ (humans.unit_of[:, None] == np.arange(len(humans.units)))
    np.testing.assert_allclose(found, np.nan_to_num(scored.alignment), atol=1e-12)


def test_probabilities_have_points_of_their_own() -> None:
    humans = observed(respondents=60)
    replies = answered(humans, probabilities=True, missing=0)
    assert forms(replies) == ("point", "distribution")
    point, distribution = (score(humans, replies, form) for form in forms(replies))
    assert not np.allclose(point.response_gap, distribution.response_gap)
