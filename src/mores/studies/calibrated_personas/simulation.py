"""What the simulated respondent is told of a trial: where its persona stands, and how the item works."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mores.errors import StudyError
from mores.measures.culture_map import CultureMap, rescale
from mores.measures.ratio import ratio
from mores.personas.descriptors import MAP_ITEMS
from mores.populations.culture import fit_map, indicator_values
from mores.populations.groupings import groups
from mores.populations.population import Groups
from mores.populations.synthetic import SyntheticModel
from mores.populations.synthetic.responses import OrderedResponse, worldwide
from mores.records import SurveyStimulus
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.materials import Materials

__all__ = ["Simulation"]

FloatArray = NDArray[np.float64]
Traits = tuple[tuple[str, float, float], ...]

_CELLS = {
    "sex": ("sex",),
    "age_band": ("age",),
    "education_group": ("education", "education_isced"),
}
"""What a sociodemographic group is made of, and the columns of which one must be there."""


class Known(NamedTuple):
    """How an item is answered; as `SurveyStimulus` has it."""

    loading: tuple[float, float]
    intercept: float
    thresholds: tuple[float, ...]
    utilities: tuple[tuple[float, float, float], ...]


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
        known = _synthetic().parameters.items
        strange = [item.id for item in self.questions if item.id not in known]
        if strange:
            raise StudyError(
                f"questions.items: sim does not know how {', '.join(strange)} "
                f"{'is' if len(strange) == 1 else 'are'} answered; leave out, or ask a language model"
            )

    def stimulus(
        self, prompt: int, question: int, order: tuple[int, ...], labels: tuple[str, ...]
    ) -> SurveyStimulus:
        """The stimulus of one trial."""
        arm, traits = self._person(prompt)
        return SurveyStimulus(arm, traits, *self._item(question), order, labels)

    @cached_property
    def _item(self) -> Callable[[int], Known]:
        @cache
        def known(question: int) -> Known:
            model = _synthetic()
            parameters = model.parameters.items[self.questions[question].id]
            response = worldwide(parameters, model.world)
            if isinstance(response, OrderedResponse):
                x, y = response.axes.tolist()
                return Known((x, y), response.intercept, tuple(response.thresholds.tolist()), ())
            pairs = zip(response.intercepts.tolist(), response.axes.tolist(), strict=True)
            return Known((0.0, 0.0), 0.0, (), tuple((b, x, y) for b, (x, y) in pairs))

        return known

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
            return (_trait("nationality", self._centre(country)),)
        if condition.kind == "sociodemographic":
            return (_trait("sociodemographic", self._centre(country) + self._effects[row]),)
        return self._of_values(self.texts.told(condition), country, row)

    def _of_values(self, told: Sequence[str], country: str | None, row: int) -> Traits:
        places = [i for i, item in enumerate(MAP_ITEMS) if item in told]
        places = [i for i in places if not np.isnan(self._values[row, i])]
        if not places and country is None:
            return ()
        weights = self._weights(tuple(places))
        moved = (self._values[row, places] - self._map.means[places])[:, None] * weights
        start, name = self._origin, "origin"
        if country is not None:
            usual = self._usual[self._place[country], places] - self._map.means[places]
            start, name = self._centre(country) - usual @ weights, "nationality"
        own = (_trait(MAP_ITEMS[i], xy) for i, xy in zip(places, moved, strict=True))
        return (_trait(name, start), *own)

    @cached_property
    def _map(self) -> CultureMap:
        return fit_map(self.observed.population)

    @cached_property
    def _values(self) -> FloatArray:
        return indicator_values(self.observed.population)

    @cached_property
    def _origin(self) -> FloatArray:
        return rescale(np.zeros(2))

    @cached_property
    def _weights(self) -> Callable[[tuple[int, ...]], FloatArray]:
        @cache
        def of(places: tuple[int, ...]) -> FloatArray:
            """Movement on the map a unit of each indicator told, shape (n, 2)."""
            if not places:
                return np.zeros((0, 2))
            values = np.full((len(places), len(MAP_ITEMS)), np.nan)
            values[:, places] = self._map.means[list(places)] + np.eye(len(places))
            return rescale(self._map.scores(values)) - self._origin

        return of

    @cached_property
    def _countries(self) -> Groups:
        return self.observed.population.groups(["country"])

    @cached_property
    def _place(self) -> Mapping[str, int]:
        return {c: i for i, c in enumerate(self._countries.keys["country"].to_list())}

    @cached_property
    def _usual(self) -> FloatArray:
        """Mean of each indicator in each country, (countries, 10); the world's where it has none."""
        means = self._means(self._values, self._countries)
        return np.where(np.isnan(means), self._map.means, means)

    @cached_property
    def _centres(self) -> FloatArray:
        """Where each country's mean answers stand, (countries, 2)."""
        return rescale(self._map.project_means(self._usual))

    def _centre(self, country: str | None) -> FloatArray:
        """Where a country stands; for None the world, in which each country counts the same."""
        if country is None:
            return np.asarray(self._centres.mean(axis=0))
        return np.asarray(self._centres[self._place[country]])

    @cached_property
    def _effects(self) -> FloatArray:
        """How far respondents of a sex, age and education stand from their country, each."""
        population = self.observed.population
        there = [
            name
            for name, columns in _CELLS.items()
            if any(column in population.frame.columns for column in columns)
        ]
        apart = rescale(self._map.scores(self._values)) - self._centres[self._countries.index]
        cells = groups(population, there)
        means = np.nan_to_num(self._means(apart, cells))
        return np.where((cells.index >= 0)[:, None], means[cells.index], 0.0)

    def _means(self, values: FloatArray, by: Groups) -> FloatArray:
        """Weighted means of columns in groups, NaN where there is nothing to average."""
        known = (by.index >= 0)[:, None] & ~np.isnan(values)
        weight = known * np.nan_to_num(self.observed.population.weights)[:, None]
        index = np.maximum(by.index, 0)

        def summed(columns: FloatArray) -> FloatArray:
            return np.stack([np.bincount(index, column, len(by)) for column in columns.T], axis=1)

        return ratio(summed(np.nan_to_num(values) * weight), summed(weight))


@cache
def _synthetic() -> SyntheticModel:
    return SyntheticModel()


def _trait(name: str, place: FloatArray) -> tuple[str, float, float]:
    x, y = place.tolist()
    return name, x, y
