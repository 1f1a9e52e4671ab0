"""A small calibrated-personas study, of humans with random answers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from populations.small import small_population

from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.populations.library import DataLibrary, data_directory
from mores.populations.population import Population
from mores.studies.calibrated_personas.design import CalibratedDesign
from mores.studies.calibrated_personas.protocol import CalibratedPersonasStudy
from mores.studies.registry import read_study

ITEMS = ("Q1", "Q48", "Q71", "Q173", "F028/Q171")
"""Of 4, 10 (only the ends with names), 4, 3 (nominal) and 7 or 8 options."""
ASKED = frozenset(
    {
        *("Q1", "Q2", "Q6", "Q47", "Q48", "Q71", "Q106", "Q171", "Q173", "Q210", "Q218"),
        *("Q46", "Q57", "Q45", "Q209", "Q164", "Q182", "Q184", "Q254"),
        *("Q154", "Q155", "Q8", "Q14", "Q15", "Q17"),
    }
)
"""Items of which the humans were asked."""
ARMS = ("generic", "country", "sociodemographic+nationality", "value+nationality")
ALL_ARMS = (
    *("default", "generic", "country", "sociodemographic", "sociodemographic+nationality"),
    *("value", "value+nationality", "few-shot", "few-shot+nationality"),
)
STUDY: Mapping[str, Any] = {
    "seed": 7,
    "sample": 6,
    "countries": ["EGY", "GBR"],
    "questions": {"items": [*ITEMS], "minimum_coverage": 0.5},
    "personas": {"arms": [*ARMS]},
    "asking": {},
}


@cache
def humans(seed: int = 0, respondents: int = 40) -> Population:
    """Of Egypt (who were not asked Q182), Great Britain and the United States, at random."""
    found = small_population(seed, respondents, items=ASKED)
    return replace(found, name=f"small-{seed}-{respondents}")


def kept(population: Population) -> str:
    """The folder of a data set, beside the data directory that tests share."""
    folder = data_directory().parent / f"small-study-{os.getpid()}-{population.fingerprint[-12:]}"
    if not (folder / population.name).exists():
        DataLibrary(folder).save(population)
    return str(folder / population.name)


def study(folder: Path = Path(), **given: Any) -> CalibratedPersonasStudy:
    """A study of `STUDY`, some fields of which are given; tables are changed field by field."""
    fields = {"data": kept(humans()), **STUDY}
    for name, value in given.items():
        known = fields.get(name)
        fields[name] = {**known, **value} if isinstance(known, Mapping) else value
    bound = read_study('study = "calibrated-personas"', "test", folder, fields)
    assert isinstance(bound, CalibratedPersonasStudy)
    return bound


@dataclass(frozen=True)
class Respondent:
    """What a design needs to know of a model that is not simulated."""

    capabilities: Capabilities = field(default_factory=lambda: Capabilities(scoring="exact"))
    identity: dict[str, Any] = field(default_factory=lambda: {"kind": "test"})


def design(model: Any = "sim", folder: Path = Path(), **given: Any) -> CalibratedDesign:
    """The design of asking a model."""
    return study(folder, **given).design(resolve(model) if isinstance(model, str) else model)


def trials(found: CalibratedDesign) -> np.ndarray:
    """All trials that are asked."""
    return np.concatenate(list(found.blocks(1 << 16)))


def answers(found: CalibratedDesign, model: str = "sim") -> pl.DataFrame:
    """What the simulated respondent answers, coded, as far as analyses look at it."""
    respondent, numbers = resolve(model), trials(found)
    outcomes = [
        found.code(t, 0, respondent.reply(found.request(t, 0)))  # type: ignore[attr-defined]
        for t in numbers.tolist()
    ]
    options = np.array([-1 if o.option is None else o.option for o in outcomes])
    return found.columns(numbers).with_columns(
        option=pl.Series(options, dtype=pl.Int16).replace(-1, None),
        status=pl.Series([str(o.status) for o in outcomes]),
        probabilities=pl.Series(
            [o.probabilities or None for o in outcomes], dtype=pl.List(pl.Float32)
        ),
        allowed_mass=pl.Series([o.allowed_mass for o in outcomes], dtype=pl.Float64),
        unseen=pl.Series([o.unseen for o in outcomes], dtype=pl.Float64),
    )
