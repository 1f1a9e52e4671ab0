"""What figures and pages of every study begin with: the tables of a model, and what a run was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

from mores.report.heading import label_of
from mores.report.numbers import level_text, percent
from mores.report.visible import label_text

if TYPE_CHECKING:
    import polars as pl

    from mores.studies.study import BoundStudy

__all__ = ["FigureBasis", "RowTables", "Rows", "RunFindings", "known", "whole"]

Rows: TypeAlias = list[dict[str, Any]]


def known(row: Mapping[str, Any], column: str) -> float | None:
    """A finite number of a row; None where there is none, or no such column."""
    value = row.get(column)
    return float(value) if value is not None and isfinite(value) else None


def whole(row: Mapping[str, Any], column: str) -> int | None:
    """A count of a row; None where there is none."""
    value = known(row, column)
    return None if value is None else int(value)


@dataclass(frozen=True)
class RowTables:
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


@dataclass(frozen=True)
class FigureBasis:
    """What a figure rests on.

    Attributes
    ----------
    models : sequence of RowTables
        One, or those of a comparison.
    level : str
        Of intervals, such as ``95 %``.
    humans : str
        ``"humans"``, or that they are synthetic.
    source : str
        Last line of every footnote: coverage, and who answered.
    """

    models: Sequence[RowTables]
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
class RunFindings:
    """One run's study and manifest.

    Attributes
    ----------
    bound : BoundStudy
    manifest : mapping
    """

    bound: BoundStudy
    manifest: Mapping[str, Any]

    @property
    def simulated(self) -> bool:
        """Whether no language model was asked."""
        return bool(self.manifest["model"]["simulated"])

    def made(self, what: str) -> bool:
        """Whether an input, such as ``"humans"``, was made up."""
        return what in self.manifest.get("synthetic", [])

    @property
    def synthetic(self) -> bool:
        """Whether the humans were made by a model."""
        return self.made("humans")

    @property
    def humans(self) -> str:
        """The humans as sentences name them."""
        return "synthetic humans" if self.synthetic else "humans"

    @property
    def label(self) -> str:
        """The model's label, safe to show."""
        return label_text(label_of(self.manifest), 60)

    @property
    def level(self) -> str:
        """Level of the intervals, such as ``95 %``."""
        return level_text(self.bound.file.analysis.level)

    def source(self, verb: str = "asked are coded") -> str:
        """How many requests were coded, who answered, and whether the humans are synthetic."""
        counts, planned = self.manifest["counts"], self.manifest["planned"]
        share = percent(counts["coded"] / planned if planned else None)
        whose = "simulated: no language model was asked" if self.simulated else self.label
        said = f"{counts['coded']:,} of {planned:,} requests {verb} ({share}) · {whose}"
        if self.synthetic:
            said += " · synthetic humans: drawn from a model, no real people"
        return said
