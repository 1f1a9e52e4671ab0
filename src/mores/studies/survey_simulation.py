"""What studies tell the simulated respondent of survey items and of where countries stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mores.errors import StudyError
from mores.measures.culture_map import CultureMap, rescale
from mores.measures.ratio import ratio
from mores.populations.culture import fit_map, indicator_values
from mores.populations.population import Groups, Population
from mores.populations.synthetic import SyntheticModel
from mores.populations.synthetic.responses import OrderedResponse, worldwide

__all__ = ["Known", "KnownItems", "MapPlaces", "Trait", "synthetic_model", "trait"]

FloatArray = NDArray[np.float64]
Trait = tuple[str, float, float]


class Known(NamedTuple):
    """How an item is answered; as `SurveyStimulus` has it."""

    loading: tuple[float, float]
    intercept: float
    thresholds: tuple[float, ...]
    utilities: tuple[tuple[float, float, float], ...]


@cache
def synthetic_model() -> SyntheticModel:
    """The synthetic population's model; read once and kept."""
    return SyntheticModel()


@dataclass(frozen=True, eq=False)
class KnownItems:
    """The items that the simulated respondent can answer: those of the synthetic population.

    Attributes
    ----------
    model : SyntheticModel
    """

    model: SyntheticModel

    def check(self, items: Iterable[str], field: str) -> None:
        """Refuse items that it cannot answer.

        Parameters
        ----------
        items : iterable of str
            Ids.
        field : str
            Where a study file names them.

        Raises
        ------
        StudyError
        """
        strange = [item for item in items if item not in self.model.parameters.items]
        if strange:
            raise StudyError(
                f"{field}: sim does not know how {', '.join(strange)} "
                f"{'is' if len(strange) == 1 else 'are'} answered; leave out, or ask a language model"
            )

    @cached_property
    def of(self) -> Callable[[str], Known]:
        """How an item is answered in a country of no deviation, with all of its options."""

        @cache
        def known(item: str) -> Known:
            response = worldwide(self.model.parameters.items[item], self.model.world)
            if isinstance(response, OrderedResponse):
                x, y = response.axes.tolist()
                return Known((x, y), response.intercept, tuple(response.thresholds.tolist()), ())
            pairs = zip(response.intercepts.tolist(), response.axes.tolist(), strict=True)
            return Known((0.0, 0.0), 0.0, (), tuple((b, x, y) for b, (x, y) in pairs))

        return known


@dataclass(frozen=True, eq=False)
class MapPlaces:
    """Where humans stand on their own map.

    Attributes
    ----------
    population : Population
        The humans.
    """

    population: Population

    @cached_property
    def map(self) -> CultureMap:
        """Their map."""
        return fit_map(self.population)

    @cached_property
    def values(self) -> FloatArray:
        """Their indicators, shape (respondents, 10)."""
        return indicator_values(self.population)

    @cached_property
    def origin(self) -> FloatArray:
        """Where the scores are 0, shape (2,)."""
        return rescale(np.zeros(2))

    @cached_property
    def countries(self) -> Groups:
        """The respondents by country."""
        return self.population.groups(["country"])

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Row of each country in `usual` and `centres`."""
        return {c: i for i, c in enumerate(self.countries.keys["country"].to_list())}

    @cached_property
    def usual(self) -> FloatArray:
        """Mean of each indicator in each country, (countries, 10); the world's where it has none."""
        means = self.means(self.values, self.countries)
        return np.where(np.isnan(means), self.map.means, means)

    @cached_property
    def centres(self) -> FloatArray:
        """Where each country's mean answers stand, (countries, 2)."""
        return rescale(self.map.project_means(self.usual))

    def centre(self, country: str | None) -> FloatArray:
        """Where a country stands; for None the world, in which each country counts the same."""
        if country is None:
            return np.asarray(self.centres.mean(axis=0))
        return np.asarray(self.centres[self.place[country]])

    def means(self, values: FloatArray, by: Groups) -> FloatArray:
        """Weighted means of columns in groups, NaN where there is nothing to average.

        Parameters
        ----------
        values : ndarray of float64, shape (respondents, columns)
            NaN where missing.
        by : Groups

        Returns
        -------
        ndarray of float64, shape (groups, columns)
        """
        known = (by.index >= 0)[:, None] & ~np.isnan(values)
        weight = known * np.nan_to_num(self.population.weights)[:, None]
        index = np.maximum(by.index, 0)

        def summed(columns: FloatArray) -> FloatArray:
            return np.stack([np.bincount(index, column, len(by)) for column in columns.T], axis=1)

        return ratio(summed(np.nan_to_num(values) * weight), summed(weight))


def trait(name: str, place: FloatArray) -> Trait:
    """A trait that adds a place on the map, shape (2,)."""
    x, y = place.tolist()
    return name, x, y
