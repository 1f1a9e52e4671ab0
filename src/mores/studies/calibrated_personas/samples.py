r"""How the error falls with the number of personas, from those that were asked.

Nothing is asked anew: personas asked are drawn again, without replacement, so that a sample of all of
them is the whole. What is compared is linear in the personas, the mean of

.. math:: \sum_k \frac{r_k - r_1}{r_K - r_1}\, p_k

over them, and so one number a persona and question is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.errors import StudyError
from mores.measures.inputs import at_least_one, coverage_level
from mores.measures.ratio import ratio
from mores.measures.resampling import percentile_interval
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.question_intervals import known_mean
from mores.studies.calibrated_personas.responses import Observed, Responses

__all__ = ["SIZES", "Scores", "mean_errors", "observed_scores", "sample_size"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
"""Numbers of personas at which the error is looked at, as far as there are so many, and all of them."""

_BLOCK = 1 << 20  # cells of a table in memory


@dataclass(frozen=True, eq=False)
class Scores:
    """Mean answers of prompts as shares of the scale's length.

    Attributes
    ----------
    responses : Responses
    table : ndarray of float, shape (P, Q)
        0 (all at the first option) … 1 (all at the last); NaN where nothing was coded, and for prompts
        of conditions that were not asked for.
    """

    responses: Responses
    table: FloatArray

    @classmethod
    def of(cls, responses: Responses, conditions: Iterable[Condition]) -> Scores:
        """Scores of the prompts of some conditions."""
        wanted = set(conditions)
        drawn = [rows for (c, _), rows in responses.drawn.items() if c in wanted]
        prompts = np.unique(np.concatenate(drawn)) if drawn else np.empty(0, np.int64)
        codes = responses.codes
        first, last = codes[:, :1], np.nanmax(codes, axis=1, keepdims=True)
        places = np.nan_to_num((codes - first) / (last - first))
        table = np.full(responses.shares.shape[:2], np.nan)
        block = max(1, _BLOCK // places.size)
        for start in range(0, len(prompts), block):
            rows = prompts[start : start + block]
            shares = responses.shares[rows].astype(np.float64)
            table[rows] = ratio(np.einsum("pqk,qk->pq", shares, places), shares.sum(axis=-1))
        return cls(responses, table)

    def personas(
        self, condition: Condition, country: str, first: int | None = None
    ) -> FloatArray | None:
        """Scores of the personas drawn, or of the first of them, shape (N, Q).

        NaN where a question was not asked or not coded; None if the condition was not asked for the
        country.
        """
        drawn = self.responses.drawn.get((condition, country))
        if drawn is None or not len(drawn):
            return None
        scores = self.table[drawn[:first]]
        scores[:, ~self.responses.asked[condition, country]] = np.nan
        return np.asarray(scores)


def observed_scores(observed: Observed) -> FloatArray:
    """Mean answers of the humans as shares of the scale's length, (C, Q); NaN where not used."""
    found = np.full(observed.shares.shape[:2], np.nan)
    for place, item in enumerate(observed.questions):
        codes = np.array(item.codes, np.float64)
        shares = observed.shares[:, place, : len(codes)]
        found[:, place] = shares @ (codes - codes[0]) / (codes[-1] - codes[0])
    return found


def sample_size(
    responses: Responses,
    observed: Observed,
    sizes: Sequence[int] | None = None,
    resamples: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> pl.DataFrame:
    """Mean absolute error against the number of personas (figure 3).

    Every resample of a country is a random order of its personas, the same for all conditions, of
    which a sample of n takes the first n: samples grow, and are paired between conditions. A question
    without a coded answer in a sample is left out of that sample's mean.

    Parameters
    ----------
    responses : Responses
        What the model answers.
    observed : Observed
        What the humans answer, of the same countries and questions.
    sizes : sequence of int, optional
        Numbers of personas, 1 and more; `SIZES` unless given. Those above the number asked in any
        country are left out, and that number itself is added.
    resamples : int
        Samples of each size, at least 1.
    level : float
        Share of the samples that ``mae_low`` … ``mae_high`` holds, between 0 and 1.
    seed : int
        Randomness.

    Returns
    -------
    polars.DataFrame
        One row a condition and number of personas: ``model``, ``arm``, ``guidance``, ``descriptors``,
        ``personas``, ``mae`` (mean over samples of the mean over countries), ``mae_low``, ``mae_high``
        (percentiles over samples; how much it matters who is sampled, not a confidence interval; with
        all personas there is one sample only, and they are equal to ``mae``), ``resamples``,
        ``mae_least``, ``mae_most`` (range over samples, the band of the paper's figure) and
        ``countries``. A condition without personas has one row, without the ends.

    Raises
    ------
    StudyError
        If a size is below 1.
    ValueError
        If another number is out of range.
    """
    at_least_one(resamples, "resamples")
    coverage_level(level)
    wanted = sorted(set(SIZES if sizes is None else sizes))
    if wanted and wanted[0] < 1:
        raise StudyError(f"sizes holds {wanted[0]}; allowed: 1 and more; give numbers of personas")
    scores = Scores.of(responses, responses.conditions)
    humans = observed_scores(observed)
    steps = {c: _steps(responses, c, wanted) for c in responses.conditions}
    found: dict[tuple[Condition, int], list[FloatArray]] = {}
    for c, country in enumerate(responses.countries):
        tables = {
            condition: table
            for condition in responses.conditions
            if (table := scores.personas(condition, country)) is not None
        }
        for n in sorted({len(table) for table in tables.values()}):
            alike = {condition: table for condition, table in tables.items() if len(table) == n}
            stream = np.random.default_rng([seed, 2, c, n])
            orders = stream.permuted(np.broadcast_to(np.arange(n), (resamples, n)), axis=1)
            for size in sorted({size for condition in alike for size in steps[condition]}):
                sample = (orders < size) if size < n else np.ones((1, n))
                for condition, table in alike.items():
                    if size in steps[condition]:
                        errors = mean_errors(sample.astype(np.float64), table, humans[c])
                        found.setdefault((condition, size), []).append(errors)
    rows = [
        (responses.model, *_named(condition), size, *_summary(found[condition, size], size, level))
        for condition in responses.conditions
        for size in steps[condition]
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_SCHEMA = {
    "model": pl.String,
    "arm": pl.String,
    "guidance": pl.String,
    "descriptors": pl.String,
    "personas": pl.Int64,
    "mae": pl.Float64,
    "mae_low": pl.Float64,
    "mae_high": pl.Float64,
    "resamples": pl.Int64,
    "mae_least": pl.Float64,
    "mae_most": pl.Float64,
    "countries": pl.Int64,
}


def _named(condition: Condition) -> tuple[str, str, str]:
    return condition.arm, condition.guidance, condition.descriptors


def _steps(responses: Responses, condition: Condition, wanted: Sequence[int]) -> list[int]:
    """The sizes of a condition: those wanted, and as many as there are in every country."""
    numbers = [
        len(rows) for (c, _), rows in responses.drawn.items() if c == condition and len(rows)
    ]
    most = min(numbers, default=0)
    return [size for size in wanted if size < most] + [most] if most else []


def mean_errors(samples: FloatArray, table: FloatArray, humans: FloatArray) -> FloatArray:
    """Mean absolute error over questions of samples of personas, in one country.

    Parameters
    ----------
    samples : ndarray of float, shape (R, N)
        How often each persona is in each sample.
    table : ndarray of float, shape (N, Q)
        Scores of the personas, NaN where missing; such a persona is left out of the question's mean.
    humans : ndarray of float, shape (Q,)
        Scores of the humans; NaN where the question is not used.

    Returns
    -------
    ndarray of float, shape (R,)
        0 … 1; NaN for a sample without an answer to any question that is used.
    """
    coded = ~np.isnan(table)
    sums = samples @ np.hstack([np.where(coded, table, 0.0), coded])
    total, number = np.hsplit(sums, 2)
    return known_mean(np.abs(ratio(total, number) - humans))


def _summary(
    errors: list[FloatArray], size: int, level: float
) -> tuple[float | None, float | None, float | None, int, float | None, float | None, int]:
    """Columns from ``mae`` on, of errors by country and sample."""
    table = np.stack(np.broadcast_arrays(*errors))
    countries = int((~np.isnan(table)).any(axis=1).sum())
    draws = known_mean(table, axis=0)
    mean = _number(known_mean(draws))
    if size == 1 and len(draws) == 1:
        return mean, None, None, 1, None, None, countries
    ends = percentile_interval(draws, level)
    low, high = _number(ends.low), _number(ends.high)
    known = draws[~np.isnan(draws)]
    least, most = (float(known.min()), float(known.max())) if known.size else (None, None)
    return mean, low, high, len(draws), least, most, countries


def _number(value: FloatArray) -> float | None:
    """A number, or None for NaN."""
    return None if np.isnan(value) else float(value)
