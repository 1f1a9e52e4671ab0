"""Value dilemmas: a scenario, and six actions from aligned with a value to opposed to it.

A file of dilemmas holds one JSON object a line. Required are ``value``, ``topic``,
``scenario_text`` and the six actions, ``option_a_strong`` (aligned) to ``option_b_strong``
(opposed); `mores.instruments.dilemma_records.DilemmaRecord` lists the rest.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from mores.errors import InstrumentError
from mores.instruments.dilemma_checks import (
    BlindReading,
    Validation,
    record_of_validation,
    validation_from,
)
from mores.instruments.dilemma_records import (
    ACTIONS,
    SCHEMA,
    DilemmaRecord,
    action_key,
    check_record,
    known_keys,
)
from mores.instruments.jsonl import read_lines
from mores.instruments.labels import fold, slug
from mores.instruments.schwartz import topics, values
from mores.instruments.validation import listed_problems, shown
from mores.keys import digest

__all__ = [
    "ACTIONS",
    "Action",
    "Dilemma",
    "dilemma_from_record",
    "dilemma_json",
    "read_dilemmas",
    "record_of",
]


@dataclass(frozen=True, slots=True)
class Action:
    """One of the six actions.

    Attributes
    ----------
    id : str
        Its place on the scale, one of `ACTIONS`.
    text : str
        What the person would do, in the first person.
    reasoning : str
        How it relates to the value, and why with this strength; empty if not given.
    """

    id: str
    text: str
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Dilemma:
    """A value dilemma.

    Attributes
    ----------
    id : str
        Stable within its file: ``"<value>--<topic>"``, with ``"--2"`` … for further ones.
    value, value_label, value_definition : str
        The focal value: one of `mores.instruments.schwartz.values`, or a file's own.
    topic, topic_label : str
        The social topic: one of `mores.instruments.schwartz.topics`, or a file's own.
    scenario_text : str
        The situation, in the second person.
    actions : tuple of Action
        Six, in the order of `ACTIONS`: from strongly aligned to strongly opposed.
    scenario_reasoning : str
        What conflicts and why neither side is plainly right; empty if not given.
    competing, setting : str
        The competing consideration and the milieu, in a few words; empty if not given.
    presumes : tuple of str
        What the setting presumes of the person, keys of
        `mores.instruments.presumptions.presumptions`.
    validation : Validation or None
        The recorded checks, if there are any.
    source, licence : str
        Where the text comes from and under what terms; empty if not given.
    """

    id: str
    value: str
    value_label: str
    value_definition: str
    topic: str
    topic_label: str
    scenario_text: str
    actions: tuple[Action, ...]
    scenario_reasoning: str = ""
    competing: str = ""
    setting: str = ""
    presumes: tuple[str, ...] = ()
    validation: Validation | None = None
    source: str = ""
    licence: str = ""

    @property
    def action_texts(self) -> tuple[str, ...]:
        """The six actions as a respondent reads them, in the order of `ACTIONS`."""
        return tuple(action.text for action in self.actions)

    @property
    def text_digest(self) -> str:
        """16 hexadecimal digits of what a blind reader sees; readings are tied to a text by it."""
        seen = (self.value_label, self.value_definition, self.scenario_text, *self.action_texts)
        return digest(["dilemma", *seen]).hex()[:16]

    @property
    def current_readings(self) -> tuple[BlindReading, ...]:
        """The recorded blind readings of the text as it stands."""
        recorded = () if self.validation is None else self.validation.blind_readings
        text = self.text_digest
        return tuple(reading for reading in recorded if reading.text == text)


def read_dilemmas(path: str | os.PathLike[str] | None = None) -> tuple[Dilemma, ...]:
    """The dilemmas of a file.

    Parameters
    ----------
    path : str or path-like, optional
        A JSON Lines file of at most 64 MiB in UTF-8; a byte-order mark and blank lines are
        tolerated. Without it, the dilemmas that come with the package.

    Returns
    -------
    tuple of Dilemma
        In the order of the file. A dilemma without an id gets ``"<value>--<topic>"``, or the first
        of ``"…--2"``, ``"…--3"`` that is free.

    Raises
    ------
    InstrumentError
        If the file cannot be read, holds no dilemma, or any of its lines is faulty: all problems
        are gathered and the first ten told, each with its line, key and remedy.
    """
    return _shipped() if path is None else _read(path)


def dilemma_from_record(record: Mapping[str, Any]) -> Dilemma:
    """One dilemma from a record in the form of a line of a dilemma file.

    Parameters
    ----------
    record : mapping
        Keys and values as in the file.

    Returns
    -------
    Dilemma
        With the id ``"<value>--<topic>"`` if the record has none.

    Raises
    ------
    InstrumentError
        With every problem of the record.
    """
    dilemma, problems = _dilemma(record)
    if dilemma is None:
        raise InstrumentError(listed_problems("dilemma", problems, "correct the record"))
    return dilemma if dilemma.id else replace(dilemma, id=f"{dilemma.value}--{dilemma.topic}")


def record_of(dilemma: Dilemma) -> dict[str, Any]:
    """The record that reads as this dilemma; what is not given is left out."""
    record: dict[str, Any] = {"schema": SCHEMA, "id": dilemma.id, "value": dilemma.value}
    if dilemma.value not in values():
        record["value_label"] = dilemma.value_label
        record["value_definition"] = dilemma.value_definition
    record["topic"] = dilemma.topic if dilemma.topic in topics() else dilemma.topic_label
    for name in ("scenario_reasoning", "scenario_text", "competing", "setting"):
        record[name] = getattr(dilemma, name)
    for action in dilemma.actions:
        record[action_key(action.id)] = action.text
        record[f"{action_key(action.id)}_reasoning"] = action.reasoning
    record["presumes"] = list(dilemma.presumes)
    if dilemma.validation is not None:
        record["validation"] = record_of_validation(dilemma.validation)
    record["source"], record["licence"] = dilemma.source, dilemma.licence
    return {key: record[key] for key in known_keys() if record.get(key, "") not in ("", [])}


def dilemma_json(dilemma: Dilemma) -> str:
    """The line of a dilemma file, without its line break, that reads as this dilemma."""
    return json.dumps(record_of(dilemma), ensure_ascii=False, allow_nan=False)


@cache
def _shipped() -> tuple[Dilemma, ...]:
    with as_file(files("mores.instruments").joinpath("data", "dilemmas.jsonl")) as path:
        return _read(path)


def _read(path: str | os.PathLike[str]) -> tuple[Dilemma, ...]:
    found: list[tuple[int, Dilemma]] = []
    problems: list[str] = []
    for line in read_lines(path):
        dilemma, faults = (None, [line.problem]) if line.record is None else _dilemma(line.record)
        problems += [f"line {line.number}: {fault}" for fault in faults]
        if dilemma is not None:
            found.append((line.number, dilemma))
    if not found and not problems:
        raise InstrumentError(f"{path}: is empty; write one dilemma a line, as a JSON object")
    problems += _clashes(found)
    if problems:
        raise InstrumentError(listed_problems(str(path), problems, "correct the file"))
    return _named([dilemma for _, dilemma in found])


def _clashes(found: Sequence[tuple[int, Dilemma]]) -> list[str]:
    """Ids that occur twice, and own values that are worded in two ways."""
    ids: dict[str, int] = {}
    wording: dict[str, tuple[int, str, str]] = {}
    problems = []
    for number, dilemma in found:
        if dilemma.id and dilemma.id in ids:
            problems.append(
                f"line {number}: id: {dilemma.id!r} is the id of line {ids[dilemma.id]} too; "
                "give each dilemma its own"
            )
        ids.setdefault(dilemma.id, number)
        label, definition = dilemma.value_label, dilemma.value_definition
        first = wording.setdefault(dilemma.value, (number, label, definition))
        if first[1:] != (label, definition):
            problems.append(
                f"line {number}: value: {dilemma.value!r} has another label or definition than on "
                f"line {first[0]}; use one wording"
            )
    return problems


def _named(dilemmas: Sequence[Dilemma]) -> tuple[Dilemma, ...]:
    """The dilemmas with an id each: those without get the first that is free."""
    taken = {dilemma.id for dilemma in dilemmas}
    counts: dict[str, int] = {}
    named = []
    for dilemma in dilemmas:
        name = dilemma.id
        if not name:
            stem = f"{dilemma.value}--{dilemma.topic}"
            while not name or name in taken:
                counts[stem] = counts.get(stem, 0) + 1
                name = stem if counts[stem] == 1 else f"{stem}--{counts[stem]}"
            taken.add(name)
        named.append(replace(dilemma, id=name))
    return tuple(named)


def _dilemma(record: Mapping[str, Any]) -> tuple[Dilemma | None, list[str]]:
    """The dilemma of a record, with an empty id if it has none, or the record's problems."""
    checked, problems = check_record(record)
    if checked is None:
        return None, problems
    value, faults = _value(checked)
    topic, more = _topic(checked.topic)
    if value is None or topic is None:
        return None, faults + more
    dilemma = Dilemma(
        checked.id or "",
        *value,
        *topic,
        checked.scenario_text,
        tuple(_action(checked, action) for action in ACTIONS),
        scenario_reasoning=checked.scenario_reasoning or "",
        competing=checked.competing or "",
        setting=checked.setting or "",
        presumes=tuple(checked.presumes),
        validation=validation_from(checked.validation),
        source=checked.source or "",
        licence=checked.licence or "",
    )
    return dilemma, []


def _action(record: DilemmaRecord, action: str) -> Action:
    key = action_key(action)
    return Action(action, getattr(record, key), getattr(record, f"{key}_reasoning") or "")


def _value(record: DilemmaRecord) -> tuple[tuple[str, str, str] | None, list[str]]:
    """Id, label and definition of the focal value."""
    label, definition = record.value_label or "", record.value_definition or ""
    known = values().get(slug(record.value))
    if known is not None:
        if label not in ("", known.label) or definition not in ("", known.definition):
            return None, [
                f"value_label: {known.id!r} is a Schwartz value and has its wording; leave "
                "value_label and value_definition out, or name a value of your own"
            ]
        return (known.id, known.label, known.definition), []
    if slug(record.value) and label.strip() and definition.strip():
        return (slug(record.value), label, definition), []
    near = get_close_matches(slug(record.value), values(), n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return None, [
        f"value: {shown(record.value)} is not one of the {len(values())} Schwartz values{meant}; "
        "for a value of your own, give value_label and value_definition too"
    ]


def _topic(text: str) -> tuple[tuple[str, str] | None, list[str]]:
    """Id and label of the topic."""
    form = fold(text)
    for topic in topics().values():
        if form in (fold(topic.id), fold(topic.label)):
            return (topic.id, topic.label), []
    if not form:
        return None, [f"topic: {shown(text)} holds no letter; name a topic"]
    return (slug(text), text.strip()), []
