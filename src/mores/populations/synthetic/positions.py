r"""Exact positions of countries on the map, as a survey of the synthetic population estimates them.

The map is a function of the indicators' means, standard deviations and pairwise-complete correlations.
All follow from the parameters: within a cell, means and mean squares of an indicator are closed form,
mean products of two are means over the latent position (and over the factor, for two of one group), by
Gauss-Hermite quadrature. An indicator is left unanswered independently of the others within a cell, so
that a pair is answered with probability :math:`(1 - r_j)(1 - r_k)`, and cells count with that.

A respondent who leaves indicators unanswered is placed by the conditional expectation given the others,
with weights :math:`W_p` for the pattern p of those that are there. A country's position is therefore

.. math:: \sum_d \pi_d \sum_p P(p \mid d)\, W_p' E[z \mid c, d],

which for a country that is not asked an indicator is not its position had it been asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mores.measures.culture_map import INDICATORS, CultureMap, fit_culture_map
from mores.populations.synthetic.indices import index_given
from mores.populations.synthetic.parameters import OrderedItem
from mores.populations.synthetic.responses import OrderedResponse, quadrature

if TYPE_CHECKING:
    from mores.populations.synthetic.model import SyntheticModel

__all__ = ["CountryMoments", "country_moments", "planted_map"]

FloatArray = npt.NDArray[np.float64]

_P = len(INDICATORS)
_NODES = 7  # of the latent position on each axis, and of the factor


class CountryMoments:
    """Sums over the cells of one country, weighted by the chance of an answer to both indicators.

    Attributes
    ----------
    cells : ndarray of float, shape (D, 10)
        Means of the indicators in each cell.
    answered : ndarray of float, shape (D, 10)
        Chance that each indicator is answered.
    shares : ndarray of float, shape (D,)
        Of the cells.
    total, first, square, product : ndarray of float, shape (10, 10)
        Share of adults who answer both; sums of the row's indicator, of its square, of the product
        with the column's, over those. The diagonal concerns those who answer the one.
    """

    def __init__(self, model: SyntheticModel, country: str) -> None:
        self.shares = model.cells(country).shares
        self.answered = 1.0 - np.stack([model.silence(i, country) for i in INDICATORS], axis=1)
        codes = [np.array(model.instrument.item(i).codes, np.float64) for i in INDICATORS]
        margins = [model.cell_margins(i, country) for i in INDICATORS]
        self.cells = np.stack([m @ c for m, c in zip(margins, codes, strict=True)], axis=1)
        squares = np.stack([m @ c**2 for m, c in zip(margins, codes, strict=True)], axis=1)
        products = _cell_products(model, country, codes)
        products[:, np.arange(_P), np.arange(_P)] = squares

        both = self.answered[:, :, None] * self.answered[:, None, :]
        both[:, np.arange(_P), np.arange(_P)] = self.answered
        counted = both * self.shares[:, None, None]
        self.total = counted.sum(axis=0)
        self.first = np.einsum("djk,dj->jk", counted, self.cells)
        self.square = np.einsum("djk,dj->jk", counted, squares)
        self.product = (counted * products).sum(axis=0)


def country_moments(model: SyntheticModel, countries: Sequence[str]) -> list[CountryMoments]:
    """Moments of several countries."""
    return [CountryMoments(model, country) for country in countries]


def planted_map(model: SyntheticModel, countries: Sequence[str]) -> tuple[CultureMap, FloatArray]:
    """The map of a reference sample of countries, each counted alike, and their scores on it.

    Parameters
    ----------
    model : SyntheticModel
        The model.
    countries : sequence of str
        ISO 3166 alpha-3 codes.

    Returns
    -------
    culture_map : CultureMap
        What `mores.measures.culture_map.fit_culture_map` tends to as respondents are added.
    scores : ndarray of float, shape (countries, 2)
        Mean scores of those who answered any indicator.
    """
    moments = country_moments(model, countries)
    total, first, square, product = (
        np.sum([getattr(m, name) for m in moments], axis=0)
        for name in ("total", "first", "square", "product")
    )
    mean = first / total
    variance = square / total - mean**2
    covariance = product / total - mean * mean.T
    correlation = covariance / np.sqrt(variance * variance.T)
    means, sds = np.diag(mean), np.sqrt(np.diag(variance))
    np.fill_diagonal(correlation, 1.0)
    fitted = fit_culture_map(_sample_with(means, sds, correlation), np.ones(2 * _P))
    weights = _pattern_weights(fitted)
    return fitted, np.array([_country_scores(m, fitted, weights) for m in moments])


def _sample_with(means: FloatArray, sds: FloatArray, correlation: FloatArray) -> FloatArray:
    """A sample of 20 that has exactly these moments."""
    half = np.sqrt(_P) * np.linalg.cholesky(correlation).T
    return np.asarray(means + sds * np.concatenate([half, -half]))


def _cell_products(model: SyntheticModel, country: str, codes: list[FloatArray]) -> FloatArray:
    """Mean products of two indicators in each cell, shape (D, 10, 10)."""
    theta, weights = model.latent(country).nodes(_NODES)
    items = [model.instrument.item(name) for name in INDICATORS]
    given = np.stack(
        [_expected(model, i.id, country, c, theta) for i, c in zip(items, codes, strict=True)], -1
    )
    products = np.einsum("dqj,dqk,q->djk", given, given, weights, optimize=True)
    points, chances = quadrature(_NODES)
    for j, k in combinations(range(_P), 2):
        if _share_a_factor([model.parameters.items.get(items[i].id) for i in (j, k)]):
            means = [
                _expected(model, items[i].id, country, codes[i], theta[..., None, :], points)
                for i in (j, k)
            ]
            shared = np.einsum("dqf,dqf,q,f->d", *means, weights, chances, optimize=True)
            products[:, j, k] = products[:, k, j] = shared
    return np.asarray(products)


def _expected(
    model: SyntheticModel,
    item: str,
    country: str,
    codes: FloatArray,
    theta: FloatArray,
    factor: FloatArray | None = None,
) -> FloatArray:
    """Expected code (...) given latent positions (..., 2), and factors if they matter."""
    if model.instrument.items[item].derived:
        return np.asarray(index_given(model, item, country, theta) @ codes)
    response = model.response(item, country)
    if isinstance(response, OrderedResponse):
        return response.expected(codes, theta, factor)
    return np.asarray(response.given(theta) @ codes)


def _share_a_factor(pair: Sequence[object]) -> bool:
    first, second = pair
    return (
        isinstance(first, OrderedItem)
        and isinstance(second, OrderedItem)
        and first.group == second.group
        and first.factor * second.factor != 0
    )


def _patterns() -> FloatArray:
    """Every pattern of indicators that are there (1) or not (0), shape (1024, 10)."""
    return np.asarray((np.arange(1 << _P)[:, None] >> np.arange(_P)) & 1, dtype=np.float64)


def _pattern_weights(fitted: CultureMap) -> FloatArray:
    """Weights of the standardised indicators for each pattern, shape (1024, 10, 2)."""
    there = _patterns()[:, None, :] > 0
    # Scores are linear: those of a respondent one standard deviation above the mean in one indicator.
    units = fitted.means + fitted.sds * np.eye(_P)
    scores = fitted.scores(np.where(there, units, np.nan))
    return np.asarray(np.nan_to_num(scores))


def _country_scores(moments: CountryMoments, fitted: CultureMap, weights: FloatArray) -> FloatArray:
    """Mean scores of those of a country who answer any indicator, shape (2,)."""
    chances = np.ones((len(moments.shares), 1))
    for indicator in range(_P):  # the pattern's bits, from the lowest
        answered = moments.answered[:, indicator, None]
        chances = np.concatenate([chances * (1.0 - answered), chances * answered], axis=1)
    z = (moments.cells - fitted.means) / fitted.sds
    expected = (chances @ weights.reshape(1 << _P, -1)).reshape(len(z), _P, 2)
    scores = np.einsum("dj,djk->dk", z, expected)
    placed = moments.shares @ (1.0 - chances[:, 0])
    return np.asarray(moments.shares @ scores / placed)
