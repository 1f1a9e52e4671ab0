"""The Moral Foundations Questionnaire-2: its key, and 36 items of our own or of a user's file.

The item at position p, 1 … 36, belongs to foundation (p - 1) mod 6 of care, equality, proportionality,
loyalty, authority, purity; answers run from 1 to 5 and none is reversed. The official wording belongs to
its authors (Atari et al. 2023, doi:10.1037/pspp0000470) and does not come with the package: the shipped
items are paraphrases, marked so wherever they show. `mores.instruments.mfq2_files` reads a file with the
official wording, or a translation.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError
from mores.instruments.datafiles import read_data
from mores.keys import digest

__all__ = [
    "FOUNDATIONS",
    "N_ITEMS",
    "Foundation",
    "MoralFoundationsQuestionnaire",
    "MoralItem",
    "battery",
    "foundation_of",
    "foundations",
]

FOUNDATIONS = ("care", "equality", "proportionality", "loyalty", "authority", "purity")
"""In the order of the questionnaire."""

N_ITEMS = 36
N_ANCHORS = 5

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Foundation:
    """One moral foundation.

    Attributes
    ----------
    id, label : str
        One of `FOUNDATIONS`, and its name.
    definition : str
        What it is about, in plain words of this project's own.
    """

    __pydantic_config__ = _STRICT

    id: str
    label: str
    definition: str


@dataclass(frozen=True, slots=True)
class MoralItem:
    """One item of the questionnaire.

    Attributes
    ----------
    position : int
        1 … 36; it decides the foundation.
    foundation : str
        One of `FOUNDATIONS`.
    text : str
        The statement that a respondent rates.
    """

    position: int
    foundation: str
    text: str

    @property
    def id(self) -> str:
        """``mfq2-01`` … ``mfq2-36``, whatever the wording."""
        return f"mfq2-{self.position:02}"


@dataclass(frozen=True, slots=True)
class MoralFoundationsQuestionnaire:
    """The questionnaire as it is asked.

    Attributes
    ----------
    items : tuple of MoralItem
        By position.
    question : str
        What is asked about each statement.
    anchors : tuple of str
        The five answers, from 1 to 5.
    source : str
        ``"mores"`` for the shipped paraphrases, else the file's name.
    paraphrased : bool
        Whether the items are this project's paraphrases; to be said wherever results show.
    digest : str
        Hexadecimal digest of question, anchors and items, whatever file they came from.
    """

    items: tuple[MoralItem, ...]
    question: str
    anchors: tuple[str, ...]
    source: str
    paraphrased: bool
    digest: str

    @property
    def label(self) -> str:
        """What a report calls it."""
        kind = "paraphrased items" if self.paraphrased else f"items of {self.source}"
        return f"MFQ-2 key, {kind}"

    def members(self, foundation: str) -> tuple[MoralItem, ...]:
        """The six items of a foundation, by position."""
        return tuple(item for item in self.items if item.foundation == foundation)


@dataclass(frozen=True, slots=True)
class _KeyFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    question: str
    anchors: tuple[str, ...]
    foundations: tuple[Foundation, ...]


@dataclass(frozen=True, slots=True)
class _ItemsFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    paraphrased: Literal[True]
    items: tuple[str, ...]


def foundation_of(position: int) -> str:
    """The foundation of the item at a position, 1 … 36.

    Raises
    ------
    InstrumentError
        If there is no such position.
    """
    if not 1 <= position <= N_ITEMS:
        raise InstrumentError(f"the MFQ-2 has no item {position}; allowed: 1 to {N_ITEMS}")
    return FOUNDATIONS[(position - 1) % len(FOUNDATIONS)]


def foundations() -> tuple[Foundation, ...]:
    """The six foundations with their definitions, in the order of `FOUNDATIONS`.

    Raises
    ------
    InstrumentError
        If the package's data file is damaged.
    """
    return _key().foundations


def battery(path: str | os.PathLike[str] | None = None) -> MoralFoundationsQuestionnaire:
    """The questionnaire with the shipped paraphrases, or with the items of a file.

    Parameters
    ----------
    path : str or path-like, optional
        A CSV file as `mores.instruments.mfq2_files` describes it: the official wording, or a
        translation.

    Returns
    -------
    MoralFoundationsQuestionnaire

    Raises
    ------
    InstrumentError
        If the file cannot be read, or items are missing, repeated, empty, too long or in an order
        that cannot be verified.
    """
    if path is None:
        return _shipped()
    from mores.instruments.mfq2_files import read_texts

    found = read_texts(Path(path))
    key = _key()
    return questionnaire(
        found.items, found.question or key.question, found.anchors or key.anchors, found.source
    )


def questionnaire(
    texts: Mapping[int, str],
    question: str,
    anchors: tuple[str, ...],
    source: str,
    paraphrased: bool = False,
) -> MoralFoundationsQuestionnaire:
    """The questionnaire made of 36 texts by position."""
    items = tuple(MoralItem(p, foundation_of(p), texts[p]) for p in range(1, N_ITEMS + 1))
    said = ["mfq2/1", question, list(anchors), [item.text for item in items]]
    return MoralFoundationsQuestionnaire(
        items, question, anchors, source, paraphrased, digest(said).hex()
    )


@cache
def _shipped() -> MoralFoundationsQuestionnaire:
    file = read_data("mores.instruments", "mfq2/items.toml", TypeAdapter(_ItemsFile))
    if len(set(file.items)) != N_ITEMS or len(file.items) != N_ITEMS:
        raise InstrumentError(
            f"mfq2/items.toml: {len(file.items)} items, {len(set(file.items))} of them different; it "
            f"must have {N_ITEMS}: restore the file or install mores again"
        )
    key = _key()
    texts = dict(enumerate(file.items, start=1))
    return questionnaire(texts, key.question, key.anchors, "mores", paraphrased=True)


@cache
def _key() -> _KeyFile:
    file = read_data("mores.instruments", "mfq2/key.toml", TypeAdapter(_KeyFile))
    ids = tuple(foundation.id for foundation in file.foundations)
    if ids != FOUNDATIONS or len(set(file.anchors)) != N_ANCHORS:
        raise InstrumentError(
            f"mfq2/key.toml: foundations {', '.join(ids)} and {len(file.anchors)} anchors; it must "
            f"have {', '.join(FOUNDATIONS)} and {N_ANCHORS} different anchors: restore the file or "
            "install mores again"
        )
    return file
