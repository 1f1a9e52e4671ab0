"""The offline writer: plain life stories by a grammar, simulated and saying so.

It lets every step that a biography goes through run without a language model, and its faults can be
planted: with a share of stories in which one variable's sentence is of a wrong level, the second
reading is validated. Its sentences, and the shares that demographics are drawn from, are in
``data/biography_sentences.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from random import Random
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import PersonaError
from mores.instruments.datafiles import parse_data, read_data
from mores.keys import seed_from
from mores.personas.biographies import EDUCATIONS, OCCUPATIONS, SETTLEMENTS, Biography, Demographics
from mores.personas.grid import Configuration, levels_of
from mores.personas.variables import N_VARIABLES, variables

__all__ = ["GRAMMAR", "compose", "composed", "parse_grammar"]

GRAMMAR = "sim (offline grammar, simulated)"
"""The writer's name in a biography."""

_STRICT = ConfigDict(extra="forbid", strict=True)
_AGES = ((18, 29), (30, 49), (50, 64), (65, 90))
_LINKED = 0.25
_MOST_LINKS = 2
_GRADUATE = ((20, 2), (23, 3))
"""Below such an age, the highest place in `EDUCATIONS` that somebody can have reached."""
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class _Tilts:
    __pydantic_config__ = _STRICT

    age: float
    education: float


@dataclass(frozen=True, slots=True)
class _Level:
    __pydantic_config__ = _STRICT

    tilts: _Tilts
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _ShareTable:
    __pydantic_config__ = _STRICT

    female: float
    age: tuple[float, ...]
    education: tuple[float, ...]
    settlement: tuple[float, ...]
    retired: float
    student: float
    home: float
    unemployed: float
    work: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _GrammarFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    openings: tuple[str, ...]
    links: tuple[str, ...]
    arcs: tuple[tuple[int, ...], ...]
    pronouns: dict[Literal["female", "male"], dict[str, str]]
    places: dict[str, tuple[str, ...]]
    schooling: dict[str, tuple[str, ...]]
    work: dict[str, tuple[str, ...]]
    shares: _ShareTable
    levels: dict[str, dict[str, _Level]]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The file's content by place: ``levels[variable][level]``, sentences already in both sexes."""

    file: _GrammarFile
    tilts: tuple[tuple[_Tilts, ...], ...]
    sentences: Mapping[str, tuple[tuple[tuple[str, ...], ...], ...]]


def compose(configuration: int, *, seed: int = 0, attempt: int = 0) -> Biography:
    """One biography of a configuration; the same for the same three numbers.

    Parameters
    ----------
    configuration : int
        Index in the grid, 0 … 93,311.
    seed : int
    attempt : int
        Another draft of the same.

    Raises
    ------
    PersonaError
        If there is no such configuration.
    """
    return next(composed([configuration], seed=seed, attempt=attempt))


def composed(
    configurations: Iterable[int],
    *,
    seed: int = 0,
    contradictions: float = 0.0,
    attempt: int = 0,
) -> Iterator[Biography]:
    """Biographies of many configurations, in their order, each independent of the others.

    Parameters
    ----------
    configurations : iterable of int
        Indices in the grid.
    seed : int
    contradictions : float
        Probability, 0 … 1, that a story has one variable's sentence of a wrong level, any variable
        and any of its other levels alike. `Biography.planted` says which.
    attempt : int
        Another draft of the same.

    Raises
    ------
    PersonaError
        If there is no such configuration, or the share is none.
    """
    if not 0 <= contradictions <= 1:
        raise PersonaError(
            f"contradictions {contradictions} is no share; allowed: 0 to 1, the share of stories"
        )
    block: list[int] = []
    for index in configurations:
        block.append(index)
        if len(block) == _BLOCK:
            yield from _block(block, seed, contradictions, attempt)
            block = []
    if block:
        yield from _block(block, seed, contradictions, attempt)


def _block(block: list[int], seed: int, share: float, attempt: int) -> Iterator[Biography]:
    grammar = _grammar()
    for index, levels in zip(block, levels_of(block).tolist(), strict=True):
        random = Random(seed_from("biography", seed, int(index), attempt))  # noqa: S311
        person = _demographics(grammar, levels, random)
        told: list[int] = list(levels)
        planted: tuple[tuple[int, int], ...] = ()
        if random.random() < share:
            told, planted = _planted(levels, random)
        text = _story(grammar, person, told, random)
        yield Biography(int(index), person, text, GRAMMAR, planted=planted)


def _planted(
    levels: Sequence[int], random: Random
) -> tuple[list[int], tuple[tuple[int, int], ...]]:
    place = int(random.random() * N_VARIABLES)
    others = [k for k in range(len(variables()[place].levels)) if k != levels[place]]
    wrong = others[int(random.random() * len(others))]
    told = list(levels)
    told[place] = wrong
    return told, ((place, wrong),)


def _story(
    grammar: Grammar, person: Demographics, levels: Configuration | list[int], random: Random
) -> str:
    file, words = grammar.file, grammar.file.pronouns[_sex(person)]
    sentences = grammar.sentences[person.sex]
    place = _one(file.places[person.settlement], random)
    work = _one(file.work[person.occupation], random)
    opening = _one(file.openings, random)
    told = [
        _said(opening, {**words, "age": str(person.age), "place": place, "work": work}),
        _said(_one(file.schooling[person.education], random), words),
    ]
    subject, links = f"{words['He']} ", _MOST_LINKS
    for variable in _one(file.arcs, random):
        sentence = _one(sentences[variable][levels[variable]], random)
        if links and sentence.startswith(subject) and random.random() < _LINKED:
            links -= 1
            link = _said(_one(file.links, random), words)
            sentence = f"{link}, {sentence[0].lower()}{sentence[1:]}"
        told.append(sentence)
    return " ".join(told)


def _sex(person: Demographics) -> Literal["female", "male"]:
    return "female" if person.sex == "female" else "male"


def _said(form: str, words: Mapping[str, str]) -> str:
    return form.format_map({**words, "His": words["his"].capitalize()})


def _one(choices: Sequence[Any], random: Random) -> Any:
    # Not random.choice: only random() is promised to give the same in every version of Python.
    return choices[int(random.random() * len(choices))]


def _demographics(grammar: Grammar, levels: Sequence[int], random: Random) -> Demographics:
    shares = grammar.file.shares
    tilts = [grammar.tilts[v][level] for v, level in enumerate(levels)]
    sex = "female" if random.random() < shares.female else "male"
    band = _tilted(shares.age, sum(t.age for t in tilts), random)
    low, high = _AGES[band]
    age = low + int(random.random() * (high - low + 1))
    highest = next((place for below, place in _GRADUATE if age < below), len(EDUCATIONS) - 1)
    within = shares.education[: highest + 1]
    education = _tilted(within, sum(t.education for t in tilts), random)
    occupation = _occupation(shares, age, education, random)
    settlement = SETTLEMENTS[_weighted(shares.settlement, random)]
    return Demographics(age, sex, tuple(EDUCATIONS)[education], occupation, settlement)


def _occupation(shares: _ShareTable, age: int, education: int, random: Random) -> str:
    draw = random.random()
    if age > 65 and draw < shares.retired:
        return "retired"
    if age < 25 and education > 1 and draw < shares.student:
        return "student"
    idle = random.random()
    if age <= 65 and idle < shares.home:
        return "home"
    if age <= 65 and idle < shares.home + shares.unemployed:
        return "unemployed"
    weights = [row[education] for row in shares.work.values()]
    return list(shares.work)[_weighted(weights, random)]


def _tilted(shares: Sequence[float], tilt: float, random: Random) -> int:
    return _weighted([share * exp(tilt * step) for step, share in enumerate(shares)], random)


def _weighted(weights: Sequence[float], random: Random) -> int:
    left = random.random() * sum(weights)
    for place, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return place
    return max(place for place, weight in enumerate(weights) if weight > 0)


@cache
def _grammar() -> Grammar:
    name = "biography_sentences.toml"
    return _checked(read_data("mores.personas", name, TypeAdapter(_GrammarFile), PersonaError))


def parse_grammar(text: str, name: str) -> Grammar:
    """The grammar of a TOML text in the form of the package's own file.

    Raises
    ------
    PersonaError
        If it is damaged, or lacks sentences for a level, a group of demographics or a pronoun.
    """
    return _checked(parse_data(text, name, TypeAdapter(_GrammarFile), PersonaError))


def _checked(file: _GrammarFile) -> Grammar:
    found = variables()
    _same("levels", file.levels, [variable.id for variable in found])
    for variable in found:
        _same(variable.id, file.levels[variable.id], [level.id for level in variable.levels])
    _same("places", file.places, SETTLEMENTS)
    _same("schooling", file.schooling, EDUCATIONS)
    _same("work", file.work, OCCUPATIONS)
    if any(sorted(arc) != list(range(N_VARIABLES)) for arc in file.arcs):
        raise PersonaError("biography_sentences.toml: arcs: name each of the ten places once")
    by_place = [[file.levels[v.id][level.id] for level in v.levels] for v in found]
    return Grammar(
        file,
        tuple(tuple(level.tilts for level in levels) for levels in by_place),
        {
            sex: tuple(
                tuple(tuple(_said(s, words) for s in level.sentences) for level in levels)
                for levels in by_place
            )
            for sex, words in file.pronouns.items()
        },
    )


def _same(what: str, given: Iterable[str], wanted: Iterable[str]) -> None:
    odd = sorted(set(given) ^ set(wanted))
    if odd:
        raise PersonaError(
            f"biography_sentences.toml: {what}: {odd[0]} is missing or unknown; restore the file"
        )
