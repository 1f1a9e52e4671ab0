"""All tables of a framings study, by name."""

from __future__ import annotations

import polars as pl

from mores.studies.framings.aggregates import by_category, by_slice, overall
from mores.studies.framings.axes import by_axis, deviations, on_axes
from mores.studies.framings.contrasts import contrasts
from mores.studies.framings.intervals import Drawing
from mores.studies.framings.references import references
from mores.studies.framings.replies import refusals, requests
from mores.studies.framings.responses import Observed, Responses
from mores.studies.framings.scoring import forms, score
from mores.studies.framings.unit_rows import by_unit
from mores.studies.framings.variants import paraphrases, prompt_languages

__all__ = ["tables"]


def tables(
    observed: Observed, responses: Responses, *, draws: int, level: float, seed: int
) -> dict[str, pl.DataFrame]:
    """Compute every table.

    Parameters
    ----------
    observed : Observed
        The humans.
    responses : Responses
        A model's answers in the contexts that the cells name.
    draws : int
        Bootstrap draws, at least 1; 2,000 for a 95 % interval.
    level : float
        Nominal coverage of the intervals, between 0 and 1.
    seed : int
        Of the draws.

    Returns
    -------
    dict of polars.DataFrame
        ``overall``, ``by_slice``, ``by_category``, ``by_axis``, ``by_unit``, ``deviations``,
        ``references``, ``tests``, ``refusals``, ``requests``; ``prompt_languages`` and
        ``paraphrases`` if there are any. Missing is null everywhere. A table has its rows for points,
        and where they differ from these for distributions (`form`).

    Raises
    ------
    ValueError
        If `draws` or `level` is out of range, or shares are no distributions.
    """
    drawing = Drawing(draws, level, seed)
    found = [score(observed, responses, form) for form in forms(responses)]
    axes = [one for form in forms(responses) for one in on_axes(observed, responses, form)]
    made = {
        "overall": overall(observed, responses, found, drawing),
        "by_slice": by_slice(observed, responses, found, drawing),
        "by_category": by_category(observed, responses, found, drawing),
        "by_axis": by_axis(observed, responses, axes, drawing),
        "by_unit": by_unit(observed, responses, found),
        "deviations": deviations(observed, responses, axes),
        "references": references(observed, responses, drawing),
        "tests": contrasts(observed, responses, found),
        "refusals": refusals(observed, responses),
        "requests": requests(observed, responses),
    }
    optional = {
        "prompt_languages": prompt_languages(observed, responses, found, drawing),
        "paraphrases": paraphrases(observed, responses, found, drawing),
    }
    return made | {name: table for name, table in optional.items() if table is not None}
