"""The system message: whom a model is told to answer as.

The fourteen variants are those of Abels et al. 2026, table 1; see ``data/guidance.toml`` for what is
theirs and what is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import PromptError, nearest
from mores.instruments.datafiles import read_data
from mores.instruments.validation import shown
from mores.personas.sociodemographic import name_in_text

__all__ = ["guidance", "guidance_variants"]

_STRICT = ConfigDict(extra="forbid", strict=True)
_COUNTRY = "{country}"


@dataclass(frozen=True, slots=True)
class _Variant:
    __pydantic_config__ = _STRICT

    key: str
    text: str
    without_country: str


@dataclass(frozen=True, slots=True)
class _GuidanceFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    default: str
    generic: str
    variants: tuple[_Variant, ...]


def guidance_variants() -> tuple[str, ...]:
    """The keys of the fourteen variants, in the order of table 1."""
    return tuple(_variants())


def guidance(kind: str, variant: str, country: str | None) -> str:
    """What the model is told to be, before any persona.

    Parameters
    ----------
    kind : str
        ``"default"``: a helpful assistant; ``"generic"``: a typical human, of no country. Either has
        one text, whatever the variant. Any other kind of arm has the variant's text; ``"country"``
        must name one.
    variant : str
        One of `guidance_variants`.
    country : str or None
        Code or name of a country, which is named as a sentence needs it ("the United Kingdom"). None
        for a persona without a nationality: the variant's text without what it says of the country,
        in the wording of this project.

    Returns
    -------
    str
        One paragraph.

    Raises
    ------
    PromptError
        If there is no such variant, or if kind and country do not go together.
    InstrumentError
        If there is no such country.
    """
    if variant not in _variants():
        raise PromptError(
            f"guidance variant {shown(variant)} does not exist; "
            f"{nearest(str(variant), guidance_variants())}"
        )
    if kind in ("default", "generic"):
        if country is not None:
            raise PromptError(f"the {kind} arm names no country; leave out {shown(country)}")
        return _file().default if kind == "default" else _file().generic
    if country is None:
        if kind == "country":
            raise PromptError("the country arm needs a country; give its code or its name")
        return _variants()[variant].without_country
    return _variants()[variant].text.replace(_COUNTRY, name_in_text(country))


@cache
def _file() -> _GuidanceFile:
    return read_data("mores.prompts", "guidance.toml", TypeAdapter(_GuidanceFile), PromptError)


@cache
def _variants() -> Mapping[str, _Variant]:
    found = {variant.key: variant for variant in _file().variants}
    for key, variant in found.items():
        if _COUNTRY not in variant.text or _COUNTRY in variant.without_country:
            raise PromptError(
                f"guidance.toml: {key}: text must hold {_COUNTRY}, and without_country must not; "
                "restore the file"
            )
    return found
