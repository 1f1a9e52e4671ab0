"""What a reviewer found in the workflow and on the command line."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import mores
from mores import workflow
from mores.cli import main
from mores.errors import InputError, StudyError
from mores.fieldwork.lock import exclusive
from mores.studies.registry import load
from mores.workflow.looping import completed


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("run") / "out"
    assert mores.run("value-action", "sim", out, sample=3).exit_code == 0
    return out


def files(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", ["manifest.json", "tables/mine.csv", "figures/a.svg", "notes.txt"])
def test_a_comparison_spares_the_files_of_others(folder, tmp_path, name):
    path = tmp_path / "out" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    before = files(tmp_path)
    with pytest.raises(InputError, match="--out"):
        mores.compare([folder, folder], tmp_path / "out")
    assert files(tmp_path) == before


def test_a_comparison_spares_the_runs(folder):
    before = files(folder)
    with pytest.raises(InputError, match="folder of a run"):
        mores.compare([folder, folder], folder / ".." / folder.name)
    assert files(folder) == before


def test_a_comparison_may_be_made_anew(folder, tmp_path):
    (tmp_path / "out").mkdir()
    for _ in range(2):
        page = mores.compare([folder, folder], tmp_path / "out")
        assert page.exists()


def test_a_study_runs_where_an_event_loop_runs_already(tmp_path):
    async def cell() -> mores.Run:
        return mores.run("value-action", "sim", tmp_path / "out", sample=2)

    assert asyncio.run(cell()).exit_code == 0


def test_errors_come_out_of_the_other_thread():
    async def fails() -> None:
        raise InputError("so")

    async def cell() -> None:
        completed(fails)

    with pytest.raises(InputError, match="so"):
        asyncio.run(cell())
    assert not [t for t in threading.enumerate() if t.name == "mores-run"]


def test_a_report_leaves_the_manifest_of_a_run_that_goes_on_alone(folder):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"counts": {}}))
    before = path.read_bytes()
    with exclusive(folder):
        assert workflow.report(folder).manifest["counts"] == manifest["counts"]
        assert path.read_bytes() == before
    workflow.report(folder)
    assert json.loads(path.read_text()) == manifest


def test_a_report_ends_as_its_run_did(folder, monkeypatch, capsys):
    assert main(["report", str(folder)]) == 0
    monkeypatch.setattr(mores.Run, "exit_code", property(lambda _: 3))
    assert main(["report", str(folder)]) == 3


def test_an_unforeseen_error_is_told_apart_from_unusable_input(folder, monkeypatch, capsys):
    def breaks(_: object) -> None:
        raise RuntimeError("oh")

    monkeypatch.setattr("mores.workflow.status", breaks)
    assert main(["status", str(folder)]) == 1
    assert "unforeseen RuntimeError: oh" in capsys.readouterr().err


def test_pipes_get_utf_8_whatever_the_locale(folder):
    done = subprocess.run(
        [sys.executable, "-m", "mores", "run", "--help"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stdout.decode("utf-8").isascii()


def test_what_a_terminal_cannot_show_is_escaped(monkeypatch):
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    stream = io.TextIOWrapper(screen, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["models"]) == 0
    print("…", file=stream, flush=True)
    assert screen.getvalue().endswith(b"\\u2026\n")


def test_status_counts_what_the_run_selects(tmp_path):
    mores.run("value-action", "sim", tmp_path, sample=3)
    mores.run("value-action", "sim", tmp_path, sample=2)
    found = mores.status(tmp_path)
    kinds = ("coded", "refused", "uncoded", "failed")
    assert found["planned"] == sum(found[k] for k in kinds) == 2 * 78
    assert (found["left"], found["also stored"]) == (0, 78)


def test_status_tells_a_run_that_was_killed_from_one_that_goes_on(tmp_path):
    mores.run("value-action", "sim", tmp_path, sample=2)
    assert "also stored" not in mores.status(tmp_path)
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"state": "asking"}))
    assert mores.status(tmp_path)["state"].startswith("not running; repeat")
    with exclusive(tmp_path):
        assert mores.status(tmp_path)["state"] == "asking"
    path.write_text(json.dumps(manifest | {"state": "dropped"}))
    assert mores.status(tmp_path)["state"] == "interrupted"
    (tmp_path / "report.html").unlink()
    assert mores.status(tmp_path)["report"] == f"missing; mores report {tmp_path}"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_study_that_never_ends_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(StudyError, match="no regular file"):
        load(str(tmp_path / "pipe.toml"))


def test_a_dry_run_tells_what_is_stored_already(folder, capsys):
    before = files(folder)
    assert main(["run", "value-action", "--sample", "4", "--out", str(folder), "--dry-run"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "requests 312" in said
    assert "stored already 234 left 78" in said
    assert files(folder) == before
    found = mores.plan("value-action", "sim", folder, sample=4)
    assert (found.stored, found.left) == (234, 78)
    assert mores.plan("value-action", "sim", folder / "new", sample=4).stored == 0


def test_numbers_are_compared_as_numbers(folder, capsys):
    assert main(["answers", str(folder), "--where", "repeat=1.0"]) == 0
    assert "78 answers" in capsys.readouterr().out.splitlines()[0]
    assert main(["answers", str(folder), "--where", "repeat=one"]) == 2
    assert "repeat holds numbers" in capsys.readouterr().err
    assert main(["answers", str(folder), "--where", "probabilities=1"]) == 2
    assert "holds lists" in capsys.readouterr().err


def test_who_matches_nothing_is_told_what_there_is(folder, capsys):
    assert main(["answers", str(folder), "--where", "category=maximal"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("0 answers\ncategory holds: baseline, ")
    assert "max" in said


def test_a_key_may_be_cut_anywhere(folder, capsys):
    key = mores.Run(folder, {}).answers["key"][0]
    for digits in (5, 6, 32):
        assert main(["answers", str(folder), "--key", key[: 3 + digits]]) == 0
        shown = [s for s in capsys.readouterr().out.splitlines() if s.startswith("== ")]
        assert shown
        assert all(line.startswith(f"== {key[: 3 + digits]}") for line in shown)


def test_it_is_said_how_many_more_have_the_key(folder, capsys, monkeypatch):
    key = mores.Run(folder, {}).answers["key"][0]
    monkeypatch.setattr("mores.cli.tracing.MOST_SHOWN", 0)
    assert main(["answers", str(folder), "--key", key]) == 0
    assert "1 more; give more digits" in capsys.readouterr().out
