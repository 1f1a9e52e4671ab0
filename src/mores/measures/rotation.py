"""Orthogonal rotation of component or factor loadings to simple structure.

Two columns are rotated in closed form, more of them pair by pair until nothing turns any more, so that
no coordinate depends on when an iteration happened to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.inputs import FloatArray, at_least_one, observed

__all__ = ["Rotation", "varimax"]


@dataclass(frozen=True, slots=True, eq=False)
class Rotation:
    """Loadings after a rotation, and the rotation.

    Attributes
    ----------
    loadings : ndarray of float, shape (p, k)
        Original loadings times `matrix`.
    matrix : ndarray of float, shape (k, k)
        Orthogonal, with determinant 1.
    """

    loadings: FloatArray
    matrix: FloatArray


def varimax(
    loadings: ArrayLike, *, normalise: bool = True, tolerance: float = 1e-12, sweeps: int = 1000
) -> Rotation:
    r"""Varimax rotation, with Kaiser normalisation unless switched off.

    Maximises, over orthogonal rotations, the sum over columns of the variance of squared loadings.
    For columns x and y the maximum lies at the angle
    :math:`\tfrac14 \arg\bigl(\sum z^2 - (\sum z)^2/p\bigr)` with :math:`z = (x + iy)^2`.

    Parameters
    ----------
    loadings : array_like, shape (p, k)
        Loadings of p variables on k components; none missing.
    normalise : bool, optional
        Kaiser normalisation: the criterion is computed on rows scaled to length 1, so that variables
        count alike whatever their communality. A row of zeros stays as it is.
    tolerance : float, optional
        Largest angle, in radians, that may be left in any plane. Two columns need no iteration.
    sweeps : int, optional
        Most passes over all pairs of columns.

    Returns
    -------
    Rotation
        Columns keep their order and their signs as far as the rotation lets them: both are for the
        caller to fix. Where the criterion is flat in a plane, the plane is not turned.

    Raises
    ------
    ValueError
        If `loadings` is not a table of finite numbers, or `sweeps` passes are not enough.

    References
    ----------
    Kaiser (1958), Psychometrika 23(3), 187–200, doi:10.1007/BF02289233.
    """
    table = observed(loadings, "loadings")
    if table.ndim != 2 or 0 in table.shape or np.isnan(table).any():
        raise ValueError(
            f"loadings has shape {table.shape} and {int(np.isnan(table).sum())} missing numbers; "
            "allowed: (variables, components), none missing; rotate loadings of a complete "
            "correlation matrix"
        )
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    rows = table / np.where(lengths > 0, lengths, 1.0) if normalise else table.copy()
    matrix = np.eye(table.shape[1])
    for _ in range(at_least_one(sweeps, "sweeps")):
        largest = 0.0
        for pair in combinations(range(table.shape[1]), 2):
            columns = list(pair)
            angle = _angle(rows[:, columns])
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            rows[:, columns] = rows[:, columns] @ turn
            matrix[:, columns] = matrix[:, columns] @ turn
            largest = max(largest, abs(angle))
        if largest <= tolerance or table.shape[1] == 2:
            return Rotation(table @ matrix, matrix)
    raise ValueError(
        f"varimax still turns by {largest:.1e} rad after {sweeps} sweeps; allowed: at most "
        f"{tolerance:.1e}; raise sweeps or tolerance"
    )


def _angle(pair: FloatArray) -> float:
    """The angle in -pi/4 … pi/4 by which two columns are to be turned; 0 where it is all one."""
    square = (pair[:, 0] + 1j * pair[:, 1]) ** 2
    gain = (square**2).sum() - square.sum() ** 2 / len(square)
    flat = len(square) * np.finfo(np.float64).eps * (np.abs(square) ** 2).sum()
    return 0.0 if abs(gain) <= flat else float(np.angle(gain) / 4)
