"""Short lists of words by which texts are checked, and how often a text has words of a list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.instruments.datafiles import read_data

__all__ = ["WordLists", "count_of", "word_lists"]


@dataclass(frozen=True, slots=True)
class WordLists:
    """Lists of English words and phrases; short, and never complete.

    Attributes
    ----------
    british, american : tuple of str
        Spellings that are one side's alone.
    brands : tuple of str
        Names of well-known brands, platforms and parties.
    hedges, boosters, negations, numbers : tuple of str
        Words that weaken, that strengthen, that deny, and that count.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    schema: Literal[1]
    british: tuple[str, ...]
    american: tuple[str, ...]
    brands: tuple[str, ...]
    hedges: tuple[str, ...]
    boosters: tuple[str, ...]
    negations: tuple[str, ...]
    numbers: tuple[str, ...]


@cache
def word_lists() -> WordLists:
    """The lists that come with the package.

    Raises
    ------
    InstrumentError
        If the package's data file is damaged.
    """
    return read_data("mores.studies.dilemma_quality", "words.toml", TypeAdapter(WordLists))


def count_of(phrases: tuple[str, ...], text: str) -> int:
    """How often a text has one of the phrases, in whatever case."""
    return len(_pattern(phrases).findall(text))


@cache
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b", re.IGNORECASE)
