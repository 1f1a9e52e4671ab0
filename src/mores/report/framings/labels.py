"""Names, order and colours of framings, slices, categories, axes, references and questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from mores.errors import InstrumentError
from mores.instruments.languages import languages
from mores.instruments.survey import wvs7
from mores.instruments.units import UnitSet, framing_units
from mores.report.culture_map.naming import country_name
from mores.report.style import SERIES
from mores.report.visible import label_text

__all__ = [
    "ALL",
    "REFERENCES",
    "FramingStyle",
    "axis_poles",
    "axis_title",
    "category_title",
    "framing_style",
    "framings_of",
    "language_title",
    "reference_title",
    "representative",
    "safe",
    "slice_title",
    "unit_title",
]

ALL = "all"

_LONGEST = 44
_FRAMINGS = {
    "language": ("Language", SERIES[0], "o"),
    "user-country": ("User-country", SERIES[1], "s"),
    "persona-country": ("Persona-country", SERIES[2], "^"),
    "third-person": ("Third-person", SERIES[4], "D"),
}
_OTHER_COLOURS = (SERIES[3], SERIES[5], SERIES[7], SERIES[6])
_OTHER_MARKERS = ("v", "P", "X", "*")
REFERENCES = {
    "uniform": "Uniform answers",
    "world-average": "World average",
    "world-modal": "World's modal answer",
    "best-answer": "Best single answer",
    "split-half": "Split half of the humans",
}
"""Titles of what stands beside the framings, the farthest expected first."""
_REPRESENTATIVE = ("religio", "gender", "institutional", "science")


def safe(text: object, longest: int = _LONGEST) -> str:
    """A text of a table as a label: one line, nothing unseen, not too long."""
    return label_text(text, longest)


def _words(key: str, longest: int = _LONGEST) -> str:
    text = key.replace("-", " ").replace("_", " ")
    return safe(text[:1].upper() + text[1:], longest)


@dataclass(frozen=True, slots=True)
class FramingStyle:
    """How a framing is named and drawn everywhere.

    Attributes
    ----------
    framing : str
        As in the tables.
    title, colour, marker : str
    """

    framing: str
    title: str
    colour: str
    marker: str


def framing_style(framing: str) -> FramingStyle:
    """Name, colour and marker of a framing; those of a framing of a user's own follow its name."""
    if framing in _FRAMINGS:
        return FramingStyle(framing, *_FRAMINGS[framing])
    place = sum(framing.encode("utf-8", "replace")) % len(_OTHER_COLOURS)
    return FramingStyle(framing, _words(framing, 24), _OTHER_COLOURS[place], _OTHER_MARKERS[place])


def framings_of(names: Iterable[str]) -> list[str]:
    """Framings, each once: the paper's in its order, then the others."""
    order = list(_FRAMINGS)
    found = list(dict.fromkeys(names))
    return sorted(found, key=lambda f: order.index(f) if f in _FRAMINGS else len(order))


def language_title(code: str) -> str:
    """A language's English name."""
    if code == ALL:
        return "All languages"
    known = languages().get(code)
    return known.name if known else safe(code, 20)


def slice_title(name: str) -> str:
    """A slice as its country and the language of its interviews."""
    if name == ALL:
        return "All slices"
    language, _, country = name.partition("-")
    if not country:
        return safe(name, 30)
    return safe(f"{country_name(country)} ({language})", 30)


@cache
def _inventory() -> UnitSet | None:
    try:
        return framing_units()
    except InstrumentError:
        return None


def category_title(category: str) -> str:
    """A category of units in words."""
    if category == ALL:
        return "All categories"
    known = _inventory()
    name = known.categories.get(category) if known else None
    return safe(name, 60) if name else _words(category, 60)


def axis_title(axis: str) -> str:
    """A semantic axis in words."""
    known = _inventory()
    label = next((a.label for a in known.axes if a.id == axis), None) if known else None
    return safe(label) if label else _words(axis)


def axis_poles(axis: str) -> str:
    """What the ends of an axis mean; empty where that is not known."""
    known = _inventory()
    found = next((a for a in known.axes if a.id == axis), None) if known else None
    return f"1: {found.positive}; 0: {found.negative}" if found else ""


def representative(axes: Iterable[str]) -> list[str]:
    """The four axes of the paper's figure 5; the first four where these are not among them."""
    there = list(dict.fromkeys(axes))
    found = [a for stem in _REPRESENTATIVE for a in there if stem in a.lower()]
    return list(dict.fromkeys([*found, *(there if not found else [])]))[:4]


def reference_title(reference: str) -> str:
    """Name of a floor or a ceiling."""
    return REFERENCES.get(reference) or _words(reference)


def unit_title(unit: str, longest: int = 60) -> str:
    """What a unit is about, in a few words."""
    try:
        return safe(wvs7().item(unit).name, longest)
    except InstrumentError:
        return _words(unit.removeprefix("SU_").lower(), longest)
