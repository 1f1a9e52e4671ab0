"""What figures and page of one run are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mores.report.numbers import level_text
from mores.report.value_action.labels import category_rows, given_as
from mores.report.visible import visible
from mores.studies.value_action.framing import framing_sentence

if TYPE_CHECKING:
    import polars as pl

    from mores.instruments.dilemmas import Dilemma
    from mores.report.value_action.labels import Group
    from mores.studies.study import BoundStudy
    from mores.studies.value_action.protocol import ValueActionStudy

__all__ = ["Findings"]


@dataclass(frozen=True)
class Findings:
    """One run's study, manifest, answers and tables.

    Attributes
    ----------
    study : ValueActionStudy
    manifest : mapping
    answers : polars.DataFrame
        One row a request.
    tables : mapping of str to polars.DataFrame
        As `mores.studies.value_action.tables` names them.
    folder : str
        The run's folder as commands should name it.
    """

    study: ValueActionStudy
    manifest: Mapping[str, Any]
    answers: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    folder: str

    @property
    def bound(self) -> BoundStudy:
        """The study as the heads of all pages know it."""
        return self.study

    @cached_property
    def values(self) -> dict[str, str]:
        """Names of the values that were asked about, by id, safe to show."""
        return {d.value: visible(d.value_label, breaks=False)[:60] for d in self.asked}

    @cached_property
    def topics(self) -> dict[str, str]:
        """Names of the topics, by id, safe to show."""
        return {d.topic: visible(d.topic_label, breaks=False)[:60] for d in self.asked}

    @cached_property
    def asked(self) -> list[Dilemma]:
        """The dilemmas that were asked."""
        return [self.study.dilemmas[i] for i in self.study.chosen.tolist()]

    @property
    def simulated(self) -> bool:
        """Whether no language model was asked."""
        return bool(self.manifest["model"]["simulated"])

    @property
    def label(self) -> str:
        """The model's label, safe to show."""
        return visible(str(self.manifest["model"]["label"]), breaks=False)[:80]

    @property
    def who(self) -> str:
        """The model as figures name it, and whose the personas are where they are not its own."""
        name = "simulated model" if self.simulated else self.label
        return " · ".join(filter(None, (name, given_as(self.study.framing))))

    @property
    def framing(self) -> list[str]:
        """What the framing asks of the model, as a sentence; none where personas are its own."""
        return framing_sentence(self.study.framing)

    @property
    def level(self) -> str:
        """Level of the intervals, such as ``95 %``."""
        return level_text(self.study.file.analysis.level)

    @property
    def categories(self) -> list[tuple[Group, dict[str, Any]]]:
        """Rows of the main table, in the paper's order."""
        return category_rows(self.tables["alignment_by_category"])

    @property
    def baseline(self) -> dict[str, Any] | None:
        """The baseline's row; None if it was not asked."""
        return next((row for group, row in self.categories if group.baseline), None)

    @property
    def coverage_line(self) -> str:
        """Coded of planned requests, for figures."""
        counts, planned = self.manifest["counts"], self.manifest["planned"]
        coded = counts["coded"]
        share = 100 * coded / planned if planned else 0.0
        return f"{coded:,} of {planned:,} requests coded ({share:.1f}\u00a0%)"

    def source(self, what: str) -> str:
        """A figure's footnote: what, of how many, and whether it is simulated."""
        whose = "Simulated: no language model was asked." if self.simulated else self.label
        return f"{what}\n{self.coverage_line} · {whose}"
