from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures import mixtures as module
from mores.measures.mixtures import mixtures
from mores.measures.ordinal import mean_score
from mores.measures.tilting import scale_temperature, tilt

NAN = float("nan")
OPTIONS = np.array([2, 4, 10])


def people(n: int, seed: int = 0, missing: float = 0.1, certain: float = 0.1):
    """Personas' distributions over scales of different length: some missing, some degenerate."""
    rng = np.random.default_rng(seed)
    p = np.full((n, len(OPTIONS), OPTIONS.max()), NAN)
    for item, k in enumerate(OPTIONS):
        p[:, item, :k] = rng.dirichlet(np.ones(k), n)
        sure = rng.random(n) < certain
        p[sure, item, :k] = np.eye(k)[rng.integers(0, k, sure.sum())]
    p[rng.random(p.shape[:2]) < missing] = NAN
    return p, rng.lognormal(0, 1, n)


def test_by_hand() -> None:
    p = [[[0.25, 0.5, 0.25]], [[0, 1, 0]], [[NAN, NAN, NAN]], [[0.5, 0, 0.5]]]
    found = mixtures(p, [1, 1e9], [2, 1, 5, 0])
    assert found.shares[0, 0, 0] == pytest.approx([1 / 6, 2 / 3, 1 / 6])
    assert found.shares[1, 0, 0] == pytest.approx([2 / 9, 5 / 9, 2 / 9])
    assert (found.personas, found.missing, found.degenerate) == (2, 1, 1)
    assert found.unconverged.tolist() == [[[0]], [[0]]]


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 40),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["tilting", "scaling"]),
    st.sampled_from([20, 200, 1 << 16]),
)
def test_against_loops(n, n_groups, seed, method, block) -> None:
    p, weights = people(n, seed)
    rng = np.random.default_rng(seed)
    groups, heat = rng.integers(0, n_groups, n), rng.uniform(0.2, 8, 3)
    change = tilt if method == "tilting" else scale_temperature
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", block)
        found = mixtures(p, heat, weights, groups, n_groups, n_options=OPTIONS, method=method)
    assert found.shares.shape == (3, n_groups, 3, 10)
    for g, item in np.ndindex(n_groups, 3):
        k = OPTIONS[item]
        own = [i for i in range(n) if groups[i] == g and not np.isnan(p[i, item, 0])]
        assert found.personas[g, item] == len(own)
        assert found.missing[g, item] == (groups == g).sum() - len(own)
        assert found.degenerate[g, item] == sum(p[i, item, :k].max() == 1 for i in own)
        assert np.isnan(found.shares[:, g, item, k:]).all()
        for t, temperature in enumerate(heat):
            if not own:
                assert np.isnan(found.shares[t, g, item]).all()
                continue
            each = [change(p[i, item, :k], temperature).probabilities for i in own]
            expected = np.average(each, axis=0, weights=weights[own])
            np.testing.assert_allclose(found.shares[t, g, item, :k], expected, atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_tilting_keeps_the_mean_of_the_population(seed) -> None:
    p, weights = people(30, seed)
    found = mixtures(p, [0.05, 1, 3, 100], weights, n_options=OPTIONS)
    means = mean_score(found.shares, OPTIONS)
    np.testing.assert_allclose(means, np.broadcast_to(means[1], means.shape), atol=1e-9)


def test_equal_profiles_can_share_an_answer_and_add_their_weights() -> None:
    p, weights = people(10)
    twice = mixtures(np.concatenate([p, p]), [2], np.tile(weights, 2), n_options=OPTIONS)
    once = mixtures(p, [2], 2 * weights, n_options=OPTIONS)
    np.testing.assert_allclose(twice.shares, once.shares)
    np.testing.assert_array_equal(twice.personas, 2 * once.personas)


def test_positions() -> None:
    p, r = np.random.default_rng(0).dirichlet(np.ones(4), (6, 1)), [1, 2, 5, 9]
    found = mixtures(p, [4], positions=r).shares[0, 0]
    np.testing.assert_allclose(found, tilt(p, 4, positions=r).probabilities.mean(axis=0))


P = np.full((3, 2, 4), 0.25)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mixtures(P[0], [1]), r"probabilities has shape \(2, 4\)"),
        (lambda: mixtures(P * 2, [1]), "probabilities sums to 2"),
        (lambda: mixtures(P[:0], [1]), "number of personas is 0"),
        (lambda: mixtures(P, 1), "a list of numbers"),
        (lambda: mixtures(P, [1, NAN]), "none missing"),
        (lambda: mixtures(P, [0]), r"0\.001 and more"),
        (lambda: mixtures(P, [1], [1, 1]), r"weights has shape \(2,\)"),
        (lambda: mixtures(P, [1], [1, 1, -1]), "least value -1"),
        (lambda: mixtures(P, [1], [1, 1, NAN]), "none missing"),
        (lambda: mixtures(P, [1], groups=[0, 1, 2], n_groups=2), r"allowed: 0 … 1"),
        (lambda: mixtures(P, [1], n_options=[[4, 4]] * 3), "the same options for every persona"),
        (lambda: mixtures(P, [1], method="melting"), "'tilting', 'scaling'"),
        (lambda: mixtures(P, [1], positions=[4, 3, 2, 1]), "do not ascend"),
    ],
)
def test_messages(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()
