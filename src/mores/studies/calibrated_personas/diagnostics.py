"""How far the answers are to be trusted: places of options, text beside probabilities, little mass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.measures.proportions import share_interval
from mores.measures.ratio import ratio
from mores.measures.resampling import ClusterBootstrap, cluster_sums, interval_of
from mores.studies.calibrated_personas.frames import Columns, stacked
from mores.studies.calibrated_personas.people import Drawn, People
from mores.studies.calibrated_personas.predicting import compared
from mores.studies.calibrated_personas.question_intervals import QuestionBootstrap, known_mean
from mores.studies.calibrated_personas.responses import Observed, Responses

__all__ = ["THRESHOLDS", "mass_sensitivity", "position_effect", "text_agreement"]

FloatArray = NDArray[np.float64]

THRESHOLDS = (0.90, 0.95, 0.99)
"""Probabilities of an answer that is an option."""

_CONDITION = ("arm", "guidance", "descriptors")
_KEYS = (*_CONDITION, "prompt", "question")
_TIE = 1e-9
"""Options whose probabilities differ by less are both modal."""

_POSITIONS: Columns = {
    "model": pl.String,
    **dict.fromkeys(_CONDITION, pl.String),
    "place": pl.Int64,
    "options": pl.Int64,
    "mass": pl.Float64,
    "expected": pl.Float64,
    "difference": pl.Float64,
    "n": pl.Int64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
}
_AGREEMENT: Columns = {
    "model": pl.String,
    **dict.fromkeys(_CONDITION, pl.String),
    "n": pl.Int64,
    "agreement": pl.Float64,
    "agreement_low": pl.Float64,
    "agreement_high": pl.Float64,
    "expected": pl.Float64,
    "asked": pl.Int64,
    "uncoded": pl.Int64,
}
_SENSITIVITY: Columns = {
    "model": pl.String,
    **dict.fromkeys(_CONDITION, pl.String),
    "threshold": pl.Float64,
    "kept": pl.Float64,
    "mae": pl.Float64,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
    "cells": pl.Int64,
    "cells_kept": pl.Int64,
}


def position_effect(
    answers: pl.DataFrame,
    model: str,
    *,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> pl.DataFrame:
    """Mass of the option shown at each place against that of the same options over all orders.

    Parameters
    ----------
    answers : polars.DataFrame
        One row an answer: ``arm guidance descriptors prompt question``, ``order`` (list of int,
        ``order[shown] = original``) and ``probabilities`` (list of float, in the instrument's order;
        null where nothing was coded). Repeats of an order are averaged.
    model : str
        First column of the table.
    draws, level, seed
        Of the bootstrap over questions.

    Returns
    -------
    polars.DataFrame
        One row a condition, number of `options` and `place`, from 0 as shown, of the prompts and
        questions that were answered in more than one order; where every prompt shows one order, as in
        a Latin square, of the questions that prompts show in several. `mass` is the mean share at that
        place, `expected` the mean of what these options have over all orders; their `difference` is 0
        for a model that does not mind places. `n` counts answers, repeats averaged. The interval is
        over questions; null for a single one.
    """
    blocks = []
    for (*condition, options), found in _by_places(answers):
        sums = {name: np.stack([one[name] for one in found.values()]) for name in _SUMMED}
        number = sums["n"]
        apart = sums["mass"] - sums["expected"]
        resampled = ClusterBootstrap.draw(len(number), draws, seed).mean(apart, number)
        ends = interval_of(resampled, level, len(number))
        n = number.sum(axis=0)
        blocks.append(
            {
                "model": model,
                **dict(zip(_CONDITION, condition, strict=True)),
                "place": np.arange(options),
                "options": options,
                **{name: ratio(sums[name].sum(axis=0), n) for name in ("mass", "expected")},
                "difference": ratio(apart.sum(axis=0), n),
                "n": n,
                "difference_low": ends.low,
                "difference_high": ends.high,
            }
        )
    return stacked(blocks, _POSITIONS)


_SUMMED = ("mass", "expected", "n")


def _by_places(
    answers: pl.DataFrame,
) -> list[tuple[tuple[Any, ...], dict[str, dict[str, FloatArray]]]]:
    """Condition and number of options, as they come first; then by question sums over its answers.

    A question at a time, since an answer takes up a row for each option.
    """
    rows = answers.select(*_KEYS, "order", "probabilities").with_row_index("row")
    first: dict[tuple[Any, ...], int] = {}
    sums: dict[tuple[Any, ...], dict[str, dict[str, FloatArray]]] = {}
    for question in sorted(map(str, rows["question"].unique())):
        moved = _in_places(rows.filter(pl.col("question") == question))
        for names, cells in moved.group_by(*_CONDITION, "options", maintain_order=True):
            place, size = cells["place"].to_numpy(), int(names[-1])
            found = {}
            for name in ("mass", "expected"):
                found[name], found["n"] = cluster_sums(cells[name].to_numpy(), place, size)
            sums.setdefault(names, {})[question] = found
            begin = int(cells["row"].min())  # type: ignore[arg-type]
            first[names] = min(begin, first.get(names, begin))
    return [(names, sums[names]) for names in sorted(sums, key=first.__getitem__)]


def _in_places(answers: pl.DataFrame) -> pl.DataFrame:
    """One row an option of an answer asked in several orders: place, mass and what is expected."""
    coded = answers.filter(_is_distribution(), pl.col("order").list.len() == _n_options())
    shown = (
        coded.select(
            "row",
            *_KEYS,
            _written_order(),
            options=_n_options().cast(pl.Int64),
            option=pl.col("order").cast(pl.List(pl.Int64)),
            place=pl.int_ranges(0, _n_options()),
            mass=pl.col("probabilities").list.gather(
                pl.col("order").cast(pl.List(pl.Int64)), null_on_oob=True
            ),
        )
        .explode("option", "place", "mass")
        .group_by(*_KEYS, "written", "options", "option", "place", maintain_order=True)
        .agg(pl.col("mass").mean(), pl.col("row").first())
    )
    asked = (*_CONDITION, "question")
    orders = pl.col("written").n_unique()
    everywhere = shown.with_columns(
        within=orders.over(*_KEYS),
        expected=pl.col("mass").mean().over(*_KEYS, "option"),
        between=orders.over(*asked),
        expected_between=pl.col("mass").mean().over(*asked, "option"),
    ).with_columns(between=(pl.col("within").max().over(*asked) == 1) & (pl.col("between") > 1))
    return everywhere.filter((pl.col("within") > 1) | pl.col("between")).with_columns(
        expected=pl.when("between").then("expected_between").otherwise("expected")
    )


def text_agreement(
    answers: pl.DataFrame, texts: pl.DataFrame, model: str, *, level: float = 0.95
) -> pl.DataFrame:
    """How often an answer written as text is the option that the probabilities call the likeliest.

    Parameters
    ----------
    answers : polars.DataFrame
        Option probabilities, one row an answer: ``arm guidance descriptors prompt question order
        probabilities``, as for `position_effect`. Repeats are averaged.
    texts : polars.DataFrame
        The same asked as text: ``prompt question order`` and ``option``, the number of the option in
        the instrument's order, null where none was coded; ``arm guidance descriptors`` too where it
        has them, of which all are matched.
    model : str
        First column of the table.
    level : float
        Nominal coverage of Wilson's interval, which takes answers for independent.

    Returns
    -------
    polars.DataFrame
        One row a condition. `n` texts have an option and probabilities for the same prompt, question
        and order; `agreement` is the share of them whose option is modal (any of several), `expected`
        the share that would be if each were drawn from its probabilities. `asked` are all texts of
        the condition with probabilities, of which `uncoded` have no option.
    """
    keys = [name for name in _KEYS if name in texts.columns]
    modal = _modal(answers.join(texts, on=keys, how="semi", maintain_order="left"))
    joined = modal.join(
        texts.select(*keys, _written_order(), text=pl.col("option").cast(pl.Int64)),
        on=[*keys, "written"],
        how="inner",
        maintain_order="left",
    )
    inside = (pl.col("text") >= 0) & (pl.col("text") < pl.col("probabilities").list.len())
    found = (
        joined.with_columns(inside=inside.fill_null(False))
        .with_columns(text=pl.when("inside").then("text"))
        .with_columns(
            agrees=pl.col("probabilities").list.get(pl.col("text"))
            >= pl.col("probabilities").list.max() - _TIE
        )
        .group_by(*_CONDITION, maintain_order=True)
        .agg(
            n=pl.col("inside").sum().cast(pl.Int64),
            agreeing=pl.col("agrees").sum().cast(pl.Int64),
            expected=pl.col("expected").filter("inside").mean(),
            asked=pl.len().cast(pl.Int64),
        )
    )
    count, n = found["agreeing"].to_numpy(), found["n"].to_numpy()
    ends = share_interval(count, n, level)
    block = {
        "model": model,
        **{name: found[name].to_list() for name in (*_CONDITION, "n", "expected", "asked")},
        "agreement": ratio(count, n),
        "agreement_low": ends.low,
        "agreement_high": ends.high,
        "uncoded": found["asked"].to_numpy() - n,
    }
    return stacked([block], _AGREEMENT)


def _modal(answers: pl.DataFrame) -> pl.DataFrame:
    """Distributions by prompt, question and order, and the mass of their modal options."""
    place = pl.int_ranges(0, _n_options()).alias("place")
    averaged = (
        answers.filter(_is_distribution())
        .select(*_KEYS, _written_order(), "probabilities", place)
        .explode("probabilities", "place")
        .group_by(*_KEYS, "written", "place", maintain_order=True)
        .agg(pl.col("probabilities").mean())
        .group_by(*_KEYS, "written", maintain_order=True)
        .agg(pl.col("probabilities").sort_by("place"))
    )
    element = pl.element()
    return averaged.with_columns(
        expected=pl.col("probabilities")
        .list.eval(pl.when(element >= element.max() - _TIE).then(element).otherwise(0.0))
        .list.sum()
    )


def _n_options() -> pl.Expr:
    return pl.col("probabilities").list.len()


def _is_distribution() -> pl.Expr:
    """Whether there are probabilities, and none is missing."""
    probabilities = pl.col("probabilities")
    whole = probabilities.list.eval(pl.element().is_not_null() & pl.element().is_not_nan())
    return probabilities.is_not_null() & (probabilities.list.len() > 1) & whole.list.all()


def _written_order() -> pl.Expr:
    """The order as a string, which keys of any version can be."""
    return pl.col("order").cast(pl.List(pl.String)).list.join(",").alias("written")


def mass_sensitivity(
    responses: Responses,
    observed: Observed,
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> pl.DataFrame:
    """Mean absolute error if only answers are kept whose mass on the options is large enough.

    Parameters
    ----------
    responses, observed
        The model's and the humans' answers.
    thresholds : sequence of float
        Least probability of an answer that is an option, 0 … 1.
    draws, level, seed
        Of the bootstrap over questions.

    Returns
    -------
    polars.DataFrame
        One row a condition and threshold. `kept`: share of the personas' coded answers, to questions
        that are used, that are kept; an answer whose mass is not known is not. `mae` is over
        the `cells_kept`, questions in countries, of the `cells`, in which any is; `difference`, that
        less the error with all answers, is over the same, with an interval over questions. Null:
        nothing kept, or the mass of no answer is known.
    """
    questions = QuestionBootstrap.draw(len(responses.questions), draws, level, seed)
    blocks = []
    for condition in responses.conditions:
        samples = People.of(responses, condition).samples
        every = _error(responses, observed, samples, None)
        rows = [_row(responses, observed, samples, every, t, questions) for t in thresholds]
        names = {name: getattr(condition, name) for name in _CONDITION}
        if rows:
            blocks.append(
                {"model": responses.model}
                | names
                | {name: [row[name] for row in rows] for name in rows[0]}
            )
    return stacked(blocks, _SENSITIVITY)


def _row(
    responses: Responses,
    observed: Observed,
    samples: dict[int, Drawn],
    every: FloatArray,
    threshold: float,
    questions: QuestionBootstrap,
) -> dict[str, Any]:
    number = np.zeros(3)  # of answers: coded, of known mass, kept
    for c, sample in samples.items():
        coded = sample.coded & observed.used[c]
        mass = responses.allowed[sample.prompts]
        kinds = (coded, coded & ~np.isnan(mass), coded & (mass >= np.float32(threshold)))
        number += [float((sample.counts @ kind).sum()) for kind in kinds]
    error = _error(responses, observed, samples, threshold)
    change = error - every
    ends = questions.over_countries(change)
    return {
        "threshold": threshold,
        "kept": number[2] / number[0] if number[1] else None,
        "mae": float(known_mean(known_mean(error))),
        "difference": float(known_mean(known_mean(change))),
        "difference_low": float(ends.low),
        "difference_high": float(ends.high),
        "cells": int((~np.isnan(every)).sum()),
        "cells_kept": int((~np.isnan(error)).sum()),
    }


def _error(
    responses: Responses,
    observed: Observed,
    samples: dict[int, Drawn],
    threshold: float | None,
) -> FloatArray:
    """Absolute errors (C, Q) from answers of at least that mass; of all if None."""
    shares = np.full(observed.shares.shape, np.nan)
    for c, sample in samples.items():
        kept = sample.shares
        if threshold is not None:
            # Masses are of single precision, in which 0.95 is a little less than it is in double.
            enough = responses.allowed[sample.prompts] >= np.float32(threshold)
            kept = np.where(enough[..., None], kept, np.nan)
        shares[c] = sample.mean(kept)
    return compared(shares, responses, observed).error
