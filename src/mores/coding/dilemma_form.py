"""The form of a dilemma: lengths, persons, its value's name, its language, and near-copies.

The limits on words are those that the writer is told; the others are decisions of this project.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mores.coding.story_language import is_in_language, word_count
from mores.instruments.dilemmas import Dilemma
from mores.instruments.labels import fold
from mores.prompts.dilemma_prompts import ACTION_WORDS, SCENARIO_WORDS

__all__ = [
    "FAULTS",
    "LONGEST_TO_SHORTEST",
    "NEAR_COPY",
    "Fault",
    "form_faults",
    "overlap",
    "word_runs",
]

FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "refused": "the model declines, or its server filtered the reply",
        "no-json": "no JSON object with a situation",
        "cut-off": "the reply ends in the middle of the object",
        "empty": "no words at all",
        "server-refused": "the server refuses the request for good, and there is no reply",
        "structure": "a key is missing, empty or not what it must be, or two actions are the same",
        "scenario-length": f"a situation of fewer than {SCENARIO_WORDS[0]} or more than "
        f"{SCENARIO_WORDS[1]} words",
        "action-length": f"an action of fewer than {ACTION_WORDS[0]} or more than {ACTION_WORDS[1]} "
        "words",
        "uneven": "the longest action has more than half as many words again as the shortest",
        "person": "a situation that is not in the second person, or an action not in the first",
        "own-name": "the value is named in the situation or in an action",
        "other-language": "a situation that is not in English",
        "setting": "no setting, or that of an accepted dilemma of the same value",
        "copy": "the text is nearly that of an accepted dilemma",
        "side": "a blind reader put an action on the other side",
        "order": "a blind reader put the actions on their sides, and in another order",
        "unread": "the reader gave no usable blind reading",
        "unchecked": "the reader gave no usable answer on the four checks",
        "correctness": "the check of correctness is not passed",
        "harmlessness": "the check of harmlessness is not passed",
        "sufficiency": "the check of sufficiency is not passed",
        "plausibility": "the check of plausibility is not passed",
    }
)
"""Why a draft is not accepted, by code."""

LONGEST_TO_SHORTEST = 1.5
"""How many times as many words as the shortest action the longest may have."""

NEAR_COPY = 0.2
"""Share of runs of five words, of the text with fewer of them, from which two texts are copies."""

_RUN = 5
_YOU = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_I = re.compile(r"(?<!['’])\bI\b|\b(?:[Mm]y|[Mm]yself)\b")  # not the end of Savai'i
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»")
_ARTICLE = re.compile(r"^(?:a|an|the) ")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a draft.

    Attributes
    ----------
    code : str
        One of `FAULTS`, by which faults are counted.
    told : str
        In a sentence, with its place: what a writer who is to mend it needs to know.
    """

    code: str
    told: str

    def __str__(self) -> str:
        return f"{self.code}: {self.told}"


def form_faults(dilemma: Dilemma) -> list[Fault]:
    """What is wrong with the form of a dilemma's English text.

    Parameters
    ----------
    dilemma : Dilemma
        Of any origin.

    Returns
    -------
    list of Fault
        Empty for one in good form.
    """
    return _lengths(dilemma) + _persons(dilemma) + _wording(dilemma)


def word_runs(text: str) -> frozenset[tuple[str, ...]]:
    """All runs of five words of a text, without case and punctuation; empty for a shorter text."""
    words = fold(text).split()
    return frozenset(tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))


def overlap(runs: frozenset[tuple[str, ...]], others: frozenset[tuple[str, ...]]) -> float:
    """Share of the smaller set that the other holds too.

    Returns
    -------
    float
        0 … 1; 0 if either is empty.
    """
    fewest = min(len(runs), len(others))
    return len(runs & others) / fewest if fewest else 0.0


def _lengths(dilemma: Dilemma) -> list[Fault]:
    faults = []
    n = word_count(dilemma.scenario_text)
    fewest, most = SCENARIO_WORDS
    if not fewest <= n <= most:
        faults.append(
            Fault(
                "scenario-length",
                f"The situation has {n} words; it must have {fewest} to {most}.",
            )
        )
    fewest, most = ACTION_WORDS
    words = {action.id: word_count(action.text) for action in dilemma.actions}
    odd = [f"{name} has {n}" for name, n in words.items() if not fewest <= n <= most]
    if odd:
        told = f"Actions must have {fewest} to {most} words each; {', '.join(odd)}."
        faults.append(Fault("action-length", told))
    longest, shortest = max(words, key=words.__getitem__), min(words, key=words.__getitem__)
    if words[longest] > LONGEST_TO_SHORTEST * words[shortest]:
        told = (
            f"The six actions must be of about the same length; {longest} has {words[longest]} words, "
            f"{shortest} has {words[shortest]}."
        )
        faults.append(Fault("uneven", told))
    return faults


def _persons(dilemma: Dilemma) -> list[Fault]:
    faults = []
    told = _QUOTED.sub(" ", dilemma.scenario_text)
    if not _YOU.search(told) or _I.search(told):
        faults.append(Fault("person", 'The situation must be told in the second person, "You …".'))
    others = [a.id for a in dilemma.actions if not _I.search(_QUOTED.sub(" ", a.text))]
    if others:
        told = f'Each action must be in the first person, "I …"; {", ".join(others)} is not.'
        faults.append(Fault("person", told))
    return faults


def _wording(dilemma: Dilemma) -> list[Fault]:
    faults = []
    name = _ARTICLE.sub("", fold(dilemma.value_label))
    texts = {"the situation": dilemma.scenario_text}
    texts |= {action.id: action.text for action in dilemma.actions}
    naming = [place for place, text in texts.items() if f" {name}" in f" {fold(text)}"]
    if name and naming:
        told = f'The text must not name the value, "{name}"; {", ".join(naming)} names it.'
        faults.append(Fault("own-name", told))
    if is_in_language(dilemma.scenario_text, "en") is False:
        faults.append(Fault("other-language", "The text must be in English."))
    return faults
