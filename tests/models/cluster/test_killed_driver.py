"""A driver that is killed loses what was in flight, and nothing that was stored."""

import asyncio
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from answering import Answering

from mores.fieldwork.asking import Asking, ask_all
from mores.fieldwork.store import AnswerStore
from mores.studies.registry import load

KILLS = 10


def stored(path):
    if not path.exists() or not path.stat().st_size:
        return {}
    with AnswerStore(path) as store:
        items = [item for chunk in store.read() for item in chunk]
    return {item.key.hex(): (item.trial, item.attempt, item.reply.text) for item in items}


def lines(folder):
    path = folder / "asked"
    return path.read_text("ascii").split() if path.exists() else []


def undisturbed(folder, path):
    async def session():
        study, model = load("value-action", {"sample": 3}), Answering(folder)
        fingerprint = study.fingerprint() | {"model": model.identity}
        with AnswerStore(path, fingerprint) as store:
            await ask_all(study.design(model), model, store, Asking(concurrency=1))

    asyncio.run(session())
    return stored(path)


def started(address, folder, path):
    command = [sys.executable, str(Path(__file__).with_name("driver.py")), address, folder, path]
    return subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_ten_kills_later_the_answers_are_those_of_an_undisturbed_run(ray, tmp_path):
    (tmp_path / "alone").mkdir()
    alone = undisturbed(tmp_path / "alone", tmp_path / "alone.sqlite")
    address = ray.get_runtime_context().gcs_address
    path, draw, killed = tmp_path / "answers.sqlite", random.Random(11), 0
    for turn in range(KILLS + 1):
        folder = tmp_path / f"turn-{turn}"
        folder.mkdir()
        before = set(stored(path))
        driver = started(address, folder, path)
        if turn < KILLS:
            moment = draw.randrange(1, 24)
            while driver.poll() is None and len(lines(folder)) < moment:
                time.sleep(0.002)
            killed += driver.poll() is None
            driver.kill()
        _, said = driver.communicate(timeout=120)
        assert turn < KILLS or driver.returncode == 0, said
        assert before <= set(stored(path))
        assert not before & set(lines(folder)), "nothing that is stored is asked again"
    assert killed == KILLS
    assert stored(path) == alone
