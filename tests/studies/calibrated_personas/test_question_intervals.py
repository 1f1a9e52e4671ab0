"""Intervals of means over questions."""

import numpy as np
import pytest

from mores.measures.resampling import cluster_weights, interval_of
from mores.studies.calibrated_personas.question_intervals import centred, known_mean


def test_the_interval_of_a_mean_absolute_error_covers_what_so_many_personas_have():
    """Questions whose true error is near 0: uncentred draws lie above their own estimate."""
    generator = np.random.default_rng(11)
    questions, n, draws = 35, 20, 300
    bias = generator.normal(0, 0.01, questions)

    def sample():
        common = generator.normal(0, 0.6, (n, 1))
        return bias + 0.15 * (common + 0.8 * generator.normal(size=(n, questions)))

    expected = np.mean([np.abs(sample().mean(axis=0)).mean() for _ in range(3000)])
    inside, plain = [], []
    for _ in range(200):
        personas = sample()
        estimate = np.abs(personas.mean(axis=0)).mean()
        taken = cluster_weights(n, draws, generator)
        errors = np.abs(taken @ personas / n).mean(axis=1)
        for kept, made in ((inside, centred(errors, estimate)), (plain, errors)):
            ends = interval_of(made, 0.95, n)
            kept.append(bool(ends.low <= expected <= ends.high))
            if kept is inside:
                assert ends.low <= estimate <= ends.high
    assert np.mean(inside) > 0.88
    assert np.mean(plain) < np.mean(inside)


def test_centred_draws_keep_their_scatter():
    draws = np.array([[0.2, 1.0], [0.4, np.nan], [0.6, 3.0]])
    moved = centred(draws, np.array([0.1, 1.0]))
    np.testing.assert_allclose(known_mean(moved, axis=0), [0.1, 1.0])
    np.testing.assert_allclose(moved[:, 0], [-0.1, 0.1, 0.3])
    assert np.isnan(moved[1, 1])


def test_one_persona_has_no_interval():
    assert np.isnan(interval_of(np.array([0.1, 0.2]), 0.95, 1).low)
    assert known_mean(np.array([np.nan, 1.0])) == pytest.approx(1.0)
