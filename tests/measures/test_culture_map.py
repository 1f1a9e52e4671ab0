from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from statsmodels.multivariate.factor_rotation import rotate_factors

from mores.measures.culture_map import (
    CONSTANTS,
    INDICATORS,
    CultureMap,
    fit_culture_map,
    rescale,
)
from mores.measures.group_positions import group_positions

GOD, HOMOSEXUALITY = INDICATORS.index("F063"), INDICATORS.index("F118")

# Loadings of the two axes on the ten indicators, as published ones look: x, y.
PLANTED = np.array(
    [
        [-0.55, 0.10],
        [-0.40, 0.15],
        [0.05, 0.50],
        [-0.60, -0.15],
        [-0.10, -0.75],
        [0.65, 0.35],
        [0.30, 0.60],
        [0.05, 0.60],
        [0.60, 0.05],
        [0.05, 0.55],
    ]
)
CUTS = [3, 1, 2, 2, 9, 9, 9, 3, 2, 4]


@cache
def sample(seed: int = 0, n: int = 1500, missing: float = 0.0) -> tuple[np.ndarray, ...]:
    """Indicators, weights and countries (five) of a sample with a planted plane."""
    generator = np.random.default_rng(seed)
    country = np.sort(generator.integers(0, 5, n))
    centres = np.array([[-1, -1], [1, 1], [0, 1], [1, -1], [0, 0]]) * 0.8
    latent = centres[country] + generator.normal(size=(n, 2))
    unique = np.sqrt(np.maximum(1 - (PLANTED**2).sum(axis=1), 0.1))
    response = latent @ PLANTED.T + generator.normal(size=(n, 10)) * unique
    values = np.empty((n, 10))
    for k, cuts in enumerate(CUTS):
        values[:, k] = 1 + np.digitize(response[:, k], np.linspace(-1.2, 1.2, cuts))
    values[:, 9] -= 3
    values[generator.random((n, 10)) < missing] = np.nan
    weights = generator.gamma(3, 1 / 3, n)
    for array in (values, weights, country):
        array.setflags(write=False)
    return values, weights, country


def oriented(loadings: np.ndarray) -> np.ndarray:
    """The spec's orientation, tried out: of all orders and signs, the one that it describes."""
    squared = [
        table[HOMOSEXUALITY, 0] ** 2 + table[GOD, 1] ** 2 for table in (loadings, loadings[:, ::-1])
    ]
    columns = loadings if squared[0] >= squared[1] else loadings[:, ::-1]
    return columns * [np.sign(columns[HOMOSEXUALITY, 0]), -np.sign(columns[GOD, 1])]


def oracle(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loadings and scores of complete cases: components of scikit-learn, varimax of statsmodels."""
    standard = (values - values.mean(axis=0)) / values.std(axis=0)
    components = PCA(n_components=2).fit(standard)
    n = len(values)
    sizes = components.explained_variance_ * (n - 1) / n
    loadings = components.components_.T * np.sqrt(sizes)
    lengths = np.linalg.norm(loadings, axis=1, keepdims=True)
    _, turn = rotate_factors(loadings / lengths, "varimax", tol=1e-7, max_tries=2000)
    rotated = oriented(loadings @ turn)
    axes = np.linalg.pinv(loadings) @ rotated  # the rotation with order and signs
    return rotated, standard @ components.components_.T / np.sqrt(sizes) @ axes


@pytest.mark.parametrize("seed", range(2))
def test_against_scikit_learn_and_statsmodels(seed: int) -> None:
    values, _, _ = sample(seed)
    fitted = fit_culture_map(values, np.ones(len(values)))
    loadings, scores = oracle(values)
    np.testing.assert_allclose(fitted.loadings, loadings, atol=1e-6)
    np.testing.assert_allclose(fitted.scores(values), scores, atol=1e-6)
    np.testing.assert_allclose(fitted.correlation, np.corrcoef(values.T), atol=1e-12)


def test_weights_against_repeated_respondents() -> None:
    values, _, _ = sample(1)
    weights = np.random.default_rng(0).integers(0, 4, len(values))
    loadings, scores = oracle(np.repeat(values, weights, axis=0))
    fitted = fit_culture_map(values, weights)
    np.testing.assert_allclose(fitted.loadings, loadings, atol=1e-6)
    np.testing.assert_allclose(np.repeat(fitted.scores(values), weights, axis=0), scores, atol=1e-6)


def test_the_axes_are_those_of_the_published_map() -> None:
    values, weights, country = sample(0, 20_000)
    fitted = fit_culture_map(values, weights)
    assert fitted.loadings[HOMOSEXUALITY, 0] > 0.5
    assert fitted.loadings[GOD, 1] < -0.5
    signs = np.sign(PLANTED) * (np.abs(PLANTED) > 0.25)
    assert (np.sign(fitted.loadings)[signs != 0] == signs[signs != 0]).all()
    means = group_positions(fitted.scores(values), values, weights, country, 5).positions
    assert means[0, 0] < means[4, 0] < means[1, 0]  # planted at -1, 0 and 1
    assert means[0, 1] < means[4, 1] < means[1, 1]
    np.testing.assert_allclose(fitted.eigenvalues.sum(), 10)
    assert fitted.explained.sum() == pytest.approx(fitted.eigenvalues[:2].sum() / 10)


def test_scores_of_the_reference_sample_have_variance_one_and_no_correlation() -> None:
    values, weights, _ = sample(2)
    scores = fit_culture_map(values, weights).scores(values)
    np.testing.assert_allclose(np.average(scores, axis=0, weights=weights), 0, atol=1e-12)
    covariance = np.cov(scores.T, aweights=weights, ddof=0)
    np.testing.assert_allclose(covariance, np.eye(2), atol=1e-12)


def conditional(fitted: CultureMap, row: np.ndarray) -> list[float]:
    """Scores of one respondent, missing indicators by their expectation: slow, plain."""
    z = (row - fitted.means) / fitted.sds
    there, gone = np.flatnonzero(~np.isnan(z)), np.flatnonzero(np.isnan(z))
    if len(gone):
        within = fitted.correlation[np.ix_(there, there)]
        z[gone] = fitted.correlation[np.ix_(gone, there)] @ np.linalg.inv(within) @ z[there]
    return (z @ np.linalg.inv(fitted.correlation) @ fitted.loadings).tolist()


def test_missing_indicators_by_conditional_expectation() -> None:
    values, weights, _ = sample(3, 400, missing=0.3)
    fitted = fit_culture_map(values, weights)
    assert np.isnan(values).any(axis=1).mean() > 0.9
    expected = [conditional(fitted, row) for row in values]
    np.testing.assert_allclose(fitted.scores(values), expected, atol=1e-10)
    one = fitted.scores(values[7])
    assert one.shape == (2,)
    np.testing.assert_allclose(one, expected[7], atol=1e-10)
    assert fitted.scores(values.reshape(4, 100, 10)).shape == (4, 100, 2)


def test_without_any_indicator_there_is_no_position() -> None:
    values, weights, _ = sample(0)
    fitted = fit_culture_map(values, weights)
    rows = np.full((2, 10), np.nan)
    rows[1] = fitted.means
    scores = fitted.scores(rows)
    assert np.isnan(scores[0]).all()
    np.testing.assert_allclose(scores[1], 0, atol=1e-12)
    assert fitted.scores(np.empty((0, 10))).shape == (0, 2)


def test_variance_of_partial_scores() -> None:
    """Over complete cases made partial, the scores vary by as much as is said, and no more."""
    values, weights, _ = sample(0)
    fitted = fit_culture_map(values, weights)
    there = np.ones(10, dtype=bool)
    there[[HOMOSEXUALITY, 8]] = False
    partial = fitted.scores(np.where(there, values, np.nan))
    spread = np.average(partial**2, axis=0, weights=weights)
    np.testing.assert_allclose(fitted.score_variances(there), spread, atol=1e-12)
    assert (spread < 0.95).any()
    assert (spread < 1).all()
    full = fitted.scores(values)
    shared = np.average(partial * full, axis=0, weights=weights) ** 2 / spread
    np.testing.assert_allclose(shared, spread, atol=1e-12)
    steps = np.tri(11, 10, -1, dtype=bool)
    variances = fitted.score_variances(steps)
    np.testing.assert_allclose(variances[[0, 10]], [[0, 0], [1, 1]], atol=1e-12)
    assert (np.diff(variances, axis=0) >= -1e-12).all()


# peers.md, defect 6: constants of the published map applied to components that are unrotated, unweighted
# and of complete cases only, under the name of varimax.


def plane(values: np.ndarray, weights: np.ndarray, *, rotate: bool) -> np.ndarray:
    """Oriented loadings of complete cases; the plain way, rotated or not."""
    centred = values - np.average(values, axis=0, weights=weights)
    covariance = (centred * weights[:, None]).T @ centred / weights.sum()
    sds = np.sqrt(np.diag(covariance))
    sizes, vectors = np.linalg.eigh(covariance / np.outer(sds, sds))
    loadings = vectors[:, -2:] * np.sqrt(sizes[-2:])
    if rotate:
        lengths = np.linalg.norm(loadings, axis=1, keepdims=True)
        loadings = rotate_factors(loadings / lengths, "varimax", tol=1e-7)[0] * lengths
    return oriented(loadings)


@cache
def defective() -> tuple[np.ndarray, ...]:
    """A sample in which weights, missing answers and rotation each move the map.

    Countries are over-sampled unequally, and the religious leave homosexuality unanswered.
    """
    values, weights, country = (a.copy() for a in sample(5, 6000))
    weights *= np.array([0.1, 3.0, 1.0, 0.2, 1.0])[country]
    silent = (values[:, GOD] > 7) & (np.random.default_rng(0).random(6000) < 0.9)
    complete = values.copy()
    values[silent, HOMOSEXUALITY] = np.nan
    return values, weights, country, complete


def test_peers_defect_6_unrotated_components_are_not_the_map() -> None:
    _, weights, _, complete = defective()
    fitted = fit_culture_map(complete, weights).loadings
    np.testing.assert_allclose(fitted, plane(complete, weights, rotate=True), atol=1e-6)
    assert np.abs(fitted - plane(complete, weights, rotate=False)).max() > 0.1


def test_peers_defect_6_unweighted_components_are_not_the_map() -> None:
    _, weights, country, complete = defective()
    fitted = fit_culture_map(complete, weights)
    unweighted = plane(complete, np.ones(len(weights)), rotate=True)
    assert np.abs(fitted.loadings - unweighted).max() > 0.04
    # Drawing respondents in proportion to their weights needs no weights any more.
    p = weights / weights.sum()
    drawn = complete[np.random.default_rng(0).choice(len(complete), 200_000, p=p)]
    np.testing.assert_allclose(
        fitted.loadings, plane(drawn, np.ones(len(drawn)), rotate=True), atol=0.01
    )
    assert len(np.unique(country)) == 5


def test_peers_defect_6_listwise_deletion_is_not_the_map() -> None:
    values, weights, country, complete = defective()
    fitted, truth = fit_culture_map(values, weights), fit_culture_map(complete, weights)
    answered = ~np.isnan(values).any(axis=1)
    assert 0.5 < answered.mean() < 0.8
    listwise = fit_culture_map(values[answered], weights[answered])
    right = group_positions(truth.scores(complete), complete, weights, country, 5).positions
    ours = group_positions(fitted.scores(values), values, weights, country, 5)
    theirs = group_positions(
        listwise.scores(values[answered]), values[answered], weights[answered], country[answered], 5
    )
    error, their_error = (
        np.linalg.norm(p - right, axis=1) for p in (ours.positions, theirs.positions)
    )
    assert their_error.max() > 0.15
    assert error.max() < 0.05
    assert ours.n.sum() == len(values)


def test_a_country_without_an_indicator_keeps_its_respondents_and_its_place() -> None:
    values, weights, country = (a.copy() for a in sample(0, 6000))
    full = fit_culture_map(values, weights)
    before = group_positions(full.scores(values), values, weights, country, 5)
    values[country == 2, HOMOSEXUALITY] = np.nan
    fitted = fit_culture_map(values, weights)
    after = group_positions(fitted.scores(values), values, weights, country, 5)
    assert after.n.tolist() == before.n.tolist()
    assert after.partial.tolist() == [False, False, True, False, False]
    assert np.flatnonzero(after.absent[2]).tolist() == [HOMOSEXUALITY]
    assert after.indicators.tolist() == pytest.approx([10, 10, 9, 10, 10])
    assert np.linalg.norm(after.positions - before.positions, axis=1).max() < 0.15


seeds = st.integers(0, 3)


@settings(deadline=None, max_examples=20)
@given(seeds, st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_order_of_respondents_scale_of_weights_and_copies_leave_positions(
    seed, shuffle, factor
) -> None:
    values, weights, _ = sample(seed, 600, 0.1)
    scores = fit_culture_map(values, weights).scores(values)
    order = np.random.default_rng(shuffle).permutation(len(values))
    shuffled = fit_culture_map(values[order], weights[order])
    np.testing.assert_allclose(shuffled.scores(values), scores, atol=1e-9)
    scaled = fit_culture_map(values, weights * factor)
    np.testing.assert_allclose(scaled.scores(values), scores, atol=1e-9)
    twice = fit_culture_map(np.tile(values, (2, 1)), np.tile(weights, 2))
    np.testing.assert_allclose(twice.scores(values), scores, atol=1e-9)


@settings(deadline=None, max_examples=20)
@given(seeds, st.sampled_from([k for k in range(10) if k not in (GOD, HOMOSEXUALITY)]))
def test_a_reversed_item_leaves_positions(seed, item) -> None:
    values, weights, _ = sample(seed, 600, 0.1)
    fitted = fit_culture_map(values, weights)
    reversed_ = values.copy()
    reversed_[:, item] = 11 - reversed_[:, item]
    other = fit_culture_map(reversed_, weights)
    np.testing.assert_allclose(other.scores(reversed_), fitted.scores(values), atol=1e-9)
    np.testing.assert_allclose(other.loadings[item], -fitted.loadings[item], atol=1e-9)


@pytest.mark.parametrize("spread", [(1.0, 0.5), (0.5, 1.0)])
def test_axes_keep_their_names_whichever_component_is_larger(spread) -> None:
    generator = np.random.default_rng(0)
    latent = generator.normal(size=(5000, 2)) * spread
    values = latent @ PLANTED.T + generator.normal(0, 0.5, (5000, 10))
    fitted = fit_culture_map(values, np.ones(5000))
    shares = fitted.explained
    assert (shares[0] > shares[1]) == (spread[0] > spread[1])
    correlations = np.corrcoef(fitted.scores(values).T, latent.T)[:2, 2:]
    assert correlations.diagonal().min() > 0.6
    assert correlations.diagonal().min() > np.abs(correlations[[0, 1], [1, 0]]).max() + 0.2


def test_the_rules_of_orientation_follow_god_and_homosexuality() -> None:
    values, weights, _ = sample(0)
    scores = fit_culture_map(values, weights).scores(values)
    for item, axis in ((GOD, 1), (HOMOSEXUALITY, 0)):
        reversed_ = values.copy()
        reversed_[:, item] = 11 - reversed_[:, item]
        turned = fit_culture_map(reversed_, weights).scores(reversed_)
        np.testing.assert_allclose(turned[:, axis], -scores[:, axis], atol=1e-9)
        np.testing.assert_allclose(turned[:, 1 - axis], scores[:, 1 - axis], atol=1e-9)


@settings(deadline=None, max_examples=20)
@given(seeds, st.lists(st.integers(0, 9), max_size=8))
def test_means_and_distributions_lie_at_the_mean_of_the_scores(seed, gone) -> None:
    values, weights, _ = sample(seed)
    fitted = fit_culture_map(values, weights)
    group = values[:50].copy()
    group[:, gone] = np.nan
    expected = fitted.scores(group).mean(axis=0)
    np.testing.assert_allclose(fitted.project_means(group.mean(axis=0)), expected, atol=1e-10)
    codes = [np.unique(values[:, k]) for k in range(10)]
    shares = [
        None if k in gone else (group[:, k, None] == codes[k]).mean(axis=0) for k in range(10)
    ]
    np.testing.assert_allclose(fitted.project_distributions(shares, codes), expected, atol=1e-10)


def test_rescaling_by_hand_and_both_constants_differ_by_a_shift() -> None:
    assert rescale([1.0, -1.0]).tolist() == pytest.approx([1.81 + 0.038, -1.61 - 0.1])
    assert rescale([1.0, -1.0], "tao2024").tolist() == pytest.approx([1.81 + 0.38, -1.61 - 0.01])
    scores = np.random.default_rng(0).normal(size=(30, 2))
    shift = rescale(scores, "tao2024") - rescale(scores, "wvs")
    np.testing.assert_allclose(shift, np.tile([0.342, 0.09], (30, 1)))
    assert np.isnan(rescale([[np.nan, np.nan]])).all()
    assert list(CONSTANTS) == ["wvs", "tao2024"]
    with pytest.raises(ValueError, match="constants is 'Tao'; allowed: wvs, tao2024"):
        rescale(scores, "Tao")


def test_refuses_what_cannot_be_fitted() -> None:
    values, weights, _ = sample(0)

    def refused(message: str, **columns: np.ndarray | float) -> None:
        table = values.copy()
        for name, column in columns.items():
            table[:, INDICATORS.index(name)] = column
        with pytest.raises(ValueError, match=message):
            fit_culture_map(table, weights)

    refused("Y003 is constant in the reference sample", Y003=1.0)
    refused("F118 has no answer in the reference sample", F118=np.nan)
    half = np.arange(len(values)) % 2 == 0
    refused(
        "the correlation of A008 and A165 is undefined: too few respondents answered both",
        A008=np.where(half, values[:, 0], np.nan),
        A165=np.where(half, np.nan, values[:, 1]),
    )
    refused(r"not positive definite \(smallest eigenvalue", A165=5 - 2 * values[:, 0])
    with pytest.raises(ValueError, match="not positive definite"):
        fit_culture_map(values[::150], weights[::150])
    with pytest.raises(ValueError, match=r"values has shape \(1500, 9\); allowed: \(\.\.\., 10\)"):
        fit_culture_map(values[:, :9], weights)
    with pytest.raises(ValueError, match=r"allowed: shape \(1500,\), each 0 or more"):
        fit_culture_map(values, -weights)
    with pytest.raises(ValueError, match="no respondent of the reference sample has both a weight"):
        fit_culture_map(values, weights * np.nan)


def test_refuses_an_indefinite_matrix_of_pairs() -> None:
    """Three indicators, each pair asked of other people and contradicting the two others."""
    generator = np.random.default_rng(0)
    values = generator.integers(1, 5, (900, 10)).astype(float)
    for part, (first, second, sign) in enumerate(((0, 1, 1), (1, 2, 1), (0, 2, -1))):
        rows = np.arange(300) + 300 * part
        values[np.ix_(rows, [0, 1, 2])] = np.nan
        values[rows, first] = generator.integers(1, 5, 300)
        values[rows, second] = values[rows, first] if sign > 0 else 5 - values[rows, first]
    with pytest.raises(ValueError, match=r"smallest eigenvalue -.*\); allowed: 1e-06"):
        fit_culture_map(values, np.ones(900))


def test_refuses_components_that_do_not_stand_out() -> None:
    signs = np.array([[1 if r >> k & 1 else -1 for k in range(10)] for r in range(1024)])
    with pytest.raises(ValueError, match="second and third components explain alike"):
        fit_culture_map(signs, np.ones(1024))


def test_a_map_is_one_piece_and_cannot_be_changed() -> None:
    values, weights, _ = sample(0)
    fitted = fit_culture_map(values, weights)
    with pytest.raises(ValueError, match="read-only"):
        fitted.loadings[0, 0] = 1
    parts = {name: getattr(fitted, name) for name in ("means", "sds", "correlation", "loadings")}
    for name, wrong, message in (
        ("loadings", fitted.loadings * 1.01, "covariance matrix .*must come from one fit"),
        ("sds", fitted.sds * 0, "sds holds 0; allowed"),
        ("means", fitted.means[:9], r"means has shape \(9,\)"),
        ("correlation", fitted.correlation + 0.1, "not symmetric with ones"),
        ("correlation", np.ones((10, 10)), "not positive definite"),
        ("means", np.full(10, np.nan), "10 missing numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            CultureMap(**(parts | {name: wrong}))


def test_refuses_what_are_no_ten_distributions() -> None:
    values, weights, _ = sample(0)
    fitted = fit_culture_map(values, weights)
    codes: list[list[float]] = [[1, 2, 3, 4]] * 10
    for share, message in (
        ([0.5, 0.5, 0.5, -0.5], "A008 has shares .*summing to 1"),
        ([0.5, 0.5], "A008 has shares"),
        ([0.2] * 4, "A008 has shares"),
        ([np.nan] * 4, "A008 has shares"),
    ):
        with pytest.raises(ValueError, match=message):
            fitted.project_distributions([share, *[None] * 9], codes)
    with pytest.raises(ValueError, match="shares holds 9 and codes 10 indicators; allowed: 10"):
        fitted.project_distributions([None] * 9, codes)
    assert np.isnan(fitted.project_distributions([None] * 10, codes)).all()
