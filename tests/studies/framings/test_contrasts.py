"""Sign tests between framings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from studies.framings.built import FRAMINGS, SLICES, answered, observed

from mores.studies.framings.contrasts import contrasts
from mores.studies.framings.scoring import score


@pytest.fixture(scope="module")
def made():
    humans = observed(respondents=60)
    replies = answered(humans, missing=0.2)
    return humans, replies, score(humans, replies, "point")


def with_alignment(scored, alignment):
    return replace(scored, baseline_gap=alignment, response_gap=np.zeros_like(alignment))


def test_wins_and_losses_over_slices_by_hand(made) -> None:
    humans, replies, scored = made
    level = {"language": 0.0, "user-country": 0.1, "persona-country": 0.2, "third-person": 0.2}
    alignment = np.array([[level[c.framing]] * len(humans.units) for c in humans.cells])
    third = [c for c, cell in enumerate(humans.cells) if cell.framing == "third-person"]
    alignment[third[:3]] += 0.1
    alignment[third[3]] -= 0.05
    table = contrasts(humans, replies, [with_alignment(scored, alignment)])
    row = table.filter(
        test="sign-over-slices", framing_a="third-person", framing_b="persona-country"
    ).row(0, named=True)
    assert (row["n"], row["wins"], row["losses"], row["slice"]) == (4, 3, 1, "all")
    assert row["effect"] == 0.5
    assert row["difference"] == pytest.approx((3 * 0.1 - 0.05) / 4)
    assert row["p"] == pytest.approx(stats.binomtest(3, 4).pvalue)


def test_every_pair_of_framings_is_tested_over_slices_and_in_each(made) -> None:
    humans, replies, scored = made
    table = contrasts(humans, replies, [scored])
    assert table.filter(test="sign-over-slices").height == 6
    assert table.filter(test="sign-over-units").height == 6 * len(SLICES)
    place = {framing: k for k, framing in enumerate(FRAMINGS)}
    assert all(place[a] > place[b] for a, b in table.select("framing_a", "framing_b").iter_rows())


def test_units_are_paired_and_those_missing_on_a_side_left_out(made) -> None:
    humans, replies, scored = made
    table = contrasts(humans, replies, [scored]).filter(test="sign-over-units")
    for row in table.iter_rows(named=True):
        a, b = (
            next(
                scored.alignment[c]
                for c, cell in enumerate(humans.cells)
                if cell.framing == row[f"framing_{side}"] and str(cell.slice) == row["slice"]
            )
            for side in "ab"
        )
        gains = (a - b)[~np.isnan(a - b)]
        assert row["n"] == gains.size
        assert row["wins"] + row["losses"] <= row["n"]
        if gains.size:
            assert row["difference"] == pytest.approx(gains.mean())


def test_p_is_adjusted_as_statsmodels_does_within_the_table(made) -> None:
    table = contrasts(made[0], made[1], [made[2]])
    tested = table.drop_nulls("p")
    wanted = multipletests(tested["p"].to_numpy(), method="fdr_bh")[1]
    np.testing.assert_allclose(tested["p_adjusted"], wanted, atol=1e-12)


def test_ties_are_no_wins_and_all_ties_have_no_effect(made) -> None:
    humans, replies, scored = made
    alike = np.full(scored.alignment.shape, 0.1 + 0.2)
    alike[::2] = 0.3  # the same but for rounding
    table = contrasts(humans, replies, [with_alignment(scored, alike)])
    assert table["wins"].sum() == table["losses"].sum() == 0
    assert table["effect"].null_count() == table.height
    assert (table["p"] == 1).all()


def test_one_framing_makes_no_pairs() -> None:
    humans = observed(respondents=60, framings=["third-person"])
    replies = answered(humans)
    table = contrasts(humans, replies, [score(humans, replies, "point")])
    assert table.height == 0
    assert table.schema["p_adjusted"] == pl.Float64
