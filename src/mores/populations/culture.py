"""Where humans and models lie on the cultural map.

The map is that of `mores.measures.culture_map`, fitted on a population and kept with
`save_rotation`. A position without one of the ten indicators is partial and is marked so; no respondent
is dropped for a missing answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Real
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from mores.errors import PopulationError, nearest
from mores.instruments.survey import Instrument, Item, wvs7
from mores.instruments.validation import shown
from mores.measures.culture_map import (
    INDICATORS,
    Constants,
    CultureMap,
    fit_culture_map,
    rescale,
)
from mores.measures.ellipse import ellipse
from mores.measures.group_positions import (
    GroupPositions,
    bootstrap_positions,
    equal_cell_weights,
    group_positions,
)
from mores.measures.resampling import expanded_level, percentile_interval
from mores.populations.groupings import groups
from mores.populations.population import KEY, Population
from mores.populations.stored_rotations import (
    ReferenceSample,
    StoredRotation,
    load_rotation,
    save_rotation,
)

__all__ = [
    "INDICATORS",
    "LEAST_SHOWN",
    "Answer",
    "ModelPosition",
    "ReferenceSample",
    "StoredRotation",
    "fit_map",
    "indicator_values",
    "load_rotation",
    "model_position",
    "positions",
    "respondent_positions",
    "save_rotation",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

LEAST_SHOWN = 10
"""The fewest placed respondents of whom a map shows the mean position. The mean of one is that
respondent's own answers, and that of a handful gives them away to whoever knows the others; the survey's
terms of use forbid to make a respondent known."""

Answer: TypeAlias = "float | Mapping[int, float] | Sequence[float] | None"
"""An answer to an indicator: a code (or a mean of codes), shares by code, shares in the order of the
options, or None."""


def indicator_values(population: Population) -> FloatArray:
    """The ten indicators of every respondent, as the survey's codes.

    Parameters
    ----------
    population : Population
        Respondents; an item that it lacks is missing for all.

    Returns
    -------
    ndarray of float, shape (respondents, 10)
        In the order of `INDICATORS`; NaN for missing, which pride of those who do not belong to the
        nation is (code 5).

    Raises
    ------
    PopulationError
        If a code is neither an option nor missing.
    """
    values = np.empty((len(population), len(INDICATORS)))
    for column, indicator in zip(values.T, INDICATORS, strict=True):
        codes = np.array([*population.instrument.item(indicator).codes, np.nan])
        column[:] = codes[population.answers(indicator)]  # -1, no answer, takes the last
    return values


def fit_map(population: Population) -> CultureMap:
    """Fit the map on a population, every respondent with a weight included.

    Parameters
    ----------
    population : Population
        The reference sample.

    Returns
    -------
    CultureMap

    Raises
    ------
    PopulationError
        If the map cannot be fitted; see `mores.measures.culture_map.fit_culture_map`.
    """
    with _naming(population):
        return fit_culture_map(indicator_values(population), population.weights)


def respondent_positions(
    population: Population, culture_map: CultureMap, constants: Constants = "wvs"
) -> pl.DataFrame:
    """The position of every respondent, for clouds and densities.

    Parameters
    ----------
    population : Population
        Respondents.
    culture_map : CultureMap
        From `fit_map` or `load_rotation`.
    constants : {"wvs", "tao2024"}, optional
        See `mores.measures.culture_map.rescale`.

    Returns
    -------
    polars.DataFrame
        One row a respondent, in the population's order: the columns of
        `mores.populations.population.KEY`, ``weight``, ``x``, ``y`` (null without any indicator),
        ``indicators`` (how many of the ten were answered) and ``synthetic``.

    Raises
    ------
    PopulationError
        If the constants have another name.
    """
    with _naming(population):
        values, points = _placed(population, culture_map, constants)
    return population.frame.select(*KEY, "weight").with_columns(
        _column("x", points[:, 0]),
        _column("y", points[:, 1]),
        pl.Series("indicators", (~np.isnan(values)).sum(axis=1), dtype=pl.Int8),
        synthetic=pl.lit(population.synthetic),
    )


def positions(
    population: Population,
    culture_map: CultureMap,
    by: Sequence[str] = ("country",),
    constants: Constants = "wvs",
    draws: int = 2000,
    seed: int = 0,
    unweighted: bool = False,
    level: float = 0.95,
) -> pl.DataFrame:
    """Mean positions of groups, with bootstrap intervals and confidence ellipses.

    Parameters
    ----------
    population : Population
        Respondents.
    culture_map : CultureMap
        From `fit_map` or `load_rotation`; held fixed while respondents are resampled.
    by : sequence of str, optional
        Columns about respondents, or bands of them, that make the groups; empty for one group of
        all. See `mores.populations.groupings.groups`.
    constants : {"wvs", "tao2024"}, optional
        See `mores.measures.culture_map.rescale`.
    draws : int, optional
        Bootstrap draws of respondents within their group, at least 2.
    seed : int, optional
        Their randomness.
    unweighted : bool, optional
        Whether each year of a country counts alike within a group, however many respondents it has
        (Tao et al. 2024); inside a year respondents count with their weights. They are then drawn
        within country and year.
    level : float, optional
        Confidence of intervals and ellipses, between 0 and 1.

    Returns
    -------
    polars.DataFrame
        One row a group, sorted by the columns of `by`, which come first. Then

        - ``x``, ``y``: weighted mean position; null for a group of which nobody can be placed;
        - ``n``, ``n_effective``: respondents placed, and Kish's effective number;
        - ``left_out``: respondents of the group without any indicator or without a weight;
        - ``indicators``: mean number of indicators answered; ``absent``: those that nobody in the
          group answered, separated by commas; ``partial``: whether there are such;
        - ``x_low``, ``x_high``, ``y_low``, ``y_high``: expanded percentile intervals;
        - ``ellipse_major``, ``ellipse_minor``, ``ellipse_angle``: semi-axes, and degrees from the x
          axis to the major one, counter-clockwise; null, as the intervals, for a group too small to
          tell (effective number below 3);
        - ``synthetic``: whether the respondents are.

    Raises
    ------
    PopulationError
        If a column is unknown, or another parameter out of range.
    """
    grouped = groups(population, by)
    cells = groups(population, (*by, "country", "year")) if unweighted else grouped
    with _naming(population):
        if draws < 2:
            raise ValueError(f"draws is {draws}; allowed: 2 and more, 2000 for a 95 % interval")
        values, points = _placed(population, culture_map, constants)
        kept = (grouped.index >= 0) & (cells.index >= 0)
        values, points, weights = values[kept], points[kept], population.weights[kept]
        index, cell, size = grouped.index[kept], cells.index[kept], len(grouped)
        if unweighted:
            weights = equal_cell_weights(weights, points, cell, len(cells))
        found = group_positions(points, values, weights, index, size)
        strata = cell if unweighted else None
        drawn = bootstrap_positions(points, weights, index, size, draws, seed, strata)
        return _table(grouped.keys, found, drawn, population.synthetic, level)


@dataclass(frozen=True, slots=True)
class ModelPosition:
    """Where the answers of a model, or of anybody, lie.

    Attributes
    ----------
    x, y : float
        Coordinates; see `mores.measures.culture_map.rescale`.
    absent : tuple of str
        Indicators without an answer.
    """

    x: float
    y: float
    absent: tuple[str, ...]

    @property
    def partial(self) -> bool:
        """Whether an indicator has no answer."""
        return bool(self.absent)


def model_position(
    culture_map: CultureMap,
    answers: Mapping[str, Answer],
    constants: Constants = "wvs",
    instrument: Instrument | None = None,
) -> ModelPosition:
    """The position of answers to the indicators.

    Parameters
    ----------
    culture_map : CultureMap
        From `fit_map` or `load_rotation`.
    answers : mapping of str to Answer
        By the indicators' codes, or the items' ids: a code, or a mean of codes, within the range of
        the options; shares of the options, by code or in their order, summing to 1; or None. An
        indicator that is not there has no answer. Post-materialism and autonomy are given as
        indices; see `mores.populations.derived`.
    constants : {"wvs", "tao2024"}, optional
        See `mores.measures.culture_map.rescale`.
    instrument : Instrument, optional
        Where the options stand; the survey's wave 7 unless given.

    Returns
    -------
    ModelPosition
        The expected position: scores are linear in the indicators.

    Raises
    ------
    PopulationError
        If no indicator has an answer, one is answered twice, or an answer is out of range or no
        distribution.
    """
    items = {name: (instrument or wvs7()).item(name) for name in INDICATORS}
    by_id = {item.id: name for name, item in items.items()}
    values = dict.fromkeys(INDICATORS, np.nan)
    given: dict[str, str] = {}
    for key, answer in answers.items():
        name = key if key in items else by_id.get(key)
        if name is None:
            raise PopulationError(f"{key!r} is no indicator; {nearest(key, INDICATORS)}")
        if name in given:
            raise PopulationError(f"{given[name]!r} and {key!r} are one indicator; leave one out")
        given[name] = key
        values[name] = _expected(key, items[name], answer)
    absent = tuple(name for name, value in values.items() if np.isnan(value))
    if len(absent) == len(INDICATORS):
        raise PopulationError(
            f"no indicator has an answer; allowed: one and more of {', '.join(INDICATORS)}; ask the "
            "model about them"
        )
    scores = culture_map.project_means(list(values.values()))
    x, y = rescale(scores, constants).tolist()
    return ModelPosition(x, y, absent)


def _expected(key: str, item: Item, answer: Answer) -> float:
    """Expected code of an answer; NaN for none."""
    if answer is None:
        return np.nan
    if isinstance(answer, Mapping | Sequence):
        return _expected_of_shares(key, item, answer)
    low, high = item.range
    if not (low <= answer <= high or np.isnan(answer)):
        raise PopulationError(
            f"the answer to {key} is {answer}; allowed: {low} to {high}; leave out what is missing"
        )
    return float(answer)


def _expected_of_shares(
    key: str, item: Item, answer: Mapping[int, float] | Sequence[float]
) -> float:
    if isinstance(answer, Mapping):
        by_code, fits = dict(answer), set(answer) <= set(item.codes)
    else:
        by_code, fits = dict(zip(item.codes, answer, strict=False)), len(answer) == len(item.codes)
    numbers = all(isinstance(share, Real) for share in by_code.values())
    shares = np.array(list(by_code.values()) if numbers else [np.nan], dtype=np.float64)
    if not fits or not (shares >= 0).all() or not abs(shares.sum() - 1) <= 1e-6:
        raise PopulationError(
            f"the answer to {key} is {shown(answer)}; allowed: shares of the options "
            f"{list(item.codes)}, 0 and more, summing to 1; normalise them over the options"
        )
    return float(shares @ np.array(list(by_code), dtype=np.float64))


def _placed(
    population: Population, culture_map: CultureMap, constants: Constants
) -> tuple[FloatArray, FloatArray]:
    values = indicator_values(population)
    return values, rescale(culture_map.scores(values), constants)


def _table(
    keys: pl.DataFrame, found: GroupPositions, draws: FloatArray, synthetic: bool, level: float
) -> pl.DataFrame:
    low, high = _intervals(draws, found.n_effective, level)
    region = ellipse(draws, level, np.floor(found.n_effective))
    absent = [",".join(np.array(INDICATORS)[row].tolist()) for row in found.absent]
    return keys.with_columns(
        _column("x", found.positions[:, 0]),
        _column("y", found.positions[:, 1]),
        pl.Series("n", found.n),
        _column("n_effective", found.n_effective),
        pl.Series("left_out", found.left_out),
        _column("indicators", found.indicators),
        pl.Series("absent", absent, dtype=pl.String),
        pl.Series("partial", found.partial),
        _column("x_low", low[:, 0]),
        _column("x_high", high[:, 0]),
        _column("y_low", low[:, 1]),
        _column("y_high", high[:, 1]),
        _column("ellipse_major", region.major),
        _column("ellipse_minor", region.minor),
        _column("ellipse_angle", region.angle),
        synthetic=pl.lit(synthetic),
    )


def _intervals(
    draws: FloatArray, n_effective: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Ends (groups, 2) of the intervals of x and y; NaN where the group is too small."""
    low, high = np.full((2, draws.shape[1], 2), np.nan)
    for group, size in enumerate(np.nan_to_num(n_effective).astype(int).tolist()):
        if size > 2:
            interval = percentile_interval(draws[:, group], expanded_level(level, size))
            low[group], high[group] = interval.low, interval.high
    return low, high


def _column(name: str, values: FloatArray) -> pl.Series:
    """Numbers with null for what is undefined."""
    return pl.Series(name, values, nan_to_null=True, dtype=pl.Float64)


@contextmanager
def _naming(population: Population) -> Iterator[None]:
    """Tell what a measure refuses as a fault of the population."""
    try:
        yield
    except ValueError as fault:
        raise PopulationError(f"{population.label}: {fault}") from None
