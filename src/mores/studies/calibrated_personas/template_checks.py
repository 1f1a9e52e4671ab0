"""Templates tried out before anything is asked: every message must hold what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from mores.errors import PromptError
from mores.prompts.scale_questions import labels_of, named_options, question_text
from mores.studies.calibrated_personas.materials import Materials

__all__ = ["check_templates", "first_prompts"]


def first_prompts(study: Materials) -> list[int]:
    """A prompt of each condition, the same however many personas are drawn."""
    found: list[int] = np.unique(study.prompts.condition, return_index=True)[1].tolist()
    return found


def check_templates(study: Materials) -> None:
    """Render a system message of each condition, and every question under the labels it may have.

    Raises
    ------
    PromptError
        If a template fails, or leaves out guidance, persona, question, or an option with its label.
    """
    for prompt in first_prompts(study):
        _check_system(study, prompt)
    wanted = study.file.asking.labels
    kinds = [
        letters
        for letters, name in ((False, "integers"), (True, "letters"))
        if wanted in ("auto", name)
    ]
    for question in range(len(study.questions)):
        for letters in kinds:
            _check_question(study, question, letters)


def _check_system(study: Materials, prompt: int) -> None:
    table, texts = study.prompts, study.texts
    condition = table.conditions[table.condition[prompt]]
    country = table.countries[table.country[prompt]] if table.country[prompt] >= 0 else None
    row = int(table.row[prompt])
    parts = [texts.guidance(condition, country), texts.persona(condition, row)]
    said = texts.system(condition, country, row)
    _refuse("system.j2", [part for part in parts if part not in said])


def _check_question(study: Materials, question: int, letters: bool) -> None:
    item, order = study.questions[question], study.orders[question][0]
    said = question_text(item, order, letters, study.texts.templates)
    options = named_options(item, order, letters)
    labels = labels_of(item, range(len(order)), letters)
    _refuse(
        "question.j2",
        (part for part in (item.question, *dict(options).values()) if part not in said),
    )
    answers = said.replace(item.question, "")  # where numbers may be said that are no labels
    shown = [label for label, _ in options] + [labels[0], labels[-1]]
    _refuse(
        "question.j2", (x for x in shown if not re.search(rf"(?<!\w){re.escape(x)}(?!\w)", answers))
    )


def _refuse(name: str, lacking: Iterable[str]) -> None:
    for text in lacking:
        cut = text if len(text) <= 60 else f"{text[:60]}…"
        raise PromptError(
            f"template {name} leaves out {cut!r}; system.j2 must hold the guidance and the persona, "
            "question.j2 the question and every named option with its label"
        )
