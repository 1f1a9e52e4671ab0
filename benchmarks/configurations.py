"""Prevalence of the 93,312 configurations in a full wave, and samples of them.

Limits: 1 s for the pooled prevalence of 60,000 respondents, their levels included; 50 ms for a sample of
2,000. Run: python benchmarks/configurations.py
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

import numpy as np

from mores.personas.configuration_files import parse_configurations
from mores.personas.configuration_samples import ConfigurationSample
from mores.personas.prevalence import country_prevalences, held_out_log_score, prevalence
from mores.personas.sampling_designs import (
    prevalence_sample,
    random_sample,
    strata,
    stratified_sample,
)
from mores.personas.variables import N_CONFIGURATIONS, variables
from mores.populations.synthetic import SyntheticModel, synthesise

RESPONDENTS, SAMPLE = 60_000, 2000
POOLED_S, SAMPLE_S = 1.0, 0.05


def seconds(run: Callable[[], object], repeats: int = 3) -> float:
    """The shortest of some runs."""
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return min(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--respondents", type=int, default=RESPONDENTS)
    countries = SyntheticModel().countries
    each = -(-parser.parse_args().respondents // len(countries))
    items = {n for v in variables() for n in (*v.source.items, *v.source.against)}
    people = synthesise(respondents=each, items=sorted(items))
    print(f"{len(people):,} synthetic respondents, {len(countries)} countries")
    pooled = seconds(lambda: prevalence(people))
    print(f"pooled prevalence       {pooled:.3f} s  limit / this = {POOLED_S / pooled:.1f}")
    chosen = seconds(lambda: prevalence(people, alpha="held-out"), 1)
    print(f"  mass by held-out score {chosen:.2f} s")
    found = country_prevalences(people)
    print(f"all countries           {seconds(found.matrix, 1):.2f} s, one after the other")
    one = countries[0]
    score = seconds(lambda: held_out_log_score(people, one), 1)
    print(f"one country's held-out score {score:.2f} s")
    of = prevalence(people)
    for smoothing in ("none", "additive", "independence"):
        best = held_out_log_score(people, smoothing=smoothing)
        print(f"  {smoothing:13} {best.score.max():8.3f} nats at a mass of {best.best:,.0f}")
    strata()
    designs: dict[str, Callable[[], ConfigurationSample]] = {
        "random": lambda: random_sample(SAMPLE),
        "stratified": lambda: stratified_sample(SAMPLE),
        "by prevalence": lambda: prevalence_sample(of, SAMPLE),
        "systematic": lambda: prevalence_sample(of, SAMPLE, replacement=False),
    }
    for name, draw in designs.items():
        took = seconds(draw)
        sample = draw()
        print(
            f"{name:14} {1000 * took:5.1f} ms  limit / this = {SAMPLE_S / took:.0f}; effective n "
            f"{sample.n_effective():,.0f} uniform, {sample.n_effective(of):,.0f} by prevalence; "
            f"{len(np.unique(sample.indices)):,} distinct, held by {of.coverage(sample.indices):.1%}"
        )
    text = ("index,weight\n" + "\n".join(f"{i},1" for i in range(N_CONFIGURATIONS))).encode()
    took = seconds(lambda: parse_configurations(text, "grid.csv"), 1)
    print(f"file of the whole grid  {took:.2f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
