r"""Answers in plain words, where no JSON object holds one.

Only what announces itself is read: "Answer: B", "I choose C) …", ``\boxed{D}``, ``<answer>A</answer>``,
or a letter (or an option's whole text) that is the entire reply, or its first or last line. A letter
in running prose is never an answer ("A person would …", "Option B is tempting, but …").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mores.coding.answers import Options, Reading, read_answer

__all__ = ["announced", "read_prose"]

_MOST_LINES = 400
_LONGEST_ANSWER = 400
_MOST_ANNOUNCEMENTS = 100

_SENTENCE = r"(?:^|(?<=[.!?:;])\s)[^\w\n]{0,12}+"
_LEAD_IN = (
    r"(?:(?:and\s)?+(?:so|thus|therefore|hence|overall|ultimately|finally|accordingly|consequently"
    r"|in conclusion|in summary|in short|all things considered|on balance|as such)\b[,:]?[ *]{1,4}"
    r"|(?:given|based on|considering|as an?|as this|as someone|in this|in line with"
    r"|if i (?:had|have|must|need) (?:to )?(?:choose|pick|answer|select))\b"
    r"[^.,;:!?\n]{0,80}+,[ *]{1,4}){0,2}+"
)
_CHOOSE = (
    r"i(?:'d| would| will|'ll| have| must| shall)?(?: have to| therefore| most likely| probably)?\s"
    r"(?:choose|chose|chosen|pick|picked|select|selected|go with|went with|opt for|opted for|answer)"
    r"|i(?:'m| am) (?:choosing|going with|picking|selecting|opting for)"
)
_ADJECTIVE = r"(?:(?:final|chosen|selected|best|preferred|single|correct|overall|letter)\s){0,2}+"
_IS = r"[\"'*`\s]{0,6}+(?:[:=→]|-{1,2}>|is\b:?|would be\b:?|will be\b:?)[\s*\"'`]{0,12}+(?:option\s)?+"
_BOXED = re.compile(r"\\boxed\s?\{\s?(?:\\text(?:bf)?\s?\{)?([^{}\n]{1,200})\}")
_LETTER_LINE = re.compile(
    r"[^\w\n]{0,12}+(?:option\s|answer\s|choice\s)?[A-Z](?!\w)", re.IGNORECASE
)
_FENCE = re.compile(r"^[ \t]*```[\w-]{0,20}[ \t]*$", re.MULTILINE)
_ANSWER_TAG = re.compile(
    r"</?(?:answer|final_answer|final|output|response|result|choice|option|s|bos)>", re.IGNORECASE
)
_CONTRADICTING = frozenset({"two-answers", "letter-and-text-disagree", "letter-out-of-range"})
_TELLING = _CONTRADICTING | {"number-not-letter", "template-echo"}


@lru_cache(maxsize=64)
def _labels(field: str) -> re.Pattern[str]:
    name = re.escape(field.lower())
    noun = (
        rf"(?:answer|choice|selection|(?:selected |chosen )?option|response|letter|decision|{name})"
    )
    return re.compile(
        rf"{_SENTENCE}{_LEAD_IN}(?:(?:(?:my|the|your)\s)?+{_ADJECTIVE}{noun}{_IS}|(?:{_CHOOSE})[:\s]\s?)"
        # looked at only, for a second announcement may follow on the same line
        rf"(?=(?P<rest>\S[^\n]{{0,{_LONGEST_ANSWER}}}))",
        re.IGNORECASE | re.MULTILINE,
    )


@lru_cache(maxsize=64)
def _tagged(field: str) -> re.Pattern[str]:
    name = re.escape(field.lower())
    return re.compile(
        rf"<(answer|final_answer|final|choice|option|selection|{name})>"
        rf"([^<>]{{1,{_LONGEST_ANSWER}}}+)</\1>",
        re.IGNORECASE,
    )


def announced(text: str, field: str, options: Options) -> Reading | None:
    """What the words announced as the answer mean; None where nothing is announced.

    Parameters
    ----------
    text : str
        Prose.
    field : str
        Name of the field that was asked for, which announces an answer too.
    options : Options
        The options as shown.

    Returns
    -------
    Reading or None
        An option if all announcements that can be read agree, else why there is none.
    """
    readings = []
    telling = None
    announcements = dict.fromkeys(_announcements(text.replace("’", "'"), field))
    if len(announcements) > _MOST_ANNOUNCEMENTS:
        return Reading(None, "too-long")
    for words in announcements:
        reading = read_answer(words, options)
        if reading.option is not None:
            readings.append(reading)
        elif reading.how in _TELLING and (telling is None or reading.how in _CONTRADICTING):
            telling = reading
    if not readings:
        return telling
    contradicted = telling is not None and telling.how in _CONTRADICTING
    if contradicted or len({reading.option for reading in readings}) > 1:
        return Reading(None, "two-answers")
    how = "letter" if any(reading.how == "letter" for reading in readings) else "option-text"
    return Reading(readings[0].option, f"labelled-{how}")


def _announcements(text: str, field: str) -> Iterator[str]:
    for match in _labels(field).finditer(text):
        yield match["rest"]
    for match in _tagged(field).finditer(text):
        yield match[2]
    for match in _BOXED.finditer(text):
        yield match[1]


def read_prose(text: str, field: str, options: Options) -> Reading:
    """Read a reply, or the part of it outside JSON objects, as plain words.

    Parameters
    ----------
    text : str
        The words, without thinking.
    field : str
        Name of the field that was asked for.
    options : Options
        The options as shown.

    Returns
    -------
    Reading
        An option with ``bare-…`` or ``labelled-…``, or why there is none.
    """
    announcement = announced(text, field, options)
    if announcement is not None:
        return announcement
    text = _ANSWER_TAG.sub("", _FENCE.sub("", text)).strip()
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) == 1:
        reading = read_answer(text, options, strict=True)
        if reading.option is not None:
            return Reading(reading.option, f"bare-{reading.how}")
        if reading.how in _TELLING:
            return reading
    return _by_lines(lines, options)


def _by_lines(lines: list[str], options: Options) -> Reading:
    """The one answer that stands on a line of its own, if that is the first or the last line."""
    if not 1 < len(lines) <= _MOST_LINES:
        return Reading(None, "no-answer")
    found: dict[int, Reading] = {}
    ends = (0, len(lines) - 1)
    at_an_end = False
    for number, line in enumerate(lines):
        if len(line) > _LONGEST_ANSWER or not (number in ends or _LETTER_LINE.match(line)):
            continue
        reading = read_answer(line, options, strict=True)
        if reading.option is not None:
            found[reading.option] = reading
            at_an_end = at_an_end or number in ends
    if len(found) > 1:
        return Reading(None, "two-answers")
    if not at_an_end:
        return Reading(None, "no-answer")
    ((option, reading),) = found.items()
    return Reading(option, f"bare-{reading.how}")
