r"""How answers depend on the latent axes, and what that makes of a cell's distribution of answers.

**Ordered items.** The latent answer of respondent i of country c to item k is

.. math:: y_{ik} = a_k'\theta_i + b_{ck} + \lambda_k f_{ig} + \sqrt{1 - \lambda_k^2}\, e_{ik}

with the latent position :math:`\theta_i`, the factor :math:`f_{ig}` of the item's group and the error
:math:`e_{ik}` standard normal, and the country's intercept :math:`b_{ck}` a parameter. The answer is
the option between whose thresholds :math:`\tau_{k,j-1} < y_{ik} \le \tau_{kj}` it lies. In a cell with
mean m and covariance S of the latent position, y is normal with mean :math:`a'm + b` and variance
:math:`a'Sa + 1`, so that the shares of the options are differences of normal probabilities.

**Nominal items.** Option j has the utility :math:`v_j = \alpha_{cj} + a_j'\theta_i` and is chosen with
probability :math:`p_j = e^{v_j} / \sum_l e^{v_l}`; a second choice is made in the same way among the
options that are left. Shares of a cell are means over the normal distribution of :math:`\theta`, by
Gauss-Hermite quadrature.

Thresholds and the world's intercepts are set so that the world's shares come out near the margins in
the data: the position's distribution over the world, a mixture, is taken as normal for that.

References
----------
Luce (1959), Individual Choice Behavior (choices).
McKelvey and Zavoina (1975), Journal of Mathematical Sociology 4(1) (ordered probit).
Samejima (1969), Psychometrika monograph 17 (graded responses).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mores.populations.synthetic.parameters import ChoiceItem, OrderedItem
from mores.populations.synthetic.streams import standard_normal

__all__ = [
    "ChoiceResponse",
    "Latent",
    "OrderedResponse",
    "Response",
    "in_country",
    "quadrature",
    "worldwide",
]

FloatArray = npt.NDArray[np.float64]

_NODES = 11
_ROUNDS = 20  # of the fixed-point iteration for the intercepts of utilities


@dataclass(frozen=True, eq=False)
class Latent:
    """Normal distributions of the latent position in the cells of a country.

    Attributes
    ----------
    means : ndarray of float, shape (D, 2)
        Of each cell.
    covariance : ndarray of float, shape (2, 2)
        Within every cell.
    """

    means: FloatArray
    covariance: FloatArray

    @cached_property
    def root(self) -> FloatArray:
        """Lower triangular root of the covariance, shape (2, 2)."""
        return np.asarray(np.linalg.cholesky(self.covariance))

    def nodes(self, size: int = _NODES) -> tuple[FloatArray, FloatArray]:
        """Nodes (D, Q, 2) and weights (Q,) of Gauss-Hermite quadrature, Q = size²."""
        points, weights = quadrature(size)
        grid = np.stack(np.meshgrid(points, points, indexing="ij"), axis=-1).reshape(-1, 2)
        return self.means[:, None] + grid @ self.root.T, np.outer(weights, weights).reshape(-1)


def quadrature(size: int) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights, summing to 1, for means over a standard normal variable."""
    points, weights = np.polynomial.hermite_e.hermegauss(size)
    return points, weights / weights.sum()


@dataclass(frozen=True, eq=False)
class OrderedResponse:
    """An ordered item in one country.

    Attributes
    ----------
    axes : ndarray of float, shape (2,)
        Slopes a.
    intercept : float
        The country's intercept b.
    thresholds : ndarray of float, shape (K - 1,)
        Ascending thresholds.
    factor : float
        Loading on the group's factor.
    """

    axes: FloatArray
    intercept: float
    thresholds: FloatArray
    factor: float

    @classmethod
    def of(cls, item: OrderedItem, world: Latent) -> OrderedResponse:
        """The response in a country of no deviation; `world` has one mean and the whole covariance."""
        from scipy.special import ndtri

        axes = np.array(item.axes)
        spread = np.sqrt(axes @ world.covariance @ axes + item.deviation**2 + 1.0)
        margin = np.cumsum(item.margin)[:-1]
        return cls(
            axes=axes,
            intercept=0.0,
            thresholds=world.means[0] @ axes + spread * ndtri(margin),
            factor=item.factor,
        )

    def cell_shares(self, latent: Latent) -> FloatArray:
        """Shares of the options in each cell, shape (D, K)."""
        variance = self.axes @ latent.covariance @ self.axes + 1.0
        mean = latent.means @ self.axes + self.intercept
        return self._shares(mean, float(np.sqrt(variance)))

    def given(self, theta: FloatArray, factor: FloatArray | None = None) -> FloatArray:
        """Probabilities (..., K) of the options given latent positions (..., 2), or factors as well."""
        return self._shares(*self._given(theta, factor))

    def expected(
        self, codes: FloatArray, theta: FloatArray, factor: FloatArray | None = None
    ) -> FloatArray:
        """Expected code (...) given latent positions (..., 2), or factors as well."""
        from scipy.special import ndtr

        mean, spread = self._given(theta, factor)
        below = ndtr((self.thresholds - mean[..., None]) / spread)
        return np.asarray(codes[-1] - below @ np.diff(codes))

    def _given(self, theta: FloatArray, factor: FloatArray | None) -> tuple[FloatArray, float]:
        """Mean and standard deviation of the latent answer."""
        mean = theta @ self.axes + self.intercept
        if factor is None:
            return mean, 1.0
        return mean + self.factor * factor, float(np.sqrt(1.0 - self.factor**2))

    def _shares(self, mean: FloatArray, spread: float) -> FloatArray:
        from scipy.special import ndtr

        below = ndtr((self.thresholds - mean[..., None]) / spread)
        ends = np.zeros((*mean.shape, 1))
        return np.diff(np.concatenate([ends, below, ends + 1.0], axis=-1), axis=-1)

    def draw(
        self, theta: FloatArray, factor: FloatArray, noise: FloatArray
    ) -> npt.NDArray[np.int8]:
        """Indices of the options chosen, shape (n,), from standard normal factors and errors."""
        answer = theta @ self.axes + self.intercept
        answer += self.factor * factor + np.sqrt(1.0 - self.factor**2) * noise
        return np.searchsorted(self.thresholds, answer).astype(np.int8)


@dataclass(frozen=True, eq=False)
class ChoiceResponse:
    """A nominal item in one country.

    Attributes
    ----------
    intercepts : ndarray of float, shape (K,)
        Of the utilities.
    axes : ndarray of float, shape (K, 2)
        Slopes of the utilities.
    second : bool
        Whether it is a second choice.
    """

    intercepts: FloatArray
    axes: FloatArray
    second: bool

    @classmethod
    def of(cls, item: ChoiceItem, world: Latent) -> ChoiceResponse:
        """The response in a country of no deviation; `world` has one mean and the whole covariance."""
        margin = np.array(item.margin)
        found = cls(np.log(margin), np.array(item.axes), second=False)
        for _ in range(_ROUNDS):
            shares = found.cell_shares(world)[0]
            found = replace(found, intercepts=found.intercepts + np.log(margin / shares))
        return replace(found, second=item.first is not None)

    def cell_shares(self, latent: Latent) -> FloatArray:
        """Shares of the options in each cell, shape (D, K)."""
        theta, weights = latent.nodes()
        return np.asarray(np.einsum("dqk,q->dk", self.given(theta), weights))

    def given(self, theta: FloatArray) -> FloatArray:
        """Probabilities of the options (..., K) given latent positions (..., 2)."""
        return np.asarray(self.pairs(theta).sum(axis=-2)) if self.second else self._first(theta)

    def pairs(self, theta: FloatArray) -> FloatArray:
        """Probabilities (..., K, K) of first choices (rows) with second choices (columns)."""
        first = self._first(theta)
        # Chance of each second choice, had the first (rows) not been among the options.
        left = first[..., None, :] * (1.0 - np.eye(first.shape[-1]))
        return np.asarray(first[..., :, None] * left / left.sum(axis=-1, keepdims=True))

    def _first(self, theta: FloatArray) -> FloatArray:
        utility = np.exp(theta @ self.axes.T + self.intercepts)
        return np.asarray(utility / utility.sum(axis=-1, keepdims=True))

    def draw(
        self, theta: FloatArray, noise: FloatArray, first: npt.NDArray[np.int8] | None = None
    ) -> npt.NDArray[np.int8]:
        """Indices of the options chosen, shape (n,), from uniform noise and, for a second, the first."""
        chances = self._first(theta)
        if first is not None:
            chances[np.arange(len(first)), first] = 0.0
        upper = np.cumsum(chances, axis=1)
        chosen = (noise[:, None] * upper[:, -1:] >= upper).sum(axis=1)
        last = chances.shape[1] - 1 - np.argmax(chances[:, ::-1] > 0, axis=1)
        return np.asarray(np.minimum(chosen, last), np.int8)


Response: TypeAlias = OrderedResponse | ChoiceResponse


def worldwide(item: OrderedItem | ChoiceItem, world: Latent) -> Response:
    """The response to an item in a country of no deviation, which has the world's margins.

    Parameters
    ----------
    item : OrderedItem or ChoiceItem
        Its parameters.
    world : Latent
        One mean, and the covariance over all respondents of the world.
    """
    if isinstance(item, OrderedItem):
        return OrderedResponse.of(item, world)
    return ChoiceResponse.of(item, world)


def in_country(response: Response, item: OrderedItem | ChoiceItem, country: str) -> Response:
    """The response with the country's own intercepts; a second choice has those of the first."""
    if isinstance(response, OrderedResponse):
        return replace(response, intercept=item.deviation * standard_normal(country, item.id))
    name = (item.first or item.id) if isinstance(item, ChoiceItem) else item.id
    deviations = [
        item.deviation * standard_normal(country, name, str(option))
        for option in range(len(item.margin))
    ]
    return replace(response, intercepts=response.intercepts + deviations)
