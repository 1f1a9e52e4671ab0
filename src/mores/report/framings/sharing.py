"""What several models have in common: slices asked of both, and the rows that all of them answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from mores.measures.resampling import (
    ClusterBootstrap,
    cluster_sums,
    expanded_level,
    percentile_interval,
)
from mores.report.framings.context import ModelTables, known
from mores.report.framings.labels import framings_of, slice_title

__all__ = ["LEVEL", "Group", "differences", "form_of", "groups_of", "shared"]

LEVEL = 0.95
"""Of the intervals of a comparison."""
_DRAWS, _SEED = 2000, 1
_FEWEST = 5
"""Units for an interval."""

Place: TypeAlias = tuple[str, str]
"""Slice and unit."""
Values: TypeAlias = dict[str, dict[Place, dict[str, Any]]]
"""Rows by framing and place."""


@dataclass(frozen=True, slots=True)
class Group:
    """Slices that the same models were asked about.

    Attributes
    ----------
    title : str
    models : tuple of int
        Places of two or more models.
    slices : tuple of str
    """

    title: str
    models: tuple[int, ...]
    slices: tuple[str, ...]


def groups_of(models: Sequence[ModelTables]) -> list[Group]:
    """Slices grouped by who was asked about them; those of one model alone are left out."""
    order = list(dict.fromkeys(s for m in models for s in m.slices))
    held: dict[tuple[int, ...], list[str]] = {}
    for name in order:
        who = tuple(k for k, m in enumerate(models) if name in m.slices)
        if len(who) > 1:
            held.setdefault(who, []).append(name)
    ranked = sorted(held.items(), key=lambda g: (-len(g[0]), -len(g[1])))
    return [Group(_title(names, order), who, tuple(names)) for who, names in ranked]


def _title(names: Sequence[str], everything: Sequence[str]) -> str:
    if len(names) == len(everything) and len(names) > 1:
        return f"All {len(names)} slices"
    if len(names) > 4:
        return f"{len(names)} slices"
    return ", ".join(map(slice_title, names))


def _values(model: ModelTables, slices: Sequence[str], form: str) -> Values:
    found: Values = {}
    for row in model.rows("by_unit"):
        if row["slice"] in slices and row.get("form", form) == form:
            found.setdefault(row["framing"], {})[row["slice"], row["unit"]] = row
    return found


def form_of(models: Sequence[ModelTables]) -> str:
    """A form that all models have; that of the first if there is none."""
    common = [f for f in models[0].forms if all(f in (m.forms or [f]) for m in models)]
    return common[0] if common else models[0].form


def _answered(rows: dict[Place, dict[str, Any]]) -> dict[Place, float]:
    return {at: v for at, r in rows.items() if (v := known(r, "alignment")) is not None}


def _interval(values: Sequence[float], places: Sequence[Place]) -> tuple[float | None, ...]:
    """Bootstrap interval over units of a mean of rows; None of few units."""
    units = sorted({unit for _, unit in places})
    if len(units) < _FEWEST:
        return None, None
    index = {unit: k for k, unit in enumerate(units)}
    sums, counts = cluster_sums(
        np.array(values), np.array([index[u] for _, u in places]), len(units)
    )
    draws = ClusterBootstrap.draw(len(units), _DRAWS, _SEED).mean(sums, counts)
    ends = percentile_interval(draws, expanded_level(LEVEL, len(units)))
    return float(ends.low), float(ends.high)


def _mean(rows: Sequence[dict[str, Any]], column: str) -> float | None:
    there = [v for r in rows if (v := known(r, column)) is not None]
    return sum(there) / len(there) if there else None


def _common(group: Group, held: Sequence[Values], framing: str) -> tuple[list[int], list[Place]]:
    """Models of a group that have a framing, and the places that all of them answered."""
    own = [k for k in group.models if held[k].get(framing)]
    answered = [set(_answered(held[k][framing])) for k in own]
    return own, sorted(set.intersection(*answered)) if answered else []


def shared(models: Sequence[ModelTables], groups: Sequence[Group]) -> Iterator[dict[str, Any]]:
    """Measures of each model on the slices of each group, and on the rows that all answered.

    Yields
    ------
    dict
        ``group model framing slices n coverage alignment n_shared units_shared baseline_gap_shared
        response_gap_shared shift_shared alignment_shared alignment_low alignment_high``, the ends
        those of `alignment_shared`.
    """
    form = form_of(models)
    for group in groups:
        held = [_values(m, group.slices, form) for m in models]
        for framing in framings_of(f for k in group.models for f in held[k]):
            own, places = _common(group, held, framing)
            if len(own) < 2:
                continue
            for k in own:
                rows = held[k][framing]
                mine = _answered(rows)
                both = [rows[at] for at in places]
                values = [mine[at] for at in places]
                low, high = _interval(values, places)
                yield {
                    "group": group.title,
                    "model": models[k].label,
                    "framing": framing,
                    "slices": len(group.slices),
                    "n": len(mine),
                    "coverage": _mean(list(rows.values()), "coverage"),
                    "alignment": _mean(list(rows.values()), "alignment"),
                    "n_shared": len(places),
                    "units_shared": len({unit for _, unit in places}),
                    "baseline_gap_shared": _mean(both, "baseline_gap"),
                    "response_gap_shared": _mean(both, "response_gap"),
                    "shift_shared": _mean(both, "shift"),
                    "alignment_shared": _mean(both, "alignment"),
                    "alignment_low": low,
                    "alignment_high": high,
                }


def differences(models: Sequence[ModelTables], groups: Sequence[Group]) -> Iterator[dict[str, Any]]:
    """Differences of alignment of each two models, on the rows that both answered.

    Yields
    ------
    dict
        ``group framing model_a model_b n units difference difference_low difference_high``; the
        difference is that of a less b.
    """
    form = form_of(models)
    for group in groups:
        held = [_values(m, group.slices, form) for m in models]
        for framing in framings_of(f for k in group.models for f in held[k]):
            asked = [k for k in group.models if framing in held[k]]
            for a, b in combinations(asked, 2):
                first, second = (_answered(held[k][framing]) for k in (a, b))
                places = sorted(set(first) & set(second))
                apart = [first[at] - second[at] for at in places]
                low, high = _interval(apart, places)
                yield {
                    "group": group.title,
                    "framing": framing,
                    "model_a": models[a].label,
                    "model_b": models[b].label,
                    "n": len(places),
                    "units": len({unit for _, unit in places}),
                    "difference": sum(apart) / len(apart) if apart else None,
                    "difference_low": low,
                    "difference_high": high,
                }
