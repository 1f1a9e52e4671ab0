"""The design: what is asked, in which order, and what comes back in the instrument's own."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from math import exp, inf, log
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies.calibrated_personas.small_study import (
    ALL_ARMS,
    ITEMS,
    Respondent,
    answers,
    design,
    humans,
    study,
    trials,
)

from mores.errors import StudyError
from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.models.sim import SimulatedModel, SimulationParameters
from mores.models.sim_survey import survey_probabilities
from mores.personas.descriptors import MAP_ITEMS, given_away
from mores.prompts.guidance import guidance
from mores.prompts.scale_questions import orders_of
from mores.records import OptionMasses, Outcome, Reply, Request, Status
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.design import CalibratedDesign
from mores.studies.registry import load

GOLDEN = Path(__file__).parent / "golden"
MODES = ("fixed", "reversed", "both", "cyclic", "latin-square")
SCORING = ("exact", "prompt", "prefill", "first-token", "none")


def of_capabilities(scoring: str, **given_fields: Any) -> CalibratedDesign:
    return design(Respondent(Capabilities(scoring=scoring)), **given_fields)


def requests(found: CalibratedDesign) -> dict[int, Request]:
    return {t: found.request(t, 0) for t in trials(found).tolist()}


def condition(found: CalibratedDesign, prompt: int) -> Condition:
    return found.prompts.conditions[found.prompts.condition[prompt]]


# What is asked


def test_the_preset_asks_35_questions_in_ten_countries() -> None:
    found = load("calibrated-personas").design(resolve("sim"))
    assert isinstance(found, CalibratedDesign)
    assert (len(found.targets), len(found.prompts.countries)) == (35, 10)
    assert found.used.all()
    assert len(found.indicators) == 14
    arms = Counter(condition(found, p).arm for p in range(len(found.prompts)))
    assert list(arms) == ["generic", "country", "sociodemographic+nationality", "value+nationality"]
    assert arms["generic"] == 1
    assert arms["country"] == 10
    # of 1,000 drawn each; who is drawn twice, or is like another, is asked once
    assert 850 < arms["value+nationality"] < 950
    assert 850 < arms["sociodemographic+nationality"] < 990
    questions = {arm: 35 if arm == "value+nationality" else 49 for arm in arms}
    scored = sum(n * questions[arm] for arm, n in arms.items())
    assert found.size == len(found.prompts) * 49 * 2
    share = (found.selected - scored) / scored
    assert share == pytest.approx(0.02, abs=0.004)  # answered in text as well
    assert not [i.id for i in found.targets if i.id not in {q.id for q in found.questions}]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("elicitation", ["probabilities", "text"])
def test_blocks_hold_each_selected_trial_once_in_order(mode: str, elicitation: str) -> None:
    found = design(asking={"orders": mode, "elicitation": elicitation, "text_share": 0.3})
    everything = trials(found)
    assert (np.diff(everything) > 0).all()
    assert everything[0] >= 0
    assert everything[-1] < found.size
    assert found.selected == len(everything)
    for length in (1, 97, 5000):
        assert np.concatenate(list(found.blocks(length))).tolist() == everything.tolist()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("elicitation", ["probabilities", "text"])
def test_no_two_trials_or_attempts_are_the_same_request(mode: str, elicitation: str) -> None:
    found = design(asking={"orders": mode, "elicitation": elicitation, "repeats": 3}, sample=3)
    numbers = trials(found).tolist()
    keys = {found.request(t, attempt).key for t in numbers for attempt in (0, 1)}
    assert len(keys) == 2 * len(numbers)


@pytest.mark.parametrize("elicitation", ["probabilities", "text"])
def test_only_the_prompts_own_questions_are_asked_of_it(elicitation: str) -> None:
    """Q182 was not asked in Egypt, and indicators are not asked of personas made of them."""
    found = design(
        questions={"items": ["Q1", "Q182", "Q48"], "uncovered": "leave-out"},
        personas={"arms": ["generic", "country", "sociodemographic"]},
        asking={"elicitation": elicitation},
    )
    assert found.used[:, :3].tolist() == [[True, False, True], [True, True, True]]
    rows = found.columns(trials(found))
    egypt = rows.filter(country="EGY")["question"].unique().to_list()
    assert "Q182" not in egypt
    assert {"Q1", "Q48"} <= {*egypt}
    assert "Q182" in rows.filter(country="GBR")["question"]
    assert "Q182" in rows.filter(arm="generic")["question"]  # for Great Britain
    countries = zip(found.prompts.countries, found.used, strict=True)
    for country, used in countries:
        for c in found.prompts.conditions:
            assert found.asked_of(c, country).tolist() == used[:3].tolist()


# Nobody is asked what their persona tells


@given(
    st.lists(
        st.sampled_from(
            [
                *("Q6", "Q8", "Q14", "Q45", "Q46", "Q57", "Q71", "Q154", "Q155", "Q164", "Q171"),
                *("Q182", "Q184", "Q209", "Q218", "Q254", "A165", "F118", "E003"),
            ]
        ),
        max_size=5,
        unique_by=lambda name: humans().instrument.item(name).id,
    ),
    st.lists(st.sampled_from(ALL_ARMS), min_size=1, max_size=4, unique=True),
    st.sets(st.sampled_from([*MAP_ITEMS, "Q6", "Q71", "Q154"]), min_size=1, max_size=5),
    st.booleans(),
)
@settings(max_examples=20, deadline=None)
def test_no_persona_is_asked_what_it_tells(
    tmp_path_factory: pytest.TempPathFactory,
    items: list[str],
    arms: list[str],
    told: set[str],
    importance: bool,
) -> None:
    folder = tmp_path_factory.mktemp("sets")
    (folder / "mine.toml").write_text(descriptors(sorted(told)), encoding="utf-8")
    fields: dict[str, Any] = {
        "questions": {"items": ["Q1", *items], "minimum_coverage": 0.0, "uncovered": "leave-out"},
        "personas": {"arms": arms, "descriptors": ["mine.toml"], "least_indicators": 1},
        "sample": 2,
    }
    if importance and "value" in arms:
        fields["importance"] = {"method": "sampled", "arm": "value", "permutations": 2}
    secret = {
        *(given_away(told) if any(arm.startswith("value") for arm in arms) else ()),
        *(given_away(MAP_ITEMS) if any(arm.startswith("few-shot") for arm in arms) else ()),
    }
    asked = {humans().instrument.item(name).id for name in fields["questions"]["items"]}
    if asked & secret:
        with pytest.raises(StudyError, match="are made of the answers to") as caught:
            study(folder, **fields)
        assert any(name in str(caught.value) for name in asked & secret)
        return
    found = design(folder=folder, **fields)
    rows = found.columns(trials(found)).filter(pl.col("category").is_in(["value", "few-shot"]))
    for row in rows.unique(["prompt", "question"]).iter_rows(named=True):
        prompt = row["prompt"]
        said = given_away(found.texts.told(condition(found, prompt)))
        assert row["question"] not in said


def descriptors(items: list[str]) -> str:
    """A descriptor set of one's own."""
    lines = ["schema = 1"]
    for name in items:
        lines.append(f"[sentences.{name}]")
        for i, code in enumerate(humans().instrument.item(name).codes):
            lines.append(f'"{code}" = "You chose {"abcdefghijk"[i]} of {name}."')
    return "\n".join(lines)


def test_map_questions_are_asked_of_those_whose_persona_is_not_made_of_them() -> None:
    found = design(personas={"arms": [*ALL_ARMS]})
    map_questions = {i.id for i in found.indicators}
    assert len(map_questions) == 14
    for row in found.columns(trials(found)).iter_rows(named=True):
        if row["question"] in map_questions:
            assert row["category"] not in ("value", "few-shot")
    plain = design(personas={"arms": [*ALL_ARMS]}, questions={"map": False})
    assert plain.indicators == ()
    assert {*plain.columns(trials(plain))["question"]} == {i.id for i in plain.targets}


def test_an_indicator_may_be_a_target_of_arms_that_do_not_tell_it() -> None:
    found = design(
        questions={"items": ["Q46", "Q1"]},
        personas={"arms": ["country", "sociodemographic"]},
    )
    assert [i.id for i in found.questions].count("Q46") == 1
    assert len(found.questions) == 2 + 13


# Equal profiles, and larger samples


def test_equal_profiles_are_asked_once_and_weigh_by_how_often_they_were_drawn() -> None:
    found = design(sample=60, personas={"arms": ["value", "value+nationality", "few-shot"]})
    population = found.observed.population
    answered = np.stack([population.answers(i) for i in MAP_ITEMS], axis=1)
    for (c, country), prompts in found.prompts.drawn.items():
        drawn = found.drawn[country]
        texts = [found.request(p * len(found.places), 0).messages[0].content for p in prompts]
        for i, row in enumerate(drawn.tolist()):
            alike = [answered[row].tolist() == answered[other].tolist() for other in drawn]
            assert (prompts == prompts[i]).tolist() == alike
            assert [t == texts[i] for t in texts] == alike
        assert len(prompts) == 60
        assert len(np.unique(prompts)) < 60, (c, country)  # of 40 respondents


def test_no_prompt_is_written_twice_for_personas_of_an_arm() -> None:
    found = design(
        sample=40,
        personas={"arms": [*ALL_ARMS], "descriptors": ["composable", "modular"]},
        importance={"method": "sampled", "permutations": 2, "personas": 5},
    )
    table = found.prompts
    seen = Counter(
        (int(table.condition[p]), found.request(p * len(found.places), 0).messages[0].content)
        for p in range(len(table))
    )
    assert {*seen.values()} == {1}


def test_personas_of_no_descriptor_are_one_prompt_beside_sociodemographic_ones() -> None:
    """Both tell apart by no item of the survey, but not by the same."""
    found = design(
        sample=20,
        personas={"arms": ["sociodemographic+nationality", "value+nationality"]},
        importance={"method": "sampled", "permutations": 2, "personas": 20},
    )
    empty = next(c for c in found.prompts.conditions if c.indicators == ())
    assert len(np.unique(found.prompts.drawn[empty, "GBR"])) == 1
    people = found.prompts.conditions[0]
    assert len(np.unique(found.prompts.drawn[people, "GBR"])) > 5


@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from(MODES))
@settings(max_examples=8, deadline=None)
def test_a_larger_sample_contains_the_smaller_one(a: int, b: int, mode: str) -> None:
    small, large = sorted((a, b))
    fields: dict[str, Any] = {
        "personas": {"arms": ["generic", "sociodemographic", "value+nationality"]},
        "importance": {"method": "sampled", "permutations": 2, "personas": 5},
        "asking": {"orders": mode, "text_share": 0.2},
        "questions": {"items": [*ITEMS], "map": False},
    }
    few, many = (design(sample=n, **fields) for n in (small, large))
    n = len(few.prompts)
    assert (many.prompts.row[:n] == few.prompts.row).all()
    common = trials(many)[trials(many) < few.size]
    assert trials(few).tolist() == common.tolist()  # texts and orders included
    for t in common[:: max(1, len(common) // 40)].tolist():
        assert few.request(t, 0) == many.request(t, 0)
        assert few.request(t, 0).stimulus == many.request(t, 0).stimulus
    assert (
        study(sample=large, **fields).fingerprint() == study(sample=small, **fields).fingerprint()
    )


def test_arms_without_a_country_share_prompts_across_countries() -> None:
    found = design(
        sample=40, personas={"arms": ["generic", "value", "few-shot", "sociodemographic"]}
    )
    table = found.prompts
    assert (table.country < 0).all()
    assert len(table.drawn[Condition("generic"), "EGY"]) == 1
    for c in table.conditions:
        names = {*ALL_ARMS}
        assert c.arm in names
    rows = found.columns(trials(found))
    assert rows["country"].null_count() == len(rows)
    for text in {found.request(t, 0).messages[0].content for t in trials(found).tolist()}:
        assert "Egypt" not in text
        assert "United Kingdom" not in text


# Orders, and back from them


def shown(found: CalibratedDesign, reply: Reply) -> dict[int, Outcome]:
    return {t: found.code(t, 0, reply) for t in trials(found).tolist()}


def told(probabilities: list[float]) -> Reply:
    logs = tuple(log(p) if p else -inf for p in probabilities)
    return Reply(text=None, masses=OptionMasses(logs, logs))


@pytest.mark.parametrize("labels", ["integers", "letters"])
@pytest.mark.parametrize("mode", MODES)
def test_what_was_shown_comes_back_in_the_instruments_order(mode: str, labels: str) -> None:
    found = design(asking={"orders": mode, "labels": labels, "text_share": 0.5}, sample=2)
    for t in trials(found).tolist():
        prompt, place = found.split(t)
        item = found.questions[place.question]
        order = found.order(place)
        n = len(order)
        assert prompt == t // len(found.places)
        true = [(k + 1) / (n * (n + 1) / 2) for k in range(n)]  # the last option most likely
        request = found.request(t, 0)
        if found.scored(place):
            outcome = found.code(t, 0, told([true[k] for k in order]))
            assert outcome.probabilities == pytest.approx(true)
            assert outcome.option == n - 1
            assert outcome.status == Status.CODED
            assert request.labels
            continue
        assert request.labels == ()
        for place_shown, original in enumerate(order):
            label = found.request(t - 1, 0).labels[place_shown]
            coded = found.code(t, 0, Reply(text=f" {label}.\n"))
            assert coded.option == original
            assert coded.probabilities == ()
            if not item.labels[original].isdigit():
                assert found.code(t, 0, Reply(text=item.labels[original])).option == original


def test_orders_are_not_undone_by_the_inverse_permutation() -> None:
    """Peers' defect 5: right for identity, reversal and swaps alone."""
    found = design(questions={"items": ["Q47"], "map": False}, asking={"text_share": 0})
    every = tuple(permutations(range(5)))
    found.__dict__["orders"] = (every,)  # more than any mode shows
    true = [0.05, 0.1, 0.15, 0.3, 0.4]
    wrong = 0
    for t, order in zip(range(0, 2 * len(every), 2), every, strict=True):
        shown_shares = [true[k] for k in order]
        outcome = found.code(t, 0, told(shown_shares))
        assert outcome.probabilities == pytest.approx(true)
        assert outcome.option == 4
        assert found.code(t + 1, 0, Reply(str(order.index(4) + 1))).option == 4
        wrong += [shown_shares[k] for k in order] != true  # what the inverse would make of it
    assert wrong == 94  # of 120: all but the 26 orders that are their own inverse


class Biased:
    """The simulated respondent, and what it answers without its bias for the first option."""

    def __init__(self, bias: float) -> None:
        clean = "refusal=0,malformed=0,steer_value=1"
        self.biased = f"sim:position_bias={bias},{clean}"
        self.plain = SimulationParameters.parse(f"position_bias=0,{clean}")


def test_rotations_average_an_additive_bias_away_and_an_exponential_one_nearly() -> None:
    """Each option stands first once: of odds e^b the averaged shares are nearly those without bias.

    To first order in b the shown shares are p_k + b p_f (1[k = f] - p_k), whose mean over the options
    f that stand first is p_k + b (p_k - p_k sum_f p_f) / K = p_k: unbiased but for b squared.
    """
    fields: dict[str, Any] = {
        "questions": {"items": ["Q1", "Q71", "Q173"], "map": False},
        "personas": {"arms": ["generic", "value"]},
    }
    for bias, allowed in ((0.02, 1e-4), (0.2, 0.01)):
        model = Biased(bias)
        found = design(model.biased, asking={"orders": "cyclic", "text_share": 0}, **fields)
        rows = answers(found, model.biased)
        fixed = 0.0
        for (prompt, question), part in rows.group_by(["prompt", "question"]):
            t = int(part["trial"][0])
            stimulus = found.request(t, 0).stimulus
            plain = survey_probabilities(model.plain, stimulus)  # type: ignore[arg-type]
            shares = np.array(part["probabilities"].to_list())
            assert len(part) == shares.shape[1], (prompt, question)
            first = part.sort("trial")["order"][0].to_list()
            true = np.empty(len(first))
            true[first] = plain
            assert np.abs(shares.mean(axis=0) - true).max() < allowed
            fixed = max(fixed, np.abs(shares[0] - true).max())
        assert fixed > 10 * allowed or bias > 0.1


def test_a_persona_sees_one_row_of_a_latin_square_and_all_rows_are_seen_alike() -> None:
    found = design(
        sample=30,
        personas={"arms": ["generic", "country", "value", "value+nationality"]},
        questions={"items": [*ITEMS], "map": False},
        asking={"orders": "latin-square", "text_share": 0},
    )
    rows = found.columns(trials(found)).with_columns(n=pl.col("order").list.len())
    people = rows.filter(framing="persona")
    assert people.group_by("prompt", "question").len()["len"].unique().to_list() == [1]
    keys = ["question", "arm", "country"]
    for (question, arm, country), part in people.group_by(keys):
        orders = Counter(map(tuple, part["order"].to_list()))
        rows_of = orders_of(humans().instrument.item(question), "latin-square")
        assert {*orders} <= {*rows_of}
        if arm == "value+nationality":  # each country for itself
            assert country is not None
            assert max(orders.values()) - min(orders.get(r, 0) for r in rows_of) <= 1
    # a persona begins each question with another row
    one = people.filter(prompt=people["prompt"][0], n=4)
    assert one["order"].n_unique() == len(one)
    # who is asked but once is asked in all of them
    for (question, _), part in rows.filter(framing="vanilla").group_by("question", "prompt"):
        assert len(part) == len(orders_of(humans().instrument.item(question), "latin-square"))


@pytest.mark.parametrize("mode", MODES)
def test_orders_asked_is_what_is_asked(mode: str) -> None:
    found = design(asking={"orders": mode, "text_share": 0}, sample=3)
    rows = found.columns(trials(found))
    place = {item.id: q for q, item in enumerate(found.questions)}
    for (prompt, question), part in rows.group_by("prompt", "question"):
        assert len(part) == found.orders_asked(condition(found, prompt), place[question])


# Labels


def test_letters_are_taken_where_the_first_token_of_an_integer_says_too_little() -> None:
    for scoring in SCORING:
        found = of_capabilities(scoring)
        for item in found.questions:
            assert found.letters(item) == (scoring == "first-token" and len(item.codes) >= 10)
    assert all(
        of_capabilities("exact", asking={"labels": "letters"}).letters(i) for i in found.questions
    )
    assert not any(
        of_capabilities("first-token", asking={"labels": "integers"}).letters(i)
        for i in found.questions
    )


def test_labels_of_a_request_are_what_its_message_shows() -> None:
    for scoring in ("exact", "first-token"):
        found = of_capabilities(scoring, asking={"orders": "both", "text_share": 0})
        for request in requests(found).values():
            user = request.messages[1].content
            kind = "letter" if request.labels[0].isalpha() else "integer"
            first, last = min(request.labels, key=len), max(request.labels, key=len)
            ends = sorted(request.labels, key=lambda x: (len(x), x))
            assert user.endswith(f"ONLY the single {kind} ({ends[0]}-{ends[-1]}):"), (first, last)
            assert f"{request.labels[0]}=" in user
            assert len({*request.labels}) == len(request.labels)


# Answers in text


def test_a_seeded_share_is_answered_in_text_as_well() -> None:
    def texts(**fields: Any) -> set[int]:
        found = design(sample=12, asking={"text_share": fields.pop("share")}, **fields)
        rows = found.columns(trials(found)).filter(elicitation="text")
        both = rows.join(found.columns(trials(found)), on=["prompt", "question"])
        assert set(both["elicitation_right"]) <= {"probabilities", "text"}
        assert both.filter(elicitation_right="probabilities").height == rows.height
        return {*rows["trial"].to_list()}

    tenth, half = texts(share=0.1), texts(share=0.5)
    assert tenth < half  # a larger share holds the smaller
    everything = texts(share=1.0)
    assert half < everything
    assert len(half) / len(everything) == pytest.approx(0.5, abs=0.1)
    assert texts(share=0.0) == set()
    other = texts(share=0.5, seed=8)
    assert other != half


def test_the_share_is_the_same_over_questions_and_prompts() -> None:
    found = design(sample=200, asking={"text_share": 0.3}, questions={"items": ["Q1", "Q71"]})
    rows = found.columns(trials(found)).filter(arm="value+nationality")
    chosen = rows.with_columns(text=pl.col("elicitation") == "text")
    by_question = chosen.group_by("question").agg(pl.col("text").sum() / (~pl.col("text")).sum())
    n = rows.filter(elicitation="probabilities", question="Q1").height
    assert by_question["text"].to_list() == pytest.approx([0.3] * 2, abs=4 * (0.21 / n) ** 0.5)


def test_text_is_asked_for_once_for_each_repeat() -> None:
    found = design(asking={"elicitation": "text", "repeats": 3}, sample=2)
    rows = found.columns(trials(found))
    assert rows["elicitation"].unique().to_list() == ["text"]
    cells = rows.group_by("prompt", "question").agg(pl.col("repeat").sort())
    assert {tuple(r) for r in cells["repeat"].to_list()} == {(1, 2, 3)}
    group = rows.filter(prompt=0, question="Q1")["trial"].to_list()
    asked = [found.request(t, 0) for t in group]
    assert len({r.key for r in asked}) == len({r.seed for r in asked}) == 3  # peers' defect 7
    assert len({r.messages for r in asked}) == 1
    assert all(r.labels == () and r.sampling.max_tokens for r in asked)


# Requests


def test_requests_repeat_and_depend_on_model_seed_and_attempt() -> None:
    found, again = design(), design()
    t = int(trials(found)[0])
    assert found.request(t, 0) == again.request(t, 0)
    assert found.request(t, 0).key != found.request(t, 1).key
    other = design("sim:survey_dispersion=0.9")
    assert other.request(t, 0).key != found.request(t, 0).key
    text = next(t for t in trials(found).tolist() if not found.request(t, 0).labels)
    assert found.request(text, 0).seed != found.request(text, 1).seed


def test_probabilities_depend_on_neither_seed_nor_sampling() -> None:
    """They are told at temperature 1, of whatever else a study samples with."""
    one = design(sampling={"temperature": 0.3}).request(0, 0)
    other = design(sampling={"temperature": 1.7, "max_tokens": 99}).request(0, 0)
    assert one == other
    assert one.labels
    assert (one.sampling.temperature, one.seed) == (None, 0)


def test_what_a_model_does_not_take_is_not_sent() -> None:
    plain = Respondent(Capabilities(sampling=("temperature",)))
    found = design(
        plain, asking={"elicitation": "text"}, sampling={"temperature": 0.5, "top_p": 0.9}
    )
    request = found.request(0, 0)
    assert request.stimulus is None
    assert (request.sampling.temperature, request.sampling.top_p) == (0.5, None)
    assert request.sampling.max_tokens is None


# Outcomes that are no answers


def test_failures_refusals_and_nonsense_are_outcomes() -> None:
    found = design(asking={"text_share": 1.0}, sample=1)
    scored, text = 0, 1
    assert found.code(scored, 0, Reply(None, failure="gone")) == Outcome(
        Status.FAILED, None, "gone"
    )
    assert found.code(text, 0, Reply(None, failure="gone")).status == Status.FAILED
    assert found.code(text, 0, Reply(None)).reason == "no reply"
    assert found.code(text, 0, Reply("I cannot answer that as an AI.")).status == Status.REFUSED
    assert found.code(text, 0, Reply("1 or 2")).reason == "two-answers"
    nothing = found.code(scored, 0, told([0.0] * 4))
    assert (nothing.status, nothing.probabilities, nothing.allowed_mass) == (
        Status.UNCODED,
        (),
        0.0,
    )
    fewer = found.code(scored, 0, told([0.5, 0.5]))
    assert fewer.status == Status.UNCODED


@pytest.fixture(scope="module")
def both() -> CalibratedDesign:
    return design(asking={"orders": "both"})


@given(st.lists(st.floats(-30, 0), min_size=4, max_size=4), st.floats(0, 5))
@settings(max_examples=40, deadline=None)
def test_bounds_come_back_with_the_shares(
    both: CalibratedDesign, logs: list[float], gap: float
) -> None:
    total = log(sum(map(exp, logs))) + 0.1
    low = tuple(value - total for value in logs)
    high = (low[0], *(min(0.0, value + gap) for value in low[1:]))
    for t in (0, 2):
        outcome = both.code(t, 0, Reply(None, masses=OptionMasses(low, high)))
        order = both.order(both.split(t)[1])
        mass = sum(map(exp, low))
        assert outcome.allowed_mass == pytest.approx(mass)
        assert sum(outcome.probabilities) == pytest.approx(1)
        for place, original in enumerate(order):
            assert outcome.probabilities[original] == pytest.approx(exp(low[place]) / mass)
        assert outcome.unseen is not None


# Columns


def test_columns_say_what_was_asked_of_whom() -> None:
    found = design(
        personas={"arms": [*ALL_ARMS]},
        asking={"orders": "cyclic"},
        importance={"method": "sampled", "permutations": 2, "personas": 2},
        sample=3,
    )
    numbers = trials(found)
    rows = found.columns(numbers)
    assert rows["trial"].to_list() == numbers.tolist()
    names = {c.code: c.name for c in map(country, found.prompts.countries)}
    for row in rows.gather_every(7).iter_rows(named=True):
        prompt, place = found.split(row["trial"])
        c = condition(found, prompt)
        assert row["prompt"] == prompt
        assert row["question"] == row["unit"] == found.questions[place.question].id
        assert (row["arm"], row["guidance"], row["descriptors"]) == (
            c.arm,
            c.guidance,
            c.descriptors,
        )
        assert row["category"] == c.kind
        assert row["indicators"] == ("all" if c.whole else "+".join(c.indicators or ()))
        assert row["framing"] == ("persona" if c.has_personas else "vanilla")
        assert tuple(row["order"]) == found.order(place)
        request = found.request(row["trial"], 0)
        assert row["elicitation"] == ("probabilities" if request.labels else "text")
        assert (row["country"] is not None) == c.names_country
        if row["country"]:
            assert names[row["country"]] in request.messages[0].content
    assert found.columns(numbers[:0]).schema == rows.schema


def country(code: str) -> Any:
    from mores.instruments.countries import country_of

    return country_of(code)


@pytest.mark.parametrize("mode", MODES)
def test_outcomes_say_what_a_choice_means(mode: str) -> None:
    found = design(asking={"orders": mode}, questions={"items": ["Q1", "Q48", "Q173"]}, sample=2)
    numbers = trials(found)
    generator = np.random.default_rng(0)
    sizes = [len(found.questions[found.split(t)[1].question].codes) for t in numbers.tolist()]
    options = np.array([generator.integers(-1, n) for n in sizes])
    table = found.outcomes(numbers, options)
    for t, option, row in zip(
        numbers.tolist(), options.tolist(), table.iter_rows(named=True), strict=True
    ):
        _, place = found.split(t)
        item = found.questions[place.question]
        if option < 0:
            assert {*row.values()} == {None}
            continue
        assert row["score"] == item.codes[option]
        assert row["choice"] == item.labels[option]
        assert found.order(place)[row["position"] - 1] == option
    assert found.outcomes(numbers[:0], options[:0]).schema == table.schema


# The messages themselves


@pytest.mark.parametrize("arm", ALL_ARMS)
def test_the_messages_of_an_arm(arm: str) -> None:
    """Golden: written by hand once, of the first Briton drawn; read them when they change."""
    found = design(
        personas={"arms": [arm]}, questions={"items": ["Q71"], "map": False}, countries=["GBR"]
    )
    prompt = int(found.prompts.drawn[found.prompts.conditions[0], "GBR"][0])
    system, user = found.request(prompt * len(found.places), 0).messages
    assert (system.role, user.role) == ("system", "user")
    written = f"[System]\n{system.content}\n\n[User]\n{user.content}\n"
    assert written == (GOLDEN / f"{arm}.txt").read_text(encoding="utf-8")


def test_guidance_of_a_variant_comes_first() -> None:
    variants = ["minimal", "contrastive", "predict"]
    found = design(
        personas={
            "arms": ["country", "value", "value+nationality"],
            "guidance": variants,
            "vary_guidance": ["value", "country"],
        },
        sample=2,
    )
    names = [(c.arm, c.guidance) for c in found.prompts.conditions]
    assert names == [
        *(("country", v) for v in variants),
        *(("value", v) for v in variants),
        ("value+nationality", "minimal"),
    ]
    for p in range(len(found.prompts)):
        c = condition(found, p)
        place = int(found.prompts.country[p])
        where = found.prompts.countries[place] if place >= 0 else None
        text = found.request(p * len(found.places), 0).messages[0].content
        assert text.startswith(guidance(c.kind, c.guidance, where))
        assert ("Your persona: " in text) == c.has_personas


def test_the_simulated_model_answers_every_arm() -> None:
    found = design(personas={"arms": [*ALL_ARMS]}, sample=2)
    model = resolve("sim")
    assert isinstance(model, SimulatedModel)
    statuses = Counter(found.code(t, 0, model.reply(r)).status for t, r in requests(found).items())
    assert statuses[Status.FAILED] == 0
    assert statuses[Status.CODED] > 0.95 * statuses.total()
