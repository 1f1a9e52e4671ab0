"""All distinct system messages of a study, in columns, and the personas that each of them stands for.

A prompt is known by its condition, by the country that it names (if it names one) and by the profile
of the respondent that it describes (if it describes one). Respondents of equal profile share a prompt.
Prompts without personas come first, then those of the personas drawn, draw by draw: so the numbers of
the prompts of fewer personas are the same when more are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mores.studies.calibrated_personas.conditions import Condition

__all__ = ["PromptTable", "prompt_table"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PromptTable:
    """Distinct prompts (P), and who they stand for.

    Attributes
    ----------
    conditions : tuple of Condition
    countries : tuple of str
    condition : ndarray of int64, shape (P,)
        Index of the prompt's condition.
    country : ndarray of int64, shape (P,)
        Index of the country that the prompt names; -1 if it names none.
    row : ndarray of int64, shape (P,)
        A respondent whom it describes, as a row of the population; -1 without a persona.
    turn : ndarray of int64, shape (P,)
        How many of its condition's prompts came before it in the country for which it was first drawn.
    drawn : mapping
        (condition, country) -> prompt of each persona drawn; see
        `mores.studies.calibrated_personas.responses.Responses`.
    """

    conditions: tuple[Condition, ...]
    countries: tuple[str, ...]
    condition: IntArray
    country: IntArray
    row: IntArray
    turn: IntArray
    drawn: Mapping[tuple[Condition, str], IntArray]

    def __len__(self) -> int:
        return len(self.condition)

    def serves(self) -> NDArray[np.bool_]:
        """Which countries each prompt is asked for, shape (P, countries)."""
        found = np.zeros((len(self), len(self.countries)), np.bool_)
        index = {country: i for i, country in enumerate(self.countries)}
        for (_, country), prompts in self.drawn.items():
            found[prompts, index[country]] = True
        return found


def prompt_table(
    conditions: Sequence[Condition],
    countries: Sequence[str],
    drawn: Mapping[str, IntArray],
    profile: Callable[[Condition], IntArray],
    most: Mapping[Condition, int],
) -> PromptTable:
    """Number the distinct prompts.

    Parameters
    ----------
    conditions : sequence of Condition
    countries : sequence of str
    drawn : mapping of str to ndarray of int64
        Respondents drawn a country, as rows of the population.
    profile : callable
        Condition with personas -> what it tells respondents apart by, int64 array of shape
        (respondents,).
    most : mapping of Condition to int
        Personas a country, the first of those drawn, where not all of them are used.
    """
    parts = [_plain(conditions, countries)]
    for i, condition in enumerate(conditions):
        if not condition.has_personas:
            continue
        told = profile(condition)
        for g, country in enumerate(countries):
            rows = drawn[country][: most.get(condition)]
            part = np.empty((len(rows), 7), np.int64)
            part[:] = (i, g if condition.names_country else -1, 0, 0, i, g, 0)
            part[:, 2] = told[rows]
            part[:, 3] = rows
            part[:, 6] = np.arange(len(rows))
            parts.append(part)
    return _numbered(conditions, countries, np.concatenate(parts))


def _plain(conditions: Sequence[Condition], countries: Sequence[str]) -> IntArray:
    """The rows of the conditions without personas, one a country."""
    rows = [
        (i, g if c.names_country else -1, -1, -1, i, g, -1)
        for i, c in enumerate(conditions)
        if not c.has_personas
        for g in range(len(countries))
    ]
    return np.array(rows, np.int64).reshape(-1, 7)


def _numbered(
    conditions: Sequence[Condition], countries: Sequence[str], table: IntArray
) -> PromptTable:
    """Columns: condition, country named, profile; respondent; condition, country, draw."""
    # stable: draw by draw, and within a draw by country and condition
    order = np.lexsort((table[:, 4], table[:, 5], table[:, 6]))
    table = table[order]
    _, first, inverse = np.unique(table[:, :3], axis=0, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    number = rank[inverse.reshape(-1)]
    heads = table[np.sort(first)]
    cells = [(condition, country) for condition in conditions for country in countries]
    drawn = dict(zip(cells, _by_cell(number, table, conditions, countries), strict=True))
    turn = np.empty(len(heads), np.int64)
    for prompts in _by_cell(np.arange(len(heads)), heads, conditions, countries):
        turn[prompts] = np.arange(len(prompts))
    return PromptTable(
        tuple(conditions), tuple(countries), heads[:, 0], heads[:, 1], heads[:, 3], turn, drawn
    )


def _by_cell(
    numbers: IntArray, table: IntArray, conditions: Sequence[Condition], countries: Sequence[str]
) -> list[IntArray]:
    """Numbers of the rows of each condition and country, in order."""
    cell = table[:, 4] * len(countries) + table[:, 5]
    order = np.argsort(cell, kind="stable")
    cuts = np.searchsorted(cell[order], np.arange(1, len(conditions) * len(countries)))
    return np.split(numbers[order], cuts)
