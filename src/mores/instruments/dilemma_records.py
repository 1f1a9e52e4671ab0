"""The form of one line of a dilemma file, and the check of a single record.

The fields are those of the generation prompt in appendix A.1 of Lakerveld 2026, with what is known
about the dilemma added.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from mores.errors import nearest
from mores.instruments.dilemma_actions import ACTIONS, action_key
from mores.instruments.dilemma_checks import ValidationRecord
from mores.instruments.presumptions import presumptions
from mores.instruments.texts import Identifier, Label, OptionalText, StrictRecord, Text
from mores.instruments.validation import problems_of

__all__ = ["ACTIONS", "SCHEMA", "DilemmaRecord", "action_key", "check_record", "known_keys"]

SCHEMA = 2
"""The schema that is written: since 2, blind readings are recorded one by one."""

SCHEMAS = (1, SCHEMA)
"""Those that are read."""


def _presumption(tag: str) -> str:
    if tag not in presumptions():
        raise PydanticCustomError(
            "presumption",
            "{tag} is not a known presumption; {remedy}",
            {"tag": repr(tag[:60]), "remedy": nearest(tag, presumptions())},
        )
    return tag


def _known_schema(number: int) -> int:
    if number not in SCHEMAS:
        raise PydanticCustomError(
            "schema", "is {number}; this version of mores reads schema 1 and 2", {"number": number}
        )
    return number


class DilemmaRecord(StrictRecord):
    """One line of a dilemma file. Without a default: required of every file."""

    version: Annotated[
        int,
        AfterValidator(_known_schema),
        WithJsonSchema({"type": "integer", "enum": list(SCHEMAS)}),
    ] = Field(default=1, alias="schema")
    id: Identifier | None = None
    value: Label
    value_label: Label | None = None
    value_definition: OptionalText = None
    topic: Label
    scenario_reasoning: OptionalText = None
    scenario_text: Text
    option_a_mild: Text
    option_a_mild_reasoning: OptionalText = None
    option_a_moderate: Text
    option_a_moderate_reasoning: OptionalText = None
    option_a_strong: Text
    option_a_strong_reasoning: OptionalText = None
    option_b_mild: Text
    option_b_mild_reasoning: OptionalText = None
    option_b_moderate: Text
    option_b_moderate_reasoning: OptionalText = None
    option_b_strong: Text
    option_b_strong_reasoning: OptionalText = None
    competing: OptionalText = None
    setting: OptionalText = None
    presumes: list[Annotated[str, AfterValidator(_presumption)]] = Field(default_factory=list)
    validation: ValidationRecord | None = None
    source: OptionalText = None
    licence: OptionalText = None


def check_record(record: Mapping[str, Any]) -> tuple[DilemmaRecord | None, list[str]]:
    """A record in its checked form, or what is wrong with it.

    Parameters
    ----------
    record : mapping
        One line of a dilemma file.

    Returns
    -------
    checked : DilemmaRecord or None
        None if anything is wrong.
    problems : list of str
        Every problem, each with the key it concerns.
    """
    try:
        checked = DilemmaRecord.model_validate(record)
    except ValidationError as error:
        return None, problems_of(error, known_keys())
    problems = _alike(checked)
    if len(set(checked.presumes)) != len(checked.presumes):
        problems.append("presumes: names a tag twice; name each once")
    return (None, problems) if problems else (checked, [])


def known_keys() -> list[str]:
    """The keys that a line may have, in the order in which they are written."""
    return [field.alias or name for name, field in DilemmaRecord.model_fields.items()]


def _alike(record: DilemmaRecord) -> list[str]:
    first: dict[str, str] = {}
    problems = []
    for action in ACTIONS:
        key = action_key(action)
        form = " ".join(getattr(record, key).split()).casefold()
        if form in first:
            problems.append(
                f"{key}: is the same text as {first[form]}; the six actions must differ"
            )
        first.setdefault(form, key)
    return problems
