from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.ordinal_regression import fit_proportional_odds

NAN = float("nan")


def sample(seed: int, n: int = 300, p: int = 3, options: int = 4):
    """Answers of the model itself, some of them missing."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, p)) * generator.uniform(0.5, 3, p)
    latent = x @ generator.normal(0, 0.4, p) + generator.logistic(size=n)
    y = np.searchsorted(np.quantile(latent, np.arange(1, options) / options), latent)
    return x, y, generator.lognormal(0, 0.5, n)


def test_by_hand() -> None:
    # nothing to tell respondents apart: the log odds of the cumulative shares 1/2 and 3/4
    alone = fit_proportional_odds(np.empty((4, 0)), [0, 0, 1, 2], 3)
    assert alone.thresholds == pytest.approx([0, log(3)])
    assert alone.shares(np.empty((1, 0)))[0] == pytest.approx([0.5, 0.25, 0.25])
    # 3 of 4 answer low where x is 0, 1 of 4 where it is 1: log odds ratio 2 log 3
    x = np.repeat([[0.0], [1.0]], 4, axis=0)
    table = fit_proportional_odds(x, [0, 0, 0, 1, 0, 1, 1, 1], 2)
    assert table.slopes == pytest.approx([2 * log(3)])
    assert table.thresholds == pytest.approx([log(3)])
    assert table.converged
    assert table.n == 8
    assert table.shares([[0.0], [1.0], [0.5]]) == pytest.approx(
        np.array([[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]])
    )


@pytest.mark.parametrize(("seed", "options"), [(0, 2), (1, 3), (2, 4), (3, 10)])
def test_against_statsmodels(seed: int, options: int) -> None:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    x, y, _ = sample(seed, options=options)
    found = fit_proportional_odds(x, y, options)
    model = OrderedModel(y, x, distr="logit")
    # it may complain that rounding hides what is left to gain
    other = model.fit(method="bfgs", disp=0, gtol=1e-7, maxiter=500, warn_convergence=False)
    thresholds = model.transform_threshold_params(other.params)[1:-1]
    assert found.slopes == pytest.approx(other.params[: x.shape[1]], abs=1e-5)
    assert found.thresholds == pytest.approx(thresholds, abs=1e-5)
    assert found.shares(x) == pytest.approx(other.predict(x), abs=1e-6)


def test_ridge_against_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    x, y, weights = sample(4, options=2)
    weights = weights / weights.mean()
    mean = np.average(x, axis=0, weights=weights)
    sd = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weights))
    other = LogisticRegression(C=1 / 30, tol=1e-10, max_iter=1000).fit(
        (x - mean) / sd, y, sample_weight=weights
    )
    found = fit_proportional_odds(x, y, 2, weights, ridge=30)
    assert found.slopes * sd == pytest.approx(other.coef_[0], abs=1e-5)
    plain = fit_proportional_odds(x, y, 2, weights)
    assert np.abs(found.slopes * sd).sum() < np.abs(plain.slopes * sd).sum()


def test_weights_are_repeated_rows() -> None:
    x, y, _ = sample(5, n=80)
    times = np.random.default_rng(5).integers(0, 4, 80)
    weighted = fit_proportional_odds(x, y, 4, times / 7)
    repeated = fit_proportional_odds(np.repeat(x, times, 0), np.repeat(y, times), 4)
    assert weighted.slopes == pytest.approx(repeated.slopes, abs=1e-7)
    assert weighted.thresholds == pytest.approx(repeated.thresholds, abs=1e-7)
    assert weighted.n == (times > 0).sum()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.floats(0.1, 10), st.floats(-100, 100))
def test_invariance(seed: int, options: int, factor: float, shift: float) -> None:
    x, y, weights = sample(seed, n=120, options=options)
    found = fit_proportional_odds(x, y, options, weights)
    shares = found.shares(x)
    assert found.converged
    assert shares.sum(axis=1) == pytest.approx(np.ones(120))
    assert (shares >= 0).all()
    other = fit_proportional_odds(x * factor + shift, y, options, weights * 3)
    assert other.shares(x * factor + shift) == pytest.approx(shares, abs=1e-6)
    reversed_ = fit_proportional_odds(x, options - 1 - y, options, weights)
    assert reversed_.slopes == pytest.approx(-found.slopes, abs=1e-6)
    assert reversed_.shares(x) == pytest.approx(shares[:, ::-1], abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_nothing_nearby_is_likelier(seed: int) -> None:
    x, y, weights = sample(seed, n=100)
    found = fit_proportional_odds(x, y, 4, weights)

    def likelihood(slopes, thresholds):
        below = 1 / (1 + np.exp(-(thresholds - (x @ slopes)[:, None])))
        cumulative = np.hstack([np.zeros((100, 1)), below, np.ones((100, 1))])
        return weights @ np.log(np.diff(cumulative, axis=1)[np.arange(100), y])

    best = likelihood(found.slopes, found.thresholds)
    generator = np.random.default_rng(seed)
    for _ in range(10):
        slopes = found.slopes + generator.normal(0, 1e-3, 3)
        thresholds = found.thresholds + generator.normal(0, 1e-3, 3)
        assert likelihood(slopes, thresholds) < best


def test_options_that_nobody_chose() -> None:
    x, y, _ = sample(6, options=3)
    spread = fit_proportional_odds(x, np.array([1, 2, 4])[y], 6)
    packed = fit_proportional_odds(x, y, 3)
    assert spread.slopes == pytest.approx(packed.slopes)
    assert spread.thresholds[0] == -np.inf
    assert spread.thresholds[4] == np.inf
    assert spread.thresholds[2] == spread.thresholds[3]
    shares = spread.shares(x)
    assert shares[:, [1, 2, 4]] == pytest.approx(packed.shares(x))
    assert (shares[:, [0, 3, 5]] == 0).all()
    single = fit_proportional_odds(x, np.full(len(x), 2), 4)
    assert single.shares(x[:1]).tolist() == [[0, 0, 1, 0]]
    assert single.converged


def test_separation() -> None:
    x = np.arange(20.0)[:, None]
    apart = (x[:, 0] >= 10).astype(int)
    found = fit_proportional_odds(x, apart, 2)
    assert not found.converged
    assert np.isfinite(found.slopes).all()
    assert found.shares(x)[np.arange(20), apart] == pytest.approx(np.ones(20), abs=1e-3)
    assert fit_proportional_odds(x, apart, 2, ridge=0.1).converged
    quasi = np.where(x[:, 0] < 10, 0, np.array([1, 2])[np.arange(20) % 2])
    assert fit_proportional_odds(x, quasi, 3, ridge=0.1).converged


def test_constant_and_collinear_predictors() -> None:
    x, y, _ = sample(7, p=2)
    plain = fit_proportional_odds(x, y, 4)
    more = np.column_stack([x, x[:, 0] * 2 - x[:, 1], np.full(len(x), 1e6)])
    found = fit_proportional_odds(more, y, 4)
    assert found.converged
    assert found.slopes[3] == 0
    assert found.shares(more) == pytest.approx(plain.shares(x), abs=1e-7)


def test_missing() -> None:
    x, y, weights = sample(8)
    holes, answers, some = x.copy(), y.copy(), weights.copy()
    holes[::7, 1], answers[3::7], some[5::7] = NAN, -1, NAN
    left = ~np.isnan(holes).any(axis=1) & (answers >= 0) & ~np.isnan(some)
    found = fit_proportional_odds(holes, answers, 4, some)
    other = fit_proportional_odds(x[left], y[left], 4, weights[left])
    assert found.slopes == pytest.approx(other.slopes)
    assert found.n == left.sum()
    shares = found.shares(holes[:2])
    assert np.isnan(shares[0]).all()
    assert not np.isnan(shares[1]).any()
    nobody = fit_proportional_odds(x, np.full(len(x), -1), 4)
    assert not nobody.converged
    assert nobody.n == 0
    assert np.isnan(nobody.shares(x)).all()


def test_a_start_changes_nothing() -> None:
    x, y, weights = sample(9, options=5)
    start = fit_proportional_odds(x, y, 5, weights)
    for rows in (slice(40, None), np.flatnonzero(y != 2), np.flatnonzero(y > 0)):
        plain = fit_proportional_odds(x[rows], y[rows], 5, weights[rows])
        begun = fit_proportional_odds(x[rows], y[rows], 5, weights[rows], start=start)
        assert begun.slopes == pytest.approx(plain.slopes, abs=1e-7)
        assert begun.shares(x) == pytest.approx(plain.shares(x), abs=1e-7)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x": [1.0, 2.0]}, "one row a respondent"),
        ({"y": [0]}, "allowed: \\(n, p\\) and \\(n,\\)"),
        ({"y": [0, 3]}, "integers -1 … 1"),
        ({"y": [0.0, 1.0]}, "integers"),
        ({"n_options": 1}, "2 and more"),
        ({"weights": [1.0, -1.0]}, "0 or more"),
        ({"ridge": -1.0}, "ridge is -1"),
        ({"ridge": NAN}, "ridge is nan"),
    ],
)
def test_refusals(change, said: str) -> None:
    given = {"x": [[1.0], [2.0]], "y": [0, 1], "n_options": 2} | change
    with pytest.raises(ValueError, match=said):
        fit_proportional_odds(**given)


def test_shares_of_other_predictors() -> None:
    found = fit_proportional_odds([[1.0], [2.0], [1.0]], [0, 1, 1], 2)
    with pytest.raises(ValueError, match=r"allowed: \(n, 1\)"):
        found.shares([[1.0, 2.0]])
