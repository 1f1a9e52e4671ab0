"""From the humans, and from a table of answers, to the arrays of `responses`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.errors import StudyError
from mores.instruments.units import Unit, UnitSet
from mores.measures.ratio import ratio
from mores.measures.shares import Shares, pooled
from mores.populations.distributions import Distributions, distributions
from mores.studies.framings.cells import LANGUAGE_FRAMING, Cell, Context, Slice
from mores.studies.framings.responses import Observed, Responses

if TYPE_CHECKING:
    from mores.populations.population import Population

__all__ = ["check_slices", "observe", "responses"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

HumansBy: TypeAlias = Literal["language-and-country", "country"]

_SPLITS = 100

_STATUSES = ("failed", "refused", "uncoded", "coded")
"""The worst first: a battery whose members are asked alone has that of its worst."""


def check_slices(population: Population, slices: Sequence[Slice], humans_by: HumansBy) -> None:
    """Refuse slices in which the data have nobody.

    Raises
    ------
    StudyError
        Naming them, and what the data have instead.
    """
    by_language = humans_by == "language-and-country"
    if by_language and "language" not in population.grouping_columns:
        raise StudyError(
            f"{population.label} does not say in which language people were interviewed; set "
            'humans_by = "country"'
        )
    by = ["country", "language"] if by_language else ["country"]
    there = {tuple(row) for row in population.groups(by).keys.select(by).iter_rows()}
    countries = {row[0] for row in there}
    for one in slices:
        if one.country not in countries:
            raise StudyError(
                f"slices: {one}: {population.label} has nobody of {one.country}; it has "
                f"{', '.join(sorted(map(str, countries)))}; leave the slice out, or take other data"
            )
        if by_language and (one.country, one.language) not in there:
            spoken = sorted(str(row[1]) for row in there if row[0] == one.country)
            raise StudyError(
                f"slices: {one}: in {population.label} nobody of {one.country} was interviewed in "
                f"{one.language!r}, but in {', '.join(spoken)}; name one of these, or set "
                'humans_by = "country"'
            )


class _Humans(NamedTuple):
    """Distributions by group, and the group of each cell."""

    shares: FloatArray
    n: IntArray
    n_effective: FloatArray
    coverage: FloatArray
    halves: FloatArray


def observe(
    population: Population,
    inventory: UnitSet,
    units: Sequence[Unit],
    cells: Sequence[Cell],
    humans_by: HumansBy,
    least: int,
) -> Observed:
    """The humans with whom each cell is compared.

    Parameters
    ----------
    population : Population
    inventory : UnitSet
    units : sequence of Unit
    cells : sequence of Cell
    humans_by : {'language-and-country', 'country'}
        Whether a slice's humans are those interviewed in its language, or all of its country; the
        language framing's are all who were interviewed in the language, in whatever country, or all
        of the countries of its slices.
    least : int
        Substantive answers without which an item is not compared.
    """
    items = [item for unit in units for item in unit.members]
    exclude = {item: unit.excluded for unit in units for item in unit.members if unit.excluded}

    def by(*names: str) -> Distributions:
        return distributions(population, items, names, minimum_coverage=0.0, exclude=exclude)

    by_language = humans_by == "language-and-country"
    countries = by("country")
    local = _of(by("language", "country") if by_language else countries)
    wide = _of(by("language")) if by_language else _pooled(countries, cells)
    found = [_humans(cell, wide if cell.framing == LANGUAGE_FRAMING else local) for cell in cells]
    n = np.stack([one.n for one in found])
    enough = n >= least
    width = max(len(unit.codes(item)) for unit in units for item in unit.members)
    shares = np.stack([one.shares for one in found])[..., :width]
    return Observed(
        population=population,
        inventory=inventory,
        humans_by=humans_by,
        units=tuple(units),
        cells=tuple(cells),
        shares=np.where(enough[..., None], np.nan_to_num(shares), np.nan),
        n=n,
        n_effective=np.stack([one.n_effective for one in found]),
        coverage=np.stack([one.coverage for one in found]),
        world=np.nan_to_num(countries.world_average().table.shares[0][:, :width]),
        split_half=np.where(enough, np.stack([one.halves for one in found]), np.nan),
    )


_ByGroup = Mapping[tuple[str, ...], _Humans]
"""By the values of the grouping variables."""


def _humans(cell: Cell, groups: _ByGroup) -> _Humans:
    whole = (cell.slice.language, cell.slice.country)
    keys = [whole, whole[1:], whole[:1]]
    if cell.framing == LANGUAGE_FRAMING:
        keys = keys[2:]
    return next(groups[key] for key in keys if key in groups)


def _of(found: Distributions) -> _ByGroup:
    table = found.table
    halves = found.split_half(_SPLITS).to_population
    return {
        tuple(map(str, key)): _row(table, halves, g) for g, key in enumerate(found.keys.iter_rows())
    }


def _row(table: Shares, halves: FloatArray, g: int) -> _Humans:
    return _Humans(
        table.shares[g], table.n[g], table.n_effective[g], table.weighted_coverage[g], halves[g]
    )


def _pooled(found: Distributions, cells: Sequence[Cell]) -> _ByGroup:
    """By language: the countries of its slices together, each respondent counting the same."""
    place = {c: g for g, c in enumerate(found.keys["country"].to_list())}
    several = found.split_half(_SPLITS).to_population
    pools: dict[tuple[str, ...], _Humans] = {}
    for language in dict.fromkeys(cell.slice.language for cell in cells):
        rows = sorted({place[c.slice.country] for c in cells if c.slice.language == language})
        index = np.full(len(place), 1)
        index[rows] = 0
        table = pooled(found.table, "respondents", index, 2)
        # halves of pooled samples are apart as the halves of their countries, over root of their number
        halves = several[rows].mean(axis=0) / np.sqrt(len(rows))
        pools[language,] = _row(table, halves[None], 0)
    return pools


def responses(
    answers: pl.DataFrame,
    model: str,
    contexts: Sequence[Context],
    units: Sequence[Unit],
    *,
    probabilities: bool,
) -> Responses:
    """The answers in arrays, averaged over orders and repeats.

    Parameters
    ----------
    answers : polars.DataFrame
        With the columns ``context``, ``unit``, ``question``, ``status``, ``option``, ``parts``,
        ``probabilities``, ``allowed_mass``, ``unseen``, ``flags`` and ``elicitation``.
    model : str
        Its label.
    contexts : sequence of Context
        The first is the baseline.
    units : sequence of Unit
    probabilities : bool
        Whether the answers are probabilities; else texts.
    """
    given = answers.filter(
        pl.col("elicitation") == ("probabilities" if probabilities else "text"),
        pl.col("unit").is_in([unit.id for unit in units]),
    )
    replies = _whole(given, units) if probabilities else given
    items = [item for unit in units for item in unit.members]
    place = {item: m for m, item in enumerate(items)}
    width = max(len(unit.codes(item)) for unit in units for item in unit.members)
    n_units, size = len(units), len(contexts) * len(items)
    long = _by_member(given, units).filter(pl.col("status") == "coded")
    member = long["question"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    cell = long["context"].to_numpy() * len(items) + member
    count = np.bincount(cell, minlength=size)
    total = np.zeros((size, width))
    if probabilities:
        np.add.at(total, cell, _rectangle(long["probabilities"], width))
    else:
        np.add.at(total, (cell, long["option"].to_numpy()), 1.0)
    shares = np.where(count[:, None] > 0, ratio(total, count[:, None]), np.nan)
    points = shares
    if probabilities:
        points = np.where(np.isnan(shares), np.nan, np.eye(width)[np.argmax(total, axis=1)])
    shape = (len(contexts), len(items))

    def mean(name: str) -> FloatArray:
        values = long[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return ratio(np.bincount(cell, values, size), count).reshape(shape)

    of_unit = {unit.id: u for u, unit in enumerate(units)}
    row = replies["context"].to_numpy() * n_units + (
        replies["unit"].replace_strict(of_unit, return_dtype=pl.Int64).to_numpy()
    )

    def counted(which: pl.Series) -> IntArray:
        number = np.bincount(row[which.to_numpy()], minlength=len(contexts) * n_units)
        return np.asarray(number.reshape(-1, n_units), np.int64)

    statuses = {name: counted(replies["status"] == name) for name in reversed(_STATUSES)}
    return Responses(
        model=model,
        contexts=tuple(contexts),
        shares=shares.reshape(*shape, width),
        points=points.reshape(*shape, width),
        asked=counted(replies["status"].is_not_null()),
        **statuses,
        refusals=counted(replies["flags"].list.contains("refusal").fill_null(False)),
        hedges=counted(replies["flags"].list.contains("hedge").fill_null(False)),
        allowed=mean("allowed_mass"),
        unseen=mean("unseen"),
        baseline=0,
        probabilities=probabilities,
    )


def _whole(given: pl.DataFrame, units: Sequence[Unit]) -> pl.DataFrame:
    """One row a unit and order where members were asked alone: the worst status of its members.

    None where not all of them were asked.
    """
    size = {unit.id: len(unit.members) for unit in units}
    worst = pl.coalesce(
        pl.when((pl.col("status") == name).any()).then(pl.lit(name)) for name in _STATUSES
    )
    nth = pl.int_range(pl.len()).over("context", "question").alias("nth")
    grouped = (
        given.filter(pl.col("status").is_not_null())
        .with_columns(nth)
        .group_by("context", "unit", "nth", maintain_order=True)
        .agg(
            worst.alias("status"),
            pl.col("flags").list.explode().drop_nulls(),
            pl.len().alias("members"),
        )
    )
    all_ = pl.col("unit").replace_strict(size, return_dtype=pl.Int64)
    return grouped.filter(pl.col("members") == all_)


def _by_member(given: pl.DataFrame, units: Sequence[Unit]) -> pl.DataFrame:
    """One row a member: the parts of a battery's reply become rows."""
    columns = ["context", "question", "status", "option", "probabilities", "allowed_mass", "unseen"]
    whole = pl.col("parts").is_not_null()
    parted = given.filter(whole)
    members = {unit.id: list(unit.members) for unit in units}
    parted = (
        parted.with_columns(
            question=pl.Series([members[u] for u in parted["unit"]], dtype=pl.List(pl.String)),
            option=pl.col("parts").cast(pl.List(pl.Int16)),
        )
        .explode("question", "option")
        .with_columns(pl.col("question").cast(given.schema["question"]))
        .select(columns)
    )
    return pl.concat([given.filter(~whole).select(columns), parted])


def _rectangle(lists: pl.Series, width: int) -> FloatArray:
    """Lists of probabilities as rows, 0 beyond their ends."""
    found = np.zeros((len(lists), width))
    for row, values in zip(found, lists.to_list(), strict=True):
        row[: len(values)] = values
    return found
