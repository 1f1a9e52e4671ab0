"""Words that two texts share, and rank correlation when observations come in clusters.

If a persona's description and a dilemma use the same words, a model can match them without reasoning
about either (anchoring). Overlap is measured on sets of content words; its relation to alignment is
a rank correlation with an interval over dilemmas.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.correlation import survey_weights
from mores.measures.inputs import FloatArray, IntArray, Seed, paired
from mores.measures.ratio import ratio
from mores.measures.resampling import cluster_weights, percentile_interval
from mores.measures.results import Interval
from mores.measures.ties import settled

__all__ = [
    "RankCorrelation",
    "content_words",
    "english_stop_words",
    "jaccard",
    "overlap_coefficient",
    "spearman_by_cluster",
]

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_BLOCK = 1 << 17  # cells of a table in memory; small, so that it stays in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class RankCorrelation:
    """Spearman's rank correlation with a bootstrap interval over clusters.

    Attributes
    ----------
    rho : float
        -1 … 1; NaN when either variable does not vary.
    interval : Interval
        Percentile interval of the bootstrap, ends zero-dimensional.
    n : int
        Complete pairs.
    clusters : int
        Clusters that hold them.
    """

    rho: float
    interval: Interval
    n: int
    clusters: int


@cache
def english_stop_words() -> frozenset[str]:
    """English words that carry no content of their own, from this package's list.

    Returns
    -------
    frozenset of str
        In lower case, contractions with a straight apostrophe.
    """
    source = resources.files("mores.measures").joinpath("data", "stopwords-en.txt")
    lines = source.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def content_words(
    text: str, stopwords: Set[str] | None = None, prefix: int | None = 6
) -> frozenset[str]:
    """The content words of a text, crudely brought to a common form.

    Text is put in lower case, stop words are taken out, a possessive ``'s`` and then a final ``s``
    (not ``ss``) of words above three letters are cut off, and the rest is cut to its first `prefix`
    letters. So *independent* and *independence* are one word, and so, wrongly, are *internet* and
    *international*: it is no stemmer.

    Parameters
    ----------
    text : str
        English prose; digits and punctuation are ignored.
    stopwords : set of str, optional
        Words in lower case to leave out; `english_stop_words` when None.
    prefix : int or None
        Letters to keep, at least 1; None leaves words as they are, without cutting anything.

    Returns
    -------
    frozenset of str
        Forms, each once.

    Raises
    ------
    ValueError
        If `prefix` is below 1.
    """
    if prefix is not None and prefix < 1:
        raise ValueError(f"prefix is {prefix}; allowed: 1 and more, or None; try 6")
    skipped = english_stop_words() if stopwords is None else stopwords
    plain = unicodedata.normalize("NFKC", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    words = (word for word in _WORD.findall(plain.lower()) if word not in skipped)
    if prefix is None:
        return frozenset(words)
    return frozenset(_form(word)[:prefix] for word in words)


def _form(word: str) -> str:
    stem = word.removesuffix("'s")
    if len(stem) > 3 and stem.endswith("s") and not stem.endswith("ss"):
        return stem[:-1]
    return stem


def overlap_coefficient(a: Set[str], b: Set[str]) -> float:
    """Words in both over words in the smaller set (Szymkiewicz–Simpson).

    It does not fall merely because one text is longer, as `jaccard` does.

    Parameters
    ----------
    a, b : set of str
        From `content_words`.

    Returns
    -------
    float
        0 (none shared) … 1 (one contains the other); NaN if either is empty.
    """
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else float("nan")


def jaccard(a: Set[str], b: Set[str]) -> float:
    """Words in both over words in either.

    Parameters
    ----------
    a, b : set of str
        From `content_words`.

    Returns
    -------
    float
        0 (none shared) … 1 (equal); NaN if both are empty.
    """
    either = len(a | b)
    return len(a & b) / either if either else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """Values in ascending order, those that are equal as one level.

    Attributes
    ----------
    order : int array, shape (n,)
        Which value stands at each place.
    starts : int array, shape (levels,)
        The first place of each level.
    level : int array, shape (n,)
        The level of each value.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    level: NDArray[np.intp]

    @classmethod
    def of(cls, values: FloatArray) -> _Ranked:
        order = np.argsort(values, kind="stable")
        rises = np.concatenate(([True], np.diff(values[order]) > 0))
        level = np.empty(len(values), dtype=np.intp)
        level[order] = np.cumsum(rises) - 1
        return cls(order, np.flatnonzero(rises), level)

    def centred(self, weights: FloatArray) -> FloatArray:
        """Mid-ranks (B, levels) in samples whose weights (B, n) stand in this order, less their mean.

        That mean is half of the last rank's upper end. Where all weight is on one level its rank is 0.
        """
        size = weights
        if len(self.starts) < len(self.order):
            size = np.add.reduceat(weights, self.starts, axis=1)
        ranks = np.cumsum(size, axis=1)
        middle = ranks[:, -1:] / 2.0
        ranks -= size / 2.0
        ranks -= middle
        return ranks


def spearman_by_cluster(
    x: ArrayLike,
    y: ArrayLike,
    clusters: ArrayLike,
    draws: int,
    seed: Seed,
    level: float = 0.95,
    weights: ArrayLike | None = None,
) -> RankCorrelation:
    """Spearman's rank correlation with an interval that respects clusters.

    Clusters are drawn with replacement and ranks are taken anew in every draw, so that pairs which
    share a cluster (a dilemma's personas) do not pass as independent.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Variables; a pair with either missing (NaN) is left out. Values that differ only by
        rounding errors are ties.
    clusters : array_like, shape (n,)
        Label of the cluster of each pair.
    draws : int
        Number of draws, at least 1.
    seed : int or numpy.random.Generator
        Randomness.
    level : float
        Nominal coverage, between 0 and 1.
    weights : array_like, shape (n,), optional
        Of the pairs, 0 and more; NaN or 0 leaves a pair out. 1 each if None. Ranks are those of a
        sample in which each pair stands as often as it weighs.

    Returns
    -------
    RankCorrelation
        NaN when either variable does not vary; draws in which it does not are left out.

    Raises
    ------
    ValueError
        If shapes do not fit or an infinity is met.
    """
    first, second = paired(x, y, ("x", "y"))
    labels = np.asarray(clusters)
    if first.ndim != 1 or labels.shape != first.shape:
        raise ValueError(
            f"x has shape {first.shape} and clusters has shape {labels.shape}; allowed: (n,) for "
            "both; flatten them together"
        )
    own = survey_weights(np.ones(len(first)) if weights is None else weights, len(first))
    both = ~(np.isnan(first) | np.isnan(second)) & (own > 0)
    names, index = np.unique(labels[both], return_inverse=True)
    n = int(both.sum())
    if n == 0:
        nothing = percentile_interval([np.nan], level)
        return RankCorrelation(float("nan"), nothing, 0, 0)
    ranked = _Ranked.of(settled(first[both])), _Ranked.of(settled(second[both]))
    taken = cluster_weights(len(names), draws, seed).astype(np.float64)
    rho = _correlations(np.ones((1, len(names))), index, ranked, own[both])
    sampled = _correlations(taken, index, ranked, own[both])
    interval = percentile_interval(sampled, level)
    return RankCorrelation(float(rho[0]), interval, n, len(names))


def _correlations(
    weights: FloatArray, index: IntArray, ranked: tuple[_Ranked, _Ranked], own: FloatArray
) -> FloatArray:
    """Rank correlation of every row of cluster weights (B, C), in blocks that bound the memory.

    All is done in the order of the first variable, so that of its ranks nothing has to be looked up.
    """
    first, second = ranked
    x_level, y_level = first.level[first.order], second.level[first.order]
    result = np.empty(len(weights))
    block = max(1, _BLOCK // len(index))
    for start in range(0, len(weights), block):
        rows = weights[start : start + block]
        w, by_second = (np.take(rows, index[one.order], axis=1) * own[one.order] for one in ranked)
        x, y = first.centred(w), second.centred(by_second)
        if x.shape[1] < len(index):
            x = np.take(x, x_level, axis=1)
        y = np.take(y, y_level, axis=1)
        wx, wy = w * x, w * y
        spread = np.sqrt(_dot(wx, x) * _dot(wy, y))
        result[start : start + block] = np.clip(ratio(_dot(wx, y), spread), -1.0, 1.0)
    return result


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Products of rows, shape (B,)."""
    return np.asarray(np.einsum("bi,bi->b", a, b))
