r"""How near groups of personas come to the same groups of humans, question by question.

For a group g and a question q, with P the weighted mixture of the personas' distributions and H the
weighted distribution of the humans,

.. math:: A(g, q) = 1 - W_1(P, H)

with the options on 0 … 1 between the scale's fixed ends, whatever of it was answered; for nominal
questions the distance is total variation. A group's alignment is the mean over its questions, that of an
attribute :math:`\sum_g (n_g / N) A_g` over the humans' group sizes. A question without an answer on
either side is left out of its group's mean and counted, never taken for 0 or 1.

Personas are fed in blocks to a `MixtureAccumulator`, humans to another. Intervals come from the
bootstrap of random groups (`mores.measures.group_sums`) over personas, over respondents, or over both
independently; see `mores.measures.group_sums.centred_interval` for why
they are shifted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import FloatArray, IntArray, Seed, observed
from mores.measures.mixture_sums import MixtureAccumulator
from mores.measures.ordinal import distribution_distance
from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights

__all__ = [
    "GroupAlignment",
    "alignment_draws",
    "group_alignment",
    "overall_alignment",
]


@dataclass(frozen=True, slots=True, eq=False)
class GroupAlignment:
    """Alignment of groups of personas with the same groups of humans.

    Leading axes (...) are those of the personas' mixtures, such as weightings.

    Attributes
    ----------
    by_question : ndarray of float, shape (..., G, Q)
        A(g, q), 0 … 1; NaN where either side has no distribution.
    alignment : ndarray of float, shape (..., G)
        Mean over the questions that have one; NaN for a group without any.
    questions, missing : ndarray of int, shape (..., G)
        Questions in the mean, and left out of it.
    """

    by_question: FloatArray
    alignment: FloatArray
    questions: IntArray
    missing: IntArray


def group_alignment(
    personas: ArrayLike, humans: ArrayLike, ordered: ArrayLike, n_options: ArrayLike
) -> GroupAlignment:
    """Alignment of mixtures of personas with humans' distributions, by group and question.

    Parameters
    ----------
    personas : array_like, shape (..., G, Q, K)
        From `MixtureAccumulator.shares`.
    humans : array_like, shape (G, Q, K) or one that broadcasts
        Weighted shares of the humans, from `mores.measures.shares.weighted_shares` or another
        accumulator.
    ordered : array_like of bool, shape (Q,)
        Whether the order of a question's options means something.
    n_options : array_like of int, shape (Q,)
        Options of each question.

    Returns
    -------
    GroupAlignment

    Raises
    ------
    ValueError
        If shapes do not fit, or something is no distribution.
    """
    near = 1.0 - distribution_distance(personas, humans, ordered, n_options)
    there = ~np.isnan(near)
    questions = there.sum(axis=-1)
    mean = ratio(np.where(there, near, 0.0).sum(axis=-1), questions)
    return GroupAlignment(near, mean, questions, near.shape[-1] - questions)


def overall_alignment(alignment: ArrayLike, sizes: ArrayLike) -> tuple[FloatArray, FloatArray]:
    r"""Alignment over the groups of one attribute, :math:`\sum_g (n_g / N) A_g`.

    Parameters
    ----------
    alignment : array_like, shape (..., G)
        Of the groups of one attribute; NaN where a group has none.
    sizes : array_like, shape (G,)
        The humans' group sizes n_g, 0 and more.

    Returns
    -------
    overall : ndarray of float, shape (...)
        Groups without an alignment are left out of the mean; NaN if all are.
    covered : ndarray of float, shape (...)
        Share of N in the groups that are in the mean, 0 … 1; NaN if N is 0.

    Raises
    ------
    ValueError
        If shapes do not fit, or a size is missing or negative.
    """
    near, size = observed(alignment, "alignment"), observed(sizes, "sizes")
    if near.ndim == 0 or size.shape != near.shape[-1:] or not (size >= 0).all():
        raise ValueError(
            f"sizes has shape {size.shape} and alignment {near.shape}; allowed: a size of 0 or more "
            "for each group, the last axis of alignment; count the humans of each group"
        )
    there = ~np.isnan(near)
    weight = np.where(there, size, 0.0)
    total = weight.sum(axis=-1)
    return ratio((weight * np.where(there, near, 0.0)).sum(axis=-1), total), ratio(
        total, size.sum()
    )


def alignment_draws(
    personas: MixtureAccumulator,
    humans: MixtureAccumulator,
    ordered: ArrayLike,
    draws: int,
    seed: Seed,
    resampled: tuple[str, ...] = ("personas", "humans"),
) -> FloatArray:
    """Bootstrap draws of the alignment of every group.

    Parameters
    ----------
    personas, humans : MixtureAccumulator
        Fed with clusters from `random_clusters`, if they are resampled; of the same groups and
        questions, the humans with one weighting.
    ordered : array_like of bool, shape (Q,)
        Whether the order of a question's options means something.
    draws : int
        B, at least 1; 2,000 for a 95 % interval.
    seed : int or numpy.random.Generator
        Randomness. All groups and weightings share the draws, so that differences are paired.
    resampled : tuple of str
        Which sides vary: ``"personas"``, ``"humans"``, or both, drawn independently of each other.

    Returns
    -------
    ndarray of float, shape (B, W, G)
        NaN in draws in which a group has no question with an answer on both sides.

    Raises
    ------
    ValueError
        If the sides do not fit each other, or `resampled` names none.
    """
    sides = ("personas", "humans")
    if not resampled or not set(resampled) <= set(sides):
        raise ValueError(
            f"resampled is {resampled!r}; allowed: one or both of {', '.join(sides)}; name what varies"
        )
    _fitting(personas, humans)
    streams = np.random.default_rng(seed).spawn(2)
    counts = [
        cluster_weights(side.n_clusters, draws, stream)
        if name in resampled
        else np.ones((1, side.n_clusters))
        for name, side, stream in zip(sides, (personas, humans), streams, strict=True)
    ]
    found = np.empty((draws, personas.n_weightings, personas.n_groups))
    kinds = np.asarray(ordered, dtype=np.bool_)
    for group in range(personas.n_groups):
        mixed = personas.draws(counts[0], group)
        people = humans.draws(counts[1], group)
        found[:, :, group] = group_alignment(mixed, people, kinds, personas.n_options).alignment
    return found


def _fitting(personas: MixtureAccumulator, humans: MixtureAccumulator) -> None:
    same = personas.n_groups == humans.n_groups and np.array_equal(
        personas.n_options, humans.n_options
    )
    if not same or humans.n_weightings != 1:
        raise ValueError(
            f"personas have {personas.n_groups} groups and {personas.n_options.size} questions, humans "
            f"{humans.n_groups} and {humans.n_options.size} with {humans.n_weightings} weightings; "
            "allowed: the same groups and questions, and one weighting of the humans; feed both alike"
        )
