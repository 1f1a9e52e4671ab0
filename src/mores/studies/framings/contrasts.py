"""Which framing brings answers nearer to the humans: sign tests over slices, and over units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.measures.comparison import benjamini_hochberg, sign_test
from mores.measures.ratio import ratio
from mores.measures.ties import settled_differences
from mores.studies.framings.aggregates import own_cells
from mores.studies.framings.replies import framings_of
from mores.studies.framings.responses import Observed, Responses
from mores.studies.framings.rows import ALL, Columns, table_of
from mores.studies.framings.scoring import Scored

__all__ = ["contrasts"]

FloatArray = NDArray[np.float64]

_TESTS: Columns = {
    "model": pl.String,
    "test": pl.String,
    "framing_a": pl.String,
    "framing_b": pl.String,
    "slice": pl.String,
    "n": pl.Int64,
    "wins": pl.Int64,
    "losses": pl.Int64,
    "difference": pl.Float64,
    "effect": pl.Float64,
    "p": pl.Float64,
    "p_adjusted": pl.Float64,
    "form": pl.String,
}


def contrasts(observed: Observed, responses: Responses, found: Sequence[Scored]) -> pl.DataFrame:
    """Compare the alignments of every pair of framings, the later one (a) with the earlier (b).

    Returns
    -------
    polars.DataFrame
        `test` is ``"sign-over-slices"``: one row a pair, of the slices' mean alignments over the units
        that count under both; or ``"sign-over-units"``: one row a pair and slice, of the units that
        do. `wins` are slices or units in which a is above b; `n` counts ties too. `difference` is the
        mean of a less b over these n; `effect` (wins - losses) / (wins + losses). `p` is two-sided and
        exact; `p_adjusted` by Benjamini and Hochberg among all rows of the table.

    References
    ----------
    Wedgwood et al. (2026), section 4.2 (third-person above persona in how many slices).
    """
    table = table_of(_contrasts(observed, responses, found), _TESTS)
    adjusted = benjamini_hochberg(table["p"].fill_null(np.nan).to_numpy())
    return table.with_columns(pl.Series("p_adjusted", adjusted).fill_nan(None))


def _contrasts(
    observed: Observed, responses: Responses, found: Sequence[Scored]
) -> Iterator[dict[str, Any]]:
    for scored in found:
        for a, b in combinations(reversed(framings_of(observed)), 2):
            cells_a, cells_b = (
                {observed.cells[c].slice: c for c in own_cells(observed.cells, framing)}
                for framing in (a, b)
            )
            slices = [one for one in cells_a if one in cells_b]
            if not slices:
                continue
            first = scored.alignment[[cells_a[one] for one in slices]]
            second = scored.alignment[[cells_b[one] for one in slices]]
            both = ~np.isnan(first + second)
            n = both.sum(axis=1)
            means = [ratio(np.where(both, x, 0.0).sum(axis=1), n) for x in (first, second)]
            names = {
                "model": responses.model,
                "framing_a": a,
                "framing_b": b,
                "form": scored.form,
            }
            yield names | {"test": "sign-over-slices", "slice": ALL} | _tested(*means)
            for place, one in enumerate(slices):
                row = _tested(first[place], second[place])
                yield names | {"test": "sign-over-units", "slice": str(one)} | row


def _tested(a: FloatArray, b: FloatArray) -> dict[str, Any]:
    both = ~np.isnan(a + b)
    differences = settled_differences(a[both], b[both])
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    return {
        "n": len(differences),
        "wins": wins,
        "losses": losses,
        "difference": float((a - b)[both].mean()) if both.any() else float("nan"),
        "effect": float(ratio(wins - losses, wins + losses)),
        "p": sign_test(a, b).p,
    }
