"""Tables of where personas stand on the map, and which variable moves them how far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.measures.clouds import cloud, cloud_intervals
from mores.measures.culture_map import Constants, CultureMap
from mores.measures.group_sums import CLUSTERS, random_clusters
from mores.measures.level_effects import effect_intervals, level_effects
from mores.measures.persona_positions import components, expected_codes, persona_positions
from mores.personas.variables import variables

__all__ = ["PlacedPersonas", "placed", "position_tables"]

FloatArray = NDArray[np.float64]

_ROWS = 1 << 14  # personas in memory at once


@dataclass(frozen=True, eq=False)
class PlacedPersonas:
    """Personas of one model in one form, on the map.

    Attributes
    ----------
    model, form : str
    levels : ndarray of int8, shape (N, 10)
        Level of each variable, from `mores.personas.grid.levels_of`.
    values : ndarray of float64, shape (N, 10)
        Expected codes of the indicators, in the order of `mores.measures.culture_map.INDICATORS`; NaN
        for missing.
    points : ndarray of float64, shape (N, 2)
        x and y; NaN without any indicator.
    weights : mapping of str to ndarray of float64, shape (N,)
        Weightings side by side.
    """

    model: str
    form: str
    levels: NDArray[np.int8]
    values: FloatArray
    points: FloatArray
    weights: Mapping[str, FloatArray]


def placed(
    culture_map: CultureMap,
    shares: Callable[[slice], NDArray[np.floating]],
    n: int,
    codes: FloatArray,
    constants: Constants = "wvs",
) -> tuple[FloatArray, FloatArray]:
    """Expected codes (N, 10) and positions (N, 2) of personas, read in blocks.

    Parameters
    ----------
    culture_map : CultureMap
        The humans' rotation.
    shares : callable
        From a slice of the n personas to the distributions of their ten indicators, (m, 10, K or
        more); all 0 or NaN where missing. An array is given as ``array.__getitem__``.
    n : int
        Personas.
    codes : ndarray of float64, shape (10, K)
        The survey's code of each option; NaN beyond an indicator's last option.
    constants : {"wvs", "tao2024"}
        See `mores.measures.culture_map.rescale`.
    """
    values = np.empty((n, len(codes)))
    for start in range(0, n, _ROWS):
        rows = slice(start, min(n, start + _ROWS))
        values[rows] = expected_codes(shares(rows)[:, :, : codes.shape[1]], codes)
    return values, persona_positions(culture_map, values, constants)


def position_tables(
    cells: Iterable[PlacedPersonas], *, draws: int = 2000, level: float = 0.95, seed: int = 0
) -> dict[str, pl.DataFrame]:
    """Effects of the variables on the position, and the clouds as wholes.

    Parameters
    ----------
    cells : iterable of PlacedPersonas
        One for each model and form.
    draws : int
        Bootstrap draws over personas.
    level : float
        Nominal coverage, between 0 and 1.
    seed : int
        Of clusters and draws.

    Returns
    -------
    dict of polars.DataFrame
        ``positions``: ``model form weighting variable level``; ``x y``, mean position of the personas
        with the level; ``dx dy``, main effect against the variable's mean, other variables held, with
        ``_low`` and ``_high``; ``eta2_x eta2_y`` of the variable, the same at all its levels, with
        ``_low`` and ``_high``; ``n``. ``clouds``: ``model form weighting``; ``x y`` with intervals;
        ``pc1 pc2``, variances along the principal axes, ``pc1_share``, with intervals; ``angle``;
        ``ellipse_major ellipse_minor`` (95 %); ``explained_x explained_y`` by all main effects;
        ``own_pc1 own_pc2``, shares of the personas' own first two components of ``own_indicators``;
        ``n n_effective missing``. Missing is null.

    Raises
    ------
    ValueError
        If arrays do not fit, or something is out of range.
    """
    effects, clouds = [], []
    for cell in cells:
        for weighting, weights in cell.weights.items():
            key = {"model": cell.model, "form": cell.form, "weighting": weighting}
            clusters = random_clusters(max(1, len(cell.points)), CLUSTERS, seed)
            effect, explained = _effects(cell, weights, clusters, draws, level, seed)
            effects.append(effect.select(*_literals(key), pl.all()))
            found = _cloud(cell, weights, clusters, draws, level, seed)
            clouds.append(key | found | {"explained_x": explained[0], "explained_y": explained[1]})
    return {
        "positions": pl.concat(effects) if effects else pl.DataFrame(),
        "clouds": pl.DataFrame(clouds).with_columns(pl.selectors.float().fill_nan(None)),
    }


def _effects(
    cell: PlacedPersonas,
    weights: FloatArray,
    clusters: NDArray[np.int64],
    draws: int,
    level: float,
    seed: int,
) -> tuple[pl.DataFrame, list[float]]:
    known = variables()
    sizes = [len(variable.levels) for variable in known]
    found = level_effects(cell.points, cell.levels, sizes, weights)
    spread = effect_intervals(
        cell.points, cell.levels, sizes, weights, clusters, draws, seed, level
    )
    columns = {
        "variable": np.repeat([variable.id for variable in known], sizes),
        "level": np.array([one.id for variable in known for one in variable.levels]),
    }
    numbers: dict[str, FloatArray] = {}
    for axis, name in enumerate("xy"):
        numbers[name] = found.means[:, axis]
        numbers[f"d{name}"] = found.movement[:, axis]
        numbers[f"d{name}_low"] = spread.movement.low[:, axis]
        numbers[f"d{name}_high"] = spread.movement.high[:, axis]
        numbers[f"eta2_{name}"] = np.repeat(found.eta2[:, axis], sizes)
        numbers[f"eta2_{name}_low"] = np.repeat(spread.eta2.low[:, axis], sizes)
        numbers[f"eta2_{name}_high"] = np.repeat(spread.eta2.high[:, axis], sizes)
    table = pl.DataFrame(
        [
            *(pl.Series(name, values.tolist()) for name, values in columns.items()),
            *(
                pl.Series(name, values, dtype=pl.Float64, nan_to_null=True)
                for name, values in numbers.items()
            ),
            pl.Series("n", found.n),
        ]
    )
    return table, found.explained.tolist()


def _cloud(
    cell: PlacedPersonas,
    weights: FloatArray,
    clusters: NDArray[np.int64],
    draws: int,
    level: float,
    seed: int,
) -> dict[str, float | int]:
    found = cloud(cell.points, weights)
    spread = cloud_intervals(cell.points, weights, clusters, draws, seed, level)
    own = components(cell.values, weights)
    first, second = np.append(own.shares, [np.nan, np.nan])[:2]
    region = found.ellipse(0.95)
    row: dict[str, float | int] = {}
    for name, value, part in (
        ("x", found.mean[0], (spread["mean"], 0)),
        ("y", found.mean[1], (spread["mean"], 1)),
        ("pc1", found.variances[0], (spread["variances"], 0)),
        ("pc2", found.variances[1], (spread["variances"], 1)),
        ("pc1_share", found.share, (spread["share"], ())),
    ):
        interval, place = part
        row[name] = float(value)
        row[f"{name}_low"] = float(interval.low[place])
        row[f"{name}_high"] = float(interval.high[place])
    return row | {
        "angle": found.angle,
        "ellipse_major": float(region.major),
        "ellipse_minor": float(region.minor),
        "own_pc1": float(first),
        "own_pc2": float(second),
        "own_indicators": len(own.used),
        "n": found.n,
        "n_effective": found.n_effective,
        "missing": found.missing,
    }


def _literals(key: dict[str, str]) -> list[pl.Expr]:
    return [pl.lit(value).alias(name) for name, value in key.items()]
