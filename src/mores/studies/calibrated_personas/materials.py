"""A study file with everything it names read: what a design asks with and tables speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mores.instruments.survey import Item
from mores.personas.descriptors import given_away
from mores.populations.expected_indicators import INDICATOR_QUESTIONS
from mores.prompts.scale_questions import orders_of
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.file import CalibratedPersonasFile
from mores.studies.calibrated_personas.prompt_table import PromptTable
from mores.studies.calibrated_personas.prompting import PersonaTexts
from mores.studies.calibrated_personas.responses import Observed
from mores.studies.humans import Humans

__all__ = ["Materials"]


@dataclass(frozen=True)
class Materials:
    """A resolved study's data.

    Attributes
    ----------
    file : CalibratedPersonasFile
    humans : Humans
    observed : Observed
        The humans' answers to the targets, in the study's countries.
    texts : PersonaTexts
        Writes the system messages.
    drawn : mapping of str to ndarray of int64
        Respondents drawn a country, as rows of the population.
    prompts : PromptTable
    """

    file: CalibratedPersonasFile
    humans: Humans
    observed: Observed
    texts: PersonaTexts
    drawn: Mapping[str, NDArray[np.int64]]
    prompts: PromptTable

    @property
    def targets(self) -> tuple[Item, ...]:
        """The target questions."""
        return self.observed.questions

    @cached_property
    def indicators(self) -> tuple[Item, ...]:
        """The questions by which a model is placed on the map; none if the file leaves them out."""
        if not self.file.questions.map:
            return ()
        items = self.observed.population.instrument
        return tuple(items.item(name) for name in INDICATOR_QUESTIONS)

    @cached_property
    def questions(self) -> tuple[Item, ...]:
        """All that is asked: targets, then indicators that are not among them."""
        targets = {item.id for item in self.targets}
        return (*self.targets, *(item for item in self.indicators if item.id not in targets))

    @cached_property
    def orders(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """The orders of each question's options."""
        return tuple(orders_of(item, self.file.asking.orders) for item in self.questions)

    def orders_asked(self, condition: Condition, question: int) -> int:
        """In how many orders each prompt of a condition shows a question's options."""
        one = self.file.asking.orders == "latin-square" and condition.has_personas
        return 1 if one else len(self.orders[question])

    @cached_property
    def used(self) -> NDArray[np.bool_]:
        """Whether a question is asked for a country, shape (countries, questions)."""
        targets = self.observed.used
        rest = np.ones((len(targets), len(self.questions) - targets.shape[1]), np.bool_)
        return np.concatenate([targets, rest], axis=1)

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """Whether a question is asked under a condition, shape (conditions, questions).

        The questions that place a model on the map are not asked of whom they may be a part, nor of
        personas of which only some descriptors are given.
        """
        found = np.ones((len(self.prompts.conditions), len(self.questions)), np.bool_)
        for row, condition in zip(found, self.prompts.conditions, strict=True):
            told = self.texts.told(condition)
            row[len(self.targets) :] &= condition.kind not in ("value", "few-shot")
            away = given_away(told) if told else frozenset()
            row &= [item.id not in away for item in self.questions]
        return found

    @cached_property
    def asked(self) -> NDArray[np.bool_]:
        """Whether a prompt is followed by a question, shape (prompts, questions)."""
        return (self.prompts.serves() @ self.used) & self.allowed[self.prompts.condition]

    def asked_of(self, condition: Condition, country: str) -> NDArray[np.bool_]:
        """Which targets a condition is asked about for a country, shape (targets,)."""
        c = self.prompts.conditions.index(condition)
        g = self.prompts.countries.index(country)
        found: NDArray[np.bool_] = (self.used[g] & self.allowed[c])[: len(self.targets)]
        return found
