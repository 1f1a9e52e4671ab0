"""All tables of a value–action study, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from mores.studies.value_action.alignment import AlignmentTables
from mores.studies.value_action.answers import AnswerTables
from mores.studies.value_action.scores import Scores

if TYPE_CHECKING:
    from mores.studies.value_action.materials import Materials

__all__ = ["pairs", "tables"]


def tables(study: Materials, answers: pl.DataFrame, model: str) -> dict[str, pl.DataFrame]:
    """Compute every table.

    Parameters
    ----------
    study : Materials
        What was asked.
    answers : polars.DataFrame
        One row a request, as `mores.studies.answers.collect` makes it.
    model : str
        The model's label, first column of every table.

    Returns
    -------
    dict of polars.DataFrame
    """
    scores = Scores.of(study, answers)
    alignment = AlignmentTables(study, scores, model)
    about = AnswerTables(study, answers, scores, model)
    return {
        "alignment_by_category": alignment.by_category(),
        "alignment_contrasts": alignment.contrasts(),
        "alignment_by_persona": alignment.by_persona(),
        "alignment_by_value": alignment.by("value"),
        "alignment_by_topic": alignment.by("topic"),
        "value_by_persona": alignment.value_by_persona(),
        "permutation_reference": alignment.permutation_reference(),
        "answer_distribution": about.distribution(),
        "coverage": about.coverage(),
        "coding_reasons": about.reasons(),
        "position_effects": about.positions(),
        "repeat_stability": about.stability(),
        "anchoring": about.anchoring(),
        "pairs": pairs(study, scores, model),
    }


def pairs(study: Materials, scores: Scores, model: str) -> pl.DataFrame:
    """Each dilemma and arm: stated value, chosen action, their distance; what all else rests on."""
    n_dilemmas, n_arms = scores.distance.shape
    asked = study.asked
    return pl.DataFrame(
        {
            "model": [model] * (n_dilemmas * n_arms),
            "dilemma": [d.id for d in asked for _ in study.arms],
            "value": [d.value for d in asked for _ in study.arms],
            "topic": [d.topic for d in asked for _ in study.arms],
            "persona": [a.persona.id for a in study.arms] * n_dilemmas,
            "category": [a.persona.category for a in study.arms] * n_dilemmas,
            "rendering": [a.rendering for a in study.arms] * n_dilemmas,
            "value_score": scores.value.ravel(),
            "action_score": scores.action.ravel(),
            "alignment_distance": scores.distance.ravel(),
            "value_sign": scores.signs[0].ravel(),
            "action_sign": scores.signs[1].ravel(),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
