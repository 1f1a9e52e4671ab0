"""Clouds: the regions of highest density in which a country's respondents lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mores.report.culture_map.content import Cloud

__all__ = ["LEAST_RESPONDENTS", "SHARES", "cloud_of"]

Floats: TypeAlias = npt.NDArray[np.float64]

SHARES = (0.9, 0.5)
LEAST_RESPONDENTS = 50
"""Fewer would be told apart by their cloud, and say little of its shape."""

_GRID = 100


def cloud_of(
    name: str, zone: str, points: Floats, weights: Floats, shares: Sequence[float] = SHARES
) -> Cloud:
    """Outline the regions that hold given shares of respondents.

    Parameters
    ----------
    name, zone : str
        Of the country.
    points : ndarray, shape (n, 2)
        Respondents' positions; n at least `LEAST_RESPONDENTS`, none missing.
    weights : ndarray, shape (n,)
        Survey weights above 0.
    shares : sequence of float
        Of respondents, in falling order.

    Returns
    -------
    Cloud
        Highest-density regions (Hyndman 1996) of a Gaussian kernel density with Scott's bandwidth.

    Raises
    ------
    ValueError
        If there are too few respondents, or all lie on a line.
    """
    from contourpy import contour_generator
    from scipy.stats import gaussian_kde

    if len(points) < LEAST_RESPONDENTS:
        raise ValueError(
            f"{len(points)} respondents of {name} can be placed; a cloud needs "
            f"{LEAST_RESPONDENTS} and more"
        )
    try:
        density = gaussian_kde(points.T, weights=weights)
    except np.linalg.LinAlgError:
        raise ValueError(f"all respondents of {name} lie on one line, which is no cloud") from None
    room = 3 * np.sqrt(np.diag(density.covariance))
    x, y = np.linspace(points.min(axis=0) - room, points.max(axis=0) + room, _GRID).T
    at = np.stack(np.meshgrid(x, y))
    heights = density(at.reshape(2, -1)).reshape(_GRID, _GRID)
    contours = contour_generator(x, y, heights)
    there = density(points.T)
    order = np.argsort(-there)
    held = np.cumsum(weights[order]) / weights.sum()
    rings = []
    for share in shares:
        level = there[order[min(int(np.searchsorted(held, share)), len(order) - 1)]]
        rings.append((share, [np.asarray(line) for line in contours.lines(level)]))
    return Cloud(name, zone, len(points), rings)
