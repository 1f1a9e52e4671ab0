"""The interval of the mean absolute error that stops the drawing of personas."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies.calibrated_personas.made import MAIN, VALUE, at_random, observed, responses

from mores.errors import StudyError
from mores.measures.resampling import interval_of
from mores.studies.calibrated_personas.precision import blocks, mae_interval, precise_enough
from mores.studies.calibrated_personas.predicting import predictions
from mores.studies.calibrated_personas.question_intervals import known_mean

NAN = float("nan")
LOW, HIGH = [1, 0, 0], [0, 0, 1]


def test_blocks() -> None:
    assert blocks(20, 20, 100) == (20, 40, 60, 80, 100)
    assert blocks(20, 30, 100) == (20, 50, 80, 100)
    assert blocks(50, 20, 50) == (50,)
    assert blocks(50, 20, 10) == (10,)
    for wrong in ((1, 5, 10), (5, 0, 10), (5, 5, 0)):
        with pytest.raises(StudyError, match="precision: "):
            blocks(*wrong)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3]))
def test_same_as_the_tables_of_errors(seed: int, missing: float) -> None:
    given, humans = at_random(seed, personas=8, missing=missing)
    found = mae_interval(given, humans, 300, seed=4)
    tables = predictions(given, humans, draws=300, seed=4)
    conditions = [c for c in MAIN if c.has_personas]
    assert found["arm"].to_list() == [c.arm for c in conditions]
    for row, condition in zip(found.to_dicts(), conditions, strict=True):
        m = MAIN.index(condition)
        assert row["mae"] == pytest.approx(known_mean(tables.mae[m]), abs=1e-6)
        ends = interval_of(known_mean(tables.mae_draws[m], 0), 0.95, 8)
        assert row["mae_low"] == pytest.approx(float(ends.low), abs=1e-6)
        assert row["mae_high"] == pytest.approx(float(ends.high), abs=1e-6)
        assert row["width"] == pytest.approx(row["mae_high"] - row["mae_low"])
        assert row["personas"] == 8


def test_width_of_a_mean_of_many() -> None:
    # Half of the personas at each end, humans at the low one: the error is the share at the high
    # end, whose standard error is 1/2 over the root of n.
    for n in (100, 400):
        given = responses({(VALUE, "GBR"): [LOW, HIGH] * (n // 2)})
        row = mae_interval(given, observed([LOW]), 4000).row(0, named=True)
        assert row["mae"] == 0.5
        assert row["width"] == pytest.approx(2 * 1.96 * 0.5 / np.sqrt(n), rel=0.08)


def test_coverage_of_the_interval() -> None:
    # 1,500 samples of 40 personas, of whom each is at the high end with probability 0.4
    generator, inside = np.random.default_rng(0), 0
    for number in range(150):
        drawn = generator.random((10, 40)) < 0.4
        given = responses(
            {
                (VALUE, c): [HIGH if up else LOW for up in row]
                for c, row in zip(NAMES, drawn, strict=True)
            }
        )
        row = mae_interval(given, observed([LOW] * 10, countries=NAMES), 400, seed=number).row(
            0, named=True
        )
        inside += row["mae_low"] <= 0.4 <= row["mae_high"]
    assert 0.89 <= inside / 150 <= 1


NAMES = ("MDA", "TWN", "JPN", "ISL", "SWE", "PRI", "COL", "GHA", "JOR", "GBR")


def test_no_interval() -> None:
    single = mae_interval(responses({(VALUE, "GBR"): [LOW]}), observed([HIGH]))
    assert single.select("mae", "mae_low", "width", "countries").row(0) == (1, None, None, 1)
    assert not precise_enough(single, 0.5)
    nothing = mae_interval(responses({(VALUE, "GBR"): [[NAN] * 3] * 3}), observed([HIGH]))
    assert nothing.select("personas", "mae", "width", "countries").row(0) == (3, None, None, 0)
    assert not precise_enough(nothing, 0.5)


def test_precise_enough() -> None:
    frame = pl.DataFrame({"width": [0.01, 0.02]})
    assert precise_enough(frame, 0.02)
    assert not precise_enough(frame, 0.015)
    assert not precise_enough(pl.DataFrame({"width": [0.01, None]}), 0.5)
    plain = responses({(MAIN[0], "GBR"): [LOW]})
    assert precise_enough(mae_interval(plain, observed([HIGH])), 0.01)
    with pytest.raises(StudyError, match="width is 0"):
        precise_enough(frame, 0)


def test_fewer_personas_are_the_first_of_more() -> None:
    given, humans = at_random(2, personas=40)
    widths = []
    for n in (5, 40):
        part = responses(
            {(VALUE, c): given.personas(VALUE, c)[:n] for c in given.countries},
            [q.id for q in given.questions],
        )
        widths.append(mae_interval(part, humans, 500)["width"][0])
    assert widths[1] < widths[0] / 1.5


def test_refusals() -> None:
    given, humans = at_random(0)
    with pytest.raises(ValueError, match="draws is 0"):
        mae_interval(given, humans, 0)
    with pytest.raises(ValueError, match=r"0\.95"):
        mae_interval(given, humans, level=95)
