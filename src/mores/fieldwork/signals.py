"""Ctrl-C and a polite kill, as calls into a running event loop."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

__all__ = ["interrupts_win", "on_interrupt"]


@contextmanager
def on_interrupt(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> Iterator[None]:
    """Have SIGINT and SIGTERM call back while open.

    Where that cannot be (on Windows, or outside the main thread) nothing is changed, and
    `KeyboardInterrupt` arrives as usual.
    """
    routed = []
    with suppress(NotImplementedError, RuntimeError, ValueError):
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, callback)
            routed.append(number)
    try:
        yield
    finally:
        for number in routed:
            loop.remove_signal_handler(number)


@contextmanager
def interrupts_win() -> Iterator[None]:
    """Have what is done while open end with `KeyboardInterrupt` if SIGINT came meanwhile.

    A library that draws or writes may swallow the exception, or make another one of it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True
        signal.default_int_handler(number, frame)

    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler:  # ignored, or somebody else's
        yield
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield
    except Exception as error:
        if came:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, usual)
    if came:
        raise KeyboardInterrupt
