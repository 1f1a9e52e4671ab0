"""A coroutine run to its end, from a script and from a notebook alike."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

__all__ = ["completed"]

T = TypeVar("T")


def completed(begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What a coroutine returns, or raises.

    In a thread whose event loop runs already, as in a notebook, it gets a thread and a loop of its
    own; signals are then not routed to it, and an interruption cancels it.

    Parameters
    ----------
    begin : callable
        Gives the coroutine.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(begin())
    return _elsewhere(begin)


def _elsewhere(begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
    outcome: Future[T] = Future()
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()

    async def main() -> T:
        task = asyncio.current_task()
        assert task is not None
        started.set_result((asyncio.get_running_loop(), task))
        return await begin()

    def work() -> None:
        try:
            outcome.set_result(asyncio.run(main()))
        except BaseException as error:  # handed to whoever waits for the outcome
            outcome.set_exception(error)

    thread = threading.Thread(target=work, name="mores-run")
    thread.start()
    try:
        return outcome.result()
    except KeyboardInterrupt:
        loop, task = started.result()
        with suppress(RuntimeError):  # it has ended meanwhile
            loop.call_soon_threadsafe(task.cancel)
        raise
    finally:
        thread.join()
