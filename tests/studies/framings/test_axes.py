"""Semantic axes by hand, equations 5 to 9, and deviations from the world."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from studies.framings.built import answered, by_hand, cells_and_contexts, observed, units

from mores.instruments.units import Axis
from mores.studies.framings.axes import by_axis, deviations, on_axes
from mores.studies.framings.cells import Slice
from mores.studies.framings.intervals import Drawing

DRAWING = Drawing(100, 0.9, 0)
BATTERY = "SU_IMMIGRATION_EFFECTS"
MEMBERS = units(BATTERY)[0].members
EGYPT = (Slice("ar", "EGY"),)


def axis(values, names) -> Axis:
    return Axis("an-axis", "An axis", "more", "less", tuple(names), values, frozenset())


AUTHORITY = {1: 1.0, 2: 0.5, 3: 0.0}
RISING, FALLING = {0: 0.0, 1: 0.5, 2: 1.0}, {0: 1.0, 1: 0.5, 2: 0.0}


def test_equations_5_to_9_by_hand() -> None:
    """A question, and a battery with two of its members on the axis, one of them turned round."""
    values = {"Q45": AUTHORITY, MEMBERS[0]: RISING, MEMBERS[3]: FALLING}
    cells, contexts = cells_and_contexts(EGYPT, ["third-person"])
    humans = {0: {"Q45": (0.6, 0.2, 0.2)} | dict.fromkeys(MEMBERS, (0.1, 0.2, 0.7))}
    replies = {
        0: {"Q45": 2} | dict.fromkeys(MEMBERS, 0),
        1: {"Q45": 1} | dict.fromkeys(MEMBERS, 2),
    }
    world = {"Q45": (0.5, 0.5, 0)} | dict.fromkeys(MEMBERS, (0.5, 0, 0.5))
    found, given = by_hand(
        ["Q45", BATTERY], cells, contexts, humans, replies, world=world,
        axes=[axis(values, ["Q45", BATTERY])],
    )  # fmt: skip
    one = on_axes(found, given, "point")
    np.testing.assert_allclose(one[0].human, [[0.7, 0.5]])  # (0.8 + 0.2) / 2
    np.testing.assert_allclose(one[0].baseline, [[0, 0.5]])
    np.testing.assert_allclose(one[0].response, [[0.5, 0.5]])
    # by member, then averaged: |.8 - 0| - |.8 - 1| and |.2 - 1| - |.2 - 0|
    np.testing.assert_allclose(one[0].delta, [[0.5, 0.6]])
    row = by_axis(found, given, one, DRAWING).row(0, named=True)
    assert (row["axis"], row["slice"], row["n"], row["units"]) == ("an-axis", "all", 2, 2)
    assert row["semantic_shift"] == pytest.approx(0.25)
    assert row["semantic_alignment_delta"] == pytest.approx(0.55)
    assert row["human_semantic"] == pytest.approx(0.6)
    far = deviations(found, given, one).row(0, named=True)
    assert far["world"] == pytest.approx((0.75 + 0.5) / 2)
    assert far["human_deviation"] == pytest.approx(0.6 - 0.625)
    assert far["baseline_deviation"] == pytest.approx(0.25 - 0.625)
    assert (far["n"], far["country"]) == (2, "EGY")


def test_members_off_the_axis_need_not_be_answered_nor_have_humans() -> None:
    values = {MEMBERS[0]: RISING}
    cells, contexts = cells_and_contexts(EGYPT, ["third-person"])
    found, given = by_hand(
        [BATTERY], cells, contexts, {0: {MEMBERS[0]: (0, 0, 1)}},
        {0: {MEMBERS[0]: 0}, 1: {MEMBERS[0]: 2}}, axes=[axis(values, [BATTERY])],
    )  # fmt: skip
    one = on_axes(found, given, "point")[0]
    np.testing.assert_allclose(one.delta, [[1]])
    assert np.isnan(one.world).all()
    assert deviations(found, given, [one])["human"].to_list() == [None]  # there is no world


def test_replies_at_both_ends_are_far_as_points_and_near_as_a_distribution() -> None:
    cells, contexts = cells_and_contexts(EGYPT, ["third-person"])
    found, given = by_hand(
        ["Q45"], cells, contexts, {0: {"Q45": (0, 1, 0)}},
        {0: {"Q45": 2}, 1: {"Q45": (0.5, 0, 0.5)}}, axes=[axis({"Q45": AUTHORITY}, ["Q45"])],
        asked=2,
    )  # fmt: skip
    point, distribution = (on_axes(found, given, f)[0] for f in ("point", "distribution"))
    np.testing.assert_allclose(point.delta, [[0]])
    np.testing.assert_allclose(distribution.delta, [[0.5]])
    np.testing.assert_allclose(point.response, distribution.response)


def test_all_is_the_mean_over_units_and_slices() -> None:
    humans = observed(respondents=60)
    replies = answered(humans)
    table = by_axis(humans, replies, on_axes(humans, replies, "point"), DRAWING)
    names = ["n", "semantic_alignment_delta"]
    whole = table.filter(slice="all").select("framing", "axis", *names).sort("framing", "axis")
    parts = table.filter((pl.col("slice") != "all") & (pl.col("n") > 0))
    added = parts.group_by("framing", "axis").agg(
        pl.col("n").sum(),
        (pl.col(names[1]) * pl.col("n")).sum() / pl.col("n").sum(),
    )
    added = added.sort("framing", "axis")
    assert whole["n"].to_list() == added["n"].to_list()
    np.testing.assert_allclose(whole[names[1]], added[names[1]], atol=1e-12)


def test_axes_without_a_unit_asked_are_left_out() -> None:
    humans = observed(names=["Q45"], respondents=60)
    replies = answered(humans)
    found = on_axes(humans, replies, "point")
    assert [one.axis.id for one in found] == [
        one.id for one in humans.inventory.axes if "Q45" in one.units
    ]


def test_batteries_do_not_dominate_an_axis() -> None:
    values = {"Q45": AUTHORITY} | dict.fromkeys(MEMBERS, RISING)
    cells, contexts = cells_and_contexts(EGYPT, ["third-person"])
    humans = {0: {"Q45": (1, 0, 0)} | dict.fromkeys(MEMBERS, (0, 0, 1))}
    replies = {
        0: {"Q45": 0} | dict.fromkeys(MEMBERS, 0),
        1: {"Q45": 2} | dict.fromkeys(MEMBERS, 2),
    }
    found, given = by_hand(
        ["Q45", BATTERY], cells, contexts, humans, replies, axes=[axis(values, ["Q45", BATTERY])]
    )
    table = by_axis(found, given, on_axes(found, given, "point"), DRAWING)
    assert table.row(0, named=True)["semantic_alignment_delta"] == 0  # by members 7 / 9
