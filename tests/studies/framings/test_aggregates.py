"""Means over rows: overall, by slice and by category, against by_unit."""

from __future__ import annotations

import polars as pl
import pytest
from studies.framings.built import answered, by_hand, cells_and_contexts, observed

from mores.studies.framings.aggregates import by_category, by_slice, overall, own_cells
from mores.studies.framings.cells import Slice
from mores.studies.framings.intervals import Drawing
from mores.studies.framings.scoring import score
from mores.studies.framings.unit_rows import by_unit

DRAWING = Drawing(100, 0.9, 0)


@pytest.fixture(scope="module")
def made():
    humans = observed(respondents=60, paraphrases=1)
    replies = answered(humans, missing=0.2)
    found = [score(humans, replies, "point")]
    return humans, replies, found


@pytest.mark.parametrize(
    ("table", "by"),
    [(overall, []), (by_slice, ["slice"]), (by_category, ["category"])],
)
def test_tables_are_means_of_the_rows_that_count(made, table, by) -> None:
    rows = by_unit(*made).drop_nulls("alignment")
    names = ["n", "baseline_gap", "response_gap", "shift"]
    wanted = rows.group_by("framing", *by).agg(
        pl.len().cast(pl.Int64).alias("n"), pl.col(names[1:]).mean()
    )
    found = table(*made, DRAWING).filter(pl.col("n") > 0).select("framing", *by, *names)
    order = ["framing", *by]
    difference = found.sort(order).select(names[1:]) - wanted.sort(order).select(names[1:])
    assert found.sort(order)["n"].to_list() == wanted.sort(order)["n"].to_list()
    for column in difference:
        assert column.abs().max() < 1e-12


def test_coverage_counts_every_reply_and_not_the_rows(made) -> None:
    humans, replies, _ = made
    table = overall(*made, DRAWING)
    for framing, coverage in table.select("framing", "coverage").iter_rows():
        contexts = [humans.cells[c].context for c in own_cells(humans.cells, framing)]
        assert coverage == pytest.approx(
            replies.coded[contexts].sum() / replies.asked[contexts].sum()
        )


def test_rows_weigh_the_same_whatever_the_slice_lacks() -> None:
    """Egypt has one unit, India two: the mean is over three rows, not over two slices."""
    slices = [Slice("ar", "EGY"), Slice("hi", "IND")]
    cells, contexts = cells_and_contexts(slices, ["third-person"])
    humans = {0: {"Q45": (1, 0, 0)}, 1: {"Q45": (1, 0, 0), "Q42": (1, 0, 0)}}
    baseline = {"Q45": 2, "Q42": 0}
    replies = {0: baseline, 1: {"Q45": 0, "Q42": 0}, 2: {"Q45": 0, "Q42": 1}}
    found, given = by_hand(["Q45", "Q42"], cells, contexts, humans, replies)
    row = overall(found, given, [score(found, given, "point")], DRAWING).row(0, named=True)
    assert (row["n"], row["units"], row["slices"]) == (3, 2, 2)
    assert row["alignment"] == pytest.approx((1 + 1 - 1) / 3)
    assert row["baseline_gap"] == pytest.approx(2 / 3)
    assert row["coverage"] == 1


def test_categories_stand_in_the_order_of_the_inventory(made) -> None:
    table = by_category(*made, DRAWING)
    order = [c for c in made[0].inventory.categories if c in set(table["category"])]
    assert table["category"].unique(maintain_order=True).to_list() == order


def test_a_category_of_one_unit_has_no_interval(made) -> None:
    table = by_category(*made, DRAWING)
    single = table.filter(pl.col("units") == 1)
    assert single.height
    assert single["alignment_low"].null_count() == single.height
