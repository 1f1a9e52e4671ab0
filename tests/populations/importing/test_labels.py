from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.instruments.survey import wvs7
from mores.populations.importing.labels import Answers, Unread, read_cells, whole_number

INSTRUMENT = wvs7()
HAPPINESS = Answers(INSTRUMENT.item("Q46"))


def item(name: str, trend: bool = False) -> Answers:
    return Answers(INSTRUMENT.item(name), trend)


def column(name: str) -> Answers:
    return Answers(INSTRUMENT.columns[name])


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("Very happy", 1),
        ("  VERY   happy. ", 1),
        ("Quite happy", 2),
        ("Not at all happy", 4),
        ("Don't know", -1),
        ("Don’t know", -1),
        ("No answer", -2),
        ("3", 3),
        ("3.0", 3),
        (" 3 ", 3),
        (3, 3),
        (3.0, 3),
        (-2, -2),
        ("-2", -2),
        ("\u22122", -2),
        ("1: Very happy", 1),
        ("(2) Quite happy", 2),
        ("1 Very happy", 1),
        ("Very happy{1}", 1),
        ("Pleased as Punch{Very happy}", 1),
    ],
)
def test_a_cell_is_read(cell, code) -> None:
    assert HAPPINESS.read(cell) == code


@pytest.mark.parametrize(
    "cell",
    [
        "Happyish",
        "Very happy{4}",
        "4 Very happy",
        "2.5",
        2.5,
        9,
        "9",
        -9,
        "",
        "?!",
        "=1+1",
        "1e0",
        "\u0663",  # an Arabic three
        "Very",
        "happy",
        float("nan"),
        float("inf"),
        1e300,
        "9" * 400,
        "Very happy" * 1000,
    ],
)
def test_what_is_not_known_is_not_guessed(cell) -> None:
    assert HAPPINESS.read(cell) is None


def test_labels_among_numbers_of_a_scale() -> None:
    god = item("Q164")
    cells = ["Not at all important", "2", "5.0", 9, "Very important", "No answer"]
    assert [god.read(c) for c in cells] == [1, 2, 5, 9, 10, -2]


def test_minus_one_and_minus_two_are_values_of_the_autonomy_index() -> None:
    autonomy = item("Y003")
    cells = [
        "Obedience/Religious Faith",
        "-1",
        "0",
        "1",
        "Determination, perseverance/Independence",
    ]
    assert [autonomy.read(c) for c in cells] == [-2, -1, 0, 1, 2]
    assert autonomy.read("Missing") == -5
    assert autonomy.read(-9) is None
    assert item("Q154").read("-1") == -1


def test_national_pride_5_is_a_code_and_no_option() -> None:
    assert item("Q254").read("I am not [nationality]") == 5
    assert 5 not in INSTRUMENT.item("Q254").codes


def test_codes_of_trend_files_are_translated_and_labels_are_not() -> None:
    recoded = [i for i in INSTRUMENT.items.values() if i.ivs_codes]
    assert recoded
    for asked in recoded:
        for theirs, ours in asked.ivs_codes.items():
            assert item(asked.id, trend=True).read(theirs) == ours
            assert item(asked.id, trend=True).read(str(theirs)) == ours
        for option in asked.options:
            if whole_number(option.label) is None:
                assert item(asked.id, trend=True).read(option.label) == option.code


@pytest.mark.parametrize("distort", [str.upper, lambda s: f"  {s.replace(' ', '   ')} ."])
def test_every_spelling_of_every_variable_is_read(distort) -> None:
    variables = [*INSTRUMENT.items.values(), *INSTRUMENT.columns.values()]
    for variable in variables:
        answers = Answers(variable)
        spelled = [(s, o.code) for o in variable.options for s in (o.label, *o.variants)]
        for spelling, code in [*spelled, *variable.missing_labels.items()]:
            if whole_number(spelling) is None:
                assert answers.read(distort(spelling)) == code, (variable.id, spelling)


@given(st.permutations(["Very happy", "Rather happy", "Not very happy", "Not at all happy"]))
def test_the_order_in_which_labels_occur_does_not_matter(cells) -> None:
    values, unread = read_cells(pl.Series(cells), HAPPINESS.read, pl.Int8())
    meant = {"Very happy": 1, "Rather happy": 2, "Not very happy": 3, "Not at all happy": 4}
    assert values.to_list() == [meant[cell] for cell in cells]
    assert not unread


def test_numbers_of_children_in_words() -> None:
    children = column("children")
    cells = ["No children", "1 child", "2 children", "8 or more", "5+", 3, "No answer"]
    assert [children.read(c) for c in cells] == [0, 1, 2, 8, 5, 3, -2]
    assert [children.read(c) for c in ("2 or 3", "a few", "-7", 2**40)] == [None] * 4


def test_a_reversed_scale_contradicts_its_labels() -> None:
    labels = {1: "Not at all happy", 2: "Not very happy", 3: "Quite happy", 4: "Very happy"}
    found = HAPPINESS.conflicts({**labels, -1: "Don't know"})
    assert [(c.code, c.label, c.meant) for c in found][:1] == [
        (1, "Not at all happy", "Very happy")
    ]
    assert len(found) == 4


def test_a_shifted_scale_contradicts_its_labels() -> None:
    labels = {0: "Very happy", 1: "Quite happy", 2: "Not very happy", 3: "Not at all happy"}
    assert [c.code for c in HAPPINESS.conflicts(labels)] == [1, 2, 3]


def test_an_option_labelled_as_missing_contradicts() -> None:
    assert [c.code for c in HAPPINESS.conflicts({4: "No answer"})] == [4]
    assert [c.code for c in HAPPINESS.conflicts({-1: "Very happy"})] == [-1]


def test_other_words_and_other_missing_codes_are_no_contradiction() -> None:
    labels = {1: "Delighted", 2: "Rather happy", 9: "Very happy", -1: "No answer", -5: "Not asked"}
    assert HAPPINESS.conflicts(labels) == []


@given(st.lists(st.sampled_from(["Very happy", "3", "9", "huh", "\x1b[31mred", None]), max_size=40))
def test_reading_distinct_cells_is_reading_every_cell(cells) -> None:
    values, unread = read_cells(pl.Series(cells, dtype=pl.String), HAPPINESS.read, pl.Int8())
    assert values.to_list() == [None if c is None else HAPPINESS.read(c) for c in cells]
    lost = [c for c in cells if c is not None and HAPPINESS.read(c) is None]
    assert {u.value: u.count for u in unread} == {c: lost.count(c) for c in lost}
    assert sum(u.count for u in unread) == len(lost)


def test_unread_cells_are_listed_by_frequency() -> None:
    cells = pl.Series(["b", "a", "b", "c", "a", "b"])
    unread = read_cells(cells, HAPPINESS.read, pl.Int8())[1]
    assert unread == [Unread("b", 3), Unread("a", 2), Unread("c", 1)]


def test_numbers() -> None:
    cells = ["7", "7.0", "+7", " -7 ", "7,0", "7a", "", 7.0, 7.5, True]
    assert [whole_number(c) for c in cells] == [7, 7, 7, -7, None, None, None, 7, None, 1]
