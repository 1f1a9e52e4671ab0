"""Drawing respondents from the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mores.errors import PopulationError
from mores.populations.derived import with_indices
from mores.populations.population import Population, schema
from mores.populations.synthetic.indices import SOURCES
from mores.populations.synthetic.parameters import ChoiceItem, Column, OrderedItem
from mores.populations.synthetic.responses import ChoiceResponse, OrderedResponse
from mores.populations.synthetic.streams import stream

if TYPE_CHECKING:
    from mores.populations.synthetic.model import SyntheticModel

__all__ = ["draw_population"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]

_DONT_KNOW, _REFUSED, _NOT_ASKED = -1, -2, -4
_WAVE = 7


def draw_population(
    model: SyntheticModel,
    *,
    seed: int,
    respondents: int,
    countries: Sequence[str],
    items: Sequence[str] | None,
    name: str,
) -> Population:
    """Respondents of several countries; parameters as in `mores.populations.synthetic.synthesise`."""
    from mores.populations.synthetic.model import MODEL_VERSION

    for what, value, least in (("respondents", respondents, 1), ("seed", seed, 0)):
        if value < least:
            raise PopulationError(f"{what} is {value}; allowed: {least} and more")
    wanted = _wanted(model, items)
    asked = _with_sources(model, wanted)
    drawn = [_Country(model, code, seed, respondents).frame(asked) for code in countries]
    frame = with_indices(pl.concat(drawn))
    order = [n for n in schema(model.instrument) if n in frame.columns]
    columns = [n for n in order if n in model.instrument.columns or n in wanted]
    source = {
        "form": "synthetic",
        "model": MODEL_VERSION,
        "seed": seed,
        "respondents": respondents,
        "countries": list(countries),
        "items": "all" if items is None else [i for i in order if i in wanted],
    }
    return Population(name, frame.select(columns), model.instrument, True, source)


def _wanted(model: SyntheticModel, items: Sequence[str] | None) -> set[str]:
    if items is None:
        return set(model.parameters.items) | (set(SOURCES) & set(model.instrument.items))
    return {model.instrument.item(item).id for item in items}


def _with_sources(model: SyntheticModel, wanted: set[str]) -> list[str]:
    """Items to draw, in the instrument's order: a second choice and an index need others."""
    needed = set(wanted)
    for index in wanted & set(SOURCES):
        needed.update(SOURCES[index])
    for item in list(needed):
        found = model.parameters.items.get(item)
        if isinstance(found, ChoiceItem) and found.first:
            needed.add(found.first)
    return [item for item in model.parameters.items if item in needed]


@dataclass(frozen=True, eq=False)
class _Answers:
    """The options that respondents hold to, and whether they say so."""

    options: Codes
    silent: npt.NDArray[np.bool_]
    refused: npt.NDArray[np.bool_]


class _Country:
    """The respondents of one country."""

    def __init__(self, model: SyntheticModel, country: str, seed: int, n: int) -> None:
        self.model, self.country, self.n = model, country, n
        self.parameters = model.country(country)
        self.seed = seed
        self.cells = model.cells(country)
        upper = np.cumsum(self.cells.chances)
        place = self._stream("cell").random(n) * upper[-1]
        self.cell = np.minimum(np.searchsorted(upper, place, side="right"), len(upper) - 1)
        self.category = {d: c[self.cell] for d, c in self.cells.categories.items()}
        latent = model.latent(country)
        noise = self._stream("latent").standard_normal((n, 2))
        self.theta = latent.means[self.cell] + noise @ latent.root.T
        self._factors: dict[str, FloatArray] = {}
        self._silences: dict[str, FloatArray] = {}

    def _stream(self, *purpose: str) -> np.random.Generator:
        return stream(self.seed, self.country, *purpose)

    def frame(self, items: Sequence[str]) -> pl.DataFrame:
        """Rows in normal form, with these items."""
        held: dict[str, _Answers] = {}
        for item in items:
            held[item] = self._answers(item, held)
        columns = self._respondents()
        columns |= {item: self._codes(item, answers) for item, answers in held.items()}
        types = schema(self.model.instrument)
        return pl.DataFrame(
            {name: pl.Series(name, v, dtype=types[name]) for name, v in columns.items()}
        )

    def _answers(self, item: str, held: dict[str, _Answers]) -> _Answers:
        found = self.model.parameters.items[item]
        response = self.model.response(item, self.country)
        generator = self._stream("item", item)
        silent, refused = self._silence(found, generator)
        if isinstance(found, OrderedItem):
            assert isinstance(response, OrderedResponse)
            noise = generator.standard_normal(self.n)
            options = response.draw(self.theta, self._factor(found), noise)
            return _Answers(options, silent, refused)
        assert isinstance(response, ChoiceResponse)
        first = held[found.first] if found.first else None
        chosen = first.options if first else None
        options = response.draw(self.theta, generator.random(self.n), chosen)
        if first:
            silent, refused = silent | first.silent, np.where(first.silent, first.refused, refused)
        return _Answers(options, silent, refused)

    def _factor(self, item: OrderedItem) -> FloatArray:
        if item.group not in self._factors:
            generator = self._stream("factor", item.group)
            self._factors[item.group] = generator.standard_normal(self.n)
        return self._factors[item.group]

    def _silence(
        self, item: OrderedItem | ChoiceItem, generator: np.random.Generator
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Who does not answer, and who of those refuses."""
        from scipy.special import expit, logit

        noise = generator.random(self.n)
        if isinstance(item, OrderedItem) and item.together:
            if item.group not in self._silences:
                self._silences[item.group] = self._stream("silence", item.group).random(self.n)
            noise = self._silences[item.group]
        rate = expit(logit(item.silence) + self.cells.silence)[self.cell]
        return noise < rate, noise < rate * self.model.parameters.demography.silence.refused

    def _codes(self, item: str, answers: _Answers) -> Codes:
        if item in self.parameters.not_asked:
            return np.full(self.n, _NOT_ASKED, np.int8)
        codes = np.array(self.model.instrument.items[item].codes, np.int8)[answers.options]
        codes[answers.silent] = _DONT_KNOW
        codes[answers.refused] = _REFUSED
        return codes

    def _respondents(self) -> dict[str, Any]:
        """Columns about respondents, those that the instrument has."""
        demography = self.model.parameters.demography
        weights = self.cells.weights[self.cell]
        languages = np.array([language.code for language in self.parameters.languages])
        bounds = np.array(demography.ages)[self.category["age"]]
        columns: dict[str, Any] = {
            "survey": ["WVS"] * self.n,
            "wave": np.full(self.n, _WAVE),
            "country": [self.country] * self.n,
            "year": np.full(self.n, self.parameters.year),
            "respondent": np.arange(1, self.n + 1),
            "weight": weights / weights.mean(),
            "language": languages[self.category["language"]],
            "sex": self.category["sex"] + 1,
            "age": self._stream("age").integers(bounds[:, 0], bounds[:, 1] + 1),
            "education": self.category["education"] + 1,
            "settlement": self.category["settlement"] + 1,
        }
        columns |= {c.id: self._column(c) for c in demography.respondents.columns}
        faiths = self.parameters.denominations
        codes, shares = tuple(int(code) for code in faiths), tuple(faiths.values())
        columns["denomination"] = self._column(Column("denomination", (), codes, (shares,), 0.02))
        return {n: columns[n] for n in self.model.instrument.columns if n in columns}

    def _column(self, column: Column) -> IntArray:
        """Codes of a column, drawn from their shares in the respondent's categories."""
        sizes = [int(self.cells.categories[by].max()) + 1 for by in column.by]
        row = reduce(
            lambda rows, part: rows * part[1] + self.category[part[0]],
            zip(column.by, sizes, strict=True),
            np.zeros(self.n, np.int64),
        )
        generator = self._stream("column", column.id)
        upper = np.cumsum(np.array(column.shares), axis=1)[row]
        option = (generator.random(self.n)[:, None] * upper[:, -1:] >= upper).sum(axis=1)
        codes = np.array(column.codes)[option]
        silent = generator.random(self.n) < column.silence
        return np.where(silent, _REFUSED, codes)
