"""How prevalent each of the 93,312 configurations is among the respondents of a survey.

Decisions of this project:

- Survey weights count within a country. In the pool every country counts the same unless asked
  otherwise, so that a country with more interviews does not count more.
- A respondent of whom some levels are not known is not dropped: `mores.personas.smoothing` states how
  its weight is spread. With ``respondents="complete"`` it is left out, and counted.
- A country of which nobody's level on a variable is known has no distribution of its own there. It
  needs ``pooled`` or ``hierarchical``, which take from the other countries how the variable goes with
  those that are known; `Prevalence.unknown_variables` says so. Other smoothings refuse it.
- Defaults: a country keeps its own margins and borrows associations from the other countries
  (``hierarchical``); the pool is drawn towards independence within countries (``independence``). Masses
  are `DEFAULT_ALPHAS`. On the synthetic population (every fourth country, five folds) the score of a
  left-out respondent of a country is -8.49 nats, -8.51 with ``independence``; with ``pooled`` and
  ``additive`` it is 0.3 and 1.7 worse. Each default mass is within 0.05 nats of the best one. Answers of
  the synthetic population depend on two latent axes only; those of a survey may hang together more
  closely: ``alpha="held-out"`` lets the respondents choose the mass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.errors import PersonaError, PopulationError, nearest
from mores.personas.grid import levels_of
from mores.personas.held_out import ALPHAS, HeldOutScore, log_scores
from mores.personas.priors import SMOOTHINGS, Pool, prior_of
from mores.personas.smoothing import Patterns, effective_n, patterns, smoothed
from mores.personas.surveyed import CountryWeights, Respondents, Surveyed
from mores.personas.variables import N_CONFIGURATIONS, variables

if TYPE_CHECKING:
    import polars as pl

    from mores.populations.population import Population

__all__ = [
    "DEFAULT_ALPHAS",
    "CountryPrevalences",
    "Prevalence",
    "country_prevalences",
    "held_out_log_score",
    "prevalence",
]

FloatArray = NDArray[np.float64]
Smoothing: TypeAlias = Literal["none", "additive", "independence", "pooled", "hierarchical"]
Alpha: TypeAlias = float | Literal["held-out"]

DEFAULT_ALPHAS = {"additive": 3e3, "independence": 3e4, "pooled": 3e3, "hierarchical": 1e4}
"""Mass of the prior in respondents, by smoothing; see the module for the reason."""


@dataclass(frozen=True, eq=False)
class Prevalence:
    """Share of each configuration among the people of a country or of several.

    Attributes
    ----------
    label : str
        Name of the data set; says *synthetic* where it is.
    synthetic : bool
        From respondents whom nobody asked.
    countries : tuple of str
        Those that entered, as ISO 3166 alpha-3 codes.
    left_out : tuple of str
        Those of the population without a respondent who could enter.
    weights : float64 array, shape (93312,)
        >= 0, sum 1.
    smoothing, respondents : str
        As asked for.
    alpha : float
        Mass of the prior in respondents; 0 for ``none``.
    n_respondents : int
        Of the countries in the population.
    n : int
        Those who entered; `n_complete` of them have all levels known.
    n_complete : int
    n_effective : float
        Kish's effective n of those who entered, with the weights of countries.
    n_unweighted : int
        Left out for want of a survey weight, or of a country.
    n_incomplete : int
        Left out since a level is not known (``complete``), or all of them (``partial``).
    unknown : tuple of (str, int)
        For each variable the number of respondents, of `n_respondents`, whose level is not known.
    unknown_variables : tuple of str
        Those of which nobody's level is known: their distribution is that of the other countries,
        given the other variables.
    iterations : int
        Of EM; 0 without partial respondents.
    """

    label: str
    synthetic: bool
    countries: tuple[str, ...]
    left_out: tuple[str, ...]
    weights: FloatArray
    smoothing: str
    respondents: str
    alpha: float
    n_respondents: int
    n: int
    n_complete: int
    n_effective: float
    n_unweighted: int
    n_incomplete: int
    unknown: tuple[tuple[str, int], ...]
    unknown_variables: tuple[str, ...]
    iterations: int

    def top(self, k: int) -> tuple[NDArray[np.int64], FloatArray]:
        """The k most prevalent configurations, most prevalent first, and their shares."""
        if not 0 < k <= N_CONFIGURATIONS:
            raise PersonaError(f"top {k} configurations; allowed: 1 to {N_CONFIGURATIONS}")
        order = np.argsort(-self.weights, kind="stable")[:k]
        return order, self.weights[order]

    def coverage(self, indices: ArrayLike) -> float:
        """Share of the people who hold one of some configurations; one named twice counts once.

        Raises
        ------
        PersonaError
            If an index is out of range.
        """
        given = np.asarray(indices)
        levels_of(given)
        return float(self.weights[np.unique(given.astype(np.int64))].sum())

    def margins(self) -> tuple[FloatArray, ...]:
        """For each variable the shares of its levels."""
        sizes = tuple(len(variable.levels) for variable in variables())
        table, axes = self.weights.reshape(sizes), range(len(sizes))
        return tuple(table.sum(axis=tuple(a for a in axes if a != v)) for v in axes)

    def frame(self, k: int | None = None) -> pl.DataFrame:
        """A table, made when asked for, of the k most prevalent configurations, or of all in order.

        Returns
        -------
        polars.DataFrame
            ``population``, ``index``, the id of the level of each variable, ``weight``.
        """
        import polars as pl

        if k is None:
            indices, weights = np.arange(N_CONFIGURATIONS), self.weights
        else:
            indices, weights = self.top(k)
        levels = levels_of(indices)
        columns: dict[str, object] = {"index": indices}
        for variable, column in zip(variables(), levels.T, strict=True):
            columns[variable.id] = pl.Series([level.id for level in variable.levels])[column]
        label = pl.lit(self.label).alias("population")
        return pl.DataFrame(columns | {"weight": weights}).select(label, pl.all())


def prevalence(
    population: Population,
    country: str | None = None,
    *,
    smoothing: Smoothing | None = None,
    alpha: Alpha | None = None,
    respondents: Respondents = "partial",
    country_weights: CountryWeights = "equal",
    folds: int = 5,
    seed: int = 0,
) -> Prevalence:
    """Share of each configuration in one country or pooled over all.

    Parameters
    ----------
    population : Population
    country : str, optional
        ISO 3166 alpha-3 code; pooled over all countries unless given. For several countries at once
        see `country_prevalences`.
    smoothing : {"none", "additive", "independence", "pooled", "hierarchical"}, optional
        See `mores.personas.priors.SMOOTHINGS`; the last two for a country, which is then not in
        the pool itself. Unless given, ``hierarchical`` for a country and ``independence`` for the
        pool, or for the only country of a population.
    alpha : float or "held-out", optional
        Mass of the prior in respondents, from `DEFAULT_ALPHAS` unless given; ``"held-out"`` for the
        best of `mores.personas.held_out.ALPHAS` by `held_out_log_score`. Not for ``none``.
    respondents : {"partial", "complete"}, optional
        Whether those of whom some levels are not known enter.
    country_weights : {"equal", "respondents"} or mapping of str to float, optional
        What a country counts in the pool: the same as any other, by the respondents who enter, or a
        number for each, such as its adults; 0 leaves one out.
    folds, seed : int, optional
        For ``"held-out"``.

    Raises
    ------
    PopulationError
        If there is no such country, nobody can enter, weights are unusable, a variable is not known
        of anybody and the smoothing borrows nothing, or there is no other country to pool.
    PersonaError
        If an option is unknown or out of range.
    """
    surveyed = Surveyed.of(population, respondents)
    return _estimate(surveyed, country, smoothing, alpha, country_weights, folds, seed)


@dataclass(frozen=True, eq=False)
class CountryPrevalences:
    """Prevalences of countries, each made when it is asked for and not kept.

    Indexing with a country's code gives its `Prevalence`; iterating gives the codes. Made by
    `country_prevalences`.
    """

    surveyed: Surveyed
    smoothing: Smoothing | None
    alpha: Alpha | None
    folds: int
    seed: int

    @property
    def countries(self) -> tuple[str, ...]:
        """Those with a respondent who can enter, sorted."""
        return self.surveyed.entered

    @property
    def left_out(self) -> tuple[str, ...]:
        """Those without."""
        return tuple(c for c in self.surveyed.countries if c not in self.countries)

    def __len__(self) -> int:
        return len(self.countries)

    def __iter__(self) -> Iterator[str]:
        return iter(self.countries)

    def __getitem__(self, country: str) -> Prevalence:
        return _estimate(
            self.surveyed, country, self.smoothing, self.alpha, "equal", self.folds, self.seed
        )

    def matrix(self, countries: Sequence[str] | None = None) -> FloatArray:
        """Weights of countries at once, all unless named; shape (countries, 93312), 0.75 MB each."""
        wanted = self.countries if countries is None else tuple(countries)
        found = np.empty((len(wanted), N_CONFIGURATIONS))
        for row, country in zip(found, wanted, strict=True):
            row[:] = self[country].weights
        return found


def country_prevalences(
    population: Population,
    *,
    smoothing: Smoothing | None = None,
    alpha: Alpha | None = None,
    respondents: Respondents = "partial",
    folds: int = 5,
    seed: int = 0,
) -> CountryPrevalences:
    """Share of each configuration in every country; parameters and errors as for `prevalence`."""
    return CountryPrevalences(Surveyed.of(population, respondents), smoothing, alpha, folds, seed)


def held_out_log_score(
    population: Population,
    country: str | None = None,
    *,
    smoothing: Smoothing | None = None,
    alphas: Sequence[float] | None = None,
    respondents: Respondents = "partial",
    country_weights: CountryWeights = "equal",
    folds: int = 5,
    seed: int = 0,
) -> HeldOutScore:
    """How well the prevalence among some respondents predicts the others' configurations.

    Parameters
    ----------
    alphas : sequence of float, optional
        Masses of the prior to compare, those of `mores.personas.held_out.ALPHAS` unless given; 0 alone
        for ``none``.
    population, country, smoothing, respondents, country_weights, folds, seed
        As for `prevalence`.
    """
    surveyed = Surveyed.of(population, respondents)
    task = _Task.of(surveyed, country, smoothing, country_weights)
    return task.held_out(alphas, folds, seed)


@dataclass(frozen=True, eq=False)
class _Task:
    """What one estimate is made of: respondents, their weights, and whither it is drawn."""

    smoothing: Smoothing
    rows: NDArray[np.int64]
    weights: FloatArray
    found: Patterns
    groups: NDArray[np.int64] | None
    pool: Pool | None
    unknown_variables: tuple[str, ...]

    @classmethod
    def of(
        cls,
        surveyed: Surveyed,
        country: str | None,
        smoothing: Smoothing | None,
        country_weights: CountryWeights,
    ) -> _Task:
        if smoothing is not None and smoothing not in SMOOTHINGS:
            allowed = nearest(str(smoothing), SMOOTHINGS)
            raise PersonaError(f"smoothing {smoothing!r} does not exist; {allowed}")
        alone = country is None or len(surveyed.entered) < 2
        kind = smoothing or ("independence" if alone else "hierarchical")
        borrows = kind in ("pooled", "hierarchical")
        rows, weights = surveyed.rows(country, country_weights)
        unknown = surveyed.unknown_variables(rows)
        if unknown and not borrows:
            raise PopulationError(
                f"{surveyed.label}: nobody's level of {', '.join(unknown)} is known in "
                f"{country or 'any country'}; for a country choose the smoothing hierarchical, which "
                "takes it from the other countries; else import its items"
            )
        pool = surveyed.others(country) if borrows else None
        groups = None if country else surveyed.place[rows]
        return cls(kind, rows, weights, patterns(surveyed.levels[rows]), groups, pool, unknown)

    def held_out(self, alphas: Sequence[float] | None, folds: int, seed: int) -> HeldOutScore:
        kind = self.smoothing
        masses = alphas if alphas is not None else (0.0,) if kind == "none" else ALPHAS
        try:
            return log_scores(
                self.found, self.weights, kind, masses,
                groups=self.groups, pool=self.pool, folds=folds, seed=seed,
            )  # fmt: skip
        except ValueError as error:
            raise PersonaError(f"held-out score: {error}") from None

    def shares(self, alpha: float) -> tuple[FloatArray, int]:
        prior = prior_of(
            self.smoothing, self.found.levels, self.weights, groups=self.groups, pool=self.pool
        )
        return smoothed(self.found, self.weights, prior, alpha)


def _estimate(
    surveyed: Surveyed,
    country: str | None,
    smoothing: Smoothing | None,
    alpha: Alpha | None,
    country_weights: CountryWeights,
    folds: int,
    seed: int,
) -> Prevalence:
    task = _Task.of(surveyed, country, smoothing, country_weights)
    chosen = alpha == "held-out" and task.smoothing != "none"
    mass = task.held_out(None, folds, seed).best if chosen else _mass(task.smoothing, alpha)
    shares, iterations = task.shares(mass)
    shares.flags.writeable = False
    entered = surveyed.countries_of(task.rows[task.weights > 0])
    counts = surveyed.counts(country, country_weights)
    return Prevalence(
        label=surveyed.label,
        synthetic=surveyed.population.synthetic,
        countries=entered,
        left_out=tuple(c for c in surveyed.countries if not (country or c in entered)),
        weights=shares,
        smoothing=task.smoothing,
        respondents=surveyed.respondents,
        alpha=mass,
        n_respondents=counts.respondents,
        n=len(task.rows),
        n_complete=int((task.found.cell >= 0).sum()),
        n_effective=effective_n(task.weights),
        n_unweighted=counts.unweighted,
        n_incomplete=counts.incomplete,
        unknown=counts.unknown,
        unknown_variables=task.unknown_variables,
        iterations=iterations,
    )


def _mass(kind: str, alpha: Alpha | None) -> float:
    if kind == "none":
        if alpha not in (None, 0, "held-out"):
            raise PersonaError(f"alpha is {alpha!r} with the smoothing none; leave it out")
        return 0.0
    mass = DEFAULT_ALPHAS[kind] if alpha is None else alpha
    if isinstance(mass, str) or not 0 <= mass < np.inf:
        raise PersonaError(
            f"alpha is {mass!r}; allowed: a finite number of 0 or more respondents, or 'held-out'"
        )
    return float(mass)
