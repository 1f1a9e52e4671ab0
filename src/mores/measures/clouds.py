"""Clouds of weighted points in the plane: moments, principal axes, density."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.correlation import survey_weights
from mores.measures.ellipse import Ellipse, covariance_ellipse
from mores.measures.group_sums import GroupSums
from mores.measures.inputs import FloatArray, Seed, observed
from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights, interval_of
from mores.measures.results import Interval

__all__ = ["Cloud", "Density", "cloud", "cloud_intervals", "density", "highest_density"]


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """Where some points lie as a whole.

    Attributes
    ----------
    mean : ndarray of float, shape (2,)
        Weighted mean.
    covariance : ndarray of float, shape (2, 2)
        Weighted, with divisor Σ w: the points are taken as they are, not as a sample.
    variances : ndarray of float, shape (2,)
        Variances along the principal axes, the larger first.
    share : float
        Of the total variance, what lies along the first axis, 0.5 … 1.
    angle : float
        Degrees from the x axis to the first principal axis, counter-clockwise, -90 … 90.
    n, missing : int
        Points with a weight above 0, and those without a position.
    n_effective : float
        Kish's effective number.
    """

    mean: FloatArray
    covariance: FloatArray
    variances: FloatArray
    share: float
    angle: float
    n: int
    missing: int
    n_effective: float

    def ellipse(self, level: float = 0.95) -> Ellipse:
        """The ellipse that would hold that share of the points, were they normally distributed."""
        return covariance_ellipse(self.mean, self.covariance, level)


def cloud(points: ArrayLike, weights: ArrayLike | None = None) -> Cloud:
    """Mean, covariance and principal axes of weighted points.

    Parameters
    ----------
    points : array_like, shape (N, 2)
        NaN for a point without a position, which is left out and counted.
    weights : array_like, shape (N,), optional
        0 and more, in any unit; 1 each if None.

    Returns
    -------
    Cloud
        NaN without any point.

    Raises
    ------
    ValueError
        If shapes do not fit, or a weight is negative.
    """
    placed = _placed(points, weights)
    mean, covariance = _mean_covariance(_moments(placed).sum(axis=0, keepdims=True))
    variances = _principal(covariance)[0]
    return Cloud(
        mean=mean[0] + placed.origin,
        covariance=covariance[0],
        variances=variances,
        share=float(ratio(variances[0], variances.sum())),
        angle=float(covariance_ellipse(mean[0], covariance[0]).angle),
        n=len(placed.points),
        missing=placed.missing,
        n_effective=float(
            np.nan_to_num(ratio(placed.weights.sum() ** 2, placed.weights @ placed.weights))
        ),
    )


def cloud_intervals(
    points: ArrayLike,
    weights: ArrayLike | None,
    clusters: ArrayLike,
    draws: int,
    seed: Seed,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Intervals of the mean and of the variances along the principal axes, over personas.

    Parameters
    ----------
    points, weights
        As for `cloud`.
    clusters : array_like of int, shape (N,)
        From `mores.measures.group_sums.random_clusters`.
    draws : int
        At least 1; 2,000 for a 95 % interval.
    seed : int or numpy.random.Generator
        Randomness.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    dict of Interval
        ``mean`` (2,), ``variances`` (2,) and ``share``; NaN with fewer than two clusters.

    Raises
    ------
    ValueError
        If shapes do not fit or something is out of range.
    """
    placed = _placed(points, weights)
    index = np.asarray(clusters)
    if index.shape != placed.kept.shape:
        raise ValueError(
            f"clusters has shape {index.shape}; allowed: {placed.kept.shape}, one for each point; deal "
            "them with random_clusters"
        )
    size = int(index.max(initial=0)) + 1
    sums = _moments(placed, index[placed.kept], size)
    drawn = cluster_weights(size, draws, seed).astype(np.float64) @ sums
    mean, covariance = _mean_covariance(drawn)
    variances = _principal(covariance)
    used = int((sums[:, 0] > 0).sum())
    return {
        "mean": interval_of(mean + placed.origin, level, used),
        "variances": interval_of(variances, level, used),
        "share": interval_of(ratio(variances[:, 0], variances.sum(axis=1)), level, used),
    }


class Density(NamedTuple):
    """A density on a grid; `values` (rows, columns) integrate to `inside` over the cells."""

    x: FloatArray  # centres of the columns
    y: FloatArray  # centres of the rows
    values: FloatArray  # weight per unit of area, row by row from below
    bandwidth: FloatArray  # standard deviations of the kernel along x and y, (2,)
    inside: float  # share of the weight on the grid, 0 … 1
    n: int


def density(
    points: ArrayLike,
    weights: ArrayLike | None = None,
    extent: tuple[float, float, float, float] | None = None,
    bins: tuple[int, int] = (160, 160),
    bandwidth: tuple[float, float] | None = None,
) -> Density:
    r"""A smoothed two-dimensional histogram of weighted points.

    Points are counted in cells, and each count is spread by a Gaussian kernel. The cost does not grow
    with the number of points beyond the counting. Keep cells below half a bandwidth.

    Parameters
    ----------
    points : array_like, shape (N, 2)
        NaN for a point without a position, which is left out.
    weights : array_like, shape (N,), optional
        0 and more, in any unit; 1 each if None.
    extent : tuple of float, optional
        (x low, x high, y low, y high); the points' range and four bandwidths on each side if None.
    bins : tuple of int
        Columns and rows.
    bandwidth : tuple of float, optional
        Standard deviations of the kernel along x and y. Scott's rule if None:
        :math:`\sigma\,n_\mathrm{eff}^{-1/6}`, at least a cell.

    Returns
    -------
    Density
        All 0 with n 0 without any point.

    Raises
    ------
    ValueError
        If shapes do not fit, or the extent, the bins or the bandwidth are not positive.

    References
    ----------
    Scott (2015), Multivariate Density Estimation, 2nd edition, sections 5.1 and 6.3.
    """
    placed = _placed(points, weights)
    at = placed.points + placed.origin
    columns, rows = bins
    width = _bandwidth(placed, bandwidth)
    if extent is None:
        if not len(at):
            raise ValueError(
                "there is no point and no extent; allowed: one of them; give the extent of the map"
            )
        low, high = at.min(axis=0) - 4 * width, at.max(axis=0) + 4 * width
        span = np.where(high > low, 0.0, 0.5)
        extent = (low[0] - span[0], high[0] + span[0], low[1] - span[1], high[1] + span[1])
    x_low, x_high, y_low, y_high = extent
    if columns < 1 or rows < 1 or not (x_low < x_high and y_low < y_high):
        raise ValueError(
            f"extent is {extent} and bins is {bins}; allowed: low below high, and 1 cell and more each "
            "way; give (x low, x high, y low, y high)"
        )
    cell = np.array([(x_high - x_low) / columns, (y_high - y_low) / rows])
    width = np.maximum(width, cell) if bandwidth is None else width
    share = placed.weights / (placed.weights.sum() or 1.0)
    counts, x_edges, y_edges = np.histogram2d(
        at[:, 0], at[:, 1], bins, ((x_low, x_high), (y_low, y_high)), weights=share
    )
    spread = _kernel(columns, width[0] / cell[0]) @ counts @ _kernel(rows, width[1] / cell[1])
    values = spread.T / cell.prod()
    x, y = (x_edges[1:] + x_edges[:-1]) / 2, (y_edges[1:] + y_edges[:-1]) / 2
    return Density(x, y, values, width, float(min(spread.sum(), 1.0)), len(at))


def highest_density(found: Density, shares: ArrayLike = (0.5, 0.9)) -> FloatArray:
    """Heights of the contours that hold given shares of the weight on the grid.

    Parameters
    ----------
    found : Density
        From `density`.
    shares : array_like, shape (m,)
        Between 0 and 1.

    Returns
    -------
    ndarray of float, shape (m,)
        The densest cells down to that height hold at least the share; NaN for an empty density.

    Raises
    ------
    ValueError
        If a share is out of range.

    References
    ----------
    Hyndman (1996), The American Statistician 50(2), 120–126, doi:10.1080/00031305.1996.10474359.
    """
    wanted = observed(shares, "shares")
    if not ((wanted > 0) & (wanted < 1)).all():
        raise ValueError(f"shares is {wanted}; allowed: between 0 and 1; write 50 per cent as 0.5")
    ordered = np.sort(found.values.ravel())[::-1]
    held = np.cumsum(ordered)
    if not held[-1] > 0:
        return np.full(wanted.shape, np.nan)
    place = np.searchsorted(held / held[-1], wanted - 1e-12)
    return np.asarray(ordered[np.minimum(place, ordered.size - 1)])


class _Placed(NamedTuple):
    """Points with a position and a weight, less their mean, which keeps variances exact."""

    points: FloatArray
    weights: FloatArray
    origin: FloatArray
    missing: int
    kept: NDArray[np.bool_]


def _placed(points: ArrayLike, weights: ArrayLike | None) -> _Placed:
    table = observed(points, "points")
    if table.ndim != 2 or table.shape[1] != 2:
        raise ValueError(
            f"points has shape {table.shape}; allowed: (N, 2), x and y of each; reshape them"
        )
    weight = survey_weights(np.ones(len(table)) if weights is None else weights, len(table))
    there = ~np.isnan(table).any(axis=1)
    kept = there & (weight > 0)
    origin = table[kept].mean(axis=0) if kept.any() else np.zeros(2)
    missing = int((~there & (weight > 0)).sum())
    return _Placed(table[kept] - origin, weight[kept], origin, missing, kept)


def _moments(placed: _Placed, clusters: ArrayLike | None = None, n_clusters: int = 1) -> FloatArray:
    """Weighted sums (C, 6) of 1, x, y, x², y² and xy."""
    x, y = placed.points.T
    columns = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)
    sums = GroupSums(1, 6, 1, n_clusters)
    sums.add(columns, np.zeros(len(x), np.int64), placed.weights, clusters)
    return np.asarray(sums.totals[:, 0, 0])


def _mean_covariance(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means (B, 2) and covariances (B, 2, 2) from sums (B, 6)."""
    moments = ratio(sums[:, 1:], sums[:, :1])
    mean = moments[:, :2]
    xx, yy = (moments[:, 2:4] - mean**2).clip(min=0.0).T
    xy = moments[:, 4] - mean.prod(axis=1)
    return mean, np.stack([np.stack([xx, xy], -1), np.stack([xy, yy], -1)], -2)


def _principal(covariance: FloatArray) -> FloatArray:
    """Variances (B, 2) along the principal axes, the larger first."""
    middle = (covariance[:, 0, 0] + covariance[:, 1, 1]) / 2
    apart = np.hypot((covariance[:, 0, 0] - covariance[:, 1, 1]) / 2, covariance[:, 0, 1])
    return np.stack([middle + apart, (middle - apart).clip(min=0.0)], axis=1)


def _bandwidth(placed: _Placed, given: tuple[float, float] | None) -> FloatArray:
    if given is not None:
        width = observed(given, "bandwidth")
        if width.shape != (2,) or not (width > 0).all():
            raise ValueError(
                f"bandwidth is {given}; allowed: two numbers above 0; give one an axis"
            )
        return width
    if not len(placed.points):
        return np.zeros(2)
    mean = placed.weights @ placed.points / placed.weights.sum()
    variance = placed.weights @ (placed.points - mean) ** 2 / placed.weights.sum()
    size = placed.weights.sum() ** 2 / (placed.weights @ placed.weights)
    return np.asarray(np.sqrt(variance) * size ** (-1 / 6))


def _kernel(size: int, width: float) -> FloatArray:
    """Gaussian weights (size, size) between cells, for cells on an endless line."""
    steps = np.arange(-size + 1, size)
    reach = max(size, int(np.ceil(6 * width)))
    whole = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2).sum()
    values = np.exp(-0.5 * (steps / width) ** 2) / whole
    return np.asarray(values[np.arange(size)[:, None] - np.arange(size) + size - 1])
