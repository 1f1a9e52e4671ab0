"""The header of a survey file: clean names, and which of them the instrument knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mores.errors import PopulationError
from mores.instruments.survey import Instrument
from mores.populations.importing.recognition import Scheme, names_of, scheme_of

__all__ = ["Header", "clean_names", "read_header"]

_DESCRIBED = re.compile(r"(\w+)\s*(?::|\s[-–—])\s*\S")
_FIRST = re.compile(r"(\w*)(\s*[:.–—-]|\s|)(.*)", re.DOTALL)
_CODE = re.compile(r"[0-9_]")
_QUOTES = "\"'“”„‟‘’«»"


@dataclass(frozen=True)
class Header:
    """Names of a file's columns.

    Attributes
    ----------
    columns : tuple of str
        Clean name of every column.
    wanted : mapping of int to str
        Position and name of the columns that the instrument knows.
    scheme : Scheme
        Whose names they are.
    """

    columns: tuple[str, ...]
    wanted: Mapping[int, str]
    scheme: Scheme


def read_header(cells: Sequence[str | None], instrument: Instrument, source: str) -> Header:
    """Make sense of the cells of a header row.

    Parameters
    ----------
    cells : sequence of str or None
        As they stand in the file.
    instrument : Instrument
        Whose columns are looked for.
    source : str
        The file's name in messages.

    Raises
    ------
    UnknownSurveyError
        If these are not the columns of this survey.
    PopulationError
        If a known column occurs twice.
    """
    scheme = scheme_of(clean_names(cells, instrument), instrument, source)
    columns = clean_names(cells, instrument, [scheme])
    known = names_of(instrument, scheme).all
    wanted = {place: name for place, name in enumerate(columns) if name in known}
    twice = [name for name, times in Counter(wanted.values()).items() if times > 1]
    if twice:
        places = [str(1 + place) for place, name in wanted.items() if name == twice[0]]
        raise PopulationError(
            f"{source}: the column {twice[0]} occurs {len(places)} times (columns "
            f"{', '.join(places)}); keep one of each name"
        )
    return Header(columns, wanted, scheme)


def clean_names(
    cells: Sequence[str | None], instrument: Instrument, schemes: Sequence[Scheme] = tuple(Scheme)
) -> tuple[str, ...]:
    """Names without byte-order mark, quotes, line breaks, surrounding spaces and descriptions.

    ``"Q46: Feeling of happiness"`` and ``"q46 Feeling of happiness"`` are both ``"Q46"``; of words
    without a colon the first is taken for the name only if the instrument knows it and it is a code,
    with a digit or an underscore. A name known to one of the schemes is spelled as there, whatever
    its case.
    """
    known = {
        name.casefold(): name for scheme in schemes for name in names_of(instrument, scheme).all
    }
    return tuple(_clean(cell or "", known) for cell in cells)


def _clean(cell: str, known: Mapping[str, str]) -> str:
    text = " ".join(cell.replace("\ufeff", "").replace("\0", "").split()).strip(_QUOTES + " ")
    first, mark, _ = _FIRST.match(text).groups()  # type: ignore[union-attr]
    for name in (text, text.replace(" ", ""), first if mark.strip() or _CODE.search(first) else ""):
        if name.casefold() in known:
            return known[name.casefold()]
    described = _DESCRIBED.match(text)
    return described[1] if described else text
