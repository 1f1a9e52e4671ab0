"""What asking a study takes on so many GPUs: time, what limits it, machines, disk and money."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mores.fieldwork.design import Design
from mores.fieldwork.makespan import BlockTime, Setting, makespan, useful_rate
from mores.records import Request

__all__ = [
    "BLOCK",
    "GPUS_A_MACHINE",
    "Engine",
    "Need",
    "Workload",
    "need",
    "overhead",
    "workload",
]

BLOCK = 256
"""Requests that a replica is given at once."""
GPUS_A_MACHINE = 8
_WINDOWS = 24
_CHUNK = 8192


@dataclass(frozen=True, slots=True)
class Workload:
    """What is asked, in numbers.

    Attributes
    ----------
    requests : int
    prompt_tokens : float
        Of all prompts.
    distinct_tokens : float
        Of these, tokens that a replica has to read: those that prompts of one block have in common at
        their beginning count once.
    answer_tokens : float
        Of all answers; one for an answer in probabilities.
    in_text : float
        Share of answers in text, 0 … 1.
    """

    requests: int
    prompt_tokens: float
    distinct_tokens: float
    answer_tokens: float
    in_text: float

    @property
    def text_tokens(self) -> float:
        """Of answers in text."""
        return self.answer_tokens - (1 - self.in_text) * self.requests

    def seconds_at(self, text: float, probabilities: float) -> float:
        """Of what is done with so many answers in text, or in probabilities, a second."""
        return self.requests * (self.in_text / text + (1 - self.in_text) / probabilities)

    def scaled(self, requests: int) -> Workload:
        """As many requests of the same kind."""
        by = requests / self.requests if self.requests else 0.0
        return replace(
            self,
            requests=requests,
            prompt_tokens=self.prompt_tokens * by,
            distinct_tokens=self.distinct_tokens * by,
            answer_tokens=self.answer_tokens * by,
        )


@dataclass(frozen=True, slots=True)
class Engine:
    """The rates that a need is counted with; see ``data/rates.toml``.

    Attributes
    ----------
    prompt, answer : float
        Tokens a second and GPU.
    gpus_a_replica : int
    driver_text, driver_probabilities, client : float
        Requests a second.
    report_text, report_probabilities, report_begins : float
        Answers a second, and seconds besides.
    store_bytes, parquet_bytes, bytes_a_token : float
    loading, life : float
        Seconds until a replica works, and mean seconds that it lives.
    variation : float
        Standard deviation of a block's time over its mean.
    gpu_hour : float
        US dollars.
    latency : float or None
        Seconds an answer over HTTP; None for models in the actors of a cluster.
    in_flight : int
        Requests on their way at once, over HTTP.
    """

    prompt: float
    answer: float
    gpus_a_replica: int
    driver_text: float
    driver_probabilities: float
    client: float
    report_text: float
    report_probabilities: float
    report_begins: float
    store_bytes: float
    parquet_bytes: float
    bytes_a_token: float
    loading: float
    life: float
    variation: float
    gpu_hour: float
    latency: float | None = None
    in_flight: int = 32


@dataclass(frozen=True, slots=True)
class Need:
    """What a workload takes.

    Attributes
    ----------
    gpus, machines, replicas : int
    asking : float
        Seconds of asking.
    limit : str
        What that is the time of: ``GPUs``, ``blocks`` (fewer blocks than replicas), ``driver``,
        ``client`` or ``in flight``.
    limits : dict of str to float
        Seconds that each of them would take alone.
    loading, report : float
        Seconds before, and after.
    store, parquet : float
        Bytes.
    dollars : float
        Of the GPUs, while they load and answer.
    """

    gpus: int
    machines: int
    replicas: int
    asking: float
    limit: str
    limits: dict[str, float]
    loading: float
    report: float
    store: float
    parquet: float
    dollars: float


def workload(design: Design, answer_tokens: float, bytes_a_token: float) -> Workload:
    """Count a design's tokens, on blocks taken from all over it; nothing is asked.

    Parameters
    ----------
    design : Design
    answer_tokens : float
        Of an answer in text.
    bytes_a_token : float
        UTF-8 bytes that are taken for a token.
    """
    counted = whole = distinct = scored = 0
    for trials in _windows(design):
        requests = [design.request(trial, 0) for trial in trials.tolist()]
        texts = [_bytes(request) for request in requests]
        counted += len(texts)
        whole += sum(map(len, texts))
        distinct += _distinct(texts)
        scored += sum(bool(request.labels) for request in requests)
    if not counted:
        return Workload(0, 0.0, 0.0, 0.0, 1.0)
    in_text = 1 - scored / counted
    each = answer_tokens * in_text + (1 - in_text)
    found = Workload(
        counted, whole / bytes_a_token, distinct / bytes_a_token, each * counted, in_text
    )
    return found.scaled(design.selected)


def need(work: Workload, gpus: int, engine: Engine) -> Need:
    r"""What a workload takes on so many GPUs.

    With :math:`N` requests, :math:`D` distinct prompt tokens, :math:`A` answer tokens, :math:`p` and
    :math:`a` tokens a second and GPU, :math:`R` replicas of :math:`g` GPUs, :math:`B = N / 256`
    blocks, a block takes a replica :math:`s = (D / p + A / a) / (g B)` seconds. In a cluster

    .. math:: T = \max(B / (R u) + \text{tail}, \; N / \text{driver})

    with :math:`u \approx 1 / s`; see `mores.fieldwork.makespan`. Over HTTP, with :math:`c` requests in
    flight and a latency :math:`\ell`,

    .. math:: T = \max((D / p + A / a) / \text{GPUs}, \; N \ell / c, \; N / \text{client}).

    Raises
    ------
    ValueError
        If one replica does not fit on the GPUs.
    """
    replicas = gpus // engine.gpus_a_replica
    if not replicas:
        raise ValueError(f"{gpus} GPUs are fewer than a replica needs")
    used = replicas * engine.gpus_a_replica
    work_seconds = work.distinct_tokens / engine.prompt + work.answer_tokens / engine.answer
    if engine.latency is None:
        limits = _in_cluster(work, work_seconds, replicas, engine)
    else:
        limits = {
            "GPUs": work_seconds / used,
            "in flight": work.requests * engine.latency / engine.in_flight,
            "client": work.requests / engine.client,
        }
    limit = max(limits, key=lambda name: limits[name])
    text = engine.bytes_a_token * work.text_tokens
    return Need(
        gpus=gpus,
        machines=math.ceil(gpus / GPUS_A_MACHINE),
        replicas=replicas,
        asking=limits[limit],
        limit=limit,
        limits=limits,
        loading=engine.loading,
        report=engine.report_begins
        + work.seconds_at(engine.report_text, engine.report_probabilities),
        store=work.requests * engine.store_bytes + text,
        parquet=work.requests * engine.parquet_bytes + text,
        dollars=gpus * engine.gpu_hour * (engine.loading + limits[limit]) / 3600,
    )


def _in_cluster(
    work: Workload, work_seconds: float, replicas: int, engine: Engine
) -> dict[str, float]:
    blocks = math.ceil(work.requests / BLOCK)
    driver = work.seconds_at(engine.driver_text, engine.driver_probabilities)
    if not blocks:
        return {"GPUs": 0.0, "driver": 0.0}
    time = BlockTime(work_seconds / engine.gpus_a_replica / blocks, engine.variation)
    setting = Setting(
        replicas,
        blocks,
        time,
        lifetime=engine.life / engine.gpus_a_replica,
        away=engine.loading,
    )
    name = "GPUs" if blocks >= replicas else "blocks"
    return {name: makespan(setting), "driver": driver}


def overhead(time: BlockTime, lifetime: float, away: float) -> float:
    """Share of time that failures add: 0.05 is five per cent."""
    return 1 / (useful_rate(time, lifetime, away) * time.mean) - 1


def _windows(design: Design) -> Iterator[NDArray[np.int64]]:
    """Blocks of trials, evenly from the first of a design to the last."""
    starts = iter(
        np.unique(np.linspace(0, max(0, design.selected - BLOCK), _WINDOWS).astype(int)).tolist()
    )
    start, passed = next(starts), 0
    for trials in design.blocks(_CHUNK):
        while start < passed + len(trials):
            begin = max(0, min(start - passed, len(trials) - BLOCK))
            yield trials[begin : begin + BLOCK]
            start = next(starts, -1)
            if start < 0:
                return
        passed += len(trials)


def _bytes(request: Request) -> bytes:
    said = "\n".join(f"{message.role}\n{message.content}" for message in request.messages)
    return said.encode("utf-8", "surrogatepass")


def _distinct(texts: Sequence[bytes]) -> int:
    """Bytes of texts, those that two have in common at their beginning counted once."""
    ordered = sorted(texts)
    shared = sum(_in_common(one, two) for one, two in pairwise(ordered))
    return sum(map(len, ordered)) - shared


def _in_common(one: bytes, two: bytes) -> int:
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == two[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
