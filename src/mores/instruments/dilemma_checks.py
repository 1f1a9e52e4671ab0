"""What a dilemma was checked for before it was taken into a data set.

The four checks are those of the value-action study: correctness, harmlessness, sufficiency and
plausibility. A blind reading tells whether the six actions can be put in order without labels.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from math import inf
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from mores.instruments.texts import OptionalText, StrictRecord, Text, plain_text
from mores.instruments.validation import shown

__all__ = [
    "BlindReading",
    "Check",
    "Validation",
    "ValidationRecord",
    "record_of_validation",
    "validation_from",
]

Scalar: TypeAlias = str | int | float | bool | None

_CHECKS = ("correctness", "harmlessness", "sufficiency", "plausibility")


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a dilemma passed a check, and why; an empty reason if none was given."""

    passed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BlindReading:
    """What readers recovered of the six actions without their labels.

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
    blind_reading : BlindReading or None
        What was recovered of the actions without their labels.
    human : bool
        Whether a human made the checks.
    date : str or None
        ISO 8601 date of the checks.
    """

    correctness: Check
    harmlessness: Check
    sufficiency: Check
    plausibility: Check
    blind_reading: BlindReading | None = None
    human: bool = False
    date: str | None = None

    @property
    def passed(self) -> bool:
        """Whether all four checks were passed."""
        return all(getattr(self, name).passed for name in _CHECKS)


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


class CheckRecord(StrictRecord):
    """Whether a dilemma passed one of the four checks, and why."""

    passed: bool
    reason: OptionalText = None


class BlindReadingRecord(StrictRecord):
    """What readers recovered of the six actions without knowing which was which.

    Further keys may hold plain values: a rank correlation, a remark.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, AfterValidator(_scalar)]]

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
    blind_reading: BlindReadingRecord | None = None
    human: bool = False
    date: Annotated[str, AfterValidator(_day)] | None = None


def validation_from(record: ValidationRecord | None) -> Validation | None:
    """The checks of a record; None if it has none."""
    if record is None:
        return None
    correctness, harmlessness, sufficiency, plausibility = (
        Check(check.passed, check.reason or "")
        for check in (getattr(record, name) for name in _CHECKS)
    )
    return Validation(
        correctness,
        harmlessness,
        sufficiency,
        plausibility,
        _blind_reading(record.blind_reading),
        record.human,
        record.date,
    )


def _blind_reading(record: BlindReadingRecord | None) -> BlindReading | None:
    if record is None:
        return None
    return BlindReading(
        record.readers,
        record.reader,
        record.polarity_recovered,
        record.order_recovered,
        tuple((record.model_extra or {}).items()),
    )


def record_of_validation(validation: Validation) -> dict[str, Any]:
    """The record that reads as these checks."""
    record: dict[str, Any] = {name: asdict(getattr(validation, name)) for name in _CHECKS}
    if validation.blind_reading is not None:
        reading = asdict(validation.blind_reading)
        notes = dict(reading.pop("notes"))
        record["blind_reading"] = {**reading, **notes}
    return record | {"human": validation.human, "date": validation.date}
