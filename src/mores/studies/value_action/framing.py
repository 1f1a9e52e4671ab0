"""Whose the persona is: the model's own, the user's, or that of a person whose answers it predicts.

================ ========================================== =======================================
framing          what the model is asked                    how the persona is told
================ ========================================== =======================================
``persona``      to answer as this persona                  to the model: "your opinion", "You …"
``user``         to answer for itself, knowing who asks     by the user: "my opinion", "I …"
``third-person`` to predict how this person would answer    "this person's opinion", "This person …"
================ ========================================== =======================================

Facts and their order, scenario, options and the JSON field are the same in all three. A request
without a persona has no framing; it is the same whatever the study's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from mores.errors import PromptError, nearest

__all__ = [
    "DEFAULT",
    "FRAMINGS",
    "VANILLA",
    "check_own_templates",
    "framing_sentence",
    "grammatical_person",
    "known_framing",
    "template_name",
]

DEFAULT = "persona"
VANILLA = "vanilla"
"""The name of being asked without a persona."""

_PERSON: Mapping[str, str] = MappingProxyType(
    {DEFAULT: "second", "user": "first", "third-person": "third"}
)
FRAMINGS = tuple(_PERSON)
"""The framings; the first is the default, that of Lakerveld 2026."""

_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "user": "Each persona is given as the user's (framing user): the model answers for itself, "
        "knowing who asks.",
        "third-person": "Each persona is given as another person's (framing third-person): the model "
        "predicts how that person would answer.",
    }
)

# Templates of which a framing has its own; it shares the others with the default.
_OWN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "user": frozenset({"persona", "value", "action"}),
        "third-person": frozenset({"instructions", "persona", "scenario", "value", "action"}),
    }
)


def known_framing(name: str) -> str:
    """The name as it is, if it is one of `FRAMINGS`.

    Raises
    ------
    ValueError
        If it is not, naming the nearest.
    """
    if name not in FRAMINGS:
        raise ValueError(f"is {name[:60]!r}; {nearest(name, FRAMINGS)}")
    return name


def framing_sentence(framing: str) -> list[str]:
    """What a framing asks of the model, as one sentence; none for the default, which goes unsaid."""
    return [_SENTENCES[framing]] if framing in _SENTENCES else []


def grammatical_person(framing: str) -> str:
    """In which person the sentences of a persona are said, as `mores.personas.persons` names it."""
    return _PERSON[framing]


def template_name(part: str, framing: str) -> str:
    """The file that a part of the prompt comes from, such as ``value.user.j2``.

    Parameters
    ----------
    part : str
        ``instructions``, ``value`` or ``action``.
    framing : str
        One of `FRAMINGS`, or `VANILLA`.
    """
    return f"{part}.{framing}.j2" if part in _OWN.get(framing, ()) else f"{part}.j2"


def check_own_templates(own: Collection[str], framing: str) -> None:
    """Refuse a folder that replaces a template of the default framing alone, of which another is used.

    The baseline would be asked in the folder's words and the personas in the shipped ones, and a
    difference between them could come from either.

    Raises
    ------
    PromptError
        Naming the files that are missing.
    """
    lacking = [
        template_name(part, framing)
        for part in sorted(_OWN.get(framing, ()))
        if f"{part}.j2" in own and template_name(part, framing) not in own
    ]
    if lacking:
        raise PromptError(
            f"the template folder has no {', '.join(lacking)}, from which the framing {framing!r} is "
            f"asked, beside {', '.join(name.replace(f'.{framing}', '') for name in lacking)}; add "
            "what is missing, or set personas.framing = 'persona'"
        )
