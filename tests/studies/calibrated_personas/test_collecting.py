"""Answers and humans in arrays, against the same in plain Python."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from math import isnan
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from populations.given_people import people
from studies.calibrated_personas.small_study import answers, design, humans

from mores.errors import InstrumentError, StudyError
from mores.instruments.survey import wvs7
from mores.populations.population import Population
from mores.studies.calibrated_personas.collecting import observe, responses, targets

QUESTIONS = tuple(wvs7().item(name) for name in ("Q1", "Q48", "Q173"))
PROMPTS = 4
SCHEMA = {
    "prompt": pl.Int64,
    "question": pl.String,
    "option": pl.Int16,
    "probabilities": pl.List(pl.Float32),
    "allowed_mass": pl.Float64,
    "unseen": pl.Float64,
}


@st.composite
def an_answer(draw: st.DrawFn) -> tuple[Any, ...]:
    """A row of a table of answers: of probabilities, of text, or not coded; some of no target."""
    question = draw(st.sampled_from([*QUESTIONS, wvs7().item("Q2")]))
    prompt = draw(st.integers(0, PROMPTS - 1))
    n = len(question.codes)
    kind = draw(st.sampled_from(["scored", "text", "uncoded"]))
    if kind == "uncoded":
        return prompt, question.id, None, None, draw(st.sampled_from([None, 0.0])), None
    option = draw(st.integers(0, n - 1))
    if kind == "text":
        return prompt, question.id, option, None, None, None
    weights = draw(st.lists(st.floats(0.01, 1), min_size=n, max_size=n))
    shares = [w / sum(weights) for w in weights]
    mass = draw(st.floats(0.1, 1))
    return prompt, question.id, option, shares, mass, draw(st.floats(0, 1))


def collected(rows: list[tuple[Any, ...]]) -> Any:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return responses(frame, "a model", QUESTIONS, ("EGY", "GBR"), PROMPTS, {}, {})


@given(st.lists(an_answer(), max_size=25))
@settings(max_examples=80, deadline=None)
def test_answers_are_averaged_by_prompt_and_question(rows: list[tuple[Any, ...]]) -> None:
    found = collected(rows)
    assert found.shares.shape == (PROMPTS, 3, 10)
    cells = defaultdict(list)
    for prompt, question, option, shares, mass, unseen in rows:
        if option is not None:
            cells[prompt, question].append((option, shares, mass, unseen))
    for p in range(PROMPTS):
        for q, item in enumerate(QUESTIONS):
            coded = cells[p, item.id]
            if not coded:
                assert np.isnan(found.shares[p, q]).all()
                assert isnan(found.allowed[p, q])
                assert isnan(found.unseen[p, q])
                continue
            expected = [0.0] * 10
            for option, shares, _, _ in coded:
                for k in range(len(item.codes)):
                    share = float(k == option) if shares is None else shares[k]
                    expected[k] += share / len(coded)
            assert found.shares[p, q].tolist() == pytest.approx(expected, abs=1e-5)
            for name, place in (("allowed", 2), ("unseen", 3)):
                told = [row[place] for row in coded]
                mean = np.nan if None in told else sum(told) / len(told)
                got = float(getattr(found, name)[p, q])
                assert got == pytest.approx(mean, abs=1e-5, nan_ok=True)


def test_orders_are_averaged_by_hand() -> None:
    found = collected(
        [
            (2, "Q173", 0, [0.6, 0.3, 0.1], 1.0, 0.0),
            (2, "Q173", 1, [0.2, 0.5, 0.3], 0.8, 0.1),
            (0, "Q173", 2, None, None, None),
            (0, "Q173", 2, None, None, None),
            (0, "Q173", 1, None, None, None),
            (0, "Q173", None, None, None, None),
        ]
    )
    assert found.shares[2, 2, :3] == pytest.approx([0.4, 0.4, 0.2])
    assert found.allowed[2, 2] == pytest.approx(0.9)
    assert found.unseen[2, 2] == pytest.approx(0.05)
    assert found.shares[0, 2, :3] == pytest.approx([0, 1 / 3, 2 / 3])
    assert np.isnan(found.allowed[0, 2])
    assert np.isnan(found.shares[1]).all()


def test_no_answers_at_all() -> None:
    assert np.isnan(collected([]).shares).all()


@pytest.mark.parametrize("elicitation", ["probabilities", "text"])
def test_answers_of_a_design_come_back_whole(elicitation: str) -> None:
    found = design(asking={"elicitation": elicitation, "text_share": 0, "repeats": 2})
    given_answers = answers(found, "sim:refusal=0,malformed=0")
    arrays = responses(
        given_answers,
        "sim",
        found.targets,
        found.prompts.countries,
        len(found.prompts),
        found.prompts.drawn,
        {},
    )
    asked = found.asked[:, : len(found.targets)]
    assert (~np.isnan(arrays.shares[..., 0]) == asked).all()
    assert arrays.shares[asked].sum(axis=-1) == pytest.approx(1, abs=1e-5)
    for q, item in enumerate(found.targets):
        assert (arrays.shares[asked[:, q], q, len(item.codes) :] == 0).all()


# Humans


def voters(**columns: list[int]) -> Population:
    """Ten people of two countries, of equal weight."""
    return replace(people(country=["EGY"] * 5 + ["GBR"] * 5, **columns), name="voters")


GOOD = [1, 2, 3, 4, 1]
GAPS = [1, 2, -1, -1, -2]


def test_shares_are_weighted_and_end_with_a_question() -> None:
    population = people(weight=[1.0, 1.0, 2.0, None], Q1=[1, 1, 4, 2], Q173=[1, 2, 3, 3])
    found = observe(population, ["Q1", "Q173"], ["EGY"], 0.0, "refuse")
    assert found.shares[0, 0].tolist() == [0.5, 0.0, 0.0, 0.5]
    assert found.shares[0, 1].tolist() == [0.25, 0.25, 0.5, 0.0]
    assert found.n.tolist() == [[3, 3]]
    assert found.used.tolist() == [[True, True]]


def test_a_question_that_too_few_answered_is_refused_or_left_out() -> None:
    population = voters(Q1=GOOD + GAPS, Q2=GOOD + GOOD)
    with pytest.raises(StudyError, match=r"Q1 in GBR: not more than 80% .*leave-out"):
        observe(population, ["Q1", "Q2"], ["EGY", "GBR"], 0.8, "refuse")
    found = observe(population, ["Q1", "Q2"], ["GBR", "EGY"], 0.8, "leave-out")
    assert found.used.tolist() == [[False, True], [True, True]]
    assert np.isnan(found.shares[0, 0]).all()
    assert found.coverage[0, 0] == pytest.approx(0.4)
    assert found.countries == ("GBR", "EGY")
    assert observe(population, ["Q1"], ["EGY"], 0.8, "refuse").used.all()


def test_coverage_must_be_more_than_the_least() -> None:
    population = voters(Q1=[1, 2, 3, 4, -1, 1, 2, 3, -1, -1], Q2=GOOD + GOOD)
    found = observe(population, ["Q1", "Q2"], ["EGY", "GBR"], 0.6, "leave-out")
    assert found.coverage[:, 0].tolist() == pytest.approx([0.8, 0.6])
    assert found.used[:, 0].tolist() == [True, False]


def test_a_question_that_is_used_nowhere_is_refused_whatever_is_said_of_gaps() -> None:
    population = voters(Q1=GAPS + GAPS, Q2=GOOD + GOOD)
    for uncovered in ("refuse", "leave-out"):
        with pytest.raises(StudyError, match=r"Q1: in none of the countries .*minimum_coverage"):
            observe(population, ["Q1", "Q2"], ["EGY", "GBR"], 0.8, uncovered)
    with pytest.raises(StudyError, match=r"Q6: in none of the countries"):
        observe(population, ["Q6"], ["EGY"], 0.0, "leave-out")  # no such column


def test_a_country_without_any_question_is_refused() -> None:
    population = voters(Q1=GOOD + GAPS, Q2=GOOD + GAPS)
    with pytest.raises(StudyError, match=r"in GBR none of the targets"):
        observe(population, ["Q1", "Q2"], ["EGY", "GBR"], 0.8, "leave-out")


def test_many_gaps_are_told_in_short() -> None:
    names = [f"Q{n}" for n in range(64, 71)]
    population = voters(Q1=GOOD + GOOD, **dict.fromkeys(names, GOOD + GAPS))
    with pytest.raises(StudyError, match=r"Q68 in GBR and 2 more: not more than"):
        observe(population, [*names, "Q1"], ["EGY", "GBR"], 0.8, "refuse")


def test_of_alternatives_the_first_is_taken_that_was_asked() -> None:
    assert [i.id for i in targets(humans(), ["F028/Q171", "Q171 / F028"])] == ["Q171", "Q171"]
    earlier = people(F028=[1, 8], Q171=[-4, -4])
    assert [i.id for i in targets(earlier, ["F028/Q171", "Q171/F028"])] == ["F028", "F028"]
    neither = people(Q1=[1, 2])
    assert [i.id for i in targets(neither, ["F028/Q171"])] == ["F028"]
    assert [i.id for i in targets(humans(), ["A008"])] == ["Q46"]


@pytest.mark.parametrize(
    ("items", "error", "said"),
    [
        (["Q1", "Q1"], StudyError, "names Q1 twice"),
        (["A008", "Q2", "Q46"], StudyError, "names Q46 twice"),
        (["Q171", "F028/Q171"], StudyError, "names Q171 twice"),
        (["Q1", "Y002"], StudyError, "Y002 is computed from the answers to other questions"),
        (["Q9999"], InstrumentError, "'Q9999' is no item"),
        (["F028/Q0171"], InstrumentError, "did you mean 'Q171'"),
        (["Q1/"], InstrumentError, "'' is no item"),
    ],
)
def test_targets_that_cannot_be(items: list[str], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        observe(humans(), items, ["GBR"], 0.0, "leave-out")
