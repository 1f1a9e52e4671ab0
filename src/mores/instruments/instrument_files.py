"""Reading the data files of a survey instrument.

A folder of TOML files is read as one: ``instrument.toml`` names the sections in the order of the
questionnaire and the usual missing codes; each section is a file of scales, batteries, items, and
columns about respondents. What does not fit together is refused, since a wrong code or a label that
stands for two answers would corrupt every figure in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Literal, NoReturn, Protocol, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter

from mores.errors import InstrumentError
from mores.instruments.datafiles import parse_data, read_data
from mores.instruments.labels import fold
from mores.instruments.survey import (
    Battery,
    Column,
    ColumnKind,
    Instrument,
    Item,
    ItemOption,
    Measurement,
)

__all__ = ["parse_instrument", "read_instrument"]

_STRICT = ConfigDict(extra="forbid", strict=True)
_NUMBER = re.compile(r"[+-]?\d+", re.ASCII)
_ITEM_CODES = range(-128, 128)  # Answers are kept in 8 bits,
_COLUMN_CODES = range(-32_768, 32_768)  # columns about respondents in 16 or more.

T = TypeVar("T")
_Text = Annotated[str, Field(min_length=1)]
_Labels = Mapping[int, _Text]
_Spellings = Mapping[int, tuple[_Text, ...]]


@dataclass(frozen=True, slots=True)
class _OptionEntry:
    __pydantic_config__ = _STRICT

    code: int
    label: _Text
    variants: tuple[_Text, ...] = ()
    residual: bool = False


@dataclass(frozen=True, slots=True)
class _ScaleEntry:
    """Options in full; or a numbered scale by its range, with the options that have a label."""

    __pydantic_config__ = _STRICT

    id: _Text
    measurement: Measurement
    options: tuple[_OptionEntry, ...] = ()
    range: tuple[int, int] | None = None
    ends: tuple[_Text, _Text] | None = None


@dataclass(frozen=True, slots=True)
class _BatteryEntry:
    __pydantic_config__ = _STRICT

    id: _Text
    name: _Text
    stem: _Text


@dataclass(frozen=True, slots=True)
class _ItemEntry:
    __pydantic_config__ = _STRICT

    id: _Text
    name: _Text
    wording: _Text
    scale: _Text
    measures: str = ""
    direction: Literal[-1, 0, 1] = 0
    ivs: _Text | None = None
    battery: _Text | None = None
    missing: _Labels = field(default_factory=dict)
    variants: _Spellings = field(default_factory=dict)
    ivs_codes: Mapping[int, int] = field(default_factory=dict)
    derived: bool = False
    trend_only: bool = False
    usual_missing: bool = True


@dataclass(frozen=True, slots=True)
class _ColumnEntry:
    __pydantic_config__ = _STRICT

    id: _Text
    name: _Text
    kind: ColumnKind
    wvs: tuple[_Text, ...] = ()
    ivs: tuple[_Text, ...] = ()
    scale: _Text | None = None
    missing: _Labels = field(default_factory=dict)
    variants: _Spellings = field(default_factory=dict)
    ivs_codes: Mapping[int, int] = field(default_factory=dict)
    unit: str = ""
    usual_missing: bool = True


@dataclass(frozen=True, slots=True)
class _InstrumentFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    id: _Text
    name: _Text
    sections: tuple[_Text, ...]
    missing: _Labels
    missing_variants: _Spellings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _SectionFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    section: _Text
    scales: tuple[_ScaleEntry, ...] = ()
    batteries: tuple[_BatteryEntry, ...] = ()
    items: tuple[_ItemEntry, ...] = ()
    columns: tuple[_ColumnEntry, ...] = ()


class _Reader(Protocol):
    def __call__(self, name: str, shape: TypeAdapter[T], /) -> T: ...


def read_instrument(folder: str) -> Instrument:
    """The instrument in a folder of the package's data.

    Parameters
    ----------
    folder : str
        Name of the folder, such as ``"wvs7"``.

    Raises
    ------
    InstrumentError
        If a file is missing or damaged, or the files contradict one another.
    """

    def read(name: str, shape: TypeAdapter[T], /) -> T:
        return read_data("mores.instruments", f"{folder}/{name}", shape)

    return _read(folder, read)


def parse_instrument(texts: Mapping[str, str], folder: str = "instrument") -> Instrument:
    """The instrument that the texts of its files describe.

    Parameters
    ----------
    texts : mapping of str to str
        Text of each file by its name; ``instrument.toml`` and one a section.
    folder : str, optional
        What messages call it.

    Raises
    ------
    InstrumentError
        As `read_instrument`.
    """

    def parse(name: str, shape: TypeAdapter[T], /) -> T:
        if name not in texts:
            raise InstrumentError(f"{folder}/{name}: is missing; the files are {sorted(texts)}")
        return parse_data(texts[name], f"{folder}/{name}", shape)

    return _read(folder, parse)


def _read(folder: str, read: _Reader) -> Instrument:
    head = read("instrument.toml", TypeAdapter(_InstrumentFile))
    shape = TypeAdapter(_SectionFile)
    return _Assembly(head, folder, [read(f"{name}.toml", shape) for name in head.sections]).whole()


class _Assembly:
    """Puts the sections of an instrument together and refuses what does not fit."""

    def __init__(
        self, head: _InstrumentFile, folder: str, sections: Sequence[_SectionFile]
    ) -> None:
        self.head, self.folder, self.sections = head, folder, sections
        self.scales = self._by_name("scale", ((s.id, s) for p in sections for s in p.scales))
        self.batteries = self._by_name(
            "battery",
            ((b.id, Battery(b.id, b.name, b.stem)) for p in sections for b in p.batteries),
        )
        if stray := set(head.missing_variants) - set(head.missing):
            self._refuse("missing_variants", f"{sorted(stray)} are no usual missing codes")

    def whole(self) -> Instrument:
        items = [self._item(entry, part.section) for part in self.sections for entry in part.items]
        columns = [self._column(entry) for part in self.sections for entry in part.columns]
        self._by_name("IVS code", ((i.ivs, i) for i in items if i.ivs))
        self._by_name("column", [(i.id, i) for i in items] + [(c.id, c) for c in columns])
        self._check_batteries(items)
        return Instrument(
            self.head.id,
            self.head.name,
            MappingProxyType({item.id: item for item in items}),
            MappingProxyType({column.id: column for column in columns}),
            MappingProxyType(self.batteries),
        )

    def _item(self, entry: _ItemEntry, section: str) -> Item:
        scale = self._scale(entry.scale, entry.id)
        if entry.battery is not None and entry.battery not in self.batteries:
            self._refuse(entry.id, f"battery {entry.battery!r} is not defined")
        options = self._options(entry, scale)
        self._check_measurement(entry, scale.measurement, options)
        missing, labels = self._missing(entry, options)
        self._check_codes(entry, options, missing, _ITEM_CODES)
        return Item(
            id=entry.id,
            ivs=entry.ivs,
            name=entry.name,
            section=section,
            wording=entry.wording,
            options=options,
            measurement=scale.measurement,
            measures=entry.measures,
            direction=entry.direction,
            missing=missing,
            missing_labels=labels,
            battery=self.batteries[entry.battery] if entry.battery else None,
            ivs_codes=MappingProxyType(dict(entry.ivs_codes)),
            derived=entry.derived,
            trend_only=entry.trend_only,
        )

    def _column(self, entry: _ColumnEntry) -> Column:
        if (entry.kind is ColumnKind.CATEGORY) != (entry.scale is not None):
            self._refuse(entry.id, "a category needs a scale, and nothing else has one")
        options = self._options(entry, self._scale(entry.scale, entry.id)) if entry.scale else ()
        missing, labels = self._missing(entry, options)
        self._check_codes(entry, options, missing, _COLUMN_CODES)
        return Column(
            id=entry.id,
            name=entry.name,
            wvs=entry.wvs,
            ivs=entry.ivs,
            kind=entry.kind,
            options=options,
            missing=missing,
            missing_labels=labels,
            ivs_codes=MappingProxyType(dict(entry.ivs_codes)),
            unit=entry.unit,
        )

    def _scale(self, name: str, owner: str) -> _ScaleEntry:
        if name not in self.scales:
            self._refuse(owner, f"scale {name!r} is not defined")
        return self.scales[name]

    def _options(
        self, entry: _ItemEntry | _ColumnEntry, scale: _ScaleEntry
    ) -> tuple[ItemOption, ...]:
        """The scale's options without those that are missing codes here, with more spellings."""
        options = tuple(
            ItemOption(o.code, o.label, (*o.variants, *entry.variants.get(o.code, ())), o.residual)
            for o in self._steps(scale)
            if o.code not in entry.missing
        )
        codes = [o.code for o in options]
        if len(codes) < 2 or codes != sorted(set(codes)):
            self._refuse(entry.id, f"options {codes}; two or more, ascending, each code once")
        return options

    def _steps(self, scale: _ScaleEntry) -> Iterable[_OptionEntry]:
        given = {o.code: o for o in scale.options}
        if scale.range is None:
            if scale.ends is not None:
                self._refuse(scale.id, "ends without a range")
            return scale.options
        low, high = scale.range
        if stray := sorted(set(given) - set(range(low, high + 1))):
            self._refuse(scale.id, f"options {stray} are outside of the range {low} to {high}")
        ends = dict(zip(scale.range, scale.ends, strict=True)) if scale.ends else {}
        return [
            given.get(code, _OptionEntry(code, ends.get(code, str(code))))
            for code in range(low, high + 1)
        ]

    def _missing(
        self, entry: _ItemEntry | _ColumnEntry, options: Sequence[ItemOption]
    ) -> tuple[Mapping[int, str], Mapping[str, int]]:
        """Missing codes with their meaning, and how they are spelled."""
        usual = self.head.missing if entry.usual_missing else {}
        missing = {**usual, **entry.missing}
        labels = list(self._missing_spellings(entry, usual))
        meant: dict[str, int] = {}
        for spelling, code in [*((s, o.code) for o in options for s in _spellings(o)), *labels]:
            number = _NUMBER.fullmatch(spelling)  # read as a code, sign and all, not as a label
            meaning = int(spelling) if number else meant.setdefault(fold(spelling), code)
            if meaning != code:
                self._refuse(entry.id, f"label {spelling!r} stands for two codes")
        return MappingProxyType(missing), MappingProxyType(dict(labels))

    def _missing_spellings(
        self, entry: _ItemEntry | _ColumnEntry, usual: Mapping[int, str]
    ) -> Iterator[tuple[str, int]]:
        for code in {**usual, **entry.missing}:
            if code in entry.missing:
                yield entry.missing[code], code
            if code in usual:
                yield usual[code], code
                yield from ((label, code) for label in self.head.missing_variants.get(code, ()))
            yield from ((label, code) for label in entry.variants.get(code, ()))

    def _check_codes(
        self,
        entry: _ItemEntry | _ColumnEntry,
        options: Sequence[ItemOption],
        missing: Mapping[int, str],
        allowed: range,
    ) -> None:
        known = {o.code for o in options}
        if both := known & set(missing):
            self._refuse(entry.id, f"codes {sorted(both)} are both options and missing")
        codes = known | set(missing)
        if stray := set(entry.variants) - codes:
            self._refuse(entry.id, f"variants of {sorted(stray)}, which are no codes")
        if stray := set(entry.ivs_codes.values()) - codes:
            self._refuse(entry.id, f"ivs_codes lead to {sorted(stray)}, which are no codes")
        if stray := {c for c in codes if c not in allowed}:
            self._refuse(entry.id, f"codes {sorted(stray)}; allowed: {allowed[0]} to {allowed[-1]}")

    def _check_measurement(
        self, entry: _ItemEntry, measurement: Measurement, options: Sequence[ItemOption]
    ) -> None:
        nominal = measurement is Measurement.NOMINAL
        if (entry.direction == 0) != nominal or (entry.measures == "") != nominal:
            has = "neither a direction nor" if nominal else "a direction (1 or -1) and"
            self._refuse(entry.id, f"its scale is {measurement}: it has {has} `measures`")
        offered = sum(not o.residual for o in options)
        if measurement is Measurement.BINARY and offered != 2:
            self._refuse(entry.id, f"a binary item offers {offered} options instead of 2")

    def _check_batteries(self, items: Sequence[Item]) -> None:
        for battery in self.batteries.values():
            codes = [i.codes for i in items if i.battery == battery]
            if len(codes) < 2 or len(set(codes)) > 1:
                self._refuse(battery.id, "a battery has two members or more with the same codes")

    def _by_name(self, kind: str, pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
        found: dict[str, T] = {}
        for name, entry in pairs:
            if name in found:
                self._refuse(name, f"occurs twice as {kind}")
            found[name] = entry
        return found

    def _refuse(self, owner: str, what: str) -> NoReturn:
        raise InstrumentError(f"{self.folder}: {owner}: {what}; restore the file")


def _spellings(option: ItemOption) -> tuple[str, ...]:
    return option.label, *option.variants
