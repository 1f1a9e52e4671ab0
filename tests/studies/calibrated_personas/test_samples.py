"""The error against the number of personas: by hand, and against the predictions."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies.calibrated_personas.made import (
    COUNTRY,
    MAIN,
    SOCIO,
    VALUE,
    at_random,
    observed,
    responses,
)

from mores.errors import StudyError
from mores.studies.calibrated_personas.predicting import predictions
from mores.studies.calibrated_personas.question_intervals import known_mean
from mores.studies.calibrated_personas.samples import Scores, observed_scores, sample_size

NAN = float("nan")
LOW, HIGH, EVEN = [1, 0, 0], [0, 0, 1], [0.5, 0, 0.5]
CONTRACT = ["model", "arm", "guidance", "descriptors", "personas"]
CONTRACT += ["mae", "mae_low", "mae_high", "resamples"]


def rows(frame: pl.DataFrame, condition) -> dict[int, dict]:
    own = frame.filter(
        arm=condition.arm, guidance=condition.guidance, descriptors=condition.descriptors
    )
    return {row["personas"]: row for row in own.to_dicts()}


def test_by_hand() -> None:
    # Of two personas at the ends, either is 1/2 from humans in the middle; both together are right.
    given = responses({(VALUE, "GBR"): [LOW, HIGH], (COUNTRY, "GBR"): [LOW]})
    found = sample_size(given, observed([EVEN]), [1, 2, 7])
    assert found.columns[:9] == CONTRACT
    value = rows(found, VALUE)
    assert list(value) == [1, 2]
    assert [value[1][name] for name in ("mae", "mae_low", "mae_high")] == [0.5] * 3
    assert [value[2][name] for name in ("mae", "mae_low", "mae_high")] == [0] * 3
    assert (value[1]["resamples"], value[2]["resamples"]) == (200, 1)
    country = rows(found, COUNTRY)
    assert list(country) == [1]
    assert country[1]["mae"] == 0.5
    assert country[1]["mae_low"] is country[1]["mae_high"] is country[1]["mae_least"] is None
    # Humans at the low end: one persona is right, the other as wrong as can be.
    one = rows(sample_size(given, observed([LOW]), [1], 4000, seed=3), VALUE)[1]
    assert (one["mae_least"], one["mae_most"]) == (0, 1)
    assert (one["mae_low"], one["mae_high"]) == (0, 1)
    assert one["mae"] == pytest.approx(0.5, abs=0.05)


def test_countries_are_averaged_and_resampled_apart() -> None:
    given = responses({(VALUE, c): [LOW, HIGH] for c in ("GBR", "GHA")})
    one = rows(sample_size(given, observed([LOW, LOW], countries=("GBR", "GHA")), [1]), VALUE)[1]
    assert (one["mae_least"], one["mae_most"], one["countries"]) == (0, 1, 2)
    shared = sample_size(given, observed([LOW, LOW], countries=("GBR", "GHA")), [1], 1, seed=5)
    several = {
        sample_size(given, observed([LOW, LOW], countries=("GBR", "GHA")), [1], 1, seed=s)["mae"][0]
        for s in range(20)
    }
    assert several == {0, 0.5, 1}  # 1/2: the countries drew different personas
    assert shared["resamples"].to_list() == [1, 1]


def test_missing_answers_are_left_out() -> None:
    given = responses({(VALUE, "GBR"): [LOW, [NAN] * 3]})
    found = rows(sample_size(given, observed([LOW]), [1], 50), VALUE)
    assert found[1]["mae"] == found[2]["mae"] == 0
    nothing = responses({(VALUE, "GBR"): [[NAN] * 3] * 2})
    for row in sample_size(nothing, observed([LOW]), [1]).to_dicts():
        assert row["mae"] is row["mae_low"] is row["mae_most"] is None
        assert row["countries"] == 0
    unused = sample_size(given, observed([[NAN] * 3]), [1])
    assert unused["mae"].null_count() == unused.height


def test_what_was_not_asked_is_left_out() -> None:
    table = np.array([[LOW, HIGH], [LOW, HIGH]])
    key = (VALUE, "GBR")
    given = responses({key: table}, ("Q210", "Q211"), asked={key: [True, False]})
    found = sample_size(given, observed([[LOW, LOW]], ("Q210", "Q211")), [1])
    assert found["mae"].to_list() == [0, 0]


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3]))
def test_all_personas_are_the_prediction(seed: int, missing: float) -> None:
    given, humans = at_random(seed, missing=missing)
    whole = known_mean(predictions(given, humans, draws=2).mae)
    found = sample_size(given, humans, [2, 4], 30)
    for condition, mae in zip(MAIN, whole, strict=True):
        own = rows(found, condition)
        last = own[max(own)]
        assert last["mae"] == pytest.approx(mae, abs=1e-6)
        if condition.has_personas:
            assert list(own) == [2, 4, 6]
            for row in own.values():
                ends = [row[f"mae_{end}"] for end in ("least", "low", "high", "most")]
                assert ends == sorted(ends)
                assert ends[0] - 1e-12 <= row["mae"] <= ends[3] + 1e-12


def test_against_samples_one_by_one() -> None:
    given, humans = at_random(3, personas=9)
    found = rows(sample_size(given, humans, [3], 3000), SOCIO)[3]
    generator = np.random.default_rng(8)
    truth = observed_scores(humans)
    scores = Scores.of(given, [SOCIO])
    drawn = [
        np.mean(
            [
                np.nanmean(np.abs(scores.personas(SOCIO, c)[order].mean(axis=0) - truth[i]))
                for i, c in enumerate(given.countries)
                for order in [generator.choice(9, 3, replace=False)]
            ]
        )
        for _ in range(3000)
    ]
    assert found["mae"] == pytest.approx(np.mean(drawn), abs=0.003)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found["mae_low"] == pytest.approx(low, abs=0.008)
    assert found["mae_high"] == pytest.approx(high, abs=0.008)


def test_conditions_are_paired() -> None:
    given, humans = at_random(1)
    same = {
        (condition, c): given.personas(VALUE, c) for condition in (SOCIO, VALUE) for c in ("GBR",)
    }
    found = sample_size(responses(same, [q.id for q in given.questions]), humans, [2], 7)
    numbers = found.select(pl.exclude("arm", "descriptors"))
    assert numbers.head(2).equals(numbers.tail(2))


def test_seeded() -> None:
    given, humans = at_random(2)
    assert sample_size(given, humans, [2]).equals(sample_size(given, humans, [2]))
    assert not sample_size(given, humans, [2]).equals(sample_size(given, humans, [2], seed=1))


def test_sizes_up_to_all() -> None:
    given, humans = at_random(0, personas=12)
    assert list(rows(sample_size(given, humans), VALUE)) == [1, 2, 5, 10, 12]


def test_refusals() -> None:
    given, humans = at_random(0)
    with pytest.raises(StudyError, match="sizes holds 0"):
        sample_size(given, humans, [0, 2])
    with pytest.raises(ValueError, match="resamples is 0"):
        sample_size(given, humans, resamples=0)
    with pytest.raises(ValueError, match=r"0\.95"):
        sample_size(given, humans, level=95)
