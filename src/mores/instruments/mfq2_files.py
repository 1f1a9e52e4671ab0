"""A user's file with the items of the Moral Foundations Questionnaire-2.

CSV in UTF-8, with or without a byte-order mark; a comma, a semicolon or a tab stands between cells. The
first line names the columns:

==============================  ========================================================================
``number``, ``position``,       the item's number in the questionnaire, 1 … 36, also as ``Q1`` or
``item``                        ``MFQ2_01``; numbers decide, whatever the order of the lines
``text``                        the item; ``wording`` and ``statement`` are understood too
``foundation`` (optional)       its foundation in English, checked against the key
==============================  ========================================================================

A file without numbers is taken only if its foundations show that it stands in the questionnaire's
order. A translation may add lines with ``question`` and ``anchor1`` to ``anchor5`` for a number; the
anchors are given whole or not at all.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mores.errors import InstrumentError
from mores.instruments.labels import fold
from mores.instruments.mfq2 import FOUNDATIONS, N_ANCHORS, N_ITEMS, foundation_of
from mores.instruments.overlay_rows import (
    DELIMITERS,
    content_of,
    decoded,
    records,
    text_fault,
)
from mores.instruments.validation import listed_problems, shown

__all__ = ["MAX_ITEM_CHARACTERS", "ItemTexts", "parse_texts", "read_texts"]

MAX_ITEM_CHARACTERS = 500

_COLUMNS = {
    "number": ("number", "position", "item"),
    "text": ("text", "wording", "statement"),
    "foundation": ("foundation",),
}
_WANTED = "the first line must name the columns number,text"
_NUMBER = re.compile(r"(?:mfq[ _-]?2?[ _-]+|mfq|item[ _-]*|q[ _-]*)?0*(\d{1,3})(?:\.0*)?", re.I)
_ANCHOR = re.compile(rf"anchor[ _-]*([1-{N_ANCHORS}])", re.I)
_REMEDY = "mend the file: one line for each item from 1 to 36, with its number and text"


@dataclass(frozen=True, slots=True)
class ItemTexts:
    """What a file says.

    Attributes
    ----------
    items : dict of int to str
        All 36, by position.
    question : str
        Empty where the file has none.
    anchors : tuple of str
        Five, or none.
    source : str
        The file's name.
    """

    items: dict[int, str]
    question: str
    anchors: tuple[str, ...]
    source: str


def read_texts(path: Path) -> ItemTexts:
    """The texts of a file; errors as in `parse_texts`."""
    content = content_of(
        path, "give the path of a CSV file with the columns number,text and the 36 items"
    )
    return parse_texts(content, str(path), path.name)


def parse_texts(content: bytes, place: str, source: str) -> ItemTexts:
    """The texts of a file's bytes.

    Parameters
    ----------
    content : bytes
    place : str
        What to call the file in messages.
    source : str
        What to call it in results.

    Raises
    ------
    InstrumentError
        If it is no such file, with every item that is missing, given twice, empty, too long, the
        same as another, or of another foundation than its number says.
    """
    text = decoded(content, place)
    head = next((line for line in text.split("\n") if line.strip()), "")
    reader = csv.reader(io.StringIO(text), delimiter=max(DELIMITERS, key=head.count), strict=True)
    lines = records(reader, place)
    names = next(lines, (1, []))[1]
    reading = _Reading(place, len(names), _columns(names, place))
    for line, cells in lines:
        reading.add(line, cells)
    return reading.result(source)


def _columns(head: Sequence[str], place: str) -> dict[str, int]:
    """Where each column stands; other columns are left alone."""
    names = [cell.strip().casefold() for cell in head]
    found: dict[str, int] = {}
    for column, spellings in _COLUMNS.items():
        places = [i for i, name in enumerate(names) if name in spellings]
        if len(places) > 1:
            raise InstrumentError(
                f"{place}: the columns {' and '.join(names[i] for i in places)} say the same; keep "
                "one of them"
            )
        if places:
            found[column] = places[0]
    if "text" not in found:
        given = ", ".join(shown(name) for name in names[:6]) or "none"
        raise InstrumentError(f"{place}: has no column text (its columns: {given}); {_WANTED}")
    if found.keys() == {"text"}:
        raise InstrumentError(
            f"{place}: has no column of item numbers, so that the order of its items cannot be "
            f"verified, and the order decides the foundation; {_WANTED}"
        )
    return found


@dataclass
class _Reading:
    """Lines of a file as they are taken in, with what is wrong with them."""

    place: str
    width: int
    columns: dict[str, int]
    tried: set[int] = field(default_factory=set)
    items: dict[int, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    rows: int = 0

    def add(self, line: int, cells: Sequence[str]) -> None:
        if len(cells) <= max(self.columns.values()):
            self._note(line, f"has {len(cells)} cells, too few; quote a text that holds separators")
            return
        cell = {name: cells[i].strip() for name, i in self.columns.items()}
        if any(cells[self.width :]):  # the text would be cut short
            self._note(line, "has more cells than columns; quote a text that holds separators")
            return
        self.rows += 1
        name = cell.get("number", str(self.rows))
        number = _NUMBER.fullmatch(name)
        if (fault := _fault(cell["text"])) is not None:
            self._note(line, f"{shown(name)} {fault}")
            self.tried |= {int(number[1])} if number else set()
        elif number is not None:
            self._item(line, int(number[1]), cell)
        elif fold(name) == "question" or _ANCHOR.fullmatch(name):
            self._extra(line, name, cell["text"])
        else:
            self._note(line, f"{shown(name)} is no item number; allowed: 1 to {N_ITEMS}")

    def _note(self, line: int, problem: str) -> None:
        self.problems.append(f"line {line}: {problem}")

    def _item(self, line: int, number: int, cell: dict[str, str]) -> None:
        if not 1 <= number <= N_ITEMS:
            self._note(line, f"there is no item {number}; allowed: 1 to {N_ITEMS}")
        elif number in self.items:
            self._note(line, f"item {number} is given twice; give it once")
        else:
            self.items[number] = cell["text"]
            self._check_foundation(line, number, cell.get("foundation"))

    def _check_foundation(self, line: int, number: int, said: str | None) -> None:
        if said is None or fold(said) == foundation_of(number):
            return
        if fold(said) not in FOUNDATIONS:
            allowed = ", ".join(FOUNDATIONS)
            self._note(line, f"{shown(said)} is no foundation; allowed: {allowed}")
            return
        self._note(
            line,
            f"item {number} is said to be of {fold(said)}, but the key makes it one of "
            f"{foundation_of(number)}: it stands at another place than in the questionnaire",
        )

    def _extra(self, line: int, name: str, text: str) -> None:
        anchor = _ANCHOR.fullmatch(name)
        key = f"anchor{anchor[1]}" if anchor else "question"
        if key in self.extra:
            self._note(line, f"{key} is given twice; give it once")
        self.extra[key] = text

    def result(self, source: str) -> ItemTexts:
        problems = self.problems
        missing = [n for n in range(1, N_ITEMS + 1) if n not in self.items and n not in self.tried]
        if missing:
            problems.append(f"no text for item {', '.join(map(str, missing))}")
        by_text: dict[str, int] = {}
        for number, text in self.items.items():
            if (first := by_text.setdefault(fold(text), number)) != number:
                problems.append(f"items {first} and {number} have the same text")
        anchors = tuple(text for key, text in sorted(self.extra.items()) if key != "question")
        if len(set(anchors)) != len(anchors) or len(anchors) not in (0, N_ANCHORS):
            problems.append(
                f"{len(anchors)} anchors, {len(set(anchors))} of them different; give all "
                f"{N_ANCHORS}, each another, or none"
            )
        if problems:
            raise InstrumentError(listed_problems(self.place, problems, _REMEDY))
        return ItemTexts(self.items, self.extra.get("question", ""), anchors, source)


def _fault(text: str) -> str | None:
    if "\n" in text:
        return "has a line break; write it on one line"
    if len(text) > MAX_ITEM_CHARACTERS:
        return f"has {len(text):,} characters; at most {MAX_ITEM_CHARACTERS} are allowed"
    return text_fault(text)
