"""What a condition tells respondents apart by: those of equal profile share their prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.drawing import profiles
from mores.studies.calibrated_personas.prompt_table import PromptTable, prompt_table
from mores.studies.calibrated_personas.prompting import PersonaTexts

__all__ = ["prompts_of"]

IntArray = NDArray[np.int64]


def prompts_of(
    conditions: Sequence[Condition],
    countries: Sequence[str],
    drawn: Mapping[str, IntArray],
    texts: PersonaTexts,
    partial_personas: int,
) -> PromptTable:
    """The distinct prompts of a study.

    Parameters
    ----------
    conditions : sequence of Condition
    countries : sequence of str
    drawn : mapping of str to ndarray of int64
        Respondents drawn a country, as rows of the population.
    texts : PersonaTexts
    partial_personas : int
        Personas a country of which only some descriptors are given.
    """
    profile: dict[Condition, IntArray] = {}
    known: dict[object, IntArray] = {}
    for condition in conditions:
        if condition.has_personas:
            told = _told_apart_by(condition, texts)
            if told not in known:
                known[told] = _profile(condition, texts)
            profile[condition] = known[told]
    most = {c: partial_personas for c in conditions if not c.whole}
    return prompt_table(conditions, countries, drawn, profile, most)


def _told_apart_by(condition: Condition, texts: PersonaTexts) -> object:
    """What conditions have in common whose profiles are the same."""
    if condition.kind == "sociodemographic":
        return condition.kind, condition.names_country
    return texts.told(condition)


def _profile(condition: Condition, texts: PersonaTexts) -> IntArray:
    """A number for each respondent that those of equal profile have in common, shape (respondents,).

    Of a sociodemographic profile, 0 for respondents who are not described.
    """
    if condition.kind == "sociodemographic":
        said = texts.described(condition.names_country)
        numbers = {text: i for i, text in enumerate(dict.fromkeys(said.values()))}
        found = np.zeros(len(texts.population), np.int64)
        found[list(said)] = [numbers[text] for text in said.values()]
        return found
    columns = [texts.options(item) for item in texts.told(condition)]
    if not columns:
        return np.zeros(len(texts.population), np.int64)
    return profiles(np.stack(columns, axis=1))
