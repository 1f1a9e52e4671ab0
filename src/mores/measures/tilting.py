r"""Mean-preserving exponential tilting: more or less dispersion, the same mean.

A temperature alone, :math:`p_k^{1/T}`, changes the dispersion of a distribution over ordered options
and moves its mean towards the middle of the scale or towards the mode. Tilting moves it back:

.. math:: q_k \propto p_k^{1/T} \exp(\beta r_k), \qquad \sum_k r_k q_k = \sum_k r_k p_k

is the distribution nearest to :math:`p^{1/T}` in Kullback–Leibler divergence among those with p's mean.

The root is found for all distributions at once. With deviations :math:`d_k = r_k - \sum_j r_j p_j`, the
mean is kept where what lies above it balances what lies below, so that β is the root of

.. math::
   G(\beta) = \log \sum_{d_k > 0} d_k\, p_k^{1/T} e^{\beta r_k}
            - \log \sum_{d_k < 0} |d_k|\, p_k^{1/T} e^{\beta r_k}.

The slope of G lies between the distance of the two options next to the mean and that of the outermost
ones. Hence one value of G brackets the root, no plateau slows Newton's step down, and logarithms hold
shares of 1e-300 as well as others.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, IntArray, observed
from mores.measures.scales import one_distribution, scale_positions

__all__ = ["LEAST_TEMPERATURE", "Prepared", "Tilted", "scale_temperature", "tilt"]

LEAST_TEMPERATURE = 1e-3
"""Below it the exponents are so large that their rounding shows in the mean."""

_BLOCK = 1 << 17  # cells of a table in memory; small, so that it stays in the processor's cache
_THREADS = 8
_WORTH_THREADS = 4
"""Blocks from which threads are worth their start; numpy lets go of the interpreter in between."""
_SMALL = 1e-250
"""Weights above it have all their digits."""
_STEPS = 100
_ROUNDING = 8 * np.finfo(np.float64).eps
_KEPT = 1e-9
"""How far a mean may move, as a share of the scale's length."""


@dataclass(frozen=True, slots=True, eq=False)
class Tilted:
    """Distributions after a change of temperature.

    Attributes
    ----------
    probabilities : ndarray of float, shape (..., K)
        0 … 1, summing to 1; 0 where p is 0; NaN beyond the last option and where `missing`.
    beta : ndarray of float, shape (...)
        The tilt, per unit of the positions; 0 without tilting; NaN where `degenerate` or `missing`.
    iterations : ndarray of int, shape (...)
        Evaluations of the equation that β solves; 0 where nothing had to be solved.
    converged : ndarray of bool, shape (...)
        The mean is kept to 1e-9 of the scale's length; True where nothing had to be solved.
    degenerate : ndarray of bool, shape (...)
        All mass is on one option, and the distribution is left as it is.
    missing : ndarray of bool, shape (...)
        The distribution or its temperature is missing.
    """

    probabilities: FloatArray
    beta: FloatArray
    iterations: IntArray
    converged: NDArray[np.bool_]
    degenerate: NDArray[np.bool_]
    missing: NDArray[np.bool_]


def tilt(
    p: ArrayLike,
    temperature: ArrayLike,
    n_options: ArrayLike | None = None,
    positions: ArrayLike | None = None,
) -> Tilted:
    """Change the dispersion of distributions over an ordered scale and keep their means.

    T = 1 leaves p as it is. T > 1 flattens it, which does not always raise the variance; for T → ∞ it
    becomes the flattest distribution over the options with p > 0 that has p's mean.

    Parameters
    ----------
    p : array_like, shape (..., K)
        Distributions; see `mores.measures.ordinal` for what is missing. What a sum differs from 1 by
        rounding does not move the mean.
    temperature : array_like, shape (...)
        T, 0.001 and more, broadcast to the distributions; NaN is missing.
    n_options : array_like of int, shape (...), optional
        Options of each distribution, 2 … K; K if None.
    positions : array_like, shape (K,) or (..., K), optional
        Where the options lie (r), ascending; 0 … K - 1 if None.

    Returns
    -------
    Tilted
        Arrays of the shape of p.

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, positions do not ascend, or a temperature
        is too small.

    References
    ----------
    Csiszár (1975), Annals of Probability 3(1), 146–158, doi:10.1214/aop/1176996454 (the minimum of the
    divergence); Robertson, Tallman and Whiteman (2005), Journal of Money, Credit and Banking 37(3),
    383–401 (tilting to a moment).
    """
    shares, options = one_distribution(p, n_options)
    places = scale_positions(options, shares.shape, positions)
    found = _by_blocks(shares, options, places, temperature, tilting=True)
    return replace(found, beta=np.asarray(found.beta / _length(options, shares.shape, positions)))


def scale_temperature(
    p: ArrayLike, temperature: ArrayLike, n_options: ArrayLike | None = None
) -> Tilted:
    r"""Plain temperature scaling, :math:`q_k \propto p_k^{1/T}`, which moves the mean.

    For comparison with `tilt`; it works on unordered options too.

    Parameters
    ----------
    p, temperature, n_options
        As for `tilt`.

    Returns
    -------
    Tilted
        With `beta` 0.

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, or a temperature is too small.
    """
    shares, options = one_distribution(p, n_options)
    places = scale_positions(options, shares.shape)
    return _by_blocks(shares, options, places, temperature, tilting=False)


def _by_blocks(
    shares: FloatArray,
    options: IntArray,
    places: FloatArray,
    temperature: ArrayLike,
    tilting: bool,
) -> Tilted:
    """Work through all distributions, a block at a time; β in units of the scale's length."""
    leading, width = shares.shape[:-1], shares.shape[-1]
    heat = _temperatures(temperature, leading).ravel()
    flat, scale = shares.reshape(-1, width), places.reshape(-1, width)
    n = len(flat)
    result = Tilted(
        np.empty((n, width)),
        np.empty(n),
        np.empty(n, np.int64),
        np.empty(n, np.bool_),
        np.empty(n, np.bool_),
        np.empty(n, np.bool_),
    )
    block = max(1, _BLOCK // width)

    def work(start: int) -> None:
        part = slice(start, start + block)
        ready = Prepared.of(flat[part], scale[part])
        found = ready.tilted(heat[part]) if tilting else ready.scaled(heat[part])
        result.probabilities[part] = found.probabilities.T
        result.beta[part] = found.beta
        result.iterations[part] = found.iterations
        result.converged[part] = found.converged
        result.degenerate[part] = found.degenerate
        result.missing[part] = found.missing

    starts = range(0, n, block)
    if len(starts) < _WORTH_THREADS:
        for start in starts:
            work(start)
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(os.cpu_count() or 1, _THREADS)) as threads:
            list(threads.map(work, starts))
    result.probabilities[np.arange(width) >= options.reshape(-1, 1)] = np.nan
    return Tilted(
        result.probabilities.reshape(shares.shape),
        result.beta.reshape(leading),
        result.iterations.reshape(leading),
        result.converged.reshape(leading),
        result.degenerate.reshape(leading),
        result.missing.reshape(leading),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What n distributions need for any temperature. Options are the first axis: arrays (K, n).

    Attributes
    ----------
    shares, log_shares : ndarray of float, shape (K, n)
        0 and -inf for options without mass; NaN where missing.
    places : ndarray of float, shape (K, n)
        Positions as shares of the scale's length.
    deviation, log_deviation : ndarray of float, shape (K, n)
        Places less the mean; the logarithm is -inf for options that have no say in it.
    above : ndarray of bool, shape (K, n)
        Options with mass above the mean.
    gap, width : ndarray of float, shape (n,)
        From the option next below the mean to the one next above; from the lowest to the highest.
    missing, degenerate : ndarray of bool, shape (n,)
        As in `Tilted`.
    """

    shares: FloatArray
    log_shares: FloatArray
    places: FloatArray
    deviation: FloatArray
    log_deviation: FloatArray
    above: NDArray[np.bool_]
    gap: FloatArray
    width: FloatArray
    missing: NDArray[np.bool_]
    degenerate: NDArray[np.bool_]

    @classmethod
    def of(cls, shares: FloatArray, places: FloatArray) -> Prepared:
        """Prepare checked distributions (n, K): 0 beyond the last option, all NaN where missing."""
        p = np.ascontiguousarray(shares.T)
        x = np.ascontiguousarray(places.T)
        missing = np.asarray(np.isnan(p).any(axis=0))
        deviation = _deviations(p, x)
        above, below = (p > 0) & (deviation > 0), (p > 0) & (deviation < 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_deviation = np.where(above | below, np.log(np.abs(deviation)), -np.inf)
            log_shares = np.log(p)
        degenerate = ~(missing | (above.any(axis=0) & below.any(axis=0)))
        return cls(
            shares=p,
            log_shares=log_shares,
            places=x,
            deviation=deviation,
            log_deviation=log_deviation,
            above=above,
            gap=np.where(above, x, np.inf).min(axis=0) - np.where(below, x, -np.inf).max(axis=0),
            width=np.where(above, x, -np.inf).max(axis=0) - np.where(below, x, np.inf).min(axis=0),
            missing=missing,
            degenerate=degenerate,
        )

    def scaled(self, temperature: FloatArray) -> Tilted:
        """Plain scaling with one temperature a distribution; probabilities (K, n)."""
        missing = self.missing | np.isnan(temperature)
        beta = np.where(missing | self.degenerate, np.nan, 0.0)
        return self._result(temperature, missing, beta, np.zeros(beta.shape, np.int64))

    def tilted(self, temperature: FloatArray, start: FloatArray | None = None) -> Tilted:
        """Tilting with one temperature a distribution; probabilities (K, n), β for places.

        The search for β may be given where to start, which saves time if it is near.
        """
        missing = self.missing | np.isnan(temperature)
        beta = np.where(missing | self.degenerate, np.nan, 0.0)
        iterations = np.zeros(beta.shape, np.int64)
        rows = np.flatnonzero(~missing & ~self.degenerate & (temperature != 1))
        if rows.size:
            take = slice(None) if rows.size == beta.size else rows
            exponent = _heated(self.log_shares[:, take], temperature[take])
            beta[rows], iterations[rows] = _balanced(
                exponent + self.log_deviation[:, take],
                self.places[:, take],
                self.above[:, take],
                self.gap[take],
                self.width[take],
                np.zeros(rows.size) if start is None else start[take],
            )
        return self._result(temperature, missing, beta, iterations, kept=True)

    def _result(
        self,
        temperature: FloatArray,
        missing: NDArray[np.bool_],
        beta: FloatArray,
        iterations: IntArray,
        kept: bool = False,
    ) -> Tilted:
        asis = self.degenerate | (temperature == 1)
        solved = ~missing & ~asis
        heat = np.where(solved, temperature, 1.0)
        exponent = _heated(self.log_shares, heat) + np.where(solved, beta, 0.0) * self.places
        exponent -= exponent.max(axis=0)
        q = np.exp(exponent)
        q /= q.sum(axis=0)
        q[:, asis] = self.shares[:, asis]
        q[:, missing] = np.nan
        converged = ~missing
        if kept:
            moved = np.abs((np.where(solved, q, 0.0) * self.deviation).sum(axis=0))
            converged &= ~solved | (moved <= _KEPT)
        return Tilted(q, beta, iterations, converged, self.degenerate, missing)


def _deviations(p: FloatArray, places: FloatArray) -> FloatArray:
    """Places less the mean, exact for shares of any size: sums of differences, 0 where it is noise."""
    deviation = np.empty_like(p)
    for k, place in enumerate(places):
        terms = p * (place - places)
        total = terms.sum(axis=0)
        noise = _ROUNDING * np.abs(terms).sum(axis=0)
        deviation[k] = np.where(np.abs(total) <= noise, 0.0, total)
    return np.asarray(deviation / p.sum(axis=0))


def _heated(log_shares: FloatArray, temperature: FloatArray) -> FloatArray:
    """Logarithms of p^(1/T), the largest 0."""
    exponent = log_shares / temperature
    exponent -= exponent.max(axis=0)
    return exponent


def _balanced(
    exponent: FloatArray,
    places: FloatArray,
    above: NDArray[np.bool_],
    gap: FloatArray,
    width: FloatArray,
    start: FloatArray,
) -> tuple[FloatArray, IntArray]:
    """Roots of G and the evaluations they took: Newton's step, bisection where it does not help."""
    n = exponent.shape[1]
    roots, iterations = np.zeros(n), np.full(n, _STEPS)
    rows = np.arange(n)
    beta, low, high = start, np.full(n, -np.inf), np.full(n, np.inf)
    before = np.full(n, np.inf)
    size = np.abs(np.where(np.isinf(exponent), 0.0, exponent)).max(axis=0)
    for evaluation in range(1, _STEPS + 1):
        value, slope = _quick_balance(exponent, beta, places, above)
        near, far = beta - value / width, beta - value / gap
        low = np.maximum(low, np.minimum(near, far))
        high = np.minimum(high, np.maximum(near, far))
        distance = np.abs(value)
        done = distance <= _ROUNDING * (1 + size + np.abs(beta) * width)
        if done.any():
            roots[rows[done]], iterations[rows[done]] = beta[done], evaluation
            left = ~done
            if not left.any():
                break
            rows, beta, value, slope = rows[left], beta[left], value[left], slope[left]
            low, high, before, distance = low[left], high[left], before[left], distance[left]
            gap, width, size = gap[left], width[left], size[left]
            exponent, places, above = exponent[:, left], places[:, left], above[:, left]
        following = beta - value / slope
        helps = (following >= low) & (following <= high) & (distance <= before / 2)
        beta = np.where(helps, following, (low + high) / 2)
        before = distance
    else:
        roots[rows] = beta
    return roots, iterations


def _quick_balance(
    exponent: FloatArray, beta: FloatArray, places: FloatArray, above: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """`_balance` with one maximum for both sides, where neither side vanishes beside the other."""
    weight = places * beta
    weight += exponent
    weight -= weight.max(axis=0)
    np.exp(weight, out=weight)
    upper = weight * above
    weight -= upper
    over, under = upper.sum(axis=0), weight.sum(axis=0)
    upper *= places
    weight *= places
    least = np.minimum(over, under)
    if least.min() > _SMALL:
        slope = upper.sum(axis=0) / over - weight.sum(axis=0) / under
        return np.log(over / under), slope
    return _balance(exponent + beta * places, places, above)


def _balance(
    exponent: FloatArray, places: FloatArray, above: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """G and its slope: the mean place of what lies above less that of what lies below."""
    top = np.where(above, exponent, -np.inf).max(axis=0)
    bottom = np.where(above, -np.inf, exponent).max(axis=0)
    weight = np.exp(exponent - np.where(above, top, bottom))
    upper = np.where(above, weight, 0.0)
    lower = weight - upper
    over, under = upper.sum(axis=0), lower.sum(axis=0)
    slope = (upper * places).sum(axis=0) / over - (lower * places).sum(axis=0) / under
    return top - bottom + np.log(over / under), slope


def _temperatures(temperature: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    given = observed(temperature, "temperature")
    if (given < LEAST_TEMPERATURE).any():
        raise ValueError(
            f"temperature is {np.nanmin(given)}; allowed: {LEAST_TEMPERATURE} and more, 1 to leave a "
            "distribution as it is; raise it"
        )
    try:
        return np.broadcast_to(given, shape)
    except ValueError as error:
        raise ValueError(
            f"temperature has shape {given.shape}; allowed: one that broadcasts to {shape}; give one "
            "temperature a distribution"
        ) from error


def _length(options: IntArray, shape: tuple[int, ...], positions: ArrayLike | None) -> FloatArray:
    """Distance of the scale's ends, in the units of the positions."""
    last = (options - 1)[..., None]
    if positions is None:
        return last[..., 0].astype(np.float64)
    spread = np.broadcast_to(observed(positions, "positions"), shape)
    return np.asarray(np.take_along_axis(spread, last, axis=-1)[..., 0] - spread[..., 0])
