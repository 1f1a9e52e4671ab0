"""A small random population in the survey's schema, for tests that need rows and not a model."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl

from mores.instruments.survey import Column, ColumnKind, Instrument, Item, wvs7
from mores.populations.derived import with_indices
from mores.populations.population import KEY, Population, schema

LANGUAGES = {"EGY": "ar", "GBR": "en", "USA": "en", "JPN": "ja", "MEX": "es", "RUS": "ru"}
COUNTRIES = tuple(LANGUAGES)
NOT_ASKED = -4


def small_population(
    seed: int = 0,
    respondents: int = 40,
    countries: Sequence[str] = ("EGY", "GBR", "USA"),
    instrument: Instrument | None = None,
    items: Collection[str] | None = None,
) -> Population:
    """Respondents with random answers: every item, every column, every kind of missing answer.

    Parameters
    ----------
    seed : int
        Seeds the draw.
    respondents : int
        A country; 4 or more.
    countries : sequence of str
        Among `COUNTRIES`. The first was not asked Q182, if there are others.
    instrument : Instrument, optional
        That of wave 7 by default.
    items : collection of str, optional
        Ids of the items asked; all by default.

    Returns
    -------
    Population
        In normal form and sorted, with weights of which one a country is null and one is 0. Marked
        as synthetic.
    """
    instrument = instrument or wvs7()
    rng = np.random.default_rng(seed)
    n = respondents * len(countries)
    number = np.tile(np.arange(1, respondents + 1), len(countries))
    place = np.repeat(np.arange(len(countries)), respondents)
    weights = np.round(rng.gamma(4, 0.25, n) + 0.01, 6)
    weights[number == respondents] = 0.0
    columns: dict[str, object] = {
        "survey": ["WVS"] * n,
        "wave": [7] * n,
        "country": [countries[p] for p in place],
        "year": 2017 + place % 5,
        "respondent": 10_000 * (place + 1) + number,
        "weight": [None if i == 1 else w for i, w in zip(number, weights.tolist(), strict=True)],
        "language": [LANGUAGES[countries[p]] for p in place],
    }
    for column in instrument.columns.values():
        if column.id not in columns:
            columns[column.id] = _column(column, n, rng)
    for item in instrument.items.values():
        if not item.derived and not item.trend_only and (items is None or item.id in items):
            columns[item.id] = _codes(item, n, rng)
    if "Q182" in columns and len(countries) > 1:
        columns["Q182"] = np.where(place == 0, NOT_ASKED, columns["Q182"])
    types = schema(instrument)
    frame = pl.DataFrame(columns, schema={name: types[name] for name in columns})
    frame = with_indices(frame).sort(KEY)
    ordered = frame.select(name for name in types if name in frame.columns)
    return Population("small", ordered, instrument, synthetic=True, source={"model": "small"})


def _codes(variable: Item | Column, n: int, rng: np.random.Generator) -> np.ndarray:
    """Codes of the options, each as likely, one in ten of them missing; each code at least once."""
    options = [option.code for option in variable.options]
    answers = rng.choice(options, n)
    answers[: len(options)] = options[:n]
    missing = [code for code in variable.missing if code != NOT_ASKED]
    lost = rng.random(n) < 0.1
    return np.where(lost, rng.choice(missing, n), answers) if missing else answers


def _column(column: Column, n: int, rng: np.random.Generator) -> np.ndarray | list[str]:
    if column.kind is ColumnKind.CATEGORY:
        return _codes(column, n, rng)
    if column.kind is ColumnKind.INTEGER:
        low, high = {"age": (18, 90), "household_size": (1, 9)}.get(column.id, (0, 7))
        return np.where(rng.random(n) < 0.05, -2, rng.integers(low, high, n))
    raise NotImplementedError(column.id)
