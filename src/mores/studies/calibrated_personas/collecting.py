"""From a table of answers, and from the humans, to the arrays that the study's tables start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.errors import StudyError
from mores.instruments.survey import Item
from mores.populations.distributions import distributions
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.responses import Observed, Responses

if TYPE_CHECKING:
    from mores.populations.population import Population

__all__ = ["observe", "responses", "targets"]

IntArray = NDArray[np.int64]


def observe(
    population: Population,
    items: Sequence[str],
    countries: Sequence[str],
    minimum_coverage: float,
    uncovered: str,
) -> Observed:
    """The humans' answers to the targets.

    Parameters
    ----------
    population : Population
        With all of the countries.
    items : sequence of str
        Targets, by id or code in trend files; several with ``/`` between them are alternatives.
    countries : sequence of str
    minimum_coverage : float
        A target is used in a country where more than this share answered it.
    uncovered : {"refuse", "leave-out"}
        What to do about one that is not.

    Raises
    ------
    InstrumentError
        If the instrument has no such item.
    StudyError
        If a target is given twice, is an index, or used in no country; or not in some country, if
        that is refused.
    """
    chosen = targets(population, items)
    _check_targets(chosen)
    found = distributions(population, [i.id for i in chosen], minimum_coverage=minimum_coverage)
    place = {c: i for i, c in enumerate(found.keys["country"].to_list())}
    rows = np.array([place[country] for country in countries])
    usable = found.usable[rows] & (found.table.n[rows] > 0)
    _check_used(usable, chosen, countries, population, minimum_coverage, uncovered)
    shares = np.where(usable[..., None], np.nan_to_num(found.table.shares[rows]), np.nan)
    return Observed(
        population,
        tuple(countries),
        chosen,
        shares,
        found.table.n[rows],
        found.table.n_effective[rows],
        found.table.coverage[rows],
    )


def targets(population: Population, names: Sequence[str]) -> tuple[Item, ...]:
    """The items of a study file: of ``"F028/Q171"`` the first to which there is an answer."""
    return tuple(_target(population, name) for name in names)


def _target(population: Population, names: str) -> Item:
    found = [population.instrument.item(name.strip()) for name in names.split("/")]
    answered = (item for item in found if (population.answers(item.id) >= 0).any())
    return next(answered, found[0])


def _check_targets(items: Sequence[Item]) -> None:
    ids = [item.id for item in items]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise StudyError(f"questions.items names {', '.join(twice)} twice; name each once")
    computed = [item.id for item in items if item.derived]
    if computed:
        raise StudyError(
            f"questions.items: {', '.join(computed)} is computed from the answers to other questions, "
            "and nobody is asked it; leave it out, or name those questions"
        )


def _check_used(
    usable: NDArray[np.bool_],
    items: Sequence[Item],
    countries: Sequence[str],
    population: Population,
    minimum_coverage: float,
    uncovered: str,
) -> None:
    never = [items[q].id for q in np.flatnonzero(~usable.any(axis=0)).tolist()]
    if never:
        raise StudyError(
            f"questions.items: {', '.join(never)}: in none of the countries have more than "
            f"{minimum_coverage:.0%} of {population.label} answered; leave them out, or lower "
            "questions.minimum_coverage"
        )
    empty = [countries[g] for g in np.flatnonzero(~usable.any(axis=1)).tolist()]
    if empty:
        raise StudyError(
            f"countries: in {', '.join(empty)} none of the targets was answered by more than "
            f"{minimum_coverage:.0%} of {population.label}; leave them out"
        )
    cells = [f"{items[q].id} in {countries[g]}" for g, q in np.argwhere(~usable)]
    if cells and uncovered == "refuse":
        more = f" and {len(cells) - 5} more" if len(cells) > 5 else ""
        raise StudyError(
            f"questions.items: {', '.join(cells[:5])}{more}: not more than {minimum_coverage:.0%} of "
            f"{population.label} answered; leave out item or country, or set questions.uncovered = "
            '"leave-out"'
        )


def responses(
    answers: pl.DataFrame,
    model: str,
    questions: Sequence[Item],
    countries: Sequence[str],
    n_prompts: int,
    drawn: Mapping[tuple[Condition, str], IntArray],
    asked: Mapping[tuple[Condition, str], NDArray[np.bool_]],
) -> Responses:
    """The answers to some questions, averaged over orders and repeats.

    Parameters
    ----------
    answers : polars.DataFrame
        With the columns ``prompt``, ``question``, ``option``, ``probabilities``, ``allowed_mass`` and
        ``unseen``; those that were not coded have no option.
    model : str
        Its label.
    questions : sequence of Item
    countries : sequence of str
    n_prompts : int
        Distinct prompts of the study.
    drawn, asked : mapping
        As `Responses` has them.
    """
    width = max(len(item.codes) for item in questions)
    place = {item.id: q for q, item in enumerate(questions)}
    kept = ("prompt", "question", "option", "probabilities", "allowed_mass", "unseen")
    coded = answers.select(kept).filter(
        pl.col("option").is_not_null() & pl.col("question").is_in(list(place))
    )
    index = coded["question"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    cell = coded["prompt"].to_numpy() * len(questions) + index
    size = n_prompts * len(questions)
    count = np.bincount(cell, minlength=size).astype(np.float32)
    shares = np.zeros(size * width, np.float32)
    given = coded["probabilities"].is_not_null().to_numpy()
    _add(shares, cell[given], coded["probabilities"].filter(given), width)
    chosen = cell[~given] * width + coded["option"].filter(~given).to_numpy()
    shares += np.bincount(chosen, minlength=shares.size).astype(np.float32)
    by_cell = shares.reshape(n_prompts, len(questions), width)
    times = count.reshape(n_prompts, len(questions))
    with np.errstate(invalid="ignore"):
        by_cell /= times[..., None]
    return Responses(
        model,
        tuple(questions),
        tuple(countries),
        by_cell,
        _mean(coded["allowed_mass"], cell, times),
        _mean(coded["unseen"], cell, times),
        drawn,
        asked,
        several=bool((count > 1).any()),
    )


def _add(shares: NDArray[np.float32], cell: IntArray, given: pl.Series, width: int) -> None:
    """Add lists of probabilities to the cells that they belong to."""
    lengths = given.list.len().to_numpy().astype(np.int64)
    flat = given.explode()
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    places = np.repeat(cell * width, lengths) + np.arange(lengths.sum()) - starts
    shares += np.bincount(places, flat.to_numpy(), minlength=shares.size).astype(np.float32)


def _mean(column: pl.Series, cell: IntArray, times: NDArray[np.float32]) -> NDArray[np.float32]:
    values = column.fill_null(np.nan).to_numpy()
    with np.errstate(invalid="ignore"):
        found = np.bincount(cell, values, minlength=times.size).reshape(times.shape) / times
    return np.asarray(found, np.float32)
