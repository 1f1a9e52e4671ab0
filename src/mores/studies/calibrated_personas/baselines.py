"""What a model has to beat: predictions without one, and the humans' distance to themselves.

The regressions predict a target from the ten indicators of which value personas are made. They learn
from **other countries' respondents only**, and predict for the respondents of whom the country's
personas are made: so they know of a country what a persona tells a model, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.errors import StudyError
from mores.measures.inputs import at_least_one
from mores.measures.ordinal import normalised_variance
from mores.measures.ratio import ratio
from mores.measures.split_half import split_half as halves_apart
from mores.populations.distributions import MINIMUM_COVERAGE, distributions
from mores.populations.expected_indicators import INDICATOR_QUESTIONS
from mores.studies.calibrated_personas.frames import Columns, stacked
from mores.studies.calibrated_personas.question_intervals import known_mean
from mores.studies.calibrated_personas.regressions import (
    People,
    averaged,
    forest,
    ordinal_regression,
)
from mores.studies.calibrated_personas.responses import Observed
from mores.studies.calibrated_personas.samples import observed_scores

__all__ = ["BASELINES", "Baselines", "baselines", "split_half"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BASELINES = (
    "uniform",
    "modal-answer",
    "world-average",
    "ordinal-regression",
    "random-forest",
    "split-half",
)
"""Names under which they stand among the arms."""

_WITHOUT_SKLEARN = (
    "The random-forest baseline was left out: it needs scikit-learn (pip install 'mores[stats]')."
)


@dataclass(frozen=True, eq=False)
class Baselines:
    """Predicted distributions, and on how many respondents they rest.

    Attributes
    ----------
    countries : tuple of str
        C of them.
    shares : mapping of str to ndarray of float, shape (C, Q, K)
        By baseline, in the order of `Observed`'s countries, questions and options; 0 beyond a
        question's last option, all NaN where there is no prediction. ``"random-forest"`` is missing
        where scikit-learn is not installed.
    respondents : mapping of str to int
        Respondents drawn a country, those drawn twice counted twice.
    left_out : mapping of str to int
        Those of them who lack an indicator, and for whom the regressions do not predict.
    learned_from : mapping of str to int
        Respondents of other countries that the regressions learn from.
    notes : mapping of str to str
        What a reader has to be told of a baseline.
    """

    countries: tuple[str, ...]
    shares: Mapping[str, FloatArray]
    respondents: Mapping[str, int]
    left_out: Mapping[str, int]
    learned_from: Mapping[str, int]
    notes: Mapping[str, str]

    def table(self) -> pl.DataFrame:
        """On what each baseline rests.

        Returns
        -------
        polars.DataFrame
            One row a baseline and country: ``model`` (``"baseline"``), ``arm`` (its name),
            ``country``, ``questions`` (predicted); of the regressions also ``respondents`` (drawn),
            ``left_out`` (of them) and ``learned_from``, as in the attributes; and ``note``, null
            where there is nothing to say. A baseline that could not be made has rows with a note.
        """
        missing = [name for name in self.notes if name not in self.shares]
        return stacked((self._rows(name) for name in (*self.shares, *missing)), _TABLE)

    def _rows(self, name: str) -> dict[str, object]:
        shares = self.shares.get(name)
        rows: dict[str, object] = {
            "model": "baseline",
            "arm": name,
            "country": list(self.countries),
            "questions": 0 if shares is None else (~np.isnan(shares[..., 0])).sum(axis=1),
            "note": self.notes.get(name),
        }
        if name in ("ordinal-regression", "random-forest"):
            rows |= {
                column: [given[country] for country in self.countries]
                for column, given in (
                    ("respondents", self.respondents),
                    ("left_out", self.left_out),
                    ("learned_from", self.learned_from),
                )
            }
        return rows


_TABLE: Columns = {
    "model": pl.String,
    "arm": pl.String,
    "country": pl.String,
    "questions": pl.Int64,
    "respondents": pl.Int64,
    "left_out": pl.Int64,
    "learned_from": pl.Int64,
    "note": pl.String,
}


def baselines(
    observed: Observed,
    drawn_respondents: Mapping[str, IntArray],
    *,
    regressions: bool = True,
    minimum_coverage: float = MINIMUM_COVERAGE,
    training: int = 12_000,
    trees: int = 40,
    seed: int = 0,
) -> Baselines:
    r"""Predict every target in every country without a model.

    - ``uniform``: each option alike.
    - ``modal-answer``: the option that is most frequent in the world average, from everybody.
    - ``world-average``: the mean of the weighted distributions of all *other* countries of the
      population in which the question is used, each counting the same.
    - ``ordinal-regression``: proportional odds on the ten indicators' codes, fitted on the other
      countries, averaged over the respondents drawn.
    - ``random-forest``: trees on bootstrap samples of respondents, with three indicators tried at each
      split and at least 20 respondents at each end. Each leaves out a random fifth of the countries,
      and a country is predicted by the fifth of the trees that saw none of its respondents. Averaged
      likewise.

    Parameters
    ----------
    observed : Observed
        What the humans answer.
    drawn_respondents : mapping of str to ndarray of int
        By country, the rows of the population's frame of whom personas are made, as often as drawn.
    regressions : bool
        Whether to make the last two, which take the time. A target that an indicator is made of is
        not predicted by them.
    minimum_coverage : float
        A question is used in another country where more than this share answered it.
    training : int
        Most respondents that a regression learns from, over all countries.
    trees : int
        Of each question's forest, for all countries together.
    seed : int
        Of the respondents learned from, and of the trees.

    Returns
    -------
    Baselines

    Raises
    ------
    StudyError
        If a country has no respondents drawn.
    ValueError
        If a number is out of range.
    """
    at_least_one(training, "training")
    at_least_one(trees, "trees")
    lacking = [c for c in observed.countries if not len(drawn_respondents.get(c, ()))]
    if lacking:
        raise StudyError(
            f"baselines: no respondents drawn for {', '.join(lacking)}; allowed: one and more a "
            "country; draw those of whom its personas are made"
        )
    world = _world_average(observed, minimum_coverage)
    shares = {"uniform": _uniform(observed), "modal-answer": _modal(world), "world-average": world}
    people = People.of(observed, drawn_respondents, training, seed)
    notes: dict[str, str] = {}
    if regressions:
        told = _given_away(observed)
        shares["ordinal-regression"] = averaged(observed, people, ordinal_regression(people), told)
        try:
            grown = forest(people, trees, seed)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "sklearn":
                raise
            notes["random-forest"] = _WITHOUT_SKLEARN
        else:
            shares["random-forest"] = averaged(observed, people, grown, told)
    return Baselines(
        observed.countries,
        shares,
        people.respondents,
        people.left_out,
        {country: people.learned_from(country) for country in observed.countries},
        notes,
    )


def _given_away(observed: Observed) -> NDArray[np.bool_]:
    """Which targets an indicator is made of, shape (Q,)."""
    return np.array([item.id in INDICATOR_QUESTIONS for item in observed.questions], np.bool_)


def _uniform(observed: Observed) -> FloatArray:
    found = np.zeros_like(observed.shares)
    for place, item in enumerate(observed.questions):
        found[:, place, : len(item.codes)] = 1 / len(item.codes)
    return found


def _world_average(observed: Observed, minimum_coverage: float) -> FloatArray:
    every = distributions(
        observed.population,
        [item.id for item in observed.questions],
        minimum_coverage=minimum_coverage,
    )
    countries = every.keys["country"].to_list()
    found = np.full_like(observed.shares, np.nan)
    if len(countries) < 2:
        return found
    for c, country in enumerate(observed.countries):
        others = {other: float(other != country) for other in countries}
        shares = every.world_average(others, usable_only=True).table.shares[0]
        found[c] = np.where(np.isnan(shares[:, :1]), np.nan, np.nan_to_num(shares))
    return found


def _modal(world: FloatArray) -> FloatArray:
    """All on the most frequent option, the first of several."""
    found = np.zeros_like(world)
    highest = np.nan_to_num(world).argmax(axis=-1)
    np.put_along_axis(found, highest[..., None], 1.0, axis=-1)
    found[np.isnan(world[..., 0])] = np.nan
    return found


_HALVES: Columns = {
    "model": pl.String,
    "arm": pl.String,
    "guidance": pl.String,
    "country": pl.String,
    "question": pl.String,
    "observed_mean": pl.Float64,
    "absolute_error": pl.Float64,
    "variance_human": pl.Float64,
    "wasserstein": pl.Float64,
    "descriptors": pl.String,
    "kind": pl.String,
    "n_human": pl.Int64,
    "human_coverage": pl.Float64,
}


def split_half(observed: Observed, *, splits: int = 200, seed: int = 0) -> pl.DataFrame:
    r"""How far the humans are from themselves: the least error that can be hoped for.

    Respondents of a country are halved at random, and the weighted distributions of the halves
    compared. Half of that distance is what a model that answers exactly as the country's people do
    would still show against the sample of them: an error of estimation goes with
    :math:`1/\sqrt n`, and the difference of two halves has four times the variance of the sample; see
    `mores.measures.split_half.SplitHalf.to_population`.

    Parameters
    ----------
    observed : Observed
        What the humans answer.
    splits : int
        Random halvings, at least 1.
    seed : int
        Randomness.

    Returns
    -------
    polars.DataFrame
        One row a country and question that is used, with those columns of the table of errors that
        it has: ``model`` and ``kind`` are ``"baseline"``, ``arm`` is ``"split-half"``;
        ``absolute_error`` and ``wasserstein`` are half the mean over the splits. Null where no split
        had answers in both halves.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    population = observed.population
    place = {country: c for c, country in enumerate(observed.countries)}
    country = population.frame["country"].to_list()
    groups = np.array([place.get(name, -1) for name in country], np.int64)
    answers = population.answer_matrix([item.id for item in observed.questions])
    n_options = np.array([len(item.codes) for item in observed.questions], np.int64)
    distance = halves_apart(
        answers,
        n_options,
        population.weights,
        groups,
        len(place),
        np.ones(len(n_options), np.bool_),
        splits,
        seed=seed,
    ).to_population
    apart = np.stack(
        [
            _means_apart(observed, answers[:, groups == c], population.weights[groups == c], splits,
                         np.random.default_rng([seed, 6, c]))
            for c in range(len(place))
        ]
    ) / 2.0  # fmt: skip
    first = np.array([item.codes[0] for item in observed.questions])
    length = np.array([item.codes[-1] for item in observed.questions]) - first
    means = first + length * observed_scores(observed)
    codes = np.full((len(n_options), int(n_options.max(initial=2))), np.nan)
    for row, item in zip(codes, observed.questions, strict=True):
        row[: len(item.codes)] = item.codes
    variance = normalised_variance(observed.shares, n_options, codes)
    return stacked(
        (
            {
                "model": "baseline",
                "arm": "split-half",
                "guidance": "",
                "country": name,
                "question": [
                    q.id for q, used in zip(observed.questions, kept, strict=True) if used
                ],
                "observed_mean": means[c, kept],
                "absolute_error": apart[c, kept],
                "variance_human": variance[c, kept],
                "wasserstein": distance[c, kept],
                "descriptors": "",
                "kind": "baseline",
                "n_human": observed.n[c, kept],
                "human_coverage": observed.coverage[c, kept],
            }
            for c, (name, kept) in enumerate(zip(observed.countries, observed.used, strict=True))
        ),
        _HALVES,
    )


def _means_apart(
    observed: Observed,
    answers: NDArray[np.int8],
    weights: FloatArray,
    splits: int,
    stream: np.random.Generator,
) -> FloatArray:
    """Mean over splits of the distance of the halves' means over the range of codes, shape (Q,)."""
    counted = np.nan_to_num(weights) > 0
    answers, weight = answers[:, counted], weights[counted]
    scores = np.stack(
        [
            ((np.array(item.codes) - item.codes[0]) / (item.codes[-1] - item.codes[0]))[row]
            for item, row in zip(observed.questions, answers, strict=True)
        ]
    )
    there = np.where(answers >= 0, weight, 0.0)
    table = np.vstack([there * scores, there]).T
    half = np.arange(len(weight)) < len(weight) // 2
    halves = stream.permuted(np.broadcast_to(half, (splits, len(weight))), axis=1)
    inside, outside = halves @ table, ~halves @ table
    means = [ratio(*np.hsplit(sums, 2)) for sums in (inside, outside)]
    return known_mean(np.abs(means[0] - means[1]), axis=0)
