"""A population: the respondents of a survey in one normal form.

One row a respondent. The columns about respondents bear the ids of the instrument's columns
(``country``, ``weight``, ``sex`` …), the answers those of its items (``Q46``), as the survey's codes.
Missing codes stay as they are ("not asked" is not "don't know"); null means that the file did not have
the column. What is missing is decided by the instrument, item by item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mores.errors import PopulationError, nearest
from mores.instruments.survey import ColumnKind, Instrument, Item

if TYPE_CHECKING:
    from typing import Self

__all__ = ["KEY", "REQUIRED", "Groups", "Population", "fingerprint", "grouped", "schema"]

KEY = ("survey", "wave", "country", "year", "respondent")
"""What no two respondents of a population have in common."""

REQUIRED = (*KEY, "weight")
"""The columns that every population has."""

_NO_GROUPS = ("respondent", "weight")

_DTYPES = {
    ColumnKind.CATEGORY: pl.Int16(),
    ColumnKind.INTEGER: pl.Int64(),
    ColumnKind.NUMBER: pl.Float64(),
    ColumnKind.TEXT: pl.String(),
}


def schema(instrument: Instrument) -> dict[str, pl.DataType]:
    """Name and type of every column that a population of this instrument can have, in order.

    Items are 8-bit codes; categories 16-bit, integers 64-bit, numbers 64-bit floats, texts strings.
    """
    columns = {c.id: _DTYPES[c.kind] for c in instrument.columns.values()}
    return columns | dict.fromkeys(instrument.items, pl.Int8())


@dataclass(frozen=True)
class Groups:
    """Respondents sorted into groups.

    Attributes
    ----------
    keys : polars.DataFrame
        One row a group, one column a grouping variable, sorted.
    index : ndarray of int32, shape (respondents,)
        The row of `keys` to which each respondent belongs; -1 where a grouping variable is missing.
    """

    keys: pl.DataFrame
    index: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return self.keys.height


@dataclass(frozen=True)
class Population:
    """Respondents of a survey, in normal form.

    Attributes
    ----------
    name : str
        Name of the data set.
    frame : polars.DataFrame
        One row a respondent; see the module.
    instrument : Instrument
        What they were asked.
    synthetic : bool
        Made by a model, not asked. Whatever shows a figure from it says so.
    source : mapping
        Where it comes from: form and files of an import, or the model's version and seed.
    """

    name: str
    frame: pl.DataFrame
    instrument: Instrument
    synthetic: bool
    source: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = schema(self.instrument)
        lacking = [name for name in REQUIRED if name not in self.frame.columns]
        stray = [n for n, dtype in self.frame.schema.items() if known.get(n) != dtype]
        if lacking or stray:
            raise PopulationError(
                f"{self.name}: not in normal form (lacking {lacking}, unknown or of another type "
                f"{stray}); import or make the data set again"
            )

    def __len__(self) -> int:
        return self.frame.height

    @cached_property
    def fingerprint(self) -> str:
        """Hash of what it holds; see `fingerprint`."""
        return fingerprint(self.frame)

    @property
    def label(self) -> str:
        """Its name as figures and tables show it: with the word synthetic where it is."""
        said = not self.synthetic or self.name.startswith("synthetic")
        return self.name if said else f"{self.name} (synthetic)"

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The items that it has a column for, in the order of the questionnaire."""
        return tuple(i for i in self.instrument.items.values() if i.id in self.frame.columns)

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """The countries' ISO 3166 alpha-3 codes, sorted."""
        return tuple(sorted(self.frame["country"].drop_nulls().unique()))

    @cached_property
    def weights(self) -> npt.NDArray[np.float64]:
        """Survey weights, shape (respondents,), >= 0; NaN where a respondent has none."""
        return self.frame["weight"].fill_null(np.nan).to_numpy()

    def answers(self, item: str) -> npt.NDArray[np.int8]:
        """The options that respondents chose, as indices.

        Parameters
        ----------
        item : str
            Id of an item, or its code in trend files.

        Returns
        -------
        ndarray of int8, shape (respondents,)
            Index of the option in `Item.options`; -1 where there is no substantive answer, or where
            the population has no such column.

        Raises
        ------
        InstrumentError
            If the instrument has no such item.
        PopulationError
            If a code is neither an option nor missing.
        """
        asked = self.instrument.item(item)
        if asked.id not in self.frame.columns:
            return np.full(len(self), -1, np.int8)
        lookup = np.full(256, -2, np.int8)
        lookup[[code & 0xFF for code in asked.missing]] = -1
        lookup[[code & 0xFF for code in asked.codes]] = np.arange(len(asked.codes))
        column = self.frame[asked.id]
        found: npt.NDArray[np.int8] = lookup[column.fill_null(0).to_numpy().astype(np.int16) & 0xFF]
        if column.null_count():
            found[column.is_null().to_numpy()] = -1
        if (found == -2).any():
            strays = sorted(set(column.to_numpy()[found == -2].tolist()))
            raise PopulationError(
                f"{self.name}: {asked.id} holds the codes {strays[:5]}, which are neither options "
                f"{list(asked.codes)} nor missing codes; import the data set again"
            )
        return found

    def answer_matrix(self, items: Sequence[str]) -> npt.NDArray[np.int8]:
        """The options chosen for several items, shape (items, respondents); see `answers`."""
        return np.stack([self.answers(item) for item in items])

    @cached_property
    def grouping_columns(self) -> tuple[str, ...]:
        """The columns that make groups: neither the weight nor the number of a respondent."""
        columns = self.instrument.columns
        return tuple(c for c in columns if c in self.frame.columns and c not in _NO_GROUPS)

    def groups(self, by: Sequence[str]) -> Groups:
        """Sort respondents by one or several columns about respondents.

        Parameters
        ----------
        by : sequence of str
            Names of columns, such as ``["country", "wave"]``; empty for one group of all.

        Raises
        ------
        PopulationError
            If there is no such column.
        """
        if not by:
            return Groups(pl.DataFrame({"all": ["all"]}), np.zeros(len(self), np.int32))
        return grouped([self.category(name) for name in by])

    def category(self, name: str) -> pl.Series:
        """A column about respondents that makes groups, null where it is missing.

        Raises
        ------
        PopulationError
            If there is no such column.
        """
        available = self.grouping_columns
        if name not in available:
            raise PopulationError(
                f"{name!r} is no column about respondents of {self.label} that makes groups; "
                f"{nearest(name, available)}"
            )
        missing = [c for c in self.instrument.columns[name].missing if c]
        column = self.frame[name]
        if column.dtype == pl.String or not missing:
            return column
        return column.set(column.is_in(missing).fill_null(value=False), None)

    def where(self, keep: pl.Expr, name: str | None = None) -> Self:
        """The respondents for which an expression over columns holds."""
        frame = self.frame.filter(keep)
        return type(self)(name or self.name, frame, self.instrument, self.synthetic, self.source)


def grouped(columns: Sequence[pl.Series]) -> Groups:
    """Sort respondents by the combinations of values that occur in columns; null is in no group."""
    names = [column.name for column in columns]
    table = pl.DataFrame(columns)
    keys = table.drop_nulls().unique().sort(names).with_row_index("group")
    index = table.join(keys, on=names, how="left", maintain_order="left")["group"]
    return Groups(keys.drop("group"), index.cast(pl.Int32).fill_null(-1).to_numpy())


def fingerprint(frame: pl.DataFrame) -> str:
    """SHA-256 of a table's content: names, types, and values in the order of rows.

    Independent of the order of columns and of how the table is stored.
    """
    total = sha256()
    for name in sorted(frame.columns):
        column = frame[name]
        total.update(f"{name}:{column.dtype}:{len(column)}\n".encode())
        total.update(np.packbits(column.is_null().to_numpy()).tobytes())
        if column.dtype == pl.String:
            total.update("\0".join(column.fill_null("")).encode())
        else:
            values = column.fill_null(0).to_numpy()
            total.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return f"sha256:{total.hexdigest()}"
