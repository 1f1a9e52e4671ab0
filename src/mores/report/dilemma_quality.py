"""The results of checking a set of dilemmas as one table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mores.studies.dilemma_quality.results import CheckResult

if TYPE_CHECKING:
    import polars as pl

__all__ = ["results_table"]


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
