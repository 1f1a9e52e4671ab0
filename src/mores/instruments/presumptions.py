"""What the setting of a dilemma may presume of the person who is asked: a controlled vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError
from mores.instruments.datafiles import read_data

__all__ = ["Presumption", "presumptions"]

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Presumption:
    """A tag, and what it says of the person, read after "the person …"."""

    __pydantic_config__ = _STRICT

    id: str
    gloss: str


@dataclass(frozen=True, slots=True)
class _PresumptionsFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    presumptions: tuple[Presumption, ...]


@cache
def presumptions() -> Mapping[str, Presumption]:
    """The tags by id.

    Returns
    -------
    mapping of str to Presumption
        Read-only; read once and kept.

    Raises
    ------
    InstrumentError
        If the package's data file is damaged.
    """
    file = read_data("mores.instruments", "presumptions.toml", TypeAdapter(_PresumptionsFile))
    by_id = {tag.id: tag for tag in file.presumptions}
    if len(by_id) != len(file.presumptions):
        raise InstrumentError("presumptions.toml: an id occurs twice; give each tag its own")
    return MappingProxyType(by_id)
