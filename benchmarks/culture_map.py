"""The cultural map of a full wave: 97,000 respondents, 64 countries, 2,000 bootstrap draws.

Limits: 2 s for the draws of one country, which are set against drawing respondents one index at a time
and averaging them; both on the same coordinates. Run: python benchmarks/culture_map.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from mores.instruments.survey import wvs7
from mores.measures.culture_map import INDICATORS, fit_culture_map
from mores.measures.group_positions import bootstrap_positions, bootstrap_refits
from mores.populations.culture import fit_map, indicator_values, positions
from mores.populations.population import Population

RESPONDENTS, COUNTRIES, DRAWS = 97_000, 64, 2000
LIMIT_S = 2.0
LOADINGS = np.array(
    [(-5, 1), (-4, 1), (0, 5), (-6, -1), (-1, -7), (6, 3), (3, 6), (0, 6), (6, 0), (0, 5)]
)


def population(n: int) -> Population:
    """Respondents with a planted plane, answers missing at random, one country without Q182."""
    rng = np.random.default_rng(0)
    country = np.sort(np.arange(n) % COUNTRIES)
    latent = rng.normal(size=(n, 2)) + rng.normal(0, 0.7, size=(COUNTRIES, 2))[country]
    response = latent @ LOADINGS.T / 10 + rng.normal(0, 0.7, size=(n, 10))
    columns: dict[str, object] = {}
    for k, name in enumerate(INDICATORS):
        item = wvs7().item(name)
        cuts = np.linspace(-1.5, 1.5, len(item.codes) + 1)[1:-1]
        answers = np.array(item.codes, dtype=np.int8)[np.digitize(response[:, k], cuts)]
        lost = (rng.random(n) < 0.05) | ((country == 0) & (name == "F118"))
        columns[item.id] = np.where(lost, -5, answers).astype(np.int8)
    frame = pl.DataFrame(columns).with_columns(
        survey=pl.lit("WVS"),
        wave=pl.lit(7, pl.Int64),
        country=pl.Series([f"C{c:02d}" for c in country]),
        year=pl.lit(2018, pl.Int64),
        respondent=pl.int_range(n, dtype=pl.Int64),
        weight=pl.Series(rng.gamma(4, 0.25, n)),
    )
    return Population("planted", frame, wvs7(), synthetic=True)


def seconds(run: Callable[[], object], repeats: int = 3) -> float:
    """The shortest of some runs."""
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return min(took)


def one_by_one(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The same bootstrap as it is usually written."""
    rng = np.random.default_rng(0)
    draws = np.empty((DRAWS, 2))
    for row in draws:
        taken = rng.integers(0, len(points), len(points))
        row[:] = np.average(points[taken], axis=0, weights=weights[taken])
    return draws


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--respondents", type=int, default=RESPONDENTS)
    people = population(parser.parse_args().respondents)
    values, weights = indicator_values(people), people.weights
    culture_map = fit_culture_map(values, weights)
    points = culture_map.scores(values)
    groups = people.groups(["country"])
    one = groups.index == 1
    zeros = np.zeros(int(one.sum()), int)
    country = seconds(lambda: bootstrap_positions(points[one], weights[one], zeros, 1, DRAWS))
    plain = seconds(lambda: one_by_one(points[one], weights[one]))
    refits = seconds(lambda: bootstrap_refits(values, weights, groups.index, COUNTRIES, 10), 1) / 10
    print(f"{len(people):,} respondents, {COUNTRIES} countries, {DRAWS:,} draws")
    print(f"indicators {seconds(lambda: indicator_values(people)):.3f} s")
    print(f"fit        {seconds(lambda: fit_map(people)):.3f} s, indicators included")
    print(f"scores     {seconds(lambda: culture_map.scores(values)):.3f} s")
    print(f"one country's draws {country:.3f} s  limit / this = {LIMIT_S / country:.1f}")
    print(f"  one by one        {plain:.3f} s  that / this = {plain / country:.1f}")
    print(f"all countries       {seconds(lambda: positions(people, culture_map), 1):.2f} s")
    print(f"refitting the map   {refits * 1000:.0f} ms a draw, {refits * DRAWS:.0f} s for all")


if __name__ == "__main__":
    main()
