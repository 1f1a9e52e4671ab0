"""A simulated respondent whose truth is known gives it back, within intervals, at the nominal rate."""

import sys
from pathlib import Path

import pytest

from mores.instruments.schwartz import value_types, values
from mores.models.sim import SimulatedModel

sys.path.insert(0, str(Path(__file__).parent))
from planted import answered, true_distance

TOML = """
study = "value-action"
seed = {seed}
[dilemmas]
topics = ["family", "work"]
[personas]
categories = {categories}
[asking]
reask = 0
[analysis]
draws = 500
permutations = 200
"""


def study_of(seed, spec, tmp_path, categories='["max", "incongruous"]'):
    model = SimulatedModel.from_spec(f"{spec},seed={seed},position_bias=0")
    return model, *answered(TOML.format(seed=seed, categories=categories), model, tmp_path)


def loadings_of(study):
    types = value_types()
    return [types[values()[d.value].type].simulated_loading for d in study.dilemmas]


def truth_of(model, study, category):
    arms = [a.persona for a in study.arms if a.persona.category == category]
    each = [
        true_distance(
            model.parameters, loadings_of(study), p.position, p.congruence if p.position else 1.0
        )
        for p in arms
    ]
    return sum(each) / len(each)


def test_alignment_distance_is_recovered_at_the_nominal_rate(tmp_path):
    covered = gained = 0
    tries = 12
    for seed in range(tries):
        model, study, _, tables = study_of(seed, "sim:refusal=0.02,malformed=0.02", tmp_path)
        table = {r["category"]: r for r in tables["alignment_by_category"].to_dicts()}
        base, top = truth_of(model, study, "baseline"), truth_of(model, study, "max")
        row = table["baseline"]
        covered += row["ad_low"] <= base <= row["ad_high"]
        row = table["max"]
        gained += row["ad_delta_low"] <= base - top <= row["ad_delta_high"]
        assert base > top, "the planted persona effect is an improvement"
    # 12 tries at 95 %: fewer than 9 would happen in 2 of 10,000 runs
    assert covered >= 9
    assert gained >= 9


@pytest.mark.parametrize("link", [-0.5, 0.0, 0.9])
def test_a_planted_link_is_recovered(tmp_path, link):
    model, study, _, tables = study_of(
        3, f"sim:link={link},persona_link={link},refusal=0,malformed=0", tmp_path, '["max"]'
    )
    row = tables["alignment_by_category"].row(1, named=True)
    assert row["category"] == "max"
    truth = truth_of(model, study, "max")
    half = (row["ad_high"] - row["ad_low"]) / 2
    assert abs(row["alignment_distance"] - truth) < 1.7 * half  # about 3.3 standard errors


def test_a_stronger_link_shows_in_every_measure(tmp_path):
    found = {}
    for link in (0.0, 0.5, 0.95):
        _, _, _, tables = study_of(
            5, f"sim:link={link},persona_link={link},refusal=0,malformed=0", tmp_path, '["max"]'
        )
        found[link] = tables["alignment_by_category"].row(1, named=True)
    for name, better in (
        ("alignment_distance", -1),
        ("alignment_rate", 1),
        ("kappa", 1),
        ("accuracy", 1),
    ):
        a, b, c = (better * found[k][name] for k in (0.0, 0.5, 0.95))
        assert a < b < c, name


def test_without_a_link_the_distance_is_what_style_alone_gives(tmp_path):
    # no link, and nothing else that value and action of a dilemma share
    spec = "sim:link=0,persona_link=0,item_sd=0,discrimination=0,refusal=0,malformed=0"
    _, _, _, tables = study_of(7, spec, tmp_path, '["moderate", "max", "incongruous"]')
    row = tables["permutation_reference"].filter(category="all personas").row(0, named=True)
    assert abs(row["reduction"]) < 0.03
    assert row["p"] > 0.01


def test_planted_refusals_and_unreadable_replies_are_recovered(tmp_path):
    _, _, answers, tables = study_of(1, "sim:refusal=0.1,malformed=0.05", tmp_path)
    coverage = tables["coverage"]
    asked = coverage["asked"].sum()
    for status, planted in (("refused", 0.1), ("uncoded", 0.05)):
        share = coverage[status].sum() / asked
        assert abs(share - planted) < 4 * (planted * (1 - planted) / asked) ** 0.5, status
    assert coverage["coded"].sum() == answers.filter(status="coded").height
    assert set(coverage["failed"]) == {0}


def test_a_planted_position_bias_is_found(tmp_path):
    shares = {}
    for bias in (0.0, 1.0):
        model = SimulatedModel.from_spec(f"sim:position_bias={bias},refusal=0,malformed=0")
        toml = TOML.format(seed=1, categories='["max"]')
        _, _, tables = answered(toml, model, tmp_path)
        table = tables["position_effects"].filter(question="action", position=1).row(0, named=True)
        shares[bias] = table
    assert shares[0.0]["share_low"] <= 1 / 6 <= shares[0.0]["share_high"]
    assert shares[1.0]["share_low"] > 1 / 6
    assert shares[1.0]["p"] < 1e-6
