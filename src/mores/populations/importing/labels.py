"""What a cell of a survey file stands for: its code in the instrument, from a code or from a label.

A label is looked up among the spellings that the instrument knows, never by the order in which labels
occur. Case, spacing and punctuation do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from mores.instruments.labels import fold
from mores.instruments.survey import Column, ColumnKind, Item

__all__ = ["Answers", "Conflict", "Unread", "read_cells", "whole_number"]

Cell = str | int | float

_LONGEST = 1000
"""Longer cells than this many characters are no label."""

_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.0*)?", re.ASCII)
_BRACED = re.compile(r"(.*?)\{([^{}]*)\}")
_NUMBERED = re.compile(r"\(?([+-]?\d{1,3})\)?\s*[:.=)-]?\s+(.+)", re.ASCII)
_COUNTED = re.compile(r"(\d{1,3})(?:\s+[^\W\d]+){0,3}\+?")  # "2 children", "8 or more"
_NONE = ("no children", "no child")


@dataclass(frozen=True, slots=True)
class Conflict:
    """A code that a file labels with the meaning of another code of the instrument.

    Attributes
    ----------
    code : int
        In the file.
    label : str
        What the file says it means.
    meant : str
        What it means in the instrument.
    """

    code: int
    label: str
    meant: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Cells of one value that stand for nothing that the instrument knows.

    Attributes
    ----------
    value : str or int or float
        As in the file.
    count : int
        Number of cells.
    """

    value: Cell
    count: int


class Answers:
    """The codes of an item, or of a column about respondents, and the spellings of each.

    Parameters
    ----------
    variable : Item or Column
        Whose cells are read.
    trend : bool
        Numbers are codes of the trend and integrated files, which differ for some variables.
    """

    def __init__(self, variable: Item | Column, trend: bool = False) -> None:
        self._recoded: Mapping[int, int] = variable.ivs_codes if trend else {}
        self._options = {option.code: option.label for option in variable.options}
        self._missing = variable.missing
        self._any_integer = getattr(variable, "kind", None) is ColumnKind.INTEGER
        spelled = {fold(label): code for label, code in variable.missing_labels.items()}
        for option in variable.options:
            for label in (option.label, *option.variants):
                spelled[fold(label)] = option.code
        spelled.pop("", None)
        self._spelled = spelled

    def read(self, cell: Cell) -> int | None:
        """The code that a cell stands for, None if it stands for none."""
        number = whole_number(cell)
        if number is not None:
            return self._coded(number)
        if not isinstance(cell, str) or len(cell) > _LONGEST:
            return None
        return self._labelled(cell)

    def conflicts(self, labels: Mapping[int, str]) -> list[Conflict]:
        """The codes whose label in a file is that of another code, where one of them is an option.

        Parameters
        ----------
        labels : mapping of int to str
            The file's own labels of its codes.
        """
        found = []
        for number, label in labels.items():
            code = self._recoded.get(number, number)
            said = self.read(label)
            if said is None or said == code or code not in self._options | dict(self._missing):
                continue
            if code in self._options or said in self._options:
                meant = self._options.get(code) or self._missing[code]
                found.append(Conflict(number, label, meant))
        return found

    def _coded(self, number: int) -> int | None:
        code = self._recoded.get(number, number)
        if code in self._options or code in self._missing:
            return code
        return code if self._any_integer and 0 <= code < 2**31 else None

    def _labelled(self, text: str) -> int | None:
        """The code of a label; a label in two parts is taken if no part contradicts the other."""
        whole = self._spelled.get(fold(text))
        if whole is not None:
            return whole
        parts = {code for part in _parts(text) if (code := self._part(part)) is not None}
        if parts:
            return parts.pop() if len(parts) == 1 else None
        if self._any_integer and (count := _counted(text)) is not None:
            return count
        if numbered := _NUMBERED.fullmatch(text):
            number, rest = int(numbered[1]), self._spelled.get(fold(numbered[2]))
            return rest if rest == self._recoded.get(number, number) else None
        return None

    def _part(self, text: str) -> int | None:
        number = whole_number(text)
        return self._spelled.get(fold(text)) if number is None else self._coded(number)


def _parts(text: str) -> Iterator[str]:
    """What stands before braces, and in them."""
    if found := _BRACED.fullmatch(text.strip()):
        yield from (part.strip() for part in found.groups())


def _counted(text: str) -> int | None:
    """A number of things or persons in words."""
    if fold(text) in _NONE:
        return 0
    counted = _COUNTED.fullmatch(text)
    return int(counted[1]) if counted else None


def whole_number(cell: Cell) -> int | None:
    """The whole number that a cell is or spells (``7``, ``7.0``, ``"7.0"``), else None."""
    if isinstance(cell, str):
        text = cell.strip().replace("\u2212", "-")
        return int(text.partition(".")[0]) if _NUMBER.fullmatch(text) else None
    return int(cell) if cell == cell and abs(cell) < 1e18 and cell == int(cell) else None


def read_cells(
    cells: pl.Series, read: Callable[[Cell], object], dtype: pl.DataType
) -> tuple[pl.Series, list[Unread]]:
    """Read every distinct cell of a column once.

    Parameters
    ----------
    cells : polars.Series
        Numbers or strings; null stays null.
    read : callable
        Value of a cell, None where it has none.
    dtype : polars.DataType
        Of the values.

    Returns
    -------
    values : polars.Series
        Null where the cell is, or could not be read.
    unread : list of Unread
        What could not be read, most frequent first.
    """
    found = cells.rename("cell").drop_nulls().value_counts()
    values = [read(cell) for cell in found["cell"]]
    pairs = zip(found.iter_rows(), values, strict=True)
    unread = [Unread(cell, count) for (cell, count), value in pairs if value is None]
    unread.sort(key=lambda u: (-u.count, str(u.value)))
    table = pl.Series(values, dtype=dtype)
    return cells.replace_strict(found["cell"], table, default=None, return_dtype=dtype), unread
