"""Actors and drivers that are killed at random moments change no answer, and have none asked again.

``MORES_TEST_KILLS`` says how often each is killed, 3 times if it does not.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from own_ray import ray
from small_runs import assert_equal, leave_out_figures, stored, study_of
from workflow import noting_model
from workflow.noting_model import allow, asked, processes

from mores.fieldwork.store import AnswerStore
from mores.workflow import run

__all__ = ["ray"]

KILLS = int(os.environ.get("MORES_TEST_KILLS", "3"))
SAMPLE = max(3, KILLS)
REPLICAS = 2
IN_FLIGHT = 2 * noting_model.Noting.block_size
"""Requests of an actor: a block that it answers and one that waits."""
EVERYTHING = 10**9

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")


@pytest.fixture(scope="module", autouse=True)
def _without_figures(ray):
    """Nor can the actors' processes import a test's module."""
    ray.cloudpickle.register_pickle_by_value(noting_model)
    with pytest.MonkeyPatch.context() as patch:
        leave_out_figures(patch)
        yield
    ray.cloudpickle.unregister_pickle_by_value(noting_model)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return study_of("value-action", tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def undisturbed(study, tmp_path_factory):
    """A run on one machine, without actors."""
    return run(study, out=tmp_path_factory.mktemp("undisturbed") / "out", sample=SAMPLE)


@pytest.fixture
def draw(undisturbed):
    """How many requests more until the next kill: all kills come before the run's end."""
    most = undisturbed.manifest["planned"] // (KILLS + 1) - REPLICAS * IN_FLIGHT
    source = random.Random(7)
    return lambda: source.randrange(1, most)


def pause():
    """Somewhere between a question and its answer."""
    time.sleep(random.random() * noting_model.PAUSE)


def on_cluster(study, out, folder, patch):
    """A run in this process whose actors note in a folder what they are asked."""
    folder.mkdir(exist_ok=True)
    noting_model.patched(folder, patch)
    return run(study, out=out, sample=SAMPLE, cluster="auto", model_replicas=REPLICAS)


def keys_in(out):
    """Keys of what is stored."""
    path = out / "answers.sqlite"
    if not path.exists() or not path.stat().st_size:
        return set()
    with AnswerStore(path) as store:
        return {item.key.hex() for chunk in store.read() for item in chunk}


def count_in(out):
    """How many answers are stored by now, while another process stores them."""
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"{(out / 'answers.sqlite').as_uri()}?mode=ro", uri=True)) as store,
    ):
        return store.execute("SELECT count(*) FROM replies").fetchone()[0]
    return 0


class Killer(threading.Thread):
    """Kills one actor or another, each time when so many more requests have been asked."""

    def __init__(self, folder: Path, gaps: list[int]) -> None:
        super().__init__(daemon=True)
        self.folder, self.gaps = folder, gaps
        self.killed: list[int] = []
        self.over = threading.Event()
        allow(folder, gaps[0])

    def run(self) -> None:
        for gap in self.gaps:
            moment = len(asked(self.folder)) + gap
            allow(self.folder, moment)
            while len(asked(self.folder)) < moment or not self.alive():
                if self.over.wait(0.002):
                    return
            pause()
            pid = random.choice(self.alive())
            os.kill(pid, signal.SIGKILL)
            self.killed.append(pid)
        allow(self.folder, EVERYTHING)

    def alive(self) -> list[int]:
        return [pid for pid in processes(self.folder) if pid not in self.killed]


def test_actors_that_are_killed(study, undisturbed, draw, tmp_path, monkeypatch):
    folder, out = tmp_path / "asked", tmp_path / "out"
    folder.mkdir()
    killer = Killer(folder, [draw() for _ in range(KILLS)])
    killer.start()
    try:
        done = on_cluster(study, out, folder, monkeypatch)
    finally:
        killer.over.set()
        killer.join()
    assert len(killer.killed) == KILLS
    assert_equal(done, undisturbed)
    assert stored(out) == stored(undisturbed.folder)
    again = len(asked(folder)) - len(stored(out)[1])
    assert 0 <= again <= KILLS * IN_FLIGHT, "only what was in flight is asked again"
    assert set(asked(folder)) == keys_in(out)


def kill_a_driver(ray, study, out, folder, more):
    """Begin a driver on a store, and kill it when it has stored so many answers more."""
    folder.mkdir()
    allow(folder, more)
    moment = count_in(out) + more
    script = Path(__file__).with_name("killed_driver.py")
    address = ray.get_runtime_context().gcs_address
    line = [sys.executable, script, address, folder, study, SAMPLE, out]
    driver = subprocess.Popen(list(map(str, line)), stderr=subprocess.PIPE, text=True)
    while driver.poll() is None and count_in(out) < moment:
        time.sleep(0.005)
    pause()
    early = driver.poll() is None
    driver.kill()
    _, said = driver.communicate(timeout=60)
    assert early, said


def test_drivers_of_one_store_that_are_killed_one_after_another(
    ray, study, undisturbed, draw, tmp_path, monkeypatch
):
    out, held = tmp_path / "out", set()
    for number in range(KILLS):
        folder, more = tmp_path / f"asked-{number}", draw()
        kill_a_driver(ray, study, out, folder, more)
        now = keys_in(out)
        assert held <= now, "nothing that is stored is lost"
        assert len(now) >= len(held) + more
        assert not held & set(asked(folder)), "nothing that is stored is asked again"
        held = now
    done = on_cluster(study, out, tmp_path / "after", monkeypatch)
    assert_equal(done, undisturbed)
    assert stored(out) == stored(undisturbed.folder)
    assert sorted([*held, *asked(tmp_path / "after")]) == sorted(keys_in(undisturbed.folder))
