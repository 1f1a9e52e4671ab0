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
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError, nearest
from mores.instruments.datafiles import read_data
from mores.instruments.survey import wvs7

__all__ = ["LANGUAGES", "BatteryWording", "ItemWording", "Prompts", "Wording", "wording"]

LANGUAGES = ("ar", "en", "es", "fr", "hi", "ru", "zh")
"""ISO 639-1 codes of the languages that have a wording."""

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Prompts:
    """What stands around a question, after tables 1 and 2 of Wedgwood et al. 2026.

    Attributes
    ----------
    user_country, persona_country, third_person : str
        The preambles of three framings; ``{country}`` stands for the country as `Wording.countries`
        writes it.
    suffix : str
        How to answer a question.
    suffix_battery : str
        How to answer a battery.
    options_heading : str
        What stands above the options.
    """

    __pydantic_config__ = _STRICT

    user_country: str
    persona_country: str
    third_person: str
    suffix: str
    suffix_battery: str
    options_heading: str


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
class Wording:
    """All that is asked in one language.

    Attributes
    ----------
    language : str
        ISO 639-1.
    source, licence : str
        Who put it into words, and under what terms it may be used.
    prompts : Prompts
    countries : mapping of str to str
        By ISO 3166 alpha-3 code, in the form that the preambles need.
    items : mapping of str to ItemWording
        Of items asked singly; for English all of the instrument's.
    batteries : mapping of str to BatteryWording
    """

    __pydantic_config__ = _STRICT

    schema: Literal[1]
    language: str
    source: str
    licence: str
    prompts: Prompts
    countries: Mapping[str, str]
    items: Mapping[str, ItemWording] = field(default_factory=dict)
    batteries: Mapping[str, BatteryWording] = field(default_factory=dict)

    def item(self, name: str) -> ItemWording:
        """The wording of an item that is asked singly.

        Raises
        ------
        InstrumentError
            If it has none in this language.
        """
        asked = wvs7().item(name)
        if asked.id not in self.items:
            raise InstrumentError(
                f"{asked.id} has no wording in language {self.language!r}; "
                f"{nearest(asked.id, self.items)}"
            )
        return self.items[asked.id]


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
    items = {
        item.id: ItemWording(
            item.question,
            MappingProxyType(
                {str(o.code): o.label for o in item.options if o.label != str(o.code)}
            ),
        )
        for item in wvs7().items.values()
    }
    return replace(found, items=MappingProxyType(items))
