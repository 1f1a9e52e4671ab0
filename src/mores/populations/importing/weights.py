"""Survey weights as they are: checked and counted, never rescaled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np
import polars as pl

from mores.errors import PopulationError
from mores.instruments.labels import fold
from mores.instruments.validation import shown

__all__ = ["Weights", "read_weights"]

_UNWEIGHTED = ("no weighting", "no weight", "unweighted")
_REMEDY = (
    "a weight is a finite number that is not negative; correct the column, or import with the "
    "weighting none, in which everyone weighs 1"
)


@dataclass(frozen=True)
class Weights:
    """Weights of the respondents of a table.

    Attributes
    ----------
    values : polars.Series of Float64
        >= 0; null for a respondent without a weight in a country that has weights.
    no_weighting : mapping of str to int
        By country: respondents whose cell says "No weighting", and who weigh 1.
    absent : mapping of str to int
        By country: respondents who weigh 1 because nobody has a weight there.
    """

    values: pl.Series
    no_weighting: Mapping[str, int]
    absent: Mapping[str, int]


def read_weights(
    cells: pl.Series | None, strata: pl.DataFrame, column: str, source: str
) -> Weights:
    """The weights in a column, as the file has them.

    Parameters
    ----------
    cells : polars.Series or None
        Numbers or texts; None if the file has no such column.
    strata : polars.DataFrame
        Columns country and wave, which tell the surveys apart that were weighted together.
    column, source : str
        Names of column and file, for messages.

    Returns
    -------
    Weights
        Not rescaled. "No weighting" is 1, and so is every weight of a country (in a wave) that has
        none. Where only some respondents of a country lack a weight, theirs is null: they are left
        out of weighted estimates. A weight of 0 is kept.

    Raises
    ------
    PopulationError
        If a weight is negative, infinite or another text.
    """
    if cells is None:
        cells = pl.Series(column, [None] * strata.height, dtype=pl.Float64)
    unweighted = np.zeros(strata.height, bool)
    if cells.dtype == pl.String:
        cells, unweighted = _from_text(cells, column, source)
    values = cells.cast(pl.Float64).fill_nan(None)
    _refuse(values.filter((values < 0) | values.is_infinite()), column, source)
    table = strata.select("country", "wave").with_columns(
        values.alias("weight"), pl.Series("unweighted", unweighted)
    )
    nobody = pl.col("weight").is_null().all().over("country", "wave").alias("nobody")
    table = table.with_columns(nobody)
    return Weights(
        table.select(pl.when("nobody").then(1.0).otherwise("weight").alias("weight")).to_series(),
        _per_country(table.filter("unweighted")),
        _per_country(table.filter("nobody")),
    )


def _from_text(cells: pl.Series, column: str, source: str) -> tuple[pl.Series, np.ndarray]:
    """Numbers of texts, and where they say "No weighting", which is 1."""
    found = cells.rename("cell").drop_nulls().value_counts()
    meant: dict[str, float | None] = {
        text: 1.0 if fold(text) in _UNWEIGHTED else _number(text) for text in found["cell"]
    }
    bad = {text for text, value in meant.items() if value is None}
    _refuse(cells.filter(cells.is_in(list(bad))), column, source)
    texts = list(meant)
    numbers = pl.Series([meant[text] for text in texts], dtype=pl.Float64)
    said = [text for text in texts if fold(text) in _UNWEIGHTED]
    unweighted = cells.is_in(said).fill_null(value=False).to_numpy()
    values = cells.replace_strict(
        pl.Series(texts, dtype=pl.String), numbers, default=None, return_dtype=pl.Float64
    )
    return values, unweighted


def _number(text: str) -> float | None:
    try:
        number = float(text.strip())
    except ValueError:
        return None
    return number if isfinite(number) else None


def _refuse(bad: pl.Series, column: str, source: str) -> None:
    if len(bad):
        first = bad[0] if bad.dtype == pl.String else float(bad[0])
        raise PopulationError(
            f"{source}: {column} holds {shown(first)}"
            + (" and other values that are no weights," if len(set(bad)) > 1 else "")
            + f" in {len(bad):,} row{'s' * (len(bad) > 1)}; {_REMEDY}"
        )


def _per_country(rows: pl.DataFrame) -> dict[str, int]:
    counts = rows.group_by("country").len().sort("country")
    return dict(counts.iter_rows())
