"""How a model is asked to write a dilemma, to mend it, to read it blind, and to check it.

The writing prompt asks for what the prompt in appendix A.1 of Lakerveld 2026 asks for, in this
project's own words, and for what this project's standard adds. The blind reader sees the value, the
situation and the actions under letters; not how many actions are on a side, so that an action that in
truth serves the value can be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mores.instruments.dilemma_actions import ACTIONS
from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.presumptions import presumptions
from mores.prompts.templates import template_set

if TYPE_CHECKING:
    from mores.instruments.dilemmas import Dilemma

__all__ = [
    "ACTION_WORDS",
    "LETTERS",
    "PLACES",
    "SCENARIO_WORDS",
    "WRITTEN_KEYS",
    "Pair",
    "blind_reading_request",
    "blind_reading_schema",
    "checking_request",
    "checking_schema",
    "dilemma_prompts_digest",
    "dilemma_repair_request",
    "dilemma_request",
    "dilemma_schema",
]

SCENARIO_WORDS = (40, 90)
"""Fewest and most words of a situation."""

ACTION_WORDS = (10, 30)
"""Fewest and most words of an action."""

LETTERS = ("A", "B", "C", "D", "E", "F")
"""What the six actions are called before a blind reader, in the order shown."""

PLACES: Mapping[str, str] = MappingProxyType(
    {
        f"{strength} {side}": action
        for action in ACTIONS
        for side, strength in [({"a": "for", "b": "against"}[action[0]], action[2:])]
    }
)
"""The place that each of a blind reader's answers stands for: ``"mild against"`` for ``"b-mild"``."""

_WRITTEN_ACTIONS = tuple(
    f"option_{side}_{strength}" for side in "ab" for strength in ("mild", "moderate", "strong")
)

WRITTEN_KEYS = (
    "scenario_reasoning",
    "scenario_text",
    *(key for action in _WRITTEN_ACTIONS for key in (f"{action}_reasoning", action)),
    "competing",
    "setting",
    "presumes",
)
"""The keys of a record that the writer fills, in the order in which it is asked for them."""

_PROTOCOL = "dilemmas"


@dataclass(frozen=True, slots=True)
class Pair:
    """What a dilemma is to be about: a value and a topic, each with id, name and meaning.

    A topic of one's own may lack a definition.
    """

    value: str
    value_label: str
    value_definition: str
    topic: str
    topic_label: str
    topic_definition: str = ""


def dilemma_request(pair: Pair, settings: Sequence[str] = ()) -> str:
    """What a model is asked for a dilemma.

    Parameters
    ----------
    pair : Pair
        Value and topic.
    settings : sequence of str
        Settings of the dilemmas of this value that are there already; another is asked for.
    """
    return _rendered(
        "write.j2",
        pair=pair,
        settings=list(settings),
        scenario=SCENARIO_WORDS,
        action=ACTION_WORDS,
        presumptions=list(presumptions().values()),
        keys=WRITTEN_KEYS,
    )


def dilemma_repair_request(faults: Sequence[str]) -> str:
    """What a model is told whose dilemma cannot be used.

    Parameters
    ----------
    faults : sequence of str
        What is wrong, a sentence each.
    """
    return _rendered("repair.j2", faults=list(faults))


def blind_reading_request(dilemma: Dilemma, order: Sequence[int]) -> str:
    """What a model is asked for a blind reading.

    Parameters
    ----------
    dilemma : Dilemma
        Its situation, actions, and the value's label and definition are shown, and nothing else.
    order : sequence of int
        ``order[shown] = original``: which of the six actions stands under each letter.
    """
    texts = dilemma.action_texts
    return _rendered(
        "read.j2",
        scenario=_inside(dilemma.scenario_text),
        actions=[(letter, _inside(texts[i])) for letter, i in zip(LETTERS, order, strict=True)],
        label=dilemma.value_label,
        definition=dilemma.value_definition,
        letters=", ".join(LETTERS),
        places=", ".join(f'"{place}"' for place in PLACES),
    )


def checking_request(dilemma: Dilemma) -> str:
    """What a model is asked for the four checks; it sees sides, strengths and reasons.

    Parameters
    ----------
    dilemma : Dilemma
        As a model wrote it; it stands between two lines, and is said to be no instruction.
    """
    actions = tuple(
        replace(action, text=_inside(action.text), reasoning=_inside(action.reasoning))
        for action in dilemma.actions
    )
    shown = replace(dilemma, scenario_text=_inside(dilemma.scenario_text), actions=actions)
    return _rendered("judge.j2", dilemma=shown, checks=", ".join(CHECKS), check_names=CHECKS)


def dilemma_schema() -> dict[str, Any]:
    """JSON Schema of the answer to `dilemma_request`."""
    fields: dict[str, Any] = {key: {"type": "string"} for key in WRITTEN_KEYS}
    fields["presumes"] = {
        "type": "array",
        "items": {"type": "string", "enum": [*presumptions()]},
    }
    return _object(fields)


def blind_reading_schema() -> dict[str, Any]:
    """JSON Schema of the answer to `blind_reading_request`."""
    return _object({letter: {"type": "string", "enum": [*PLACES]} for letter in LETTERS})


def checking_schema() -> dict[str, Any]:
    """JSON Schema of the answer to `checking_request`."""
    check = _object({"passed": {"type": "boolean"}, "reason": {"type": "string"}})
    return _object(dict.fromkeys(CHECKS, check))


def dilemma_prompts_digest() -> str:
    """SHA-256 of the templates in effect."""
    return template_set("en", _PROTOCOL).digest()


def _inside(text: str) -> str:
    return text.replace("=====", "-----")  # else it could end the block that it stands in


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(fields),
        "required": [*fields],
        "additionalProperties": False,
    }


def _rendered(name: str, **context: object) -> str:
    return template_set("en", _PROTOCOL).render(name, context)
