"""Tests of which condition is nearer to the humans, with effect sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from mores.measures.comparison import benjamini_hochberg, mann_whitney, paired_wilcoxon
from mores.measures.results import Comparison
from mores.studies.calibrated_personas.entries import ALL, BASELINE, Entry, entries
from mores.studies.calibrated_personas.frames import Columns, stacked
from mores.studies.calibrated_personas.predicting import Predictions
from mores.studies.calibrated_personas.question_intervals import known_mean

__all__ = ["MEASURES", "tests"]

FloatArray = NDArray[np.float64]

MEASURES = ("absolute_error", "wasserstein")
"""What is compared: distances from the humans, of which less is better."""

_COLUMNS: Columns = {
    "model": pl.String,
    "test": pl.String,
    "measure": pl.String,
    "arm_a": pl.String,
    "guidance_a": pl.String,
    "descriptors_a": pl.String,
    "arm_b": pl.String,
    "guidance_b": pl.String,
    "descriptors_b": pl.String,
    "country": pl.String,
    "n": pl.Int64,
    "difference": pl.Float64,
    "effect": pl.Float64,
    "p": pl.Float64,
    "p_adjusted": pl.Float64,
    "unit": pl.String,
}


def tests(
    found: Predictions,
    baselines: Mapping[str, FloatArray] | None,
    calibrated: pl.DataFrame | None,
) -> pl.DataFrame:
    """Compare arms, guidance variants, descriptor sets, and before with after calibration.

    Arms and baselines are compared pairwise, each in the first guidance and descriptor set that it was
    asked with; guidance variants within an arm in its first descriptor set, and the other way round.
    Baselines are not compared with each other.

    Parameters
    ----------
    found : Predictions
        Of `mores.studies.calibrated_personas.predicting.predictions`.
    baselines : mapping of str to ndarray of float, shape (C, Q, K), or None
        Name -> distributions predicted without the model; NaN where there is none.
    calibrated : polars.DataFrame or None
        `mores.studies.calibrated_personas.calibrating.Calibrated.cells`; of the tilted, the Wasserstein
        distance held out (a) is compared with that before (b).

    Returns
    -------
    polars.DataFrame
        `test` is ``"wilcoxon"`` (signed ranks of pairs; `effect` the rank-biserial correlation) or
        ``"mann-whitney"`` (unpaired; `effect` Cliff's delta); `unit` of what: ``"cell"``, a question in
        a country, or ``"question"``, its mean over the countries that both have. Cells of a question
        are alike, so that tests of all cells say more than they know; those of questions do not.
        `n` counts pairs, or the values of both samples; `difference` is mean a less mean b, over the
        same. `p` is two-sided; `p_adjusted` by Benjamini and Hochberg within this table. Null: nothing
        to compare.
    """
    everyone = entries(found, baselines)
    pairs = [*_between_arms(everyone), *_within_arms(everyone)]
    rows = [
        row
        for pair in pairs
        for measure in MEASURES
        for row in pair.rows(measure, found.responses.countries)
    ]
    rows += _calibrated(found, everyone, calibrated)
    blocks = [{"model": found.responses.model, **_listed(rows)}] if rows else []
    table = stacked(blocks, _COLUMNS)
    adjusted = benjamini_hochberg(table["p"].fill_null(np.nan).to_numpy())
    return table.with_columns(pl.Series("p_adjusted", adjusted).fill_nan(None))


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two entries to compare.

    Attributes
    ----------
    a, b : Entry
    arms : bool
        Whether they are different arms, which are compared in each country too, and not as
        unpaired samples.
    """

    a: Entry
    b: Entry
    arms: bool

    def rows(self, measure: str, countries: Sequence[str]) -> Iterator[dict[str, Any]]:
        """One row a test."""
        a, b = _values(self.a, measure), _values(self.b, measure)
        names = _names(self.a, self.b) | {"measure": measure}
        yield names | _cells(a, b)
        yield names | _questions(a, b)
        if not self.arms:
            yield names | _row("mann-whitney", "cell", ALL, mann_whitney, a, b)
            return
        for c, country in enumerate(countries):
            if (self.a.asked[c] & self.b.asked[c]).any():
                yield names | _row("wilcoxon", "cell", country, paired_wilcoxon, a[c], b[c])


def _between_arms(everyone: Sequence[Entry]) -> Iterator[_Pair]:
    first = {entry.names["arm"]: entry for entry in reversed(everyone)}
    for a, b in combinations(reversed(first.values()), 2):
        if a.names["kind"] != BASELINE or b.names["kind"] != BASELINE:
            yield _Pair(a, b, arms=True)


def _within_arms(everyone: Sequence[Entry]) -> Iterator[_Pair]:
    by_arm: dict[str, list[Entry]] = {}
    for entry in everyone:
        by_arm.setdefault(entry.names["arm"], []).append(entry)
    for members in by_arm.values():
        for varied, fixed in (("guidance", "descriptors"), ("descriptors", "guidance")):
            alike = [e for e in members if e.names[fixed] == members[0].names[fixed]]
            for a, b in combinations(alike, 2):
                if a.names[varied] != b.names[varied]:
                    yield _Pair(a, b, arms=False)


def _calibrated(
    found: Predictions, everyone: Sequence[Entry], cells: pl.DataFrame | None
) -> Iterator[dict[str, Any]]:
    """After calibration against before, by condition."""
    if cells is None:
        return
    responses = found.responses
    country = {name: c for c, name in enumerate(responses.countries)}
    question = {item.id: q for q, item in enumerate(responses.questions)}
    for entry in everyone:
        own = cells.filter(
            pl.col("method") == "tilting",
            *(pl.col(n) == entry.names[n] for n in ("model", "arm", "guidance", "descriptors")),
        )
        if own.height:
            before = _values(entry, "wasserstein")
            after = np.full(before.shape, np.nan)
            place = [country[c] for c in own["country"]], [question[q] for q in own["question"]]
            after[place] = own["wasserstein_calibrated"].fill_null(np.nan).to_numpy()
            names = _names(entry, entry) | {"measure": "wasserstein_calibrated"}
            yield names | _cells(after, before)
            yield names | _questions(after, before)


def _values(entry: Entry, measure: str) -> FloatArray:
    return entry.compared.error if measure == "absolute_error" else entry.compared.wasserstein


def _names(a: Entry, b: Entry) -> dict[str, Any]:
    names = ("arm", "guidance", "descriptors")
    return {f"{n}_{side}": e.names[n] for side, e in (("a", a), ("b", b)) for n in names}


def _cells(a: FloatArray, b: FloatArray) -> dict[str, Any]:
    return _row("wilcoxon", "cell", ALL, paired_wilcoxon, a, b)


def _questions(a: FloatArray, b: FloatArray) -> dict[str, Any]:
    """Means over the countries that both have."""
    both = ~np.isnan(a + b)
    mean_a, mean_b = (known_mean(np.where(both, v, np.nan), axis=0) for v in (a, b))
    return _row("wilcoxon", "question", ALL, paired_wilcoxon, mean_a, mean_b)


def _row(
    test: str,
    unit: str,
    country: str,
    compare: Callable[[ArrayLike, ArrayLike], Comparison],
    a: FloatArray,
    b: FloatArray,
) -> dict[str, Any]:
    made = compare(a, b)
    if test == "wilcoxon":
        difference = known_mean((a - b).ravel())
    else:
        difference = known_mean(a.ravel()) - known_mean(b.ravel())
    return {
        "test": test,
        "unit": unit,
        "country": country,
        "n": made.n,
        "difference": float(difference),
        "effect": made.effect,
        "p": made.p,
    }


def _listed(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
