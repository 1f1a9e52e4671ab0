"""What a JSON object answers: the expected field, or the one key that can only be meant for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from mores.coding.answers import Options, Reading, read_answer
from mores.coding.json_objects import Cut, FoundObject, Value
from mores.coding.refusals import declines, is_refusal, says_nothing

__all__ = ["mentioned", "read_object"]

_OTHER_KEYS = frozenset({"answer", "choice", "option", "selection", "letter"})
_QUESTIONS = frozenset({"value", "action"})
_DEEPEST = 4


def read_object(found: FoundObject, field: str, options: Options) -> Reading:
    """Read the answer in an object.

    Parameters
    ----------
    found : FoundObject
        The object.
    field : str
        Name of the expected field, compared without case.
    options : Options
        The options as shown.

    Returns
    -------
    Reading
        An option with ``json…``, or why there is none.
    """
    values, key_is_other = _answers_in(found, field)
    if values is None:
        return Reading(None, "several-keys")
    if not values:
        if not found.complete:
            return Reading(None, "cut-off")
        keys = {_key(key) for key, _ in found.pairs}
        if keys & (_QUESTIONS - {_key(field)}):
            return Reading(None, "wrong-field")
        return Reading(None, "refusal" if _refuses(found.pairs) else "missing-field")
    readings = [_read_value(value, options) for value in values]
    reading = readings[0]
    if any(other.option != reading.option for other in readings):
        return Reading(None, "duplicate-keys")
    if reading.option is None:
        nothing = reading.how in ("null-answer", "empty-answer")
        return Reading(None, "refusal") if nothing and _refuses(found.pairs) else reading
    if reading.how == "option-text":
        return Reading(reading.option, "json-option-text")
    if key_is_other:
        return Reading(reading.option, "json-other-key")
    return Reading(reading.option, "json" if found.well_formed else "json-repaired")


def mentioned(text: str, field: str, options: Options) -> set[int]:
    """The options whose letters a text gives the field, anywhere and in whatever quotes.

    A loose text can be taken apart in more than one way; where it gives the field two letters, none
    of them is unmistakable.

    Parameters
    ----------
    text : str
        The text outside well-formed objects.
    field : str
        Name of the expected field.
    options : Options
        The options as shown.

    Returns
    -------
    set of int
        Indices as shown.
    """
    indices = {ord(match[1].upper()) - ord("A") for match in _mention(field).finditer(text)}
    return {index for index in indices if index < options.letters}


@lru_cache(maxsize=64)
def _mention(field: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<![^\W_]){re.escape(field)}"
        r"[\s*`\\]{0,4}+[:=\"'“”’：][\s\"'“”‘’*`\\:=(\[：]{0,8}+"
        r"((?-i:[A-Z])|[a-z](?=[\"'”)\].}]))(?!\w|'\w|\s+\w)",
        re.IGNORECASE,
    )


def _answers_in(found: FoundObject, field: str) -> tuple[list[Value] | None, bool]:
    """The values of the expected field, else of the one other key; None where others compete.

    The outermost level that has either is taken: some models wrap their answer in an object.
    """
    level: list[tuple[tuple[str, Value], ...]] = [found.pairs]
    expected = _key(field)
    others = _OTHER_KEYS - {expected}
    for _ in range(_DEEPEST):
        pairs = [pair for each in level for pair in each]
        values = [value for key, value in pairs if _key(key) == expected]
        if values:
            return values, False
        questions = any(_key(key) in _QUESTIONS for key, _ in pairs)
        values = [] if questions else [value for key, value in pairs if _key(key) in others]
        if values and not all(isinstance(value, tuple) for value in values):
            # a reply cut off may have had the expected field to come
            return (values if len(values) == 1 else None, True) if found.complete else ([], True)
        level = [inner for _, value in pairs for inner in _objects_in(value)]
    return [], False


def _objects_in(value: Value) -> list[tuple[tuple[str, Value], ...]]:
    if isinstance(value, tuple):
        return [value]
    return [item for item in value if isinstance(item, tuple)] if isinstance(value, list) else []


@lru_cache(maxsize=4096)
def _key(key: str) -> str:
    return key.strip(" \t\r\n\"'`*_:.-<>").casefold()


def _read_value(value: Value, options: Options) -> Reading:
    """Read the value of an answer's field."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, tuple):
        inner = [item for key, item in value if _key(key) in _OTHER_KEYS]
        value = inner[0] if len(inner) == 1 else False
    if isinstance(value, Cut):
        return Reading(None, "cut-off")
    if value is None:
        return Reading(None, "null-answer")
    if isinstance(value, bool | tuple):
        return Reading(None, "unreadable-answer")
    if isinstance(value, list):
        return Reading(None, "two-answers" if value else "empty-answer")
    if isinstance(value, int | float):
        return read_answer(f"{value!r:.40}", options)
    reading = read_answer(value, options)
    if reading.how not in ("ambiguous-text", "template-echo"):
        return reading
    if declines(value) or is_refusal(value):
        return Reading(None, "refusal")
    return Reading(None, "null-answer") if says_nothing(value) else reading


def _refuses(pairs: Iterable[tuple[str, Value]]) -> bool:
    """Whether any text of an object is a refusal."""
    return any(isinstance(value, str) and is_refusal(value) for _, value in pairs)
