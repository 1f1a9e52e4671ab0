"""What figures and pages are made from: the tables of one model or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mores.report.framings.labels import ALL, framings_of
from mores.report.numbers import bounds
from mores.report.run_findings import FigureBasis, Rows, RowTables, RunFindings, known, whole

if TYPE_CHECKING:
    import polars as pl


__all__ = [
    "POINT",
    "Basis",
    "Findings",
    "ModelTables",
    "Rows",
    "bracketed",
    "by_country",
    "ends_of",
    "known",
    "whole",
]

POINT = "point"
"""The form of the measures in which an answer is one option, as in the paper."""


def ends_of(row: Mapping[str, Any], column: str, over: str = "") -> tuple[float, float] | None:
    """An interval: over questions, or over ``humans`` or ``both``; None where there is none."""
    tail = f"_{over}" if over else ""
    low, high = known(row, f"{column}_low{tail}"), known(row, f"{column}_high{tail}")
    return (low, high) if low is not None and high is not None else None


def bracketed(row: Mapping[str, Any], column: str, over: str = "", sign: bool = False) -> str:
    """An interval as a reader sees it; empty where there is none."""
    low, high = ends_of(row, column, over) or (None, None)
    return bounds(low, high, sign=sign)


@dataclass(frozen=True)
class ModelTables(RowTables):
    """The tables of one model."""

    def main(self, name: str, **equal: object) -> Rows:
        """As `rows`, in the form that figures show; a table without forms says nothing of them."""
        return [r for r in self.rows(name, **equal) if r.get("form", self.form) == self.form]

    @cached_property
    def forms(self) -> list[str]:
        """Forms of the measures that there are, that of point answers first."""
        found = {str(r["form"]) for r in self.rows("overall") if r.get("form")}
        return sorted(found, key=lambda f: (f != POINT, f))

    @cached_property
    def form(self) -> str:
        """The form that figures show: point answers, as in the paper, where they are."""
        return self.forms[0] if self.forms else POINT

    @cached_property
    def framings(self) -> list[str]:
        """Framings that any table has."""
        names = ("overall", "by_slice", "refusals", "requests")
        return framings_of(r["framing"] for name in names for r in self.rows(name))

    @cached_property
    def slices(self) -> list[str]:
        """Slices by language, in the order of the tables."""
        rows = self.rows("by_slice") or self.rows("deviations")
        found = dict.fromkeys(r["slice"] for r in rows if r["slice"] != ALL)
        return list(found)

    @cached_property
    def overall(self) -> dict[str, dict[str, Any]]:
        """Rows over all slices and units, by framing."""
        rows = {r["framing"]: r for r in self.main("overall")}
        return {f: rows[f] for f in self.framings if f in rows}

    @property
    def strongest(self) -> str | None:
        """The framing with the greatest alignment; None if none has any."""
        there = {f: v for f, r in self.overall.items() if (v := known(r, "alignment")) is not None}
        return max(there, key=lambda f: there[f]) if there else None

    @property
    def crossed(self) -> bool:
        """Whether countries were asked about in other languages than their own."""
        return bool(self.rows("prompt_languages"))


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
    """

    models: Sequence[ModelTables]


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
        source = self.source()
        return Basis([self.model], self.level, self.humans, f"{source}.")


def by_country(found: Findings) -> bool:
    """Whether a slice's humans are all of its country, whatever language they were interviewed in."""
    return getattr(found.bound.file, "humans_by", "") == "country"
