"""Languages of interviews: their ISO codes, names, and the surveys' numbers for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError
from mores.instruments.datafiles import read_data
from mores.instruments.labels import fold

__all__ = ["Language", "language_of", "languages"]

_STRICT = ConfigDict(extra="forbid", strict=True)
_FILE = "languages.toml"


@dataclass(frozen=True, slots=True)
class Language:
    """A language in which people are interviewed.

    Attributes
    ----------
    code : str
        ISO 639-1, such as ``"sv"``; ISO 639-3 where that has none (``"ceb"``). Lower case.
    name : str
        In English.
    aliases : tuple of str
        Other names and codes, among them the surveys' value labels.
    numbers : tuple of int
        The surveys' own codes (S_INTLANGUAGE, S016), as far as they are documented.
    """

    __pydantic_config__ = _STRICT

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _LanguagesFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    languages: tuple[Language, ...]


def languages() -> Mapping[str, Language]:
    """The languages by code, in the order of their names.

    Returns
    -------
    mapping of str to Language
        Read-only; read once and kept.

    Raises
    ------
    InstrumentError
        If the package's data file is damaged.
    """
    return _lookup().languages


def language_of(value: str | float) -> Language | None:
    """The language that a code or a name stands for, None if it stands for none known here.

    Parameters
    ----------
    value : str or number
        ISO 639 code, with or without a script or region (``"pt-BR"``, ``"zh_Hant"``); English name;
        or the surveys' number, as a number or its digits. Case, spacing and punctuation do not
        matter.
    """
    known = _lookup()
    if not isinstance(value, str):
        whole = value == value and abs(value) < 1e9 and value == int(value)
        return known.by_number.get(int(value)) if whole else None
    text = value.strip()
    digits = text.removesuffix(".0")
    if digits.isascii() and digits.isdigit():
        return known.by_number.get(int(digits)) if len(digits) < 9 else None
    return known.by_name.get(fold(text)) or known.languages.get(_primary_subtag(text))


def _primary_subtag(text: str) -> str:
    """``pt`` of ``pt-BR``; empty if the text is no language tag."""
    first, *others = text.casefold().replace("_", "-").split("-")
    tag = bool(others) and all(2 <= len(part) <= 8 and part.isalnum() for part in others)
    return first if tag else ""


@dataclass(frozen=True, slots=True)
class _Lookup:
    languages: Mapping[str, Language]
    by_number: Mapping[int, Language]
    by_name: Mapping[str, Language]


@cache
def _lookup() -> _Lookup:
    file = read_data("mores.instruments", _FILE, TypeAdapter(_LanguagesFile))
    by_number: dict[int, Language] = {}
    by_name: dict[str, Language] = {}
    for language in file.languages:
        for number in language.numbers:
            if by_number.setdefault(number, language) is not language:
                raise _twice(language, number)
        for name in (language.code, language.name, *language.aliases):
            if by_name.setdefault(fold(name), language) is not language:
                raise _twice(language, name)
    return _Lookup(
        MappingProxyType({language.code: language for language in file.languages}),
        MappingProxyType(by_number),
        MappingProxyType(by_name),
    )


def _twice(language: Language, what: str | int) -> InstrumentError:
    return InstrumentError(
        f"{_FILE}: {language.code}: {what!r} already stands for another language; restore the file"
    )
