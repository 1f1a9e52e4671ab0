"""All tables of a grounded-personas study, by name."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.errors import PopulationError
from mores.instruments.survey import wvs7
from mores.measures.persona_positions import persona_positions
from mores.personas.grid import congruence
from mores.personas.grid import positions as expected_positions
from mores.populations.culture import fit_map
from mores.populations.expected_indicators import INDICATOR_QUESTIONS, expected_indicators
from mores.studies.grounded_personas.alignment_tables import (
    Probe,
    ProbeHumans,
    ProbePersonas,
    alignment_tables,
)
from mores.studies.grounded_personas.biography_tables import biography_checks, demographics
from mores.studies.grounded_personas.groups import (
    attributes,
    groups_of_biographies,
    groups_of_respondents,
)
from mores.studies.grounded_personas.moral_tables import moral_foundations, variable_importance
from mores.studies.grounded_personas.position_tables import PlacedPersonas, position_tables
from mores.studies.grounded_personas.responses import STATUSES, Responses
from mores.studies.grounded_personas.stereotype_tables import collapse_table, diversity_table

if TYPE_CHECKING:
    from mores.personas.prevalence import Prevalence
    from mores.studies.grounded_personas.protocol import GroundedStudy

__all__ = ["tables", "weightings"]

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]


class Drawing(TypedDict):
    """How intervals are drawn."""

    draws: int
    level: float
    seed: int


def weightings(study: GroundedStudy) -> dict[str, FloatArray]:
    """Weights of the configurations asked, ascending, by name; each sums to 1.

    ``uniform`` estimates the mean over the grid, ``prevalence`` that over the people: both by the design
    of the sample, a configuration that was drawn several times counting as often. ``prevalence`` is left
    out where these humans tell none, such as those who were not asked what a variable is read from.
    """
    found = {}
    targets: dict[str, Prevalence | None] = {"uniform": None}
    with suppress(PopulationError):
        targets["prevalence"] = study.prevalence
    for name, target in targets.items():
        weights = study.sample.weights(target)
        place = np.searchsorted(study.ascending, study.sample.indices)
        found[name] = np.bincount(place, weights, len(study.ascending)).astype(np.float64)
    return found


def tables(study: GroundedStudy, responses: Responses) -> dict[str, pl.DataFrame]:
    """Compute every table.

    Parameters
    ----------
    study : GroundedStudy
        What was asked.
    responses : Responses
        A model's answers.

    Returns
    -------
    dict of polars.DataFrame
    """
    options, seed = study.file.analysis, study.file.seed
    drawing: Drawing = {"draws": options.draws, "level": options.level, "seed": seed}
    weights = weightings(study)
    found = {
        **_on_the_map(study, responses, weights, drawing),
        **_among_humans(study, responses, weights, drawing),
        "moral_foundations": moral_foundations(
            responses, weights, paraphrased=study.questionnaire.paraphrased, **drawing
        ),
        "variable_importance": variable_importance(
            responses, weights=weights["uniform"], **drawing
        ),
        "requests": requests(responses),
    }
    if study.written.biographies:
        biographies = study.written.biographies
        found["biography_checks"] = biography_checks(biographies, options.level)
        found["demographics"] = demographics(biographies, study.humans.population, **drawing)
    return found


def _on_the_map(
    study: GroundedStudy,
    responses: Responses,
    weights: dict[str, FloatArray],
    drawing: Drawing,
) -> dict[str, pl.DataFrame]:
    if "map" not in study.file.batteries.names:
        return {}
    try:
        culture_map = fit_map(study.humans.population)
    except PopulationError:
        return {}  # these humans make no map
    place = {question.id: q for q, question in enumerate(responses.questions)}
    cells, clouds = [], []
    for form in ("none", *responses.forms):
        shares = responses.shares[form]
        values = expected_indicators({name: shares[:, place[name]] for name in INDICATOR_QUESTIONS})
        points = persona_positions(culture_map, values)
        if form == "none":
            clouds.append(_points(study, responses.model, form, points, values))
            continue
        clouds.append(_points(study, responses.model, form, points, values))
        cells.append(
            PlacedPersonas(responses.model, form, responses.levels, values, points, weights)
        )
    return {
        **position_tables(cells, **drawing),
        **collapse_table(cells, **drawing),
        "persona_positions": pl.concat(clouds),
    }


def _points(
    study: GroundedStudy, model: str, form: str, points: FloatArray, values: FloatArray
) -> pl.DataFrame:
    """Where each persona stands, where it was asked to stand, and how congruous it is."""
    alone = form == "none"
    asked = np.full((1, 2), np.nan) if alone else expected_positions(study.levels)
    fits = np.full(1, np.nan) if alone else congruence(study.levels)
    return pl.DataFrame(
        {
            "model": model,
            "form": form,
            "configuration": pl.Series([None] if alone else study.ascending, dtype=pl.Int32),
            "x": points[:, 0],
            "y": points[:, 1],
            "asked_x": asked[:, 0],
            "asked_y": asked[:, 1],
            "congruence": fits,
            "indicators": (~np.isnan(values)).sum(axis=1),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _among_humans(
    study: GroundedStudy,
    responses: Responses,
    weights: dict[str, FloatArray],
    drawing: Drawing,
) -> dict[str, pl.DataFrame]:
    asked = responses.of("probe")
    population = study.humans.population
    items = [responses.questions[q].id for q in asked]
    there = [k for k, item in enumerate(items) if (population.answers(item) >= 0).any()]
    if not there:
        return {}
    asked, items = asked[there], [items[k] for k in there]
    by = attributes(population)
    questions = [responses.questions[q] for q in asked]
    probe = Probe(
        np.array([len(question.codes) for question in questions], np.int64),
        np.array([question.ordered for question in questions], np.bool_),
        by,
    )
    humans = ProbeHumans(
        np.stack(
            [_offered(study, item, q.codes) for item, q in zip(items, questions, strict=True)], 1
        ),
        population.weights,
        groups_of_respondents(population, by),
        population.synthetic,
    )
    cells = []
    for form in responses.forms:
        told = form != "configuration"
        people = [study.biographies.get(c) if told else None for c in study.ascending.tolist()]
        levels = groups_of_biographies(people, by)
        answers = partial(_answers, responses.shares[form], asked)
        scored = study.needs_scoring
        cells.append(
            ProbePersonas(responses.model, form, answers, levels, weights, distributions=scored)
        )
    return {
        **alignment_tables(probe, humans, cells, **drawing),
        "diversity": diversity_table(probe, humans, cells, **drawing),
    }


def _answers(shares: SingleArray, questions: NDArray[np.int64], rows: slice) -> SingleArray:
    return shares[rows][:, questions]


def _offered(study: GroundedStudy, item: str, codes: tuple[int, ...]) -> NDArray[np.int8]:
    """Respondents' answers as places among the options that are offered; -1 for others and none."""
    known = wvs7().item(item).codes
    lookup = np.array([codes.index(c) if c in codes else -1 for c in known] + [-1], np.int8)
    return np.asarray(lookup[study.humans.population.answers(item)])


def requests(responses: Responses) -> pl.DataFrame:
    """One row a form, battery and way of answering: requests by status, and mean allowed mass."""
    keys = ["form", "battery", "elicitation"]
    counted = responses.counts.with_columns(model=pl.lit(responses.model))
    by_status = [
        pl.col("n").filter(pl.col("status") == status).sum().cast(pl.Int64).alias(status)
        for status in STATUSES
    ]
    return counted.group_by("model", *keys, maintain_order=True).agg(
        pl.col("n").sum().cast(pl.Int64).alias("asked"),
        *by_status,
        allowed_mass=pl.when(pl.col("elicitation").first() == "probabilities").then(
            pl.col("allowed").sum() / pl.col("n").filter(pl.col("status") == "coded").sum()
        ),
    )
