"""Which respondents of a population enter an estimate of prevalence, and with what weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mores.errors import PersonaError, PopulationError, nearest
from mores.instruments.validation import shown
from mores.personas.priors import Pool, independent
from mores.personas.respondents import persona_levels
from mores.personas.smoothing import Patterns, patterns, smoothed
from mores.personas.variables import variables

if TYPE_CHECKING:
    from mores.populations.population import Population

__all__ = ["POOL_ALPHA", "CountryWeights", "Counts", "Respondents", "Surveyed"]

FloatArray = NDArray[np.float64]
Respondents: TypeAlias = Literal["partial", "complete"]
CountryWeights: TypeAlias = Literal["equal", "respondents"] | Mapping[str, float]

POOL_ALPHA = 1e5
"""Mass of the prior of the pool towards which a country is drawn, in respondents.

Of masses from 10,000 to 1,000,000 it gives the best held-out score of the synthetic countries.
"""

_RESPONDENTS = ("partial", "complete")
_COUNTRY_WEIGHTS = ("equal", "respondents")


class Counts(NamedTuple):
    """Respondents there are, those who cannot enter, and by variable those of unknown level."""

    respondents: int
    unweighted: int
    incomplete: int
    unknown: tuple[tuple[str, int], ...]


class _All(NamedTuple):
    """The respondents who enter, of all countries, with weights that make countries equal."""

    rows: NDArray[np.int64]
    weights: FloatArray
    found: Patterns


@dataclass(frozen=True, eq=False)
class Surveyed:
    """Respondents of a population with their levels, survey weights and countries; see `of`.

    Attributes
    ----------
    population : Population
    respondents : {"partial", "complete"}
        Whether those of whom some levels are not known can enter.
    levels : int8 array, shape (respondents, 10)
        -1 where it is not known.
    weights : float64 array, shape (respondents,)
        NaN where there is none.
    place : int64 array, shape (respondents,)
        Index of the country in `countries`, -1 for none.
    enters : bool array, shape (respondents,)
        Who has a weight, a country and levels that are known: all, or any if partial.
    """

    population: Population
    respondents: str
    levels: NDArray[np.int8]
    weights: FloatArray
    place: NDArray[np.int64]
    enters: NDArray[np.bool_]

    @classmethod
    def of(cls, population: Population, respondents: str) -> Surveyed:
        """The respondents of a population.

        Raises
        ------
        PopulationError
            If a weight is negative or infinite.
        PersonaError
            If `respondents` is neither ``partial`` nor ``complete``.
        """
        if respondents not in _RESPONDENTS:
            allowed = nearest(str(respondents), _RESPONDENTS)
            raise PersonaError(f"respondents {respondents!r} does not exist; {allowed}")
        weights = population.weights
        bad = (weights < 0) | np.isinf(weights)
        if bad.any():
            raise PopulationError(
                f"{population.label}: a weight is {weights[bad][0]}, in row {int(np.argmax(bad)) + 1}; "
                "allowed: finite numbers of 0 or more; correct the file and import it again"
            )
        levels = persona_levels(population)
        known = levels >= 0
        index = {code: place for place, code in enumerate(population.countries)}
        given = population.frame["country"].to_list()
        place = np.array([index.get(code, -1) for code in given], np.int64)
        enough = known.all(axis=1) if respondents == "complete" else known.any(axis=1)
        enters = enough & ~np.isnan(weights) & (place >= 0)
        return cls(population, respondents, levels, weights, place, enters)

    @property
    def label(self) -> str:
        """Name of the data set; says *synthetic* where it is."""
        return self.population.label

    @property
    def countries(self) -> tuple[str, ...]:
        """All of the population, sorted."""
        return self.population.countries

    @cached_property
    def entered(self) -> tuple[str, ...]:
        """Countries in which some respondent who enters has a weight above 0."""
        return self.countries_of(np.flatnonzero(self.enters & (self.weights > 0)))

    @cached_property
    def _all(self) -> _All:
        rows, weights = self.rows(None, "equal")
        return _All(rows, weights, patterns(self.levels[rows]))

    def countries_of(self, rows: NDArray[np.int64]) -> tuple[str, ...]:
        """The countries of some respondents, sorted."""
        return tuple(self.countries[place] for place in np.unique(self.place[rows]))

    def unknown_variables(self, rows: NDArray[np.int64]) -> tuple[str, ...]:
        """Ids of the variables on which nobody's level is known among some respondents."""
        known = (self.levels[rows] >= 0).sum(axis=0)
        return tuple(variables()[v].id for v in np.flatnonzero(known == 0))

    def others(self, country: str | None) -> Pool:
        """The distribution of all countries but one, which count the same.

        Drawn towards independence within countries with a mass of `POOL_ALPHA` respondents.

        Raises
        ------
        PopulationError
            If there are no others, or nobody's level on a variable is known among them.
        """
        rows, weights, found = self._all
        rest = weights.copy()
        if country is not None:
            rest[self.place[rows] == self._index(country)] = 0.0
        if country is None or not rest.any():
            raise PopulationError(
                f"{self.label}: there are no other countries to draw {country or 'the pool'} towards; "
                "choose the smoothing independence, additive or none"
            )
        unknown = self.unknown_variables(rows[rest > 0])
        if unknown:
            raise PopulationError(
                f"{self.label}: nobody's level of {', '.join(unknown)} is known outside {country}; "
                "choose the smoothing independence, additive or none"
            )
        prior = independent(found.levels, rest, self.place[rows])
        return Pool(smoothed(found, rest, prior, POOL_ALPHA)[0], prior)

    def rows(
        self, country: str | None, country_weights: CountryWeights
    ) -> tuple[NDArray[np.int64], FloatArray]:
        """Which respondents enter the estimate of a country, or of all, and with what weight.

        Raises
        ------
        PopulationError
            If there is no such country, a country has no usable weight, or nobody enters.
        PersonaError
            If `country_weights` is unknown.
        """
        if country is None:
            if not self.countries:
                raise PopulationError(
                    f"{self.label}: no respondent has a country; prevalence is by country: import it"
                )
            wanted = self._country_weights(country_weights)
            of, weights = self.place[self.enters], self.weights[self.enters]
            totals = np.bincount(of, weights, len(wanted))
            # A country that counts 0 is no part of the pool, rather than a part of no weight.
            rows = np.flatnonzero(self.enters & ((wanted > 0) & (totals > 0))[self.place])
            share = wanted / np.where(totals > 0, totals, 1.0)
            found = self.weights[rows] * share[self.place[rows]]
        else:
            rows = np.flatnonzero(self.enters & (self.place == self._index(country)))
            found = self.weights[rows]
        if not found.any():
            where = "" if country is None else f" in {country}"
            complete = self.respondents == "complete"
            raise PopulationError(
                f"{self.label}: no respondent{where} with a weight has "
                + ("all ten levels known; allow partial respondents, or leave the country out"
                   if complete else "any level known; import the items of the ten variables")
            )  # fmt: skip
        return rows, found

    def counts(self, country: str | None, country_weights: CountryWeights) -> Counts:
        """Who there is in a country, or in all that count, and who of them cannot enter."""
        asked = (
            self.place == self._index(country) if country else np.ones(len(self.place), np.bool_)
        )
        if country is None and isinstance(country_weights, Mapping):
            dropped = [country_weights.get(code) == 0 for code in self.countries]
            asked = ~np.isin(self.place, np.flatnonzero(dropped))
        unweighted = asked & (np.isnan(self.weights) | (self.place < 0))
        lost = (self.levels[asked] < 0).sum(axis=0).tolist()
        return Counts(
            int(asked.sum()),
            int(unweighted.sum()),
            int((asked & ~unweighted & ~self.enters).sum()),
            tuple((v.id, n) for v, n in zip(variables(), lost, strict=True)),
        )

    def _index(self, country: str) -> int:
        if country not in self.countries:
            raise PopulationError(
                f"{self.label} has no country {shown(country)}; "
                f"{nearest(str(country), self.countries)}"
            )
        return self.countries.index(country)

    def _country_weights(self, given: CountryWeights) -> FloatArray:
        """What each country counts in the pool."""
        if isinstance(given, Mapping):
            lacking = sorted(set(self.entered) - set(given))
            wrong = sorted(c for c in self.entered if c in given and not 0 <= given[c] < np.inf)
            if lacking or wrong:
                raise PopulationError(
                    f"weights of countries: none for {lacking or 'none of them'}, unusable for "
                    f"{wrong or 'none'}; allowed: a number of 0 or more for each country; give 0 to "
                    "leave one out"
                )
            return np.array([given.get(code, 0.0) for code in self.countries], np.float64)
        if given == "equal":
            return np.ones(len(self.countries))
        if given == "respondents":
            n = np.bincount(self.place[self.enters], minlength=len(self.countries))
            return n.astype(np.float64)
        allowed = nearest(str(given), _COUNTRY_WEIGHTS)
        raise PersonaError(f"country_weights {given!r}; {allowed}, or a number for each country")
