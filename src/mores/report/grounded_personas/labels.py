"""Names, order and colours of forms, weightings, variables, foundations and groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from mores.instruments.mfq2 import FOUNDATIONS
from mores.personas.variables import variables
from mores.report.style import INK, SERIES
from mores.report.visible import label_text

__all__ = [
    "ALONE",
    "CULTURAL",
    "INVARIANT",
    "FormStyle",
    "attribute_title",
    "form_style",
    "forms_of",
    "foundation_title",
    "group_title",
    "level_title",
    "safe",
    "variable_ids",
    "variable_title",
    "weighting_title",
    "weightings_of",
]

ALONE = "none"
"""The form of the model without a persona."""
CULTURAL = ("loyalty", "authority", "purity")
"""Foundations that vary with cultural variables, the paper says."""
INVARIANT = ("care", "equality", "proportionality")
"""Foundations that do not, the paper says."""

_LONGEST = 40
_FORMS = {
    "configuration": ("Configuration", SERIES[1], "o"),
    "biography": ("Biography", SERIES[2], "^"),
    "both": ("Both", SERIES[4], "s"),
    ALONE: ("No persona", INK, "X"),
    "grid": ("Inferred", SERIES[3], "D"),
}
_WEIGHTINGS = {"uniform": "uniform", "prevalence": "prevalence"}
_ATTRIBUTES = {
    "everyone": "Everyone",
    "sex": "Sex",
    "age_band": "Age",
    "education": "Education",
    "education_group": "Education",
    "settlement": "Settlement",
    "occupation": "Occupation",
    "continent": "Continent",
}


def safe(text: object, longest: int = _LONGEST) -> str:
    """A text of a table as a label: one line, nothing unseen, not too long."""
    return label_text(text, longest)


def _words(key: str) -> str:
    text = key.replace("_", " ")
    return safe(text[:1].upper() + text[1:])


@dataclass(frozen=True, slots=True)
class FormStyle:
    """How a form is named and drawn everywhere.

    Attributes
    ----------
    form, title, colour, marker : str
    """

    form: str
    title: str
    colour: str
    marker: str


def form_style(form: str) -> FormStyle:
    """Name, colour and marker of what a persona is told."""
    if form in _FORMS:
        return FormStyle(form, *_FORMS[form])
    return FormStyle(form, _words(form), SERIES[5], "v")


def forms_of(names: Iterable[str]) -> list[str]:
    """Forms of personas, each once, in their order."""
    order = list(_FORMS)
    found = [n for n in dict.fromkeys(names) if n not in (ALONE, "grid", "level")]
    return sorted(found, key=lambda f: order.index(f) if f in _FORMS else len(order))


def weightings_of(names: Iterable[str]) -> list[str]:
    """Weightings, each once, uniform first."""
    return sorted(dict.fromkeys(names), key=lambda w: (w != "uniform", w))


def weighting_title(weighting: str) -> str:
    """A weighting in a word."""
    return _WEIGHTINGS.get(weighting) or safe(weighting, 20)


def attribute_title(attribute: str) -> str:
    """By what people are grouped."""
    return _ATTRIBUTES.get(attribute) or _words(attribute)


def group_title(attribute: str, level: str) -> str:
    """A group of people."""
    return "Everyone" if attribute == "everyone" else _words(level)


def foundation_title(foundation: str) -> str:
    """A moral foundation."""
    return _words(foundation) if foundation in FOUNDATIONS else safe(foundation)


@cache
def variable_ids() -> tuple[str, ...]:
    """The ten variables in their order."""
    return tuple(variable.id for variable in variables())


@cache
def _names() -> dict[str, str]:
    return {variable.id: _words(variable.name) for variable in variables()}


@cache
def _levels() -> dict[tuple[str, str], str]:
    return {(v.id, level.id): _words(level.title) for v in variables() for level in v.levels}


def variable_title(variable: str) -> str:
    """A cultural variable in words."""
    return _names().get(variable) or _words(variable)


def level_title(variable: str, level: str) -> str:
    """A level of a variable in words."""
    return _levels().get((variable, level)) or safe(level)
