import pytest
from pydantic import ValidationError

from mores.instruments.dilemma_actions import ACTIONS
from mores.instruments.dilemma_checks import (
    CHECKS,
    BlindReading,
    BlindSummary,
    Check,
    Validation,
    ValidationRecord,
    record_of_validation,
    validation_from,
)

PLACED = ["a-strong", "a-moderate", "b-mild", "b-mild", "b-moderate", "b-strong"]
READING = {"reader": "a colleague", "text": "0123456789abcdef", "placed": PLACED}
FULL = {
    **{name: {"passed": True, "reason": f"{name} holds"} for name in CHECKS},
    "blind_readings": [READING, READING | {"date": "2026-06-22"}],
    "rewrites": 1,
    "blind_reading": {
        "readers": 3,
        "reader": "colleagues",
        "polarity_recovered": 6,
        "order_recovered": True,
        "kendall_tau": 0.9,
        "remark": None,
    },
    "human": True,
    "date": "2026-06-21",
}


def read(record):
    return validation_from(ValidationRecord.model_validate(record))


def test_a_full_record():
    assert read(FULL) == Validation(
        *(Check(True, f"{name} holds") for name in CHECKS),
        (
            BlindReading("a colleague", "0123456789abcdef", tuple(PLACED)),
            BlindReading("a colleague", "0123456789abcdef", tuple(PLACED), "2026-06-22"),
        ),
        1,
        BlindSummary(3, "colleagues", 6, True, (("kendall_tau", 0.9), ("remark", None))),
        True,
        "2026-06-21",
    )
    assert record_of_validation(read(FULL)) == FULL


def test_the_least_record():
    least = {name: {"passed": True} for name in CHECKS}
    assert read(least) == Validation(*[Check(True, "")] * 4)
    assert read(record_of_validation(read(least))) == read(least)


def test_what_a_blind_reading_recovered():
    reading = BlindReading("x", "0" * 16, tuple(PLACED))
    assert (reading.polarity_recovered, reading.order_recovered) == (5, False)
    right = BlindReading("x", "0" * 16, ACTIONS)
    assert (right.polarity_recovered, right.order_recovered) == (6, True)
    turned = BlindReading("x", "0" * 16, ACTIONS[::-1])
    assert (turned.polarity_recovered, turned.order_recovered) == (0, False)


@pytest.mark.parametrize("name", CHECKS)
def test_one_failed_check_fails_the_whole(name):
    assert read(FULL).passed
    assert not read(FULL | {name: {"passed": False}}).passed


def test_no_record_is_no_validation():
    assert validation_from(None) is None


def test_a_validation_can_be_hashed():
    assert len({read(FULL), read(FULL)}) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"correctness": {"passed": "yes"}}, "valid boolean"),
        ({"correctness": {"passed": 1}}, "valid boolean"),
        ({"correctness": {"passed": True, "why": ""}}, "not permitted"),
        ({"correctness": True}, "valid dictionary"),
        ({"human": "no"}, "valid boolean"),
        ({"date": "21/06/2026"}, "'21/06/2026' is not a date"),
        ({"date": 20260621}, "valid string"),
        ({"blind_reading": {"readers": 0, "reader": "x"}}, "greater than or equal to 1"),
        ({"blind_reading": {"readers": 1}}, "Field required"),
        ({"blind_reading": {"readers": 1, "reader": "x", "k": [1]}}, "must be text, a number"),
        ({"blind_reading": {"readers": 1, "reader": "x", "k": float("nan")}}, "not nan"),
        ({"blind_reading": {"readers": 1, "reader": "x", "k": "\x07"}}, "control character"),
        ({"blind_readings": [READING | {"placed": PLACED[:5]}]}, "at least 6 items"),
        ({"blind_readings": [READING | {"placed": ["a-strnog", *PLACED[1:]]}]}, "'a-strong'"),
        ({"blind_readings": [READING | {"text": "no digest"}]}, "match pattern"),
        ({"blind_readings": [READING | {"date": "today"}]}, "is not a date"),
        ({"rewrites": -1}, "greater than or equal to 0"),
        ({"checked": True}, "not permitted"),
    ],
)
def test_a_faulty_record(change, says):
    with pytest.raises(ValidationError, match=says):
        ValidationRecord.model_validate(FULL | change)
