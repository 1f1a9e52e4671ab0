r"""Shapley values: what each of d parts of a prompt adds, on average over the orders of adding them.

.. math::
   \varphi_i = \sum_{S \not\ni i} \frac{|S|!\,(d - |S| - 1)!}{d!}\,\bigl(v(S \cup \{i\}) - v(S)\bigr)

where v(S) is what is measured with the parts S, such as an error: then negative values are
improvements. Together they make up the whole difference, :math:`\sum_i \varphi_i = v(\text{all}) -
v(\text{none})`, which is checked at run time.

References
----------
Shapley (1953), A value for n-person games, Contributions to the Theory of Games 2, 307–317.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, Seed, at_least_one, observed

__all__ = ["Shapley", "exact_shapley", "sampled_shapley", "subsets"]

_MOST_EXACT = 16
_MOST_SAMPLED = 62  # a subset is the bits of an integer
_RESIDUE = 1e-9
"""How far the values may miss their sum, relative to the largest magnitude they are made from."""


@dataclass(frozen=True, slots=True, eq=False)
class Shapley:
    """Shapley values of d parts, of one game or several.

    Attributes
    ----------
    values : ndarray of float, shape (..., d)
        In the units of v; NaN where v of a subset that enters is missing.
    standard_error : ndarray of float, shape (..., d)
        Of the sampling of orders, and of nothing else; 0 if exact, NaN with a single pair of orders.
    difference : ndarray of float, shape (...)
        v of all parts less v of none, which the values sum to.
    evaluated : int
        Subsets whose v was used.
    """

    values: FloatArray
    standard_error: FloatArray
    difference: FloatArray
    evaluated: int


def subsets(d: int) -> NDArray[np.bool_]:
    """All subsets of d parts, in the order of `exact_shapley`: row s has part i if bit i of s is set.

    Parameters
    ----------
    d : int
        Number of parts, 1 … 16.

    Returns
    -------
    ndarray of bool, shape (2^d, d)
        The first row has none of the parts, the last has all.

    Raises
    ------
    ValueError
        If d is outside its range.
    """
    if not 1 <= d <= _MOST_EXACT:
        raise ValueError(
            f"d is {d}; allowed: 1 … {_MOST_EXACT}; sample orders with sampled_shapley for more"
        )
    return (np.arange(1 << d)[:, None] >> np.arange(d) & 1).astype(np.bool_)


def exact_shapley(values: ArrayLike) -> Shapley:
    """Shapley values from v of every subset.

    The values are linear in v: given draws of v along a leading axis, they are draws of the Shapley
    values.

    Parameters
    ----------
    values : array_like, shape (..., 2^d)
        v of each subset, in the order of `subsets`; d at most 16. A game with a missing one (NaN) has
        no Shapley values.

    Returns
    -------
    Shapley
        With `standard_error` 0.

    Raises
    ------
    ValueError
        If the length is no power of 2, or the values fail to sum to the whole difference.
    """
    table = observed(values, "values")
    size = table.shape[-1] if table.ndim else 0
    d = size.bit_length() - 1
    if not 1 <= d <= _MOST_EXACT or size != 1 << d:
        raise ValueError(
            f"values has shape {table.shape}; allowed: (..., 2^d) with d from 1 to {_MOST_EXACT}, v of "
            "each subset in the order of subsets(d); fill the last axis, NaN where v is missing"
        )
    members = subsets(d)
    weight = np.array([1 / (d * comb(d - 1, others)) for others in range(d)])
    counted = members.sum(axis=1, keepdims=True)
    joining, staying_out = weight[counted - 1], weight[np.minimum(counted, d - 1)]
    # What all subsets have in common adds nothing, and would cost digits.
    found = (table - table[..., :1]) @ np.where(members, joining, -staying_out)
    difference = np.asarray(table[..., -1] - table[..., 0])
    _check_sum(found, difference, np.abs(table).max(axis=-1))
    return Shapley(found, np.where(np.isnan(found), np.nan, 0.0), difference, size)


def sampled_shapley(
    value: Callable[[NDArray[np.bool_]], ArrayLike],
    d: int,
    pairs: int,
    seed: Seed,
    *,
    batch: int = 64,
) -> Shapley:
    """Shapley values estimated from random orders of adding the parts, each with its reverse.

    What a part adds when it is early in an order, it adds late in the reverse; the pair's mean varies
    less than that of two independent orders. The standard error is over pairs. No subset is asked for
    twice, so that v may be costly, or noisy; of noise in v the standard error knows nothing.

    Parameters
    ----------
    value : callable
        From subsets, bool of shape (B, d), to v, shape (B, ...): one number a subset, or an array of
        them, for several games at once. A game that meets a missing one (NaN) has no Shapley values.
    d : int
        Number of parts, 1 … 62.
    pairs : int
        Pairs of orders, 2 and more for a standard error. A pair asks for at most 2 (d - 1) subsets
        beyond none and all.
    seed : int or numpy.random.Generator
        Randomness.
    batch : int
        Pairs whose subsets are asked for in one call.

    Returns
    -------
    Shapley
        Arrays (..., d).

    Raises
    ------
    ValueError
        If a number is outside its range, v has another shape, or the values fail to sum to the whole
        difference.

    References
    ----------
    Castro, Gómez and Tejada (2009), Computers & Operations Research 36(5), 1726–1730; Mitchell,
    Cooper, Frank and Holmes (2022), Journal of Machine Learning Research 23(43) (antithetic orders).
    """
    if not 1 <= d <= _MOST_SAMPLED:
        raise ValueError(
            f"d is {d}; allowed: 1 … {_MOST_SAMPLED}; put parts together that belong together"
        )
    at_least_one(pairs, "pairs")
    at_least_one(batch, "batch")
    generator = np.random.default_rng(seed)
    known = _Known(value, d)
    ends = known(np.array([0, (1 << d) - 1], np.int64))
    mean, squares = np.zeros((*ends.shape[1:], d)), np.zeros((*ends.shape[1:], d))
    for start in range(0, pairs, batch):
        rows = min(batch, pairs - start)
        order = generator.permuted(np.broadcast_to(np.arange(d), (rows, d)), axis=1)
        both = np.stack([order, order[:, ::-1]], axis=1)
        chain = np.zeros((rows, 2, d + 1), np.int64)
        chain[..., 1:] = np.cumsum(np.int64(1) << both, axis=-1)
        reached = known(chain.ravel()).reshape(*chain.shape, *ends.shape[1:])
        added = np.moveaxis(np.diff(reached, axis=2), 2, -1)
        places = both.reshape(rows, 2, *[1] * (ends.ndim - 1), d)
        by_part = np.empty_like(added)
        np.put_along_axis(by_part, np.broadcast_to(places, added.shape), added, axis=-1)
        for number, pair in enumerate(by_part.mean(axis=1), start + 1):
            shift = pair - mean
            mean += shift / number
            squares += shift * (pair - mean)
    error = np.sqrt(squares / (pairs - 1) / pairs) if pairs > 1 else np.full(mean.shape, np.nan)
    unknown = np.isnan(mean).any(axis=-1)
    mean[unknown], error[unknown] = np.nan, np.nan
    difference = np.asarray(ends[1] - ends[0])
    _check_sum(mean, difference, known.largest())
    return Shapley(mean, error, difference, known.evaluated)


class _Known:
    """v of the subsets met so far; each is asked for once."""

    def __init__(self, value: Callable[[NDArray[np.bool_]], ArrayLike], d: int) -> None:
        self._value, self._parts = value, np.arange(d)
        self._row: dict[int, int] = {}
        self._values: list[FloatArray] = []

    @property
    def evaluated(self) -> int:
        return len(self._values)

    def largest(self) -> FloatArray:
        return np.asarray(np.abs(np.stack(self._values)).max(axis=0))

    def __call__(self, members: NDArray[np.int64]) -> FloatArray:
        new = [m for m in dict.fromkeys(members.tolist()) if m not in self._row]
        if new:
            asked = (np.array(new, np.int64)[:, None] >> self._parts & 1).astype(np.bool_)
            told = observed(self._value(asked), "value(subsets)")
            shape = (len(new), *(self._values[0].shape if self._values else told.shape[1:]))
            if told.shape != shape:
                raise ValueError(
                    f"value(subsets) has shape {told.shape} for {len(new)} subsets; allowed: {shape}, "
                    "v along the first axis and always as many games; return one row a subset"
                )
            self._row.update((m, row) for row, m in enumerate(new, len(self._values)))
            self._values.extend(told)
        return np.stack([self._values[self._row[m]] for m in members.tolist()])


def _check_sum(values: FloatArray, difference: FloatArray, largest: FloatArray) -> None:
    missed = np.abs(values.sum(axis=-1) - difference)
    if (missed > _RESIDUE * largest).any():
        raise ValueError(
            f"Shapley values miss v(all) - v(none) by {np.nanmax(missed):.3g}; allowed: rounding; "
            "rescale v, which holds values too far apart for double precision"
        )
