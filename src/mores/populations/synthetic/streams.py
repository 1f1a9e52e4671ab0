"""Randomness by name: independent streams for every country, item and purpose.

A stream depends on the seed and its name alone, so that what is drawn for one country or one item does
not change with what else is drawn.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np

__all__ = ["standard_normal", "stream"]


def _number(names: tuple[str, ...], size: int) -> int:
    return int.from_bytes(sha256("\0".join(names).encode()).digest()[:size], "little")


def stream(seed: int, *names: str) -> np.random.Generator:
    """A generator for a seed and a name of several parts.

    Parameters
    ----------
    seed : int
        0 and more.
    *names : str
        Such as a country, an item, and a purpose.
    """
    sequence = np.random.SeedSequence([seed, _number(names, 16)])
    return np.random.Generator(np.random.SFC64(sequence))


def standard_normal(*names: str) -> float:
    """The parameter of that name: a fixed number, distributed over names as a standard normal."""
    from scipy.special import ndtri

    return float(ndtri((_number(names, 6) + 0.5) / 2.0**48))
