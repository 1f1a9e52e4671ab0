"""Where personas stand on the cultural map: all of them at once.

Personas are placed with the rotation fitted on humans (`mores.measures.culture_map`), from single
answers or from distributions, by their expected codes: scores are linear in the indicators. Missing
indicators are not imputed; the score is then the conditional expectation given the others, as for
humans.

`mores.measures.clouds` describes the positions as a whole; the effect of each variable on them is that
of `mores.measures.level_effects` with the two coordinates as outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.correlation import weighted_moments
from mores.measures.culture_map import INDICATORS, Constants, CultureMap, rescale
from mores.measures.inputs import FloatArray, observed
from mores.measures.ratio import ratio
from mores.measures.scales import checked_distributions, option_counts, option_table

__all__ = ["Components", "answered_codes", "components", "expected_codes", "persona_positions"]

_BLOCK = 1 << 14
_P = len(INDICATORS)


def expected_codes(shares: ArrayLike, codes: ArrayLike) -> FloatArray:
    """Expected code of each distribution.

    Parameters
    ----------
    shares : array_like, shape (..., Q, K)
        Distributions over the options; missing if all 0 or one of its options is NaN.
    codes : array_like, shape (Q, K)
        The survey's code of each option; NaN beyond a question's last option.

    Returns
    -------
    ndarray of float, shape (..., Q)
        NaN where the distribution is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, or something is no distribution.
    """
    table, values = option_table(shares, "shares"), _codes(codes)
    if table.shape[-2:] != values.shape:
        raise ValueError(
            f"shares has shape {table.shape} and codes {values.shape}; allowed: (..., Q, K) and "
            "(Q, K); give a code for each option of each question"
        )
    options = (~np.isnan(values)).sum(axis=1)
    found = np.empty(table.shape[:-1]).reshape(-1, len(values))
    rows = table.reshape(-1, *values.shape)
    for start in range(0, len(rows), _BLOCK):
        part = rows[start : start + _BLOCK]
        checked = checked_distributions(part, option_counts(options, part.shape), "shares")
        found[start : start + _BLOCK] = np.einsum("nqk,qk->nq", checked, np.nan_to_num(values))
    return found.reshape(table.shape[:-1])


def answered_codes(answers: ArrayLike, codes: ArrayLike) -> FloatArray:
    """Code of each answer.

    Parameters
    ----------
    answers : array_like of int, shape (..., Q)
        Index of the option chosen, from 0; -1 for none.
    codes : array_like, shape (Q, K)
        The survey's code of each option; NaN beyond a question's last option.

    Returns
    -------
    ndarray of float, shape (..., Q)
        NaN where there is no answer.

    Raises
    ------
    ValueError
        If shapes do not fit, or an answer is none of the options.
    """
    chosen, values = np.asarray(answers), _codes(codes)
    options = (~np.isnan(values)).sum(axis=1)
    whole = np.issubdtype(chosen.dtype, np.integer) and chosen.shape[-1:] == options.shape
    if not whole or ((chosen < -1) | (chosen >= options)).any():
        raise ValueError(
            f"answers has shape {chosen.shape}, type {chosen.dtype} and runs from "
            f"{chosen.min(initial=0)} to {chosen.max(initial=0)}; allowed: integers of shape "
            f"(..., {options.size}), -1 for none, else below {options.tolist()}; give option indices"
        )
    padded = np.concatenate([values, np.full((len(values), 1), np.nan)], axis=1)
    return np.asarray(padded[np.arange(len(values)), chosen])  # -1 takes the last, NaN


def persona_positions(
    culture_map: CultureMap, values: ArrayLike, constants: Constants = "wvs"
) -> FloatArray:
    """Positions of many personas, in blocks.

    Parameters
    ----------
    culture_map : CultureMap
        The rotation, fitted on humans.
    values : array_like, shape (N, 10)
        Codes or expected codes of the indicators, in the order of
        `mores.measures.culture_map.INDICATORS`; NaN for missing.
    constants : {"wvs", "tao2024"}
        See `mores.measures.culture_map.rescale`.

    Returns
    -------
    ndarray of float, shape (N, 2)
        x, survival to self-expression; y, traditional to secular-rational. NaN for a persona without
        any indicator.

    Raises
    ------
    ValueError
        If the shape is another, or the constants have another name.
    """
    table = np.asarray(values)
    if table.ndim != 2 or table.shape[1] != _P:
        raise ValueError(
            f"values has shape {table.shape}; allowed: (personas, {_P}), the indicators in the order "
            f"{', '.join(INDICATORS)}; fill those that were not asked with NaN"
        )
    points = np.empty((len(table), 2))
    for start in range(0, len(table), _BLOCK):
        part = culture_map.scores(table[start : start + _BLOCK])
        points[start : start + _BLOCK] = rescale(part, constants)
    return points


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Principal components of the personas' own indicators, not rotated.

    Attributes
    ----------
    eigenvalues : ndarray of float, shape (p,)
        Of the weighted pairwise-complete correlation matrix of the indicators that vary, descending.
    shares : ndarray of float, shape (p,)
        Of the total variance.
    used : tuple of str
        The p indicators that vary, and were answered together with all others that do.
    """

    eigenvalues: FloatArray
    shares: FloatArray
    used: tuple[str, ...]


def components(values: ArrayLike, weights: ArrayLike | None = None) -> Components:
    """How much of the personas' variation their own first components explain.

    This is not the map, which is the humans': a strong first component says that a model moves
    indicators together that in humans move apart.

    Parameters
    ----------
    values : array_like, shape (N, 10)
        Codes or expected codes of the indicators; NaN for missing.
    weights : array_like, shape (N,), optional
        0 and more, in any unit; 1 each if None.

    Returns
    -------
    Components
        Empty if no two indicators vary.

    Raises
    ------
    ValueError
        If shapes do not fit or a weight is negative.
    """
    table = observed(values, "values")
    found = weighted_moments(table, np.ones(len(table)) if weights is None else weights)
    vary = np.flatnonzero(np.nan_to_num(found.sds) > 0)
    matrix = found.correlation[np.ix_(vary, vary)]
    known = ~np.isnan(matrix).any(axis=1)
    matrix = matrix[np.ix_(known, known)]
    eigenvalues = np.asarray(np.linalg.eigvalsh(matrix)[::-1], dtype=np.float64)
    return Components(
        eigenvalues,
        ratio(eigenvalues, eigenvalues.sum()),
        tuple(INDICATORS[i] for i in vary[known]),
    )


def _codes(codes: ArrayLike) -> FloatArray:
    values = observed(codes, "codes")
    there = ~np.isnan(values)
    if values.ndim != 2 or (there[:, 1:] & ~there[:, :-1]).any() or (there.sum(axis=1) < 2).any():
        raise ValueError(
            f"codes has shape {values.shape}; allowed: (Q, K), two codes and more a question and NaN "
            "beyond the last; give the codes in the order of the options"
        )
    return values
