"""Mixtures of many observations' distributions by weighting and group, fed in blocks.

Where `mores.measures.mixtures` holds all personas at once and spreads them to any temperature, this
holds sums only: for 93,312 personas, or for the respondents of a survey.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.group_sums import GroupSums, Members
from mores.measures.inputs import FloatArray, IntArray, observed
from mores.measures.ratio import ratio
from mores.measures.scales import checked_distributions, option_counts

__all__ = ["MixtureAccumulator", "answer_shares"]

_BLOCK = 1 << 19  # cells of a block in memory


def answer_shares(answers: ArrayLike, n_options: ArrayLike) -> FloatArray:
    """Answers as distributions with all mass on the option chosen.

    Parameters
    ----------
    answers : array_like of int, shape (n, Q)
        Index of the option chosen, from 0; -1 for none.
    n_options : array_like of int, shape (Q,)
        Options of each question.

    Returns
    -------
    ndarray of float, shape (n, Q, K)
        0 everywhere for a missing answer.

    Raises
    ------
    ValueError
        If shapes do not fit, or an answer is none of the options.
    """
    chosen, options = np.asarray(answers), np.asarray(n_options)
    if (
        chosen.ndim != 2
        or not np.issubdtype(chosen.dtype, np.integer)
        or options.shape != chosen.shape[1:]
    ):
        raise ValueError(
            f"answers has shape {chosen.shape} and type {chosen.dtype}; allowed: integers of shape "
            f"(n, {options.size}), the index of the option chosen and -1 for none; one column a question"
        )
    wrong = (chosen < -1) | (chosen >= options)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ValueError(
            f"the answer to question {column} is {chosen[row, column]}; allowed: 0 … "
            f"{options[column] - 1}, and -1 for none; give the index of the option"
        )
    shares = np.zeros((*chosen.shape, int(options.max(initial=2))))
    rows, columns = np.nonzero(chosen >= 0)
    shares[rows, columns, chosen[rows, columns]] = 1.0
    return shares


@dataclass(slots=True, eq=False)
class MixtureAccumulator:
    """Mixtures of distributions by weighting and group, fed in blocks.

    Axes are clusters (C), weightings (W), groups (G), questions (Q) and options (K, those of the
    longest question). Memory is that of the sums, (C, W, G, Q, K), and of one bounded block.

    Attributes
    ----------
    n_groups : int
        G, the groups of all attributes together.
    n_options : array_like of int, shape (Q,)
        Options of each question, 2 and more.
    n_weightings, n_clusters : int
        W and C.
    sums : GroupSums
        Of shares, (C, W, G, Q * K).
    n : ndarray of int, shape (W, G, Q)
        Observations with a distribution and a weight above 0.
    members : ndarray of int, shape (W, G)
        Observations with a weight above 0, whether with a distribution or not.
    squares : ndarray of float, shape (W, G, Q)
        Sums of squared weights of those that `n` counts.
    """

    n_groups: int
    n_options: IntArray
    n_weightings: int = 1
    n_clusters: int = 1
    sums: GroupSums = field(init=False)
    n: IntArray = field(init=False)
    members: IntArray = field(init=False)
    squares: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        given = np.asarray(self.n_options)
        if given.ndim != 1 or not given.size or not np.issubdtype(given.dtype, np.integer):
            raise ValueError(
                f"n_options has shape {given.shape} and type {given.dtype}; allowed: integers of shape "
                "(questions,); give the number of options of each question"
            )
        width = max(int(given.max()), 2)
        self.n_options = option_counts(given, (given.size, width))
        self.sums = GroupSums(self.n_groups, given.size * width, self.n_weightings, self.n_clusters)
        shape = (self.n_weightings, self.n_groups)
        self.n = np.zeros((*shape, given.size), np.int64)
        self.members = np.zeros(shape, np.int64)
        self.squares = np.zeros((*shape, given.size))

    @property
    def width(self) -> int:
        """K, the options of the longest question."""
        return int(self.n_options.max())

    def add(
        self,
        shares: ArrayLike,
        groups: ArrayLike,
        weights: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
    ) -> None:
        """Add a block of distributions.

        Parameters
        ----------
        shares : array_like, shape (n, Q, K)
            Distribution of each observation for each question; missing, and counted so, if all 0 or
            if one of its options is NaN. NaN or 0 beyond a question's last option.
        groups, weights, clusters
            As for `mores.measures.group_sums.GroupSums.add`.

        Raises
        ------
        ValueError
            If shapes do not fit, something is no distribution, or a number is out of range. The
            accumulator is then not to be used further: part of the block may have been added.
        """
        table = np.asarray(shares)
        if table.ndim != 3 or table.shape[1:] != (self.n_options.size, self.width):
            raise ValueError(
                f"shares has shape {table.shape}; allowed: (n, {self.n_options.size}, {self.width}), a "
                "share for each option of each question; fill up short questions with 0"
            )
        found = self.sums.members(len(table), groups, weights, clusters)
        for part in self._parts(len(table)):
            options = np.broadcast_to(self.n_options, table[part].shape[:-1])
            self._add_part(
                _part_of(found, part),
                checked_distributions(observed(table[part], "shares"), options, "shares"),
            )

    def add_answers(
        self,
        answers: ArrayLike,
        groups: ArrayLike,
        weights: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
    ) -> None:
        """Add a block of single answers.

        Parameters
        ----------
        answers : array_like of int, shape (n, Q)
            Index of the option chosen; -1 for none.
        groups, weights, clusters
            As for `mores.measures.group_sums.GroupSums.add`.

        Raises
        ------
        ValueError
            If shapes do not fit or something is out of range.
        """
        chosen = np.asarray(answers)
        if chosen.ndim != 2 or chosen.shape[1] != self.n_options.size:
            raise ValueError(
                f"answers has shape {chosen.shape}; allowed: (n, {self.n_options.size}), one column a "
                "question; pass -1 where there is no answer"
            )
        found = self.sums.members(len(chosen), groups, weights, clusters)
        for part in self._parts(len(chosen)):
            self._add_part(_part_of(found, part), answer_shares(chosen[part], self.n_options))

    def shares(self) -> FloatArray:
        """The mixtures, shape (W, G, Q, K).

        Returns
        -------
        ndarray of float
            0 … 1, summing to 1 over a question's options; NaN beyond its last option, and where
            nobody of the group has a distribution.
        """
        return self._mixtures(self.sums.totals.sum(axis=0))

    def n_effective(self) -> FloatArray:
        """Kish's effective number of observations, (Σ w)² / Σ w², shape (W, G, Q); 0 without any."""
        weight = self._by_question(self.sums.totals.sum(axis=0)).sum(axis=-1)
        return np.where(self.n > 0, ratio(weight**2, self.squares), 0.0)

    def clusters_used(self) -> IntArray:
        """Clusters that hold a distribution, (W, G): what an interval rests on."""
        return np.asarray((self.sums.totals.sum(axis=-1) > 0).sum(axis=0))

    def draws(self, weights: ArrayLike, group: int) -> FloatArray:
        """Bootstrap draws of the mixtures of one group.

        Parameters
        ----------
        weights : array_like, shape (B, C)
            How often each cluster is taken, from `mores.measures.resampling.cluster_weights`.
        group : int
            0 … G - 1.

        Returns
        -------
        ndarray of float, shape (B, W, Q, K)
            As `shares`.
        """
        sums = self.sums.totals[:, :, group]
        taken = np.asarray(weights, dtype=np.float64)
        if taken.ndim != 2 or taken.shape[1] != len(sums):
            raise ValueError(
                f"weights has shape {taken.shape}; allowed: (draws, {len(sums)}), a column for each "
                f"cluster; make them with cluster_weights({len(sums)}, draws, seed)"
            )
        drawn = taken @ sums.reshape(len(sums), -1)
        return self._mixtures(drawn.reshape(len(taken), *sums.shape[1:]))

    def _by_question(self, sums: FloatArray) -> FloatArray:
        return sums.reshape(*sums.shape[:-1], self.n_options.size, self.width)

    def _mixtures(self, sums: FloatArray) -> FloatArray:
        """Shares from sums; each distribution sums to 1, so the weight is the sum over options."""
        table = self._by_question(sums)
        shares = ratio(table, table.sum(axis=-1, keepdims=True))
        shares[..., np.arange(self.width) >= self.n_options[:, None]] = np.nan
        return shares

    def _parts(self, n: int) -> Iterator[slice]:
        rows = max(1, _BLOCK // (self.n_options.size * self.width))
        return (slice(start, start + rows) for start in range(0, n, rows))

    def _add_part(self, found: Members, shares: FloatArray) -> None:
        there = (shares.sum(axis=-1) > 0).astype(np.float64)  # False for NaN too
        if np.isnan(shares).any():
            shares = np.where(there[..., None] > 0, shares, 0.0)
        self.sums.add_members(shares.reshape(len(shares), -1), found)
        counted = (found.table > 0).astype(np.float64)
        shape = self.members.shape
        self.n += np.rint(counted.T @ there).astype(np.int64).reshape(*shape, -1)
        self.members += np.rint(counted.sum(axis=0)).astype(np.int64).reshape(shape)
        self.squares += ((found.table**2).T @ there).reshape(*shape, -1)


def _part_of(found: Members, part: slice) -> Members:
    return Members(found.table[part], found.clusters[part])
