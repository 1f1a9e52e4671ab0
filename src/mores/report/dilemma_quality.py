"""The results of checking a set of dilemmas as one table."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mores.errors import InputError
from mores.report.files import replace_file
from mores.report.frames import csv_frame
from mores.studies.dilemma_quality.results import CheckResult

if TYPE_CHECKING:
    import polars as pl

__all__ = ["check_new", "results_table", "write_results"]


def results_table(results: Iterable[CheckResult]) -> pl.DataFrame:
    """One row a finding, and one for each result without any.

    Columns: topic, check, value, unit, limit, passed, n, of, note, where, told; where and told are
    missing where nothing was found.
    """
    import polars as pl

    rows = [
        (
            *(result.topic, result.name, result.value, result.unit, result.limit, result.passed),
            *(result.n, result.of, result.note),
            *((finding.where, finding.told) if finding is not None else (None, None)),
        )
        for result in results
        for finding in (result.findings or (None,))
    ]
    schema = {
        "topic": pl.String,
        "check": pl.String,
        "value": pl.Float64,
        "unit": pl.String,
        "limit": pl.String,
        "passed": pl.Boolean,
        "n": pl.Int64,
        "of": pl.String,
        "note": pl.String,
        "where": pl.String,
        "told": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def check_new(out: Path) -> None:
    """Refuse a file that cannot be written, before anything is computed.

    Raises
    ------
    InputError
        If the file is there, its name does not end in ``.csv``, or its folder is missing.
    """
    if os.path.lexists(out):
        raise InputError(f"{out} is there already; choose another file with --out")
    if out.suffix != ".csv":
        raise InputError(f"{out}: the name of a table of results ends in .csv; rename it")
    if not out.parent.is_dir():
        raise InputError(f"the folder {out.parent} does not exist; make it, or choose another")


def write_results(results: Iterable[CheckResult], out: Path) -> None:
    """Write the table as CSV that no spreadsheet computes.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    table = csv_frame(results_table(results))
    replace_file(out, table.write_csv)
