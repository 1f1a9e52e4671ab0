"""Whether a story is in the language asked for, by its script and its common words.

The check is simple and says so: at least `LEAST_SCRIPT` of the letters are of the language's script; and
where the language has a list of common words (``data/story_languages.toml``), at least `LEAST_WORDS`
of the words are on it, and no other list of the same script holds more. Japanese is told from Chinese
by its syllables. A language that is not in the file is not checked. [a decision of this project]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError
from mores.instruments.datafiles import read_data

__all__ = ["LEAST_SCRIPT", "LEAST_WORDS", "is_in_language", "word_count"]

LEAST_SCRIPT = 0.7
LEAST_WORDS = 0.1
_LEAST_KANA = 0.1
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "KHMER", "LAO", "MYANMAR")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class _Known:
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    script: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class _LanguagesFile:
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    schema: Literal[1]
    languages: dict[str, _Known]


def is_in_language(text: str, language: str) -> bool | None:
    """Whether a text is in a language; None if the language is not one that is checked.

    Parameters
    ----------
    text : str
        Some sentences; fewer than about fifty words are told badly.
    language : str
        ISO 639 code.
    """
    known = _known().get(language)
    if known is None:
        return None
    letters = [_script(c) for c in text if c.isalpha()]
    scripts = known.script.split()
    if not letters or sum(s in scripts for s in letters) < LEAST_SCRIPT * len(letters):
        return False
    if "CJK" in scripts:
        kana = sum(s != "CJK" for s in letters) / len(letters)
        return (kana >= _LEAST_KANA) == (language == "ja")
    words = [w.lower() for w in _WORD.findall(text)]
    rivals = {c: k for c, k in _known().items() if k.words and k.script == known.script}
    if language not in rivals:
        return True
    shares = {code: sum(w in _words(code) for w in words) / len(words) for code in rivals}
    return shares[language] >= max(LEAST_WORDS, *shares.values())


def word_count(text: str) -> int:
    """Words of a text; in scripts without spaces two letters make one [a decision of this project]."""
    letters = sum(c.isalpha() and _script(c) in _UNSPACED for c in text)
    if not letters:
        return len(_WORD.findall(text))
    spaced = "".join(" " if _script(c) in _UNSPACED else c for c in text)
    return letters // 2 + len(_WORD.findall(spaced))


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    return unicodedata.name(character, "?").partition(" ")[0]


@cache
def _words(language: str) -> frozenset[str]:
    return frozenset(_known()[language].words.split())


@cache
def _known() -> Mapping[str, _Known]:
    name = "story_languages.toml"
    return read_data("mores.coding", name, TypeAdapter(_LanguagesFile), InstrumentError).languages
