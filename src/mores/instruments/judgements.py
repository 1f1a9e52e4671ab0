"""What a person judged of dilemmas on the page that `mores dilemmas review` makes, as saved from it.

A file holds one JSON object; `JudgementsRecord` lists its keys. It may be of an unfinished review.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from mores.errors import InstrumentError
from mores.instruments.dilemma_actions import ACTIONS
from mores.instruments.dilemma_checks import CHECKS, Check
from mores.instruments.dilemmas import Dilemma
from mores.instruments.jsonl import read_document
from mores.instruments.texts import Identifier, Label, StrictRecord, plain_text
from mores.instruments.validation import listed_problems, problems_of, shown
from mores.keys import digest

__all__ = [
    "KIND",
    "LONGEST_REMARK",
    "SCHEMA",
    "HumanJudgement",
    "Judgements",
    "read_judgements",
    "set_fingerprint",
]

KIND = "judgements of dilemmas"
SCHEMA = 1
LONGEST_REMARK = 2_000
"""Most characters of a reason or a remark."""

_MOST_SECONDS = 10_000_000


@dataclass(frozen=True, slots=True)
class HumanJudgement:
    """What one person made of one dilemma.

    Attributes
    ----------
    id : str
        Of the dilemma.
    text : str
        `mores.instruments.dilemmas.Dilemma.text_digest` of the text that was read.
    order : tuple of str
        The actions' ids in the order in which they were shown.
    placed : tuple of str or None
        For each of `ACTIONS`, in their order, the place that it was given; None unless all six were
        placed and the reading was closed before labels were shown.
    read : str or None
        When it was closed, ISO 8601.
    checks : mapping of str to Check
        The answers given, by name, which need not be all four.
    checked : str or None
        When the four were closed, ISO 8601.
    remark : str
        Free text; may be empty.
    seconds : tuple of int
        Spent on the reading, and on the checks.
    """

    id: str
    text: str
    order: tuple[str, ...]
    placed: tuple[str, ...] | None
    read: str | None
    checks: Mapping[str, Check]
    checked: str | None
    remark: str
    seconds: tuple[int, int]

    @property
    def all_checked(self) -> bool:
        """Whether the four checks were answered and closed."""
        return self.checked is not None and len(self.checks) == len(CHECKS)


@dataclass(frozen=True, slots=True)
class Judgements:
    """A file of judgements.

    Attributes
    ----------
    reviewer : str
        As the person gave it: a name or a code.
    set : str
        `set_fingerprint` of the dilemmas that the page was made from.
    seed : int
        Of the page.
    program : str
        What made the page.
    started, saved : str
        ISO 8601.
    judgements : tuple of HumanJudgement
        Of dilemmas that were begun, in the page's order.
    """

    reviewer: str
    set: str
    seed: int
    program: str
    started: str
    saved: str
    judgements: tuple[HumanJudgement, ...]

    @property
    def same_reviewer(self) -> str:
        """The reviewer in a form in which case and spaces do not count."""
        return " ".join(unicodedata.normalize("NFKC", self.reviewer).casefold().split())


def set_fingerprint(dilemmas: Iterable[Dilemma]) -> str:
    """16 hexadecimal digits of the ids and texts of a set, in any order."""
    return digest(["set", *sorted([d.id, d.text_digest] for d in dilemmas)]).hex()[:16]


def read_judgements(path: str | os.PathLike[str]) -> Judgements:
    """The judgements of a file.

    Parameters
    ----------
    path : str or path-like
        As the page saved it: JSON in UTF-8, at most 64 MiB.

    Raises
    ------
    InstrumentError
        If the file cannot be read, or anything in it is not as the page saves it.
    """
    document = read_document(path)
    if document.get("kind") != KIND:
        raise InstrumentError(
            f"{path}: holds no judgements of dilemmas; name a file that was saved from the page of: "
            "mores dilemmas review"
        )
    try:
        record = JudgementsRecord.model_validate(document)
    except ValidationError as error:
        problems = problems_of(error, JudgementsRecord.model_fields)
        raise InstrumentError(_faulty(path, problems)) from None
    twice = _twice(judged.id for judged in record.judgements)
    if twice is not None:
        raise InstrumentError(_faulty(path, [f"judgements: {shown(twice)} is judged twice"]))
    return Judgements(
        " ".join(record.reviewer.split()),
        record.set,
        record.seed,
        record.program,
        record.started,
        record.saved,
        tuple(map(_judgement, record.judgements)),
    )


def _faulty(path: str | os.PathLike[str], problems: list[str]) -> str:
    return listed_problems(str(path), problems, "save it from the page again")


def _twice(ids: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            return name
        seen.add(name)
    return None


def _judgement(record: JudgementRecord) -> HumanJudgement:
    closed = record.read is not None
    placed = tuple(place for place in record.placed if place is not None)
    checks = {
        name: Check(answer.passed, answer.reason.strip())
        for name in CHECKS
        if (answer := getattr(record.checks, name)) is not None and answer.passed is not None
    }
    return HumanJudgement(
        record.id,
        record.text,
        tuple(record.order),
        placed if closed else None,
        record.read,
        MappingProxyType(checks),
        record.checked,
        record.remark.strip(),
        (record.seconds.reading, record.seconds.checks),
    )


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or len(text) > 40 or "T" not in text:
        raise PydanticCustomError(
            "moment",
            "{text} is no time; it is written as 2026-11-20T10:15:00Z",
            {"text": shown(text)},
        )
    return text


def _remark(text: str) -> str:
    if len(text) > LONGEST_REMARK:
        raise PydanticCustomError(
            "too_long",
            "has {length} characters; at most {limit} are allowed",
            {"length": len(text), "limit": LONGEST_REMARK},
        )
    return plain_text(text)


def _permutation(order: list[str]) -> list[str]:
    if sorted(order) != sorted(ACTIONS):
        raise PydanticCustomError(
            "order", "must name each of {actions} once", {"actions": ", ".join(ACTIONS)}
        )
    return order


Moment = Annotated[str, AfterValidator(_moment)]
Remark = Annotated[str, AfterValidator(_remark)]
Seconds = Annotated[int, Field(ge=0, le=_MOST_SECONDS)]
Hex = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Place = Literal["a-strong", "a-moderate", "a-mild", "b-mild", "b-moderate", "b-strong"]


class AnswerRecord(StrictRecord):
    """The answer to one check; null until it is given."""

    passed: bool | None
    reason: Remark = ""


class ChecksRecord(StrictRecord):
    """The answers to the four checks."""

    correctness: AnswerRecord | None = None
    harmlessness: AnswerRecord | None = None
    sufficiency: AnswerRecord | None = None
    plausibility: AnswerRecord | None = None


class SecondsRecord(StrictRecord):
    """Time spent."""

    reading: Seconds
    checks: Seconds


class JudgementRecord(StrictRecord):
    """What a person made of one dilemma."""

    id: Identifier
    text: Hex
    order: Annotated[list[str], AfterValidator(_permutation)]
    placed: Annotated[list[Place | None], Field(min_length=6, max_length=6)]
    read: Moment | None
    checks: ChecksRecord
    checked: Moment | None
    remark: Remark = ""
    seconds: SecondsRecord


def _whole(judged: JudgementRecord) -> JudgementRecord:
    """A page closes a reading when all are placed, and checks after a reading, a "no" with a reason."""
    answers = [getattr(judged.checks, name) for name in CHECKS]
    given = [answer for answer in answers if answer is not None and answer.passed is not None]
    fault = None
    if judged.read is not None and None in judged.placed:
        fault = "was closed before all actions were placed"
    elif judged.read is None and (given or judged.checked is not None):
        fault = "has checks before its reading was closed"
    elif judged.checked is not None and len(given) < len(CHECKS):
        fault = "was closed before the four checks were answered"
    elif judged.checked is not None and any(
        not answer.passed and not answer.reason.strip() for answer in given
    ):
        fault = "has a check that is not passed, and no reason"
    if fault is not None:
        raise PydanticCustomError("whole", "{id} {fault}", {"id": shown(judged.id), "fault": fault})
    return judged


class JudgementsRecord(StrictRecord):
    """A file of judgements."""

    kind: Literal["judgements of dilemmas"]
    version: Annotated[Literal[1], Field(alias="schema")]
    program: Label
    set: Hex
    page: Hex
    seed: int
    reviewer: Label
    started: Moment
    saved: Moment
    judgements: list[Annotated[JudgementRecord, AfterValidator(_whole)]]
