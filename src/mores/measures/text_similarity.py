"""How alike texts are: in their words, and in a space of latent meanings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray

__all__ = ["Pair", "closest_pairs", "cosines", "latent_vectors", "word_vectors"]

_CONTENT = r"(?u)\b[^\W\d_]{2,}\b"  # of letters alone, two and more


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, by their places in what was given, the first before the second, and how alike."""

    first: int
    second: int
    similarity: float


def word_vectors(texts: Sequence[str]) -> FloatArray:
    """Texts as weighted counts of their words, of length 1.

    Words that carry no content (articles, pronouns and the like, scikit-learn's English list) are left
    out, and so are those of a single text; a word counts ``1 + log n``, times its inverse document
    frequency.

    Parameters
    ----------
    texts : sequence of str
        n of them, in English.

    Returns
    -------
    ndarray of float, shape (n, words)
        Rows of length 1, or of zeros where no word is left.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.

    References
    ----------
    Salton and Buckley (1988), doi:10.1016/0306-4573(88)90021-0.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectoriser = TfidfVectorizer(
        stop_words="english", sublinear_tf=True, min_df=2, token_pattern=_CONTENT
    )
    try:
        counted = vectoriser.fit_transform(texts)
    except ValueError:  # no word is left
        return np.zeros((len(texts), 1))
    return np.asarray(counted.toarray(), dtype=float)


def latent_vectors(words: ArrayLike, dimensions: int = 100, seed: int = 0) -> FloatArray:
    """Texts as points in a space of latent meanings that is learnt from their words (LSA).

    Parameters
    ----------
    words : array_like of float, shape (n, words)
        `word_vectors` of n texts.
    dimensions : int
        Of the space; fewer where the texts do not span as many.
    seed : int
        Of the randomised decomposition.

    Returns
    -------
    ndarray of float, shape (n, dimensions)
        Rows of length 1, or of zeros.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.

    References
    ----------
    Deerwester, Dumais, Furnas, Landauer and Harshman (1990), Indexing by latent semantic analysis.
    """
    from sklearn.decomposition import TruncatedSVD

    counted = np.asarray(words, dtype=float)
    spanned = min(dimensions, min(counted.shape) - 1)
    if spanned < 1:
        return counted
    with np.errstate(invalid="ignore", divide="ignore"):  # shares of a variance that may be 0
        placed = TruncatedSVD(spanned, random_state=seed).fit_transform(counted)
    return _of_length_one(np.asarray(placed, dtype=float))


def cosines(vectors: ArrayLike) -> FloatArray:
    """The cosine of the angle between any two rows.

    Parameters
    ----------
    vectors : array_like of float, shape (n, dimensions)

    Returns
    -------
    ndarray of float, shape (n, n)
        -1 … 1; 0 where a row is of zeros.
    """
    rows = _of_length_one(np.asarray(vectors, dtype=float))
    return np.asarray(np.clip(rows @ rows.T, -1.0, 1.0))


def _of_length_one(rows: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0))


def closest_pairs(
    similarities: ArrayLike, among: NDArray[np.bool_] | None = None, n: int | None = None
) -> list[Pair]:
    """Pairs of texts, the most alike first.

    Parameters
    ----------
    similarities : array_like of float, shape (n, n)
        Symmetric.
    among : ndarray of bool, shape (n, n), optional
        The pairs to look at; all unless given.
    n : int, optional
        How many at most.
    """
    found = np.asarray(similarities, dtype=float)
    first, second = np.triu_indices(len(found), k=1)
    if among is not None:
        wanted = among[first, second]
        first, second = first[wanted], second[wanted]
    values = found[first, second]
    order = np.argsort(-values, kind="stable")[:n]
    return [Pair(int(first[i]), int(second[i]), float(values[i])) for i in order]
