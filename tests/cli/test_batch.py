"""Provider batches, as a user types the commands, against a local server that speaks the interface."""

import os
import subprocess
import sys

import batch_server
import polars as pl
import pytest

KEY = "sk-proj-AbCdEf0123456789xyz"


def mores(*arguments, **environment):
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "MORES_DATA_DIR")
    plain = {name: value for name, value in os.environ.items() if name in kept}
    line = [sys.executable, "-m", "mores", *map(str, arguments)]
    done = subprocess.run(
        line, capture_output=True, text=True, env=plain | environment, timeout=240
    )
    assert "Traceback" not in done.stderr
    assert KEY not in done.stdout + done.stderr
    return done


def test_from_submission_to_report(tmp_path):
    out = tmp_path / "out"
    with batch_server.running(key=KEY) as server:
        keyed = {"MORES_API_KEY": KEY, "MORES_OPENAI_BASE_URL": server.base}
        study = ("value-action", "--model", "openai/gpt-5-nano", "--sample", 1, "--out", out)
        done = mores("batch", "submit", *study, "--max-requests", 50, **keyed)
        assert done.returncode == 3, done.stderr
        assert "--max-requests is reached" in done.stdout
        assert "US$ 0.0" in done.stdout
        done = mores("batch", "submit", *study, **keyed)
        assert done.returncode == 0, done.stderr
        server.options.status = ""
        done = mores("batch", "status", out, **keyed)
        assert done.returncode == 3
        assert done.stdout.count("in_progress") == 2
        done = mores("batch", "collect", out, **keyed)
        assert done.returncode == 3
        assert "78 requests are still in flight" in done.stdout
        done = mores("run", *study, **keyed)
        assert done.returncode == 2
        assert "collect them first" in done.stderr
        done = mores("merge", out, "--partial", "--out", tmp_path / "joined")
        assert done.returncode == 2
        assert "collect them first" in done.stderr  # or the joined run would ask, and pay, again
        assert not (tmp_path / "joined").exists()
        server.options.status = "completed"
        done = mores("batch", "collect", out, **keyed)
        assert done.returncode == 0, done.stderr
        assert "78 answers stored" in done.stdout
        assert (out / "report.html").exists()
        done = mores("batch", "status", out, **keyed)
        assert (done.returncode, done.stdout.count("collected")) == (0, 2)
        chats = server.chats
        done = mores("run", *study, **keyed)  # finds nothing left to ask
        assert done.returncode == 0, done.stderr
        assert server.chats == chats
    assert pl.read_parquet(out / "answers.parquet").height == 78
    for path in (path for path in out.rglob("*") if path.is_file()):
        assert KEY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("runs on your own machines", ("value-action", "--model", "sim")),
        ("anthropic has no batch interface", ("value-action", "--model", "anthropic/x")),
        ("OPENAI_API_KEY is not set", ("value-action", "--model", "openai/gpt-5-nano")),
        ("nothing answers at", ("value-action", "--model", "http://127.0.0.1:9/v1#m")),
        ("--price-factor", ("value-action", "--model", "http://a/v1#m", "--price-factor", 2)),
        ("price of http", ("value-action", "--model", "http://a.b/v1#m", "--budget", 2)),
    ],
)
def test_what_cannot_be_submitted(desk, words, arguments):
    line = ["batch", "submit", *map(str, arguments), "--sample", "1", "--out"]
    desk.turned_away([*line, str(desk.folder / "out")], (words,))


@pytest.mark.parametrize("command", ["status", "collect", "cancel"])
def test_a_folder_that_has_no_batches(desk, command):
    desk.turned_away(["batch", command, str(desk.folder)], ("is not a run's folder",))
