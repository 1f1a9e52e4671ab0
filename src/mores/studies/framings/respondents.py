"""Draws of the humans: how far alignments move when other respondents had been interviewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights
from mores.populations.population import Groups
from mores.studies.framings.cells import LANGUAGE_FRAMING, Cell
from mores.studies.framings.intervals import Drawing
from mores.studies.framings.responses import Observed

__all__ = ["moved_by_respondents"]

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_Key = tuple[str, ...]
"""Whose humans: (language, country) of a slice, or (language,) of the framing without a country."""


def moved_by_respondents(
    observed: Observed,
    potentials: Mapping[tuple[str, str], FloatArray],
    drawing: Drawing,
) -> dict[tuple[str, str], FloatArray]:
    """By how much each draw of respondents moves the alignments of units, summed over cells.

    Parameters
    ----------
    observed : Observed
        Its population's respondents are drawn, those of weight 0 and without one never.
    potentials : mapping of (form, framing) to ndarray of float, shape (C, M, K)
        `mores.studies.framings.scoring.Scored.potential`, 0 in cells that are not to be summed.
    drawing : Drawing

    Returns
    -------
    dict of (form, framing) to ndarray of float, shape (draws, U)
        Empty where `Observed.humans_by` is None.
    """
    if observed.humans_by is None:
        return {}
    strata = _strata(observed)
    layout = _Layout.of(observed)
    wanted = _by_humans(observed.cells, potentials, layout)
    size = (drawing.draws, len(observed.units))
    found = {name: np.zeros(size) for name in potentials}
    for key, shares in _draws(strata, layout, set(wanted), drawing):
        for name, added in wanted[key].items():
            found[name] += layout.by_unit(shares, added)
    return found


@dataclass(frozen=True, eq=False)
class _Layout:
    """All options of all members side by side, one column an option.

    Attributes
    ----------
    member : ndarray of int, shape (columns,)
        Member of each column.
    option : ndarray of int, shape (columns,)
        Its option.
    first : ndarray of int, shape (M,)
        First column of each member.
    first_of_unit : ndarray of int, shape (U,)
        First column of each unit.
    """

    member: IntArray
    option: IntArray
    first: IntArray
    first_of_unit: IntArray

    @classmethod
    def of(cls, observed: Observed) -> _Layout:
        options = observed.n_options
        first = np.cumsum(options) - options
        member = np.repeat(np.arange(options.size), options)
        starts = np.searchsorted(observed.unit_of, np.arange(len(observed.units)))
        return cls(member, np.arange(member.size) - first[member], first, first[starts])

    def columns(self, table: FloatArray) -> FloatArray:
        """A table (..., M, K) as columns."""
        return np.asarray(table[..., self.member, self.option])

    def moved(self, sums: SingleArray, whole: FloatArray) -> SingleArray:
        """Shares that sums of weights (B, columns) make, less those of the whole (columns,).

        NaN where nobody answered.
        """
        total, all_ = (
            np.add.reduceat(x, self.first, axis=-1)[..., self.member] for x in (sums, whole)
        )
        shares = np.divide(sums, total, out=np.full_like(sums, np.nan), where=total > 0)
        return np.asarray(shares - ratio(whole, all_).astype(np.float32), np.float32)

    def by_unit(self, moved: SingleArray, potential: FloatArray) -> FloatArray:
        """What moved shares (B, columns) add to units (B, U)."""
        used = potential != 0
        # A member that does not count, and that nobody answered, takes nothing from its unit.
        added = np.where(used, moved, np.float32(0)) * potential.astype(np.float32)
        return np.asarray(np.add.reduceat(added, self.first_of_unit, axis=1), np.float64)


@dataclass(frozen=True, eq=False)
class _Strata:
    """Respondents by country, or by language and country.

    Attributes
    ----------
    answers : ndarray of int8, shape (M, respondents)
        Index of the option among those of the unit; -1 for none.
    weights : ndarray of float, shape (respondents,)
        NaN or 0 for those who do not count.
    rows : mapping of key to ndarray of int
        Respondents of each stratum who count.
    pools : mapping of language to keys
        The strata of each language.
    by_country : bool
        Whether a language's humans are those of its countries, each counting by its respondents.
    """

    answers: NDArray[np.int8]
    weights: FloatArray
    rows: dict[_Key, IntArray]
    pools: dict[str, list[_Key]]
    by_country: bool

    def numbers(self, key: _Key) -> IntArray:
        """Who answered each member, shape (M,)."""
        return np.asarray((self.answers[:, self.rows[key]] >= 0).sum(axis=1))


def _key(cell: Cell) -> _Key:
    alone = cell.framing == LANGUAGE_FRAMING
    return (cell.slice.language,) if alone else (cell.slice.language, cell.slice.country)


def _strata(observed: Observed) -> _Strata:
    population = observed.population
    if observed.humans_by == "country":
        return _grouped_by_country(observed, population.groups(["country"]))
    return _grouped(observed, population.groups(["language", "country"]))


def _grouped(observed: Observed, groups: Groups) -> _Strata:
    spoken = {cell.slice.language for cell in observed.cells}
    rows: dict[_Key, IntArray] = {
        (str(language), str(country)): np.flatnonzero(_counts(observed) & (groups.index == g))
        for g, (language, country) in enumerate(groups.keys.iter_rows())
        if language in spoken
    }
    pools: dict[str, list[_Key]] = {}
    for key in rows:
        pools.setdefault(key[0], []).append(key)
    return _Strata(_answers(observed), observed.population.weights, rows, pools, False)


def _grouped_by_country(observed: Observed, groups: Groups) -> _Strata:
    place = {str(country): g for g, (country,) in enumerate(groups.keys.iter_rows())}
    rows: dict[_Key, IntArray] = {}
    pools: dict[str, list[_Key]] = {}
    for one in dict.fromkeys(cell.slice for cell in observed.cells):
        if one.country in place:
            here = groups.index == place[one.country]
            rows[tuple(one)] = np.flatnonzero(_counts(observed) & here)
            pools.setdefault(one.language, []).append(tuple(one))
    return _Strata(_answers(observed), observed.population.weights, rows, pools, True)


def _counts(observed: Observed) -> BoolArray:
    return np.asarray(observed.population.weights > 0)


def _answers(observed: Observed) -> NDArray[np.int8]:
    """Answers as indices of the units' own options, which may lack some of the item's."""
    rows = []
    for unit in observed.units:
        for item in unit.members:
            codes = observed.population.instrument.item(item).codes
            own = {code: k for k, code in enumerate(unit.codes(item))}
            lookup = np.array([*(own.get(code, -1) for code in codes), -1], np.int8)
            rows.append(lookup[observed.population.answers(item)])
    return np.stack(rows)


def _by_humans(
    cells: Sequence[Cell], potentials: Mapping[tuple[str, str], FloatArray], layout: _Layout
) -> dict[_Key, dict[tuple[str, str], FloatArray]]:
    """Potentials as columns, summed over the cells that are compared with the same humans."""
    found: dict[_Key, dict[tuple[str, str], FloatArray]] = {}
    for name, table in potentials.items():
        for c in np.flatnonzero(table.any(axis=(1, 2))).tolist():
            of_key = found.setdefault(_key(cells[c]), {})
            of_key[name] = of_key.get(name, 0.0) + layout.columns(table[c])
    return found


def _draws(
    strata: _Strata, layout: _Layout, wanted: set[_Key], drawing: Drawing
) -> Iterator[tuple[_Key, SingleArray]]:
    """Of all whose humans are wanted, by how much each draw moves the shares, (B, columns)."""
    for language, keys in strata.pools.items():
        pooled = (language,) in wanted
        pool = _Pool(layout, drawing.draws)
        for key in keys:
            if key not in wanted and not pooled:
                continue
            sums, whole = _drawn_sums(strata, key, layout, drawing)
            if key in wanted or strata.by_country:
                moved = layout.moved(sums, whole)
                if key in wanted:
                    yield key, moved
            if pooled and strata.by_country:
                n = strata.numbers(key)[layout.member]
                pool.add(moved * n.astype(np.float32), n.astype(np.float64))
            elif pooled:
                pool.add(sums, whole)
        if pooled:
            yield (
                (language,),
                pool.mean() if strata.by_country else layout.moved(pool.sums, pool.whole),
            )


class _Pool:
    """Sums over the countries of a language."""

    def __init__(self, layout: _Layout, draws: int) -> None:
        self.sums = np.zeros((draws, layout.member.size), np.float32)
        self.whole = np.zeros(layout.member.size)

    def add(self, sums: SingleArray, whole: FloatArray) -> None:
        """Another country."""
        self.sums += np.nan_to_num(sums)
        self.whole += whole

    def mean(self) -> SingleArray:
        """Sums over what they are sums of."""
        return np.asarray(self.sums / np.maximum(self.whole, 1), np.float32)


def _drawn_sums(
    strata: _Strata, key: _Key, layout: _Layout, drawing: Drawing
) -> tuple[SingleArray, FloatArray]:
    """Weight on each column in every draw (B, columns), and among all (columns,)."""
    rows = strata.rows[key]
    name = "-".join(key).encode()
    times = cluster_weights(
        len(rows), drawing.draws, np.random.default_rng([drawing.seed, 2, *name])
    )
    chosen = strata.answers[:, rows].T
    table = np.zeros((len(rows), layout.member.size + 1), np.float32)
    place = np.where(chosen >= 0, layout.first + chosen, layout.member.size)
    table[np.arange(len(rows))[:, None], place] = strata.weights[rows][:, None]
    table = table[:, :-1]  # the last column is for who did not answer
    return times.astype(np.float32) @ table, table.sum(axis=0, dtype=np.float64)
