"""What the report room asks of the study of calibrated value personas: its figures and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart, FigureBlock, Page
from mores.report.calibrated_personas import closing_sections, error_sections, further_sections
from mores.report.calibrated_personas.cloud_figure import persona_clouds
from mores.report.calibrated_personas.context import Findings, ModelTables
from mores.report.calibrated_personas.error_figures import error_by_arm
from mores.report.calibrated_personas.heat_figure import heat_map
from mores.report.calibrated_personas.labels import safe
from mores.report.calibrated_personas.map_figure import cultural_map
from mores.report.calibrated_personas.question_figure import by_question
from mores.report.calibrated_personas.robustness_figures import descriptor_sets, guidance_variants
from mores.report.calibrated_personas.sample_figure import error_by_personas
from mores.report.calibrated_personas.sentences import findings
from mores.report.calibrated_personas.shapley_figure import importance
from mores.report.calibrated_personas.temperature_figure import by_temperature
from mores.report.calibrated_personas.variance_figures import variance_charts
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
    """The paper's figures 1 to 11, each where its data exist."""
    basis = found.basis
    drawn = [
        cultural_map(basis),
        persona_clouds(basis),
        error_by_arm(basis),
        error_by_personas(basis),
        *variance_charts(basis),
        guidance_variants(basis),
        descriptor_sets(basis),
        importance(basis),
        by_question(basis),
        by_temperature(basis),
        heat_map(basis),
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
    by_name = {figure.name: figure for figure in figures}
    return Page(
        title=title_of(found.bound, found.manifest),
        subtitle=label_of(found.manifest),
        banners=banners(found.manifest),
        facts=facts(found.bound, found.manifest),
        findings=findings(found),
        coverage=coverage_sentence(found.manifest),
        sections=[
            error_sections.asked(found),
            error_sections.errors(found, by_name),
            error_sections.on_map(found, by_name),
            further_sections.diversity(found, by_name),
            further_sections.calibration(found, by_name),
            further_sections.importance(found, by_name),
            error_sections.questions(found, by_name),
            further_sections.robustness(found, by_name),
            closing_sections.doubts(found),
            closing_sections.methods(found),
            closing_sections.reproduce(found),
        ],
    )
