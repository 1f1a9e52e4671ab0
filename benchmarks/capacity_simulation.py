"""The formula of `mores plan --capacity` against a simulation of the scheduler, replica by replica.

Over a grid of replicas, blocks a replica, times of blocks (equal, log-normal, with stragglers) and
failures: predicted ÷ simulated time. Limits: within 5 % from 30 blocks a replica, 10 % from 10, 25 %
from 3.
Then what failures add, against its formula (within 1.5 % of the time); the driver as the limit
(within 3 %); and how long a million requests on a thousand replicas with failures take to simulate
(60 s). Run: python benchmarks/capacity_simulation.py
"""

from __future__ import annotations

import itertools
import math
import sys
import time
from statistics import mean

from mores.fieldwork.capacity import overhead
from mores.fieldwork.cluster_simulation import simulate
from mores.fieldwork.makespan import BlockTime, Setting, makespan

TIMES = {
    "equal": BlockTime(10),
    "log-normal, 0.3": BlockTime(10, 0.3),
    "log-normal, 1": BlockTime(10, 1.0),
    "0.3, 2 % five times slower": BlockTime(10, 0.3, 0.02, 5),
}
FAILURES = {"none": (math.inf, 0.0), "1 h, 2 min": (3600.0, 120.0), "10 min, 1 min": (600.0, 60.0)}
TOLERANCE = {3: 0.25, 10: 0.1, 30: 0.05, 100: 0.05}


def simulated(setting: Setting) -> float:
    """Mean seconds over enough seeds for about a per cent."""
    seeds = max(4, min(40, 4000 // setting.replicas))
    return mean(simulate(setting, seed).seconds for seed in range(seeds))


def grid() -> bool:
    """Predicted ÷ simulated - 1: the largest of each part of the grid."""
    fine = True
    print(
        "blocks a replica, time of a block: largest error over 1, 8, 64, 1,000 replicas, failures"
    )
    for rounds, (name, block) in itertools.product(TOLERANCE, TIMES.items()):
        errors = {}
        for many, (fails, (life, away)) in itertools.product((1, 8, 64, 1000), FAILURES.items()):
            setting = Setting(many, many * rounds, block, lifetime=life, away=away)
            errors[many, fails] = makespan(setting) / simulated(setting) - 1
        where = max(errors, key=lambda at: abs(errors[at]))
        kept = abs(errors[where]) <= TOLERANCE[rounds]
        fine &= kept
        print(
            f"  {rounds:4} {name:28} {errors[where]:+7.1%} at {where[0]} replicas, failures "
            f"{where[1]}; mean {mean(map(abs, errors.values())):.1%}{'' if kept else '  OVER'}"
        )
    return fine


def failures() -> bool:
    """What failures add to the time of 100 replicas with 300 blocks each."""
    fine, block = True, BlockTime(20, 0.3)
    plain = simulated(Setting(100, 30_000, block))
    print("failures of 100 replicas, blocks of 20 s: life, away, formula, simulated")
    for life, away in ((36_000.0, 180.0), (3600.0, 180.0), (600.0, 60.0), (120.0, 30.0)):
        found = simulated(Setting(100, 30_000, block, lifetime=life, away=away)) / plain - 1
        said = overhead(block, life, away)
        kept = abs((1 + said) / (1 + found) - 1) <= 0.015
        fine &= kept
        print(f"  {life:7,.0f} s {away:4.0f} s  {said:7.1%} {found:7.1%}{'' if kept else '  OVER'}")
    return fine


def driver() -> bool:
    """Where the driver begins to be the limit of blocks of 20 s; 0.07 s of it a block."""
    fine = True
    print("driver, 0.07 s a block: replicas, predicted, simulated, share of time it works")
    for many in (50, 150, 250, 300, 400, 1000):
        setting = Setting(many, many * 40, BlockTime(20, 0.3), rendering=0.03, coding=0.04)
        played = simulate(setting, 1)
        said = makespan(setting)
        kept = abs(said / played.seconds - 1) <= 0.03
        fine &= kept
        share = played.driver / played.seconds
        print(
            f"  {many:5} {said:7.0f} s {played.seconds:7.0f} s {share:6.1%}{'' if kept else '  OVER'}"
        )
    return fine


def million() -> bool:
    """A million requests, in blocks of 256 and one by one."""
    fine = True
    for length in (256, 1):
        blocks = -(-1_000_000 // length)
        block = BlockTime(20.0 if length > 1 else 2.0, 0.3, 0.01, 5)
        began = time.perf_counter()
        played = simulate(Setting(1000, blocks, block, lifetime=3600.0, away=120.0))
        took = time.perf_counter() - began
        fine &= took <= 60
        print(
            f"1,000 replicas, {blocks:,} blocks of {length}: simulated in {took:.1f} s; limit / this = "
            f"{60 / took:.1f}; {played.ends:,} replicas ended, {played.lost:,} blocks lost, each "
            f"answered once: {played.blocks == blocks}"
        )
    return fine


if __name__ == "__main__":
    found = [million(), driver(), failures(), grid()]
    print("all within their limits" if all(found) else "NOT all within their limits")
    sys.exit(not all(found))
