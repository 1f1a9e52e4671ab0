"""The columns of a survey file, found under their names and read with everything noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

import polars as pl

from mores.errors import PopulationError
from mores.instruments.survey import Instrument
from mores.instruments.validation import shown
from mores.populations.importing.findings import Ledger
from mores.populations.importing.labels import Cell, Unread, read_cells, whole_number
from mores.populations.importing.raw import RawTable
from mores.populations.importing.recognition import Form, Scheme, names_of
from mores.populations.population import schema

__all__ = ["SourceColumns", "named", "rows", "told"]

_MANY_VALUES = 500


class SourceColumns:
    """The columns of a table that the instrument knows.

    Parameters
    ----------
    table : RawTable
        As read.
    form : Form
        Whose names and codes it uses.
    instrument : Instrument
        Whose variables are looked for.
    ledger : Ledger
        Where everything is noted that the user has to know.
    """

    def __init__(self, table: RawTable, form: Form, instrument: Instrument, ledger: Ledger) -> None:
        self.table, self.instrument, self.ledger = table, instrument, ledger
        self.trend = form is Form.TREND
        self.types = schema(instrument)
        self.height = table.frame.height
        self.names = names_of(instrument, Scheme.IVS if self.trend else Scheme.WVS)

    def names_for(self, column: str) -> tuple[str, ...]:
        """The names that a column about respondents can bear in this form."""
        entry = self.instrument.columns.get(column)
        if entry is None:
            return ()
        return entry.ivs if self.trend else entry.wvs

    def all_of(self, column: str) -> list[tuple[str, pl.Series]]:
        """The columns of the file that hold it, by name, and are not empty."""
        frame = self.table.frame
        present = [name for name in self.names_for(column) if name in frame.columns]
        return [(n, frame[n]) for n in present if frame[n].null_count() < self.height]

    def first(self, column: str) -> tuple[str, pl.Series] | None:
        """The first of `all_of`."""
        for place in self.all_of(column):
            self.ledger.columns[column] = None
            return place
        return None

    def labels(self, name: str) -> Mapping[int, str]:
        """The file's own labels of the codes in a column."""
        return self.table.value_labels.get(name, {})

    def read(
        self, read: Callable[[Cell], int | None], column: str, name: str, cells: pl.Series
    ) -> pl.Series:
        """Values of a column's cells; cells that cannot be read are null, and noted."""
        values, unread = read_cells(cells, read, self.types[column])
        self.note(self.ledger.unread, name, column, unread)
        return values

    def plausible(self, values: pl.Series, column: str, name: str, allowed: range) -> pl.Series:
        """Null for numbers that are neither missing codes nor in a range; these are noted."""
        missing = list(self.instrument.columns[column].missing)
        wrong = ~(values.is_between(allowed[0], allowed[-1]) | values.is_in(missing))
        wrong = wrong.fill_null(value=False)
        bad = values.filter(wrong).rename("cell").value_counts(sort=True)
        unread = [Unread(cell, count) for cell, count in bad.iter_rows()]
        self.note(self.ledger.implausible, name, column, unread)
        return values.set(wrong, None)

    def note(
        self, entries: dict[tuple[str, str], int], name: str, column: str, unread: list[Unread]
    ) -> None:
        """Count cells by column and value; of very many different values the rarer ones as one."""
        counts = [(told(u.value, self.labels(name)), u.count) for u in unread[:_MANY_VALUES]]
        if rest := unread[_MANY_VALUES:]:
            counts.append((f"{len(rest):,} other values", sum(u.count for u in rest)))
        for value, count in counts:
            key = (named(name, column), value)
            entries[key] = entries.get(key, 0) + count

    def refuse(self, what: str) -> NoReturn:
        """Turn the file away."""
        raise PopulationError(f"{self.table.source}: {what}")


def named(name: str, column: str) -> str:
    """A column as messages name it: as in the file, and what it is."""
    return name if name == column else f"{name} ({column})"


def told(value: Cell, labels: Mapping[int, str] | None = None) -> str:
    """A cell as messages quote it: short, on one line, with its label if it has one."""
    number = whole_number(value)
    label = (labels or {}).get(number) if number is not None else None
    quoted = shown(value) if isinstance(value, str) or number is None else str(number)
    return f"{quoted} ({shown(label)})" if label else quoted


def rows(unread: list[Unread]) -> str:
    """In how many rows there is something that could not be read."""
    count = sum(u.count for u in unread)
    return f"{count:,} row{'s' * (count > 1)}"
