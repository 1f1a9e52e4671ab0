"""Which module draws which study; loaded when a report of it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from mores.errors import StudyError, nearest

if TYPE_CHECKING:
    import polars as pl

    from mores.report.blocks import Chart, FigureBlock, Page
    from mores.studies.study import BoundStudy

__all__ = ["Comparing", "Reporting", "Run", "comparing_of", "reporting_of"]

# study -> module that offers what `Reporting` asks for, and one that offers `Comparing`
_REPORTS = {
    "value-action": "mores.report.value_action.report",
    "calibrated-personas": "mores.report.calibrated_personas.report",
    "framings": "mores.report.framings.report",
    "grounded-personas": "mores.report.grounded_personas.report",
}
_COMPARISONS = {
    "value-action": "mores.report.value_action.compare",
    "calibrated-personas": "mores.report.calibrated_personas.compare",
    "framings": "mores.report.framings.compare",
    "grounded-personas": "mores.report.grounded_personas.compare",
}


class Run(Protocol):
    """A finished run, as `mores.workflow.Run` is one."""

    @property
    def folder(self) -> Path:
        """Where it is."""
        ...

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What its manifest holds."""
        ...

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The study's tables by name."""
        ...


class Reporting(Protocol):
    """What a study's module draws of one run."""

    def open_findings(
        self,
        folder: Path,
        bound: BoundStudy,
        manifest: Mapping[str, Any],
        answers: Any,  # polars.DataFrame; None of a study that is analysed in parts
        tables: Mapping[str, pl.DataFrame],
    ) -> Any:
        """Whatever `charts` and `page` are made from."""
        ...

    def charts(self, found: Any) -> list[Chart]:
        """Its figures."""
        ...

    def page(self, found: Any, figures: Sequence[FigureBlock]) -> Page:
        """Its page, with the figures as they were written."""
        ...


class Comparing(Protocol):
    """What a study's module draws of several runs."""

    def tables(self, runs: Sequence[tuple[str, Run]]) -> dict[str, pl.DataFrame]:
        """Tables of the comparison by name; each run with a label of its own."""
        ...

    def charts(self, runs: Sequence[tuple[str, Run]]) -> list[Chart]:
        """Its figures."""
        ...

    def page(
        self,
        runs: Sequence[tuple[str, Run]],
        tables: Mapping[str, pl.DataFrame],
        figures: Sequence[FigureBlock],
    ) -> Page:
        """Its page."""
        ...


def reporting_of(study: str) -> Reporting:
    """The module that reports on a study.

    Raises
    ------
    StudyError
        If there is none.
    """
    return cast(Reporting, _module(study, _REPORTS))


def comparing_of(study: str) -> Comparing:
    """The module that compares runs of a study.

    Raises
    ------
    StudyError
        If there is none.
    """
    return cast(Comparing, _module(study, _COMPARISONS))


def _module(study: str, modules: Mapping[str, str]) -> object:
    if study not in modules:
        raise StudyError(f"there is no report for study {study!r}; {nearest(study, modules)}")
    return import_module(modules[study])
