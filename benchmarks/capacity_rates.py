"""The rates that `mores plan --capacity` counts with, as far as a machine without a GPU can tell them.

For each preset on the simulated model: how many requests a second the driver of a cluster renders,
packs, unpacks, codes and stores when every answer is there at once; how many answers a second coding,
tables, figures and page take; bytes of an answer in answers.sqlite and answers.parquet, its text apart.
The client's requests a second over loopback HTTP are those of `http_throughput.py`. What is printed
goes into src/mores/fieldwork/data/rates.toml by hand. Run: python benchmarks/capacity_rates.py
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import mores
from mores.fieldwork.asking import Asking, ask_all
from mores.fieldwork.store import AnswerStore
from mores.models.cluster.wire import pack_replies, pack_requests, unpack_replies
from mores.models.registry import resolve
from mores.records import Reply, Request
from mores.studies.registry import load

BLOCK = 256
PRESETS = ("value-action", "framings", "calibrated-personas", "grounded-personas")


class Ready:
    """A cluster's model whose answers are there at once, packed as an actor packs them."""

    block_size, simulated, spec, label, lanes = BLOCK, True, "sim", "ready", 16

    def __init__(self, model: Any, design: Beginning) -> None:
        self.capabilities, self.identity = model.capabilities, model.identity
        self.packed: dict[bytes, bytes] = {}
        trials = design.trials.tolist()
        for begin in range(0, len(trials), BLOCK):
            requests = [design.request(trial, 0) for trial in trials[begin : begin + BLOCK]]
            replies = asyncio.run(model.ask(requests))
            self.packed[requests[0].key] = pack_replies(replies)

    async def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """Replies that were packed before."""
        pack_requests(requests, True)
        return unpack_replies(self.packed[requests[0].key])


class Beginning:
    """The first trials of a design, each asked once, so that blocks stay whole."""

    attempts = 1

    def __init__(self, design: Any, most: int) -> None:
        self._design, self.size = design, design.size
        found = list(islice(design.blocks(BLOCK), most // 64))
        self.trials = np.concatenate(found)[:most]
        self.selected = len(self.trials)

    def blocks(self, length: int) -> Any:
        """As `Design.blocks`."""
        for begin in range(0, self.selected, length):
            yield self.trials[begin : begin + length]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._design, name)


def driver_rate(preset: str, most: int, folder: Path) -> float:
    """Requests a second of the driver, the best of three."""
    study, model = load(preset), resolve("sim")
    asyncio.run(model.prepare())
    design = Beginning(study.design(model), most)
    ready, rates = Ready(model, design), []
    for n in range(3):
        with AnswerStore(folder / f"{preset}-{n}.sqlite", study.fingerprint()) as store:
            began = time.perf_counter()
            _, tally = asyncio.run(ask_all(design, ready, store, Asking(concurrency=16)))
            rates.append(tally.requests / (time.perf_counter() - began))
            assert tally.requests == design.selected
    return max(rates)


def report_and_bytes(preset: str, out: Path) -> str:
    """A whole run: how fast the report is, and what an answer takes on the disk."""
    stages: list[float] = []
    mores.run(preset, out=out, note=lambda _: stages.append(time.perf_counter()))
    took = time.perf_counter() - stages[-1]
    db = sqlite3.connect(out / "answers.sqlite")
    n, text = db.execute("SELECT count(*), total(length(text)) FROM replies").fetchone()
    db.close()
    store, parquet = (os.path.getsize(out / f"answers.{kind}") for kind in ("sqlite", "parquet"))
    return (
        f"report {n / took:,.0f} answers/s ({n:,} in {took:.1f} s); store {(store - text) / n:.0f} "
        f"bytes an answer and {text / n:.0f} of text; parquet {parquet / n:.0f} bytes with text"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--studies", default=",".join(PRESETS))
    options = parser.parse_args()
    with suppress(OSError):
        load_of = ", ".join(f"{n:.1f}" for n in os.getloadavg())
        print(f"{os.cpu_count()} processors; load before: {load_of}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for preset in options.studies.split(","):
            rate = driver_rate(preset, options.requests, folder)
            print(f"{preset}: driver {rate:,.0f} requests/s", flush=True)
            print(f"  {report_and_bytes(preset, folder / preset)}", flush=True)


if __name__ == "__main__":
    main()
