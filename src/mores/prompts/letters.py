"""Lettered options in an order that is derived from the seed and the request."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from string import ascii_uppercase

from mores.keys import permutation

__all__ = ["LETTERS", "lettered", "presentation_order"]

LETTERS = ascii_uppercase


@lru_cache(maxsize=8192)  # asked for when a request is made and again when its reply is coded
def presentation_order(n: int, shuffle: bool, *parts: object) -> tuple[int, ...]:
    """The order in which n options are shown.

    Parameters
    ----------
    n : int
        Number of options, at most 20.
    shuffle : bool
        False keeps the instrument's own order.
    *parts : object
        What the order depends on: the study's seed and the coordinates of the request.

    Returns
    -------
    tuple of int
        ``order[shown] = original``. An answer given as the letter of place ``s`` therefore means
        option ``order[s]``; the inverse permutation is never needed.
    """
    return permutation(n, *parts) if shuffle else tuple(range(n))


def lettered(labels: Sequence[str], order: Sequence[int]) -> list[tuple[str, str]]:
    """Pairs of letter and label, as shown."""
    return [(LETTERS[shown], labels[original]) for shown, original in enumerate(order)]
