"""Measures of grounded personas at full size: 93,312 personas, 36 questions, 14 groups and everybody.

Limit of the alignment of all groups on all questions under two weightings, from the personas'
distributions to the numbers: 2 s. A sample is set against `scipy.stats.wasserstein_distance`. Run:
python benchmarks/grounded_measures.py
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from scipy.stats import wasserstein_distance

from mores.measures.group_alignment import alignment_draws, group_alignment
from mores.measures.group_sums import random_clusters
from mores.measures.mixture_sums import MixtureAccumulator
from mores.measures.split_half import split_half
from mores.personas.grid import N_CONFIGURATIONS, levels_of, positions
from mores.studies.grounded_personas.position_tables import PlacedPersonas, position_tables
from mores.studies.grounded_personas.stereotype_tables import collapse_table, congruous_neighbours

PERSONAS, RESPONDENTS, QUESTIONS, BLOCK = N_CONFIGURATIONS, 94_000, 36, 1 << 13
ATTRIBUTES = (1, 2, 3, 4, 5)  # everybody, sexes, age bands, education, continents
LIMIT_S = 2.0

Found = TypeVar("Found")


def timed(name: str, call: Callable[[], Found]) -> tuple[float, Found]:
    began = time.perf_counter()
    found = call()
    taken = time.perf_counter() - began
    print(f"{taken:8.2f} s  {name}")
    return taken, found


def members(n: int, rng: np.random.Generator) -> np.ndarray:
    """A group of each attribute, numbered through."""
    first = np.cumsum((0, *ATTRIBUTES[:-1]))
    return np.stack([f + rng.integers(0, k, n) for f, k in zip(first, ATTRIBUTES, strict=True)], 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--personas", type=int, default=PERSONAS)
    parser.add_argument("--draws", type=int, default=2000)
    given = parser.parse_args()
    n, rng = given.personas, np.random.default_rng(0)

    options = np.resize([4, 4, 2, 10, 5, 4, 10, 3], QUESTIONS)
    ordered = np.arange(QUESTIONS) % 9 > 0
    shares = rng.random((n, QUESTIONS, 10), dtype=np.float32)
    shares[:, np.arange(10) >= options[:, None]] = 0
    shares /= shares.sum(axis=2, keepdims=True)
    shares[rng.random((n, QUESTIONS)) < 0.02] = np.nan
    groups, weights = members(n, rng), np.stack([np.ones(n), rng.lognormal(0, 1, n)], 1)
    answers = (rng.random((RESPONDENTS, QUESTIONS)) ** 1.5 * options).astype(np.int8)
    theirs, survey = members(RESPONDENTS, rng), rng.lognormal(0, 0.4, RESPONDENTS)
    size, held = sum(ATTRIBUTES), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def mixed(clusters: np.ndarray | None) -> MixtureAccumulator:
        found = MixtureAccumulator(size, options, 2, 256 if clusters is not None else 1)
        for start in range(0, n, BLOCK):
            rows = slice(start, start + BLOCK)
            dealt = None if clusters is None else clusters[rows]
            found.add(shares[rows], groups[rows], weights[rows], dealt)
        return found

    def people(clusters: np.ndarray | None) -> MixtureAccumulator:
        found = MixtureAccumulator(size, options, 1, 256 if clusters is not None else 1)
        found.add_answers(answers, theirs, survey, clusters)
        return found

    def aligned() -> np.ndarray:
        h = people(None).shares()[0]
        return group_alignment(mixed(None).shares(), h, ordered, options).by_question

    taken, near = timed("alignment of all groups on all questions, 2 weightings", aligned)
    p, h = mixed(None).shares(), people(None).shares()[0]
    worst = 0.0
    for q in np.flatnonzero(ordered):
        at = np.arange(options[q]) / (options[q] - 1)
        for w, g in ((0, 0), (1, 3), (0, 14)):
            one = wasserstein_distance(at, at, p[w, g, q, : options[q]], h[g, q, : options[q]])
            worst = max(worst, abs(1 - near[w, g, q] - one))
    print(f"{'':11}largest difference from scipy: {worst:.1e}")

    dealt = random_clusters(n), random_clusters(RESPONDENTS, seed=1)
    _, sides = timed("the same sums by clusters", lambda: (mixed(dealt[0]), people(dealt[1])))
    timed(f"{given.draws} draws", lambda: alignment_draws(*sides, ordered, given.draws, 0))
    timed(
        "split-half ceiling by continent, 200 splits",
        lambda: split_half(answers.T, options, survey, theirs[:, 4] - 10, 5, ordered),
    )
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
    print(f"{'':11}{grown / 1024:.0f} MiB beyond the {shares.nbytes / 2**20:.0f} MiB of shares")

    levels = levels_of(np.sort(rng.choice(N_CONFIGURATIONS, n, replace=False)))
    points = positions(levels) + rng.normal(0, 0.2, (n, 2))
    cell = PlacedPersonas(
        "sim", "both", levels, rng.normal(size=(n, 10)), points, {"uniform": np.ones(n)}
    )
    timed("effects and cloud with intervals", lambda: position_tables([cell], draws=given.draws))
    timed("nearest congruous configurations", congruous_neighbours)
    timed("collapse with intervals", lambda: collapse_table([cell], draws=given.draws))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'':11}{peak:.0f} MiB at most")
    assert worst < 1e-9, "differs from scipy"
    assert taken <= LIMIT_S, f"alignment took {taken:.2f} s; the limit is {LIMIT_S} s"


if __name__ == "__main__":
    main()
