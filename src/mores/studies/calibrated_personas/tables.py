"""All tables of a calibrated-personas study, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import polars as pl

from mores.instruments.survey import Item
from mores.studies.calibrated_personas.baselines import baselines, split_half
from mores.studies.calibrated_personas.calibrating import calibration, temperatures
from mores.studies.calibrated_personas.collecting import responses
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.diagnostics import (
    mass_sensitivity,
    position_effect,
    text_agreement,
)
from mores.studies.calibrated_personas.entries import ALL
from mores.studies.calibrated_personas.errors import errors, errors_by_country
from mores.studies.calibrated_personas.importance import shapley
from mores.studies.calibrated_personas.placing import place
from mores.studies.calibrated_personas.predicting import predictions
from mores.studies.calibrated_personas.responses import Responses
from mores.studies.calibrated_personas.samples import sample_size
from mores.studies.calibrated_personas.testing import tests

if TYPE_CHECKING:
    from mores.studies.calibrated_personas.materials import Materials

__all__ = ["requests", "tables", "targets_answered"]


class Drawing(TypedDict):
    """How intervals are drawn."""

    draws: int
    level: float
    seed: int


_CELL = ("arm", "guidance", "descriptors")
_STATUSES = ("coded", "refused", "uncoded", "failed")


def targets_answered(study: Materials, answers: pl.DataFrame, model: str) -> Responses:
    """The answers to the targets, in arrays."""
    return _answered(study, answers, model, study.targets)


def _answered(
    study: Materials, answers: pl.DataFrame, model: str, items: Sequence[Item]
) -> Responses:
    prompts, place_of = study.prompts, {item.id: q for q, item in enumerate(study.questions)}
    columns = [place_of[item.id] for item in items]
    asked = {
        (condition, country): (study.used[g] & study.allowed[c])[columns]
        for c, condition in enumerate(prompts.conditions)
        for g, country in enumerate(prompts.countries)
    }
    drawn = {cell: rows for cell, rows in prompts.drawn.items() if asked[cell].any()}
    asked = {cell: asked[cell] for cell in drawn}
    main = "text" if study.file.asking.elicitation == "text" else "probabilities"
    given = answers.filter(pl.col("elicitation") == main)
    return responses(given, model, items, prompts.countries, len(prompts), drawn, asked)


def tables(study: Materials, answers: pl.DataFrame, model: str) -> dict[str, pl.DataFrame]:
    """Compute every table.

    Parameters
    ----------
    study : Materials
        What was asked.
    answers : polars.DataFrame
        One row a request, as `mores.studies.answers.collect` makes it.
    model : str
        The model's label, first column of every table.

    Returns
    -------
    dict of polars.DataFrame
    """
    file, options, seed = study.file, study.file.analysis, study.file.seed
    drawing: Drawing = {"draws": options.draws, "level": options.level, "seed": seed}
    given, observed = targets_answered(study, answers, model), study.observed
    found = predictions(given, observed, **drawing)
    others = baselines(observed, study.drawn, regressions=options.baselines, seed=seed)
    calibrated = calibration(
        given,
        observed,
        objective=file.calibration.objective,
        pooled=file.calibration.pooled,
        conditions=_first_of_each_arm(given),
    )
    halves = split_half(observed, seed=seed)
    return {
        "errors": _together(errors(found, others.shares), halves),
        "errors_by_country": _together(
            errors_by_country(found, others.shares), _by_country(halves)
        ),
        "calibration": calibrated.calibration,
        "calibrated_cells": calibrated.cells,
        "temperatures": temperatures(
            given, observed, conditions=_first_of_each_arm(given), **drawing
        ),
        "sample_size": sample_size(
            given, observed, resamples=options.resamples, level=options.level, seed=seed
        ),
        "tests": tests(found, others.shares, calibrated.cells),
        "mass_sensitivity": mass_sensitivity(given, observed, **drawing),
        "requests": requests(study, answers, model),
        "baselines": others.table(),
        **_on_the_map(study, answers, model),
        **_importance(study, given),
        **_by_order(answers, model, drawing),
    }


def _first_of_each_arm(given: Responses) -> tuple[Condition, ...]:
    """Each arm in the first guidance and descriptors that it was asked with."""
    first: dict[str, Condition] = {}
    for condition in given.conditions:
        first.setdefault(condition.arm, condition)
    return tuple(first.values())


def _together(table: pl.DataFrame, further: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([table, further], how="diagonal").select(table.columns)


def _by_country(halves: pl.DataFrame) -> pl.DataFrame:
    """The humans' distances to themselves, over questions, and then over countries."""
    names = ["model", "arm", "guidance", "descriptors", "kind"]
    one = halves.group_by(*names, "country", maintain_order=True).agg(
        questions=pl.col("absolute_error").count().cast(pl.Int64),
        mae=pl.col("absolute_error").mean(),
        wasserstein=pl.col("wasserstein").mean(),
        variance_human=pl.col("variance_human").mean(),
    )
    means = [pl.col(name).mean() for name in ("mae", "wasserstein", "variance_human")]
    most = pl.col("questions").max()
    every = one.group_by(names, maintain_order=True).agg(most, *means, country=pl.lit(ALL))
    return pl.concat([one, every], how="diagonal")


def _on_the_map(study: Materials, answers: pl.DataFrame, model: str) -> dict[str, pl.DataFrame]:
    if not study.indicators:
        return {}
    given = _answered(study, answers, model, study.indicators)
    options = study.file.analysis
    placed = place(
        given,
        study.observed.population,
        draws=options.draws,
        level=options.level,
        seed=study.file.seed,
    )
    return {"positions": placed.positions, "persona_positions": placed.personas}


def _importance(study: Materials, given: Responses) -> dict[str, pl.DataFrame]:
    options = study.file.importance
    if options.method == "none":
        return {}
    exact = options.method == "exact"
    found = shapley(
        given,
        study.observed,
        exact=exact,
        permutations=options.permutations,
        seed=study.file.seed,
    )
    return {"shapley": found}


def _by_order(answers: pl.DataFrame, model: str, drawing: Drawing) -> dict[str, pl.DataFrame]:
    if not (answers["elicitation"] == "probabilities").any():
        return {}
    keys = (*_CELL, "prompt", "question", "order")
    whole = answers.lazy().filter(pl.col("indicators") == "all")
    scored = whole.filter(elicitation="probabilities").select(*keys, "probabilities").collect()
    texts = whole.filter(elicitation="text").select(*keys, "option").collect()
    return {
        "position_effect": position_effect(scored, model, **drawing),
        "text_agreement": text_agreement(scored, texts, model, level=drawing["level"]),
    }


def requests(study: Materials, answers: pl.DataFrame, model: str) -> pl.DataFrame:
    """How many requests a design without sharing would have, how many were asked, and their outcomes.

    Returns
    -------
    polars.DataFrame
        ``model``, ``arm``, ``guidance``, ``descriptors``; ``designed``: personas × questions ×
        orders × repeats × countries as if every persona were asked for itself; ``asked`` and the
        outcomes, of distinct requests; ``for_comparison``: of these, answers in text beside
        probabilities, which `designed` leaves out; ``personas`` a country and ``prompts``.
    """
    scored = study.file.asking.elicitation == "probabilities"
    repeats = 1 if scored else study.file.asking.repeats
    counted = answers.group_by(*_CELL, "indicators").agg(
        pl.len().alias("asked"),
        *((pl.col("status") == status).sum().alias(status) for status in _STATUSES),
        for_comparison=(pl.col("elicitation") == "text").sum() * scored,
        prompts=pl.col("prompt").n_unique(),
    )
    counted = counted.with_columns(pl.col(*_CELL, "indicators").cast(pl.String))
    rows = []
    for c, condition in enumerate(study.prompts.conditions):
        designed = people = 0
        for g, country in enumerate(study.prompts.countries):
            n = len(study.prompts.drawn[condition, country])
            asked = study.used[g] & study.allowed[c]
            places = asked.nonzero()[0].tolist()
            designed += n * repeats * sum(study.orders_asked(condition, q) for q in places)
            people = max(people, n)
        told = "all" if condition.indicators is None else "+".join(condition.indicators)
        rows.append(
            (condition.arm, condition.guidance, condition.descriptors, told, people, designed)
        )
    names = [*_CELL, "indicators", "personas", "designed"]
    kept = ["model", *_CELL, "designed", "asked", *_STATUSES]
    kept += ["indicators", "for_comparison", "personas", "prompts"]
    return (
        pl.DataFrame(rows, schema=names, orient="row")
        .join(counted, on=[*_CELL, "indicators"], how="left", maintain_order="left")
        .with_columns(
            pl.col("asked", *_STATUSES, "prompts", "for_comparison").fill_null(0),
            model=pl.lit(model),
        )
        .select(kept)
    )
