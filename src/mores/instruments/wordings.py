"""The questions in several languages: wording and labels by item, and the parts of prompts around them.

English is the instrument's own wording; the other languages are translations of this project, of the
126 items that the framing study asks (data/wvs7/wordings/LANGUAGE.toml). A label belongs to the code
beside which it stands; nothing is mapped by order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError, nearest
from mores.instruments.datafiles import read_data
from mores.instruments.survey import Item, wvs7

if TYPE_CHECKING:
    from mores.instruments.units import Unit

__all__ = [
    "BATTERIES",
    "INSTRUMENT",
    "LANGUAGES",
    "TRANSLATION",
    "BatteryWording",
    "ItemWording",
    "Paraphrase",
    "Prompts",
    "UnitWording",
    "Wording",
    "battery_of",
    "named_codes",
    "wording",
]

LANGUAGES = ("ar", "en", "es", "fr", "hi", "ru", "zh")
"""ISO 639-1 codes of the languages that have a wording."""

BATTERIES: Mapping[str, str] = MappingProxyType(
    {
        "SU_CHILD_QUALITIES": "child-qualities",
        "SU_NEIGHBORS": "neighbors",
        "SU_IMMIGRATION_EFFECTS": "immigration-effects",
    }
)
"""The batteries that are asked as one question, and what the instrument calls them."""

INSTRUMENT, TRANSLATION = "instrument", "translation"
"""Sources of a wording: the questionnaire itself, or this project's translation of it."""

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Prompts:
    """What stands around a question, after table 2 of Wedgwood et al. 2026.

    Attributes
    ----------
    suffix : str
        How to answer a question.
    suffix_battery : str
        How to answer a battery.
    options_heading : str
        What stands above the options.
    number_only, letter_only : str
        Behind `suffix` where the probabilities of numbers or letters are asked for.
    """

    __pydantic_config__ = _STRICT

    suffix: str
    suffix_battery: str
    options_heading: str
    number_only: str
    letter_only: str


@dataclass(frozen=True, slots=True)
class Paraphrase:
    """The same in other words, to see how far answers hang on the words.

    Attributes
    ----------
    framings : mapping of str to str
        As `Wording.framings`.
    suffix, suffix_battery : str
        As in `Prompts`.
    """

    __pydantic_config__ = _STRICT

    framings: Mapping[str, str]
    suffix: str
    suffix_battery: str


@dataclass(frozen=True, slots=True)
class ItemWording:
    """A question in one language.

    Attributes
    ----------
    question : str
    labels : mapping of str to str
        By code. Of a scale of which only the ends have names, the labels of the ends.
    """

    __pydantic_config__ = _STRICT

    question: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BatteryWording:
    """Items that are asked as one question, in one language.

    Attributes
    ----------
    stem : str
    labels : mapping of str to str
        By code; the same for all members.
    members : mapping of str to str
        Wording by item, in the order asked.
    """

    __pydantic_config__ = _STRICT

    stem: str
    labels: Mapping[str, str]
    members: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UnitWording:
    """What is asked at once, in one language.

    Attributes
    ----------
    question : str
        Of a battery, its stem.
    members : mapping of str to str
        Wording by item of a battery, in the order asked; empty for a single question.
    labels : mapping of int to str
        By code, in the instrument's order, without the unit's excluded codes. Of a scale of which
        only the ends have names, the labels of the ends.
    source : str
        `INSTRUMENT`, `TRANSLATION`, or the name of the overlay that changed it.
    """

    question: str
    members: Mapping[str, str]
    labels: Mapping[int, str]
    source: str

    def member_question(self, item: str) -> str:
        """What is asked when a member is asked alone: the stem, a line break, the member's words.

        A single question is itself, whatever its item.
        """
        return f"{self.question}\n{self.members[item]}" if self.members else self.question


@dataclass(frozen=True, slots=True)
class Wording:
    """All that is asked in one language.

    Attributes
    ----------
    language : str
        ISO 639-1.
    source, licence : str
        Who put it into words, and under what terms it may be used.
    prompts : Prompts
    framings : mapping of str to str
        Preamble by framing, after table 1 of the paper; ``{country}`` stands for the country as
        `countries` writes it.
    countries : mapping of str to str
        By ISO 3166 alpha-3 code, in the form that the preambles need.
    items : mapping of str to ItemWording
        Of items asked singly; for English all of the instrument's.
    batteries : mapping of str to BatteryWording
    paraphrases : tuple of Paraphrase
        Of this project, back-translated like the rest.
    sources : mapping of str to str
        Name of the overlay that changed a unit, by unit; see `mores.instruments.wording_overlays`.
    """

    __pydantic_config__ = _STRICT

    schema: Literal[1]
    language: str
    source: str
    licence: str
    prompts: Prompts
    framings: Mapping[str, str]
    countries: Mapping[str, str]
    items: Mapping[str, ItemWording] = field(default_factory=dict)
    batteries: Mapping[str, BatteryWording] = field(default_factory=dict)
    paraphrases: tuple[Paraphrase, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    def item(self, name: str) -> ItemWording:
        """The wording of an item that is asked singly.

        Raises
        ------
        InstrumentError
            If it has none in this language.
        """
        asked = wvs7().item(name)
        if asked.id not in self.items or not self.items[asked.id].question:
            raise self._without(asked.id, self.items)
        return self.items[asked.id]

    def unit(self, unit: Unit) -> UnitWording:
        """The wording of a unit.

        Raises
        ------
        InstrumentError
            If it has none in this language, or a member has none.
        """
        own = INSTRUMENT if self.language == "en" else TRANSLATION
        source = self.sources.get(unit.id, own)
        if unit.battery:
            return self._battery(unit, source)
        found = self.item(unit.members[0])
        return UnitWording(found.question, {}, self._labels(unit, found.labels), source)

    def _battery(self, unit: Unit, source: str) -> UnitWording:
        if unit.id not in self.batteries:
            raise self._without(unit.id, self.batteries)
        found = self.batteries[unit.id]
        members = {item: found.members[item] for item in unit.members if item in found.members}
        if without := [item for item in unit.members if item not in members]:
            raise self._incomplete(unit.id, f"members {', '.join(without)}")
        if not found.stem:
            raise self._incomplete(unit.id, "question")
        return UnitWording(found.stem, members, self._labels(unit, found.labels), source)

    def _labels(self, unit: Unit, labels: Mapping[str, str]) -> Mapping[int, str]:
        codes = named_codes(unit)
        if without := [str(code) for code in codes if str(code) not in labels]:
            raise self._incomplete(unit.id, f"options {', '.join(without)}")
        return MappingProxyType({code: labels[str(code)] for code in codes})

    def _without(self, name: str, others: Mapping[str, object]) -> InstrumentError:
        remedy = nearest(name, others) if others else "add it to your file of wordings"
        return InstrumentError(f"{name} has no wording in language {self.language!r}; {remedy}")

    def _incomplete(self, name: str, what: str) -> InstrumentError:
        return InstrumentError(
            f"the wording of {name} in language {self.language!r} lacks: {what}; add it to your file "
            "of wordings (see: mores instruments show en --csv)"
        )

    def variant(self, paraphrase: int) -> Paraphrase:
        """What stands around the questions: 0 in the first wording, from 1 in a paraphrase.

        Raises
        ------
        InstrumentError
            If there is no such paraphrase in this language.
        """
        if paraphrase == 0:
            return Paraphrase(self.framings, self.prompts.suffix, self.prompts.suffix_battery)
        if not 0 < paraphrase <= len(self.paraphrases):
            raise InstrumentError(
                f"there is no paraphrase {paraphrase} in language {self.language!r}; allowed: 0 to "
                f"{len(self.paraphrases)}"
            )
        return self.paraphrases[paraphrase - 1]


def named_codes(unit: Unit) -> tuple[int, ...]:
    """Codes of a unit's options that have a name, in the instrument's order, without the excluded.

    All of them, but for a scale of which only the ends have names.
    """
    item = wvs7().item(unit.members[0])
    named = _labels(item)
    return tuple(code for code in unit.codes(item.id) if str(code) in named)


def battery_of(item: Item) -> str | None:
    """The battery of `BATTERIES` to which an item belongs; None for one that is asked singly."""
    own = item.battery.id if item.battery else None
    return next((name for name, theirs in BATTERIES.items() if theirs == own), None)


@cache
def wording(language: str) -> Wording:
    """The wording in a language; read once and kept.

    Raises
    ------
    InstrumentError
        If there is none, or the package's data file is damaged.
    """
    if language not in LANGUAGES:
        raise InstrumentError(
            f"there is no wording in language {language!r}; {nearest(language, LANGUAGES)}"
        )
    file = f"wvs7/wordings/{language}.toml"
    found = read_data("mores.instruments", file, TypeAdapter(Wording))
    return _english(found) if language == "en" else found


def _english(found: Wording) -> Wording:
    """With the instrument's own wording of every item."""
    items = {i.id: ItemWording(i.question, _labels(i)) for i in wvs7().items.values()}
    batteries = {name: _battery(wvs7().members(id_)) for name, id_ in BATTERIES.items()}
    return replace(found, items=MappingProxyType(items), batteries=MappingProxyType(batteries))


def _labels(item: Item) -> Mapping[str, str]:
    """Without those of steps that have no name but their number."""
    return MappingProxyType({str(o.code): o.label for o in item.options if o.label != str(o.code)})


def _battery(members: tuple[Item, ...]) -> BatteryWording:
    first = members[0]
    assert first.battery is not None
    return BatteryWording(
        first.battery.stem,
        _labels(first),
        MappingProxyType({item.id: item.wording for item in members}),
    )
