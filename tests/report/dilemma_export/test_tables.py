from dataclasses import replace

import pytest

from mores.instruments.dilemmas import ACTIONS, read_dilemmas
from mores.report.dilemma_export.tables import TABLES, filled_tables, table_frame

DILEMMAS, OF_ACTIONS, READINGS = TABLES


def test_a_row_a_dilemma_by_hand(few):
    one, two, three = table_frame(DILEMMAS, few).to_dicts()
    assert (one["id"], one["value_type"], one["higher_order"]) == (
        "one",
        "universalism",
        "self-transcendence",
    )
    assert one["presumes"] == ["paid-work", "partner"]
    assert one["option_b_mild"] == "I do b-mild."
    assert one["option_a_strong_reasoning"] == "All of it."
    assert one["sufficiency_passed"] is False
    assert one["sufficiency_reason"] == "One | side."
    assert (one["n_readings"], one["polarity_recovered"], one["order_recovered"]) == (2, 5, False)
    assert (one["rewrites"], one["human"], one["date"]) == (1, False, "2026-11-03")
    assert one["text_digest"] == few[0].text_digest
    assert (two["value_type"], two["higher_order"], two["value"]) == (None, None, "tidy-rooms")
    assert (two["n_readings"], two["order_recovered"], two["correctness_passed"]) == (0, None, True)
    unknown = ["correctness_passed", "plausibility_reason", "rewrites", "human", "date", "licence"]
    assert [three[name] for name in unknown] == [None] * 6
    assert three["presumes"] == []


def test_a_row_an_action_by_hand(few):
    rows = table_frame(OF_ACTIONS, few).to_dicts()
    assert len(rows) == 18
    assert rows[2] == {
        "dilemma": "one",
        "action": "a-mild",
        "side": "aligned",
        "strength": "mild",
        "text": "I do a-mild.",
        "reasoning": None,
        "placed": ["a-mild", "b-mild"],
    }
    assert rows[17]["side"] == "opposed"
    assert rows[17]["placed"] == []


def test_a_row_an_action_of_a_reading_by_hand(few):
    frame = table_frame(READINGS, few)
    assert frame.height == 18
    assert frame["current"].to_list() == [False] * 6 + [True] * 12
    assert (
        frame["side_recovered"].to_list()
        == [False] * 6 + [True] * 6 + [True] * 2 + [False] + [True] * 3
    )
    assert frame["place_recovered"].sum() == 6 + 3
    assert frame.row(14, named=True) == {
        "dilemma": "one",
        "reading": 3,
        "reader": "m3",
        "date": "2026-11-02",
        "text": few[0].text_digest,
        "current": True,
        "action": "a-mild",
        "placed": "b-mild",
        "side_recovered": False,
        "place_recovered": False,
    }


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_columns_are_described_and_keys_name_a_row(table, few):
    frame = table_frame(table, few)
    assert frame.columns == [column.name for column in table.columns]
    assert all(set(row) <= set(frame.columns) for d in few for row in table.rows(d))
    assert not frame.select(table.key).is_duplicated().any()
    assert frame.select(table.key).null_count().sum_horizontal().item() == 0


def test_readings_of_the_shipped_add_up():
    dilemmas = read_dilemmas()
    frame = table_frame(DILEMMAS, dilemmas)
    rows = table_frame(READINGS, dilemmas)
    assert frame["n_readings"].sum() * len(ACTIONS) == rows["current"].sum()


def test_a_table_without_rows_is_left_out(few):
    bare = [replace(d, validation=None) for d in few]
    assert [t.name for t in filled_tables(bare)] == ["dilemmas", "actions"]
    assert filled_tables(few) == TABLES
    assert table_frame(READINGS, bare).columns == [column.name for column in READINGS.columns]
