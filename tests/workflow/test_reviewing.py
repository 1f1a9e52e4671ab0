"""Judgements of people: which dilemmas they are asked of, what is left out, and merging."""

import json
from dataclasses import replace

import pytest

from mores.errors import InstrumentError
from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemmas import ACTIONS, dilemma_from_record, dilemma_json, read_dilemmas
from mores.instruments.judgements import KIND, set_fingerprint
from mores.workflow.new_files import write_new
from mores.workflow.reviewing import (
    chosen_dilemmas,
    dilemma_lines,
    gather_judgements,
    merged_dilemmas,
)

SWAPPED = ("a-moderate", "a-strong", *ACTIONS[2:])


def made(value, topic, validated=True):
    record = {
        "value": value,
        "topic": topic,
        "scenario_text": f"You are in a place of {value} and {topic}.",
        **{f"option_{a.replace('-', '_')}": f"I do {a}." for a in ACTIONS},
    }
    if validated:
        check = {"passed": True, "reason": "By a model."}
        record["validation"] = {
            **dict.fromkeys(CHECKS, check),
            "rewrites": 2,
            "blind_readings": [{"reader": "m", "text": "0" * 16, "placed": list(ACTIONS)}],
        }
    return dilemma_from_record(record)


DILEMMAS = [made("honest", "work"), made("honest", "religion"), made("loyal", "work", False)]


@pytest.fixture
def saved(tmp_path):
    """A file of judgements: for each dilemma its places, and the checks that it passed, or None."""

    def save(reviewer, judged, name=None, dilemmas=DILEMMAS, day="2026-11-20"):
        at = f"{day}T10:00:00Z"
        entries = [
            {
                "id": dilemma.id,
                "text": dilemma.text_digest,
                "order": list(ACTIONS),
                "placed": list(places or (None,) * 6),
                "read": at if places else None,
                "checks": {}
                if passed is None
                else {c: {"passed": c in passed, "reason": f"{c}!"} for c in CHECKS},
                "checked": None if passed is None else at,
                "remark": "",
                "seconds": {"reading": 1, "checks": 1},
            }
            for dilemma, places, passed in judged
        ]
        document = {
            "kind": KIND, "schema": 1, "program": "mores", "set": set_fingerprint(dilemmas),
            "page": "0" * 16, "seed": 0, "reviewer": reviewer, "started": at, "saved": at,
            "judgements": entries,
        }  # fmt: skip
        path = tmp_path / f"{name or reviewer}.json"
        path.write_text(json.dumps(document), "utf-8")
        return path

    return save


def test_a_smaller_sample_begins_a_larger_one():
    every = read_dilemmas()
    small, large = (chosen_dilemmas(every, sample=n, seed=1) for n in (5, 20))
    assert small == large[:5]
    assert small != chosen_dilemmas(every, sample=5, seed=2)
    assert {d.id for d in chosen_dilemmas(every)} == {d.id for d in every}


def test_values_and_topics_by_id_or_name():
    assert {d.id for d in chosen_dilemmas(DILEMMAS, ["Honest"])} == {d.id for d in DILEMMAS[:2]}
    found = chosen_dilemmas(DILEMMAS, ["all"], ["Work Orientations"])
    assert {d.id for d in found} == {DILEMMAS[0].id, DILEMMAS[2].id}
    for arguments, says in (
        ({"values": ["honst"]}, "did you mean 'honest'"),
        ({"topics": ["environment"]}, "no dilemma of the file has the topic"),
        ({"values": ["loyal"], "topics": ["religion"]}, "no dilemma of these values"),
        ({"sample": 4}, "allowed: 1 to 3"),
        ({"sample": 0}, "allowed: 1 to 3"),
    ):
        with pytest.raises(InstrumentError, match=says):
            chosen_dilemmas(DILEMMAS, **arguments)


def test_what_is_left_out_is_counted(saved):
    a, b, c = DILEMMAS
    changed = replace(b, scenario_text="You were elsewhere.")
    strange = made("wealth", "work")
    before = [a, changed, c, strange]
    judged = [
        (a, ACTIONS, CHECKS),
        (changed, ACTIONS, CHECKS),
        (c, None, None),
        (strange, ACTIONS, CHECKS),
    ]
    path = saved("Anna", judged, dilemmas=before)
    found = gather_judgements(DILEMMAS, [path])
    assert {name: list(of) for name, of in found.reviews.items()} == {"Anna": [a.id]}
    assert [note.removeprefix(f"{path}: ") for note in found.notes] == [
        "was made from another version of the set, or from another set",
        "1 left out of dilemmas that are not in the set",
        "1 left out of texts that have changed since",
        "1 left out whose reading was not closed",
    ]


def test_another_set_is_refused(saved):
    path = saved("Anna", [(made("wealth", "work"), ACTIONS, CHECKS)], dilemmas=[])
    with pytest.raises(InstrumentError, match="no judgement that can be used") as raised:
        gather_judgements(DILEMMAS, [path])
    assert "another set" in str(raised.value)


def test_one_reviewer_in_two_files(saved):
    a, b, _ = DILEMMAS
    paths = [saved("Anna", [(a, ACTIONS, CHECKS)]), saved(" ANNA ", [(b, ACTIONS, None)], "more")]
    found = gather_judgements(DILEMMAS, paths)
    assert {name: list(of) for name, of in found.reviews.items()} == {"Anna": [a.id, b.id]}
    assert found.notes == [f"{paths[1]}: 1 read and not checked; their readings count"]
    again = saved("anna", [(a, SWAPPED, CHECKS)], "again")
    with pytest.raises(InstrumentError, match="too; give one of the two files"):
        gather_judgements(DILEMMAS, [*paths, again])
    with pytest.raises(InstrumentError, match="too; give one of the two files"):
        gather_judgements(DILEMMAS, [paths[0], paths[0]])


def test_merging_adds_readings_and_puts_peoples_checks_in_place(saved):
    a, b, c = DILEMMAS
    most = CHECKS[:3]
    paths = [
        saved(
            "Anna", [(a, ACTIONS, CHECKS), (b, ACTIONS, None), (c, ACTIONS, None)], day="2026-11-22"
        ),
        saved("Ben", [(a, SWAPPED, most)]),
        saved("Cleo", [(a, SWAPPED, CHECKS[:2])], day="2026-11-21"),
        saved("Dan", [(a, ACTIONS, CHECKS[:2])], day="2026-11-21"),
    ]
    merged = merged_dilemmas(DILEMMAS, gather_judgements(DILEMMAS, paths).reviews)
    assert (merged.readings, merged.checked, merged.unrecorded) == (5, 1, [c.id])
    first, second, third = merged.dilemmas
    assert first.validation.human
    assert first.validation.date == "2026-11-22"
    assert first.validation.rewrites == 2
    # 4, 4, 2 and 1 of four passed: a tie is no pass.
    assert [getattr(first.validation, name).passed for name in CHECKS] == [True, True, False, False]
    assert first.validation.sufficiency.reason == (
        "Passed by 2 of 4 human reviewers.\nAnna: sufficiency!\nBen: sufficiency!\n"
        "Cleo: sufficiency!\nDan: sufficiency!"
    )
    readings = first.validation.blind_readings
    assert [r.reader for r in readings] == [
        "m", "human reviewer Ben", "human reviewer Cleo", "human reviewer Dan", "human reviewer Anna",
    ]  # fmt: skip
    assert readings[1].placed == SWAPPED
    assert {r.text for r in readings[1:]} == {a.text_digest}
    assert len(first.current_readings) == 4
    assert not second.validation.human
    assert second.validation.correctness.reason == "By a model."
    assert len(second.validation.blind_readings) == 2
    assert third == c
    again = merged_dilemmas(merged.dilemmas, gather_judgements(DILEMMAS, paths).reviews)
    assert (again.readings, again.repeated) == (0, 5)
    assert again.dilemmas == merged.dilemmas


def test_people_may_be_the_first_to_check(saved):
    c = DILEMMAS[2]
    found = gather_judgements(DILEMMAS, [saved("Anna", [(c, SWAPPED, CHECKS)])])
    merged = merged_dilemmas(DILEMMAS, found.reviews)
    validation = merged.dilemmas[2].validation
    assert (validation.human, validation.passed, merged.unrecorded) == (True, True, [])
    assert [r.placed for r in merged.dilemmas[2].current_readings] == [SWAPPED]


def test_a_merged_file_reads_as_what_was_merged(saved, tmp_path):
    found = gather_judgements(DILEMMAS, [saved("Anna", [(DILEMMAS[0], ACTIONS, CHECKS)])])
    merged = merged_dilemmas(DILEMMAS, found.reviews)
    out = tmp_path / "merged.jsonl"
    write_new(out, lambda place: place.write_bytes(dilemma_lines(merged.dilemmas)))
    assert list(read_dilemmas(out)) == merged.dilemmas
    assert out.read_text("utf-8") == "".join(dilemma_json(d) + "\n" for d in merged.dilemmas)
