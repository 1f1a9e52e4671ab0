r"""The generative model of the synthetic population, and what is exactly true of it.

A respondent i of country c falls into a demographic cell d and has the position

.. math:: \theta_i = \mu_c + \delta_d + \Sigma_c^{1/2} z_i

on two axes, from survival to self-expression and from traditional to secular-rational: the country's
mean, the cell's effect (with mean 0 over the country's adults), and a standard normal deviation. Answers
depend on the position as in `mores.populations.synthetic.responses`.

Interviews are no random sample of the adults: educated, urban, young women are met more often, and
weights, the inverse of the chance, put that right; see `mores.populations.synthetic.cells`. An item is
left unanswered in a cell with probability

.. math:: r_{dk} = \operatorname{logit}^{-1}(\operatorname{logit}(s_k) + u_d),

whatever the answer would have been, by don't know (-1) or refusal (-2), with :math:`u_d` the effect of
the cell; items that a country is not asked are -4. So the weighted shares of those who answer estimate

.. math:: P(k = j \mid c) = \frac{\sum_d \pi_d (1 - r_{dk}) P(k = j \mid c, d)}
    {\sum_d \pi_d (1 - r_{dk})}.

What the model leaves out: interviewers, regions, households, respondents who tire or leave more than
one question unanswered for one reason, and the limit of five qualities of a child.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from mores.errors import PopulationError, nearest
from mores.instruments.survey import Instrument, wvs7
from mores.populations.synthetic.cells import Cells, country_cells
from mores.populations.synthetic.parameters import (
    Country,
    OrderedItem,
    Parameters,
    read_parameters,
)
from mores.populations.synthetic.responses import Latent, Response, in_country, worldwide

if TYPE_CHECKING:
    from mores.measures.culture_map import Constants, CultureMap
    from mores.populations.population import Population

__all__ = ["MODEL_VERSION", "SyntheticModel"]

FloatArray = npt.NDArray[np.float64]

MODEL_VERSION = "1"
"""Changed whenever the same seed gives another population."""


class SyntheticModel:
    """The model with its parameters.

    Parameters
    ----------
    instrument : Instrument, optional
        What is asked; the survey's wave 7 unless given.
    parameters : Parameters, optional
        Those of the package's data files unless given.

    Raises
    ------
    PopulationError
        If a data file is damaged.
    """

    def __init__(
        self, instrument: Instrument | None = None, parameters: Parameters | None = None
    ) -> None:
        self.instrument = instrument or wvs7()
        self.parameters = parameters or read_parameters(self.instrument)
        self._cells: dict[str, Cells] = {}
        self._responses: dict[tuple[str, str], Response] = {}
        self._worldwide: dict[str, Response] = {}

    @property
    def countries(self) -> tuple[str, ...]:
        """ISO 3166 alpha-3 codes of all countries, sorted."""
        return tuple(self.parameters.countries)

    def country(self, code: str) -> Country:
        """The parameters of a country, or PopulationError if there is none of that code."""
        found = self.parameters.countries.get(code)
        if found is None:
            raise PopulationError(
                f"{code!r} is no country of the synthetic population; {nearest(code, self.countries)}"
            )
        return found

    def cells(self, country: str) -> Cells:
        """The demographic cells of a country."""
        if country not in self._cells:
            self._cells[country] = country_cells(self.country(country), self.parameters.demography)
        return self._cells[country]

    def latent(self, country: str) -> Latent:
        """The distribution of the latent position in each cell of a country."""
        found = self.country(country)
        means = np.array(found.latent) + self.cells(country).effects
        across = found.correlation * found.spread[0] * found.spread[1]
        covariance = np.diag(np.square(found.spread)) + across * (1.0 - np.eye(2))
        return Latent(means, covariance)

    @cached_property
    def world(self) -> Latent:
        """Mean and covariance of the latent position over all countries, each counted alike."""
        moments = []
        for code in self.countries:
            latent, shares = self.latent(code), self.cells(code).shares
            mean = shares @ latent.means
            square = (latent.means.T * shares) @ latent.means + latent.covariance
            moments.append((mean, square))
        mean = np.mean([m for m, _ in moments], axis=0)
        square = np.mean([s for _, s in moments], axis=0)
        return Latent(mean[None], square - np.outer(mean, mean))

    def response(self, item: str, country: str) -> Response:
        """How respondents of a country answer an item that is asked."""
        if (item, country) not in self._responses:
            found = self.parameters.items[item]
            if item not in self._worldwide:
                self._worldwide[item] = worldwide(found, self.world)
            self._responses[item, country] = in_country(self._worldwide[item], found, country)
        return self._responses[item, country]

    def cell_margins(self, item: str, country: str) -> FloatArray:
        """Exact shares of an item's options in each cell of a country, shape (D, K).

        Parameters
        ----------
        item : str
            Id, or code in trend files, of an item, or of one of the two indices Y002 and Y003.
        country : str
            ISO 3166 alpha-3 code; its answers are what they would be had the item been asked.

        Raises
        ------
        InstrumentError, PopulationError
            If there is no such item, or no such country.
        """
        from mores.populations.synthetic.indices import index_shares

        asked = self.instrument.item(item)
        latent = self.latent(country)
        if asked.derived:
            return index_shares(self, asked.id, country, latent)
        return self.response(asked.id, country).cell_shares(latent)

    def silence(self, item: str, country: str) -> FloatArray:
        """Probability of no substantive answer in each cell of a country, shape (D,).

        1 where the item is not asked. Parameters and errors as in `cell_margins`.
        """
        from mores.populations.synthetic.indices import SOURCES

        asked = self.instrument.item(item)
        if asked.id in SOURCES:
            return self._index_silence(SOURCES[asked.id], country)
        return 1.0 - self._answering(asked.id, country)

    def _answering(self, item: str, country: str) -> FloatArray:
        """Probability of an answer; to a second choice, of an answer to both."""
        from scipy.special import expit, logit

        cells = self.cells(country)
        found = self.parameters.items[item]
        if item in self.country(country).not_asked:
            return np.zeros_like(cells.shares)
        answering = 1.0 - expit(logit(found.silence) + cells.silence)
        if not isinstance(found, OrderedItem) and found.first is not None:
            return np.asarray(answering * self._answering(found.first, country))
        return np.asarray(answering)

    def _index_silence(self, sources: tuple[str, ...], country: str) -> FloatArray:
        """Of an index: its items are left unanswered together, or the last implies the others."""
        answering = [self._answering(source, country) for source in sources]
        return np.asarray(1.0 - np.min(answering, axis=0))

    def margins(self, item: str, country: str, *, answering: bool = True) -> FloatArray:
        """Exact shares of an item's options in a country.

        Parameters
        ----------
        item, country
            As in `cell_margins`.
        answering : bool, optional
            Among those who answer, which is what weighted shares of a survey estimate; else among
            all adults.

        Returns
        -------
        ndarray of float, shape (K,)
            In order of code, summing to 1; NaN if `answering` and the item is not asked.

        Raises
        ------
        InstrumentError, PopulationError
            If there is no such item, or no such country.
        """
        counted = self.cells(country).shares.copy()
        if answering:
            counted *= 1.0 - self.silence(item, country)
        total = counted.sum()
        shares = counted @ self.cell_margins(item, country)
        return np.asarray(shares / total if total > 0 else np.full_like(shares, np.nan))

    def culture_map(self, countries: Sequence[str] | None = None) -> CultureMap:
        """The map that a survey of these countries, each counted alike, estimates.

        See `mores.populations.synthetic.positions`; parameters and errors as in `map_positions`.
        """
        from mores.populations.synthetic.positions import planted_map

        return planted_map(self, self._known(countries))[0]

    def map_positions(
        self, countries: Sequence[str] | None = None, constants: Constants = "wvs"
    ) -> pl.DataFrame:
        """Exact positions on the map that a survey of these countries, each counted alike, estimates.

        Parameters
        ----------
        countries : sequence of str, optional
            ISO 3166 alpha-3 codes; all unless given. They are the reference sample too.
        constants : {"wvs", "tao2024"}, optional
            See `mores.measures.culture_map.rescale`.

        Returns
        -------
        polars.DataFrame
            One row a country, sorted: ``country``, ``x``, ``y``.

        Raises
        ------
        PopulationError
            If there is no such country.
        """
        from mores.measures.culture_map import rescale
        from mores.populations.synthetic.positions import planted_map

        codes = self._known(countries)
        points = rescale(planted_map(self, codes)[1], constants)
        return pl.DataFrame({"country": codes, "x": points[:, 0], "y": points[:, 1]})

    def draw(
        self,
        *,
        seed: int = 0,
        respondents: int = 1200,
        countries: Sequence[str] | None = None,
        items: Sequence[str] | None = None,
        name: str = "synthetic",
    ) -> Population:
        """Interview respondents; see `mores.populations.synthetic.synthesise`."""
        from mores.populations.synthetic.draw import draw_population

        return draw_population(
            self,
            seed=seed,
            respondents=respondents,
            countries=self._known(countries),
            items=items,
            name=name,
        )

    def _known(self, countries: Sequence[str] | None) -> tuple[str, ...]:
        if countries is None:
            return self.countries
        codes = tuple(sorted({self.country(code).code for code in countries}))
        if not codes:
            raise PopulationError(
                f"no country is named; allowed: one and more of {', '.join(self.countries)}"
            )
        return codes
