"""Token sequences that share prefixes, as one tree in preorder.

Every distinct prefix is one node. Numbered in preorder, the descendants of node ``i`` are the nodes
``i + 1 … end[i] - 1``; so ``j`` is ``i`` or an ancestor of it exactly when ``j <= i < end[j]``, which
is all that an attention mask needs to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Continuations", "PrefixTree", "grow"]

Integers = NDArray[np.int64]
Continuations = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class PrefixTree:
    """The distinct prefixes of a set of prompts, each with continuations to be scored.

    Attributes
    ----------
    tokens, depth, end : ndarray of int64, shape (nodes,)
        Token of each node, its position in its sequence (0 is the first), and one more than the
        number of its last descendant.
    parent, target, owner : ndarray of int64, shape (entries,)
        What is looked up: the log-probability of token `target` after node `parent`, which counts
        for the continuation numbered `owner`. Ascending by `parent`.
    continuations : int
        Number of continuations; they are numbered prompt by prompt, as given.
    """

    tokens: Integers
    depth: Integers
    end: Integers
    parent: Integers
    target: Integers
    owner: Integers
    continuations: int

    @property
    def size(self) -> int:
        """Number of nodes: distinct tokens."""
        return len(self.tokens)


@dataclass(frozen=True, slots=True)
class _Branch:
    """The tree of one prompt's continuations, numbered from the prompt's last token (-1) on."""

    tokens: Integers
    depth: Integers
    end: Integers
    parent: Integers
    target: Integers
    owner: Integers


def grow(prompts: Sequence[Sequence[int]], continuations: Sequence[Continuations]) -> PrefixTree:
    """The tree of prompts and their continuations.

    Parameters
    ----------
    prompts : sequence of sequence of int
        Token numbers, at least one each, in any order; equal prompts share all their nodes.
    continuations : sequence of tuple of tuple of int
        For each prompt the token sequences that may follow it, at least one token each. The last
        token of a continuation is looked up, never run, so it is no node.

    Raises
    ------
    ValueError
        If a prompt or a continuation is empty.
    """
    # big-endian bytes sort as the numbers do, and share a prefix where the numbers do
    rows = [np.asarray(prompt, dtype=">u4") for prompt in prompts]
    if not all(len(row) for row in rows):
        raise ValueError("a prompt without tokens cannot be continued")
    first = np.cumsum([0, *(len(c) for c in continuations)])
    order = sorted(range(len(rows)), key=lambda i: rows[i].tobytes())
    parts: list[list[Integers]] = [[], [], [], [], [], []]
    path = np.empty(max(map(len, rows), default=0), dtype=np.int64)
    left: list[tuple[Integers, int]] = []  # nodes, and how many there were when they were left
    size, previous = 0, np.empty(0, dtype=">u4")
    for i in order:
        row = rows[i]
        shared = _shared(previous, row)
        left.append((path[shared : len(previous)].copy(), size))
        path[shared : len(row)] = size + np.arange(len(row) - shared)
        parts[0].append(row[shared:].astype(np.int64))
        parts[1].append(np.arange(shared, len(row)))
        parts[2].append(np.zeros(len(row) - shared, dtype=np.int64))  # known once left
        size += len(row) - shared
        branch, tip = _branch(continuations[i]), int(path[len(row) - 1])
        parts[0].append(branch.tokens)
        parts[1].append(branch.depth + len(row))
        parts[2].append(branch.end + size)
        parts[3].append(np.where(branch.parent < 0, tip, branch.parent + size))
        parts[4].append(branch.target)
        parts[5].append(branch.owner + first[i])
        size += len(branch.tokens)
        previous = row
    left.append((path[: len(previous)].copy(), size))
    tokens, depth, end, parent, target, owner = (
        np.concatenate(p) if p else np.empty(0, dtype=np.int64) for p in parts
    )
    for nodes, after in left:
        end[nodes] = after
    by_parent = np.argsort(parent, kind="stable")
    return PrefixTree(
        tokens, depth, end, parent[by_parent], target[by_parent], owner[by_parent], int(first[-1])
    )


def _shared(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> int:
    """Length of the common prefix."""
    n = min(len(a), len(b))
    differing = np.flatnonzero(a[:n] != b[:n])
    return int(differing[0]) if len(differing) else n


@lru_cache(maxsize=1024)
def _branch(continuations: Continuations) -> _Branch:
    """Questions with the same options have the same branch."""
    tokens: list[int] = []
    depth: list[int] = []
    end: list[int] = []
    lookups: list[tuple[int, int, int]] = []
    path: list[int] = []
    previous: tuple[int, ...] = ()
    for owner in sorted(range(len(continuations)), key=continuations.__getitem__):
        sequence = continuations[owner]
        if not sequence:
            raise ValueError("a continuation without tokens has no probability")
        run = sequence[:-1]
        shared = _shared(np.asarray(previous, dtype=np.uint32), np.asarray(run, dtype=np.uint32))
        for node in path[shared:]:
            end[node] = len(tokens)
        path = path[:shared]
        for position in range(shared, len(run)):
            path.append(len(tokens))
            tokens.append(run[position])
            depth.append(position)
            end.append(0)
        lookups += zip([-1, *path], sequence, [owner] * len(sequence), strict=True)
        previous = run
    for node in path:
        end[node] = len(tokens)
    parent, target, owners = np.asarray(lookups, dtype=np.int64).reshape(-1, 3).T
    return _Branch(_integers(tokens), _integers(depth), _integers(end), parent, target, owners)


def _integers(values: list[int]) -> Integers:
    return np.asarray(values, dtype=np.int64)
