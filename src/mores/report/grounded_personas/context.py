"""What figures and pages are made from: the tables of one model or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mores.errors import MoresError
from mores.report.grounded_personas.labels import ALONE, forms_of, weightings_of
from mores.report.numbers import bounds
from mores.report.run_findings import FigureBasis, Rows, RowTables, RunFindings, known, whole

if TYPE_CHECKING:
    from mores.personas.prevalence import Prevalence
    from mores.studies.grounded_personas.protocol import GroundedStudy

__all__ = [
    "Basis",
    "Findings",
    "Ground",
    "ModelTables",
    "Rows",
    "bracketed",
    "ends_of",
    "known",
    "whole",
]

Floats: TypeAlias = NDArray[np.float64]

UNIFORM = "every configuration of the grid counting the same"

_SHAPED = ("clouds", "alignment_overall", "moral_foundations", "variable_importance", "diversity")


def ends_of(row: Mapping[str, Any], stem: str = "") -> tuple[float, float] | None:
    """An interval, ``low`` and ``high`` or those of a stem; None where there is none."""
    head = f"{stem}_" if stem else ""
    low, high = known(row, f"{head}low"), known(row, f"{head}high")
    return (low, high) if low is not None and high is not None else None


def bracketed(
    row: Mapping[str, Any], stem: str = "", digits: int = 3, *, sign: bool = False
) -> str:
    """An interval as a reader sees it; empty where there is none."""
    low, high = ends_of(row, stem) or (None, None)
    return bounds(low, high, digits, sign=sign)


@dataclass(frozen=True)
class ModelTables(RowTables):
    """The tables of one model."""

    def one(self, name: str, **equal: object) -> dict[str, Any]:
        """The first of such rows; empty if there is none."""
        return next(iter(self.rows(name, **equal)), {})

    @cached_property
    def forms(self) -> list[str]:
        """What personas were told, as any table has it."""
        names = ("requests", *_SHAPED)
        return forms_of(str(r["form"]) for name in names for r in self.rows(name) if r.get("form"))

    @cached_property
    def weightings(self) -> list[str]:
        """How personas are weighted."""
        return weightings_of(
            str(r["weighting"]) for name in _SHAPED for r in self.rows(name) if r.get("weighting")
        )

    def places(self, form: str) -> Floats:
        """Where the personas of a form stand, shape (N, 2), by configuration; NaN for nowhere."""
        table = self.tables.get("persona_positions")
        if table is None or not len(table):
            return np.empty((0, 2))
        own = table.filter(table["form"].cast(str) == form).select("x", "y")
        return own.to_numpy().astype(np.float64)

    @cached_property
    def alone(self) -> tuple[float, float] | None:
        """Where the model without a persona stands."""
        at = self.places(ALONE)
        return tuple(at[0].tolist()) if len(at) and np.isfinite(at[0]).all() else None


@dataclass(frozen=True, eq=False)
class Ground:
    """The humans on the map.

    Attributes
    ----------
    names : sequence of str
        ISO 3166 alpha-3 codes.
    points : ndarray of float64, shape (countries, 2)
    weights : mapping of str to ndarray of float64, shape (N,)
        Of the configurations asked, ascending, by weighting.
    """

    names: Sequence[str] = ()
    points: Floats = field(default_factory=lambda: np.empty((0, 2)))
    weights: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Basis(FigureBasis):
    """What a figure rests on.

    Attributes
    ----------
    models : sequence of ModelTables
        One, or those of a comparison.
    level : str
        Of intervals, such as ``95 %``.
    humans : str
        ``"humans"``, or that they are synthetic.
    source : str
        Last line of every footnote: coverage, and who answered.
    ground : Ground
        The humans on the map, as far as they are known.
    items : str
        How the questionnaire of moral foundations is called.
    told : str
        By whom biographies were written; empty where there are none.
    uniform : str
        What the weighting ``uniform`` does.
    """

    models: Sequence[ModelTables]
    ground: Ground = field(default_factory=Ground)
    items: str = "MFQ-2"
    told: str = ""
    uniform: str = UNIFORM

    @property
    def labels(self) -> str:
        """What a caption says of who answered and who is compared: simulated, synthetic."""
        said = []
        if any(m.simulated for m in self.models):
            said.append(
                "simulated model: no language model was asked"
                if len(self.models) == 1
                else "simulated models among them"
            )
        if self.humans.startswith("synthetic"):
            said.append("synthetic humans")
        if self.told:
            said.append(self.told)
        return f" ({'; '.join(said)})" if said else ""


@dataclass(frozen=True)
class Findings(RunFindings):
    """One run's study, manifest and tables.

    Attributes
    ----------
    bound : GroundedStudy
    manifest : mapping
    model : ModelTables
    folder : str
        The run's folder as commands should name it.
    """

    bound: GroundedStudy
    model: ModelTables
    folder: str

    @property
    def prevalence(self) -> Prevalence | None:
        """How common configurations are; None where the humans do not tell."""
        try:
            return self.bound.prevalence
        except MoresError:
            return None

    @property
    def uniform(self) -> str:
        """What the weighting ``uniform`` does, as sentences say it."""
        sample = self.bound.sample
        if sample.own_weights is None:
            return UNIFORM
        return "configurations counting by their own weights"

    @cached_property
    def basis(self) -> Basis:
        """What its figures rest on."""
        source = self.source()
        told = ""
        if self.made("biographies"):
            told = "simulated biographies"
            source += " · simulated biographies: written by a grammar, not a language model"
        items = self.bound.questionnaire.label
        return Basis(
            [self.model],
            self.level,
            self.humans,
            f"{source}.",
            self._ground,
            items,
            told,
            self.uniform,
        )

    @property
    def _ground(self) -> Ground:
        if "persona_positions" not in self.model.tables:
            return Ground()
        from mores.populations.culture import fit_map, positions
        from mores.studies.grounded_personas.tables import weightings

        try:
            people = self.bound.humans.population
            placed = positions(people, fit_map(people), draws=2).drop_nulls(["x", "y"])
            weights = weightings(self.bound)
        except MoresError:  # data that have gone since, or make no map
            return Ground()
        return Ground(
            placed["country"].cast(str).to_list(),
            placed.select("x", "y").to_numpy().astype(np.float64),
            weights,
        )
