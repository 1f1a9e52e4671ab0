"""Survey instruments: items, their answer options, batteries, and the columns about respondents.

Codes are those of the survey's own files, so that a distribution can be checked against its codebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, cached_property

from mores.errors import InstrumentError

__all__ = [
    "Battery",
    "Column",
    "ColumnKind",
    "Instrument",
    "Item",
    "ItemOption",
    "Measurement",
    "wvs7",
]


class Measurement(StrEnum):
    """What the order of an item's codes means."""

    ORDINAL = "ordinal"
    NOMINAL = "nominal"
    BINARY = "binary"


class ColumnKind(StrEnum):
    """What a column about respondents holds."""

    CATEGORY = "category"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class ItemOption:
    """One answer option.

    Attributes
    ----------
    code : int
        As in the survey's coded files.
    label : str
        As a respondent reads it. A step of a long scale without a label of its own has its number.
    variants : tuple of str
        Other spellings seen in files whose cells are labels.
    residual : bool
        Recorded when volunteered ("other answer"), not offered; counted among the substantive
        answers unless it is left out on purpose.
    """

    code: int
    label: str
    variants: tuple[str, ...] = ()
    residual: bool = False


@dataclass(frozen=True)
class Item:
    """One question of a survey, or one statement of a battery.

    Attributes
    ----------
    id : str
        Name of its column, such as ``"Q46"``.
    ivs : str or None
        Code in trend and integrated files, such as ``"A008"``; None where none is known.
    name : str
        What it is about, in a few words.
    section : str
        Part of the questionnaire.
    wording : str
        English wording; of a member of a battery, the member alone.
    options : tuple of ItemOption
        In order of code.
    measurement : Measurement
        Whether the order of the codes means anything.
    measures : str
        What a respondent has more of when the code is higher (`direction` 1) or lower (-1).
    direction : int
        1, -1, or 0 for a nominal item.
    missing : mapping of int to str
        Codes that are not an answer, with their meaning. A code is missing for the items that say
        so, never because it is negative.
    missing_labels : mapping of str to int
        Spellings of the missing codes in files whose cells are labels.
    battery : Battery or None
        The battery to which it belongs.
    ivs_codes : mapping of int to int
        From the code in trend and integrated files to the code here, for codes that differ.
    derived : bool
        An index computed from other items, never asked.
    trend_only : bool
        Asked in this form in other waves; only trend and integrated files have it.
    """

    id: str
    ivs: str | None
    name: str
    section: str
    wording: str
    options: tuple[ItemOption, ...]
    measurement: Measurement
    measures: str
    direction: int
    missing: Mapping[int, str]
    missing_labels: Mapping[str, int]
    battery: Battery | None
    ivs_codes: Mapping[int, int]
    derived: bool
    trend_only: bool = False

    @cached_property
    def codes(self) -> tuple[int, ...]:
        """The options' codes, ascending."""
        return tuple(option.code for option in self.options)

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest code."""
        return self.codes[0], self.codes[-1]

    @property
    def labels(self) -> tuple[str, ...]:
        """The options' labels, in order of code."""
        return tuple(option.label for option in self.options)

    @property
    def question(self) -> str:
        """The whole question: a battery's stem before the member's wording."""
        return f"{self.battery.stem} {self.wording}" if self.battery else self.wording


@dataclass(frozen=True, slots=True)
class Battery:
    """Items asked under one stem with the same options.

    Attributes
    ----------
    id, name : str
        Id in kebab-case, and what it is about.
    stem : str
        What is read before the members.
    """

    id: str
    name: str
    stem: str


@dataclass(frozen=True)
class Column:
    """A column about respondents or interviews: who, where, when, with what weight.

    Attributes
    ----------
    id : str
        Its name in a normalised data set, such as ``"sex"``.
    name : str
        What it holds, in a few words.
    wvs, ivs : tuple of str
        Names under which it is found in WVS-7 files, and in trend and integrated files; the first
        that a file has is taken.
    kind : ColumnKind
        What it holds.
    options, missing, missing_labels, ivs_codes
        As in `Item`; options only if it is a category.
    unit : str
        Of an integer or a number.
    """

    id: str
    name: str
    wvs: tuple[str, ...]
    ivs: tuple[str, ...]
    kind: ColumnKind
    options: tuple[ItemOption, ...]
    missing: Mapping[int, str]
    missing_labels: Mapping[str, int]
    ivs_codes: Mapping[int, int]
    unit: str


@dataclass(frozen=True)
class Instrument:
    """A questionnaire as data.

    Attributes
    ----------
    id, name : str
        Short id, and full name.
    items : mapping of str to Item
        By id, in the order of the questionnaire.
    columns : mapping of str to Column
        By id.
    batteries : mapping of str to Battery
        By id.
    """

    id: str
    name: str
    items: Mapping[str, Item]
    columns: Mapping[str, Column]
    batteries: Mapping[str, Battery]
    _by_ivs: Mapping[str, Item] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_ivs = {item.ivs: item for item in self.items.values() if item.ivs}
        object.__setattr__(self, "_by_ivs", by_ivs)

    def item(self, name: str) -> Item:
        """The item of that id, or of that code in trend files.

        Raises
        ------
        InstrumentError
            If there is none.
        """
        found = self.items.get(name) or self._by_ivs.get(name)
        if found is None:
            raise InstrumentError(
                f"{name[:80]!r} is no item of {self.name}; {self._suggestion(name)}"
            )
        return found

    def _suggestion(self, name: str) -> str:
        near = get_close_matches(name.upper(), [*self.items, *self._by_ivs], n=1)
        names = list(self.items)
        asked = f"did you mean {near[0]!r}? " if near else ""
        return (
            f"{asked}allowed: {names[0]} to {names[-1]} ({len(names)} items), or their trend codes"
        )

    def members(self, battery: str) -> tuple[Item, ...]:
        """The items of a battery, in order."""
        return tuple(i for i in self.items.values() if i.battery and i.battery.id == battery)


@cache
def wvs7() -> Instrument:
    """The questionnaire of the World Values Survey, wave 7 (2017-2022).

    Returns
    -------
    Instrument
        Read once and kept.

    Raises
    ------
    InstrumentError
        If one of the package's data files is damaged.
    """
    from mores.instruments.instrument_files import read_instrument

    return read_instrument("wvs7")
