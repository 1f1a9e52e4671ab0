"""What measures accept: conversion to arrays, and the errors about what is not accepted."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "FloatArray",
    "IntArray",
    "Seed",
    "at_least_one",
    "coverage_level",
    "group_index",
    "observed",
    "paired",
    "sign_table",
]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
Seed: TypeAlias = int | np.random.Generator


def observed(values: ArrayLike, name: str) -> FloatArray:
    """Values as an array of float64 in which NaN, and nothing else, means missing.

    Parameters
    ----------
    values : array_like
        Numbers of any shape; ``None`` and NaN are missing.
    name : str
        What the caller calls them, for the message.

    Returns
    -------
    ndarray of float
        Same shape.

    Raises
    ------
    ValueError
        If something is not a number, or is infinite.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} cannot be read as an array of numbers ({error}); allowed: numbers, and NaN for "
            "what is missing; pass a rectangular numeric array"
        ) from error
    if np.isinf(array).any():
        where = tuple(int(i) for i in np.argwhere(np.isinf(array))[0])
        raise ValueError(
            f"{name} is {array[where]} at index {where}; allowed: finite numbers, and NaN for what "
            "is missing; replace it by NaN or mend its source"
        )
    return array


def paired(x: ArrayLike, y: ArrayLike, names: tuple[str, str]) -> tuple[FloatArray, FloatArray]:
    """Two arrays of one shape, as `observed` makes them.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    first, second = observed(x, names[0]), observed(y, names[1])
    if first.shape != second.shape:
        raise ValueError(
            f"{names[0]} has shape {first.shape} and {names[1]} has shape {second.shape}; allowed: "
            "one shape for both, element paired with element; align them, with NaN where one is "
            "missing"
        )
    return first, second


def sign_table(counts: ArrayLike, name: str = "counts") -> FloatArray:
    """Counts of shape (..., 4) as `mores.measures.agreement` describes them.

    Raises
    ------
    ValueError
        If the last axis does not have length 4, or a count is negative.
    """
    array = observed(counts, name)
    if array.ndim == 0 or array.shape[-1] != 4:
        raise ValueError(
            f"{name} has shape {array.shape}; allowed: (..., 4), the four cells of value sign by "
            "action sign; make them with sign_counts"
        )
    if (array < 0).any():
        raise ValueError(
            f"{name} holds {array.min()}; allowed: counts of 0 and more; make them with sign_counts"
        )
    return array


def group_index(groups: ArrayLike, shape: tuple[int, ...], n_groups: int, name: str) -> IntArray:
    """Group numbers 0 … n_groups - 1 of the given shape.

    Raises
    ------
    ValueError
        If the shape differs, or a number is not an integer in the range.
    """
    numbers = np.asarray(groups)
    if numbers.shape != shape:
        raise ValueError(
            f"{name} has shape {numbers.shape}; allowed: {shape}, one group for each observation; "
            "pass an index of that shape"
        )
    if numbers.size and not np.issubdtype(numbers.dtype, np.integer):
        raise ValueError(
            f"{name} is of type {numbers.dtype}; allowed: integers 0 … {n_groups - 1}; number the "
            "groups first, for instance with numpy.unique(..., return_inverse=True)"
        )
    if numbers.size and (numbers.min() < 0 or numbers.max() >= n_groups):
        raise ValueError(
            f"{name} runs from {numbers.min()} to {numbers.max()}; allowed: 0 … {n_groups - 1}; "
            "number the groups from 0, or raise the number of groups"
        )
    return numbers.astype(np.int64)


def at_least_one(number: int, name: str) -> int:
    """A count of at least one.

    Raises
    ------
    ValueError
        If it is smaller.
    """
    if number < 1:
        raise ValueError(f"{name} is {number}; allowed: 1 and more; raise it")
    return number


def coverage_level(level: float) -> float:
    """A nominal coverage strictly between 0 and 1.

    Raises
    ------
    ValueError
        If it is not, with the hint that 95 per cent is 0.95.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(
            f"level is {level}; allowed: between 0 and 1, both excluded; write 95 per cent as 0.95"
        )
    return float(level)
