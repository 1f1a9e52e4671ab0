"""Moral foundations, answered and inferred, and which cultural variables they vary with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.instruments.mfq2 import FOUNDATIONS
from mores.measures.factorial import GRID_SIZES
from mores.measures.moral_foundations import (
    expected_responses,
    foundation_scores,
    inferred_grid,
    reliability,
)
from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights, percentile_interval
from mores.measures.variance_decomposition import (
    VarianceDecomposition,
    decomposition_interval,
    full_grid_decomposition,
    sample_decomposition,
)
from mores.personas.grid import N_CONFIGURATIONS
from mores.personas.variables import variables
from mores.studies.grounded_personas.responses import Responses

__all__ = ["moral_foundations", "variable_importance"]

FloatArray = NDArray[np.float64]

_INFERRED = "inferred"
_CELLS = 1 << 22
"""How many weights of a bootstrap are held at once."""

_FOUNDATIONS: Mapping[str, type[pl.DataType]] = {
    "model": pl.String,
    "form": pl.String,
    "source": pl.String,
    "weighting": pl.String,
    "foundation": pl.String,
    "mean": pl.Float64,
    "mean_low": pl.Float64,
    "mean_high": pl.Float64,
    "sd": pl.Float64,
    "variance": pl.Float64,
    "alpha": pl.Float64,
    "omega": pl.Float64,
    "n": pl.Int64,
    "coverage": pl.Float64,
    "paraphrased": pl.Boolean,
}
_IMPORTANCE: Mapping[str, type[pl.DataType]] = {
    "model": pl.String,
    "form": pl.String,
    "source": pl.String,
    "foundation": pl.String,
    "variable": pl.String,
    "eta2": pl.Float64,
    "eta2_low": pl.Float64,
    "eta2_high": pl.Float64,
    "partial_eta2": pl.Float64,
    "omega2": pl.Float64,
    "residual": pl.Float64,
    "shared": pl.Float64,
    "variance": pl.Float64,
    "n": pl.Int64,
    "grid": pl.Boolean,
}


def answered(responses: Responses, form: str) -> FloatArray:
    """Expected answers to the 36 items, shape (N, 36), 1 … 5; NaN where nothing was coded."""
    shares = responses.shares[form][:, responses.of("mfq2"), : len(FOUNDATIONS) - 1]
    return expected_responses(shares.astype(np.float64))


def moral_foundations(
    responses: Responses,
    weights: Mapping[str, FloatArray],
    *,
    paraphrased: bool,
    draws: int,
    level: float,
    seed: int,
) -> pl.DataFrame:
    """One row a form, way of knowing, weighting and foundation.

    Parameters
    ----------
    responses : Responses
    weights : mapping of str to ndarray of float, shape (N,)
        Weightings of the configurations.
    paraphrased : bool
        Whether the items are this project's own.
    draws, level, seed
        Of the intervals of means, over personas; of the grid there is none.
    """
    rows: list[dict[str, Any]] = []
    if len(responses.of("mfq2")):
        for form in ("none", *responses.forms):
            items = answered(responses, form)
            scores = foundation_scores(items)
            alone = form == "none"
            for name, weight in {"uniform": np.ones(1)}.items() if alone else weights.items():
                found = None if alone else _reliability(items, weight)
                for row in _summaries(scores, weight, draws, level, seed):
                    f = FOUNDATIONS.index(row["foundation"])
                    rows.append(
                        row
                        | {"form": form, "source": "answered", "weighting": name}
                        | {"paraphrased": paraphrased}
                        | ({} if found is None else {"alpha": found[0][f], "omega": found[1][f]})
                    )
    scored = _scored(responses)
    if scored:
        grid = inferred_grid(responses.matrix)
        for f in scored:
            foundation, values = FOUNDATIONS[f], grid[:, f]
            rows.append(
                {
                    "form": "grid",
                    "source": _INFERRED,
                    "weighting": "uniform",
                    "foundation": foundation,
                    "mean": float(values.mean()),
                    "sd": float(values.std()),
                    "variance": float(values.var()),
                    "n": N_CONFIGURATIONS,
                    "coverage": 1.0,
                }
            )
    return _table(responses.model, rows, _FOUNDATIONS)


def _scored(responses: Responses) -> list[int]:
    """Foundations of which every level has a score."""
    return np.flatnonzero(~np.isnan(responses.matrix).any(axis=0)).tolist()


def _reliability(items: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    found = reliability(items, weights)
    return np.asarray(found.alpha), np.asarray(found.omega)


def _summaries(
    scores: FloatArray, weights: FloatArray, draws: int, level: float, seed: int
) -> Iterator[dict[str, Any]]:
    n = len(scores)
    known = ~np.isnan(scores)
    weight = np.where(known, weights[:, None], 0.0)
    values = np.where(known, scores, 0.0)
    drawn = _drawn_means(values, weight, draws, seed) if n > 1 else None
    for f, foundation in enumerate(FOUNDATIONS):
        own, value = weight[:, f], values[:, f]
        if not own.sum() > 0:
            yield {"foundation": foundation, "n": 0, "coverage": 0.0}
            continue
        mean = float(value @ own / own.sum())
        variance = float((value - mean) ** 2 @ own / own.sum())
        ends: dict[str, float] = {}
        if drawn is not None:
            found = percentile_interval(drawn[:, f], level)
            ends = {"mean_low": float(found.low), "mean_high": float(found.high)}
        yield {
            "foundation": foundation,
            "mean": mean,
            "sd": variance**0.5 if n > 1 else None,
            "variance": variance if n > 1 else None,
            "n": int(known[:, f].sum()),
            "coverage": float(own.sum() / weights.sum()),
            **ends,
        }


def _drawn_means(values: FloatArray, weights: FloatArray, draws: int, seed: int) -> FloatArray:
    """Weighted means (draws, F) in resamples of personas; NaN where none with a weight was taken."""
    sums = np.hstack([weights * values, weights])
    drawn = np.empty((draws, sums.shape[1]))
    generator = np.random.default_rng(seed)
    block = max(1, _CELLS // len(values))
    for start in range(0, draws, block):
        rows = drawn[start : start + block]
        rows[:] = cluster_weights(len(values), len(rows), generator).astype(np.float64) @ sums
    above, below = np.hsplit(drawn, 2)
    return ratio(above, below)


def variable_importance(
    responses: Responses,
    *,
    draws: int,
    level: float,
    seed: int,
    weights: FloatArray | None = None,
) -> pl.DataFrame:
    """Share of each foundation's variance that goes with each variable.

    Inferred profiles: over the full grid, exact, of the foundations of which all levels have a score.
    Answered scores: over the full grid if all of it was asked and answered, else of the sample (type
    II), with intervals over personas, of the foundations with more scores than there are levels.

    Parameters
    ----------
    responses : Responses
    weights : ndarray of float, shape (N,), optional
        Of the configurations: the uniform ones, so that a sample of any design speaks of the grid. 1
        each if None.
    draws, level, seed
        Of the intervals.
    """
    rows: list[dict[str, Any]] = []
    if len(responses.of("mfq2")):
        for form in responses.forms:
            scores = foundation_scores(answered(responses, form))
            whole = len(scores) == N_CONFIGURATIONS and not np.isnan(scores).any()
            if whole:
                found = full_grid_decomposition(scores, GRID_SIZES)
                ends = None
            else:
                there = ~np.isnan(scores)
                if weights is not None:
                    there &= (weights > 0)[:, None]
                few = there.sum(axis=0) <= sum(GRID_SIZES)
                if few.all():
                    continue
                scores[:, few] = np.nan  # fewer answers than effects
                found = sample_decomposition(scores, responses.levels, weights)
                ends = decomposition_interval(
                    scores, responses.levels, weights, draws=draws, seed=seed, level=level
                )
            rows += _importance(found, form, "answered", whole, ends)
    scored = _scored(responses)
    if scored:
        grid = inferred_grid(responses.matrix[:, scored])
        found = full_grid_decomposition(grid, GRID_SIZES)
        rows += _importance(found, "grid", _INFERRED, True, None, scored)
    return _table(responses.model, rows, _IMPORTANCE)


def _importance(
    found: VarianceDecomposition,
    form: str,
    source: str,
    grid: bool,
    ends: Any,
    columns: Sequence[int] = range(len(FOUNDATIONS)),
) -> Iterator[dict[str, Any]]:
    for f, foundation in enumerate(FOUNDATIONS[c] for c in columns):
        for v, variable in enumerate(variables()):
            row: dict[str, Any] = {
                "form": form,
                "source": source,
                "foundation": foundation,
                "variable": variable.id,
                "eta2": float(found.eta2[v, f]),
                "partial_eta2": float(found.partial_eta2[v, f]),
                "omega2": float(found.omega2[v, f]),
                "residual": float(found.residual[f]),
                "shared": float(found.shared[f]),
                "variance": float(found.total[f]),
                "n": int(np.broadcast_to(found.n, len(columns))[f]),
                "grid": grid,
            }
            if ends is not None:
                row |= {"eta2_low": float(ends.low[v, f]), "eta2_high": float(ends.high[v, f])}
            yield row


def _table(
    model: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, type[pl.DataType]]
) -> pl.DataFrame:
    listed = [[({"model": model} | dict(row)).get(name) for name in columns] for row in rows]
    found = pl.DataFrame(listed, schema=dict(columns), orient="row")
    return found.with_columns(pl.col(pl.Float64).fill_nan(None))
