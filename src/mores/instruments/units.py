"""The units of the framing study: what is asked at once, its category, and the semantic axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Annotated, Literal, NoReturn

from pydantic import ConfigDict, Field, TypeAdapter

from mores.errors import InstrumentError, nearest
from mores.instruments.datafiles import read_data
from mores.instruments.survey import Measurement, wvs7

__all__ = ["Axis", "Unit", "UnitSet", "framing_units"]

AnswerType = Literal["ordered", "nominal", "binary"]

_STRICT = ConfigDict(extra="forbid", strict=True)
_UNITS = "wvs7/units.toml"
_AXES = "wvs7/axes.toml"


@dataclass(frozen=True, slots=True)
class Unit:
    """A question, or a battery that is asked as one prompt.

    Attributes
    ----------
    id : str
        The item's, or the battery's.
    category : str
        Key of `UnitSet.categories`.
    status : {'certain', 'reconstructed'}
        Whether the paper's table 3 has it.
    answers : {'ordered', 'nominal', 'binary'}
    members : tuple of str
        Items, in the order asked; one of a single question.
    excluded : frozenset of int
        Codes that are neither offered nor counted among substantive answers.
    """

    id: str
    category: str
    status: str
    answers: AnswerType
    members: tuple[str, ...]
    excluded: frozenset[int] = frozenset()

    @property
    def battery(self) -> bool:
        """Whether several items are asked as one."""
        return len(self.members) > 1

    @property
    def ordered(self) -> bool:
        """Whether distances between options count; of two options either way is the same."""
        return self.answers != "nominal"

    def codes(self, item: str) -> tuple[int, ...]:
        """Codes of the options of a member, in the instrument's order, without the excluded.

        Raises
        ------
        InstrumentError
            If the item is no member.
        """
        if item not in self.members:
            raise InstrumentError(
                f"{item!r} is no member of unit {self.id}; {nearest(item, self.members)}"
            )
        return tuple(code for code in wvs7().item(item).codes if code not in self.excluded)


@dataclass(frozen=True, slots=True)
class Axis:
    """A semantic axis.

    Attributes
    ----------
    id, label, positive, negative : str
        Key, name, and what its poles mean.
    values : mapping of str to mapping of int to float
        Of each mapped item, the semantic value of each code, 0 … 1, 1 at the positive pole.
    units : tuple of str
        The mapped units; a battery's values are those of its mapped members only.
    hand_coded : frozenset of str
        Items whose values follow no rescaling of codes.
    """

    id: str
    label: str
    positive: str
    negative: str
    units: tuple[str, ...]
    values: Mapping[str, Mapping[int, float]]
    hand_coded: frozenset[str]


@dataclass(frozen=True, slots=True)
class UnitSet:
    """All units, in the order asked, with their categories and axes.

    `categories` maps keys such as ``religion-science`` to names.
    """

    units: tuple[Unit, ...]
    categories: Mapping[str, str]
    axes: tuple[Axis, ...]
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class _CategoryEntry:
    __pydantic_config__ = _STRICT

    id: str
    label: str
    certain: tuple[str, ...]
    reconstructed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _AnswersEntry:
    __pydantic_config__ = _STRICT

    binary: tuple[str, ...]
    nominal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _UnitsFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    source: str
    licence: str
    categories: tuple[_CategoryEntry, ...]
    batteries: Mapping[str, tuple[str, ...]]
    answers: _AnswersEntry
    excluded: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _AxisEntry:
    __pydantic_config__ = _STRICT

    id: str
    label: str
    positive: str
    negative: str
    units: tuple[str, ...]
    orientation: Mapping[str, Literal[-1, 1]]
    hand: Mapping[str, Mapping[int, Annotated[float, Field(ge=0, le=1)]]] = field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True)
class _AxesFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    axes: tuple[_AxisEntry, ...]


@cache
def framing_units() -> UnitSet:
    """The 101 units of Wedgwood et al. 2026.

    Returns
    -------
    UnitSet
        Read once and kept.

    Raises
    ------
    InstrumentError
        If one of the package's data files is damaged.
    """
    file = read_data("mores.instruments", _UNITS, TypeAdapter(_UnitsFile))
    units = tuple(_units(file))
    _check_units(file, units)
    axes = read_data("mores.instruments", _AXES, TypeAdapter(_AxesFile)).axes
    _once(_AXES, "axis", (axis.id for axis in axes))
    by_id = {unit.id: unit for unit in units}
    return UnitSet(
        units=units,
        categories=MappingProxyType({c.id: c.label for c in file.categories}),
        axes=tuple(_axis(entry, by_id) for entry in axes),
        source=file.source,
        licence=file.licence,
    )


def _units(file: _UnitsFile) -> Iterator[Unit]:
    answers: dict[str, AnswerType] = dict.fromkeys(file.answers.binary, "binary")
    answers |= dict.fromkeys(file.answers.nominal, "nominal")
    for category in file.categories:
        for status in ("certain", "reconstructed"):
            for name in getattr(category, status):
                yield Unit(
                    id=name,
                    category=category.id,
                    status=status,
                    answers=answers.get(name, "ordered"),
                    members=file.batteries.get(name, (name,)),
                    excluded=frozenset(file.excluded.get(name, ())),
                )


def _check_units(file: _UnitsFile, units: tuple[Unit, ...]) -> None:
    _once(_UNITS, "category", (c.id for c in file.categories))
    _once(_UNITS, "unit", (u.id for u in units))
    _once(_UNITS, "item", (item for u in units for item in u.members))
    known = {unit.id for unit in units}
    named = [*file.batteries, *file.answers.binary, *file.answers.nominal, *file.excluded]
    for name in named:
        if name not in known:
            _refuse(_UNITS, f"{name!r} is in no category; {nearest(name, known)}")
    if both := set(file.answers.binary) & set(file.answers.nominal):
        _refuse(_UNITS, f"{', '.join(sorted(both))}: both binary and nominal")
    for unit in units:
        _check_codes(unit)


def _check_codes(unit: Unit) -> None:
    instrument = wvs7()
    for name in unit.members:
        if name not in instrument.items:
            _refuse(_UNITS, f"unit {unit.id}: {name!r} is no item of {instrument.name}")
    if unit.id in instrument.items and unit.members != (unit.id,):
        _refuse(_UNITS, f"unit {unit.id}: a battery with the id of an item")
    if len({instrument.items[name].codes for name in unit.members}) != 1:
        _refuse(_UNITS, f"unit {unit.id}: members {unit.members} that do not have the same codes")
    codes = instrument.items[unit.members[0]].codes
    if stray := unit.excluded - set(codes):
        _refuse(_UNITS, f"unit {unit.id}: excludes {sorted(stray)}; its codes are {codes}")
    offered = len(codes) - len(unit.excluded)
    if offered < 2 or (unit.answers == "binary") != (offered == 2):
        _refuse(_UNITS, f"unit {unit.id}: {unit.answers}, with {offered} options")


def _axis(entry: _AxisEntry, units: Mapping[str, Unit]) -> Axis:
    where = f"axis {entry.id}"
    _once(_AXES, f"{where}: unit", entry.units)
    for name in entry.units:
        if name not in units:
            _refuse(_AXES, f"{where}: {name!r} is no unit; {nearest(name, units)}")
    owners = {item: units[name] for name in entry.units for item in units[name].members}
    mapped = [*entry.orientation, *entry.hand]
    _once(_AXES, f"{where}: item", mapped)
    for item in mapped:
        if item not in owners:
            _refuse(_AXES, f"{where}: {item!r} is in none of its units; {nearest(item, owners)}")
    for name in entry.units:
        if not set(units[name].members) & set(mapped):
            _refuse(_AXES, f"{where}: nothing says where the answers to {name} stand")
    oriented = {i: _rescaled(where, owners[i], i, s) for i, s in entry.orientation.items()}
    by_hand = {i: _by_hand(where, owners[i], i, given) for i, given in entry.hand.items()}
    found = oriented | by_hand
    return Axis(
        id=entry.id,
        label=entry.label,
        positive=entry.positive,
        negative=entry.negative,
        units=entry.units,
        values=MappingProxyType({item: found[item] for item in owners if item in found}),
        hand_coded=frozenset(by_hand),
    )


def _rescaled(where: str, unit: Unit, item: str, sign: int) -> Mapping[int, float]:
    """Equal steps over the codes, 1 at the highest code, or with sign -1 at the lowest."""
    if wvs7().item(item).measurement is Measurement.NOMINAL:
        _refuse(_AXES, f"{where}: the codes of {item} have no order; code it by hand")
    codes = unit.codes(item)
    last = len(codes) - 1
    steps = range(last + 1) if sign > 0 else range(last, -1, -1)
    return MappingProxyType({c: step / last for c, step in zip(codes, steps, strict=True)})


def _by_hand(where: str, unit: Unit, item: str, given: Mapping[int, float]) -> Mapping[int, float]:
    codes = unit.codes(item)
    if set(given) != set(codes):
        _refuse(_AXES, f"{where}: {item} has values for {sorted(given)}; its codes are {codes}")
    return MappingProxyType({code: float(given[code]) for code in codes})


def _once(file: str, kind: str, names: Iterable[str]) -> None:
    if twice := [name for name, n in Counter(names).items() if n > 1]:
        _refuse(file, f"{kind} {twice[0]!r} occurs twice")


def _refuse(file: str, what: str) -> NoReturn:
    raise InstrumentError(f"{file}: {what}; restore the file or install mores again")
