"""Replies with one answer for each member of a battery -> outcomes.

An answer belongs to the member whose number or words stand before it in the same line ("1: Mentioned",
"2. Independence — Not mentioned", a table's row), or whose number or words are its key in a JSON object.
It is an option's whole text. A number and words that name two members, two numbers before one answer,
and two answers of one member leave those members without; the answers' places count only where a reply
is nothing but one bare answer for each member. One answer for all members ("all: Mentioned") is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mores.coding.finish import CUT_OFF, FILTERED, stopped
from mores.coding.flags import flags_of
from mores.coding.json_objects import find_objects
from mores.coding.mentions import Asked, asked, tagged
from mores.coding.thinking import INVISIBLE, set_aside_thinking
from mores.records import Outcome, Status

__all__ = ["code_battery"]

_LONGEST = 8000
_MISSING, _SPOILED = -1, -2
_FEW_WORDS = 1
"""How many words may stand before the number of a line ("Line 1")."""

_QUIET = '"fa'
_BEFORE = frozenset(':-=.),(n"y')
_AFTER = frozenset('.,:)(-=ny"c')
_RULE = re.compile(r"(?m)^[\s|:+-]*-[\s|:+-]*$")
_LAST_WORD = re.compile(r"(?:(?<=\s)|^)\S+\Z")
_DEEPEST = 3


def code_battery(
    text: str,
    *,
    language: str,
    members: Sequence[str],
    options: Sequence[str],
    finish: str | None = None,
) -> Outcome:
    r"""Code a reply that was to be one line for each member of a battery.

    Pure, never raises whatever the text, and takes time linear in its length.

    Parameters
    ----------
    text : str
        The reply, verbatim.
    language : str
        ISO 639-1 code of the language that it was asked in.
    members : sequence of str
        The members' texts in the order asked; their numbers are 1, 2, 3 …
    options : sequence of str
        The options' texts in the order shown, the same for all members.
    finish : str, optional
        Why the model stopped, in the server's word.

    Returns
    -------
    Outcome
        With `Outcome.parts`, the option of each member as shown, from 0, and -1 where there is none;
        ``coded`` exactly when no part is missing. `Outcome.option` is None.

    Examples
    --------
    >>> code_battery(
    ...     "1: Yes\n2: No", language="en", members=["Family", "Work"], options=["Yes", "No"]
    ... ).parts
    (0, 1)
    """
    said = set_aside_thinking(INVISIBLE.sub("", text))
    words, end = said.text.strip(), stopped(finish)
    flags = flags_of(words, language, (*options, *members))
    none = (_MISSING,) * len(members)
    if len(words) > _LONGEST:
        return Outcome(Status.UNCODED, None, "too-long", parts=none, flags=flags)
    numbers = tuple(str(number + 1) for number in range(len(members)))
    shown = asked(numbers, tuple(options), tuple(members))
    found, how = _answers(words, shown, len(members))
    if end in CUT_OFF:  # the last word may be the beginning of another
        whole = _answers(_LAST_WORD.sub("", words).strip(), shown, len(members))[0]
        found = [a if a == b else _MISSING for a, b in zip(found, whole, strict=True)]
    parts = tuple(max(part, _MISSING) for part in found)
    if parts and _MISSING not in parts:
        return Outcome(Status.CODED, None, how, parts=parts, flags=flags)
    if end == "refusal" or ("refusal" in flags and parts == none):
        return Outcome(Status.REFUSED, None, "refusal", parts=parts, flags=flags)
    if end in FILTERED:
        return Outcome(Status.REFUSED, None, "content-filter", parts=parts, flags=flags)
    return Outcome(Status.UNCODED, None, _why_not(found, words, end), parts=parts, flags=flags)


def _why_not(found: Sequence[int], words: str, end: str) -> str:
    if _SPOILED in found:
        return "members-disagree"
    if end in CUT_OFF:
        return "cut-off"
    if not any(c.isalnum() for c in words):
        return "empty"
    return "no-answer" if all(part < 0 for part in found) else "members-missing"


def _answers(text: str, shown: Asked, n_members: int) -> tuple[list[int], str]:
    """The option of each member, `_MISSING` or `_SPOILED`, and where they were found."""
    given = list(_in_objects(text, shown))
    if given:
        return _settled(given, n_members), "answer-object"
    lines = _lines(text, shown)
    given = [pair for line in lines for pair in _in_line(*line)]
    if not given:
        given = list(_by_place(lines, n_members))
    return _settled(given, n_members), "answer-lines"


def _settled(given: Iterable[tuple[int, int]], n_members: int) -> list[int]:
    found = [_MISSING] * n_members
    for member, option in given:
        found[member] = option if found[member] in (_MISSING, option) else _SPOILED
    return found


Line = tuple[str, tuple[int, ...]]
"""The tags of a line and the option or member of each."""


def _lines(text: str, shown: Asked) -> list[Line]:
    """The lines of a reply; a member with a colon goes on where the next is a lone answer."""
    reply = tagged(_RULE.sub("", text).replace("|", " : "), shown)
    lines: list[Line] = []
    start = 0
    for line in reply.tags.split("\n"):
        options = reply.options[start : start + len(line)]
        start += len(line) + 1
        lone = line.strip('".()') in ("t", "e")
        head = lines[-1][0].rstrip('"') if lines else ""
        if lone and head[-1:] in (":", "-") and ("n" in head or "y" in head):
            lines[-1] = (lines[-1][0] + line, lines[-1][1] + options)
        elif line.strip('":'):
            lines.append((line, options))
    return lines


def _in_line(tags: str, options: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Members and their options in a line that begins with a member."""
    first = next((i for i, tag in enumerate(tags) if tag in "nyx"), len(tags))
    if sum(tag.isalpha() for tag in tags[:first]) > _FEW_WORDS:
        return
    keys: dict[str, set[int]] = {"n": set(), "y": set()}
    stray, answered = False, set[int]()
    for place, tag in enumerate(tags):
        if tag in keys:
            keys[tag].add(options[place])
        elif tag == "x":
            stray = True
        elif tag in "te":
            named = keys["n"] | keys["y"]
            clear = len(named) == 1 and not stray and _stands_alone(tags, place)
            for member in named or answered:
                yield member, options[place] if clear else _SPOILED
            answered = named if named or stray else answered
            keys, stray = {"n": set(), "y": set()}, False


def _stands_alone(tags: str, place: int) -> bool:
    before = tags[:place].rstrip(_QUIET)[-1:]
    after = tags[place + 1 :].lstrip('"')[:1]
    return (not before or before in _BEFORE) and (not after or after in _AFTER)


def _by_place(lines: Sequence[Line], n_members: int) -> Iterator[tuple[int, int]]:
    """The answers of a reply that holds one bare answer for each member, and no other."""
    bare = [(tags, options) for tags, options in lines if set(tags) & set("tenyx")]
    if len(bare) != n_members or any(tags.strip('".,') not in ("t", "e") for tags, _ in bare):
        return
    for member, (_, options) in enumerate(bare):
        yield member, max(options)


def _in_objects(text: str, shown: Asked) -> Iterator[tuple[int, int]]:
    """Members and their options in JSON objects."""
    if "{" not in text:
        return
    levels = [found.pairs for found in find_objects(text)]
    for _ in range(_DEEPEST):
        within = [value for pairs in levels for _, value in pairs if isinstance(value, tuple)]
        for pairs in levels:
            for key, value in pairs:
                yield from _of_a_key(key, value, shown)
        levels = within


def _of_a_key(key: str, value: object, shown: Asked) -> Iterator[tuple[int, int]]:
    name = tagged(key, shown)
    named = {option for tag, option in zip(name.tags, name.options, strict=True) if tag in "ny"}
    if not named or not isinstance(value, str):
        return
    answer = tagged(value, shown)
    alone = answer.tags.strip('".') in ("t", "e") and len(named) == 1 and "x" not in name.tags
    for member in named:
        yield member, max(answer.options) if alone else _SPOILED
