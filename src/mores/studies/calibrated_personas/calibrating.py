"""The personas' distributions at other temperatures: each question's chosen on all the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.measures.mixtures import Method, mixtures
from mores.measures.ordinal import normalised_variance
from mores.measures.temperature import Calibration, Objective, choose_temperature
from mores.measures.tilting import scale_temperature, tilt
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.entries import ALL
from mores.studies.calibrated_personas.frames import Columns, stacked
from mores.studies.calibrated_personas.people import Drawn, People
from mores.studies.calibrated_personas.predicting import Compared, compared, scale
from mores.studies.calibrated_personas.question_intervals import QuestionBootstrap, known_mean
from mores.studies.calibrated_personas.responses import Observed, Responses

__all__ = ["GRID", "METHODS", "Calibrated", "calibration", "temperatures"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

METHODS: tuple[Method, ...] = ("tilting", "scaling")
"""Mean-preserving tilting, and plain temperature scaling for comparison."""

_CALIBRATION: Columns = {
    "model": pl.String,
    "arm": pl.String,
    "question": pl.String,
    "temperature": pl.Float64,
    "wasserstein_before": pl.Float64,
    "wasserstein_after": pl.Float64,
    "mean_shift": pl.Float64,
    "guidance": pl.String,
    "descriptors": pl.String,
    "country": pl.String,
    "objective": pl.String,
    "method": pl.String,
    "variance_before": pl.Float64,
    "variance_after": pl.Float64,
    "variance_human": pl.Float64,
    "personas": pl.Int64,
    "degenerate": pl.Int64,
    "infeasible": pl.Int64,
    "at_bound": pl.Boolean,
    "largest_shift": pl.Float64,
    "variance_within_before": pl.Float64,
    "variance_within_after": pl.Float64,
    "chosen_on": pl.Int64,
    "undetermined": pl.Boolean,
}
_CELLS: Columns = {
    "model": pl.String,
    "arm": pl.String,
    "guidance": pl.String,
    "descriptors": pl.String,
    "country": pl.String,
    "question": pl.String,
    "variance_calibrated": pl.Float64,
    "wasserstein_calibrated": pl.Float64,
    "temperature": pl.Float64,
    "method": pl.String,
    "objective": pl.String,
    "variance_within_calibrated": pl.Float64,
    "error_calibrated": pl.Float64,
}
_TEMPERATURES: Columns = {
    "model": pl.String,
    "arm": pl.String,
    "guidance": pl.String,
    "descriptors": pl.String,
    "method": pl.String,
    "temperature": pl.Float64,
    "mae": pl.Float64,
    "mae_low": pl.Float64,
    "mae_high": pl.Float64,
    "wasserstein": pl.Float64,
    "wasserstein_low": pl.Float64,
    "wasserstein_high": pl.Float64,
}


class Calibrated(NamedTuple):
    """What `calibration` found.

    Attributes
    ----------
    calibration : polars.DataFrame
        One row a condition, method and question, and country if not pooled.
    cells : polars.DataFrame
        One row a condition, method, country and question, of the held-out predictions.
    """

    calibration: pl.DataFrame
    cells: pl.DataFrame


GRID: tuple[float, ...] = tuple(np.geomspace(0.1, 10, 25).tolist())
"""From a tenth to ten times, 1 among them."""


def calibration(
    responses: Responses,
    observed: Observed,
    *,
    objective: Objective = "wasserstein",
    pooled: bool = True,
    methods: Sequence[Method] = METHODS,
    conditions: Sequence[Condition] | None = None,
    bounds: tuple[float, float] = (0.05, 100.0),
) -> Calibrated:
    """Change the personas' dispersion by a temperature that is chosen without the question itself.

    Time and memory grow with the distinct prompts of a condition: 1,000 personas and 35 questions take
    some seconds.

    Parameters
    ----------
    responses, observed
        The model's and the humans' answers.
    objective, bounds
        As for `mores.measures.temperature.choose_temperature`.
    pooled : bool
        Whether a question has one temperature for all countries, or one for each.
    methods : sequence of {"tilting", "scaling"}
        What a temperature does.
    conditions : sequence of Condition, optional
        The conditions to change; all whole ones if None.

    Returns
    -------
    Calibrated
        In `calibration`, distances, shifts and variances of a pooled row are means over the countries
        in which the question is used and predicted. `mean_shift` is the calibrated less the
        uncalibrated predicted mean, over the range of codes: 0 but for rounding where tilting
        succeeds; `largest_shift` its largest size in any country. Variances are over the largest
        possible, of the mixture and, ``within``, the mean over personas of their own. `personas` have
        a distribution, of which `degenerate` lie on one option and stay as they are, and
        `infeasible` are those whose mean tilting failed to keep. `chosen_on`: distributions of humans
        that chose the temperature; `at_bound`: no temperature is better than an end of `bounds`;
        `undetermined`: none is better than another, and it is 1. Null: missing.
    """
    blocks, cells = [], []
    for condition in responses.conditions if conditions is None else conditions:
        people = People.of(responses, condition)
        for method in methods if people.samples else ():
            chosen = choose_temperature(
                people.shares,
                observed.shares,
                people.counts,
                people.groups,
                n_options=responses.n_options,
                positions=responses.codes,
                method=method,
                objective=objective,
                pooled=pooled,
                bounds=bounds,
            )
            found = _Found.of(people, chosen, responses, observed, method)
            how = {**_names(responses, condition), "method": method, "objective": objective}
            blocks.append(how | (found.pooled() if pooled else found.each()))
            cells.append(how | found.cells())
    return Calibrated(stacked(blocks, _CALIBRATION), stacked(cells, _CELLS))


def temperatures(
    responses: Responses,
    observed: Observed,
    *,
    grid: Sequence[float] = GRID,
    methods: Sequence[Method] = METHODS,
    conditions: Sequence[Condition] | None = None,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> pl.DataFrame:
    """Distance from the humans with one temperature for all, over a grid of temperatures.

    Parameters
    ----------
    responses, observed
        The model's and the humans' answers.
    grid : sequence of float
        Temperatures, 0.001 and more.
    methods : sequence of {"tilting", "scaling"}
        What a temperature does.
    conditions : sequence of Condition, optional
        The conditions to change; all whole ones if None.
    draws, level, seed
        Of the bootstrap over questions.

    Returns
    -------
    polars.DataFrame
        One row a condition, method and temperature: means over countries of means over questions,
        with intervals over questions. Null: missing.
    """
    questions = QuestionBootstrap.draw(len(responses.questions), draws, level, seed)
    heat = np.array(grid, np.float64)
    blocks = []
    for condition in responses.conditions if conditions is None else conditions:
        people = People.of(responses, condition)
        for method in methods if people.samples else ():
            mixed = mixtures(
                people.shares,
                heat,
                people.counts,
                people.groups,
                len(responses.countries),
                n_options=responses.n_options,
                positions=responses.codes,
                method=method,
            )
            made = compared(mixed.shares, responses, observed)
            block: dict[str, Any] = {"temperature": heat, "method": method}
            for name, values in (("mae", made.error), ("wasserstein", made.wasserstein)):
                ends = questions.over_countries(values)
                block[name] = known_mean(known_mean(values))
                block[f"{name}_low"], block[f"{name}_high"] = ends.low, ends.high
            blocks.append(_names(responses, condition) | block)
    return stacked(blocks, _TEMPERATURES)


def _names(responses: Responses, condition: Condition) -> dict[str, Any]:
    return {
        "model": responses.model,
        "arm": condition.arm,
        "guidance": condition.guidance,
        "descriptors": condition.descriptors,
    }


@dataclass(frozen=True, eq=False)
class _Found:
    """A calibrated condition.

    Attributes
    ----------
    responses : Responses
    asked : ndarray of bool, shape (C, Q)
    chosen : Calibration
        Of `choose_temperature`.
    after : Compared
        The held-out predictions against the humans.
    averaged, counted : mapping of str to ndarray, shape (C, Q)
        Columns that are means, NaN where missing, and numbers of personas.
    """

    responses: Responses
    asked: NDArray[np.bool_]
    chosen: Calibration
    after: Compared
    averaged: dict[str, FloatArray]
    counted: dict[str, IntArray]

    @classmethod
    def of(
        cls,
        people: People,
        chosen: Calibration,
        responses: Responses,
        observed: Observed,
        method: Method,
    ) -> _Found:
        """Compare before and after, and look at the single personas."""
        size = people.asked.shape
        shares = np.full(chosen.shares.shape, np.nan)
        within = {f"variance_within_{when}": np.full(size, np.nan) for when in ("before", "after")}
        counted = {n: np.zeros(size, np.int64) for n in ("personas", "degenerate", "infeasible")}
        for c, sample in people.samples.items():
            shares[c] = sample.mean(sample.shares)
            for when, array in _within(sample, chosen.temperature[c], responses, method).items():
                (within if when in within else counted)[when][c] = array
        before = compared(shares, responses, observed)
        after = compared(chosen.shares, responses, observed)
        _, length = scale(responses.codes)
        known = ~np.isnan(after.error)
        averaged = {
            "wasserstein_before": before.wasserstein,
            "wasserstein_after": after.wasserstein,
            "mean_shift": (after.mean - before.mean) / length,
            "variance_before": before.variance,
            "variance_after": after.variance,
            "variance_human": normalised_variance(
                observed.shares, responses.n_options, responses.codes
            ),
            **within,
        }
        averaged = {name: np.where(known, values, np.nan) for name, values in averaged.items()}
        return cls(responses, people.asked, chosen, after, averaged, counted)

    def pooled(self) -> dict[str, Any]:
        """Columns of a row a question that was asked in any country."""
        keep = self.asked.any(axis=0)
        shift = np.abs(self.averaged["mean_shift"])
        largest = np.where(np.isnan(shift), -1, shift).max(axis=0)
        columns = {
            "question": self._questions,
            "temperature": self.chosen.temperature[0],
            "at_bound": self.chosen.at_bound[0],
            "undetermined": self.chosen.undetermined[0],
            "chosen_on": self.chosen.chosen_on[0],
            "largest_shift": np.where(largest < 0, np.nan, largest),
            **{name: known_mean(values, axis=0) for name, values in self.averaged.items()},
            **{name: values.sum(axis=0) for name, values in self.counted.items()},
        }
        return {"country": ALL} | {name: values[keep] for name, values in columns.items()}

    def each(self) -> dict[str, Any]:
        """Columns of a row a country and question that was asked."""
        columns = {
            "temperature": self.chosen.temperature,
            "at_bound": self.chosen.at_bound,
            "undetermined": self.chosen.undetermined,
            "chosen_on": self.chosen.chosen_on,
            "largest_shift": np.abs(self.averaged["mean_shift"]),
            **self.averaged,
            **self.counted,
        }
        return self._places() | {name: values[self.asked] for name, values in columns.items()}

    def cells(self) -> dict[str, Any]:
        """Columns of a row a country and question, of the held-out predictions."""
        columns = {
            "variance_calibrated": self.after.variance,
            "wasserstein_calibrated": self.after.wasserstein,
            "temperature": self.chosen.temperature,
            "variance_within_calibrated": self.averaged["variance_within_after"],
            "error_calibrated": self.after.error,
        }
        return self._places() | {name: values[self.asked] for name, values in columns.items()}

    @property
    def _questions(self) -> NDArray[np.str_]:
        return np.array([item.id for item in self.responses.questions])

    def _places(self) -> dict[str, Any]:
        country, question = np.nonzero(self.asked)
        return {
            "country": np.array(self.responses.countries)[country],
            "question": self._questions[question],
        }


def _within(
    sample: Drawn, temperature: FloatArray, responses: Responses, method: Method
) -> dict[str, FloatArray]:
    """Variances of the personas themselves, and numbers of them, (Q,) each."""
    options, codes = responses.n_options, responses.codes
    heated = (
        tilt(sample.shares, temperature, options, codes)
        if method == "tilting"
        else scale_temperature(sample.shares, temperature, options)
    )
    before, after = (
        sample.mean(normalised_variance(p, options, codes))
        for p in (sample.shares, heated.probabilities)
    )
    there = ~heated.missing
    return {
        "variance_within_before": before,
        "variance_within_after": after,
        "personas": sample.counts @ sample.coded,
        "degenerate": sample.counts @ (sample.coded & heated.degenerate),
        "infeasible": sample.counts @ (there & ~heated.converged),
    }
