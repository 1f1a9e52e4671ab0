from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.errors import PersonaError
from mores.personas.grid import CLASSES, classes, levels_of, positions
from mores.personas.sampling_designs import (
    QUADRANTS,
    STRATA,
    prevalence_sample,
    random_sample,
    strata,
    stratified_sample,
)
from mores.personas.variables import N_CONFIGURATIONS

M = N_CONFIGURATIONS
Y = levels_of(np.arange(M)) @ np.array([5.0, 1, 2, 4, 0, 1, 0, 3, 1, 0]) + 1
"""A value of every configuration, for estimating its mean."""


def skewed(seed=0, shape=1.0):
    drawn = np.random.default_rng(seed).gamma(shape, size=M) * Y
    return drawn / drawn.sum()


def spike(*shares):
    found = np.zeros(M)
    found[: len(shares)] = shares
    return found


BY = skewed()

DESIGNS = {
    "random": lambda n, seed: random_sample(n, seed),
    "proportional": lambda n, seed: stratified_sample(n, seed),
    "equal": lambda n, seed: stratified_sample(n, seed, "equal"),
    "with replacement": lambda n, seed: prevalence_sample(BY, n, seed),
    "systematic": lambda n, seed: prevalence_sample(BY, n, seed, replacement=False),
    "defensive": lambda n, seed: prevalence_sample(BY, n, seed, uniform_share=0.2),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_expected_numbers_sum_to_the_number_drawn(name):
    sample = DESIGNS[name](500, 3)
    assert len(sample) == 500
    assert sample.expected.sum() == pytest.approx(500)
    assert (sample.expected > 0).all()
    assert sample.indices.min() >= 0
    assert sample.indices.max() < M


@pytest.mark.parametrize("name", DESIGNS)
def test_the_seed_decides(name):
    draw = DESIGNS[name]
    np.testing.assert_array_equal(draw(50, 1).indices, draw(50, 1).indices)
    assert set(draw(50, 1).indices.tolist()) != set(draw(50, 2).indices.tolist())


@pytest.mark.parametrize("name", [name for name in DESIGNS if name != "systematic"])
@given(st.integers(16, 3000), st.integers(0, 3000), st.integers(0, 100))
@settings(max_examples=8, deadline=None)
def test_a_sample_is_the_beginning_of_a_larger_one(name, n, more, seed):
    small, large = DESIGNS[name](n, seed), DESIGNS[name](n + more, seed)
    np.testing.assert_array_equal(large.indices[:n], small.indices)


@pytest.mark.parametrize("name", [n for n in DESIGNS if n not in ("with replacement", "defensive")])
def test_nothing_is_drawn_twice_without_replacement(name):
    assert len(np.unique(DESIGNS[name](3000, 0).indices)) == 3000


def test_strata_are_quadrants_by_kind():
    levels = levels_of(np.arange(M))
    x, y = np.round(positions(levels), 9).T
    kind = classes(levels)
    assert len(STRATA) == 16
    for number, (quadrant, name) in enumerate(STRATA):
        survival, traditional = quadrant in QUADRANTS[:2], quadrant in QUADRANTS[::2]
        inside = ((x < 0) == survival) & ((y < 0) == traditional) & (kind == name)
        np.testing.assert_array_equal(strata() == number, inside)
    assert {name for _, name in STRATA} == set(CLASSES)


def test_proportional_allocation_is_near_the_strata_sizes():
    sizes = np.bincount(strata(), minlength=16)
    drawn = np.bincount(strata()[stratified_sample(2000).indices], minlength=16)
    assert (drawn >= 1).all()
    np.testing.assert_allclose(drawn, np.maximum(sizes * 2000 / M, 1), atol=1.5)


def test_equal_allocation_takes_small_strata_whole():
    sizes = np.bincount(strata(), minlength=16)
    drawn = np.bincount(strata()[stratified_sample(1600, 0, "equal").indices], minlength=16)
    small = sizes < 100
    np.testing.assert_array_equal(drawn[small], sizes[small])
    assert np.ptp(drawn[~small]) <= 1


def test_a_stratified_sample_estimates_better_than_a_random_one():
    far = positions(levels_of(np.arange(M)))[:, 0]
    errors = [
        np.std([far[draw(200, seed).indices].mean() for seed in range(60)])
        for draw in (DESIGNS["random"], DESIGNS["proportional"])
    ]
    assert errors[1] < 0.8 * errors[0]


def test_the_whole_grid_can_be_drawn_by_every_design_without_replacement():
    for sample in (
        random_sample(M),
        stratified_sample(M),
        stratified_sample(M, 0, "equal"),
        prevalence_sample(skewed(), M, replacement=False),
    ):
        assert len(np.unique(sample.indices)) == M
        assert sample.mean(Y[sample.indices]).value == pytest.approx(Y.mean())


def test_what_exceeds_an_interval_is_taken_with_certainty():
    # three draws: 0.8 would be taken 2.4 times, and is taken once; the rest share two draws
    sample = prevalence_sample(spike(0.8, 0.1, 0.06, 0.04), 3, replacement=False)
    np.testing.assert_allclose(sample.expected[:4], [1, 1, 0.6, 0.4])
    assert {0, 1} <= set(sample.indices.tolist())
    assert len(set(sample.indices.tolist())) == 3


def test_systematic_sampling_keeps_its_chances():
    p = spike(0.4, 0.3, 0.2, 0.1)
    drawn = [prevalence_sample(p, 2, seed, replacement=False).indices for seed in range(200)]
    shares = np.bincount(np.concatenate(drawn), minlength=4) / 200
    np.testing.assert_allclose(shares[:4], [0.8, 0.6, 0.4, 0.2], atol=0.12)


@given(st.integers(0, 10**6), st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_systematic_samples_are_distinct_and_of_the_number_asked(seed, n):
    rng = np.random.default_rng(seed)
    p = np.zeros(M)
    p[rng.choice(M, 60, replace=False)] = rng.gamma(0.1, size=60) + 1e-12
    sample = prevalence_sample(p / p.sum(), n, seed, replacement=False)
    assert len(set(sample.indices.tolist())) == n
    assert (p[sample.indices] > 0).all()
    assert sample.expected.max() <= 1
    assert sample.expected.sum() == pytest.approx(n)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: random_sample(M + 1), "93313"),
        (lambda: random_sample(2.5), "2.5"),
        (lambda: random_sample(True), "True"),
        (lambda: random_sample(5, -1), "seed -1"),
        (lambda: stratified_sample(15), "whole numbers from 16"),
        (lambda: stratified_sample(20, 0, "propotional"), "did you mean 'proportional'"),
        (lambda: prevalence_sample(spike(0.5, 0.5), 3, replacement=False), "from 1 to 2"),
        (lambda: prevalence_sample(spike(0.5, 0.5), 3, uniform_share=1.5), "uniform_share is 1.5"),
    ],
)
def test_unusable_requests_are_refused(call, told):
    with pytest.raises(PersonaError, match=told):
        call()
