from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from mores.measures.agreement import (
    CELLS,
    accuracy,
    cohen_kappa,
    f1_agree,
    f1_disagree,
    f1_macro,
    sign_counts,
)

NAN = float("nan")
STATISTICS = (f1_agree, f1_disagree, f1_macro, accuracy, cohen_kappa)
signs = st.lists(
    st.tuples(st.sampled_from([-1, 1]), st.sampled_from([-1, 1])), min_size=1, max_size=40
)
tables = st.lists(st.integers(0, 50), min_size=4, max_size=4)


def test_counts_by_hand() -> None:
    value = [1, 1, 1, -1, -1, 0, 1, -1]
    action = [1, 1, -1, 1, -1, 1, 0, -1]
    assert sign_counts(value, action).tolist() == [2, 1, 1, 2]
    assert len(CELLS) == 4


def test_statistics_by_hand() -> None:
    counts = [6, 2, 1, 3]
    assert f1_agree(counts) == pytest.approx(12 / 15)
    assert f1_disagree(counts) == pytest.approx(6 / 9)
    assert f1_macro(counts) == pytest.approx((0.8 + 2 / 3) / 2)
    assert accuracy(counts) == pytest.approx(9 / 12)
    # expected agreement: (8 x 7 + 4 x 5) / 144
    assert cohen_kappa(counts) == pytest.approx((0.75 - 76 / 144) / (1 - 76 / 144))


def test_peers_defect_4_always_agreeing_and_acting_on_it_is_no_zero() -> None:
    """Ports of ValueActionLens give F1 = 0 with accuracy 1, their positive class being *disagree*."""
    counts = sign_counts(np.ones(30), np.ones(30))
    assert f1_agree(counts) == 1.0
    assert accuracy(counts) == 1.0
    assert f1_macro(counts) == 1.0
    assert np.isnan(f1_disagree(counts))
    assert np.isnan(cohen_kappa(counts))


@settings(deadline=None)
@given(signs)
def test_against_scikit_learn(pairs) -> None:
    value, action = (np.array(column) for column in zip(*pairs, strict=True))
    counts = sign_counts(value, action)
    truth = metrics.confusion_matrix(value, action, labels=[1, -1])
    np.testing.assert_array_equal(counts.reshape(2, 2), truth)
    for positive, ours in ((1, f1_agree(counts)), (-1, f1_disagree(counts))):
        if positive in value or positive in action:
            oracle = metrics.f1_score(value, action, pos_label=positive, zero_division=0.0)
            assert ours == pytest.approx(oracle)
        else:
            assert np.isnan(ours)
    assert f1_macro(counts) == pytest.approx(metrics.f1_score(value, action, average="macro"))
    assert accuracy(counts) == pytest.approx(metrics.accuracy_score(value, action))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kappa = metrics.cohen_kappa_score(value, action, labels=[1, -1])
    assert cohen_kappa(counts) == pytest.approx(kappa, nan_ok=True)


@settings(deadline=None)
@given(tables, st.floats(0.1, 9))
def test_symmetry_bounds_and_scale(counts, factor) -> None:
    both, only_value, only_action, neither = counts
    for statistic in STATISTICS:
        number = statistic(counts)
        exchanged = statistic([both, only_action, only_value, neither])
        assert exchanged == pytest.approx(number, nan_ok=True)
        scaled = statistic(np.array(counts) * factor)
        assert scaled == pytest.approx(number, nan_ok=True)
        low = -1 if statistic is cohen_kappa else 0
        assert np.isnan(number) or low <= number <= 1
    mirrored = [neither, only_action, only_value, both]
    assert f1_agree(mirrored) == pytest.approx(f1_disagree(counts), nan_ok=True)
    assert cohen_kappa(mirrored) == pytest.approx(cohen_kappa(counts), nan_ok=True)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([-1, 0, 1]), st.sampled_from([-1, 0, 1]), st.integers(0, 5)),
        max_size=60,
    )
)
def test_groups_are_counted_apart(rows) -> None:
    value = np.array([r[0] for r in rows], dtype=int)
    action = np.array([r[1] for r in rows], dtype=int)
    group = np.array([r[2] for r in rows], dtype=int)
    counts = sign_counts(value, action, group, 7)
    assert counts.shape == (7, 4)
    for g in range(7):
        alone = sign_counts(value[group == g], action[group == g])
        np.testing.assert_array_equal(counts[g], alone)
    decided = int(((value != 0) & (action != 0)).sum())
    assert counts.sum() == decided


def test_nothing_counted_is_undefined_and_axes_are_kept() -> None:
    counts = np.array([[[0, 0, 0, 0], [3, 0, 0, 3]]])
    for statistic in STATISTICS:
        numbers = statistic(counts)
        assert numbers.shape == (1, 2)
        assert np.isnan(numbers[0, 0])
        assert numbers[0, 1] == 1.0
        assert np.isnan(statistic([NAN] * 4))


def test_messages() -> None:
    with pytest.raises(ValueError, match=r"counts has shape \(3,\); allowed: \(\.\.\., 4\)"):
        f1_agree([1, 2, 3])
    with pytest.raises(ValueError, match=r"holds -1\.0"):
        accuracy([1, -1, 0, 0])
    with pytest.raises(ValueError, match="both or neither"):
        sign_counts([1], [1], groups=[0])
    with pytest.raises(ValueError, match="runs from 0 to 2; allowed: 0 … 1"):
        sign_counts([1, 1], [1, 1], groups=[0, 2], n_groups=2)
