"""From stored replies to `answers`: one row a request, coded anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.fieldwork.last_replies import LastReplies
from mores.fieldwork.store import AnswerStore
from mores.keys import key_text
from mores.studies.coded_replies import coded_replies
from mores.studies.study import ReadsMore, StudyDesign

__all__ = [
    "COLUMNS",
    "PORTION",
    "coded",
    "collect",
    "collected",
    "portions",
]

PORTION = 65_536
"""Trials whose rows are coded and written together."""

Portion: TypeAlias = NDArray[np.int64]
"""Numbers of trials, ascending."""


COLUMNS = (
    *("key", "study", "unit", "question", "persona", "category", "framing", "language", "country"),
    *("repeat", "model", "status", "option", "score", "probabilities", "allowed_mass"),
    *("text", "reason", "prompt_tokens", "completion_tokens", "seconds"),
)
"""The columns that every study's answers begin with."""


def collect(
    design: StudyDesign, store: AnswerStore, study: str, model: str, language: str
) -> pl.DataFrame:
    r"""Code every stored reply of the selected trials.

    Parameters
    ----------
    design : StudyDesign
        The design that was asked.
    store : AnswerStore
        Its answers.
    study, model, language : str
        What to write into the columns of these names; the language only where the design does not
        tell each trial's.

    Returns
    -------
    polars.DataFrame
        One row a request, in the order of the design: `COLUMNS`, then ``unseen`` and the study's own.
        `option` is the index in the instrument's own order, `score` its score; both null unless
        coded. `probabilities`, `allowed_mass` and `unseen` are those of `mores.records.Outcome`, null
        for a text answer. A lone surrogate in `text` and `reason` is written as its escape,
        ``\udXXX``.
    """
    frames = list(collected(design, store, study, model, language))
    return pl.concat(frames)


def collected(
    design: StudyDesign, store: AnswerStore, study: str, model: str, language: str
) -> Iterator[pl.DataFrame]:
    """The rows of `collect` in parts, of which one is held at a time; at least one, if it is empty."""
    empty = True
    for trials in portions(design):
        for part in coded(design, store, trials, study, model, language):
            empty = False
            yield part
    if empty:
        yield _named(_frame(design, LastReplies.of([])), study, model, language)


def portions(design: StudyDesign, length: int = PORTION) -> Iterator[Portion]:
    """The selected trials, ascending, about `length` at a time; never an empty portion."""
    held: list[Portion] = []
    for block in design.blocks(length):
        held.append(block)
        if sum(map(len, held)) >= length:
            yield np.concatenate(held)
            held = []
    if any(map(len, held)):
        yield np.concatenate(held)


def coded(
    design: StudyDesign,
    store: AnswerStore,
    trials: Portion,
    study: str,
    model: str,
    language: str,
) -> Iterator[pl.DataFrame]:
    """The rows of `collect` of some trials, ascending; none where no reply is stored."""
    for found in store.last((int(trials[0]), int(trials[-1]) + 1)):
        rows = found.among(trials)
        if len(rows):
            yield _named(_frame(design, rows), study, model, language)


def _named(answers: pl.DataFrame, study: str, model: str, language: str) -> pl.DataFrame:
    answers = answers.with_columns(study=pl.lit(study), model=pl.lit(model))
    for name, value in (("language", language), ("country", None)):
        if name not in answers.columns:
            answers = answers.with_columns(pl.lit(value, pl.String).alias(name))
    return answers.select(*COLUMNS, pl.exclude(*COLUMNS))


def _frame(design: StudyDesign, found: LastReplies) -> pl.DataFrame:
    outcomes = coded_replies(design, found)
    texts = [_valid(text) for text in found.texts()]
    columns = {
        "key": pl.Series(map(key_text, found.column("key")), dtype=pl.String),
        **outcomes.columns(),
        "text": pl.Series(texts, dtype=pl.String),
        "prompt_tokens": found.prompt_tokens,
        "completion_tokens": found.completion_tokens,
        "seconds": pl.Series(found.column("seconds"), dtype=pl.Float64),
        "attempts": (found.attempts + 1).astype(np.int16),
        "finish": pl.Series(found.column("finish"), dtype=pl.String),
    }
    parts = [design.columns(found.trials), pl.DataFrame(columns)]
    parts.append(design.outcomes(found.trials, outcomes.options))
    if isinstance(design, ReadsMore):
        parts.append(design.readings(outcomes.told))
    return pl.concat(parts, how="horizontal")


def _valid(text: str | None) -> str | None:
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
