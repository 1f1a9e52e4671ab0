"""Floors and ceilings of the response gap: what answers that know nothing of a slice would have.

Against the humans of the slice (not of its language), over all units that have humans there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.measures.gaps import Form, gap, gap_potential, unit_means
from mores.studies.framings.cells import LANGUAGE_FRAMING
from mores.studies.framings.intervals import Drawing
from mores.studies.framings.responses import Observed, Responses
from mores.studies.framings.rows import ALL, Columns, table_of
from mores.studies.framings.scoring import forms, humans_there

__all__ = ["REFERENCES", "reference_gaps", "references"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REFERENCES = ("uniform", "world-average", "world-modal", "best-answer", "split-half")
"""Names, in the order of the table."""

_REFERENCES: Columns = {
    "reference": pl.String,
    "slice": pl.String,
    "n": pl.Int64,
    "gap": pl.Float64,
    "gap_low": pl.Float64,
    "gap_high": pl.Float64,
    "form": pl.String,
}


def references(observed: Observed, responses: Responses, drawing: Drawing) -> pl.DataFrame:
    """One row a reference and slice, and over all slices, with intervals over units.

    Returns
    -------
    polars.DataFrame
        `reference` is ``"uniform"``: any option with the same chance; ``"world-average"``: as a human
        of the world would answer, each country counting the same; ``"world-modal"``: always the
        world's most frequent option; ``"best-answer"``: for points, the option nearest to the slice's
        own humans, below which no single answer can come; ``"split-half"``: expected distance of the
        humans from the people whom they are drawn from, the same in both forms. n counts units by
        slices.
    """
    return table_of(_references(observed, responses, drawing), _REFERENCES)


def _references(
    observed: Observed, responses: Responses, drawing: Drawing
) -> Iterator[dict[str, Any]]:
    drawn, cells = drawing.units(len(observed.units)), _local_cells(observed)
    for form in forms(responses):
        for reference, gaps in reference_gaps(observed, form).items():
            parts = [(ALL, cells)] + [(str(observed.cells[c].slice), np.array([c])) for c in cells]
            for name, chosen in parts:
                rows = gaps[chosen]
                counts = ~np.isnan(rows)
                low, high = drawn.ends(rows)
                yield {
                    "reference": reference,
                    "slice": name,
                    "n": int(counts.sum()),
                    "gap": float(rows[counts].mean()) if counts.any() else float("nan"),
                    "gap_low": low,
                    "gap_high": high,
                    "form": form,
                }


def _local_cells(observed: Observed) -> IntArray:
    """One cell a slice, with the humans of its country wherever a framing names one."""
    own = [(c, cell) for c, cell in enumerate(observed.cells) if cell.own]
    chosen = {cell.slice: c for c, cell in reversed(own)}
    chosen |= {cell.slice: c for c, cell in reversed(own) if cell.framing != LANGUAGE_FRAMING}
    return np.array([chosen[s] for s in dict.fromkeys(cell.slice for _, cell in own)], np.int64)


def reference_gaps(observed: Observed, form: Form) -> dict[str, FloatArray]:
    """Gaps of the references in every cell and unit, shape (C, U); NaN where there are no humans."""
    humans, kinds = observed.shares, (observed.ordered, observed.n_options)
    inside = np.arange(humans.shape[-1]) < observed.n_options[:, None]
    answers = {
        "uniform": inside / observed.n_options[:, None],
        "world-average": observed.world,
        "world-modal": _modal(observed.world),
    }
    found = {name: gap(answer, humans, *kinds, form) for name, answer in answers.items()}
    if form == "point":
        # The gap of an option is the humans' mean of the cost of its distance.
        cost = gap_potential(humans, humans, *kinds, form)
        found["best-answer"] = np.where(inside, cost, np.inf).min(axis=-1)
    found["split-half"] = observed.split_half
    there, n_units = humans_there(observed), len(observed.units)
    return {
        name: unit_means(values, observed.unit_of, n_units, there & ~np.isnan(values))
        for name, values in found.items()
    }


def _modal(shares: FloatArray) -> FloatArray:
    """All mass on the most frequent option, the first of several; 0 where missing."""
    missing = np.asarray(np.isnan(shares).any(axis=-1) | ~(shares > 0).any(axis=-1))
    chosen = np.nan_to_num(shares).argmax(axis=-1)
    return np.where(missing[..., None], np.nan, np.eye(shares.shape[-1])[chosen])
