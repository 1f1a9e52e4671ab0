"""Replies that choose one lettered option -> outcomes.

The prompt showed options under the letters A, B, C … and asked for
``{"reasoning": "…", "<field>": "<a single uppercase letter>"}``. Models answer in many other ways;
what is unmistakable is coded, and what would have to be guessed is not, with a reason (the codes are
in `mores.coding.reasons.REASONS`). In order of precedence:

1. Thinking is set aside (`mores.coding.thinking`); a draft in it is no answer.
2. JSON objects, well formed or not (`mores.coding.json_objects`), speak for the reply: the expected
   field, or exactly one other usual key for an answer (`mores.coding.fields`). Objects that agree
   are one answer; objects that disagree, or words around them that announce another answer, are
   none. The reasoning within an object is never searched for an answer.
3. Else words that announce an answer, or a letter that stands alone (`mores.coding.prose`).
4. Else a refusal, by its wording (`mores.coding.refusals`) or by the server's filter.

A valid answer outranks a refusal: a reply that hedges and answers has answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mores.coding.answers import Options, Reading, as_shown
from mores.coding.fields import mentioned, read_object
from mores.coding.finish import CUT_OFF, FILTERED, stopped
from mores.coding.json_objects import FoundObject, Value, decode, find_objects
from mores.coding.prose import announced, read_prose
from mores.coding.refusals import is_refusal
from mores.coding.thinking import INVISIBLE, Said, set_aside_thinking
from mores.records import Outcome, Status

__all__ = ["code_choice"]

_MOST_LETTERS = 26
_LONGEST = 100_000

_JSON = tuple(Outcome(Status.CODED, index, "json") for index in range(_MOST_LETTERS))
_SILENT = ("missing-field", "template-echo", "empty-answer", "wrong-field", "refusal")
"""Readings of an object that leave the word to another object, the least telling first."""
_WITHOUT_ANSWER = frozenset({"no-answer", "missing-field", "template-echo"})
"""Readings of objects that leave the word to the prose around them."""
_OPEN_TO_REFUSAL = frozenset({"no-answer", "missing-field", "null-answer", "empty-answer"})
_WORDS = re.compile(r"(?<!`)\b\w")
_LAST_WORD = re.compile(r"(?:(?<=\s)|^)\S+\Z")


def code_choice(
    text: str, *, field: str, options: Sequence[str], finish: str | None = None
) -> Outcome:
    """Code a reply that was to choose one lettered option.

    Pure, never raises whatever the text, and takes time linear in its length.

    Parameters
    ----------
    text : str
        The reply, verbatim.
    field : str
        JSON field in which the letter was asked for, such as ``"value"`` or ``"action"``.
    options : sequence of str
        The options' texts in the order shown; the first is A. Letters end with Z: a 27th option can
        be chosen by its text alone.
    finish : str, optional
        Why the model ended, in the server's word.

    Returns
    -------
    Outcome
        ``coded`` with the index of the option as shown, from 0; ``refused`` or ``uncoded`` with
        None. The reason is a code of `mores.coding.reasons.REASONS`.

    Examples
    --------
    >>> scale = ["strongly agree", "agree", "disagree", "strongly disagree"]
    >>> code_choice('{"reasoning": "It matters.", "value": "B"}', field="value", options=scale).option
    1
    >>> code_choice("B or C", field="value", options=scale).reason
    'two-answers'
    """
    index = _well_formed_letter(text, field)
    if index is not None and index < len(options):
        return _JSON[index]
    said = set_aside_thinking(INVISIBLE.sub("", text))
    end = stopped(finish)
    reading = _read(said.text.strip(), field, as_shown(options))
    if end in CUT_OFF and reading.how.startswith(("bare", "labelled")):
        # the last word may be half a word: "A" of "As a person"
        whole = _LAST_WORD.sub("", said.text.strip())
        if _read(whole.strip(), field, as_shown(options)).option != reading.option:
            reading = Reading(None, "cut-off")
    if reading.option is not None:
        return Outcome(Status.CODED, reading.option, reading.how)
    return _without_option(reading.how, said, end)


def _well_formed_letter(text: str, field: str) -> int | None:
    """The quick way for the usual reply: well-formed JSON, the field once, one capital letter."""
    if text[:1] not in "{ \n":
        return None
    try:
        pairs = decode(text)
    except (ValueError, RecursionError):
        return None
    if type(pairs) is not tuple:
        return None
    answer: Value = None
    given = False
    for key, value in pairs:
        if key == field and not given:
            answer, given = value, True
        elif field.lower() in key.lower():
            return None
    if type(answer) is str and len(answer) == 1 and "A" <= answer <= "Z":
        return ord(answer) - ord("A")
    return None


def _read(text: str, field: str, options: Options) -> Reading:
    if not text:
        return Reading(None, "empty")
    if len(text) > _LONGEST:
        return Reading(None, "too-long")
    objects = find_objects(text)
    around = "\n".join(_around(text, objects))
    reading = _merged([read_object(found, field, options) for found in objects])
    if reading.how in _WITHOUT_ANSWER:
        prose = read_prose(around, field, options)
        reading = prose if prose.option is not None or prose.how != "no-answer" else reading
    elif reading.option is not None and _WORDS.search(around):
        other = announced(around, field, options)
        if other is not None and other.option not in (None, reading.option):
            return Reading(None, "two-answers")
    if reading.option is not None:
        loose = "\n".join(_around(text, [found for found in objects if found.well_formed]))
        if mentioned(loose, field, options) - {reading.option}:
            return Reading(None, "two-answers")
    return reading


def _without_option(how: str, said: Said, end: str) -> Outcome:
    """The outcome of a reply without an option: refused, or uncoded and why."""
    if how in _OPEN_TO_REFUSAL and is_refusal(said.text):
        how = "refusal"
    if how == "refusal" or end == "refusal":
        return Outcome(Status.REFUSED, None, "refusal")
    if end in FILTERED:
        return Outcome(Status.REFUSED, None, "content-filter")
    if how == "empty" and said.thought:
        how = "unfinished-thinking" if said.unfinished else "thinking-only"
    elif end in CUT_OFF and how in ("no-answer", "empty", "missing-field"):
        how = "cut-off"
    return Outcome(Status.UNCODED, None, how)


def _around(text: str, objects: Iterable[FoundObject]) -> Iterator[str]:
    """The words before, between and after the objects."""
    position = 0
    for found in objects:
        yield text[position : found.start]
        position = found.end
    yield text[position:]


def _merged(readings: Sequence[Reading]) -> Reading:
    """What several objects say together."""
    if not readings:
        return Reading(None, "no-answer")
    telling = [reading for reading in readings if reading.how not in _SILENT]
    if not telling:
        return max(readings, key=lambda reading: _SILENT.index(reading.how))
    first = telling[0]
    if all(reading.option == first.option for reading in telling):
        return first
    if telling[-1].how == "cut-off":
        return telling[-1]
    return Reading(None, "two-answers")
