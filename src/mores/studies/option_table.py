"""What the options of each place of a design are: how they were shown, their codes and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

__all__ = ["HasOptionTable", "OptionTable"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class OptionTable:
    """The options of W places, places being how a question can be asked.

    Attributes
    ----------
    orders : sequence of tuple of int
        ``order[shown] = original`` of each place.
    codes : sequence of sequence of number
        Of each place's options, in the instrument's own order.
    labels : sequence of sequence of str
        In the same order.
    scored : bool array, shape (W,)
        Whether probabilities of the options are asked for.
    """

    orders: Sequence[tuple[int, ...]]
    codes: Sequence[Sequence[float]]
    labels: Sequence[Sequence[str]]
    scored: NDArray[np.bool_]

    @cached_property
    def sizes(self) -> IntArray:
        """How many options each place has, shape (W,)."""
        return np.array([len(order) for order in self.orders], np.int64)

    @cached_property
    def order(self) -> IntArray:
        """`orders` as an array, shape (W, most options); -1 beyond the last."""
        found = np.full((len(self.orders), int(self.sizes.max(initial=0))), -1)
        for place, order in enumerate(self.orders):
            found[place, : len(order)] = order
        return found

    @cached_property
    def shown(self) -> IntArray:
        """Where each option is shown, ``shown[place, original]``, as `order` has it the other way."""
        found = np.full_like(self.order, -1)
        for place, order in enumerate(self.orders):
            found[place, list(order)] = np.arange(len(order))
        return found

    def outcomes(self, places: IntArray, options: IntArray) -> pl.DataFrame:
        """What choosing these options means: ``score``, a code; ``choice``, a label; ``position``.

        The position is where it stood, from 1.

        Parameters
        ----------
        places, options : int64 array, shape (n,)
            Options in the instrument's own order; -1 for none, which is null in every column.
        """
        import polars as pl

        first, meanings = self._meanings
        return meanings[
            pl.Series(np.where(options < 0, len(meanings) - 1, first[places] + options))
        ]

    @cached_property
    def _meanings(self) -> tuple[IntArray, pl.DataFrame]:
        """Where the options of each place begin in the table, whose last row is of no option."""
        import polars as pl

        codes = [float(code) for of_place in self.codes for code in of_place]
        labels = [label for of_place in self.labels for label in of_place]
        positions = [order.index(n) + 1 for order in self.orders for n in range(len(order))]
        meanings = {
            "score": [*codes, None],
            "choice": [*labels, None],
            "position": [*positions, None],
        }
        schema = {"score": pl.Float64, "choice": pl.String, "position": pl.Int16}
        return np.cumsum(self.sizes) - self.sizes, pl.DataFrame(meanings, schema)


@runtime_checkable
class HasOptionTable(Protocol):
    """A design whose trials ask for one of the options of a place."""

    @property
    def option_table(self) -> OptionTable:
        """The options of every place."""
        ...

    def place_of(self, trials: IntArray) -> IntArray:
        """The place of each trial in the table."""
        ...
