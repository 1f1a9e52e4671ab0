"""Canonical JSON, tagged digests, and what is derived from them.

A key is ``m1-`` and the first 128 bits, in hexadecimal, of the SHA-256 of ``mores/1`` + newline + the
canonical JSON of everything that can change an answer. Canonical JSON has sorted keys, no spaces and
only ASCII (so a lone surrogate has a form too); NaN and infinities are refused. Another algorithm
would get another tag. Python's ``hash`` and pickle, which differ between processes and versions, are
never used.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from math import factorial
from typing import Protocol, Self

__all__ = [
    "Begun",
    "begun_digest",
    "canonical_json",
    "digest",
    "digest_of_json",
    "ended_digest",
    "json_inside",
    "key_text",
    "parse_key",
    "permutation",
    "permutation_of_digest",
    "seed_from",
    "seed_of_digest",
]

TAG = "m1"
_SALT = b"mores/1\n"
_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
).encode


class Begun(Protocol):
    """A digest of which the end is not known yet."""

    def copy(self) -> Self:
        """Another one that has begun alike."""
        ...

    def update(self, data: bytes, /) -> None:
        """Go on with these bytes."""
        ...

    def digest(self) -> bytes:
        """End here."""
        ...


def canonical_json(value: object) -> str:
    """The one JSON text of a value.

    Raises
    ------
    ValueError, TypeError
        If the value holds NaN, an infinity, or something that JSON lacks.
    """
    return _encode(value)


def json_inside(text: str) -> str:
    """What stands between the quotation marks in a text's canonical JSON.

    Each character is written for itself, so that joined texts are written as their parts joined.
    """
    return _encode(text)[1:-1]


def digest(value: object) -> bytes:
    """The 16-byte digest of a value's canonical JSON."""
    return digest_of_json(_encode(value))


def digest_of_json(text: str) -> bytes:
    """`digest` of the value of which this is the canonical JSON, for who writes it from known parts."""
    return hashlib.sha256(_SALT + text.encode("ascii")).digest()[:16]


def begun_digest(text: str) -> Begun:
    """The beginning of a digest, from what many canonical JSON texts begin with."""
    return hashlib.sha256(_SALT + text.encode("ascii"))


def ended_digest(begun: Begun, text: str) -> bytes:
    """`digest_of_json` of a text that begins as `begun` does and ends in `text`."""
    whole = begun.copy()
    whole.update(text.encode("ascii"))
    return whole.digest()[:16]


def key_text(key: bytes) -> str:
    """The printable form of a key, ``m1-`` and 32 hexadecimal digits."""
    return f"{TAG}-{key.hex()}"


def parse_key(text: str) -> bytes:
    """The bytes of a printed key.

    Raises
    ------
    ValueError
        If the text is not ``m1-`` and 32 hexadecimal digits.
    """
    tag, _, digits = text.strip().partition("-")
    if tag != TAG or len(digits) != 32:
        raise ValueError(f"{text!r} is not a key; a key is {TAG}- and 32 hexadecimal digits")
    return bytes.fromhex(digits)


def seed_from(*parts: object) -> int:
    """A seed in 0 … 2**31 - 1 (what model servers accept) derived from the parts."""
    return seed_of_digest(digest(list(parts)))


def seed_of_digest(found: bytes) -> int:
    """`seed_from` of the parts of which this is the digest."""
    return int.from_bytes(found[:4], "big") >> 1


def permutation(n: int, *parts: object) -> tuple[int, ...]:
    """A permutation of ``range(n)`` derived from the parts, uniform over all n!.

    The digest modulo n! is read as a Lehmer code, so that the order is the same in every version of
    Python and can be computed by hand.

    Parameters
    ----------
    n : int
        Number of things to order, 0 … 20.
    *parts : object
        What the order depends on, JSON-serialisable.

    Returns
    -------
    tuple of int
        ``order[shown] = original``: which thing stands at each place.
    """
    return permutation_of_digest(n, digest(list(parts)))


def permutation_of_digest(n: int, found: bytes) -> tuple[int, ...]:
    """`permutation` by the parts of which this is the digest."""
    return _unranked(n, int.from_bytes(found, "big") % factorial(n))


@lru_cache(maxsize=1024)  # all 720 orders of six options
def _unranked(n: int, rank: int) -> tuple[int, ...]:
    left = list(range(n))
    order = []
    for place in range(n, 0, -1):
        index, rank = divmod(rank, factorial(place - 1))
        order.append(left.pop(index))
    return tuple(order)
