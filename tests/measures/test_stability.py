from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.measures.stability import krippendorff_alpha_interval, stability, within_cells

NAN = float("nan")
repeat = st.sampled_from([1, 0.6, 0.2, -0.2, -0.6, -1, NAN])
tables = st.integers(1, 5).flatmap(
    lambda r: st.lists(st.lists(repeat, min_size=r, max_size=r), min_size=1, max_size=12)
)

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: four observers, twelve units.
FOUR_OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
)


def test_stability_by_hand() -> None:
    scores = [
        [0.2, 0.2, 0.2],  # equal
        [1.0, -0.2, NAN],  # flipped: sd 0.6 sqrt 2, difference 1.2
        [0.2, 0.6, 1.0],  # sd 0.4, differences 0.4, 0.4, 0.8
        [0.2, NAN, NAN],
        [NAN, NAN, NAN],
    ]
    result = stability(scores)
    assert (result.cells, result.excluded) == (3, 2)
    assert result.equal == pytest.approx(1 / 3)
    assert result.flipped == pytest.approx(1 / 3)
    assert result.deviation == pytest.approx((0 + 0.6 * np.sqrt(2) + 0.4) / 3)
    assert result.difference == pytest.approx((0 + 1.2 + 1.6 / 3) / 3)


@settings(deadline=None)
@given(tables)
def test_cells_against_plain_python(table) -> None:
    cells = within_cells(table)
    for i, row in enumerate(table):
        coded = [x for x in row if x == x]
        assert cells.coded[i] == len(coded)
        if len(coded) < 2:
            assert np.isnan([cells.equal[i], cells.deviation[i], cells.difference[i]]).all()
            assert np.isnan(cells.flipped[i])
            continue
        assert cells.equal[i] == (len(set(coded)) == 1)
        assert cells.flipped[i] == (min(coded) < 0 < max(coded))
        assert cells.deviation[i] == pytest.approx(np.std(coded, ddof=1), abs=1e-12)
        gaps = [abs(x - y) for x, y in combinations(coded, 2)]
        assert cells.difference[i] == pytest.approx(np.mean(gaps), abs=1e-12)


@settings(deadline=None)
@given(tables)
def test_invariances(table) -> None:
    scores = np.array(table)
    result = stability(scores)
    assert result.cells + result.excluded == len(table)
    for other in (-scores, scores[:, ::-1], scores[::-1], scores[None]):
        again = stability(other)
        for name in ("equal", "deviation", "difference", "flipped"):
            expected = pytest.approx(getattr(result, name), abs=1e-12, nan_ok=True)
            assert getattr(again, name) == expected


def test_nothing_to_compare() -> None:
    result = stability(np.full((4, 3, 1), 0.2))
    assert (result.cells, result.excluded) == (0, 12)
    assert np.isnan([result.equal, result.deviation, result.difference, result.flipped]).all()
    with pytest.raises(ValueError, match="pass \\[score\\]"):
        stability(0.2)


def test_alpha_of_krippendorffs_own_example() -> None:
    assert krippendorff_alpha_interval(FOUR_OBSERVERS.T) == pytest.approx(0.849, abs=0.0005)


def test_alpha_by_hand() -> None:
    # Two units, (0, 0) and (2, 2): all disagreement lies between units.
    assert krippendorff_alpha_interval([[0, 0], [2, 2]]) == 1.0
    # (0, 2) and (2, 0): observed 4, expected 2 x 4 x 4 / 12 = 8/3
    assert krippendorff_alpha_interval([[0, 2], [2, 0]]) == pytest.approx(1 - 4 / (8 / 3))
    assert np.isnan(krippendorff_alpha_interval([[1, 1], [1, NAN]]))
    assert np.isnan(krippendorff_alpha_interval([[1, NAN], [NAN, 2]]))


def brute_alpha(table: list[list[float]]) -> float:
    """From the definition: means of squared differences over pairs, unit by unit and overall."""
    units = [[x for x in row if x == x] for row in table]
    units = [unit for unit in units if len(unit) > 1]
    pooled = [x for unit in units for x in unit]
    if len(set(pooled)) < 2:
        return NAN
    observed = sum(
        sum((x - y) ** 2 for x in unit for y in unit) / (len(unit) - 1) for unit in units
    )
    expected = sum((x - y) ** 2 for x in pooled for y in pooled) / (len(pooled) - 1)
    return 1 - observed / expected


@settings(deadline=None)
@given(tables, st.floats(0.1, 10), st.floats(-5, 5))
def test_alpha_against_its_definition_and_linear_changes(table, factor, shift) -> None:
    alpha = krippendorff_alpha_interval(table)
    assert alpha == pytest.approx(brute_alpha(table), abs=1e-9, nan_ok=True)
    changed = krippendorff_alpha_interval(np.array(table) * factor + shift)
    assert np.isnan(alpha) or changed == pytest.approx(alpha, abs=1e-6)
    assert np.isnan(alpha) or alpha <= 1


def test_alpha_is_nil_for_unrelated_scores() -> None:
    scores = np.random.default_rng(0).normal(size=(4000, 3))
    assert krippendorff_alpha_interval(scores) == pytest.approx(0, abs=0.03)
    with pytest.raises(ValueError, match=r"allowed: \(units, repeats\)"):
        krippendorff_alpha_interval([1, 2, 3])
