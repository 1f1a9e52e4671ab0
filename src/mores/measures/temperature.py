"""The temperature at which a population of personas is as dispersed as the humans are.

A question's temperature is chosen on all other questions, never on itself. Personas' distributions
are tilted (or scaled), averaged with the personas' weights, and set against the humans' distribution;
the sum over the other questions is what is minimised, over a coarse grid of temperatures and then,
around the best of them, over ever finer ones. Held-out questions share what is evaluated, since the
distributions of a question at a temperature are made once, but not what they look at.

A persona without a distribution for a question (refused, not coded) is left out of that question's
average and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, IntArray
from mores.measures.mixtures import Method, Mixtures, Personas
from mores.measures.ordinal import normalised_variance, wasserstein
from mores.measures.scales import checked_distributions, option_counts, option_table
from mores.measures.tilting import LEAST_TEMPERATURE

__all__ = ["Calibration", "Objective", "choose_temperature"]

Objective: TypeAlias = Literal["wasserstein", "variance"]

_GRID = 25
_RESOLUTION = 1e-3
"""Temperatures are told apart to 0.1 %."""
_TIE = 1e-12
"""Losses that differ by less, per distribution compared, are equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Temperatures, each chosen on other questions than the one it is for.

    Attributes
    ----------
    temperature : ndarray of float, shape (G, Q)
        T of each group and question, equal over groups if pooled; NaN where no other question has both
        personas and humans. Hand ``temperature[groups]`` to `mores.measures.tilting.tilt` for the
        personas' own distributions.
    shares : ndarray of float, shape (G, Q, K)
        The held-out predictions: weighted mean of the personas' distributions at that temperature.
    loss : ndarray of float, shape (G, Q)
        The objective on the held-out question itself; NaN where personas, humans or T are missing.
    loss_before : ndarray of float, shape (G, Q)
        The same at T = 1.
    chosen_on : ndarray of int, shape (G, Q)
        How many distributions of humans, questions by groups, the temperature was chosen on.
    at_bound : ndarray of bool, shape (G, Q)
        No temperature is better than an end of `bounds`: what is asked for may be out of reach, as a
        variance is above that of the flattest distribution with the same mean.
    undetermined : ndarray of bool, shape (G, Q)
        The objective does not depend on the temperature (all is degenerate); T is 1.
    personas, missing, degenerate : ndarray of int, shape (G, Q)
        As in `mores.measures.mixtures.Mixtures`.
    unconverged : ndarray of int, shape (G, Q)
        Distributions whose mean tilting failed to keep, the most at any temperature tried.
    bounds : tuple of float
        Least and largest temperature.
    """

    temperature: FloatArray
    shares: FloatArray
    loss: FloatArray
    loss_before: FloatArray
    chosen_on: IntArray
    at_bound: NDArray[np.bool_]
    undetermined: NDArray[np.bool_]
    personas: IntArray
    missing: IntArray
    degenerate: IntArray
    unconverged: IntArray
    bounds: tuple[float, float]


def choose_temperature(
    probabilities: ArrayLike,
    targets: ArrayLike,
    weights: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    *,
    n_options: ArrayLike | None = None,
    positions: ArrayLike | None = None,
    method: Method = "tilting",
    objective: Objective = "wasserstein",
    pooled: bool = True,
    bounds: tuple[float, float] = (0.05, 100.0),
) -> Calibration:
    r"""Choose each question's temperature on all the others.

    The temperature of question q minimises :math:`\sum_{g, j \neq q} L(m_{gj}(T), h_{gj})` over the
    other questions j, with the personas' mixture m, the humans' distribution h, and L their
    Wasserstein distance over the scale's length, or the absolute difference of their normalised
    variances. The sum is over all groups, or over the group itself. Equal losses are decided for the
    temperature nearest to 1.

    Parameters
    ----------
    probabilities, weights, groups, n_options, positions, method
        As for `mores.measures.mixtures.mixtures`.
    targets : array_like, shape (G, Q, K)
        The humans' distributions; missing ones are not chosen on.
    objective : {"wasserstein", "variance"}
        What is to be near.
    pooled : bool
        Whether a question has one temperature for all groups, chosen on all, or one of each group.
    bounds : tuple of float
        Least and largest temperature, with 1 between them.

    Returns
    -------
    Calibration
        Arrays over (groups, questions).

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, or a number lies outside its range.
    """
    humans = option_table(targets, "targets")
    if humans.ndim != 3 or humans.shape[1:] != np.shape(probabilities)[1:]:
        raise ValueError(
            f"targets has shape {humans.shape} and probabilities {np.shape(probabilities)}; allowed: "
            "(groups, questions, options) and (personas, questions, options); give a distribution, "
            "NaN if there is none, for each group and question"
        )
    people = Personas.of(probabilities, weights, groups, len(humans), n_options, positions, method)
    humans = checked_distributions(humans, option_counts(n_options, humans.shape), "targets")
    if objective not in get_args(Objective):
        allowed = ", ".join(map(repr, get_args(Objective)))
        raise ValueError(f"objective is {objective!r}; allowed: {allowed}; choose one")
    low, high = bounds
    if not (LEAST_TEMPERATURE <= low <= 1 <= high < np.inf and low < high):
        raise ValueError(
            f"bounds is {bounds}; allowed: two temperatures of {LEAST_TEMPERATURE} and more with 1 "
            "between them; give such as (0.05, 100)"
        )
    size = len(humans)
    parts = [range(size)] if pooled else [range(g, g + 1) for g in range(size)]
    found = [
        _Part(people, part, humans[part.start : part.stop], objective, positions).calibrated(
            (low, high)
        )
        for part in parts
    ]
    joined = {
        name: np.concatenate([getattr(part, name) for part in found])
        for name in Calibration.__slots__
        if name != "bounds"
    }
    return Calibration(**joined, bounds=(low, high))


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """Mixtures (T, G, Q, K) and losses (T, G, Q) at the temperatures evaluated, which ascend."""

    temperatures: FloatArray
    found: Mixtures
    losses: FloatArray

    def joined(self, other: _Tried) -> _Tried:
        temperatures = np.concatenate([self.temperatures, other.temperatures])
        order = np.argsort(temperatures)
        mine, its = self.found, other.found
        found = replace(
            mine,
            shares=np.concatenate([mine.shares, its.shares])[order],
            unconverged=np.concatenate([mine.unconverged, its.unconverged])[order],
        )
        losses = np.concatenate([self.losses, other.losses])[order]
        return _Tried(temperatures[order], found, losses)

    def at(self, temperatures: ArrayLike) -> IntArray:
        """Where these temperatures, which were evaluated, are."""
        return np.asarray(np.searchsorted(self.temperatures, temperatures))


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One held-out question's search so far."""

    points: FloatArray
    best: float
    flat: bool
    at_bound: bool
    finer: FloatArray

    @classmethod
    def of(cls, points: FloatArray, totals: FloatArray, tie: float) -> _Step:
        least = totals <= totals.min() + tie
        place = int(np.where(least, np.abs(np.log(points)), np.inf).argmin())
        flat = bool(np.ptp(totals) <= tie)
        near = points[max(place - 1, 0) : place + 2]
        apart = (near[1:] > near[:-1] * (1 + _RESOLUTION)) & (not flat)
        finer = np.sqrt(near[1:] * near[:-1])[apart]
        at_bound = bool(least[0] or least[-1]) and not flat
        return cls(points, float(points[place]), flat, at_bound, finer)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Groups that share their temperatures, with their humans (G, Q, K)."""

    people: Personas
    groups: range
    humans: FloatArray
    objective: Objective
    positions: ArrayLike | None

    def calibrated(self, bounds: tuple[float, float]) -> Calibration:
        grid = np.unique([*bounds, *np.geomspace(*bounds, _GRID)[1:-1], 1.0])
        tried = self._at(grid)
        usable = ~np.isnan(tried.losses).any(axis=0)
        each = range(usable.shape[1])
        chosen_on = usable.sum() - usable.sum(axis=0)
        paths = [grid for _ in each]
        while True:
            sums = np.where(usable, tried.losses, 0.0).sum(axis=1)
            # A search looks only at temperatures which it asked for: those that the others asked for
            # depend on the question that is held out here.
            steps = [
                _Step.of(path, np.delete(sums[tried.at(path)], q, 1).sum(axis=1), _TIE * max(1, n))
                for q, path, n in zip(each, paths, chosen_on, strict=True)
            ]
            finer = np.unique(np.concatenate([step.finer for step in steps]))
            if not finer.size:
                return self._record(tried, steps, chosen_on, bounds)
            new = np.setdiff1d(finer, tried.temperatures)
            tried = tried.joined(self._at(new)) if new.size else tried
            paths = [np.union1d(step.points, step.finer) for step in steps]

    def _at(self, temperatures: FloatArray) -> _Tried:
        found = self.people.mixtures(temperatures, self.groups)
        return _Tried(temperatures, found, self._losses(found.shares))

    def _losses(self, mixed: FloatArray) -> FloatArray:
        options = self.people.n_options
        if self.objective == "wasserstein":
            return wasserstein(mixed, self.humans, options, self.positions)
        model, humans = (
            normalised_variance(p, options, self.positions) for p in (mixed, self.humans)
        )
        return np.abs(model - humans)

    def _record(
        self, tried: _Tried, steps: list[_Step], chosen_on: IntArray, bounds: tuple[float, float]
    ) -> Calibration:
        n_groups, each = len(self.groups), np.arange(len(steps))
        known = chosen_on > 0
        flat = np.array([step.flat for step in steps])
        chosen = np.array([step.best for step in steps])
        place = tried.at(chosen)
        at_bound = np.array([step.at_bound for step in steps])
        found = tried.found
        return Calibration(
            temperature=np.tile(np.where(known, chosen, np.nan), (n_groups, 1)),
            shares=np.where(known[:, None], found.shares[place, :, each].swapaxes(0, 1), np.nan),
            loss=np.where(known, tried.losses[place, :, each].T, np.nan),
            loss_before=tried.losses[tried.at(1.0)],
            chosen_on=np.tile(chosen_on, (n_groups, 1)),
            at_bound=np.tile(known & at_bound, (n_groups, 1)),
            undetermined=np.tile(known & flat, (n_groups, 1)),
            personas=found.personas,
            missing=found.missing,
            degenerate=found.degenerate,
            unconverged=found.unconverged.max(axis=0),
            bounds=bounds,
        )
