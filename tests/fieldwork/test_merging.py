"""Stores joined: in order, once, verbatim; never two answers to one request."""

import os
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_design import CODED, FAILED, REJECTED, UNREADABLE, stored

from mores.errors import StoreError, StoreLockedError
from mores.fieldwork.lock import exclusive, unchanging
from mores.fieldwork.merging import Joined, join
from mores.fieldwork.store import AnswerStore
from mores.records import OptionMasses, Reply

STUDY = {"study": "small"}


def run_of(folder: Path, replies) -> Path:
    folder.mkdir()
    with AnswerStore(folder / "answers.sqlite", STUDY) as store:
        store.write(replies)
    return folder


def joined(tmp_path, *folders):
    with AnswerStore(tmp_path / "out.sqlite", STUDY) as store:
        return join(folders, store)


def rows(path):
    with AnswerStore(path) as store:
        return [row for chunk in store.rows(3) for row in chunk]


def kept(tmp_path):
    return rows(tmp_path / "out.sqlite")


def test_rows_are_taken_over_verbatim_and_in_order(tmp_path):
    odd = Reply("\ud800 \x00", detail="{}", finish="stop", seconds=0.123457, prompt_tokens=3)
    masses = Reply(None, masses=OptionMasses((-np.inf, -0.1), (-2.0, -0.1)))
    first = [stored(2), stored(0, 0, UNREADABLE), stored(0, 1, odd), stored(1, 0, FAILED)]
    second = [stored(9, 0, REJECTED), stored(7, 0, masses), stored(8)]
    a, b = run_of(tmp_path / "a", first), run_of(tmp_path / "b", second)
    assert joined(tmp_path, b, a) == Joined(replies=7, alike=0)
    assert kept(tmp_path) == rows(a / "answers.sqlite") + rows(b / "answers.sqlite")


@settings(deadline=None, max_examples=30)  # each waits for the disk
@given(st.lists(st.sets(st.integers(0, 60)), min_size=1, max_size=4))
def test_whatever_lies_where_is_there_once(tmp_path_factory, sets):
    folder = tmp_path_factory.mktemp("join")
    folders = [
        run_of(folder / str(n), [stored(trial) for trial in trials])
        for n, trials in enumerate(sets)
    ]
    found = joined(folder, *folders)
    whole = sorted(set().union(*sets))
    assert [row[0] // 16 for row in kept(folder)] == whole
    assert found == Joined(len(whole), sum(map(len, sets)) - len(whole))


def test_equal_answers_are_kept_once_of_the_first_folder(tmp_path):
    one = Reply("coded", prompt_tokens=5, seconds=1.0, detail="one")
    two = Reply("coded", prompt_tokens=5, seconds=2.0, detail="two")
    a, b = run_of(tmp_path / "a", [stored(4, 0, one)]), run_of(tmp_path / "b", [stored(4, 0, two)])
    assert joined(tmp_path, b, a).alike == 1
    assert kept(tmp_path) == rows(b / "answers.sqlite")


@pytest.mark.parametrize(
    "other",
    [
        Reply("refused", prompt_tokens=500, completion_tokens=120),
        Reply("coded", prompt_tokens=501, completion_tokens=120),
        Reply("coded", prompt_tokens=500, completion_tokens=120, finish="length"),
        Reply(
            "coded",
            prompt_tokens=500,
            completion_tokens=120,
            masses=OptionMasses((-0.1,), (-0.1,)),
        ),
    ],
)
def test_two_answers_to_one_request(tmp_path, other):
    a = run_of(tmp_path / "a", [stored(3), stored(5)])
    b = run_of(tmp_path / "b", [stored(4), stored(5, 0, other)])
    said = r"request 5 \(attempt 1, key [0-9a-f]{16}\) has two answers: .*a and .*b differ"
    with pytest.raises(StoreError, match=said):
        joined(tmp_path, a, b)
    assert kept(tmp_path) == []


def test_one_slot_under_two_keys(tmp_path):
    a = run_of(tmp_path / "a", [stored(5)])
    b = run_of(tmp_path / "b", [stored(5, key=b"another")])
    with pytest.raises(StoreError, match="two answers"):
        joined(tmp_path, a, b)


@pytest.mark.parametrize("failure", [FAILED, REJECTED])
@pytest.mark.parametrize("turned", [False, True])
def test_an_answer_goes_before_a_failure(tmp_path, failure, turned):
    a = run_of(tmp_path / "a", [stored(5, 0, failure), stored(6, 0, failure)])
    b = run_of(tmp_path / "b", [stored(5, 0, CODED), stored(6, 0, failure)])
    joined(tmp_path, *((b, a) if turned else (a, b)))
    assert [row[3] for row in kept(tmp_path)] == [b"coded", None]


def test_a_store_of_an_earlier_version(tmp_path):
    a, b = run_of(tmp_path / "a", [stored(1)]), run_of(tmp_path / "b", [stored(2)])
    path = a / "answers.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE replies DROP COLUMN masses")
        db.execute("PRAGMA user_version = 1")
    db.close()
    before = path.read_bytes()
    joined(tmp_path, a, b)
    assert [row[0] for row in kept(tmp_path)] == [16, 32]
    assert path.read_bytes() == before


def test_inputs_are_only_read(tmp_path):
    folders = [run_of(tmp_path / str(n), [stored(n), stored(7)]) for n in range(3)]
    before = [(f.name, sorted(p.name for p in f.iterdir())) for f in folders]
    content = [(f / "answers.sqlite").read_bytes() for f in folders]
    joined(tmp_path, *folders)
    assert [(f / "answers.sqlite").read_bytes() for f in folders] == content
    assert [(f.name, sorted(p.name for p in f.iterdir())) for f in folders] == before


@pytest.mark.skipif(sys.platform == "win32", reason="one process's locks on POSIX")
def test_one_that_is_being_written(tmp_path):
    a, b = run_of(tmp_path / "a", [stored(1)]), run_of(tmp_path / "b", [stored(2)])
    with (
        exclusive(b),
        pytest.raises(StoreLockedError, match=rf"b is being written by.*{os.getpid()}"),
    ):
        joined(tmp_path, a, b)
    # readers do not disturb each other, but keep writers out
    with unchanging(b), unchanging(b), pytest.raises(StoreLockedError), exclusive(b):
        pass
    with exclusive(b):
        pass


def test_stores_that_do_not_overlap_are_open_one_at_a_time(tmp_path, monkeypatch):
    folders = [run_of(tmp_path / str(n), [stored(10 * n + i) for i in range(9)]) for n in range(5)]
    opened, most = [0], [0]
    begin, finish = AnswerStore.__init__, AnswerStore.close

    def init(self, *arguments):
        begin(self, *arguments)
        opened[0] += 1
        most[0] = max(most[0], opened[0])

    def close(self):
        finish(self)
        opened[0] -= 1

    monkeypatch.setattr(AnswerStore, "__init__", init)
    monkeypatch.setattr(AnswerStore, "close", close)
    assert joined(tmp_path, *folders).replies == 45
    assert most[0] == 2  # what is read, and what is written


def test_nothing_at_all(tmp_path):
    a = run_of(tmp_path / "a", [])
    assert joined(tmp_path, a) == Joined(0, 0)
