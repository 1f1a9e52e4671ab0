"""What the options of each place are, in columns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mores.studies.option_table import HasOptionTable, OptionTable

TABLE = OptionTable(
    orders=[(2, 0, 1), (1, 0)],
    codes=[(1, 2, 4), (-1, 1)],
    labels=[("no", "perhaps", "yes"), ("against", "for")],
    scored=np.array([True, False]),
)


def test_a_chosen_option_has_its_code_label_and_where_it_stood():
    found = TABLE.outcomes(np.array([0, 0, 1, 1, 0]), np.array([2, 0, 1, -1, -1]))
    assert found.rows() == [
        (4.0, "yes", 1),
        (1.0, "no", 2),
        (1.0, "for", 1),
        (None, None, None),
        (None, None, None),
    ]


def test_nothing_chosen_of_nothing_has_the_same_columns():
    none = TABLE.outcomes(np.array([], np.int64), np.array([], np.int64))
    assert none.schema == TABLE.outcomes(np.array([1]), np.array([0])).schema
    assert none.height == 0


def test_orders_are_padded():
    assert TABLE.sizes.tolist() == [3, 2]
    assert TABLE.order.tolist() == [[2, 0, 1], [1, 0, -1]]
    assert TABLE.shown.tolist() == [[1, 2, 0], [1, 0, -1]]


@given(st.lists(st.permutations(range(5)), min_size=1, max_size=6))
def test_shown_undoes_order(orders):
    n = len(orders)
    table = OptionTable(
        [tuple(order) for order in orders], [range(5)] * n, ["abcde"] * n, np.full(n, True)
    )
    assert (np.take_along_axis(table.shown, table.order, axis=1) == np.arange(5)).all()


def test_a_design_without_a_table_has_none():
    assert not isinstance(object(), HasOptionTable)
