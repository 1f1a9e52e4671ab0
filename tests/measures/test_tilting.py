from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from mores.measures import tilting as module
from mores.measures.ordinal import mean_score, normalised_variance
from mores.measures.tilting import scale_temperature, tilt

NAN = float("nan")
SKEWED = [0.7, 0.2, 0.08, 0.02]

temperatures = st.floats(np.log(0.05), np.log(100)).map(lambda x: float(np.exp(x)))


@st.composite
def distributions(draw, least=-690.0, options=(2, 10)):
    """Over up to ten options, with shares down to exp(least) and zeros, not all on one."""
    k = draw(st.integers(*options))
    logs = draw(st.lists(st.floats(least, 0) | st.just(-np.inf), min_size=k, max_size=k))
    assume(np.isfinite(logs).sum() > 1)
    p = special.softmax(logs)
    return p / p.sum()


def by_brentq(p, temperature, r=None):
    """β and q of one distribution, as one would write it."""
    p = np.asarray(p, float)
    r = np.arange(len(p)) if r is None else np.asarray(r, float)
    with np.errstate(divide="ignore"):
        reference = np.log(p) / temperature
    reach = np.ptp(reference[p > 0]) / np.diff(r).min() + 800

    def q(beta):
        return special.softmax(reference + beta * (r - r @ p))

    beta = optimize.brentq(lambda b: q(b) @ r - p @ r, -reach, reach, xtol=1e-14, rtol=1e-15)
    return beta, q(beta)


def test_by_hand() -> None:
    even = tilt([0.25, 0.5, 0.25], 2)
    root = np.sqrt([0.25, 0.5, 0.25])
    assert even.beta == 0
    np.testing.assert_allclose(even.probabilities, root / root.sum(), rtol=1e-14)
    # T → ∞ with a mean of 0.75: (y + 2 y²) / (1 + y + y²) = 3/4 has the root y = e^β
    y = (-0.25 + np.sqrt(0.25**2 + 4 * 1.25 * 0.75)) / 2.5
    flat = tilt([0.5, 0.25, 0.25], 1e9)
    assert flat.beta == pytest.approx(np.log(y), abs=1e-8)
    assert flat.probabilities == pytest.approx(np.array([1, y, y**2]) / (1 + y + y**2), abs=1e-8)


def test_the_variance_does_not_always_rise_with_temperature() -> None:
    spread = normalised_variance(tilt(np.tile(SKEWED, (3, 1)), [1, 10, 1e6]).probabilities)
    assert spread == pytest.approx([0.2327, 0.2275, 0.2269], abs=5e-5)


@pytest.mark.parametrize("k", range(2, 11))
def test_at_the_middle_of_the_scale_the_flattest_is_uniform(k) -> None:
    p = np.random.default_rng(k).dirichlet(np.ones(k))
    p = (p + p[::-1]) / 2
    found = tilt(p, 1e6)
    assert found.beta == 0
    assert normalised_variance(found.probabilities) == pytest.approx(
        (k + 1) / (3 * (k - 1)), abs=1e-5
    )


@settings(deadline=None, max_examples=300)
@given(distributions(least=-30), temperatures)
def test_against_brentq(p, temperature) -> None:
    found = tilt(p, temperature)
    beta, q = by_brentq(p, temperature)
    assert found.converged
    np.testing.assert_allclose(found.probabilities, q, atol=1e-9)
    # Where the mean lies within rounding of an option that holds nearly all, β is free in brentq.
    if np.sort(q)[-2] > 1e-3:
        assert found.beta == pytest.approx(beta, rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=300)
@given(distributions(), temperatures)
def test_what_tilting_keeps(p, temperature) -> None:
    found = tilt(p, temperature)
    q = found.probabilities
    assert found.converged
    assert not found.degenerate | found.missing
    assert mean_score(q) == pytest.approx(float(mean_score(p)), abs=1e-9)
    assert q.sum() == pytest.approx(1, abs=1e-12)
    assert (q >= 0).all()
    assert (q[p == 0] == 0).all()
    mirrored = tilt(p[::-1], temperature)
    np.testing.assert_allclose(mirrored.probabilities[::-1], q, atol=1e-9)
    assert found.iterations <= 60


@settings(deadline=None)
@given(distributions())
def test_a_temperature_of_one_changes_nothing(p) -> None:
    found = tilt(p, 1)
    np.testing.assert_array_equal(found.probabilities, p)
    assert (found.beta, found.iterations, found.converged) == (0, 0, True)
    np.testing.assert_allclose(tilt(p, 1 + 1e-13).probabilities, p, atol=1e-9)


@settings(deadline=None)
@given(distributions(least=-12), temperatures, temperatures)
def test_temperatures_multiply(p, first, second) -> None:
    """(p^(1/S) e^(βr))^(1/T) is p^(1/ST) tilted: what follows depends on the product alone."""
    assume(first > 0.5)  # below, the first step puts shares out of the reach of floating point
    twice = tilt(tilt(p, first).probabilities, second).probabilities
    np.testing.assert_allclose(twice, tilt(p, first * second).probabilities, atol=1e-7)


def divergence(q, reference):
    return special.rel_entr(q, reference).sum()


@pytest.mark.parametrize("seed", range(12))
def test_nearest_to_the_scaled_distribution_by_another_road(seed) -> None:
    rng = np.random.default_rng(seed)
    k, temperature = int(rng.integers(3, 6)), float(rng.uniform(0.4, 6))
    p = rng.dirichlet(np.ones(k)) * 0.95 + 0.05 / k
    reference = p ** (1 / temperature) / (p ** (1 / temperature)).sum()
    r = np.arange(k)
    other = optimize.minimize(
        divergence,
        p,
        args=(reference,),
        jac=lambda q, ref: np.log(q / ref) + 1,
        bounds=[(1e-9, 1)] * k,
        constraints=[
            {"type": "eq", "fun": lambda q: q.sum() - 1},
            {"type": "eq", "fun": lambda q: (q - p) @ r},
        ],
        options={"ftol": 1e-14, "maxiter": 500},
    )
    found = tilt(p, temperature).probabilities
    np.testing.assert_allclose(found, other.x, atol=2e-5)
    assert divergence(found, reference) <= other.fun + 1e-9


@settings(deadline=None)
@given(distributions(least=-5, options=(3, 10)), temperatures, st.integers(0, 2**32 - 1))
def test_no_other_distribution_of_that_mean_is_nearer(p, temperature, seed) -> None:
    assume((p > 0).sum() > 2)
    reference = scale_temperature(p, temperature).probabilities
    q = tilt(p, temperature).probabilities
    others = np.random.default_rng(seed).dirichlet(np.ones((p > 0).sum()), 50)
    r = np.flatnonzero(p > 0)
    # Each is mixed with an end of the scale until it has the mean of p.
    mean, means = r @ p[r], others @ r
    end = np.where(means < mean, r[-1], r[0])
    share = (mean - means) / (end - means)
    mixed = others * (1 - share[:, None]) + share[:, None] * (r == end[:, None])
    np.testing.assert_allclose(mixed @ r, mean, atol=1e-9)
    least = divergence(q, reference)
    assert all(divergence(m, reference[r]) >= least - 1e-9 for m in mixed)


def test_shares_of_any_size() -> None:
    rng = np.random.default_rng(0)
    p = special.softmax(rng.uniform(-690, 0, (3000, 10)), axis=-1)
    p[rng.random(p.shape) < 0.2] = 0
    p[p.sum(axis=-1) == 0, :2] = 0.5
    p /= p.sum(axis=-1, keepdims=True)
    assert p[p > 0].min() < 1e-290
    for temperature in (0.001, 0.05, 0.5, 2, 100, 1e6):
        found = tilt(p, temperature)
        assert found.converged.all()
        assert np.abs(mean_score(found.probabilities) - mean_score(p)).max() < 1e-9
    # What no mean in floating point can tell from an end of the scale is kept in its own size.
    for tiny in (1e-300, 1e-18):
        thrice = tilt([1.0, 0.0, tiny], 3)
        assert thrice.probabilities == pytest.approx([1, 0, tiny], rel=1e-9)
    lifted = tilt([tiny, 1.0, 3 * tiny], 2)
    assert lifted.probabilities[2] / lifted.probabilities[0] == pytest.approx(1, abs=1e-5)


def test_what_cannot_be_tilted_is_left_as_it_is_and_flagged() -> None:
    p = [[0, 1, 0], [0.5, NAN, 0.5], [0, 0, 0], [0.3, 0.3, 0.4], [0.2, 0.2, 0.6]]
    for change in (tilt, scale_temperature):
        found = change(p, [3, 3, 3, NAN, 3])
        assert found.degenerate.tolist() == [True, False, False, False, False]
        assert found.missing.tolist() == [False, True, True, True, False]
        assert found.converged.tolist() == [True, False, False, False, True]
        np.testing.assert_array_equal(found.probabilities[0], [0, 1, 0])
        assert np.isnan(found.probabilities[1:4]).all()
        assert np.isnan(found.beta).tolist() == [True, True, True, True, False]
        assert found.iterations[:4].tolist() == [0] * 4


def test_two_options_leave_nothing_to_tilt() -> None:
    found = tilt([0.3, 0.7], 0.05)
    assert found.probabilities == pytest.approx([0.3, 0.7], abs=1e-12)


@settings(deadline=None, max_examples=50)
@given(distributions(least=-20), temperatures, st.integers(1, 3), st.sampled_from([0.0, NAN]))
def test_places_beyond_a_scale_change_nothing(p, temperature, more, filler) -> None:
    k = len(p)
    wide = tilt(np.append(p, np.full(more, filler)), temperature, k)
    np.testing.assert_allclose(
        wide.probabilities[:k], tilt(p, temperature).probabilities, atol=1e-12
    )
    assert np.isnan(wide.probabilities[k:]).all()


def test_scales_of_different_length_and_axes_at_once(monkeypatch) -> None:
    rng = np.random.default_rng(1)
    options = np.array([2, 4, 10])
    p = np.full((5, 3, 10), NAN)
    for item, k in enumerate(options):
        p[:, item, :k] = rng.dirichlet(np.ones(k), 5)
    heat = rng.uniform(0.3, 5, (5, 1))
    found = tilt(p, heat, options)
    assert found.beta.shape == (5, 3)
    for person, item in np.ndindex(5, 3):
        own = p[person, item, : options[item]]
        beta, q = by_brentq(own, heat[person, 0])
        np.testing.assert_allclose(found.probabilities[person, item, : len(own)], q, atol=1e-10)
        assert found.beta[person, item] == pytest.approx(beta, abs=1e-8)
    monkeypatch.setattr(module, "_BLOCK", 20)
    again = tilt(p, heat, options)
    np.testing.assert_allclose(again.probabilities, found.probabilities, atol=1e-14)


def test_positions_set_the_mean_and_the_unit_of_beta() -> None:
    p, r = np.array([0.5, 0.2, 0.2, 0.1]), np.array([1.0, 2.0, 5.0, 9.0])
    found = tilt(p, 3, positions=r)
    beta, q = by_brentq(p, 3, r)
    np.testing.assert_allclose(found.probabilities, q, atol=1e-12)
    assert found.beta == pytest.approx(beta)
    assert found.probabilities @ r == pytest.approx(p @ r)
    wider = tilt(p, 3, positions=100 + 10 * r)
    np.testing.assert_allclose(wider.probabilities, q, atol=1e-12)
    assert wider.beta == pytest.approx(beta / 10)


def test_single_precision_does_not_move_the_mean() -> None:
    p = np.random.default_rng(2).dirichlet(np.ones(10), 500).astype(np.float32)
    mean = (p * np.arange(10.0)).sum(axis=1) / p.sum(axis=1, dtype=float)
    q = tilt(p, 2).probabilities
    np.testing.assert_allclose(q @ np.arange(10), mean, atol=1e-8)


@settings(deadline=None)
@given(distributions(least=-30), temperatures)
def test_plain_scaling_against_scipy(p, temperature) -> None:
    with np.errstate(divide="ignore"):
        expected = special.softmax(np.log(p) / temperature)
    found = scale_temperature(p, temperature)
    np.testing.assert_allclose(found.probabilities, expected, rtol=1e-9, atol=1e-300)
    assert (found.beta, found.iterations, found.converged) == (0, 0, True)


def test_plain_scaling_moves_the_mean() -> None:
    cold, hot = scale_temperature(SKEWED, 0.05), scale_temperature(SKEWED, 1e6)
    assert mean_score(cold.probabilities) == pytest.approx(0, abs=1e-9)
    assert mean_score(hot.probabilities) == pytest.approx(0.5, abs=1e-5)


def test_nothing_to_tilt() -> None:
    assert tilt(np.empty((0, 4)), 2).probabilities.shape == (0, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tilt([0.5, 0.5], 0), r"temperature is 0\.0; allowed: 0\.001 and more"),
        (lambda: tilt([0.5, 0.5], -1), r"temperature is -1\.0"),
        (lambda: tilt([0.5, 0.5], np.inf), "temperature is inf"),
        (lambda: tilt([0.5, 0.5], [1, 2]), r"temperature has shape \(2,\)"),
        (lambda: tilt([0.5, 0.4], 2), "p sums to 0.9"),
        (lambda: tilt([0.5, 0.5], 2, positions=[1, 1]), "do not ascend"),
        (lambda: tilt([0.5, 0.5], 2, 3), "n_options"),
        (lambda: scale_temperature([0.5, 0.5], 0), "temperature is 0"),
        (lambda: scale_temperature([1.0], 1), "K >= 2"),
    ],
)
def test_messages(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()
