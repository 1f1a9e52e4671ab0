"""Ctrl-C and a polite kill, as calls into a running event loop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["on_interrupt"]


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
