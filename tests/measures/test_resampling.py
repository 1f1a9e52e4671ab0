from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from mores.measures.agreement import cohen_kappa, f1_agree, sign_counts
from mores.measures.resampling import (
    ClusterBootstrap,
    bootstrap_ratio,
    bootstrap_statistic,
    cluster_sums,
    cluster_weights,
    percentile_interval,
    two_way_mean,
)

NAN = float("nan")


def test_weights_are_multinomial() -> None:
    weights = cluster_weights(50, 20_000, 4)
    assert weights.shape == (20_000, 50)
    assert (weights.sum(axis=1) == 50).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(50), abs=0.05)
    assert weights.var() == pytest.approx(1 - 1 / 50, rel=0.01)
    covariance = np.cov(weights[:, 0], weights[:, 1])[0, 1]
    assert covariance == pytest.approx(-1 / 50, abs=0.025)


def test_weights_are_seeded() -> None:
    np.testing.assert_array_equal(cluster_weights(9, 40, 1), cluster_weights(9, 40, 1))
    assert (cluster_weights(9, 40, 1) != cluster_weights(9, 40, 2)).any()
    np.testing.assert_array_equal(cluster_weights(1, 3, 0), [[1]] * 3)


def test_blocks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    from mores.measures import resampling

    whole = cluster_weights(7, 100, 3)
    mean = bootstrap_ratio(np.arange(7.0), np.ones(7), whole)
    monkeypatch.setattr(resampling, "_BLOCK", 30)
    np.testing.assert_array_equal(cluster_weights(7, 100, 3), whole)
    np.testing.assert_array_equal(bootstrap_ratio(np.arange(7.0), np.ones(7), whole), mean)


def test_cluster_sums_by_hand() -> None:
    sums, counts = cluster_sums([1.0, 2.0, NAN, 4.0, NAN], [0, 0, 0, 2, 1], 4)
    assert sums.tolist() == [3.0, 0.0, 4.0, 0.0]
    assert counts.tolist() == [2.0, 0.0, 1.0, 0.0]


def test_ratio_by_hand() -> None:
    weights = np.array([[2, 0], [1, 1], [0, 2]])
    draws = bootstrap_ratio([3.0, 4.0], [2.0, 1.0], weights)
    assert draws.tolist() == [1.5, 7 / 3, 4.0]
    assert np.isnan(bootstrap_ratio([3.0, 0.0], [2.0, 0.0], weights)[2])


def test_draws_equal_resampled_data() -> None:
    generator = np.random.default_rng(0)
    clusters = generator.integers(0, 12, 80)
    values = generator.normal(size=80)
    values[::9] = NAN
    boot = ClusterBootstrap.draw(12, 30, 5)
    draws = boot.mean(*cluster_sums(values, clusters, 12))
    for weights, mean in zip(boot.weights, draws, strict=True):
        sample = np.concatenate([values[clusters == c] for c in np.repeat(np.arange(12), weights)])
        assert mean == pytest.approx(np.nanmean(sample))


def test_draws_of_counts_equal_resampled_signs() -> None:
    generator = np.random.default_rng(1)
    clusters = np.repeat(np.arange(15), 4)
    value, action = generator.choice([-1, 1], (2, 60))
    boot = ClusterBootstrap.draw(15, 25, 5)
    counts = sign_counts(value, action, clusters, 15)
    draws = boot.of_counts(counts, cohen_kappa)
    for weights, kappa in zip(boot.weights, draws, strict=True):
        rows = np.concatenate(
            [np.flatnonzero(clusters == c) for c in np.repeat(np.arange(15), weights)]
        )
        assert kappa == pytest.approx(float(cohen_kappa(sign_counts(value[rows], action[rows]))))
    stacked = boot.of_counts(np.stack([counts, 2 * counts], axis=1), f1_agree)
    assert stacked.shape == (25, 2)
    np.testing.assert_allclose(stacked[:, 0], stacked[:, 1])


def test_interval_against_scipy_bootstrap() -> None:
    values = np.random.default_rng(2).normal(3, 2, 60)
    ours = percentile_interval(ClusterBootstrap.draw(60, 20_000, 0).mean(values, np.ones(60)))
    oracle = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(9)
    ).confidence_interval
    assert float(ours.low) == pytest.approx(oracle.low, abs=0.02)
    assert float(ours.high) == pytest.approx(oracle.high, abs=0.02)


@settings(deadline=None)
@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=8),
        elements=st.one_of(st.floats(-1e3, 1e3), st.just(NAN)),
    ),
    st.floats(0.01, 0.99),
)
def test_percentiles_against_numpy(draws, level) -> None:
    interval = percentile_interval(draws, level)
    for ends, quantile in ((interval.low, (1 - level) / 2), (interval.high, (1 + level) / 2)):
        columns = draws.reshape(len(draws), -1)
        oracle = [
            np.quantile(column[~np.isnan(column)], quantile) if (column == column).any() else NAN
            for column in columns.T
        ]
        assert ends.shape == draws.shape[1:]
        np.testing.assert_allclose(ends.ravel(), oracle, atol=1e-9)


def test_percentiles_by_hand() -> None:
    interval = percentile_interval([NAN, *range(101)], 0.9)
    assert (float(interval.low), float(interval.high)) == pytest.approx((5.0, 95.0))
    assert interval.level == 0.9


def simulate_clusters(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Clusters of unequal size whose values share an effect; the true mean is 0."""
    sizes = generator.integers(1, 8, 60)
    effects = generator.normal(0, 1, 60)
    clusters = np.repeat(np.arange(60), sizes)
    return effects[clusters] + generator.normal(0, 0.5, clusters.size), clusters


def test_coverage_of_the_interval_of_a_mean_over_clusters() -> None:
    generator = np.random.default_rng(2026)
    covered, naive = [], []
    for _ in range(300):
        values, clusters = simulate_clusters(generator)
        boot = ClusterBootstrap.draw(60, 1000, generator)
        interval = percentile_interval(boot.mean(*cluster_sums(values, clusters, 60)))
        covered.append(interval.low <= 0 <= interval.high)
        reach = 1.96 * values.std(ddof=1) / np.sqrt(values.size)
        naive.append(abs(values.mean()) <= reach)
    assert 0.90 <= np.mean(covered) <= 0.985
    assert np.mean(naive) < 0.85  # what ignoring the clusters would have promised


def test_paired_draws_make_the_interval_of_a_difference_narrower() -> None:
    generator = np.random.default_rng(3)
    shared = generator.normal(0, 1, 100)
    x, y = shared + generator.normal(0, 0.2, (2, 100))
    boot = ClusterBootstrap.draw(100, 4000, 1)
    other = ClusterBootstrap.draw(100, 4000, 2)
    ones = np.ones(100)
    paired = np.std(boot.mean(x, ones) - boot.mean(y, ones))
    unpaired = np.std(boot.mean(x, ones) - other.mean(y, ones))
    assert paired == pytest.approx(np.std(x - y) / 10, rel=0.06)
    assert unpaired > 3 * paired


def test_two_way_by_resampling_the_matrix() -> None:
    generator = np.random.default_rng(4)
    values = generator.normal(size=(5, 7))
    values[1, 2] = values[4, 0] = NAN
    survey = generator.uniform(0.5, 2, 7)
    draws = two_way_mean(values, 20, 6, survey)
    stream = np.random.default_rng(6)
    questions, respondents = cluster_weights(5, 20, stream), cluster_weights(7, 20, stream)
    for q, r, mean in zip(questions, respondents, draws, strict=True):
        rows, columns = np.repeat(np.arange(5), q), np.repeat(np.arange(7), r)
        sample = np.ma.masked_invalid(values[np.ix_(rows, columns)])
        weights = np.broadcast_to(survey[columns], sample.shape)
        assert mean == pytest.approx(np.ma.average(sample, weights=weights))


def test_two_way_spread_is_that_of_both_margins() -> None:
    generator = np.random.default_rng(5)
    values = generator.normal(0, 1, (40, 1)) + generator.normal(0, 1, (1, 60))
    draws = two_way_mean(values, 6000, 0)
    rows, columns = values.mean(axis=1), values.mean(axis=0)
    assert draws.var() == pytest.approx(rows.var() / 40 + columns.var() / 60, rel=0.08)
    one_way = ClusterBootstrap.draw(60, 6000, 0).mean(columns, np.ones(60))
    assert draws.std() > 1.3 * one_way.std()


def test_two_way_constant_and_empty() -> None:
    np.testing.assert_allclose(two_way_mean(np.full((3, 4), 0.7), 50, 0), 0.7)
    assert np.isnan(two_way_mean(np.full((3, 4), NAN), 5, 0)).all()


def test_messages() -> None:
    weights = cluster_weights(3, 5, 0)
    with pytest.raises(ValueError, match="n_clusters is 0"):
        cluster_weights(0, 5, 0)
    with pytest.raises(ValueError, match=r"weights has shape \(5, 3\); allowed: \(draws, 4\)"):
        bootstrap_ratio(np.ones(4), np.ones(4), weights)
    with pytest.raises(ValueError, match="make them with cluster_sums"):
        bootstrap_ratio([1.0, NAN, 2.0], np.ones(3), weights)
    with pytest.raises(ValueError, match="a row for each cluster"):
        bootstrap_statistic([1, 2, 3, 4], weights, f1_agree)
    with pytest.raises(ValueError, match=r"write 95 per cent as 0\.95"):
        percentile_interval([1.0, 2.0], 95)
    with pytest.raises(ValueError, match="at least one draw"):
        percentile_interval([])
    with pytest.raises(ValueError, match="none missing"):
        two_way_mean(np.ones((2, 2)), 5, 0, [1.0, NAN])
