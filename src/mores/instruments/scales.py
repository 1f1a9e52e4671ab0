"""Ordered answer scales: the shipped ones and those that a study defines inline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from numbers import Real
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError
from mores.instruments.datafiles import read_data
from mores.instruments.labels import slug
from mores.instruments.texts import is_label
from mores.instruments.validation import listed_problems, shown

__all__ = ["MAX_OPTIONS", "MIN_OPTIONS", "Scale", "ScaleOption", "own_scale", "scales"]

MIN_OPTIONS = 2
MAX_OPTIONS = 26
"""Options are shown under the letters A to Z."""

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class ScaleOption:
    """One step of a scale.

    Attributes
    ----------
    id : str
        Unique within the scale; what tables call the option.
    label : str
        What a respondent reads.
    score : float
        Where it stands, -1 … 1; positive agrees or aligns, negative disagrees or opposes.
    """

    __pydantic_config__ = _STRICT

    id: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Scale:
    """An answer scale.

    Attributes
    ----------
    id : str
        Name of the scale.
    options : tuple of ScaleOption
        In scale order, 2 … 26 of them.
    """

    __pydantic_config__ = _STRICT

    id: str
    options: tuple[ScaleOption, ...]

    @property
    def scores(self) -> tuple[float, ...]:
        """The options' scores in scale order."""
        return tuple(option.score for option in self.options)

    @property
    def labels(self) -> tuple[str, ...]:
        """The options' labels in scale order."""
        return tuple(option.label for option in self.options)


@dataclass(frozen=True, slots=True)
class _ScalesFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    scales: tuple[Scale, ...]


@cache
def scales() -> Mapping[str, Scale]:
    """The shipped scales by id: ``agreement-6`` and ``action-6``.

    Returns
    -------
    mapping of str to Scale
        Read-only; read once and kept.

    Raises
    ------
    InstrumentError
        If the package's data file is damaged.
    """
    file = read_data("mores.instruments", "scales.toml", TypeAdapter(_ScalesFile))
    for scale in file.scales:
        _check(f"scales.toml, {scale.id!r}", scale.labels, scale.scores)
    return MappingProxyType({scale.id: scale for scale in file.scales})


def own_scale(name: str, labels: Sequence[str], scores: Sequence[float]) -> Scale:
    """A scale from labels and scores of one's own.

    Parameters
    ----------
    name : str
        Id of the new scale.
    labels : sequence of str
        What a respondent reads, in scale order; 2 … 26, no two alike but for case or spacing.
    scores : sequence of float
        One finite number in -1 … 1 a label, at least one above and one below zero. Zero is a middle
        category that neither agrees nor disagrees.

    Returns
    -------
    Scale
        With option ids made of the labels, or ``option-1`` … where those would not be unique.

    Raises
    ------
    InstrumentError
        With every problem found.

    Examples
    --------
    >>> own_scale("yes-no", ["yes", "no"], [1, -1]).scores
    (1.0, -1.0)
    """
    if isinstance(labels, str) or isinstance(scores, str):
        raise InstrumentError(
            f"scale {name!r}: labels and scores must be lists, not text; write "
            '["agree", "disagree"] and [1, -1]'
        )
    _check(f"scale {name!r}", labels, scores)
    options = zip(_option_ids(labels), labels, scores, strict=True)
    return Scale(name, tuple(ScaleOption(key, text, float(x)) for key, text, x in options))


def _option_ids(labels: Sequence[str]) -> list[str]:
    ids = [slug(label) for label in labels]
    # Labels such as + and -, or 1 and -1, differ in nothing that an id is made of.
    if "" in ids or len(set(ids)) < len(ids):
        return [f"option-{place}" for place in range(1, len(labels) + 1)]
    return ids


def _check(heading: str, labels: Sequence[str], scores: Sequence[float]) -> None:
    problems = [*_label_problems(labels), *_score_problems(scores)]
    if len(labels) != len(scores):
        problems.append(f"{len(labels)} labels and {len(scores)} scores; give each label one score")
    if problems:
        raise InstrumentError(listed_problems(heading, problems, "correct the scale"))


def _label_problems(labels: Sequence[str]) -> list[str]:
    problems = []
    if not MIN_OPTIONS <= len(labels) <= MAX_OPTIONS:
        problems.append(f"{len(labels)} options; allowed: {MIN_OPTIONS} to {MAX_OPTIONS}")
    seen: dict[str, str] = {}
    for place, label in enumerate(labels, start=1):
        if not isinstance(label, str) or not is_label(label):
            problems.append(f"label {place} is {shown(label)}; it must be one short line of text")
            continue
        # Signs count here: -1 and 1 are two labels.
        form = " ".join(label.casefold().split())
        if form in seen:
            problems.append(
                f"label {place}, {label!r}, reads as {seen[form]!r} does; labels must be unique"
            )
        seen.setdefault(form, label)
    return problems


def _score_problems(scores: Sequence[float]) -> list[str]:
    problems = []
    for place, score in enumerate(scores, start=1):
        number = isinstance(score, Real) and not isinstance(score, bool)
        if not number or not -1 <= score <= 1:
            problems.append(f"score {place} is {shown(score)}; allowed: a number from -1 to 1")
    if not problems and len(scores) and not (max(scores) > 0 > min(scores)):
        problems.append(
            f"the scores run from {min(scores)} to {max(scores)}; at least one must be above 0 "
            "(agrees) and one below 0 (disagrees)"
        )
    return problems
