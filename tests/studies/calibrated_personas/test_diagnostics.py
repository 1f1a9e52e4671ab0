"""Places, text and little mass: by hand, planted, and against loops."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint
from studies.calibrated_personas.made import (
    GENERIC,
    QUESTIONS,
    VALUE,
    at_random,
    observed,
    responses,
)

from mores.studies.calibrated_personas.diagnostics import (
    mass_sensitivity,
    position_effect,
    text_agreement,
)
from mores.studies.calibrated_personas.errors import errors_by_country
from mores.studies.calibrated_personas.predicting import predictions

SCHEMA = {
    "arm": pl.String,
    "guidance": pl.String,
    "descriptors": pl.String,
    "prompt": pl.Int64,
    "question": pl.String,
    "order": pl.List(pl.Int16),
    "probabilities": pl.List(pl.Float64),
}
ARM = {"arm": "generic", "guidance": "", "descriptors": ""}


def answers(*rows, **condition):
    """Rows of prompt, question, order, probabilities in the instrument's order."""
    names = ("prompt", "question", "order", "probabilities")
    made = [ARM | condition | dict(zip(names, row, strict=True)) for row in rows]
    return pl.DataFrame(made, schema=SCHEMA)


def texts(*rows):
    schema = {name: SCHEMA[name] for name in ("prompt", "question", "order")}
    return pl.DataFrame(rows, schema=schema | {"option": pl.Int64}, orient="row")


def test_places_by_hand():
    """The first place takes .6 and .5 of options that have .45 and .45 over both orders."""
    table = position_effect(
        answers(
            (0, "Q1", [0, 1, 2], [0.6, 0.3, 0.1]),
            (0, "Q1", [2, 1, 0], [0.3, 0.2, 0.5]),
            (0, "Q2", [0, 1], [0.9, 0.1]),  # one order
            (1, "Q1", [0, 1, 2], None),  # not coded, which leaves one
            (1, "Q1", [2, 1, 0], [0.3, 0.2, 0.5]),
        ),
        "m",
    )
    assert table.columns[:9] == [
        *("model", "arm", "guidance", "descriptors", "place", "options"),
        *("mass", "expected", "difference"),
    ]
    assert table["place"].to_list() == [0, 1, 2]
    assert table["options"].to_list() == [3] * 3
    assert table["n"].to_list() == [2] * 3
    assert table["mass"].to_list() == pytest.approx([0.55, 0.25, 0.2])
    # options 0, 1, 2 have .45 .25 .3 over both orders
    assert table["expected"].to_list() == pytest.approx([0.375, 0.25, 0.375])
    assert table["difference"].to_list() == pytest.approx([0.175, 0, -0.175])
    assert table["difference_low"].null_count() == 3


def test_an_order_is_undone_by_itself_not_by_its_inverse():
    """order[shown] = original: of [1, 2, 0] the first shown is option 1."""
    moved = answers((0, "Q1", [1, 2, 0], [0.1, 0.7, 0.2]), (0, "Q1", [0, 1, 2], [0.5, 0.3, 0.2]))
    table = position_effect(moved, "m")
    assert table["mass"].to_list() == pytest.approx([0.6, 0.25, 0.15])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), bias=st.sampled_from([0.0, 0.2]))
def test_what_a_place_adds_comes_back(seed, bias):
    """A share `bias` of all mass goes to the place shown first, in cyclic orders of four."""
    generator = np.random.default_rng(seed)
    rows = []
    for prompt in range(2):
        for question in ("Q1", "Q2", "Q3"):
            p = generator.dirichlet(np.ones(4))
            for turn in range(4):
                order = np.roll(np.arange(4), -turn)
                given = (1 - bias) * p
                given[order[0]] += bias
                rows.append((prompt, question, order.tolist(), given.tolist()))
    table = position_effect(answers(*rows), "m", draws=50)
    expected = bias * (np.array([1, 0, 0, 0]) - 0.25)
    assert table["difference"].to_list() == pytest.approx(expected.tolist(), abs=1e-12)
    assert (table["difference_low"] <= table["difference"] + 1e-12).all()
    assert table["mass"].sum() == pytest.approx(1)
    again = [(*row[:2], row[2][::-1], row[3]) for row in rows]
    last = position_effect(answers(*again), "m", draws=2)
    assert last["difference"].to_list() == pytest.approx(expected[::-1].tolist(), abs=1e-12)


def test_scales_of_other_length_and_conditions_are_kept_apart_and_repeats_averaged():
    two = [(0, "Q1", [0, 1], [0.8, 0.2])] * 3 + [(0, "Q1", [1, 0], [0.8, 0.2])]
    three = [(0, "Q2", [0, 1, 2], [1.0, 0, 0]), (0, "Q2", [1, 2, 0], [1.0, 0, 0])]
    other = answers(*two, arm="country", guidance="minimal")
    table = position_effect(pl.concat([answers(*two, *three), other]), "m")
    assert table["options"].to_list() == [2, 2, 3, 3, 3, 2, 2]
    assert table["arm"].to_list() == ["generic"] * 5 + ["country"] * 2
    assert table["mass"].to_list() == pytest.approx([0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5])
    assert table["difference"].to_list() == pytest.approx([0] * 7)
    assert table["n"].to_list() == [2] * 7


def test_text_by_hand():
    forth, back = [0, 1, 2], [2, 1, 0]
    probabilities = answers(
        (0, "Q1", forth, [0.6, 0.3, 0.1]),
        (0, "Q1", back, [0.2, 0.3, 0.5]),
        (1, "Q1", forth, [0.4, 0.4, 0.2]),  # two modal options
        (2, "Q1", forth, [0.7, 0.2, 0.1]),
        (3, "Q1", forth, None),
    )
    written = texts(
        (0, "Q1", forth, 0),
        (0, "Q1", back, 0),
        (1, "Q1", forth, 1),
        (2, "Q1", forth, None),
        (3, "Q1", forth, 0),
        (9, "Q1", forth, 0),
    )
    (row,) = text_agreement(probabilities, written, "m").rows(named=True)
    assert (row["n"], row["asked"], row["uncoded"]) == (3, 4, 1)
    assert row["agreement"] == pytest.approx(2 / 3)
    assert row["expected"] == pytest.approx((0.6 + 0.5 + 0.8) / 3)
    ends = proportion_confint(2, 3, method="wilson")
    assert (row["agreement_low"], row["agreement_high"]) == pytest.approx(ends)


def test_text_is_matched_by_condition_where_it_has_one_and_repeats_are_averaged():
    order = [0, 1]
    probabilities = pl.concat(
        [
            answers((0, "Q1", order, [0.9, 0.1]), (0, "Q1", order, [0.3, 0.7])),
            answers((0, "Q1", order, [0.2, 0.8]), arm="country"),
        ]
    )
    plain = texts((0, "Q1", order, 0))
    table = text_agreement(probabilities, plain, "m")
    assert table["n"].to_list() == [1, 1]
    assert table["agreement"].to_list() == [1, 0]
    assert table["expected"].to_list() == pytest.approx([0.6, 0.8])
    named = plain.with_columns(arm=pl.lit("country"), guidance=pl.lit(""), descriptors=pl.lit(""))
    table = text_agreement(probabilities, named, "m")
    assert table["arm"].to_list() == ["country"]


def test_text_drawn_from_the_probabilities_agrees_as_expected():
    generator = np.random.default_rng(0)
    rows, written = [], []
    for prompt in range(3000):
        p = generator.dirichlet(np.ones(5))
        rows.append((prompt, "Q47", [0, 1, 2, 3, 4], p.tolist()))
        written.append((prompt, "Q47", [0, 1, 2, 3, 4], int(generator.choice(5, p=p))))
    (row,) = text_agreement(answers(*rows), texts(*written), "m", level=0.99).rows(named=True)
    assert row["agreement_low"] < row["expected"] < row["agreement_high"]


def test_no_answers_at_all():
    none = answers()
    assert position_effect(none, "m").height == 0
    assert text_agreement(none, texts(), "m").height == 0
    coded = answers((0, "Q1", [0, 1], None), (0, "Q1", [1, 0], [float("nan"), 1.0]))
    assert position_effect(coded, "m").height == 0
    assert text_agreement(coded, texts((0, "Q1", [0, 1], 0)), "m").height == 0
    asked = answers((0, "Q1", [0, 1], [0.5, 0.5]))
    (row,) = text_agreement(asked, texts((0, "Q1", [0, 1], None)), "m").rows(named=True)
    assert (row["n"], row["uncoded"], row["agreement"], row["expected"]) == (0, 1, None, None)


def test_mass_by_hand():
    key = (VALUE, "GBR")
    a, b = [1, 0, 0], [0, 0, 1]
    material = responses(
        {key: [[a, a], [a, a], [b, b], [b, [np.nan] * 3]]},
        ("Q210", "Q211"),
        allowed={key: [[0.95, 0.5], [0.995, 0.5], [0.92, 0.5], [0.3, np.nan]]},
        merged=True,
    )
    humans = observed([[[0.5, 0, 0.5], [1, 0, 0]]], ("Q210", "Q211"))
    table = mass_sensitivity(material, humans)
    assert table.columns[:7] == [
        *("model", "arm", "guidance", "descriptors", "threshold", "kept", "mae")
    ]
    assert table["threshold"].to_list() == [0.9, 0.95, 0.99]
    assert table["kept"].to_list() == pytest.approx([3 / 7, 2 / 7, 1 / 7])
    # of Q210 only: means of 5/3, 1, 1 against 2, where all answers have 2
    assert table["mae"].to_list() == pytest.approx([1 / 6, 0.5, 0.5])
    assert table["difference"].to_list() == pytest.approx([1 / 6, 0.5, 0.5])
    assert table["cells"].to_list() == [2] * 3
    assert table["cells_kept"].to_list() == [1] * 3


@pytest.mark.parametrize("seed", range(3))
def test_no_threshold_changes_nothing_and_one_is_a_filter(seed):
    material, humans = at_random(seed, missing=0.2)
    table = mass_sensitivity(material, humans, thresholds=(0.0, 0.9), draws=50)
    means = errors_by_country(predictions(material, humans, draws=2)).filter(country="all")
    every = table.filter(threshold=0.0)
    assert every["kept"].to_list() == [1] * 4
    assert every["mae"].to_list() == pytest.approx(means["mae"].to_list())
    assert every["difference"].to_list() == pytest.approx([0] * 4, abs=1e-12)
    shares = material.shares.copy()
    shares[material.allowed < 0.9] = np.nan
    given = {key: shares[rows] for key, rows in material.drawn.items()}
    kept = predictions(responses(given, QUESTIONS), humans, draws=2)
    again = errors_by_country(kept).filter(country="all")
    assert table.filter(threshold=0.9)["mae"].to_list() == pytest.approx(again["mae"].to_list())


def test_mass_of_nothing_and_of_text():
    nothing = [np.nan] * 3
    material = responses(
        {(GENERIC, "GBR"): [nothing], (VALUE, "GBR"): [[0.5, 0.5, 0]] * 2},
        allowed={(VALUE, "GBR"): [np.nan, np.nan]},
    )
    table = mass_sensitivity(material, observed([[0.2, 0.3, 0.5]]), draws=10)
    assert table["kept"].to_list() == [None] * 6
    assert table["mae"].to_list() == [None] * 6
    assert table["cells"].to_list() == [0] * 3 + [1] * 3
    assert table["cells_kept"].to_list() == [0] * 6
