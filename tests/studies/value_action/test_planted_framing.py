"""The share of a persona's effect that a framing leaves is planted, and found again."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mores.errors import ModelError
from mores.instruments.schwartz import value_types, values
from mores.models.sim import SimulatedModel, SimulationParameters

sys.path.insert(0, str(Path(__file__).parent))
from planted import answered, true_distance

TOML = """
study = "value-action"
seed = {seed}
[dilemmas]
topics = ["family", "work"]
[personas]
categories = ["max"]
framing = "{framing}"
[asking]
reask = 0
[analysis]
draws = 200
permutations = 100
"""
SHARES = {"persona": 1.0, "third-person": 0.85, "user": 0.6}


def found_and_true(seed, framing, share, folder, spec=""):
    """The row of max personas, and the distance that the equations give for a share of the effect.

    A share of the effect is the whole effect of a respondent who is steered, and linked, by as much.
    """
    model = SimulatedModel.from_spec(f"sim:seed={seed},position_bias=0,refusal=0,malformed=0{spec}")
    study, _, tables = answered(TOML.format(seed=seed, framing=framing), model, folder)
    p = model.parameters
    gain = (p.persona_link - p.link) * share
    less = replace(p, steerability=p.steerability * share, persona_link=p.link + gain)
    types = value_types()
    loadings = [types[values()[d.value].type].simulated_loading for d in study.dilemmas]
    people = [a.persona for a in study.arms if a.persona.position is not None]
    truths = [true_distance(less, loadings, q.position, q.congruence) for q in people]
    row = tables["alignment_by_category"].filter(category="max").row(0, named=True)
    return row, sum(truths) / len(truths)


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_shares_are_recovered_in_their_order_and_size(tmp_path, seed):
    distances, kappas = [], []
    for framing, share in SHARES.items():
        row, truth = found_and_true(seed, framing, share, tmp_path)
        half = (row["ad_high"] - row["ad_low"]) / 2
        assert abs(row["alignment_distance"] - truth) < 1.7 * half  # about 3.3 standard errors
        distances.append(row["alignment_distance"])
        kappas.append(row["kappa"])
    assert distances[0] < distances[1] < distances[2], "persona, third-person, user"
    assert kappas[0] > kappas[1] > kappas[2]


def test_a_framing_without_any_effect_is_like_no_persona(tmp_path):
    row, truth = found_and_true(1, "user", 0.0, tmp_path, ",steer_as_user=0")
    assert row["ad_delta_low"] < 0 < row["ad_delta_high"]
    assert abs(row["alignment_distance"] - truth) < 0.85 * (row["ad_high"] - row["ad_low"])


def test_defaults_ranges_and_identity():
    plain = SimulationParameters()
    assert (plain.steer_as_user, plain.steer_as_third_person) == (0.6, 0.85)
    identity = SimulatedModel.from_spec("sim").identity
    assert not [name for name in identity if name.startswith("steer_as")]
    identity = SimulatedModel.from_spec("sim:steer_as_user=0.5").identity
    assert identity["steer_as_user"] == 0.5
    assert "steer_as_third_person" not in identity
    for name in ("steer_as_user", "steer_as_third_person"):
        for value in (-0.1, 1.1, "nan"):
            with pytest.raises(ModelError, match="outside 0 … 1"):
                SimulatedModel.from_spec(f"sim:{name}={value}")
