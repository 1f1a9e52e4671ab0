"""Mean positions of groups on the map, and how far other respondents would have moved them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.correlation import survey_weights
from mores.measures.culture_map import fit_culture_map
from mores.measures.inputs import FloatArray, IntArray, Seed, at_least_one, group_index, observed
from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights

__all__ = [
    "GroupPositions",
    "bootstrap_positions",
    "bootstrap_refits",
    "equal_cell_weights",
    "group_positions",
]

_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class GroupPositions:
    """Positions of groups and what they rest on.

    Attributes
    ----------
    positions : ndarray of float, shape (groups, 2)
        Weighted means of the respondents' positions; NaN for a group without any.
    n : ndarray of int, shape (groups,)
        Respondents with a position and a positive weight.
    n_effective : ndarray of float, shape (groups,)
        Kish's effective size, (sum of weights)² / sum of squared weights.
    left_out : ndarray of int, shape (groups,)
        Respondents without any indicator, or without a weight, or with a weight of 0.
    indicators : ndarray of float, shape (groups,)
        Weighted mean number of indicators that a respondent answered, 1 … 10.
    absent : ndarray of bool, shape (groups, 10)
        Indicators that nobody of the group answered; False for a group without respondents.
    """

    positions: FloatArray
    n: IntArray
    n_effective: FloatArray
    left_out: IntArray
    indicators: FloatArray
    absent: NDArray[np.bool_]

    @property
    def partial(self) -> NDArray[np.bool_]:
        """Groups that lack an indicator as a whole, shape (groups,)."""
        return np.asarray(self.absent.any(axis=1))


def group_positions(
    positions: ArrayLike, values: ArrayLike, weights: ArrayLike, groups: ArrayLike, n_groups: int
) -> GroupPositions:
    """Weighted mean positions of groups.

    Parameters
    ----------
    positions : array_like, shape (n, 2)
        Respondents' scores or coordinates; NaN for those without any indicator.
    values : array_like, shape (n, p)
        Their indicators, NaN for missing; only what is missing is looked at.
    weights : array_like, shape (n,)
        Survey weights of 0 and more; NaN for none. See `equal_cell_weights` for another estimand.
    groups : array_like of int, shape (n,)
        Group of each respondent, 0 … n_groups - 1.
    n_groups : int
        Number of groups, empty ones included.

    Returns
    -------
    GroupPositions

    Raises
    ------
    ValueError
        If shapes do not fit, a weight is negative or a group out of range.
    """
    points, weight, index, size = _checked(positions, weights, groups, n_groups)
    there = ~np.isnan(observed(values, "values"))
    if there.ndim != 2 or len(there) != len(points):
        raise ValueError(
            f"values has shape {there.shape} beside {len(points)} positions; allowed: one row a "
            "position; pass the indicators that the positions were computed from"
        )
    placed = weight > 0
    total = np.bincount(index, weight, size)
    n = np.bincount(index[placed], minlength=size)
    answered = np.stack([np.bincount(index[placed & t], minlength=size) for t in there.T], axis=1)
    return GroupPositions(
        positions=_sums(index, weight, points, size) / np.where(total > 0, total, np.nan)[:, None],
        n=n,
        n_effective=ratio(total**2, np.bincount(index, weight**2, size)),
        left_out=np.bincount(index, minlength=size) - n,
        indicators=ratio(np.bincount(index, weight * there.sum(axis=1), size), total),
        absent=(answered == 0) & (n > 0)[:, None],
    )


def equal_cell_weights(
    weights: ArrayLike, positions: ArrayLike, cells: ArrayLike, n_cells: int
) -> FloatArray:
    """Weights under which each cell counts alike, such as each survey year of a country.

    Within a cell respondents count as before; the mean of a group of cells becomes the unweighted mean
    of the cells' weighted means.

    Parameters
    ----------
    weights : array_like, shape (n,)
        Survey weights of 0 and more; NaN for none.
    positions : array_like, shape (n, 2)
        Respondents' positions; those without one do not count towards their cell.
    cells : array_like of int, shape (n,)
        Cell of each respondent, 0 … n_cells - 1.
    n_cells : int
        Number of cells.

    Returns
    -------
    ndarray of float, shape (n,)
        Summing to 1 over each cell with a placed respondent; 0 for those who are not placed.

    Raises
    ------
    ValueError
        As `group_positions`.
    """
    _, weight, index, size = _checked(positions, weights, cells, n_cells)
    return np.nan_to_num(ratio(weight, np.bincount(index, weight, size)[index]))


def bootstrap_positions(
    positions: ArrayLike,
    weights: ArrayLike,
    groups: ArrayLike,
    n_groups: int,
    draws: int = 2000,
    seed: Seed = 0,
    strata: ArrayLike | None = None,
) -> FloatArray:
    """Bootstrap draws of the groups' mean positions, the map being held fixed.

    Respondents with a position and a positive weight are drawn with replacement, as many as there are,
    within each group and, if strata are given, within each stratum of it. Stages and clusters of the
    survey's design are not in its public files and not in these draws.

    Parameters
    ----------
    positions, weights, groups, n_groups
        As in `group_positions`.
    draws : int, optional
        Number of draws; 2,000 or more for a 95 % interval.
    seed : int or numpy.random.Generator, optional
        Randomness.
    strata : array_like of int, shape (n,), optional
        Stratum of each respondent, 0 and up.

    Returns
    -------
    ndarray of float, shape (draws, groups, 2)
        NaN for a group with fewer than two placed respondents: one says nothing of its spread.

    Raises
    ------
    ValueError
        As `group_positions`, or if `draws` is below 1.
    """
    points, weight, index, size = _checked(positions, weights, groups, n_groups)
    sums = np.column_stack([points * weight[:, None], weight])
    generator = np.random.default_rng(seed)
    totals = np.zeros((at_least_one(draws, "draws"), size, 3))
    for group, members in _strata(index, weight, strata):
        _add_draws(totals[:, group], sums[members], generator)
    few = np.bincount(index[weight > 0], minlength=size) < 2
    found = ratio(totals[..., :2], totals[..., 2:])
    found[:, few] = np.nan
    return found


def bootstrap_refits(
    values: ArrayLike,
    weights: ArrayLike,
    groups: ArrayLike,
    n_groups: int,
    draws: int = 2000,
    seed: Seed = 0,
) -> FloatArray:
    """Bootstrap draws of the groups' mean scores with the map fitted anew on each draw.

    Beside the sampling of a group's respondents these hold that of the reference sample, which is all
    groups together. Some 50 ms a draw for 97,000 respondents.

    Parameters
    ----------
    values : array_like, shape (n, 10)
        The indicators; NaN for missing.
    weights, groups, n_groups, draws, seed
        As in `bootstrap_positions`.

    Returns
    -------
    ndarray of float, shape (draws, groups, 2)
        Scores RC1 and RC2, not rescaled.

    Raises
    ------
    ValueError
        As `fit_culture_map`, for the sample or a draw of it, and as `bootstrap_positions`.
    """
    table = observed(values, "values")
    answered = np.where(np.isnan(table).all(axis=1, keepdims=True), np.nan, 0.0)
    _, weight, index, size = _checked(
        np.broadcast_to(answered, (len(table), 2)), weights, groups, n_groups
    )
    strata = [members for _, members in _strata(index, weight, None)]
    generator = np.random.default_rng(seed)
    found = np.empty((at_least_one(draws, "draws"), size, 2))
    for draw in found:
        drawn = np.zeros_like(weight)
        for members in strata:
            drawn[members] = weight[members] * cluster_weights(len(members), 1, generator)[0]
        scores = np.nan_to_num(fit_culture_map(table, drawn).scores(table))
        total = np.bincount(index, drawn, size)
        draw[:] = ratio(_sums(index, drawn, scores, size), total[:, None])
    found[:, np.bincount(index[weight > 0], minlength=size) < 2] = np.nan
    return found


def _checked(
    positions: ArrayLike, weights: ArrayLike, groups: ArrayLike, n_groups: int
) -> tuple[FloatArray, FloatArray, IntArray, int]:
    """Positions and weights, both 0 for whoever is not placed, and the group index."""
    points = observed(positions, "positions")
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            f"positions has shape {points.shape}; allowed: (respondents, 2); pass scores or coordinates"
        )
    size = at_least_one(n_groups, "n_groups")
    index = group_index(groups, points.shape[:1], size, "groups")
    weight = survey_weights(weights, len(points))
    weight[np.isnan(points).any(axis=1)] = 0.0
    return np.where(weight[:, None] > 0, points, 0.0), weight, index, size


def _sums(index: IntArray, weight: FloatArray, points: FloatArray, size: int) -> FloatArray:
    return np.stack([np.bincount(index, weight * column, size) for column in points.T], axis=1)


def _strata(
    index: IntArray, weight: FloatArray, strata: ArrayLike | None
) -> list[tuple[int, IntArray]]:
    """Placed respondents of each stratum of each group, with the number of the group."""
    within = np.zeros_like(index)
    if strata is not None:
        within = group_index(strata, index.shape, int(np.max(strata, initial=0)) + 1, "strata")
    placed = np.flatnonzero(weight > 0)
    if not len(placed):
        return []
    cell = index[placed] * (within.max() + 1) + within[placed]
    order = np.argsort(cell, kind="stable")
    starts = np.flatnonzero(np.diff(cell[order])) + 1
    return [(int(index[part[0]]), part) for part in np.split(placed[order], starts)]


def _add_draws(totals: FloatArray, sums: FloatArray, generator: np.random.Generator) -> None:
    """Add to (draws, 3) the sums of as many rows as there are, drawn with replacement."""
    block = max(1, _BLOCK // len(sums))
    for start in range(0, len(totals), block):
        rows = totals[start : start + block]
        rows += cluster_weights(len(sums), len(rows), generator).astype(np.float64) @ sums
