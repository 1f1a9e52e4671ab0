"""Agreement of reviewers: by hand, by property, and against the definition over coincidences."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mores.instruments.dilemma_checks import CHECKS, Check
from mores.instruments.dilemmas import ACTIONS
from mores.instruments.judgements import HumanJudgement
from mores.studies.dilemma_quality.agreement import (
    JudgementArrays,
    arrays_of,
    check_shares,
    concordances,
    disagreements,
    majority,
    percent_agreement,
    recovery,
)

NAN = float("nan")
RIGHT = [1, 2, 3, 4, 5, 6]
MOMENT = "2026-11-20T10:00:00Z"


def judged(name, places, passed=None):
    placed = None if places is None else tuple(ACTIONS[p - 1] for p in places)
    checks = {} if passed is None else {c: Check(p) for c, p in zip(CHECKS, passed, strict=True)}
    read, checked = MOMENT if placed else None, MOMENT if checks else None
    text = "0" * 16
    return HumanJudgement(
        name, text, ACTIONS, placed, read, MappingProxyType(checks), checked, "", (0, 0)
    )


def alpha_by_coincidences(units, distance):
    """Krippendorff (2011): observed and expected coincidences of values."""
    units = [[v for v in unit if not np.isnan(v)] for unit in units]
    units = [unit for unit in units if len(unit) >= 2]
    values = sorted({v for unit in units for v in unit})
    seen = np.zeros((len(values), len(values)))
    for unit in units:
        for i, a in enumerate(unit):
            for j, b in enumerate(unit):
                if i != j:
                    seen[values.index(a), values.index(b)] += 1 / (len(unit) - 1)
    n_c = seen.sum(axis=1)
    expected = (np.outer(n_c, n_c) - np.diag(n_c)) / (n_c.sum() - 1)
    d = np.array([[distance(a, b) for b in values] for a in values])
    return 1 - (seen * d).sum() / (expected * d).sum()


def by_name(found):
    return {one.name: one for one in found}


def test_by_hand():
    judgements = {
        "Anna": {"d1": judged("d1", RIGHT, (1, 1, 1, 1)), "d2": judged("d2", RIGHT, (1, 0, 1, 1))},
        "Ben": {
            "d1": judged("d1", [1, 2, 4, 4, 5, 6], (1, 1, 1, 1)),
            "d2": judged("d2", [1, 3, 2, 4, 5, 6]),
            "elsewhere": judged("elsewhere", RIGHT),
        },
    }
    found = arrays_of(["d1", "d2", "d3"], judgements)
    assert found.places.shape == (3, 2, 6)
    anna, ben = recovery(found.places[:, 0]), recovery(found.places[:, 1])
    assert (anna.read, anna.sides, anna.exact, anna.all_sides, anna.orders) == (2, 12, 12, 2, 2)
    assert (ben.read, ben.sides, ben.exact, ben.all_sides, ben.orders) == (2, 11, 9, 1, 0)
    assert recovery(found.places).read == 4
    agreed = by_name(concordances(found))
    assert agreed["side"].units == agreed["place"].units == 12
    assert agreed["side"].agreement == pytest.approx(11 / 12)
    assert agreed["place"].agreement == pytest.approx(9 / 12)
    # 24 judgements, 11 of them aligned: 2 of 24 coincidences are unequal, 2 · 11 · 13 / 23 expected.
    assert agreed["side"].alpha == pytest.approx(1 - (2 / 24) / (2 * 11 * 13 / (24 * 23)))
    assert agreed["correctness"].units == 1
    assert np.isnan(agreed["correctness"].alpha)
    assert agreed["correctness"].agreement == 1
    worst, other = disagreements(found)
    assert (worst.id, worst.split, worst.readers) == ("d1", ("a-mild",), 2)
    assert worst.distance == pytest.approx(1 / 6)
    assert (other.id, other.split) == ("d2", ())
    assert other.distance == pytest.approx(2 / 6)


def test_checks_by_hand():
    passed = check_shares([[1, 1, 1, 1], [1, 0, 1, 1], [NAN] * 4])
    assert (passed.checked, passed.all_four) == (2, 1)
    assert dict(passed.passed) == {
        "correctness": 2, "harmlessness": 1, "sufficiency": 2, "plausibility": 2,
    }  # fmt: skip
    said = majority([[1, 1, 0], [1, 0, NAN], [0, NAN, NAN], [NAN, NAN, NAN]])
    np.testing.assert_equal(said, [1, 0, 0, NAN])
    both = JudgementArrays(
        ("d",), ("a", "b"), np.full((1, 2, 6), NAN), np.array([[[1, 1, 1, 1], [1, 1, 0, 1]]])
    )
    (one,) = disagreements(both)
    assert (one.split_checks, one.readers) == (("sufficiency",), 0)
    assert np.isnan(one.distance)


def test_an_unclosed_judgement_is_none():
    found = arrays_of(["d"], {"a": {"d": judged("d", None, None)}})
    assert np.isnan(found.places).all()
    assert np.isnan(found.checks).all()
    nothing = recovery(found.places)
    assert (nothing.read, nothing.sides, nothing.orders) == (0, 0, 0)
    assert disagreements(found) == ()
    assert all(np.isnan([c.alpha, c.agreement]).all() and c.units == 0 for c in concordances(found))
    assert disagreements(arrays_of(["d"], {})) == ()


tables = st.tuples(st.integers(2, 6), st.integers(2, 4)).flatmap(
    lambda shape: arrays(float, (*shape, 6), elements=st.sampled_from([*map(float, RIGHT), NAN]))
)


@given(tables)
def test_alpha_is_that_of_the_coincidences(places):
    found = JudgementArrays(
        tuple(map(str, range(len(places)))),
        tuple(map(str, range(places.shape[1]))),
        places,
        np.full((*places.shape[:2], 4), NAN),
    )
    agreed = by_name(concordances(found))
    units = places.transpose(0, 2, 1).reshape(-1, places.shape[1])
    sides = np.where(np.isnan(units), NAN, units > 3)
    for name, table, distance in (
        ("side", sides, lambda a, b: float(a != b)),
        ("place", units, lambda a, b: (a - b) ** 2),
    ):
        one = agreed[name]
        twice = table[(~np.isnan(table)).sum(axis=1) >= 2]
        assert one.units == len(twice)
        if len(np.unique(twice[~np.isnan(twice)])) > 1:
            assert one.alpha == pytest.approx(alpha_by_coincidences(table, distance), abs=1e-9)
        else:
            assert np.isnan(one.alpha)


@given(tables)
def test_reviewers_may_be_named_in_any_order(places):
    def of(table):
        names = tuple(map(str, range(table.shape[1])))
        checks = (table[:, :, :4] > 2).astype(float)
        return JudgementArrays(tuple(map(str, range(len(table)))), names, table, checks)

    found, turned = of(places), of(places[:, ::-1])
    for a, b in zip(concordances(found), concordances(turned), strict=True):
        assert (a.name, a.units) == (b.name, b.units)
        np.testing.assert_allclose([a.alpha, a.agreement], [b.alpha, b.agreement], atol=1e-9)
    assert recovery(found.places) == recovery(turned.places)
    assert [d.split for d in disagreements(found)] == [d.split for d in disagreements(turned)]


@given(tables)
def test_percent_agreement_counts_pairs(places):
    units = places.transpose(0, 2, 1).reshape(-1, places.shape[1])
    shares = []
    for unit in units:
        said = unit[~np.isnan(unit)]
        pairs = [said[i] == said[j] for i in range(len(said)) for j in range(i)]
        if pairs:
            shares.append(np.mean(pairs))
    expected = np.mean(shares) if shares else NAN
    np.testing.assert_allclose(percent_agreement(units), expected)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: recovery([[1, 2, 3]]), "has shape"),
        (lambda: recovery([[0, 2, 3, 4, 5, 6]]), "allowed: 1 … 6"),
        (lambda: percent_agreement([1.0, 2.0]), "allowed: \\(units, judges\\)"),
    ],
)
def test_what_is_no_judgement(call, says):
    with pytest.raises(ValueError, match=says):
        call()
