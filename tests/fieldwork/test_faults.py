"""Whole runs of the command line against servers that fail, keys that are wrong, and kills."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import chat_server
import polars as pl
import pytest
from command_line import Command, mores, until
from polars.testing import assert_frame_equal
from scripted_server import Asked, chat, http, serving, told

from mores.fieldwork.asking import BATCH
from mores.fieldwork.store import AnswerStore, StoredReply, Verdict
from mores.models import dialect
from mores.workflow import open_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="signals and kills are those of POSIX"),
]
KEY = "sk-proj-AbCdEf0123456789xyz"
BROKEN = 0.15
"""Share of answers that cannot be read, so that some are asked again."""


def rows(folder: Path) -> list[StoredReply]:
    with AnswerStore(folder / "answers.sqlite") as store:
        return [item for chunk in store.read() for item in chunk]


def answers(folder: Path) -> pl.DataFrame:
    """The answers, but for how long each took."""
    return pl.read_parquet(folder / "answers.parquet").drop("seconds")


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "manifest.json").read_text())
    return found


def digests(folder: Path) -> dict[tuple[int, int], str]:
    """How the server's log calls each request that the folder's design can make."""
    bound, model, _ = open_run(folder)
    design = bound.design(model)
    found = {}
    for block in design.blocks(4096):
        for trial in block.tolist():
            for attempt in range(design.attempts):
                request = design.request(trial, attempt)
                sent = dialect.payload(request, model.capabilities, model.label)
                body = dialect.encode(sent)
                found[trial, attempt] = hashlib.sha256(body).hexdigest()[:32]
    return found


def asked_about(folder: Path, server: chat_server.ChatServer) -> dict[tuple[int, int], int]:
    """How often the server saw each request of the folder's design."""
    seen = dict(server.asked)
    return {place: seen[name] for place, name in digests(folder).items() if name in seen}


@contextmanager
def a_server(*options: object) -> Iterator[int]:
    """The chat server as a process of its own; its port."""
    command = [sys.executable, chat_server.__file__, *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def a_run(model: str, folder: Path, *options: object, sample: int = 4) -> tuple[object, ...]:
    """What is typed to run a study of 78 requests a dilemma."""
    command = ("run", "value-action", "--sample", sample, "--model", model, "--out", folder)
    return (*command, *options)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing got in the way of."""
    place = tmp_path_factory.mktemp("undisturbed")
    with chat_server.running(broken=BROKEN) as server:
        done = mores(place, *a_run(server.spec, place / "run"))
        assert done.code() == 0, done.err
        # the server's answers are such that what follows is worth its time
        again = sum(
            n > 0 for (_, attempt), n in asked_about(place / "run", server).items() if attempt
        )
    counts = manifest(place / "run")["counts"]
    assert again > 10
    assert sum(counts.values()) == 312  # type: ignore[attr-defined]
    return place / "run"


# --- killed ----------------------------------------------------------------------------------------

KILLS = 20


def lines(log: Path) -> list[str]:
    """The digests of the chat requests that the server has logged."""
    if not log.exists():
        return []
    whole = log.read_text("ascii").rpartition("\n")[0]
    return [line.split()[2] for line in whole.splitlines()]


def left_behind(folder: Path, copy: Path) -> list[StoredReply]:
    """What a killed run has stored, read from a copy so that its recovery is left to the next run."""
    copy.mkdir(exist_ok=True)
    for path in copy.iterdir():
        path.unlink()
    for name in ("answers.sqlite", "answers.sqlite-journal"):
        if (folder / name).exists():
            shutil.copy(folder / name, copy / name)
    if not (copy / "answers.sqlite").exists() or not (copy / "answers.sqlite").stat().st_size:
        return []
    return rows(copy)


def kill_at_random(n: int, command: Command, log: Path, chance: random.Random) -> None:
    """Kill a run before it asks, while it asks, or (the last three) while it reports."""
    if n >= KILLS - 3:
        command.says("coding, measuring and reporting")
        time.sleep(chance.uniform(0, 2.5))
    elif n % 5 == 0:
        time.sleep(chance.uniform(0.02, 1.0))
    else:
        enough = len(lines(log)) + chance.randint(0, 30)
        command.reaches(lambda: len(lines(log)) > enough, "it asks more")
        time.sleep(chance.uniform(0, 0.15))
    command.kill()


def test_twenty_kills_lose_nothing_and_ask_nothing_twice(tmp_path, undisturbed):
    folder, log, concurrency = tmp_path / "run", tmp_path / "log.txt", 4
    chance = random.Random(20)
    kills: list[tuple[dict[tuple[int, int], StoredReply], int]] = []
    with a_server("--delay", 0.02, "--broken", BROKEN, "--log", log) as port:
        model = f"http://127.0.0.1:{port}/v1#m"
        command = a_run(model, folder, "--concurrency", concurrency)
        for n in range(KILLS):
            run = Command(tmp_path, *command)
            kill_at_random(n, run, log, chance)
            assert run.process.returncode == -signal.SIGKILL, run.err
            stored = {(i.trial, i.attempt): i for i in left_behind(folder, tmp_path / "copy")}
            kills.append((stored, len(lines(log))))
        last = mores(tmp_path, *command)
        assert last.code() == 0, last.err

    names, said = digests(folder), lines(log)
    kills.append(({(i.trial, i.attempt): i for i in rows(folder)}, len(said)))
    amounts = [len(stored) for stored, _ in kills]
    assert len(set(amounts)) >= 6, "the kills came at too few stages to show anything"

    for (earlier, at), (later, _) in pairwise(kills):
        # nothing is lost, or changed …
        assert earlier.items() <= later.items()
        # … and nothing that was stored is asked again, by any later run
        assert {names[place] for place in earlier}.isdisjoint(said[at:])

    # what the killed were about to put in its place is swept away
    assert [path.name for path in folder.rglob(".*")] == [".lock"]

    known = set(names.values())
    asked = [name for name in said if name in known]
    assert {names[place] for place in kills[-1][0]} == set(asked)
    # only what was in flight, or waited for a commit, at one of the kills was asked twice
    assert len(asked) - len(set(asked)) <= KILLS * (concurrency + BATCH)
    assert_frame_equal(answers(folder), answers(undisturbed))
    for table in sorted((undisturbed / "tables").glob("*.csv")):
        assert (folder / "tables" / table.name).read_bytes() == table.read_bytes(), table.name


# --- servers that fail -----------------------------------------------------------------------------


def test_a_server_that_fails_in_a_third_of_all_cases_changes_no_answer(tmp_path, undisturbed):
    kinds = ("limited", "error", "reset", "stall", "truncated", "malformed")
    folder = tmp_path / "run"
    with chat_server.running(broken=BROKEN, faults=0.3, kinds=kinds, seed=2) as server:
        run = mores(tmp_path, *a_run(server.spec, folder, "--timeout", 0.7))
        assert set(server.ended) == {"200", *kinds}
        assert run.code() in (0, 3), run.err
    found = answers(folder)
    assert found.height == 312
    assert set(found["status"]) <= {"coded", "refused", "uncoded", "failed"}
    failed = found.filter(pl.col("status") == "failed")
    assert (run.code() == 3) == (failed.height > 0)
    assert failed.height < 20  # 0.3 ** 6 of them, about
    assert failed["reason"].str.len_chars().min() != 0
    assert found.filter(pl.col("reason").is_null() | (pl.col("reason") == "")).is_empty()
    answered = found.filter(pl.col("status") != "failed")
    assert_frame_equal(
        answered, answers(undisturbed).join(answered.select("key"), on="key", how="semi")
    )


def picky(asked: Asked) -> bytes:
    """Answers, but calls a tenth of the requests invalid, and repeats the key wherever it can."""
    if asked.method == "GET":
        return http(200, {"data": [{"id": "m"}]})
    if asked.body["seed"] % 10 == 3:
        return told(400, f"this prompt is too long, {KEY}", param="messages")
    content = chat_server.answer(asked.body, BROKEN)
    return http(200, chat(f"{content}\n{KEY}", reasoning_content=f"I was given {KEY}"))


def contents(folder: Path) -> bytes:
    """Every byte of every file in a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_peers_1_a_rejected_request_fails_alone_and_the_key_is_nowhere(tmp_path):
    folder = tmp_path / "run"
    with serving(picky) as server:
        command = a_run(server.spec, folder, sample=2)
        run = mores(tmp_path, *command, MORES_API_KEY=KEY)
        assert run.code() == 3, run.err
        sent = [asked for asked in server.asked if asked.method == "POST"]
        assert {asked.headers["authorization"] for asked in sent} == {f"Bearer {KEY}"}

        names = {a.body["seed"] for a in sent if a.body["seed"] % 10 == 3}
        found = answers(folder)
        failed = found.filter(pl.col("status") == "failed")
        assert found.height == 156
        assert 5 < failed.height == len(names)
        assert set(failed["reason"]) == {"HTTP 400: this prompt is too long, [key]"}
        assert failed["text"].null_count() == failed.height
        assert failed["option"].null_count() == failed.height
        others = found.filter(pl.col("status") != "failed")
        assert others["text"].str.ends_with("\n[key]").all()
        assert others.filter(pl.col("status") == "coded").height > 100
        for item in rows(folder):
            assert (item.verdict == Verdict.REJECTED) == (item.reply.text is None)

        # rejected ones are left alone, unless told otherwise; the others are never asked again
        n = len(server.asked)
        assert mores(tmp_path, *command, MORES_API_KEY=KEY).code() == 3
        assert len(server.asked) == n
        again = mores(tmp_path, *command, "--retry-rejected", MORES_API_KEY=KEY)
        assert again.code() == 3
        assert sorted(a.body["seed"] for a in server.asked[n:]) == sorted(names)
        shown = mores(tmp_path, "answers", folder, "--where", "status=failed", MORES_API_KEY=KEY)
        assert "HTTP 400" in shown.out

    assert b"[key]" in contents(folder)
    for secret in (KEY, KEY[3:], KEY[:-3]):  # the key, or most of it
        assert secret.encode() not in contents(tmp_path)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, ["wants a key", "put one into MORES_API_KEY"]),
        ({"MORES_API_KEY": "sk-wrong-0123456789"}, ["rejects the key", "check that MORES_API_KEY"]),
    ],
    ids=["no key", "wrong key"],
)
def test_a_key_that_is_refused_ends_it_at_once_and_nothing_is_written(tmp_path, more, words):
    (tmp_path / "runs").mkdir()
    with chat_server.running(key=KEY) as server:
        run = mores(tmp_path / "runs", *a_run(server.spec, tmp_path / "folder"), **more)
        assert not server.asked
    assert run.code() == 2
    last = run.err.splitlines()[-1]
    assert last.startswith("mores: http://127.0.0.1")
    assert all(word in last for word in words), last
    assert not (tmp_path / "folder").exists()
    assert b"sk-wrong" not in contents(tmp_path)


def test_a_key_that_is_revoked_on_the_way_leaves_what_was_answered(tmp_path):
    folder = tmp_path / "run"
    with chat_server.running(key=KEY, delay=0.1) as server:
        command = a_run(server.spec, folder, "--concurrency", 2, sample=1)
        run = Command(tmp_path, *command, MORES_API_KEY=KEY)
        run.reaches(lambda: len(server.asked) >= 20, "twenty are asked")
        server.options.key = "another"
        server.options.delay = 0.0
        assert run.code() == 3
        last = run.err.splitlines()[-1]
        assert "rejects the key" in last
        assert "repeat the command" in last
        stored = {(i.trial, i.attempt) for i in rows(folder)}
        assert len(stored) >= 20 - 1 - 2  # but for the negotiation and what was in flight
        assert stored == set(asked_about(folder, server))

        # while it is refused nothing more happens
        assert mores(tmp_path, *command, MORES_API_KEY=KEY).code() == 2
        assert {(i.trial, i.attempt) for i in rows(folder)} == stored

        server.options.key = KEY
        assert mores(tmp_path, *command, MORES_API_KEY=KEY).code() == 0
        assert set(asked_about(folder, server).values()) == {1}


# --- stopped by the user ---------------------------------------------------------------------------


def test_ctrl_c_once_finishes_what_is_in_flight_and_the_same_command_goes_on(tmp_path, undisturbed):
    folder = tmp_path / "run"
    with chat_server.running(broken=BROKEN, delay=0.2) as server:
        command = a_run(server.spec, folder)
        run = Command(tmp_path, *command, "--concurrency", 4)
        run.reaches(lambda: len(server.asked) >= 40, "forty are asked")
        run.interrupt()
        assert run.code() == 130
        assert "interrupt again to drop them" in run.err
        assert "Interrupted; repeat the command to go on." in run.out
        assert manifest(folder)["state"] == "interrupted"
        asked = asked_about(folder, server)
        assert 39 <= len(asked) < 100
        assert {(i.trial, i.attempt) for i in rows(folder)} == set(asked)
        assert "Unfinished" in (folder / "report.html").read_text()

        server.options.delay = 0.0
        assert mores(tmp_path, *command).code() == 0
        assert set(asked_about(folder, server).values()) == {1}
    assert_frame_equal(answers(folder), answers(undisturbed))


def test_ctrl_c_twice_ends_at_once(tmp_path):
    folder = tmp_path / "run"
    with chat_server.running() as server:
        command = a_run(server.spec, folder, "--concurrency", 4, sample=1)
        server.options.delay = 0.01
        run = Command(tmp_path, *command)
        run.reaches(lambda: len(server.asked) >= 30, "thirty are asked")
        server.options.delay = 3600.0
        run.reaches(lambda: server.stuck == 4, "four are stuck")
        until(lambda: len(rows(folder)) == len(server.asked) - 1, "the others are stored")
        stored = rows(folder)
        run.interrupt()
        run.says("waiting for 4 in flight")
        time.sleep(0.2)
        assert not run.ended
        began = time.monotonic()
        run.interrupt()
        assert run.code() == 130
        assert time.monotonic() - began < 10
        assert run.err.splitlines()[-1] == "mores: interrupted; repeat the command to go on"
        assert not (folder / "report.html").exists()
        assert rows(folder) == stored

        server.options.delay = 0.0
        assert mores(tmp_path, *command).code() == 0
        assert rows(folder)[: len(stored)] == stored


@pytest.mark.parametrize("moment", ["preparing", "reporting"])
def test_ctrl_c_before_and_after_asking_ends_it_with_a_word(tmp_path, moment):
    folder = tmp_path / "run"
    with chat_server.running(delay=3600.0 if moment == "preparing" else 0.0) as server:
        run = Command(tmp_path, *a_run(server.spec, folder, sample=1))
        if moment == "preparing":
            run.reaches(lambda: server.active, "it is asked what it can do")
        else:
            run.reaches(lambda: any(folder.glob("figures/*")), "the first figure is drawn")
        run.interrupt()
        assert run.code() == 130, run.err
    assert run.err.splitlines()[-1] == "mores: interrupted; repeat the command to go on"
    assert folder.exists() == (moment == "reporting")


# --- beside another --------------------------------------------------------------------------------


def test_beside_a_run_status_works_and_a_second_run_is_told(tmp_path, undisturbed):
    """… and one at a time it finds what thirty-two at a time found."""
    folder = tmp_path / "run"
    with chat_server.running(broken=BROKEN, delay=0.01) as server:
        command = a_run(server.spec, folder)
        run = Command(tmp_path, *command, "--concurrency", 1)
        run.reaches(lambda: len(server.asked) >= 10, "ten are asked")

        second = mores(tmp_path, *command)
        assert second.code() == 2
        assert f"is being written by process {run.process.pid} on" in second.err
        assert "--out" in second.err

        early = mores(tmp_path, "status", folder)
        late = mores(tmp_path, "status", folder)
        assert not run.ended, "the run was too quick to be looked at"
        for status in (early, late):
            assert status.code() == 0, status.err
        seen = [dict(line.split(maxsplit=1) for line in s.out.splitlines()) for s in (early, late)]
        done = [312 - int(status["left"]) for status in seen]
        assert 0 < done[0] <= done[1] < 312
        for status in seen:
            assert (status["state"], status["planned"], status["simulated"]) == (
                "asking",
                "312",
                "no",
            )

        assert run.code() == 0, run.err
        assert server.peak == 1
        assert set(asked_about(folder, server).values()) == {1}
    assert_frame_equal(answers(folder), answers(undisturbed))


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)


def test_a_disk_that_fills_up_ends_the_run_and_room_lets_it_go_on(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24M", "none", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with chat_server.running() as server:
            command = a_run(server.spec, disk / "run", "--concurrency", 2, sample=1)
            server.options.delay = 0.02
            run = Command(tmp_path, *command)
            run.reaches(lambda: len(server.asked) >= 20, "twenty are asked")
            fill(disk / "rest")
            assert run.code() == 3
            assert "the disk may be full" in run.err
            stored = rows(disk / "run")
            assert stored
            (disk / "rest").unlink()
            assert mores(tmp_path, *command).code() == 0
            assert rows(disk / "run")[: len(stored)] == stored
    finally:
        subprocess.run(["umount", str(disk)], check=True)
