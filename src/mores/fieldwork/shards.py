"""A design in parts that can be asked apart: the same ones wherever they are computed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mores.errors import InputError
from mores.fieldwork.design import Design
from mores.records import Outcome, Reply, Request

__all__ = ["Shard", "ShardDesign", "cuts"]

_FORM = re.compile(r"([0-9]{1,9})/([0-9]{1,9})", re.ASCII)
_FINEST, _COARSEST = 128, 4096
"""Lengths between which blocks are taken: finer ones take long, coarser ones balance badly."""
_BLOCKS = 32
"""Blocks in a part, where there are enough trials."""
_FEW = 4
"""Trials in a part below which beginnings of prompts are not looked after."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of a design.

    Attributes
    ----------
    index : int
        Which, 1 … `of`.
    of : int
        How many there are.
    """

    index: int
    of: int

    @classmethod
    def parsed(cls, text: str) -> Shard:
        """The shard of a text such as ``3/8``.

        Raises
        ------
        InputError
            If it is none.
        """
        found = _FORM.fullmatch(text)
        index, of = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= index <= of:
            raise InputError(
                f"--shard {text!r}; give i/K with 1 ≤ i ≤ K < 1,000,000,000, such as 1/8 for the first "
                "of eight parts"
            )
        return cls(index, of)

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"

    def part(self, design: Design) -> ShardDesign:
        """The part of a design that it is.

        Raises
        ------
        InputError
            If the design has fewer trials than parts are wanted.
        """
        if self.of > design.selected:
            raise InputError(
                f"shard {self}: {design.selected:,} requests are to be asked, and each shard needs one; "
                f"give i/K with K of {design.selected:,} or less"
            )
        start, stop = cuts(design, self.of)[self.index - 1 : self.index + 1].tolist()
        return ShardDesign(design, start, stop)


def cuts(design: Design, parts: int) -> NDArray[np.int64]:
    """Where a design is cut into parts, as numbers of selected trials before each cut.

    A cut lies at the end of that design's block that is nearest to an even division, so that trials
    whose prompts begin alike stay together; and inside a block where its end is half a part away, or
    further. The design is passed through once, in blocks of about 1/32 of a part.

    Parameters
    ----------
    design : Design
        With at least as many selected trials as parts.
    parts : int
        At least 1.

    Returns
    -------
    int64 array, shape (parts + 1,)
        Strictly ascending, from 0 to the number of selected trials.
    """
    n = design.selected
    wanted = n * np.arange(parts + 1, dtype=np.int64)  # times the number of parts, to stay whole
    even = wanted // parts
    if parts == 1 or n < _FEW * parts:
        return even
    length = min(max(n // (_BLOCKS * parts), _FINEST), _COARSEST)
    ends = np.cumsum([0, *(len(block) for block in design.blocks(length))], dtype=np.int64)
    after = np.clip(np.searchsorted(ends * parts, wanted), 1, len(ends) - 1)
    before = after - 1
    later = ends[after] * parts - wanted < wanted - ends[before] * parts
    nearest = np.where(later, ends[after], ends[before])
    near = 2 * np.abs(nearest * parts - wanted) < n
    found = np.where(near, nearest, even)
    found[0], found[-1] = 0, n
    return found


@dataclass(frozen=True, slots=True)
class ShardDesign:
    """The selected trials of a design from one cut to the next; see `mores.fieldwork.design.Design`.

    Attributes
    ----------
    design : Design
        The whole one, whose numbers the trials keep.
    start, stop : int
        Selected trials before the part, and up to its end.
    """

    design: Design
    start: int
    stop: int

    @property
    def size(self) -> int:
        """Trials in the full design."""
        return self.design.size

    @property
    def selected(self) -> int:
        """Trials of the part."""
        return self.stop - self.start

    @property
    def attempts(self) -> int:
        """How often at most a trial is asked."""
        return self.design.attempts

    def blocks(self, length: int) -> Iterator[NDArray[np.int64]]:
        """Numbers of the part's trials, ascending, in the design's own blocks."""
        before = 0
        for block in self.design.blocks(length):
            part = block[max(0, self.start - before) : self.stop - before]
            if len(part):
                yield part
            before += len(block)
            if before >= self.stop:
                return

    def request(self, trial: int, attempt: int) -> Request:
        """The request of a trial's attempt."""
        return self.design.request(trial, attempt)

    def code(self, trial: int, attempt: int, reply: Reply) -> Outcome:
        """What a reply is coded as."""
        return self.design.code(trial, attempt, reply)
