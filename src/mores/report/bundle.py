"""All that a run leaves for its reader: answers, tables, figures and the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.report.files import replace_text
from mores.report.frames import write_parquet, write_tables
from mores.report.page import rendered
from mores.report.registry import reporting_of
from mores.report.style import write_charts

if TYPE_CHECKING:
    import polars as pl

    from mores.studies.study import BoundStudy

__all__ = ["write_report"]


def write_report(
    folder: Path,
    bound: BoundStudy,
    manifest: Mapping[str, Any],
    answers: pl.DataFrame | None,
    tables: Mapping[str, pl.DataFrame],
) -> Path:
    """Write answers, tables, figures and page into a run's folder.

    Each file is replaced in one step, and tables and figures of earlier reports are removed. Equal
    input gives equal bytes.

    Parameters
    ----------
    folder : Path
        The run's folder.
    bound : BoundStudy
        The resolved study.
    manifest : mapping
        The run's manifest, with the counts of this report.
    answers : polars.DataFrame or None
        One row a request; None of a study whose answers are analysed in parts, and were written then.
    tables : mapping of str to polars.DataFrame
        The study's tables by name.

    Returns
    -------
    Path
        The page, ``report.html``.

    Raises
    ------
    StudyError
        If the study has no report.
    StoreError
        If the disk does not take a file.
    """
    study = reporting_of(bound.file.study)
    if answers is not None:
        write_parquet(answers, folder / "answers.parquet")
    write_tables(folder / "tables", tables)
    found = study.open_findings(folder, bound, manifest, answers, tables)
    figures = write_charts(folder / "figures", study.charts(found))
    return replace_text(folder / "report.html", rendered(study.page(found, figures)))
