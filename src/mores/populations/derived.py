"""The two indices of the survey that are computed from several questions.

Both are recomputed from their questions, so that every form of a file yields the same values; the
rules are those of the survey's own syntax (Inglehart and Welzel 2005, Modernization, Cultural Change,
and Democracy, doi:10.1017/CBO9780511790881; the integrated values survey's variables Y002 and Y003).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["MISSING", "autonomy", "post_materialism", "service_attendance", "with_indices"]

MISSING = -5
"""Code of an index that cannot be computed. -1 and -2 are values of the autonomy index."""

IntArray = npt.NDArray[np.integer]


def post_materialism(first: IntArray, second: IntArray) -> IntArray:
    """Post-materialism, four items (Y002).

    Parameters
    ----------
    first, second : array of int, one shape
        First and second choice among the country's aims (Q154, Q155): 1 maintaining order, 2 giving
        people more say, 3 fighting rising prices, 4 protecting free speech. Other codes are missing.

    Returns
    -------
    array of int8, same shape
        1 materialist (both choices 1 or 3), 2 mixed, 3 post-materialist (both 2 or 4);
        `MISSING` where a choice is missing.
    """
    choices = np.stack([first, second])
    found = 2 + np.isin(choices, (2, 4)).all(axis=0) - np.isin(choices, (1, 3)).all(axis=0)
    known = np.isin(choices, (1, 2, 3, 4)).all(axis=0)
    return np.where(known, found, MISSING).astype(np.int8)


def autonomy(
    independence: IntArray, determination: IntArray, faith: IntArray, obedience: IntArray
) -> IntArray:
    """Autonomy index (Y003): (faith + obedience) - (independence + determination).

    Parameters
    ----------
    independence, determination, faith, obedience : array of int, one shape
        Qualities wanted in a child (Q8, Q14, Q15, Q17): 1 mentioned, 2 not mentioned. Other codes
        are missing. Imagination (Q11) is not part of the index.

    Returns
    -------
    array of int8, same shape
        -2 obedience and religious faith … 2 independence and determination; `MISSING` where one of
        the four is missing.
    """
    qualities = np.stack([independence, determination, faith, obedience]).astype(np.int16)
    found = qualities[2] + qualities[3] - qualities[0] - qualities[1]
    known = np.isin(qualities, (1, 2)).all(axis=0)
    return np.where(known, found, MISSING).astype(np.int8)


def service_attendance(eight: IntArray) -> IntArray:
    """Attendance of religious services on the seven steps of wave 7, from the eight of trend files.

    Parameters
    ----------
    eight : ndarray of int, shape (respondents,)
        Codes of F028, missing codes included.

    Returns
    -------
    ndarray of int8, shape (respondents,)
        Codes of Q171: 5, "other specific holy days", joins 4, "only on special holy days", and what
        follows moves up by one. Missing codes stay as they are.
    """
    return np.where(eight >= 5, eight - 1, eight).astype(np.int8)


_INDICES: tuple[tuple[str, tuple[str, ...], Callable[..., IntArray]], ...] = (
    ("Q171", ("F028",), service_attendance),
    ("Y002", ("Q154", "Q155"), post_materialism),
    ("Y003", ("Q8", "Q14", "Q15", "Q17"), autonomy),
)


def with_indices(frame: pl.DataFrame) -> pl.DataFrame:
    """Respondents with the columns Q171, Y002 and Y003 computed from their questions.

    Parameters
    ----------
    frame : polars.DataFrame
        One row a respondent; questions in columns by their ids, as the survey's codes, null where
        the respondent's file had no such column.

    Returns
    -------
    polars.DataFrame
        The same rows in the same order. An index (Int8) is computed wherever all of its questions
        are there, `MISSING` if one of their answers is missing. Where a question is null the index
        keeps the value that the file brought, null if it brought none; a column is added only if
        there is something to compute.
    """
    for index, questions, compute in _INDICES:
        if set(questions) <= set(frame.columns):
            frame = frame.with_columns(_computed(frame, index, questions, compute))
    return frame


def _computed(
    frame: pl.DataFrame, index: str, questions: tuple[str, ...], compute: Callable[..., IntArray]
) -> pl.Series:
    codes = [frame[question].cast(pl.Int16).fill_null(0).to_numpy() for question in questions]
    values = pl.Series(index, compute(*codes), dtype=pl.Int8)
    asked = frame.select(pl.all_horizontal(pl.col(questions).is_not_null())).to_series()
    nothing = pl.Series(index, [None] * len(values), dtype=pl.Int8)
    brought = frame[index].cast(pl.Int8) if index in frame.columns else nothing
    return values.zip_with(asked, brought)
