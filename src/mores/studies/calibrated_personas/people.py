"""The personas drawn, those of equal prompt merged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mores.measures.ratio import ratio
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.responses import Responses

__all__ = ["Drawn", "People"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Drawn:
    """The personas of a condition and country, those of equal prompt merged.

    Attributes
    ----------
    prompts : ndarray of int, shape (D,)
        Distinct prompts.
    counts : ndarray of float, shape (D,)
        Personas of each.
    which : ndarray of int, shape (N,)
        Place in `prompts` of each persona drawn.
    shares : ndarray of float, shape (D, Q, K)
        Their distributions; all NaN where not asked or not coded.
    """

    prompts: IntArray
    counts: FloatArray
    which: IntArray
    shares: FloatArray

    @classmethod
    def of(cls, responses: Responses, condition: Condition, country: str) -> Drawn | None:
        """The personas; None if the condition was not asked for the country."""
        drawn = responses.drawn.get((condition, country))
        if drawn is None or not len(drawn):
            return None
        prompts, which, counts = np.unique(drawn, return_inverse=True, return_counts=True)
        shares = responses.shares[prompts].astype(np.float64)
        shares[:, ~responses.asked[condition, country]] = np.nan
        # Single precision sums to 1 but for 1e-7, of which a mean that is kept to 1e-9 would move.
        shares = ratio(shares, shares.sum(axis=-1, keepdims=True))
        return cls(prompts, counts.astype(np.float64), which, shares)

    @property
    def coded(self) -> NDArray[np.bool_]:
        """Which distributions there are, shape (D, Q)."""
        return ~np.isnan(self.shares[..., 0])

    def mean(self, values: FloatArray) -> FloatArray:
        """Mean over personas of values (D, Q, ...), those that are NaN left out."""
        known = ~np.isnan(values)
        total = np.tensordot(self.counts, np.where(known, values, 0.0), 1)
        return ratio(total, np.tensordot(self.counts, known, 1))


@dataclass(frozen=True, eq=False)
class People:
    """A condition's personas of all countries.

    Attributes
    ----------
    samples : mapping of int to Drawn
        By number of the country, where it was asked.
    asked : ndarray of bool, shape (C, Q)
        What was asked.
    """

    samples: dict[int, Drawn]
    asked: NDArray[np.bool_]

    @classmethod
    def of(cls, responses: Responses, condition: Condition) -> People:
        """All personas of a condition."""
        asked = np.zeros((len(responses.countries), len(responses.questions)), np.bool_)
        samples = {}
        for c, country in enumerate(responses.countries):
            sample = Drawn.of(responses, condition, country)
            if sample is not None:
                samples[c] = sample
                asked[c] = responses.asked[condition, country]
        return cls(samples, asked)

    @cached_property
    def shares(self) -> FloatArray:
        """Distributions (D, Q, K), those of equal prompt within a country once."""
        return np.concatenate([sample.shares for sample in self.samples.values()])

    @cached_property
    def counts(self) -> FloatArray:
        """Personas of each, shape (D,)."""
        return np.concatenate([sample.counts for sample in self.samples.values()])

    @cached_property
    def groups(self) -> IntArray:
        """Country of each, shape (D,)."""
        return np.repeat(list(self.samples), [len(s.counts) for s in self.samples.values()])
