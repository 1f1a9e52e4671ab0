"""A grounded-personas study asked of the simulated model, without a report."""

from __future__ import annotations

import asyncio
from pathlib import Path

from mores.fieldwork.asking import Asking, ask_all
from mores.fieldwork.store import AnswerStore
from mores.models.registry import resolve
from mores.studies.answers import collected
from mores.studies.registry import read_study

FAITHFUL = "refusal=0,malformed=0,messy=0,position_bias=0"


def study_text(sample=40, forms=("configuration",), batteries=("map",), inferred=False, more=""):
    """The text of a study file."""

    def listed(names):
        return ", ".join(f'"{name}"' for name in names)

    size = f"sample = {sample}" if sample else ""
    return f"""
schema = 1
study = "grounded-personas"
seed = 7
{size}
[personas]
forms = [{listed(forms)}]
{more}
[batteries]
names = [{listed(batteries)}]
inferred = {str(inferred).lower()}
[analysis]
draws = 200
"""


def bound(text, folder=None):
    """The study of a text."""
    return read_study(text, "the test's study", folder or Path.cwd())


def asked(text, folder, model="sim"):
    """The study and the responses of a model."""
    study, respondent = bound(text, folder), resolve(model)
    design = study.design(respondent)
    analyser = study.analyser(respondent.label)
    with AnswerStore(folder / "answers.sqlite", study.fingerprint()) as store:
        asyncio.run(ask_all(design, respondent, store, Asking(concurrency=1)))
        for part in collected(design, store, "x", respondent.label, "en"):
            analyser.add(part)
    return study, analyser
