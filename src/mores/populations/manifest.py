"""The manifest of a data set: what it is, where it comes from, and what its import found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.errors import PopulationError
from mores.version import __version__

if TYPE_CHECKING:
    from mores.populations.population import Population

__all__ = [
    "MANIFEST",
    "Entry",
    "check_claims",
    "check_name",
    "damaged",
    "folder_entry",
    "is_name",
    "manifest_of",
]

MANIFEST = "manifest.json"
"""Name of the file in a data set's folder."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def is_name(name: str) -> bool:
    """Whether a data set can bear a name."""
    return bool(_NAME.fullmatch(name)) and not name.endswith(".")


def check_name(name: str) -> str:
    """The name, if a data set can bear it.

    Raises
    ------
    PopulationError
        If it is not 1 to 64 lower-case letters, digits, dots, hyphens and underscores.
    """
    if not is_name(name):
        raise PopulationError(
            f"{name[:80]!r} is no name for a data set; use up to 64 lower-case letters, digits, "
            "dots, hyphens and underscores, beginning with a letter or digit"
        )
    return name


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest of a data set says.

    Attributes
    ----------
    name : str
    synthetic : bool
    fingerprint : str
    respondents : int
    countries : mapping of str to int
        Respondents by ISO 3166 alpha-3 code.
    waves, years : tuple of int
    items : tuple of str
    created : str
        ISO 8601, UTC.
    source, findings : mapping
        Where it comes from, and what the import found.
    """

    name: str
    synthetic: bool
    fingerprint: str
    respondents: int
    countries: Mapping[str, int]
    waves: tuple[int, ...]
    years: tuple[int, ...]
    items: tuple[str, ...]
    created: str
    source: Mapping[str, Any]
    findings: Mapping[str, Any]


def manifest_of(population: Population, findings: Mapping[str, Any]) -> dict[str, Any]:
    """What is written into the manifest of a population.

    Parameters
    ----------
    population : Population
    findings : mapping
        What its import found.
    """
    return {
        "schema": 1,
        "name": population.name,
        "synthetic": population.synthetic,
        "instrument": population.instrument.id,
        "fingerprint": population.fingerprint,
        **_counts(population),
        "items": [item.id for item in population.items],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "mores": __version__,
        "source": dict(population.source),
        "findings": dict(findings),
    }


def _counts(population: Population) -> dict[str, Any]:
    frame = population.frame
    countries = frame["country"].value_counts(sort=False).sort("country")
    return {
        "respondents": len(population),
        "countries": dict(countries.iter_rows()),
        "waves": sorted(frame["wave"].drop_nulls().unique()),
        "years": sorted(frame["year"].drop_nulls().unique()),
    }


def check_claims(entry: Entry, population: Population, path: Path) -> None:
    """Hold what a manifest says against the table beside it.

    Raises
    ------
    PopulationError
        If respondents, countries, waves or years are others.
    """
    for name, found in _counts(population).items():
        said = getattr(entry, name)
        if said != (tuple(found) if isinstance(found, list) else found):
            raise damaged(path, f"its {name} are not those of the table beside it")


def folder_entry(folder: Path) -> Entry:
    """What the manifest of a data set's folder says.

    Raises
    ------
    PopulationError
        If the folder is no data set, or its manifest is damaged.
    """
    from pydantic import TypeAdapter, ValidationError

    from mores.instruments.validation import problems_of

    path = folder / MANIFEST
    try:
        entry = TypeAdapter(Entry).validate_json(path.read_bytes())
        check_name(entry.name)
        return entry
    except ValidationError as error:
        reason = "; ".join(problems_of(error)[:3])
    except PopulationError as error:
        reason = str(error)
    except (FileNotFoundError, NotADirectoryError):
        raise PopulationError(
            f"{folder} is no data set (there is no {path}); name a data set's folder, or import a "
            "survey file with: mores data import FILE"
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
    raise damaged(path, reason)


def damaged(path: Path, reason: str) -> PopulationError:
    """The error about a file of a data set that is not as it was kept."""
    return PopulationError(f"{path} is damaged ({reason}); import the data set again")
