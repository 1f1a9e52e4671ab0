"""The ten indicators of the cultural map, expected of distributions over the questions they rest on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.instruments.survey import wvs7
from mores.measures.culture_map import INDICATORS
from mores.measures.ratio import ratio

__all__ = ["INDICATOR_QUESTIONS", "expected_indicators"]

FloatArray = NDArray[np.float64]

_DIRECT: Mapping[str, str] = {
    "A008": "Q46",
    "A165": "Q57",
    "E018": "Q45",
    "E025": "Q209",
    "F063": "Q164",
    "F118": "Q182",
    "F120": "Q184",
    "G006": "Q254",
}
_AIMS = ("Q154", "Q155")
_QUALITIES: Mapping[str, int] = {"Q8": -1, "Q14": -1, "Q15": 1, "Q17": 1}
"""With the sign that each has in the index."""

INDICATOR_QUESTIONS: tuple[str, ...] = (*_DIRECT.values(), *_AIMS, *_QUALITIES)
"""Ids of the questions that place a model on the map."""


def expected_indicators(shares: Mapping[str, ArrayLike]) -> FloatArray:
    """Expected values of the indicators.

    Parameters
    ----------
    shares : mapping of str to array_like of float, shape (n, K)
        Distributions over the options of questions among `INDICATOR_QUESTIONS`, in the order of the
        codes, as many rows each; zeros beyond the last option; NaN for no answer. An indicator whose
        questions are not all there has no value.

    Returns
    -------
    ndarray of float, shape (n, 10)
        As the survey's codes, in the order of `mores.measures.culture_map.INDICATORS`; NaN where a
        question has no answer, and for post-materialism also where both choices lie on the same aim.
    """
    given = {name: _summing_to_one(np.asarray(table)) for name, table in shares.items()}
    n = len(next(iter(given.values()))) if given else 0
    found = np.full((n, len(INDICATORS)), np.nan)
    means = {name: table @ _codes(name, table.shape[1]) for name, table in given.items()}
    for indicator, question in _DIRECT.items():
        if question in means:
            found[:, INDICATORS.index(indicator)] = means[question]
    if all(question in given for question in _AIMS):
        first, second = (given[question][:, :4] for question in _AIMS)
        found[:, INDICATORS.index("Y002")] = _post_materialism(first, second)
    if all(question in means for question in _QUALITIES):
        found[:, INDICATORS.index("Y003")] = sum(
            sign * means[question] for question, sign in _QUALITIES.items()
        )
    return found


def _codes(question: str, width: int) -> FloatArray:
    codes = wvs7().item(question).codes
    return np.pad(np.array(codes, np.float64), (0, max(0, width - len(codes))))[:width]


def _summing_to_one(shares: NDArray[np.floating]) -> FloatArray:
    """To double precision."""
    table = shares.astype(np.float64)
    return ratio(table, table.sum(axis=1, keepdims=True))


def _post_materialism(first: FloatArray, second: FloatArray) -> FloatArray:
    """Expected index: 2, less both choices materialist (1 or 3), plus both of the others."""
    both = [first[:, i] * second[:, j] + first[:, j] * second[:, i] for i, j in ((0, 2), (1, 3))]
    possible = 1 - (first * second).sum(axis=1)
    # What rounding leaves of two choices on one aim is no choice.
    return 2 + ratio(both[1] - both[0], np.where(possible > 1e-9, possible, 0.0))
