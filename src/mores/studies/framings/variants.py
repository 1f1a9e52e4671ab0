"""Beyond the slices' own languages and the first wording: crossed languages, and paraphrases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.measures.gaps import agreement, gap, unit_means
from mores.studies.framings.aggregates import measured
from mores.studies.framings.intervals import Drawing
from mores.studies.framings.replies import framings_of
from mores.studies.framings.responses import Observed, Responses
from mores.studies.framings.rows import Columns, table_of
from mores.studies.framings.scoring import Scored, given

__all__ = ["paraphrases", "prompt_languages"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_PROMPT_LANGUAGES: Columns = {
    "model": pl.String,
    "framing": pl.String,
    "slice": pl.String,
    "prompt_language": pl.String,
    "n": pl.Int64,
    "coverage": pl.Float64,
    "baseline_gap": pl.Float64,
    "response_gap": pl.Float64,
    "shift": pl.Float64,
    "alignment": pl.Float64,
    "alignment_low": pl.Float64,
    "alignment_high": pl.Float64,
    "form": pl.String,
    "refusal_rate": pl.Float64,
}

_PARAPHRASES: Columns = {
    "model": pl.String,
    "framing": pl.String,
    "paraphrase": pl.Int64,
    "n": pl.Int64,
    "agreement": pl.Float64,
    "distance": pl.Float64,
    "coverage": pl.Float64,
    "alignment": pl.Float64,
    "alignment_low": pl.Float64,
    "alignment_high": pl.Float64,
    "form": pl.String,
    "n_compared": pl.Int64,
}


def prompt_languages(
    observed: Observed, responses: Responses, found: Sequence[Scored], drawing: Drawing
) -> pl.DataFrame | None:
    """One row a framing, slice and language of the prompt; None if every prompt is in the slice's own.

    Which separates what the language of a prompt does from what the name of a country does.
    """
    cells = observed.cells
    if all(cell.language == cell.slice.language for cell in cells):
        return None
    drawn = drawing.units(len(observed.units))
    rows = (
        {
            "model": responses.model,
            "framing": cell.framing,
            "slice": str(cell.slice),
            "prompt_language": cell.language,
            **measured(scored, responses, cells, np.array([c]), drawn),
        }
        for scored in found
        for c, cell in enumerate(cells)
        if cell.paraphrase == 0
    )
    return table_of(rows, _PROMPT_LANGUAGES)


def paraphrases(
    observed: Observed, responses: Responses, found: Sequence[Scored], drawing: Drawing
) -> pl.DataFrame | None:
    """One row a framing and paraphrase, 0 for the wording itself; None if there are no paraphrases.

    Returns
    -------
    polars.DataFrame or None
        In the slices' own languages. `agreement` and `distance` are between the answers to the
        paraphrase and to the wording itself, over the `n_compared` units by slices that were answered
        in both, humans or not; null for the wording itself. The baseline is the same throughout.
    """
    if all(cell.paraphrase == 0 for cell in observed.cells):
        return None
    return table_of(_paraphrases(observed, responses, found, drawing), _PARAPHRASES)


def _paraphrases(
    observed: Observed, responses: Responses, found: Sequence[Scored], drawing: Drawing
) -> Iterator[dict[str, Any]]:
    cells, drawn = observed.cells, drawing.units(len(observed.units))
    numbers = sorted({cell.paraphrase for cell in cells})
    for scored in found:
        for framing in framings_of(observed):
            for number in numbers:
                chosen = _cells(observed, framing, number)
                if not len(chosen):
                    continue
                yield {
                    "model": responses.model,
                    "framing": framing,
                    "paraphrase": number,
                    **_compared(observed, responses, scored, framing, chosen, number),
                    **measured(scored, responses, cells, chosen, drawn),
                }


def _cells(observed: Observed, framing: str, paraphrase: int) -> IntArray:
    return np.array(
        [
            c
            for c, cell in enumerate(observed.cells)
            if cell.framing == framing
            and cell.paraphrase == paraphrase
            and cell.language == cell.slice.language
        ],
        np.int64,
    )


def _compared(
    observed: Observed,
    responses: Responses,
    scored: Scored,
    framing: str,
    chosen: IntArray,
    number: int,
) -> dict[str, Any]:
    """Answers to a paraphrase against those to the wording itself, each slice once."""
    if number == 0:
        return {}
    cells, answers = observed.cells, given(responses, scored.form)
    first = {cells[c].slice: cells[c].context for c in _cells(observed, framing, 0)}
    pairs = [(cells[c].context, first[cells[c].slice]) for c in chosen if cells[c].slice in first]
    if not pairs:
        return {"n_compared": 0}
    here, there = (answers[list(side)] for side in zip(*pairs, strict=True))
    ordered, n_options = observed.ordered, observed.n_options
    by_member = np.stack(
        [
            agreement(here, there, n_options, scored.form),
            gap(here, there, ordered, n_options, scored.form),
        ]
    )
    everyone = np.ones(by_member.shape, np.bool_)
    rows = unit_means(by_member, observed.unit_of, len(observed.units), everyone)
    known = ~np.isnan(rows[0])
    n = int(known.sum())
    alike, apart = (float(row[known].mean()) if n else float("nan") for row in rows)
    return {"agreement": alike, "distance": apart, "n_compared": n}
