"""A model's answers in arrays, filled as they are coded.

Axes are prompts (P: the model without a persona, then every form of every configuration), questions (Q)
and options (K, of the longest scale).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.instruments.mfq2 import FOUNDATIONS
from mores.measures.ratio import ratio
from mores.prompts.level_prompts import SCORES
from mores.studies.grounded_personas.file import Form
from mores.studies.grounded_personas.materials import LEVELS, Materials
from mores.studies.grounded_personas.questions import Question

__all__ = ["Collector", "Responses"]

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

STATUSES = ("coded", "refused", "uncoded", "failed")


@dataclass(frozen=True, eq=False)
class Responses:
    """A model's answers.

    Attributes
    ----------
    model : str
        Its label.
    questions : tuple of Question
    forms : tuple of str
        What personas are told.
    configurations : ndarray of int64, shape (N,)
        Ascending.
    levels : ndarray of int8, shape (N, 10)
    shares : mapping of form or "none" to ndarray of float32, shape (N or 1, Q, K)
        P(option | one of the options), averaged over orders and repeats; 0 beyond a question's last
        option; all NaN where nothing was coded.
    matrix : ndarray of float64, shape (32, 6)
        Expected score, 1 … 5, of each level on each foundation; NaN where it was not asked or coded.
    counts : polars.DataFrame
        Replies by ``form``, ``battery`` and ``status``, and the sums of allowed mass.
    """

    model: str
    questions: tuple[Question, ...]
    forms: tuple[Form, ...]
    configurations: IntArray
    levels: NDArray[np.int8]
    shares: Mapping[str, SingleArray]
    matrix: FloatArray
    counts: pl.DataFrame

    def of(self, battery: str) -> IntArray:
        """Places of a battery's questions on the axis Q."""
        return np.array(
            [q for q, question in enumerate(self.questions) if battery in question.batteries],
            np.int64,
        )

    @property
    def n_options(self) -> IntArray:
        """Options of each question, shape (Q,)."""
        return np.array([len(question.codes) for question in self.questions], np.int64)


@dataclass
class Collector:
    """Fills `Responses` from answers that come in parts; what is asked in text beside is left aside."""

    materials: Materials
    model: str
    _sums: SingleArray = field(init=False)
    _times: NDArray[np.uint16] = field(init=False)
    _levels: FloatArray = field(init=False)
    _counts: list[pl.DataFrame] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        known = self.materials
        width = max(len(question.codes) for question in known.questions)
        size = (len(known.prompts), len(known.questions))
        self._sums = np.zeros((*size, width), np.float32)
        self._times = np.zeros(size, np.uint16)
        self._levels = np.zeros((len(LEVELS) * len(FOUNDATIONS), 2))

    def add(self, answers: pl.DataFrame) -> None:
        """Further answers, one row a request."""
        keys = ["form", "battery", "status", "elicitation"]
        self._counts.append(
            answers.select(*(pl.col(k).cast(pl.String) for k in keys), "allowed_mass")
            .group_by(keys, maintain_order=True)
            .agg(n=pl.len(), allowed=pl.col("allowed_mass").sum())
        )
        main = self.materials.file.asking.elicitation
        coded = answers.filter(pl.col("option").is_not_null() & (pl.col("elicitation") == main))
        self._add_levels(coded.filter(pl.col("prompt") < 0))
        self._add_questions(coded.filter(pl.col("prompt") >= 0))

    def _add_levels(self, coded: pl.DataFrame) -> None:
        if not len(coded):
            return
        scores = np.array([float(score) for score in SCORES])
        for trial, told, score in coded.select("trial", "probabilities", "score").iter_rows():
            value = float(scores @ np.array(told)) if told is not None else score
            self._levels[trial] += (value, 1.0)

    def _add_questions(self, coded: pl.DataFrame) -> None:
        if not len(coded):
            return
        known = self.materials
        place = {question.id: q for q, question in enumerate(known.questions)}
        row = np.searchsorted(known.prompts, coded["prompt"].to_numpy())
        ids = coded["question"].cast(pl.String)
        column = ids.replace_strict(place, return_dtype=pl.Int64).to_numpy()
        np.add.at(self._times, (row, column), 1)
        given = coded["probabilities"]
        if self.materials.file.asking.elicitation == "probabilities":
            lengths = given.list.len().to_numpy().astype(np.int64)
            option = np.arange(int(lengths.sum())) - np.repeat(
                np.cumsum(lengths) - lengths, lengths
            )
            at = (np.repeat(row, lengths), np.repeat(column, lengths), option)
            np.add.at(self._sums, at, given.explode().to_numpy())
        else:
            np.add.at(self._sums, (row, column, coded["option"].to_numpy()), 1.0)

    def responses(self) -> Responses:
        """All that was added."""
        known = self.materials
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.asarray(self._sums / self._times[..., None], np.float32)
        told: dict[str, SingleArray] = {"none": shares[:1]}
        start = 1
        for form in known.forms:
            asked = known.of_form(form)
            rows = shares[start : start + len(asked)]
            start += len(asked)
            if len(asked) < len(known.ascending):  # those without a biography have no answers
                all_ = np.full((len(known.ascending), *rows.shape[1:]), np.nan, np.float32)
                all_[np.searchsorted(known.ascending, asked)] = rows
                rows = all_
            told[form] = rows
        matrix = ratio(self._levels[:, 0], self._levels[:, 1]).reshape(
            len(LEVELS), len(FOUNDATIONS)
        )
        keys = ["form", "battery", "status", "elicitation"]
        counts = pl.concat(self._counts).group_by(keys, maintain_order=True).sum()
        return Responses(
            self.model,
            known.questions,
            known.forms,
            known.ascending,
            known.levels,
            told,
            matrix,
            counts,
        )
