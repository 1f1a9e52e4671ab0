from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from mores.populations.derived import (
    MISSING,
    autonomy,
    post_materialism,
    service_attendance,
    with_indices,
)

CHOICES = [-5, -4, -2, -1, 0, 1, 2, 3, 4, 5]
QUALITIES = [-5, -4, -2, -1, 0, 1, 2, 3]


def test_post_materialism_by_hand() -> None:
    """Order and prices are materialist aims, say and speech post-materialist ones."""
    pairs = {(1, 3): 1, (3, 1): 1, (2, 4): 3, (4, 2): 3, (1, 2): 2, (4, 3): 2, (2, 3): 2}
    pairs |= {(1, -1): MISSING, (-2, 4): MISSING, (-5, -5): MISSING, (0, 1): MISSING}
    first, second = (np.array(column) for column in zip(*pairs, strict=True))
    assert post_materialism(first, second).tolist() == list(pairs.values())


def test_post_materialism_against_the_rule_in_plain_python() -> None:
    for first, second in product(CHOICES, repeat=2):
        if first not in (1, 2, 3, 4) or second not in (1, 2, 3, 4):
            expected = MISSING
        elif {first, second} <= {1, 3}:
            expected = 1
        else:
            expected = 3 if {first, second} <= {2, 4} else 2
        assert post_materialism(np.array([first]), np.array([second])).tolist() == [expected]


def test_autonomy_by_hand() -> None:
    """Who names independence and determination and neither faith nor obedience is at +2."""
    assert autonomy(*(np.array([code], np.int8) for code in (1, 1, 2, 2))).tolist() == [2]
    assert autonomy(*(np.array([code], np.int8) for code in (2, 2, 1, 1))).tolist() == [-2]
    assert autonomy(*(np.array([code], np.int8) for code in (2, 1, 1, 1))).tolist() == [-1]
    assert autonomy(*(np.array([code], np.int8) for code in (1, 2, 1, 2))).tolist() == [0]


def test_autonomy_against_the_rule_in_plain_python() -> None:
    table = list(product(QUALITIES, repeat=4))
    found = autonomy(*np.array(table, np.int8).T)
    for row, value in zip(table, found.tolist(), strict=True):
        independence, determination, faith, obedience = row
        known = set(row) <= {1, 2}
        expected = (faith + obedience) - (independence + determination) if known else MISSING
        assert value == expected


@given(st.lists(st.tuples(*[st.sampled_from([1, 2])] * 4), min_size=1))
def test_autonomy_turns_round_with_its_questions(rows) -> None:
    independence, determination, faith, obedience = np.array(rows, np.int8).T
    index = autonomy(independence, determination, faith, obedience)
    assert np.abs(index).max() <= 2
    assert (autonomy(faith, obedience, independence, determination) == -index).all()
    assert (autonomy(determination, independence, obedience, faith) == index).all()


def _frame(**columns: list[int | None]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int8))


def test_missing_is_none_of_the_values_of_autonomy() -> None:
    """-1 and -2 are values; only `MISSING` says that there is none."""
    frame = _frame(Q8=[2, 2, -1], Q14=[2, 1, 1], Q15=[1, 1, 1], Q17=[1, 1, 1])
    assert with_indices(frame)["Y003"].to_list() == [-2, -1, MISSING]


def test_indices_are_recomputed_and_kept_only_where_a_question_is_lacking() -> None:
    frame = _frame(
        Q154=[1, 1, None, None, 2],
        Q155=[3, -1, 3, None, 4],
        Y002=[3, 2, 1, None, None],
        Q8=[1, 1, None, 1, 1],
        Q14=[1, 1, 1, None, 1],
        Q15=[2, 2, 2, 2, -2],
        Q17=[2, 2, 2, 2, 2],
    )
    done = with_indices(frame)
    assert done["Y002"].to_list() == [1, MISSING, 1, None, 3]
    assert done["Y003"].to_list() == [2, 2, None, None, MISSING]
    assert done["Y002"].dtype == done["Y003"].dtype == pl.Int8
    assert_frame_equal(done.select(frame.columns).drop("Y002"), frame.drop("Y002"))


def test_imagination_is_no_part_of_autonomy() -> None:
    frame = _frame(Q8=[1, 1], Q11=[1, 2], Q14=[1, 1], Q15=[2, 2], Q17=[2, 2])
    assert with_indices(frame)["Y003"].to_list() == [2, 2]
    without = frame.drop("Q8")
    assert "Y003" not in with_indices(without).columns


@pytest.mark.parametrize("column", ["Q154", "Q155", "Q8", "Q14", "Q15", "Q17"])
def test_a_file_without_a_question_keeps_its_own_index(column: str) -> None:
    questions = {"Q154": [1], "Q155": [2], "Q8": [1], "Q14": [1], "Q15": [1], "Q17": [1]}
    frame = _frame(**questions, Y002=[3], Y003=[-2]).drop(column)
    own = with_indices(frame).select("Y002", "Y003").row(0)
    assert own == ((3, 0) if column in ("Q154", "Q155") else (2, -2))


def test_no_respondents() -> None:
    frame = _frame(Q154=[], Q155=[], Q8=[], Q14=[], Q15=[], Q17=[])
    assert with_indices(frame).select("Y002", "Y003").shape == (0, 2)


def test_attendance_by_hand():
    eight = np.array([1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -4], np.int8)
    assert service_attendance(eight).tolist() == [1, 2, 3, 4, 4, 5, 6, 7, -1, -2, -4]


def test_attendance_is_computed_where_a_file_has_eight_options_and_kept_elsewhere():
    frame = pl.DataFrame(
        {"F028": [8, None, -1], "Q171": [None, 3, None]}, schema={"F028": pl.Int8, "Q171": pl.Int8}
    )
    assert with_indices(frame)["Q171"].to_list() == [7, 3, -1]
    assert with_indices(frame.select("F028"))["Q171"].to_list() == [7, None, -1]
    assert with_indices(frame.select("Q171"))["Q171"].to_list() == [None, 3, None]
