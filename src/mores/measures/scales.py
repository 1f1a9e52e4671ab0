"""What every function of distributions over answer options checks: their shape, sums and scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, IntArray, observed

__all__ = [
    "checked_distributions",
    "one_distribution",
    "one_flag_each",
    "option_counts",
    "option_table",
    "scale_positions",
    "scale_steps",
    "two_distributions",
]

_TOLERANCE = 1e-5
"""How far from 1 a distribution may sum: the rounding of single precision, and no more."""


def option_table(values: ArrayLike, name: str) -> FloatArray:
    """Shares as an array with the options on its last axis, or ValueError."""
    table = observed(values, name)
    if table.ndim == 0 or table.shape[-1] < 2:
        raise ValueError(
            f"{name} has shape {table.shape}; allowed: (..., K) with a share for each of K >= 2 "
            "options; put the options on the last axis"
        )
    return table


def one_distribution(p: ArrayLike, n_options: ArrayLike | None) -> tuple[FloatArray, IntArray]:
    """Checked distributions and the number of options of each."""
    table = option_table(p, "p")
    options = option_counts(n_options, table.shape)
    return checked_distributions(table, options, "p"), options


def two_distributions(
    p: ArrayLike, q: ArrayLike, n_options: ArrayLike | None
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Two arrays of checked distributions, broadcast to one shape, and the number of options."""
    first, second = option_table(p, "p"), option_table(q, "q")
    if first.shape[-1] != second.shape[-1]:
        raise ValueError(
            f"p has {first.shape[-1]} options and q has {second.shape[-1]}; allowed: as many; give a "
            "share, 0 where never chosen, for each option"
        )
    try:
        first, second = np.broadcast_arrays(first, second)
    except ValueError as error:
        raise ValueError(
            f"p has shape {first.shape} and q has shape {second.shape}; allowed: shapes that "
            "broadcast; align them"
        ) from error
    options = option_counts(n_options, first.shape)
    return (
        checked_distributions(first, options, "p"),
        checked_distributions(second, options, "q"),
        options,
    )


def one_flag_each(values: ArrayLike, shape: tuple[int, ...], name: str) -> NDArray[np.bool_]:
    """A truth value a distribution, or ValueError."""
    try:
        return np.broadcast_to(np.asarray(values, dtype=np.bool_), shape)
    except ValueError as error:
        raise ValueError(
            f"{name} has shape {np.shape(values)}; allowed: one that broadcasts to {shape}; give one "
            "a distribution"
        ) from error


def option_counts(n_options: ArrayLike | None, shape: tuple[int, ...]) -> IntArray:
    """Number of options of each distribution of an array of this shape."""
    if n_options is None:
        return np.full(shape[:-1], shape[-1], np.int64)
    options = np.asarray(n_options)
    try:
        spread = np.broadcast_to(options, shape[:-1])
    except ValueError as error:
        raise ValueError(
            f"n_options has shape {options.shape}; allowed: one that broadcasts to {shape[:-1]}; give "
            "the number of options of each distribution"
        ) from error
    integral = np.issubdtype(options.dtype, np.integer)
    if not integral or (options.size and (options.min() < 2 or options.max() > shape[-1])):
        raise ValueError(
            f"n_options is of type {options.dtype} and runs from {options.min()} to {options.max()}; "
            f"allowed: integers 2 … {shape[-1]}, the length of the last axis; give the number of "
            "options of each distribution"
        )
    return spread.astype(np.int64)


def checked_distributions(table: FloatArray, options: IntArray, name: str) -> FloatArray:
    """Checked distributions: 0 beyond the last option, all NaN where missing."""
    inside = np.arange(table.shape[-1]) < options[..., None]
    if (table < 0).any() or (~inside & (table > 0)).any():
        raise ValueError(
            f"{name} holds a share below 0 (least: {np.nanmin(table)}) or beyond an item's last "
            "option; allowed: 0 … 1 for each option, and NaN or 0 beyond the last; check the order of "
            "the options and n_options"
        )
    shares = np.where(inside, table, 0.0)
    total = shares.sum(axis=-1)
    missing = np.isnan(total) | (total == 0)
    wrong = ~missing & (np.abs(total - 1) > _TOLERANCE)
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name} sums to {total[where]:.6g} at index {where}; allowed: 1, or all 0 or NaN where it "
            "is missing; divide by the sum if what lies outside the options is to be left out"
        )
    return np.where(missing[..., None], np.nan, shares)


def scale_positions(
    options: IntArray, shape: tuple[int, ...], positions: ArrayLike | None = None
) -> FloatArray:
    """Options on a scale from 0 to 1; 1 beyond an item's last option."""
    last = (options - 1)[..., None]
    place = np.arange(shape[-1])
    if positions is None:
        return np.asarray(np.minimum(place, last) / last)
    given = observed(positions, "positions")
    try:
        spread = np.broadcast_to(given, shape)
    except ValueError as error:
        raise ValueError(
            f"positions has shape {given.shape}; allowed: ({shape[-1]},) or one that broadcasts "
            f"to {shape}; give a position for each option"
        ) from error
    held = np.take_along_axis(spread, np.minimum(place, last), axis=-1)
    if np.isnan(held).any() or (np.diff(held, axis=-1)[place[1:] <= last] <= 0).any():
        raise ValueError(
            "positions do not ascend, or lack one; allowed: numbers, each larger than the one "
            "before; sort the options by position"
        )
    return np.asarray((held - held[..., :1]) / (held[..., -1:] - held[..., :1]))


def scale_steps(scores: FloatArray) -> FloatArray:
    """From each option to the next; 0 from the last one on."""
    return np.diff(scores, axis=-1, append=scores[..., -1:])
