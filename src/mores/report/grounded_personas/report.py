"""What the report room asks of the grounded-personas study: its figures and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart, FigureBlock, Page
from mores.report.grounded_personas import closing_sections, further_sections, sections
from mores.report.grounded_personas.alignment_figure import alignment
from mores.report.grounded_personas.biography_figures import contradictions, demographics
from mores.report.grounded_personas.collapse_figure import collapse
from mores.report.grounded_personas.context import Findings, ModelTables
from mores.report.grounded_personas.diversity_figure import diversity
from mores.report.grounded_personas.foundations_figure import foundations
from mores.report.grounded_personas.importance_figure import importance
from mores.report.grounded_personas.labels import safe
from mores.report.grounded_personas.map_figure import persona_map
from mores.report.grounded_personas.movement_figure import movement
from mores.report.grounded_personas.sentences import findings
from mores.report.heading import banners, coverage_sentence, facts, label_of, shown_folder, title_of

if TYPE_CHECKING:
    import polars as pl

    from mores.studies.grounded_personas.protocol import GroundedStudy

__all__ = ["charts", "open_findings", "page"]


def open_findings(
    folder: Path,
    bound: GroundedStudy,
    manifest: Mapping[str, Any],
    answers: pl.DataFrame | None,
    tables: Mapping[str, pl.DataFrame],
) -> Findings:
    """Put together what figures and page are made from; answers are analysed in parts, not shown."""
    simulated = bool(manifest["model"]["simulated"])
    model = ModelTables(safe(label_of(manifest), 60), simulated, tables)
    return Findings(bound, manifest, model, shown_folder(folder))


def charts(found: Findings) -> list[Chart]:
    """Figures 1 to 9, each where its tables are there."""
    basis = found.basis
    drawn = [
        persona_map(basis),
        movement(basis),
        alignment(basis),
        foundations(basis),
        importance(basis),
        collapse(basis),
        diversity(basis),
        contradictions(basis),
        demographics(basis),
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
        sections.on_the_map(found, drawn),
        sections.movement(found, drawn),
        sections.alignment(found, drawn),
        further_sections.foundations(found, drawn),
        further_sections.importance(found, drawn),
        further_sections.collapse(found, drawn),
        further_sections.diversity(found, drawn),
        further_sections.biographies(found, drawn),
        closing_sections.prompts(found),
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
        sections=parts,
    )
