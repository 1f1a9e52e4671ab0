"""Ellipses in the plane: of points with confidence, from bootstrap draws, and of clouds of points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, coverage_level, observed

__all__ = ["Ellipse", "covariance_ellipse", "ellipse", "inside"]


@dataclass(frozen=True, slots=True, eq=False)
class Ellipse:
    """Ellipses, one for each point.

    Attributes
    ----------
    centre : ndarray of float, shape (..., 2)
        In the units of the points.
    major, minor : ndarray of float, shape (...)
        Semi-axes, ``major >= minor >= 0``; NaN where there is no ellipse.
    angle : ndarray of float, shape (...)
        Degrees from the x axis to the major axis, counter-clockwise, -90 … 90.
    level : float
        Nominal coverage, between 0 and 1.
    """

    centre: FloatArray
    major: FloatArray
    minor: FloatArray
    angle: FloatArray
    level: float


def ellipse(draws: ArrayLike, level: float = 0.95, n: ArrayLike | None = None) -> Ellipse:
    r"""The ellipse in which a point lies with the given confidence, from the draws' covariance.

    Its radius in standard deviations is :math:`\sqrt{-2\ln(1-level)}`, the chi-square quantile with two
    degrees of freedom. Given the sample size n, the covariance is taken as estimated from n
    observations and understated by the bootstrap by (n - 1)/n; the radius is then Hotelling's,
    :math:`\sqrt{n((1-level)^{-2/(n-2)}-1)}`, which tends to the former.

    Parameters
    ----------
    draws : array_like, shape (B, ..., 2)
        Bootstrap draws of points; NaN where a point has none.
    level : float, optional
        Nominal coverage, between 0 and 1.
    n : array_like, shape (...), optional
        (Effective) number of observations behind each point.

    Returns
    -------
    Ellipse
        Centred on the mean of the draws; NaN where a draw is NaN, or n is 2 or less.

    Raises
    ------
    ValueError
        If there are fewer than two draws, or they are not points, or the level is out of range.

    References
    ----------
    Hotelling (1931), Annals of Mathematical Statistics 2(3), 360–378, doi:10.1214/aoms/1177732979.
    """
    points = observed(draws, "draws")
    if points.ndim < 2 or points.shape[-1] != 2 or len(points) < 2:
        raise ValueError(
            f"draws has shape {points.shape}; allowed: (B, ..., 2) with two draws or more; draw more"
        )
    centre = points.mean(axis=0)
    x, y = np.moveaxis(points - centre, -1, 0)
    degrees = len(points) - 1
    xx, yy, xy = ((a * b).sum(axis=0) / degrees for a, b in ((x, x), (y, y), (x, y)))
    return _ellipse(centre, xx, yy, xy, _radius(coverage_level(level), n), level)


def covariance_ellipse(centre: ArrayLike, covariance: ArrayLike, level: float = 0.95) -> Ellipse:
    r"""The ellipse that holds a share of a cloud of points, were they normally distributed.

    Its radius in standard deviations is :math:`\sqrt{-2\ln(1-level)}`.

    Parameters
    ----------
    centre : array_like, shape (..., 2)
        Mean of the points.
    covariance : array_like, shape (..., 2, 2)
        Their covariance.
    level : float, optional
        Share of the points, between 0 and 1.

    Returns
    -------
    Ellipse
        NaN where a mean or a covariance is.

    Raises
    ------
    ValueError
        If shapes do not fit or the level is out of range.
    """
    middle, table = observed(centre, "centre"), observed(covariance, "covariance")
    if middle.shape[-1:] != (2,) or table.shape != (*middle.shape, 2):
        raise ValueError(
            f"centre has shape {middle.shape} and covariance {table.shape}; allowed: (..., 2) and "
            "(..., 2, 2); give one covariance for each centre"
        )
    radius = _radius(coverage_level(level), None)
    return _ellipse(middle, table[..., 0, 0], table[..., 1, 1], table[..., 0, 1], radius, level)


def _ellipse(
    centre: FloatArray,
    xx: FloatArray,
    yy: FloatArray,
    xy: FloatArray,
    radius: FloatArray,
    level: float,
) -> Ellipse:
    middle, spread = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    return Ellipse(
        centre,
        np.asarray(radius * np.sqrt(middle + spread)),
        np.asarray(radius * np.sqrt(np.maximum(middle - spread, 0.0))),
        np.asarray(np.degrees(np.arctan2(2 * xy, xx - yy) / 2)),
        level,
    )


def _radius(level: float, n: ArrayLike | None) -> FloatArray:
    if n is None:
        return np.asarray(np.sqrt(-2 * np.log1p(-level)))
    size = observed(n, "n")
    size = np.where(size > 2, size, np.nan)
    return np.asarray(np.sqrt(size * np.expm1(-2 * np.log1p(-level) / (size - 2))))


def inside(region: Ellipse, points: ArrayLike) -> NDArray[np.bool_]:
    """Which points lie within an ellipse, its border included.

    Parameters
    ----------
    region : Ellipse
        Of shape (...).
    points : array_like, shape (..., 2)
        Points, broadcast against the ellipses.

    Returns
    -------
    ndarray of bool, shape (...)
        False where a point or an ellipse is NaN.
    """
    x, y = np.moveaxis(observed(points, "points") - region.centre, -1, 0)
    angle = np.radians(region.angle)
    along = np.abs(np.cos(angle) * x + np.sin(angle) * y)
    across = np.abs(np.cos(angle) * y - np.sin(angle) * x)
    within = np.hypot(along * region.minor, across * region.major) <= region.major * region.minor
    return np.asarray(within & (along <= region.major) & (across <= region.minor))
