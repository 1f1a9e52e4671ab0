"""Refusals, told by their wording.

The wordings are data, by language (``data/refusals.toml``), read once when first needed. A text is
compared with those of the language that it was asked for in, and of English. They decide only where a
reply holds no valid answer: a reply that hedges and answers is an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mores.coding.scripts import fold

__all__ = ["Wording", "declines", "is_refusal", "load_wordings", "says_nothing"]

_PART = re.compile("<([a-z]+)>")
_SEARCHED = 1500
"""How much of a text's beginning is searched: a refusal comes first."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How one language declines.

    Attributes
    ----------
    opening : pattern
        Matches at the start of a text that declines.
    anywhere : pattern
        Matches within a text that declines.
    words : frozenset of str
        Answers that decline by themselves.
    nothing : frozenset of str
        Answers that say that there is none.
    """

    opening: re.Pattern[str]
    anywhere: re.Pattern[str]
    words: frozenset[str]
    nothing: frozenset[str]


@cache
def load_wordings() -> dict[str, Wording]:
    """The wordings of all languages in the data file, by language code."""
    return {language: _wording(language) for language in _tables()}


@cache
def _tables() -> Mapping[str, Mapping[str, Any]]:
    import tomllib
    from importlib.resources import files

    text = files("mores.coding").joinpath("data/refusals.toml").read_text(encoding="utf-8")
    languages: dict[str, Mapping[str, Any]] = tomllib.loads(text)["languages"]
    return languages


@cache
def _wording(language: str) -> Wording:
    table = _tables()[language]
    plain: Callable[[str], str] = _plain if language == "en" else _folded
    letters: Callable[[str], str] = str if language == "en" else fold
    parts = {name: letters(part) for name, part in table.get("parts", {}).items()}
    return Wording(
        opening=_one_of(map(letters, table["opening"]), parts),
        anywhere=_one_of(map(letters, table["anywhere"]), parts),
        words=frozenset(map(plain, table["words"])),
        nothing=frozenset(map(plain, table["nothing"])),
    )


def _compared(text: str, language: str) -> list[tuple[Wording, str]]:
    """The wordings that a text is compared with, each with the text in its form."""
    compared = [(_wording("en"), _plain(text))]
    if language != "en" and language in _tables():
        compared.append((_wording(language), _folded(text)))
    return compared


def _one_of(expressions: Iterable[str], parts: Mapping[str, str]) -> re.Pattern[str]:
    def whole(expression: str) -> str:
        return _PART.sub(lambda part: whole(parts[part[1]]), expression)

    return re.compile("|".join(f"(?:{whole(expression)})" for expression in expressions))


def _plain(text: str) -> str:
    """Small letters, straight apostrophes, single spaces, no signs around."""
    spaced = " ".join(text[:_SEARCHED].lower().replace("’", "'").replace("‘", "'").split())
    return spaced.strip(" .,;:!?。！？।؟،\"'`*_()[]{}<>#-–—")


def _folded(text: str) -> str:
    """The same, with the letters of any script in their plain form."""
    return _plain(fold(text[:_SEARCHED]))


def is_refusal(text: str, language: str = "en") -> bool:
    """Whether a text declines to answer.

    Parameters
    ----------
    text : str
        Words in which no valid answer was found.
    language : str, optional
        ISO 639-1 code of a language that it may be in, besides English.

    Returns
    -------
    bool
        True if it opens with, or holds within its first 1,500 characters, a wording that declines.
    """
    return any(
        wording.opening.match(plain) is not None or wording.anywhere.search(plain) is not None
        for wording, plain in _compared(text, language)
    )


def declines(answer: str, language: str = "en") -> bool:
    """Whether an answer's words are nothing but a refusal, such as ``refuse``."""
    return _is_among(answer, "words", language)


def says_nothing(answer: str, language: str = "en") -> bool:
    """Whether an answer's words are nothing but a sign for none, such as ``N/A``."""
    return _is_among(answer, "nothing", language)


def _is_among(answer: str, kind: str, language: str) -> bool:
    if len(answer) > _SEARCHED:
        return False
    return any(plain in getattr(wording, kind) for wording, plain in _compared(answer, language))
