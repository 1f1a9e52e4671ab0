"""A population of two respondents, for tests."""

from __future__ import annotations

import polars as pl

from mores.instruments.survey import wvs7
from mores.populations.population import Population, schema


def few(name: str = "few", happiness: int = 1, synthetic: bool = False) -> Population:
    types = schema(wvs7())
    rows = {
        "survey": ["WVS", "WVS"],
        "wave": [7, 7],
        "country": ["EGY", "GBR"],
        "year": [2018, 2022],
        "respondent": [1, 2],
        "weight": [0.5, None],
        "Q46": [happiness, -1],
    }
    frame = pl.DataFrame(rows, schema={n: types[n] for n in rows})
    return Population(name, frame, wvs7(), synthetic, {"form": "test", "files": []})
