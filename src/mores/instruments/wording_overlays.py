"""A user's file of official field wording, laid over the wordings that come with the package.

A row says the text of one part of one item in one language (`mores.instruments.overlay_rows`):

================  ==============================================  ================================
item              part                                            text
================  ==============================================  ================================
``Q1``, ``A008``  ``question``, or the code of an option          of an item asked singly
``SU_NEIGHBORS``  ``question`` (its stem), or a code              of a battery
``Q18``           ``question``                                    of a member of a battery
``prompt``        a field of ``wordings.Prompts``                 around every question
``framing``       its name; one's own is added                    a preamble with ``{country}``
``country``       ISO 3166 alpha-3                                as the preambles need it
================  ==============================================  ================================

A label belongs to the code beside which it stands. A scale or the members of a battery are given
whole, so that none is asked half in one wording and half in another.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mores.errors import InstrumentError
from mores.instruments.overlay_checks import checked_texts
from mores.instruments.overlay_rows import COLUMNS, content_of, rows_of
from mores.instruments.survey import wvs7
from mores.instruments.texts import is_label
from mores.instruments.validation import listed_problems, shown
from mores.instruments.wordings import (
    BATTERIES,
    INSTRUMENT,
    TRANSLATION,
    BatteryWording,
    ItemWording,
    Prompts,
    Wording,
    named_codes,
)

if TYPE_CHECKING:
    from mores.instruments.units import Unit

__all__ = [
    "Overlay",
    "missing",
    "overlaid",
    "overlay_csv",
    "parse_overlay",
    "read_overlay",
    "texts_of",
]

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Overlay:
    """Wordings from a user's file.

    Attributes
    ----------
    name : str
        Source of the units that it changes.
    texts : mapping of str to mapping of (str, str) to str
        Text by item and part, by language; items by their ids.
    content : bytes
        The file itself.
    """

    name: str
    texts: Mapping[str, Mapping[Key, str]]
    content: bytes = field(repr=False)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of which it has anything, sorted."""
        return tuple(self.texts)

    @property
    def digest(self) -> str:
        """Fingerprint of what it says, whatever the order of the rows or the form of the file."""
        from mores.keys import digest, key_text

        rows = [
            [lang, *key, text] for lang, said in self.texts.items() for key, text in said.items()
        ]
        return key_text(digest(sorted(rows)))


def read_overlay(path: Path) -> Overlay:
    """The wordings in a CSV file, named after the file.

    Raises
    ------
    InstrumentError
        If it cannot be read or used; of a file with faults, the first ten with their lines.
    """
    return parse_overlay(content_of(path), str(path), path.stem)


def parse_overlay(content: bytes, place: str, name: str) -> Overlay:
    """The wordings in the bytes of a CSV file; see `read_overlay`.

    Parameters
    ----------
    content : bytes
    place : str
        What to call the file in messages.
    name : str
        Name of the overlay.
    """
    if name in (INSTRUMENT, TRANSLATION) or not is_label(name):
        raise InstrumentError(
            f"{shown(name)} is no name for wordings of your own; it must be one line, and neither "
            f"{INSTRUMENT} nor {TRANSLATION}, which are the sources of what comes with mores; rename "
            "the file, or give it a name with --name"
        )
    texts, faults = checked_texts(rows_of(content, place))
    if faults:
        raise InstrumentError(listed_problems(place, faults, "correct the file"))
    return Overlay(
        name,
        MappingProxyType({lang: MappingProxyType(texts[lang]) for lang in sorted(texts)}),
        content,
    )


def texts_of(wording: Wording) -> dict[Key, str]:
    """Every text of a wording by item and part, in the form of an overlay."""
    texts: dict[Key, str] = {}
    for part, text in _prompts(wording.prompts).items():
        texts["prompt", part] = text
    for part, text in wording.framings.items():
        texts["framing", part] = text
    for part, text in wording.countries.items():
        texts["country", part] = text
    for name, battery in wording.batteries.items():
        texts |= _unit_texts(name, battery.stem, battery.labels)
        texts |= {(item, "question"): text for item, text in battery.members.items()}
    members = {item for battery in wording.batteries.values() for item in battery.members}
    for name, item in wording.items.items():
        if name not in members:
            texts |= _unit_texts(name, item.question, item.labels)
    return {key: text for key, text in texts.items() if text}


def _prompts(prompts: Prompts) -> dict[str, str]:
    return {f.name: getattr(prompts, f.name) for f in fields(Prompts)}


def _unit_texts(name: str, question: str, labels: Mapping[str, str]) -> dict[Key, str]:
    return {(name, "question"): question} | {(name, code): text for code, text in labels.items()}


def overlay_csv(wording: Wording, units: Iterable[Unit], *, around: bool = True) -> str:
    """A wording as a file that can be edited and read back.

    Parameters
    ----------
    wording : Wording
    units : iterable of Unit
        Which to write; those without a wording are left out.
    around : bool
        Also what stands around the questions: prompts, framings, countries.
    """
    texts = texts_of(wording)
    names = {name for unit in units for name in (unit.id, *unit.members)}
    if around:
        names |= {"prompt", "framing", "country"}
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        (wording.language, item, part, text)
        for (item, part), text in texts.items()
        if item in names
    )
    return file.getvalue()


def overlaid(wording: Wording | None, overlay: Overlay, language: str) -> Wording:
    """A wording with what an overlay says in its place.

    Parameters
    ----------
    wording : Wording or None
        None for a language that has none yet.
    overlay : Overlay
    language : str

    Returns
    -------
    Wording
        The same object if nothing changes. Of a unit of which any text changes, the source is the
        overlay's name, after that of an earlier overlay and ``+``. What a new language still lacks is
        empty; see `missing`.

    Raises
    ------
    InstrumentError
        If neither has anything in the language.
    """
    if wording is None:
        if language not in overlay.texts:
            raise InstrumentError(
                f"{overlay.name} has nothing in language {language!r}; it has: "
                f"{', '.join(overlay.languages)}"
            )
        wording = _blank(language, overlay.name)
    now = texts_of(wording)
    said = overlay.texts.get(language, {})
    changed = {key: text for key, text in said.items() if now.get(key) != text}
    return _changed(wording, changed, overlay.name) if changed else wording


def _blank(language: str, name: str) -> Wording:
    return Wording(
        schema=1,
        language=language,
        source=f"the user's file {name}",
        licence="as of the user's file",
        prompts=Prompts(**{f.name: "" for f in fields(Prompts)}),
        framings={},
        countries={},
    )


def _changed(wording: Wording, texts: Mapping[Key, str], name: str) -> Wording:
    by_item: dict[str, dict[str, str]] = {}
    for (item, part), text in texts.items():
        by_item.setdefault(item, {})[part] = text
    prompts = replace(wording.prompts, **by_item.pop("prompt", {}))
    framings = {**wording.framings, **by_item.pop("framing", {})}
    countries = {**wording.countries, **by_item.pop("country", {})}
    items, batteries = dict(wording.items), dict(wording.batteries)
    sources = dict(wording.sources)
    for battery in BATTERIES:
        members = [item.id for item in wvs7().members(BATTERIES[battery])]
        worded = {item: by_item.pop(item)["question"] for item in members if item in by_item}
        own = by_item.pop(battery, {})
        if worded or own:
            found = _battery(batteries.get(battery), own, worded, members)
            batteries[battery], sources[battery] = found, _source(sources.get(battery), name)
    for item, parts in by_item.items():
        items[item], sources[item] = _item(items.get(item), parts), _source(sources.get(item), name)
    return replace(
        wording,
        prompts=prompts,
        framings=MappingProxyType(framings),
        countries=MappingProxyType(countries),
        items=MappingProxyType(items),
        batteries=MappingProxyType(batteries),
        sources=MappingProxyType(sources),
    )


def _item(found: ItemWording | None, parts: Mapping[str, str]) -> ItemWording:
    question = parts.get("question", found.question if found else "")
    return ItemWording(question, _labels(found.labels if found else {}, parts))


def _battery(
    found: BatteryWording | None,
    parts: Mapping[str, str],
    worded: Mapping[str, str],
    order: Sequence[str],
) -> BatteryWording:
    members = {**(found.members if found else {}), **worded}
    return BatteryWording(
        parts.get("question", found.stem if found else ""),
        _labels(found.labels if found else {}, parts),
        MappingProxyType({item: members[item] for item in order if item in members}),
    )


def _labels(labels: Mapping[str, str], parts: Mapping[str, str]) -> Mapping[str, str]:
    given = {code: text for code, text in parts.items() if code != "question"}
    both = {**labels, **given}
    return MappingProxyType({code: both[code] for code in sorted(both, key=int)})


def _source(earlier: str | None, name: str) -> str:
    return name if earlier in (None, name) else f"{earlier}+{name}"


def missing(
    wording: Wording,
    units: Iterable[Unit],
    framings: Iterable[str],
    countries: Iterable[str],
    paraphrases: int = 0,
    scored: bool = False,
) -> list[str]:
    """What a study asks for and a wording does not have.

    Parameters
    ----------
    wording : Wording
    units : iterable of Unit
    framings : iterable of str
        Names; that without a country, ``language``, needs no preamble.
    countries : iterable of str
        ISO 3166 alpha-3 codes.
    paraphrases : int
        How many sets beside the first.
    scored : bool
        Whether the probabilities of labels are asked for, which are asked for in words of their own.

    Returns
    -------
    list of str
        Such as ``"Q1 question"``, ``"Q1 option 2"``, ``"prompt suffix"``, ``"framing user-country"``,
        ``"country EGY"``, ``"paraphrase 2"``; empty if all is there.
    """
    asked = list(units)
    there = texts_of(wording)
    preambles = [framing for framing in framings if framing != "language"]
    wanted: list[Key] = [key for unit in asked for key in _wanted(unit)]
    wanted += [("prompt", "options_heading"), ("prompt", "suffix")]
    if scored:
        wanted += [("prompt", "number_only"), ("prompt", "letter_only")]
    if any(unit.battery for unit in asked):
        wanted.append(("prompt", "suffix_battery"))
    wanted += [("framing", framing) for framing in preambles]
    wanted += [("country", country) for country in countries if preambles]
    lacking = [_told(key) for key in dict.fromkeys(wanted) if key not in there]
    return lacking + list(_without_paraphrase(wording, preambles, paraphrases))


def _wanted(unit: Unit) -> Iterator[Key]:
    yield unit.id, "question"
    for code in named_codes(unit):
        yield unit.id, str(code)
    if unit.battery:
        yield from ((item, "question") for item in unit.members)


def _told(key: Key) -> str:
    item, part = key
    return f"{item} option {part}" if part.lstrip("-").isdigit() else f"{item} {part}"


def _without_paraphrase(
    wording: Wording, framings: Collection[str], paraphrases: int
) -> Iterator[str]:
    for n in range(1, paraphrases + 1):
        if n > len(wording.paraphrases):
            yield f"paraphrase {n}"
            continue
        for framing in framings:
            if framing not in wording.paraphrases[n - 1].framings:
                yield f"paraphrase {n} of framing {framing}"
