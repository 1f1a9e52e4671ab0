"""The offline reader: which level of each variable a story tells, by cues that know no configuration.

A cue is a row of words that a level's people say or do, such as "pray* ~ every"; see
``data/biography_cues.toml``. The reader searches the whole story for the cues of all levels, so that
what stands in the place of a sentence does not matter, and two levels of a variable in one story are
told from one. It reads English, and it is made for plain stories: what a language model writes needs a
language model to read, since a story may tell a level without any of its cues.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import PersonaError
from mores.instruments.datafiles import parse_data, read_data
from mores.personas.biographies import UNCLEAR, Reading
from mores.personas.variables import variables

__all__ = ["OFFLINE_READER", "parse_cues", "read_offline"]

OFFLINE_READER = "offline reader"

_MOST_CHARACTERS = 20_000
_GAP = r"(?:[\w'’-]++[,:]?\s++){0,5}?"
_PART = re.compile(r"[a-z'’-]+\*?(?:\|[a-z'’-]+\*?)*|~")


@dataclass(frozen=True, slots=True)
class _Cue:
    """A cue's pattern, and letters without which it is in no story: most are ruled out by them."""

    letters: str
    pattern: re.Pattern[str]


Cues = tuple[tuple[tuple[_Cue, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class _CuesFile:
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    schema: Literal[1]
    cues: dict[str, dict[str, tuple[str, ...]]]


def read_offline(text: str) -> Reading:
    """What a story tells of the ten variables.

    Parameters
    ----------
    text : str
        Of any length; the first 20,000 characters are read.

    Returns
    -------
    Reading
        `mores.personas.biographies.UNCLEAR` for a variable of which no level, or more than one, was
        found.
    """
    said = " ".join(text[:_MOST_CHARACTERS].lower().split())
    return Reading(OFFLINE_READER, tuple(_level(levels, said) for levels in _cues()))


def _level(levels: tuple[tuple[_Cue, ...], ...], said: str) -> int:
    found = [
        place
        for place, cues in enumerate(levels)
        if any(cue.letters in said and cue.pattern.search(said) for cue in cues)
    ]
    return found[0] if len(found) == 1 else UNCLEAR


@cache
def _cues() -> Cues:
    name = "biography_cues.toml"
    return _compiled(read_data("mores.personas", name, TypeAdapter(_CuesFile), PersonaError).cues)


def parse_cues(text: str, name: str) -> Cues:
    """The cues of a TOML text in the form of the package's own file, by variable and level.

    Raises
    ------
    PersonaError
        If it is damaged, lacks a level, or holds something that is no cue.
    """
    return _compiled(parse_data(text, name, TypeAdapter(_CuesFile), PersonaError).cues)


def _compiled(cues: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Cues:
    wanted = {(v.id, level.id) for v in variables() for level in v.levels}
    given = {(v, level) for v, levels in cues.items() for level, rows in levels.items() if rows}
    odd = sorted(wanted ^ given)
    if odd:
        raise PersonaError(
            f"biography_cues.toml: {'/'.join(odd[0])} is missing or unknown; give every level cues"
        )
    return tuple(
        tuple(tuple(map(_cue, cues[variable.id][level.id])) for level in variable.levels)
        for variable in variables()
    )


def _cue(row: str) -> _Cue:
    parts = row.split()
    if not parts or "~" in (parts[0], parts[-1]) or not all(map(_PART.fullmatch, parts)):
        raise PersonaError(
            f"biography_cues.toml: {row!r} is no cue; write small words, with * at the end of one, | "
            "between two, and ~ between words"
        )
    alone = [part.rstrip("*") for part in parts if "|" not in part and part != "~"]
    return _Cue(max(alone, key=len, default=""), re.compile(_pattern(parts)))


def _pattern(parts: Sequence[str]) -> str:
    pattern = ""
    for place, part in enumerate(parts):
        if part == "~":
            pattern += _GAP
            continue
        first, last = place == 0, place == len(parts) - 1
        pattern += _words(part, first) + (r"(?![\w’'])" if last else r"[,:]?\s++")
    return pattern


def _words(part: str, first: bool) -> str:
    stems = [word.rstrip("*") for word in part.split("|")]
    ends = [r"[\w'’-]*+" if word.endswith("*") else "" for word in part.split("|")]
    # A pattern that begins with its letters is searched far faster than one that begins with \b.
    starts = [rf"(?<=\b{stem})" if first else "" for stem in stems]
    either = "|".join(map("".join, zip(stems, starts, ends, strict=True)))
    return either if len(stems) == 1 else f"(?:{either})"
