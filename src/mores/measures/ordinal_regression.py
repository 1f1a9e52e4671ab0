r"""Proportional-odds regression: an ordered answer from numbers known of a respondent.

.. math:: P(Y \le k \mid x) = \frac{1}{1 + \exp(x'\beta - \theta_k)}, \qquad k = 1 \ldots K - 1

with ascending thresholds :math:`\theta`: one slope a predictor for all options, positive where more of
the predictor goes with a higher option. The likelihood factorises into
:math:`\sigma(\theta_y - x'\beta)\,\sigma(x'\beta - \theta_{y-1})\,(1 - e^{-(\theta_y - \theta_{y-1})})`,
of which only the first two terms depend on the respondent. It is log-concave, and Newton's method with
the exact Hessian and halved steps finds its maximum.

References
----------
McCullagh (1980), Regression Models for Ordinal Data, Journal of the Royal Statistical Society B 42(2),
109–142; Pratt (1981), Concavity of the Log Likelihood, Journal of the American Statistical Association
76(373), 103–106.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, IntArray, observed

__all__ = ["ProportionalOdds", "fit_proportional_odds"]

_STEPS = 25
"""Newton needs under ten; slopes of separated answers grow with every step and never settle."""
_HALVINGS = 30
_SETTLED = 1e-8
"""How little the last step moves any parameter, of standardised predictors, relative to its size."""

_ROUNDING = 1e-12
"""How far a sum over rows may fall by rounding alone, relative to its size."""


@dataclass(frozen=True, slots=True, eq=False)
class ProportionalOdds:
    """A fitted regression of an answer with K options on p predictors.

    Attributes
    ----------
    slopes : ndarray of float, shape (p,)
        Log odds of a higher answer per unit of the predictor; 0 for a predictor that does not vary.
        NaN where nobody answered.
    thresholds : ndarray of float, shape (K - 1,)
        Ascending. An option that nobody chose lies between equal thresholds, or beyond an infinite
        one, and so has the share 0. NaN where nobody answered.
    converged : bool
        Whether the maximum was found. False where predictors separate the options, so that the
        likelihood has no maximum (a ridge gives it one), and where nobody answered.
    n : int
        Rows used: answered, with all predictors and a weight above 0.
    """

    slopes: FloatArray
    thresholds: FloatArray
    converged: bool
    n: int

    def shares(self, x: ArrayLike) -> FloatArray:
        """Distributions over the options.

        Parameters
        ----------
        x : array_like, shape (n, p)
            Predictors; a row with a missing one (NaN) has no distribution.

        Returns
        -------
        ndarray of float, shape (n, K)
            Rows sum to 1, or are NaN.

        Raises
        ------
        ValueError
            If the number of predictors differs.
        """
        table = observed(x, "x")
        if table.ndim != 2 or table.shape[1] != self.slopes.size:
            raise ValueError(
                f"x has shape {table.shape}; allowed: (n, {self.slopes.size}), the predictors that "
                "were fitted; give one row a respondent"
            )
        below = _sigmoid(self.thresholds - (table @ self.slopes)[:, None])
        ends = np.broadcast_to([0.0, 1.0], (len(table), 2)) + 0 * below[:, :1]
        return np.diff(np.hstack([ends[:, :1], below, ends[:, 1:]]), axis=1).clip(min=0)


def fit_proportional_odds(
    x: ArrayLike,
    y: ArrayLike,
    n_options: int,
    weights: ArrayLike | None = None,
    *,
    ridge: float = 0.0,
    start: ProportionalOdds | None = None,
) -> ProportionalOdds:
    r"""Fit by (penalised, weighted) maximum likelihood.

    Parameters
    ----------
    x : array_like, shape (n, p)
        Predictors, without a constant. A row with a missing one (NaN) is left out.
    y : array_like of int, shape (n,)
        Index of the option chosen, 0 … n_options - 1; -1 for none, which is left out.
    n_options : int
        K, 2 and more, options that nobody chose included.
    weights : array_like, shape (n,), optional
        0 and more, in any unit: only their ratios count. Rows without (NaN) or with 0 are left out.
        1 each if None.
    ridge : float
        Penalty :math:`\frac{ridge}{2} \sum_j (\beta_j s_j)^2` on the log likelihood of as many rows as
        are used, with the weighted standard deviations s of the predictors; 0 for none.
    start : ProportionalOdds, optional
        A fit of nearly the same rows, from which to start; it changes the speed alone.

    Returns
    -------
    ProportionalOdds
        Of predictors that determine each other the slopes are not unique; the shares are.

    Raises
    ------
    ValueError
        If shapes do not fit, or a number lies outside its range.
    """
    table, answers, weight = _checked(x, y, n_options, weights, ridge)
    p = table.shape[1]
    used = (answers >= 0) & (weight > 0) & ~np.isnan(table).any(axis=1)
    table, answers, weight = table[used], answers[used], weight[used]
    n = len(answers)
    if not n:
        return ProportionalOdds(np.full(p, np.nan), np.full(n_options - 1, np.nan), False, 0)
    weight = weight * (n / weight.sum())
    chosen, answers = np.unique(answers, return_inverse=True)
    mean = weight @ table / n
    sd = np.sqrt(weight @ (table - mean) ** 2 / n)
    varies = sd > 1e-12 * np.abs(table).max(axis=0, initial=0)
    if chosen.size == 1:
        return ProportionalOdds(np.zeros(p), _spread(np.empty(0), chosen, n_options), True, n)
    scale = sd[varies]
    sample = _Sample.of((table[:, varies] - mean[varies]) / scale, answers, weight, chosen.size)
    first = _first(sample)
    if start is not None and (known := _from(start, chosen, n_options)) is not None:
        slopes = start.slopes[varies] * scale
        first = _Point(known - start.slopes[varies] @ mean[varies], slopes)
    found, converged = _newton(sample, first, ridge)
    slopes = np.zeros(p)
    slopes[varies] = found.slopes / scale
    thresholds = found.thresholds + slopes[varies] @ mean[varies]
    return ProportionalOdds(slopes, _spread(thresholds, chosen, n_options), converged, n)


@dataclass(frozen=True, slots=True)
class _Point:
    """Parameters, thresholds before slopes."""

    thresholds: FloatArray
    slopes: FloatArray

    def moved(self, step: FloatArray) -> _Point:
        cut = self.thresholds.size
        return _Point(self.thresholds + step[:cut], self.slopes + step[cut:])


@dataclass(frozen=True, slots=True)
class _Sample:
    """Rows sorted by the option chosen, none of which is without rows."""

    x: FloatArray
    weight: FloatArray
    starts: IntArray  # the first row of each option
    totals: FloatArray  # weight on each option

    @classmethod
    def of(cls, x: FloatArray, y: IntArray, weight: FloatArray, n_options: int) -> _Sample:
        order = np.argsort(y, kind="stable")
        counts = np.bincount(y, minlength=n_options)
        totals = np.asarray(np.bincount(y, weight, n_options), np.float64)
        return cls(x[order], weight[order], np.cumsum(counts) - counts, totals)

    def _gaps(self, at: _Point) -> tuple[FloatArray, FloatArray]:
        """Threshold above less predictor, and predictor less threshold below, for each row."""
        sizes = np.diff(self.starts, append=len(self.x))
        along = self.x @ at.slopes
        above = np.repeat(np.append(at.thresholds, np.inf), sizes) - along
        below = along - np.repeat(np.append(-np.inf, at.thresholds), sizes)
        return above, below

    def log_likelihood(self, at: _Point, ridge: float) -> float:
        apart = np.diff(at.thresholds)
        if (apart <= 0).any():
            return -np.inf
        above, below = self._gaps(at)
        rows = np.logaddexp(0, -above) + np.logaddexp(0, -below)
        between = self.totals[1:-1] @ np.log(-np.expm1(-apart))
        return float(between - self.weight @ rows - ridge / 2 * at.slopes @ at.slopes)

    def step(self, at: _Point, ridge: float) -> FloatArray:
        """Newton's step: the gradient through the negative Hessian."""
        cut, p = at.thresholds.size, at.slopes.size
        above, below = (_sigmoid(-gap) for gap in self._gaps(at))
        pulls = self.weight * above, self.weight * below
        bends = pulls[0] * (1 - above), pulls[1] * (1 - below)
        # Row k of the sums over options: rows of which threshold k is the one above, or below.
        up, down = (np.add.reduceat(pull, self.starts) for pull in pulls)
        bend_up, bend_down = (np.add.reduceat(bend, self.starts) for bend in bends)
        gradient = np.empty(cut + p)
        gradient[:cut] = up[:-1] - down[1:]
        gradient[cut:] = self.x.T @ (pulls[1] - pulls[0]) - ridge * at.slopes
        information = np.zeros((cut + p, cut + p))
        diagonal = bend_up[:-1] + bend_down[1:]
        apart = np.diff(at.thresholds)
        odds = self.totals[1:-1] / np.expm1(apart)
        curve = odds / -np.expm1(-apart)
        gradient[1:cut] += odds
        gradient[: cut - 1] -= odds
        diagonal[1:] += curve
        diagonal[:-1] += curve
        inner = np.arange(cut)
        information[inner, inner] = diagonal
        information[inner[1:], inner[:-1]] = information[inner[:-1], inner[1:]] = -curve
        both = bends[0] + bends[1]
        information[cut:, cut:] = self.x.T @ (self.x * both[:, None]) + ridge * np.eye(p)
        crossed = np.add.reduceat(self.x * bends[0][:, None], self.starts, axis=0)[:-1]
        crossed = crossed + np.add.reduceat(self.x * bends[1][:, None], self.starts, axis=0)[1:]
        information[:cut, cut:], information[cut:, :cut] = -crossed, -crossed.T
        # The least step where predictors determine each other.
        return np.asarray(np.linalg.lstsq(information, gradient)[0])


def _newton(sample: _Sample, at: _Point, ridge: float) -> tuple[_Point, bool]:
    value = sample.log_likelihood(at, ridge)
    for _ in range(_STEPS):
        step = sample.step(at, ridge)
        size = np.abs(np.append(at.thresholds, at.slopes)).max()
        settled = bool(np.abs(step).max() <= _SETTLED * (1 + size))
        for _ in range(_HALVINGS):
            tried = at.moved(step)
            reached = sample.log_likelihood(tried, ridge)
            if reached >= value - _ROUNDING * abs(value):
                at, value = tried, reached
                break
            step = step / 2
        else:
            return at, False
        if settled:
            return at, True
    return at, False


def _first(sample: _Sample) -> _Point:
    """Slopes of 0, at which the thresholds are known."""
    below = sample.totals.cumsum()[:-1] / sample.totals.sum()
    return _Point(np.log(below / (1 - below)), np.zeros(sample.x.shape[1]))


def _from(start: ProportionalOdds, chosen: IntArray, n_options: int) -> FloatArray | None:
    """Thresholds between the options chosen, if an earlier fit has them."""
    if start.thresholds.size != n_options - 1:
        return None
    known = start.thresholds[chosen[1:] - 1]
    usable = np.isfinite(known).all() and (np.diff(known) > 0).all()
    return known if usable else None


def _spread(thresholds: FloatArray, chosen: IntArray, n_options: int) -> FloatArray:
    """Thresholds between all options, from those between the options chosen."""
    ends = np.concatenate([[-np.inf], thresholds, [np.inf]])
    return np.asarray(ends[np.searchsorted(chosen, np.arange(n_options - 1), side="right")])


def _sigmoid(values: FloatArray) -> FloatArray:
    from scipy.special import expit

    return np.asarray(expit(values))


def _checked(
    x: ArrayLike, y: ArrayLike, n_options: int, weights: ArrayLike | None, ridge: float
) -> tuple[FloatArray, NDArray[np.int64], FloatArray]:
    table, answers = observed(x, "x"), np.asarray(y)
    if table.ndim != 2 or answers.shape != table.shape[:1]:
        raise ValueError(
            f"x has shape {table.shape} and y {answers.shape}; allowed: (n, p) and (n,); give one row "
            "a respondent and one answer each"
        )
    if n_options < 2:
        raise ValueError(
            f"n_options is {n_options}; allowed: 2 and more; leave nothing to one option"
        )
    whole = np.issubdtype(answers.dtype, np.integer)
    if not whole or (answers.size and (answers.min() < -1 or answers.max() >= n_options)):
        raise ValueError(
            f"y is of type {answers.dtype}; allowed: integers -1 … {n_options - 1}, the index of the "
            "option chosen and -1 where there is no answer; recode it"
        )
    given = np.ones(len(table)) if weights is None else observed(weights, "weights")
    if given.shape != answers.shape or (given < 0).any():
        raise ValueError(
            f"weights has shape {given.shape} and least value {given.min(initial=np.inf)}; allowed: "
            f"shape {answers.shape}, 0 or more, NaN for none; pass the survey's weights"
        )
    if not 0 <= ridge < np.inf:
        raise ValueError(f"ridge is {ridge}; allowed: 0 and more; 0 is plain maximum likelihood")
    return table, answers.astype(np.int64), given
