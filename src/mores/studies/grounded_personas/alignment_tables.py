"""Tables of how near groups of personas come to the same groups of humans.

Beside every alignment stand what it is to be read against: `uniform`, that of answers by chance;
`everyone`, that of all humans' distribution with the group's; `split_half`, that of one random half of
the group's humans with the other; and `ceiling`, that expected of a model that answers as the group
does, measured against a sample of this size (`mores.measures.split_half`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.measures.group_alignment import (
    GroupAlignment,
    alignment_draws,
    group_alignment,
    overall_alignment,
)
from mores.measures.group_sums import CLUSTERS, centred_interval, random_clusters
from mores.measures.mixture_sums import MixtureAccumulator
from mores.measures.ratio import ratio
from mores.measures.split_half import split_half

__all__ = ["Attribute", "Probe", "ProbeHumans", "ProbePersonas", "alignment_tables", "fed"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EVERYONE = "everyone"
_ROWS = 1 << 13  # personas in memory at once


@dataclass(frozen=True, slots=True)
class Attribute:
    """What groups people, such as sex, and its levels."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Probe:
    """The questions, and the attributes by which answers are compared.

    Attributes
    ----------
    n_options : ndarray of int64, shape (Q,)
    ordered : ndarray of bool, shape (Q,)
        Whether the order of a question's options means something.
    attributes : tuple of Attribute
        A of them; one that holds everybody is added.
    """

    n_options: IntArray
    ordered: NDArray[np.bool_]
    attributes: tuple[Attribute, ...]

    @property
    def width(self) -> int:
        """Options of the longest question."""
        return int(self.n_options.max())

    def groups(self, levels: NDArray[np.integer]) -> IntArray:
        """Groups (n, 1 + A), numbered through all attributes, of levels (n, A); -1 stays."""
        sizes = [1] + [len(attribute.levels) for attribute in self.attributes]
        first = np.cumsum([0, *sizes[:-1]])
        found = np.zeros((len(levels), len(sizes)), np.int64)
        found[:, 1:] = np.where(levels >= 0, levels + first[1:], -1)
        return found

    def named_groups(self) -> list[tuple[str, str]]:
        """Attribute and level of each group."""
        named = [(a.name, level) for a in self.attributes for level in a.levels]
        return [(EVERYONE, "all"), *named]


@dataclass(frozen=True, eq=False)
class ProbeHumans:
    """Respondents.

    Attributes
    ----------
    answers : ndarray of int8, shape (R, Q)
        Index of the option chosen, -1 for none.
    weights : ndarray of float64, shape (R,)
        Survey weights; NaN or 0 for a respondent who has none and is left out.
    levels : ndarray of int, shape (R, A)
        Level of each attribute, -1 where it is not known.
    synthetic : bool
        Whether they are made up.
    """

    answers: NDArray[np.int8]
    weights: FloatArray
    levels: NDArray[np.integer]
    synthetic: bool


@dataclass(frozen=True, eq=False)
class ProbePersonas:
    """Answers of one model's personas in one form.

    Attributes
    ----------
    model, form : str
    shares : callable
        From a slice of the N personas to their distributions, (n, Q, K or more) of float: all 0 or NaN
        where missing. An array is given as ``array.__getitem__``.
    levels : ndarray of int, shape (N, A)
        Level of each attribute, -1 where it is not known.
    weights : mapping of str to ndarray of float64, shape (N,)
        Weightings side by side, such as ``uniform`` and ``prevalence``; 0 and more.
    distributions : bool
        Whether shares are probabilities of options. Single answers say nothing of what lies within a
        persona.
    """

    model: str
    form: str
    shares: Callable[[slice], NDArray[np.floating]]
    levels: NDArray[np.integer]
    weights: Mapping[str, FloatArray]
    distributions: bool = True

    def blocks(self, width: int) -> Iterator[tuple[slice, NDArray[np.floating]]]:
        """The personas in parts of bounded size."""
        for start in range(0, len(self.levels), _ROWS):
            rows = slice(start, min(start + _ROWS, len(self.levels)))
            yield rows, self.shares(rows)[:, :, :width]


def fed(probe: Probe, personas: ProbePersonas, seed: int) -> MixtureAccumulator:
    """The personas' mixtures by weighting and group, dealt into clusters for intervals."""
    n = len(personas.levels)
    clusters = random_clusters(n, CLUSTERS, seed)
    weights = np.stack(list(personas.weights.values()), axis=1)
    groups = probe.groups(personas.levels)
    mixed = MixtureAccumulator(
        len(probe.named_groups()), probe.n_options, weights.shape[1], int(clusters.max()) + 1
    )
    for rows, shares in personas.blocks(probe.width):
        mixed.add(shares, groups[rows], weights[rows], clusters[rows])
    return mixed


def alignment_tables(
    probe: Probe,
    humans: ProbeHumans,
    cells: Iterable[ProbePersonas],
    *,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
    splits: int = 200,
) -> dict[str, pl.DataFrame]:
    """Alignment by group, and over the groups of each attribute.

    Parameters
    ----------
    probe : Probe
    humans : ProbeHumans
    cells : iterable of ProbePersonas
        One for each model and form; read one after the other.
    draws : int
        Bootstrap draws, over personas and over respondents.
    level : float
        Nominal coverage of the intervals, between 0 and 1.
    seed : int
        Of clusters, draws and halves.
    splits : int
        Random halvings of the humans.

    Returns
    -------
    dict of polars.DataFrame
        ``alignment_by_group``: ``model form weighting attribute level``; ``questions`` in the mean and
        ``questions_missing``; ``n_humans``, ``n_personas`` with a weight, their ``n_effective`` and
        ``coverage`` (answers there over answers that could be); ``alignment low high bias``;
        ``uniform everyone split_half ceiling``; ``synthetic``, whether the humans are made up.
        ``alignment_overall``: the same by attribute, weighted by the humans' numbers n_g, with
        ``covered``, the share of them in groups that have an alignment. Missing is null.

    Raises
    ------
    ValueError
        If arrays do not fit, or something is out of range.
    """
    side = _Humans.of(probe, humans, seed, splits)
    by_group, overall = [], []
    for cell in cells:
        mixed = fed(probe, cell, seed)
        found = group_alignment(
            mixed.shares(), side.mixture.shares()[0], probe.ordered, probe.n_options
        )
        drawn = alignment_draws(mixed, side.mixture, probe.ordered, draws, seed)
        for w, weighting in enumerate(cell.weights):
            key = {"model": cell.model, "form": cell.form, "weighting": weighting}
            part = _Part(mixed, found, drawn, w, level)
            by_group.append(_by_group(probe, humans, side, part, key))
            overall.append(_overall(probe, humans, side, part, key))
    return {
        "alignment_by_group": pl.concat(by_group) if by_group else pl.DataFrame(),
        "alignment_overall": pl.concat(overall) if overall else pl.DataFrame(),
    }


class _Part(NamedTuple):
    """What one weighting of one cell gives."""

    mixed: MixtureAccumulator
    found: GroupAlignment
    drawn: FloatArray  # (B, W, G)
    weighting: int
    level: float


@dataclass(frozen=True, eq=False)
class _Humans:
    """The humans' mixtures, and how near references come to them, (G, Q) each."""

    mixture: MixtureAccumulator
    references: dict[str, FloatArray]
    n: IntArray  # (G,)

    @classmethod
    def of(cls, probe: Probe, humans: ProbeHumans, seed: int, splits: int) -> _Humans:
        keys, groups = probe.named_groups(), probe.groups(humans.levels)
        weights = np.nan_to_num(humans.weights)
        clusters = random_clusters(len(weights), CLUSTERS, seed + 1)
        mixture = MixtureAccumulator(len(keys), probe.n_options, 1, int(clusters.max()) + 1)
        mixture.add_answers(humans.answers, groups, weights, clusters)
        shares = mixture.shares()[0]
        options = probe.n_options[:, None]
        chance = np.where(np.arange(probe.width) < options, 1 / options, 0.0)
        near = {
            name: group_alignment(one, shares, probe.ordered, probe.n_options).by_question
            for name, one in (("uniform", chance[None]), ("everyone", shares[:1]))
        }
        halves, whole = np.full((2, *near["uniform"].shape), np.nan)
        for column in groups.T:
            own = np.unique(column[column >= 0])
            place = np.full(len(keys), -1)
            place[own] = np.arange(own.size)
            if not own.size:
                continue
            found = split_half(
                humans.answers.T,
                probe.n_options,
                weights,
                np.where(column >= 0, place[column], -1),
                own.size,
                probe.ordered,
                splits,
                seed=seed,
            )
            halves[own], whole[own] = 1 - found.distance, 1 - found.to_population
        near |= {"split_half": halves, "ceiling": whole}
        return cls(mixture, near, mixture.members[0])

    def means(self, there: NDArray[np.bool_]) -> dict[str, FloatArray]:
        """References over the same questions as a group's alignment, (G,)."""
        return {
            name: ratio(
                np.where(there, np.nan_to_num(near), 0.0).sum(axis=1),
                (there & ~np.isnan(near)).sum(axis=1),
            )
            for name, near in self.references.items()
        }


def _by_group(
    probe: Probe, humans: ProbeHumans, side: _Humans, part: _Part, key: dict[str, str]
) -> pl.DataFrame:
    mixed, w = part.mixed, part.weighting
    estimate = part.found.alignment[w]
    clusters = np.minimum(mixed.clusters_used()[w], side.mixture.clusters_used()[0])
    interval, bias = centred_interval(part.drawn[:, w], estimate, part.level, clusters)
    attributes, levels = zip(*probe.named_groups(), strict=True)
    could = mixed.members[w] * probe.n_options.size
    effective = mixed.n_effective()[w]
    numbers = {
        "n_effective": effective.max(axis=1),
        "coverage": ratio(mixed.n[w].sum(axis=1), could),
        "alignment": estimate,
        "low": interval.low,
        "high": interval.high,
        "bias": bias,
        **side.means(~np.isnan(part.found.by_question[w])),
    }
    return pl.DataFrame(
        [
            *(
                pl.Series(name, [value] * len(levels), dtype=pl.String)
                for name, value in key.items()
            ),
            pl.Series("attribute", attributes),
            pl.Series("level", levels),
            pl.Series("questions", part.found.questions[w]),
            pl.Series("questions_missing", part.found.missing[w]),
            pl.Series("n_humans", side.n),
            pl.Series("n_personas", mixed.members[w]),
            *(_column(name, values) for name, values in numbers.items()),
            pl.Series("synthetic", [humans.synthetic] * len(levels)),
        ]
    )


def _overall(
    probe: Probe, humans: ProbeHumans, side: _Humans, part: _Part, key: dict[str, str]
) -> pl.DataFrame:
    mixed, w = part.mixed, part.weighting
    groups = np.array([attribute for attribute, _ in probe.named_groups()])
    references = side.means(~np.isnan(part.found.by_question[w]))
    clusters = np.minimum(mixed.n_clusters, side.mixture.n_clusters)
    rows = []
    for attribute in dict.fromkeys(groups.tolist()):
        own = np.flatnonzero(groups == attribute)
        size = side.n[own]
        estimate, covered = overall_alignment(part.found.alignment[w, own], size)
        drawn, _ = overall_alignment(part.drawn[:, w, own], size)
        interval, bias = centred_interval(drawn, estimate, part.level, int(clusters))
        there = ~np.isnan(part.found.alignment[w, own])
        numbers = {
            "covered": covered,
            "alignment": estimate,
            "low": interval.low,
            "high": interval.high,
            "bias": bias,
        } | {
            name: overall_alignment(np.where(there, values[own], np.nan), size)[0]
            for name, values in references.items()
        }
        rows.append(
            key
            | {
                "attribute": attribute,
                "groups": int(there.sum()),
                "n_humans": int(size.sum()),
                "n_personas": int(mixed.members[w, own].sum()),
            }
            | {name: float(value) for name, value in numbers.items()}
            | {"synthetic": humans.synthetic}
        )
    return pl.DataFrame(rows).with_columns(pl.selectors.float().fill_nan(None))


def _column(name: str, values: FloatArray) -> pl.Series:
    return pl.Series(name, values, dtype=pl.Float64, nan_to_null=True)
