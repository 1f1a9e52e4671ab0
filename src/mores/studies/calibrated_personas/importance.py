"""Which value descriptors matter: their Shapley values on the mean absolute error, by country.

The error with a subset of the descriptors is looked up in the answers that were asked with it. With
none of them a persona is the arm's guidance alone. The subsets of sampled permutations are those that
the analysis walks along, since both draw the permutations from the same seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.errors import StudyError
from mores.measures.culture_map import INDICATORS
from mores.measures.ratio import ratio
from mores.measures.shapley import Shapley, exact_shapley, sampled_shapley, subsets
from mores.studies.calibrated_personas.conditions import Condition
from mores.studies.calibrated_personas.question_intervals import known_mean
from mores.studies.calibrated_personas.responses import Observed, Responses
from mores.studies.calibrated_personas.samples import Scores, observed_scores

__all__ = ["shapley", "subsets_to_ask"]

FloatArray = NDArray[np.float64]
Members = NDArray[np.bool_]


def subsets_to_ask(
    indicators: Sequence[str] = INDICATORS,
    *,
    exact: bool,
    permutations: int = 8,
    seed: int = 0,
) -> list[tuple[str, ...]]:
    """The subsets of descriptors that Shapley values need.

    Parameters
    ----------
    indicators : sequence of str
        Codes of the items that have a descriptor, each once.
    exact : bool
        All subsets (1,024 of ten), or those along sampled permutations.
    permutations : int
        2 and more, half of them the reverse of the others; an odd number is raised by one. Two of
        ten descriptors need 18 subsets beyond none and all.
    seed : int
        Of the permutations.

    Returns
    -------
    list of tuple of str
        Each once, in the order of `indicators`: none of them, ``()``, and all of them included. All
        of them is the whole persona, which is asked anyway.

    Raises
    ------
    StudyError
        If an indicator is named twice or there is none, or there are too few permutations.
    """
    names = _checked(indicators, permutations)
    found: list[frozenset[str]] = []

    def recorded(members: Members) -> FloatArray:
        found.extend(_named(row, names) for row in members)
        return np.zeros(len(members))

    if exact:
        recorded(subsets(len(names)))
    else:
        sampled_shapley(recorded, len(names), _pairs(permutations), _stream(seed))
    return [tuple(name for name in indicators if name in subset) for subset in found]


def shapley(
    responses: Responses,
    observed: Observed,
    *,
    exact: bool,
    permutations: int = 8,
    seed: int = 0,
    indicators: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Shapley values of the descriptors on the mean absolute error (figure 7).

    All subsets are compared on the same personas, the first of those drawn, as many as have all
    subsets, and on the same questions: those with a coded answer under every subset looked at. For
    ``"all"`` the error is the mean over the countries that have one.

    Parameters
    ----------
    responses : Responses
        What the model answers, with the subsets of `subsets_to_ask` among its partial conditions.
    observed : Observed
        What the humans answer, of the same countries and questions.
    exact, permutations, seed
        As they were given to `subsets_to_ask`.
    indicators : sequence of str, optional
        Likewise; those that occur in partial conditions unless given.

    Returns
    -------
    polars.DataFrame
        One row a condition, country (then ``"all"``) and indicator: ``model``, ``arm``, ``country``,
        ``indicator``, ``value`` (a share of the scale's length; negative: the descriptor lowers the
        error), ``standard_error`` (over pairs of a permutation and its reverse, and of nothing else: 0
        if exact), ``value_none``, ``value_all`` (the error with none and with all descriptors, whose
        difference the values sum to), ``evaluations`` (subsets looked at), ``method`` (``"exact"`` or
        ``"sampled"``), ``personas``, ``guidance``, ``descriptors``, ``questions`` and ``countries``.
        Values are null where no question is left to compare. No rows if no subset was asked.

    Raises
    ------
    StudyError
        If a subset was not asked.
    ValueError
        If the values do not sum to the difference.
    """
    if not responses.partial:
        return pl.DataFrame(schema=_SCHEMA)
    told = {name for c in responses.partial for name in c.indicators or ()}
    names = _checked(sorted(told) if indicators is None else indicators, permutations)
    games: dict[tuple[str, str, str], dict[frozenset[str], Condition]] = {}
    for c in responses.partial:
        games.setdefault(_about(c), {})[frozenset(c.indicators or ())] = c
    for c in responses.conditions:
        if _about(c) in games:
            games[_about(c)].setdefault(frozenset(names), c)
    scores = Scores.of(responses, [c for known in games.values() for c in known.values()])
    wanted = subsets_to_ask(names, exact=exact, permutations=permutations, seed=seed)
    tables = [
        _Game.of(known, wanted, scores, observed).table(
            about, names, exact=exact, pairs=_pairs(permutations), seed=seed
        )
        for about, known in games.items()
    ]
    return pl.concat(tables)


_SCHEMA = {
    "model": pl.String,
    "arm": pl.String,
    "country": pl.String,
    "indicator": pl.String,
    "value": pl.Float64,
    "standard_error": pl.Float64,
    "value_none": pl.Float64,
    "value_all": pl.Float64,
    "evaluations": pl.Int64,
    "method": pl.String,
    "personas": pl.Int64,
    "guidance": pl.String,
    "descriptors": pl.String,
    "questions": pl.Int64,
    "countries": pl.Int64,
}


@dataclass(frozen=True, eq=False)
class _Game:
    """The error of every subset looked at.

    Attributes
    ----------
    responses : Responses
    row : mapping
        Subset -> row of `errors`.
    errors : ndarray of float, shape (S, C + 1)
        By country, then the mean over those that have one; NaN where no question is left.
    personas, questions : ndarray of int, shape (C + 1,)
        That are compared: personas a country (for all, the fewest), and questions (for all, those of
        any country).
    """

    responses: Responses
    row: Mapping[frozenset[str], int]
    errors: FloatArray
    personas: NDArray[np.int64]
    questions: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        known: Mapping[frozenset[str], Condition],
        wanted: Sequence[tuple[str, ...]],
        scores: Scores,
        observed: Observed,
    ) -> _Game:
        responses, humans = scores.responses, observed_scores(observed)
        row = {frozenset(subset): s for s, subset in enumerate(wanted)}
        lacking = [s for s in wanted if frozenset(s) not in known]
        if lacking:
            raise StudyError(
                f"importance: {len(lacking)} of {len(wanted)} subsets of descriptors were not asked, "
                f"such as {', '.join(lacking[0]) or 'none of them'}; allowed: the method, permutations "
                "and seed with which the study was planned; run it again to ask them"
            )
        asked = [known[subset] for subset in row]
        gaps = np.full((len(asked), len(responses.countries), humans.shape[1]), np.nan)
        personas = np.zeros(len(responses.countries), np.int64)
        for c, country in enumerate(responses.countries):
            numbers = [len(responses.drawn.get((condition, country), ())) for condition in asked]
            personas[c] = min(numbers)
            for s, condition in enumerate(asked):
                table = scores.personas(condition, country, int(personas[c]))
                if table is not None and len(table):
                    gaps[s, c] = np.abs(known_mean(table, axis=0) - humans[c])
        compared = ~np.isnan(gaps).any(axis=0)
        totals = np.where(compared, gaps, 0.0).sum(axis=-1)
        errors = ratio(totals, compared.sum(axis=-1))
        used = compared.any(axis=-1)
        return cls(
            responses,
            row,
            np.column_stack([errors, known_mean(errors)]),
            np.append(personas, personas[used].min(initial=personas.max(initial=0))),
            np.append(compared.sum(axis=-1), compared.any(axis=0).sum()),
        )

    def table(
        self,
        about: tuple[str, str, str],
        names: Sequence[str],
        *,
        exact: bool,
        pairs: int,
        seed: int,
    ) -> pl.DataFrame:
        def value(members: Members) -> FloatArray:
            rows = [self.row[_named(row, names)] for row in members]
            return self.errors[rows]

        if exact:
            found = exact_shapley(value(subsets(len(names))).T)
        else:
            found = sampled_shapley(value, len(names), pairs, _stream(seed))
        return self._frame(about, names, found, "exact" if exact else "sampled")

    def _frame(
        self, about: tuple[str, str, str], names: Sequence[str], found: Shapley, method: str
    ) -> pl.DataFrame:
        ends = self.errors[[self.row[frozenset()], self.row[frozenset(names)]]]
        countries = [*self.responses.countries, "all"]
        games, d = found.values.shape
        arm, guidance, descriptors = about
        known = ~np.isnan(self.errors[0])
        together = np.append(known[:-1].astype(np.int64), known[:-1].sum())
        columns: dict[str, Any] = {
            "model": [self.responses.model] * (games * d),
            "arm": [arm] * (games * d),
            "country": np.repeat(countries, d).tolist(),
            "indicator": [*names] * games,
            "value": found.values.ravel(),
            "standard_error": found.standard_error.ravel(),
            "value_none": ends[0].repeat(d),
            "value_all": ends[1].repeat(d),
            "evaluations": [found.evaluated] * (games * d),
            "method": [method] * (games * d),
            "personas": self.personas.repeat(d),
            "guidance": [guidance] * (games * d),
            "descriptors": [descriptors] * (games * d),
            "questions": self.questions.repeat(d),
            "countries": together.repeat(d),
        }
        return pl.DataFrame(columns, schema=_SCHEMA, nan_to_null=True)


def _about(condition: Condition) -> tuple[str, str, str]:
    return condition.arm, condition.guidance, condition.descriptors


def _checked(indicators: Sequence[str], permutations: int) -> tuple[str, ...]:
    """The indicators, sorted: permutations are the same in whatever order they were named."""
    names = tuple(sorted(indicators))
    if not names or len(set(names)) < len(names):
        raise StudyError(
            f"importance: indicators are {', '.join(names) or 'none'}; allowed: one and more, each "
            "once; name those that have a descriptor"
        )
    if permutations < 2:
        raise StudyError(
            f"importance: permutations is {permutations}; allowed: 2 and more, of which half are the "
            "reverse of the others; 4 and more for a standard error"
        )
    return names


def _named(members: Members, names: Sequence[str]) -> frozenset[str]:
    return frozenset(name for name, there in zip(names, members, strict=True) if there)


def _pairs(permutations: int) -> int:
    return (permutations + 1) // 2


def _stream(seed: int) -> np.random.Generator:
    """The permutations' own stream; the same wherever they are drawn."""
    return np.random.default_rng([seed, 3])
