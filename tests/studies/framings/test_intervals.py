"""Intervals: units as clusters, coverage by simulation, and what is too little for one."""

from __future__ import annotations

import numpy as np
import pytest

from mores.studies.framings.intervals import Drawing, over_both, over_respondents


def test_a_unit_is_drawn_with_all_its_slices() -> None:
    """Slices that repeat each other add nothing; independent rows of the same number would."""
    generator = np.random.default_rng(0)
    units = generator.normal(size=40)
    drawn = Drawing(2000, 0.95, 0).units(40)
    one, ten = (drawn.ends(np.tile(units, (c, 1))) for c in (1, 10))
    assert one == pytest.approx(ten)
    low, high = drawn.ends(generator.normal(size=(10, 40)))
    assert high - low < 0.5 * (one[1] - one[0])


def test_draws_are_means_over_rows_that_count() -> None:
    rows = np.array([[1.0, np.nan, 4.0], [2.0, 5.0, np.nan]])
    drawn = Drawing(50, 0.9, 1).units(3)
    for weights, mean in zip(drawn.weights, drawn.means(rows), strict=True):
        n = weights @ [2, 1, 1]
        assert mean == pytest.approx((weights @ [3.0, 5.0, 4.0]) / n)


def test_tables_of_intervals_agree_with_single_ones() -> None:
    rows = np.random.default_rng(2).normal(size=(4, 3, 12))
    drawn = Drawing(200, 0.9, 0).units(12)
    whole = drawn.interval(rows)
    for k in range(3):
        assert (whole.low[k], whole.high[k]) == pytest.approx(drawn.ends(rows[:, k]))


def test_one_unit_says_nothing_of_its_spread() -> None:
    rows = np.array([[0.3, np.nan], [0.4, np.nan]])
    drawn = Drawing(50, 0.9, 0).units(2)
    assert np.isnan(drawn.ends(rows)).all()
    assert np.isnan(drawn.ends(np.full((2, 2), np.nan))).all()
    assert np.isnan(over_both(rows, np.zeros((50, 2)), drawn)).all()
    assert np.isnan(over_respondents(np.full((2, 2), np.nan), np.zeros((50, 2)), 0.9)).all()
    assert np.isnan(over_respondents(rows, None, 0.9)).all()


@pytest.mark.parametrize("n_units", [10, 100])
def test_the_interval_over_units_covers_as_it_says(n_units) -> None:
    """Units with an effect of their own in all of 5 slices, and a skew; 300 studies."""
    generator = np.random.default_rng(n_units)
    drawn = Drawing(400, 0.9, 0).units(n_units)
    held = 0
    for _ in range(300):
        own = generator.gamma(4, 0.05, n_units) - 0.2
        rows = own + generator.normal(0, 0.1, (5, n_units))
        rows[generator.random(rows.shape) < 0.1] = np.nan
        low, high = drawn.ends(rows)
        held += low <= 0 <= high
    assert 0.84 <= held / 300 <= 0.95  # 0.9, less and more three standard errors


def test_both_is_wider_than_either() -> None:
    generator = np.random.default_rng(5)
    rows, moved = generator.normal(0, 0.2, (1, 50)), generator.normal(0, 0.2, (1000, 50))
    drawn = Drawing(1000, 0.95, 0).units(50)
    widths = [
        high - low
        for low, high in (
            drawn.ends(rows),
            over_respondents(rows, moved, 0.95),
            over_both(rows, moved, drawn),
        )
    ]
    assert widths[2] > max(widths[:2])


def test_streams_are_independent_and_seeds_matter() -> None:
    drawing = Drawing(20, 0.9, 0)
    assert (drawing.units(9).weights == drawing.units(9).weights).all()
    assert (drawing.units(9).weights != drawing.units(9, 1).weights).any()
    assert (drawing.units(9).weights != Drawing(20, 0.9, 1).units(9).weights).any()
