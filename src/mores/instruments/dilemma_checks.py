"""What a dilemma was checked for before it was taken into a data set.

The four checks are those of the value-action study: correctness, harmlessness, sufficiency and
plausibility. A blind reading tells where a reader who saw the six actions shuffled and without labels
put each of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from math import inf
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from mores.errors import nearest
from mores.instruments.dilemma_actions import ACTIONS
from mores.instruments.texts import OptionalText, StrictRecord, Text, plain_text
from mores.instruments.validation import shown

__all__ = [
    "CHECKS",
    "BlindReading",
    "BlindSummary",
    "Check",
    "Validation",
    "ValidationRecord",
    "record_of_validation",
    "validation_from",
]

Scalar: TypeAlias = str | int | float | bool | None

CHECKS = ("correctness", "harmlessness", "sufficiency", "plausibility")
"""The four checks of the value-action study."""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a dilemma passed a check, and why; an empty reason if none was given."""

    passed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BlindReading:
    """Where a reader put the six actions, seen shuffled and without labels.

    Attributes
    ----------
    reader : str
        Who or what read.
    text : str
        `mores.instruments.dilemmas.Dilemma.text_digest` of the text that was read.
    placed : tuple of str
        For each of `ACTIONS`, in their order, the place that the reader gave it, one of `ACTIONS`.
        A reader may give a place twice.
    date : str or None
        ISO 8601 date.
    """

    reader: str
    text: str
    placed: tuple[str, ...]
    date: str | None = None

    @property
    def polarity_recovered(self) -> int:
        """How many of the six actions were put on their side, 0 … 6."""
        return sum(a[0] == b[0] for a, b in zip(ACTIONS, self.placed, strict=True))

    @property
    def order_recovered(self) -> bool:
        """Whether each action was given its place."""
        return self.placed == ACTIONS


@dataclass(frozen=True, slots=True)
class BlindSummary:
    """What readers recovered, summed up, as files of schema 1 record it.

    Attributes
    ----------
    readers : int
        How many read it.
    reader : str
        Who or what they were.
    polarity_recovered : int or None
        How many of the six actions were put on their right side.
    order_recovered : bool or None
        Whether the order of all six was recovered.
    notes : tuple of (str, value)
        Whatever else the file records of the reading.
    """

    readers: int
    reader: str
    polarity_recovered: int | None = None
    order_recovered: bool | None = None
    notes: tuple[tuple[str, Scalar], ...] = ()


@dataclass(frozen=True, slots=True)
class Validation:
    """What a dilemma was checked for.

    Attributes
    ----------
    correctness, harmlessness, sufficiency, plausibility : Check
        The four checks of the value-action study.
    blind_readings : tuple of BlindReading
        Every reading of this text and of those that it replaced, oldest first.
    rewrites : int
        How often the text was rewritten after a reading or a check.
    blind_summary : BlindSummary or None
        What a file of schema 1 says of its readings.
    human : bool
        Whether a human made the checks.
    date : str or None
        ISO 8601 date of the checks.
    """

    correctness: Check
    harmlessness: Check
    sufficiency: Check
    plausibility: Check
    blind_readings: tuple[BlindReading, ...] = ()
    rewrites: int = 0
    blind_summary: BlindSummary | None = None
    human: bool = False
    date: str | None = None

    @property
    def passed(self) -> bool:
        """Whether all four checks were passed."""
        return all(getattr(self, name).passed for name in CHECKS)


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError(
            "day", "{text} is not a date; write it as 2026-06-21", {"text": repr(text[:60])}
        ) from None
    return text


def _scalar(value: Any) -> Scalar:
    if isinstance(value, str):
        return plain_text(value)
    if value is None or (isinstance(value, int | float) and -inf < value < inf):
        return value
    raise PydanticCustomError(
        "scalar",
        "must be text, a number, true, false or null, not {found}",
        {"found": shown(value)},
    )


Day = Annotated[
    str,
    AfterValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}(?!\n)$"}),
]
"""A date as ISO 8601 text."""


class CheckRecord(StrictRecord):
    """Whether a dilemma passed one of the four checks, and why."""

    passed: bool
    reason: OptionalText = None


def _place(text: str) -> str:
    if text not in ACTIONS:
        raise PydanticCustomError(
            "place",
            "{text} is not a place; {remedy}",
            {"text": repr(text[:60]), "remedy": nearest(text, ACTIONS)},
        )
    return text


class BlindReadingRecord(StrictRecord):
    """Where one reader put each of the six actions."""

    reader: Text
    text: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    placed: Annotated[
        list[Annotated[str, AfterValidator(_place), WithJsonSchema({"enum": list(ACTIONS)})]],
        Field(min_length=6, max_length=6),
    ]
    date: Day | None = None


class BlindSummaryRecord(StrictRecord):
    """What readers recovered of the six actions without knowing which was which.

    Further keys may hold plain values: a rank correlation, a remark.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[
        str,
        Annotated[
            Any,
            AfterValidator(_scalar),
            WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
        ],
    ]

    readers: Annotated[int, Field(ge=1)]
    reader: Text
    polarity_recovered: Annotated[int, Field(ge=0)] | None = None
    order_recovered: bool | None = None


class ValidationRecord(StrictRecord):
    """The checks that a dilemma went through."""

    correctness: CheckRecord
    harmlessness: CheckRecord
    sufficiency: CheckRecord
    plausibility: CheckRecord
    blind_readings: list[BlindReadingRecord] = Field(default_factory=list)
    rewrites: Annotated[int, Field(ge=0)] = 0
    blind_reading: BlindSummaryRecord | None = None
    human: bool = False
    date: Day | None = None


def validation_from(record: ValidationRecord | None) -> Validation | None:
    """The checks of a record; None if it has none."""
    if record is None:
        return None
    correctness, harmlessness, sufficiency, plausibility = (
        Check(check.passed, check.reason or "")
        for check in (getattr(record, name) for name in CHECKS)
    )
    readings = (
        BlindReading(read.reader, read.text, tuple(read.placed), read.date)
        for read in record.blind_readings
    )
    return Validation(
        correctness,
        harmlessness,
        sufficiency,
        plausibility,
        tuple(readings),
        record.rewrites,
        _blind_summary(record.blind_reading),
        record.human,
        record.date,
    )


def _blind_summary(record: BlindSummaryRecord | None) -> BlindSummary | None:
    if record is None:
        return None
    return BlindSummary(
        record.readers,
        record.reader,
        record.polarity_recovered,
        record.order_recovered,
        tuple((record.model_extra or {}).items()),
    )


def record_of_validation(validation: Validation) -> dict[str, Any]:
    """The record that reads as these checks; what is not given is left out."""
    record: dict[str, Any] = {name: asdict(getattr(validation, name)) for name in CHECKS}
    if validation.blind_readings:
        record["blind_readings"] = [
            {k: v for k, v in asdict(read).items() if v is not None} | {"placed": list(read.placed)}
            for read in validation.blind_readings
        ]
    if validation.rewrites:
        record["rewrites"] = validation.rewrites
    if validation.blind_summary is not None:
        summary = asdict(validation.blind_summary)
        notes = dict(summary.pop("notes"))
        record["blind_reading"] = {**summary, **notes}
    return record | {"human": validation.human, "date": validation.date}
