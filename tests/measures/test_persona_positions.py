from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from mores.instruments.survey import wvs7
from mores.measures import persona_positions as module
from mores.measures.culture_map import INDICATORS, CultureMap, fit_culture_map
from mores.measures.persona_positions import (
    answered_codes,
    components,
    expected_codes,
    persona_positions,
)
from mores.populations.culture import model_position

NAN = float("nan")


@cache
def fitted() -> CultureMap:
    rng = np.random.default_rng(0)
    lean = rng.normal(size=(2, 10))
    values = rng.normal(size=(2000, 2)) @ lean + rng.normal(size=(2000, 10))
    return fit_culture_map(2 + values, np.ones(2000))


def codes() -> np.ndarray:
    own = [wvs7().item(name).codes for name in INDICATORS]
    table = np.full((10, max(map(len, own))), NAN)
    for row, given in zip(table, own, strict=True):
        row[: len(given)] = given
    return table


def shares(n: int, seed: int = 0) -> np.ndarray:
    rng, table = np.random.default_rng(seed), codes()
    p = np.where(np.isnan(table), 0.0, rng.random((n, *table.shape)))
    return (p / p.sum(axis=2, keepdims=True)).astype(np.float32)


def test_codes_by_hand() -> None:
    table = np.array([[1.0, 2, 3], [-2, 2, NAN]])
    p = [[[0.5, 0, 0.5], [0.25, 0.75, 0]], [[0, 0, 0], [NAN, 0, 0]]]
    assert expected_codes(p, table)[0].tolist() == [2, 1]
    assert np.isnan(expected_codes(p, table)[1]).all()
    found = answered_codes(np.array([[2, 0], [-1, 1]], np.int8), table)
    assert found[0].tolist() == [3, -2]
    assert np.isnan(found[1, 0])
    assert found[1, 1] == 2


def test_positions_are_those_of_single_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 7)
    p = shares(20)
    p[3, 4] = NAN
    p[5, :9] = 0
    points = persona_positions(fitted(), expected_codes(p, codes()), "tao2024")
    for i in range(20):
        answers = {}
        for q, name in enumerate(INDICATORS):
            own = p[i, q][: len(wvs7().item(name).codes)].astype(float)
            answers[name] = own / own.sum() if own.sum() > 0 else None
        answers = {k: None if v is None else v.tolist() for k, v in answers.items()}
        one = model_position(fitted(), answers, "tao2024")
        assert points[i] == pytest.approx([one.x, one.y], abs=1e-5)


def test_without_any_indicator_there_is_no_position() -> None:
    points = persona_positions(fitted(), np.full((2, 10), NAN))
    assert np.isnan(points).all()
    assert persona_positions(fitted(), np.empty((0, 10))).shape == (0, 2)


def test_own_components_are_those_of_scikit_learn() -> None:
    from sklearn.decomposition import PCA

    values = expected_codes(shares(300), codes())
    scores = (values - values.mean(axis=0)) / values.std(axis=0)
    found = components(values)
    assert found.shares == pytest.approx(PCA().fit(scores).explained_variance_ratio_)
    assert found.eigenvalues.sum() == pytest.approx(10)
    assert found.used == INDICATORS


def test_one_trait_is_one_component_and_constants_are_left_out() -> None:
    trait = np.random.default_rng(0).normal(size=(200, 1))
    values = trait * np.arange(1, 11) + 3
    values[:, 2], values[:, 5] = 4.0, NAN
    found = components(values)
    assert found.shares[0] == pytest.approx(1)
    assert len(found.used) == 8
    assert INDICATORS[2] not in found.used
    assert components(np.ones((5, 10))).shares.size == 0


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="values has shape"):
        persona_positions(fitted(), np.zeros((2, 9)))
    with pytest.raises(ValueError, match="a code for each option"):
        expected_codes(shares(1)[:, :9], codes())
    with pytest.raises(ValueError, match="sums to"):
        expected_codes(np.full((1, 10, 10), 0.3) * ~np.isnan(codes()), codes())
    with pytest.raises(ValueError, match="give option indices"):
        answered_codes(np.full((1, 10), 99), codes())
    with pytest.raises(ValueError, match="in the order of the options"):
        answered_codes(np.zeros((1, 1), int), [[1, NAN, 3]])
