"""A model that lives in the actors of a Ray cluster, behind the interface of every model.

The driver renders, codes and stores, as on one machine; what it asks goes to the actor with the
fewest blocks in flight. An actor that ends costs the blocks it held, which are asked again, and is
replaced. A block under which actors end again and again is cut into parts, until the one request that
ends them is left: that one fails, and the rest is answered.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from mores.errors import ModelError
from mores.models.cluster.actors import Found
from mores.models.cluster.placement import Cluster, Place, place
from mores.models.cluster.ray_session import RaySession, check_address, connect
from mores.models.cluster.replica import Lost, Replica
from mores.models.cluster.wire import pack_requests, unpack_replies
from mores.models.interface import Capabilities, Model
from mores.models.registry import CONCURRENCY, resolve
from mores.records import Reply, Request
from mores.version import __version__

if TYPE_CHECKING:
    from mores.models.failures import Patience

__all__ = ["ClusterModel", "clustered"]

_WAITING = 2
"""Blocks in flight an actor: one that it works on, and the next."""
_LIVES, _LIVES_OF_PARTS = 3, 2
"""Actors that may end under a block before it is cut, or under a part of one."""
_PARTS = 8
_STARTS = 5
"""Attempts to replace an actor, the waits between them doubling from a second."""
_ENDS = 24
"""Actors, but at least three times their number, that may end with no reply in between."""
_SILENCE, _SLOWER = 6 * 3600.0, 20
"""Seconds, but at least so many times the longest wait for a reply yet, after which an actor that
computes is taken to hang: Ray tells of processes that end, not of those that stand still."""
_LOOK = 60.0
"""Seconds between looks for one."""


def clustered(
    spec: str,
    cluster: Cluster,
    *,
    concurrency: int = CONCURRENCY,
    patience: Patience | None = None,
) -> ClusterModel:
    """The model of a specification, in the actors of a cluster; nothing is connected to yet.

    Parameters
    ----------
    spec, concurrency, patience
        As for `mores.models.registry.resolve`. Keys are those of each machine's own environment.
    cluster : Cluster
        Which one, and what on it.

    Raises
    ------
    InputError
        If the cluster's address or what is wanted of it is not possible, or Ray is not installed.
    ModelError
        If the specification cannot be used.
    """
    check_address(cluster.address)
    plain = resolve(spec, concurrency=concurrency, patience=patience)
    cluster.check(plain)

    def build(share: int) -> Callable[[], Model]:
        return partial(resolve, plain.spec, concurrency=share, patience=patience)

    return ClusterModel(plain, cluster, build, concurrency)


class ClusterModel:
    """A model in the actors of a cluster.

    Parameters
    ----------
    plain : Model
        The same model in this process, which is never prepared: what it is called.
    cluster : Cluster
        Which cluster, and what on it.
    build : callable
        Given its share of the requests in flight, what makes the model in an actor.
    concurrency : int
        Requests in flight at once, of a model that is asked over the network.

    Attributes
    ----------
    spec, label, simulated, block_size
        See `mores.models.interface.Model`; those of the plain model.
    lanes : int
        Blocks to be asked at once; known after `prepare`.
    """

    def __init__(
        self,
        plain: Model,
        cluster: Cluster,
        build: Callable[[int], Callable[[], Model]],
        concurrency: int = CONCURRENCY,
    ) -> None:
        self.spec, self.label = plain.spec, plain.label
        self.simulated, self.block_size = plain.simulated, plain.block_size
        self.lanes = concurrency
        self._plain, self._cluster, self._build = plain, cluster, build
        self._concurrency = concurrency
        self._session: RaySession | None = None
        self._place = Place(1, 0.0, 0.0)
        self._found: Found | None = None
        self._scoring = False
        self._replicas: list[Replica] = []
        self._replacing: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._some = asyncio.Event()
        self._ends = 0
        self._error: ModelError | None = None
        self._held = False

    def __repr__(self) -> str:
        return f"ClusterModel({self.spec!r}, {self._cluster.address!r})"

    @property
    def capabilities(self) -> Capabilities:
        """What the actors' models can do."""
        return self._found.capabilities if self._found else self._plain.capabilities

    @property
    def identity(self) -> dict[str, Any]:
        """The plain model's, as its actors tell it: where it runs changes no answer."""
        return self._found.identity if self._found else self._plain.identity

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know; known after `prepare`."""
        if self._session is None or self._found is None:
            return ()
        each = f", {self._place.gpus:g} GPUs each" if self._place.gpus else ""
        many = "1 replica" if self._place.replicas == 1 else f"{self._place.replicas} replicas"
        return (f"{many} on {self._session.where}{each}", *self._found.notes)

    async def prepare(self, known: Capabilities | None = None) -> None:
        """Connect, start the actors and have each load its model.

        Raises
        ------
        ModelError
            If the cluster is not there, of another version or too small, or the model cannot be used
            on it, or is not the same everywhere.
        """
        if self._found is not None:
            return
        self._session = connect(check_address(self._cluster.address))
        room = self._session.room()
        self._place = place(self._cluster, self._plain, room, self._concurrency)
        many = self._place.replicas
        if self.block_size > 1:
            self.lanes = many * _WAITING
        self._replicas = [self._new() for _ in range(many)]
        try:
            await asyncio.gather(*(replica.start() for replica in self._replicas))
        except Lost as lost:
            cpus, gpus = self._session.free()
            raise ModelError(
                f"{many} actors do not start on {self._session.where} ({lost.reason}); it has {room}, "
                f"of which {cpus:g} CPUs and {gpus:g} GPUs are free; give fewer --model-replicas, or "
                "wait"
            ) from None
        await self._prepare_all(known)
        self._some.set()
        if self.block_size > 1:
            self._watching = asyncio.ensure_future(self._watch())

    async def prepare_scoring(self) -> None:
        """Have each actor make ready to tell probabilities.

        Raises
        ------
        ModelError
            If the model does not tell them.
        """
        if self._scoring:
            return
        self._scoring = True
        await self._prepare_all(self.capabilities)

    def _new(self) -> Replica:
        share = -(-self._concurrency // self._place.replicas)
        return Replica(self._build(share), self._place, os.getcwd())

    async def _prepare_all(self, known: Capabilities | None) -> None:
        """Find out from the first what a server can do; what computes by itself, all at once."""
        first, *others = self._replicas
        if self.block_size == 1:
            found = [await self._prepared(first, known)]
            known = found[0].capabilities
        else:
            found, others = [], self._replicas
        found += await asyncio.gather(*(self._prepared(other, known) for other in others))
        self._found = found[0]
        for one in found:
            self._check(one)

    async def _prepared(self, replica: Replica, known: Capabilities | None) -> Found:
        try:
            return await replica.prepare(known, self._scoring)
        except Lost as lost:
            raise ModelError(
                f"{self.spec}: an actor ended while it made the model ready ({lost.reason}); see that "
                "every machine has the same mores with the same extras, and memory for the model"
            ) from None

    def _check(self, found: Found) -> None:
        """See that an actor's model is the one that the others hold, of the same version."""
        if found.version != __version__:
            raise ModelError(
                f"{found.node} has mores {found.version}, this process {__version__}; install the same "
                "on every machine of the cluster"
            )
        first = self._found
        assert first is not None
        if found.identity == first.identity and found.capabilities == first.capabilities:
            return
        ours, theirs = first.identity, found.identity
        differ = [n for n in sorted({*ours, *theirs}) if ours.get(n) != theirs.get(n)]
        raise ModelError(
            f"{self.spec} is not the same on {found.node} and on {first.node}: "
            f"{', '.join(differ) or 'its capabilities'} differ; put the same weights on every machine, "
            "or name a revision"
        )

    async def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """One reply for each request, in order, from whichever actor has least to do.

        Raises
        ------
        ModelError
            If no request can succeed, or no actor stays alive.
        """
        return await self._asked(requests, _LIVES)

    async def _asked(self, requests: Sequence[Request], lives: int) -> list[Reply]:
        packed = pack_requests(requests, self.simulated)
        while lives:
            replica = await self._free()
            try:
                replies = unpack_replies(await replica.ask(packed))
            except Lost as lost:
                self._replace(replica, lost.reason)
                lives, reason = lives - lost.blamed, lost.reason
            else:
                self._ends = 0
                return replies
        if len(requests) == 1:
            failure = f"the actors that were asked this ended ({reason})"
            return [Reply(text=None, failure=failure, permanent=True)]
        step = -(-len(requests) // _PARTS)
        found: list[Reply] = []
        for begin in range(0, len(requests), step):
            found += await self._asked(requests[begin : begin + step], _LIVES_OF_PARTS)
        return found

    async def _free(self) -> Replica:
        """The living actor with the fewest blocks in flight."""
        while True:
            if self._held:
                raise asyncio.CancelledError
            if self._error is not None:
                raise self._error
            if self._replicas:
                return min(self._replicas, key=lambda replica: len(replica.flying))
            self._some.clear()
            await self._some.wait()

    async def _watch(self) -> None:
        """End actors that hang, once it is known how long a reply may take."""
        while True:
            await asyncio.sleep(_LOOK)
            longest = max((replica.longest for replica in self._replicas), default=0.0)
            for replica in self._replicas:
                silent = replica.silent() if replica.flying else 0.0
                if longest and silent > max(_SILENCE, _SLOWER * longest):
                    replica.end(f"no reply for {silent:.0f} s")

    def _replace(self, gone: Replica, reason: str) -> None:
        """Have another actor take the place of one that has ended."""
        if gone not in self._replicas:
            return
        self._replicas.remove(gone)
        self._ends += 1
        if self._ends >= max(_ENDS, 3 * self._place.replicas):
            self._give_up(f"{self._ends} actors ended without a reply in between", reason)
        if self._held or self._error is not None:
            return
        task = asyncio.ensure_future(self._replaced(reason))
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _replaced(self, reason: str) -> None:
        try:
            for attempt in range(_STARTS):
                replica = self._new()
                try:
                    await replica.start()
                    self._check(await replica.prepare(self.capabilities, self._scoring))
                except Lost as lost:
                    reason = lost.reason
                    replica.kill()
                    await asyncio.sleep(2**attempt)
                except BaseException:
                    replica.kill()
                    raise
                else:
                    self._replicas.append(replica)
                    self._some.set()
                    return
        except ModelError as error:
            self._error = error
            self._some.set()
            return
        others = {task for task in self._replacing if not task.done()} - {asyncio.current_task()}
        if not self._replicas and not others:
            self._give_up("no actor is left, and none can be started", reason)

    def _give_up(self, what: str, reason: str) -> None:
        self._error = ModelError(
            f"{self.spec}: {what} ({reason}); see that the cluster runs and its machines have memory "
            "enough"
        )
        self._some.set()

    def hold(self) -> None:
        """Send nothing more; what is on its way may still come back."""
        self._held = True
        self._some.set()
        for replica in self._replicas:
            replica.hold()

    async def close(self) -> None:
        """End the actors, and a Ray of our own."""
        ending = [*self._replacing, *([self._watching] if self._watching else [])]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        replicas, self._replicas = self._replicas, []
        try:
            await asyncio.gather(*(replica.close() for replica in replicas), return_exceptions=True)
        finally:
            for replica in replicas:
                with suppress(Exception):
                    replica.kill()
            session, self._session, self._found = self._session, None, None
            if session is not None:
                session.close()
