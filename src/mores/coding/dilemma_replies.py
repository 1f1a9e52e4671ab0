"""From replies to dilemmas, to blind readings and to the four checks; or why not."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mores.coding.dilemma_form import Fault, form_faults
from mores.coding.finish import CUT_OFF, FILTERED, stopped
from mores.coding.json_objects import Cut, FoundObject, Value, find_objects
from mores.coding.refusals import is_refusal
from mores.coding.thinking import INVISIBLE, set_aside_thinking
from mores.errors import InstrumentError
from mores.instruments.dilemma_checks import CHECKS, Check
from mores.instruments.dilemma_records import ACTIONS, SCHEMA, check_record
from mores.instruments.dilemmas import Dilemma, dilemma_from_record
from mores.instruments.schwartz import topics, values
from mores.prompts.dilemma_prompts import LETTERS, PLACES, WRITTEN_KEYS, Pair
from mores.records import Reply

__all__ = ["DilemmaDraft", "checks_in", "dilemma_draft_in", "placed_in"]

_DEEPEST = 3
_LONGEST_REASON = 600
_KEPT = 8_000
_YES: Mapping[str, bool] = MappingProxyType(
    {"yes": True, "true": True, "pass": True, "passed": True}
    | {"no": False, "false": False, "fail": False, "failed": False}
)

Pairs = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class DilemmaDraft:
    """What a reply gives as a dilemma.

    Attributes
    ----------
    dilemma : Dilemma or None
        None if the reply holds none that a file could.
    faults : tuple of Fault
        Empty for one in good form.
    record : dict
        What could be read of it, in the form of a line of a dilemma file; at least value and topic.
    """

    dilemma: Dilemma | None
    faults: tuple[Fault, ...]
    record: dict[str, Any]


def dilemma_draft_in(reply: Reply, pair: Pair, source: str = "") -> DilemmaDraft:
    """The dilemma in a reply.

    Only what the writer was asked for is taken: value, topic, id, source and validation are never
    the reply's own. Whether it is a copy of another is not looked at here.

    Parameters
    ----------
    reply : Reply
        One with words; hostile text.
    pair : Pair
        What was asked for.
    source : str
        The record's account of where the text comes from.
    """
    record = _frame(pair, source)
    if stopped(reply.finish) in FILTERED:
        return DilemmaDraft(None, (_none("refused"),), record)
    said = set_aside_thinking(INVISIBLE.sub("", reply.text or "")).text.strip()
    cut = stopped(reply.finish) in CUT_OFF
    if not said:
        return DilemmaDraft(None, (_none("cut-off" if cut else "empty"),), record)
    fields = _written(said)
    if fields is None:
        code = "refused" if is_refusal(said) else "cut-off" if cut else "no-json"
        return DilemmaDraft(None, (_none(code),), record)
    if any(isinstance(value, Cut) for value in fields.values()):
        return DilemmaDraft(None, (_none("cut-off"),), record)
    given = {key: _cleaned(fields[key]) for key in WRITTEN_KEYS if key in fields}
    return _checked(record | given)


def placed_in(reply: Reply, order: Sequence[int]) -> tuple[str, ...] | None:
    """The place that a blind reader gave to each action.

    Parameters
    ----------
    reply : Reply
        Hostile text.
    order : sequence of int
        ``order[shown] = original``, as the reader was shown the actions.

    Returns
    -------
    tuple of str or None
        For each of `ACTIONS` in order, one of them; None if any was given no place, or two.
    """
    given: dict[str, set[str]] = {letter: set() for letter in LETTERS}
    for pairs in _last_with(reply, LETTERS):
        for key, value in pairs:
            letter = key.strip().upper()
            if letter in given:
                given[letter].add(_place(value))
    places = [given[letter] for letter in LETTERS]
    if any(len(found) != 1 or "" in found for found in places):
        return None
    placed = [""] * len(ACTIONS)
    for shown, original in enumerate(order):
        (placed[original],) = places[shown]
    return tuple(placed)


def checks_in(reply: Reply) -> dict[str, Check] | None:
    """The four checks in a reply.

    Parameters
    ----------
    reply : Reply
        Hostile text.

    Returns
    -------
    dict of str to Check or None
        By name; None unless each of the four is answered yes or no.
    """
    found: dict[str, Check] = {}
    for pairs in _last_with(reply, CHECKS):
        fields = {_key(key): value for key, value in pairs}
        for name in CHECKS:
            if name in fields and name not in found:
                check = _check(fields[name], fields.get(f"{name}_reason"))
                if check is not None:
                    found[name] = check
    return {name: found[name] for name in CHECKS} if len(found) == len(CHECKS) else None


def _frame(pair: Pair, source: str) -> dict[str, Any]:
    """What a record holds before anything is written."""
    name = f"{pair.value}--{pair.topic}"
    record: dict[str, Any] = {"schema": SCHEMA, "id": name, "value": pair.value}
    if pair.value not in values():
        record["value_label"] = pair.value_label
        record["value_definition"] = pair.value_definition
    record["topic"] = pair.topic if pair.topic in topics() else pair.topic_label
    return record | ({"source": source} if source else {})


def _checked(record: dict[str, Any]) -> DilemmaDraft:
    checked, problems = check_record(record)
    if checked is not None:
        try:
            dilemma = dilemma_from_record(record)
        except InstrumentError as error:
            problems = [str(error)]
        else:
            faults = form_faults(dilemma)
            if not dilemma.setting.strip():
                faults.append(Fault("setting", "setting is missing; name place and milieu."))
            return DilemmaDraft(dilemma, tuple(faults), record)
    faults = [Fault("structure", problem) for problem in problems]
    return DilemmaDraft(None, tuple(faults), _storable(record))


_NONE: Mapping[str, str] = MappingProxyType(
    {
        "refused": "There was no dilemma. It is invented, for research, and asks no view of yours.",
        "no-json": "The answer was not one JSON object with the keys asked for.",
        "cut-off": "The answer ended in the middle; keep the reasons short.",
        "empty": "The answer was empty.",
    }
)


def _none(code: str) -> Fault:
    return Fault(code, _NONE[code])


def _said(reply: Reply) -> str:
    return set_aside_thinking(INVISIBLE.sub("", reply.text or "")).text


def _levels(found: FoundObject) -> list[Pairs]:
    """An object and those in it: some models wrap the answer in another."""
    levels, last = [found.pairs], [found.pairs]
    for _ in range(_DEEPEST):
        last = [value for pairs in last for _, value in pairs if isinstance(value, tuple)]
        levels += last
    return levels


def _last_with(reply: Reply, keys: Sequence[str]) -> list[Pairs]:
    """The levels of the last object of a reply that has any of the keys."""
    wanted = {_key(key) for key in keys}
    for found in reversed(find_objects(_said(reply))):
        levels = _levels(found)
        if any(_key(key) in wanted for pairs in levels for key, _ in pairs):
            return levels
    return []


def _written(said: str) -> dict[str, Value] | None:
    """The fields of the last object with a situation, those of nested objects among them."""
    for outer in reversed(find_objects(said)):
        fields: dict[str, Value] = {}
        for pairs in _levels(outer):
            for key, value in pairs:
                if not isinstance(value, tuple):
                    fields.setdefault(_key(key), value)
        if "scenario_text" in fields:
            return fields if outer.complete else fields | {"scenario_text": Cut("")}
        if not outer.complete:
            return {"scenario_text": Cut("")}
    return None


def _key(key: str) -> str:
    return key.strip().lower().replace(" ", "_").replace("-", "_")


def _cleaned(value: Value) -> Any:
    """Text on one line, without what no file can store and no terminal should see."""
    if isinstance(value, list):
        return [_cleaned(item) for item in value[:100]]
    if isinstance(value, tuple | Cut):
        return None
    if not isinstance(value, str):
        return value
    kept = (
        c if unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Zl", "Zp") else " " for c in value
    )
    return " ".join(INVISIBLE.sub("", "".join(kept)).split())


def _storable(record: Mapping[str, Any]) -> dict[str, Any]:
    """What of a faulty record is text or a list of texts, cut to a length that can be kept."""
    kept: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, str):
            kept[key] = value[:_KEPT]
        elif isinstance(value, list):
            kept[key] = [item[:_KEPT] for item in value if isinstance(item, str)]
        elif key == "schema":
            kept[key] = value
    return kept


def _place(value: Value) -> str:
    """The action whose place an answer names; empty if it names none, or more."""
    if isinstance(value, tuple):  # side and strength apart
        value = " ".join(str(part) for _, part in value)
    if not isinstance(value, str):
        return ""
    words = set(value.lower().replace("-", " ").replace("_", " ").replace(",", " ").split())
    words = {word.removesuffix("ly") for word in words}
    named = [action for place, action in PLACES.items() if set(place.split()) <= words]
    return named[0] if len(named) == 1 else ""


def _check(value: Value, reason: Value) -> Check | None:
    if isinstance(value, tuple):
        fields = {_key(key): part for key, part in value}
        answer = next((fields[k] for k in ("passed", "answer", "pass") if k in fields), None)
        return _check(answer, fields.get("reason")) if not isinstance(answer, tuple) else None
    if isinstance(value, str):
        value = _YES.get(value.strip().lower().rstrip("."))
    if not isinstance(value, bool):
        return None
    told = _cleaned(reason) if isinstance(reason, str) else ""
    return Check(value, told[:_LONGEST_REASON])
