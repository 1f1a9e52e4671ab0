"""What the simulated respondent is told of a trial: the persona's levels, and how an item works.

A persona stands where its levels do: on each axis of the map at the mean of the levels of those
variables that speak to it, -1 … 1, times `REACH` from the middle. So every variable has its planted
share of the position. A biography counts for the levels that a second reading found in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from mores.instruments.mfq2 import FOUNDATIONS
from mores.instruments.survey import wvs7
from mores.measures.culture_map import rescale
from mores.personas.grid import levels_of
from mores.personas.variables import N_VARIABLES, variables
from mores.records import MoralStimulus, SurveyStimulus
from mores.studies.grounded_personas.materials import LEVELS, Materials
from mores.studies.survey_simulation import Known, KnownItems, Trait, synthetic_model, trait

__all__ = ["REACH", "GroundedSimulation"]

REACH = 1.6
"""Units of the map from its middle to where a persona stands whose levels are all at one end."""

_ARM = "value"
"""Cultural variables steer as values do."""


@dataclass(frozen=True, eq=False)
class GroundedSimulation:
    """Stimuli for the simulated respondent.

    Attributes
    ----------
    materials : Materials
    """

    materials: Materials

    def check(self) -> None:
        """Refuse items that the simulated respondent does not know.

        Raises
        ------
        StudyError
        """
        asked = (q.id for q in self.materials.questions if not q.foundation)
        self._items.check(asked, "batteries")

    def stimulus(
        self, prompt: int, question: int, order: tuple[int, ...], labels: tuple[str, ...]
    ) -> SurveyStimulus | MoralStimulus:
        """The stimulus of a question to a persona."""
        asked = self.materials.questions[question]
        levels, traits = self._person(prompt)
        if asked.foundation:
            return MoralStimulus(levels, asked.foundation, asked.id, order, labels)
        known, shown = self._shown(question, order)
        return SurveyStimulus(_ARM, traits, *known, shown, labels)

    @cached_property
    def _shown(self) -> Callable[[int, tuple[int, ...]], tuple[Known, tuple[int, ...]]]:
        @lru_cache(maxsize=1024)  # questions x orders
        def known(question: int, order: tuple[int, ...]) -> tuple[Known, tuple[int, ...]]:
            whole = self._places[question]
            item = self._items.of(self.materials.questions[question].id)
            return item, tuple(whole[k] for k in order)

        return known

    def of_level(self, level: int, foundation: int, labels: tuple[str, ...]) -> MoralStimulus:
        """The stimulus of a level that is scored on a foundation."""
        variable = LEVELS[level][0]
        place = [v.id for v in variables()].index(variable.id)
        levels = [-1] * N_VARIABLES
        levels[place] = [lv.id for lv in variable.levels].index(LEVELS[level][1].id)
        order = tuple(range(len(labels)))
        return MoralStimulus(tuple(levels), FOUNDATIONS[foundation], "", order, labels)

    @cached_property
    def _items(self) -> KnownItems:
        return KnownItems(synthetic_model())

    @cached_property
    def _places(self) -> tuple[tuple[int, ...], ...]:
        """Of each question, the places of its options among all of the item's."""
        return tuple(
            ()
            if question.foundation
            else tuple(wvs7().item(question.id).codes.index(code) for code in question.codes)
            for question in self.materials.questions
        )

    @cached_property
    def _person(self) -> Callable[[int], tuple[tuple[int, ...], tuple[Trait, ...]]]:
        @lru_cache(maxsize=64)  # a prompt's questions follow each other
        def known(number: int) -> tuple[tuple[int, ...], tuple[Trait, ...]]:
            levels = self.levels(number)
            return levels, self.traits(levels)

        return known

    def levels(self, number: int) -> tuple[int, ...]:
        """The levels that a prompt tells, -1 for one that it does not; empty without a persona."""
        prompt = self.materials.prompt(number)
        if prompt.form is None:
            return ()
        if prompt.form == "biography":
            reading = self.materials.biographies[prompt.configuration].reading
            if reading is not None:
                return reading.levels
        return tuple(levels_of([prompt.configuration])[0].tolist())

    def traits(self, levels: tuple[int, ...]) -> tuple[Trait, ...]:
        """What each level adds to where the persona stands on the map."""
        told = [(v, v.levels[n]) for v, n in zip(variables(), levels, strict=False) if n >= 0]
        if not told:
            return ()
        across = sum(level.x is not None for _, level in told)
        upwards = sum(level.y is not None for _, level in told)
        middle = rescale(np.zeros(2))
        found = [trait("origin", middle)]
        for variable, level in told:
            x = 0.0 if level.x is None else REACH * level.x / across
            y = 0.0 if level.y is None else REACH * level.y / upwards
            found.append((variable.id, x, y))
        return tuple(found)
