"""What a model and the humans answer, in arrays: what all of the study's tables start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mores.studies.calibrated_personas.conditions import Condition

if TYPE_CHECKING:
    from mores.instruments.survey import Item
    from mores.populations.population import Population

__all__ = ["Observed", "Responses"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Responses:
    """A model's distributions over the options, by prompt and question.

    A prompt is a distinct system message; all that share it share its answers. Axes are prompts (P),
    questions (Q) and options (K, of the longest scale).

    Attributes
    ----------
    model : str
        Label of the model.
    questions : tuple of Item
        The targets; options in order of code.
    countries : tuple of str
        ISO 3166 alpha-3 codes.
    shares : ndarray of float32, shape (P, Q, K)
        P(option | one of the options), averaged over orders and repeats; 0 beyond a question's last
        option; all NaN where nothing was coded.
    allowed : ndarray of float32, shape (P, Q)
        Probability of an answer that is an option, averaged likewise; NaN where nothing was coded,
        and where text was asked for.
    unseen : ndarray of float32, shape (P, Q)
        Largest share that may lie on options of which the model did not tell; NaN likewise.
    drawn : mapping
        (condition, country) -> prompt of each persona drawn, int64 array of shape (N,); N is 1 for
        conditions without personas. Personas of equal profile have the same prompt. The n-th
        persona of a country is the same respondent in every condition.
    asked : mapping
        (condition, country) -> bool array of shape (Q,): the questions that were asked.
    several : bool
        Whether any of the distributions is the mean of several answers.
    """

    model: str
    questions: tuple[Item, ...]
    countries: tuple[str, ...]
    shares: NDArray[np.float32]
    allowed: NDArray[np.float32]
    unseen: NDArray[np.float32]
    drawn: Mapping[tuple[Condition, str], IntArray]
    asked: Mapping[tuple[Condition, str], NDArray[np.bool_]]
    several: bool = False

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions with whole personas, in the order asked."""
        return tuple(dict.fromkeys(c for c, _ in self.drawn if c.whole))

    @cached_property
    def partial(self) -> tuple[Condition, ...]:
        """The conditions with some of the descriptors only, in the order asked."""
        return tuple(dict.fromkeys(c for c, _ in self.drawn if not c.whole))

    @cached_property
    def n_options(self) -> IntArray:
        """Options of each question, shape (Q,)."""
        return np.array([len(item.codes) for item in self.questions], np.int64)

    @cached_property
    def codes(self) -> FloatArray:
        """Codes of the options, shape (Q, K); NaN beyond the last one."""
        found = np.full((len(self.questions), int(self.n_options.max())), np.nan)
        for row, item in zip(found, self.questions, strict=True):
            row[: len(item.codes)] = item.codes
        return found

    def personas(self, condition: Condition, country: str) -> FloatArray:
        """Distributions of the personas drawn, float64 of shape (N, Q, K), all weighing the same."""
        return self.shares[self.drawn[condition, country]].astype(np.float64)


@dataclass(frozen=True, eq=False)
class Observed:
    """What the humans of each country answer, in the order of `Responses`' countries and questions.

    Attributes
    ----------
    population : Population
        The humans.
    countries : tuple of str
    questions : tuple of Item
    shares : ndarray of float64, shape (C, Q, K)
        Weighted shares of the options; 0 beyond a question's last option; all NaN where the question
        is not used in the country (too many missing answers, or nobody asked).
    n : ndarray of int64, shape (C, Q)
        Respondents with a substantive answer.
    n_effective : ndarray of float64, shape (C, Q)
        Kish's effective size.
    coverage : ndarray of float64, shape (C, Q)
        Weighted share of respondents with a substantive answer, 0 … 1.
    """

    population: Population
    countries: tuple[str, ...]
    questions: tuple[Item, ...]
    shares: FloatArray
    n: IntArray
    n_effective: FloatArray
    coverage: FloatArray

    @property
    def used(self) -> NDArray[np.bool_]:
        """Which questions are used in which countries, shape (C, Q)."""
        return ~np.isnan(self.shares[..., 0])
