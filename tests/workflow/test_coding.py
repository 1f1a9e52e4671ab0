"""Coding in portions and in several processes gives what coding at once does."""

import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mores import workflow
from mores.fieldwork.store import AnswerStore
from mores.studies.answers import collect, portions
from mores.workflow import coding, reading
from mores.workflow.coding import coded_parts, processes

PRESETS = {"value-action": 3, "framings": 2, "grounded-personas": 3, "calibrated-personas": 2}


@pytest.fixture(scope="module", params=PRESETS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp(request.param) / "run"
    workflow.run(request.param, "sim", out, sample=PRESETS[request.param])
    return out


def tables(folder: Path) -> dict[str, pl.DataFrame]:
    return {p.stem: pl.read_parquet(p) for p in (folder / "tables").glob("*.parquet")}


def test_parts_and_narrow_columns_change_no_table(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, before = pl.read_parquet(run / "answers.parquet"), tables(run)
    monkeypatch.setattr(reading, "WHOLE", 0)
    monkeypatch.setattr("mores.report.value_action.tracing.MOST_REPLIES", 0)
    workflow.report(run)
    assert pl.read_parquet(run / "answers.parquet").equals(answers)
    after = tables(run)
    assert after.keys() == before.keys()
    assert [name for name in before if not after[name].equals(before[name])] == []
    assert [name for name in before if after[name].schema != before[name].schema] == []
    assert not (run / ".answers.parquet.parts").exists()


def opened(run: Path) -> tuple[Any, Any, tuple[str, str, str]]:
    bound, model, _ = reading.open_run(run)
    return bound, bound.design(model), (bound.file.study, model.label, bound.language)


@pytest.mark.parametrize("others", [0, 2])
def test_processes_give_equal_rows(run: Path, tmp_path: Path, others: int) -> None:
    if others and "value-action" not in str(run):
        pytest.skip("one study is enough")
    _, design, of_model = opened(run)
    with AnswerStore(run / "answers.sqlite") as store:
        whole = collect(design, store, *of_model)
        parts = coded_parts(run, design, store, of_model, tmp_path, others=others, length=20)
        found = list(parts)
    assert len(found) > 1
    assert pl.concat(found).equals(whole)


def test_a_dead_process_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run"
    workflow.run("value-action", "sim", run, sample=1)
    begun: list[subprocess.Popen[str]] = []
    usual = subprocess.Popen

    def dying(*given: Any, **named: Any) -> Any:
        begun.append(usual(*given, **named))
        begun[-1].kill()
        return begun[-1]

    monkeypatch.setattr(coding.subprocess, "Popen", dying)
    _, design, of_model = opened(run)
    with AnswerStore(run / "answers.sqlite") as store:
        parts = coded_parts(run, design, store, of_model, tmp_path, others=2, length=30)
        found = pl.concat(list(parts))
        assert found.equals(collect(design, store, *of_model))
    assert len(begun) == 2
    assert all(process.returncode is not None for process in begun)


def test_processes_end_when_reading_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run"
    workflow.run("value-action", "sim", run, sample=1)
    begun: list[subprocess.Popen[str]] = []
    usual = subprocess.Popen
    monkeypatch.setattr(
        coding.subprocess, "Popen", lambda *g, **n: begun.append(usual(*g, **n)) or begun[-1]
    )
    _, design, of_model = opened(run)
    with AnswerStore(run / "answers.sqlite") as store:
        parts: Any = coded_parts(run, design, store, of_model, tmp_path, others=2, length=30)
        next(parts)
        with pytest.raises(KeyboardInterrupt):
            parts.throw(KeyboardInterrupt)
    assert [process.poll() is not None for process in begun] == [True, True]


def test_portions_hold_every_selected_trial_once(run: Path) -> None:
    _, design, _ = opened(run)
    found = [trial for part in portions(design, 50) for trial in part.tolist()]
    assert found == sorted(set(found))
    assert len(found) == design.selected


def test_few_replies_are_coded_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(coding.ALONE, raising=False)
    assert processes(coding.LEAST - 1) == 0
    monkeypatch.setenv(coding.ALONE, "1")
    assert processes(10**8) == 0
    monkeypatch.setenv(coding.ALONE, "3")
    assert processes(10**8) == 3
