"""A discrete-event simulation of how blocks are handed to the replicas of a cluster.

The policy is that of `mores.models.cluster.model.ClusterModel` under `mores.fieldwork.asking.ask_all`:
so many lanes each take the next block, have the driver render it, send it to the living replica with
the fewest blocks in flight (the one that joined first, of equals), have the driver code the replies, and
take the next. A replica answers its blocks one after another. When it ends, the blocks that it held go
to others at once, without being rendered again; another replica joins later. The cutting of a block
under which replicas end again and again is left out: here they end by chance, not by what they are
asked.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np

from mores.fieldwork.makespan import Setting

__all__ = ["Played", "simulate"]

_CHUNK = 4096
_RENDERED, _ANSWERED, _CODED, _ENDED, _JOINED = range(5)


@dataclass(frozen=True, slots=True)
class Played:
    """How it went.

    Attributes
    ----------
    seconds : float
        Until the last block was coded.
    blocks : int
        Coded, each once.
    ends : int
        Replicas that ended.
    lost : int
        Blocks that a replica was working on when it ended.
    moved : int
        Blocks that waited at a replica when it ended.
    wasted : float
        Seconds of work on blocks that were lost.
    worked : float
        Seconds of work on blocks that were answered.
    driver : float
        Seconds of the driver.
    most_losses : int
        How often one block was lost at most.
    most_in_flight : int
        Blocks at one replica at most.
    """

    seconds: float
    blocks: int
    ends: int
    lost: int
    moved: int
    wasted: float
    worked: float
    driver: float
    most_losses: int
    most_in_flight: int


def simulate(
    setting: Setting,
    seed: int = 0,
    *,
    times: Iterable[float] | None = None,
    lives: Iterable[float] | None = None,
) -> Played:
    """Play a setting through.

    Parameters
    ----------
    setting : Setting
    seed : int
        Of the times and the lives.
    times : iterable of float, optional
        Seconds of blocks in the order in which they begin, in place of drawn ones.
    lives : iterable of float, optional
        Seconds that replicas live in the order in which they join, in place of drawn ones.

    Returns
    -------
    Played

    Raises
    ------
    ValueError
        If `times` or `lives` are too few.
    """
    rng_times, rng_lives = (np.random.default_rng([seed, part]) for part in range(2))
    if times is None:
        times = _times(setting, rng_times)
    if lives is None:
        lives = _lives(setting, rng_lives)
    return _Cluster(setting, iter(times), iter(lives)).play()


def _times(setting: Setting, rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from setting.time.draw(rng, _CHUNK).tolist()


def _lives(setting: Setting, rng: np.random.Generator) -> Iterator[float]:
    while True:
        if math.isinf(setting.lifetime):
            yield from [math.inf] * _CHUNK
        else:
            yield from (setting.lifetime * rng.standard_exponential(_CHUNK)).tolist()


class _Cluster:
    """Replicas, driver and blocks at a moment."""

    def __init__(self, setting: Setting, times: Iterator[float], lives: Iterator[float]) -> None:
        self.setting, self.times, self.lives = setting, times, lives
        self.now = self.driver_free = self.driver_busy = 0.0
        self.events: list[tuple[float, int, int, int]] = []
        self.ordinal = 0
        self.replicas: dict[int, deque[int]] = {}
        self.began: dict[int, float] = {}
        self.joined = 0
        self.load: list[tuple[int, int]] = []
        self.homeless: deque[int] = deque()
        self.next_block = 0
        self.coded = self.ends = self.lost = self.moved = self.most_in_flight = 0
        self.wasted = self.worked = self.seconds = 0.0
        self.losses: dict[int, int] = {}

    def play(self) -> Played:
        for _ in range(self.setting.replicas):
            self.join()
        for _ in range(min(self.setting.under_way, self.setting.blocks)):
            self.take()
        on: dict[int, Callable[[int], None]] = {
            _RENDERED: self.send,
            _ANSWERED: self.answer,
            _CODED: self.code,
            _ENDED: self.end,
            _JOINED: self.join,
        }
        while self.coded < self.setting.blocks:
            self.now, _, kind, subject = heappop(self.events)
            on[kind](subject)
        return Played(
            self.seconds,
            self.coded,
            self.ends,
            self.lost,
            self.moved,
            self.wasted,
            self.worked,
            self.driver_busy,
            max(self.losses.values(), default=0),
            self.most_in_flight,
        )

    def at(self, time: float, kind: int, subject: int) -> None:
        self.ordinal += 1
        heappush(self.events, (time, self.ordinal, kind, subject))

    def drive(self, seconds: float, kind: int, block: int) -> None:
        """Give the driver something to do, after what it has to do already."""
        self.driver_free = max(self.now, self.driver_free) + seconds
        self.driver_busy += seconds
        self.at(self.driver_free, kind, block)

    def take(self) -> None:
        """A lane takes the next block, or has none left to take."""
        if self.next_block < self.setting.blocks:
            self.next_block += 1
            self.drive(self.setting.rendering, _RENDERED, self.next_block - 1)

    def send(self, block: int) -> None:
        """To the living replica with the fewest blocks in flight."""
        replicas, load = self.replicas, self.load
        while load:
            held, number = load[0]
            queue = replicas.get(number)
            if queue is not None and len(queue) == held:
                break
            heappop(load)
        else:
            self.homeless.append(block)
            return
        queue = replicas[number]
        queue.append(block)
        self.note_load(number)
        self.most_in_flight = max(self.most_in_flight, len(queue))
        if len(queue) == 1:
            self.begin(number)

    def note_load(self, number: int) -> None:
        """Entries of the past stay in the heap, and are dropped when they come up."""
        heappush(self.load, (len(self.replicas[number]), number))
        if len(self.load) > 16 * len(self.replicas) + 64:
            self.load = [(len(queue), n) for n, queue in self.replicas.items()]
            heapify(self.load)

    def begin(self, number: int) -> None:
        """A replica begins with the oldest block that it holds."""
        self.began[number] = self.now
        self.at(self.now + _next(self.times, "times"), _ANSWERED, number)

    def answer(self, number: int) -> None:
        queue = self.replicas.get(number)
        if queue is None:  # it ended in the meantime
            return
        block = queue.popleft()
        self.worked += self.now - self.began[number]
        self.note_load(number)
        if queue:
            self.begin(number)
        self.drive(self.setting.coding, _CODED, block)

    def code(self, _: int) -> None:
        self.coded += 1
        self.seconds = self.now
        self.take()

    def join(self, _: int = 0) -> None:
        number = self.joined
        self.joined += 1
        self.replicas[number] = deque()
        heappush(self.load, (0, number))
        life = _next(self.lives, "lives")
        if not math.isinf(life):
            self.at(self.now + life, _ENDED, number)
        waiting, self.homeless = self.homeless, deque()
        for block in waiting:
            self.send(block)

    def end(self, number: int) -> None:
        """A replica ends; its blocks go elsewhere, another replica joins later."""
        held = self.replicas.pop(number)
        self.ends += 1
        if held:
            self.lost += 1
            self.wasted += self.now - self.began[number]
            self.losses[held[0]] = self.losses.get(held[0], 0) + 1
            self.moved += len(held) - 1
        self.at(self.now + self.setting.away, _JOINED, number)
        for block in held:
            self.send(block)


def _next(numbers: Iterator[float], name: str) -> float:
    found = next(numbers, None)
    if found is None:
        raise ValueError(f"the {name} are too few for this setting; give more")
    return found
