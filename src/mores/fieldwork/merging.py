"""Several answer stores of one study joined into one."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from mores.errors import StoreError
from mores.fieldwork.design import MAX_ATTEMPTS
from mores.fieldwork.lock import unchanging
from mores.fieldwork.rows import Row, Verdict
from mores.fieldwork.store import AnswerStore

__all__ = ["Joined", "join"]

_Sourced = tuple[Row, Path]
_CHUNK = 1024
"""Rows held of each store that is read."""


@dataclass(slots=True)
class Joined:
    """What was joined.

    Attributes
    ----------
    replies : int
        Replies written, every attempt counted.
    alike : int
        Replies that a further store held as well.
    """

    replies: int = 0
    alike: int = 0


def join(folders: Sequence[Path], out: AnswerStore) -> Joined:
    """Write the replies of several runs into a new store, in the order of the design.

    A slot that several hold is written once: an answer goes before a failure, and the first folder's
    row before a later one's that is like it. Rows are read as they are written, and only of those
    stores together that overlap.

    Parameters
    ----------
    folders : sequence of Path
        Folders of runs under one fingerprint; they are only read, and held against writers meanwhile.
    out : AnswerStore
        A new store under the same fingerprint, open for writing.

    Returns
    -------
    Joined

    Raises
    ------
    StoreError
        If two answers to one request differ, a store cannot be read or is being written, or `out`
        cannot be written; then nothing is in `out`.
    """
    joined = Joined()
    out.write_rows(chain.from_iterable(_group(group, joined) for group in _overlapping(folders)))
    return joined


def _overlapping(folders: Sequence[Path]) -> Iterator[list[Path]]:
    """The folders in groups whose replies overlap, in the order of the design."""
    spans = []
    for place, folder in enumerate(folders):
        with AnswerStore(folder / "answers.sqlite") as store:
            span = store.span()
        if span is not None:
            spans.append((*span, place))
    group: list[int] = []
    reached = -1
    for first, last, place in sorted(spans):
        if group and first > reached:
            yield [folders[i] for i in sorted(group)]
            group = []
        group.append(place)
        reached = max(reached, last)
    if group:
        yield [folders[i] for i in sorted(group)]


def _group(folders: Sequence[Path], joined: Joined) -> Iterator[Row]:
    with ExitStack() as held:
        sources = []
        for folder in folders:
            held.enter_context(unchanging(folder))
            store = held.enter_context(AnswerStore(folder / "answers.sqlite"))
            sources.append(_rows(store, folder))
        for row, _ in _once(sources, joined) if len(sources) > 1 else sources[0]:
            joined.replies += 1
            yield row


def _rows(store: AnswerStore, folder: Path) -> Iterator[_Sourced]:
    for rows in store.rows(_CHUNK):
        for row in rows:
            yield row, folder


def _once(sources: Sequence[Iterator[_Sourced]], joined: Joined) -> Iterator[_Sourced]:
    """The rows of several stores by slot, each slot once; of equal ones the first store's."""
    held: _Sourced | None = None
    for found in heapq.merge(*sources, key=_slot):  # stable: the first store's comes first
        if held is None or _slot(held) != _slot(found):
            if held is not None:
                yield held
            held = found
        else:
            held = _chosen(held, found)
            joined.alike += 1
    if held is not None:
        yield held


def _slot(sourced: _Sourced) -> int:
    slot: int = sourced[0][0]
    return slot


def _chosen(one: _Sourced, other: _Sourced) -> _Sourced:
    if _failed(other[0]):
        return one
    if _failed(one[0]):
        return other
    if _answer(one[0]) == _answer(other[0]):
        return one
    trial, attempt = divmod(_slot(one), MAX_ATTEMPTS)
    raise StoreError(
        f"request {trial} (attempt {attempt + 1}, key {one[0][1].hex()[:16]}) has two answers: "
        f"{one[1]} and {other[1]} differ; nothing was written; leave one of the two folders out"
    )


def _failed(row: Row) -> bool:
    return bool(row[2] in (Verdict.FAILED, Verdict.REJECTED))


def _answer(row: Row) -> Row:
    """What makes two answers the same: not how long they took, nor what the server noted beside."""
    _, key, _, text, failure, finish, _, prompt, completion, _, masses = row
    return key, text, failure, finish, prompt, completion, masses
