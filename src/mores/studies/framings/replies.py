"""How many replies could be coded, refused, hedged or failed: rates, and the tables about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.studies.framings.responses import Observed, Responses
from mores.studies.framings.rows import ALL, Columns, table_of

__all__ = ["Rates", "framings_of", "rates", "refusals", "requests"]

IntArray = NDArray[np.int64]

_REFUSALS: Columns = {
    "model": pl.String,
    "framing": pl.String,
    "language": pl.String,
    "n": pl.Int64,
    "coverage": pl.Float64,
    "refusal_rate": pl.Float64,
    "hedge_rate": pl.Float64,
    "uncoded_rate": pl.Float64,
    "failed_rate": pl.Float64,
    "refused_rate": pl.Float64,
    "allowed_mass": pl.Float64,
    "unseen": pl.Float64,
}

_REQUESTS: Columns = {
    "model": pl.String,
    "framing": pl.String,
    "counted": pl.Int64,
    "asked": pl.Int64,
    "coded": pl.Int64,
    "refused": pl.Int64,
    "uncoded": pl.Int64,
    "failed": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of the replies asked for, 0 … 1; NaN of none.

    Attributes
    ----------
    n : int
        Replies asked for.
    coverage, refused, uncoded, failed : float
        By status; they sum to 1.
    refusal, hedge : float
        That carry the flag, whatever their status.
    """

    n: int
    coverage: float
    refused: float
    uncoded: float
    failed: float
    refusal: float
    hedge: float

    def columns(self) -> dict[str, Any]:
        """As the tables of gaps name them."""
        return {
            "coverage": self.coverage,
            "refusal_rate": self.refusal,
            "hedge_rate": self.hedge,
        }


def rates(
    responses: Responses, contexts: Sequence[int] | IntArray, units: IntArray | None = None
) -> Rates:
    """Rates over contexts, each as often as it is named, and units, all if None."""
    tables = (
        responses.asked,
        responses.coded,
        responses.refused,
        responses.uncoded,
        responses.failed,
        responses.refusals,
        responses.hedges,
    )
    rows = [table[np.asarray(contexts, np.int64)] for table in tables]
    n, *found = (int((row if units is None else row[:, units]).sum()) for row in rows)
    coded, refused, uncoded, failed, refusal, hedge = (
        number / n if n else float("nan") for number in found
    )
    return Rates(n, coded, refused, uncoded, failed, refusal, hedge)


def framings_of(observed: Observed) -> tuple[str, ...]:
    """The framings, in the order of the cells."""
    return tuple(dict.fromkeys(cell.framing for cell in observed.cells))


def refusals(observed: Observed, responses: Responses) -> pl.DataFrame:
    """Rates by framing and language of the prompt, each reply once however many slices count it.

    Returns
    -------
    polars.DataFrame
        Of the wording itself in the slices' own languages. `coverage`, `refused_rate`,
        `uncoded_rate` and `failed_rate` are of statuses and sum to 1; `refusal_rate` and
        `hedge_rate` are of flags, which a reply carries whatever its status. `allowed_mass` and
        `unseen` are means over members with probabilities, null for text.
    """
    return table_of(_refusals(observed, responses), _REFUSALS)


def _refusals(observed: Observed, responses: Responses) -> Iterator[dict[str, Any]]:
    for framing in framings_of(observed):
        asked = {c.context: c.language for c in observed.cells if c.own and c.framing == framing}
        for language in [ALL, *dict.fromkeys(asked.values())]:
            contexts = [x for x, own in asked.items() if language in (ALL, own)]
            found = rates(responses, contexts)
            yield {
                "model": responses.model,
                "framing": framing,
                "language": language,
                "n": found.n,
                "uncoded_rate": found.uncoded,
                "failed_rate": found.failed,
                "refused_rate": found.refused,
                "allowed_mass": _mean(responses.allowed[contexts]),
                "unseen": _mean(responses.unseen[contexts]),
                **found.columns(),
            }


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def requests(observed: Observed, responses: Responses) -> pl.DataFrame:
    """What was asked, and how often the design counts it.

    Returns
    -------
    polars.DataFrame
        `counted`: replies as often as cells count them, crossed languages and paraphrases included;
        `asked` and the outcomes: replies, each once. Of batteries whose members are asked alone, the
        battery counts as one. A baseline that no cell counts is in none.
    """
    return table_of(_requests(observed, responses), _REQUESTS)


def _requests(observed: Observed, responses: Responses) -> Iterator[dict[str, Any]]:
    for framing in framings_of(observed):
        cells = [cell.context for cell in observed.cells if cell.framing == framing]
        once = sorted(set(cells))
        yield {
            "model": responses.model,
            "framing": framing,
            "counted": int(responses.asked[cells].sum()),
            **{
                name: int(getattr(responses, name)[once].sum())
                for name in ("asked", "coded", "refused", "uncoded", "failed")
            },
        }
