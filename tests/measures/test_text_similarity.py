from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.measures.text_similarity import (
    Pair,
    closest_pairs,
    cosines,
    latent_vectors,
    word_vectors,
)


def test_word_vectors_by_hand() -> None:
    # "the" and "you" carry no content; "tram" and "ticket" stand in two texts, "bell" in one.
    vectors = word_vectors(["you the tram tram ticket", "the tram ticket", "bell", "you"])
    assert vectors.shape == (4, 2)
    # equal document frequencies: the counts 1 and 1 + ln 2 decide
    first = np.array([1.0, 1 + np.log(2)])
    assert np.sort(vectors[0]) == pytest.approx(first / np.linalg.norm(first))
    assert vectors[1] == pytest.approx([np.sqrt(0.5), np.sqrt(0.5)])
    assert not vectors[2:].any()


def test_texts_without_a_word_in_common_are_not_alike() -> None:
    assert not word_vectors(["", "the"]).any()
    assert not latent_vectors(word_vectors(["a tram", "a bell"])).any()


def test_latent_vectors_bring_together_what_words_keep_apart() -> None:
    # "boat" and "ship" never meet in a text, but have their neighbours in common.
    texts = ["boat harbour sail", "ship harbour sail", "bread oven flour", "dough oven flour"] * 2
    texts += ["boat harbour", "ship sail"]
    plain = cosines(word_vectors(texts))
    latent = cosines(latent_vectors(word_vectors(texts), dimensions=2))
    assert plain[-1, -2] == pytest.approx(0)
    assert latent[-1, -2] > 0.9
    assert latent[-1, 2] < 0.1


def test_latent_vectors_are_the_same_twice() -> None:
    texts = ["boat harbour sail", "ship harbour boat", "sail ship", "harbour ship"]
    words = word_vectors(texts)
    assert latent_vectors(words).tolist() == latent_vectors(words).tolist()


@given(st.lists(st.lists(st.floats(-9, 9), min_size=3, max_size=3), min_size=1, max_size=5))
def test_cosines_against_their_definition(rows) -> None:
    found = cosines(rows)
    for i, x in enumerate(np.array(rows)):
        for j, y in enumerate(np.array(rows)):
            norm = np.linalg.norm(x) * np.linalg.norm(y)
            if norm > 1e-9:
                assert found[i, j] == pytest.approx(x @ y / norm, abs=1e-9)
    assert cosines([[0.0, 0.0], [1.0, 0.0]]).tolist() == [[0, 0], [0, 1]]


def test_closest_pairs_by_hand() -> None:
    alike = np.array([[1, 0.2, 0.9], [0.2, 1, 0.5], [0.9, 0.5, 1]])
    assert closest_pairs(alike) == [Pair(0, 2, 0.9), Pair(1, 2, 0.5), Pair(0, 1, 0.2)]
    assert closest_pairs(alike, n=1) == [Pair(0, 2, 0.9)]
    among = np.array([[True, True, False], [True, True, False], [False, False, True]])
    assert closest_pairs(alike, among) == [Pair(0, 1, 0.2)]
    assert closest_pairs(np.eye(1)) == []
