"""How common the personas are among humans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.personas.grid import congruence
from mores.personas.respondents import persona_levels

if TYPE_CHECKING:
    from mores.personas.catalogue import Persona
    from mores.populations.population import Population
    from mores.studies.value_action.materials import Materials

__all__ = ["prevalence"]

MOST = 7
"""From how many of ten levels a respondent counts as like a persona."""

LEAST = 100
"""With how many respondents a country can be the nearest."""


def prevalence(study: Materials, population: Population, model: str) -> pl.DataFrame:
    """One row a persona: how many of its ten levels humans share, and where most.

    Parameters
    ----------
    study : Materials
    population : Population
        Weighted, each country counting alike. Respondents of whom a level is not known, or who have
        no weight, are left out and counted by `n`; who they are is not random.
    model : str
        The model's label, first column of every table.
    """
    personas = {a.persona.id: a.persona for a in study.arms if a.persona.configuration is not None}
    levels = persona_levels(population)
    weights = population.weights
    known = (levels >= 0).all(axis=1) & (weights > 0)
    levels, weights = levels[known], weights[known]
    countries = population.frame["country"].filter(pl.Series(known))
    weights = _each_country_alike(weights, countries)
    rows = [
        _row(persona, levels, weights, countries) if len(levels) else {}
        for persona in personas.values()
    ]
    table = pl.DataFrame(
        {
            "model": [model] * len(personas),
            "persona": list(personas),
            "category": [persona.category for persona in personas.values()],
        },
        schema={"model": pl.String, "persona": pl.String, "category": pl.String},
    )
    measured = pl.DataFrame(rows, schema=_COLUMNS)
    return table.hstack(measured).with_columns(
        n=pl.lit(len(levels), pl.Int64),
        respondents=pl.lit(len(population), pl.Int64),
        humans=pl.lit(population.label),
        synthetic=pl.lit(population.synthetic),
    )


_COLUMNS = {
    "shared_levels": pl.Float64,
    "most_shared": pl.Int64,
    "share_alike": pl.Float64,
    "share_same": pl.Float64,
    "congruence": pl.Float64,
    "share_less_congruous": pl.Float64,
    "nearest_country": pl.String,
    "nearest_country_levels": pl.Float64,
    "nearest_country_n": pl.Int64,
}


def _each_country_alike(weights: NDArray[np.float64], countries: pl.Series) -> NDArray[np.float64]:
    table = pl.DataFrame({"country": countries, "weight": weights})
    shares = table.select(pl.col("weight") / pl.col("weight").sum().over("country"))
    found: NDArray[np.float64] = shares.to_series().to_numpy()
    return found


def _row(
    persona: Persona,
    levels: NDArray[np.int8],
    weights: NDArray[np.float64],
    countries: pl.Series,
) -> dict[str, float | int | str | None]:
    own = np.array(persona.configuration)
    shared = (levels == own).sum(axis=1)
    total = weights.sum()
    of_respondents = congruence(levels)
    (of_persona,) = congruence([own]).tolist()
    by_country = (
        pl.DataFrame({"country": countries, "weight": weights, "shared": shared})
        .group_by("country")
        .agg(mean=(pl.col("shared") * pl.col("weight")).sum() / pl.col("weight").sum(), n=pl.len())
        .filter(pl.col("n") >= LEAST)
        .sort("mean", "country", descending=[True, False])
    )
    nearest = by_country.row(0, named=True) if by_country.height else {}
    return {
        "shared_levels": float(weights @ shared / total),
        "most_shared": int(shared.max()),
        "share_alike": float(weights[shared >= MOST].sum() / total),
        "share_same": float(weights[shared == len(own)].sum() / total),
        "congruence": float(of_persona),
        # Values that differ only by rounding are alike.
        "share_less_congruous": float(weights[of_respondents < of_persona - 1e-9].sum() / total),
        "nearest_country": nearest.get("country"),
        "nearest_country_levels": nearest.get("mean"),
        "nearest_country_n": nearest.get("n"),
    }
