"""The probe: 36 questions of the World Values Survey by which personas are compared with humans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError
from mores.instruments.datafiles import read_data
from mores.instruments.survey import Item, Measurement, wvs7

__all__ = ["N_PROBE", "Probe", "probe"]

N_PROBE = 36


@dataclass(frozen=True, slots=True)
class Probe:
    """The list of questions.

    Attributes
    ----------
    items : tuple of Item
        36, in the questionnaire's order; each ordinal or binary, so that distances on its scale mean
        something.
    on_map : frozenset of str
        Ids of those that are indicators of the cultural map too.
    source, licence : str
    """

    items: tuple[Item, ...]
    on_map: frozenset[str]
    source: str
    licence: str

    @property
    def ids(self) -> tuple[str, ...]:
        """The items' ids, in order."""
        return tuple(item.id for item in self.items)


@dataclass(frozen=True, slots=True)
class _ProbeFile:
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    schema: Literal[1]
    source: str
    licence: str
    items: tuple[str, ...]
    on_map: tuple[str, ...]


@cache
def probe() -> Probe:
    """The 36 questions.

    Returns
    -------
    Probe
        Read once and kept.

    Raises
    ------
    InstrumentError
        If the package's data file is damaged.
    """
    return checked(read_data("mores.instruments", "probe.toml", TypeAdapter(_ProbeFile)))


def checked(file: _ProbeFile) -> Probe:
    """The probe of a file, if it is one over the instrument's items."""
    instrument = wvs7()
    items = tuple(instrument.item(name) for name in file.items)
    order = [name for name in instrument.items if name in file.items]
    problems = []
    if len(items) != N_PROBE or list(file.items) != order:
        problems.append(f"{len(items)} items, which must be {N_PROBE} in the questionnaire's order")
    problems += [f"{i.id} is nominal" for i in items if i.measurement is Measurement.NOMINAL]
    problems += [f"{name} is on the map alone" for name in file.on_map if name not in file.items]
    if problems:
        raise InstrumentError(
            f"probe.toml: {'; '.join(problems)}: restore the file or install mores again"
        )
    return Probe(items, frozenset(file.on_map), file.source, file.licence)
