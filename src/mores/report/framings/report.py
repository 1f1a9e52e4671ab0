"""What the report room asks of the framings study: its figures and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart, FigureBlock, Page
from mores.report.framings import closing_sections, further_sections, sections
from mores.report.framings.context import Findings, ModelTables
from mores.report.framings.deviation_figure import deviations
from mores.report.framings.gaps_figure import gaps
from mores.report.framings.labels import safe
from mores.report.framings.language_figure import prompt_languages
from mores.report.framings.matrix_figures import by_axis, by_category, by_slice
from mores.report.framings.overall_figure import overall
from mores.report.framings.refusal_figure import refusals
from mores.report.framings.sentences import findings
from mores.report.heading import banners, coverage_sentence, facts, label_of, shown_folder, title_of

if TYPE_CHECKING:
    import polars as pl

    from mores.studies.study import BoundStudy

__all__ = ["charts", "open_findings", "page"]


def open_findings(
    folder: Path,
    bound: BoundStudy,
    manifest: Mapping[str, Any],
    answers: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
) -> Findings:
    """Put together what figures and page are made from."""
    simulated = bool(manifest["model"]["simulated"])
    model = ModelTables(safe(label_of(manifest), 60), simulated, tables)
    return Findings(bound, manifest, answers, model, shown_folder(folder))


def charts(found: Findings) -> list[Chart]:
    """The paper's figures 2 to 7, gaps, and languages where they are crossed."""
    basis = found.basis
    drawn = [
        overall(basis),
        gaps(basis),
        by_slice(basis),
        by_axis(basis),
        deviations(basis),
        by_category(basis),
        refusals(basis),
        prompt_languages(basis),
    ]
    return [chart for chart in drawn if chart is not None]


def page(found: Findings, figures: Sequence[FigureBlock]) -> Page:
    """The page of a run.

    Parameters
    ----------
    found : Findings
    figures : sequence of FigureBlock
        Those of `charts`, made fit for a page.
    """
    drawn = {figure.name: figure for figure in figures}
    parts = [
        sections.asked(found),
        sections.overall(found, drawn),
        sections.slices(found, drawn),
        further_sections.tests(found),
        sections.categories(found, drawn),
        sections.questions(found),
        sections.axes(found, drawn),
        sections.deviations(found, drawn),
        further_sections.refusals(found, drawn),
        further_sections.references(found),
        further_sections.languages(found, drawn),
        further_sections.paraphrases(found),
        further_sections.prompts(found),
        closing_sections.doubts(found),
        closing_sections.methods(found),
        closing_sections.reproduce(found),
    ]
    return Page(
        title=title_of(found.bound, found.manifest),
        subtitle=label_of(found.manifest),
        banners=banners(found.manifest),
        facts=facts(found.bound, found.manifest),
        findings=findings(found),
        coverage=coverage_sentence(found.manifest),
        sections=[part for part in parts if part is not None],
    )
