"""A persona put into words: the lines of its block, without the preamble.

============= =================================================================================
style         a line
============= =================================================================================
explicit      ``* happiness: Subjective well-being/self-reported happiness -> rather happy``
numbered      the same with the survey's codes: ``… -> rather happy (2)``
gloss         ``- **happiness** (Subjective well-being / self-reported happiness): Rather happy``
statements    ``* You are rather happy with your life, though some things could be better.``
paraphrased   ``* You have more good days than bad ones.``
============= =================================================================================

Explicit is the style of the experiment in Lakerveld 2026 (appendices A.3 and A.4); gloss is that of
its appendix C, numbered and statements are the alternatives described there. Paraphrased shares no
content word with the variables or with the names of Schwartz values: an arm that tells reasoning
from the echo of words.

Sentences can also be said by the person ("I am rather happy …") or of it ("This person is …"); lines
that are no sentences are the same in every grammatical person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from mores.errors import PersonaError, nearest
from mores.personas.catalogue import Persona
from mores.personas.persons import PERSONS, in_person
from mores.personas.variables import Level, Variable, variables

__all__ = ["STYLES", "render_persona"]


def _explicit(variable: Variable, level: Level) -> str:
    return f"* {variable.name}: {variable.gloss} -> {level.label}"


def _gloss(variable: Variable, level: Level) -> str:
    return f"- **{variable.name}** ({variable.long_gloss}): {level.title}"


def _numbered(variable: Variable, level: Level) -> str:
    return f"{_explicit(variable, level)} ({level.numbers})"


def _statement(variable: Variable, level: Level) -> str:
    return f"* {level.statement}"


def _paraphrase(variable: Variable, level: Level) -> str:
    return f"* {level.paraphrase}"


_LINES: Mapping[str, Callable[[Variable, Level], str]] = MappingProxyType(
    {
        "explicit": _explicit,
        "gloss": _gloss,
        "numbered": _numbered,
        "statements": _statement,
        "paraphrased": _paraphrase,
    }
)

STYLES = tuple(_LINES)
"""The styles; the first is the default."""


def render_persona(persona: Persona, style: str = STYLES[0], person: str = PERSONS[0]) -> str:
    """The block of lines that tells a model who it is, whom it talks to, or of whom it is asked.

    Parameters
    ----------
    persona : Persona
        Anyone; the baseline has no lines.
    style : str, optional
        One of `STYLES`.
    person : str, optional
        Grammatical person of sentences, one of `mores.personas.persons.PERSONS`.

    Returns
    -------
    str
        Ten lines, one a variable in the order of the variables, without a final line break; empty
        for the baseline. The preamble belongs to the prompt's template.

    Raises
    ------
    PersonaError
        If there is no such style or grammatical person.
    """
    line = _LINES.get(style)
    if line is None:
        raise PersonaError(f"style {style!r} does not exist; {nearest(str(style), STYLES)}")
    if not persona.levels:
        return ""
    pairs = zip(variables(), persona.levels, strict=True)
    return "\n".join(line(variable, in_person(variable, lv, person)) for variable, lv in pairs)
