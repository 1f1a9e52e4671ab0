"""From replies to biographies, and to second readings; or why not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from mores.coding.finish import CUT_OFF, FILTERED, stopped
from mores.coding.json_objects import Cut, Value, find_objects
from mores.coding.refusals import is_refusal
from mores.coding.story_language import is_in_language, word_count
from mores.coding.thinking import INVISIBLE, set_aside_thinking
from mores.errors import InstrumentError
from mores.instruments.countries import country_of
from mores.instruments.labels import fold
from mores.keys import digest
from mores.personas.biographies import (
    EDUCATIONS,
    LONGEST,
    OCCUPATIONS,
    OLDEST,
    SETTLEMENTS,
    SEXES,
    SHORTEST,
    UNCLEAR,
    YOUNGEST,
    Demographics,
)
from mores.personas.grid import configuration
from mores.personas.persons import in_person
from mores.personas.variables import N_VARIABLES, Variable, variables
from mores.records import Reply

__all__ = ["FAULTS", "Draft", "draft_in", "reading_in", "story_key"]

FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "refused": "the model declines, or its server filtered the reply",
        "no-json": "no JSON object with a story",
        "cut-off": "the reply ends in the middle of the object",
        "server-refused": "the server refuses the request for good, and there is no reply",
        "empty": "no words at all, or a story without any",
        "too-short": f"a story of fewer than {SHORTEST} words",
        "too-long": f"a story of more than {LONGEST} words",
        "other-language": "a story in another language than asked for",
        "identical": "the same story as another biography's, but for case, spacing and punctuation",
        "age": f"an age that is no whole number from {YOUNGEST} to {OLDEST}, or none",
        "sex": "a sex outside the scheme, or none",
        "education": "an education outside the scheme, or none",
        "occupation": "an occupation outside the scheme, or none",
        "settlement": "a settlement outside the scheme, or none",
        "country": "a country that is none",
    }
)
"""Why a draft cannot be used."""

_SCHEMES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "sex": SEXES,
        "education": tuple(EDUCATIONS),
        "occupation": tuple(OCCUPATIONS),
        "settlement": SETTLEMENTS,
    }
)
_STORY_KEYS = ("story", "biography", "life_story", "text")
_DEEPEST = 3
_KEPT = 8_000
_WORDS = re.compile(r"\w+")
_COPIED = 7

Pairs = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reply gives as a biography.

    Attributes
    ----------
    demographics : Demographics or None
        None if one of them is a fault.
    text : str
        The story without invisible and control characters, its first 8,000 characters; empty if
        there is none.
    faults : tuple of str
        Codes of `FAULTS`; empty for a draft that can be used.
    flags : tuple of str
        ``leak:VARIABLE`` where the story quotes the label of the configuration's level word for
        word, ``copied:VARIABLE`` where seven words in a row are those of its statement.
    """

    demographics: Demographics | None
    text: str
    faults: tuple[str, ...]
    flags: tuple[str, ...] = ()


def draft_in(reply: Reply, index: int, language: str = "en") -> Draft:
    """The biography in a reply.

    Whether the story is another's is not looked at here; see `story_key`.

    Parameters
    ----------
    reply : Reply
        One with words; hostile text.
    index : int
        The configuration that was asked for, 0 … 93,311.
    language : str
        ISO 639 code of the language that was asked for.
    """
    if stopped(reply.finish) in FILTERED:
        return Draft(None, "", ("refused",))
    said = set_aside_thinking(INVISIBLE.sub("", reply.text or "")).text.strip()
    if not said:
        cut = stopped(reply.finish) in CUT_OFF
        return Draft(None, "", ("cut-off" if cut else "empty",))
    fields = _fields(said)
    if fields is None:
        return Draft(None, "", (_without_object(said, reply),))
    story = fields.get("story")
    if isinstance(story, Cut):
        return Draft(None, "", ("cut-off",))
    text = _cleaned(story) if isinstance(story, str) else ""
    demographics, faults = _demographics(fields)
    faults += _story_faults(text, language)
    flags = _flags(text, index) if text else ()
    return Draft(demographics, text[:_KEPT], tuple(faults), flags)


def story_key(text: str) -> bytes:
    """The same for two stories exactly if they differ in case, spacing and punctuation alone."""
    return digest(" ".join(_WORDS.findall(text.casefold())))


def reading_in(reply: Reply) -> tuple[int, ...] | None:
    """The level of each variable in a reply to a second reading.

    Returns
    -------
    tuple of int or None
        `mores.personas.biographies.UNCLEAR` for a variable that the reader found unclear, did not
        answer, or answered with something else, or twice and differently. None if the reply holds
        no JSON object with any of the variables: then it is no reading.
    """
    said = set_aside_thinking(INVISIBLE.sub("", reply.text or "")).text
    known = {_plain(name): v for v in variables() for name in (v.id, v.name)}
    best: dict[str, set[int]] = {}
    for pairs in _objects(said):
        found: dict[str, set[int]] = {}
        for key, value in pairs:
            variable = known.get(_plain(key))
            if variable is not None:
                found.setdefault(variable.id, set()).add(_level(variable, value))
        if len(found) >= len(best):  # the last, where several are as full
            best = found
    if not best:
        return None
    read = [best.get(variable.id, {UNCLEAR}) for variable in variables()]
    assert len(read) == N_VARIABLES
    return tuple(levels.pop() if len(levels) == 1 else UNCLEAR for levels in read)


def _level(variable: Variable, value: Value) -> int:
    if isinstance(value, str):
        for place, level in enumerate(variable.levels):
            if _plain(value) in (_plain(level.id), _plain(level.label)):
                return place
    return UNCLEAR


def _plain(text: str) -> str:
    return fold(text).replace(" ", "")


def _objects(said: str) -> list[Pairs]:
    """Every object in a text, and those in them: some models wrap the answer in another."""
    found = []
    for outer in find_objects(said):
        last = [outer.pairs]
        found += last
        for _ in range(_DEEPEST):
            last = [v for pairs in last for _, v in pairs if isinstance(v, tuple)]
            found += last
    return found


def _fields(said: str) -> dict[str, Value] | None:
    """The fields of the last outermost object with a story, those of nested objects among them."""
    for outer in reversed(find_objects(said)):
        fields: dict[str, Value] = {}
        last = [outer.pairs]
        for _ in range(_DEEPEST):
            for pairs in last:
                for key, value in pairs:
                    name = key.strip().lower().replace(" ", "_")
                    name = "story" if name in _STORY_KEYS else name
                    if not isinstance(value, tuple):
                        fields.setdefault(name, value)
            last = [v for pairs in last for _, v in pairs if isinstance(v, tuple)]
        if "story" in fields:
            return fields
        if not outer.complete:
            return {"story": Cut("")}
    return None


def _without_object(said: str, reply: Reply) -> str:
    if is_refusal(said):
        return "refused"
    return "cut-off" if stopped(reply.finish) in CUT_OFF else "no-json"


def _cleaned(text: str) -> str:
    """Without what no file can store and no terminal should see."""
    kept = (c for c in INVISIBLE.sub("", text) if c in "\n\t" or _shown(c))
    return "".join(kept).strip()


def _shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs", "Cn")


def _demographics(fields: Mapping[str, Value]) -> tuple[Demographics | None, list[str]]:
    faults = []
    age = _age(fields.get("age"))
    if age is None:
        faults.append("age")
    given = {name: _one_of(fields.get(name), allowed) for name, allowed in _SCHEMES.items()}
    faults += [name for name, value in given.items() if value is None]
    country = fields.get("country")
    code = _country(country)
    if code == "":
        faults.append("country")
    if faults or age is None:
        return None, faults
    return Demographics(age, country=code, **{k: v or "" for k, v in given.items()}), []


def _age(value: Value) -> int | None:
    text = str(value).strip() if isinstance(value, int | str) else ""
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{2}", text):
        return None
    return int(text) if YOUNGEST <= int(text) <= OLDEST else None


def _one_of(value: Value, allowed: Sequence[str]) -> str | None:
    if not isinstance(value, str):
        return None
    word = value.strip().lower().replace("_", "-").replace(" ", "-")
    return word if word in allowed else None


def _country(value: Value) -> str | None:
    """The code of a country; None where none is given, empty where it is none."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str) or value.strip().isdigit():
        return ""
    try:
        return country_of(value.strip()).code
    except InstrumentError:
        return ""


def _story_faults(text: str, language: str) -> list[str]:
    n = word_count(text)
    if n == 0:
        return ["empty"]
    faults = ["too-short"] if n < SHORTEST else ["too-long"] if n > LONGEST else []
    if is_in_language(text, language) is False:
        faults.append("other-language")
    return faults


def _flags(text: str, index: int) -> tuple[str, ...]:
    plain = f" {fold(text)} "
    found = []
    for variable, place in zip(variables(), configuration(index), strict=True):
        level = variable.levels[place]
        if f" {fold(level.label)} " in plain:
            found.append(f"leak:{variable.id}")
        words = fold(in_person(variable, level, "third").statement).split()
        runs = (words[i : i + _COPIED] for i in range(len(words) - _COPIED + 1))
        if any(f" {' '.join(run)} " in plain for run in runs):
            found.append(f"copied:{variable.id}")
    return tuple(found)
