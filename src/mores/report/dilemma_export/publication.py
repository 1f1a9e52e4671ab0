"""Under what name, by whom and on what terms a set of dilemmas is handed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mores.instruments.dilemma_records import SCHEMA
from mores.instruments.dilemmas import Dilemma, record_of
from mores.keys import digest

__all__ = ["Publication", "citation", "licence_url", "licences", "set_version"]

_SPDX = {
    name.casefold(): name
    for name in (
        *("Apache-2.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"),
        *("CC-BY-ND-4.0", "CC-BY-NC-ND-4.0", "CC-BY-SA-4.0", "CC0-1.0", "MIT", "ODbL-1.0"),
    )
}


@dataclass(frozen=True, slots=True)
class Publication:
    """What metadata say of a set beside what is in it.

    Attributes
    ----------
    name : str
        Name of the data set.
    creator : str or None
        Who made it.
    url : str or None
        Where it can be had.
    published : str or None
        ISO 8601 date.
    """

    name: str
    creator: str | None = None
    url: str | None = None
    published: str | None = None


def set_version(dilemmas: Sequence[Dilemma]) -> str:
    """Version of a set: that of its schema, and 16 hexadecimal digits of all that it holds.

    ``"2.0.0+0123456789abcdef"`` is a semantic version. The digits are the same for the same dilemmas
    in the same order, however their file was spaced, and change with any text or record.
    """
    content = digest(["dilemmas", *(record_of(d) for d in dilemmas)]).hex()[:16]
    return f"{SCHEMA}.0.0+{content}"


def licences(dilemmas: Sequence[Dilemma]) -> tuple[str, ...]:
    """The terms that the dilemmas name, in the order of first use; empty if none does."""
    return tuple(dict.fromkeys(d.licence for d in dilemmas if d.licence))


def licence_url(licence: str) -> str | None:
    """The page of a licence that is named by its SPDX identifier; None for other terms."""
    known = _SPDX.get(licence.strip().casefold())
    return None if known is None else f"https://spdx.org/licenses/{known}.html"


def citation(publication: Publication, version: str) -> str:
    """How the set is cited, in a sentence."""
    year = f" ({publication.published[:4]})" if publication.published else ""
    who = f"{publication.creator}{year}. " if publication.creator else ""
    where = f". {publication.url}" if publication.url else ""
    return f"{who}{publication.name}, version {version}. Data set{where}"
