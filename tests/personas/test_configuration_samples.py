from __future__ import annotations

import numpy as np
import pytest

from mores.errors import PersonaError
from mores.personas.configuration_samples import (
    checked_weights,
    chosen_configurations,
)
from mores.personas.grid import levels_of
from mores.personas.sampling_designs import (
    all_configurations,
    prevalence_sample,
    random_sample,
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


def test_all_configurations_have_the_means_of_the_grid():
    sample = all_configurations()
    assert sample.mean(Y).value == pytest.approx(Y.mean())
    assert sample.mean(Y, skewed()).value == pytest.approx(skewed() @ Y)
    assert sample.n_effective() == pytest.approx(M)
    assert len(sample) == M


@pytest.mark.parametrize("name", DESIGNS)
def test_both_means_are_unbiased_over_samples(name):
    """Unnormalised weighted sums have the means of the grid as their expectation."""
    runs, p = 100, skewed(7, 2.0)
    sums = np.empty((runs, 2))
    for run in range(runs):
        sample = DESIGNS[name](200, run)
        y = Y[sample.indices]
        sums[run] = [
            sample.weights(normalised=False) @ y,
            sample.weights(p, normalised=False) @ y,
        ]
    error = sums.std(axis=0, ddof=1) / np.sqrt(runs)
    assert (np.abs(sums.mean(axis=0) - [Y.mean(), p @ Y]) < 4 * error + 1e-9).all()


@pytest.mark.parametrize("name", DESIGNS)
def test_normalised_means_approach_those_of_the_grid(name):
    p = skewed(7, 2.0)
    means = [
        (sample.mean(Y[sample.indices]).value, sample.mean(Y[sample.indices], p).value)
        for sample in (DESIGNS[name](1000, seed) for seed in range(40))
    ]
    # A bias of the order 1/n is far below this.
    np.testing.assert_allclose(np.mean(means, axis=0), [Y.mean(), p @ Y], rtol=0.01)


def test_the_standard_error_is_the_spread_of_means():
    p = skewed(shape=5.0)
    samples = [prevalence_sample(p, 400, seed) for seed in range(200)]
    found = [sample.mean(Y[sample.indices]) for sample in samples]
    spread = np.std([mean.value for mean in found])
    assert np.mean([mean.standard_error for mean in found]) == pytest.approx(spread, rel=0.15)


def test_a_sample_by_prevalence_weighs_its_own_prevalence_evenly():
    p = skewed(shape=0.1)
    sample = prevalence_sample(p, 300)
    np.testing.assert_allclose(sample.weights(p), 1 / 300)
    assert sample.n_effective(p) == pytest.approx(300)
    assert sample.n_effective() < 150


def test_weights_by_hand():
    # 0 has three quarters, 1 a quarter: to each target its share over the expected number
    sample = prevalence_sample(spike(0.75, 0.25), 4)
    target = spike(0.5, 0.5)
    wanted = np.where(sample.indices == 0, 0.5 / 3, 0.5 / 1)
    np.testing.assert_allclose(sample.weights(target, normalised=False), wanted)


def test_a_mean_by_hand():
    sample = chosen_configurations([4, 8, 15, 16], [0.1, 0.2, 0.3, 0.4])
    found = sample.mean([1.0, 2.0, np.nan, 4.0])
    assert found.value == pytest.approx((0.1 + 0.4 + 1.6) / 0.7)
    assert found.coverage == pytest.approx(0.7)
    assert found.n == 3
    assert found.n_effective == pytest.approx(0.7**2 / (0.01 + 0.04 + 0.16))
    share = np.array([1, 2, 4]) / 7
    spread = (share**2 * (np.array([1, 2, 4]) - 3) ** 2).sum() * 3 / 2
    assert found.standard_error == pytest.approx(np.sqrt(spread))
    nothing = sample.mean([np.nan] * 4)
    assert np.isnan(nothing.value)
    assert (nothing.n, nothing.coverage) == (0, 0)


def test_what_the_design_cannot_reach_is_not_estimated():
    sample = prevalence_sample(spike(0.5, 0.5), 10)
    with pytest.raises(PersonaError, match="cannot take 93310 configurations"):
        sample.weights()
    part = prevalence_sample(spike(0.5, 0.5), 10, uniform_share=0.5)
    assert part.weights().sum() == pytest.approx(1)


def test_a_sample_without_any_weight_under_the_target_is_told():
    elsewhere = np.zeros(M)
    elsewhere[int(np.setdiff1d(np.arange(M), random_sample(5).indices)[0])] = 1.0
    with pytest.raises(PersonaError, match="no configuration of the sample has any weight"):
        random_sample(5).weights(elsewhere)


def test_distinct_configurations_and_the_place_of_each_draw():
    sample = prevalence_sample(spike(0.2, 0.5, 0.3), 20, 4)
    ask, place = sample.distinct()
    np.testing.assert_array_equal(ask[place], sample.indices)
    assert len(set(ask.tolist())) == len(ask)
    assert place[0] == 0
    assert ask[0] == sample.indices[0]


def test_chosen_configurations_take_a_targets_shares_among_themselves():
    sample = chosen_configurations([1, 0])
    np.testing.assert_allclose(sample.weights(), [0.5, 0.5])
    np.testing.assert_allclose(sample.weights(spike(0.3, 0.1, 0.6)), [0.25, 0.75])


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: random_sample(0),
            "sample of 0 configurations; allowed: whole numbers from 1 to 93312",
        ),
        (lambda: prevalence_sample(spike(0.5, 0.4), 3), r"sum to 0\.9;"),
        (lambda: prevalence_sample(spike(1.5, -0.5), 3), r"-0\.5 at place 1"),
        (lambda: prevalence_sample(spike(1.0, np.nan), 3), "nan at place 1"),
        (lambda: prevalence_sample(spike(np.inf), 3), "inf at place 0"),
        (lambda: prevalence_sample([1.0], 3), r"shape \(1,\)"),
        (lambda: checked_weights(["a"], 1), "give numbers"),
        (lambda: chosen_configurations([1, 1]), "1 is given twice"),
        (lambda: chosen_configurations([M]), "93312 does not exist"),
        (lambda: chosen_configurations([]), "no configurations"),
        (lambda: chosen_configurations([1, 2], [0.5, 0.6]), r"sum to 1\.1"),
    ],
)
def test_unusable_requests_are_refused(call, told):
    with pytest.raises(PersonaError, match=told):
        call()


def test_values_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="shape"):
        random_sample(5).mean([1.0])
    with pytest.raises(ValueError, match="finite"):
        random_sample(1).mean([np.inf])
