r"""Samples of the 93,312 configurations, and what weighs them back to the grid or to a people.

A sample knows the expected number of times :math:`\pi_x` that its design takes each configuration. With
design weights :math:`w_x = t_x / \pi_x` a weighted mean estimates the mean under a target :math:`t`:

- the **uniform** mean over the grid, :math:`t_x = 1 / 93312`: what all configurations do alike;
- the **prevalence-weighted** mean, :math:`t_x` the share of the people who hold x.

Normalised to sum to 1 (Hájek 1971; self-normalised importance sampling) the weights give a mean whose
bias vanishes as 1/n; as they are (Horvitz and Thompson 1952; Hansen and Hurwitz 1943) the sum of
:math:`w_x y_x` has none, at more variance.

`mores.personas.sampling_designs` draws them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.errors import PersonaError
from mores.personas.grid import levels_of
from mores.personas.prevalence import Prevalence
from mores.personas.smoothing import effective_n
from mores.personas.variables import N_CONFIGURATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ConfigurationSample",
    "WeightedMean",
    "checked_weights",
    "chosen_configurations",
    "shares_of",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SUM_TOLERANCE = 1e-6
"""How far from 1 the sum of given weights may be."""


class WeightedMean(NamedTuple):
    """A weighted mean over a sample.

    Attributes
    ----------
    value, standard_error : float
        NaN without a value, and with fewer than two. The error (linearised) takes draws as
        independent: it is too great for a stratified sample and for a large part of the grid drawn
        without replacement; it is too small where few draws carry the weight, which `n_effective`
        shows.
    n : int
        Draws with a value.
    n_effective : float
        Kish's effective n of their weights.
    coverage : float
        Their share of the weight.
    """

    value: float
    standard_error: float
    n: int
    n_effective: float
    coverage: float


@dataclass(frozen=True, eq=False)
class ConfigurationSample:
    """Configurations and how they were chosen.

    Attributes
    ----------
    indices : int64 array, shape (n,)
        0 … 93,311 in order of drawing. With replacement one can occur more than once; it is to be asked
        once, and counts as often as it occurs. See `distinct`.
    method : {"all", "random", "stratified", "prevalence", "chosen"}
    design : str
        The method in words, with its options, as a report states it.
    seed : int or None
        None where nothing was drawn.
    expected : float64 array, shape (93312,), or None
        Expected number of times that the design takes each configuration; None if they were chosen.
    own_weights : float64 array, shape (n,), or None
        Of chosen configurations: >= 0, sum 1.
    """

    indices: IntArray
    method: str
    design: str
    seed: int | None
    expected: FloatArray | None
    own_weights: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.indices)

    def weights(
        self, target: Prevalence | ArrayLike | None = None, *, normalised: bool = True
    ) -> FloatArray:
        """Design weights of the draws.

        Chosen configurations have no design. Without a target their own weights are returned; with
        one, its shares among them: the mean over the people who hold one of them, which says nothing
        of the others. `Prevalence.coverage` says how many those are.

        Parameters
        ----------
        target : Prevalence or array_like of shape (93312,), optional
            Shares that sum to 1; every configuration the same unless given.
        normalised : bool, optional
            Scale the weights to sum to 1.

        Returns
        -------
        float64 array, shape (n,)
            >= 0.

        Raises
        ------
        PersonaError
            If the target has a share that the design cannot reach, is not a distribution, or gives all
            of the sample no weight.
        """
        if self.expected is None:
            found = self._chosen_weights(target)
        else:
            wanted = shares_of(target)
            lost = (self.expected == 0) & (wanted > 0)
            if lost.any():
                raise PersonaError(
                    f"the sample ({self.design}) cannot take {int(lost.sum())} configurations, to which "
                    f"the target gives {wanted[lost].sum():.3g} of its weight; smooth the prevalence, "
                    "or give the sample a uniform share"
                )
            found = wanted[self.indices] / self.expected[self.indices]
        if not found.any():
            raise PersonaError(
                "no configuration of the sample has any weight under the target; take a larger sample, "
                "or one by this prevalence"
            )
        return found / found.sum() if normalised or self.expected is None else found

    def n_effective(self, target: Prevalence | ArrayLike | None = None) -> float:
        """Kish's effective n of the design weights: 1 … n."""
        return effective_n(self.weights(target))

    def mean(self, values: ArrayLike, target: Prevalence | ArrayLike | None = None) -> WeightedMean:
        """Normalised weighted mean of a value of each draw.

        Parameters
        ----------
        values : array_like of float, shape (n,)
            In the order of `indices`; NaN where it is missing: left out, and told by the coverage.
        target : Prevalence or array_like of shape (93312,), optional
            See `weights`.

        Raises
        ------
        ValueError
            If the values have another shape or are infinite.
        PersonaError
            As for `weights`.
        """
        value = np.asarray(values, dtype=np.float64)
        if value.shape != self.indices.shape or np.isinf(value).any():
            raise ValueError(
                f"values has shape {value.shape}; allowed: finite numbers or NaN for what is missing, "
                f"one a draw, shape {self.indices.shape}"
            )
        weights = self.weights(target)
        known = ~np.isnan(value)
        value, weight = value[known], weights[known]
        n, total = len(value), float(weight.sum())
        if total <= 0:
            return WeightedMean(np.nan, np.nan, n, 0.0, 0.0)
        share = weight / total
        mean = float(share @ value)
        spread = float(share**2 @ (value - mean) ** 2)
        error = float(np.sqrt(spread * n / (n - 1))) if n > 1 else np.nan
        return WeightedMean(mean, error, n, effective_n(share), total / float(weights.sum()))

    def distinct(self) -> tuple[IntArray, IntArray]:
        """The configurations to ask, each once in order of first drawing, and the place of each draw.

        Returns
        -------
        indices : int64 array, shape (k,)
        place : int64 array, shape (n,)
            So that ``indices[place]`` are the draws.
        """
        found, first, place = np.unique(self.indices, return_index=True, return_inverse=True)
        order = np.argsort(first)
        return found[order], np.argsort(order)[place.ravel()]

    def _chosen_weights(self, target: Prevalence | ArrayLike | None) -> FloatArray:
        if target is not None:
            return shares_of(target)[self.indices]
        assert self.own_weights is not None
        return self.own_weights


def chosen_configurations(
    indices: Sequence[int] | ArrayLike, weights: ArrayLike | None = None
) -> ConfigurationSample:
    """Configurations of one's own choice; what they say of others is not known.

    Parameters
    ----------
    indices : array_like of int, shape (n,)
        Each 0 … 93,311 and once.
    weights : array_like of float, shape (n,), optional
        >= 0, sum 1; all the same unless given.

    Raises
    ------
    PersonaError
        If there are none, an index is out of range or given twice, or the weights are unusable.
    """
    given = np.asarray(indices)
    levels_of(given)
    if not given.size:
        raise PersonaError("no configurations; give at least one")
    found, counts = np.unique(given, return_counts=True)
    if (counts > 1).any():
        raise PersonaError(f"configuration {found[counts > 1][0]} is given twice; give it once")
    own = (
        np.full(len(given), 1 / len(given))
        if weights is None
        else checked_weights(weights, len(given))
    )
    design = f"{len(given)} configurations of the user's choice"
    return ConfigurationSample(given.astype(np.int64), "chosen", design, None, None, own)


def checked_weights(weights: ArrayLike, n: int) -> FloatArray:
    """Weights that are a distribution over n configurations, scaled to sum to 1 exactly.

    Raises
    ------
    PersonaError
        If their number is another, one is missing, negative or infinite, or they do not sum to 1.
    """
    try:
        given = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PersonaError(f"weights of configurations: {error}; give numbers") from None
    if given.shape != (n,):
        raise PersonaError(
            f"weights of configurations: an array of shape {given.shape}; allowed: ({n},), one for each"
        )
    bad = ~(given >= 0) | np.isinf(given)
    if bad.any():
        where = int(np.argmax(bad))
        raise PersonaError(
            f"weights of configurations: {given[where]} at place {where} ({int(bad.sum())} such); "
            "allowed: finite numbers of 0 or more; give 0 to what is not to count"
        )
    total = float(given.sum())
    if abs(total - 1) > SUM_TOLERANCE:
        raise PersonaError(
            f"weights of configurations sum to {total:.9g}; allowed: 1 (to within {SUM_TOLERANCE:g}); "
            "divide them by their sum"
        )
    return given / total


def shares_of(target: Prevalence | ArrayLike | None) -> FloatArray:
    """The shares of all configurations under a target; all the same for None.

    Raises
    ------
    PersonaError
        If they are not a distribution.
    """
    if target is None:
        return np.full(N_CONFIGURATIONS, 1 / N_CONFIGURATIONS)
    given = target.weights if isinstance(target, Prevalence) else target
    return checked_weights(given, N_CONFIGURATIONS)
