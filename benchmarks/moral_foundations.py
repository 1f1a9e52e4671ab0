"""Inferred profiles of all 93,312 configurations, and which variables drive which foundation.

Limit: 1 s for profiles and shares of variance together; the shares are set against an analysis of
variance by statsmodels on the same data. Then scores, reliability, Shapley shares and interval of 2,000.
Run: python benchmarks/moral_foundations.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from mores.measures.factorial import GRID_SIZES
from mores.measures.moral_foundations import (
    FOUNDATIONS,
    foundation_scores,
    inferred_grid,
    reliability,
)
from mores.measures.variance_decomposition import (
    decomposition_interval,
    full_grid_decomposition,
    sample_decomposition,
    shapley_shares,
)

LIMIT_S = 1.0

Found = TypeVar("Found")


def timed(call: Callable[[], Found], runs: int = 3) -> tuple[float, Found]:
    """Least of several runs, in seconds."""
    least = np.inf
    for _ in range(runs):
        began = time.perf_counter()
        found = call()
        least = min(least, time.perf_counter() - began)
    return least, found


def by_statsmodels(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Shares of variance, one analysis of variance an outcome."""
    import pandas as pd
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    names = [f"v{v}" for v in range(levels.shape[1])]
    frame = pd.DataFrame(dict(zip(names, levels.T, strict=True)))
    formula = "y ~ " + " + ".join(f"C({name})" for name in names)
    shares = []
    for column in values.T:
        squares = anova_lm(ols(formula, frame.assign(y=column)).fit(), typ=2)["sum_sq"].to_numpy()
        shares.append(squares[:-1] / squares.sum())
    return np.stack(shares, axis=1)


def main() -> None:
    """Print all times; end with an error if the limit is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--no-statsmodels", action="store_true")
    given = options.parse_args()
    rng = np.random.default_rng(0)
    matrix = rng.integers(1, 6, (sum(GRID_SIZES), len(FOUNDATIONS))).astype(float)
    levels = np.stack(np.unravel_index(np.arange(np.prod(GRID_SIZES)), GRID_SIZES), axis=1)

    seconds, grid = timed(lambda: inferred_grid(matrix))
    print(f"profiles of {len(grid):,} configurations   {seconds:8.4f} s")
    both, found = timed(lambda: full_grid_decomposition(inferred_grid(matrix)))
    print(f"profiles and shares of variance       {both:8.4f} s")
    if not given.no_statsmodels:
        seconds, shares = timed(lambda: by_statsmodels(grid, levels), runs=1)
        print(
            f"shares by statsmodels                 {seconds:8.4f} s, "
            f"largest difference {np.abs(shares - found.eta2).max():.1e}"
        )

    seconds, _ = timed(lambda: sample_decomposition(grid, levels))
    print(f"the grid as a sample                  {seconds:8.4f} s")
    sample(grid, levels, rng)
    if both > LIMIT_S:
        raise SystemExit(f"missed the limit of {LIMIT_S} s")


def sample(grid: np.ndarray, levels: np.ndarray, rng: np.random.Generator) -> None:
    """Time what is done with 2,000 personas who answered."""
    n = 2_000
    taken = rng.choice(len(grid), n, replace=False)
    items = np.clip(np.round(np.tile(grid[taken], 6) + rng.normal(0, 0.3, (n, 36))), 1, 5)
    seconds, scores = timed(lambda: foundation_scores(items))
    print(f"scores of {n:,} personas              {seconds:8.4f} s")
    print(f"reliability                           {timed(lambda: reliability(items))[0]:8.4f} s")
    rows = levels[taken]
    seconds, _ = timed(lambda: shapley_shares(scores, rows))
    print(f"Shapley shares                        {seconds:8.4f} s")
    seconds, _ = timed(lambda: decomposition_interval(scores, rows), runs=1)
    print(f"interval of 2,000 draws               {seconds:8.4f} s")


if __name__ == "__main__":
    main()
