from collections import Counter
from dataclasses import replace

import pytest

from mores.errors import InstrumentError
from mores.instruments.dilemma_sets import chosen, coverage, drawn
from mores.instruments.dilemmas import read_dilemmas

ALL = read_dilemmas()
A, B = ALL[0], next(d for d in ALL if (d.value, d.topic) != (ALL[0].value, ALL[0].topic))
C = replace(
    A, id="own", value="tidy", value_label="Tidy Rooms", topic="pets", topic_label="Pets & Co"
)


def test_counts_and_missing_pairs_by_hand():
    found = coverage([A, A, C])
    assert found.values == {A.value: A.value_label, "tidy": "Tidy Rooms"}
    assert found.counts == {
        (A.value, A.topic): 2,
        (A.value, "pets"): 0,
        ("tidy", A.topic): 0,
        ("tidy", "pets"): 1,
    }
    assert found.missing == ((A.value, "pets"), ("tidy", A.topic))
    assert coverage([A]).missing == ()


def test_counts_add_up_to_the_set():
    assert sum(coverage(ALL).counts.values()) == len(ALL)


def test_a_choice_by_value_topic_and_id():
    few = [A, B, C]
    assert chosen(few) == (A, B, C)
    assert chosen(few, values=["tidy rooms"]) == chosen(few, topics=["pets and co"]) == (C,)
    assert chosen(few, ids=["own", A.id]) == (A, C), "in the order of the set"
    assert chosen(few, values=[A.value, "tidy"], ids=["own"]) == (C,)


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"values": ["tidi"]}, "the value 'tidi'; did you mean 'tidy'"),
        ({"topics": ["pet"]}, "the topic 'pet'; did you mean 'pets'"),
        ({"ids": ["owl"]}, "the id 'owl'; did you mean own?"),
        ({"ids": ["\x1b[2J"]}, "see those of a value"),
        ({"values": ["tidy"], "ids": [A.id]}, "at once"),
    ],
)
def test_a_choice_of_nothing_says_why(choice, says):
    with pytest.raises(InstrumentError, match="no dilemma") as refused:
        chosen([A, C], **choice)
    assert says in str(refused.value)


def test_a_draw_is_by_seed_without_replacement():
    assert drawn(ALL, 20, 1) == drawn(ALL, 20, 1) != drawn(ALL, 20, 2)
    assert {d.id for d in drawn(ALL, len(ALL), 0)} == {d.id for d in ALL}


def test_every_dilemma_is_drawn_alike():
    counts = Counter(drawn([A, B, C], 1, seed)[0].id for seed in range(600))
    assert all(150 < counts[d.id] < 250 for d in (A, B, C))


@pytest.mark.parametrize("n", [0, -1, 4])
def test_a_draw_of_more_than_there_are_is_refused(n):
    with pytest.raises(InstrumentError, match=f"cannot draw {n} of 3"):
        drawn([A, B, C], n, 0)
