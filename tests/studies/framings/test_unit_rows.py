"""Single rows: what was answered, and what is missing."""

from __future__ import annotations

import pytest
from studies.framings.built import answered, by_hand, cells_and_contexts, observed, units

from mores.studies.framings.cells import Slice
from mores.studies.framings.scoring import score
from mores.studies.framings.unit_rows import by_unit


def test_single_rows_say_what_was_answered() -> None:
    cells, contexts = cells_and_contexts([Slice("ar", "EGY")], ["third-person"])
    battery = units("SU_IMMIGRATION_EFFECTS")[0]
    humans = {0: {"Q165": (0.9, 0.1)} | dict.fromkeys(battery.members, (0.2, 0.3, 0.5))}
    replies = {0: {"Q165": 1}, 1: {"Q165": 0} | dict.fromkeys(battery.members, 1)}
    found, given = by_hand(["Q165", battery.id, "Q45"], cells, contexts, humans, replies)
    rows = by_unit(found, given, [score(found, given, "point")])
    god, immigration, authority = rows.iter_rows(named=True)
    assert (god["response"], god["baseline"]) == ("Yes", "No")
    assert god["alignment"] == pytest.approx(0.8)
    assert (god["status"], god["n_humans"], god["refused"]) == ("certain", 100, 0)
    assert immigration["response"] is None  # a battery has several
    assert immigration["alignment"] is None  # since the baseline lacks it
    assert (immigration["coverage"], immigration["n_humans"]) == (1.0, 100)
    assert (authority["coverage"], authority["n_humans"], authority["response"]) == (
        0.0,
        None,
        None,
    )
    assert authority["refused"] == 1


def test_several_replies_and_probabilities_have_no_single_option() -> None:
    humans = observed(respondents=60)
    for replies in (answered(humans, repeats=2), answered(humans, probabilities=True)):
        rows = by_unit(humans, replies, [score(humans, replies, "point")])
        assert rows["response"].null_count() == rows["baseline"].null_count() == rows.height
        assert rows["alignment"].null_count() < rows.height


def test_every_own_cell_and_unit_has_a_row() -> None:
    humans = observed(respondents=60, paraphrases=1, crossed=True)
    replies = answered(humans)
    rows = by_unit(humans, replies, [score(humans, replies, "point")])
    assert rows.height == 4 * 4 * len(humans.units)
    assert not rows.select("framing", "slice", "unit").is_duplicated().any()
