"""Orders, labels and messages."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.instruments.survey import Item, wvs7
from mores.prompts.scale_questions import (
    labels_of,
    named_options,
    orders_of,
    question_text,
    scale_ends_only,
)
from mores.prompts.templates import template_set

ITEMS = [item for item in wvs7().items.values() if not item.derived]
NAMED = [item for item in ITEMS if not scale_ends_only(item)]
ENDS = [item for item in ITEMS if scale_ends_only(item)]
MODES = ("fixed", "reversed", "both", "cyclic", "latin-square")
TEMPLATES = template_set("en", "calibrated_personas")
any_item = st.sampled_from(ITEMS)


def item(name: str) -> Item:
    return wvs7().item(name)


# Scales of which only the ends have names


def test_which_scales_have_names_at_their_ends_only() -> None:
    assert {len(i.codes) for i in ENDS} == {10, 11}
    assert {i.id for i in ENDS if len(i.codes) == 11} == {f"Q{n}" for n in range(241, 250)}
    assert {2, 3, 4, 5, 7, 8} == {len(i.codes) for i in NAMED}


@pytest.mark.parametrize("found", ENDS, ids=lambda i: i.id)
def test_the_numbers_of_such_a_scale_are_the_codes_that_its_wording_speaks_of(found: Item) -> None:
    forwards = tuple(range(len(found.codes)))
    assert labels_of(found, forwards, letters=False) == tuple(str(c) for c in found.codes)
    for label, text in zip(labels_of(found, forwards, False), found.labels, strict=True):
        assert text in (label, *(t for t in found.labels if not t.isdigit()))


def test_an_option_beside_the_scale_does_not_shift_its_numbers() -> None:
    """Democracy's essentials run from 1 to 10, and "against democracy" is coded 0."""
    text = question_text(item("Q241"), range(11), False, TEMPLATES)
    scale = text.partition("Scale: ")[2].partition("\n")[0]
    assert scale == (
        "0=It is against democracy (spontaneous), 1=Not an essential characteristic of democracy, "
        "10=An essential characteristic of democracy"
    )
    assert text.endswith("integer (0-10):")


# Orders


@given(any_item, st.sampled_from(MODES))
def test_an_order_is_a_permutation_and_none_comes_twice(found: Item, mode: str) -> None:
    orders = orders_of(found, mode)
    assert all(sorted(order) == list(range(len(found.codes))) for order in orders)
    assert len({*orders}) == len(orders) or len(found.codes) == 2


@given(any_item)
def test_modes_of_a_single_order_or_two(found: Item) -> None:
    n = len(found.codes)
    assert orders_of(found, "fixed") == (tuple(range(n)),)
    assert orders_of(found, "reversed") == (tuple(range(n))[::-1],)
    assert orders_of(found, "both") == (tuple(range(n)), tuple(range(n))[::-1])


@given(st.sampled_from(NAMED), st.sampled_from(["cyclic", "latin-square"]))
def test_each_option_stands_equally_often_at_each_place(found: Item, mode: str) -> None:
    orders = orders_of(found, mode)
    n = len(found.codes)
    counts = Counter((place, option) for order in orders for place, option in enumerate(order))
    assert len(counts) == n * n
    assert {*counts.values()} == {len(orders) // n}


@pytest.mark.parametrize("n", sorted({len(i.codes) for i in NAMED}))
def test_in_a_latin_square_each_option_follows_each_other_one_equally_often(n: int) -> None:
    orders = orders_of(next(i for i in NAMED if len(i.codes) == n), "latin-square")
    assert len(orders) == (n if n % 2 == 0 else 2 * n)
    follows = Counter(pair for order in orders for pair in pairwise(order))
    assert len(follows) == n * (n - 1)
    assert {*follows.values()} == {1 if n % 2 == 0 else 2}


def test_rotations_alone_are_not_balanced_for_what_follows_what() -> None:
    follows = Counter(pair for order in orders_of(item("Q1"), "cyclic") for pair in pairwise(order))
    assert len(follows) < 4 * 3


@given(st.sampled_from(ENDS), st.sampled_from(["cyclic", "latin-square"]))
def test_a_scale_with_named_ends_is_turned_round_and_not_torn_apart(found: Item, mode: str) -> None:
    assert orders_of(found, mode) == orders_of(found, "both")


def test_latin_square_of_four_by_hand() -> None:
    assert orders_of(item("Q1"), "latin-square") == (
        (0, 3, 1, 2),
        (1, 0, 2, 3),
        (2, 1, 3, 0),
        (3, 2, 0, 1),
    )


# Labels


@given(st.sampled_from(NAMED), st.booleans(), st.data())
def test_labels_run_along_the_order_shown(found: Item, letters: bool, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(found.codes))))
    expected = "ABCDEFGHIJK" if letters else [str(n) for n in range(1, 12)]
    assert labels_of(found, order, letters) == (*expected[: len(order)],)


@given(st.sampled_from(ENDS), st.booleans(), st.data())
def test_numbers_stay_with_their_options_on_a_scale_with_named_ends(
    found: Item, letters: bool, data: st.DataObject
) -> None:
    n = len(found.codes)
    order = data.draw(st.permutations(range(n)))
    forwards = labels_of(found, range(n), letters)
    assert labels_of(found, order, letters) == tuple(forwards[k] for k in order)


@given(any_item, st.booleans(), st.data())
def test_each_named_option_stands_beside_its_own_label(
    found: Item, letters: bool, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(found.codes))))
    pairs = named_options(found, order, letters)
    label = dict(zip(order, labels_of(found, order, letters), strict=True))
    texts = [found.labels[k] for k in order if not found.labels[k].isdigit()]
    assert [text for _, text in pairs] == texts
    assert [shown for shown, _ in pairs] == [
        label[k] for k in order if not found.labels[k].isdigit()
    ]
    said = question_text(found, order, letters, TEMPLATES)
    assert ", ".join(f"{shown}={text}" for shown, text in pairs) in said
    assert found.question in said


def test_messages_of_a_question() -> None:
    found = item("Q1")
    assert question_text(found, (0, 1, 2, 3), False, TEMPLATES) == (
        f"Question:\n{found.question}\n\n"
        "Scale: 1=Very important, 2=Rather important, 3=Not very important, "
        "4=Not at all important\n\n"
        "Respond with ONLY the single integer (1-4):"
    )
    turned = question_text(found, (3, 2, 1, 0), True, TEMPLATES)
    assert "Scale: A=Not at all important, B=Not very important" in turned
    assert turned.endswith("Respond with ONLY the single letter (A-D):")


def test_messages_of_a_ten_point_scale_turned_round() -> None:
    text = question_text(item("Q48"), range(10)[::-1], False, TEMPLATES)
    assert "Scale: 10=A great deal of choice, 1=No choice at all\n" in text
    assert text.endswith("integer (1-10):")
    letters = question_text(item("Q48"), range(10)[::-1], True, TEMPLATES)
    assert "Scale: J=A great deal of choice, A=No choice at all\n" in letters
    assert letters.endswith("letter (A-J):")
