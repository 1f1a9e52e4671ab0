"""How long blocks of requests take on replicas of a model: a formula.

Blocks go to the replica with the fewest in flight; a replica answers one block at a time. Replicas end
at random and are replaced after a while; what they held is asked again. One driver renders each block
before and codes it after. `mores.fieldwork.cluster_simulation` plays the same through.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["BlockTime", "Setting", "makespan", "tail", "useful_rate"]

_POINTS = 4096


@dataclass(frozen=True, slots=True)
class BlockTime:
    """Seconds that a replica takes for a block: log-normal, some blocks slower by a factor.

    Attributes
    ----------
    typical : float
        Mean seconds of a block that is no straggler, above 0.
    variation : float
        Their coefficient of variation, at least 0.
    stragglers : float
        Share of blocks that are slower, 0 … 1.
    slowness : float
        By which factor, at least 1.
    """

    typical: float
    variation: float = 0.0
    stragglers: float = 0.0
    slowness: float = 1.0

    def __post_init__(self) -> None:
        allowed = {
            "typical": 0 < self.typical < math.inf,
            "variation": 0 <= self.variation < math.inf,
            "stragglers": 0 <= self.stragglers <= 1,
            "slowness": 1 <= self.slowness < math.inf,
        }
        for name, fine in allowed.items():
            if not fine:
                raise ValueError(f"{name} = {getattr(self, name)} is out of its range")

    @property
    def mean(self) -> float:
        """Mean seconds of a block."""
        return self.typical * (1 + self.stragglers * (self.slowness - 1))

    @property
    def spread(self) -> float:
        """Coefficient of variation, stragglers included."""
        second = (1 + self.variation**2) * (1 + self.stragglers * (self.slowness**2 - 1))
        return math.sqrt(max(0.0, second * (self.typical / self.mean) ** 2 - 1))

    def draw(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """Seconds of n blocks."""
        sigma = math.sqrt(math.log1p(self.variation**2))
        times = self.typical * np.exp(sigma * rng.standard_normal(n) - sigma**2 / 2)
        if self.stragglers:
            times[rng.random(n) < self.stragglers] *= self.slowness
        return times

    def quantiles(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times at the middles of equal shares of the distribution, and what each weighs."""
        ordinary = _lognormal(self.typical, self.variation, (np.arange(_POINTS) + 0.5) / _POINTS)
        share = np.full(_POINTS, 1 / _POINTS)
        if not self.stragglers:
            return ordinary, share
        times = np.concatenate([ordinary, ordinary * self.slowness])
        return times, np.concatenate([share * (1 - self.stragglers), share * self.stragglers])


@dataclass(frozen=True, slots=True)
class Setting:
    """What is asked, of how many, and what goes wrong.

    Attributes
    ----------
    replicas : int
        Actors that hold the model.
    blocks : int
        Blocks to be asked.
    time : BlockTime
        Of a block in a replica.
    lanes : int
        Blocks on their way at once; 0 stands for two a replica.
    rendering, coding : float
        Seconds of the driver a block, before it is sent and after it is answered.
    lifetime : float
        Mean seconds that a replica lives, exponential; infinite where none ends.
    away : float
        Seconds until another has taken its place.
    """

    replicas: int
    blocks: int
    time: BlockTime = field(default_factory=lambda: BlockTime(1.0))
    lanes: int = 0
    rendering: float = 0.0
    coding: float = 0.0
    lifetime: float = math.inf
    away: float = 0.0

    def __post_init__(self) -> None:
        allowed = {
            "replicas": self.replicas >= 1,
            "blocks": self.blocks >= 0,
            "lanes": self.lanes >= 0,
            "rendering": 0 <= self.rendering < math.inf,
            "coding": 0 <= self.coding < math.inf,
            "lifetime": self.lifetime > 0,
            "away": 0 <= self.away < math.inf,
        }
        for name, fine in allowed.items():
            if not fine:
                raise ValueError(f"{name} = {getattr(self, name)} is out of its range")

    @property
    def under_way(self) -> int:
        """Blocks on their way at once."""
        return self.lanes or 2 * self.replicas

    @property
    def working(self) -> int:
        """Replicas that have something to do."""
        return min(self.replicas, self.under_way)


def useful_rate(time: BlockTime, lifetime: float = math.inf, away: float = 0.0) -> float:
    r"""Blocks a second that a replica answers, failures included.

    A replica lives for a time that is exponential with mean :math:`M`, then is away for :math:`r`. A
    block is answered if it ends before the replica does, with probability
    :math:`\varphi = E[e^{-S/M}]`; so :math:`\varphi / (1 - \varphi)` blocks are answered in a life:

    .. math:: u = \frac{\varphi}{(1 - \varphi)(M + r)} \to \frac{1}{E[S]} \quad (M \to \infty)

    For equal times :math:`s` its inverse is :math:`(e^{s/M} - 1)(M + r)`, the expected time of a task
    that begins anew after each failure.
    """
    if math.isinf(lifetime):
        return 1 / time.mean
    times, weights = time.quantiles()
    lost = float(-(weights * np.expm1(-times / lifetime)).sum())  # 1 - phi, exact also where small
    return (1 - lost) / (lost * (lifetime + away))


def makespan(setting: Setting) -> float:
    """Seconds until the last block is coded, expected.

    The larger of two: what the driver needs for all blocks and a replica for the last; and what the
    replicas need: blocks ÷ (replicas × `useful_rate`), and the `tail` in which the last of them works
    alone; or, where few blocks leave no time for replicas to fall out of step, the rounds, rounded up,
    and the slowest of all replicas. Blocks of equal length in replicas that do not end take exactly
    the rounds times that length.

    It is meant for ten blocks a replica and more. With fewer, chance decides more than the mean does.
    """
    if not setting.blocks:
        return 0.0
    time, many = setting.time, setting.working
    driver = setting.blocks * (setting.rendering + setting.coding) + time.mean
    rounds = setting.blocks / many
    rate = useful_rate(time, setting.lifetime, setting.away)
    busy, each = min(many, setting.blocks), math.ceil(rounds)
    first, last = setting.rendering * (1 + busy) / 2, setting.coding
    settled = rounds / rate + tail(time, many, setting.under_way / many)
    spread = time.spread / math.sqrt(each)
    in_step = each / rate * _most_of(busy, spread)
    equal = not time.spread and math.isinf(setting.lifetime)
    return max(driver, first + (in_step if equal else min(settled, in_step)) + last)


def tail(time: BlockTime, replicas: int, held: float = 2.0) -> float:
    """Seconds between the mean replica's end and the last one's, when nothing is left to hand out.

    Each then works on a block that is somewhere in its course, and has `held` - 1 more waiting: a
    residual life of the renewal process and whole times after it. The expected largest of so many.
    """
    times, weights = time.quantiles()
    # a block is met with a probability that grows with its length, at any moment of it
    met = weights * times / time.mean
    steps = 2048
    width = float(times.max()) * (1 + max(0.0, held - 1)) / steps
    grid = (np.arange(2 * steps) + 0.5) * width
    left = np.zeros(2 * steps)
    order = np.argsort(times)
    longer = np.concatenate([np.cumsum((met / times)[order][::-1])[::-1], [0.0]])
    left = longer[np.searchsorted(times[order], grid)] * width
    whole, _ = np.histogram(times, bins=2 * steps, range=(0, 2 * steps * width), weights=weights)
    total = left / left.sum()
    for _ in range(round(held) - 1):
        total = np.convolve(total, whole)[: 2 * steps]
    total /= total.sum()
    mean = float((total * grid).sum())
    below = np.cumsum(total) ** replicas
    most = float((np.diff(np.concatenate([[0.0], below])) * grid).sum())
    return most - mean


def _lognormal(mean: float, variation: float, at: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtri

    sigma = math.sqrt(math.log1p(variation**2))
    return np.asarray(mean * np.exp(sigma * ndtri(at) - sigma**2 / 2), np.float64)


def _most_of(n: int, variation: float) -> float:
    """The expected largest of n log-normal numbers of mean one."""
    return float(
        _lognormal(1.0, variation, ((np.arange(_POINTS) + 0.5) / _POINTS) ** (1 / n)).mean()
    )
