import pytest
from pydantic import ValidationError

from mores.instruments.dilemma_checks import (
    BlindReading,
    Check,
    Validation,
    ValidationRecord,
    record_of_validation,
    validation_from,
)

CHECKS = ("correctness", "harmlessness", "sufficiency", "plausibility")
FULL = {
    **{name: {"passed": True, "reason": f"{name} holds"} for name in CHECKS},
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
        BlindReading(3, "colleagues", 6, True, (("kendall_tau", 0.9), ("remark", None))),
        True,
        "2026-06-21",
    )
    assert record_of_validation(read(FULL)) == FULL


def test_the_least_record():
    least = {name: {"passed": True} for name in CHECKS}
    assert read(least) == Validation(*[Check(True, "")] * 4, None, False, None)
    assert read(record_of_validation(read(least))) == read(least)


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
        ({"checked": True}, "not permitted"),
    ],
)
def test_a_faulty_record(change, says):
    with pytest.raises(ValidationError, match=says):
        ValidationRecord.model_validate(FULL | change)
