"""Drawing samples of the 93,312 configurations.

A sample of n is the beginning of any larger one of the same seed and options, so that a study can be
widened without asking again, for `random_sample`, `stratified_sample` and `prevalence_sample` with
replacement; not for `prevalence_sample` without replacement. What a sample estimates, and how it is
weighted, is the matter of `mores.personas.configuration_samples`.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.errors import PersonaError, nearest
from mores.personas.configuration_samples import ConfigurationSample, shares_of
from mores.personas.grid import CLASSES, classes, levels_of, positions
from mores.personas.prevalence import Prevalence
from mores.personas.variables import N_CONFIGURATIONS

__all__ = [
    "QUADRANTS",
    "STRATA",
    "all_configurations",
    "prevalence_sample",
    "random_sample",
    "strata",
    "stratified_sample",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

QUADRANTS = (
    "survival, traditional",
    "survival, secular",
    "self-expression, traditional",
    "self-expression, secular",
)
"""Quarters of the cultural map; its centre lines belong to self-expression and to secular."""

STRATA = tuple((quadrant, kind) for quadrant in QUADRANTS for kind in CLASSES)
"""The sixteen strata of `stratified_sample`: quadrants by `mores.personas.grid.CLASSES`."""


def all_configurations() -> ConfigurationSample:
    """Every configuration once, in order."""
    return ConfigurationSample(
        np.arange(N_CONFIGURATIONS), "all", "all configurations", None, np.ones(N_CONFIGURATIONS)
    )


def random_sample(n: int, seed: int = 0) -> ConfigurationSample:
    """A simple random sample without replacement.

    Parameters
    ----------
    n : int
        1 … 93,312.
    seed : int
        0 and more. A sample of n is the beginning of any larger one of the same seed.

    Raises
    ------
    PersonaError
        If the number or the seed is out of range.
    """
    _check_number(n, N_CONFIGURATIONS)
    drawn = _generator(seed).permutation(N_CONFIGURATIONS)[:n]
    expected = np.full(N_CONFIGURATIONS, n / N_CONFIGURATIONS)
    return ConfigurationSample(
        drawn, "random", f"simple random sample of {n} configurations", seed, expected
    )


@cache
def strata() -> NDArray[np.int8]:
    """The stratum of every configuration, as an index in `STRATA`; shape (93312,)."""
    levels = levels_of(np.arange(N_CONFIGURATIONS))
    # The mean of beliefs that cancel must not fall beside the centre by rounding.
    x, y = np.round(positions(levels), 9).T
    kind = classes(levels)
    quadrant = 2 * (x >= 0) + (y >= 0)
    place = np.select([kind == name for name in CLASSES], range(len(CLASSES)))
    found: NDArray[np.int8] = (quadrant * len(CLASSES) + place).astype(np.int8)
    found.flags.writeable = False
    return found


def stratified_sample(
    n: int, seed: int = 0, allocation: Literal["proportional", "equal"] = "proportional"
) -> ConfigurationSample:
    """A random sample within each stratum, without replacement; see `STRATA`.

    Every stratum gets one configuration first; strata without any do not exist. Then the places go
    to strata by their size over the odd number 2k + 1 of the k that they have (``proportional``,
    Sainte-Laguë), or in turn until a stratum is exhausted (``equal``). Neither takes a place away as n
    grows: a sample of n is the beginning of any larger one of the same seed and allocation.

    Parameters
    ----------
    n : int
        At least the number of strata that exist, up to 93,312.
    seed : int
    allocation : {"proportional", "equal"}

    Raises
    ------
    PersonaError
        If the number, the seed or the allocation is out of range.
    """
    if allocation not in ("proportional", "equal"):
        allowed = nearest(str(allocation), ("proportional", "equal"))
        raise PersonaError(f"allocation {allocation!r} does not exist; {allowed}")
    stratum = strata()
    sizes = np.bincount(stratum, minlength=len(STRATA))
    _check_number(n, N_CONFIGURATIONS, int((sizes > 0).sum()))
    shuffled = _generator(seed).permutation(N_CONFIGURATIONS)
    by_stratum = shuffled[np.argsort(stratum[shuffled], kind="stable")]
    of = stratum[by_stratum]
    turn = np.arange(N_CONFIGURATIONS) - (np.cumsum(sizes) - sizes)[of]
    claim = turn if allocation == "equal" else (2 * turn + 1) / sizes[of]
    order = np.lexsort([of, np.where(turn == 0, -1.0, claim)])[:n]
    expected = (np.bincount(of[order], minlength=len(STRATA)) / np.maximum(sizes, 1))[stratum]
    design = (
        f"stratified sample of {n} configurations, {allocation} allocation to map quadrants by kind"
    )
    return ConfigurationSample(by_stratum[order], "stratified", design, seed, expected)


def prevalence_sample(
    prevalence: Prevalence | ArrayLike,
    n: int,
    seed: int = 0,
    *,
    replacement: bool = True,
    uniform_share: float = 0.0,
) -> ConfigurationSample:
    """An importance sample: configurations are taken in proportion to their prevalence.

    With replacement each draw is independent, and a sample of n is the beginning of any larger one of
    the same seed and options. Without, systematic sampling with probability proportional to size
    (Madow 1949) of the configurations in random order: those whose prevalence exceeds an interval are
    taken with certainty, none is taken twice, and a larger sample need not hold a smaller one.

    Parameters
    ----------
    prevalence : Prevalence or array_like of float, shape (93312,)
        Shares >= 0 that sum to 1.
    n : int
        1 and more; without replacement at most as many as have a positive share.
    seed : int
    replacement : bool, optional
    uniform_share : float, optional
        0 … 1: part of the draws that goes to all configurations alike. A tenth or so keeps the weights
        of the uniform mean bounded (a defensive mixture; Hesterberg 1995).

    Raises
    ------
    PersonaError
        If shares, number, seed or part are out of range.
    """
    if not 0 <= uniform_share <= 1:
        raise PersonaError(f"uniform_share is {uniform_share}; allowed: 0 to 1")
    shares = (1 - uniform_share) * shares_of(prevalence) + uniform_share / N_CONFIGURATIONS
    shares /= shares.sum()
    generator = _generator(seed)
    if replacement:
        _check_number(n, None)
        ends = np.cumsum(shares)
        drawn = np.searchsorted(ends, generator.random(n) * ends[-1], side="right")
        expected = n * shares
    else:
        _check_number(n, int((shares > 0).sum()))
        expected = _inclusion(shares, n)
        drawn = _systematic(expected, n, generator)
    source = prevalence.label if isinstance(prevalence, Prevalence) else "given weights"
    how = "with replacement" if replacement else "systematic, without replacement"
    part = f", {uniform_share:g} of them uniformly" if uniform_share else ""
    design = f"{n} configurations by prevalence ({source}), {how}{part}"
    return ConfigurationSample(drawn, "prevalence", design, seed, expected)


def _inclusion(shares: FloatArray, n: int) -> FloatArray:
    """Chances of inclusion: they sum to n, are at most 1, and below 1 proportional to the shares."""
    greatest = np.argpartition(-shares, n - 1)[:n]
    greatest = greatest[np.argsort(-shares[greatest], kind="stable")]
    falling = shares[greatest]
    others = np.ones(len(shares), np.bool_)
    others[greatest] = False
    rest = shares[others].sum() + np.cumsum(falling[::-1])[::-1]
    # Taken with certainty: those that would exceed 1 if the ones before them were taken so.
    below = np.flatnonzero((n - np.arange(n)) * falling < rest)
    certain = int(below[0]) if len(below) else n
    left = (n - certain) / rest[certain] if certain < n else 0.0
    chance: FloatArray = np.minimum(shares * left, 1.0)
    chance[greatest[:certain]] = 1.0
    return chance


def _systematic(chance: FloatArray, n: int, generator: np.random.Generator) -> IntArray:
    order = generator.permutation(len(chance))
    start = generator.random()
    certain = order[chance[order] >= 1]
    rest = order[(chance[order] > 0) & (chance[order] < 1)]
    left = n - len(certain)
    if not left:
        return certain
    ends = np.cumsum(chance[rest])
    ends *= left / ends[-1]
    # Rounding must not put the last point beyond the end.
    taken = np.searchsorted(ends, start + np.arange(left), side="right").clip(max=len(rest) - 1)
    return np.concatenate([certain, rest[taken]])


def _check_number(n: int, most: int | None, least: int = 1) -> None:
    whole = isinstance(n, int | np.integer) and not isinstance(n, bool)
    if not whole or n < least or (most is not None and n > most):
        upper = " and more" if most is None else f" to {most}"
        raise PersonaError(
            f"a sample of {n} configurations; allowed: whole numbers from {least}{upper}"
        )


def _generator(seed: int) -> np.random.Generator:
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise PersonaError(f"seed {seed!r}; allowed: a whole number of 0 or more")
    return np.random.default_rng(seed)
