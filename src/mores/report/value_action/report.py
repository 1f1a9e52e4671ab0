"""What the report room asks of the value–action study: its figures and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mores.report.blocks import Chart, FigureBlock, Page
from mores.report.heading import banners, coverage_sentence, facts, label_of, shown_folder, title_of
from mores.report.numbers import number_of
from mores.report.value_action import alignment_sections, answer_sections, closing_sections
from mores.report.value_action.alignment_figures import MEASURES, ModelRows, by_category
from mores.report.value_action.answer_figures import answer_distribution, positions
from mores.report.value_action.context import Findings
from mores.report.value_action.gain_figures import delta_by_value, personas
from mores.report.value_action.labels import renderings_of
from mores.report.value_action.matrix_figure import value_by_persona
from mores.report.value_action.prevalence_section import prevalence
from mores.report.value_action.sentences import findings
from mores.report.value_action.tracing import trace_data

if TYPE_CHECKING:
    import polars as pl

    from mores.studies.study import BoundStudy
    from mores.studies.value_action.protocol import ValueActionStudy

__all__ = ["charts", "open_findings", "page"]


def open_findings(
    folder: Path,
    bound: BoundStudy,
    manifest: Mapping[str, Any],
    answers: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
) -> Findings:
    """Put together what figures and page are made from."""
    study = cast("ValueActionStudy", bound)
    return Findings(study, manifest, answers, tables, shown_folder(folder))


def charts(found: Findings) -> list[Chart]:
    """All figures of a run: the paper's 2 to 5, and gains, personas and places."""
    n = number_of(len(found.study.chosen), "dilemma")
    repeats = found.study.file.asking.repeats
    often = "each question asked once" if repeats == 1 else f"{repeats} repeats a question"
    asked = found.source(f"{n}, {often}.")
    rows = [ModelRows(found.label, found.tables["alignment_by_category"])]
    drawn = [by_category(m, rows, found.level, asked, found.who) for m in MEASURES]
    renderings = renderings_of(found.tables["value_by_persona"])
    for place, rendering in enumerate(renderings or ["none"]):
        drawn.append(value_by_persona(found, rendering, first=place == 0))
    drawn.append(answer_distribution(found))
    for place, rendering in enumerate(renderings):
        if found.baseline is not None:
            drawn.append(delta_by_value(found, rendering, first=place == 0))
        drawn.append(personas(found, rendering, first=place == 0))
    drawn.append(positions(found))
    return [replace(chart, caption=" ".join([chart.caption, *found.framing])) for chart in drawn]


def page(found: Findings, figures: Sequence[FigureBlock]) -> Page:
    """The page of a run.

    Parameters
    ----------
    found : Findings
    figures : sequence of FigureBlock
        Those of `charts`, made fit for a page.
    """
    by_name = {figure.name: figure for figure in figures}
    sections = [
        alignment_sections.findings_section(found, by_name),
        alignment_sections.floors(found),
        *alignment_sections.by_dilemma(found, by_name),
        alignment_sections.by_persona(found, by_name),
        answer_sections.distribution(found, by_name),
        answer_sections.positions(found, by_name),
        answer_sections.stability(found),
        answer_sections.anchoring(found),
        answer_sections.coverage(found),
        prevalence(found),
        closing_sections.doubts(found),
        closing_sections.methods(found),
        closing_sections.reproduce(found),
        closing_sections.trace_section(found),
    ]
    return Page(
        title=title_of(found.bound, found.manifest),
        subtitle=label_of(found.manifest),
        banners=banners(found.manifest),
        facts=facts(found.bound, found.manifest),
        findings=findings(found),
        coverage=coverage_sentence(found.manifest),
        sections=[section for section in sections if section is not None],
        data=trace_data(found),
    )
