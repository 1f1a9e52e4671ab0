"""The rows of a file of wordings, and which texts may stand in it.

Such a file is CSV in UTF-8 with the columns ``language,item,part,text``; a comma, a semicolon or a tab
stands between cells. What the rows mean is the matter of `mores.instruments.wording_overlays`.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from mores.errors import InstrumentError, nearest
from mores.instruments.texts import MAX_CHARACTERS, MAX_LABEL_CHARACTERS
from mores.instruments.validation import shown

__all__ = [
    "COLUMNS",
    "DELIMITERS",
    "MAX_BYTES",
    "Row",
    "content_of",
    "decoded",
    "records",
    "rows_of",
    "text_fault",
]

COLUMNS = ("language", "item", "part", "text")
MAX_BYTES = 8 << 20

DELIMITERS = ",;\t"
_JOINERS = "\u200c\u200d"  # Persian and Hindi words need them.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # Letters and marks without ink.
_SAVE = "save it as “CSV UTF-8” and give that file"


class Row(NamedTuple):
    """A row: the line on which it begins, and its cells without the spaces around them."""

    line: int
    language: str
    item: str
    part: str
    text: str


def content_of(
    path: Path, start: str = "start from: mores instruments show LANGUAGE --csv"
) -> bytes:
    """The bytes of a file that someone wrote.

    Parameters
    ----------
    path : Path
    start : str, optional
        What to tell someone whose file does not exist.

    Raises
    ------
    InstrumentError
        If it is no regular file of at most 8 MiB, or cannot be read.
    """
    where = shown(str(path))
    try:
        if path.is_dir():
            raise InstrumentError(f"{where} is a folder; give the path of a CSV file")
        if not S_ISREG(path.stat().st_mode):  # a device or a pipe might never end
            raise InstrumentError(f"{where} is no regular file; give the path of a CSV file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InstrumentError(f"there is no file {where}; {start}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InstrumentError(
            f"{where} cannot be read ({reason}); check the path and its permissions"
        ) from None
    if len(content) > MAX_BYTES:
        raise InstrumentError(
            f"{where} is larger than 8 MiB; a file of wordings is small: split it, or take out what "
            "does not belong"
        )
    return content


def rows_of(content: bytes, place: str) -> list[Row]:
    """The rows of a file, without blank ones.

    Parameters
    ----------
    content : bytes
    place : str
        What to call the file in messages.

    Raises
    ------
    InstrumentError
        If it is not CSV in UTF-8 with the four columns.
    """
    text = decoded(content, place)
    head = next((line for line in text.split("\n") if line.strip()), "")
    reader = csv.reader(io.StringIO(text), delimiter=max(DELIMITERS, key=head.count), strict=True)
    found = records(reader, place)
    order = _columns(next(found, (1, []))[1], place)
    rows = []
    for line, cells in found:
        if len(cells) != len(COLUMNS):
            raise InstrumentError(
                f"{place}, line {line}: has {len(cells)} cells, not {len(COLUMNS)}; put a text that "
                "holds the separator of the cells between double quotes"
            )
        rows.append(Row(line, *(cells[i].strip() for i in order)))
    if not rows:
        raise InstrumentError(f"{place}: holds no rows below its first line; add some")
    return rows


def decoded(content: bytes, place: str) -> str:
    """A file's text with plain line ends; refuses spreadsheets and what is not UTF-8."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InstrumentError(f"{place} is a spreadsheet, not CSV; {_SAVE}")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InstrumentError(f"{place} is UTF-16, not UTF-8; {_SAVE}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InstrumentError(f"{place}, line {line}: is not UTF-8; {_SAVE}") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InstrumentError(f"{place}, line {line}: holds a NUL character; {_SAVE}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def records(reader: Iterator[list[str]], place: str) -> Iterator[tuple[int, list[str]]]:
    """Line on which each record begins, and its cells."""
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InstrumentError(
                f"{place}, line {line}: is not CSV ({error}); write a text with quotes as "
                '"…""…""…" and close each quote'
            ) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _columns(head: Sequence[str], place: str) -> list[int]:
    """Where in a record each of `COLUMNS` is."""
    names = [cell.strip().casefold() for cell in head]
    wanted = f"the first line must be {','.join(COLUMNS)}"
    for name in names:
        if name not in COLUMNS:
            hint = nearest(name[:40], COLUMNS)
            raise InstrumentError(f"{place}: {shown(name)} is no column; {hint}; {wanted}")
    if sorted(names) != sorted(COLUMNS):
        raise InstrumentError(f"{place}: its columns are {', '.join(names) or 'none'}; {wanted}")
    return [names.index(column) for column in COLUMNS]


def text_fault(text: str, *, country: bool = False, one_line: bool = False) -> str | None:
    """What is wrong with a text, and the remedy; None if nothing is.

    Parameters
    ----------
    text : str
    country : bool
        Whether it must hold ``{country}`` once; else no braces at all.
    one_line : bool
        Whether it must be one line of at most 200 characters.
    """
    if not text:
        return "has no text; write it, or delete the row"
    limit = MAX_LABEL_CHARACTERS if one_line else MAX_CHARACTERS
    if len(text) > limit:
        return f"has {len(text):,} characters; at most {limit:,} are allowed"
    if one_line and "\n" in text:
        return "has a line break; write it on one line"
    for i, c in enumerate(text):
        if fault := _character_fault(c, text[i - 1 : i]):
            return fault
    if not any(unicodedata.category(c)[0] in "LN" for c in text):
        return f"is {shown(text)}, without a letter or digit; write it"
    return _brace_fault(text, country)


def _character_fault(c: str, before: str) -> str | None:
    named = f"holds U+{ord(c):04X}" + (
        f" ({unicodedata.name(c)})" if unicodedata.name(c, "") else ""
    )
    kind = unicodedata.category(c)
    if c in "\n\t":
        return None
    if c in _JOINERS:
        placed = bool(before) and unicodedata.category(before)[0] in "LM"
        return None if placed else f"{named}, invisible and joining no letters; remove it"
    if kind in ("Cc", "Cf", "Zl", "Zp") or c in _BLANK:
        return f"{named}, an invisible character; remove it"
    if "\ufb50" <= c <= "\ufdff" or "\ufe70" <= c <= "\ufeff":
        return (
            f"{named}, the shape of a letter and not the letter: the text was laid out for print, "
            "where its order may be reversed; write it in letters, first letter first"
        )
    if c == "\ufffd" or kind in ("Co", "Cs") or (kind == "Cn" and ord(c) & 0xFFFE == 0xFFFE):
        return f"{named}, which stands for no letter: an earlier conversion lost it; write it anew"
    return None


def _brace_fault(text: str, country: bool) -> str | None:
    rest = text.replace("{country}", "")
    if "{" in rest or "}" in rest:
        allowed = "only {country} is filled in" if country else "nothing is filled in here"
        return f"is {shown(text)}, with braces; {allowed}: take out the others"
    n = text.count("{country}")
    if country and n != 1:
        return f"is {shown(text)}, with {{country}} {n} times; write it once"
    if n and not country:
        return f"is {shown(text)}, with {{country}}; only a framing holds it: write the text out"
    return None
