"""What the studies take at full size, on how many GPUs; nothing is asked."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from mores.errors import InputError, nearest
from mores.fieldwork.capacity import Engine, Need, Workload, need, workload
from mores.fieldwork.rates import Rates, Size, rates
from mores.models.registry import resolve
from mores.studies.registry import load, presets

__all__ = ["LARGE", "Capacity", "capacity", "engine_of"]

LARGE = 100_000_000
"""Requests of the largest studies that are counted beside the presets."""
_LARGE = ("value-action", "grounded-personas-full")
_MOST_GPUS = 100_000
_MOST_REQUESTS = 10**12


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one study takes.

    Attributes
    ----------
    study : str
        A preset's name, or a path.
    work : Workload
    gpus : tuple of int
    needs : tuple of Need or None
        For each number of GPUs; None where a replica does not fit.
    seconds : tuple of (float, float) or None
        Of asking, at the highest and at the lowest tokens a second that are assumed.
    """

    study: str
    work: Workload
    gpus: tuple[int, ...]
    needs: tuple[Need | None, ...]
    seconds: tuple[tuple[float, float] | None, ...]

    def record(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        found = []
        for need_, seconds in zip(self.needs, self.seconds, strict=True):
            if need_ is not None and seconds is not None:
                found.append(asdict(need_) | {"asking_range": list(seconds)})
        return {"study": self.study, "work": asdict(self.work), "needs": found}


def capacity(
    study: str | None = None,
    *,
    gpus: Iterable[int] = (1, 8, 64),
    model_size: str = "8B",
    requests: int | None = None,
    answer_tokens: float | None = None,
    tokens_per_second: Iterable[float] | None = None,
    latency: float | None = None,
    concurrency: int = 32,
    price_gpu_hour: float | None = None,
) -> list[Capacity]:
    """Count what a study, or each preset, takes on so many GPUs.

    Parameters
    ----------
    study : str, optional
        A preset's name or the path of a study file; all presets, and a hundred million requests like
        those of two of them, if left out.
    gpus : iterable of int
    model_size : str
        One of those in ``fieldwork/data/rates.toml``.
    requests : int, optional
        So many requests of the study's kind, instead of its own number.
    answer_tokens : float, optional
        Of an answer in text.
    tokens_per_second : iterable of float, optional
        Of one GPU, in place of what is assumed: answer tokens; or prompt and answer tokens.
    latency : float, optional
        Seconds an answer: the models are servers behind HTTP, and not actors of a cluster.
    concurrency : int
        Requests in flight at once, over HTTP.
    price_gpu_hour : float, optional
        US dollars.

    Raises
    ------
    InputError
        If a number or a size is not possible.
    StudyError
        If the study cannot be used.
    """
    known = rates()
    many = _gpus(gpus)
    size = _size(known, model_size)
    if many[-1] < size.gpus:
        raise InputError(
            f"a model of {model_size} needs {size.gpus} GPUs, and --gpus has {many[-1]} at most; give "
            "more, or a smaller --model-size"
        )
    _check(
        requests=(requests, _MOST_REQUESTS),
        answer_tokens=(answer_tokens, 1e6),
        latency=(latency, 86_400),
        concurrency=(concurrency, 10**6),
        price_gpu_hour=(price_gpu_hour, 1e4),
    )
    middle = engine_of(known, size, tokens_per_second)
    middle = replace(
        middle,
        latency=latency,
        in_flight=concurrency,
        gpu_hour=middle.gpu_hour if price_gpu_hour is None else price_gpu_hour,
    )
    tokens = known["answer-tokens"] if answer_tokens is None else answer_tokens
    ends = (middle, middle)
    if tokens_per_second is None:
        ends = (_at(middle, size, "high"), _at(middle, size, "low"))
    return [
        _counted(name, work, many, middle, ends)
        for name, work in _works(study, requests, tokens, known["bytes-a-token"])
    ]


def engine_of(known: Rates, size: Size, own: Iterable[float] | None = None) -> Engine:
    """The rates of an engine, with tokens a second of one's own."""
    prompt, answer = size.prompt.value, size.answer.value
    if own is not None:
        given = list(own)
        if not 1 <= len(given) <= 2 or not all(0 < n < math.inf for n in given):
            raise InputError(
                f"tokens_per_second = {','.join(f'{n:g}' for n in given)}; give answer tokens a second "
                "and GPU, such as 5000, or those of prompts and of answers, such as 20000,5000"
            )
        prompt = given[0] if len(given) == 2 else prompt * given[0] / answer
        answer = given[-1]
    return Engine(
        prompt=prompt,
        answer=answer,
        gpus_a_replica=size.gpus,
        driver_text=known["driver-text"],
        driver_probabilities=known["driver-probabilities"],
        client=known["client"],
        report_text=known["report-text"],
        report_probabilities=known["report-probabilities"],
        report_begins=known["report-begins"],
        store_bytes=known["store-bytes"],
        parquet_bytes=known["parquet-bytes"],
        bytes_a_token=known["bytes-a-token"],
        loading=known["loading"],
        life=known["life"] * 3600,
        variation=known["variation"],
        gpu_hour=known["gpu-hour"],
    )


def _at(engine: Engine, size: Size, end: str) -> Engine:
    prompt, answer = getattr(size.prompt, end), getattr(size.answer, end)
    return replace(engine, prompt=prompt or engine.prompt, answer=answer or engine.answer)


def _works(
    study: str | None, requests: int | None, tokens: float, bytes_a_token: float
) -> list[tuple[str, Workload]]:
    model = resolve("sim")
    names = list(presets()) if study is None else [study]
    found = {n: workload(load(n).design(model), tokens, bytes_a_token) for n in names}
    works = [(n, w.scaled(requests or w.requests)) for n, w in found.items()]
    works.sort(key=lambda named: named[1].requests)
    if study is None and requests is None:
        works += [(f"as {name}", found[name].scaled(LARGE)) for name in _LARGE]
    return works


def _counted(
    name: str, work: Workload, gpus: tuple[int, ...], middle: Engine, ends: tuple[Engine, Engine]
) -> Capacity:
    needs = tuple(_need(work, n, middle) for n in gpus)
    spans = []
    for n in gpus:
        quick, slow = (_need(work, n, engine) for engine in ends)
        spans.append(None if quick is None or slow is None else (quick.asking, slow.asking))
    return Capacity(name, work, gpus, needs, tuple(spans))


def _need(work: Workload, gpus: int, engine: Engine) -> Need | None:
    return need(work, gpus, engine) if gpus >= engine.gpus_a_replica else None


def _gpus(gpus: Iterable[int]) -> tuple[int, ...]:
    many = tuple(sorted(set(gpus)))
    if not many or many[0] < 1 or many[-1] > _MOST_GPUS:
        raise InputError(
            f"gpus = {','.join(map(str, many)) or 'nothing'}; give numbers from 1 to {_MOST_GPUS}, such "
            "as 1,8,64"
        )
    return many


def _size(known: Rates, name: str) -> Size:
    if name not in known.size:
        raise InputError(
            f"no rates are known for a model of {name!r}; {nearest(name, known.size)}; or give the "
            "nearest, and your own --tokens-per-second"
        )
    return known.size[name]


def _check(**given: tuple[float | None, float]) -> None:
    for name, (value, most) in given.items():
        if value is not None and not 0 < value <= most:
            raise InputError(f"{name} = {value:g}; give a number above 0 and up to {most:g}")
