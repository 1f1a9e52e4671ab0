"""How a model is asked to write a biography, to write it again, and to read one.

The prompts are this project's own: the paper prints none in what was open to it. The writer sees each
variable's gloss and the belief as a statement about the person, never the names of variables and levels;
the reader sees the story, and what each level means; the repair names what was misunderstood by its
gloss, and not what the reader took it for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from mores.errors import PromptError
from mores.instruments.languages import Language, language_of
from mores.instruments.validation import shown
from mores.personas.biographies import (
    CONTRADICTS,
    EDUCATIONS,
    OCCUPATIONS,
    OLDEST,
    SETTLEMENTS,
    SEXES,
    UNCLEAR_IN,
    YOUNGEST,
)
from mores.personas.grid import configuration
from mores.personas.persons import in_person
from mores.personas.variables import variables
from mores.prompts.templates import template_set

__all__ = [
    "ASKED_WORDS",
    "STORY",
    "UNCLEAR_WORD",
    "biography_schema",
    "prompts_digest",
    "reading_request",
    "reading_schema",
    "repair_request",
    "story_language",
    "writing_request",
]

ASKED_WORDS = (90, 160)
"""How long a story is asked to be, in words."""

STORY = "story"
"""The key of the story in a reply."""

UNCLEAR_WORD = "unclear"
"""What a reader answers where a story does not tell."""

_PROTOCOL = "biographies"

_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "no-json": "The answer was not one JSON object with the keys asked for.",
        "empty": "There was no story.",
        "too-short": "The story was too short.",
        "too-long": "The story was too long.",
        "other-language": "The story was not in the language asked for.",
        "identical": "Another biography has the same story, word for word; invent another person.",
        "age": f"age must be a whole number from {YOUNGEST} to {OLDEST}.",
        "sex": "sex was none of the words allowed.",
        "education": "education was none of the words allowed.",
        "occupation": "occupation was none of the words allowed.",
        "settlement": "settlement was none of the words allowed.",
        "country": "country was no country; give its English name, or an empty text.",
        "cut-off": "The answer ended in the middle.",
        "refused": "There was no biography; the person is invented, and no view of yours is asked.",
    }
)


def story_language(code: str) -> Language:
    """The language of stories that a code or a name stands for.

    Raises
    ------
    PromptError
        If it stands for none.
    """
    found = language_of(code)
    if found is None:
        raise PromptError(f"language {shown(code)} is not known; give its ISO 639 code, such as en")
    return found


def writing_request(index: int, language: str = "en") -> str:
    """What a model is asked for a biography of a configuration.

    Parameters
    ----------
    index : int
        0 … 93,311.
    language : str
        ISO 639 code or name of the story's language; the request itself is in English.

    Raises
    ------
    PersonaError
        If there is no such configuration.
    PromptError
        If there is no such language.
    """
    beliefs = [
        (variable.long_gloss, in_person(variable, variable.levels[level], "third").statement)
        for variable, level in zip(variables(), configuration(index), strict=True)
    ]
    fewest, most = ASKED_WORDS
    return _rendered(
        "write.j2",
        beliefs=beliefs,
        language=story_language(language).name,
        youngest=YOUNGEST,
        oldest=OLDEST,
        sexes=SEXES,
        educations=[*EDUCATIONS.items()],
        occupations=[*OCCUPATIONS.items()],
        settlements=SETTLEMENTS,
        fewest=fewest,
        most=most,
    )


def repair_request(faults: Sequence[str]) -> str:
    """What a model is told whose biography cannot be used.

    Parameters
    ----------
    faults : sequence of str
        Codes of `mores.coding.biography_replies.FAULTS`, and ``contradicts:VARIABLE`` and
        ``unclear:VARIABLE``; variables are told by their glosses.
    """
    glosses = {variable.id: variable.long_gloss for variable in variables()}
    return _rendered(
        "repair.j2",
        faults=[_FAULTS[fault] for fault in faults if fault in _FAULTS],
        contradicted=_named(faults, CONTRADICTS, glosses),
        unclear=_named(faults, UNCLEAR_IN, glosses),
    )


def _named(faults: Sequence[str], prefix: str, glosses: Mapping[str, str]) -> list[str]:
    return [glosses[f.removeprefix(prefix)] for f in faults if f.startswith(prefix)]


def reading_request(story: str) -> str:
    """What a model is asked for a second reading of a story.

    Parameters
    ----------
    story : str
        As a model wrote it; it stands between two lines, and is said to be no instruction.
    """
    told = [
        replace(v, levels=tuple(in_person(v, level, "third") for level in v.levels))
        for v in variables()
    ]
    inside = story.replace("=====", "-----")  # else it could end the block that it stands in
    return _rendered("read.j2", story=inside, variables=told, unclear=UNCLEAR_WORD)


def biography_schema() -> dict[str, Any]:
    """JSON Schema of the answer to `writing_request`."""
    fields = {
        "age": {"type": "integer", "minimum": YOUNGEST, "maximum": OLDEST},
        "sex": {"type": "string", "enum": [*SEXES]},
        "education": {"type": "string", "enum": [*EDUCATIONS]},
        "occupation": {"type": "string", "enum": [*OCCUPATIONS]},
        "settlement": {"type": "string", "enum": [*SETTLEMENTS]},
        "country": {"type": "string"},
        STORY: {"type": "string"},
    }
    return _object(fields)


def reading_schema() -> dict[str, Any]:
    """JSON Schema of the answer to `reading_request`."""
    return _object(
        {
            variable.id: {
                "type": "string",
                "enum": [*(level.id for level in variable.levels), UNCLEAR_WORD],
            }
            for variable in variables()
        }
    )


def prompts_digest() -> str:
    """SHA-256 of the templates in effect."""
    return template_set("en", _PROTOCOL).digest()


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(fields),
        "required": [*fields],
        "additionalProperties": False,
    }


def _rendered(name: str, **context: object) -> str:
    return template_set("en", _PROTOCOL).render(name, context)
