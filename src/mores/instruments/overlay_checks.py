"""What the rows of a user's file of wordings mean, and everything that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import cache

from mores.errors import InstrumentError, nearest
from mores.instruments.countries import countries, country_of
from mores.instruments.labels import fold
from mores.instruments.languages import language_of, languages
from mores.instruments.overlay_rows import Row, text_fault
from mores.instruments.survey import Item, wvs7
from mores.instruments.validation import shown
from mores.instruments.wordings import (
    BATTERIES,
    LANGUAGES,
    Prompts,
    Wording,
    battery_of,
    wording,
)

__all__ = ["checked_texts"]

Key = tuple[str, str]
_PROMPTS = tuple(field.name for field in fields(Prompts))
_SPECIAL = ("prompt", "framing", "country")
_CODE = re.compile(r"-?(?:0|[1-9][0-9]{0,3})")
_FRAMING = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NEAR = 0.85
"""Names of framings nearer than this are one name misspelt."""


class _Fault(Exception):
    """What is wrong with a row, and the remedy."""


def checked_texts(rows: Iterable[Row]) -> tuple[dict[str, dict[Key, str]], list[str]]:
    """Text by item and part, by language; and the faults, with their lines.

    Parameters
    ----------
    rows : iterable of Row

    Returns
    -------
    texts : dict
        To be used only if there are no faults.
    faults : list of str
    """
    lines: dict[tuple[str, Key], int] = {}
    texts: dict[str, dict[Key, str]] = {}
    faults = []
    for row in rows:
        try:
            key = _key(row)
            if earlier := lines.get((row.language, key)):
                raise _Fault(
                    f"{_said(key)} in {row.language!r} is in line {earlier} already; keep one of "
                    "the two"
                )
            lines[row.language, key] = row.line
            texts.setdefault(row.language, {})[key] = row.text
            if fault := _text_fault(key, row.text):
                raise _Fault(f"{_said(key)} in {row.language!r} {fault}")
        except _Fault as fault:
            faults.append(f"line {row.line}: {fault}")
    for language, said in texts.items():
        whole = _Language(language, said)
        faults += [f"line {lines[language, key]}: {fault}" for key, fault in whole.faults()]
    return texts, faults


def _said(key: Key) -> str:
    return f"{key[0]}, {key[1]}"


def _key(row: Row) -> Key:
    """Item and part of a row, the item by its id."""
    _check_language(row.language)
    if row.item == "prompt":
        return row.item, _one_of(row.part, _PROMPTS, "part of a prompt")
    if row.item == "framing":
        return row.item, _framing(row.part)
    if row.item == "country":
        return row.item, _country(row.part)
    if row.item in BATTERIES:
        first = wvs7().members(BATTERIES[row.item])[0]
        return row.item, _question_or_code(row.part, first, row.item)
    item = _item(row.item)
    battery = battery_of(item)
    if battery is None:
        return item.id, _question_or_code(row.part, item, item.id)
    if row.part != "question":
        raise _Fault(
            f"{shown(row.part)} is no part of {item.id}, a member of {battery}; allowed: question; "
            f"the options are those of {battery}: name them there"
        )
    return item.id, row.part


def _check_language(code: str) -> None:
    if code in languages():
        return
    known = language_of(code) if code and not code.isdigit() else None
    remedy = (
        f"write {known.code!r} for {known.name}"
        if known
        else "write its ISO 639-1 code in lower case, such as ar, en or pt"
    )
    raise _Fault(f"{shown(code)} is no code of a language known here; {remedy}")


def _one_of(value: str, allowed: Iterable[str], what: str) -> str:
    words = list(allowed)
    if value not in words:
        raise _Fault(f"{shown(value)} is no {what}; {nearest(value[:80], words)}")
    return value


def _framing(name: str) -> str:
    shipped = tuple(wording("en").framings)
    if name in shipped:
        return name
    if name == "language":
        raise _Fault(
            "'language' is the framing without a preamble, which nothing can be put before; choose "
            "another name"
        )
    if not _FRAMING.fullmatch(name) or len(name) > 40:
        raise _Fault(
            f"{shown(name)} is no name of a framing; {nearest(name[:80], shipped)}, or a name of "
            "your own of up to 40 lower-case letters and digits, with hyphens between"
        )
    if near := get_close_matches(name, shipped, n=1, cutoff=_NEAR):
        raise _Fault(
            f"{name!r} is nearly {near[0]!r}; write that, or give a framing of your own another name"
        )
    return name


def _country(code: str) -> str:
    if code in countries():
        return code
    try:
        found = country_of(code)
    except InstrumentError as error:
        raise _Fault(str(error)) from None
    raise _Fault(f"{shown(code)} is no ISO 3166 alpha-3 code; write {found.code!r}")


def _item(name: str) -> Item:
    try:
        found = wvs7().item(name)
    except InstrumentError as error:
        words = (*BATTERIES, *_SPECIAL)
        near = get_close_matches(name, words, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise _Fault(f"{error}; {hint}also allowed: {', '.join(words)}") from None
    if found.derived:
        raise _Fault(f"{found.id} is computed from other items and never asked; delete the row")
    return found


def _question_or_code(part: str, item: Item, name: str) -> str:
    if part == "question":
        return part
    codes = _labelled(item)
    if part in codes:
        return part
    allowed = f"allowed: question, {', '.join(codes)}"
    if not _CODE.fullmatch(part):
        raise _Fault(
            f"{shown(part)} is no part of {name}; {nearest(part[:80], ['question', *codes])}"
        )
    if int(part) in item.missing:
        raise _Fault(
            f"{part} of {name} is {item.missing[int(part)]!r}, which is not offered; {allowed}"
        )
    if int(part) in item.codes:
        raise _Fault(
            f"option {part} of {name} is a step that has no name but its number; {allowed}"
        )
    raise _Fault(f"{name} has no option {part}; {allowed}")


@cache
def _labelled_of(item_id: str) -> tuple[str, ...]:
    item = wvs7().item(item_id)
    return tuple(str(o.code) for o in item.options if o.label != str(o.code))


def _labelled(item: Item) -> tuple[str, ...]:
    """Codes of the options that have a name."""
    return _labelled_of(item.id)


def _text_fault(key: Key, text: str) -> str | None:
    item, part = key
    long = part == "question" and (item in BATTERIES or battery_of(wvs7().item(item)) is None)
    around = item in ("framing", "prompt") and part != "options_heading"
    return text_fault(text, country=item == "framing", one_line=not (long or around))


class _Language:
    """What a file says in one language, held against itself and against what comes with mores."""

    def __init__(self, language: str, said: Mapping[Key, str]) -> None:
        self.language = language
        self.said = said
        self.shipped: Wording | None = wording(language) if language in LANGUAGES else None

    def faults(self) -> Iterator[tuple[Key, str]]:
        """The row at which to look, and what is wrong."""
        yield from self._mixed(("country", code) for code in countries())
        for battery, name in BATTERIES.items():
            members = wvs7().members(name)
            yield from self._scale(battery, members[0])
            keys = [(item.id, "question") for item in members]
            yield from self._incomplete(battery, keys, "members")
            yield from self._mixed(keys)
        for item_id in dict.fromkeys(item for item, _ in self.said):
            if item_id not in _SPECIAL and item_id not in BATTERIES:
                item = wvs7().item(item_id)
                if battery_of(item) is None:
                    yield from self._scale(item_id, item)

    def _scale(self, name: str, item: Item) -> Iterator[tuple[Key, str]]:
        keys = [(name, code) for code in _labelled(item)]
        residual = {(name, str(option.code)) for option in item.options if option.residual}
        yield from self._incomplete(name, [key for key in keys if key not in residual], "options")
        yield from self._mixed(keys)

    def _incomplete(self, name: str, keys: list[Key], what: str) -> Iterator[tuple[Key, str]]:
        given = [key for key in keys if key in self.said]
        lacking = [_short(key, what) for key in keys if key not in self.said]
        if given and lacking:
            yield (
                given[0],
                f"of {name} in {self.language!r} the {what} {', '.join(lacking)} are missing; give "
                f"all of its {what}, or none",
            )

    def _mixed(self, keys: Iterable[Key]) -> Iterator[tuple[Key, str]]:
        """Texts that stand for two things, or for another than in the wording with mores."""
        listed = list(keys)
        if not any(key in self.said for key in listed):
            return
        own: dict[str, Key] = {}
        theirs = {fold(text): key for key in listed if (text := self._text_with_mores(key))}
        for key in listed:
            if key not in self.said:
                continue
            text = fold(self.said[key])
            quoted = f"{_said(key)} in {self.language!r} is {shown(self.said[key])}"
            if (twin := own.setdefault(text, key)) != key:
                yield key, f"{quoted}, and so is {_said(twin)}; tell the two apart"
            elif (other := theirs.get(text, key)) != key:
                yield (
                    key,
                    f"{quoted}, which in the wording with mores is {_said(other)}: probably the two "
                    "are swapped; put each text beside its own",
                )

    def _text_with_mores(self, key: Key) -> str | None:
        if self.shipped is None:
            return None
        item, part = key
        if item == "country":
            return self.shipped.countries.get(part)
        if item in BATTERIES:
            return self.shipped.batteries[item].labels.get(part)
        found = wvs7().item(item)
        if (battery := battery_of(found)) is not None:
            return self.shipped.batteries[battery].members.get(item)
        worded = self.shipped.items.get(item)
        return worded.labels.get(part) if worded else None


def _short(key: Key, what: str) -> str:
    return key[1] if what == "options" else key[0]
