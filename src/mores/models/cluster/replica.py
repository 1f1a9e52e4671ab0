"""One actor of several, as the driver sees it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from mores.errors import ModelError
from mores.models.cluster.actors import Found, Host, Trouble
from mores.models.cluster.placement import Place
from mores.models.interface import Capabilities, Model
from mores.models.scrub import one_line

__all__ = ["Lost", "Replica"]

START = 180.0
"""Seconds within which an actor must run; loading its model is not among them."""
_CLOSE = 5.0
_DETAIL = re.compile(r"Worker exit detail: ([^.\n]+)")
_DEAD = re.compile(r"The actor is dead because ([^\n]+?)\.?(?:\n|$)")

T = TypeVar("T")


class Lost(Exception):
    """An actor has gone, or is of no use any more, and with it what was in flight.

    Parameters
    ----------
    reason : str
        Ray's word for it.
    blamed : bool
        Whether it was this block that it was working on.
    """

    def __init__(self, reason: str, blamed: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.blamed = blamed


class Replica:
    """An actor that holds the model.

    Parameters
    ----------
    build : callable
        Makes the model in the actor.
    place : Place
        What it takes up.
    folder : str
        Where the driver runs.

    Attributes
    ----------
    flying : dict of int to None
        Blocks in flight, in the order in which they were sent.
    gone : str
        Why it is no more; empty as long as it lives.
    longest : float
        Most seconds that it was silent over its work before a reply came.
    """

    def __init__(self, build: Callable[[], Model], place: Place, folder: str) -> None:
        import ray

        how = {
            "num_cpus": place.cpus,
            "num_gpus": place.gpus,
            "max_restarts": 0,
            "scheduling_strategy": "SPREAD",
        }
        host = ray.remote(Host).options(**how)
        try:
            self._actor: Any = host.remote(build, folder, place.gpus > 0)
        except Exception as error:
            raise _cut_off(error) from None
        self.flying: dict[int, None] = {}
        self.gone = ""
        self.longest = 0.0
        self._heard = 0.0
        self._ended = ""
        self._sent = 0
        self._blamed = -1

    async def start(self) -> str:
        """Wait until it runs; the name of its machine.

        Raises
        ------
        Lost
            If it does not come to life in time.
        """
        try:
            return str(await asyncio.wait_for(self._of_ray("where"), START))
        except TimeoutError:
            self.kill()
            raise Lost(f"no machine had room for it within {START:g} s", False) from None

    async def prepare(self, known: Capabilities | None, scoring: bool) -> Found:
        """Have it load its model.

        Raises
        ------
        Lost
            If it ends.
        ModelError
            If the model cannot be used there.
        """
        found: Found = _good(await self._of_ray("prepare", known, scoring))
        return found

    async def ask(self, packed: bytes) -> bytes:
        """Replies to a block.

        Raises
        ------
        Lost
            If it ends before they have come.
        ModelError
            If no request can succeed.
        asyncio.CancelledError
            If it has been told to hold, and had not begun.
        """
        number = self._sent = self._sent + 1
        if not self.flying:
            self._heard = time.monotonic()
        self.flying[number] = None
        try:
            replies = _good(await self._of_ray("ask", packed))
        except Lost as lost:
            if not self.gone:
                self.gone, self._blamed = self._ended or lost.reason, min(self.flying)
                self.kill()
            raise Lost(self.gone, number == self._blamed) from None
        finally:
            del self.flying[number]
        self.longest = max(self.longest, self.silent())
        self._heard = time.monotonic()
        if replies is None:
            raise asyncio.CancelledError
        return bytes(replies)

    def silent(self) -> float:
        """Seconds since it last gave a reply, or was given work when it had none."""
        return time.monotonic() - self._heard

    def end(self, reason: str) -> None:
        """End it, so that what it has in flight is lost for a reason of ours."""
        self._ended = reason
        self.kill()

    async def _of_ray(self, method: str, *given: Any) -> Any:
        import ray
        from ray.exceptions import RayActorError, RayError, RayTaskError

        try:
            return await getattr(self._actor, method).remote(*given)
        except RayActorError as error:
            raise Lost(_reason(error), False) from None
        except RayTaskError as error:
            # its model broke, perhaps for good: a GPU that failed once fails every block after it
            cause = getattr(error, "cause", None)
            reason = _reason(cause) if isinstance(cause, RayError) else _raised(cause or error)
            raise Lost(reason, False) from None
        except RayError as error:
            raise Lost(_reason(error), False) from None
        except Exception as error:
            if ray.is_initialized() and not isinstance(error, ConnectionError):
                raise
            raise _cut_off(error) from None

    def hold(self) -> None:
        """Tell it to send nothing more."""
        with suppress(Exception):  # it may be gone
            self._actor.hold.remote()

    def kill(self) -> None:
        """End it now."""
        import ray

        with suppress(Exception):
            ray.kill(self._actor)

    async def close(self) -> None:
        """Have it let go of its model, and end it."""
        if not self.gone:
            with suppress(Lost, ModelError, TimeoutError):
                await asyncio.wait_for(self._of_ray("close"), _CLOSE)
        self.kill()


def _good(told: T | Trouble) -> T:
    if isinstance(told, Trouble):
        said = f"{told.message} (on {told.node})"
        raise Lost(said, False) if told.own else ModelError(said)
    return told


def _cut_off(error: Exception) -> ModelError:
    """What to tell when the cluster itself has gone, not an actor of it."""
    return ModelError(
        f"the cluster is no longer connected ({one_line(str(error), 200)}); see that it runs, and "
        "repeat the command to go on"
    )


def _raised(error: BaseException) -> str:
    """What a model's code raised, without the lines that led there."""
    said = str(error).strip().partition("\n")[0]
    return one_line(f"{type(error).__name__}: {said}", 200)


def _reason(error: Exception) -> str:
    """Of all that Ray says, what a user can make use of."""
    text = str(error)
    if "creation task" in text:
        return one_line(text.strip().splitlines()[-1], 200)
    found = _DETAIL.search(text) or _DEAD.search(text)
    return one_line(found[1] if found else text, 200) or type(error).__name__
