"""From stored replies to `answers`: one row a request, coded anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.fieldwork.store import AnswerStore, StoredReply
from mores.keys import key_text
from mores.studies.study import ReadsMore, StudyDesign

__all__ = [
    "COLUMNS",
    "PORTION",
    "Portion",
    "coded",
    "collect",
    "collected",
    "last_attempts",
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


def last_attempts(
    chunks: Iterable[list[StoredReply]],
) -> Iterator[list[tuple[StoredReply, int, int]]]:
    """The last attempt of each trial, with prompt and completion tokens over all its attempts.

    Chunks come in the order of the design, so that only one trial is held back at a time.
    """
    held: StoredReply | None = None
    prompt = completion = 0
    for chunk in chunks:
        out = []
        for item in chunk:
            if held is not None and held.trial != item.trial:
                out.append((held, prompt, completion))
                prompt = completion = 0
            held = item
            prompt += item.reply.prompt_tokens or 0
            completion += item.reply.completion_tokens or 0
        yield out
    if held is not None:
        yield [(held, prompt, completion)]


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
        yield _named(_frame(design, []), study, model, language)


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
    first, last = int(trials[0]), int(trials[-1])
    some = set(trials.tolist()) if len(trials) <= last - first else None
    for chunk in last_attempts(store.read(trials=(first, last + 1))):
        rows = [row for row in chunk if some is None or row[0].trial in some]
        if rows:
            yield _named(_frame(design, rows), study, model, language)


def _named(answers: pl.DataFrame, study: str, model: str, language: str) -> pl.DataFrame:
    answers = answers.with_columns(study=pl.lit(study), model=pl.lit(model))
    for name, value in (("language", language), ("country", None)):
        if name not in answers.columns:
            answers = answers.with_columns(pl.lit(value, pl.String).alias(name))
    return answers.select(*COLUMNS, pl.exclude(*COLUMNS))


def _frame(design: StudyDesign, rows: list[tuple[StoredReply, int, int]]) -> pl.DataFrame:
    outcomes = [design.code(item.trial, item.attempt, item.reply) for item, _, _ in rows]
    trials = np.array([item.trial for item, _, _ in rows], np.int64)
    options = np.array([-1 if o.option is None else o.option for o in outcomes], np.int64)
    replies = [item.reply for item, _, _ in rows]
    columns = {
        "key": pl.Series([key_text(item.key) for item, _, _ in rows], dtype=pl.String),
        "status": pl.Series([str(o.status) for o in outcomes], dtype=pl.String),
        "option": pl.Series(options, dtype=pl.Int16).replace(-1, None),
        "probabilities": _lists([o.probabilities for o in outcomes]),
        "allowed_mass": pl.Series([o.allowed_mass for o in outcomes], dtype=pl.Float64),
        "unseen": pl.Series([o.unseen for o in outcomes], dtype=pl.Float64),
        "text": pl.Series([_valid(r.text) for r in replies], dtype=pl.String),
        "reason": pl.Series([_valid(o.reason) for o in outcomes], dtype=pl.String),
        "prompt_tokens": pl.Series([p for _, p, _ in rows], dtype=pl.Int64),
        "completion_tokens": pl.Series([c for _, _, c in rows], dtype=pl.Int64),
        "seconds": pl.Series([r.seconds for r in replies], dtype=pl.Float64),
        "attempts": pl.Series([item.attempt + 1 for item, _, _ in rows], dtype=pl.Int16),
        "finish": pl.Series([r.finish for r in replies], dtype=pl.String),
    }
    parts = [design.columns(trials), pl.DataFrame(columns), design.outcomes(trials, options)]
    if isinstance(design, ReadsMore):
        parts.append(design.readings(outcomes))
    return pl.concat(parts, how="horizontal")


def _lists(told: Sequence[Sequence[float]]) -> pl.Series:
    """Lists of 32-bit numbers, null where there are none."""
    lengths = np.array([len(values) for values in told], np.int64)
    row = np.repeat(np.arange(len(told)), lengths)
    flat = np.fromiter(chain.from_iterable(told), np.float64, len(row)).astype(np.float32)
    lists = pl.DataFrame({"row": row, "p": flat}).group_by("row", maintain_order=True).agg("p")["p"]
    place = pl.Series(np.where(lengths > 0, np.cumsum(lengths > 0) - 1, -1)).replace(-1, None)
    return lists.gather(place)


def _valid(text: str | None) -> str | None:
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
