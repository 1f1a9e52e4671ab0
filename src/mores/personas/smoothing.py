r"""Shares of the 93,312 configurations among weighted respondents, smoothed: arrays in, arrays out.

Some 1,200 respondents leave nearly all of the 93,312 cells empty. The estimate is drawn towards a
distribution :math:`q`, as if :math:`\alpha` further respondents were spread like it:

.. math:: \theta_x = \frac{\sum_i w_i \, r_{ix} + \alpha q_x}{\sum_i w_i + \alpha},

where the weights of the respondents are scaled to sum to Kish's effective n, so that unequal weights
do not lend the data more force than they have. A respondent whose levels are all known counts in one
cell, :math:`r_{ix} = 1`. One who lacks some is spread over the set :math:`S_i` of cells that agree with
what is known, in proportion to the current estimate,

.. math:: r_{ix} = \theta_x \big/ \textstyle\sum_{y \in S_i} \theta_y, \quad x \in S_i,

and the two equations are iterated: EM for the mode under a Dirichlet prior with parameters
:math:`1 + \alpha q` (Dempster, Laird and Rubin 1977), whose objective is concave. Nobody gets a level
that was not given: a set keeps its respondent's weight, and what is not known adds nothing. This takes
an unknown level to be missing at random, given the known ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.personas.variables import N_CONFIGURATIONS, variables

__all__ = [
    "MOST_ITERATIONS",
    "TOLERANCE",
    "Evidence",
    "Patterns",
    "checked_levels",
    "checked_weights",
    "effective_n",
    "level_counts",
    "patterns",
    "smoothed",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_ITERATIONS = 100
"""EM ends here at the latest."""

TOLERANCE = 1e-5
"""EM ends when an iteration moves less than this share of the total weight."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Weights of respondents by what is known of their configurations.

    Attributes
    ----------
    complete : float64 array, shape (93312,)
        Those whose levels are all known, by configuration.
    partial : float64 array, shape (P,)
        The others, by set of configurations that agree with what is known; see `Patterns`.
    n_effective : float
        The sum of both: Kish's effective n.
    """

    complete: FloatArray
    partial: FloatArray
    n_effective: float


@dataclass(frozen=True, eq=False)
class Patterns:
    """What is known of the configurations of n respondents; made by `patterns`.

    Attributes
    ----------
    levels : int64 array, shape (n, 10)
        -1 where a level is not known.
    cell : int64 array, shape (n,)
        The configuration; -1 of a respondent who lacks a level.
    place : int64 array, shape (n,)
        Which of the P distinct sets of configurations agrees with a respondent who lacks a level; -1
        of one who does not.
    starts, widths : int64 array, shape (P,)
        Where in `members` each set begins, and how many configurations it has.
    members : int64 array, shape (sum of widths,)
        The configurations of the sets, as places in `moving`.
    moving : int64 array
        The configurations that are in any set, ascending.
    """

    levels: IntArray
    cell: IntArray
    place: IntArray
    starts: IntArray
    widths: IntArray
    members: IntArray
    moving: IntArray

    def evidence(self, weights: ArrayLike) -> Evidence:
        """Count the respondents with weights >= 0 on any scale, shape (n,), not all of them 0.

        Raises
        ------
        ValueError
            If the weights are not that.
        """
        weight = checked_weights(weights, len(self.levels))
        n = effective_n(weight)
        weight = weight * (n / weight.sum())
        whole = self.cell >= 0
        complete = np.bincount(self.cell[whole], weight[whole], N_CONFIGURATIONS)
        partial = np.bincount(self.place[~whole], weight[~whole], len(self.starts))
        return Evidence(complete.astype(np.float64), partial.astype(np.float64), n)


@cache
def level_counts() -> tuple[int, ...]:
    """Number of levels of each variable."""
    return tuple(len(variable.levels) for variable in variables())


@cache
def _strides() -> IntArray:
    return np.append(np.cumprod(level_counts()[:0:-1])[::-1], 1).astype(np.int64)


def effective_n(weights: ArrayLike) -> float:
    """Kish's effective n, (sum of weights)² / sum of squared weights; 0 without any weight.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7.
    """
    given = np.asarray(weights, dtype=np.float64)
    greatest = float(given.max(initial=0.0))
    if greatest <= 0:
        return 0.0
    scaled = given / greatest
    return float(scaled.sum() ** 2 / (scaled**2).sum())


def patterns(levels: ArrayLike) -> Patterns:
    """Sort respondents by what is known of their configurations.

    Parameters
    ----------
    levels : array_like of int, shape (n, 10)
        Index of each level, -1 where it is not known. A row without any known level agrees with
        everything and says nothing; leave it out.

    Raises
    ------
    ValueError
        If the shape, the type or a level is wrong.
    """
    held = checked_levels(levels)
    whole = (held >= 0).all(axis=1)
    sets, place = np.unique(held[~whole], axis=0, return_inverse=True)
    masks, mask_of = np.unique(sets < 0, axis=0, return_inverse=True)
    order = np.argsort(mask_of.ravel(), kind="stable")
    parts, widths = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    # Sets that lack the same variables differ by an offset only.
    for number, mask in enumerate(masks):
        rows = order[mask_of.ravel()[order] == number]
        free = np.zeros(1, np.int64)
        for v in np.flatnonzero(mask):
            free = (free[:, None] + np.arange(level_counts()[v]) * _strides()[v]).ravel()
        fixed = np.where(mask, 0, sets[rows]) @ _strides()
        parts.append((fixed[:, None] + free).ravel())
        widths.append(np.full(len(rows), len(free), np.int64))
    width = np.concatenate(widths)
    moving, members = np.unique(np.concatenate(parts), return_inverse=True)
    placed = np.full(len(held), -1, np.int64)
    placed[~whole] = np.argsort(order)[place.ravel()]
    cell = np.where(whole, held @ _strides(), -1)
    return Patterns(held, cell, placed, np.cumsum(width) - width, width, members, moving)


def smoothed(
    found: Patterns, weights: ArrayLike, prior: FloatArray, alpha: float
) -> tuple[FloatArray, int]:
    """Shares of the configurations; see the module for the equations.

    Parameters
    ----------
    found : Patterns
        Of n respondents.
    weights : array_like of float, shape (n,)
        Each >= 0, on any scale, not all 0.
    prior : float64 array, shape (93312,)
        The distribution towards which the shares are drawn, and where EM starts; positive, sum 1.
    alpha : float
        Its mass in respondents, >= 0. With 0, a set of configurations that nobody else speaks to is
        spread like the prior.

    Returns
    -------
    shares : float64 array, shape (93312,)
        >= 0, sum 1.
    iterations : int
        Of EM; 0 if every respondent is complete.

    Raises
    ------
    ValueError
        If alpha or the weights are out of range.
    """
    if not 0 <= alpha < np.inf:
        raise ValueError(f"alpha is {alpha}; allowed: a finite number of 0 or more respondents")
    seen = found.evidence(weights)
    total = seen.n_effective + alpha
    shares = seen.complete + alpha * prior
    iterations = 0
    if seen.partial.any():
        base = shares[found.moving]
        current = np.maximum(prior[found.moving] * total, np.finfo(np.float64).tiny)
        moved = np.inf
        while moved >= TOLERANCE and iterations < MOST_ITERATIONS:
            chance = current[found.members]
            within = np.add.reduceat(chance, found.starts)
            # A set whose respondents all weigh 0 may run empty; it spreads nothing.
            factor = np.divide(seen.partial, within, out=np.zeros_like(within), where=within > 0)
            spread = chance * np.repeat(factor, found.widths)
            updated = base + np.bincount(found.members, spread, len(base))
            moved = float(np.abs(updated - current).sum()) / total
            current, iterations = updated, iterations + 1
        shares[found.moving] = current
    return shares / shares.sum(), iterations


def checked_levels(levels: ArrayLike) -> IntArray:
    """Levels as int64, shape (n, 10), -1 where one is not known; ValueError if they are not that."""
    held, sizes = np.asarray(levels), np.array(level_counts())
    if held.ndim != 2 or held.shape[1] != len(sizes) or held.dtype.kind not in "iu":
        raise ValueError(
            f"levels has shape {held.shape} and type {held.dtype}; allowed: whole numbers, shape "
            f"(n, {len(sizes)})"
        )
    odd = (held < -1) | (held >= sizes)
    if odd.any():
        row, column = (int(i) for i in np.argwhere(odd)[0])
        raise ValueError(
            f"levels is {held[row, column]} at {(row, column)}; allowed: -1 (not known) to "
            f"{sizes[column] - 1}"
        )
    return held.astype(np.int64)


def checked_weights(weights: ArrayLike, n: int) -> FloatArray:
    """Weights >= 0, not all 0, scaled to a greatest of 1; ValueError if they are not that."""
    weight = np.asarray(weights, dtype=np.float64)
    if weight.shape != (n,):
        raise ValueError(f"weights has shape {weight.shape}; allowed: ({n},), as many as levels")
    bad = ~(weight >= 0) | np.isinf(weight)
    if bad.any():
        where = int(np.argmax(bad))
        raise ValueError(
            f"weights is {weight[where]} at index {where}; allowed: finite numbers of 0 or more; leave "
            "respondents without a weight out"
        )
    if not weight.any():
        raise ValueError("weights are all 0, or there are none; give at least one above 0")
    scaled: FloatArray = weight / weight.max()
    return scaled
