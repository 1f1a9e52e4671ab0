"""The humans of a study: a data set by name, or the synthetic population."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.populations.library import (
    SYNTHETIC_NAME,
    DataLibrary,
    data_directory,
    load_population,
)
from mores.populations.manifest import Entry, folder_entry

if TYPE_CHECKING:
    from mores.populations.population import Population

__all__ = ["Humans"]


@dataclass(frozen=True)
class Humans:
    """Whom a study compares with, read when it is first needed.

    Parameters
    ----------
    data : str or None
        As `mores.studies.study.StudyFile.data` has it.

    Raises
    ------
    PopulationError
        If there is no such data set.
    """

    data: str | None

    def __post_init__(self) -> None:
        _ = self._entry  # refused before anything is asked

    @cached_property
    def _entry(self) -> Entry | None:
        """What the data set's manifest says; None for the synthetic population."""
        if self.data is None or self.data == SYNTHETIC_NAME:
            return None
        if "/" in self.data or os.sep in self.data:
            return folder_entry(Path(self.data))
        return DataLibrary(data_directory()).entry(self.data)

    @property
    def synthetic(self) -> bool:
        """Whether they were made by a model."""
        return self._entry is None or self._entry.synthetic

    @cached_property
    def population(self) -> Population:
        """Their answers."""
        return load_population(self.data)

    def sentence(self) -> str:
        """Who they are, for a plan and a report."""
        if self.data is None:
            return (
                "Humans: the synthetic population, drawn from a model; no human has given these "
                "answers (--data NAME takes an imported survey)."
            )
        kind = "synthetic data set" if self.synthetic else "data set"
        return f"Humans: the {kind} {Path(self.data).name}."

    def facts(self) -> dict[str, Any]:
        """What a run's manifest says of them."""
        population = self.population
        return {
            "name": population.name,
            "synthetic": population.synthetic,
            "fingerprint": population.fingerprint,
            "respondents": len(population),
            "countries": len(population.countries),
        }
