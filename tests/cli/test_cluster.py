"""Runs on a cluster, as a user types them."""

import os
import re
import signal
import socket
import subprocess
import sys

import polars as pl
import pytest

pytest.importorskip("ray")


def command(*arguments, **environment):
    """The command, and an environment without keys and proxies."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "MORES_DATA_DIR")
    plain = {name: value for name, value in os.environ.items() if name in kept}
    return [sys.executable, "-m", "mores", *map(str, arguments)], plain | environment


def mores(*arguments, **environment):
    line, environ = command(*arguments, **environment)
    return subprocess.run(line, capture_output=True, text=True, env=environ, timeout=240)


def answers(folder):
    return pl.read_parquet(folder / "answers.parquet").drop("seconds")


def test_the_answers_are_those_of_one_machine(tmp_path):
    plain = mores("run", "value-action", "--sample", 3, "--out", tmp_path / "plain")
    assert plain.returncode == 0, plain.stderr
    options = ("--cluster", "auto", "--model-replicas", 2)
    done = mores("run", "value-action", "--sample", 3, *options, "--out", tmp_path / "cluster")
    assert done.returncode == 0, done.stderr
    assert "2 replicas on a Ray on this machine" in done.stderr
    assert all(line.startswith("mores: ") for line in done.stderr.splitlines()), done.stderr
    assert answers(tmp_path / "cluster").equals(answers(tmp_path / "plain"))
    # either goes on with what the other has left
    again = mores("run", "value-action", "--sample", 3, "--out", tmp_path / "cluster")
    assert again.returncode == 0, again.stderr
    assert "asking 0 requests" in again.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_an_interruption_finishes_what_is_in_flight_and_the_command_goes_on(tmp_path):
    out = tmp_path / "out"
    line, environ = command("run", "value-action", "--cluster", "auto", "--out", out)
    # a terminal signals the whole group, Ray's processes among them
    run = subprocess.Popen(
        line,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
        start_new_session=True,
    )
    with run:
        assert any(" of 8,736 " in line for line in run.stderr), "it has begun"
        os.killpg(run.pid, signal.SIGINT)
        rest = run.stderr.read()
    assert run.returncode in (0, 130), rest
    assert "Traceback" not in rest
    assert "waiting for" in rest or run.returncode == 0, rest
    state = mores("status", out).stdout
    assert "interrupted" in state or "complete" in state, state


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--cluster", "nowhere"), "give auto, host:port"),
        (("--cluster", ""), "--cluster is empty|no address"),
        (("--model-replicas", 2), "--model-replicas 2 is for a cluster; add --cluster auto"),
        (("--gpus-per-replica", 1), "--gpus-per-replica 1 is for a cluster"),
        (("--cluster", "auto", "--model-replicas", 0), "--model-replicas 0; give 1"),
        (("--cluster", "auto", "--gpus-per-replica", 1), "simulated and takes no GPU"),
        (
            ("--cluster", "auto", "--gpus-per-replica", 1, "--model", "http://a,b/v1#m"),
            "served elsewhere and takes no GPU",
        ),
        (
            ("--cluster", "auto", "--model-replicas", 5000),
            "5000 replicas.*the cluster has 1 machine",
        ),
    ],
)
def test_what_cannot_be(options, words, tmp_path):
    done = mores("run", "value-action", "--sample", 1, *options, "--out", tmp_path / "out")
    assert done.returncode == 2, done.stderr
    assert re.search(words, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


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
