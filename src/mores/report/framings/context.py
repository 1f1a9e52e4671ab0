"""What figures and pages are made from: the tables of one model or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

from mores.report.framings.labels import ALL, framings_of, safe
from mores.report.heading import label_of
from mores.report.numbers import bounds, level_text, percent

if TYPE_CHECKING:
    import polars as pl

    from mores.studies.study import BoundStudy

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

Rows: TypeAlias = list[dict[str, Any]]
POINT = "point"
"""The form of the measures in which an answer is one option, as in the paper."""


def known(row: Mapping[str, Any], column: str) -> float | None:
    """A finite number of a row; None where there is none, or no such column."""
    value = row.get(column)
    return float(value) if value is not None and isfinite(value) else None


def whole(row: Mapping[str, Any], column: str) -> int | None:
    """A count of a row; None where there is none."""
    value = known(row, column)
    return None if value is None else int(value)


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
    """

    models: Sequence[ModelTables]
    level: str
    humans: str
    source: str

    @property
    def who(self) -> str:
        """The models as subtitles name them; says so when they are simulated."""
        made_up = sum(m.simulated for m in self.models)
        if len(self.models) == 1:
            return "simulated model" if made_up else self.models[0].label
        return f"{len(self.models)} models" + (", all simulated" * (made_up == len(self.models)))

    @property
    def subtitle(self) -> str:
        """Who is compared with whom."""
        return f"{self.who} against {self.humans}"

    def note(self, *lines: str) -> str:
        """A footnote."""
        return "\n".join([line for line in lines if line] + [self.source])


@dataclass(frozen=True)
class Findings:
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

    bound: BoundStudy
    manifest: Mapping[str, Any]
    answers: pl.DataFrame
    model: ModelTables
    folder: str

    @property
    def simulated(self) -> bool:
        """Whether no language model was asked."""
        return bool(self.manifest["model"]["simulated"])

    @property
    def synthetic(self) -> bool:
        """Whether the humans were made by a model."""
        return "humans" in self.manifest.get("synthetic", [])

    @property
    def humans(self) -> str:
        """The humans as sentences name them."""
        return "synthetic humans" if self.synthetic else "humans"

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
        if self.synthetic:
            source += " · synthetic humans: drawn from a model, no real people"
        return Basis([self.model], self.level, self.humans, f"{source}.")


def by_country(found: Findings) -> bool:
    """Whether a slice's humans are all of its country, whatever language they were interviewed in."""
    return getattr(found.bound.file, "humans_by", "") == "country"
