from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures import temperature as module
from mores.measures.mixtures import mixtures
from mores.measures.ordinal import normalised_variance, wasserstein
from mores.measures.temperature import choose_temperature
from mores.measures.tilting import scale_temperature, tilt

NAN = float("nan")
OPTIONS = np.array([4, 2, 10, 5, 7, 10])


def people(n: int, n_groups: int, seed: int = 0, concentration: float = 0.7):
    rng = np.random.default_rng(seed)
    p = np.full((n, len(OPTIONS), OPTIONS.max()), NAN)
    for item, k in enumerate(OPTIONS):
        p[:, item, :k] = rng.dirichlet(np.full(k, concentration), n)
    return p, rng.lognormal(0, 1, n), np.arange(n) % n_groups


def humans(n_groups: int, seed: int = 0):
    return people(n_groups, 1, seed + 1000, 3.0)[0]


@pytest.mark.parametrize("method", ["tilting", "scaling"])
@pytest.mark.parametrize("objective", ["wasserstein", "variance"])
@pytest.mark.parametrize("planted", [0.4, 1.0, 2.5, 30.0])
def test_a_planted_temperature_is_found(method, objective, planted) -> None:
    p, weights, groups = people(40, 3)
    targets = mixtures(p, [planted], weights, groups, 3, n_options=OPTIONS, method=method).shares[0]
    for pooled in (True, False):
        found = choose_temperature(
            p,
            targets,
            weights,
            groups,
            n_options=OPTIONS,
            method=method,
            objective=objective,
            pooled=pooled,
        )
        np.testing.assert_allclose(found.temperature, planted, rtol=2e-3)
        np.testing.assert_allclose(found.loss, 0, atol=1e-4)
        np.testing.assert_allclose(found.shares, targets, atol=1e-3)
        assert not found.at_bound.any()
        assert not found.unconverged.any()


def plain(p, targets, weights, groups, grid, change, loss):
    """Loss of every group and question at every temperature, a distribution at a time."""
    table = np.empty((len(grid), *targets.shape[:2]))
    for t, g, item in np.ndindex(table.shape):
        k = OPTIONS[item]
        rows = groups == g
        each = [change(q[:k], grid[t]).probabilities for q in p[rows, item]]
        mixture = np.average(each, axis=0, weights=weights[rows])
        table[t, g, item] = loss(mixture, targets[g, item, :k])
    return table


@pytest.mark.parametrize(
    ("method", "objective", "pooled"),
    [
        ("tilting", "wasserstein", True),
        ("tilting", "variance", False),
        ("scaling", "wasserstein", False),
    ],
)
def test_against_a_fine_grid_by_loops(method, objective, pooled) -> None:
    p, weights, groups = people(12, 2, seed=3)
    targets = humans(2, seed=3)
    grid = np.geomspace(0.2, 20, 60)
    change = tilt if method == "tilting" else scale_temperature
    loss = (
        wasserstein
        if objective == "wasserstein"
        else lambda a, b: abs(normalised_variance(a) - normalised_variance(b))
    )
    table = plain(p, targets, weights, groups, grid, change, loss)
    found = choose_temperature(
        p,
        targets,
        weights,
        groups,
        n_options=OPTIONS,
        method=method,
        objective=objective,
        pooled=pooled,
        bounds=(0.2, 20),
    )
    for g, item in np.ndindex(2, len(OPTIONS)):
        others = np.delete(table if pooled else table[:, [g]], item, axis=2)
        totals = others.sum(axis=(1, 2))
        mine = plain(p, targets, weights, groups, found.temperature[g, [item]], change, loss)
        reached = np.delete(mine if pooled else mine[:, [g]], item, axis=2).sum()
        assert reached <= totals.min() + 1e-4
        assert found.loss[g, item] == pytest.approx(mine[0, g, item], abs=1e-12)
        assert found.chosen_on[g, item] == (10 if pooled else 5)
    before = plain(p, targets, weights, groups, [1.0], change, loss)[0]
    np.testing.assert_allclose(found.loss_before, before, atol=1e-12)
    each = mixtures(
        p,
        found.temperature[0],
        weights,
        groups,
        2,
        n_options=OPTIONS,
        method=method,
    ).shares
    index = np.arange(len(OPTIONS))
    np.testing.assert_allclose(found.shares[0], each[index, 0, index], atol=1e-12)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_question_says_nothing_of_its_own_temperature(seed, pooled) -> None:
    p, weights, groups = people(15, 2, seed)
    targets, item = humans(2, seed), seed % len(OPTIONS)
    other_p, other_targets = p.copy(), targets.copy()
    other_p[:, item] = people(15, 2, seed + 1)[0][:, item]
    other_targets[:, item] = humans(2, seed + 1)[:, item]
    first, again = (
        choose_temperature(q, h, weights, groups, n_options=OPTIONS, pooled=pooled)
        for q, h in ((p, targets), (other_p, other_targets))
    )
    np.testing.assert_allclose(first.temperature[:, item], again.temperature[:, item], rtol=1e-12)


def test_a_question_speaks_to_the_others() -> None:
    p, weights, groups = people(15, 2)
    targets = humans(2)
    first = choose_temperature(p, targets, weights, groups, n_options=OPTIONS)
    targets[:, 2] = mixtures(p, [0.1], weights, groups, 2, n_options=OPTIONS).shares[0, :, 2]
    again = choose_temperature(p, targets, weights, groups, n_options=OPTIONS)
    assert first.temperature[0, 2] == again.temperature[0, 2]
    assert (np.delete(first.temperature > again.temperature, 2, axis=1)).all()


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 2**32 - 1))
def test_symmetries(seed) -> None:
    p, weights, groups = people(12, 2, seed)
    targets = humans(2, seed)
    first = choose_temperature(p, targets, weights, groups, n_options=OPTIONS, pooled=False)
    # the unit of the weights, the order of the personas and that of the countries
    order = np.random.default_rng(seed).permutation(len(p))
    again = choose_temperature(
        p[order],
        targets[::-1],
        7 * weights[order],
        1 - groups[order],
        n_options=OPTIONS,
        pooled=False,
    )
    np.testing.assert_allclose(again.temperature[::-1], first.temperature, rtol=1e-2)
    np.testing.assert_allclose(again.loss_before[::-1], first.loss_before, atol=1e-12)
    # one country alone
    alone = choose_temperature(
        p[groups == 1], targets[1:], weights[groups == 1], n_options=OPTIONS, pooled=True
    )
    np.testing.assert_allclose(alone.temperature[0], first.temperature[1], rtol=1e-12)


def test_a_variance_out_of_reach_is_at_the_bound() -> None:
    """The flattest distribution in the middle of a scale of 4 has variance 5/9 of the largest."""
    p = np.tile([0.1, 0.4, 0.4, 0.1], (3, 4, 1))
    targets = np.tile([0.5, 0, 0, 0.5], (1, 4, 1))
    found = choose_temperature(p, targets, objective="variance", bounds=(0.1, 1e6))
    assert (found.temperature == 1e6).all()
    assert found.at_bound.all()
    assert found.loss[0] == pytest.approx(1 - 5 / 9, abs=1e-5)
    narrow = choose_temperature(p, np.tile([0, 1, 0, 0], (1, 4, 1)), objective="variance")
    assert (narrow.temperature < 0.06).all()  # from there on, equally good
    assert narrow.at_bound.all()


def test_what_no_temperature_changes_keeps_one() -> None:
    p = np.tile(np.eye(4)[[0, 3]][:, None], (1, 3, 1))
    found = choose_temperature(p, np.full((1, 3, 4), 0.25))
    assert found.temperature.tolist() == [[1, 1, 1]]
    assert found.undetermined.all()
    assert not found.at_bound.any()
    assert found.degenerate.tolist() == [[2, 2, 2]]
    # two options are fixed by their mean
    two = choose_temperature(np.full((2, 3, 2), 0.5), np.tile([0.1, 0.9], (1, 3, 1)))
    assert two.undetermined.all()


def test_what_is_missing_is_not_chosen_on() -> None:
    p, weights, groups = people(20, 3, seed=5)
    targets = humans(3, seed=5)
    p[groups == 0, 2] = NAN  # no persona of a country answered one question
    p[3, 4] = NAN
    targets[1, 1] = NAN
    targets[2] = NAN  # a country without humans
    targets[2, 3, :5] = 0.2
    found = choose_temperature(p, targets, weights, groups, n_options=OPTIONS)
    assert found.chosen_on[0].tolist() == [
        11 - n for n in ((2, 1, 1, 3, 2, 2))
    ]  # 5 + 5 + 1 less those of the question itself
    assert np.isfinite(found.temperature).all()
    assert np.isnan(found.loss).sum() == 7
    assert np.isfinite(found.shares[2, 0, :4]).all()  # a prediction needs no humans
    assert found.missing[groups[3], 4] == 1
    assert found.personas[0, 2] == 0
    own = choose_temperature(p, targets, weights, groups, n_options=OPTIONS, pooled=False)
    assert np.isnan(own.temperature[2]).tolist() == [False, False, False, True, False, False]
    assert own.chosen_on[2].tolist() == [1, 1, 1, 0, 1, 1]
    assert np.isnan(own.loss[2]).all()
    assert np.isnan(own.shares[2, 3]).all()
    assert not (own.undetermined | own.at_bound)[2, 3]


def test_a_single_question_has_no_other_to_be_chosen_on() -> None:
    found = choose_temperature(np.full((2, 1, 3), 1 / 3), np.full((1, 1, 3), 1 / 3))
    assert np.isnan(found.temperature).all()
    assert found.chosen_on.tolist() == [[0]]


def test_few_temperatures_are_evaluated(monkeypatch) -> None:
    """Held-out questions share them: 26 of the grid, and about 16 on the way to 0.1 %."""
    asked = []
    real = module.Personas.mixtures

    def counting(self, temperatures, groups):
        asked.extend(temperatures)
        return real(self, temperatures, groups)

    monkeypatch.setattr(module.Personas, "mixtures", counting)
    p, weights, groups = people(40, 1)
    targets = mixtures(p, [2.5], weights, groups, n_options=OPTIONS).shares[0]
    choose_temperature(p, targets, weights, groups, n_options=OPTIONS)
    assert len(asked) == len(set(asked)) < 50


P, H = np.full((3, 2, 4), 0.25), np.full((1, 2, 4), 0.25)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: choose_temperature(P, H[0]), r"targets has shape \(2, 4\)"),
        (lambda: choose_temperature(P, H[:, :1]), r"targets has shape \(1, 1, 4\)"),
        (lambda: choose_temperature(P, H[:0]), "n_groups is 0"),
        (lambda: choose_temperature(P, H / 2), "targets sums to 0.5"),
        (lambda: choose_temperature(P / 2, H), "probabilities sums to 0.5"),
        (lambda: choose_temperature(P, H, groups=[0, 0, 1]), "groups runs from 0 to 1"),
        (lambda: choose_temperature(P, H, bounds=(2, 10)), r"bounds is \(2, 10\).*1 between"),
        (lambda: choose_temperature(P, H, bounds=(1, 1)), "bounds"),
        (lambda: choose_temperature(P, H, bounds=(0, 2)), "bounds"),
        (lambda: choose_temperature(P, H, bounds=(0.5, np.inf)), "bounds"),
        (lambda: choose_temperature(P, H, objective="mean"), "'wasserstein', 'variance'"),
        (lambda: choose_temperature(P, H, method="melting"), "'tilting', 'scaling'"),
    ],
)
def test_messages(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()
