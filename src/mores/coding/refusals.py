"""Refusals, told by their wording.

The wordings are data, by language (``data/refusals.toml``), read once when first needed. They are
asked only where a reply holds no valid answer: a reply that hedges and answers is an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

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
    import tomllib
    from importlib.resources import files

    text = files("mores.coding").joinpath("data/refusals.toml").read_text(encoding="utf-8")
    return {
        language: Wording(
            opening=_one_of(table["opening"], table.get("parts", {})),
            anywhere=_one_of(table["anywhere"], table.get("parts", {})),
            words=frozenset(_plain(word) for word in table["words"]),
            nothing=frozenset(_plain(word) for word in table["nothing"]),
        )
        for language, table in tomllib.loads(text)["languages"].items()
    }


def _one_of(expressions: Iterable[str], parts: Mapping[str, str]) -> re.Pattern[str]:
    def whole(expression: str) -> str:
        return _PART.sub(lambda part: whole(parts[part[1]]), expression)

    return re.compile("|".join(f"(?:{whole(expression)})" for expression in expressions))


def _plain(text: str) -> str:
    """Small letters, straight apostrophes, single spaces, no signs around."""
    spaced = " ".join(text[:_SEARCHED].lower().replace("’", "'").replace("‘", "'").split())
    return spaced.strip(" .,;:!?\"'`*_()[]{}<>#-–—")


def is_refusal(text: str) -> bool:
    """Whether a text declines to answer, in any language that the data file knows.

    Parameters
    ----------
    text : str
        Words in which no valid answer was found.

    Returns
    -------
    bool
        True if it opens with, or holds within its first 1,500 characters, a wording that declines.
    """
    plain = _plain(text)
    return any(
        wording.opening.match(plain) is not None or wording.anywhere.search(plain) is not None
        for wording in load_wordings().values()
    )


def declines(answer: str) -> bool:
    """Whether an answer's words are nothing but a refusal, such as ``refuse``."""
    return _is_among(answer, "words")


def says_nothing(answer: str) -> bool:
    """Whether an answer's words are nothing but a sign for none, such as ``N/A``."""
    return _is_among(answer, "nothing")


def _is_among(answer: str, kind: str) -> bool:
    if len(answer) > _SEARCHED:
        return False
    plain = _plain(answer)
    return any(plain in getattr(wording, kind) for wording in load_wordings().values())
