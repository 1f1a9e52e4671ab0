"""Where labels of points go, so that none covers another or a point.

Point-feature label placement after Christensen, Marks and Shieber (1995): each label has a set of
places around its point, near ones better than far ones; labels move one at a time to the place that
costs least, and pairs that go on colliding become dearer until one of them gives way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Placement", "overlapping", "place_labels"]

Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

_COLLISION = 400.0
"""What it costs to cover a label or a point; places differ by their distance, in points."""
_CROSSING = 60.0
"""What it costs that a leader line crosses a label, a point or another leader line."""
_ASTRAY = 25.0
"""What it costs that another point is nearer to a label than its own."""
_UNTIDY = 5.0
"""What it costs to cover a faint line."""
_TRIED = 24
_MOVES, _LEAST_SWEEPS, _PATIENCE = 3500, 8, 12
_APART = 3.0
"""Up to this distance a label needs no leader line."""
_DISTANCES = (0.0, 3.0, 7.0, 12.0, 18.0, 26.0, 36.0, 48.0, 62.0, 78.0, 96.0, 120.0, 150.0)
_DIRECTIONS = 16


@dataclass(frozen=True)
class Placement:
    """Where labels stand.

    Attributes
    ----------
    boxes : ndarray, shape (labels, 4)
        Left, bottom, right and top of each label; no two shown ones overlap, nor does one cover a
        point.
    shown : ndarray of bool, shape (labels,)
        False where there is no room for a label.
    moved : ndarray of bool, shape (labels,)
        Stands apart from its point, so that a leader line is needed.
    """

    boxes: Floats
    shown: Flags
    moved: Flags


def place_labels(
    points: Floats,
    sizes: Floats,
    bounds: tuple[float, float, float, float],
    radius: float,
    *,
    obstacles: Floats | None = None,
    faint: Floats | None = None,
    halo: Floats | None = None,
    gap: float = 1.0,
) -> Placement:
    """Place a label beside each point.

    The same input gives the same places. All lengths are in one unit, best typographic points.

    Parameters
    ----------
    points : ndarray, shape (labels, 2)
        Centres of the points.
    sizes : ndarray, shape (labels, 2)
        Widths and heights of the labels.
    bounds : tuple of float
        Left, bottom, right and top within which labels must stay.
    radius : float
        Of the points' marks, which no label may touch.
    obstacles : ndarray, shape (more, 2), optional
        Centres of marks without a label that must stay free too.
    faint : ndarray, shape (more, 2), optional
        Points on lines that had better not be covered.
    halo : ndarray, shape (labels,), optional
        Distance from a point at which a label is beside it as well: outside a ring around it.
    gap : float
        Least room between a mark and a label, and between labels.

    Returns
    -------
    Placement
    """
    n = len(points)
    if n == 0:
        return Placement(np.empty((0, 4)), np.empty(0, bool), np.empty(0, bool))
    none = np.empty((0, 2))
    around = np.full(n, radius) if halo is None else np.maximum(halo, radius)
    search = _Search(points, sizes, radius, around, gap)
    marks = np.concatenate([points, none if obstacles is None else obstacles])
    search.judge(bounds, marks, none if faint is None else faint)
    chosen = search.run()
    boxes = search.boxes[np.arange(n), chosen]
    shown = _most_that_fit(boxes, search.free[np.arange(n), chosen], gap)
    return Placement(boxes, shown, search.distance[np.arange(n), chosen] > _APART)


def overlapping(boxes: Floats, gap: float = 0.0) -> Flags:
    """Which boxes overlap, or come nearer than `gap`, shape (boxes, boxes); none overlaps itself."""
    found = _cover(boxes[:, None], boxes[None, :], gap)
    np.fill_diagonal(found, False)
    return found


def _cover(a: Floats, b: Floats, gap: float) -> Flags:
    apart = np.maximum(a[..., :2], b[..., :2]) - np.minimum(a[..., 2:], b[..., 2:])
    return np.asarray((apart < gap).all(axis=-1))


def _most_that_fit(boxes: Floats, free: Flags, gap: float) -> Flags:
    """Leave out labels that found no free place, those in most collisions first."""
    shown = free.copy()
    clash = overlapping(boxes, gap / 2)
    while True:
        collisions = (clash & shown).sum(axis=1) * shown
        if not collisions.any():
            return shown
        shown[int(collisions.argmax())] = False


def _to_boxes(points: Floats, boxes: Floats) -> Floats:
    """Distance of points (..., 2) from boxes (..., 4); 0 within."""
    outside = np.maximum(boxes[..., :2] - points, points - boxes[..., 2:])
    return np.asarray(np.linalg.norm(np.maximum(outside, 0.0), axis=-1))


def _hold(boxes: Floats, points: Floats) -> Flags:
    """Which boxes (..., 4) hold any of the points (m, 2)."""
    near = (points > boxes[:, :2].min(axis=0)) & (points < boxes[:, 2:].max(axis=0))
    x, y = points[near.all(axis=1)].T
    left, bottom, right, top = boxes.T[..., None]
    return np.asarray(((x > left) & (x < right) & (y > bottom) & (y < top)).any(axis=1))


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    ab, ac = b - a, c - a
    return np.asarray(ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0])


def _segments_cross(a: Floats, b: Floats, c: Floats, d: Floats) -> Flags:
    """Whether segments a-b and c-d cross, broadcasting over leading axes."""
    return np.asarray((_turn(a, b, c) * _turn(a, b, d) < 0) & (_turn(c, d, a) * _turn(c, d, b) < 0))


def _segment_to_points(a: Floats, b: Floats, points: Floats) -> Floats:
    """Distance of points from segments a-b, broadcasting over leading axes."""
    along = b - a
    length = np.maximum((along**2).sum(axis=-1), 1e-12)
    at = np.clip(((points - a) * along).sum(axis=-1) / length, 0.0, 1.0)
    return np.asarray(np.linalg.norm(points - a - at[..., None] * along, axis=-1))


def _segment_through_boxes(a: Floats, b: Floats, boxes: Floats) -> Flags:
    """Whether segments pass through boxes: by the diagonals that they would have to cross."""
    lower, upper = boxes[..., :2], boxes[..., 2:]
    left_top = np.stack([boxes[..., 0], boxes[..., 3]], axis=-1)
    right_bottom = np.stack([boxes[..., 2], boxes[..., 1]], axis=-1)
    return _segments_cross(a, b, lower, upper) | _segments_cross(a, b, left_top, right_bottom)


class _Search:
    """Places of every label with what each costs by itself, and the search among them."""

    def __init__(
        self, points: Floats, sizes: Floats, radius: float, halo: Floats, gap: float
    ) -> None:
        self.points, self.radius, self.gap = points, radius, gap
        angle = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
        # First the places that touch the mark, then those outside its ring, ever further away.
        self.unit = np.tile(np.stack([np.cos(angle), np.sin(angle)], 1), (1 + len(_DISTANCES), 1))
        step = np.repeat((0.0, *_DISTANCES), _DIRECTIONS)
        ring = np.where(np.arange(len(step)) < _DIRECTIONS, radius, halo[:, None])
        # A box touches its circle with the middle of a side, or with a corner at the diagonals.
        corner = np.clip(np.sqrt(2) * self.unit, -1, 1)
        half = np.broadcast_to(sizes[:, None] / 2, (len(points), len(step), 2))
        centre = points[:, None] + (ring + gap + step)[..., None] * self.unit + corner * half
        self.boxes: Floats = np.concatenate([centre - half, centre + half], axis=-1)
        self.ends = np.clip(points[:, None], self.boxes[..., :2], self.boxes[..., 2:])
        self.distance: Floats = np.broadcast_to(step, self.boxes.shape[:2])
        self.reach: Floats = ring + step
        self.alone = np.zeros_like(self.distance)
        self.free: Flags = np.ones(self.distance.shape, bool)
        self.favourite = np.zeros(len(points), np.int64)

    def judge(
        self, bounds: tuple[float, float, float, float], marks: Floats, faint: Floats
    ) -> None:
        """Find what each place costs whatever the other labels do."""
        lower, upper = np.array(bounds[:2]), np.array(bounds[2:])
        within: Flags = (self.boxes[..., :2] >= lower) & (self.boxes[..., 2:] <= upper)
        inside: Flags = np.asarray(within.all(axis=2))
        # Beside a point reads best, then above and below it; sloping comes last.
        taste = (1 - self.unit[:, 0]) + 1.5 * np.abs(np.sin(2 * np.arctan2(*self.unit.T)))
        self.alone = (
            self.distance
            + 0.3 * (self.reach - self.distance - self.radius)
            + taste
            + 100 * _COLLISION * ~inside
        )
        self.free = inside
        for i, boxes in enumerate(self.boxes):
            beside = np.linalg.norm(marks - self.points[i], axis=1) > self.radius
            to_marks = _to_boxes(marks, boxes[:, None])
            covered = to_marks < self.radius + 0.5 * self.gap
            along = _segment_to_points(self.points[i], self.ends[i][:, None], marks)
            through = (along < self.radius)[:, beside].sum(axis=1)
            nearest_other = to_marks[:, beside].min(axis=1, initial=np.inf)
            self.free[i] &= ~covered.any(axis=1)
            self.alone[i] += (
                _COLLISION * covered.sum(axis=1)
                + _CROSSING * through * (self.distance[i] > _APART)
                + _ASTRAY * np.maximum(0.0, 1 - nearest_other / self.reach[i])
                + _UNTIDY * _hold(boxes, faint)
            )
        self.favourite = self.alone.argmin(axis=1)

    def run(self) -> npt.NDArray[np.int64]:
        """Index of the place of each label."""
        n = len(self.points)
        chosen: npt.NDArray[np.int64] = self.favourite.copy()
        dear = np.ones((n, n))
        best, least, since = chosen.copy(), (n * n, np.inf), 0
        for _ in range(max(_LEAST_SWEEPS, _MOVES // n)):
            changed = self._sweep(chosen, dear)
            total, clash = self._state(chosen)
            if (int(clash.sum()), total) < least:
                best, least, since = chosen.copy(), (int(clash.sum()), total), 0
            since += 1
            if since > _PATIENCE or not (changed or clash.any()):
                break
            if not changed:
                dear[clash] *= 1.5
        return best

    def _sweep(self, chosen: npt.NDArray[np.int64], dear: Floats) -> bool:
        """Move each label to its cheapest place, given those of the others."""
        changed = False
        for i, place in enumerate(chosen):
            others = np.flatnonzero(np.arange(len(chosen)) != i)
            at = chosen[others]
            covered = _cover(self.boxes[i][:, None], self.boxes[others, at], self.gap)
            cost = self.alone[i] + _COLLISION * (covered * dear[i, others]).sum(axis=1)
            if place == self.favourite[i] and not covered[place].any():
                tried = np.array([place])  # nothing is cheaper, unless a line is crossed here
                if self._crossings(i, tried, others, at)[0] == 0:
                    continue
            # Lines cost besides, so that only places cheap without them come into question.
            tried = np.append(np.argsort(cost, kind="stable")[:_TRIED], place)
            full = cost[tried] + _CROSSING * self._crossings(i, tried, others, at)
            least = int(full.argmin())
            if full[least] < full[-1] - 1e-9:
                chosen[i] = tried[least]
                changed = True
        return changed

    def _crossings(
        self,
        i: int,
        tried: npt.NDArray[np.int64],
        others: npt.NDArray[np.int64],
        at: npt.NDArray[np.int64],
    ) -> Floats:
        """How often leader lines cross labels or one another, for some places of a label."""
        led = self.distance[others, at] > _APART
        starts, ends = self.points[others[led]], self.ends[others[led], at[led]]
        boxes, own = self.boxes[i, tried], self.points[i]
        found = _segment_through_boxes(starts, ends, boxes[:, None]).sum(axis=1).astype(float)
        leads = np.flatnonzero(self.distance[i, tried] > _APART)
        mine = self.ends[i, tried[leads], None]
        found[leads] += _segment_through_boxes(own, mine, self.boxes[others, at]).sum(axis=1)
        found[leads] += _segments_cross(own, mine, starts, ends).sum(axis=1)
        return np.asarray(found)

    def _state(self, chosen: npt.NDArray[np.int64]) -> tuple[float, Flags]:
        """What all places cost together, and which pairs of labels collide."""
        rows = np.arange(len(chosen))
        clash = overlapping(self.boxes[rows, chosen], self.gap)
        return float(self.alone[rows, chosen].sum()), clash
