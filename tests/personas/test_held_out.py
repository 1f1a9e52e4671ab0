from __future__ import annotations

import numpy as np
import pytest

from mores.personas.held_out import log_scores
from mores.personas.smoothing import patterns
from mores.personas.variables import N_CONFIGURATIONS, variables

SIZES = [len(variable.levels) for variable in variables()]
FIRST = [0] * 10
LAST = [size - 1 for size in SIZES]


def random_levels(rng, n, unknown=0.1):
    levels = np.stack([rng.integers(size, size=n) for size in SIZES], axis=1)
    levels[rng.random(levels.shape) < unknown] = -1
    return levels[(levels >= 0).any(axis=1)]


def test_the_held_out_score_by_hand():
    # Four respondents in two folds of two: three alike, one elsewhere. With additive smoothing of mass
    # M = 93312 each cell has (count + 1) / (2 + M).
    levels = [FIRST, FIRST, FIRST, LAST]
    found = log_scores(patterns(levels), np.ones(4), "additive", [float(N_CONFIGURATIONS)], folds=2)
    # Two of the three tell the fold of the first and the last, who have 2 and 0 alike among them; the
    # first and the last tell the other two, who have 1.
    wanted = np.mean(np.log(np.array([3, 1, 2, 2]) / (2 + N_CONFIGURATIONS)))
    assert found.score[0] == pytest.approx(wanted)
    assert (found.n, found.folds, found.unseen[0]) == (4, 2, 0)


def test_what_nobody_else_holds_is_told_as_unseen():
    found = log_scores(patterns([FIRST, FIRST, FIRST, LAST]), np.ones(4), "none", [0.0], folds=4)
    assert found.score[0] == -np.inf
    assert np.isnan(found.standard_error[0])
    assert found.unseen[0] == pytest.approx(0.25)


def test_the_held_out_score_does_not_depend_on_the_order_of_respondents():
    rng = np.random.default_rng(5)
    levels = random_levels(rng, 80, 0.05)
    weights = rng.gamma(2, size=len(levels))
    order = rng.permutation(len(levels))
    one = log_scores(patterns(levels), weights, "independence", [10.0, 100.0])
    two = log_scores(patterns(levels[order]), weights[order], "independence", [10.0, 100.0])
    np.testing.assert_allclose(one.score, two.score)
    np.testing.assert_allclose(one.standard_error, two.standard_error)
    assert one.best == two.best


def test_folds_and_alphas_that_make_no_score_are_refused():
    found = patterns([FIRST, LAST])
    with pytest.raises(ValueError, match="3 folds of 2"):
        log_scores(found, np.ones(2), "additive", [1.0], folds=3)
    with pytest.raises(ValueError, match="empty"):
        log_scores(found, np.ones(2), "additive", [], folds=2)
    with pytest.raises(ValueError, match="none"):
        log_scores(found, np.ones(2), "none", [1.0], folds=2)
