"""Several addresses of one model, asked as one: ``http://a:8000,b:8000,c/v1#NAME``.

The scheme stands before the first address and holds for those without one of their own; the path
stands after the last and holds for those without one of their own. A request goes to the address with
the fewest in flight. One that fails several times in a row is set aside for a while, and what it has
failed to answer is asked at another.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from mores.errors import ModelError
from mores.models.chat import all_answered
from mores.models.failures import Patience
from mores.models.http import HttpModel
from mores.models.interface import Capabilities
from mores.models.providers import PORTS, endpoint, shown
from mores.records import Reply, Request

__all__ = ["ReplicatedModel", "addresses"]

IN_A_ROW = 3
"""Requests that an address fails one after another before it is set aside …"""
ASIDE, LONGEST = 30.0, 600.0
"""… for so many seconds, twice as many each time that it fails again, at most the second number."""
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_ATTEMPTS = 2
"""Attempts at one address before a request goes to another."""


def addresses(spec: str) -> list[str]:
    """The addresses of a specification, each whole, in the order given.

    Parameters
    ----------
    spec : str
        ``SCHEME://ADDRESS[,ADDRESS…][/PATH]#NAME``.

    Raises
    ------
    ModelError
        If one is empty or stands there twice, though it be written in two ways.
    """
    first, _, rest = spec.partition("#")[0].partition("://")
    bare = [part.strip() for part in rest.split(",")]
    last = bare[-1].partition("://")[2] or bare[-1]
    path = "".join(last.partition("/")[1:])
    found: dict[str, str] = {}
    for part in bare:
        scheme, own, place = part.partition("://")
        scheme, place = (scheme, place) if own else (first, part)
        if not place.partition("/")[0]:
            raise ModelError(
                f"{shown(spec)} has an empty address; write them with one comma between each two, as in "
                "http://a:8000,b:8000/v1#NAME"
            )
        if "/" not in place:
            place += path
        whole = f"{scheme.lower()}://{place}".rstrip("/")
        place = _place(whole)
        if place in found:
            also = "" if found[place] == whole else f", once as {shown(found[place])}"
            raise ModelError(f"{shown(spec)} names {shown(whole)} twice{also}; leave one out")
        found[place] = whole
    return list(found.values())


def _place(address: str) -> str:
    """Where an address leads, written in one way."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme)
    except ValueError:  # `endpoint` tells what is wrong with it
        return address
    host = "localhost" if host in _THIS_MACHINE else host
    return f"{parts.scheme}://{host}:{port}{parts.path}?{parts.query}"


@dataclass(slots=True)
class _Address:
    """One address, and how it has done of late."""

    model: HttpModel
    flying: int = 0
    failures: int = 0
    times: int = 0
    until: float = float("-inf")
    error: ModelError | None = field(default=None)

    @property
    def base(self) -> str:
        return self.model.endpoint.base


class ReplicatedModel:
    """One model at several addresses.

    Parameters
    ----------
    spec : str
        See `addresses`.
    environ : mapping
        Where the key and proxies are looked up; one key serves all.
    concurrency : int, default 32
        Most requests in flight at all addresses together.
    patience : Patience, optional
        Time limits and retries; the attempts are shared by the addresses.
    clock : callable
        Tells seconds.

    Attributes
    ----------
    spec, label, simulated, block_size
        See `mores.models.interface.Model`.
    """

    simulated = False
    block_size = 1

    def __init__(
        self,
        spec: str,
        environ: Mapping[str, str],
        concurrency: int = 32,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        patience = patience or Patience()
        name = spec.partition("#")[2]
        ends = [endpoint(f"{address}#{name}", environ) for address in addresses(spec)]
        self._patience = patience
        each = replace(patience, attempts=min(_ATTEMPTS, patience.attempts))
        self._all = [
            _Address(HttpModel(replace(end, spec=spec), concurrency, each)) for end in ends
        ]
        self.spec = spec
        self.label = ends[0].model
        self._clock = clock
        self._held = False

    def __repr__(self) -> str:
        return f"ReplicatedModel({self.spec!r})"

    @property
    def capabilities(self) -> Capabilities:
        """What the first address was found to take, and every other confirmed."""
        return self._all[0].model.capabilities

    @property
    def identity(self) -> dict[str, Any]:
        """That of the model at any one address."""
        return self._all[0].model.identity

    @property
    def notes(self) -> tuple[str, ...]:
        """How many addresses there are."""
        return (f"{len(self._all)} addresses",)

    async def prepare(self, known: Capabilities | None = None) -> None:
        """Find out what the first address takes, and see that the others take the same.

        Raises
        ------
        ModelError
            If one cannot be asked, or takes something else.
        """
        await self._each(lambda model: model.prepare(known))
        self._agree("takes", ("system", "structured", "seed", "sampling"))

    async def prepare_scoring(self) -> None:
        """Find out how the first tells probabilities, and see that the others do it alike.

        Raises
        ------
        ModelError
            If one does not tell them, or otherwise.
        """
        await self._each(HttpModel.prepare_scoring)
        self._agree("tells probabilities with", ("scoring", "scoring_form", "logprobs"))

    async def _each(self, prepared: Callable[[HttpModel], Awaitable[None]]) -> None:
        """Do it at every address; where some cannot be asked, say which, and that others can."""
        done = await asyncio.gather(
            *(prepared(address.model) for address in self._all), return_exceptions=True
        )
        failed = [
            (address.base, error)
            for address, error in zip(self._all, done, strict=True)
            if isinstance(error, BaseException)
        ]
        if not failed:
            return
        error = failed[0][1]
        if not isinstance(error, ModelError) or len(failed) == len(self._all):
            raise error
        left = len(self._all) - len(failed)
        also = f"; so it is with {', '.join(base for base, _ in failed[1:])}" if failed[1:] else ""
        them = "this address" if len(failed) == 1 else "these addresses"
        raise ModelError(
            f"{error}{also}; or leave {them} out of --model: {left} of {len(self._all)} can be asked"
        )

    def _agree(self, does: str, names: Sequence[str]) -> None:
        first, *others = self._all
        ours = asdict(first.model.capabilities)
        for other in others:
            theirs = asdict(other.model.capabilities)
            differ = [name for name in names if ours[name] != theirs[name]]
            if differ:
                name = differ[0]
                raise ModelError(
                    f"{other.base} {does} {name} = {_plain(theirs[name])}, {first.base} "
                    f"{_plain(ours[name])}: answers would depend on the address; run the same server "
                    "with the same options at each"
                )

    async def ask(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply for each request, in order; a failed request is a reply with its reason.

        Raises
        ------
        ModelError
            If no request can succeed at any address.
        """
        return await all_answered(self._answer, requests)

    async def _answer(self, request: Request) -> Reply:
        tried: list[_Address] = []
        rounds = max(1, -(-self._patience.attempts // _ATTEMPTS))
        began = self._clock()
        while True:
            address = self._chosen(tried)
            address.flying += 1
            try:
                (reply,) = await address.model.ask([request])
            except ModelError as error:
                address.error = error
                continue
            finally:
                address.flying -= 1
            self._note(address, reply)
            tried.append(address)
            spent = self._clock() - began
            if reply.failure is None or reply.permanent or self._held:
                return reply
            if len(tried) >= rounds or spent >= self._patience.total:
                return replace(reply, seconds=spent)

    def _chosen(self, tried: Sequence[_Address]) -> _Address:
        """Of the addresses that are not set aside the one with the fewest in flight.

        One that this request has not tried goes before; if all are set aside, the one whose time is
        up first is taken.
        """
        usable = [address for address in self._all if address.error is None]
        if not usable:
            error = self._all[0].error
            assert error is not None
            raise error
        return min(usable, key=lambda a: (self._left(a), tried.count(a), a.flying))

    def _left(self, address: _Address) -> float:
        """Seconds for which an address is set aside still; whoever comes back gets one to begin with."""
        if address.failures >= IN_A_ROW and address.flying:
            return max(1.0, address.until - self._clock())
        return max(0.0, address.until - self._clock())

    def _note(self, address: _Address, reply: Reply) -> None:
        if reply.failure is None or reply.permanent:  # it answers, if only to refuse
            address.failures = address.times = 0
            address.until = float("-inf")
            return
        address.failures += 1
        if address.failures >= IN_A_ROW and address.until <= self._clock():
            address.until = self._clock() + min(LONGEST, ASIDE * 2**address.times)
            address.times += 1

    def hold(self) -> None:
        """Send nothing more; what is on its way may still come back."""
        self._held = True
        for address in self._all:
            address.model.hold()

    async def close(self) -> None:
        """Close every connection; `prepare` opens them again."""
        await asyncio.gather(*(address.model.close() for address in self._all))


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
