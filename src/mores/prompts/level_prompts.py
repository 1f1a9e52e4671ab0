"""How a model is asked to score the levels of the cultural variables on the moral foundations.

One prompt asks for one level of one variable and one foundation, from 1 to 5, so that 32 × 6 = 192
answers make the matrix from which `mores.measures.moral_foundations` infers the profile of every
configuration. The paper's own prompt is not public: the words are this project's. No prompt says what is
expected, and none shows another level, variable or foundation to compare with.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import PromptError
from mores.instruments.datafiles import read_data
from mores.instruments.mfq2 import Foundation
from mores.personas.variables import Level, Variable
from mores.prompts.templates import TemplateSet, template_set

__all__ = ["SCORES", "TEMPLATE", "level_prompt", "score_labels"]

SCORES = ("1", "2", "3", "4", "5")
"""What a score is answered as, ascending."""

TEMPLATE = "level_scores.j2"


@dataclass(frozen=True, slots=True)
class _AnswersFile:
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    schema: Literal[1]
    answers: tuple[str, ...]


@cache
def score_labels() -> tuple[str, ...]:
    """What `SCORES` mean, in words.

    Raises
    ------
    PromptError
        If the package's data file is damaged.
    """
    name = "level_scores.toml"
    found = read_data("mores.prompts", name, TypeAdapter(_AnswersFile), PromptError).answers
    if len(set(found)) != len(SCORES) or len(found) != len(SCORES):
        raise PromptError(
            f"{name}: {len(found)} answers; it must have {len(SCORES)} different ones: restore the "
            "file or install mores again"
        )
    return found


def level_prompt(
    variable: Variable,
    level: Level,
    foundation: Foundation,
    templates: TemplateSet | None = None,
) -> str:
    """The user message that asks for the score of a level on a foundation.

    Parameters
    ----------
    variable : Variable
    level : Level
        Of that variable.
    foundation : Foundation
    templates : TemplateSet, optional
        Of the protocol ``grounded_personas``; the shipped ones when None.

    Returns
    -------
    str

    Raises
    ------
    PromptError
        If the template cannot be rendered.
    """
    used = template_set("en", "grounded_personas") if templates is None else templates
    known = {
        "variable": variable.name,
        "gloss": variable.gloss,
        "level": level.label,
        "statement": level.statement,
        "foundation": foundation.label,
        "definition": foundation.definition,
        "scale": list(zip(SCORES, score_labels(), strict=True)),
    }
    return used.render(TEMPLATE, known)
