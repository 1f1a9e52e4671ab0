"""Coding in portions and in several processes gives what coding at once does."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest
from small_runs import compare_humans_less, leave_out_pictures, study_of

from mores import workflow
from mores.fieldwork.store import AnswerStore
from mores.studies.answers import collect, portions
from mores.workflow import coding, reading
from mores.workflow.coding import coded_parts, processes

PRESETS = {"value-action": 3, "framings": 2, "grounded-personas": 2, "calibrated-personas": 2}
LENGTH = 60
"""Trials of a portion, here: every run has several."""
WHOLLY_SHOWN = ("framings", "calibrated-personas")
"""Of so many replies a page of value-action holds none; one of grounded-personas has more digits."""
OF_WORDS_AND_OF_PROBABILITIES = ("value-action", "calibrated-personas")

Made = Callable[[str], Path]


@pytest.fixture(scope="module", autouse=True)
def _quickly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        leave_out_pictures(patch)
        compare_humans_less(patch)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The folder of a small run of a preset, once for all tests that read it."""

    @cache
    def folder(name: str) -> Path:
        place = tmp_path_factory.mktemp(name)
        out = place / "run"
        workflow.run(study_of(name, place), "sim", out, sample=PRESETS[name])
        return out

    return folder


def tables(folder: Path) -> dict[str, pl.DataFrame]:
    return {p.stem: pl.read_parquet(p) for p in (folder / "tables").glob("*.parquet")}


def assert_tables(folder: Path, before: dict[str, pl.DataFrame]) -> None:
    after = tables(folder)
    assert after.keys() == before.keys() != set()
    assert [name for name in before if after[name].schema != before[name].schema] == []
    different = [name for name in before if not after[name].equals(before[name])]
    # the mean mass of several portions differs in its last digits
    assert set(different) <= {"requests"}
    for name in different:
        one, other = (table[name].with_columns(cs.float().round(9)) for table in (before, after))
        assert one.equals(other)


def page(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PRESETS)
def test_parts_and_narrow_columns_change_nothing(
    name: str, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made(name)
    answers, before, shown = pl.read_parquet(run / "answers.parquet"), tables(run), page(run)
    monkeypatch.setattr(reading, "WHOLE", 0)
    monkeypatch.setattr("mores.report.value_action.tracing.MOST_REPLIES", 0)
    monkeypatch.setitem(coded_parts.__kwdefaults__, "length", LENGTH)
    (run / "report.html").unlink()
    workflow.report(run)
    assert pl.read_parquet(run / "answers.parquet").equals(answers)
    assert_tables(run, before)
    assert "</html>" in page(run)
    if name in WHOLLY_SHOWN:
        assert page(run) == shown
    assert not (run / ".answers.parquet.parts").exists()


def opened(run: Path) -> tuple[Any, tuple[str, str, str]]:
    bound, model, _ = reading.open_run(run)
    return bound.design(model), (bound.file.study, model.label, bound.language)


@pytest.mark.parametrize("name", PRESETS)
def test_portions_give_equal_rows(name: str, made: Made, tmp_path: Path) -> None:
    design, of_model = opened(made(name))
    length = design.selected // 4
    found = [trial for part in portions(design, length) for trial in part.tolist()]
    assert found == sorted(set(found))
    assert len(found) == design.selected
    with AnswerStore(made(name) / "answers.sqlite") as store:
        parts = list(
            coded_parts(made(name), design, store, of_model, tmp_path, others=0, length=length)
        )
        assert len(parts) > 1
        assert pl.concat(parts).equals(collect(design, store, *of_model))


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """The processes that code beside this one."""
    found: list[subprocess.Popen[str]] = []
    usual = subprocess.Popen

    def kept(*given: Any, **named: Any) -> Any:
        found.append(usual(*given, **named))
        return found[-1]

    monkeypatch.setattr(coding.subprocess, "Popen", kept)
    return found


@pytest.mark.parametrize("name", OF_WORDS_AND_OF_PROBABILITIES)
def test_processes_give_equal_rows(
    name: str,
    made: Made,
    begun: list[subprocess.Popen[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = made(name)
    design, of_model = opened(run)
    monkeypatch.setattr(coding, "write_part", None)  # this process codes none
    with AnswerStore(run / "answers.sqlite") as store:
        parts = coded_parts(run, design, store, of_model, tmp_path, others=2, length=LENGTH)
        found = list(parts)
        whole = collect(design, store, *of_model)
    assert len(found) > 2
    assert pl.concat(found).equals(whole)
    assert whole["probabilities"].is_null().all() == (name == "value-action")
    assert [process.poll() is not None for process in begun] == [True, True]


def test_a_dead_process_costs_nothing(
    made: Made,
    begun: list[subprocess.Popen[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = made("value-action")
    kept = coding.subprocess.Popen

    def dying(*given: Any, **named: Any) -> Any:
        process: Any = kept(*given, **named)
        process.kill()
        return process

    monkeypatch.setattr(coding.subprocess, "Popen", dying)
    design, of_model = opened(run)
    with AnswerStore(run / "answers.sqlite") as store:
        parts = coded_parts(run, design, store, of_model, tmp_path, others=2, length=LENGTH)
        assert pl.concat(list(parts)).equals(collect(design, store, *of_model))
    assert [process.poll() is not None for process in begun] == [True, True]


def test_processes_end_when_reading_stops(
    made: Made, begun: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    run = made("value-action")
    design, of_model = opened(run)
    with AnswerStore(run / "answers.sqlite") as store:
        parts: Any = coded_parts(run, design, store, of_model, tmp_path, others=2, length=LENGTH)
        next(parts)
        with pytest.raises(KeyboardInterrupt):
            parts.throw(KeyboardInterrupt)
    assert [process.poll() is not None for process in begun] == [True, True]


AS_LARGE = f"""\
import sys
from mores.cli import main
from mores.report.value_action import tracing
from mores.workflow import coding, reading

reading.WHOLE = tracing.MOST_REPLIES = 0
coding.coded_parts.__kwdefaults__["length"] = {LENGTH}
coding.write_part = None  # it is for the others to code
sys.exit(main())
"""
"""The command, for which a small run is a large one."""


def test_the_command_reports_a_large_run(made: Made) -> None:
    run = made("value-action")
    answers, before = (run / "answers.parquet").read_bytes(), tables(run)
    for path in ("answers.parquet", "report.html", *(f"tables/{name}.csv" for name in before)):
        (run / path).unlink()
    done = subprocess.run(
        [sys.executable, "-c", AS_LARGE, "report", str(run)],
        capture_output=True,
        text=True,
        env=os.environ | {coding.ALONE: "2"},
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert f"report: {run / 'report.html'}" in done.stdout
    assert pl.read_parquet(run / "answers.parquet").equals(pl.read_parquet(answers))
    assert_tables(run, before)
    assert {path.stem for path in run.glob("tables/*.csv")} == before.keys()
    assert "</html>" in page(run)
    assert list(run.glob("figures/*.svg"))


def test_few_replies_are_coded_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(coding.ALONE, raising=False)
    assert processes(coding.LEAST - 1) == 0
    monkeypatch.setenv(coding.ALONE, "1")
    assert processes(10**8) == 0
    monkeypatch.setenv(coding.ALONE, "3")
    assert processes(10**8) == 3
