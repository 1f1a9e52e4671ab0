"""Small material of a calibrated-personas study: distributions by hand, and at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from few_respondents import few

from mores.instruments.survey import Item, wvs7
from mores.populations.population import Population
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.responses import Observed, Responses

GENERIC = Condition("generic")
COUNTRY = Condition("country", "social_science")
SOCIO = Condition("sociodemographic+nationality", "social_science")
VALUE = Condition("value+nationality", "social_science", "composable")
MAIN = (GENERIC, COUNTRY, SOCIO, VALUE)
COUNTRIES = ("GBR", "GHA", "JPN")
QUESTIONS = ("Q1", "Q47", "Q48", "Q171", "Q210")
"""Of 4, 5, 10, 7 and 3 options."""


def items(*names: str) -> tuple[Item, ...]:
    """Questions of the seventh wave, by id."""
    return tuple(wvs7().item(name) for name in names)


def responses(
    given: Mapping[tuple[Condition, str], object],
    questions: Sequence[str] = ("Q210",),
    *,
    allowed: Mapping[tuple[Condition, str], object] | None = None,
    unseen: Mapping[tuple[Condition, str], object] | None = None,
    asked: Mapping[tuple[Condition, str], Sequence[bool]] | None = None,
    merged: bool = False,
    model: str = "a model",
) -> Responses:
    """Responses of which personas' distributions are given.

    Parameters
    ----------
    given
        (condition, country) -> (N, Q, K), or (N, K) for one question; may be shorter than the longest
        scale. NaN throughout a distribution: not coded.
    questions
        Ids.
    allowed, unseen
        (condition, country) -> (N, Q), or (N,) for one question; 1 and 0 if not given.
    asked
        (condition, country) -> (Q,); all where not given.
    merged
        Whether personas whose rows are the same share a prompt, as equal profiles do; else each has
        one of its own.
    """
    chosen = items(*questions)
    width = max(len(item.codes) for item in chosen)
    shares, mass, hidden, drawn = [], [], [], {}
    rows: dict[bytes, int] = {}
    for key, personas in given.items():
        table = np.asarray(personas, np.float32)
        table = table[:, None] if table.ndim == 2 else table
        lacking = width - table.shape[2]
        table = np.pad(table, ((0, 0), (0, 0), (0, lacking)))
        table[np.isnan(table).any(axis=2)] = np.nan
        coded = ~np.isnan(table[..., 0])
        m = _each(allowed, key, coded, 1.0)
        u = _each(unseen, key, coded, 0.0)
        place = []
        for n in range(len(table)):
            name = table[n].tobytes() + m[n].tobytes() + u[n].tobytes()
            name = name if merged else name + repr((key, n)).encode()
            if name not in rows:
                rows[name] = len(rows)
                shares.append(table[n])
                mass.append(m[n])
                hidden.append(u[n])
            place.append(rows[name])
        drawn[key] = np.array(place, np.int64)
    everything = np.ones(len(chosen), np.bool_)
    return Responses(
        model=model,
        questions=chosen,
        countries=tuple(dict.fromkeys(country for _, country in given)),
        shares=np.array(shares, np.float32),
        allowed=np.array(mass, np.float32),
        unseen=np.array(hidden, np.float32),
        drawn=drawn,
        asked={key: np.array((asked or {}).get(key, everything)) for key in given},
    )


def _each(given, key, coded, otherwise):
    if given is None or key not in given:
        return np.where(coded, otherwise, np.nan).astype(np.float32)
    return np.asarray(given[key], np.float32).reshape(coded.shape)


def observed(
    shares: object,
    questions: Sequence[str] = ("Q210",),
    countries: Sequence[str] = ("GBR",),
    n: int = 1000,
    population: Population | None = None,
) -> Observed:
    """Humans' shares (C, Q, K), or (C, K) for one question, of n respondents; NaN: not used."""
    chosen = items(*questions)
    width = max(len(item.codes) for item in chosen)
    table = np.asarray(shares, np.float64)
    table = table[:, None] if table.ndim == 2 else table
    table = np.pad(table, ((0, 0), (0, 0), (0, width - table.shape[2])))
    table[np.isnan(table).any(axis=2)] = np.nan
    used = ~np.isnan(table[..., 0])
    return Observed(
        population=population or few(),
        countries=tuple(countries),
        questions=chosen,
        shares=table,
        n=np.where(used, n, 0),
        n_effective=np.where(used, n * 0.8, 0.0),
        coverage=np.where(used, 0.95, 0.5),
    )


def distributions(
    generator: np.random.Generator, shape: tuple[int, ...], n_options: Sequence[int], spread=1.0
) -> np.ndarray:
    """Dirichlet distributions (*shape, Q, K) over questions of n options each; 0 beyond them."""
    size = (*shape, len(n_options), max(n_options))
    drawn = generator.gamma(spread, size=size) + 1e-3
    drawn[..., np.arange(max(n_options)) >= np.asarray(n_options)[:, None]] = 0
    return drawn / drawn.sum(axis=-1, keepdims=True)


def at_random(
    seed: int,
    *,
    personas: int = 6,
    countries: Sequence[str] = COUNTRIES,
    questions: Sequence[str] = QUESTIONS,
    conditions: Sequence[Condition] = MAIN,
    missing: float = 0.0,
    merged: bool = True,
) -> tuple[Responses, Observed]:
    """A model's and humans' distributions; a share of both is missing, and personas recur."""
    generator = np.random.default_rng(seed)
    n_options = [len(item.codes) for item in items(*questions)]
    given, mass, hidden = {}, {}, {}
    recurring = {c: generator.integers(0, personas, personas) for c in countries}
    for condition in conditions:
        for country in countries:
            n = personas if condition.has_personas else 1
            table = distributions(generator, (n,), n_options)
            table[generator.random((n, len(questions))) < missing] = np.nan
            who = recurring[country] if condition.has_personas else [0]
            given[condition, country] = table[who]
            coded = ~np.isnan(table[..., 0])
            m, u = generator.uniform(0.8, 1, (2, *coded.shape))
            mass[condition, country] = np.where(coded, m, np.nan)[who]
            hidden[condition, country] = np.where(coded, 1 - u, np.nan)[who]
    humans = distributions(generator, (len(countries),), n_options)
    humans[generator.random((len(countries), len(questions))) < missing] = np.nan
    return (
        responses(given, questions, allowed=mass, unseen=hidden, merged=merged),
        observed(humans, questions, countries),
    )
