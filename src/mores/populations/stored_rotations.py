"""The map's rotation as a file: fitted once on humans, stored with where it comes from, and reused."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Literal, NoReturn

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

from mores.errors import PopulationError
from mores.instruments.validation import listed_problems, problems_of
from mores.measures.culture_map import INDICATORS, CultureMap
from mores.populations.population import Population
from mores.version import __version__

__all__ = ["ReferenceSample", "StoredRotation", "load_rotation", "save_rotation"]

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
_REMEDY = "fit the map on the reference sample again and save it"


@dataclass(frozen=True, slots=True)
class ReferenceSample:
    """The population on which a map was fitted.

    Attributes
    ----------
    name : str
        Name of the data set.
    fingerprint : str
        Hash of its content; see `mores.populations.population.fingerprint`.
    synthetic : bool
        Made by a model, not asked. Whatever is placed on such a map shows it.
    respondents : int
        Their number, those with missing indicators included.
    waves, countries : tuple of str
        Such as ``("WVS 7",)``; ISO 3166 alpha-3 codes.
    """

    __pydantic_config__ = _STRICT

    name: str
    fingerprint: str
    synthetic: bool
    respondents: int
    waves: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredRotation:
    """A map read from a file.

    Attributes
    ----------
    culture_map : CultureMap
        The map.
    reference : ReferenceSample
        What it was fitted on.
    created : str or None
        Date on which it was stored, as ISO 8601, if it was given.
    version : str
        Version of mores that stored it.
    """

    culture_map: CultureMap
    reference: ReferenceSample
    created: str | None
    version: str


@dataclass(frozen=True, slots=True)
class _RotationFile:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    kind: Literal["culture map rotation"]
    mores: str
    created: str | None
    reference: ReferenceSample
    indicators: tuple[str, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]
    correlation: tuple[tuple[float, ...], ...]
    loadings: tuple[tuple[float, ...], ...]
    weights: tuple[tuple[float, ...], ...]


def save_rotation(
    path: Path,
    culture_map: CultureMap,
    population: Population,
    *,
    created: date | None = None,
    replace: bool = False,
) -> Path:
    """Store a map as JSON, with the sample it was fitted on.

    Parameters
    ----------
    path : Path
        The file.
    culture_map : CultureMap
        The map, fitted on `population`.
    population : Population
        The reference sample; nothing of its respondents is stored but their number.
    created : date, optional
        A date to note. Without it, the same map gives the same bytes.
    replace : bool, optional
        Whether a file of that name may be replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    PopulationError
        If the file is there and may not be replaced, or cannot be written.
    """
    content = {
        "schema": 1,
        "kind": "culture map rotation",
        "mores": __version__,
        "created": created.isoformat() if created else None,
        "reference": asdict(_reference(population)),
        "indicators": INDICATORS,
        "means": culture_map.means.tolist(),
        "sds": culture_map.sds.tolist(),
        "correlation": culture_map.correlation.tolist(),
        "loadings": culture_map.loadings.tolist(),
        "weights": culture_map.weights.tolist(),
    }
    if path.exists() and not replace:
        raise PopulationError(
            f"{path} exists; allowed: a new file; choose another name, or say that it may be replaced"
        )
    try:
        _write(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    except OSError as problem:
        raise PopulationError(
            f"{path} cannot be written ({problem.strerror}); name a file in a folder that exists and "
            "can be written"
        ) from None
    return path


def load_rotation(path: Path) -> StoredRotation:
    """Read a stored map.

    Parameters
    ----------
    path : Path
        A file that `save_rotation` wrote.

    Returns
    -------
    StoredRotation
        The map, to the last bit as it was fitted, and where it comes from.

    Raises
    ------
    PopulationError
        If the file cannot be read, is of another kind or schema, or its numbers do not fit together.
    """
    try:
        file = TypeAdapter(_RotationFile).validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        _refuse(path, f"cannot be read ({getattr(problem, 'strerror', None) or problem})")
    except ValidationError as fault:
        heading = f"{path} is no stored rotation that this version reads"
        raise PopulationError(listed_problems(heading, problems_of(fault), _REMEDY)) from None
    if file.indicators != INDICATORS:
        _refuse(path, f"has the indicators {list(file.indicators)}; allowed: {list(INDICATORS)}")
    try:
        arrays = (file.means, file.sds, file.correlation, file.loadings)
        culture_map = CultureMap(*(np.array(a) for a in arrays))
        weights = np.array(file.weights)
    except ValueError as problem:  # ragged rows among them
        _refuse(path, str(problem))
    if weights.shape != (10, 2) or not np.allclose(weights, culture_map.weights, atol=1e-9):
        _refuse(path, "has weights that are not those of its loadings and correlations")
    return StoredRotation(culture_map, file.reference, file.created, file.mores)


def _reference(population: Population) -> ReferenceSample:
    waves = population.frame.select("survey", "wave").unique().sort("survey", "wave").rows()
    return ReferenceSample(
        name=population.name,
        fingerprint=population.fingerprint,
        synthetic=population.synthetic,
        respondents=len(population),
        waves=tuple(f"{survey} {wave}" for survey, wave in waves),
        countries=population.countries,
    )


def _write(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _refuse(path: Path, what: str) -> NoReturn:
    raise PopulationError(f"{path} {what}; {_REMEDY}")
