"""Split-half distances: how far two random halves of a group of respondents are apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, IntArray, Seed, at_least_one, coverage_level
from mores.measures.ratio import ratio
from mores.measures.resampling import percentile_interval
from mores.measures.results import Interval
from mores.measures.shares import SurveyAnswers, survey_answers

__all__ = ["SplitHalf", "split_half"]

_BLOCK = 1 << 21  # cells of a table in memory
_HALVES = 1 << 26  # of the splits, a byte each
_RESIDUE = 1e-12
"""What is left of a weight total from which all was subtracted, relative to the total."""


@dataclass(frozen=True, slots=True, eq=False)
class SplitHalf:
    r"""Distances of humans to themselves, over groups (G) and items (I).

    `distance` is between two samples of **half** the size, and so larger than what sampling error
    does to a comparison of full samples. An error of estimation is proportional to
    :math:`1/\sqrt{n}`, and both distances are proportional to the error; with a variance V/n of the
    full sample, the difference of two halves has 4 V/n, that of two independent full samples 2 V/n,
    and that of the full sample from the population which it samples V/n. Hence two more figures,
    which rest on that normal approximation.

    Attributes
    ----------
    distance : ndarray of float, shape (G, I)
        Mean over the splits, 0 … 1; NaN where no split had answers in both halves.
    interval : Interval
        Percentiles over the splits, of shape (G, I): how much it matters which halves are drawn. It
        is not a confidence interval.
    splits : ndarray of int, shape (G, I)
        Splits with answers in both halves; the others are left out.
    drawn : int
        Splits drawn.
    """

    distance: FloatArray
    interval: Interval
    splits: IntArray
    drawn: int

    @property
    def between_full_samples(self) -> FloatArray:
        r"""Expected distance of two independent samples of the full size: `distance` / √2."""
        return np.asarray(self.distance / np.sqrt(2.0))

    @property
    def to_population(self) -> FloatArray:
        """Expected distance of the full sample from the population it samples: `distance` / 2.

        What a model that answers exactly as the population does would still show against the sample:
        the least that can be hoped for.
        """
        return self.distance / 2.0


def split_half(
    answers: ArrayLike,
    n_options: ArrayLike,
    weights: ArrayLike,
    groups: ArrayLike,
    n_groups: int,
    ordered: ArrayLike,
    splits: int = 200,
    level: float = 0.95,
    seed: Seed = 0,
) -> SplitHalf:
    """Distance between the weighted distributions of two random halves of each group.

    Respondents are halved, not answers: a split is the same for all items, and who did not answer an
    item is missing from either half. Of an odd number one half has one more. The distance is that of
    `mores.measures.ordinal`: Wasserstein over the scale's length if the options are ordered, total
    variation if not.

    Parameters
    ----------
    answers, n_options, weights, groups, n_groups
        As for `mores.measures.shares.weighted_shares`.
    ordered : array_like of bool, shape (I,)
        Whether the order of an item's options means something.
    splits : int
        Number of random splits, at least 1.
    level : float
        Share of the splits that the interval holds, between 0 and 1.
    seed : int or numpy.random.Generator
        Randomness. Each group has a stream of its own, so that a group's halves depend on its number
        and its respondents alone.

    Returns
    -------
    SplitHalf
        Arrays over (groups, items).

    Raises
    ------
    ValueError
        If shapes do not fit, or something lies outside its range.
    """
    survey = survey_answers(answers, n_options, weights, groups, n_groups)
    n_items = survey.n_options.size
    kinds = np.asarray(ordered)
    if kinds.shape != (n_items,) or kinds.dtype != np.bool_:
        raise ValueError(
            f"ordered has shape {kinds.shape} and type {kinds.dtype}; allowed: booleans of shape "
            f"({n_items},); give True or False for each item"
        )
    at_least_one(splits, "splits")
    coverage_level(level)
    mean, low, high = (np.full((n_groups, n_items), np.nan) for _ in range(3))
    defined = np.zeros((n_groups, n_items), np.int64)
    layout = _Layout.of(survey, kinds)
    streams = np.random.default_rng(seed).spawn(n_groups)
    order = np.argsort(survey.groups, kind="stable")
    ends = np.cumsum(np.bincount(survey.groups, minlength=n_groups))
    for group, rows in enumerate(np.split(order, ends[:-1])):
        if rows.size < 2:
            continue
        chosen, weight = survey.answers[:, rows], survey.weights[rows]
        draws = np.concatenate(list(layout.distances(chosen, weight, splits, streams[group])))
        there = ~np.isnan(draws)
        defined[group] = there.sum(axis=0)
        mean[group] = ratio(np.where(there, draws, 0.0).sum(axis=0), defined[group])
        interval = percentile_interval(draws, level)
        low[group], high[group] = interval.low, interval.high
    return SplitHalf(mean, Interval(low, high, level), defined, splits)


@dataclass(frozen=True, slots=True)
class _Layout:
    """All options of all items side by side: item by item, one column an option."""

    first: IntArray  # the first column of each item
    n_options: IntArray
    ordered: NDArray[np.bool_]

    @classmethod
    def of(cls, survey: SurveyAnswers, ordered: NDArray[np.bool_]) -> _Layout:
        options = survey.n_options
        return cls(np.cumsum(options) - options, options, ordered)

    def distances(
        self,
        answers: NDArray[np.int8],
        weights: FloatArray,
        splits: int,
        stream: np.random.Generator,
    ) -> Iterator[FloatArray]:
        """Distances of the halves of one group, in blocks of shape (some splits, items)."""
        half = np.zeros(weights.size, np.int8)
        half[: weights.size // 2] = 1
        block = max(1, _HALVES // weights.size)
        for start in range(0, splits, block):
            rows = min(block, splits - start)
            halves = stream.permuted(np.broadcast_to(half, (rows, weights.size)), axis=1)
            yield self._between(*self._sums(answers, weights, halves))

    def _sums(
        self, answers: NDArray[np.int8], weights: FloatArray, halves: NDArray[np.int8]
    ) -> tuple[FloatArray, FloatArray]:
        """Weight on each column in either half, shape (splits, columns)."""
        columns = int(self.n_options.sum())
        inside, whole = np.zeros((len(halves), columns)), np.zeros(columns)
        block = max(1, _BLOCK // (columns + 1))
        for start in range(0, weights.size, block):
            chosen = answers[:, start : start + block].T
            # One row a respondent, with the weight in the column of each option chosen; what was not
            # answered goes to a last column, which is dropped.
            table = np.zeros((len(chosen), columns + 1))
            column = np.where(chosen >= 0, self.first + chosen, columns)
            table[np.arange(len(chosen))[:, None], column] = weights[start : start + block, None]
            inside += halves[:, start : start + block].astype(np.float64) @ table[:, :-1]
            whole += table[:, :-1].sum(axis=0)
        outside = whole - inside
        # Subtraction leaves rounding where nothing is left.
        outside[outside < _RESIDUE * whole] = 0.0
        return inside, outside

    def _between(self, inside: FloatArray, outside: FloatArray) -> FloatArray:
        """Distance of two sets of sums, item by item; NaN where one has no answer."""
        totals = [np.add.reduceat(sums, self.first, axis=1) for sums in (inside, outside)]
        missing = (totals[0] == 0) | (totals[1] == 0)
        shares = [
            sums / np.repeat(np.where(missing, 1.0, total), self.n_options, axis=1)
            for sums, total in zip((inside, outside), totals, strict=True)
        ]
        gap = np.where(np.repeat(missing, self.n_options, axis=1), 0.0, shares[0] - shares[1])
        running = gap.cumsum(axis=1)
        before = np.repeat((running - gap)[:, self.first], self.n_options, axis=1)
        moved = np.add.reduceat(np.abs(running - before), self.first, axis=1)
        changed = np.add.reduceat(np.abs(gap), self.first, axis=1)
        distance = np.where(self.ordered, moved / (self.n_options - 1), changed / 2)
        return np.where(missing, np.nan, distance.clip(max=1.0))
