"""Distributions over answer options: what the humans of each group answered, with its precision."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from mores.errors import InstrumentError, PopulationError
from mores.instruments.survey import Item, ItemOption
from mores.measures.shares import Shares, pooled, weighted_shares
from mores.measures.split_half import SplitHalf, split_half
from mores.populations.groupings import groups
from mores.populations.population import Groups, Population
from mores.populations.share_tables import ShareTable

__all__ = ["MINIMUM_COVERAGE", "Distributions", "distributions"]

MINIMUM_COVERAGE = 0.8
"""An item is used in a country when more than this share of its respondents answered it."""

Excluded: TypeAlias = Literal["residual"] | Mapping[str, Collection[int]]
CountryWeights: TypeAlias = Literal["equal", "respondents"] | Mapping[str, float]

_SURVEYED = ("survey", "wave", "country")
_MOST_CELLS = 1 << 26


@dataclass(frozen=True, eq=False)
class Distributions(ShareTable):
    """Distributions of groups of respondents; made by `distributions`.

    Attributes
    ----------
    population : Population
        Whose answers they are.
    answers : ndarray of int8, shape (I, respondents)
        Index of the option in `options`, -1 for none.
    groups : Groups
        The group of each respondent; -1 for those without a value of a grouping variable.
    """

    population: Population
    answers: npt.NDArray[np.int8]
    groups: Groups

    @property
    def ungrouped(self) -> int:
        """Respondents in no group, since a grouping variable is missing."""
        return int((self.groups.index < 0).sum())

    def world_average(
        self, weights: CountryWeights = "equal", *, usable_only: bool = False
    ) -> ShareTable:
        """Average over countries, within each combination of the other grouping variables.

        Parameters
        ----------
        weights : {"equal", "respondents"} or mapping of str to float
            What a country counts: the same as any other, by the respondents who answered, or a number
            for each, such as the size of its population. See `mores.measures.shares.pooled`.
        usable_only : bool
            Leave a country out of the average of an item that is not usable there.

        Returns
        -------
        ShareTable
            ``countries`` says over how many countries each average is.

        Raises
        ------
        PopulationError
            If the distributions are not by country, or a country has no weight.
        """
        if "country" not in self.by:
            raise PopulationError(
                f"the world average needs distributions by country; these are by "
                f"{', '.join(self.by)}; add country to the grouping variables"
            )
        table = _without(self.table, ~self.usable) if usable_only else self.table
        rest = [name for name in self.by if name != "country"]
        if rest:
            keys = self.keys.select(rest).unique().sort(rest).with_row_index("pool")
            pools = self.keys.join(keys, on=rest, how="left", maintain_order="left")["pool"]
            index = pools.cast(pl.Int64).to_numpy()
            keys = keys.drop("pool")
        else:
            keys, index = pl.DataFrame({"all": ["all"]}), np.zeros(self.keys.height, np.int64)
        given = weights if isinstance(weights, str) else self._country_weights(weights)
        counted = (table.n > 0) if isinstance(given, str) else (table.n > 0) & (given > 0)[:, None]
        entered, usable = (np.zeros((keys.height, len(self.items)), np.int64) for _ in range(2))
        np.add.at(entered, index, counted)
        np.add.at(usable, index, counted & self.usable)
        return ShareTable(
            self.label,
            self.items,
            self.options,
            keys,
            pooled(table, given, index, keys.height),
            usable > 0,
            entered,
        )

    def _country_weights(self, weights: Mapping[str, float]) -> npt.NDArray[np.float64]:
        countries = self.keys["country"].to_list()
        lacking = sorted(set(countries) - set(weights))
        wrong = [c for c in countries if c in weights and not 0 <= weights[c] < np.inf]
        if lacking or wrong:
            raise PopulationError(
                f"weights of countries: none for {lacking or 'none of them'}, unusable for "
                f"{sorted(set(wrong)) or 'none'}; allowed: a number of 0 or more for each country of "
                "the data; give 0 to leave one out"
            )
        return np.array([weights[c] for c in countries], np.float64)

    def split_half(self, splits: int = 200, level: float = 0.95, seed: int = 0) -> SplitHalf:
        """How far random halves of each group are apart, over (groups, items).

        See `mores.measures.split_half.split_half`. `cells` makes a table of it::

            halves = found.split_half()
            found.cells(distance=halves.distance, to_population=halves.to_population)
        """
        return split_half(
            self.answers,
            self.table.n_options,
            self.population.weights,
            self.groups.index,
            len(self.groups),
            self.ordered,
            splits,
            level,
            seed,
        )


def distributions(
    population: Population,
    items: Sequence[str] | None = None,
    by: Sequence[str] = ("country",),
    minimum_coverage: float = MINIMUM_COVERAGE,
    exclude: Excluded = MappingProxyType({}),
) -> Distributions:
    """Weighted distributions over the options of items, in each group of respondents.

    Shares are of those who gave a substantive answer. Respondents without a weight, or of weight 0,
    are left out and counted; so are those without a value of a grouping variable.

    Parameters
    ----------
    population : Population
        The humans.
    items : sequence of str, optional
        Ids of items, or their codes in trend files; all that the population has if None. One that it
        has no answers to is kept, with ``n`` 0.
    by : sequence of str
        What makes a group: columns about respondents, ``"age_band"``, ``"education_group"``. The
        slices of a study in several languages are ``("language", "country")``, and ``("language",)``
        pooled over countries by weight. Nothing for one group of all.
    minimum_coverage : float
        An item is usable in a country when more than this share of the country's respondents (of its
        wave and survey, if the groups are by these too) answered it. Where groups are not by country,
        the rule is applied to the group.
    exclude : "residual" or mapping of str to collection of int
        Options that do not count as an answer: all that are recorded only when volunteered, or the
        codes named for an item, such as ``{"Q111": [3]}``. Who gave one lowers the coverage.

    Returns
    -------
    Distributions
        With arrays for other modules and tables for reports.

    Raises
    ------
    InstrumentError
        If there is no such item or code.
    PopulationError
        If there is no such grouping variable, nothing is left of an item, or there are more groups
        than memory is for.
    """
    if not 0 <= minimum_coverage < 1:
        raise PopulationError(
            f"minimum_coverage is {minimum_coverage}; allowed: from 0 to below 1; write 80 per cent as "
            "0.8"
        )
    chosen = _items(population, items)
    dropped = _dropped(chosen, population, exclude)
    options = tuple(
        tuple(o for o in item.options if o.code not in dropped[item.id]) for item in chosen
    )
    for item, left in zip(chosen, options, strict=True):
        if len(left) < 2:
            raise PopulationError(
                f"excluding {sorted(dropped[item.id])} leaves {len(left)} of the options of {item.id}; "
                "allowed: two and more left; exclude fewer, or leave the item out"
            )
    grouped = groups(population, by)
    n_options = np.array([len(left) for left in options], np.int64)
    _refuse_too_many(grouped, n_options)
    answers = np.stack(
        [
            _recoded(population.answers(i.id), i, left)
            for i, left in zip(chosen, options, strict=True)
        ]
    )
    table = weighted_shares(answers, n_options, population.weights, grouped.index, len(grouped))
    return Distributions(
        label=population.label,
        items=chosen,
        options=options,
        keys=grouped.keys,
        table=table,
        usable=_surveyed_coverage(population, grouped, table, answers) > minimum_coverage,
        countries=None,
        population=population,
        answers=answers,
        groups=grouped,
    )


def _items(population: Population, items: Sequence[str] | None) -> tuple[Item, ...]:
    if items is None:
        chosen = population.items
    else:
        names = [items] if isinstance(items, str) else items
        found = [population.instrument.item(name) for name in names]
        chosen = tuple({item.id: item for item in found}.values())
    if not chosen:
        raise PopulationError(
            f"no items to make distributions of in {population.label}; allowed: one and more; name "
            "some, or take another data set"
        )
    return chosen


def _dropped(
    items: Sequence[Item], population: Population, exclude: Excluded
) -> dict[str, set[int]]:
    """The codes of each item that do not count."""
    if exclude == "residual":
        return {item.id: {o.code for o in item.options if o.residual} for item in items}
    if isinstance(exclude, str):
        raise PopulationError(
            f"exclude is {exclude!r}; allowed: 'residual', or a table of items with codes such as "
            "{'Q111': [3]}; choose one"
        )
    dropped: dict[str, set[int]] = {item.id: set() for item in items}
    for name, codes in exclude.items():
        item = population.instrument.item(name)
        if stray := sorted(set(codes) - set(item.codes)):
            raise InstrumentError(
                f"{item.id} has no options {stray} to exclude; allowed: {list(item.codes)}"
            )
        dropped.setdefault(item.id, set()).update(codes)
    return dropped


def _recoded(
    answers: npt.NDArray[np.int8], item: Item, left: Sequence[ItemOption]
) -> npt.NDArray[np.int8]:
    """Answers as indices of the options that are left."""
    if len(left) == len(item.options):
        return answers
    lookup = np.full(len(item.options) + 1, -1, np.int8)  # -1, no answer, is the last place
    lookup[[item.codes.index(option.code) for option in left]] = np.arange(len(left))
    recoded: npt.NDArray[np.int8] = lookup[answers]
    return recoded


def _refuse_too_many(grouped: Groups, n_options: npt.NDArray[np.int64]) -> None:
    cells = len(grouped) * n_options.size * int(n_options.max())
    if cells > _MOST_CELLS:
        raise PopulationError(
            f"{len(grouped):,} groups by {', '.join(grouped.keys.columns)} and {n_options.size} items "
            f"make {cells:,} shares; allowed: {_MOST_CELLS:,}; take fewer items or grouping variables"
        )


def _surveyed_coverage(
    population: Population, grouped: Groups, table: Shares, answers: npt.NDArray[np.int8]
) -> npt.NDArray[np.float64]:
    """Coverage (groups, items) in what the 20 % rule is about: the survey of a country."""
    by = [name for name in grouped.keys.columns if name in _SURVEYED]
    if "country" not in by or by == grouped.keys.columns:
        return table.coverage
    surveyed = groups(population, by)
    whole = weighted_shares(
        answers, table.n_options, population.weights, surveyed.index, len(surveyed)
    )
    survey_of = np.zeros(len(grouped), np.int64)
    inside = grouped.index >= 0
    survey_of[grouped.index[inside]] = surveyed.index[inside]
    return whole.coverage[survey_of]


def _without(table: Shares, gone: npt.NDArray[np.bool_]) -> Shares:
    """Shares in which some (groups, items) count as not answered."""
    return replace(
        table,
        shares=np.where(gone[..., None], np.nan, table.shares),
        standard_error=np.where(gone[..., None], np.nan, table.standard_error),
        counts=np.where(gone[..., None], 0, table.counts),
        n=np.where(gone, 0, table.n),
        n_effective=np.where(gone, 0.0, table.n_effective),
        weight_total=np.where(gone, 0.0, table.weight_total),
        coverage=np.where(gone, 0.0, table.coverage),
        weighted_coverage=np.where(gone, 0.0, table.weighted_coverage),
    )
