r"""Whether personas whose beliefs do not fit together collapse into ones whose beliefs do.

A persona is asked to stand where its levels put it, :math:`a_i`, in units of the levels; it stands at
:math:`s_i` on the map. The two are brought together by an affine map :math:`f(a) = b + M a`, fitted by
weighted least squares **on congruous personas alone**: shift, scale and tilt that a model shows for
them, a weak steering included, is no displacement. [a decision of this project; the alternative,
standardising both, would let the incongruous set the scale by which they are judged]

The displacement of a persona is :math:`d_i = s_i - f(a_i)`, and the pull of its nearest congruous
configurations :math:`g_i = f(c_i) - f(a_i)`, where :math:`c_i` is the mean position of all congruous
configurations that differ from it in as few levels as any. A model without stereotypes, whose positions
are additive in the levels, has displacements of noise alone.

Noise lengthens every displacement, so distances are compared along congruence and not with 0; `pull` and
`towards` are 0 under noise alone. Where positions saturate towards the ends of the map, f is too flat
for the middle, and curvature passes for displacement, for `towards` and `pull` too: of the simulated
respondent, who saturates and collapses nowhere, they are 0.24 and 0.04 (2,000 configurations). What is
no larger is no evidence of collapse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.correlation import survey_weights
from mores.measures.group_sums import GroupSums
from mores.measures.inputs import FloatArray, IntArray, Seed, coverage_level, observed
from mores.measures.overlap import RankCorrelation, spearman_by_cluster
from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights, interval_of
from mores.measures.results import Interval

__all__ = ["Collapse", "Estimate", "Frame", "Nearest", "collapse", "fit_frame", "nearest_targets"]


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The nearest targets of every configuration of a grid of N.

    Attributes
    ----------
    changes : ndarray of int8, shape (N,)
        Least number of variables whose level must change; 0 for a target, -1 if there is none.
    count : ndarray of int, shape (N,)
        Targets that are as near as that.
    mean : ndarray of float, shape (N, D)
        Mean of their values; NaN if there is none.
    """

    changes: NDArray[np.int8]
    count: IntArray
    mean: FloatArray


def nearest_targets(sizes: Sequence[int], targets: ArrayLike, values: ArrayLike) -> Nearest:
    r"""For each configuration of a grid, the targets reached by changing the fewest levels.

    Exact, without pairs of configurations: with :math:`J_v` the sum over the levels of variable v, the
    coefficient of :math:`z^d` in :math:`\prod_v (I + z (J_v - I))` sums a function over all
    configurations that differ in exactly d levels, and the product is taken one variable at a time.

    Parameters
    ----------
    sizes : sequence of int, length V
        Number of levels of each variable; N is their product.
    targets : array_like of bool, shape (N,)
        Which configurations are targets, the last variable moving fastest.
    values : array_like, shape (N, D)
        What is averaged over the nearest targets, such as positions.

    Returns
    -------
    Nearest

    Raises
    ------
    ValueError
        If shapes do not fit, or a value is missing.
    """
    shape = tuple(int(size) for size in sizes)
    hit, table = np.asarray(targets), observed(values, "values")
    n = int(np.prod(shape)) if shape and min(shape) > 0 else 0
    fits = n and hit.shape == (n,) and hit.dtype == np.bool_ and table.shape[:1] == (n,)
    if not fits or table.ndim != 2 or np.isnan(table).any():
        raise ValueError(
            f"sizes is {shape}, targets has shape {hit.shape} and values {table.shape}; allowed: "
            "numbers of levels, and a truth value and a row of finite numbers for each "
            "configuration of their grid"
        )
    first = np.concatenate([hit[:, None], np.where(hit[:, None], table, 0.0)], axis=1)
    rings = [np.ascontiguousarray(first.T, dtype=np.float64).reshape(-1, *shape)]
    for axis in range(1, len(shape) + 1):
        others = [ring.sum(axis=axis, keepdims=True) - ring for ring in rings]
        nothing = [np.zeros_like(rings[0])]
        rings = [
            same + changed for same, changed in zip(rings + nothing, nothing + others, strict=True)
        ]
    counts = np.stack([np.rint(ring[0]).ravel() for ring in rings])
    changes = np.where((counts > 0).any(axis=0), (counts > 0).argmax(axis=0), -1)
    sums = np.full((n, table.shape[1]), np.nan)
    count = np.zeros(n, np.int64)
    for distance, ring in enumerate(rings):
        rows = np.flatnonzero(changes == distance)
        sums[rows] = ring[1:].reshape(-1, n)[:, rows].T
        count[rows] = counts[distance, rows]
    return Nearest(changes.astype(np.int8), count, ratio(sums, count[:, None]))


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An affine map from where personas are asked to stand to the cultural map.

    Attributes
    ----------
    offset : ndarray of float, shape (2,)
    matrix : ndarray of float, shape (2, 2)
        Column j is how far a step on axis j of the levels moves the persona.
    """

    offset: FloatArray
    matrix: FloatArray

    def __call__(self, points: ArrayLike) -> FloatArray:
        """Points (..., 2) on the map."""
        return np.asarray(self.offset + observed(points, "points") @ self.matrix.T)


def fit_frame(asked: ArrayLike, stands: ArrayLike, weights: ArrayLike | None = None) -> Frame:
    """Fit the affine map by weighted least squares.

    Parameters
    ----------
    asked, stands : array_like, shape (n, 2)
        Of congruous personas; a row with NaN is left out.
    weights : array_like, shape (n,), optional
        0 and more; 1 each if None.

    Returns
    -------
    Frame
        NaN if the personas were asked to stand on one line, or at fewer than three points.

    Raises
    ------
    ValueError
        If shapes do not fit, or a weight is negative.
    """
    here, there = _points(asked, "asked"), _points(stands, "stands")
    weight = survey_weights(np.ones(len(here)) if weights is None else weights, len(here))
    if there.shape != here.shape:
        raise ValueError(
            f"asked has shape {here.shape} and stands {there.shape}; allowed: one position each of the "
            "same personas; align them"
        )
    kept = ~np.isnan(here).any(axis=1) & ~np.isnan(there).any(axis=1) & (weight > 0)
    root = np.sqrt(weight[kept])[:, None]
    design = np.column_stack([np.ones(kept.sum()), here[kept]]) * root
    if np.linalg.matrix_rank(design) < 3:
        return Frame(np.full(2, np.nan), np.full((2, 2), np.nan))
    found = np.linalg.lstsq(design, there[kept] * root, rcond=None)[0]
    return Frame(found[0], found[1:].T)


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A number with its interval.

    Attributes
    ----------
    value : float
        NaN where undefined.
    interval : Interval
        Of shape (); NaN with fewer than two clusters.
    """

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Collapse:
    r"""How displacement goes with congruence, and where it points.

    Attributes
    ----------
    frame : Frame
        Fitted on the congruous.
    distance : ndarray of float, shape (N,)
        Length of each persona's displacement, in units of the map; NaN where it has no position.
    slope : Estimate
        Of the weighted regression of distance on congruence: below 0 if the incongruous stand
        farther from where they were asked to.
    rank : RankCorrelation
        Of distance with congruence, -1 … 1, weighted.
    congruous, incongruous : Estimate
        Mean distances.
    towards : Estimate
        :math:`\sum w\,d \cdot \hat g / \sum w |d|` over the incongruous, -1 … 1: how much of the
        displacement points towards the nearest congruous configurations; 0 under noise.
    pointing : Estimate
        Weighted share of the incongruous whose displacement has a positive component towards them;
        ½ under noise.
    pull : Estimate
        :math:`\sum w\,d \cdot g / \sum w\,g \cdot g`: how much of the way there they have gone. 0,
        none; 1, all.
    n, n_incongruous : int
        Personas with a position and a weight above 0, and those of them below the threshold; 0 without
        a frame.
    undirected : int
        Of the incongruous, those whose nearest congruous configurations stand, on average, where they
        do themselves, or that have none: they are left out of `towards`, `pointing` and `pull`.
    missing : int
        Personas with a weight above 0 and without a position.
    """

    frame: Frame
    distance: FloatArray
    slope: Estimate
    rank: RankCorrelation
    congruous: Estimate
    incongruous: Estimate
    towards: Estimate
    pointing: Estimate
    pull: Estimate
    n: int
    n_incongruous: int
    undirected: int
    missing: int


def collapse(
    asked: ArrayLike,
    stands: ArrayLike,
    congruence: ArrayLike,
    nearest: ArrayLike,
    threshold: float,
    weights: ArrayLike | None,
    clusters: ArrayLike,
    draws: int,
    seed: Seed,
    level: float = 0.95,
) -> Collapse:
    """Displacement of personas against their congruence.

    Parameters
    ----------
    asked : array_like, shape (N, 2)
        Where the levels put each persona.
    stands : array_like, shape (N, 2)
        Where it stands on the map; NaN for a persona without a position, which is left out and
        counted.
    congruence : array_like, shape (N,)
        0 … 1.
    nearest : array_like, shape (N, 2)
        Mean position, in the units of `asked`, of its nearest congruous configurations, from
        `nearest_targets`; NaN for none. Not used for the congruous.
    threshold : float
        Congruence from which a persona is congruous.
    weights : array_like, shape (N,) or None
        0 and more; NaN or 0 leaves a persona out. 1 each if None.
    clusters : array_like of int, shape (N,)
        From `mores.measures.group_sums.random_clusters`.
    draws : int
        At least 1; 2,000 for a 95 % interval. The frame is held as fitted.
    seed : int or numpy.random.Generator
        Randomness.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    Collapse
        All estimates NaN, and n 0, if the congruous do not span the plane, for then there is no frame.

    Raises
    ------
    ValueError
        If shapes do not fit, or something is out of range.
    """
    coverage_level(level)
    here, there, goal = (
        _points(points, name)
        for points, name in ((asked, "asked"), (stands, "stands"), (nearest, "nearest"))
    )
    fits, index = observed(congruence, "congruence"), np.asarray(clusters)
    n = len(here)
    if {len(there), len(goal), *fits.shape, *index.shape} != {n} or fits.ndim != 1:
        raise ValueError(
            f"asked has shape {here.shape}, stands {there.shape}, nearest {goal.shape}, congruence "
            f"{fits.shape} and clusters {index.shape}; allowed: one of each a persona; align them"
        )
    if np.isnan(here).any() or np.isnan(fits).any():
        raise ValueError(
            "asked or congruence is missing for a persona; allowed: a number each; they follow from its "
            "configuration"
        )
    weight = survey_weights(np.ones(n) if weights is None else weights, n)
    placed = ~np.isnan(there).any(axis=1)
    congruous = fits >= threshold
    frame = fit_frame(here[congruous], there[congruous], weight[congruous])
    kept = placed & (weight > 0) & ~np.isnan(frame.offset).any()
    moved = (there - frame(here))[kept]
    way = (frame(goal) - frame(here))[kept]
    distance, length = np.linalg.norm(moved, axis=1), np.linalg.norm(way, axis=1)
    middle = fits[kept] - fits.mean()
    other = ~congruous[kept]
    directed = other & (np.nan_to_num(length) > 1e-9)
    along = np.where(directed, (moved * np.nan_to_num(way)).sum(axis=1), 0.0)
    onward = ratio(along, np.where(directed, length, np.nan))
    columns = np.stack(
        [
            np.ones_like(middle),
            middle,
            distance,
            middle**2,
            middle * distance,
            np.where(~other, distance, 0.0),
            ~other,
            np.where(other, distance, 0.0),
            other,
            np.nan_to_num(onward),
            np.where(directed, distance, 0.0),
            directed & (along > 0),
            directed,
            along,
            np.where(directed, length**2, 0.0),
        ],
        axis=1,
    )
    size = int(index.max(initial=0)) + 1
    sums = GroupSums(1, columns.shape[1], 1, size)
    sums.add(columns, np.zeros(len(columns), np.int64), weight[kept], index[kept])
    totals = sums.totals[:, 0, 0]
    streams = np.random.default_rng(seed).spawn(2)
    drawn = cluster_weights(size, draws, streams[0]).astype(np.float64) @ totals
    values, found = _statistics(totals.sum(axis=0)[None])[0], _statistics(drawn)
    used = int((totals[:, 0] > 0).sum())
    interval = interval_of(found, level, used)
    slope, near, far, towards, pointing, pull = (
        Estimate(float(value), Interval(interval.low[i], interval.high[i], level))
        for i, value in enumerate(values)
    )
    return Collapse(
        frame=frame,
        distance=_everywhere(distance, kept),
        slope=slope,
        rank=spearman_by_cluster(
            fits[kept], distance, index[kept], draws, streams[1], level, weight[kept]
        ),
        congruous=near,
        incongruous=far,
        towards=towards,
        pointing=pointing,
        pull=pull,
        n=int(kept.sum()),
        n_incongruous=int(other.sum()),
        undirected=int((other & ~directed).sum()),
        missing=int((~placed & (weight > 0)).sum()),
    )


def _statistics(sums: FloatArray) -> FloatArray:
    """Slope, two mean distances, towards, pointing and pull, (B, 6), from sums (B, 15)."""
    one, c, t, cc, ct = sums[:, :5].T
    pairs = sums[:, 5:].reshape(len(sums), 5, 2)
    slope = ratio(one * ct - c * t, one * cc - c * c)
    return np.column_stack([slope, ratio(pairs[..., 0], pairs[..., 1])])


def _everywhere(values: FloatArray, kept: NDArray[np.bool_]) -> FloatArray:
    everywhere = np.full(len(kept), np.nan)
    everywhere[kept] = values
    return everywhere


def _points(points: ArrayLike, name: str) -> FloatArray:
    table = observed(points, name)
    if table.ndim != 2 or table.shape[1] != 2:
        raise ValueError(
            f"{name} has shape {table.shape}; allowed: (N, 2), x and y of each; reshape it"
        )
    return table
