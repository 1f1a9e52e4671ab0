import asyncio
import heapq
from collections.abc import Callable
from typing import Any

import pytest

from mores.models.throttle import Throttle


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0
        self.alarms: list[tuple[float, int, Callable[[], Any]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], Any]) -> None:
        heapq.heappush(self.alarms, (self.now + delay, len(self.alarms), callback))

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self.alarms and self.alarms[0][0] <= end:
            self.now, _, callback = heapq.heappop(self.alarms)
            callback()
        self.now = end


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def run(test: Callable[[Throttle, Clock], Any], maximum: int = 8) -> None:
    async def go() -> None:
        clock = Clock()
        await test(Throttle(maximum, clock), clock)

    asyncio.run(go())


async def enter(throttle: Throttle, n: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(throttle.enter()) for _ in range(n)]
    await settle()
    return tasks


def let_in(tasks: list[asyncio.Task[int]]) -> int:
    return sum(task.done() for task in tasks)


def test_no_more_than_the_limit_in_order_of_arrival() -> None:
    async def test(throttle: Throttle, clock: Clock) -> None:
        tasks = await enter(throttle, 11)
        assert let_in(tasks) == throttle.active == 8
        assert throttle.waiting == 3
        for n in (9, 10, 11):
            throttle.leave()
            await settle()
            assert [t.done() for t in tasks] == [True] * n + [False] * (11 - n)

    run(test)


def test_one_cut_for_all_that_were_in_flight_together() -> None:
    async def test(throttle: Throttle, clock: Clock) -> None:
        tickets = [task.result() for task in await enter(throttle, 8)]
        for ticket in tickets:
            throttle.limited(ticket)
            throttle.leave()
        assert throttle.limit == 4.0
        (later,) = await enter(throttle, 1)
        throttle.limited(later.result())
        assert throttle.limit == 2.0

    run(test)


def test_the_limit_stays_at_least_one() -> None:
    async def test(throttle: Throttle, clock: Clock) -> None:
        for _ in range(10):
            ticket = await throttle.enter()
            throttle.limited(ticket)
            throttle.leave()
        assert throttle.limit == 1.0
        assert let_in(await enter(throttle, 2)) == 1

    run(test)


def test_recovery_is_by_one_for_every_limits_worth_of_answers() -> None:
    async def test(throttle: Throttle, clock: Clock) -> None:
        throttle.limited(await throttle.enter())
        throttle.leave()
        assert throttle.limit == 4.0
        for _ in range(4):
            throttle.succeeded(await throttle.enter())
            throttle.leave()
        assert 4.8 < throttle.limit < 5.0  # 4 + 1/4 + 1/4.25 + …
        for _ in range(60):
            throttle.succeeded(await throttle.enter())
            throttle.leave()
        assert throttle.limit == 8.0

    run(test)


def test_answers_from_before_a_cut_do_not_raise_the_limit() -> None:
    async def test(throttle: Throttle, clock: Clock) -> None:
        early = [task.result() for task in await enter(throttle, 8)]
        throttle.limited(early[0])
        for ticket in early[1:]:
            throttle.succeeded(ticket)
        assert throttle.limit == 4.0

    run(test)


def test_retry_after_holds_everybody_back() -> None:
    async def test(throttle: Throttle, clock: Clock) -> None:
        ticket = await throttle.enter()
        throttle.limited(ticket, 5.0)
        throttle.leave()
        tasks = await enter(throttle, 6)
        assert let_in(tasks) == 0
        clock.advance(4.9)
        await settle()
        assert let_in(tasks) == 0
        clock.advance(0.2)
        await settle()
        assert let_in(tasks) == 4  # the halved limit
        assert len(clock.alarms) == 0

    run(test)


def test_a_shorter_wait_does_not_shorten_a_longer_one() -> None:
    async def test(throttle: Throttle, clock: Clock) -> None:
        throttle.limited(await throttle.enter(), 5.0)
        throttle.limited(0, 1.0)
        throttle.leave()
        tasks = await enter(throttle, 1)
        clock.advance(2.0)
        await settle()
        assert let_in(tasks) == 0
        throttle.limited(1, 10.0)  # a longer one lengthens it
        clock.advance(4.0)
        await settle()
        assert let_in(tasks) == 0
        clock.advance(6.1)
        await settle()
        assert let_in(tasks) == 1

    run(test)


def test_who_gives_up_takes_no_place() -> None:
    async def test(throttle: Throttle, clock: Clock) -> None:
        await enter(throttle, 8)
        first, second, third = await enter(throttle, 3)
        first.cancel()
        await settle()
        throttle.leave()  # lets the second in, which is cancelled before it runs
        second.cancel()
        await settle()
        assert third.done()
        assert not third.cancelled()
        assert throttle.active == 8
        assert throttle.waiting == 0

    run(test)


def test_the_running_loop_is_the_clock_unless_another_is_given() -> None:
    async def go() -> float:
        throttle = Throttle(2)
        throttle.limited(await throttle.enter(), 0.05)
        throttle.leave()
        began = asyncio.get_running_loop().time()
        await throttle.enter()
        return asyncio.get_running_loop().time() - began

    assert 0.04 < asyncio.run(go()) < 2


def test_no_concurrency_is_no_throttle() -> None:
    with pytest.raises(ValueError, match="use 1 or more"):
        Throttle(0)
