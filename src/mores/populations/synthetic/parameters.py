"""The parameters of the synthetic population, read from the package's data files and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter

from mores.errors import PopulationError
from mores.instruments.datafiles import read_data
from mores.instruments.survey import Instrument, Item, Measurement

__all__ = [
    "ChoiceItem",
    "Column",
    "Country",
    "Demography",
    "Language",
    "OrderedItem",
    "Parameters",
    "read_parameters",
]

_STRICT = ConfigDict(extra="forbid", strict=True)
_PACKAGE = "mores.populations.synthetic"

Axes: TypeAlias = tuple[float, float]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Shares: TypeAlias = tuple[Share, ...]
Table: TypeAlias = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Language:
    """A language of interview: ISO 639-1 code, share of adults, shift on both latent axes."""

    __pydantic_config__ = _STRICT

    code: str
    share: Share
    shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Country:
    """A country; see ``data/countries.toml`` for what its fields mean."""

    __pydantic_config__ = _STRICT

    code: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    year: int
    position: Axes
    latent: Axes
    spread: Axes
    correlation: float
    ages: Shares
    education: Shares
    urban: Share
    languages: tuple[Language, ...]
    denominations: Mapping[str, Share]
    silence: float = 0.0
    not_asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Associations:
    __pydantic_config__ = _STRICT

    age_education: Table
    education_settlement: Table
    sex_age: Table
    sex_education: Table
    first_language_education: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Latent:
    __pydantic_config__ = _STRICT

    age: tuple[Axes, ...]
    education: tuple[Axes, ...]
    settlement: tuple[Axes, ...]
    sex: tuple[Axes, ...]


@dataclass(frozen=True, slots=True)
class _Sampling:
    __pydantic_config__ = _STRICT

    sex: tuple[float, ...]
    age: tuple[float, ...]
    education: tuple[float, ...]
    settlement: tuple[float, ...]
    strength: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Silence:
    __pydantic_config__ = _STRICT

    education: tuple[float, ...]
    age: tuple[float, ...]
    sex: tuple[float, ...]
    refused: Share


@dataclass(frozen=True, slots=True)
class Column:
    """A column about respondents: shares of its codes in each category of other ones."""

    __pydantic_config__ = _STRICT

    id: str
    by: tuple[Literal["sex", "age", "education", "settlement"], ...]
    codes: tuple[int, ...]
    shares: tuple[Shares, ...]
    silence: Share = 0.0


@dataclass(frozen=True, slots=True)
class _Respondents:
    __pydantic_config__ = _STRICT

    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Demography:
    """What holds in all countries; see ``data/demography.toml`` for what its fields mean."""

    __pydantic_config__ = _STRICT

    schema: Literal[1]
    ages: tuple[tuple[int, int], ...]
    male: Share
    associations: _Associations
    latent: _Latent
    sampling: _Sampling
    silence: _Silence
    respondents: _Respondents


@dataclass(frozen=True, slots=True)
class OrderedItem:
    """An ordinal or binary item: a graded probit on the axes and the factor of its group.

    Attributes
    ----------
    id : str
        The item.
    margin : tuple of float
        Shares of the options in the world, in order of code, summing to 1.
    axes : pair of float
        Slopes of the latent answer on the two axes.
    group : str
        The items with which it shares a factor, a stream of randomness, and perhaps its silences.
    factor : float
        Loading on the group's factor, between -1 and 1.
    deviation : float
        Standard deviation of the countries' intercepts.
    silence : float
        Share without an answer in the world.
    together : bool
        Whether all items of the group are left unanswered, or none.
    """

    id: str
    margin: tuple[float, ...]
    axes: Axes
    group: str
    factor: float
    deviation: float
    silence: float
    together: bool


@dataclass(frozen=True, slots=True)
class ChoiceItem:
    """A nominal item: a multinomial logit on the axes.

    Attributes
    ----------
    id : str
        The item.
    margin : tuple of float
        Shares of the options in the world, in order of code, summing to 1.
    axes : tuple of pair of float
        Slopes of each option's utility on the two axes.
    deviation : float
        Standard deviation of the countries' intercepts of each utility.
    silence : float
        Share without an answer in the world; of a second choice, among those who made a first.
    first : str or None
        The item of the first choice, if this is the second among the same options.
    """

    id: str
    margin: tuple[float, ...]
    axes: tuple[Axes, ...]
    deviation: float
    silence: float
    first: str | None = None


@dataclass(frozen=True)
class Parameters:
    """All parameters of the model.

    Attributes
    ----------
    countries : mapping of str to Country
        By ISO 3166 alpha-3 code, sorted.
    demography : Demography
        What holds in all countries.
    items : mapping of str to OrderedItem or ChoiceItem
        By id: every item of the instrument that is asked, in its order.
    """

    countries: Mapping[str, Country]
    demography: Demography
    items: Mapping[str, OrderedItem | ChoiceItem]


@dataclass(frozen=True, slots=True)
class _CountriesFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    countries: tuple[Country, ...]


@dataclass(frozen=True, slots=True)
class _ItemEntry:
    __pydantic_config__ = _STRICT

    id: str
    margin: tuple[float, ...]
    axes: Axes
    factor: float | None = None
    deviation: float | None = None
    silence: Share | None = None


@dataclass(frozen=True, slots=True)
class _GroupEntry:
    __pydantic_config__ = _STRICT

    id: str
    factor: Annotated[float, Field(gt=-1, lt=1)]
    deviation: float
    silence: Share
    items: tuple[_ItemEntry, ...]
    together: bool = False


@dataclass(frozen=True, slots=True)
class _ChoiceEntry:
    __pydantic_config__ = _STRICT

    id: str
    silence: Share
    margin: tuple[float, ...] = ()
    axes: tuple[Axes, ...] = ()
    deviation: float = 0.0
    after: str | None = None


@dataclass(frozen=True, slots=True)
class _Default:
    __pydantic_config__ = _STRICT

    axes: Axes
    factor: float
    deviation: float
    silence: Share


@dataclass(frozen=True, slots=True)
class _ItemsFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    default: _Default
    groups: tuple[_GroupEntry, ...]
    choices: tuple[_ChoiceEntry, ...] = field(default=())


def read_parameters(instrument: Instrument) -> Parameters:
    """The parameters for the items of an instrument.

    Parameters
    ----------
    instrument : Instrument
        Items without parameters of their own have the default ones; parameters of items that it does
        not have are left aside.

    Raises
    ------
    PopulationError
        If a data file is damaged or does not fit the instrument.
    """
    countries, demography, entries = _files()
    own = {e.id: _ordered(e, g) for g in entries.groups for e in g.items}
    own_choices = {c.id: c for c in entries.choices}
    asked = {i.id: i for i in instrument.items.values() if not i.derived and not i.trend_only}
    items: dict[str, OrderedItem | ChoiceItem] = {}
    for item in asked.values():
        if item.id in own_choices:
            items[item.id] = _choice(own_choices[item.id], own_choices)
        else:
            items[item.id] = own.get(item.id) or _default(item, entries.default)
        _check(item, items[item.id])
    return Parameters(countries, demography, items)


@cache
def _files() -> tuple[dict[str, Country], Demography, _ItemsFile]:
    demography = read_data(
        _PACKAGE, "demography.toml", TypeAdapter(Demography), error=PopulationError
    )
    entries = read_data(_PACKAGE, "items.toml", TypeAdapter(_ItemsFile), error=PopulationError)
    listed = read_data(
        _PACKAGE, "countries.toml", TypeAdapter(_CountriesFile), error=PopulationError
    )
    countries = {c.code: c for c in sorted(listed.countries, key=lambda c: c.code)}
    return countries, demography, entries


def _ordered(entry: _ItemEntry, group: _GroupEntry) -> OrderedItem:
    def own(value: float | None, usual: float) -> float:
        return usual if value is None else value

    return OrderedItem(
        id=entry.id,
        margin=_normalised(entry.margin),
        axes=entry.axes,
        group=group.id,
        factor=own(entry.factor, group.factor),
        deviation=own(entry.deviation, group.deviation),
        silence=own(entry.silence, group.silence),
        together=group.together,
    )


def _choice(entry: _ChoiceEntry, entries: Mapping[str, _ChoiceEntry]) -> ChoiceItem:
    first = entries[entry.after] if entry.after else entry
    return ChoiceItem(
        id=entry.id,
        margin=_normalised(first.margin),
        axes=first.axes,
        deviation=first.deviation,
        silence=entry.silence,
        first=entry.after,
    )


def _default(item: Item, default: _Default) -> OrderedItem | ChoiceItem:
    margin = _normalised((1.0,) * len(item.options))
    if item.measurement is Measurement.NOMINAL:
        axes = (default.axes,) * len(item.options)
        return ChoiceItem(item.id, margin, axes, default.deviation, default.silence)
    group = item.battery.id if item.battery else item.id
    return OrderedItem(
        id=item.id,
        margin=margin,
        axes=default.axes,
        group=group,
        factor=default.factor,
        deviation=default.deviation,
        silence=default.silence,
        together=False,
    )


def _normalised(margin: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(share / sum(margin) for share in margin)


def _check(item: Item, found: OrderedItem | ChoiceItem) -> None:
    sizes = {len(found.margin)}
    if isinstance(found, ChoiceItem):
        sizes.add(len(found.axes))
    if sizes != {len(item.options)} or min(found.margin) <= 0:
        raise PopulationError(
            f"items.toml: {item.id} has margins or axes for {sorted(sizes)} options; allowed: "
            f"{len(item.options)}, each share above 0; the file came with the package: install mores "
            "again"
        )
