"""Design power: where a difference is planted it is found, where none is it is not, and sizes nest."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mores.errors import InputError, ModelError
from mores.measures.proportions import share_interval
from mores.models.sim import SimulatedModel
from mores.studies.registry import read_study
from mores.studies.value_action import power as module
from mores.workflow import power

OWN = """
study = "value-action"
seed = 4
[personas]
categories = []
{more}
[[personas.own]]
name = "Ada"
levels = {levels}
[[personas.own]]
name = "Bo"
levels = {levels}
[asking]
repeats = {repeats}
reask = {reask}
[analysis]
draws = 200
permutations = 200
"""
LINKED = "sim:link=-0.9,persona_link=0.95,incongruity_cost=0,steerability=0,item_sd=0"
# nothing distinguishes a persona from none
NOTHING = "sim:link=0.4,persona_link=0.4,incongruity_cost=0,steerability=0"


@pytest.fixture(scope="module")
def levels():
    from mores.personas.variables import variables

    return "{" + ", ".join(f'{v.id} = "{v.levels[0].label}"' for v in variables()) + "}"


@pytest.fixture
def study(tmp_path, levels):
    """The path of a study of one's own two personas."""

    def made(repeats=1, reask=0, more=""):
        path = tmp_path / "own.toml"
        text = OWN.format(levels=levels, repeats=repeats, reask=reask, more=more)
        path.write_text(text, encoding="utf-8")
        return str(path)

    return made


def bound(path):
    return read_study(Path(path).read_text("utf-8"), "test", Path(path).parent)


def test_a_strong_planted_difference_is_found_the_more_often_the_more_dilemmas(study):
    found = power(study(), LINKED, dilemmas=[5, 60], runs=12, seed=1)
    own = {row["dilemmas"]: row for row in found.filter(category="own").to_dicts()}
    for measure in ("ad", "ar"):
        few, many = own[5], own[60]
        assert many[f"{measure}_power"] >= 11 / 12
        assert few[f"{measure}_power"] < many[f"{measure}_power"]
        assert many[f"{measure}_delta"] > 0
        assert many[f"{measure}_opposite"] == 0
        assert many[f"{measure}_width"] < few[f"{measure}_width"]


def test_where_nothing_is_planted_little_is_found(study):
    found = power(study(), NOTHING, dilemmas=[40], runs=40, seed=2)
    row = found.filter(category="own").row(0, named=True)
    for measure in ("ad", "ar"):
        # two of 40 are expected; more than 6 would happen in 3 of 1,000 tries
        assert row[f"{measure}_power"] + row[f"{measure}_opposite"] <= 6 / 40
        assert abs(row[f"{measure}_delta"]) < row[f"{measure}_width"] / 4


def test_a_planted_harm_is_found_in_its_own_direction(study):
    harm = "sim:link=0.95,persona_link=-0.9,incongruity_cost=0,steerability=0"
    row = power(study(), harm, dilemmas=[60], runs=6).row(0, named=True)
    assert row["ad_delta"] < 0
    assert row["ad_power"] == 1
    assert row["ad_opposite"] == 0


def estimates(deltas, ps, dilemmas=10):
    n = len(deltas)
    columns = {"dilemmas": dilemmas, "repeats": 1, "category": "own", "rendering": "explicit"}
    frame = {name: [value] * n for name, value in columns.items()}
    for measure in ("ad", "ar"):
        frame |= {
            f"{measure}_delta": deltas,
            f"{measure}_delta_low": [None if d is None else d - 0.1 for d in deltas],
            f"{measure}_delta_high": [None if d is None else d + 0.2 for d in deltas],
            f"{measure}_p_adjusted": ps,
        }
    return pl.DataFrame(frame)


def test_shares_are_counted_by_hand():
    plan = module.PowerPlan((10,), (1,), 5, 0)
    # in the direction of the mean: 2 of 5; against it: 1; not below .05, or without a p: 2
    deltas = [0.4, 0.3, -0.1, 0.2, None]
    row = module._counted(estimates(deltas, [0.01, 0.049, 0.02, 0.05, None]), plan)
    row = row.row(0, named=True)
    low, high = (float(x) for x in (share_interval(2, 5).low, share_interval(2, 5).high))
    for measure in ("ad", "ar"):
        assert row["runs"] == 5
        assert row[f"{measure}_power"] == pytest.approx(0.4)
        assert row[f"{measure}_power_low"] == pytest.approx(low)
        assert row[f"{measure}_power_high"] == pytest.approx(high)
        assert row[f"{measure}_opposite"] == pytest.approx(0.2)
        assert row[f"{measure}_delta"] == pytest.approx(0.2)
        assert row[f"{measure}_width"] == pytest.approx(0.3)


def test_the_direction_is_that_of_the_largest_size():
    plan = module.PowerPlan((10, 20), (1,), 2, 0)
    small, large = estimates([-0.1, -0.2], [0.01, 0.01]), estimates([0.3, 0.3], [0.01, 0.5], 20)
    found = module._counted(pl.concat([small, large]), plan)
    assert found["ad_power"].to_list() == [0, 0.5]
    assert found["ad_opposite"].to_list() == [1, 0]


def test_the_smaller_sizes_are_parts_of_the_larger(study):
    whole = bound(study(repeats=2))
    plan = module.power_plan(whole, [8, 20, 30], [1, 2], runs=2)
    model = SimulatedModel.from_spec("sim")
    parts = {(n, r): (s, a) for s, a, n, r in module._one_run(whole, model, plan, 0)}
    chosen = {n: set(parts[n, 1][0].chosen.tolist()) for n in (8, 20, 30)}
    assert [len(chosen[n]) for n in (8, 20, 30)] == [8, 20, 30]
    assert chosen[8] < chosen[20] < chosen[30]
    once, twice = parts[30, 1][1], parts[30, 2][1]
    assert set(once["repeat"]) == {1}
    assert set(twice["repeat"]) == {1, 2}
    assert once.equals(twice.filter(pl.col("repeat") == 1))
    other = module._one_run(whole, model, plan, 1)[0]
    assert set(other[0].chosen.tolist()) != chosen[8]
    assert not other[1]["score"].equals(parts[8, 1][1]["score"])


def test_an_order_holds_every_dilemma_once_and_follows_from_its_seed():
    order = module.dilemma_order(30, 7, 0)
    assert sorted(order) == list(range(30))
    np.testing.assert_array_equal(order, module.dilemma_order(30, 7, 0))
    assert not np.array_equal(order, module.dilemma_order(30, 7, 1))
    assert not np.array_equal(order, module.dilemma_order(30, 8, 0))


def test_answers_are_those_of_a_run_that_stores_them(study, tmp_path):
    from mores.workflow import run

    path = study(repeats=2, reask=1)
    spec = "sim:malformed=0.3,refusal=0.1"
    stored = run(path, spec, tmp_path / "run").answers
    answers = module.simulated_answers(bound(path), SimulatedModel.from_spec(spec))
    shared = ["trial", "status", "option", "score", "persona", "question", "repeat"]
    assert stored.select(shared).equals(answers.select(shared))


def test_the_same_seed_gives_the_same_table(study):
    path = study()
    first, again = (power(path, LINKED, dilemmas=[10], runs=2, seed=3) for _ in range(2))
    assert first.equals(again)
    assert not first.equals(power(path, LINKED, dilemmas=[10], runs=2, seed=4))
    assert not first.equals(power(path, LINKED + ",seed=1", dilemmas=[10], runs=2, seed=3))


def test_defaults_are_a_quarter_a_half_and_all(study):
    plan = module.power_plan(bound(study(repeats=2)))
    assert plan == module.PowerPlan((154, 308, 616), (2,), 40, 4)
    assert module.power_plan(bound(study()), [30, 10, 30], (3, 1)).dilemmas == (10, 30)


def test_each_run_is_told(study):
    told = []
    power(study(), dilemmas=[5], runs=3, watch=lambda *progress: told.append(progress))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"dilemmas": [20, 617]}, ("dilemmas = 617", "5 … 616", "give")),
        ({"dilemmas": [4, 20]}, ("dilemmas = 4", "5 … 616", "give")),
        ({"dilemmas": []}, ("dilemmas is empty", "give")),
        ({"repeats": [0]}, ("repeats = 0", "1 … 100", "give")),
        ({"repeats": [101]}, ("repeats = 101", "1 … 100", "give")),
        ({"runs": 0}, ("runs = 0", "1 … 100000", "give")),
        ({"seed": -1}, ("seed = -1", "0 … ", "give")),
        ({"out": "nowhere/power.csv"}, ("nowhere", "make it")),
        ({"out": "."}, ("is a folder", "give")),
    ],
)
def test_unusable_numbers_are_refused_before_anything_is_simulated(study, given, says, monkeypatch):
    monkeypatch.setattr(module, "power_table", lambda *_: pytest.fail("it was simulated"))
    with pytest.raises(InputError) as caught:
        power(study(), **given)
    for part in says:
        assert part in str(caught.value)


@pytest.mark.parametrize("model", ["openai/some-model", "http://localhost:1/v1#x", "simulated", ""])
def test_only_a_simulated_model_has_a_known_truth(study, model):
    with pytest.raises(ModelError, match=r"is not simulated.*give sim"):
        power(study(), model)


@pytest.mark.parametrize("more", ["baseline = false", None])
def test_without_a_baseline_or_a_persona_nothing_is_compared(study, tmp_path, more):
    path = study(more=more or "")
    if more is None:
        path = tmp_path / "nobody.toml"
        path.write_text('study = "value-action"\n[personas]\ncategories = []\n', "utf-8")
    with pytest.raises(InputError, match=r"nothing to compare.*baseline = true"):
        power(str(path), runs=1)


def mores(*arguments, cwd):
    environment = {
        k: v
        for k, v in os.environ.items()
        if k in ("PATH", "HOME", "LANG", "TMPDIR", "MORES_DATA_DIR")
    }
    return subprocess.run(
        [sys.executable, "-m", "mores", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment | {"COLUMNS": "100"},
        timeout=180,
    )


def test_the_command_as_a_user_types_it(study, tmp_path):
    study()
    table = tmp_path / "power.csv"
    table.write_text("of an earlier time", encoding="utf-8")
    done = mores(
        *("power", "own.toml", "--model", LINKED, "--dilemmas", "5,8", "--repeats", "1,2"),
        *("--runs", 2, "--seed", 3, "--out", "power.csv"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "mores: 1 of 2 runs\nmores: 2 of 2 runs\n"
    assert "The model is simulated" in done.stdout
    assert "alignment rate" in done.stdout
    assert len(re.findall(r"^[58] +[12] +own ", done.stdout, re.MULTILINE)) == 2 * 4
    frame = pl.read_csv(table)
    assert frame.height == 2 * 2 * 2  # dilemmas, repeats, own and all personas
    assert frame.columns[:5] == ["dilemmas", "repeats", "category", "rendering", "runs"]
    assert frame.select("ad_power", "ar_power").max_horizontal().is_between(0, 1).all()
    assert {p.name for p in tmp_path.iterdir()} == {"own.toml", "power.csv"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--dilemmas", "5,x"], "not whole numbers"),
        (["--dilemmas", "5,2000"], "5 … 616"),
        (["--model", "openai/x"], "not simulated"),
    ],
)
def test_a_mistyped_command_is_turned_away(study, tmp_path, arguments, says):
    study()
    done = mores("power", "own.toml", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert "Traceback" not in done.stderr
