"""What personas are asked: questions of three batteries, under one form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mores.instruments.mfq2 import MoralFoundationsQuestionnaire
from mores.instruments.probe import probe
from mores.instruments.survey import Measurement, wvs7
from mores.populations.expected_indicators import INDICATOR_QUESTIONS

__all__ = ["Question", "questions_of"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is put; see `mores.prompts.scale_questions.Answerable`.

    Attributes
    ----------
    id : str
        The survey's item, or ``mfq2-01`` … ``mfq2-36``.
    batteries : tuple of str
        Those that it belongs to: ``map``, ``probe``, ``mfq2``.
    question : str
    codes : tuple of int
    labels : tuple of str
    ordered : bool
        Whether the order of the options means something.
    foundation : str
        Of an item of the MFQ-2; else empty.
    """

    id: str
    batteries: tuple[str, ...]
    question: str
    codes: tuple[int, ...]
    labels: tuple[str, ...]
    ordered: bool
    foundation: str = ""


def questions_of(
    batteries: Sequence[str], questionnaire: MoralFoundationsQuestionnaire
) -> tuple[Question, ...]:
    """The questions of some batteries, those that two share once."""
    listed = {"map": INDICATOR_QUESTIONS, "probe": tuple(item.id for item in probe().items)}
    wanted = [name for name in batteries if name in listed]
    found = []
    for item in dict.fromkeys(id_ for name in wanted for id_ in listed[name]):
        asked = wvs7().item(item)
        offered = [option for option in asked.options if not option.residual]
        found.append(
            Question(
                item,
                tuple(name for name in wanted if item in listed[name]),
                asked.question,
                tuple(option.code for option in offered),
                tuple(option.label for option in offered),
                asked.measurement is not Measurement.NOMINAL,
            )
        )
    if "mfq2" in batteries:
        codes = tuple(range(1, len(questionnaire.anchors) + 1))
        found += [
            Question(
                item.id,
                ("mfq2",),
                f"{questionnaire.question}\n{item.text}",
                codes,
                questionnaire.anchors,
                True,
                item.foundation,
            )
            for item in questionnaire.items
        ]
    return tuple(found)
