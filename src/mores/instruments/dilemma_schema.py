"""The form of one line of a dilemma file as JSON Schema, for editors and other programs."""

from __future__ import annotations

from typing import Any

from mores.instruments.dilemma_actions import ACTIONS, action_key
from mores.instruments.dilemma_records import SCHEMA, DilemmaRecord
from mores.instruments.presumptions import presumptions
from mores.instruments.schwartz import topics, values

__all__ = ["DIALECT", "dilemma_schema", "key_descriptions"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

SIDES = {"a": "aligned with the value", "b": "opposed to it"}


def dilemma_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a line, made from `DilemmaRecord`.

    A schema cannot say that the six actions must differ, nor that ids are unique in a file; and it
    takes ids and names of values only as they are spelt here, where the reader takes other cases and
    punctuation too.

    Returns
    -------
    dict
        JSON-serialisable; made anew at each call.
    """
    schema = DilemmaRecord.model_json_schema(by_alias=True)
    keys = schema["properties"]
    keys["presumes"] |= {"uniqueItems": True, "items": {"enum": list(presumptions())}}
    for key, told in key_descriptions().items():
        keys[key] = {"title": key, "description": told} | {
            name: rule for name, rule in keys[key].items() if name != "title"
        }
    known = [form for value in values().values() for form in (value.id, value.label)]
    own = {
        "required": ["value_label", "value_definition"],
        "properties": {
            key: {"type": "string", "pattern": r"\S"} for key in ("value_label", "value_definition")
        },
    }
    return {
        "$schema": DIALECT,
        **schema,
        "title": f"A value dilemma, schema {SCHEMA}",
        "description": (
            "One line of a dilemma file of mores: a situation, and six actions from strongly aligned "
            "with a value to strongly opposed to it."
        ),
        "anyOf": [{"properties": {"value": {"enum": known}}}, own],
    }


def key_descriptions() -> dict[str, str]:
    """What each key of a line holds, in the order in which they are written."""
    keys = {
        "schema": f"Version of this form; {SCHEMA} is written, 1 is read too.",
        "id": "Stable id, unique in the file; VALUE--TOPIC where left out.",
        "value": (
            f"The focal value: id or name of one of the {len(values())} Schwartz values, or a value of "
            "one's own, which needs value_label and value_definition."
        ),
        "value_label": "Name of a value of one's own.",
        "value_definition": "What a value of one's own means.",
        "topic": f"The social topic: id or name of one of the {len(topics())}, or a topic of one's own.",
        "scenario_reasoning": "What conflicts, and why neither side is plainly right.",
        "scenario_text": "The situation, in the second person.",
    }
    for action in sorted(ACTIONS):
        side, _, strength = action.partition("-")
        keys[action_key(action)] = (
            f"The action that is {strength}ly {SIDES[side]}, in the first person."
        )
        keys[f"{action_key(action)}_reasoning"] = "Why the action has this side and this strength."
    return keys | {
        "competing": "The consideration that competes with the value, in a few words.",
        "setting": "The milieu, in a few words.",
        "presumes": "What the setting presumes of the person, as tags.",
        "validation": "The record of checks and blind readings.",
        "source": "Where the text comes from.",
        "licence": "The terms under which it may be used.",
    }
