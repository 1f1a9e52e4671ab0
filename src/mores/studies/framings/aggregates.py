"""Tables of gaps, shift and alignment: overall, by slice, by category, and by unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.studies.framings.cells import Cell
from mores.studies.framings.intervals import Drawing, UnitBootstrap, over_both, over_respondents
from mores.studies.framings.replies import framings_of, rates
from mores.studies.framings.respondents import moved_by_respondents
from mores.studies.framings.responses import Observed, Responses
from mores.studies.framings.rows import Columns, table_of
from mores.studies.framings.scoring import Scored

__all__ = ["MEASURES", "by_category", "by_slice", "measured", "overall", "own_cells"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MEASURES: Columns = {
    "n": pl.Int64,
    "coverage": pl.Float64,
    "refusal_rate": pl.Float64,
    "baseline_gap": pl.Float64,
    "response_gap": pl.Float64,
    "shift": pl.Float64,
    "alignment": pl.Float64,
    "alignment_low": pl.Float64,
    "alignment_high": pl.Float64,
    "form": pl.String,
    "hedge_rate": pl.Float64,
}

_NAMES: Columns = {"model": pl.String, "framing": pl.String}

_OVERALL: Columns = {
    **_NAMES,
    **MEASURES,
    "units": pl.Int64,
    "slices": pl.Int64,
    "alignment_low_humans": pl.Float64,
    "alignment_high_humans": pl.Float64,
    "alignment_low_both": pl.Float64,
    "alignment_high_both": pl.Float64,
}

_BY_SLICE: Columns = {
    **_NAMES,
    "slice": pl.String,
    "language": pl.String,
    "country": pl.String,
    **MEASURES,
}

_BY_CATEGORY: Columns = {**_NAMES, "category": pl.String, **MEASURES, "units": pl.Int64}


def own_cells(cells: Sequence[Cell], framing: str | None = None) -> IntArray:
    """The cells asked as in the paper, of one framing or of all."""
    return np.array(
        [c for c, cell in enumerate(cells) if cell.own and framing in (None, cell.framing)],
        np.int64,
    )


def measured(
    scored: Scored,
    responses: Responses,
    cells: Sequence[Cell],
    chosen: IntArray,
    drawn: UnitBootstrap,
    units: IntArray | None = None,
) -> dict[str, Any]:
    """Means over the rows of some cells and units that count, and rates of all their replies.

    Parameters
    ----------
    scored : Scored
    responses : Responses
    cells : sequence of Cell
    chosen : ndarray of int
        Which of them.
    drawn : UnitBootstrap
        Of the units.
    units : ndarray of int, optional
        All if None.

    Returns
    -------
    dict
        The columns of `MEASURES`, ``units`` and ``slices``: those with a row that counts.
    """
    which = np.ix_(chosen, np.arange(scored.counts.shape[1]) if units is None else units)
    counts, alignment = scored.counts[which], scored.alignment[which]
    low, high = drawn.ends(alignment)
    means = {
        name: float(getattr(scored, name)[which][counts].mean()) if counts.any() else float("nan")
        for name in ("baseline_gap", "response_gap", "shift")
    }
    heard = {cells[c].slice for c, rows in zip(chosen, counts, strict=True) if rows.any()}
    return {
        "n": int(counts.sum()),
        **means,
        "alignment": means["baseline_gap"] - means["response_gap"],
        "alignment_low": low,
        "alignment_high": high,
        "form": scored.form,
        "units": int(counts.any(axis=0).sum()),
        "slices": len(heard),
        **rates(responses, [cells[c].context for c in chosen], units).columns(),
    }


def overall(
    observed: Observed, responses: Responses, found: Sequence[Scored], drawing: Drawing
) -> pl.DataFrame:
    """One row a framing: means over units and slices, each row counting the same.

    Returns
    -------
    polars.DataFrame
        Intervals are over units; ``_humans`` over respondents, ``_both`` over both.
    """
    return table_of(_overall(observed, responses, found, drawing), _OVERALL)


def _overall(
    observed: Observed, responses: Responses, found: Sequence[Scored], drawing: Drawing
) -> Iterator[dict[str, Any]]:
    drawn = drawing.units(len(observed.units))
    moved = moved_by_respondents(observed, _potentials(observed, found), drawing)
    for scored in found:
        for framing in framings_of(observed):
            cells = own_cells(observed.cells, framing)
            if not len(cells):
                continue
            rows, shifted = scored.alignment[cells], moved.get((scored.form, framing))
            humans = over_respondents(rows, shifted, drawing.level)
            both = over_both(rows, shifted, drawn)
            yield {
                "model": responses.model,
                "framing": framing,
                **measured(scored, responses, observed.cells, cells, drawn),
                "alignment_low_humans": humans[0],
                "alignment_high_humans": humans[1],
                "alignment_low_both": both[0],
                "alignment_high_both": both[1],
            }


def _potentials(observed: Observed, found: Sequence[Scored]) -> dict[tuple[str, str], FloatArray]:
    """What the humans' shares add to the alignments that `overall` is the mean of."""
    potentials: dict[tuple[str, str], FloatArray] = {}
    for scored in found:
        for framing in framings_of(observed):
            summed = np.zeros_like(scored.potential)
            cells = own_cells(observed.cells, framing)
            summed[cells] = scored.potential[cells]
            potentials[scored.form, framing] = summed
    return potentials


def by_slice(
    observed: Observed, responses: Responses, found: Sequence[Scored], drawing: Drawing
) -> pl.DataFrame:
    """One row a framing and slice: means over units."""
    drawn = drawing.units(len(observed.units))
    rows = (
        {
            "model": responses.model,
            "framing": observed.cells[c].framing,
            "slice": str(observed.cells[c].slice),
            **observed.cells[c].slice._asdict(),
            **measured(scored, responses, observed.cells, np.array([c]), drawn),
        }
        for scored in found
        for c in own_cells(observed.cells)
    )
    return table_of(rows, _BY_SLICE)


def by_category(
    observed: Observed, responses: Responses, found: Sequence[Scored], drawing: Drawing
) -> pl.DataFrame:
    """One row a framing and category: means over its units in all slices; units are drawn within it."""
    return table_of(_by_category(observed, responses, found, drawing), _BY_CATEGORY)


def _by_category(
    observed: Observed, responses: Responses, found: Sequence[Scored], drawing: Drawing
) -> Iterator[dict[str, Any]]:
    members = {
        category: np.array([u for u, x in enumerate(observed.units) if x.category == category])
        for category in dict.fromkeys(
            [*observed.inventory.categories, *(unit.category for unit in observed.units)]
        )
    }
    drawn = {
        category: drawing.units(len(units), 1 + stream)
        for stream, (category, units) in enumerate(members.items())
        if len(units)
    }
    for scored in found:
        for framing in framings_of(observed):
            cells = own_cells(observed.cells, framing)
            if not len(cells):
                continue
            for category, own in drawn.items():
                units = members[category]
                yield {
                    "model": responses.model,
                    "framing": framing,
                    "category": category,
                    **measured(scored, responses, observed.cells, cells, own, units),
                }
