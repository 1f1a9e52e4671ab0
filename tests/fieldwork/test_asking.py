from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_design import (
    CODED,
    FAILED,
    REFUSED,
    REJECTED,
    UNREADABLE,
    Answer,
    ScriptedModel,
    SmallDesign,
    stored,
)

from mores.errors import FieldworkError, ModelError, StoreError
from mores.fieldwork import asking as module
from mores.fieldwork.asking import Asking, Ended, ask_all
from mores.fieldwork.store import AnswerStore, Progress, StoredReply, Verdict
from mores.fieldwork.tally import Tally, remaining
from mores.models.interface import Price
from mores.records import Reply

STUDY = {"study": "small"}
PRICE = Price(1000.0, 1000.0, "2026-01-01", "a list")
PRICED = Reply("coded", prompt_tokens=500, completion_tokens=120)  # US$ 0.62, as expected


def asked(
    path: Path, design: SmallDesign, model: ScriptedModel, **options: Any
) -> tuple[str, Tally]:
    """Ask as a run would, with a time limit so that a hang is a failure."""

    async def session() -> tuple[str, Tally]:
        async with asyncio.timeout(30):
            with AnswerStore(path, STUDY) as store:
                return await ask_all(design, model, store, Asking(**options))

    return asyncio.run(session())


def rows(path: Path) -> list[StoredReply]:
    with AnswerStore(path) as store:
        return [item for chunk in store.read() for item in chunk]


def places(path: Path) -> list[tuple[int, int]]:
    return [(item.trial, item.attempt) for item in rows(path)]


def expected(design: SmallDesign, answer: Answer) -> list[StoredReply]:
    """What a store holds in the end, asking one trial after another."""
    items = []
    for trial in design.chosen.tolist():
        for attempt in range(design.attempts):
            items.append(stored(trial, attempt, answer(trial, attempt)))
            if items[-1].verdict != Verdict.UNCODED:
                break
    return items


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "answers.sqlite"


@contextmanager
def a_path() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder, "answers.sqlite")


# --- what is asked ---------------------------------------------------------------------------------

REPLIES = (CODED, REFUSED, UNREADABLE, REJECTED)


def scripted(seed: int) -> Answer:
    """A reply that follows from the place alone, so that no order of asking can change it."""
    return lambda trial, attempt: REPLIES[(trial * 7919 + attempt * 104_729 + seed) % 11 % 4]


@settings(deadline=None, max_examples=40)
@given(
    size=st.integers(1, 60),
    attempts=st.integers(1, 4),
    concurrency=st.integers(1, 12),
    block_size=st.sampled_from([1, 1, 2, 7, 64]),
    seed=st.integers(0, 10),
    crashes=st.lists(st.integers(0, 20), max_size=3),
)
def test_however_often_it_stops_each_trial_is_asked_once(
    size, attempts, concurrency, block_size, seed, crashes
):
    """The store ends as if all had been asked one after another, and no stored reply is asked again."""
    design = SmallDesign(size, attempts, np.flatnonzero(np.arange(size) % 5 != 4))
    answer = scripted(seed)
    want = expected(design, answer)
    with a_path() as path:
        for crash in crashes:
            left = iter(range(crash))

            def stops(trial: int, attempt: int, left: Iterator[int] = left) -> Reply:
                if next(left, None) is None:
                    raise ModelError("the key is rejected")
                return answer(trial, attempt)

            before = set(places(path)) if path.exists() else set()
            model = ScriptedModel(stops, block_size=block_size)
            with suppress(ModelError, FieldworkError):
                asked(path, design, model, concurrency=concurrency)
            assert not before & set(model.asked)
            assert before <= set(places(path))

        before = set(places(path)) if path.exists() else set()
        model = ScriptedModel(answer, block_size=block_size)
        ended, tally = asked(path, design, model, concurrency=concurrency)
        assert ended == Ended.COMPLETE
        assert rows(path) == want
        assert Counter(model.asked) == Counter({(i.trial, i.attempt) for i in want} - before)
        assert max(model.blocks, default=0) <= block_size
        assert model.peak <= concurrency
    last = {item.trial: item.verdict for item in want}
    verdicts = Counter(last.values())
    assert tally.settled == tally.planned == design.selected
    assert (tally.coded, tally.refused, tally.uncoded, tally.failed) == (
        verdicts[Verdict.CODED],
        verdicts[Verdict.REFUSED],
        verdicts[Verdict.UNCODED],
        verdicts[Verdict.REJECTED],
    )
    assert tally.requests == len(model.asked)
    assert tally.prompt_tokens == sum(item.reply.prompt_tokens or 0 for item in want)
    assert tally.completion_tokens == sum(item.reply.completion_tokens or 0 for item in want)


def test_one_at_a_time_asks_in_the_order_of_the_design(path):
    model = ScriptedModel(lambda trial, attempt: UNREADABLE if trial == 2 else CODED)
    asked(path, SmallDesign(5, attempts=2), model, concurrency=1)
    # what cannot be read is asked again at once, while the server still knows the prompt
    assert model.asked == [(0, 0), (1, 0), (2, 0), (2, 1), (3, 0), (4, 0)]


def test_what_cannot_be_coded_is_asked_again_so_often_and_each_is_counted(path):
    model = ScriptedModel(lambda trial, attempt: UNREADABLE)
    ended, tally = asked(path, SmallDesign(4, attempts=3), model)
    assert ended == Ended.COMPLETE
    assert Counter(model.asked) == Counter((t, a) for t in range(4) for a in range(3))
    assert (tally.uncoded, tally.reasked, tally.requests) == (4, 8, 12)
    assert asked(path, SmallDesign(4, attempts=3), ScriptedModel(lambda *_: CODED))[1].requests == 0


def test_more_attempts_than_before_take_up_where_the_last_ended(path):
    asked(path, SmallDesign(3, attempts=1), ScriptedModel(lambda *_: UNREADABLE))
    model = ScriptedModel(lambda *_: CODED)
    asked(path, SmallDesign(3, attempts=2), model)
    assert sorted(model.asked) == [(0, 1), (1, 1), (2, 1)]


def test_a_refusal_is_an_answer_and_not_asked_again(path):
    model = ScriptedModel(lambda *_: REFUSED)
    _, tally = asked(path, SmallDesign(4), model)
    assert (tally.refused, tally.reasked) == (4, 0)
    again = ScriptedModel(lambda *_: CODED)
    asked(path, SmallDesign(4), again)
    assert again.asked == []


def test_a_failure_is_asked_again_by_the_next_run_and_not_before(path):
    design = SmallDesign(6)
    model = ScriptedModel(lambda trial, _: FAILED if trial % 2 else CODED)
    ended, tally = asked(path, design, model)
    assert ended == Ended.COMPLETE
    assert len(model.asked) == 6
    assert tally.failed == 3
    again = ScriptedModel(lambda *_: CODED)
    _, tally = asked(path, design, again)
    assert sorted(again.asked) == [(1, 0), (3, 0), (5, 0)]
    assert (tally.earlier, tally.coded, tally.failed) == (3, 6, 0)
    assert [item.verdict for item in rows(path)] == [Verdict.CODED] * 6


def test_a_failure_of_a_repeated_attempt_is_asked_again_under_its_number(path):
    replies = {0: UNREADABLE, 1: FAILED}
    asked(path, SmallDesign(1), ScriptedModel(lambda _, attempt: replies[attempt]))
    model = ScriptedModel(lambda *_: CODED)
    asked(path, SmallDesign(1), model)
    assert model.asked == [(0, 1)]


def test_what_was_rejected_for_good_is_asked_again_only_on_demand(path):
    design = SmallDesign(4)
    asked(path, design, ScriptedModel(lambda trial, _: REJECTED if trial == 1 else CODED))
    model = ScriptedModel(lambda *_: CODED)
    _, tally = asked(path, design, model)
    assert model.asked == []
    assert (tally.settled, tally.failed) == (4, 1)
    _, tally = asked(path, design, model, retry_rejected=True)
    assert model.asked == [(1, 0)]
    assert (tally.coded, tally.failed) == (4, 0)


def test_a_wider_sample_asks_only_what_is_new(path):
    asked(path, SmallDesign(10, chosen=np.array([2, 7])), ScriptedModel(lambda *_: CODED))
    model = ScriptedModel(lambda *_: CODED)
    _, tally = asked(path, SmallDesign(10, chosen=np.array([1, 2, 7, 9])), model)
    assert sorted(model.asked) == [(1, 0), (9, 0)]
    assert (tally.planned, tally.earlier, tally.settled) == (4, 2, 4)


def test_a_narrower_sample_counts_only_what_it_asks_for(path):
    asked(path, SmallDesign(10), ScriptedModel(lambda *_: CODED))
    _, tally = asked(path, SmallDesign(10, chosen=np.array([3])), ScriptedModel(lambda *_: CODED))
    assert (tally.planned, tally.settled, tally.requests) == (1, 1, 0)


def test_nothing_to_ask_is_complete(path):
    design = SmallDesign(3, chosen=np.array([], np.int64))
    ended, tally = asked(path, design, ScriptedModel(lambda *_: CODED))
    assert (ended, tally.planned, tally.settled) == (Ended.COMPLETE, 0, 0)


# --- how many at once ------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 3, 32])
def test_as_many_are_in_flight_as_allowed_and_never_more(path, concurrency):
    model = ScriptedModel(lambda *_: CODED, delay=0.005)
    asked(path, SmallDesign(100), model, concurrency=concurrency)
    assert model.peak == concurrency


def test_a_model_that_likes_blocks_gets_full_ones(path):
    model = ScriptedModel(lambda *_: CODED, block_size=16)
    asked(path, SmallDesign(100), model, concurrency=1)
    assert model.blocks == [16] * 6 + [4]


def test_a_block_is_filled_up_beside_what_is_asked_again(path):
    model = ScriptedModel(lambda t, a: UNREADABLE if t < 4 and a == 0 else CODED, block_size=8)
    asked(path, SmallDesign(16, attempts=2), model, concurrency=1)
    assert model.blocks == [8, 8, 4]
    assert model.asked[8:12] == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert rows(path) == expected(SmallDesign(16, attempts=2), model.answer)


def test_asking_waits_for_a_slow_disk(path, monkeypatch):
    monkeypatch.setattr(module, "UNSAVED", 100)
    counts = {"answered": 0, "stored": 0, "worst": 0}

    def answer(trial: int, attempt: int) -> Reply:
        counts["answered"] += 1
        counts["worst"] = max(counts["worst"], counts["answered"] - counts["stored"])
        return CODED

    write = AnswerStore.write

    def slow(self: AnswerStore, batch: list[StoredReply]) -> None:
        time.sleep(0.02)
        write(self, batch)
        counts["stored"] += len(batch)

    monkeypatch.setattr(AnswerStore, "write", slow)
    asked(path, SmallDesign(3000), ScriptedModel(answer), concurrency=8)
    assert counts["stored"] == 3000
    assert counts["worst"] <= 100 + 8


def test_replies_are_committed_in_batches_and_soon(path, monkeypatch):
    sizes = []
    write = AnswerStore.write

    def noted(self: AnswerStore, batch: list[StoredReply]) -> None:
        sizes.append(len(batch))
        write(self, batch)

    monkeypatch.setattr(AnswerStore, "write", noted)
    asked(path, SmallDesign(2000), ScriptedModel(lambda *_: CODED), concurrency=32)
    assert sum(sizes) == 2000
    assert len(sizes) <= 2000 / module.BATCH + 2

    # a lone reply does not wait for company
    sizes.clear()
    shown: list[int] = []
    model = ScriptedModel(lambda *_: CODED, delay=3 * module.LINGER)
    design = SmallDesign(2003)
    asked(path, design, model, concurrency=1, watch=lambda tally: shown.append(tally.requests))
    assert sizes == [1, 1, 1]
    assert shown == [1, 2, 3]


# --- nothing counts before it is durable -----------------------------------------------------------


def test_what_is_shown_is_stored(path, monkeypatch):
    write = AnswerStore.write
    writing = threading.Event()
    answers = scripted(3)

    def answer(trial: int, attempt: int) -> Reply:
        if trial == 300:  # however slow the machine, the first batch holds half of them at most
            assert writing.wait(60)
        return answers(trial, attempt)

    model = ScriptedModel(answer)
    shown: list[Tally] = []
    ahead: list[int] = []

    def slow(self: AnswerStore, batch: list[StoredReply]) -> None:
        writing.set()
        stored_by_now = sum(map(len, self.read())) + len(batch)
        while len(model.asked) < min(600, stored_by_now + 100):
            time.sleep(0.001)  # until much is answered that is not yet stored
        write(self, batch)

    monkeypatch.setattr(AnswerStore, "write", slow)

    with AnswerStore(path, STUDY):
        pass
    with AnswerStore(path) as other:

        def watch(tally: Tally) -> None:
            shown.append(replace(tally))
            items = [item for chunk in other.read() for item in chunk]
            assert tally.requests <= len(items)
            found = Counter(item.verdict for item in items)
            assert tally.coded <= found[Verdict.CODED]
            assert tally.refused <= found[Verdict.REFUSED]
            assert tally.failed <= found[Verdict.REJECTED]
            ahead.append(len(model.asked) - tally.requests)

        problems: list[Any] = []

        async def session() -> tuple[str, Tally]:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: problems.append(context))
            with AnswerStore(path, STUDY) as store:
                return await ask_all(SmallDesign(600), model, store, Asking(8, watch=watch))

        _, tally = asyncio.run(session())
    assert problems == []
    assert max(ahead) > 50  # so the test could have failed
    assert [t.requests for t in shown] == sorted({t.requests for t in shown})
    assert replace(shown[-1], started=0) == replace(tally, started=0)


def test_a_store_that_fails_ends_the_asking_with_its_error(path, monkeypatch):
    write = AnswerStore.write
    calls = iter(range(100))

    def fails(self: AnswerStore, batch: list[StoredReply]) -> None:
        if next(calls) == 1:
            raise StoreError("the disk is full")
        write(self, batch)

    monkeypatch.setattr(AnswerStore, "write", fails)
    counted: list[int] = []

    class Slow(ScriptedModel):
        async def ask(self, requests: Any) -> Any:
            if len(self.asked) >= 200:
                await asyncio.sleep(3600)  # who waits for this has not noticed the failure
            return await super().ask(requests)

    began = time.monotonic()
    with pytest.raises(
        FieldworkError, match=r"the disk is full; until then \d+ replies were stored"
    ):
        asked(
            path,
            SmallDesign(1000),
            Slow(lambda *_: CODED, delay=0.001),
            concurrency=4,
            watch=lambda tally: counted.append(tally.requests),
        )
    assert time.monotonic() - began < 10
    assert counted == [len(rows(path))]
    assert counted[0] > 0


def test_a_store_that_takes_nothing_at_all_is_unusable_input(path, monkeypatch):
    def fails(self: AnswerStore, batch: list[StoredReply]) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(AnswerStore, "write", fails)
    with pytest.raises(StoreError, match=r"^the disk is full$"):
        asked(path, SmallDesign(1000), ScriptedModel(lambda *_: CODED))
    assert rows(path) == []


def test_a_writer_that_breaks_in_another_way_ends_it_too(path, monkeypatch):
    def breaks(self: AnswerStore, batch: list[StoredReply]) -> None:
        raise MemoryError

    monkeypatch.setattr(AnswerStore, "write", breaks)
    with pytest.raises(MemoryError):
        asked(path, SmallDesign(50), ScriptedModel(lambda *_: CODED))


# --- money -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 4, 50])
def test_a_budget_is_kept_and_a_higher_one_goes_on(path, concurrency):
    design = SmallDesign(40)
    model = ScriptedModel(lambda *_: PRICED, delay=0.001)
    options = {"concurrency": concurrency, "price": PRICE, "expected_tokens": (500, 120)}
    ended, tally = asked(path, design, model, budget=10.0, **options)
    assert ended == Ended.BUDGET
    assert tally.cost(PRICE) == pytest.approx(16 * 0.62)  # 17 would be US$ 10.54
    assert len(rows(path)) == 16
    ended, tally = asked(path, design, model, budget=12.0, **options)
    assert ended == Ended.BUDGET
    assert tally.cost(PRICE) == pytest.approx(19 * 0.62)  # what was spent before counts
    ended, tally = asked(path, design, model, budget=100.0, **options)
    assert ended == Ended.COMPLETE
    assert Counter(model.asked) == Counter((trial, 0) for trial in range(40))


def test_a_budget_that_is_exactly_enough_completes(path):
    free = replace(PRICED, prompt_tokens=1, completion_tokens=0)
    ended, tally = asked(
        path,
        SmallDesign(10),
        ScriptedModel(lambda *_: free),
        budget=10.0,
        price=Price(1e6, 0, "", ""),
        expected_tokens=(1.0, 0.0),
    )
    assert (ended, tally.cost(Price(1e6, 0, "", ""))) == (Ended.COMPLETE, 10.0)


def test_a_budget_too_small_for_one_request_asks_nothing(path):
    model = ScriptedModel(lambda *_: PRICED)
    ended, tally = asked(path, SmallDesign(10), model, budget=0.5, price=PRICE)
    assert (ended, model.asked, tally.settled) == (Ended.BUDGET, [], 0)


def test_replies_dearer_than_expected_stop_it_all_the_same(path):
    dear = replace(PRICED, completion_tokens=5000)
    model = ScriptedModel(lambda *_: dear, delay=0.001)
    ended, tally = asked(path, SmallDesign(100), model, concurrency=4, budget=20.0, price=PRICE)
    assert ended == Ended.BUDGET
    spent = tally.cost(PRICE)
    assert spent is not None
    assert spent <= 20.0 + 4 * 5.5  # at most what was in flight


def test_without_a_budget_cost_does_not_matter(path):
    ended, _ = asked(path, SmallDesign(50), ScriptedModel(lambda *_: PRICED), price=PRICE)
    assert ended == Ended.COMPLETE


# --- being stopped ---------------------------------------------------------------------------------


def signalled(
    path: Path,
    model: ScriptedModel,
    *after: float,
    number: int = signal.SIGINT,
    attempts: int = 3,
) -> Any:
    """Ask with signals that come so many seconds later, and tell how long it took."""
    said: list[str] = []

    async def session() -> tuple[str, Tally]:
        loop = asyncio.get_running_loop()

        async def signals() -> None:
            while len(model.asked) < 4:  # on a busy machine it may take long to begin
                await asyncio.sleep(0.005)
            for seconds in after:
                loop.call_later(seconds, os.kill, os.getpid(), number)

        sending = asyncio.ensure_future(signals())
        async with asyncio.timeout(60):
            with AnswerStore(path, STUDY) as store:
                asking = Asking(concurrency=4, note=said.append)
                found = await ask_all(SmallDesign(500, attempts), model, store, asking)
        await sending
        return found

    began = time.monotonic()
    ended, tally = asyncio.run(session())
    assert said == [
        "asking 500 requests",
        "waiting for 4 in flight; interrupt again to drop them",
    ]
    return ended, tally, time.monotonic() - began


main_thread = pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals need the main thread"
)


@main_thread
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_finishes_what_is_in_flight(path, number):
    model = ScriptedModel(lambda *_: CODED, delay=0.1)
    ended, tally, _ = signalled(path, model, 0.25, number=number)
    assert ended == Ended.INTERRUPTED
    assert 4 <= len(model.asked) < 40
    assert sorted(model.asked) == places(path)  # nothing asked was dropped
    assert tally.requests == tally.settled == len(model.asked)
    before = set(places(path))
    again = ScriptedModel(lambda *_: CODED)
    assert asked(path, SmallDesign(500), again)[0] == Ended.COMPLETE
    assert not before & set(again.asked)


@main_thread
def test_after_the_first_signal_nothing_is_asked_again_either(path):
    model = ScriptedModel(lambda *_: UNREADABLE, delay=0.1)
    ended, _, _ = signalled(path, model, 0.25, attempts=16)
    assert ended == Ended.INTERRUPTED
    assert max(attempt for _, attempt in model.asked) < 8
    assert sorted(model.asked) == places(path)


@main_thread
def test_the_second_signal_drops_what_is_in_flight(path):
    class Stuck(ScriptedModel):
        async def ask(self, requests: Any) -> Any:
            if len(self.asked) >= 20:
                self.delay = 3600
            return await super().ask(requests)

    model = Stuck(lambda *_: CODED, delay=0.001)
    ended, tally, took = signalled(path, model, 0.3, 0.5)
    assert ended == Ended.DROPPED
    assert took < 10
    assert places(path) == [(trial, 0) for trial in range(20)]
    assert tally.requests == 20


def test_in_another_thread_it_asks_without_signals(path):
    found: list[str] = []
    model = ScriptedModel(lambda *_: CODED)
    thread = threading.Thread(target=lambda: found.append(asked(path, SmallDesign(20), model)[0]))
    thread.start()
    thread.join(30)
    assert found == [Ended.COMPLETE]


def test_a_model_that_becomes_unusable_ends_it_and_what_was_answered_is_stored(path):
    def answer(trial: int, attempt: int) -> Reply:
        if trial >= 30:
            raise ModelError("the key is rejected; check it")
        return CODED

    model = ScriptedModel(answer)
    with pytest.raises(
        FieldworkError, match=r"the key is rejected; check it; .* 30 replies"
    ) as told:
        asked(path, SmallDesign(1000), model, concurrency=4)
    assert told.value.exit_code == 3
    assert isinstance(told.value.__cause__, ModelError)
    assert places(path) == [(trial, 0) for trial in range(30)]
    assert len(model.asked) <= 30 + 2 * 4
    for thread in threading.enumerate():
        if thread.name == "answer-store":
            thread.join(10)
            assert not thread.is_alive()


def test_a_model_that_is_unusable_from_the_first_is_just_that(path):
    def answer(trial: int, attempt: int) -> Reply:
        raise ModelError("the key is rejected; check it")

    with pytest.raises(ModelError, match=r"^the key is rejected; check it$"):
        asked(path, SmallDesign(1000), ScriptedModel(answer), concurrency=4)
    assert rows(path) == []


def test_a_defect_in_a_design_ends_it_with_its_error(path):
    class Broken(SmallDesign):
        def code(self, trial: int, attempt: int, reply: Reply) -> Any:
            if trial == 10:
                raise ZeroDivisionError
            return super().code(trial, attempt, reply)

    with pytest.raises(ZeroDivisionError):
        asked(path, Broken(100), ScriptedModel(lambda *_: CODED), concurrency=2)
    assert (9, 0) in places(path)


# --- large designs ---------------------------------------------------------------------------------


class Counted(SmallDesign):
    """Enumerates its blocks without ever holding them, and counts them."""

    def __init__(self, size: int) -> None:
        self.size = self.selected = size
        self.attempts = 3
        self.given: list[int] = []

    def blocks(self, length: int) -> Iterator[np.ndarray[Any, Any]]:
        for start in range(0, self.size, length):
            self.given.append(length)
            yield np.arange(start, min(self.size, start + length))


def test_five_million_trials_are_enumerated_lazily_and_in_columns():
    design = Counted(5_000_000)
    half = np.arange(0, 2_500_000)
    progress = Progress(half, np.zeros(len(half), np.int8), np.zeros(len(half), np.int8))
    tracemalloc.start()
    try:
        todo, tally = remaining(design, progress)
        counting = len(design.given)
        first = next(todo)
        for _ in range(10_000):
            last = next(todo)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert first == (2_500_000, 0)
    assert last == (2_510_000, 0)
    assert (tally.planned, tally.earlier, tally.coded) == (5_000_000, 2_500_000, 2_500_000)
    assert peak < 60e6
    # of the second enumeration only what leads up to the 10,001st trial left was made
    assert len(design.given) - counting <= 2_510_001 // 4096 + 2


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.none() | st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=40),
    st.integers(1, 5),
    st.booleans(),
)
def test_what_remains_follows_from_the_last_attempt(last, attempts, retry_rejected):
    """Against the rule in words, trial by trial."""
    trials = [t for t, found in enumerate(last) if found]
    progress = Progress(
        np.array(trials, np.int64),
        np.array([last[t][1] for t in trials], np.int8),
        np.array([last[t][0] for t in trials], np.int8),
    )
    todo, tally = remaining(SmallDesign(len(last), attempts), progress, retry_rejected)
    want = []
    for trial, found in enumerate(last):
        verdict, attempt = found or (None, 0)
        if verdict is None:
            want.append((trial, 0))
        elif verdict == Verdict.FAILED or (verdict == Verdict.REJECTED and retry_rejected):
            want.append((trial, attempt))
        elif verdict == Verdict.UNCODED and attempt + 1 < attempts:
            want.append((trial, attempt + 1))
    assert list(todo) == want
    assert tally.settled == tally.earlier == len(last) - len(want)


def test_a_tally_knows_its_cost_and_rate():
    tally = Tally(10, prompt_tokens=1_000_000, completion_tokens=500_000)
    assert tally.cost(None) is None
    assert tally.cost(Price(2.0, 8.0, "", "")) == 6.0
    tally.requests, tally.started = 50, time.monotonic() - 10
    assert tally.rate() == pytest.approx(5.0, rel=0.01)


def test_a_server_that_is_gone_is_not_asked_to_the_end(path):
    model = ScriptedModel(lambda *_: Reply(text=None, failure="connection refused"))
    ended, tally = asked(path, SmallDesign(5000), model)
    assert ended == Ended.FAILING
    assert module.GIVE_UP <= tally.requests < module.GIVE_UP + 100
    again = ScriptedModel(lambda *_: CODED)
    assert asked(path, SmallDesign(5000), again)[0] == Ended.COMPLETE
    assert len(again.asked) == 5000


def test_requests_that_are_refused_one_by_one_do_not_end_it(path):
    model = ScriptedModel(lambda *_: Reply(text=None, failure="HTTP 400", permanent=True))
    ended, tally = asked(path, SmallDesign(400), model)
    assert (ended, tally.failed) == (Ended.COMPLETE, 400)


def test_a_budget_holds_where_the_server_counts_no_tokens(path):
    silent = ScriptedModel(lambda *_: replace(CODED, prompt_tokens=None, completion_tokens=None))
    ended, tally = asked(path, SmallDesign(5000), silent, price=PRICE, budget=5.0)
    assert ended == Ended.BUDGET
    assert 0 < tally.requests < 5000


def test_long_replies_do_not_overrun_a_budget_before_any_has_come(path):
    """Until replies tell, as many tokens are expected as a reply may have."""
    long = Reply("coded", prompt_tokens=580, completion_tokens=1000)
    ended, tally = asked(
        path,
        SmallDesign(500),
        ScriptedModel(lambda *_: long, delay=0.01),
        price=Price(10.0, 100.0, "2026-01-01", "a list"),
        budget=1.0,
        concurrency=64,
    )
    assert ended == Ended.BUDGET
    assert tally.cost(Price(10.0, 100.0, "", "")) <= 1.0


def test_a_run_is_shown_also_while_nothing_comes_back(path, monkeypatch):
    monkeypatch.setattr(module, "TICK", 0.05)
    seen: list[tuple[int, int]] = []
    model = ScriptedModel(lambda *_: CODED, delay=0.4)
    asked(
        path,
        SmallDesign(4),
        model,
        concurrency=4,
        watch=lambda tally: seen.append((tally.settled, tally.in_flight)),
    )
    assert (0, 4) in seen
