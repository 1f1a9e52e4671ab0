"""Semantic axes: in which direction answers move, and whether towards the humans.

A battery's scores are means over its members that are mapped to the axis, and a row is a unit in a
cell (Wedgwood et al. 2026, section 3.6). It counts when response, baseline and humans are there for
all of these members that have humans.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.instruments.units import Axis
from mores.measures.gaps import Form, semantic_gap, semantic_score, unit_means
from mores.studies.framings.aggregates import own_cells
from mores.studies.framings.intervals import Drawing
from mores.studies.framings.replies import framings_of
from mores.studies.framings.responses import Observed, Responses
from mores.studies.framings.rows import ALL, Columns, table_of
from mores.studies.framings.scoring import given, humans_there

__all__ = ["OnAxis", "by_axis", "deviations", "on_axes"]

FloatArray = NDArray[np.float64]

_BY_AXIS: Columns = {
    "model": pl.String,
    "framing": pl.String,
    "axis": pl.String,
    "slice": pl.String,
    "n": pl.Int64,
    "baseline_semantic": pl.Float64,
    "response_semantic": pl.Float64,
    "human_semantic": pl.Float64,
    "semantic_shift": pl.Float64,
    "semantic_alignment_delta": pl.Float64,
    "delta_low": pl.Float64,
    "delta_high": pl.Float64,
    "form": pl.String,
    "units": pl.Int64,
}

_DEVIATIONS: Columns = {
    "model": pl.String,
    "framing": pl.String,
    "slice": pl.String,
    "country": pl.String,
    "axis": pl.String,
    "human": pl.Float64,
    "response": pl.Float64,
    "baseline": pl.Float64,
    "world": pl.Float64,
    "human_deviation": pl.Float64,
    "response_deviation": pl.Float64,
    "baseline_deviation": pl.Float64,
    "n": pl.Int64,
    "form": pl.String,
}


@dataclass(frozen=True, eq=False)
class OnAxis:
    """Semantic scores of the rows of an axis, shape (C, units of the axis), NaN for no row.

    Attributes
    ----------
    axis : Axis
    form : {'point', 'distribution'}
    baseline, response, human : ndarray of float
        Expected semantic values, 0 … 1 (equations 5 to 7).
    delta : ndarray of float
        By how much nearer to the humans the response is than the baseline (equation 9).
    world : ndarray of float, shape (units of the axis,)
        Expected values of the average over countries; NaN where there is none.
    """

    axis: Axis
    form: Form
    baseline: FloatArray
    response: FloatArray
    human: FloatArray
    delta: FloatArray
    world: FloatArray


def on_axes(observed: Observed, responses: Responses, form: Form) -> tuple[OnAxis, ...]:
    """Score every cell on every axis that has a unit asked."""
    asked = {unit.id for unit in observed.units}
    axes = [axis for axis in observed.inventory.axes if asked & set(axis.units)]
    return tuple(_on_axis(axis, observed, responses, form) for axis in axes)


def _on_axis(axis: Axis, observed: Observed, responses: Responses, form: Form) -> OnAxis:
    values, mapped = _values(axis, observed)
    answers = given(responses, form)
    response = answers[[cell.context for cell in observed.cells]]
    baseline = np.broadcast_to(answers[responses.baseline], response.shape)
    human = semantic_score(observed.shares, values)
    by_member = np.stack(
        [
            semantic_score(baseline, values),
            semantic_score(response, values),
            human,
            semantic_gap(baseline, values, human, form)
            - semantic_gap(response, values, human, form),
        ]
    )
    there = humans_there(observed) & mapped
    n_units = len(observed.units)
    units = [u for u, unit in enumerate(observed.units) if unit.id in axis.units]
    rows = unit_means(by_member, observed.unit_of, n_units, there)[..., units]
    rows[:, np.isnan(rows).any(axis=0)] = np.nan
    world = semantic_score(observed.world, values)
    average = unit_means(world, observed.unit_of, n_units, mapped & ~np.isnan(world))[units]
    return OnAxis(axis, form, rows[0], rows[1], rows[2], rows[3], average)


def _values(axis: Axis, observed: Observed) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Semantic values of the options (M, K), NaN where there are none, and which members are mapped."""
    values = np.full(observed.world.shape, np.nan)
    members = [(unit, item) for unit in observed.units for item in unit.members]
    for m, (unit, item) in enumerate(members):
        if unit.id in axis.units and item in axis.values:
            codes = unit.codes(item)
            values[m, : len(codes)] = [axis.values[item][code] for code in codes]
    return values, ~np.isnan(values).all(axis=1)


def by_axis(
    observed: Observed, responses: Responses, found: Sequence[OnAxis], drawing: Drawing
) -> pl.DataFrame:
    """One row a framing, axis and slice, and over all slices; intervals are over the axis's units."""
    return table_of(_by_axis(observed, responses, found, drawing), _BY_AXIS)


def _by_axis(
    observed: Observed, responses: Responses, found: Sequence[OnAxis], drawing: Drawing
) -> Iterator[dict[str, Any]]:
    order = [axis.id for axis in observed.inventory.axes]
    for scored in found:
        drawn = drawing.units(scored.delta.shape[1], 100 + order.index(scored.axis.id))
        for framing in framings_of(observed):
            cells = own_cells(observed.cells, framing)
            if not len(cells):
                continue
            parts = [(ALL, cells)] + [
                (str(observed.cells[c].slice), cells[[i]]) for i, c in enumerate(cells)
            ]
            for name, chosen in parts:
                delta = scored.delta[chosen]
                counts = ~np.isnan(delta)
                low, high = drawn.ends(delta)
                baseline, response, human, gain = (
                    _mean(table[chosen], counts)
                    for table in (scored.baseline, scored.response, scored.human, scored.delta)
                )
                yield {
                    "model": responses.model,
                    "framing": framing,
                    "axis": scored.axis.id,
                    "slice": name,
                    "n": int(counts.sum()),
                    "baseline_semantic": baseline,
                    "response_semantic": response,
                    "human_semantic": human,
                    "semantic_shift": response - baseline,
                    "semantic_alignment_delta": gain,
                    "delta_low": low,
                    "delta_high": high,
                    "form": scored.form,
                    "units": int(counts.any(axis=0).sum()),
                }


def deviations(observed: Observed, responses: Responses, found: Sequence[OnAxis]) -> pl.DataFrame:
    """One row a framing, slice and axis: how far humans, response and baseline lie from the world.

    Returns
    -------
    polars.DataFrame
        Means over the axis's units that count in the slice and that the world average has: of
        semantic scores, and of the scores less the world's.
    """
    return table_of(_deviations(observed, responses, found), _DEVIATIONS)


def _deviations(
    observed: Observed, responses: Responses, found: Sequence[OnAxis]
) -> Iterator[dict[str, Any]]:
    for scored in found:
        for c in own_cells(observed.cells):
            cell = observed.cells[c]
            counts = ~np.isnan(scored.delta[c] + scored.world)
            human, response, baseline, world = (
                _mean(row, counts)
                for row in (scored.human[c], scored.response[c], scored.baseline[c], scored.world)
            )
            yield {
                "model": responses.model,
                "framing": cell.framing,
                "slice": str(cell.slice),
                "country": cell.slice.country,
                "axis": scored.axis.id,
                "human": human,
                "response": response,
                "baseline": baseline,
                "world": world,
                "human_deviation": human - world,
                "response_deviation": response - world,
                "baseline_deviation": baseline - world,
                "n": int(counts.sum()),
                "form": scored.form,
            }


def _mean(values: FloatArray, counts: NDArray[np.bool_]) -> float:
    return float(values[counts].mean()) if counts.any() else float("nan")
