from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from math import inf, nan
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_design import CODED, FAILED, REFUSED, REJECTED, UNREADABLE, stored

from mores.coding.option_masses import code_masses
from mores.errors import StoreDamagedError, StoreError
from mores.fieldwork.design import MAX_ATTEMPTS
from mores.fieldwork.rows import row_of
from mores.fieldwork.store import AnswerStore, StoredReply, Verdict
from mores.records import OptionMasses, Reply, Status

STUDY = {"study": "small", "seed": 1, "sampling": {"temperature": 0.2}}
any_text = st.text(st.characters(exclude_categories=()), max_size=200)
counts_of_tokens = st.none() | st.integers(0, 2**53 - 1)


def rows(path: Path) -> list[StoredReply]:
    with AnswerStore(path) as store:
        return [item for chunk in store.read() for item in chunk]


def filled(path: Path, n: int = 10) -> list[StoredReply]:
    """A store of n replies."""
    items = [stored(trial) for trial in range(n)]
    with AnswerStore(path, STUDY) as store:
        store.write(items)
    return items


@contextmanager
def a_path() -> Iterator[Path]:
    """A path in a folder of its own, for tests that hypothesis repeats."""
    with TemporaryDirectory() as folder:
        yield Path(folder, "answers.sqlite")


# --- what is written is what is read ---------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(any_text, any_text, st.none() | any_text, counts_of_tokens, counts_of_tokens)
def test_any_text_comes_back_as_it_was(text, detail, finish, prompt_tokens, completion_tokens):
    reply = Reply(
        text,
        finish=finish and finish.encode("utf-8", "replace").decode(),
        detail=detail,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        seconds=1.25,
    )
    item = StoredReply(7, 2, b"k" * 16, Verdict.CODED, reply)
    with a_path() as path, AnswerStore(path, STUDY) as store:
        store.write([item])
        assert list(store.read()) == [[item]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "a\x00b\x00",
        "\ud800",
        "\ud83d\ude00",  # two halves that are not joined
        "\x1b[2J\x9b31m\r\n",
        "\u202egnirts\u2066\u200f",
        "\ufeff\uffff\U0010ffff",
        "\u0000\ud800é" * 350_000,  # more than 1 MB
    ],
    ids=["empty", "nul", "nuls", "surrogate", "pair", "control", "bidi", "edges", "long"],
)
def test_awkward_text_survives_closing(tmp_path, text):
    path = tmp_path / "answers.sqlite"
    with AnswerStore(path, STUDY) as store:
        store.write([stored(0, reply=Reply(text))])
    assert rows(path)[0].reply.text == text


@settings(deadline=None, max_examples=30)
@given(any_text, st.booleans())
def test_a_failure_keeps_its_reason_and_whether_it_is_for_good(reason, permanent):
    reply = Reply(None, failure=reason, permanent=permanent)
    with a_path() as path:
        with AnswerStore(path, STUDY) as store:
            store.write([stored(0, reply=reply)])
        (back,) = rows(path)
    assert back.reply.text is None
    assert back.reply.permanent is permanent
    assert back.verdict == (Verdict.REJECTED if permanent else Verdict.FAILED)
    # a reason is for people: a lone surrogate in it is shown as its escape
    assert back.reply.failure == reason.encode("utf-8", "backslashreplace").decode()


def test_rows_are_read_in_the_order_of_the_design_every_attempt_in_chunks(tmp_path):
    places = [(trial, attempt) for trial in range(40) for attempt in range(trial % 3 + 1)]
    shuffled = random.Random(1).sample(places, len(places))
    with AnswerStore(tmp_path / "answers.sqlite", STUDY) as store:
        for place in shuffled:
            store.write([stored(*place)])
        chunks = list(store.read(7))
    assert [(item.trial, item.attempt) for chunk in chunks for item in chunk] == places
    assert {len(chunk) for chunk in chunks[:-1]} == {7}


def test_the_last_attempt_has_a_slot_of_its_own(tmp_path):
    items = [stored(0, MAX_ATTEMPTS - 1), stored(1, 0)]
    with AnswerStore(tmp_path / "answers.sqlite", STUDY) as store:
        store.write(items)
        assert list(store.read()) == [items]


def test_peers_7_identical_prompts_with_different_repeats_are_separate_rows(tmp_path):
    repeats = [
        stored(trial, reply=Reply(f"answer {trial}"), key=b"same prompt here") for trial in range(3)
    ]
    with AnswerStore(tmp_path / "answers.sqlite", STUDY) as store:
        store.write(repeats)
        assert list(store.read()) == [repeats]
        assert store.find(b"same prompt here") == repeats


def test_find_takes_the_beginning_of_a_key(tmp_path):
    keys = [b"\x00\x01" + bytes(14), b"\x00\x01" + b"\xff" * 14, b"\x00\x02" + bytes(14)]
    with AnswerStore(tmp_path / "answers.sqlite", STUDY) as store:
        store.write(stored(i, key=key) for i, key in enumerate(keys))
        assert [item.key for item in store.find(b"\x00\x01")] == keys[:2]
        assert [item.key for item in store.find(keys[2])] == keys[2:]
        assert store.find(b"\x07") == []


def test_a_failure_asked_again_is_replaced(tmp_path):
    with AnswerStore(tmp_path / "answers.sqlite", STUDY) as store:
        store.write([stored(3, reply=FAILED)])
        store.write([stored(3, reply=CODED)])
        assert list(store.read()) == [[stored(3, reply=CODED)]]
        assert store.counts() == {"coded": 1, "refused": 0, "uncoded": 0, "failed": 0}


# --- what counts -----------------------------------------------------------------------------------

places = st.tuples(st.integers(0, 30), st.integers(0, MAX_ATTEMPTS - 1))


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(places, st.sampled_from([CODED, REFUSED, UNREADABLE, FAILED, REJECTED])))
def test_progress_is_the_last_attempt_of_each_trial(replies):
    last: dict[int, tuple[int, Reply]] = {}
    for (trial, attempt), reply in replies.items():
        if trial not in last or attempt > last[trial][0]:
            last[trial] = attempt, reply
    with a_path() as path, AnswerStore(path, STUDY) as store:
        store.write(stored(*place, reply) for place, reply in replies.items())
        progress, some = store.progress(), store.progress((2, 5))
        counts = store.counts()
        spent = store.spent()
    assert progress.trials.tolist() == sorted(last)
    assert progress.attempts.tolist() == [last[trial][0] for trial in sorted(last)]
    expected = [stored(0, 0, last[trial][1]).verdict for trial in sorted(last)]
    assert progress.verdicts.tolist() == expected
    within = (progress.trials >= 2) & (progress.trials < 5)
    assert some.trials.tolist() == progress.trials[within].tolist()
    assert some.attempts.tolist() == progress.attempts[within].tolist()
    assert some.verdicts.tolist() == progress.verdicts[within].tolist()
    texts = [reply.text for _, reply in last.values()]
    assert counts == {
        "coded": texts.count("coded"),
        "refused": texts.count("refused"),
        "uncoded": texts.count("unreadable"),
        "failed": texts.count(None),
    }
    assert spent == (
        sum(reply.prompt_tokens or 0 for reply in replies.values()),
        sum(reply.completion_tokens or 0 for reply in replies.values()),
    )


def test_an_empty_store_counts_nothing(tmp_path):
    with AnswerStore(tmp_path / "answers.sqlite", STUDY) as store:
        assert len(store.progress().trials) == 0
        assert store.counts() == dict.fromkeys(map(str, Status), 0)
        assert store.spent() == (0, 0)
        assert list(store.read()) == []


def test_peers_10_two_hundred_thousand_rows_are_read_by_index_and_in_few_statements(tmp_path):
    n = 200_000
    with AnswerStore(tmp_path / "answers.sqlite", STUDY) as store:
        store.write(stored(trial, key=b"k" * 16) for trial in range(n))
        said: list[str] = []
        store._db.set_trace_callback(said.append)
        assert len(store.progress().trials) == n
        assert store.counts()["coded"] == n
        counting = len(said)
        assert sum(map(len, store.read())) == n
        store._db.set_trace_callback(None)
        plans = [store._db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall() for query in set(said)]
    assert counting <= 10
    assert len(said) - counting <= n // 2000 + 1
    steps = [row[3] for plan in plans for row in plan]
    assert steps
    assert not any("TEMP B-TREE" in step for step in steps)  # nothing is sorted
    by_verdict = [step for step in steps if "verdict" in step]
    assert by_verdict
    assert all("USING COVERING INDEX replies_by_verdict" in step for step in by_verdict)


# --- durable ---------------------------------------------------------------------------------------


def pragmas(store: AnswerStore) -> dict[str, object]:
    names = ("synchronous", "journal_mode", "mmap_size")
    return {name: store._db.execute(f"PRAGMA {name}").fetchone()[0] for name in names}


@pytest.mark.parametrize("opening", ["first", "again", "after somebody chose WAL"])
def test_commits_are_durable_and_never_in_a_write_ahead_log(tmp_path, opening):
    path = tmp_path / "answers.sqlite"
    if opening != "first":
        filled(path)
    if opening == "after somebody chose WAL":
        other = sqlite3.connect(path)
        assert other.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
        other.close()
    with AnswerStore(path, STUDY) as store:
        assert pragmas(store) == {"synchronous": 2, "journal_mode": "delete", "mmap_size": 0}


def test_a_batch_is_stored_whole_or_not_at_all(tmp_path):
    path = tmp_path / "answers.sqlite"
    before = filled(path)
    bad = StoredReply(99, 0, b"k", None, CODED)  # type: ignore[arg-type]
    with AnswerStore(path, STUDY) as store:
        with pytest.raises(StoreError):
            store.write([stored(97), stored(98), bad])
        assert list(store.read()) == [before]
        store.write([stored(97)])
    assert rows(path) == [*before, stored(97)]


def test_a_batch_that_cannot_even_be_made_into_rows_leaves_the_store_usable(tmp_path):
    """A number that SQLite cannot hold raises an error that is not SQLite's."""
    path = tmp_path / "answers.sqlite"
    before = filled(path)
    huge = stored(98, reply=Reply("coded", prompt_tokens=2**64))
    with AnswerStore(path, STUDY) as store:
        with pytest.raises((StoreError, OverflowError)):
            store.write([stored(97), huge])
        store.write([stored(99)])
    assert rows(path) == [*before, stored(99)]


def test_a_reader_sees_whole_batches_while_another_writes(tmp_path):
    path = tmp_path / "answers.sqlite"
    with AnswerStore(path, STUDY) as writer, AnswerStore(path) as reader:
        for n in range(1, 6):
            writer.write(stored(trial) for trial in range(n * 100 - 100, n * 100))
            assert reader.counts()["coded"] == n * 100


def test_a_reader_between_two_chunks_does_not_hold_up_the_writer(tmp_path):
    path = tmp_path / "answers.sqlite"
    filled(path, 100)
    with AnswerStore(path, STUDY) as writer, AnswerStore(path) as reader:
        writer._db.execute("PRAGMA busy_timeout = 0")
        chunks = reader.read(10)
        first = next(chunks)
        writer.write([stored(1000)])
        rest = [item for chunk in chunks for item in chunk]
    assert [item.trial for item in [*first, *rest]] == [*range(100), 1000]


def in_a_process(code: str, path: Path) -> subprocess.Popen[str]:
    """Python code with `path` and the store's names in it."""
    head = f"""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from mores.fieldwork.store import AnswerStore, StoredReply
        from mores.records import Reply
        from small_design import stored
        path = Path({str(path)!r})
        STUDY = {STUDY!r}
        """
    command = [sys.executable, "-c", dedent(head) + dedent(code)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def killed(code: str, path: Path) -> None:
    """Run code until it says that it is ready, and kill it there."""
    with in_a_process(code + "\nprint('ready', flush=True)\ntime.sleep(600)", path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
    assert process.returncode == -signal.SIGKILL


SPILL = """
    store._db.execute("PRAGMA cache_size = 1")
    store._db.execute("BEGIN IMMEDIATE")
    for trial in range(500, 700):
        store._db.execute(
            "INSERT OR REPLACE INTO replies (slot, key, verdict, text, seconds) VALUES (?,?,0,?,0)",
            (trial * 16, b"k", b"x" * 3000),
        )
"""


@pytest.mark.parametrize("reading", [True, False], ids=["reader", "writer"])
def test_what_a_killed_process_left_half_written_is_taken_back(tmp_path, reading):
    path = tmp_path / "answers.sqlite"
    before = filled(path, 50)
    size = path.stat().st_size
    killed(dedent("store = AnswerStore(path, STUDY)\n") + dedent(SPILL), path)
    assert path.with_name("answers.sqlite-journal").exists()
    assert path.stat().st_size > size
    with AnswerStore(path, None if reading else STUDY) as store:
        assert store.counts()["coded"] == 50
        assert list(store.read()) == [before]
    assert path.stat().st_size == size
    assert not path.with_name("answers.sqlite-journal").exists()


COMMITS = """
    with AnswerStore(path, STUDY) as store:
        trial = 0
        while True:
            store.write(stored(trial + i, reply=Reply("x" * 2000)) for i in range(50))
            trial += 50
            print(trial, flush=True)
"""


def test_kills_in_the_midst_of_commits_lose_none_that_was_announced(tmp_path):
    chance = random.Random(3)
    journals = 0
    for n in range(12):
        path = tmp_path / f"{n}.sqlite"
        with in_a_process(dedent(COMMITS), path) as process:
            assert process.stdout is not None
            announced = [int(process.stdout.readline()) for _ in range(chance.randint(1, 20))]
            time.sleep(chance.uniform(0, 0.01))
            process.kill()
            announced += [int(line) for line in process.stdout.read().splitlines()]
        journals += path.with_name(path.name + "-journal").exists()
        found = rows(path)
        assert [item.trial for item in found] == list(range(len(found)))
        assert len(found) - announced[-1] in (0, 50)  # the last may be stored and not yet announced
        assert {item.reply.text for item in found} == {"x" * 2000}
    assert journals > 0, "no kill came in the midst of a commit"


def test_a_store_whose_making_was_killed_is_made_anew(tmp_path):
    path = tmp_path / "answers.sqlite"
    making = """
        import sqlite3
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        db.execute("INSERT INTO meta VALUES ('x', ?)", ("y" * 100_000,))
        for n in range(100):
            db.execute("INSERT INTO meta VALUES (?, ?)", (f"x{n}", "y" * 1000))
        """
    killed(dedent(making), path)
    assert path.stat().st_size > 0
    assert path.with_name("answers.sqlite-journal").exists()
    filled(path, 3)
    assert len(rows(path)) == 3


def test_a_file_of_no_bytes_left_by_a_crash_is_a_new_store(tmp_path):
    path = tmp_path / "answers.sqlite"
    path.touch()
    with pytest.raises(StoreError, match=r"no answers at .*answers\.sqlite") as caught:
        AnswerStore(path)
    assert not isinstance(caught.value, StoreDamagedError)
    assert path.stat().st_size == 0
    assert filled(path) == rows(path)


def test_reading_what_does_not_exist_says_so_and_makes_nothing(tmp_path):
    with pytest.raises(StoreError, match="no answers at"):
        AnswerStore(tmp_path / "answers.sqlite")
    assert list(tmp_path.iterdir()) == []


# --- what is not to be touched ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": 2}, "seed differs"),
        ({"seed": 2, "study": "other"}, "study, seed differ "),
        ({"sampling": {"temperature": 0.3}}, "sampling differs"),
        ({"model": {"name": "m"}}, "model differs"),
    ],
)
def test_a_store_of_another_study_is_named_and_left_alone(tmp_path, changes, named):
    path = tmp_path / "answers.sqlite"
    filled(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=named) as caught:
        AnswerStore(path, STUDY | changes)
    assert "--out" in str(caught.value)
    assert path.read_bytes() == before
    assert [child.name for child in tmp_path.iterdir()] == ["answers.sqlite"]


def test_the_same_study_opens_again_whatever_the_order_and_types_of_its_fields(tmp_path):
    path = tmp_path / "answers.sqlite"
    with AnswerStore(path, {"a": (1, 2), "b": {"x": 1, "y": None}}) as store:
        assert store.meta() == {"a": [1, 2], "b": {"x": 1, "y": None}}
    with AnswerStore(path, {"b": {"y": None, "x": 1}, "a": [1, 2]}) as store:
        store.write([stored(0)])


def test_a_store_of_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "answers.sqlite"
    filled(path)
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    for fingerprint in (STUDY, None):
        with pytest.raises(StoreDamagedError, match=r"newer version.*99.*upgrade"):
            AnswerStore(path, fingerprint)
    assert path.read_bytes() == before


def another_database(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE notes (text)")
    db.commit()
    db.close()


@pytest.mark.parametrize("fingerprint", [STUDY, None], ids=["writer", "reader"])
@pytest.mark.parametrize("content", ["database", "text", "random"])
def test_what_is_no_store_is_left_alone(tmp_path, content, fingerprint):
    path = tmp_path / "answers.sqlite"
    if content == "database":
        another_database(path)
    elif content == "text":
        path.write_text("key,answer\n1,A\n")
    else:
        path.write_bytes(random.Random(2).randbytes(40_000))
    before = path.read_bytes()
    remedy = "with --out" if fingerprint else "ask anew in another folder"
    with pytest.raises(StoreDamagedError, match=rf"answers\.sqlite.*{remedy}"):
        AnswerStore(path, fingerprint)
    assert path.read_bytes() == before


def use(path: Path) -> None:
    """Everything that a reader does with a store."""
    with AnswerStore(path) as store:
        store.meta()
        store.progress()
        store.counts()
        store.spent()
        store.find(b"\x01")
        for _ in store.read():
            pass


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> bytes:
    """The bytes of a store of some pages."""
    path = tmp_path_factory.mktemp("store") / "answers.sqlite"
    texts = ["coded", "é\ud800 long " * 300, "x" * 9000]
    with AnswerStore(path, STUDY) as store:
        for i in range(60):
            reply = Reply(texts[i % 3], finish="stop", detail='{"a":1}', prompt_tokens=i)
            store.write([stored(i, reply=reply)])
    return path.read_bytes()


PAGE = 4096
share = st.floats(0, 1, exclude_max=True)
# the first pages hold schema and trees, the first bytes of a page its structure
places_of_damage = st.tuples(
    st.integers(0, 4) | st.integers(0, 80), st.integers(0, 120) | st.integers(0, PAGE - 1)
)
splinters = st.lists(
    st.tuples(places_of_damage, st.binary(min_size=1, max_size=64)), min_size=1, max_size=4
)


@settings(deadline=None, max_examples=400)
@given(splinters, st.none() | share)
def test_a_damaged_store_is_read_or_named_never_worse(sound, splinters, cut):
    """Damage either shows as a StoreError or is in the words of a reply, where nobody can see it."""
    spoilt = bytearray(sound)
    for (page, offset), splinter in splinters:
        start = page * PAGE + offset
        spoilt[start : start + len(splinter)] = splinter
    if cut is not None:
        del spoilt[int(cut * len(sound)) :]
    with a_path() as path:
        path.write_bytes(spoilt)
        try:
            use(path)
        except StoreError as error:
            assert str(path) in str(error)  # noqa: PT017


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
def test_a_truncated_store_is_damaged_and_left_as_it_is(tmp_path, sound, share):
    path = tmp_path / "answers.sqlite"
    path.write_bytes(sound[: int(len(sound) * share)])
    before = path.read_bytes()
    with pytest.raises(StoreDamagedError, match=r"restore it from a copy|not an answer store"):
        use(path)
    assert path.read_bytes() == before


def test_a_tree_that_leads_in_a_circle_is_damage_and_no_endless_loop(tmp_path, monkeypatch):
    path = tmp_path / "answers.sqlite"
    filled(path)
    with AnswerStore(path) as store:
        monkeypatch.setattr(store, "_fetched", lambda *_: [row_of(stored(3))])
        with pytest.raises(StoreDamagedError, match="out of order"):
            list(islice(store.read(), 10))


def test_words_that_no_reader_can_decode_are_damage(tmp_path):
    path = tmp_path / "answers.sqlite"
    filled(path)
    db = sqlite3.connect(path)
    db.execute("UPDATE replies SET text = x'ff' WHERE slot = 0")
    db.commit()
    db.close()
    with pytest.raises(StoreDamagedError, match="cannot be read"):
        rows(path)


# --- places that cannot be written -----------------------------------------------------------------

as_root = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere"
)


@as_root
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="permissions"):
        AnswerStore(tmp_path / "answers.sqlite", STUDY)


@as_root
def test_a_file_that_cannot_be_written_can_be_read(tmp_path):
    path = tmp_path / "answers.sqlite"
    before = filled(path)
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        assert rows(path) == before
        with (
            pytest.raises(StoreError, match=r"permissions.*--out"),
            AnswerStore(path, STUDY) as store,
        ):
            store.write([stored(77)])
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_in_the_place_of_the_store_is_named(tmp_path):
    (tmp_path / "answers.sqlite").mkdir()
    for fingerprint in (STUDY, None):
        with pytest.raises(StoreError, match=r"answers\.sqlite"):
            AnswerStore(tmp_path / "answers.sqlite", fingerprint)


FILL = """
    from mores.errors import StoreError
    with AnswerStore(path, STUDY) as store:
        written = 0
        try:
            while written < 100_000:
                store.write(stored(written + i, reply=Reply("x" * 5000)) for i in range(20))
                written += 20
        except StoreError as error:
            print(f"{written} {type(error).__name__} {error}")
        try:
            store.write([stored(written, reply=Reply("x" * 500_000))])
        except StoreError as error:
            print("again")
"""


@pytest.fixture
def tiny_disk(tmp_path) -> Iterator[Path]:
    """A disk of one megabyte, where this machine lets one be made."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1M", "none", str(place)], capture_output=True
        )
    except OSError:
        pytest.skip("there is no mount command")
    if made.returncode:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def check_filled(code: str, path: Path) -> None:
    with in_a_process(code, path) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    first, again, *_ = said.splitlines()
    written, kind, message = first.split(" ", 2)
    assert int(written) > 0
    assert kind == "StoreError"
    assert "the disk may be full" in message
    assert "make room and repeat" in message
    assert again == "again"
    assert [item.trial for item in rows(path)] == list(range(int(written)))


def test_a_full_disk_is_named_and_what_was_stored_is_intact(tiny_disk):
    check_filled(dedent(FILL), tiny_disk / "answers.sqlite")


def test_a_limit_on_the_size_of_files_is_like_a_full_disk(tmp_path):
    pytest.importorskip("resource")
    limit = """
        import resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        """
    check_filled(dedent(limit) + dedent(FILL), tmp_path / "answers.sqlite")


def test_a_full_disk_while_the_store_is_made_is_named(tiny_disk):
    rest = tiny_disk.joinpath("rest")
    rest.write_bytes(b"x" * (1 << 20))
    with pytest.raises(StoreError, match="disk may be full"):
        AnswerStore(tiny_disk / "answers.sqlite", STUDY)
    rest.unlink()
    filled(tiny_disk / "answers.sqlite")


def test_a_store_in_use_is_named_after_the_wait(tmp_path):
    path = tmp_path / "answers.sqlite"
    filled(path)
    other = sqlite3.connect(path, isolation_level=None)
    with AnswerStore(path, STUDY) as store:
        store._db.execute("PRAGMA busy_timeout = 0")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="in use"):
            store.write([stored(0)])
        other.execute("ROLLBACK")
        store.write([stored(0)])
    other.close()


def test_progress_is_columns(tmp_path):
    with AnswerStore(tmp_path / "answers.sqlite", STUDY) as store:
        store.write([stored(5), stored(2, 1, UNREADABLE)])
        progress = store.progress()
    assert [column.dtype for column in (progress.trials, progress.attempts, progress.verdicts)] == [
        np.int64,
        np.int8,
        np.int8,
    ]
    assert progress.trials.tolist() == [2, 5]


# --- probabilities of labels -----------------------------------------------------------------------


def probable(*low: float, high: tuple[float, ...] | None = None) -> Reply:
    return Reply(None, masses=OptionMasses(low, low if high is None else high))


def back_from(reply: Reply) -> Reply:
    """The reply as it is read after the file was closed."""
    item = StoredReply(3, 0, b"k" * 16, Verdict.CODED, reply)
    with a_path() as path:
        with AnswerStore(path, STUDY) as store:
            store.write([item])
        (found,) = rows(path)
    assert (found.trial, found.attempt, found.key, found.verdict) == (3, 0, b"k" * 16, 0)
    return found.reply


exact_in_32_bits = st.floats(-200, 0, width=32) | st.just(-inf)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(exact_in_32_bits, exact_in_32_bits), min_size=1, max_size=12))
def test_log_probabilities_come_back_as_they_were(pairs):
    low = tuple(min(pair) for pair in pairs)
    high = tuple(max(pair) for pair in pairs)
    for reply in (probable(*low), probable(*low, high=high)):
        assert back_from(reply) == reply


def test_log_probabilities_are_kept_in_32_bits():
    low, high = (-0.1, -2.3456789, -inf), (-0.1, -2.3456789, -9.87654321)
    for kept in (back_from(probable(*low)), back_from(probable(*low, high=high))):
        assert kept.text is None
        assert kept.failure is None
        assert kept.masses is not None
        assert kept.masses.low == pytest.approx(low, rel=2**-23)
        assert kept.masses.low[2] == -inf
    assert kept.masses.high == pytest.approx(high, rel=2**-23)
    assert np.exp(kept.masses.high) == pytest.approx(np.exp(high), abs=1e-7)


def test_an_answer_without_probabilities_has_none():
    for reply in (CODED, FAILED):
        assert back_from(reply).masses is None


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ((nan, -1.0), None),
        ((-1.0, nan), None),
        ((nan, nan, nan), (-1.0, -1.0, -1.0)),
        ((-1.0, -2.0), (-1.0,)),
        ((-1.0,), (-1.0, -2.0, -3.0)),
        ((0.5, 1e39), None),
        ((), None),
        ((-1.0,), None),
    ],
)
def test_what_a_faulty_model_tells_is_kept_and_codes_alike(low, high):
    """No such reply makes the store unreadable."""
    reply = probable(*low, high=high)
    assert code_masses(reply).reason == "impossible-probabilities"
    assert code_masses(back_from(reply)).reason == "impossible-probabilities"


@pytest.mark.parametrize("content", [b"\x00\x00\x00", b"\x00\x00\xc0\x7f" + bytes(12), "text", 7])
def test_bytes_that_are_no_probabilities_are_damage(tmp_path, content):
    path = tmp_path / "answers.sqlite"
    filled(path)
    db = sqlite3.connect(path)
    db.execute("UPDATE replies SET masses = ? WHERE slot = 0", (content,))
    db.commit()
    db.close()
    with pytest.raises(StoreDamagedError, match="cannot be read"):
        rows(path)


def test_an_answer_of_ten_probabilities_takes_at_most_120_bytes(tmp_path):
    """So that a million answers take 120 MB; with bounds, of which a server's words tell, 160."""
    chance = np.random.default_rng(1)
    for high, most in ((None, 120), (tuple([-0.5] * 10), 160)):
        path = tmp_path / f"{most}.sqlite"
        n = 20_000
        shares = np.log(chance.dirichlet(np.ones(10), n))
        with AnswerStore(path, STUDY) as store:
            store.write(
                StoredReply(
                    trial,
                    0,
                    chance.bytes(16),
                    Verdict.CODED,
                    Reply(
                        None,
                        prompt_tokens=480,
                        completion_tokens=1,
                        seconds=0.123456,
                        masses=OptionMasses(tuple(low), high or tuple(low)),
                    ),
                )
                for trial, low in enumerate(shares.tolist())
            )
        assert path.stat().st_size / n <= most


# --- stores of version 1 ---------------------------------------------------------------------------

VERSION_1 = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE replies (
    slot INTEGER PRIMARY KEY,
    key BLOB NOT NULL,
    verdict INTEGER NOT NULL,
    text BLOB,
    failure TEXT,
    finish TEXT,
    detail BLOB,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    seconds REAL NOT NULL
);
CREATE INDEX replies_by_verdict ON replies (verdict);
PRAGMA application_id = {0x6D6F7265};
PRAGMA user_version = 1;
"""


@pytest.fixture
def of_version_1(tmp_path) -> tuple[Path, list[StoredReply]]:
    """A store as version 1 left it, and what it holds."""
    path = tmp_path / "answers.sqlite"
    items = [stored(0), stored(1, 0, UNREADABLE), stored(1, 1, REFUSED), stored(2, 0, FAILED)]
    db = sqlite3.connect(path)
    db.executescript(VERSION_1)
    db.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [(name, json.dumps(value, sort_keys=True)) for name, value in STUDY.items()],
    )
    db.executemany(
        "INSERT INTO replies VALUES (?,?,?,?,?,?,?,?,?,?)",
        [
            (
                item.trial * MAX_ATTEMPTS + item.attempt,
                item.key,
                item.verdict,
                item.reply.text and item.reply.text.encode(),
                item.reply.failure,
                None,
                None,
                item.reply.prompt_tokens,
                item.reply.completion_tokens,
                item.reply.seconds,
            )
            for item in items
        ],
    )
    db.commit()
    db.close()
    return path, items


def version(path: Path) -> int:
    db = sqlite3.connect(path)
    try:
        return db.execute("PRAGMA user_version").fetchone()[0]
    finally:
        db.close()


@pytest.mark.parametrize("may_write", [True, False])
def test_a_store_of_version_1_is_read_and_left_as_it_is(of_version_1, monkeypatch, may_write):
    path, items = of_version_1
    before = path.read_bytes()
    path.chmod(0o644 if may_write else 0o444)
    if not may_write:  # root may write everywhere
        monkeypatch.setattr(os, "access", lambda *_: False)
    assert rows(path) == items
    with AnswerStore(path) as store:
        assert store.counts() == {"coded": 1, "refused": 1, "uncoded": 0, "failed": 1}
        assert store.find(items[1].key) == [items[1]]
        assert store.spent() == (1500, 131)
        if not may_write:
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                store._db.execute("DELETE FROM replies")
    assert path.read_bytes() == before


def test_a_store_of_version_1_is_brought_up_to_date_when_it_is_written_to(of_version_1):
    path, items = of_version_1
    more = StoredReply(9, 0, b"k" * 16, Verdict.CODED, probable(-0.5, -2.0))
    with AnswerStore(path, STUDY) as store:
        assert list(store.read()) == [items]
        store.write([more])
        assert list(store.read()) == [[*items, more]]
    assert version(path) == 2
    with AnswerStore(path, STUDY) as store:  # and only once
        assert list(store.read()) == [[*items, more]]
    assert rows(path) == [*items, more]


def test_a_store_of_version_1_has_then_the_form_of_a_new_one(of_version_1, tmp_path):
    path, _ = of_version_1
    AnswerStore(path, STUDY).close()
    other = tmp_path / "other.sqlite"
    AnswerStore(other, STUDY).close()
    forms = []
    for file in (path, other):
        db = sqlite3.connect(file)
        forms.append(db.execute("PRAGMA table_info(replies)").fetchall())
        db.close()
    assert forms[0] == forms[1]


def test_another_studys_store_of_version_1_is_left_alone(of_version_1):
    path, _ = of_version_1
    before = path.read_bytes()
    with pytest.raises(StoreError, match="seed differs"):
        AnswerStore(path, STUDY | {"seed": 2})
    assert path.read_bytes() == before


@pytest.mark.parametrize("reading", [True, False], ids=["reader", "writer"])
def test_a_migration_that_is_killed_leaves_version_1(of_version_1, reading):
    path, items = of_version_1
    migrating = """
        import sqlite3
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN IMMEDIATE")
        db.execute("ALTER TABLE replies ADD COLUMN masses BLOB")
        db.execute("PRAGMA user_version = 2")
        for n in range(100):
            db.execute("INSERT INTO meta VALUES (?, ?)", (f"x{n}", "y" * 1000))
        """
    killed(dedent(migrating), path)
    assert path.with_name("answers.sqlite-journal").exists()
    with AnswerStore(path, None if reading else STUDY) as store:
        assert list(store.read()) == [items]
    assert version(path) == (1 if reading else 2)


def test_a_reader_that_was_open_before_goes_on_reading(of_version_1):
    path, items = of_version_1
    with AnswerStore(path) as reader, AnswerStore(path, STUDY) as writer:
        writer.write([stored(5)])
        assert list(reader.read()) == [[*items, stored(5)]]
