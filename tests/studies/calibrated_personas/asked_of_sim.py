"""A study asked of the simulated model, without a report."""

from __future__ import annotations

import asyncio
from pathlib import Path

from mores.fieldwork.asking import Asking
from mores.fieldwork.store import AnswerStore
from mores.models.registry import resolve
from mores.studies.answers import collect
from mores.studies.registry import read_study
from mores.workflow.stages import ask_in_stages

TARGETS = ("Q1", "Q6", "Q28", "Q48", "Q64", "Q71", "Q171", "Q185", "Q199", "Q210", "Q211", "Q235")
STUDY = """
schema = 1
study = "calibrated-personas"
seed = 7
sample = {personas}
countries = [{countries}]
[questions]
items = [{items}]
uncovered = "leave-out"
map = {placed}
[personas]
arms = [{arms}]
{more_personas}
[asking]
text_share = {text_share}
orders = "{orders}"
[analysis]
draws = 200
resamples = 20
baselines = false
{more}
"""


def study_text(
    arms=("generic", "country", "sociodemographic+nationality", "value+nationality"),
    countries=("JPN", "GHA", "SWE", "JOR"),
    items=TARGETS,
    personas=30,
    placed=False,
    text_share=0.0,
    orders="fixed",
    more="",
    more_personas="",
):
    """The text of a study file."""

    def listed(names):
        return ", ".join(f'"{name}"' for name in names)

    return STUDY.format(
        arms=listed(arms),
        countries=listed(countries),
        items=listed(items),
        personas=personas,
        placed=str(placed).lower(),
        text_share=text_share,
        orders=orders,
        more=more,
        more_personas=more_personas,
    )


def answered(text, folder, model="sim", study=None):
    """The study, its answers, and how asking went."""
    bound = study or read_study(text, "test", Path(folder))
    respondent = resolve(model)

    async def asking():
        await respondent.prepare()
        await respondent.prepare_scoring()
        with AnswerStore(Path(folder) / "answers.sqlite", bound.fingerprint()) as store:
            asked = await ask_in_stages(
                bound, respondent, store, Asking(concurrency=1), lambda _: None
            )
            design = asked.study.design(respondent)
            answers = collect(design, store, "calibrated-personas", respondent.label, "en")
        await respondent.close()
        return asked, answers

    asked, answers = asyncio.run(asking())
    return asked.study, answers, asked
