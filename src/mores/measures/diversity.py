r"""How much answers differ: within a persona, between personas, and beside humans.

Two kinds of diversity D, each 0 where all mass is on one option and 1 where it is as spread as the
question allows: the normalised variance, with Gini–Simpson :math:`\frac{K}{K-1}(1 - \sum_k p_k^2)` for
nominal questions, or the entropy over that of a uniform answer. Both are concave, and so the diversity
of a mixture falls apart without rest:

.. math:: D\Bigl(\sum_i w_i p_i\Bigr) = \sum_i w_i D(p_i) + \text{between}

Within is what a persona would answer differently if asked again; between is what personas differ by: the
variance of their means, or the Jensen–Shannon divergence. Of humans only the total is seen, since a
survey asks once; ratios are to it. Single answers say nothing of what lies within a persona: feed
distributions.

References
----------
Rao (1982), Theoretical Population Biology 21(1), 24–43, doi:10.1016/0040-5809(82)90004-1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.group_sums import GroupSums
from mores.measures.inputs import FloatArray, IntArray
from mores.measures.mixture_sums import MixtureAccumulator
from mores.measures.ordinal import normalised_variance
from mores.measures.ratio import ratio
from mores.measures.scales import one_distribution, one_flag_each

__all__ = ["Diversity", "DiversityAccumulator", "Kind", "diversity", "diversity_ratio"]

Kind: TypeAlias = Literal["variance", "entropy"]

_BLOCK = 1 << 19


def diversity(
    p: ArrayLike, ordered: ArrayLike, n_options: ArrayLike | None = None, kind: Kind = "variance"
) -> FloatArray:
    """Diversity of distributions over options.

    Parameters
    ----------
    p : array_like, shape (..., K)
        Distributions; see `mores.measures.ordinal` for what is missing.
    ordered : array_like of bool, shape (...)
        Whether the order of the options means something; without effect on the entropy.
    n_options : array_like of int, shape (...), optional
        Options of each distribution, 2 … K; K if None.
    kind : {"variance", "entropy"}
        See the module.

    Returns
    -------
    ndarray of float, shape (...)
        0 … 1; NaN where the distribution is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, something is no distribution, or the kind has another name.
    """
    if kind not in get_args(Kind):
        raise ValueError(
            f"kind is {kind!r}; allowed: {', '.join(map(repr, get_args(Kind)))}; choose one"
        )
    shares, options = one_distribution(p, n_options)
    kinds = one_flag_each(ordered, options.shape, "ordered")
    if kind == "entropy":
        logs = np.log(np.where(shares > 0, shares, 1.0))
        entropy = -(shares * logs).sum(axis=-1) / np.log(options)
        return np.asarray(entropy.clip(0.0, 1.0))
    spread = normalised_variance(shares, options)
    differs = (1 - (shares**2).sum(axis=-1)) * options / (options - 1)
    return np.asarray(np.where(kinds, spread, differs.clip(0.0, 1.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Diversity:
    """Diversity of groups of personas; the axes before the last are those of the mixtures.

    Attributes
    ----------
    within : ndarray of float, shape (..., Q)
        Weighted mean over personas of the diversity of their own distributions, 0 … 1.
    total : ndarray of float, shape (..., Q)
        Diversity of the mixture, 0 … 1, at least `within`.
    """

    within: FloatArray
    total: FloatArray

    @property
    def between(self) -> FloatArray:
        """What personas differ by: the total less what lies within."""
        return np.asarray((self.total - self.within).clip(min=0.0))


def diversity_ratio(personas: ArrayLike, humans: ArrayLike) -> FloatArray:
    """Diversity over that of humans: sums over the questions that have both.

    Parameters
    ----------
    personas, humans : array_like, shape (..., Q)
        Diversities, broadcast against each other; NaN for missing.

    Returns
    -------
    ndarray of float, shape (...)
        1 if alike, below 1 if personas are the more uniform; NaN without a question, or if humans
        do not differ on any.
    """
    ours, theirs = np.broadcast_arrays(
        np.asarray(personas, dtype=np.float64), np.asarray(humans, dtype=np.float64)
    )
    both = ~(np.isnan(ours) | np.isnan(theirs))
    return ratio(np.where(both, ours, 0.0).sum(axis=-1), np.where(both, theirs, 0.0).sum(axis=-1))


@dataclass(slots=True, eq=False)
class DiversityAccumulator:
    """Diversity of groups of personas, fed in blocks.

    Attributes
    ----------
    mixture : MixtureAccumulator
        Of groups, questions, weightings and clusters; fed by this object, and of use by itself.
    ordered : ndarray of bool, shape (Q,)
        Whether the order of a question's options means something.
    kind : {"variance", "entropy"}
        See the module.
    """

    mixture: MixtureAccumulator
    ordered: NDArray[np.bool_]
    kind: Kind = "variance"
    _own: GroupSums = field(init=False)

    def __post_init__(self) -> None:
        questions = self.mixture.n_options.size
        self.ordered = one_flag_each(self.ordered, (questions,), "ordered")
        if self.mixture.n.any():
            raise ValueError(
                "the mixture has been fed before; allowed: an empty one; make a new one"
            )
        self._own = GroupSums(
            self.mixture.n_groups,
            2 * questions,
            self.mixture.n_weightings,
            self.mixture.n_clusters,
        )

    def add(
        self,
        shares: ArrayLike,
        groups: ArrayLike,
        weights: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
    ) -> None:
        """Add a block of distributions, as `MixtureAccumulator.add`, which see."""
        self.mixture.add(shares, groups, weights, clusters)
        table = np.asarray(shares)
        own = np.empty((len(table), self.mixture.n_options.size))
        rows = max(1, _BLOCK // (own.shape[1] * self.mixture.width))
        for start in range(0, len(table), rows):
            part = table[start : start + rows]
            own[start : start + rows] = diversity(
                part, self.ordered, self.mixture.n_options, self.kind
            )
        there = ~np.isnan(own)
        columns = np.concatenate([np.where(there, own, 0.0), there], axis=1)
        self._own.add(columns, groups, weights, clusters)

    def parts(self) -> Diversity:
        """Diversity (W, G, Q); NaN where nobody has a distribution."""
        return self._parts(self._own.totals.sum(axis=0), self.mixture.shares())

    def draws(self, weights: ArrayLike, group: int) -> Diversity:
        """Bootstrap draws (B, W, Q) of one group; parameters as in `MixtureAccumulator.draws`."""
        mixed = self.mixture.draws(weights, group)
        sums = self._own.totals[:, :, group]
        drawn = np.asarray(weights, dtype=np.float64) @ sums.reshape(len(sums), -1)
        return self._parts(drawn.reshape(len(mixed), *sums.shape[1:]), mixed)

    def _parts(self, sums: FloatArray, mixed: FloatArray) -> Diversity:
        own, there = np.split(sums, 2, axis=-1)
        options: IntArray = self.mixture.n_options
        return Diversity(ratio(own, there), diversity(mixed, self.ordered, options, self.kind))
