"""A framings study asked of the simulated model, without a report."""

from __future__ import annotations

import asyncio
from pathlib import Path

from mores.fieldwork.asking import Asking, ask_all
from mores.fieldwork.store import AnswerStore
from mores.models.registry import resolve
from mores.studies.answers import collect
from mores.studies.registry import read_study

FAITHFUL = "refusal=0,malformed=0,hedge=0,messy=0,position_bias=0"
"""A respondent who always answers, and always plainly."""


def study_text(slices=("ar-EGY", "en-KEN", "zh-CHN"), units=(), more="", framings=""):
    """The text of a study file."""

    def listed(names):
        return ", ".join(f'"{name}"' for name in names)

    return f"""
schema = 1
study = "framings"
seed = 7
slices = [{listed(slices)}]
[questions]
units = [{listed(units)}]
[framings]
{framings}
{more}
[analysis]
draws = 400
"""


def bound(text):
    """The study of a text."""
    return read_study(text, "the test's study", Path.cwd())


def asked(text, folder, model="sim"):
    """The study, its answers, and its tables."""
    study, respondent = bound(text), resolve(model)
    design = study.design(respondent)
    with AnswerStore(folder / "answers.sqlite", study.fingerprint()) as store:
        asyncio.run(ask_all(design, respondent, store, Asking(concurrency=1)))
        answers = collect(design, store, "framings", respondent.label, study.language)
    return study, answers, study.analyse(answers, respondent.label)
