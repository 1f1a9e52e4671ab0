"""One answer's words -> the option they mean.

The words are those of a JSON field, of a whole reply, or of what follows "Answer:". A letter means
the option shown under it; an option's whole text, compared without case, spacing and punctuation,
means that option; both together must agree. Anything else is not read, with a reason: part of an
option's text never means the option ("agree" is no part of "disagree"), and an article is no letter
("A lot").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mores.coding.thinking import INVISIBLE

__all__ = ["Options", "Reading", "as_shown", "read_answer"]

_MOST_LETTERS = 26
_LONGEST = 1200
"""Longer than any option's text with its letter; a longer answer is an essay."""

_BEFORE = r"[^\w?+~!¬≠/&%$@\\]{0,12}+"
_AFTER = r"[^\w?+~¬≠/&%$@=-]{0,12}+"
_NOUN = r"(?:(?:the\s)?(?:option|choice|answer|letter)\b[^\w?+~!¬≠/&%$@-]{0,6}+)?+"

_LETTER = re.compile(rf"{_BEFORE}{_NOUN}([a-z]){_AFTER}", re.IGNORECASE)
_LETTER_THEN = re.compile(rf"{_BEFORE}{_NOUN}([a-z])(?!\w)(.*)", re.IGNORECASE | re.DOTALL)
_THEN_LETTER = re.compile(r"(.+?)\s*[(\[]\s*([a-z])\s*[)\]][\s.*\"'`]*", re.IGNORECASE | re.DOTALL)
_FIRM = re.compile(r"[\"'*`]*(?:[)\]}:>=—–]|\s?[(\[]|\s[-—–]\s|\.(?=\s|\*|$)|\*\*|\"|\n)")
"""What sets a letter apart from words after it, as in a list: "B) agree"."""

_TWO_LETTERS = re.compile(
    r"[\W_]*+(?:(?:between|either|both|options?)\s+)*+([a-z])[)\].\"'*]{0,3}+"
    r"\s*+(?:,|/|&|\||\+|;|-|–|\bor\b|\band\b|\bto\b|\bthrough\b|\bvs?\b)\s*+"
    r"(?:or\s+|and\s+|options?\s+)?+[(\[\"'*]{0,3}+([a-z])(?!\w|'\w)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"(?<![\w'])([A-Z])(?:[).:](?=\s)|\W{0,4}$)")
"""A letter within words that looks like the head of another option."""

_TEMPLATE = re.compile(
    r"(?:uppercase|capital|single|one|your|chosen|the)\b[\w\s-]{0,40}\bletter\b"
    r"|\bletter\b[\w\s,]{0,20}\bthrough\b"
    r"|^\W*(?:\.\.\.|…|letter|option letter|your (?:answer|choice))\W*$"
    r"|^<[^<>]{2,200}>$|^\{\{?[^{}]{2,60}\}?\}$",
    re.IGNORECASE,
)
_ALL_LETTERS = re.compile(r"\W*A\W{1,4}B\W{1,4}C(?!\w)")
_NUMBER = re.compile(r"\W*[+-]?\d[\d.,]*\s*(?:%|/\s*\d+)?(?!\w)(?:[).:\s].*)?", re.DOTALL)
_ASCII_WORD = re.compile("[0-9a-z]+")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"[^\S\n]*+\n\s*+")
_BECAUSE = re.compile(r"[\"'*`]*\s*[,;]?\s+(?:because|since|as|for|given|due)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer's words mean.

    Attributes
    ----------
    option : int or None
        Index of the option as shown.
    how : str
        ``letter`` or ``option-text`` for an option; else a code of `mores.coding.reasons.REASONS`.
    """

    option: int | None
    how: str


@dataclass(frozen=True, slots=True)
class Options:
    """The options as shown, in the forms that answers are compared with.

    Attributes
    ----------
    letters : int
        How many letters are valid, 0 … 26.
    spoken : tuple of str
        Their words, in small letters, with a space before, between and after.
    by_form : mapping from str to int or None
        Which option a whole text means; None where two options share it.
    """

    letters: int
    spoken: tuple[str, ...]
    by_form: Mapping[str, int | None]


@lru_cache(maxsize=512)
def _prepared(options: tuple[str, ...]) -> Options:
    by_form: dict[str, int | None] = {}
    for index, text in enumerate(options):
        form = _form(text)
        if form:
            by_form[form] = None if form in by_form else index
    spoken = tuple(f" {' '.join(_words(text))} " for text in options)
    return Options(min(len(options), _MOST_LETTERS), spoken, by_form)


def as_shown(options: Sequence[str]) -> Options:
    """Prepare option texts, given in the order shown, for comparison."""
    return _prepared(tuple(options))


def _words(text: str) -> list[str]:
    """The words of a text: letters, digits and the marks that belong to them, in small letters."""
    text = INVISIBLE.sub("", text)
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(
        c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded
    ).split()


def _form(text: str) -> str:
    """What two texts share when they differ in case, spacing and punctuation alone."""
    if (not text.isalpha()) and any(map(str.isdigit, text)):  # "-1" is not "1", "1.5" is not "15"
        folded = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()
        return " ".join(folded.split()).strip(" .,;:!\"'`*_()[]")
    return "".join(_words(text))


def read_answer(text: str, options: Options, *, strict: bool = False) -> Reading:
    """Read an answer's words.

    Parameters
    ----------
    text : str
        The words, without anything that announces them.
    options : Options
        The options as shown.
    strict : bool
        Whether a letter with other words after it is left unread, unless they are its option's own;
        for words that nothing announces as an answer.

    Returns
    -------
    Reading
        An option, or why there is none.
    """
    text = _tidy(text)
    if not _words(text):
        return Reading(None, "empty-answer")
    letter = _LETTER.fullmatch(text)
    if letter:
        return _letter(letter[1], options)
    form = _form(text)
    if form in options.by_form:
        index = options.by_form[form]
        return Reading(index, "ambiguous-text" if index is None else "option-text")
    if len(text) > _LONGEST:
        return Reading(None, "ambiguous-text")
    if _NUMBER.fullmatch(text):
        return Reading(None, "number-not-letter")
    if _ALL_LETTERS.match(text):
        return Reading(None, "template-echo")
    both = _TWO_LETTERS.match(text)
    if both and _are_letters(both, options):
        whole = both[1].upper() == "A" and _index(both[2]) == options.letters - 1
        return Reading(None, "template-echo" if whole else "two-answers")
    start = _LETTER_THEN.match(text)
    if start:
        return _letter_with_text(start[1], start[2], options, strict)
    return _text_then_letter(text, options)


def _tidy(text: str) -> str:
    """One form for look-alike signs, one space for many, no underscores, and a bounded length."""
    shown = INVISIBLE.sub("", text.strip()[: _LONGEST + 1]).replace("_", " ")
    return _SPACES.sub(" ", _LINES.sub("\n", unicodedata.normalize("NFKC", shown))).strip()


def _index(letter: str) -> int:
    return ord(letter.upper()) - ord("A")


def _letter(letter: str, options: Options) -> Reading:
    index = _index(letter)
    if index < options.letters:
        return Reading(index, "letter")
    return Reading(None, "letter-out-of-range")


def _are_letters(both: re.Match[str], options: Options) -> bool:
    """Whether two letters name two options, and are no article, pronoun or part of words."""
    first, second = _index(both[1]), _index(both[2])
    word_follows = re.match(r"\s+[a-z]", both.string[both.end() :]) is not None
    return (
        first != second
        and max(first, second) < options.letters
        and not (both[2] in "AaI" and word_follows)
    )


def _letter_with_text(letter: str, rest: str, options: Options, strict: bool) -> Reading:
    reading = _letter(letter, options)
    firm = _FIRM.match(rest) is not None
    if not firm and _TEMPLATE.search(f"{letter}{rest}"):
        return Reading(None, "template-echo")
    if reading.option is None:
        return reading if firm else Reading(None, "ambiguous-text")
    if any(_index(m[1]) not in _beyond(reading.option, options) for m in _LISTED.finditer(rest)):
        return Reading(None, "two-answers")
    named = _named_by(rest, options)
    if named:
        agree = reading.option in named and (len(named) == 1 or not strict)
        return reading if agree else Reading(None, "letter-and-text-disagree")
    if strict:
        return Reading(None, "ambiguous-text")
    if _BECAUSE.match(rest):
        return reading
    if firm and _names_another(rest, reading.option, options):
        return Reading(None, "letter-and-text-disagree")
    return reading if firm else Reading(None, "ambiguous-text")


def _beyond(option: int, options: Options) -> set[int]:
    """Letters that name no other option than this."""
    return {option, *range(options.letters, _MOST_LETTERS)}


def _text_then_letter(text: str, options: Options) -> Reading:
    match = _THEN_LETTER.fullmatch(text)
    named = options.by_form.get(_form(match[1])) if match else None
    if match is None or named is None:
        echo = _TEMPLATE.search(text) is not None
        return Reading(None, "template-echo" if echo else "ambiguous-text")
    reading = _letter(match[2], options)
    if reading.option in (named, None):
        return reading
    return Reading(None, "letter-and-text-disagree")


def _named_by(rest: str, options: Options) -> frozenset[int]:
    """The options whose text follows a letter: whole, before a comma or stop, or begun."""
    for part in (rest, re.split(r"[.;!?\n]", rest.lstrip(" .)\n"), maxsplit=1)[0]):
        for piece in (part, part.partition(",")[0]):
            index = options.by_form.get(_form(piece))
            if index is not None:
                return frozenset((index,))
    spoken = " ".join(_words(rest))
    if spoken.count(" ") < 2:
        return frozenset()
    return frozenset(i for i, own in enumerate(options.spoken) if own.startswith(f" {spoken}"))


def _names_another(rest: str, option: int, options: Options) -> bool:
    """Whether the words after a letter hold the whole text of another option.

    After a full stop a new sentence begins, which may speak of anything.
    """
    if re.match(r"[\"'*`)\]]*\.", rest):
        return False
    clause = re.split(r"[.;!?\n]", rest.strip(), maxsplit=1)[0]
    spoken = f" {' '.join(_words(clause))} "
    own = options.spoken[option]
    without_own = spoken.replace(own, " ") if own.strip() else spoken
    return any(
        other in (spoken if own in other else without_own)
        for index, other in enumerate(options.spoken)
        if index != option and other.strip()
    )
