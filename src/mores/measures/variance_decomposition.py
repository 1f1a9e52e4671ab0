r"""How much of the variance of an outcome each variable of a factorial design explains.

Over the full grid the design is orthogonal: the main effect of a variable has the sum of squares

.. math:: SS_v = \frac{M}{k_v} \sum_{l} (\bar y_{v=l} - \bar y)^2, \qquad
          \eta^2_v = \frac{SS_v}{SS_{total}}

and the sums of squares of all main effects add up to that of the additive model; what is left are
interactions, and noise where outcomes have any. No other definition of a main effect differs there.

In a sample, or with weights that follow how frequent configurations are, variables go together, and what
two explain jointly belongs to neither. `sample_decomposition` gives type II sums of squares: what a
variable adds to all others, which does not depend on an order of the variables, has an interval at the
price of one inversion a draw, and leaves the joint part visible (`shared`). `shapley_shares` divides the
joint part too, as the average over all orders of adding the variables (Lindeman, Merenda and Gold); its
shares are never negative and add up to :math:`R^2`. Both equal the exact ones on the full grid.

An :math:`\eta^2` is a share. Where an outcome hardly varies, its shares say nothing of importance: read
them beside `total`, the variance that they are shares of.

References
----------
Fisher (1925), Statistical Methods for Research Workers. Searle (1971), Linear Models, chapter 8.
Lindeman, Merenda and Gold (1980); Grömping (2007), The American Statistician 61(2), 139–147,
doi:10.1198/000313007X188252. Olejnik and Algina (2003), Psychological Methods 8, 434–447,
doi:10.1037/1082-989X.8.4.434.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.dummy_regression import Design
from mores.measures.factorial import GRID_SIZES, row_weights
from mores.measures.inputs import FloatArray, IntArray, Seed, at_least_one, coverage_level, observed
from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights, percentile_interval
from mores.measures.results import Interval
from mores.measures.shapley import exact_shapley, subsets

__all__ = [
    "VarianceDecomposition",
    "decomposition_interval",
    "full_grid_decomposition",
    "sample_decomposition",
    "shapley_shares",
]

_FLAT = 1e-13
"""Standard deviation, relative to the largest value, that is rounding and no variance."""

_ROUNDING = 1e-12
"""Share of the total variance that is rounding."""

_BLOCK = 1 << 24
"""How many weights of a bootstrap are held at once."""


@dataclass(frozen=True, slots=True, eq=False)
class VarianceDecomposition:
    """Shares of the variance of F outcomes that V variables explain.

    Attributes
    ----------
    eta2 : ndarray of float, shape (V, F)
        Sum of squares of a variable over the total, 0 … 1.
    partial_eta2 : ndarray of float, shape (V, F)
        The same over itself and the residual, 0 … 1; 1 for any effect where nothing is left over.
    omega2 : ndarray of float, shape (V, F)
        Less biased upwards in samples than `eta2`; may be slightly negative. NaN where rows have
        unequal weights or are no more than parameters.
    residual : ndarray of float, shape (F,)
        Share that no main effect explains: interactions and noise.
    shared : ndarray of float, shape (F,)
        Share that main effects explain jointly, which is no variable's own; 0 on the full grid,
        negative where variables suppress each other. Columns of `eta2`, `shared` and `residual` add up
        to 1.
    total : ndarray of float, shape (F,)
        Variance of the outcome (weighted, over n and not n - 1), in squared units.
    df : ndarray of int, shape (V, F)
        Levels of the variable among the rows that enter, less one.
    n : ndarray of int, shape (F,)
        Rows that enter: with an outcome, and a weight above 0.

    Notes
    -----
    An outcome without variance has NaN shares and a total of 0.
    """

    eta2: FloatArray
    partial_eta2: FloatArray
    omega2: FloatArray
    residual: FloatArray
    shared: FloatArray
    total: FloatArray
    df: IntArray
    n: IntArray


def full_grid_decomposition(
    values: ArrayLike, sizes: Sequence[int] = GRID_SIZES
) -> VarianceDecomposition:
    """Exact main effects over all configurations, each weighing the same.

    Parameters
    ----------
    values : array_like, shape (prod(sizes), F) or (prod(sizes),)
        Outcomes by configuration, the last variable moving fastest. With any value missing (NaN) the
        design is not orthogonal: that outcome's shares are NaN; use `sample_decomposition` for it.
    sizes : sequence of int, optional
        Numbers of levels of the variables; those of the ten cultural variables by default.

    Returns
    -------
    VarianceDecomposition

    Raises
    ------
    ValueError
        If there is not one row a configuration.
    """
    table = _outcomes(values, prod(sizes))
    n = np.asarray((~np.isnan(table)).sum(axis=0), dtype=np.int64)
    centred = _centred(table, np.ones(len(table)))
    total = (centred**2).mean(axis=0)
    cube = centred.reshape(*sizes, table.shape[1])
    variances = np.empty((len(sizes), table.shape[1]))
    for v in range(len(sizes)):
        others = tuple(a for a in range(len(sizes)) if a != v)
        variances[v] = (cube.mean(axis=others) ** 2).mean(axis=0)
    df = np.repeat((np.asarray(sizes, dtype=np.int64) - 1)[:, None], table.shape[1], axis=1)
    total = _without_rounding(total, table)
    return _decomposition(variances, variances.sum(axis=0), total, df, n, equal=True)


def sample_decomposition(
    values: ArrayLike,
    levels: ArrayLike,
    weights: ArrayLike | None = None,
    sizes: Sequence[int] = GRID_SIZES,
) -> VarianceDecomposition:
    """Main effects in a sample of configurations, by type II sums of squares.

    Parameters
    ----------
    values : array_like, shape (N, F) or (N,)
        Outcomes; NaN for missing, which is left out of that outcome.
    levels : array_like of int, shape (N, len(sizes))
        Level indices from 0; a configuration may occur several times.
    weights : array_like, shape (N,), optional
        0 or more, in any unit; 1 each when None.
    sizes : sequence of int, optional
        Numbers of levels of the variables.

    Returns
    -------
    VarianceDecomposition
        A variable of which only one level occurs explains 0; of variables that determine each other
        none adds anything, and what they explain is in `shared`.

    Raises
    ------
    ValueError
        If shapes do not fit, a level does not exist, or a weight is missing or negative.
    """
    table = _outcomes(values, None)
    design = Design.of(levels, sizes, len(table))
    w = row_weights(weights, len(table))
    shape = (len(sizes), table.shape[1])
    adds, joint = np.zeros(shape), np.zeros(shape[1])
    total, df = np.full(shape[1], np.nan), np.zeros(shape, dtype=np.int64)
    known = ~np.isnan(table) & (w > 0)[:, None]
    for columns, rows in _patterns(known):
        if not rows.any():
            continue
        y = table[np.ix_(rows, columns)]
        part = design.rows(rows)
        v = w[rows]
        moments = part.moments(y, v[None])
        joint[columns], adds[:, columns] = (x[0] for x in part.type_ii(moments))
        variance = np.average(_centred(y, v) ** 2, axis=0, weights=v)
        total[columns] = _without_rounding(variance, y)
        df[:, columns] = part.df[:, None]
    n = np.asarray(known.sum(axis=0), dtype=np.int64)
    return _decomposition(adds, joint, total, df, n, equal=bool(np.ptp(w) == 0) if len(w) else True)


def decomposition_interval(
    values: ArrayLike,
    levels: ArrayLike,
    weights: ArrayLike | None = None,
    sizes: Sequence[int] = GRID_SIZES,
    *,
    draws: int = 2_000,
    seed: Seed = 0,
    level: float = 0.95,
) -> Interval:
    r"""Bootstrap interval of `eta2` of `sample_decomposition`, over personas.

    An :math:`\eta^2` in a sample is biased upwards by about df / n, in a resample by about twice that,
    and the percentiles are not corrected for it: of a variable without an effect the interval lies
    above 0. Read it beside `omega2`.

    Parameters
    ----------
    values, levels, weights, sizes
        As in `sample_decomposition`.
    draws : int, optional
        At least 1; 2,000 or more for a 95 % interval.
    seed : int or numpy.random.Generator, optional
    level : float, optional
        Nominal coverage, between 0 and 1.

    Returns
    -------
    Interval
        Ends of shape (V, F); NaN for an outcome with fewer than two rows or without variance.

    Raises
    ------
    ValueError
        As in `sample_decomposition`, or if `draws` or `level` is out of range.
    """
    coverage_level(level)
    at_least_one(draws, "draws")
    table = _outcomes(values, None)
    design = Design.of(levels, sizes, len(table))
    w = row_weights(weights, len(table))
    found = np.full((draws, len(sizes), table.shape[1]), np.nan)
    patterns = _patterns(~np.isnan(table) & (w > 0)[:, None])
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // max(1, len(table)))
    for start in range(0, draws, block) if len(table) else ():
        taken = cluster_weights(len(table), min(block, draws - start), generator)
        for columns, rows in patterns:
            if rows.sum() < 2:
                continue
            y, part = table[np.ix_(rows, columns)], design.rows(rows)
            moments = part.moments(y, taken[:, rows] * w[rows])
            _, adds = part.type_ii(moments)
            spread = (_centred(y, np.ones(len(y))) ** 2).mean(axis=0)
            flat = (moments.total <= _ROUNDING * spread) | (spread == 0)
            shares = ratio(adds, np.where(flat, 0.0, moments.total)[:, None, :])
            found[start : start + len(taken), :, columns] = shares
    return percentile_interval(found, level)


def shapley_shares(
    values: ArrayLike,
    levels: ArrayLike,
    weights: ArrayLike | None = None,
    sizes: Sequence[int] = GRID_SIZES,
) -> FloatArray:
    """Shares of the explained variance, joint parts divided among the variables.

    Parameters
    ----------
    values, levels, weights, sizes
        As in `sample_decomposition`.

    Returns
    -------
    ndarray of float, shape (V, F)
        0 … 1; a column adds up to the R² of the additive model. NaN for an outcome without rows or
        variance.

    Raises
    ------
    ValueError
        As in `sample_decomposition`.
    """
    table = _outcomes(values, None)
    design = Design.of(levels, sizes, len(table))
    w = row_weights(weights, len(table))
    shares = np.full((len(sizes), table.shape[1]), np.nan)
    for columns, rows in _patterns(~np.isnan(table) & (w > 0)[:, None]):
        if not rows.any():
            continue
        y, part = table[np.ix_(rows, columns)], design.rows(rows)
        moments = part.moments(y, w[rows][None])
        chosen = subsets(len(sizes))[:, part.owner]
        game = part.explained(moments, chosen[:, None, :])[:, 0]
        total = _without_rounding(moments.total[0], y)
        shares[:, columns] = exact_shapley(ratio(game, total).T).values.T
    return shares


def _decomposition(
    adds: FloatArray,
    joint: FloatArray,
    total: FloatArray,
    df: IntArray,
    n: IntArray,
    *,
    equal: bool,
) -> VarianceDecomposition:
    # Rounding would make an effect of nothing: all of what is left over, where that is nothing too.
    left = np.where(total - joint > _ROUNDING * total, total - joint, 0.0)
    adds = np.where(adds > _ROUNDING * total, adds, 0.0)
    residual = ratio(left, total)
    df_left = n - 1 - df.sum(axis=0)
    error = np.where(df_left > 0, ratio(left * n, df_left), np.nan)
    omega2 = ratio(adds * n - df * error, total * n + error)
    eta2 = ratio(adds, total)
    return VarianceDecomposition(
        eta2=eta2,
        partial_eta2=np.where(total > 0, ratio(adds, adds + left), np.nan),
        omega2=np.where((total > 0) & equal, omega2, np.nan),
        residual=residual,
        shared=1 - residual - eta2.sum(axis=0),
        total=total,
        df=df,
        n=n,
    )


def _centred(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Deviations from the weighted mean, exactly 0 where all values are the same."""
    shifted = values - values[:1]
    return np.asarray(shifted - np.average(shifted, axis=0, weights=weights))


def _without_rounding(variance: FloatArray, values: FloatArray) -> FloatArray:
    """Variances, 0 where they are nothing but rounding of the values."""
    largest = np.abs(values).max(axis=0, initial=0.0)
    return np.where(variance <= (_FLAT * largest) ** 2, 0.0, variance)


def _patterns(
    known: NDArray[np.bool_],
) -> list[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Columns that have the same rows, with these rows: (columns, rows) each."""
    found: dict[bytes, list[int]] = {}
    for column in range(known.shape[1]):
        found.setdefault(known[:, column].tobytes(), []).append(column)
    return [(np.array(columns), known[:, columns[0]]) for columns in found.values()]


def _outcomes(values: ArrayLike, n: int | None) -> FloatArray:
    table = observed(values, "values")
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or (n is not None and len(table) != n):
        rows = "N" if n is None else f"{n:,}"
        raise ValueError(
            f"values has shape {table.shape}; allowed: ({rows}, F), a row for each configuration and "
            "a column for each outcome; reshape it"
        )
    return table
