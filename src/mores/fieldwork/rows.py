"""A stored reply, and the row of the answer store that it lies in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import isnan
from struct import unpack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mores.fieldwork.design import MAX_ATTEMPTS
from mores.records import OptionMasses, Reply, Status

__all__ = ["COLUMNS", "Row", "StoredReply", "Verdict", "exact_masses", "row_of", "stored_of"]

COLUMNS = (
    "slot, key, verdict, text, failure, finish, detail, prompt_tokens, completion_tokens, seconds, "
    "masses"
)
"""The columns of a row, in their order."""
Row = tuple[Any, ...]
"""A row as SQLite gives it."""
_LOG_MASS = np.dtype("<f4")


class Verdict:
    """Small integers for `Status`, with failures split by whether asking again could help."""

    CODED, REFUSED, UNCODED, FAILED, REJECTED = range(5)

    @classmethod
    def of(cls, status: Status, permanent: bool = False) -> int:
        """The verdict of a status; `permanent` tells failures apart."""
        if status is Status.FAILED:
            return cls.REJECTED if permanent else cls.FAILED
        return (Status.CODED, Status.REFUSED, Status.UNCODED).index(status)


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A reply with its place in the design."""

    trial: int
    attempt: int
    key: bytes
    verdict: int
    reply: Reply


def row_of(item: StoredReply) -> Row:
    """The row in which a reply is stored."""
    reply = item.reply
    return (
        item.trial * MAX_ATTEMPTS + item.attempt,
        item.key,
        item.verdict,
        None if reply.text is None else reply.text.encode("utf-8", "surrogatepass"),
        _printable(reply.failure),
        _printable(reply.finish),
        reply.detail.encode("utf-8", "surrogatepass") or None,
        reply.prompt_tokens,
        reply.completion_tokens,
        round(reply.seconds, 6),
        _packed(reply.masses),
    )


def stored_of(
    slot: int,
    key: bytes,
    verdict: int,
    text: bytes | None,
    failure: str | None,
    finish: str | None,
    detail: bytes | None,
    prompt_tokens: int | None,
    completion_tokens: int | None,
    seconds: float,
    masses: bytes | None,
) -> StoredReply:
    """The reply of a row."""
    reply = Reply(
        text=None if text is None else text.decode("utf-8", "surrogatepass"),
        failure=failure,
        permanent=verdict == Verdict.REJECTED,
        finish=finish,
        detail="" if detail is None else detail.decode("utf-8", "surrogatepass"),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        seconds=seconds,
        masses=None if masses is None else _unpacked(masses),
    )
    return StoredReply(slot // MAX_ATTEMPTS, slot % MAX_ATTEMPTS, key, verdict, reply)


def _printable(text: str | None) -> str | None:
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _packed(masses: OptionMasses | None) -> bytes | None:
    """The bounds one after the other; only once where they are the same.

    What a faulty model gives is kept so that it can be read back and is not taken for probabilities.
    """
    if masses is None:
        return None
    pairs = list(zip_longest(masses.low, masses.high, fillvalue=np.nan))
    numbers = [low for low, _ in pairs]
    if any(low != high for low, high in pairs):
        # what no log-probability is tells that two lists follow
        numbers = [np.nan, *numbers, *(high for _, high in pairs)]
    with np.errstate(over="ignore"):  # a number too large for 32 bits is infinite in them
        return np.array(numbers, _LOG_MASS).tobytes()


def _unpacked(content: bytes) -> OptionMasses:
    if len(content) % 4:
        raise ValueError("log-probabilities that are cut off")
    bounds = unpack(f"<{len(content) // 4}f", content)
    if bounds and isnan(bounds[0]):
        if len(bounds) % 2 == 0:
            raise ValueError("bounds of which one lacks its other")
        half = 1 + len(bounds) // 2
        return OptionMasses(bounds[1:half], bounds[half:])
    return OptionMasses(bounds, bounds)


def exact_masses(
    stored: Sequence[bytes | None], sizes: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Log-probabilities that were told exactly, of many replies at a time.

    Parameters
    ----------
    stored : sequence of bytes or None, length n
        The column ``masses``.
    sizes : int64 array, shape (n,)
        How many labels each was asked about; 0 for none.

    Yields
    ------
    rows : int64 array, shape (m,)
        Which of the n they are; a reply of bounds, or of another number of labels, is in none.
    logs : float32 array, shape (m, k)
        All of one size k, by row.
    """
    lengths = np.array([0 if content is None else len(content) for content in stored], np.int64)
    for size in np.unique(sizes[(lengths == _LOG_MASS.itemsize * sizes) & (sizes > 0)]).tolist():
        rows = np.flatnonzero((sizes == size) & (lengths == _LOG_MASS.itemsize * size))
        content = b"".join([stored[row] or b"" for row in rows.tolist()])
        logs = np.frombuffer(content, _LOG_MASS).reshape(-1, size)
        exact = ~np.isnan(logs[:, 0])  # which tells that bounds follow
        yield rows[exact], logs[exact]
