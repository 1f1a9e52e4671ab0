"""How well smoothed shares of configurations predict respondents who were left out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.personas.priors import Pool, prior_of
from mores.personas.smoothing import Patterns, smoothed

__all__ = ["ALPHAS", "HeldOutScore", "log_scores"]

ALPHAS = (100.0, 300.0, 1e3, 3e3, 1e4, 3e4, 1e5)
"""The masses of the prior that are tried where none is given."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HeldOutScore:
    """Cross-validated log score of smoothed shares (A masses of the prior).

    Attributes
    ----------
    smoothing : str
    alphas : float64 array, shape (A,)
    score : float64 array, shape (A,)
        Weighted mean over left-out respondents of the log (in nats) of the share that the others give
        to their configuration; the greater, the better. Even shares score -11.444. Minus infinity if
        a configuration that was held got the share 0.
    standard_error : float64 array, shape (A,)
        Of the score, respondents taken as drawn at random; NaN where the score is infinite.
    unseen : float64 array, shape (A,)
        Weighted share of left-out respondents whose configuration got the share 0.
    n : int
        Respondents who were left out in turn: those whose levels are all known.
    folds : int
    """

    smoothing: str
    alphas: FloatArray
    score: FloatArray
    standard_error: FloatArray
    unseen: FloatArray
    n: int
    folds: int

    @property
    def best(self) -> float:
        """The mass with the greatest score; the least of equals."""
        return float(self.alphas[np.argmax(self.score)])


def log_scores(
    found: Patterns,
    weights: ArrayLike,
    smoothing: str,
    alphas: Sequence[float],
    *,
    groups: ArrayLike | None = None,
    pool: Pool | None = None,
    folds: int = 5,
    seed: int = 0,
) -> HeldOutScore:
    """Leave out one fold of respondents after the other; see `HeldOutScore`.

    Parameters
    ----------
    found : Patterns
        Of n respondents. Only those whose levels are all known are scored, so that what smoothing and
        treatment of the others achieve is compared on the same respondents.
    weights : array_like of float, shape (n,)
        Each >= 0, on any scale, not all 0.
    smoothing : str
        One of `mores.personas.priors.SMOOTHINGS`.
    alphas : sequence of float
        Masses of the prior, >= 0.
    groups : array_like of int, shape (n,), optional
        For ``independence``; see `mores.personas.priors.independent`.
    pool : Pool, optional
        For ``pooled`` and ``hierarchical``; without these respondents, or the score is too good.
    folds : int
        2 and more. Respondents are dealt to them at random, whatever their order.
    seed : int

    Raises
    ------
    ValueError
        If there are fewer than two folds, fewer complete respondents than folds, no alphas, or a value
        is out of range.
    """
    weight = np.asarray(weights, np.float64)
    scoring = (found.cell >= 0) & (weight > 0)
    scored = np.flatnonzero(scoring)
    if folds < 2 or len(scored) < folds:
        raise ValueError(
            f"{folds} folds of {len(scored)} respondents whose levels are all known; allowed: at least "
            "2 folds and a respondent in each"
        )
    if not len(alphas):
        raise ValueError("alphas is empty; give at least one mass of the prior")
    if smoothing == "none" and any(alphas):
        raise ValueError(f"alphas is {list(alphas)} with the smoothing none; give 0 alone")
    dealt = _dealt(found, scoring, weight, folds, seed)
    logs = np.full((len(alphas), len(weight)), -np.inf)
    for fold in range(folds):
        kept = np.where(dealt == fold, 0.0, weight)
        rows = scored[dealt[scored] == fold]
        prior = prior_of(smoothing, found.levels, kept, groups=groups, pool=pool)
        for a, alpha in enumerate(alphas):
            share = smoothed(found, kept, prior, alpha)[0][found.cell[rows]]
            logs[a, rows] = np.log(share, out=np.full(len(rows), -np.inf), where=share > 0)
    return _score(smoothing, np.asarray(alphas, np.float64), logs[:, scored], weight[scored], folds)


def _dealt(
    found: Patterns, scored: NDArray[np.bool_], weight: FloatArray, folds: int, seed: int
) -> NDArray[np.int64]:
    """The fold of each respondent: as many to score in each, and the same in whatever order."""
    generator = np.random.default_rng(seed)
    ranks = np.lexsort([weight, *found.levels.T])
    dealt = np.empty(len(weight), np.int64)
    for part in (ranks[scored[ranks]], ranks[~scored[ranks]]):
        dealt[part] = generator.permutation(len(part)) % folds
    return dealt


def _score(
    smoothing: str, alphas: FloatArray, logs: FloatArray, weight: FloatArray, folds: int
) -> HeldOutScore:
    share = weight / weight.sum()
    unseen = np.isinf(logs) @ share
    known = np.where(np.isinf(logs), 0.0, logs)
    score = np.where(unseen > 0, -np.inf, known @ share)
    spread = (known - (known @ share)[:, None]) ** 2 @ share**2
    n = len(weight)
    error = np.where(unseen > 0, np.nan, np.sqrt(spread * n / (n - 1)))
    return HeldOutScore(smoothing, alphas, score, error, unseen, n, folds)
