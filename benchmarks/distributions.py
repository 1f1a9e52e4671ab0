"""All option shares of a survey at full size: 190 items, 64 countries, 97,000 respondents.

Limits: 5 s for the shares with errors, effective n and coverage; 60 s for 100 split halves. The shares
are set against two ways in which one would do it otherwise: a group_by of each item with polars (which
yields less: shares and n), and a loop over countries and items with NumPy. They are also made from a
population of that size, with its tidy table. Run: python benchmarks/distributions.py
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import polars as pl

from mores.measures.shares import weighted_shares
from mores.measures.split_half import split_half

Found = TypeVar("Found")


def timed(call: Callable[[], Found], runs: int = 3) -> tuple[float, Found]:
    """Least of several runs, in seconds."""
    least = np.inf
    for _ in range(runs):
        began = time.perf_counter()
        found = call()
        least = min(least, time.perf_counter() - began)
    return least, found


def by_polars(answers, weights, groups) -> list[pl.DataFrame]:
    frame = pl.DataFrame({"group": groups, "weight": weights})
    tables = []
    for chosen in answers:
        table = (
            frame.with_columns(option=pl.Series(chosen))
            .filter(pl.col("option") >= 0)
            .group_by("group", "option")
            .agg(total=pl.col("weight").sum(), n=pl.len())
        )
        tables.append(
            table.with_columns(share=pl.col("total") / pl.col("total").sum().over("group"))
        )
    return tables


def by_loops(answers, options, weights, groups, n_groups) -> np.ndarray:
    shares = np.full((n_groups, len(options), options.max()), np.nan)
    for group in range(n_groups):
        rows = groups == group
        for item, k in enumerate(options):
            chosen, w = answers[item, rows], weights[rows]
            total = w[chosen >= 0].sum()
            for option in range(k):
                shares[group, item, option] = w[chosen == option].sum() / total
    return shares


def population(respondents: int, countries: int, seed: int = 0):
    """A population of that size with random answers to every item of the instrument."""
    from mores.instruments.survey import wvs7
    from mores.populations.population import Population, schema

    instrument, rng = wvs7(), np.random.default_rng(seed)
    columns = {
        "survey": np.repeat("WVS", respondents),
        "wave": np.repeat(7, respondents),
        "country": np.array([f"C{i:02}" for i in range(countries)])[
            np.arange(respondents) * countries // respondents
        ],
        "year": np.repeat(2018, respondents),
        "respondent": np.arange(respondents),
        "weight": rng.lognormal(0, 0.5, respondents),
        "age": rng.integers(18, 90, respondents),
    }
    for item in instrument.items.values():
        columns[item.id] = rng.choice([*item.missing, *item.codes], respondents)
    types = schema(instrument)
    frame = pl.DataFrame(columns, schema={name: types[name] for name in columns})
    return Population("benchmark", frame, instrument, synthetic=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--respondents", type=int, default=97_000)
    parser.add_argument("--items", type=int, default=190)
    parser.add_argument("--countries", type=int, default=64)
    parser.add_argument("--splits", type=int, default=100)
    chosen = parser.parse_args()
    rng = np.random.default_rng(0)
    options = rng.choice([2, 3, 4, 5, 10], chosen.items)
    answers = np.stack([rng.integers(-1, k, chosen.respondents) for k in options]).astype(np.int8)
    weights = rng.lognormal(0, 0.5, chosen.respondents)
    groups = np.sort(rng.integers(0, chosen.countries, chosen.respondents)).astype(np.int32)
    survey = (answers, options, weights, groups, chosen.countries)

    took, found = timed(lambda: weighted_shares(*survey))
    print(
        f"{'shares, errors, effective n, coverage':40}{took:7.2f} s   limit / this = {5 / took:.0f}"
    )
    other, tables = timed(lambda: by_polars(answers, weights, groups))
    print(f"{'polars, one group_by an item':40}{other:7.2f} s   this / ours  = {other / took:.1f}")
    last = tables[-1].sort("group", "option")
    shown = found.shares[:, -1, : options[-1]].ravel()
    np.testing.assert_allclose(shown, last["share"].to_numpy(), rtol=1e-9)
    other, shares = timed(lambda: by_loops(*survey), 1)
    print(f"{'loop over countries and items':40}{other:7.2f} s   this / ours  = {other / took:.1f}")
    np.testing.assert_allclose(found.shares, shares, rtol=1e-9)

    ordered = rng.random(chosen.items) < 0.9
    took, _ = timed(lambda: split_half(*survey, ordered, chosen.splits), 1)
    print(f"{f'{chosen.splits} split halves':40}{took:7.2f} s   limit / this = {60 / took:.0f}")

    from mores.populations.distributions import distributions

    humans = population(chosen.respondents, chosen.countries)
    for by in (["country"], ["country", "age_band"]):
        took, table = timed(lambda by=by: distributions(humans, by=by), 1)
        print(f"{f'population by {chr(32).join(by)}, {len(table.items)} items':40}{took:7.2f} s")
        took, frame = timed(table.frame, 1)
        print(f"{f'its table, {frame.height:,} rows':40}{took:7.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory':40}{peak:7.0f} MB")


if __name__ == "__main__":
    main()
