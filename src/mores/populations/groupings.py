"""Respondents sorted into groups, by columns of the data and by bands made from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import polars as pl

from mores.errors import PopulationError, nearest
from mores.populations.population import Groups, Population, grouped

__all__ = ["AGE_BANDS", "BANDS", "EDUCATION_GROUPS", "groups"]

AGE_BANDS = ("≤29", "30–49", "50+")
"""The survey's own three intervals of age (X003R2)."""

EDUCATION_GROUPS = ("lower", "middle", "higher")
"""Three groups of education: the survey's own (Q275R), else ISCED 0–2, 3–4 and 5–8."""


def groups(population: Population, by: Sequence[str]) -> Groups:
    """As `Population.groups`, with the bands of `BANDS` as grouping variables too.

    Parameters
    ----------
    population : Population
        Whose respondents are sorted.
    by : sequence of str
        Names of columns about respondents, ``"age_band"`` and ``"education_group"``; a name alone
        is taken as a sequence of one, and nothing as one group of all.

    Returns
    -------
    Groups
        Bands are sorted from young to old and from lower to higher.

    Raises
    ------
    PopulationError
        If there is no such column, or nobody has a value in all of them.
    """
    names = [by] if isinstance(by, str) else list(dict.fromkeys(by))
    if any(name in BANDS for name in names):
        found = _combined(population, names)
    else:
        _refuse_unknown(population, names)
        found = population.groups(names)
    if len(found) == 0:
        raise PopulationError(
            f"nobody of {population.label} has a value of {' and '.join(names)}; allowed: columns "
            "with values; group by something else, or take another data set"
        )
    return found


def _refuse_unknown(population: Population, names: Sequence[str]) -> None:
    allowed = population.grouping_columns
    for name in names:
        if name not in allowed and name not in BANDS:
            raise PopulationError(
                f"{name!r} is no column about respondents of {population.label} that makes groups; "
                f"{nearest(name, [*allowed, *BANDS])}"
            )


def _combined(population: Population, names: Sequence[str]) -> Groups:
    _refuse_unknown(population, names)
    return grouped(
        [
            (BANDS[name](population) if name in BANDS else population.category(name)).alias(name)
            for name in names
        ]
    )


def _age_band(population: Population) -> pl.Series:
    age = population.category("age")
    return _banded(age, (29, 49), AGE_BANDS)


def _education_group(population: Population) -> pl.Series:
    present = [c for c in ("education", "education_isced") if c in population.frame.columns]
    if not present:
        raise PopulationError(
            f"education_group needs the column education or education_isced, and {population.label} "
            "has neither; group by something else, or take another data set"
        )
    bands = [
        _banded(
            population.category(name), (1, 2) if name == "education" else (2, 4), EDUCATION_GROUPS
        )
        for name in present
    ]
    return bands[0] if len(bands) == 1 else bands[0].zip_with(bands[0].is_not_null(), bands[1])


def _banded(values: pl.Series, ends: tuple[int, int], labels: Sequence[str]) -> pl.Series:
    """Three bands, of which the first two hold their upper end; null stays null."""
    column = pl.col("value")
    band = (
        pl.when(column <= ends[0])
        .then(pl.lit(labels[0]))
        .when(column <= ends[1])
        .then(pl.lit(labels[1]))
        .when(column > ends[1])
        .then(pl.lit(labels[2]))
    )
    return pl.DataFrame({"value": values}).select(band.cast(pl.Enum(labels))).to_series()


BANDS: Mapping[str, Callable[[Population], pl.Series]] = MappingProxyType(
    {"age_band": _age_band, "education_group": _education_group}
)
"""Grouping variables that are made from columns about respondents."""
