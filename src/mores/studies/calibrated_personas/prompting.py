"""What is sent: the system message of a prompt. Questions: see `mores.prompts.scale_questions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mores.instruments.survey import wvs7
from mores.personas.descriptors import MAP_ITEMS, DescriptorSet, item_key
from mores.personas.few_shot import few_shot
from mores.personas.sociodemographic import describe
from mores.prompts.guidance import guidance
from mores.studies.calibrated_personas.conditions import Condition

if TYPE_CHECKING:
    from mores.populations.population import Population
    from mores.prompts.templates import TemplateSet

__all__ = ["PersonaTexts"]


@dataclass(frozen=True)
class PersonaTexts:
    """Writes system messages.

    Attributes
    ----------
    population : Population
        Whose respondents are described.
    sets : mapping of str to DescriptorSet
        By the names that conditions use.
    templates : TemplateSet
    first_guidance : str
        Wording of the arms that have one of their own, for which it does not matter.
    rows : ndarray of int64
        The respondents who may be described, as rows of the population.
    """

    population: Population
    sets: Mapping[str, DescriptorSet]
    templates: TemplateSet
    first_guidance: str
    rows: NDArray[np.int64]

    def system(self, condition: Condition, country: str | None, row: int) -> str:
        """The system message.

        Parameters
        ----------
        condition : Condition
        country : str or None
            The country that it names.
        row : int
            The respondent whom it describes; -1 for none.
        """
        context = {
            "guidance": self.guidance(condition, country),
            "persona": self.persona(condition, row),
        }
        return self.templates.render("system.j2", context)

    def guidance(self, condition: Condition, country: str | None) -> str:
        """The words that every persona of a condition has in common."""
        return guidance(condition.kind, condition.guidance or self.first_guidance, country)

    def persona(self, condition: Condition, row: int) -> str:
        """The words about a respondent; empty where nothing is told."""
        if row < 0:
            return ""
        if condition.kind == "sociodemographic":
            return self.described(condition.names_country)[row]
        told = self.told(condition)
        codes = {item: code for item in told if (code := self._code(item, row)) is not None}
        if condition.kind == "few-shot":
            return few_shot([wvs7().item(item) for item in told], codes)
        return self.sets[condition.descriptors].text(codes)

    def told(self, condition: Condition) -> tuple[str, ...]:
        """The items of which a condition's personas tell the answer."""
        if condition.kind not in ("value", "few-shot"):
            return ()
        if condition.indicators is not None:
            return condition.indicators
        if condition.kind == "few-shot":
            return MAP_ITEMS
        return self.sets[condition.descriptors].items

    def described(self, nationality: bool) -> Mapping[int, str]:
        """The sociodemographic persona of every respondent who may be described, by row."""
        if nationality not in self._described:
            told = describe(self.population, self.rows, nationality=nationality)
            self._described[nationality] = dict(zip(self.rows.tolist(), told, strict=True))
        return self._described[nationality]

    def _code(self, item: str, row: int) -> int | None:
        option = int(self.options(item)[row])
        return None if option < 0 else self.population.instrument.item(item).codes[option]

    def options(self, item: str) -> NDArray[np.int8]:
        """What each respondent chose, -1 for no answer."""
        key = item_key(item)
        if key not in self._options:
            self._options[key] = self.population.answers(item)
        return self._options[key]

    @cached_property
    def _options(self) -> dict[str, NDArray[np.int8]]:
        return {}

    @cached_property
    def _described(self) -> dict[bool, Mapping[int, str]]:
        return {}
