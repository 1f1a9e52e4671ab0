"""Every measurable check of a set of dilemmas."""

from __future__ import annotations

from collections.abc import Sequence

from mores.errors import InputError
from mores.instruments.dilemmas import Dilemma
from mores.studies.dilemma_quality.cues import cue_checks
from mores.studies.dilemma_quality.form import form_checks
from mores.studies.dilemma_quality.results import CheckResult
from mores.studies.dilemma_quality.validation import validation_checks
from mores.studies.dilemma_quality.variety import (
    ALIKE_IN_MEANING,
    Embedder,
    coverage,
    variety_checks,
)

__all__ = ["check_dilemmas"]

_EXTRA = "pip install 'mores[text]'"


def check_dilemmas(
    dilemmas: Sequence[Dilemma], embed: Embedder | None = None, alike: float = ALIKE_IN_MEANING
) -> tuple[CheckResult, ...]:
    """All checks of a set.

    Parameters
    ----------
    dilemmas : sequence of Dilemma
        In English: limits, lists of words and tone are of English texts.
    embed : callable, optional
        Embeddings to use in place of latent meanings that are learnt from the set.
    alike : float
        The cosine of these from which two dilemmas are too alike.

    Returns
    -------
    tuple of CheckResult
        By topic: form, variety, cues, validation, coverage.

    Raises
    ------
    InputError
        If the libraries of the extra ``text`` are not installed.
    """
    try:
        return (
            *form_checks(dilemmas),
            *variety_checks(dilemmas, embed, alike),
            *cue_checks(dilemmas),
            *validation_checks(dilemmas),
            *coverage(dilemmas),
        )
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("sklearn", "vaderSentiment"):
            raise
        raise InputError(
            f"checks of dilemmas need {error.name}, which is not installed; install it with: {_EXTRA}"
        ) from None
