"""What a cluster of this machine costs and gains, on the simulated model; ratios within one run.

Scaling: requests of value-action are prepared before, and asked of one actor and of two. Overhead:
50,000 requests are asked, coded and stored by the plain path and by the cluster's, Ray's start apart.
Limits: two actors at least 1.7 times one, on a machine whose processors are free; at most 15 % more
time. Run: python benchmarks/cluster.py
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import full_size

from mores.fieldwork.asking import Asking, ask_all
from mores.fieldwork.store import AnswerStore
from mores.models.cluster.model import clustered
from mores.models.cluster.placement import Cluster
from mores.models.cluster.wire import pack_requests, unpack_replies
from mores.models.interface import Model
from mores.models.registry import resolve
from mores.studies.registry import load, preset_text

BLOCK = 256


def bound(folder: Path) -> Any:
    """The study at 642 dilemmas: 50,076 requests."""
    full_size.FULL = 642
    full_size.dilemmas(folder / "all.jsonl")
    text = preset_text("value-action").replace('source = "mores" ', 'source = "all.jsonl" ')
    (folder / "full.toml").write_text(text, encoding="utf-8")
    return load(str(folder / "full.toml"), {})


async def asking(study: Any, model: Model, path: Path) -> tuple[float, int]:
    """Seconds of asking, coding and storing, and requests."""
    await model.prepare()
    with AnswerStore(path, study.fingerprint()) as store:
        design = study.design(model)
        lanes = getattr(model, "lanes", 1)
        began = time.perf_counter()
        _, tally = await ask_all(design, model, store, Asking(concurrency=lanes))
        took = time.perf_counter() - began
    await model.close()
    return took, tally.requests


async def model_time(requests: Sequence[Any], replicas: int, repeats: int) -> float:
    """Seconds of actors answering blocks that were handed to Ray before, all replies unpacked."""
    import ray

    model = clustered("sim", Cluster("auto", replicas))
    await model.prepare()
    packed = [pack_requests(requests[i : i + BLOCK], True) for i in range(0, len(requests), BLOCK)]
    blocks = [ray.put(block) for block in packed]

    async def feed(actor: Any, left: list[Any]) -> None:
        while left:
            unpack_replies(await actor.ask(left.pop()))

    async def once() -> float:
        left = list(blocks)
        began = time.perf_counter()
        await asyncio.gather(*(feed(r, left) for r in model._replicas for _ in range(2)))
        return time.perf_counter() - began

    await once()  # the first of everything is slow
    best = min([await once() for _ in range(repeats)])
    await model.close()
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with suppress(OSError):
        load_of = ", ".join(f"{n:.1f}" for n in os.getloadavg())
        print(f"{os.cpu_count()} processors; load before: {load_of}")
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
    began = time.perf_counter()
    ray.init(include_dashboard=False, log_to_driver=False, logging_level="critical")
    print(f"Ray starts in {time.perf_counter() - began:.1f} s, which is in none of these numbers")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        study = bound(folder)
        design = study.design(resolve("sim"))
        trials = [t for block in design.blocks(4096) for t in block.tolist()][: 195 * BLOCK]
        requests = [design.request(t, 0) for t in trials]
        one, two = (asyncio.run(model_time(requests, n, options.repeats)) for n in (1, 2))
        print(f"model time of {len(requests):,} requests: one actor {one:.2f} s, two {two:.2f} s")
        print(f"  one / two = {one / two:.2f}")
        plain, cluster = [], []
        for n in range(options.repeats):
            took, asked = asyncio.run(asking(study, resolve("sim"), folder / f"p{n}"))
            plain.append(took)
            model = clustered("sim", Cluster("auto", 2))
            cluster.append(asyncio.run(asking(study, model, folder / f"c{n}"))[0])
        print(f"{asked:,} requests: plain {min(plain):.1f} s, cluster {min(cluster):.1f} s")
        print(f"  cluster / plain = {min(cluster) / min(plain):.2f}")
    ray.shutdown()


if __name__ == "__main__":
    main()
