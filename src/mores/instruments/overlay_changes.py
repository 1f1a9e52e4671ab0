"""What an overlay changes in a language, and what it leaves as it comes with the package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mores.instruments.units import Unit
from mores.instruments.wording_overlays import Overlay, missing, overlaid, texts_of
from mores.instruments.wordings import BATTERIES, LANGUAGES, Wording, wording

__all__ = ["Changes", "changes"]

_AROUND = ("prompt", "framing", "country")


@dataclass(frozen=True, slots=True)
class Changes:
    """What an overlay changes in one language.

    Attributes
    ----------
    language : str
    new : bool
        Whether the language has no wording without it.
    units, members, options : int
        Units of which any text changes; members of batteries, and options of questions, whose text
        changes.
    prompts, framings, countries : tuple of str
        Parts that change or are added.
    same : int
        Rows that say what is said already.
    left : tuple of str
        Units that stay as they are, in whole or in part.
    lacking : tuple of str
        What the units, framings and countries at hand still lack; see `missing`.
    unasked : tuple of str
        Items that are in none of the units.
    result : Wording
        The wording with the overlay.
    """

    language: str
    new: bool
    units: int
    members: int
    options: int
    prompts: tuple[str, ...]
    framings: tuple[str, ...]
    countries: tuple[str, ...]
    same: int
    left: tuple[str, ...]
    lacking: tuple[str, ...]
    unasked: tuple[str, ...]
    result: Wording


def changes(overlay: Overlay, language: str, units: Sequence[Unit]) -> Changes:
    """What an overlay changes in one language.

    Parameters
    ----------
    overlay : Overlay
    language : str
        One of `Overlay.languages`.
    units : sequence of Unit
        The units that count as asked.

    Raises
    ------
    InstrumentError
        If it has nothing in the language.
    """
    shipped = wording(language) if language in LANGUAGES else None
    result = overlaid(shipped, overlay, language)
    before = {} if shipped is None else texts_of(shipped)
    said = overlay.texts.get(language, {})
    changed = [key for key, text in said.items() if before.get(key) != text]
    unit_of = {name: unit.id for unit in units for name in (unit.id, *unit.members)}
    words = [key for key in changed if key[0] not in _AROUND]
    asked = [key for key in words if key[0] in unit_of]
    members = {member for unit in units if unit.battery for member in unit.members}
    now = texts_of(result)
    own = {key for key in now if key[0] in unit_of} - set(said)
    left = {unit_of[item] for item, _ in own}
    return Changes(
        language=language,
        new=shipped is None,
        units=len({unit_of[item] for item, _ in asked}),
        members=sum(item in members for item, _ in asked),
        options=sum(part != "question" for _, part in asked),
        prompts=_parts(changed, "prompt"),
        framings=_parts(changed, "framing"),
        countries=_parts(changed, "country"),
        same=len(said) - len(changed),
        left=tuple(unit.id for unit in units if unit.id in left),
        lacking=tuple(missing(result, units, result.framings, result.countries)),
        unasked=tuple(
            dict.fromkeys(
                item for item, _ in words if item not in unit_of and item not in BATTERIES
            )
        ),
        result=result,
    )


def _parts(keys: Sequence[tuple[str, str]], item: str) -> tuple[str, ...]:
    return tuple(part for name, part in keys if name == item)
