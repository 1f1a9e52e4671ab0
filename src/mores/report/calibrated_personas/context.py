"""What figures and pages are made from: the tables of one model or of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from mores.report.calibrated_personas.labels import ALL_COUNTRIES, arms_of
from mores.report.run_findings import FigureBasis, Rows, RowTables, RunFindings, known

if TYPE_CHECKING:
    import polars as pl


__all__ = ["ERROR", "Basis", "Findings", "ModelTables", "Rows", "ends_of", "known", "mean_of"]

Floats: TypeAlias = npt.NDArray[np.float64]
Crowd: TypeAlias = tuple[Floats, Floats]
_BASELINE = "baseline"
ERROR = "absolute_error"
"""What tests call the error of a predicted mean."""


def ends_of(row: Mapping[str, Any], column: str) -> tuple[float, float, str] | None:
    """An interval and what it is over: questions, which every arm has, or else personas."""
    for prefix, over in ((f"{column}_questions", "questions"), (column, "personas")):
        low, high = known(row, f"{prefix}_low"), known(row, f"{prefix}_high")
        if low is not None and high is not None:
            return low, high, over
    return None


def mean_of(values: Sequence[float | None]) -> float | None:
    """Mean of what is known; None if nothing is."""
    there = [v for v in values if v is not None]
    return sum(there) / len(there) if there else None


@dataclass(frozen=True)
class ModelTables(RowTables):
    """The tables of one model."""

    @cached_property
    def reference(self) -> dict[str, tuple[str, str]]:
        """Guidance variant and descriptor set that stand for each arm.

        Those that most arms share; the first ones of the table where that does not decide.
        """
        found: dict[str, list[tuple[str, str]]] = {}
        for name in ("errors_by_country", "errors", "positions", "sample_size", "calibration"):
            for row in self.rows(name):
                if not _is_baseline(row) and row.get("kind") != "human" and row.get("arm"):
                    pair = (row.get("guidance") or "", row.get("descriptors") or "")
                    found.setdefault(row["arm"], []).append(pair)
        shared = Counter(part for pairs in found.values() for part in {g for g, _ in pairs})
        sets = Counter(part for pairs in found.values() for part in {d for _, d in pairs})
        return {
            arm: max(dict.fromkeys(found[arm]), key=lambda p: (shared[p[0]], sets[p[1]]))
            for arm in arms_of(found)
        }

    @property
    def arms(self) -> list[str]:
        """Arms in their usual order, without baselines."""
        return list(self.reference)

    def main(self, name: str, **equal: object) -> Rows:
        """As `rows`, of the condition that stands for each arm; a column it lacks says nothing."""
        return [
            r
            for r in self.rows(name, **equal)
            if not _is_baseline(r) and self._stands_for_its_arm(r)
        ]

    def _stands_for_its_arm(self, row: Mapping[str, Any]) -> bool:
        guidance, descriptors = self.reference.get(row["arm"], ("", ""))
        return row.get("guidance", guidance) in (guidance, None) and (
            row.get("descriptors", descriptors) in (descriptors, None)
        )

    def baselines(self, name: str, **equal: object) -> Rows:
        """As `rows`, of what stands beside the model."""
        return [r for r in self.rows(name, **equal) if _is_baseline(r)]

    @cached_property
    def countries(self) -> list[str]:
        """Countries, the ones that the generic arm (or the first) gets right coming first."""
        rows = [r for r in self.main("errors_by_country") if r["country"] != ALL_COUNTRIES]
        arm = "generic" if any(r["arm"] == "generic" for r in rows) else None
        arm = arm or (rows[0]["arm"] if rows else "")
        errors = {r["country"]: known(r, "mae") for r in rows if r["arm"] == arm}
        order = [(e if e is not None else 9.0, c) for c, e in errors.items()]
        there = dict.fromkeys([c for _, c in sorted(order)])
        return list(there | dict.fromkeys(r["country"] for r in rows))

    @cached_property
    def mae(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Rows of errors by country, by arm and country, of the condition that stands for the arm."""
        return {(r["arm"], r["country"]): r for r in self.main("errors_by_country")}


def _is_baseline(row: Mapping[str, Any]) -> bool:
    return row.get("kind") == _BASELINE or row.get("model") == _BASELINE


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
    crowds : callable or None
        Positions on the cultural map, shape (n, 2), and weights of the respondents of some countries.
    """

    models: Sequence[ModelTables]
    crowds: Callable[[Sequence[str]], Mapping[str, Crowd]] | None = None

    @property
    def single(self) -> bool:
        """Whether there is one model only."""
        return len(self.models) == 1

    @property
    def arms(self) -> list[str]:
        """Arms of any of the models."""
        return arms_of(arm for model in self.models for arm in model.arms)


@dataclass(frozen=True)
class Findings(RunFindings):
    """One run's study, manifest, answers and tables.

    Attributes
    ----------
    bound : BoundStudy
    manifest : mapping
    answers : polars.DataFrame
        One row a request.
    model : ModelTables
    folder : str
        The run's folder as commands should name it.
    """

    answers: pl.DataFrame
    model: ModelTables
    folder: str

    @cached_property
    def basis(self) -> Basis:
        """What its figures rest on."""
        source = self.source("coded")
        return Basis([self.model], self.level, self.humans, f"{source}.", self.crowds)

    def crowds(self, countries: Sequence[str]) -> dict[str, Crowd]:
        """Where the respondents of some countries lie on the map, with their survey weights."""
        import polars as pl

        from mores.populations.culture import fit_map, respondent_positions

        population = self.bound.humans.population
        everyone = respondent_positions(population, fit_map(population)).filter(
            pl.col("x").is_not_null(), pl.col("weight") > 0, pl.col("country").is_in(countries)
        )
        parts = {c: everyone.filter(pl.col("country") == c) for c in countries}
        return {
            c: (part.select("x", "y").to_numpy(), part["weight"].to_numpy())
            for c, part in parts.items()
        }
