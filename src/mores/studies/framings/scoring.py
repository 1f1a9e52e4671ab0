"""Gaps, shift and alignment of every cell and unit, and which of them count.

A row is a unit in a cell. It counts when the response, the baseline and the humans are there for all
members of the unit that have humans; what a row is measured by is the mean over these members. A
member without humans is left out of its unit, a unit without any, or with a member unanswered, is no
row. Means over rows count each the same (Wedgwood et al. 2026, appendix C).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mores.measures.gaps import Form, gap, gap_potential, unit_means
from mores.measures.ratio import ratio
from mores.studies.framings.responses import Observed, Responses

__all__ = ["Scored", "forms", "given", "humans_there", "score"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scored:
    """Measures of every row, shape (C, U), 0 … 1, NaN where a row does not count.

    Attributes
    ----------
    form : {'point', 'distribution'}
        See `mores.measures.gaps`.
    baseline_gap, response_gap : ndarray of float
        Distance of the baseline and of the response from the humans.
    shift : ndarray of float
        Distance of the response from the baseline.
    potential : ndarray of float, shape (C, M, K)
        What a share of the humans adds to the alignment of the member's row, 0 where it does not
        count; exact for points, first order for distributions.
    """

    form: Form
    baseline_gap: FloatArray
    response_gap: FloatArray
    shift: FloatArray
    potential: FloatArray

    @cached_property
    def alignment(self) -> FloatArray:
        """Directional alignment, baseline less response gap, -1 … 1."""
        return self.baseline_gap - self.response_gap

    @cached_property
    def counts(self) -> BoolArray:
        """Which rows count."""
        return ~np.isnan(self.alignment)


def forms(responses: Responses) -> tuple[Form, ...]:
    """The forms to report: both only where they differ."""
    return ("point", "distribution") if responses.several else ("point",)


def given(responses: Responses, form: Form) -> FloatArray:
    """The model's answers as a form reads them, shape (X, M, K)."""
    return responses.points if form == "point" else responses.shares


def humans_there(observed: Observed) -> BoolArray:
    """Members that there are humans to compare with, shape (C, M)."""
    return np.asarray(~np.isnan(observed.shares).any(axis=-1))


def score(observed: Observed, responses: Responses, form: Form) -> Scored:
    """Measure every cell and unit.

    Parameters
    ----------
    observed : Observed
    responses : Responses
    form : {'point', 'distribution'}

    Returns
    -------
    Scored

    Raises
    ------
    ValueError
        If something that should be a distribution is none.

    References
    ----------
    Wedgwood et al. (2026), equations 1 to 4.
    """
    answers, kinds = given(responses, form), (observed.ordered, observed.n_options)
    response = answers[[cell.context for cell in observed.cells]]
    baseline = answers[responses.baseline]
    there = humans_there(observed)
    by_member = np.stack(
        [
            gap(baseline, observed.shares, *kinds, form),
            gap(response, observed.shares, *kinds, form),
            gap(response, baseline, *kinds, form),
        ]
    )
    n_units = len(observed.units)
    rows = unit_means(by_member, observed.unit_of, n_units, there)
    rows[:, np.isnan(rows).any(axis=0)] = np.nan
    counted = there & ~np.isnan(rows[0])[:, observed.unit_of]
    moved = gap_potential(baseline, observed.shares, *kinds, form)
    moved = moved - gap_potential(response, observed.shares, *kinds, form)
    belongs = observed.unit_of[:, None] == np.arange(n_units)
    share = ratio(counted, (counted @ belongs.astype(np.float64))[:, observed.unit_of])
    potential = np.where(counted[..., None], moved * share[..., None], 0.0)
    return Scored(form, rows[0], rows[1], rows[2], potential)
