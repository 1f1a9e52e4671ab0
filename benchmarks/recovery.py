"""Does the map find what was planted? Fits on synthetic populations whose true positions are known.

Prints how often a country's planted position lies in its 95 % ellipse, with the weights and without
them, and how often planted margins lie in their 95 % intervals. Limit: 90 % of countries over 20 seeds.
Run: python benchmarks/recovery.py [--seeds 20]
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from mores.measures.culture_map import INDICATORS
from mores.populations.culture import fit_map, positions
from mores.populations.distributions import distributions
from mores.populations.population import Population
from mores.populations.synthetic import SyntheticModel

ITEMS = ("Q6", "Q29", "Q46", "Q57", "Q69", "Q164", "Q184", "Q240", "Q254", "Y002", "Y003")
LEAST = 0.03  # rarer answers have intervals that are not normal
LIMIT = 0.90


def reached(
    population: Population, truth: npt.NDArray[np.float64], seed: int
) -> npt.NDArray[np.bool_]:
    found = positions(population, fit_map(population), draws=500, seed=seed)
    angle = np.radians(found["ellipse_angle"].to_numpy())
    dx, dy = (truth - found.select("x", "y").to_numpy()).T
    along = (dx * np.cos(angle) + dy * np.sin(angle)) / found["ellipse_major"].to_numpy()
    across = (dy * np.cos(angle) - dx * np.sin(angle)) / found["ellipse_minor"].to_numpy()
    return np.asarray(along**2 + across**2 <= 1)


def unweighted(population: Population) -> Population:
    return replace(population, frame=population.frame.with_columns(weight=pl.lit(1.0)))


def covered(model: SyntheticModel, population: Population) -> list[bool]:
    table = distributions(population, ITEMS).frame().drop_nulls("share")
    truth = []
    for country, item in table.select("country", "item").unique(maintain_order=True).rows():
        truth.extend(model.margins(item, country).tolist())
    away = np.abs(table["share"].to_numpy() - np.array(truth))
    inside = away <= 1.96 * table["standard_error"].to_numpy()
    return list(inside[np.array(truth) >= LEAST])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    model = SyntheticModel()
    truth = model.map_positions().select("x", "y").to_numpy()
    published = np.array([model.country(code).position for code in model.countries])
    weighted, plain, margins, plain_margins = [], [], [], []
    for seed in range(seeds):
        drawn = model.draw(seed=seed, items=INDICATORS)
        weighted.append(reached(drawn, truth, seed))
        plain.append(reached(unweighted(drawn), truth, seed))
        few = model.draw(seed=seed, items=ITEMS)
        margins += covered(model, few)
        plain_margins += covered(model, unweighted(few))
    rate = float(np.mean(weighted))
    print(f"{seeds} seeds, {len(truth)} countries of 1,200 respondents")
    print(f"planted position in its 95 % ellipse: {rate:.3f} (limit {LIMIT}); least in one country "
          f"{np.mean(weighted, axis=0).min():.2f}")  # fmt: skip
    print(f"  without weights: {np.mean(plain):.3f}")
    print(f"planted margin in its 95 % interval: {np.mean(margins):.3f}")
    print(f"  without weights: {np.mean(plain_margins):.3f}")
    for axis, name in enumerate("xy"):
        r = np.corrcoef(truth[:, axis], published[:, axis])[0, 1]
        print(f"planted against published {name}: correlation {r:.4f}")
    if rate < LIMIT:
        raise SystemExit("below the limit")


if __name__ == "__main__":
    main()
