"""Tables as a reader yields them, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from mores.instruments.survey import wvs7
from mores.populations.importing.findings import Ledger
from mores.populations.importing.normalise import normalise
from mores.populations.importing.raw import RawTable
from mores.populations.importing.recognition import Form, Scheme, names_of

LABELS: Mapping[str, Mapping[int, str]] = {}


def raw_table(
    columns: Mapping[str, Sequence[Any]],
    labels: Mapping[str, Mapping[int, str]] = LABELS,
    scheme: Scheme = Scheme.WVS,
) -> RawTable:
    """A table with these columns, of which those that the instrument knows are read."""
    known = names_of(wvs7(), scheme).all
    frame = pl.DataFrame({n: cells for n, cells in columns.items() if n in known}, strict=False)
    return RawTable("a.sav" if labels else "a.csv", "csv", tuple(columns), frame, labels)


def normal(
    columns: Mapping[str, Sequence[Any]],
    form: Form = Form.WVS7_CODES,
    labels: Mapping[str, Mapping[int, str]] = LABELS,
    weighting: str = "survey",
) -> tuple[pl.DataFrame, Ledger]:
    """The normal form of a table with these columns, and what was noted."""
    scheme = Scheme.IVS if form is Form.TREND else Scheme.WVS
    ledger = Ledger()
    table = raw_table(columns, labels, scheme)
    return normalise(table, form, wvs7(), ledger, weighting), ledger


def wvs(**columns: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Columns of three respondents of WVS-7, some of them replaced."""
    usual: dict[str, Sequence[Any]] = {
        "A_YEAR": [2018, 2018, 2022],
        "B_COUNTRY_ALPHA": ["EGY", "EGY", "GBR"],
        "D_INTERVIEW": [11, 12, 21],
        "W_WEIGHT": [0.9, 1.1, 1.0],
        "Q46": [1, 2, -1],
    }
    return {**usual, **columns}


def ivs(**columns: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Columns of three respondents of a trend file, some of them replaced."""
    usual: dict[str, Sequence[Any]] = {
        "S001": [2, 2, 1],
        "S002VS": [7, 7, -4],
        "S003": [818, 818, 826],
        "S020": [2018, 2018, 2008],
        "S007": [11, 12, 21],
        "S017": [0.9, 1.1, 1.0],
        "A008": [1, 2, -1],
    }
    return {**usual, **columns}
