"""Synthetic humans and personas with a known truth, as arrays, for the tests of the tables."""

from __future__ import annotations

import numpy as np

from mores.studies.grounded_personas.alignment_tables import (
    Attribute,
    Probe,
    ProbeHumans,
    ProbePersonas,
)

OPTIONS = np.array([2, 4, 4, 10])
PROBE = Probe(
    OPTIONS,
    np.array([True, True, False, True]),
    (Attribute("sex", ("female", "male")), Attribute("age", ("-29", "30-49", "50+"))),
)


def drawn(n: int, shift: float, spread: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers (n, 4) and levels (n, 2); men stand higher on all scales."""
    rng = np.random.default_rng(seed)
    levels = np.stack([rng.integers(0, 2, n), rng.integers(0, 3, n)], axis=1)
    at = rng.normal(0.35 + 0.2 * levels[:, :1] + shift, spread, (n, 4)).clip(0, 0.999)
    return (at * OPTIONS).astype(np.int8), levels


def humans(n: int = 2000, seed: int = 1) -> ProbeHumans:
    answers, levels = drawn(n, 0.0, 0.25, seed)
    answers[:20] = -1
    weights = np.random.default_rng(seed).lognormal(0, 0.3, n)
    weights[20:30] = np.nan
    return ProbeHumans(answers, weights, levels, True)


def personas(
    n: int = 900, shift: float = 0.0, spread: float = 0.25, form: str = "biography", seed: int = 2
) -> ProbePersonas:
    answers, levels = drawn(n, shift, spread, seed)
    shares = np.zeros((n, 4, 12), np.float32)  # wider than the probe's longest scale
    rows = np.arange(n)[:, None]
    shares[rows, np.arange(4), answers] = 1
    shares[:5] = np.nan
    levels[5:9] = -1
    weights = {
        "uniform": np.ones(n),
        "prevalence": np.random.default_rng(seed).lognormal(0, 1, n),
    }
    return ProbePersonas("sim", form, shares.__getitem__, levels, weights)
