"""How many requests are in flight at once, as the server bears it.

Additive increase, multiplicative decrease: the limit begins at the most that was asked for, is halved
when the server asks for fewer requests, and grows by one for every limit's worth of answers. [#]_

.. [#] Chiu and Jain (1989), Analysis of the increase and decrease algorithms for congestion avoidance
   in computer networks, Computer Networks and ISDN Systems 17, 1-14.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Throttle", "Timer"]


class Timer(Protocol):
    """The part of an event loop that tells the time."""

    def time(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def call_later(self, delay: float, callback: Callable[[], Any]) -> Any:
        """Call back after so many seconds."""
        ...


class Throttle:
    """An adaptive limit on concurrent requests, fair in order of arrival.

    Parameters
    ----------
    maximum : int
        Most requests at once, at least 1; the limit begins here and never exceeds it.
    timer : Timer, optional
        Clock; the running event loop unless given.

    Attributes
    ----------
    limit : float
        Present limit, 1 … maximum; its whole part counts.
    active : int
        Requests in flight.
    """

    def __init__(self, maximum: int, timer: Timer | None = None) -> None:
        if maximum < 1:
            raise ValueError(f"concurrency {maximum} is not possible; use 1 or more")
        self.maximum = maximum
        self.limit = float(maximum)
        self.active = 0
        self._timer = timer
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._cuts = 0
        self._closed_until = float("-inf")
        self._alarm_set = False
        self._held = False

    def hold(self) -> None:
        """Let nobody in any more: whoever waits, or comes, is cancelled."""
        self._held = True
        while self._waiting:
            self._waiting.popleft().cancel()

    @property
    def waiting(self) -> int:
        """How many wait to be let in."""
        return len(self._waiting)

    async def enter(self) -> int:
        """Wait to be let in; every `enter` is followed by one `leave`.

        Returns
        -------
        int
            A ticket to be handed to `succeeded` or `limited`.

        Raises
        ------
        asyncio.CancelledError
            If `hold` was called.
        """
        if self._held:
            raise asyncio.CancelledError
        if self._waiting or not self._open():
            place = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            self._admit()
            try:
                await place
            except asyncio.CancelledError:
                self._give_up(place)
                raise
        else:
            self.active += 1
        return self._cuts

    def leave(self) -> None:
        """Make room for the next."""
        self.active -= 1
        if self._waiting:
            self._admit()

    def succeeded(self, ticket: int) -> None:
        """An answer came; the limit grows by one for every limit's worth of them.

        An answer to a request that was sent before the last cut says nothing about the new limit.
        """
        if self.limit < self.maximum and ticket == self._cuts:
            self.limit = min(self.maximum, self.limit + 1 / self.limit)
            if self._waiting:
                self._admit()

    def limited(self, ticket: int, wait: float | None = None) -> None:
        """The server asked for fewer requests.

        The limit is halved once for all requests that were in flight together, and nobody is let in
        for `wait` seconds.
        """
        if ticket == self._cuts:
            self._cuts += 1
            self.limit = max(1.0, self.limit / 2)
        if wait is not None:
            self._closed_until = max(self._closed_until, self._clock().time() + wait)

    def _clock(self) -> Timer:
        return self._timer or asyncio.get_running_loop()

    def _open(self) -> bool:
        if self.active >= int(self.limit):
            return False
        return self._closed_until == float("-inf") or self._pause() <= 0

    def _pause(self) -> float:
        return self._closed_until - self._clock().time()

    def _admit(self) -> None:
        while self._waiting and self._open():
            place = self._waiting.popleft()
            if not place.done():
                self.active += 1
                place.set_result(None)
        if self._waiting and not self._alarm_set and (pause := self._pause()) > 0:
            self._alarm_set = True
            self._clock().call_later(pause, self._wake)

    def _wake(self) -> None:
        self._alarm_set = False
        self._admit()

    def _give_up(self, place: asyncio.Future[None]) -> None:
        if place.done() and not place.cancelled():
            self.leave()
        elif place in self._waiting:
            self._waiting.remove(place)
