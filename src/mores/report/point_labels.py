"""Names beside points of a plot, such that none covers another or a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from mores.report.culture_map.placement import place_labels
from mores.report.style import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["in_points", "write_names"]

Floats: TypeAlias = npt.NDArray[np.float64]

_POINTS = 72.0


def in_points(axes: Axes, points: npt.ArrayLike) -> Floats:
    """Points of the data on the figure, in typographic points, shape (points, 2)."""
    at = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    return np.asarray(axes.transData.transform(at)) * (_POINTS / axes.figure.dpi)


def write_names(
    axes: Axes,
    points: npt.ArrayLike,
    names: Sequence[str],
    *,
    size: float,
    mark: float,
    obstacles: npt.ArrayLike = (),
    faint: npt.ArrayLike = (),
    halo: Floats | None = None,
) -> int:
    """Write names beside points, with a leader line where they stand apart.

    Parameters
    ----------
    axes : Axes
        With their limits set.
    points : array_like, shape (names, 2)
        In units of the data, as `obstacles` and `faint`.
    names : sequence of str
    size : float
        Of the type.
    mark : float
        Diameter of the marks, in typographic points.
    obstacles : array_like, shape (n, 2)
        Marks without a name that must stay free too.
    faint : array_like, shape (n, 2)
        Points on lines that had better not be covered.
    halo : ndarray, shape (names,), optional
        As in `mores.report.culture_map.placement.place_labels`.

    Returns
    -------
    int
        How many names had no room and are not there.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(axes.figure)  # type: ignore[arg-type]
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    unit = _POINTS / axes.figure.dpi
    texts = [
        axes.text(0, 0, name, size=size, color=INK, ha="left", va="bottom", zorder=4)
        for name in names
    ]
    extents = np.array([t.get_window_extent(renderer).extents for t in texts]).reshape(-1, 4)
    sizes = (extents[:, 2:] - extents[:, :2]) * unit
    at = in_points(axes, points)
    left, bottom, right, top = (float(v) * unit for v in axes.bbox.extents)
    found = place_labels(
        at,
        sizes,
        (left, bottom, right, top),
        mark / 2 + 0.4,
        obstacles=in_points(axes, obstacles),
        faint=in_points(axes, faint),
        halo=halo,
    )
    back = axes.transData.inverted()
    for text, point, box, shown, moved in zip(
        texts, at, found.boxes, found.shown, found.moved, strict=True
    ):
        if not shown:
            text.remove()
            continue
        text.set_position(tuple(back.transform(box[:2] / unit)))
        if moved:
            end = np.clip(point, box[:2], box[2:])
            start = point + (end - point) * (mark / 2) / max(np.linalg.norm(end - point), 1e-9)
            line = back.transform(np.array([start, end]) / unit)
            axes.plot(*line.T, color=MUTED, linewidth=0.45, zorder=2.5)
    return int((~found.shown).sum())
