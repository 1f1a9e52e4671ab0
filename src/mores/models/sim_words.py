"""What the simulated respondent writes where survey options have texts, in the prompt's language.

Most answers are an option's number with its text ("2. Good thing"), some the text or the number alone;
a share `messy` of them comes with polite words, marks or the digits of the language's own script, a
share `hedge` with a qualification. Of a battery each question has one line, "NUMBER: ANSWER", and its
own draw. What cannot be read names no option, one after the last, or two; of a battery, it lacks a line
or answers one so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeVar

from mores.errors import ModelError
from mores.models.sim_survey import drawn_option
from mores.records import BatteryStimulus, SurveyStimulus

if TYPE_CHECKING:
    from mores.models.sim_parameters import SimulationParameters

__all__ = ["battery_words", "phrases", "survey_words"]

T = TypeVar("T")
Uniforms = tuple[float, float, float, float]

_STRICT = {"extra": "forbid", "strict": True}
_WHOLE, _TEXT = 0.7, 0.85
"""Shares of answers: up to the first with number and text, from there to the second by text alone."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """What a language's replies are made of; ``data/sim_phrases.toml`` says what its fields mean."""

    __pydantic_config__ = _STRICT

    refusals: tuple[str, ...]
    malformed: tuple[str, ...]
    openings: tuple[str, ...]
    hedges: tuple[str, ...]
    preludes: tuple[str, ...]
    hedged_preludes: tuple[str, ...]
    lines: tuple[str, ...]
    unsure: str
    digits: str = "0123456789"

    def own(self, text: str) -> str:
        """A text with its digits in the language's own script."""
        return text.translate({ord("0") + i: digit for i, digit in enumerate(self.digits)})


@dataclass(frozen=True, slots=True)
class _File:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    languages: dict[str, Phrases]


@cache
def _languages() -> dict[str, Phrases]:
    from pydantic import TypeAdapter

    from mores.errors import InstrumentError
    from mores.instruments.datafiles import read_data

    try:
        return read_data("mores.models", "sim_phrases.toml", TypeAdapter(_File)).languages
    except InstrumentError as fault:
        raise ModelError(f"sim: {fault}") from None


def phrases(language: str) -> Phrases:
    """The phrases of a language, given as ISO 639-1 code; of an unknown one the English."""
    known = _languages()
    return known.get(language, known["en"])


def survey_words(p: SimulationParameters, stimulus: SurveyStimulus, drawn: Uniforms) -> str:
    """The reply to one question.

    Parameters
    ----------
    p : SimulationParameters
    stimulus : SurveyStimulus
        With `texts`.
    drawn : tuple of float
        Four independent uniforms in (0, 1).
    """
    kind, choice, style, words = drawn
    said = phrases(stimulus.language)
    how, rest = _kind(p, stimulus.language, kind)
    if how == "refused":
        return _one_of(said.refusals, words)
    if how == "malformed":
        one, other = (_answer(stimulus, place, words) for place in (0, 1))
        return _one_of(said.malformed, style).format(
            one=one, other=other, beyond=_beyond(stimulus.labels)
        )
    answer = _answer(stimulus, drawn_option(p, stimulus, choice), words)
    if how == "hedged":
        return _one_of(said.hedges, rest).format(answer=answer, own=said.own(answer))
    if style < p.messy:
        return _one_of(said.openings, style / p.messy).format(answer=answer, own=said.own(answer))
    return answer


def battery_words(
    p: SimulationParameters, stimulus: BatteryStimulus, drawn: Uniforms, choices: Sequence[float]
) -> str:
    """The reply to several questions asked as one.

    Parameters
    ----------
    p : SimulationParameters
    stimulus : BatteryStimulus
    drawn : tuple of float
        Four independent uniforms in (0, 1).
    choices : sequence of float
        Another for each member.
    """
    kind, place, style, words = drawn
    members = stimulus.members
    said = phrases(members[0].language)
    how, rest = _kind(p, members[0].language, kind)
    if how == "refused":
        return _one_of(said.refusals, words)
    answers: list[str | None] = [
        _option(member, drawn_option(p, member, choice))
        for member, choice in zip(members, choices, strict=True)
    ]
    if how == "malformed":
        wrong = int(place * len(members))
        both = f"{_option(members[wrong], 0)} / {_option(members[wrong], 1)}"
        answers[wrong] = _one_of((None, both, said.unsure), rest)
    messy = style < p.messy
    line = _one_of(said.lines, style / p.messy) if messy else said.lines[0]
    lines = [
        line.format(number=number, own=said.own(str(number)), text=answer)
        for number, answer in enumerate(answers, start=1)
        if answer is not None
    ]
    if how == "hedged":
        lines.insert(0, _one_of(said.hedged_preludes, rest))
    elif messy and words < 0.5:
        lines.insert(0, _one_of(said.preludes, words / 0.5))
    return "\n".join(lines)


def _kind(p: SimulationParameters, language: str, uniform: float) -> tuple[str, float]:
    """What kind of reply a uniform draws, and a uniform that is left of it."""
    shares = {"refused": p.refusal_in(language), "malformed": p.malformed}
    answered = 1 - sum(shares.values())
    shares["hedged"] = p.hedge * answered
    for kind, share in shares.items():
        if uniform < share:
            return kind, uniform / share
        uniform -= share
    return "plain", uniform


def _one_of(choices: Sequence[T], uniform: float) -> T:
    return choices[min(int(uniform * len(choices)), len(choices) - 1)]


def _option(stimulus: SurveyStimulus, place: int) -> str:
    """An option in words, or by its label where it has none."""
    return (stimulus.texts or stimulus.labels)[place]


def _answer(stimulus: SurveyStimulus, place: int, form: float) -> str:
    """An option as a reply names it."""
    label, text = stimulus.labels[place], stimulus.texts[place]
    if text in ("", label) or form >= _TEXT:
        return label
    return f"{label}. {text}" if form < _WHOLE else text


def _beyond(labels: Sequence[str]) -> str:
    """A label after the last: the next number or, among other labels, the last letter."""
    numbers = [int(label) for label in labels if label.isdecimal()]
    return str(max(numbers) + 1) if numbers else "Z"
