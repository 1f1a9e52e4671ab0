"""Told to hold, a model sends nothing new: neither what waits its turn nor a repetition."""

import asyncio
import time

import pytest
from chat_server import running

from mores.models.failures import Patience
from mores.models.http import HttpModel
from mores.models.interface import Capabilities, Holdable
from mores.models.providers import endpoint
from mores.models.throttle import Throttle
from mores.records import Message, Request, Sampling


def request(n: int) -> Request:
    return Request(bytes([n]) * 16, (Message("user", f"question {n}"),), Sampling(), n)


def test_who_waits_and_who_comes_is_turned_away() -> None:
    async def session() -> None:
        throttle = Throttle(1)
        await throttle.enter()
        waiting = asyncio.ensure_future(throttle.enter())
        await asyncio.sleep(0)
        throttle.hold()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(asyncio.CancelledError):
            await throttle.enter()
        assert throttle.waiting == 0
        throttle.leave()

    asyncio.run(session())


def test_a_repetition_is_given_up_with_its_failure() -> None:
    async def session(port: int) -> float:
        at = endpoint(f"http://127.0.0.1:{port}/v1#m", {})
        model = HttpModel(at, 4, Patience(wait_initial=30, wait_max=60))
        assert isinstance(model, Holdable)
        await model.prepare(Capabilities())
        asked = [asyncio.ensure_future(model.ask([request(n)])) for n in range(2)]
        await asyncio.sleep(0.5)  # all have failed once and wait to be repeated
        model.hold()
        began = time.monotonic()
        for outcome in await asyncio.gather(*asked):
            assert outcome[0].text is None
            assert outcome[0].failure
            assert not outcome[0].permanent
        await model.close()
        return time.monotonic() - began

    with running(faults=1.0, kinds=("error",)) as server:
        assert asyncio.run(session(server.port)) < 20  # of 30


def test_what_is_on_its_way_still_comes_back() -> None:
    async def session(port: int) -> None:
        model = HttpModel(endpoint(f"http://127.0.0.1:{port}/v1#m", {}), 4)
        await model.prepare(Capabilities())
        asked = asyncio.ensure_future(model.ask([request(1)]))
        await asyncio.sleep(0.2)
        model.hold()
        assert (await asked)[0].text
        await model.close()

    with running(delay=0.6) as server:
        asyncio.run(session(server.port))
