"""Tilting, and the choice of a temperature, at full size: 200 personas, 35 questions, 10 countries.

Tilting all distributions at once is set against a loop of `scipy.optimize.brentq` over a part of them,
on the same distributions and with the same result. Limit of the choice of each question's temperature
on all others: 20 s. Run: python benchmarks/tilting.py
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from scipy.optimize import brentq

from mores.measures.shapley import exact_shapley
from mores.measures.temperature import choose_temperature
from mores.measures.tilting import tilt

COUNTRIES, PERSONAS, QUESTIONS = 10, 200, 35
LIMIT_S = 20.0
TEMPERATURES = (0.5, 2.0, 10.0)

Found = TypeVar("Found")


def timed(call: Callable[[], Found], runs: int = 3) -> tuple[float, Found]:
    """Least of several runs, in seconds."""
    least = np.inf
    for _ in range(runs):
        began = time.perf_counter()
        found = call()
        least = min(least, time.perf_counter() - began)
    return least, found


def one_by_one(p: np.ndarray, options: np.ndarray, temperature: float) -> np.ndarray:
    """One root finder a distribution, as one would write it."""
    q = np.full(p.shape, np.nan)
    for row, k in enumerate(options):
        r, own = np.arange(k), p[row, :k]
        scaled, mean = np.log(own) / temperature, own @ r

        def tilted(beta: float, scaled=scaled, r=r) -> np.ndarray:
            exponent = scaled + beta * r
            weight = np.exp(exponent - exponent.max())
            return weight / weight.sum()

        beta = brentq(lambda b, r=r, mean=mean, t=tilted: t(b) @ r - mean, -1e3, 1e3)
        q[row, :k] = tilted(beta)
    return q


def tilted(p: np.ndarray, options: np.ndarray, loop: int, rng: np.random.Generator) -> None:
    """Set tilting of all against a loop over some."""
    print(f"{len(p):,} distributions of {options.min()} to {options.max()} options")
    taken = rng.choice(len(p), min(loop, len(p)), replace=False)
    codes = np.arange(p.shape[-1])
    for temperature in TEMPERATURES:
        took, found = timed(lambda t=temperature: tilt(p, t, options))
        other, q = timed(lambda t=temperature: one_by_one(p[taken], options[taken], t), 1)
        np.testing.assert_allclose(found.probabilities[taken], q, atol=1e-9)
        assert found.converged.all()
        moved = np.abs(np.nansum((found.probabilities - p) * codes, axis=-1)).max()
        each, one = took / len(p), other / len(taken)
        print(
            f"tilting to T = {temperature:<5}{took:7.3f} s, {each * 1e6:5.2f} µs each   "
            f"brentq {one * 1e6:6.1f} µs each   that / this = {one / each:.0f}   "
            f"means moved by {moved:.0e} at most"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--personas", type=int, default=PERSONAS, help="in each country")
    parser.add_argument("--loop", type=int, default=3000, help="distributions of the loop")
    chosen = parser.parse_args()
    rng = np.random.default_rng(0)
    n = chosen.personas * COUNTRIES
    options = rng.choice([3, 4, 5, 7, 10], QUESTIONS)
    p = np.full((n, QUESTIONS, options.max()), np.nan)
    targets = np.full((COUNTRIES, QUESTIONS, options.max()), np.nan)
    for question, k in enumerate(options):
        p[:, question, :k] = rng.dirichlet(np.full(k, 0.5), n).clip(1e-12)
        targets[:, question, :k] = rng.dirichlet(np.full(k, 5.0), COUNTRIES)
    p /= np.nansum(p, axis=-1, keepdims=True)
    groups, weights = np.arange(n) % COUNTRIES, rng.lognormal(0, 0.5, n)

    tilted(p.reshape(-1, p.shape[-1]), np.tile(options, n), chosen.loop, rng)
    ten = rng.dirichlet(np.full(10, 0.5), 1_000_000).clip(1e-12)
    ten /= ten.sum(axis=-1, keepdims=True)
    tilted(ten, np.full(len(ten), 10), chosen.loop, rng)
    for pooled in (True, False):
        took, _ = timed(
            lambda pooled=pooled: choose_temperature(
                p, targets, weights, groups, n_options=options, pooled=pooled
            ),
            1,
        )
        name = "pooled" if pooled else "by country"
        print(f"temperatures, {name:12}{took:7.2f} s   limit / this = {LIMIT_S / took:.1f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB, distributions {p.nbytes / 2**20:.0f} MB")
    took, _ = timed(lambda: exact_shapley(np.ones((2000, COUNTRIES, 1024))), 1)
    print(f"Shapley values, 10 parts, 2,000 draws by country {took:.2f} s")


if __name__ == "__main__":
    main()
