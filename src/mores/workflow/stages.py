"""Asking a study in stages, until what it measures is precise enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mores.fieldwork.asking import Asking, Ended, ask_all
from mores.fieldwork.design import Design
from mores.fieldwork.store import AnswerStore
from mores.fieldwork.tally import Tally
from mores.models.interface import Model
from mores.studies.study import BoundStudy, Staged

__all__ = ["Asked", "ask_in_stages"]


@dataclass(frozen=True, slots=True)
class Asked:
    """How asking went.

    Attributes
    ----------
    study : BoundStudy
        What was asked in the end: a smaller one than planned, where that was enough.
    ended : str
        One of `Ended`.
    tally : Tally
        What is stored, and what this run asked in all stages; `Tally.earlier` is what was settled when
        it began.
    precision : mapping or None
        Of a study in stages: ``width`` asked for, ``reached``, ``personas`` asked, ``of`` how many,
        ``saved_requests``.
    """

    study: BoundStudy
    ended: str
    tally: Tally
    precision: Mapping[str, Any] | None = None


async def ask_in_stages(
    bound: BoundStudy,
    model: Model,
    store: AnswerStore,
    asking: Asking,
    note: Callable[[str], None],
    part: Design | None = None,
) -> Asked:
    """Ask stage by stage, and look after each whether it is enough.

    A study without stages, or with one, is asked at once, of which `part` may be a part. Errors are
    those of `mores.fieldwork.asking.ask_all`.
    """
    if not isinstance(bound, Staged) or len(bound.sizes) == 1:
        asked = bound.design(model) if part is None else part
        ended, tally = await ask_all(asked, model, store, asking)
        return Asked(bound, ended, tally)

    from mores.studies.answers import collect

    sizes, before = bound.sizes, None
    planned = bound.design(model).selected
    for size in sizes:
        stage: Any = bound.sized(size)
        design = stage.design(model)
        ended, tally = await ask_all(design, model, store, asking)
        before = tally = _together(before, tally)
        if ended != Ended.COMPLETE:
            return Asked(bound, ended, tally)
        answers = collect(design, store, bound.file.study, model.label, bound.language)
        width, reached, enough = stage.precision(answers, model.label)
        told = "unknown" if reached is None else f"{reached:.4f}"
        note(f"{size} personas a country: the widest interval is {told}, asked for is {width}")
        if enough:
            break
    return Asked(
        stage,
        ended,
        tally,
        {
            "width": width,
            "reached": reached,
            "personas": size,
            "of": sizes[-1],
            "saved_requests": planned - design.selected,
        },
    )


def _together(before: Tally | None, tally: Tally) -> Tally:
    """The tally of a stage, with what this run asked in the stages before it."""
    if before is None:
        return tally
    return replace(
        tally,
        earlier=before.earlier,
        requests=before.requests + tally.requests,
        reasked=before.reasked + tally.reasked,
        started=before.started,
    )
