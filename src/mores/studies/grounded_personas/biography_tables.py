"""The tables `biography_checks` and `demographics`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import polars as pl

from mores.errors import PopulationError
from mores.measures.composition import composition_gap
from mores.measures.proportions import share_interval
from mores.measures.readings import Detection, detection, reading_agreement
from mores.measures.shares import weighted_shares
from mores.personas.biographies import (
    OCCUPATIONS,
    UNCLEAR,
    Biography,
    Demographics,
    agreement_table,
)
from mores.personas.variables import variables
from mores.populations.groupings import AGE_BANDS, EDUCATION_GROUPS, groups
from mores.populations.population import Population

__all__ = ["ALL_VARIABLES", "ATTRIBUTES", "biography_checks", "demographics", "planted_detection"]

ALL_VARIABLES = "all ten"
"""The last row of `biography_checks`: stories as wholes."""

_EDUCATION = {"isced-0-1": 0, "isced-2": 0, "isced-3-4": 1, "isced-5": 2, "isced-6-8": 2}
_OCCUPATIONS = tuple(OCCUPATIONS)

IntArray = npt.NDArray[np.int64]


def biography_checks(biographies: Iterable[Biography], level: float = 0.95) -> pl.DataFrame:
    """What second readings found, by variable.

    Parameters
    ----------
    biographies : iterable of Biography
        Accepted and rejected alike; those without a reading are left out.
    level : float
        Nominal coverage of the intervals.

    Returns
    -------
    polars.DataFrame
        A row a variable and a last one for all ten together, in which a story is recovered if all
        ten levels are, contradicted if one or more are, unclear otherwise. Columns ``variable n
        recovered contradicted unclear rate low high recovery recovery_low recovery_high
        earlier_contradicted``: the first rate is of contradictions, intervals are Wilson's, rates are
        null where nothing was read. ``earlier_contradicted`` counts drafts that were contradicted
        and written again.
    """
    given = list(biographies)
    asked, read = agreement_table(given)
    wrong = ((read != asked) & (read != UNCLEAR)).any(axis=1)
    unknown = (read == UNCLEAR).any(axis=1)
    # All ten as one more attribute: 1 where another level was read, UNCLEAR where one is not known.
    whole = np.where(wrong, 1, np.where(unknown, UNCLEAR, 0)).astype(np.int8)[:, None]
    asked = np.hstack([asked, np.zeros_like(whole)])
    found = reading_agreement(asked, np.hstack([read, whole]), level)
    names = [variable.id for variable in variables()]
    earlier = [sum(f"contradicts:{n}" in draft for b in given for draft in b.drafts) for n in names]
    any_earlier = sum(
        any(fault.startswith("contradicts:") for fault in draft)
        for b in given
        for draft in b.drafts
    )
    return pl.DataFrame(
        {
            "variable": [*names, ALL_VARIABLES],
            "n": [found.n] * (len(names) + 1),
            "recovered": found.recovered,
            "contradicted": found.contradicted,
            "unclear": found.unclear,
            "rate": found.contradiction_rate,
            "low": found.contradiction.low,
            "high": found.contradiction.high,
            "recovery": found.recovery_rate,
            "recovery_low": found.recovery.low,
            "recovery_high": found.recovery.high,
            "earlier_contradicted": [*earlier, any_earlier],
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def planted_detection(biographies: Iterable[Biography], level: float = 0.95) -> Detection:
    """How well the second reading found the wrong levels that the offline writer planted.

    A planted level counts as found if the reading contradicts the configuration in that variable; a
    contradiction elsewhere is a false alarm. Biographies without a reading are left out.
    """
    given = [b for b in biographies if b.reading is not None]
    asked, read = agreement_table(given)
    planted = np.zeros(asked.shape, np.bool_)
    for row, biography in enumerate(given):
        planted[row, [place for place, _ in biography.planted]] = True
    return detection(planted, (read != asked) & (read != UNCLEAR), level)


def _sex(person: Demographics) -> int:
    return int(person.sex == "male")


def _age_band(person: Demographics) -> int:
    return (person.age > 29) + (person.age > 49)


def _education(person: Demographics) -> int:
    return _EDUCATION[person.education]


def _settlement(person: Demographics) -> int:
    return int(person.settlement == "village")


def _occupation(person: Demographics) -> int:
    return _OCCUPATIONS.index(person.occupation)


_Attribute = tuple[Sequence[str], Callable[[Demographics], int], "str | None", Sequence[object]]

_ATTRIBUTES: Mapping[str, _Attribute] = MappingProxyType(
    {
        # levels, of a biography, grouping variable of respondents, its values in the same order
        "sex": (("female", "male"), _sex, "sex", (2, 1)),
        "age_band": (AGE_BANDS, _age_band, "age_band", AGE_BANDS),
        "education_group": (EDUCATION_GROUPS, _education, "education_group", EDUCATION_GROUPS),
        "settlement": (("urban", "rural"), _settlement, "settlement", (1, 2)),
        "occupation": (_OCCUPATIONS, _occupation, None, ()),
    }
)

ATTRIBUTES = tuple(_ATTRIBUTES)
"""What the table `demographics` compares."""


def demographics(
    biographies: Iterable[Biography],
    population: Population | None = None,
    *,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> pl.DataFrame:
    """Whom accepted biographies are about, beside the respondents of a survey.

    Parameters
    ----------
    biographies : iterable of Biography
        Rejected ones are left out; each of the others counts once.
    population : Population, optional
        The humans; weighted, those without a value of an attribute left out of it. The survey has no
        occupation in this scheme, so that occupations have none to compare with.
    level : float
        Nominal coverage of the intervals.
    draws, seed : int
        Of the bootstrap of the distances.

    Returns
    -------
    polars.DataFrame
        A row a level of each of `ATTRIBUTES`: ``attribute level n_biographies share_biographies low
        high n_humans share_humans difference total_variation tv_low tv_high tv_chance
        synthetic_humans``. Shares are within the attribute, with Wilson's interval; the distance and
        its interval are the attribute's (see `mores.measures.composition`), the same in each of its
        rows; ``tv_chance`` is what would be seen if there were no difference. What is not known is
        null. 18 is the youngest age of a biography; surveys may ask younger people, who count in
        their band.
    """
    people = [b.demographics for b in biographies if b.status == "accepted"]
    known = [person for person in people if person is not None]
    frames = [_attribute_rows(name, known, population, level, draws, seed) for name in ATTRIBUTES]
    return pl.concat(frames).with_columns(pl.col(pl.Float64).fill_nan(None))


def _attribute_rows(
    name: str,
    people: Sequence[Demographics],
    population: Population | None,
    level: float,
    draws: int,
    seed: int,
) -> pl.DataFrame:
    levels, place_of, column, values = _ATTRIBUTES[name]
    counts = np.bincount([place_of(person) for person in people], minlength=len(levels))
    n = int(counts.sum())
    interval = share_interval(counts, n, level)
    shares = counts / n if n else np.full(len(levels), np.nan)
    missing: list[float | None] = [None] * len(levels)
    told: dict[str, object] = dict.fromkeys(("n_humans", "share_humans", "difference"), missing)
    gap: dict[str, float | None] = dict.fromkeys(
        ("total_variation", "tv_low", "tv_high", "tv_chance")
    )
    humans = None if population is None or column is None else _humans(population, column, values)
    if humans is not None:
        human_counts, human_shares, effective = humans
        told = {
            "n_humans": human_counts,
            "share_humans": human_shares,
            "difference": shares - human_shares,
        }
        if n:
            found = composition_gap(counts, human_shares, effective, draws, level, seed)
            low, high = float(found.interval.low), float(found.interval.high)
            gap = dict(zip(gap, (found.distance, low, high, found.chance), strict=True))
    synthetic = None if population is None else population.synthetic
    return pl.DataFrame(
        {
            "attribute": [name] * len(levels),
            "level": list(levels),
            "n_biographies": counts,
            "share_biographies": shares,
            "low": interval.low,
            "high": interval.high,
            **told,
            **{key: [value] * len(levels) for key, value in gap.items()},
            "synthetic_humans": [synthetic] * len(levels),
        },
        schema_overrides={
            "n_humans": pl.Int64,
            "share_humans": pl.Float64,
            "difference": pl.Float64,
            **dict.fromkeys(gap, pl.Float64),
            "synthetic_humans": pl.Boolean,
        },
    )


def _humans(
    population: Population, column: str, values: Sequence[object]
) -> tuple[IntArray, npt.NDArray[np.float64], float] | None:
    """Respondents, weighted shares and effective number by level; None if the survey has none."""
    try:
        found = groups(population, [column])
    except PopulationError:
        return None
    keys = found.keys[column].to_list()
    place = np.array([values.index(key) if key in values else -1 for key in keys] + [-1], np.int8)
    levels = place[found.index]  # -1, no group, is the last place
    everyone = np.zeros(len(levels), np.int32)
    table = weighted_shares(levels[None, :], [len(values)], population.weights, everyone, 1)
    if table.n[0, 0] == 0:
        return None
    counts = table.counts[0, 0, : len(values)].astype(np.int64)
    return counts, table.shares[0, 0, : len(values)], float(max(1.0, table.n_effective[0, 0]))
