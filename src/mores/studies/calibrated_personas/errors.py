"""How far predictions are from the humans: by question, and by country."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.measures.resampling import interval_of
from mores.studies.calibrated_personas.entries import ALL, Entry, Humans, entries
from mores.studies.calibrated_personas.frames import Columns, stacked
from mores.studies.calibrated_personas.predicting import Predictions
from mores.studies.calibrated_personas.question_intervals import QuestionBootstrap, known_mean

__all__ = ["errors", "errors_by_country"]

FloatArray = NDArray[np.float64]

_CELLS: Columns = {
    "model": pl.String,
    "arm": pl.String,
    "guidance": pl.String,
    "country": pl.String,
    "question": pl.String,
    "predicted_mean": pl.Float64,
    "observed_mean": pl.Float64,
    "absolute_error": pl.Float64,
    "variance_mixture": pl.Float64,
    "variance_within": pl.Float64,
    "variance_human": pl.Float64,
    "wasserstein": pl.Float64,
    "coverage": pl.Float64,
    "allowed_mass": pl.Float64,
    "descriptors": pl.String,
    "kind": pl.String,
    "personas": pl.Int64,
    "prompts": pl.Int64,
    "error_low": pl.Float64,
    "error_high": pl.Float64,
    "wasserstein_low": pl.Float64,
    "wasserstein_high": pl.Float64,
    "unseen": pl.Float64,
    "mean_low": pl.Float64,
    "mean_high": pl.Float64,
    "n_human": pl.Int64,
    "human_coverage": pl.Float64,
}
_MEANS: Columns = {
    "model": pl.String,
    "arm": pl.String,
    "guidance": pl.String,
    "country": pl.String,
    "questions": pl.Int64,
    "mae": pl.Float64,
    "mae_low": pl.Float64,
    "mae_high": pl.Float64,
    "wasserstein": pl.Float64,
    "wasserstein_low": pl.Float64,
    "wasserstein_high": pl.Float64,
    "variance_mixture": pl.Float64,
    "variance_within": pl.Float64,
    "variance_human": pl.Float64,
    "coverage": pl.Float64,
    "allowed_mass": pl.Float64,
    "descriptors": pl.String,
    "kind": pl.String,
    "personas": pl.Int64,
    "countries": pl.Int64,
    "questions_used": pl.Int64,
    "mae_questions_low": pl.Float64,
    "mae_questions_high": pl.Float64,
    "wasserstein_questions_low": pl.Float64,
    "wasserstein_questions_high": pl.Float64,
    "mae_two_way_low": pl.Float64,
    "mae_two_way_high": pl.Float64,
}


def errors(found: Predictions, baselines: Mapping[str, FloatArray] | None = None) -> pl.DataFrame:
    """One row a condition or baseline, country and question that was asked.

    Parameters
    ----------
    found : Predictions
        Of `mores.studies.calibrated_personas.predicting.predictions`.
    baselines : mapping of str to ndarray of float, shape (C, Q, K), optional
        Name -> distributions predicted without the model; NaN where there is none.

    Returns
    -------
    polars.DataFrame
        `absolute_error` and `wasserstein` are over the range of codes, 0 … 1; the variances over the
        largest possible, (range / 2)². `variance_mixture` is that of the population,
        `variance_within` the mean over personas of their own. `error_low` … `wasserstein_high` are
        intervals over the personas drawn, none where there is no sample of them; `mean_low` and
        `mean_high` bounds wherever the unseen shares lie. Null: missing (nothing coded, or the
        question is not used in the country), and what a baseline does not have.
    """
    humans = Humans.of(found)
    return stacked((_cells(found, humans, entry) for entry in entries(found, baselines)), _CELLS)


def errors_by_country(
    found: Predictions, baselines: Mapping[str, FloatArray] | None = None
) -> pl.DataFrame:
    """One row a condition or baseline and country, and one for the mean over countries (``"all"``).

    Parameters
    ----------
    found, baselines
        As for `errors`.

    Returns
    -------
    polars.DataFrame
        `mae`: mean of the absolute errors over the `questions` that are used and predicted, of the
        `questions_used`; for ``"all"`` the mean of those of the `countries` that have one, and
        `questions` counts those of any of them. `mae_low` … `wasserstein_high`: intervals over the
        personas drawn, for these questions; `mae_questions_low` … `wasserstein_questions_high`: over
        questions, for these personas; `mae_two_way_low` and `mae_two_way_high`: over both, the same
        questions in every country. Variances are means over the same questions; `coverage` and
        `allowed_mass` over all that are used and were asked. Null: missing.
    """
    humans = Humans.of(found)
    questions = QuestionBootstrap.draw(
        len(found.responses.questions), found.draws, found.level, found.seed
    )
    rows = (
        _counts(found, entry)
        | _means(found, humans, entry)
        | _over_questions(questions, entry)
        | _over_personas(found.level, entry)
        for entry in entries(found, baselines)
    )
    return stacked(rows, _MEANS)


def _cells(found: Predictions, humans: Humans, entry: Entry) -> dict[str, Any]:
    """Columns of `errors`."""
    responses, observed = found.responses, found.observed
    keep = entry.asked
    values = {
        "predicted_mean": entry.compared.mean,
        "observed_mean": humans.mean,
        "absolute_error": entry.compared.error,
        "variance_mixture": entry.compared.variance,
        "variance_human": humans.variance,
        "wasserstein": entry.compared.wasserstein,
        "n_human": observed.n,
        "human_coverage": observed.coverage,
        **entry.further,
        **{name: counts[:, None] for name, counts in entry.samples.items()},
    }
    place, question = np.nonzero(keep)
    return {
        **entry.names,
        "country": np.array(responses.countries)[place],
        "question": np.array([item.id for item in responses.questions])[question],
        **{name: np.broadcast_to(array, keep.shape)[keep] for name, array in values.items()},
    }


def _counts(found: Predictions, entry: Entry) -> dict[str, Any]:
    """Names and numbers of the rows of `errors_by_country`: the countries asked, then all."""
    asked = entry.asked.any(axis=1)
    used = entry.asked & found.observed.used
    known = entry.known
    each = np.asarray(known.any(axis=1))
    personas = entry.samples.get("personas")
    return {
        **entry.names,
        "country": [*np.array(found.responses.countries)[asked], ALL],
        "questions": [*known.sum(axis=1)[asked], known.any(axis=0).sum()],
        "questions_used": [*used.sum(axis=1)[asked], used.any(axis=0).sum()],
        "countries": [*each[asked].astype(np.int64), each.sum()],
        "personas": None if personas is None else [*personas[asked], personas.sum()],
    }


def _means(found: Predictions, humans: Humans, entry: Entry) -> dict[str, Any]:
    """Means over questions, then over countries."""
    used = entry.asked & found.observed.used
    averaged = {
        "mae": (entry.compared.error, entry.known),
        "wasserstein": (entry.compared.wasserstein, entry.known),
        "variance_mixture": (entry.compared.variance, entry.known),
        "variance_human": (humans.variance, entry.known),
        "variance_within": (entry.further.get("variance_within"), entry.known),
        "coverage": (entry.further.get("coverage"), used),
        "allowed_mass": (entry.further.get("allowed_mass"), used),
    }
    columns = {}
    for name, (values, where) in averaged.items():
        if values is not None:
            by_country = known_mean(np.where(where, values, np.nan))
            columns[name] = _and_all(entry, by_country, known_mean(by_country))
    return columns


def _over_questions(questions: QuestionBootstrap, entry: Entry) -> dict[str, Any]:
    columns = {}
    made = {"mae": entry.compared.error, "wasserstein": entry.compared.wasserstein}
    for name, values in made.items():
        each, mean = questions.by_country(values), questions.over_countries(values)
        columns[f"{name}_questions_low"] = _and_all(entry, each.low, mean.low)
        columns[f"{name}_questions_high"] = _and_all(entry, each.high, mean.high)
    return columns


def _over_personas(level: float, entry: Entry) -> dict[str, Any]:
    columns = {}
    for name, draws in entry.draws.items():
        personas = entry.samples["personas"]
        least = int(personas[personas > 0].min(initial=np.iinfo(np.int64).max))
        each = interval_of(draws.T, level, personas)
        mean = interval_of(known_mean(draws, axis=0), level, least)
        columns[f"{name}_low"] = _and_all(
            entry, np.maximum(each.low, 0.0), np.maximum(mean.low, 0.0)
        )
        columns[f"{name}_high"] = _and_all(entry, each.high, mean.high)
    return columns


def _and_all(entry: Entry, by_country: FloatArray, mean: FloatArray) -> list[float]:
    return [*by_country[entry.asked.any(axis=1)].tolist(), float(mean)]
