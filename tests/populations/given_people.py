"""A population of which a test gives the columns that matter to it."""

from __future__ import annotations

import polars as pl

from mores.instruments.survey import wvs7
from mores.populations.population import Population, schema


def people(synthetic: bool = False, **columns) -> Population:
    """Respondents with the given columns; the columns that each population needs are filled in."""
    n = len(next(iter(columns.values())))
    filled = {
        "survey": ["WVS"] * n,
        "wave": [7] * n,
        "country": ["EGY"] * n,
        "year": [2018] * n,
        "respondent": list(range(n)),
        "weight": [1.0] * n,
    } | columns
    types = schema(wvs7())
    frame = pl.DataFrame(filled, schema={name: types[name] for name in filled})
    return Population("people", frame, wvs7(), synthetic)
