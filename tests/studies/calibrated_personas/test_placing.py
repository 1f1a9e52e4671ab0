"""Positions on the map: by hand, against the humans' own, and of single personas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from map_material import population as circle
from studies.calibrated_personas.made import (
    COUNTRY,
    GENERIC,
    SOCIO,
    VALUE,
    distributions,
    items,
    responses,
)

from mores.errors import StudyError
from mores.instruments.survey import wvs7
from mores.measures.culture_map import INDICATORS
from mores.populations.culture import fit_map, model_position, respondent_positions
from mores.populations.culture import positions as human_positions
from mores.populations.expected_indicators import INDICATOR_QUESTIONS
from mores.populations.synthetic import synthesise
from mores.studies.calibrated_personas.placing import indicator_means, place

NAN = float("nan")
N_OPTIONS = [len(item.codes) for item in items(*INDICATOR_QUESTIONS)]
FIRST = ["model", "arm", "guidance", "country", "kind", "x", "y"]
FIRST += ["x_low", "x_high", "y_low", "y_high", "indicators"]


@pytest.fixture(scope="module")
def humans():
    return circle(("GBR", "GHA", "JPN"), synthetic=True)


def drawn(seed: int, n: int) -> np.ndarray:
    return distributions(np.random.default_rng(seed), (n,), N_OPTIONS)


def answered(**given: list[float]):
    """One prompt that answers some of the questions."""
    names = list(given)
    width = max(len(shares) for shares in given.values())
    table = [[[*shares, *[0.0] * (width - len(shares))] for shares in given.values()]]
    return responses({(GENERIC, "GBR"): np.array(table)}, names)


def value(indicator: str, **given: list[float]) -> float:
    return float(indicator_means(answered(**given))[0, INDICATORS.index(indicator)])


def test_questions() -> None:
    direct = [wvs7().item(code).id for code in INDICATORS[:8]]
    assert (*direct, "Q154", "Q155", "Q8", "Q14", "Q15", "Q17") == INDICATOR_QUESTIONS


def test_indices_by_hand() -> None:
    assert value("A008", Q46=[0.5, 0.5, 0, 0]) == pytest.approx(1.5)
    even = [0.25] * 4
    assert value("Y002", Q154=even, Q155=even) == pytest.approx(2)
    # first choice order, second prices: materialist for sure
    assert value("Y002", Q154=[1, 0, 0, 0], Q155=[0, 0, 1, 0]) == pytest.approx(1)
    assert value("Y002", Q154=[0, 1, 0, 0], Q155=[0, 0, 0, 1]) == pytest.approx(3)
    # order first; of the second choice half is order again, which cannot be: say, surely
    assert value("Y002", Q154=[1, 0, 0, 0], Q155=[0.5, 0.5, 0, 0]) == pytest.approx(2)
    # all four pairs of order and say in either place; both the same are ruled out
    assert value("Y002", Q154=[0.5, 0, 0.5, 0], Q155=[0.5, 0.5, 0, 0]) == pytest.approx(
        (2 + 1 + 2) / 3
    )
    assert np.isnan(value("Y002", Q154=[1, 0, 0, 0], Q155=[1, 0, 0, 0]))
    assert np.isnan(value("Y002", Q154=even))
    qualities = {"Q8": [1, 0], "Q14": [0.5, 0.5], "Q15": [0, 1], "Q17": [0.25, 0.75]}
    assert value("Y003", **qualities) == pytest.approx(2 + 1.75 - 1 - 1.5)
    assert np.isnan(value("Y003", **{k: qualities[k] for k in ("Q8", "Q14", "Q15")}))


def test_post_materialism_against_drawn_choices() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.dirichlet(np.ones(4), 2)
    pairs = np.stack(
        [generator.choice(4, 200_000, p=first), generator.choice(4, 200_000, p=second)]
    )
    pairs = pairs[:, pairs[0] != pairs[1]]
    post = np.isin(pairs, (1, 3)).sum(axis=0)
    assert value("Y002", Q154=list(first), Q155=list(second)) == pytest.approx(
        1 + post.mean(), abs=0.01
    )


def test_positions_are_those_of_the_expected_answers(humans) -> None:
    table = drawn(1, 5)
    given = responses({(SOCIO, "GHA"): table, (COUNTRY, "GHA"): table[:1]}, INDICATOR_QUESTIONS)
    placed = place(given, humans, draws=200)
    assert placed.positions.columns[:12] == FIRST
    fitted, means = fit_map(humans), indicator_means(given)
    for condition, rows in ((SOCIO, slice(0, 5)), (COUNTRY, slice(5, 6))):
        row = placed.positions.filter(arm=condition.arm).row(0, named=True)
        expected = means[rows].mean(axis=0)
        other = model_position(fitted, dict(zip(INDICATORS, expected.tolist(), strict=True)))
        assert (row["x"], row["y"]) == pytest.approx((other.x, other.y))
        assert row["kind"] == "model"
        assert row["indicators"] == 10
        assert row["absent"] == ""
        assert row["synthetic"]
    assert placed.positions.filter(arm="country")["x_low"].to_list() == [None]
    own = placed.positions.filter(arm=SOCIO.arm).row(0, named=True)
    assert own["x_low"] < own["x"] < own["x_high"]
    assert own["personas"] == 5


def test_personas_that_answer_as_respondents_lie_where_they_do() -> None:
    """Respondents' own answers, as certain as can be: the survey's indices must come out."""
    people = synthesise(seed=1, respondents=60, countries=("GHA", "JPN", "SWE"))
    names = [item.id for item in items(*INDICATOR_QUESTIONS)]
    answers = people.answer_matrix(names)
    kept = np.flatnonzero((answers >= 0).all(axis=0) & (answers[8] != answers[9]))[:40]
    table = np.eye(max(N_OPTIONS))[answers[:, kept].T]
    fitted = fit_map(people)
    placed = place(responses({(SOCIO, "GHA"): table}, names), people, culture_map=fitted, draws=2)
    truth = respondent_positions(people, fitted)[kept.tolist()]
    assert truth["indicators"].min() == 10
    found = placed.personas
    assert found.select("x", "y").to_numpy() == pytest.approx(truth.select("x", "y").to_numpy())
    assert found["share"].to_list() == [1 / 40] * 40
    own = placed.positions.filter(kind="model")
    assert own["x"][0] == pytest.approx(truth["x"].mean())


def test_humans(humans) -> None:
    given = responses({(COUNTRY, c): drawn(2, 1) for c in ("JPN", "GBR")}, INDICATOR_QUESTIONS)
    placed = place(given, humans, draws=300, seed=5).positions.filter(kind="human")
    assert placed["country"].to_list() == ["JPN", "GBR"]
    truth = human_positions(humans, fit_map(humans), draws=300)
    for row in placed.to_dicts():
        other = truth.filter(country=row["country"]).row(0, named=True)
        assert (row["x"], row["y"]) == pytest.approx((other["x"], other["y"]))
        assert row["personas"] == other["n"] == 60
        assert row["x_low"] < row["x"] < row["x_high"]
        assert row["model"] == humans.label
        assert "synthetic" in row["model"]
        assert (row["arm"], row["guidance"]) == ("", "")


def test_too_few_humans_are_not_shown(humans) -> None:
    rows = humans.frame.with_row_index().filter(
        (pl.col("country") != "JPN") | (pl.col("respondent") < 129)
    )
    few = replace(humans, frame=rows.drop("index"))
    assert (few.frame["country"] == "JPN").sum() == 9
    given = responses({(COUNTRY, c): drawn(2, 1) for c in ("JPN", "GBR")}, INDICATOR_QUESTIONS)
    found = place(given, few, draws=100).positions.filter(kind="human")
    hidden, shown = found.to_dicts()
    assert [hidden[name] for name in ("x", "y", "x_low", "y_high")] == [None] * 4
    assert hidden["personas"] == 9
    assert shown["x"] is not None


def test_one_row_for_what_names_no_country(humans) -> None:
    table = drawn(3, 1)
    cells = {(c, place_): table for c in (GENERIC, COUNTRY) for place_ in ("GBR", "GHA")}
    found = place(responses(cells, INDICATOR_QUESTIONS), humans, draws=50).positions
    assert found.filter(arm="generic")["country"].to_list() == ["all"]
    assert found.filter(arm="country")["country"].to_list() == ["GBR", "GHA"]


def test_missing_answers(humans) -> None:
    table = drawn(4, 4)
    table[0] = NAN  # nothing coded
    table[1, 0] = NAN  # without happiness
    table[:, 10] = NAN  # autonomy misses a quality throughout
    given = responses({(SOCIO, "GBR"): table}, INDICATOR_QUESTIONS)
    placed = place(given, humans, draws=100)
    row = placed.positions.filter(kind="model").row(0, named=True)
    assert (row["personas"], row["left_out"]) == (3, 1)
    assert row["absent"] == "Y003"
    assert row["indicators"] == pytest.approx((8 + 9 + 9) / 3)
    assert placed.personas["indicators"].to_list() == [8, 9, 9]
    assert placed.personas["share"].sum() == pytest.approx(0.75)
    assert row["x"] == pytest.approx(placed.personas["x"].mean())
    nothing = responses({(SOCIO, "GBR"): np.full((3, 14, 10), NAN)}, INDICATOR_QUESTIONS)
    empty = place(nothing, humans, draws=50)
    row = empty.positions.filter(kind="model").row(0, named=True)
    assert row["x"] is row["y_low"] is None
    assert (row["personas"], row["left_out"], row["indicators"]) == (0, 3, 0)
    assert row["absent"] == ",".join(INDICATORS)
    assert empty.personas.is_empty()


def test_equal_profiles_are_one_point(humans) -> None:
    table = drawn(5, 2)[[0, 1, 0, 0]]
    given = responses({(SOCIO, "GBR"): table}, INDICATOR_QUESTIONS, merged=True)
    assert place(given, humans, draws=50).personas["share"].to_list() == [0.75, 0.25]


def test_refuses_personas_made_of_the_indicators(humans) -> None:
    table = drawn(6, 3)
    given = responses({(VALUE, "GBR"): table}, INDICATOR_QUESTIONS)
    with pytest.raises(StudyError, match=r"'value\+nationality' are made of the map's indicators"):
        place(given, humans)
    not_asked = responses(
        {(VALUE, "GBR"): table, (SOCIO, "GBR"): table},
        INDICATOR_QUESTIONS,
        asked={(VALUE, "GBR"): [False] * 14},
    )
    found = place(not_asked, humans, draws=50).positions
    assert found.filter(kind="model")["arm"].to_list() == [SOCIO.arm]
