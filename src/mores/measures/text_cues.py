"""Whether a side can be told from features that should not tell it: length, tone, single words.

A set of questions whose answers can be told from the wording of the options measures the reader's eye
for wording.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "CueAccuracy",
    "WithinSetAUC",
    "bag_of_words_accuracy",
    "telling_words",
    "within_set_auc",
]

_Z95 = 1.959963984540054
_ANY_WORD = r"(?u)\b\w+\b"  # keeps "I" and figures, which may tell as much as any word


@dataclass(frozen=True, slots=True)
class CueAccuracy:
    """How often classes are told from words alone, in groups that were not learnt from.

    Attributes
    ----------
    accuracy : float
        The larger of the two classifiers', 0 … 1.
    by_classifier : tuple of (str, float)
        Of each.
    chance : float
        Share of the most frequent class.
    n, groups : int
        Texts, and groups that they come in.
    """

    accuracy: float
    by_classifier: tuple[tuple[str, float], ...]
    chance: float
    n: int
    groups: int


@dataclass(frozen=True, slots=True)
class WithinSetAUC:
    """How often one of the first kind scores higher than one of the other, in the same set.

    Attributes
    ----------
    auc : float
        Mean over sets, 0 … 1; 0.5 where the score has no bearing on the kind; NaN without sets.
    low, high : float
        Normal 95 % interval over sets; NaN with fewer than two.
    n : int
        Sets that have both kinds.
    """

    auc: float
    low: float
    high: float
    n: int


def bag_of_words_accuracy(
    texts: Sequence[str], classes: ArrayLike, groups: Sequence[Hashable], folds: int = 10
) -> CueAccuracy:
    """How often the class of a text is told from the words in it, whatever their order.

    Two classifiers, because a cue is there if anyone can use it: logistic regression and naive Bayes,
    both on which words of at least two texts a text has. Cross-validated over groups: no text of a
    group is learnt from when its texts are told.

    Parameters
    ----------
    texts : sequence of str
        n of them.
    classes : array_like of int, shape (n,)
    groups : sequence of hashable, length n
        Two or more different ones.
    folds : int
        Parts of the groups, at most as many as there are groups.

    Raises
    ------
    ValueError
        If there are fewer than two groups or classes, or lengths differ.
    ModuleNotFoundError
        If scikit-learn is not installed.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.naive_bayes import BernoulliNB
    from sklearn.pipeline import make_pipeline

    told = np.asarray(classes)
    if not len(texts) == len(told) == len(groups):
        raise ValueError(
            f"texts, classes and groups are {len(texts)}, {len(told)} and {len(groups)} long; give one "
            "class and one group for each text"
        )
    kinds, counts = np.unique(told, return_counts=True)
    places = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    if len(places) < 2 or len(kinds) < 2:
        raise ValueError(
            f"there are {len(kinds)} classes and {len(places)} groups; give two of each, and more"
        )
    split = GroupKFold(min(folds, len(places)))
    numbered = np.array([places[group] for group in groups])
    found = []
    for name, classifier in (
        ("logistic regression", LogisticRegression(max_iter=2000)),
        ("naive Bayes", BernoulliNB()),
    ):
        words = CountVectorizer(binary=True, min_df=2, token_pattern=_ANY_WORD)
        pipeline = make_pipeline(words, classifier)
        guessed = cross_val_predict(pipeline, list(texts), told, groups=numbered, cv=split)
        found.append((name, float(np.mean(guessed == told))))
    return CueAccuracy(
        max(accuracy for _, accuracy in found),
        tuple(found),
        float(counts.max() / counts.sum()),
        len(texts),
        len(places),
    )


def within_set_auc(scores: ArrayLike, first: ArrayLike) -> WithinSetAUC:
    r"""How often, within a set of options, one of the first kind scores higher than one of the other.

    .. math:: \bar A = \frac{1}{n}\sum_s \frac{1}{|F_s||O_s|}
              \sum_{f \in F_s, o \in O_s} \left([x_f > x_o] + \tfrac12 [x_f = x_o]\right)

    with :math:`F_s` and :math:`O_s` the options of set s of the first kind and of the other. 0.5 is what
    a score without any bearing on the kind gives.

    Parameters
    ----------
    scores : array_like of float, shape (n, options)
        NaN where an option has none; it takes no part.
    first : array_like of bool, shape (options,)
        Which options are of the first kind.

    Returns
    -------
    WithinSetAUC

    Raises
    ------
    ValueError
        If the shapes do not fit.

    References
    ----------
    McGraw and Wong (1992), A common language effect size statistic, doi:10.1037/0033-2909.111.2.361.
    """
    values = np.asarray(scores, dtype=float)
    kind = np.asarray(first, dtype=bool)
    if values.ndim != 2 or values.shape[1:] != kind.shape:
        raise ValueError(
            f"scores of shape {values.shape} do not fit {len(kind)} options; give one column an option"
        )
    mine, other = values[:, kind, None], values[:, None, ~kind]
    known = np.isfinite(mine) & np.isfinite(other)
    wins = np.where(known, (mine > other) + 0.5 * (mine == other), 0.0).sum(axis=(1, 2))
    pairs = known.sum(axis=(1, 2))
    each = wins[pairs > 0] / pairs[pairs > 0]
    mean = float(each.mean()) if len(each) else float("nan")
    half = float("nan")
    if len(each) > 1:
        half = _Z95 * float(each.std(ddof=1)) / float(np.sqrt(len(each)))
    return WithinSetAUC(mean, mean - half, mean + half, len(each))


def telling_words(
    texts: Sequence[str], classes: ArrayLike, n: int = 20
) -> list[tuple[str, int, int, float]]:
    r"""The words that are most lopsided between class 1 and class 0.

    Parameters
    ----------
    texts : sequence of str
    classes : array_like of int
        1 or 0 for each text.
    n : int
        How many words at most.

    Returns
    -------
    list of (word, in class 1, in class 0, z)
        Texts with the word, by class, and the z of the difference of the two shares; by falling
        :math:`|z|`.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    told = np.asarray(classes) == 1
    counter = CountVectorizer(binary=True, token_pattern=_ANY_WORD)
    has = counter.fit_transform(texts)
    ones = np.asarray(has[told].sum(axis=0)).ravel()
    zeros = np.asarray(has[~told].sum(axis=0)).ravel()
    n1, n0 = told.sum(), (~told).sum()
    pooled = (ones + zeros) / (n1 + n0)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    difference = ones / n1 - zeros / n0
    z = np.divide(difference, error, out=np.zeros_like(difference), where=error > 0)
    words = counter.get_feature_names_out()
    order = np.argsort(-np.abs(z), kind="stable")[:n]
    return [(str(words[i]), int(ones[i]), int(zeros[i]), float(z[i])) for i in order]
