"""What figures and pages are made from: the tables of one model or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mores.errors import MoresError
from mores.report.grounded_personas.labels import ALONE, forms_of, safe, weightings_of
from mores.report.heading import label_of
from mores.report.numbers import bounds, level_text, percent

if TYPE_CHECKING:
    import polars as pl

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

Rows: TypeAlias = list[dict[str, Any]]
Floats: TypeAlias = NDArray[np.float64]

UNIFORM = "every configuration of the grid counting the same"

_SHAPED = ("clouds", "alignment_overall", "moral_foundations", "variable_importance", "diversity")


def known(row: Mapping[str, Any], column: str) -> float | None:
    """A finite number of a row; None where there is none, or no such column."""
    value = row.get(column)
    return float(value) if value is not None and isfinite(value) else None


def whole(row: Mapping[str, Any], column: str) -> int | None:
    """A count of a row; None where there is none."""
    value = known(row, column)
    return None if value is None else int(value)


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
class ModelTables:
    """The tables of one model.

    Attributes
    ----------
    label : str
        Safe to show.
    simulated : bool
        Whether no language model was asked.
    tables : mapping of str to polars.DataFrame
        By name; any of them may be absent or empty.
    """

    label: str
    simulated: bool
    tables: Mapping[str, pl.DataFrame]

    @cached_property
    def _held(self) -> dict[str, Rows]:
        return {}

    def rows(self, name: str, **equal: object) -> Rows:
        """Rows of a table in which these columns hold these values; none if it is absent."""
        if name not in self._held:
            table = self.tables.get(name)
            self._held[name] = [] if table is None else table.rows(named=True)
        rows = self._held[name]
        return [r for r in rows if all(r.get(k) == v for k, v in equal.items())]

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
class Basis:
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
    level: str
    humans: str
    source: str
    ground: Ground = field(default_factory=Ground)
    items: str = "MFQ-2"
    told: str = ""
    uniform: str = UNIFORM

    @property
    def who(self) -> str:
        """The models as subtitles name them; says so when they are simulated."""
        made_up = sum(m.simulated for m in self.models)
        if len(self.models) == 1:
            return "simulated model" if made_up else self.models[0].label
        return f"{len(self.models)} models" + (", all simulated" * (made_up == len(self.models)))

    def note(self, *lines: str) -> str:
        """A footnote."""
        return "\n".join([line for line in lines if line] + [self.source])

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
class Findings:
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
    manifest: Mapping[str, Any]
    model: ModelTables
    folder: str

    @property
    def simulated(self) -> bool:
        """Whether no language model was asked."""
        return bool(self.manifest["model"]["simulated"])

    def made(self, what: str) -> bool:
        """Whether ``"humans"`` or ``"biographies"`` were made up."""
        return what in self.manifest.get("synthetic", [])

    @property
    def humans(self) -> str:
        """The humans as sentences name them."""
        return "synthetic humans" if self.made("humans") else "humans"

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

    @property
    def label(self) -> str:
        """The model's label, safe to show."""
        return safe(label_of(self.manifest), 60)

    @property
    def level(self) -> str:
        """Level of the intervals, such as ``95 %``."""
        return level_text(self.bound.file.analysis.level)

    @cached_property
    def basis(self) -> Basis:
        """What its figures rest on."""
        counts, planned = self.manifest["counts"], self.manifest["planned"]
        share = percent(counts["coded"] / planned if planned else None)
        whose = "simulated: no language model was asked" if self.simulated else self.label
        source = f"{counts['coded']:,} of {planned:,} requests asked are coded ({share}) · {whose}"
        if self.made("humans"):
            source += " · synthetic humans: drawn from a model, no real people"
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
