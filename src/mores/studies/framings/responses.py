"""The arrays from which the study's tables are computed: a model's answers, and the humans'.

Axes are contexts (X), cells (C), units (U), members (M: the items of all units in order, a battery's
one after the other) and options (K, of the longest scale; 0 beyond an item's last).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from mores.studies.framings.cells import Cell, Context

if TYPE_CHECKING:
    from mores.instruments.units import Unit, UnitSet
    from mores.populations.population import Population

__all__ = ["Observed", "Responses"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Observed:
    """What the humans answer.

    Attributes
    ----------
    population : Population
        The humans.
    inventory : UnitSet
        Categories and axes.
    humans_by : {'language-and-country', 'country'} or None
        Which of them a slice is compared with: those interviewed in its language, or all of its
        country. None where shares are not those of the population's respondents; there are no
        intervals over respondents then.
    units : tuple of Unit
        The units asked, in order.
    cells : tuple of Cell
    shares : ndarray of float64, shape (C, M, K)
        Weighted shares among the humans whom a cell is compared with; all NaN where an item has too
        few substantive answers there, or none.
    n : ndarray of int64, shape (C, M)
        Their number with a substantive answer.
    n_effective : ndarray of float64, shape (C, M)
        Kish's effective size.
    coverage : ndarray of float64, shape (C, M)
        Weighted share of those asked with a substantive answer.
    world : ndarray of float64, shape (M, K)
        The average over all countries of the data, each counting the same.
    split_half : ndarray of float64, shape (C, M)
        Expected distance between the distributions of two random halves of the cell's humans, scaled
        to what remains between the whole and the people it is drawn from; NaN where `shares` is.
    """

    population: Population
    inventory: UnitSet
    humans_by: Literal["language-and-country", "country"] | None
    units: tuple[Unit, ...]
    cells: tuple[Cell, ...]
    shares: FloatArray
    n: IntArray
    n_effective: FloatArray
    coverage: FloatArray
    world: FloatArray
    split_half: FloatArray

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Item of each member, shape (M,)."""
        return tuple(item for unit in self.units for item in unit.members)

    @cached_property
    def unit_of(self) -> IntArray:
        """Unit of each member, shape (M,)."""
        return np.repeat(np.arange(len(self.units)), [len(unit.members) for unit in self.units])

    @cached_property
    def n_options(self) -> IntArray:
        """Options of each member, shape (M,)."""
        return np.array([len(u.codes(i)) for u in self.units for i in u.members], np.int64)

    @cached_property
    def ordered(self) -> BoolArray:
        """Whether a member's options have an order (binary ones do), shape (M,)."""
        return np.array([u.ordered for u in self.units for _ in u.members], np.bool_)


@dataclass(frozen=True, eq=False)
class Responses:
    """A model's answers in each context.

    Attributes
    ----------
    model : str
        Label of the model.
    contexts : tuple of Context
    shares : ndarray of float64, shape (X, M, K)
        Distribution of the answers that count: shares of the coded replies (of a battery those with
        every member coded), or the probabilities of the options. All NaN where there are none.
    points : ndarray of float64, shape (X, M, K)
        The same of point answers: equal to `shares` for text; of probabilities the most probable
        option alone.
    asked, coded, refused, uncoded, failed : ndarray of int64, shape (X, U)
        Replies by status; a battery that is scored member by member is one reply, coded if all of
        them are, else with the worst status among them: failed, refused, uncoded.
    refusals, hedges : ndarray of int64, shape (X, U)
        Replies that carry the flag, whatever their status.
    allowed : ndarray of float64, shape (X, M)
        Mean probability of an answer that is an option; NaN for text.
    unseen : ndarray of float64, shape (X, M)
        Mean share that may lie on options of which the model did not tell; NaN for text.
    baseline : int
        The context that is the baseline of all others: the language framing in English, or in the
        study's baseline language.
    probabilities : bool
        Whether answers are probabilities.
    """

    model: str
    contexts: tuple[Context, ...]
    shares: FloatArray
    points: FloatArray
    asked: IntArray
    coded: IntArray
    refused: IntArray
    uncoded: IntArray
    failed: IntArray
    refusals: IntArray
    hedges: IntArray
    allowed: FloatArray
    unseen: FloatArray
    baseline: int
    probabilities: bool

    @property
    def several(self) -> bool:
        """Whether distributions differ from point answers."""
        return self.probabilities or bool((self.coded > 1).any())
