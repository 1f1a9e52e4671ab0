"""Studies made small, and what two runs of one study must have in common."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mores.fieldwork.store import AnswerStore
from mores.measures import moral_foundations
from mores.report import bundle
from mores.report.frames import write_parquet, write_tables
from mores.report.style import on_page
from mores.studies.grounded_personas.alignment_tables import alignment_tables
from mores.studies.registry import preset_text
from mores.workflow import Run


def study_of(name: str, folder: Path) -> str:
    """The path of a preset with few draws, few countries and no baselines."""
    text = re.sub(r"(?m)^(draws|permutations) = \d+", r"\1 = 100", preset_text(name))
    text = re.sub(r"(?m)^resamples = \d+", "resamples = 20", text)
    text = re.sub(r"(?m)^countries = .*", 'countries = ["JPN", "SWE", "GBR"]', text, count=1)
    text = text.replace("baselines = true", "baselines = false")
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def stored(folder: Path) -> tuple[Any, list[Any]]:
    """What a run's store holds, but for how long answers took."""
    with AnswerStore(folder / "answers.sqlite") as store:
        rows = [row for chunk in store.rows() for row in chunk]
        return store.meta(), [row[:9] + row[10:] for row in rows]


def assert_equal(one: Run, other: Run) -> None:
    """Equality of all answers but for how long they took, all tables, and what the manifests count."""
    assert one.answers.drop("seconds").equals(other.answers.drop("seconds"))
    assert one.tables.keys() == other.tables.keys() != set()
    assert [n for n, table in other.tables.items() if not one.tables[n].equals(table)] == []
    for kept in ("counts", "planned", "state", "synthetic", "fingerprint", "model", "tokens"):
        assert one.manifest[kept] == other.manifest[kept], kept
    assert one.exit_code == other.exit_code


def leave_out_figures(patch: pytest.MonkeyPatch) -> None:
    """Reports of answers and tables alone: of a small run, figures and page take most of the time."""

    def written(folder: Path, bound: Any, manifest: Any, answers: Any, tables: Any) -> None:
        if answers is not None:
            write_parquet(answers, folder / "answers.parquet")
        write_tables(folder / "tables", tables)

    patch.setattr(bundle, "write_report", written)


def leave_out_pictures(patch: pytest.MonkeyPatch) -> None:
    """Reports whose figures are drawn and stand on the page, but are not made into pictures."""

    def without(folder: Path, charts: Any) -> Any:
        return [on_page(chart, '<svg viewBox="0 0 1 1"></svg>') for chart in charts]

    patch.setattr(bundle, "write_charts", without)


def compare_humans_less(patch: pytest.MonkeyPatch) -> None:
    """Less of what a run of grounded-personas computes of humans, whatever the model answers.

    Omega of a few personas would not be found either, in thousands of steps: here it is a sum.
    """
    assert alignment_tables.__kwdefaults__ is not None
    patch.setitem(alignment_tables.__kwdefaults__, "splits", 4)
    patch.setattr(moral_foundations, "_omega", lambda covariances: float(covariances.sum()))
