"""The formula of how long blocks take: exact limits, renewal theory, and the simulation."""

from __future__ import annotations

import math
from statistics import mean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.fieldwork.cluster_simulation import simulate
from mores.fieldwork.makespan import BlockTime, Setting, makespan, tail, useful_rate


@given(
    replicas=st.integers(1, 60),
    blocks=st.integers(1, 400),
    seconds=st.floats(0.1, 100),
)
@settings(max_examples=40, deadline=None)
def test_equal_blocks_take_the_rounds_exactly(replicas, blocks, seconds):
    setting = Setting(replicas, blocks, BlockTime(seconds))
    exact = math.ceil(blocks / replicas) * seconds
    assert makespan(setting) == pytest.approx(exact)
    assert simulate(setting).seconds == pytest.approx(exact)


def test_nothing_to_ask_takes_no_time():
    assert makespan(Setting(4, 0)) == 0.0


@pytest.mark.parametrize("life", [5.0, 60.0, 3600.0])
def test_the_useful_rate_of_equal_blocks_is_that_of_tasks_begun_anew(life):
    # expected time of a task of s seconds with failures at rate 1/M and repairs of r: (e^(s/M)-1)(M+r)
    expected = 1 / ((math.exp(10 / life) - 1) * (life + 30))
    assert useful_rate(BlockTime(10), life, 30) == pytest.approx(expected, rel=1e-9)


def test_without_failures_the_useful_rate_is_one_over_the_mean():
    block = BlockTime(10, 0.5, 0.1, 3)
    assert block.mean == pytest.approx(12.0)  # 0.9 * 10 + 0.1 * 30
    assert useful_rate(block) == pytest.approx(1 / 12)
    assert useful_rate(block, 1e12, 30) == pytest.approx(1 / 12, rel=1e-3)


def test_moments_are_those_of_what_is_drawn():
    block = BlockTime(10, 0.4, 0.05, 4)
    drawn = block.draw(np.random.default_rng(3), 400_000)
    assert drawn.mean() == pytest.approx(block.mean, rel=0.01)
    assert drawn.std() / drawn.mean() == pytest.approx(block.spread, rel=0.02)
    times, weights = block.quantiles()
    assert weights.sum() == pytest.approx(1)
    assert (times * weights).sum() == pytest.approx(block.mean, rel=0.01)


def test_the_tail_of_equal_blocks_is_the_largest_of_uniform_numbers():
    # residual uniform on (0, s), one whole s after it: E max of R is s + s R/(R+1), mean 1.5 s
    for replicas in (1, 4, 50):
        expected = 10 * (replicas / (replicas + 1) - 0.5)
        assert tail(BlockTime(10), replicas) == pytest.approx(expected, abs=0.05)


def test_the_tail_against_draws():
    block, rng = BlockTime(10, 0.5), np.random.default_rng(0)
    whole = block.draw(rng, (1 << 20))
    met = rng.choice(whole, size=(20_000, 16), p=whole / whole.sum())  # length-biased
    ends = met * rng.random(met.shape) + rng.choice(whole, size=met.shape)
    expected = ends.max(axis=1).mean() - ends.mean()
    assert tail(block, 16) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    "block", [BlockTime(10, 0.3), BlockTime(10, 1), BlockTime(10, 0.3, 0.02, 5)]
)
@pytest.mark.parametrize(("life", "away"), [(math.inf, 0.0), (600.0, 60.0)])
@pytest.mark.parametrize("replicas", [8, 200])
def test_formula_and_simulation_agree_within_five_per_cent(block, life, away, replicas):
    setting = Setting(replicas, replicas * 40, block, lifetime=life, away=away)
    played = mean(simulate(setting, seed).seconds for seed in range(max(3, 160 // replicas)))
    assert makespan(setting) == pytest.approx(played, rel=0.05)


@pytest.mark.parametrize("replicas", [50, 280, 1000])
def test_the_driver_is_the_limit_of_many_replicas(replicas):
    setting = Setting(replicas, replicas * 20, BlockTime(20, 0.3), rendering=0.03, coding=0.04)
    played = simulate(setting)
    assert makespan(setting) == pytest.approx(played.seconds, rel=0.05)
    if replicas == 1000:
        assert played.driver / played.seconds > 0.97


def test_more_replicas_never_take_longer():
    found = [makespan(Setting(n, 5000, BlockTime(10, 0.3))) for n in (1, 2, 8, 64, 512)]
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (BlockTime, {"typical": 0.0}),
        (BlockTime, {"typical": 1.0, "variation": -1.0}),
        (BlockTime, {"typical": 1.0, "stragglers": 1.5}),
        (BlockTime, {"typical": 1.0, "slowness": 0.5}),
        (Setting, {"replicas": 0, "blocks": 1}),
        (Setting, {"replicas": 1, "blocks": 1, "lifetime": 0.0}),
        (Setting, {"replicas": 1, "blocks": 1, "away": math.nan}),
    ],
)
def test_values_out_of_range_are_refused(kind, wrong):
    with pytest.raises(ValueError, match="out of its range"):
        kind(**wrong)
