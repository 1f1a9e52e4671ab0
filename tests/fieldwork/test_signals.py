from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any

import pytest

from mores.fieldwork.signals import interrupts_win, on_interrupt

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@pytest.fixture(autouse=True)
def _usual_handlers():
    """As Python starts in a terminal; a process started in the background ignores SIGINT."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_calls_back_while_open_and_is_as_before_after(number):
    before = signal.getsignal(number)
    called: list[int] = []

    async def session() -> Any:
        with on_interrupt(asyncio.get_running_loop(), lambda: called.append(1)):
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.01)
        return signal.getsignal(number)

    loop = asyncio.new_event_loop()
    after = loop.run_until_complete(session())
    loop.close()
    assert (
        1 <= len(called) <= 2
    )  # a second one that comes before the first is seen may merge with it
    default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    assert after == default == before


def test_a_failure_inside_lets_go_of_the_signals():
    async def session() -> None:
        with on_interrupt(asyncio.get_running_loop(), lambda: None):
            raise ZeroDivisionError

    loop = asyncio.new_event_loop()
    with pytest.raises(ZeroDivisionError):
        loop.run_until_complete(session())
    loop.close()
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_outside_the_main_thread_nothing_is_changed():
    done: list[bool] = []

    async def session() -> None:
        with on_interrupt(asyncio.get_running_loop(), lambda: None):
            done.append(True)

    thread = threading.Thread(target=lambda: asyncio.run(session()))
    thread.start()
    thread.join()
    assert done == [True]
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


@pytest.mark.parametrize("becomes", [KeyboardInterrupt, RuntimeError, None])
def test_an_interrupt_wins_whatever_a_library_makes_of_it(becomes):
    def drawing() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            raise AssertionError("the signal did not come")
        except KeyboardInterrupt:
            if becomes is not None:
                raise becomes from None

    with pytest.raises(KeyboardInterrupt), interrupts_win():
        drawing()
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_without_an_interrupt_an_error_stays_itself():
    with pytest.raises(ZeroDivisionError), interrupts_win():
        raise ZeroDivisionError
    with interrupts_win():
        pass
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_interrupts_that_somebody_else_handles_stay_theirs():
    called: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: called.append(number))
    with interrupts_win():
        os.kill(os.getpid(), signal.SIGINT)
    assert called == [signal.SIGINT]

    def elsewhere() -> None:
        with interrupts_win():
            called.append(0)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert called == [signal.SIGINT, 0]
