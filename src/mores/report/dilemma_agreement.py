"""What people judged of dilemmas, as one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mores.studies.dilemma_quality.agreement import (
    CheckShare,
    Concordance,
    DilemmaDisagreement,
    JudgementArrays,
    Recovery,
    check_shares,
    concordances,
    disagreements,
    majority,
    recovery,
)
from mores.studies.reading_shares import share_with_interval

if TYPE_CHECKING:
    import polars as pl

__all__ = ["EVERYONE", "MOST", "ReviewResults", "review_results", "review_table"]

EVERYONE, MOST = "all readings", "most reviewers"
"""Whose results these are: every reading counted, or each dilemma once."""

Row = tuple[str, str, str, float | None, float | None, float | None, int, str]


@dataclass(frozen=True, slots=True)
class ReviewResults:
    """Everything that is told of judgements.

    Attributes
    ----------
    recovered : tuple of (str, Recovery)
        By reviewer, then of all readings.
    orders_by_most : tuple of (int, int)
        Dilemmas whose order more than half of their readers recovered, of those that were read.
    checked : tuple of (str, CheckShare)
        By reviewer, then by the majority of each dilemma's reviewers; ties do not pass.
    agreement : tuple of Concordance
    disagreement : tuple of DilemmaDisagreement
        Worst first.
    """

    recovered: tuple[tuple[str, Recovery], ...]
    orders_by_most: tuple[int, int]
    checked: tuple[tuple[str, CheckShare], ...]
    agreement: tuple[Concordance, ...]
    disagreement: tuple[DilemmaDisagreement, ...]


def review_results(arrays: JudgementArrays) -> ReviewResults:
    """All results of some judgements.

    Parameters
    ----------
    arrays : JudgementArrays
    """
    read = ~np.isnan(arrays.places).any(axis=2)
    exact = (arrays.places == np.arange(1, arrays.places.shape[2] + 1)).all(axis=2)
    by_most = majority(np.where(read, exact, np.nan))
    each = [(name, arrays.places[:, i]) for i, name in enumerate(arrays.reviewers)]
    checks = [(name, arrays.checks[:, i]) for i, name in enumerate(arrays.reviewers)]
    return ReviewResults(
        tuple((name, recovery(places)) for name, places in [*each, (EVERYONE, arrays.places)]),
        (int((by_most == 1).sum()), int((~np.isnan(by_most)).sum())),
        tuple(
            (name, check_shares(made))
            for name, made in [*checks, (MOST, majority(arrays.checks.transpose(0, 2, 1)))]
        ),
        concordances(arrays),
        disagreements(arrays),
    )


def review_table(results: ReviewResults) -> pl.DataFrame:
    """One row a number.

    Columns: topic, who (a reviewer, all of them, or a dilemma), measure, value, low and high (the ends
    of Wilson's 95 % interval, where what is counted is independent), n, of.
    """
    import polars as pl

    schema = {
        "topic": pl.String,
        "who": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "n": pl.Int64,
        "of": pl.String,
    }
    rows = [*_recovered(results), *_checked(results), *_agreed(results), *_apart(results)]
    return pl.DataFrame([_without_nan(row) for row in rows], schema=schema, orient="row")


def _without_nan(row: Row) -> tuple[object, ...]:
    return tuple(None if isinstance(x, float) and np.isnan(x) else x for x in row)


def _share(topic: str, who: str, measure: str, count: int, n: int, of: str) -> Row:
    return (topic, who, measure, *share_with_interval(count, n), n, of)


def _recovered(results: ReviewResults) -> Iterator[Row]:
    topic = "recovered"
    for who, found in results.recovered:
        actions = 6 * found.read
        for measure, count in (("on their side", found.sides), ("in their place", found.exact)):
            # The actions of a dilemma are not independent, nor are two readings of it.
            yield topic, who, measure, _ratio(count, actions), None, None, actions, "actions"
        for measure, count in (("all six on their side", found.all_sides), ("order", found.orders)):
            if who == EVERYONE:
                share = _ratio(count, found.read)
                yield topic, who, measure, share, None, None, found.read, "readings"
            else:
                yield _share(topic, who, measure, count, found.read, "dilemmas")
    yield _share(topic, MOST, "order", *results.orders_by_most, "dilemmas")


def _checked(results: ReviewResults) -> Iterator[Row]:
    for who, found in results.checked:
        for name, count in (*found.passed, ("all four", found.all_four)):
            yield _share("passed", who, name, count, found.checked, "dilemmas")


def _agreed(results: ReviewResults) -> Iterator[Row]:
    for one in results.agreement:
        of = f"{one.of} judged twice or more"
        yield "alpha", EVERYONE, one.name, one.alpha, None, None, one.units, of
        yield "equal pairs", EVERYONE, one.name, one.agreement, None, None, one.units, of


def _apart(results: ReviewResults) -> Iterator[Row]:
    for one in results.disagreement:
        where = ("disagreement", one.id)
        yield (
            *where,
            "actions on both sides",
            float(len(one.split)),
            None,
            None,
            one.readers,
            "readers",
        )
        yield *where, "distance of places", one.distance, None, None, one.readers, "readers"
        checks = float(len(one.split_checks))
        yield *where, "checks not agreed on", checks, None, None, one.readers, "readers"


def _ratio(count: int, n: int) -> float:
    return count / n if n else float("nan")
