"""Tables of how uniform personas are, and whether incongruous ones collapse into congruous ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.measures.diversity import (
    Diversity,
    DiversityAccumulator,
    Kind,
    diversity,
    diversity_ratio,
)
from mores.measures.group_sums import CLUSTERS, random_clusters
from mores.measures.mixture_sums import MixtureAccumulator
from mores.measures.resampling import cluster_weights, interval_of
from mores.measures.stereotype import Estimate, Nearest, collapse, nearest_targets
from mores.personas.grid import (
    INCONGRUOUS_BELOW,
    N_CONFIGURATIONS,
    congruence,
    indices_of,
    levels_of,
    positions,
)
from mores.personas.variables import variables
from mores.studies.grounded_personas.alignment_tables import Probe, ProbeHumans, ProbePersonas
from mores.studies.grounded_personas.position_tables import PlacedPersonas

__all__ = ["collapse_table", "congruous_neighbours", "diversity_table"]

FloatArray = NDArray[np.float64]

_KINDS: tuple[Kind, ...] = ("variance", "entropy")
_PARTS: tuple[Literal["within", "between", "total"], ...] = ("within", "between", "total")
_BINS = 10


@cache
def congruous_neighbours(threshold: float = INCONGRUOUS_BELOW) -> Nearest:
    """The nearest configurations with a congruence of `threshold` and more, of the whole grid.

    Returns
    -------
    Nearest
        `mean` holds positions as `mores.personas.grid.positions` gives them.
    """
    levels = levels_of(np.arange(N_CONFIGURATIONS))
    sizes = [len(variable.levels) for variable in variables()]
    return nearest_targets(sizes, congruence(levels) >= threshold, positions(levels))


def collapse_table(
    cells: Iterable[PlacedPersonas],
    *,
    threshold: float = INCONGRUOUS_BELOW,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, pl.DataFrame]:
    """Distance between where personas were asked to stand and where they stand.

    Parameters
    ----------
    cells : iterable of PlacedPersonas
        One for each model and form.
    threshold : float
        Congruence from which a persona is congruous.
    draws : int
        Bootstrap draws over personas.
    level : float
        Nominal coverage, between 0 and 1.
    seed : int
        Of clusters and draws.

    Returns
    -------
    dict of polars.DataFrame
        ``collapse``: ``model form weighting measure value low high``, with the measures ``slope rank
        congruous incongruous towards pointing pull`` of `mores.measures.stereotype.Collapse`, then
        ``n n_incongruous undirected missing``. ``collapse_by_congruence``: mean ``distance`` in tenths
        of congruence, ``congruence_low congruence_high``, with ``n``; tenths that nobody is in have no
        row. Missing is null, as all numbers are where too few personas are congruous for a frame.

    Raises
    ------
    ValueError
        If arrays do not fit, or something is out of range.
    """
    rows, bins = [], []
    for cell in cells:
        near = congruous_neighbours(threshold).mean[indices_of(cell.levels)]
        asked, fits = positions(cell.levels), congruence(cell.levels)
        clusters = random_clusters(len(fits), CLUSTERS, seed)
        for weighting, weights in cell.weights.items():
            key = {"model": cell.model, "form": cell.form, "weighting": weighting}
            found = collapse(
                asked, cell.points, fits, near, threshold, weights, clusters, draws, seed, level
            )
            counts = {
                name: getattr(found, name)
                for name in ("n", "n_incongruous", "undirected", "missing")
            }
            estimates = {
                "slope": found.slope,
                "rank": Estimate(found.rank.rho, found.rank.interval),
                "congruous": found.congruous,
                "incongruous": found.incongruous,
                "towards": found.towards,
                "pointing": found.pointing,
                "pull": found.pull,
            }
            rows += [
                key
                | {
                    "measure": name,
                    "value": one.value,
                    "low": float(one.interval.low),
                    "high": float(one.interval.high),
                }
                | counts
                for name, one in estimates.items()
            ]
            bins += [key | row for row in _tenths(fits, found.distance, weights)]
    return {
        "collapse": _frame(rows),
        "collapse_by_congruence": _frame(bins),
    }


def diversity_table(
    probe: Probe,
    humans: ProbeHumans,
    cells: Iterable[ProbePersonas],
    *,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> pl.DataFrame:
    """Diversity within and between personas, beside that of humans.

    Parameters
    ----------
    probe, humans, cells
        As for `mores.studies.grounded_personas.alignment_tables.alignment_tables`.
    draws : int
        Bootstrap draws over personas; the humans are held.
    level : float
        Nominal coverage, between 0 and 1.
    seed : int
        Of clusters and draws.

    Returns
    -------
    polars.DataFrame
        ``model form weighting attribute level kind part``, kind ``variance`` or ``entropy``, part
        ``within``, ``between`` or ``total``, of single answers the total alone; ``personas`` and
        ``humans``, means over the questions that both answered, the humans' always their total;
        ``ratio low high`` of the two; ``questions``; ``n_personas``; ``synthetic``. Missing is null.

    Raises
    ------
    ValueError
        If arrays do not fit, or something is out of range.
    """
    people = MixtureAccumulator(len(probe.named_groups()), probe.n_options)
    groups = probe.groups(humans.levels)
    people.add_answers(humans.answers, groups, np.nan_to_num(humans.weights))
    shares = people.shares()[0]
    rows = []
    for cell in cells:
        for kind in _KINDS:
            theirs = diversity(shares, probe.ordered, probe.n_options, kind)
            found = _fed(probe, cell, kind, seed)
            taken = cluster_weights(found.mixture.n_clusters, draws, seed)
            whole = found.parts()
            used = found.mixture.clusters_used()
            for g, (attribute, name) in enumerate(probe.named_groups()):
                own = Diversity(whole.within[:, g], whole.total[:, g])
                drawn = found.draws(taken, g)
                for part in _PARTS:
                    if part != "total" and not cell.distributions:
                        continue
                    ours = getattr(own, part)
                    value = diversity_ratio(ours, theirs[g])
                    spread = interval_of(
                        diversity_ratio(getattr(drawn, part), theirs[g]), level, used[:, g]
                    )
                    both = ~(np.isnan(ours) | np.isnan(theirs[g]))
                    rows += [
                        {
                            "model": cell.model,
                            "form": cell.form,
                            "weighting": weighting,
                            "attribute": attribute,
                            "level": name,
                            "kind": kind,
                            "part": part,
                            "personas": _mean(ours[w], both[w]),
                            "humans": _mean(theirs[g], both[w]),
                            "ratio": float(value[w]),
                            "low": float(spread.low[w]),
                            "high": float(spread.high[w]),
                            "questions": int(both[w].sum()),
                            "n_personas": int(found.mixture.members[w, g]),
                            "synthetic": humans.synthetic,
                        }
                        for w, weighting in enumerate(cell.weights)
                    ]
    return _frame(rows)


def _fed(probe: Probe, cell: ProbePersonas, kind: Kind, seed: int) -> DiversityAccumulator:
    clusters = random_clusters(len(cell.levels), CLUSTERS, seed)
    weights = np.stack(list(cell.weights.values()), axis=1)
    groups = probe.groups(cell.levels)
    mixture = MixtureAccumulator(
        len(probe.named_groups()), probe.n_options, weights.shape[1], int(clusters.max()) + 1
    )
    found = DiversityAccumulator(mixture, probe.ordered, kind)
    for rows, shares in cell.blocks(probe.width):
        found.add(shares, groups[rows], weights[rows], clusters[rows])
    return found


def _tenths(
    fits: FloatArray, distance: FloatArray, weights: FloatArray
) -> list[dict[str, float | int]]:
    there = ~np.isnan(distance) & (np.nan_to_num(weights) > 0)
    # Congruence is a sum of fractions: what rounding put below an edge belongs above it.
    place = np.minimum((fits[there] * _BINS + 1e-9).astype(np.int64), _BINS - 1)
    weight = weights[there]
    sums = np.bincount(place, weight * distance[there], _BINS)
    total, n = np.bincount(place, weight, _BINS), np.bincount(place, minlength=_BINS)
    return [
        {
            "congruence_low": b / _BINS,
            "congruence_high": (b + 1) / _BINS,
            "distance": float(sums[b] / total[b]),
            "n": int(n[b]),
        }
        for b in np.flatnonzero(n).tolist()
    ]


def _mean(values: FloatArray, there: NDArray[np.bool_]) -> float:
    return float(values[there].mean()) if there.any() else float("nan")


def _frame(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows).with_columns(pl.selectors.float().fill_nan(None))
