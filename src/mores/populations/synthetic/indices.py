"""Exact distributions of the two indices that are computed from several items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mores.populations.derived import autonomy, post_materialism
from mores.populations.synthetic.responses import (
    ChoiceResponse,
    Latent,
    OrderedResponse,
    quadrature,
)

if TYPE_CHECKING:
    from mores.populations.synthetic.model import SyntheticModel

__all__ = ["SOURCES", "index_given", "index_shares"]

FloatArray = npt.NDArray[np.float64]

SOURCES: dict[str, tuple[str, ...]] = {
    "Y002": ("Q154", "Q155"),
    "Y003": ("Q8", "Q14", "Q15", "Q17"),
}
"""Items of which each index is computed, in the order of `mores.populations.derived`."""

_FACTOR_NODES = 9


def index_shares(model: SyntheticModel, index: str, country: str, latent: Latent) -> FloatArray:
    """Shares of an index's values in each cell of a country, shape (D, K)."""
    theta, weights = latent.nodes()
    given = index_given(model, index, country, theta)
    return np.asarray(np.einsum("dqk,q->dk", given, weights))


def index_given(model: SyntheticModel, index: str, country: str, theta: FloatArray) -> FloatArray:
    """Probabilities of an index's values (..., K) given latent positions (..., 2)."""
    responses = [model.response(item, country) for item in SOURCES[index]]
    if index == "Y002":
        second = responses[1]
        assert isinstance(second, ChoiceResponse)
        return _post_materialism(second.pairs(theta))
    ordered = [response for response in responses if isinstance(response, OrderedResponse)]
    assert len(ordered) == len(responses)
    if not any(response.factor for response in ordered):
        return _autonomy([response.given(theta) for response in ordered])
    points, weights = quadrature(_FACTOR_NODES)
    given = [response.given(theta[..., None, :], points) for response in ordered]
    return np.asarray(np.einsum("...fk,f->...k", _autonomy(given), weights))


def _post_materialism(pairs: FloatArray) -> FloatArray:
    """From probabilities (..., 4, 4) of both choices, shape (..., 3)."""
    codes = np.arange(1, 5)
    value = post_materialism(*np.meshgrid(codes, codes, indexing="ij"))
    return np.stack([np.where(value == v, pairs, 0.0).sum(axis=(-2, -1)) for v in (1, 2, 3)], -1)


def _autonomy(given: list[FloatArray]) -> FloatArray:
    """From probabilities (..., 2) of four qualities, independent of each other, shape (..., 5)."""
    mentions = np.indices((2, 2, 2, 2)).reshape(4, -1)
    values = autonomy(*(mentions + 1))
    chances = np.stack(
        [np.prod([p[..., m] for p, m in zip(given, mention, strict=True)], axis=0)
         for mention in mentions.T]
    )  # fmt: skip
    return np.stack([chances[values == value].sum(axis=0) for value in range(-2, 3)], axis=-1)
