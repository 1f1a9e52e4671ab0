"""A study file with everything it names read: who is asked, what, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mores.instruments.mfq2 import FOUNDATIONS, MoralFoundationsQuestionnaire
from mores.personas.biographies import Biography
from mores.personas.catalogue import Persona
from mores.personas.configuration_samples import ConfigurationSample
from mores.personas.grid import N_CONFIGURATIONS, configuration, levels_of
from mores.personas.rendering import render_persona
from mores.personas.variables import Level, Variable, variables
from mores.prompts.scale_questions import orders_of
from mores.prompts.templates import TemplateSet
from mores.studies.grounded_personas.file import Form, GroundedPersonasFile
from mores.studies.grounded_personas.questions import Question
from mores.studies.humans import Humans

__all__ = ["LEVELS", "Materials", "Prompt"]

IntArray = NDArray[np.int64]

LEVELS: tuple[tuple[Variable, Level], ...] = tuple(
    (variable, level) for variable in variables() for level in variable.levels
)
"""The 32 levels, by variable."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system message: a form and a configuration, or neither."""

    form: Form | None
    configuration: int


@dataclass(frozen=True, eq=False)
class Materials:
    """A resolved study's data.

    Prompts are numbered 0 for the model without a persona, then by form and configuration, whether
    these are asked or not: ``1 + form * 93312 + configuration``.

    Attributes
    ----------
    file : GroundedPersonasFile
    humans : Humans
    sample : ConfigurationSample
        The configurations, as they were drawn.
    questions : tuple of Question
    questionnaire : MoralFoundationsQuestionnaire
    biographies : mapping of int to Biography
        Accepted ones by configuration, of those asked, where a form needs them.
    templates : TemplateSet
    """

    file: GroundedPersonasFile
    humans: Humans
    sample: ConfigurationSample
    questions: tuple[Question, ...]
    questionnaire: MoralFoundationsQuestionnaire
    biographies: Mapping[int, Biography]
    templates: TemplateSet

    @property
    def forms(self) -> tuple[Form, ...]:
        """What personas are told."""
        return self.file.personas.forms

    @property
    def n_prompts(self) -> int:
        """Prompts of the full grid."""
        return 1 + len(self.forms) * N_CONFIGURATIONS

    @cached_property
    def ascending(self) -> IntArray:
        """The configurations asked, each once, shape (N,)."""
        return np.unique(self.sample.indices)

    @cached_property
    def levels(self) -> NDArray[np.int8]:
        """Level indices of `ascending`, shape (N, 10)."""
        return levels_of(self.ascending)

    def of_form(self, form: Form) -> IntArray:
        """The configurations asked in a form, ascending: of biographies those that have one."""
        if form == "configuration":
            return self.ascending
        there = np.fromiter(self.biographies, np.int64, len(self.biographies))
        return np.intersect1d(self.ascending, there, assume_unique=True)

    @cached_property
    def prompts(self) -> IntArray:
        """Prompts asked, ascending, the one without a persona among them."""
        parts = [1 + f * N_CONFIGURATIONS + self.of_form(x) for f, x in enumerate(self.forms)]
        return np.concatenate([np.zeros(1, np.int64), *parts])

    def prompt(self, number: int) -> Prompt:
        """The prompt of a number."""
        if number == 0:
            return Prompt(None, -1)
        form, configuration = divmod(number - 1, N_CONFIGURATIONS)
        return Prompt(self.forms[form], configuration)

    def told(self, number: int) -> dict[str, str]:
        """What a prompt's system message is made of: ``configuration`` and ``biography``, or empty."""
        prompt = self.prompt(number)
        lines = biography = ""
        if prompt.form in ("configuration", "both"):
            # Its category, which takes long to find, goes into no words.
            persona = Persona("", "", "", configuration(prompt.configuration))
            lines = render_persona(persona, self.file.personas.style)
        if prompt.form in ("biography", "both"):
            biography = self.biographies[prompt.configuration].text
        return {"configuration": lines, "biography": biography}

    @cached_property
    def orders(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """The orders of each question's options."""
        return tuple(orders_of(question, self.file.asking.orders) for question in self.questions)

    @property
    def scores_levels(self) -> bool:
        """Whether levels are scored on the foundations."""
        return self.file.batteries.inferred

    @cached_property
    def n_scored(self) -> int:
        """Requests that score levels: levels x foundations, or none."""
        return len(LEVELS) * len(FOUNDATIONS) if self.scores_levels else 0
