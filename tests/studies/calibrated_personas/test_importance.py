"""Shapley values of descriptors: by hand, with a planted truth, and against the definition."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest
from studies.calibrated_personas.made import VALUE, observed, responses

from mores.errors import StudyError
from mores.measures.culture_map import INDICATORS
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.importance import shapley, subsets_to_ask
from mores.studies.calibrated_personas.responses import Observed, Responses

NAN = float("nan")
CONTRACT = ["model", "arm", "country", "indicator", "value", "standard_error", "value_none"]
CONTRACT += ["value_all", "evaluations", "method", "personas", "guidance", "descriptors"]
FOUR = ("Y003", "A008", "F063", "E018")


def at(mean: float) -> list[float]:
    """A distribution over three options with that mean, as a share of the scale."""
    return [1 - mean, 0, mean]


def asked(
    subsets, error, countries=("GBR",), personas: int = 3, base: Condition = VALUE
) -> tuple[Responses, Observed]:
    """Answers whose error with a subset, in a country, is given; humans are at the low end."""
    given = {
        (replace(base, indicators=tuple(subset)), country): [at(error(set(subset), country))]
        * personas
        for subset in subsets
        for country in countries
    }
    return responses(given), observed([[1, 0, 0]] * len(countries), countries=countries)


def by_definition(error, names) -> dict[str, float]:
    found = dict.fromkeys(names, 0.0)
    orders = list(permutations(names))
    for order in orders:
        for i, name in enumerate(order):
            step = error(set(order[: i + 1]), "GBR") - error(set(order[:i]), "GBR")
            found[name] += step / len(orders)
    return found


def test_subsets_to_ask() -> None:
    every = subsets_to_ask(exact=True)
    assert len(every) == len(set(every)) == 1024
    assert () in every
    assert INDICATORS in every
    some = subsets_to_ask(exact=False, permutations=2, seed=3)
    assert len(some) == len(set(some)) == 20
    for subset in some:
        assert list(subset) == sorted(subset, key=INDICATORS.index)
    # along a permutation and its reverse: each subset with its complement
    assert {frozenset(INDICATORS) - set(s) for s in some} == {frozenset(s) for s in some}
    assert subsets_to_ask(exact=False, permutations=1 + 2, seed=3) == subsets_to_ask(
        exact=False, permutations=4, seed=3
    )
    assert subsets_to_ask(exact=False, seed=3) != subsets_to_ask(exact=False, seed=4)
    assert set(subsets_to_ask(FOUR, exact=True)) == {
        c for n in range(5) for c in combinations(FOUR, n)
    }


def test_permutations_do_not_depend_on_the_order_of_names() -> None:
    first = subsets_to_ask(FOUR, exact=False, permutations=2)
    second = subsets_to_ask(FOUR[::-1], exact=False, permutations=2)
    assert [set(s) for s in first] == [set(s) for s in second]
    assert first == [s[::-1] for s in second]


def test_by_hand() -> None:
    errors = {(): 0.5, ("A008",): 0.3, ("F063",): 0.4, ("A008", "F063"): 0.2}
    given, humans = asked(errors, lambda subset, _: errors[tuple(sorted(subset))])
    found = shapley(given, humans, exact=True)
    assert found.columns[:13] == CONTRACT
    own = found.filter(country="GBR")
    assert own["indicator"].to_list() == ["A008", "F063"]
    assert own["value"].to_list() == pytest.approx([-0.2, -0.1])
    assert own["standard_error"].to_list() == [0, 0]
    assert own["value_none"].to_list() == pytest.approx([0.5] * 2)
    assert own["value_all"].to_list() == pytest.approx([0.2] * 2)
    rest = ("evaluations", "method", "personas", "questions", "countries")
    assert own.select(rest).row(0) == (4, "exact", 3, 1, 1)
    whole = found.filter(country="all")
    assert whole["value"].to_list() == own["value"].to_list()


def planted(subset: set[str], country: str) -> float:
    """Only two of ten matter, one of them for one country alone, where it does harm."""
    found = 0.6 - 0.3 * ("F063" in subset)
    if country == "GBR":
        found += 0.1 * ("Y002" in subset)
    return found


@pytest.mark.parametrize("exact", [True, False])
def test_planted_truth(exact: bool) -> None:
    subsets = subsets_to_ask(exact=exact, permutations=4, seed=7)
    given, humans = asked(subsets, planted, ("GBR", "GHA"), personas=1)
    found = shapley(given, humans, exact=exact, permutations=4, seed=7)
    assert found.height == 30
    for row in found.to_dicts():
        matters = {"F063": -0.3, "Y002": {"GBR": 0.1, "all": 0.05}.get(row["country"], 0)}
        assert row["value"] == pytest.approx(matters.get(row["indicator"], 0), abs=1e-6)
        assert row["standard_error"] == pytest.approx(0, abs=1e-6)
        assert row["evaluations"] == len(subsets)
        assert row["method"] == ("exact" if exact else "sampled")
    for country in ("GBR", "GHA", "all"):
        own = found.filter(country=country)
        difference = own["value_all"][0] - own["value_none"][0]
        assert own["value"].sum() == pytest.approx(difference, abs=1e-9)


def test_against_the_definition() -> None:
    generator = np.random.default_rng(1)
    error = {frozenset(s): generator.uniform(0, 1) for s in subsets_to_ask(FOUR, exact=True)}
    given, humans = asked(map(tuple, error), lambda subset, _: error[frozenset(subset)])
    truth = by_definition(lambda subset, _: error[frozenset(subset)], FOUR)
    exact = shapley(given, humans, exact=True).filter(country="GBR")
    for row in exact.to_dicts():
        assert row["value"] == pytest.approx(truth[row["indicator"]], abs=1e-6)
    sampled = shapley(given, humans, exact=False, permutations=2000).filter(country="GBR")
    for row in sampled.to_dicts():
        assert abs(row["value"] - truth[row["indicator"]]) < 4 * row["standard_error"] + 1e-6
        assert 0 < row["standard_error"] < 0.02


def test_what_is_asked_is_what_is_looked_up() -> None:
    """No subset beyond those asked is needed, for any seed; another seed needs others."""
    for seed in range(5):
        subsets = subsets_to_ask(exact=False, permutations=6, seed=seed)
        given, humans = asked(subsets, planted, personas=1)
        assert shapley(given, humans, exact=False, permutations=6, seed=seed).height == 20
        with pytest.raises(StudyError, match="subsets of descriptors were not asked"):
            shapley(given, humans, exact=False, permutations=6, seed=seed + 100)
    with pytest.raises(StudyError, match="seed with which the study was planned"):
        shapley(given, humans, exact=True)


def test_the_whole_persona_counts_as_all_descriptors() -> None:
    errors = {(): 0.5, ("A008",): 0.3, ("F063",): 0.4}
    partial, humans = asked(errors, lambda subset, _: errors[tuple(sorted(subset))])
    cells = {(c, "GBR"): partial.personas(c, "GBR") for c in partial.partial}
    # more of the whole personas were drawn; only the first three count
    cells[VALUE, "GBR"] = [at(0.2)] * 3 + [at(0.9)] * 5
    found = shapley(responses(cells), humans, exact=True)
    assert found["value"].to_list()[:2] == pytest.approx([-0.2, -0.1])
    assert found["value_all"][0] == pytest.approx(0.2)
    assert found["personas"].to_list() == [3] * 4


def test_missing_answers() -> None:
    errors = {(): 0.5, ("A008",): 0.3, ("F063",): 0.4, ("A008", "F063"): 0.2}
    given, _ = asked(errors, lambda subset, _: errors[tuple(sorted(subset))])
    cells = {}
    for n, condition in enumerate(given.partial):
        first = given.personas(condition, "GBR")[:, 0]
        second = np.full((3, 3), NAN) if n == 1 else np.tile(at(0.9), (3, 1))
        cells[condition, "GBR"] = np.stack([first, second], axis=1)
        cells[condition, "GHA"] = np.full((3, 2, 3), NAN)
    humans = observed([[[1, 0, 0]] * 2] * 2, ("Q210", "Q211"), ("GBR", "GHA"))
    found = shapley(responses(cells, ("Q210", "Q211")), humans, exact=True)
    own = found.filter(country="GBR")
    # the second question lacks an answer to one subset, and is left out of all
    assert own["value"].to_list() == pytest.approx([-0.2, -0.1])
    assert own["questions"].to_list() == [1, 1]
    nothing = found.filter(country="GHA")
    assert nothing["value"].to_list() == [None, None]
    assert nothing["value_all"].to_list() == [None, None]
    assert nothing["countries"].to_list() == [0, 0]
    whole = found.filter(country="all")
    assert whole["value"].to_list() == pytest.approx([-0.2, -0.1])
    assert whole["countries"].to_list() == [1, 1]


def test_conditions_are_apart() -> None:
    other = replace(VALUE, arm="value")
    pair = [(), ("A008",)]
    first, humans = asked(pair, lambda s, _: 0.5 - 0.2 * len(s))
    second, _ = asked(pair, lambda s, _: 0.5 + 0.1 * len(s), base=other)
    cells = {(c, "GBR"): r.personas(c, "GBR") for r in (first, second) for c in r.partial}
    found = shapley(responses(cells), humans, exact=True).filter(country="GBR")
    assert found["arm"].to_list() == [VALUE.arm, "value"]
    assert found["value"].to_list() == pytest.approx([-0.2, 0.1])


def test_nothing_asked() -> None:
    found = shapley(responses({(VALUE, "GBR"): [at(0.5)]}), observed([[1, 0, 0]]), exact=True)
    assert found.is_empty()
    assert found.columns[:13] == CONTRACT


def test_refusals() -> None:
    with pytest.raises(StudyError, match="each once"):
        subsets_to_ask(("A008", "A008"), exact=True)
    with pytest.raises(StudyError, match="indicators are none"):
        subsets_to_ask((), exact=True)
    with pytest.raises(StudyError, match="permutations is 1"):
        subsets_to_ask(exact=False, permutations=1)
