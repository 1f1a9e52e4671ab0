"""The simulated scheduler: worked by hand, exact limits, and what must hold of every play."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.fieldwork.cluster_simulation import simulate
from mores.fieldwork.makespan import BlockTime, Setting


def test_worked_by_hand():
    # Two replicas, five blocks of 4, 1, 2, 3, 1 s in the order in which they begin.
    # Block 0 goes to a, 1 to b, 2 to a (both hold one; a joined first), 3 to b.
    # t=0: a works on 0 (4 s), b on 1 (1 s). t=1: b has done 1, holds 3 alone and begins it (2 s);
    # block 4 goes to b. t=3: b has done 3 and begins 4 (3 s). t=4: a has done 0, begins 2 (1 s).
    # t=5: a has done 2. t=6: b has done 4.
    played = simulate(Setting(2, 5), times=[4, 1, 2, 3, 1])
    assert played.seconds == 6
    assert played.blocks == 5
    assert played.worked == 11
    assert played.most_in_flight == 2
    assert (played.ends, played.lost, played.moved, played.wasted) == (0, 0, 0, 0)


def test_a_lost_replica_worked_by_hand():
    # Two replicas, four blocks of 2 s; a lives for 3 s, is away for 10.
    # a: 0 until t=2, then 2. b: 1 until 2, then 3. t=3: a ends under block 2, which goes to b behind
    # 3. b: 3 until 4, then 2 anew until 6.
    setting = Setting(2, 4, BlockTime(2), away=10)
    played = simulate(setting, lives=[3, math.inf])
    assert played.seconds == 6
    assert (played.ends, played.lost, played.moved) == (1, 1, 0)
    assert played.wasted == 1
    assert played.worked == 8
    assert played.most_losses == 1


def test_what_waited_at_a_lost_replica_moves_and_is_not_lost():
    # a ends at t=1 with block 0 under way and block 2 waiting: both go to b, which answers 1, 3, 0, 2
    played = simulate(Setting(2, 4, BlockTime(2), away=100), lives=[1, math.inf])
    assert played.seconds == 8
    assert (played.lost, played.moved, played.most_in_flight) == (1, 1, 4)


def test_where_no_replica_is_left_blocks_wait_for_the_next():
    # the only one ends at t=3 under its second block; another joins at t=8 and needs 2 s for each left
    played = simulate(Setting(1, 3, BlockTime(2), away=5), lives=[3, math.inf])
    assert played.seconds == 12
    assert (played.ends, played.lost, played.moved) == (1, 1, 1)


def test_the_driver_worked_by_hand():
    # one replica; 1 s to render, 2 s to work, 1 s to code; two lanes.
    # t=1: block 0 sent; t=2: block 1 waits; t=3: 0 answered, coded at 4; block 2 rendered at 5.
    # t=5: 1 answered, 2 begins; 1 coded at 6; t=7: 2 answered, coded at 8.
    played = simulate(Setting(1, 3, BlockTime(2), rendering=1, coding=1))
    assert played.seconds == 8
    assert played.driver == 6


def test_a_driver_alone_takes_its_time_for_every_block():
    played = simulate(Setting(100, 500, BlockTime(1e-6), rendering=0.5, coding=0.25))
    assert played.seconds == pytest.approx(500 * 0.75, rel=1e-3)


def test_fewer_lanes_than_replicas_are_the_limit():
    assert simulate(Setting(10, 60, BlockTime(2), lanes=3)).seconds == 40


@given(
    replicas=st.integers(1, 12),
    blocks=st.integers(0, 150),
    variation=st.floats(0, 1.5),
    life=st.floats(20, 500),
    away=st.floats(0, 50),
    driver=st.floats(0, 0.5),
    lanes=st.integers(0, 20),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=60, deadline=None)
def test_every_block_is_answered_once_whatever_ends(
    replicas, blocks, variation, life, away, driver, lanes, seed
):
    setting = Setting(
        replicas,
        blocks,
        BlockTime(3, variation),
        lanes=lanes,
        rendering=driver,
        coding=driver,
        lifetime=life,
        away=away,
    )
    played = simulate(setting, seed)
    assert played.blocks == blocks
    assert played.lost <= played.ends
    assert played.most_in_flight <= setting.under_way
    assert played.driver == pytest.approx(2 * driver * blocks)
    assert played.worked <= replicas * played.seconds + 1e-6
    assert (played.wasted > 0) == (played.lost > 0)
    assert simulate(setting, seed) == played


def test_seeds_differ():
    setting = Setting(8, 200, BlockTime(5, 0.5), lifetime=200, away=10)
    assert simulate(setting, 1).seconds != simulate(setting, 2).seconds


def test_without_failures_two_a_replica_are_never_exceeded():
    assert simulate(Setting(50, 5000, BlockTime(5, 1.0)), 3).most_in_flight == 2


def test_too_few_given_times_are_told():
    with pytest.raises(ValueError, match="times are too few"):
        simulate(Setting(1, 3), times=[1.0])


def test_a_thousand_replicas_and_a_million_requests():
    setting = Setting(1000, 3907, BlockTime(20, 0.3, 0.01, 5), lifetime=900, away=120)
    played = simulate(setting)
    assert played.blocks == 3907
    assert played.ends > 50
    assert played.lost > 10
