r"""How far an answer lies from humans, and from another answer, in two readings.

A response is a distribution over options: the shares of several replies to one question, or the
probabilities of the options; of a single reply it has all mass on one option. Two forms of distance
read it differently, and agree when both sides of a pair but one have all mass on one option.

- ``point``: the expected distance of single answers, :math:`\sum_r R_r \sum_k H_k |k - r| / (K - 1)`,
  or :math:`1 - \sum_k R_k H_k` of nominal items (`mores.measures.ordinal.mutual_distance`). It is what
  one reply at a time is scored by, and it is not 0 for equal distributions.
- ``distribution``: the distance of the distributions, Wasserstein-1 over the scale's length, or total
  variation of nominal items (`mores.measures.ordinal.distribution_distance`).

Gaps lie on 0 … 1. The scale is what is offered, not what was answered; a missing distribution (NaN or
all 0) makes its gap NaN.

References
----------
Wedgwood, Thaker, Kale and Smith (2026), Personalization, Personas, and Forecasting in Value
Alignment, sections 3.5 and 3.6 and appendix C.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, at_least_one, group_index, observed
from mores.measures.ordinal import (
    distribution_distance,
    mutual_distance,
    total_variation,
)
from mores.measures.ratio import ratio
from mores.measures.scales import (
    one_distribution,
    one_flag_each,
    option_table,
    scale_positions,
    scale_steps,
    two_distributions,
)

__all__ = [
    "FORMS",
    "Form",
    "agreement",
    "gap",
    "gap_potential",
    "semantic_gap",
    "semantic_score",
    "unit_means",
]

Form: TypeAlias = Literal["point", "distribution"]

FORMS: tuple[Form, ...] = ("point", "distribution")

_ROUNDING = 1e-12


def gap(
    response: ArrayLike,
    target: ArrayLike,
    ordered: ArrayLike = True,
    n_options: ArrayLike | None = None,
    form: Form = "point",
) -> FloatArray:
    """Distance of a response from humans (equations 1 and 2), or from another response (3).

    Parameters
    ----------
    response, target : array_like, shape (..., K)
        Distributions over options, broadcast against each other.
    ordered : array_like of bool, shape (...)
        Whether the order of the options means something; broadcast.
    n_options : array_like of int, shape (...), optional
        Options of each item, 2 … K; K if None.
    form : {'point', 'distribution'}
        See the module.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where either is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, or the form is another.
    """
    if _is_point(form):
        return mutual_distance(response, target, ordered, n_options)
    return distribution_distance(response, target, ordered, n_options)


def gap_potential(
    response: ArrayLike,
    target: ArrayLike,
    ordered: ArrayLike = True,
    n_options: ArrayLike | None = None,
    form: Form = "point",
) -> FloatArray:
    r"""What each option of the target adds to the gap: its derivative by the target's shares.

    With :math:`\phi` the result, :math:`d(R, H') \approx d(R, H) + \sum_k (H'_k - H_k)\,\phi_k`.
    For the form ``point`` it is exact, the gap being linear, and :math:`\sum_k H_k \phi_k` is the gap
    itself. For ``distribution`` it is the first order: ordered, a Kantorovich potential,
    :math:`\phi_k = \sum_{j \ge k} \mathrm{sign}(F^H_j - F^R_j) / (K - 1)`; nominal,
    :math:`\mathrm{sign}(H_k - R_k) / 2`. Where the two are equal it takes the derivative for 0.

    Parameters
    ----------
    response, target, ordered, n_options, form
        As for `gap`.

    Returns
    -------
    ndarray of float, shape (..., K)
        0 beyond an item's last option; NaN where either is missing.

    Raises
    ------
    ValueError
        As `gap`.

    References
    ----------
    Villani (2009), Optimal Transport, theorem 5.10 (the potential); Binder (1983), International
    Statistical Review 51(3), 279–292 (errors of surveys by linearisation).
    """
    first, second, options = two_distributions(response, target, n_options)
    kinds = one_flag_each(ordered, first.shape[:-1], "ordered")[..., None]
    inside = np.arange(first.shape[-1]) < options[..., None]
    if _is_point(form):
        places = np.arange(first.shape[-1])
        apart = first @ np.abs(places[:, None] - places) / (options - 1)[..., None]
        found = np.where(kinds, apart, 1.0 - first)
    else:
        steps = scale_steps(scale_positions(options, first.shape))
        ahead = _sign((second - first).cumsum(axis=-1)) * steps
        found = np.where(kinds, ahead[..., ::-1].cumsum(axis=-1)[..., ::-1], 0.0)
        found = np.where(kinds, found, _sign(second - first) / 2)
    found = np.where(inside, found, 0.0)
    missing = np.isnan(first[..., :1] + second[..., :1])
    return np.asarray(np.where(missing, np.nan, found))


def agreement(
    p: ArrayLike, q: ArrayLike, n_options: ArrayLike | None = None, form: Form = "point"
) -> FloatArray:
    """How far two responses are the same, whatever the order of the options.

    Parameters
    ----------
    p, q, n_options, form
        As `response`, `target` and so on of `gap`.

    Returns
    -------
    ndarray of float, shape (...)
        ``point``: the chance that a reply of one and a reply of the other choose the same option;
        ``distribution``: what the distributions share, 1 less their total variation. 0 … 1; NaN where
        either is missing.

    Raises
    ------
    ValueError
        As `gap`.
    """
    if _is_point(form):
        return 1.0 - mutual_distance(p, q, False, n_options)
    return 1.0 - total_variation(p, q, n_options)


def semantic_score(shares: ArrayLike, values: ArrayLike) -> FloatArray:
    """Expected semantic value of an answer (equations 5 to 7).

    Parameters
    ----------
    shares : array_like, shape (..., K)
        Distributions over options, 0 beyond an item's last; broadcast.
    values : array_like, shape (..., K)
        Semantic value of each option, 0 … 1, 1 at the positive pole; NaN for an option without one,
        and beyond the last; broadcast.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where the distribution is missing, or has mass on an option without a value.

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, or a value lies outside 0 … 1.
    """
    table, value = _valued(shares, values)
    unknown = (np.isnan(value) & (table > 0)).any(axis=-1)
    score = (table * np.nan_to_num(value)).sum(axis=-1)
    return np.asarray(np.where(unknown, np.nan, score.clip(0, 1)))


def semantic_gap(
    shares: ArrayLike, values: ArrayLike, target: ArrayLike, form: Form = "point"
) -> FloatArray:
    r"""Distance of a response from humans on a semantic axis, :math:`|E_H s - s(R)|` of equation 9.

    Parameters
    ----------
    shares, values
        As for `semantic_score`.
    target : array_like, shape (...)
        The humans' expected value, 0 … 1; NaN for missing.
    form : {'point', 'distribution'}
        ``point``: expected over replies, :math:`\sum_r R_r |E_H s - s(r)|`; ``distribution``: of the
        response's own expected value.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where anything is missing.

    Raises
    ------
    ValueError
        As `semantic_score`, or if the form is another.
    """
    score, human = semantic_score(shares, values), observed(target, "target")
    if not _is_point(form):
        return np.asarray(np.abs(human - score))
    table, value = _valued(shares, values)
    expected = (table * np.nan_to_num(np.abs(value - human[..., None]))).sum(axis=-1)
    return np.asarray(np.where(np.isnan(score + human), np.nan, expected))


def unit_means(
    values: ArrayLike, unit_of: ArrayLike, n_units: int, counted: ArrayLike
) -> FloatArray:
    """Means over the members of each unit, so that a battery weighs as much as a single question.

    Parameters
    ----------
    values : array_like, shape (..., M)
        A measure of each member; NaN for missing.
    unit_of : array_like of int, shape (M,)
        Unit of each member, 0 … n_units - 1.
    n_units : int
        Number of units.
    counted : array_like of bool, shape (..., M)
        Members that there is something to compare with; the others are left out of their unit.

    Returns
    -------
    ndarray of float, shape (..., n_units)
        In the units of the values; NaN where a counted member is missing, or none is counted.

    Raises
    ------
    ValueError
        If shapes do not fit or a unit lies outside its range.

    References
    ----------
    Wedgwood et al. (2026), appendix C.
    """
    table = observed(values, "values")
    size = at_least_one(n_units, "n_units")
    members = group_index(np.asarray(unit_of), table.shape[-1:], size, "unit_of")
    taken = one_flag_each(counted, table.shape, "counted")
    belongs = (members[:, None] == np.arange(size)).astype(np.float64)
    lacking = (taken & np.isnan(table)).astype(np.float64) @ belongs
    total = np.where(taken, np.nan_to_num(table), 0.0) @ belongs
    return np.where(lacking > 0, np.nan, ratio(total, taken.astype(np.float64) @ belongs))


def _valued(shares: ArrayLike, values: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Checked distributions and semantic values, in one shape."""
    table, value = one_distribution(shares, None)[0], option_table(values, "values")
    if ((value < 0) | (value > 1)).any():
        raise ValueError(
            f"values run from {np.nanmin(value)} to {np.nanmax(value)}; allowed: 0 … 1, and NaN for an "
            "option without a value; rescale them"
        )
    try:
        table, value = np.broadcast_arrays(table, value)
    except ValueError as error:
        raise ValueError(
            f"shares has shape {table.shape} and values {value.shape}; allowed: shapes that "
            "broadcast; give a value for each option"
        ) from error
    return table, value


def _sign(values: FloatArray) -> NDArray[np.float64]:
    return np.where(np.abs(values) <= _ROUNDING, 0.0, np.sign(values))


def _is_point(form: str) -> bool:
    if form not in FORMS:
        raise ValueError(f"form is {form!r}; allowed: {', '.join(FORMS)}; choose one")
    return form == "point"
