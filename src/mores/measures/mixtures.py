"""Personas as a population: weighted means of their distributions, at any temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import FloatArray, IntArray, at_least_one, group_index, observed
from mores.measures.ratio import ratio
from mores.measures.scales import (
    checked_distributions,
    option_counts,
    option_table,
    scale_positions,
)
from mores.measures.tilting import LEAST_TEMPERATURE, Prepared

__all__ = ["Method", "Mixtures", "Personas", "mixtures"]

Method: TypeAlias = Literal["tilting", "scaling"]

_BLOCK = 1 << 16  # cells of a table in memory; small, so that it stays in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Mixtures:
    """What a population of personas answers, at each of some temperatures.

    Axes are temperatures (T), groups of personas (G), questions (Q) and options (K).

    Attributes
    ----------
    shares : ndarray of float, shape (T, G, Q, K)
        Weighted mean of the personas' distributions, 0 … 1; NaN beyond a question's last option, and
        where no persona has a distribution.
    personas : ndarray of int, shape (G, Q)
        Personas in the mean, unweighted.
    missing : ndarray of int, shape (G, Q)
        Personas of the group, with a weight above 0, that have no distribution.
    degenerate : ndarray of int, shape (G, Q)
        Of `personas`, those with all mass on one option, which no temperature changes.
    unconverged : ndarray of int, shape (T, G, Q)
        Distributions whose mean tilting failed to keep.
    """

    shares: FloatArray
    personas: IntArray
    missing: IntArray
    degenerate: IntArray
    unconverged: IntArray


def mixtures(
    probabilities: ArrayLike,
    temperatures: ArrayLike,
    weights: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_groups: int = 1,
    *,
    n_options: ArrayLike | None = None,
    positions: ArrayLike | None = None,
    method: Method = "tilting",
) -> Mixtures:
    """Weighted means of personas' distributions at each of some temperatures.

    Memory beyond the arguments and the result: one copy of the probabilities, and blocks of bounded
    size.

    Parameters
    ----------
    probabilities : array_like, shape (N, Q, K)
        Distribution of each persona for each question; see `mores.measures.ordinal` for what is
        missing.
    temperatures : array_like, shape (T,)
        0.001 and more.
    weights : array_like, shape (N,), optional
        Of the personas, 0 and more, in any unit; 1 each if None. Who has 0 is left out.
    groups : array_like of int, shape (N,), optional
        Group of each persona, such as a country, 0 … n_groups - 1; all in one if None.
    n_groups : int
        Number of groups, at least 1; those without personas included.
    n_options : array_like of int, shape (Q,), optional
        Options of each question, 2 … K; K if None.
    positions : array_like, shape (K,) or (Q, K), optional
        Where the options lie, ascending; equal steps if None.
    method : {"tilting", "scaling"}
        Mean-preserving tilting, or plain temperature scaling.

    Returns
    -------
    Mixtures
        Arrays over (temperatures, groups, questions, options).

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, or a number lies outside its range.
    """
    people = Personas.of(probabilities, weights, groups, n_groups, n_options, positions, method)
    heat = observed(temperatures, "temperatures")
    if heat.ndim != 1 or not (heat >= LEAST_TEMPERATURE).all():
        raise ValueError(
            f"temperatures is {heat}; allowed: a list of numbers of {LEAST_TEMPERATURE} and more; "
            "give at least one, and none missing"
        )
    return people.mixtures(heat, range(n_groups))


@dataclass(frozen=True, slots=True, eq=False)
class Personas:
    """Checked distributions of personas, with all that their mixtures need.

    Attributes
    ----------
    shares : ndarray of float, shape (N, Q, K)
        0 beyond a question's last option; all NaN where missing.
    places : ndarray of float, shape (Q, K)
        Positions of the options as shares of the scale's length.
    n_options : ndarray of int, shape (Q,)
        Options of each question.
    weights : ndarray of float, shape (N,)
        Of the personas.
    rows : tuple of ndarray of int
        The personas of each group that have a weight above 0.
    method : {"tilting", "scaling"}
        What a temperature does.
    """

    shares: FloatArray
    places: FloatArray
    n_options: IntArray
    weights: FloatArray
    rows: tuple[IntArray, ...]
    method: Method

    @classmethod
    def of(
        cls,
        probabilities: ArrayLike,
        weights: ArrayLike | None,
        groups: ArrayLike | None,
        n_groups: int,
        n_options: ArrayLike | None,
        positions: ArrayLike | None,
        method: Method,
    ) -> Personas:
        """Check the arguments of `mixtures`, which see."""
        if np.ndim(probabilities) != 3:
            raise ValueError(
                f"probabilities has shape {np.shape(probabilities)}; allowed: (personas, questions, "
                "options); add an axis for a single persona or question"
            )
        if method not in get_args(Method):
            raise ValueError(
                f"method is {method!r}; allowed: {', '.join(map(repr, get_args(Method)))}; choose one"
            )
        if n_options is not None and np.ndim(n_options) > 1:
            raise ValueError(
                f"n_options has shape {np.shape(n_options)}; allowed: one number, or one a question; "
                "a question has the same options for every persona"
            )
        table = option_table(probabilities, "probabilities")
        options = option_counts(n_options, table.shape)
        shares = checked_distributions(table, options, "probabilities")
        at_least_one(len(shares), "the number of personas")
        places = scale_positions(options[:1], shares[:1].shape, positions)[0]
        weight = _weights(weights, len(shares))
        given = np.zeros(len(shares), np.int64) if groups is None else groups
        index = group_index(given, (len(shares),), at_least_one(n_groups, "n_groups"), "groups")
        rows = tuple(np.flatnonzero((index == g) & (weight > 0)) for g in range(n_groups))
        return cls(shares, places, options[0], weight, rows, method)

    def mixtures(self, temperatures: FloatArray, groups: Sequence[int]) -> Mixtures:
        """The mixtures of some of the groups, in that order, at valid temperatures."""
        _, n_questions, width = self.shares.shape
        size = (len(groups), n_questions)
        total, weight = np.zeros((len(temperatures), *size, width)), np.zeros(size)
        counts = np.zeros((3, *size), np.int64)
        unconverged = np.zeros((len(temperatures), *size), np.int64)
        block = max(1, _BLOCK // (n_questions * width))
        for place, group in enumerate(groups):
            rows = self.rows[group]
            for start in range(0, rows.size, block):
                part = self._part(rows[start : start + block], temperatures)
                total[:, place] += part.total
                weight[place] += part.weight
                counts[:, place] += part.counts
                unconverged[:, place] += part.unconverged
        shares = ratio(total, weight[..., None])
        shares[..., np.arange(width) >= self.n_options[:, None]] = np.nan
        return Mixtures(shares, counts[0], counts[1], counts[2], unconverged)

    def _part(self, rows: IntArray, temperatures: FloatArray) -> _Part:
        """Sums over some personas of one group."""
        shares = self.shares[rows]
        shape, width = shares.shape[:2], shares.shape[2]
        places = np.broadcast_to(self.places, shares.shape).reshape(-1, width)
        ready = Prepared.of(shares.reshape(-1, width), places)
        there = ~ready.missing.reshape(shape)
        weights = np.where(there, self.weights[rows, None], 0.0)
        total = np.empty((len(temperatures), shape[1], width))
        unconverged = np.empty((len(temperatures), shape[1]), np.int64)
        rate = np.zeros(there.size)
        for t, temperature in enumerate(temperatures):
            heat = np.full(there.size, temperature)
            if self.method == "scaling":
                found = ready.scaled(heat)
            else:
                # β is 0 at T = 1 and nearly proportional to 1 - 1/T: the last is a good start.
                warmth = 1 - 1 / temperature
                found = ready.tilted(heat, rate * warmth)
                rate = found.beta / warmth if warmth else rate
            q = np.where(ready.missing, 0.0, found.probabilities).reshape(width, *shape)
            total[t] = np.einsum("knq,nq->qk", q, weights)
            unconverged[t] = (there & ~found.converged.reshape(shape)).sum(axis=0)
        counts = np.stack([there, ~there, ready.degenerate.reshape(shape)]).sum(axis=1)
        return _Part(total, weights.sum(axis=0), counts, unconverged)


class _Part(NamedTuple):
    """Sums over some personas."""

    total: FloatArray  # of weighted distributions, (T, Q, K)
    weight: FloatArray  # (Q,)
    counts: IntArray  # of personas with a distribution, without one, and degenerate: (3, Q)
    unconverged: IntArray  # (T, Q)


def _weights(weights: ArrayLike | None, n: int) -> FloatArray:
    if weights is None:
        return np.ones(n)
    given = observed(weights, "weights")
    if given.shape != (n,) or not (given >= 0).all():
        raise ValueError(
            f"weights has shape {given.shape} and least value {given.min(initial=np.inf)}; allowed: "
            f"shape ({n},), 0 or more for each persona and none missing; leave out personas without "
            "a weight"
        )
    return given
