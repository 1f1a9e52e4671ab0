"""A survey file as read: the columns that the instrument knows, nothing translated yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

__all__ = ["FileKind", "RawTable"]

FileKind = Literal["csv", "sav", "dta", "xlsx"]
"""What a file is, told from its content, whatever its name."""


@dataclass(frozen=True)
class RawTable:
    """One table of a survey file.

    Attributes
    ----------
    source : str
        As shown to the user: ``"WVS7.csv"``, or ``"archive.zip/F00013.csv"``.
    kind : {"csv", "sav", "dta", "xlsx"}
        What the file is.
    columns : tuple of str
        Clean name of every column of the file, in its order; a name that the instrument knows is
        spelled as the instrument spells it.
    frame : polars.DataFrame
        The columns that the instrument knows, under their clean names, in the file's order.
        Numeric columns are Int64 or Float64, columns of labels or texts String, without spaces
        around them. Null is a blank cell or a system-missing value; the survey's missing codes are
        kept. Whole numbers are Int64 whatever the file's type; a column without any value has any of
        the three types.
    value_labels : mapping of str to mapping of int to str
        The labels of the codes in .sav and .dta files, by clean name; empty for other files.
    sha256 : str
        Of the file, in hexadecimal; of a member of a zip, of the member.
    bytes : int
        Its size.
    """

    source: str
    kind: FileKind
    columns: tuple[str, ...]
    frame: pl.DataFrame
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    sha256: str = ""
    bytes: int = 0
