"""The table of single rows: every unit in every cell, whether it counts or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from mores.instruments.units import Unit
from mores.studies.framings.aggregates import own_cells
from mores.studies.framings.responses import Observed, Responses
from mores.studies.framings.rows import Columns, table_of
from mores.studies.framings.scoring import Scored, humans_there

__all__ = ["by_unit"]

_BY_UNIT: Columns = {
    "model": pl.String,
    "framing": pl.String,
    "slice": pl.String,
    "language": pl.String,
    "country": pl.String,
    "unit": pl.String,
    "category": pl.String,
    "status": pl.String,
    "coverage": pl.Float64,
    "response": pl.String,
    "baseline": pl.String,
    "baseline_gap": pl.Float64,
    "response_gap": pl.Float64,
    "shift": pl.Float64,
    "alignment": pl.Float64,
    "form": pl.String,
    "refused": pl.Int64,
    "hedged": pl.Int64,
    "n_humans": pl.Int64,
}


def by_unit(observed: Observed, responses: Responses, found: Sequence[Scored]) -> pl.DataFrame:
    """One row a framing, slice and unit; what rests on a row that does not count is null.

    Returns
    -------
    polars.DataFrame
        `response` and `baseline`: the English label of the option, of a single question that was
        asked once. `refused` and `hedged`: replies with the flag. `n_humans`: the fewest that
        answered any member with humans; null if there is none.
    """
    return table_of(_by_unit(observed, responses, found), _BY_UNIT)


def _by_unit(
    observed: Observed, responses: Responses, found: Sequence[Scored]
) -> Iterator[dict[str, Any]]:
    labels = _labels(observed, responses)
    humans = _humans(observed)
    for scored in found:
        for c in own_cells(observed.cells):
            cell = observed.cells[c]
            x = cell.context
            for u, unit in enumerate(observed.units):
                asked = int(responses.asked[x, u])
                yield {
                    "model": responses.model,
                    "framing": cell.framing,
                    "slice": str(cell.slice),
                    **cell.slice._asdict(),
                    "unit": unit.id,
                    "category": unit.category,
                    "status": unit.status,
                    "coverage": int(responses.coded[x, u]) / asked if asked else None,
                    "response": labels[x][u],
                    "baseline": labels[responses.baseline][u],
                    "baseline_gap": float(scored.baseline_gap[c, u]),
                    "response_gap": float(scored.response_gap[c, u]),
                    "shift": float(scored.shift[c, u]),
                    "alignment": float(scored.alignment[c, u]),
                    "form": scored.form,
                    "refused": int(responses.refusals[x, u]),
                    "hedged": int(responses.hedges[x, u]),
                    "n_humans": humans[c][u],
                }


def _humans(observed: Observed) -> list[list[int | None]]:
    """The fewest humans of each cell and unit."""
    many = np.iinfo(np.int64).max
    n = np.where(humans_there(observed), observed.n, many)
    first = np.searchsorted(observed.unit_of, np.arange(len(observed.units)))
    fewest = np.minimum.reduceat(n, first, axis=1)
    return [[None if v == many else int(v) for v in row] for row in fewest.tolist()]


def _labels(observed: Observed, responses: Responses) -> list[list[str | None]]:
    """What was answered in each context to each single question that was asked once."""
    first = np.searchsorted(observed.unit_of, np.arange(len(observed.units)))
    options = [_options(observed, unit) for unit in observed.units]
    shares = responses.shares[:, first]
    chosen = np.where(np.isnan(shares).any(axis=2), -1, np.nan_to_num(shares).argmax(axis=2))
    once = (responses.asked == 1) & (not responses.probabilities)
    return [
        [
            options[u][k] if k >= 0 and yes and not observed.units[u].battery else None
            for u, (k, yes) in enumerate(zip(row.tolist(), asked.tolist(), strict=True))
        ]
        for row, asked in zip(chosen, once, strict=True)
    ]


def _options(observed: Observed, unit: Unit) -> list[str]:
    item = observed.population.instrument.item(unit.members[0])
    labels = dict(zip(item.codes, item.labels, strict=True))
    return [labels[code] for code in unit.codes(item.id)]
