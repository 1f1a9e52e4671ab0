"""A small set with every kind of record: read twice, failed, summed up as of old, none at all."""

import pytest

from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemmas import ACTIONS, dilemma_from_record

LEAST = {f"option_{a.replace('-', '_')}": f"I do {a}." for a in ACTIONS}
PASSED = {name: {"passed": True, "reason": "Fine."} for name in CHECKS}


@pytest.fixture
def few():
    first = {
        **LEAST,
        "id": "one",
        "value": "equality",
        "topic": "work",
        "scenario_text": "You share out ten shifts.",
        "option_a_strong_reasoning": "All of it.",
        "presumes": ["paid-work", "partner"],
        "setting": "a mill",
        "licence": "CC-BY-4.0",
    }
    text = dilemma_from_record(first).text_digest
    swapped = ["a-moderate", "a-strong", "b-mild", "b-mild", "b-moderate", "b-strong"]
    readings = [
        {"reader": "m1", "text": "0" * 16, "placed": list(reversed(ACTIONS))},
        {"reader": "m2", "text": text, "placed": list(ACTIONS), "date": "2026-11-01"},
        {"reader": "m3", "text": text, "placed": swapped, "date": "2026-11-02"},
    ]
    checks = {**PASSED, "sufficiency": {"passed": False, "reason": "One | side."}}
    record = {**checks, "blind_readings": readings, "rewrites": 1, "date": "2026-11-03"}
    own = {
        **LEAST,
        "id": "two",
        "value": "Tidy Rooms",
        "value_label": "Tidy Rooms",
        "value_definition": "order",
        "topic": "Pets & Co",
        "scenario_text": "You =1+1 <b>wait</b>.",
        "validation": {**PASSED, "blind_reading": {"readers": 1, "reader": "old"}},
        "source": "a | *desk*\nand <script>",
    }
    last = {**LEAST, "id": "three", "value": "honest", "topic": "work", "scenario_text": "You go."}
    return tuple(dilemma_from_record(r) for r in (first | {"validation": record}, own, last))
