"""Several runs of one study side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mores.report.files import folder_for, replace_text
from mores.report.frames import write_tables
from mores.report.heading import label_of
from mores.report.page import rendered
from mores.report.registry import Run, comparing_of
from mores.report.style import write_charts

__all__ = ["labelled", "write_comparison"]


def labelled(runs: Sequence[Run]) -> list[tuple[str, Run]]:
    """Runs with labels of their own: the model's, and the folder's name where two share it."""
    shared = Counter(label_of(run.manifest) for run in runs)
    out: list[tuple[str, Run]] = []
    taken: Counter[str] = Counter()
    for run in runs:
        label = label_of(run.manifest)
        if shared[label] > 1:
            label = f"{label} ({run.folder.name or run.folder})"
        taken[label] += 1
        # Folders may share their names as well.
        out.append((label if taken[label] == 1 else f"{label} {taken[label]}", run))
    return out


def write_comparison(runs: Sequence[Run], out: Path) -> Path:
    """Write tables, figures and page of a comparison.

    Parameters
    ----------
    runs : sequence of Run
        Two or more finished runs of one study.
    out : Path
        The folder; made if it does not exist. Tables and figures of an earlier comparison in it are
        replaced.

    Returns
    -------
    Path
        The page, ``comparison.html``.

    Raises
    ------
    StudyError
        If the study has no comparison.
    StoreError
        If the disk does not take a file.
    """
    study = comparing_of(runs[0].manifest["study"])
    named = labelled(runs)
    folder_for(out)
    tables = study.tables(named)
    write_tables(out / "tables", tables)
    figures = write_charts(out / "figures", study.charts(named))
    return replace_text(out / "comparison.html", rendered(study.page(named, tables, figures)))
