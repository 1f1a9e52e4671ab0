from __future__ import annotations

from dataclasses import replace

from mores.instruments.dilemma_checks import BlindReading, Check, Validation
from mores.instruments.dilemmas import ACTIONS
from mores.studies.dilemma_quality.validation import validation_checks

PASSED = Check(True, "holds")
SWAPPED = (ACTIONS[1], ACTIONS[0], *ACTIONS[2:])
TURNED = (*ACTIONS[:2], ACTIONS[3], ACTIONS[2], *ACTIONS[4:])


def validated(dilemma, *placed, name="d", earlier=(), **changes):
    text = dilemma.text_digest
    readings = [BlindReading("a model", "0" * 16, p) for p in earlier]
    readings += [BlindReading("a model", text, p) for p in placed]
    checks = dict.fromkeys(("correctness", "harmlessness", "sufficiency", "plausibility"), PASSED)
    record = Validation(**(checks | changes), blind_readings=tuple(readings), rewrites=len(earlier))
    return replace(dilemma, id=name, validation=record)


def results(dilemmas) -> dict:
    return {r.name: r for r in validation_checks(dilemmas)}


def test_readings_by_hand(hotel) -> None:
    found = results(
        [
            validated(hotel, ACTIONS, name="right"),
            validated(hotel, SWAPPED, name="swapped"),
            validated(hotel, ACTIONS, name="mended", earlier=[TURNED]),
            validated(hotel, TURNED, ACTIONS, name="last-counts"),
        ]
    )
    sides = found["actions put on their side by a blind reader"]
    assert (sides.value, sides.n, sides.passed) == (1.0, 24, True)
    order = found["whole order recovered by a blind reader"]
    assert (order.value, order.n, order.passed) == (0.75, 4, False)
    assert [f.where for f in order.findings] == ["swapped"]
    first = found["actions put on their side by a blind reader, at the first reading"]
    assert (first.value, first.passed) == (20 / 24, None)
    assert first.note.startswith("20 of 24; 95 % interval 0.6")
    assert found["checked by a human"].value == 0
    assert found["checked by a human"].note.startswith("1 rewritten")
    assert found["without the four checks passed"].passed is True


def test_a_reading_of_an_earlier_text_does_not_count(hotel) -> None:
    found = results([validated(hotel, name="stale", earlier=[ACTIONS])])
    unread = found["without a blind reading of the text"]
    assert (unread.passed, [f.where for f in unread.findings]) == (False, ["stale"])
    assert found["whole order recovered by a blind reader"].value is None


def test_failed_and_missing_checks_are_named(hotel) -> None:
    found = results(
        [
            replace(hotel, id="none"),
            validated(hotel, ACTIONS, name="unfit", plausibility=Check(False, "no such hotel")),
        ]
    )["without the four checks passed"]
    assert found.passed is False
    assert [(f.where, f.told) for f in found.findings] == [
        ("none", "has no record of checks"),
        ("unfit", "plausibility: no such hotel"),
    ]
