"""Runs on a cluster, as a user types them."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from small_runs import assert_equal, leave_out_figures, study_of

from mores.workflow import run

pytest.importorskip("ray")


def command(*arguments, **environment):
    """The command, and an environment without keys and proxies."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "MORES_DATA_DIR")
    plain = {name: value for name, value in os.environ.items() if name in kept}
    return [sys.executable, "-m", "mores", *map(str, arguments)], plain | environment


def mores(*arguments, **environment):
    line, environ = command(*arguments, **environment)
    return subprocess.run(line, capture_output=True, text=True, env=environ, timeout=240)


def test_the_answers_are_those_of_one_machine(tmp_path, monkeypatch):
    leave_out_figures(monkeypatch)
    study = study_of("value-action", tmp_path)
    plain = run(study, out=tmp_path / "plain", sample=2)
    options = ("--cluster", "auto", "--model-replicas", 2, "--sample", 2)
    done = mores("run", study, *options, "--out", tmp_path / "cluster")
    assert done.returncode == 0, done.stderr
    assert "2 replicas on a Ray on this machine" in done.stderr
    assert all(line.startswith("mores: ") for line in done.stderr.splitlines()), done.stderr
    assert (tmp_path / "cluster" / "report.html").exists()
    # either goes on with what the other has left
    said = []
    again = run(study, out=tmp_path / "cluster", sample=2, note=said.append)
    assert "asking 0 requests" in " ".join(said)
    assert_equal(again, plain)


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_an_interruption_finishes_what_is_in_flight_and_the_command_goes_on(tmp_path):
    out = tmp_path / "out"
    study = ("run", study_of("value-action", tmp_path), "--sample", 100)
    line, environ = command(*study, "--cluster", "auto", "--out", out)
    # a terminal signals the whole group, Ray's processes among them
    driver = subprocess.Popen(
        line,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
        start_new_session=True,
    )
    with driver:
        assert any(" of 7,800 " in line for line in driver.stderr), "it has begun"
        os.killpg(driver.pid, signal.SIGINT)
        rest = driver.stderr.read()
    assert driver.returncode in (0, 130), rest
    assert "Traceback" not in rest
    assert "waiting for" in rest or driver.returncode == 0, rest
    state = mores("status", out).stdout
    assert "interrupted" in state or "complete" in state, state


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--cluster", "nowhere"), "give auto, host:port"),
        (("--cluster", ""), "is no address"),
        (("--model-replicas", 2), "--model-replicas 2 is for a cluster; add --cluster auto"),
        (("--gpus-per-replica", 1), "--gpus-per-replica 1 is for a cluster"),
        (("--cluster", "auto", "--model-replicas", 0), "--model-replicas 0; give 1"),
        (("--cluster", "auto", "--gpus-per-replica", 1), "simulated and takes no GPU"),
        (
            ("--cluster", "auto", "--gpus-per-replica", 1, "--model", "http://a,b/v1#m"),
            "served elsewhere and takes no GPU",
        ),
    ],
)
def test_what_cannot_be(options, words, desk):
    line = ["run", "value-action", "--sample", "1", *map(str, options), "--out"]
    desk.turned_away([*line, str(desk.folder / "out")], (words,))


def test_a_cluster_that_is_not_there(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = f"127.0.0.1:{port}"
    for options, environment in (
        (("--cluster", where), {}),
        (("--cluster", "auto"), {"RAY_ADDRESS": where}),
    ):
        out = tmp_path / "out"
        done = mores("run", "value-action", *options, "--out", out, **environment)
        assert done.returncode == 2
        assert f"no cluster answers at {where}" in done.stderr
        assert not out.exists()


def test_a_plan_connects_to_nothing(tmp_path):
    options = ("--cluster", "host.invalid:6379", "--dry-run", "--out", tmp_path / "out")
    done = mores("run", "value-action", "--sample", 1, *options)
    assert done.returncode == 0, done.stderr
    assert "Nothing was asked." in done.stdout
