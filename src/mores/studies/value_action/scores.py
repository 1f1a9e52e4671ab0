"""Scores of a value–action study as one array, and groups of pairs over which measures are taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mores.measures.alignment import (
    alignment_distance,
    distance_bounds,
    majority_sign,
    mean_score,
)

if TYPE_CHECKING:
    import polars as pl

    from mores.studies.value_action.materials import Materials

__all__ = ["ALL_PERSONAS", "Group", "Scores", "by_category", "by_persona"]

FloatArray = NDArray[np.float64]
ALL_PERSONAS = "all personas"


@dataclass(frozen=True, slots=True)
class Group:
    """A set of arms that a row of a table speaks of.

    Attributes
    ----------
    category, persona, rendering : str
        What to call it; ``persona`` is empty for a category.
    arms : tuple of int
        Indices of its arms.
    baseline : bool
        Whether it is the baseline itself.
    """

    category: str
    persona: str
    rendering: str
    arms: tuple[int, ...]
    baseline: bool


@dataclass(frozen=True)
class Scores:
    """Scores of all asked dilemmas.

    Attributes
    ----------
    scores : ndarray, shape (D, A, 2, R)
        Score of each dilemma, arm, question (value, action) and repeat, -1 … 1; NaN where there is no
        coded answer.
    options : int16 ndarray, shape (D, A, 2, R)
        Index of the chosen option in the instrument's own order; -1 where there is no coded answer.
    baseline : int or None
        Index of the arm without a persona.
    ranges : pair of (lowest, highest)
        Of the scores of the value scale and of the actions.
    """

    scores: FloatArray
    options: NDArray[np.int16]
    baseline: int | None
    ranges: tuple[tuple[float, float], tuple[float, float]]

    @classmethod
    def of(cls, study: Materials, answers: pl.DataFrame) -> Scores:
        """Arrange `answers` (one row a trial, with columns trial, score and option)."""
        shape = (len(study.dilemmas), len(study.arms), 2, study.file.asking.repeats)
        trials = answers["trial"].to_numpy()
        scores = np.full(np.prod(shape), np.nan)
        scores[trials] = answers["score"].cast(float).fill_null(np.nan).to_numpy()
        options = np.full(np.prod(shape), -1, np.int16)
        options[trials] = answers["option"].fill_null(-1).to_numpy()
        without = [i for i, arm in enumerate(study.arms) if arm.persona.configuration is None]
        scales = [option.score for option in study.value_scale.options], study.action_scores
        low, high = ((min(scale), max(scale)) for scale in scales)
        return cls(
            scores.reshape(shape)[study.chosen],
            options.reshape(shape)[study.chosen],
            without[0] if without else None,
            (low, high),
        )

    @cached_property
    def value(self) -> FloatArray:
        """Mean stated value of each pair, shape (D, A)."""
        return mean_score(self.scores[:, :, 0])

    @cached_property
    def action(self) -> FloatArray:
        """Mean chosen action of each pair, shape (D, A)."""
        return mean_score(self.scores[:, :, 1])

    @cached_property
    def distance(self) -> FloatArray:
        """Alignment distance of each pair, shape (D, A), 0 … 2; NaN unless both are coded."""
        return alignment_distance(self.value, self.action)

    @cached_property
    def distance_bounds(self) -> tuple[FloatArray, FloatArray]:
        """Smallest and largest distance of each pair whatever its missing repeats are, (D, A)."""
        value, action = self.scores[:, :, 0], self.scores[:, :, 1]
        return distance_bounds(value, action, *self.ranges)

    @cached_property
    def signs(self) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Majority signs of value and action of each pair, shapes (D, A); 0 where undecided."""
        return majority_sign(self.scores[:, :, 0]), majority_sign(self.scores[:, :, 1])


def by_persona(study: Materials) -> Iterator[Group]:
    """The baseline, then every persona in every rendering."""
    for index, arm in enumerate(study.arms):
        persona = arm.persona
        yield Group(
            persona.category, persona.id, arm.rendering, (index,), persona.configuration is None
        )


def by_category(study: Materials) -> Iterator[Group]:
    """The baseline, every category of personas in every rendering, then all personas together."""
    members: dict[tuple[str, str], list[int]] = {}
    for group in by_persona(study):
        members.setdefault((group.category, group.rendering), []).extend(group.arms)
    renderings: dict[str, list[int]] = {}
    for (category, rendering), arms in members.items():
        baseline = study.arms[arms[0]].persona.configuration is None
        yield Group(category, "", rendering, tuple(arms), baseline)
        if not baseline:
            renderings.setdefault(rendering, []).extend(arms)
    for rendering, arms in renderings.items():
        yield Group(ALL_PERSONAS, "", rendering, tuple(arms), False)
