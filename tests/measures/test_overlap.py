from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import jaccard_score

from mores.measures.overlap import (
    content_words,
    english_stop_words,
    jaccard,
    overlap_coefficient,
    spearman_by_cluster,
)
from mores.measures.resampling import cluster_weights

NAN = float("nan")
words = st.frozensets(st.sampled_from("abcdefgh"))
observations = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from("uvwxyz")),
    min_size=1,
    max_size=40,
)


def test_content_words_by_hand() -> None:
    text = "You’re independent; the Society's rules, 3 classes, and your INDEPENDENCE don't matter."
    assert content_words(text) == {"indepe", "societ", "rule", "classe", "matter"}
    assert content_words(text, prefix=None) == {
        "independent",
        "society's",
        "rules",
        "classes",
        "independence",
        "matter",
    }
    assert content_words("the cat", stopwords=frozenset()) == {"the", "cat"}
    assert content_words("gas bus class glass") == {"gas", "bus", "class", "glass"}
    assert content_words("") == frozenset()
    assert content_words("foo_bar x2y") == {"foo", "bar", "x", "y"}
    with pytest.raises(ValueError, match="prefix is 0"):
        content_words("word", prefix=0)


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_content_words_of_two_texts_are_those_of_both(a, b) -> None:
    together = content_words(a + " . " + b)
    assert together == content_words(a) | content_words(b)
    assert all(len(word) <= 6 for word in together)


def test_stop_words() -> None:
    listed = english_stop_words()
    assert 200 < len(listed) < 320
    assert all(word == word.lower() and word.replace("'", "").isalpha() for word in listed)
    assert {"the", "don't", "yourself"} <= listed
    # Words with which personas and dilemmas speak of values have to stay.
    content = {"people", "family", "trust", "religion", "value", "agree", "happy", "god"}
    assert not listed & content


def test_overlap_by_hand() -> None:
    a, b = frozenset("abc"), frozenset("bcde")
    assert overlap_coefficient(a, b) == pytest.approx(2 / 3)
    assert jaccard(a, b) == pytest.approx(2 / 5)
    assert np.isnan(overlap_coefficient(a, frozenset()))
    assert np.isnan(jaccard(frozenset(), frozenset()))
    assert jaccard(a, frozenset()) == 0.0


@settings(deadline=None)
@given(words, words)
def test_overlap_properties_and_scikit_learn(a, b) -> None:
    assert overlap_coefficient(a, b) == pytest.approx(overlap_coefficient(b, a), nan_ok=True)
    assert jaccard(a, b) == pytest.approx(jaccard(b, a), nan_ok=True)
    if a and b:
        assert jaccard(a, b) <= overlap_coefficient(a, b) <= 1
        assert (overlap_coefficient(a, b) == 1) == (a <= b or b <= a)
    if a | b:
        rows = [[letter in s for letter in "abcdefgh"] for s in (a, b)]
        assert jaccard(a, b) == pytest.approx(jaccard_score(*rows))


def test_spearman_by_hand() -> None:
    result = spearman_by_cluster([1, 2, 3, 4], [10, 30, 20, 40], [0, 1, 2, 3], 100, 0)
    assert result.rho == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert (result.n, result.clusters) == (4, 4)


def test_spearman_without_variation_or_data() -> None:
    flat = spearman_by_cluster(np.full(500, 0.1), np.arange(500.0), np.arange(500), 20, 0)
    assert np.isnan(flat.rho)
    assert np.isnan([flat.interval.low, flat.interval.high]).all()
    empty = spearman_by_cluster([NAN, 1.0], [1.0, NAN], [0, 1], 20, 0)
    assert (empty.n, empty.clusters) == (0, 0)
    assert np.isnan(empty.rho)


@settings(deadline=None, max_examples=60)
@given(observations)
def test_spearman_against_scipy_in_every_draw(rows) -> None:
    x = np.array([r[0] for r in rows], dtype=float)
    y = np.array([r[1] for r in rows], dtype=float)
    labels = np.array([r[2] for r in rows])
    result = spearman_by_cluster(x, y, labels, 8, 3, level=0.5)
    assert result.rho == pytest.approx(scipy_rho(x, y), nan_ok=True)
    names = np.unique(labels)
    draws = []
    for weights in cluster_weights(len(names), 8, 3):
        rows_drawn = np.concatenate(
            [np.flatnonzero(labels == c) for c in np.repeat(names, weights)]
        )
        draws.append(scipy_rho(x[rows_drawn], y[rows_drawn]))
    defined = [rho for rho in draws if rho == rho]
    low, high = np.quantile(defined, [0.25, 0.75]) if defined else (NAN, NAN)
    assert float(result.interval.low) == pytest.approx(low, abs=1e-9, nan_ok=True)
    assert float(result.interval.high) == pytest.approx(high, abs=1e-9, nan_ok=True)


def scipy_rho(x: np.ndarray, y: np.ndarray) -> float:
    if len(set(x)) < 2 or len(set(y)) < 2:
        return NAN
    return float(stats.spearmanr(x, y).statistic)


def test_spearman_ignores_monotone_changes_and_missing_pairs() -> None:
    generator = np.random.default_rng(2)
    x = generator.uniform(0.1, 2, 60)
    y = x + generator.normal(0, 1, 60)
    clusters = np.repeat(np.arange(20), 3)
    plain = spearman_by_cluster(x, y, clusters, 200, 1)
    bent = spearman_by_cluster(np.log(x), y**3, clusters, 200, 1)
    assert plain.rho == pytest.approx(bent.rho)
    assert float(plain.interval.low) == pytest.approx(float(bent.interval.low))
    longer = spearman_by_cluster(
        np.append(x, [NAN, 5.0]), np.append(y, [1.0, NAN]), np.append(clusters, [0, 99]), 200, 1
    )
    assert (longer.rho, longer.n, longer.clusters) == (plain.rho, 60, 20)
    assert float(longer.interval.high) == float(plain.interval.high)


def test_spearman_ties_what_differs_by_rounding() -> None:
    x, y = [0.1 + 0.2, 0.3, 0.5], [1.0, 2.0, 3.0]
    expected = stats.spearmanr([0.3, 0.3, 0.5], y).statistic
    assert spearman_by_cluster(x, y, [0, 1, 2], 10, 0).rho == pytest.approx(expected)


def test_clusters_widen_the_interval() -> None:
    generator = np.random.default_rng(3)
    clusters = np.repeat(np.arange(30), 20)
    x, y = generator.normal(size=(2, 30))[:, clusters] + generator.normal(0, 0.1, (2, 600))
    apart = spearman_by_cluster(x, y, np.arange(600), 500, 0).interval
    together = spearman_by_cluster(x, y, clusters, 500, 0).interval
    assert together.high - together.low > 2.5 * (apart.high - apart.low)
    with pytest.raises(ValueError, match=r"clusters has shape \(2,\)"):
        spearman_by_cluster([1, 2, 3], [1, 2, 3], [0, 1], 10, 0)


def test_weights_count_as_often_as_they_say() -> None:
    rng = np.random.default_rng(4)
    x, y, times = rng.normal(size=60), rng.normal(size=60), rng.integers(0, 4, 60)
    clusters = np.arange(60) % 7
    found = spearman_by_cluster(x, y + x, clusters, 50, 1, weights=times)
    again = [np.repeat(values, times) for values in (x, y + x, clusters)]
    repeated = spearman_by_cluster(*again, 50, 1)
    assert found.rho == pytest.approx(repeated.rho)
    assert found.interval.low == pytest.approx(repeated.interval.low)
    assert (found.n, repeated.n) == ((times > 0).sum(), times.sum())
