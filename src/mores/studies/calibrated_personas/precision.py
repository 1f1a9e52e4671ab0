"""Stopping by precision: personas are drawn in blocks until the mean error is known well enough.

The interval is looked at after every block, and that is no sequential test: nothing is decided about a
hypothesis, and the width depends hardly on the error itself, so that to stop by it leaves the estimate
as it is, but for a slight preference for samples that happen to vary little. The interval of the
stopped sample covers somewhat less than it says, the less so the larger the first block; it says how
precise an estimate is, and is not to be read as a test of whether conditions differ.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.errors import StudyError
from mores.measures.inputs import at_least_one, coverage_level
from mores.measures.resampling import cluster_weights, interval_of
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.question_intervals import centred, known_mean
from mores.studies.calibrated_personas.responses import Observed, Responses
from mores.studies.calibrated_personas.samples import Scores, mean_errors, observed_scores

__all__ = ["blocks", "mae_interval", "precise_enough"]

FloatArray = NDArray[np.float64]

_BLOCK = 1 << 22  # cells of a table of weights in memory


def blocks(first: int, step: int, most: int) -> tuple[int, ...]:
    """Numbers of personas a country at which precision is looked at.

    Parameters
    ----------
    first : int
        Personas drawn at first, 2 and more: of one there is no interval.
    step : int
        Personas added at a time, at least 1.
    most : int
        Where drawing ends whatever the precision, at least 1.

    Returns
    -------
    tuple of int
        Ascending; `most` is the last, and the only one if `first` is no smaller.

    Raises
    ------
    StudyError
        If a number is out of range.
    """
    for name, number, least in (("first", first, 2), ("step", step, 1), ("most", most, 1)):
        if number < least:
            raise StudyError(
                f"precision: {name} is {number}; allowed: {least} and more; give a number of personas"
            )
    return (*range(first, most, step), most)


def mae_interval(
    responses: Responses,
    observed: Observed,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> pl.DataFrame:
    """The mean absolute error of each condition with personas, with its interval over personas.

    Personas are resampled within their country, the n-th of a country as often in every condition:
    with the same draws as the study's tables of errors, so that what stopped the drawing is what they
    show, centred at the estimate: the interval is of the error that so many personas have. The humans'
    shares, questions and countries are held as they are.

    Parameters
    ----------
    responses : Responses
        What the model answers.
    observed : Observed
        What the humans answer, of the same countries and questions.
    draws : int
        Bootstrap draws, at least 1; 2,000 or more for a 95 % interval.
    level : float
        Nominal coverage, between 0 and 1.
    seed : int
        Randomness.

    Returns
    -------
    polars.DataFrame
        One row a condition: ``model``, ``arm``, ``guidance``, ``descriptors``, ``personas`` (of the
        country with fewest), ``mae`` (mean over countries of the mean over questions), ``mae_low``,
        ``mae_high``, ``width``, ``countries``. Null where nothing was coded, and the interval also
        where a country has one persona only.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    at_least_one(draws, "draws")
    coverage_level(level)
    conditions = [c for c in responses.conditions if c.has_personas]
    scores, humans = Scores.of(responses, conditions), observed_scores(observed)
    found: dict[Condition, list[tuple[int, float, FloatArray]]] = {c: [] for c in conditions}
    for c, country in enumerate(responses.countries):
        tables = {
            condition: table
            for condition in conditions
            if (table := scores.personas(condition, country)) is not None
        }
        for condition, errors in _resampled(tables, humans[c], draws, [seed, 0, c]):
            estimate = mean_errors(
                np.ones((1, len(tables[condition]))), tables[condition], humans[c]
            )
            found[condition].append((len(tables[condition]), float(estimate[0]), errors))
    rows = [
        (responses.model, *_row(condition, found[condition], level)) for condition in conditions
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def precise_enough(frame: pl.DataFrame, width: float) -> bool:
    """Whether every condition's interval is at most so wide.

    Parameters
    ----------
    frame : polars.DataFrame
        From `mae_interval`.
    width : float
        In the units of the error, of which 1 is the length of the scale.

    Returns
    -------
    bool
        False where a condition has no interval; True if there is no condition with personas, to which
        more of them would add nothing.

    Raises
    ------
    StudyError
        If the width is not above 0.
    """
    if not width > 0:
        raise StudyError(
            f"precision: width is {width}; allowed: above 0, as a share of the scale's length; 0.01 "
            "is narrow, 0.05 is wide"
        )
    return bool(frame["width"].le(width).fill_null(value=False).all())


_SCHEMA = {
    "model": pl.String,
    "arm": pl.String,
    "guidance": pl.String,
    "descriptors": pl.String,
    "personas": pl.Int64,
    "mae": pl.Float64,
    "mae_low": pl.Float64,
    "mae_high": pl.Float64,
    "width": pl.Float64,
    "countries": pl.Int64,
}


def _resampled(
    tables: dict[Condition, FloatArray], humans: FloatArray, draws: int, stream: list[int]
) -> Iterator[tuple[Condition, FloatArray]]:
    """Bootstrap draws (B,) of the mean absolute error of one country; NaN for a single persona."""
    for n in sorted({len(table) for table in tables.values()}):
        alike = {condition: table for condition, table in tables.items() if len(table) == n}
        errors = {condition: np.full(draws, np.nan) for condition in alike}
        generator = np.random.default_rng([*stream, n])
        for start in range(0, draws if n > 1 else 0, max(1, _BLOCK // n)):
            part = slice(start, min(start + max(1, _BLOCK // n), draws))
            taken = cluster_weights(n, part.stop - start, generator).astype(np.float64)
            for condition, table in alike.items():
                errors[condition][part] = mean_errors(taken, table, humans)
        yield from errors.items()


def _row(
    condition: Condition, found: list[tuple[int, float, FloatArray]], level: float
) -> tuple[str | int | float | None, ...]:
    named = (condition.arm, condition.guidance, condition.descriptors)
    used = [(n, estimate, errors) for n, estimate, errors in found if not np.isnan(estimate)]
    if not used:
        return (*named, min((n for n, _, _ in found), default=0), None, None, None, None, 0)
    fewest = min(n for n, _, _ in used)
    mean = float(np.mean([estimate for _, estimate, _ in used]))
    if fewest < 2:
        return (*named, fewest, mean, None, None, None, len(used))
    moved = [centred(errors, estimate) for _, estimate, errors in used]
    interval = interval_of(known_mean(np.stack(moved), 0), level, fewest)
    low, high = max(0.0, float(interval.low)), float(interval.high)
    return (*named, fewest, mean, low, high, high - low, len(used))
