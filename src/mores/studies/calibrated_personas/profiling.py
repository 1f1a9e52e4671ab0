"""What a condition tells respondents apart by: those of equal profile share their prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

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
    most = {c: partial_personas for c in conditions if not c.whole}
    return prompt_table(conditions, countries, drawn, partial(_profile, texts), most)


def _profile(texts: PersonaTexts, condition: Condition) -> IntArray:
    """A number for each respondent that those of equal profile have in common, shape (respondents,).

    It is 0 for those who are not described.
    """
    found = np.zeros(len(texts.population), np.int64)
    if condition.kind == "sociodemographic":
        said = texts.described(condition.names_country)
        numbers = {text: i for i, text in enumerate(dict.fromkeys(said.values()))}
        found[list(said)] = [numbers[text] for text in said.values()]
        return found
    columns = [texts.options(item)[texts.rows] for item in texts.told(condition)]
    if columns:
        found[texts.rows] = profiles(np.stack(columns, axis=1))
    return found
