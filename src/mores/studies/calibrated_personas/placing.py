r"""Where a model's answers lie on the cultural map, by arm and country, and where each persona's do.

The indicators of the map that are asked are asked as they are; two are indices of several questions,
each of which is asked by itself. **Post-materialism** (Y002) counts a first and a second choice among
four aims, Q154 and Q155, which a respondent cannot make twice. From the two distributions p and q their
joint distribution is taken to be

.. math:: P(i, j) = \frac{p_i q_j}{\sum_{k \neq l} p_k q_l}, \qquad i \neq j,

independent but for that; the index is undefined where both lie on the same aim. **Autonomy** (Y003) is
a sum, whose mean needs the means of Q8, Q14, Q15 and Q17 alone. Scores are linear in the indicators, so
that the position of a persona's expected answers is its expected position, and that of an arm is the
mean of its personas'. A persona without one of the indicators is placed by the others.

Personas of values and few-shot personas are made of these very answers: they are not asked, and placed
nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.errors import StudyError
from mores.measures.culture_map import INDICATORS, Constants, CultureMap, rescale
from mores.measures.resampling import bootstrap_ratio, cluster_weights, interval_of
from mores.populations.culture import LEAST_SHOWN, fit_map
from mores.populations.culture import positions as human_positions
from mores.populations.expected_indicators import INDICATOR_QUESTIONS, expected_indicators
from mores.studies.calibrated_personas.frames import Columns, stacked
from mores.studies.calibrated_personas.question_intervals import known_mean
from mores.studies.calibrated_personas.responses import Responses

if TYPE_CHECKING:
    from mores.populations.population import Population

__all__ = ["Placed", "indicator_means", "place"]

FloatArray = NDArray[np.float64]

_TOLD = ("value", "few-shot")


@dataclass(frozen=True, eq=False)
class Placed:
    """Tables of positions.

    Attributes
    ----------
    positions : polars.DataFrame
        One row a condition and country, and one for the humans of each country: ``model`` (of humans
        the name of the data set), ``arm`` and ``guidance`` (of humans empty), ``country`` (``"all"``
        for a condition that names none and has no personas, which answers alike for all), ``kind``
        (``"human"`` or ``"model"``), ``x``, ``y``, ``x_low``, ``x_high``, ``y_low``, ``y_high``,
        ``indicators`` (mean number that each position rests on), ``absent`` (those that no position
        rests on, separated by commas), ``personas`` (placed; of humans the respondents), ``left_out``
        (without any indicator) and ``synthetic`` (whether the humans on whom the map was fitted are).
        Intervals are over personas, and over respondents; null where there is no sample of them.
        Null positions: nothing was coded, or so few humans that they would be known by their answers.
    personas : polars.DataFrame
        One row a condition, country and distinct prompt: ``model``, ``arm``, ``guidance``,
        ``country``, ``x``, ``y`` (the expected position), ``share`` (of the personas drawn; those
        that cannot be placed are not there, so that shares may sum to less than 1) and
        ``indicators``.
    """

    positions: pl.DataFrame
    personas: pl.DataFrame


def place(
    responses: Responses,
    population: Population,
    *,
    culture_map: CultureMap | None = None,
    constants: Constants = "wvs",
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Placed:
    """Place the conditions of a model, and the humans of the same countries, on the map.

    Parameters
    ----------
    responses : Responses
        Answers to questions among `INDICATOR_QUESTIONS`, others left aside; an indicator whose
        questions are not all there has no answer.
    population : Population
        The humans.
    culture_map : CultureMap, optional
        The map, held fixed while personas and respondents are resampled; fitted on the population
        unless given.
    constants : {"wvs", "tao2024"}
        See `mores.measures.culture_map.rescale`.
    draws : int
        Bootstrap draws, at least 2.
    level : float
        Nominal coverage, between 0 and 1.
    seed : int
        Randomness.

    Returns
    -------
    Placed

    Raises
    ------
    StudyError
        If personas made of the indicators were asked about one.
    PopulationError
        If the map cannot be fitted on the population, or another parameter is out of range.
    """
    _refuse_told(responses)
    fitted = fit_map(population) if culture_map is None else culture_map
    humans = _humans(responses, population, fitted, constants, draws, level, seed)
    values = indicator_means(responses)
    points = rescale(fitted.scores(values), constants)
    drawing = _Drawing(draws, level, seed)
    means, clouds = [], []
    for condition in responses.conditions:
        alike = not (condition.has_personas or condition.names_country)
        for c, country in enumerate(responses.countries):
            rows = responses.drawn.get((condition, country))
            if rows is None or not len(rows) or not responses.asked[condition, country].any():
                continue
            named = {
                "model": responses.model,
                "arm": condition.arm,
                "guidance": condition.guidance,
                "country": "all" if alike else country,
            }
            means.append(named | _position(values[rows], points[rows], drawing, c))
            if condition.has_personas:
                clouds.append(named | _cloud(rows, values, points))
            if alike:
                break
    synthetic = pl.lit(population.synthetic).alias("synthetic")
    return Placed(
        pl.concat([humans, stacked(means, _POSITIONS)]).with_columns(synthetic),
        stacked(clouds, _PERSONAS),
    )


def indicator_means(responses: Responses) -> FloatArray:
    """Expected values of the ten indicators, of every prompt.

    Parameters
    ----------
    responses : Responses
        As for `place`.

    Returns
    -------
    ndarray of float, shape (P, 10)
        As the survey's codes, in the map's order; NaN where a question was not asked or not coded, and
        for post-materialism also where both choices lie on the same aim.
    """
    return expected_indicators(
        {
            item.id: responses.shares[:, q]
            for q, item in enumerate(responses.questions)
            if item.id in INDICATOR_QUESTIONS
        }
    )


_POSITIONS: Columns = {
    "model": pl.String,
    "arm": pl.String,
    "guidance": pl.String,
    "country": pl.String,
    "kind": pl.String,
    "x": pl.Float64,
    "y": pl.Float64,
    "x_low": pl.Float64,
    "x_high": pl.Float64,
    "y_low": pl.Float64,
    "y_high": pl.Float64,
    "indicators": pl.Float64,
    "absent": pl.String,
    "personas": pl.Int64,
    "left_out": pl.Int64,
}
_PERSONAS: Columns = {
    "model": pl.String,
    "arm": pl.String,
    "guidance": pl.String,
    "country": pl.String,
    "x": pl.Float64,
    "y": pl.Float64,
    "share": pl.Float64,
    "indicators": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class _Drawing:
    draws: int
    level: float
    seed: int


def _refuse_told(responses: Responses) -> None:
    asked = [q for q, item in enumerate(responses.questions) if item.id in INDICATOR_QUESTIONS]
    for (condition, _), which in responses.asked.items():
        if condition.whole and condition.kind in _TOLD and which[asked].any():
            raise StudyError(
                f"positions: personas of the arm {condition.arm!r} are made of the map's indicators "
                "and were asked about them; allowed: arms whose personas do not tell them; leave the "
                "arm out of these questions"
            )


def _position(
    values: FloatArray, points: FloatArray, drawing: _Drawing, country: int
) -> dict[str, object]:
    """The mean position of the personas drawn, (N, 10) and (N, 2)."""
    placed = ~np.isnan(points[:, 0])
    there = ~np.isnan(values[placed])
    x, y = known_mean(points, axis=0)
    low, high = np.full((2, 2), np.nan)
    if placed.sum() > 1:
        stream = np.random.default_rng([drawing.seed, 7, country, len(points)])
        taken = cluster_weights(len(points), drawing.draws, stream)
        means = bootstrap_ratio(np.nan_to_num(points), np.repeat(placed[:, None], 2, 1), taken)
        ends = interval_of(means, drawing.level, int(placed.sum()))
        low, high = ends.low, ends.high
    return {
        "kind": "model",
        "x": [x],
        "y": [y],
        "x_low": [low[0]],
        "x_high": [high[0]],
        "y_low": [low[1]],
        "y_high": [high[1]],
        "indicators": [there.sum(axis=1).mean() if len(there) else 0.0],
        "absent": ",".join(np.array(INDICATORS)[~there.any(axis=0)].tolist()),
        "personas": int(placed.sum()),
        "left_out": int((~placed).sum()),
    }


def _cloud(rows: NDArray[np.int64], values: FloatArray, points: FloatArray) -> dict[str, object]:
    """Each distinct prompt that can be placed, with its share of the personas drawn."""
    prompts, counts = np.unique(rows, return_counts=True)
    placed = ~np.isnan(points[prompts, 0])
    return {
        "x": points[prompts, 0][placed],
        "y": points[prompts, 1][placed],
        "share": (counts / len(rows))[placed],
        "indicators": (~np.isnan(values[prompts])).sum(axis=1)[placed],
    }


def _humans(
    responses: Responses,
    population: Population,
    culture_map: CultureMap,
    constants: Constants,
    draws: int,
    level: float,
    seed: int,
) -> pl.DataFrame:
    some = population.where(pl.col("country").is_in(list(responses.countries)))
    found = human_positions(some, culture_map, ("country",), constants, draws, seed, level=level)
    shown = pl.col("n") >= LEAST_SHOWN
    coordinates = ("x", "y", "x_low", "x_high", "y_low", "y_high")
    order = {country: c for c, country in enumerate(responses.countries)}
    return (
        found.with_columns(
            *(pl.when(shown).then(pl.col(name)).alias(name) for name in coordinates),
            model=pl.lit(population.label),
            arm=pl.lit(""),
            guidance=pl.lit(""),
            kind=pl.lit("human"),
            personas=pl.col("n").cast(pl.Int64),
            left_out=pl.col("left_out").cast(pl.Int64),
        )
        .sort(pl.col("country").replace_strict(order, return_dtype=pl.Int64))
        .select(list(_POSITIONS))
    )
