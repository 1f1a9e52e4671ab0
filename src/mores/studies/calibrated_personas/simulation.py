"""What the simulated respondent is told of a trial: where its persona stands, and how the item works."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from mores.measures.culture_map import rescale
from mores.personas.descriptors import MAP_ITEMS
from mores.populations.groupings import groups
from mores.records import SurveyStimulus
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.materials import Materials
from mores.studies.survey_simulation import KnownItems, MapPlaces, Trait, trait
from mores.studies.survey_simulation import synthetic_model as _synthetic

__all__ = ["Simulation"]

FloatArray = NDArray[np.float64]
Traits = tuple[Trait, ...]

_CELLS = {
    "sex": ("sex",),
    "age_band": ("age",),
    "education_group": ("education", "education_isced"),
}
"""What a sociodemographic group is made of, and the columns of which one must be there."""


@dataclass(frozen=True)
class Simulation(Materials):
    """Stimuli for the simulated respondent.

    A persona of values stands where its descriptors place it on the humans' own map: scores are
    linear in the indicators, so that each descriptor has its share of the position, and with all ten
    of them the persona stands where its respondent does. Where the country is named, what is not told
    is taken to be as in the country, else as in the world. A sociodemographic persona stands where
    people of its sex, age and education stand, the country's own position apart.
    """

    def check(self) -> None:
        """Refuse questions that the simulated respondent cannot answer.

        Raises
        ------
        StudyError
        """
        self._items.check((item.id for item in self.questions), "questions.items")

    def stimulus(
        self, prompt: int, question: int, order: tuple[int, ...], labels: tuple[str, ...]
    ) -> SurveyStimulus:
        """The stimulus of one trial."""
        arm, traits = self._person(prompt)
        known = self._items.of(self.questions[question].id)
        return SurveyStimulus(arm, traits, *known, order, labels)

    @cached_property
    def _items(self) -> KnownItems:
        return KnownItems(_synthetic())

    @cached_property
    def _places(self) -> MapPlaces:
        return MapPlaces(self.observed.population)

    @cached_property
    def _person(self) -> Callable[[int], tuple[str, Traits]]:
        table = self.prompts

        @lru_cache(maxsize=64)  # a prompt's questions follow each other
        def standing(prompt: int) -> tuple[str, Traits]:
            condition = table.conditions[table.condition[prompt]]
            country = table.countries[table.country[prompt]] if table.country[prompt] >= 0 else None
            return condition.kind, self.traits(condition, country, int(table.row[prompt]))

        return standing

    def traits(self, condition: Condition, country: str | None, row: int) -> Traits:
        """What says where a persona stands; empty where nothing does.

        Parameters
        ----------
        condition : Condition
        country : str or None
            The country that is named.
        row : int
            The respondent described; -1 for none.
        """
        if condition.kind in ("default", "generic"):
            return ()
        if condition.kind == "country":
            return (trait("nationality", self._places.centre(country)),)
        if condition.kind == "sociodemographic":
            return (trait("sociodemographic", self._places.centre(country) + self._effects[row]),)
        return self._of_values(self.texts.told(condition), country, row)

    def _of_values(self, told: Sequence[str], country: str | None, row: int) -> Traits:
        humans = self._places
        places = [i for i, item in enumerate(MAP_ITEMS) if item in told]
        places = [i for i in places if not np.isnan(humans.values[row, i])]
        if not places and country is None:
            return ()
        weights = self._weights(tuple(places))
        moved = (humans.values[row, places] - humans.map.means[places])[:, None] * weights
        start, name = humans.origin, "origin"
        if country is not None:
            usual = self._usual[self._place[country], places] - humans.map.means[places]
            start, name = humans.centre(country) - usual @ weights, "nationality"
        own = (trait(MAP_ITEMS[i], xy) for i, xy in zip(places, moved, strict=True))
        return (trait(name, start), *own)

    @cached_property
    def _weights(self) -> Callable[[tuple[int, ...]], FloatArray]:
        humans = self._places

        @cache
        def of(places: tuple[int, ...]) -> FloatArray:
            """Movement on the map a unit of each indicator told, shape (n, 2)."""
            if not places:
                return np.zeros((0, 2))
            values = np.full((len(places), len(MAP_ITEMS)), np.nan)
            values[:, places] = humans.map.means[list(places)] + np.eye(len(places))
            return rescale(humans.map.scores(values)) - humans.origin

        return of

    @property
    def _place(self) -> Mapping[str, int]:
        return self._places.place

    @property
    def _usual(self) -> FloatArray:
        return self._places.usual

    @cached_property
    def _effects(self) -> FloatArray:
        """How far respondents of a sex, age and education stand from their country, each."""
        humans, population = self._places, self.observed.population
        there = [
            name
            for name, columns in _CELLS.items()
            if any(column in population.frame.columns for column in columns)
        ]
        apart = rescale(humans.map.scores(humans.values)) - humans.centres[humans.countries.index]
        cells = groups(population, there)
        means = np.nan_to_num(humans.means(apart, cells))
        return np.where((cells.index >= 0)[:, None], means[cells.index], 0.0)
