"""Distributions as arrays for other modules and as tidy tables for reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mores.errors import InstrumentError, nearest
from mores.instruments.survey import Item, ItemOption, Measurement
from mores.measures.shares import Shares

__all__ = ["ShareTable"]


@dataclass(frozen=True, eq=False)
class ShareTable:
    """Distributions of groups (G) over the options of items (I).

    Attributes
    ----------
    label : str
        Name of the data set; says *synthetic* where it is.
    items : tuple of Item
        In the order asked for.
    options : tuple of tuple of ItemOption
        Those of each item that count, in order of code.
    keys : polars.DataFrame
        One row a group, one column a grouping variable.
    table : Shares
        Arrays over (groups, items, options).
    usable : ndarray of bool, shape (G, I)
        Whether under 20 % of the item's answers are missing in the country of the group; see
        `mores.populations.distributions.distributions`. Of an average: whether a usable distribution
        entered it.
    countries : ndarray of int, shape (G, I), or None
        Of an average: the countries that entered it.
    """

    label: str
    items: tuple[Item, ...]
    options: tuple[tuple[ItemOption, ...], ...]
    keys: pl.DataFrame
    table: Shares
    usable: npt.NDArray[np.bool_]
    countries: npt.NDArray[np.int64] | None

    @property
    def by(self) -> tuple[str, ...]:
        """The grouping variables; ``("all",)`` for one group of all."""
        return tuple(self.keys.columns)

    @property
    def ordered(self) -> npt.NDArray[np.bool_]:
        """Whether the order of each item's options means something, shape (I,).

        It does not where the last option that counts is residual ("other answer", "not allowed to
        vote"): such an answer has no place on the scale. Exclude it to keep the order.
        """
        return np.array(
            [
                item.measurement is not Measurement.NOMINAL and not options[-1].residual
                for item, options in zip(self.items, self.options, strict=True)
            ],
            np.bool_,
        )

    def index(self, item: str) -> int:
        """Place of an item on the axis of items.

        Raises
        ------
        InstrumentError
            If it is none of the items.
        """
        for place, candidate in enumerate(self.items):
            if item in (candidate.id, candidate.ivs):
                return place
        raise InstrumentError(
            f"{item!r} is none of the items of these distributions; "
            f"{nearest(item, [i.id for i in self.items])}"
        )

    def shares(self, item: str) -> npt.NDArray[np.float64]:
        """Distributions of one item, shape (G, options of the item); NaN where nobody answered."""
        place = self.index(item)
        return self.table.shares[:, place, : len(self.options[place])]

    def frame(self) -> pl.DataFrame:
        """One row a group, item and option.

        Returns
        -------
        polars.DataFrame
            ``population``, the grouping variables, ``item``, ``code``, ``label``, ``share``,
            ``standard_error``, ``n``, ``n_effective``, ``coverage``, ``weighted_coverage``,
            ``usable``, and ``countries`` for an average. What is NaN in the arrays is null here: the
            share of an item that nobody of the group answered, whose ``n`` is 0.
        """
        table = self.table
        inside = np.arange(table.shares.shape[2]) < table.n_options[:, None]
        group, item, option = np.nonzero(np.broadcast_to(inside, table.shares.shape))
        answers = [(i.id, o.code, o.label) for i, os in zip(self.items, self.options, strict=True)
                   for o in os]  # fmt: skip
        offered = pl.DataFrame(
            answers, schema={"item": pl.String, "code": pl.Int64, "label": pl.String}, orient="row"
        )
        place = (np.cumsum(table.n_options) - table.n_options)[item] + option
        own = {
            "share": table.shares[group, item, option],
            "standard_error": table.standard_error[group, item, option],
        }
        cells = {name: values[group, item] for name, values in self._measured().items()}
        return self._with_keys(group, offered[place], own | cells)

    def cells(self, **values: npt.NDArray[np.generic]) -> pl.DataFrame:
        """One row a group and item: their figures, and values of the caller's own.

        Parameters
        ----------
        **values : ndarray, shape (G, I)
            Further columns, such as distances to a model's answers.

        Returns
        -------
        polars.DataFrame
            ``population``, the grouping variables, ``item``, the values, and ``n`` … ``usable`` as
            in `frame`; NaN as null.
        """
        group, item = (axis.ravel() for axis in np.indices(self.usable.shape))
        ids = pl.DataFrame({"item": [i.id for i in self.items]}, schema={"item": pl.String})
        flat = {name: v.ravel() for name, v in (values | self._measured()).items()}
        return self._with_keys(group, ids[item], flat)

    def absent(self) -> pl.DataFrame:
        """The items that nobody of a group answered: not asked there, or without any answer.

        Returns
        -------
        polars.DataFrame
            The grouping variables, ``item``, ``respondents`` (with a weight) and ``unweighted`` (left
            out for want of one) of the group.
        """
        group, item = np.nonzero(self.table.n == 0)
        ids = pl.DataFrame({"item": [self.items[i].id for i in item]}, schema={"item": pl.String})
        counts = pl.DataFrame(
            {
                "respondents": self.table.respondents[group],
                "unweighted": self.table.unweighted[group],
            }
        )
        return pl.concat([self.keys[group], ids, counts], how="horizontal")

    def _measured(self) -> dict[str, npt.NDArray[np.generic]]:
        named = {
            name: getattr(self.table, name)
            for name in ("n", "n_effective", "coverage", "weighted_coverage")
        }
        named["usable"] = self.usable
        return named if self.countries is None else named | {"countries": self.countries}

    def _with_keys(
        self,
        group: npt.NDArray[np.int64],
        what: pl.DataFrame,
        values: Mapping[str, npt.NDArray[np.generic]],
    ) -> pl.DataFrame:
        label = pl.DataFrame({"population": pl.repeat(self.label, len(group), eager=True)})
        columns = pl.DataFrame(dict(values), nan_to_null=True)
        return pl.concat([label, self.keys[group], what, columns], how="horizontal")
