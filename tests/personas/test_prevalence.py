from __future__ import annotations

import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from mores.errors import PersonaError, PopulationError
from mores.instruments.survey import wvs7
from mores.measures.shares import weighted_shares
from mores.personas.grid import index_of
from mores.personas.prevalence import country_prevalences, held_out_log_score, prevalence
from mores.personas.respondents import configurations, persona_levels
from mores.personas.surveyed import POOL_ALPHA
from mores.personas.variables import N_CONFIGURATIONS, variables
from mores.populations.population import Population, schema
from mores.populations.synthetic import synthesise

SIZES = [len(variable.levels) for variable in variables()]
FIRST = [0] * 10
LAST = [size - 1 for size in SIZES]
ITEMS = sorted({n for v in variables() for n in (*v.source.items, *v.source.against)})
COUNTRIES = ["COL", "EGY", "GBR", "JPN", "USA"]


def answers(levels, unknown=-1):
    """Answers that make the levels; the code `unknown` to all items of a variable of level -1."""
    found = {}
    for variable, level in zip(variables(), levels, strict=True):
        source = variable.source
        items = (*source.items, *source.against)
        if level < 0:
            found |= dict.fromkeys(items, unknown)
        elif source.codes:
            found |= dict.fromkeys(source.items, source.codes[level])
        elif source.rule == "mean":
            ranges = [wvs7().item(name).codes for name in source.items]
            found |= {
                name: round(c[0] + (c[-1] - c[0]) * (0.1, 0.5, 0.9)[level])
                for name, c in zip(source.items, ranges, strict=True)
            }
        elif source.rule == "count":
            found |= {n: 1 if i < (9, 4, 0)[level] else 2 for i, n in enumerate(items)}
        else:
            found |= dict.fromkeys(source.items, 1 if level else 2)
            found |= dict.fromkeys(source.against, 2 if level == 2 else 1)
    return found


def people(*respondents, unknown=-1):
    """Respondents, each levels, weight and country."""
    rows = [
        {"survey": "WVS", "wave": 7, "year": 2018, "respondent": i, "weight": weight}
        | {"country": country}
        | answers(levels, unknown)
        for i, (levels, weight, country) in enumerate(respondents)
    ]
    types = schema(wvs7())
    frame = pl.DataFrame(rows, schema={n: types[n] for n in rows[0]}, orient="row")
    return Population("few", frame, wvs7(), synthetic=True)


def lacking(levels, *places):
    return [-1 if v in places else level for v, level in enumerate(levels)]


@pytest.fixture(scope="module")
def synthetic():
    return synthesise(respondents=800, countries=COUNTRIES, items=ITEMS)


FEW = [(FIRST, 3.0, "EGY"), (LAST, 1.0, "EGY"), (LAST, 1.0, "GBR")]


def test_countries_count_the_same_in_the_pool_unless_asked_otherwise():
    equal = prevalence(people(*FEW), smoothing="none")
    assert equal.weights[0] == pytest.approx(0.75 / 2)
    assert equal.weights[-1] == pytest.approx(1.25 / 2)
    by_n = prevalence(people(*FEW), smoothing="none", country_weights="respondents")
    assert by_n.weights[0] == pytest.approx(0.75 * 2 / 3)
    own = prevalence(people(*FEW), smoothing="none", country_weights={"EGY": 9, "GBR": 1})
    assert own.weights[0] == pytest.approx(0.75 * 0.9)


def test_a_country_of_weight_zero_is_left_out():
    found = prevalence(people(*FEW), smoothing="none", country_weights={"EGY": 0, "GBR": 1})
    assert found.weights[-1] == 1
    assert (found.countries, found.left_out) == (("GBR",), ("EGY",))
    assert (found.n, found.n_respondents) == (1, 1)


def test_counts_and_label():
    population = people(
        *FEW,
        (FIRST, None, "EGY"),
        (lacking(FIRST, 6), 1.0, "EGY"),
        (lacking(FIRST, *range(10)), 1.0, "EGY"),
    )
    found = prevalence(population, "EGY", smoothing="additive", alpha=5)
    assert (found.n_respondents, found.n, found.n_complete) == (5, 3, 2)
    assert (found.n_unweighted, found.n_incomplete) == (1, 1)
    assert found.n_effective == pytest.approx(25 / 11)
    assert dict(found.unknown)["happiness"] == 2
    assert dict(found.unknown)["religiosity"] == 1
    assert (found.countries, found.left_out) == (("EGY",), ())
    assert (found.smoothing, found.alpha, found.respondents) == ("additive", 5, "partial")
    assert found.synthetic
    assert found.label == "few (synthetic)"
    complete = prevalence(population, "EGY", smoothing="none", respondents="complete")
    assert (complete.n, complete.n_complete, complete.n_incomplete) == (2, 2, 2)
    assert complete.weights[0] == pytest.approx(0.75)
    assert complete.iterations == 0


def test_a_respondent_without_one_level_weighs_on_the_configurations_that_agree():
    population = people(*FEW[:2], (lacking(FIRST, 9), 4.0, "EGY"))
    found = prevalence(population, "EGY", smoothing="none")
    assert found.weights[:3].sum() == pytest.approx(7 / 8)
    assert found.weights[0] > 7 / 8 - 0.01
    assert found.iterations > 0


def test_top_coverage_margins_and_frame():
    found = prevalence(people(*FEW), "EGY", smoothing="none")
    indices, weights = found.top(2)
    assert indices.tolist() == [0, N_CONFIGURATIONS - 1]
    np.testing.assert_allclose(weights, [0.75, 0.25])
    assert found.coverage([0, 0, 1]) == pytest.approx(0.75)
    assert found.coverage([]) == 0
    assert found.coverage(np.arange(N_CONFIGURATIONS)) == pytest.approx(1)
    np.testing.assert_allclose(found.margins()[3], [0.75, 0.25])
    row = found.frame(1).to_dicts()[0]
    assert row["population"] == "few (synthetic)"
    assert (row["index"], row["religiosity"]) == (0, variables()[0].levels[0].id)
    assert row["weight"] == pytest.approx(0.75)
    assert found.frame().height == N_CONFIGURATIONS
    assert found.frame()["weight"].sum() == pytest.approx(1)
    with pytest.raises(PersonaError, match="93312 does not exist"):
        found.coverage([N_CONFIGURATIONS])
    with pytest.raises(PersonaError, match="top 0"):
        found.top(0)
    with pytest.raises(ValueError, match="read-only"):
        found.weights[0] = 1


def test_unsmoothed_shares_have_the_survey_margins(synthetic):
    found = prevalence(synthetic, "EGY", smoothing="none", respondents="complete")
    rows = (synthetic.frame["country"] == "EGY").to_numpy() & (configurations(synthetic) >= 0)
    levels, weights = persona_levels(synthetic)[rows], synthetic.weights[rows]
    oracle = weighted_shares(levels.T, SIZES, weights, np.zeros(len(weights), int), 1)
    for mine, theirs in zip(found.margins(), oracle.shares[0], strict=True):
        np.testing.assert_allclose(mine, theirs[: len(mine)])
    assert found.n_effective == pytest.approx(oracle.n_effective[0, 0])
    assert found.n == oracle.n[0, 0]


def test_the_pool_has_the_mean_of_the_countries_margins(synthetic):
    found = prevalence(synthetic, smoothing="none", respondents="complete")
    each = country_prevalences(synthetic, smoothing="none", respondents="complete").matrix()
    np.testing.assert_allclose(found.weights, each.mean(axis=0), atol=1e-12)


def test_countries_are_made_one_at_a_time(synthetic):
    found = country_prevalences(synthetic)
    assert (len(found), list(found), found.left_out) == (5, COUNTRIES, ())
    one = found["JPN"]
    assert (one.smoothing, one.alpha, one.countries) == ("hierarchical", 10_000, ("JPN",))
    np.testing.assert_array_equal(one.weights, prevalence(synthetic, "JPN").weights)
    matrix = found.matrix(["USA", "JPN"])
    np.testing.assert_array_equal(matrix[1], one.weights)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)


def test_a_country_does_not_enter_the_pool_that_it_is_drawn_towards():
    # All of EGY at the first configuration, the others elsewhere: what they lack stays rare.
    population = people((FIRST, 1.0, "EGY"), (LAST, 1.0, "GBR"), (LAST, 1.0, "USA"))
    found = prevalence(population, "EGY", smoothing="pooled", alpha=1e9)
    alone = prevalence(population, country_weights={"EGY": 0, "GBR": 1, "USA": 1}, alpha=POOL_ALPHA)
    np.testing.assert_allclose(found.weights, alone.weights, atol=2e-9)


def test_a_variable_that_a_country_was_not_asked_comes_from_the_others():
    rng = np.random.default_rng(0)
    others = [([int(rng.integers(s)) for s in SIZES], 1.0, "GBR") for _ in range(60)]
    asked = [(lacking([int(rng.integers(s)) for s in SIZES], 3), 1.0, "EGY") for _ in range(30)]
    population = people(*others, *asked, unknown=-4)
    found = prevalence(population, "EGY")
    assert found.unknown_variables == ("social_trust",)
    assert (found.n, found.n_complete) == (30, 0)
    held = np.mean([levels[3] for levels, _, _ in others])
    assert found.margins()[3][1] == pytest.approx(held, abs=0.15)
    for kind in ("none", "additive", "independence"):
        with pytest.raises(PopulationError, match="nobody's level of social_trust is known in EGY"):
            prevalence(population, "EGY", smoothing=kind)
    with pytest.raises(PopulationError, match=r"no respondent in EGY.*partial"):
        prevalence(population, "EGY", respondents="complete")
    pooled = prevalence(population, respondents="complete")
    assert (pooled.countries, pooled.left_out) == (("GBR",), ("EGY",))
    assert pooled.n_incomplete == 30
    countries = country_prevalences(population, respondents="complete")
    assert (countries.countries, countries.left_out) == (("GBR",), ("EGY",))
    assert prevalence(population).unknown_variables == ()


def test_smoothing_recovers_the_planted_prevalence_better(synthetic):
    """The truth is the share of each configuration among very many respondents of the model."""
    many = synthesise(seed=99, respondents=30_000, countries=["EGY"], items=ITEMS)
    truth = prevalence(many, smoothing="none", respondents="complete").weights

    def score(smoothing, respondents="partial"):
        found = prevalence(synthetic, "EGY", smoothing=smoothing, respondents=respondents)
        held = (truth > 0) & (found.weights > 0)
        lost = truth[(truth > 0) & ~held].sum()
        return lost, truth[held] @ np.log(found.weights[held])

    scores = {
        kind: score(kind) for kind in ("none", "additive", "independence", "pooled", "hierarchical")
    }
    assert scores["none"][0] > 0.2  # held by people, and by no respondent: log score minus infinity
    found = {kind: value for kind, (lost, value) in scores.items() if kind != "none" and lost == 0}
    assert len(found) == 4
    assert found["additive"] > -np.log(N_CONFIGURATIONS)
    for kind in ("independence", "hierarchical"):
        assert found[kind] > found["additive"] + 1
    # Those of whom a level is not known say something too.
    assert found["hierarchical"] > score("hierarchical", "complete")[1]


def test_squared_error_falls_by_smoothing_too(synthetic):
    many = synthesise(seed=99, respondents=30_000, countries=["EGY"], items=ITEMS)
    truth = prevalence(many, smoothing="none", respondents="complete").weights
    error = {
        kind: np.square(prevalence(synthetic, "EGY", smoothing=kind).weights - truth).sum()
        for kind in ("none", "hierarchical")
    }
    assert error["hierarchical"] < error["none"] / 2


def test_alpha_is_chosen_by_the_held_out_score(synthetic):
    score = held_out_log_score(synthetic, "GBR")
    assert score.n < 800
    assert (score.score > -np.log(N_CONFIGURATIONS)).all()
    assert (score.standard_error > 0).all()
    found = prevalence(synthetic, "GBR", alpha="held-out")
    assert found.alpha == score.best
    assert found.alpha > 300
    unsmoothed = held_out_log_score(synthetic, "GBR", smoothing="none")
    assert unsmoothed.alphas.tolist() == [0]
    assert unsmoothed.unseen[0] > 0.2
    assert prevalence(synthetic, "GBR", smoothing="none", alpha="held-out").alpha == 0


def test_the_prior_alone_is_what_a_great_mass_gives(synthetic):
    found = prevalence(synthetic, "GBR", smoothing="additive", alpha=1e15)
    np.testing.assert_allclose(found.weights, 1 / N_CONFIGURATIONS, rtol=1e-6)
    raked = prevalence(synthetic, "GBR", smoothing="hierarchical", alpha=1e15).margins()
    own = prevalence(synthetic, "GBR", smoothing="independence", alpha=1e15).margins()
    for mine, theirs in zip(raked, own, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"country": "EGG"}, PopulationError, "did you mean 'EGY'"),
        ({"smoothing": "hierarchic"}, PersonaError, "did you mean 'hierarchical'"),
        ({"smoothing": "hierarchical"}, PopulationError, "no other countries to draw the pool"),
        ({"smoothing": "none", "alpha": 3}, PersonaError, "alpha is 3 with the smoothing none"),
        ({"alpha": -1}, PersonaError, "alpha is -1"),
        ({"alpha": float("nan")}, PersonaError, "alpha is nan"),
        ({"alpha": "heldout"}, PersonaError, "'heldout'; allowed"),
        ({"alpha": "held-out", "folds": 9}, PersonaError, "9 folds of 3 respondents"),
        ({"respondents": "all"}, PersonaError, "'all' does not exist"),
        ({"country_weights": "size"}, PersonaError, "'size'"),
        ({"country_weights": {"EGY": 1}}, PopulationError, r"none for \['GBR'\]"),
        ({"country_weights": {"EGY": 1, "GBR": -1}}, PopulationError, r"unusable for \['GBR'\]"),
        ({"country_weights": {"EGY": 0, "GBR": 0}}, PopulationError, "no respondent with a weight"),
    ],
)
def test_unusable_options_are_refused(options, error, told):
    with pytest.raises(error, match=told):
        prevalence(people(*FEW), **options)


def test_unusable_respondents_are_refused():
    with pytest.raises(PopulationError, match=r"a weight is -1\.0, in row 1"):
        prevalence(people((FIRST, -1.0, "EGY")))
    with pytest.raises(PopulationError, match="no respondent in EGY with a weight"):
        prevalence(people((FIRST, 0.0, "EGY")), "EGY")
    with pytest.raises(PopulationError, match="there are no other countries"):
        prevalence(people((FIRST, 1.0, "EGY")), "EGY", smoothing="pooled")
    with pytest.raises(PopulationError, match="import the items of the ten variables"):
        prevalence(people((lacking(FIRST, *range(10)), 1.0, "EGY")))


def test_the_only_country_is_drawn_towards_its_own_margins():
    found = prevalence(people((FIRST, 1.0, "EGY")), "EGY")
    assert found.smoothing == "independence"
    assert index_of(FIRST) == found.top(1)[0][0]


def test_importing_loads_no_frames():
    program = (
        "import sys, mores.personas.priors, mores.personas.held_out\n"
        "assert not {'polars', 'scipy.stats', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
