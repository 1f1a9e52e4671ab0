r"""What a model's personas answer as a population, set against the humans.

The prediction for a country and a question is the mean of the distributions of the personas drawn.
With cumulative shares F of it and H of the humans, and steps s of the scale that sum to 1,

.. math:: |\text{error of the mean}| = \Big|\sum_k s_k (F_k - H_k)\Big|, \qquad
          W = \sum_k s_k |F_k - H_k|,

so that both come from the same draws of the bootstrap over personas. A draw takes the n-th persona of
a country as often in one condition as in another, which pairs the conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mores.measures.ordinal import mean_score, normalised_variance, wasserstein
from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights, interval_of
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.people import Drawn
from mores.studies.calibrated_personas.question_intervals import (
    QuestionBootstrap,
    centred,
    known_mean,
)
from mores.studies.calibrated_personas.responses import Observed, Responses

__all__ = ["Compared", "Predictions", "compared", "predictions", "scale"]

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

_BLOCK = 1 << 23  # cells of a table of weights in memory


@dataclass(frozen=True, eq=False)
class Compared:
    """Distributions over the options of each country and question, against the humans'.

    Attributes
    ----------
    mean : ndarray of float, shape (..., C, Q)
        In codes.
    error : ndarray of float, shape (..., C, Q)
        Absolute difference of the means over the range of codes, 0 … 1; NaN where the question is not
        used or nothing is predicted.
    wasserstein : ndarray of float, shape (..., C, Q)
        Over the range of codes, 0 … 1; NaN likewise.
    variance : ndarray of float, shape (..., C, Q)
        Over the largest possible, (range / 2)², 0 … 1.
    """

    mean: FloatArray
    error: FloatArray
    wasserstein: FloatArray
    variance: FloatArray


def compared(shares: FloatArray, responses: Responses, observed: Observed) -> Compared:
    """Set distributions (..., C, Q, K), NaN or all 0 where there is none, against the humans'."""
    options, codes = responses.n_options, responses.codes
    first, length = scale(codes)
    mean = mean_score(shares, options, codes)
    human = mean_score(observed.shares, options, codes)
    return Compared(
        mean=first + length * mean,
        error=np.abs(mean - human),
        wasserstein=wasserstein(shares, observed.shares, options, codes),
        variance=normalised_variance(shares, options, codes),
    )


def scale(codes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First code and range of codes of each question."""
    return codes[:, 0], np.nanmax(codes, axis=1) - codes[:, 0]


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions of all whole conditions (M) for all countries (C) and questions (Q).

    Arrays are of float64 and shape (M, C, Q) unless said; NaN where a condition was not asked for a
    country or question, or nothing was coded.

    Attributes
    ----------
    responses, observed
        What they are made of.
    conditions : tuple of Condition
        M of them.
    asked : ndarray of bool
        What was asked.
    shares : ndarray, shape (M, C, Q, K)
        Mean of the personas' distributions.
    compared : Compared
        That mean against the humans; its variance is that of the mixture.
    variance_within : ndarray
        Mean of the personas' own normalised variances.
    coverage : ndarray
        Share of the personas drawn whose answer was coded; 0 where none was.
    allowed_mass : ndarray
        Mean probability of an answer that is an option, over personas for which it is known.
    unseen : ndarray
        Mean over personas of the largest share that may lie on options of which nothing was told.
    mean_low, mean_high : ndarray
        Bounds of the predicted mean wherever those shares lie, in codes.
    personas, prompts : ndarray of int, shape (M, C)
        Personas drawn, and distinct prompts among them; 0 where not asked.
    error_ends, wasserstein_ends : ndarray, shape (2, M, C, Q)
        Intervals over personas, of the error that a sample of this size has; NaN for conditions
        without a sample of them.
    two_way_draws : ndarray of float32, shape (M, C, B)
        As `mae_draws`, questions drawn as well, the same in every country.
    mae_draws, wasserstein_draws : ndarray of float32, shape (M, C, B)
        Bootstrap draws over personas of the means over questions, centred at the estimate; NaN
        likewise.
    draws, level, seed
        Number of draws, nominal coverage of all intervals, and randomness.
    """

    responses: Responses
    observed: Observed
    conditions: tuple[Condition, ...]
    asked: NDArray[np.bool_]
    shares: FloatArray
    compared: Compared
    variance_within: FloatArray
    coverage: FloatArray
    allowed_mass: FloatArray
    unseen: FloatArray
    mean_low: FloatArray
    mean_high: FloatArray
    personas: IntArray
    prompts: IntArray
    error_ends: FloatArray
    wasserstein_ends: FloatArray
    mae_draws: SingleArray
    wasserstein_draws: SingleArray
    two_way_draws: SingleArray
    draws: int
    level: float
    seed: int

    @property
    def mae(self) -> FloatArray:
        """Mean absolute error of each condition and country over its questions, shape (M, C)."""
        return known_mean(self.compared.error)


def predictions(
    responses: Responses,
    observed: Observed,
    *,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Predictions:
    """Predict each question in each country, with intervals over the personas drawn.

    The humans' shares are taken as they are. Beyond the result, memory is bounded: weights of the
    draws come in blocks, and draws of single questions are kept for one country at a time.

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
    Predictions

    Raises
    ------
    ValueError
        If `draws` or `level` is out of range.
    """
    conditions = responses.conditions
    size = (len(conditions), len(responses.countries), len(responses.questions))
    shares = np.full((*size, responses.shares.shape[2]), np.nan)
    about = {name: np.full(size, np.nan) for name in _ABOUT}
    asked = np.zeros(size, np.bool_)
    personas, prompts = np.zeros((2, *size[:2]), np.int64)
    error_ends, wasserstein_ends = np.full((2, 2, *size), np.nan)
    mae_draws, wasserstein_draws, two_way = np.full((3, *size[:2], draws), np.nan, np.float32)
    questions = QuestionBootstrap.draw(size[2], draws, level, seed).weights.astype(np.float32)
    for c, country in enumerate(responses.countries):
        samples = {
            m: sample
            for m, condition in enumerate(conditions)
            if (sample := Drawn.of(responses, condition, country)) is not None
        }
        for m, sample in samples.items():
            asked[m, c] = responses.asked[conditions[m], country]
            personas[m, c], prompts[m, c] = sample.which.size, sample.prompts.size
            shares[m, c] = sample.mean(sample.shares)
            for name, values in _about(sample, responses).items():
                about[name][m, c] = values
        gaps = _Gaps.of(observed.shares[c], responses)
        for m, (error, distance), (one, other) in gaps.resampled(samples, draws, [seed, 0, c]):
            error_ends[:, m, c] = _ends(centred(error, one), level, personas[m, c])
            wasserstein_ends[:, m, c] = _ends(centred(distance, other), level, personas[m, c])
            mae_draws[m, c] = centred(known_mean(error), known_mean(one))
            wasserstein_draws[m, c] = centred(known_mean(distance), known_mean(other))
            two_way[m, c] = _weighted_mean(centred(error, one), questions)
    about["coverage"][~asked] = np.nan
    return Predictions(
        responses=responses,
        observed=observed,
        conditions=conditions,
        asked=asked,
        shares=shares,
        compared=compared(shares, responses, observed),
        personas=personas,
        prompts=prompts,
        error_ends=error_ends,
        wasserstein_ends=wasserstein_ends,
        mae_draws=mae_draws,
        wasserstein_draws=wasserstein_draws,
        two_way_draws=two_way,
        draws=draws,
        level=level,
        seed=seed,
        **about,
    )


def _weighted_mean(values: FloatArray, weights: SingleArray) -> FloatArray:
    """Means over questions (B,) of values (B, Q), NaN left out; NaN where nothing is left."""
    total = np.where(np.isnan(values), 0.0, weights).sum(axis=1)
    return ratio((np.nan_to_num(values) * weights).sum(axis=1), total)


def _ends(draws: FloatArray, level: float, n: int) -> tuple[FloatArray, FloatArray]:
    """Ends of the interval of what is 0 and more."""
    found = interval_of(draws, level, n)
    return np.maximum(found.low, 0.0), found.high


_ABOUT = ("variance_within", "coverage", "allowed_mass", "unseen", "mean_low", "mean_high")


def _about(sample: Drawn, responses: Responses) -> dict[str, FloatArray]:
    """What is said of a sample beside its mean distribution, (Q,) each."""
    options, codes = responses.n_options, responses.codes
    first, length = scale(codes)
    coded = sample.coded
    allowed = np.where(coded, responses.allowed[sample.prompts], np.nan).astype(np.float64)
    unseen = np.where(coded, responses.unseen[sample.prompts], np.nan).astype(np.float64)
    score = mean_score(sample.shares, options, codes)
    ends = _bounds(score, unseen, responses.several)
    known = ~(coded & np.isnan(unseen)).any(axis=0)
    low, high = (np.where(known, sample.mean(end), np.nan) for end in ends)
    return {
        "variance_within": sample.mean(normalised_variance(sample.shares, options, codes)),
        "coverage": sample.counts @ coded / sample.counts.sum(),
        "allowed_mass": sample.mean(allowed),
        "unseen": sample.mean(unseen),
        "mean_low": first + length * low,
        "mean_high": first + length * high,
    }


def _bounds(score: FloatArray, unseen: FloatArray, several: bool) -> tuple[FloatArray, FloatArray]:
    """Least and largest mean score wherever the unseen shares lie.

    Of several answers the means alone are known: those with the largest unseen shares may be the ones
    with the highest scores, or with the lowest.
    """
    if several:
        return np.maximum(score - unseen, 0.0), np.minimum(score + unseen, 1.0)
    return (1 - unseen) * score, (1 - unseen) * score + unseen


@dataclass(frozen=True, eq=False)
class _Gaps:
    """The humans of a country as cumulative shares, and the steps of the scales.

    Attributes
    ----------
    humans : ndarray of float32, shape (Q, K - 1)
        Cumulative shares; NaN where the question is not used.
    steps : ndarray of float32, shape (Q, K - 1)
        From option to option as shares of the range; 0 beyond the last one.
    """

    humans: SingleArray
    steps: SingleArray

    @classmethod
    def of(cls, shares: FloatArray, responses: Responses) -> _Gaps:
        _, length = scale(responses.codes)
        steps = np.nan_to_num(np.diff(responses.codes, axis=1)) / length[:, None]
        humans = shares.cumsum(axis=1)[:, :-1]
        return cls(humans.astype(np.float32), steps.astype(np.float32))

    def resampled(
        self, samples: dict[int, Drawn], draws: int, stream: list[int]
    ) -> Iterator[tuple[int, tuple[SingleArray, SingleArray], tuple[SingleArray, SingleArray]]]:
        """Draws (B, Q) of error and Wasserstein distance of each sample of two and more.

        With them the error and the distance (Q,) of the sample itself.
        """
        for n in sorted({s.which.size for s in samples.values() if s.which.size > 1}):
            alike = {m: s for m, s in samples.items() if s.which.size == n}
            size = (draws, len(self.steps))
            found = {m: (np.empty(size, np.float32), np.empty(size, np.float32)) for m in alike}
            generator = np.random.default_rng([*stream, n])
            block = max(1, _BLOCK // n)
            for start in range(0, draws, block):
                part = slice(start, min(start + block, draws))
                taken = cluster_weights(n, part.stop - start, generator).astype(np.float32)
                for m, sample in alike.items():
                    gaps = self._gaps(sample, taken)
                    found[m][0][part] = np.abs(gaps.sum(axis=-1))
                    found[m][1][part] = np.abs(gaps).sum(axis=-1)
            for m, sample in alike.items():
                whole = self._gaps(sample, np.ones((1, n), np.float32))[0]
                yield m, found[m], (np.abs(whole.sum(axis=-1)), np.abs(whole).sum(axis=-1))

    def _gaps(self, sample: Drawn, taken: SingleArray) -> SingleArray:
        """Differences of the cumulative shares times the steps, (B, Q, K - 1)."""
        coded = sample.coded
        below = np.where(coded[..., None], sample.shares.cumsum(axis=-1)[..., :-1], 0.0)
        table = below.astype(np.float32).reshape(len(below), -1)[sample.which]
        number = taken @ coded.astype(np.float32)[sample.which]
        each = np.full(number.shape, np.nan, np.float32)
        np.divide(1.0, number, out=each, where=number > 0)
        gaps = (taken @ table).reshape(len(taken), *self.steps.shape) * each[..., None]
        gaps -= self.humans
        gaps *= self.steps
        return np.asarray(gaps)
