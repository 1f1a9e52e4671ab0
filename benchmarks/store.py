"""A store of a million answers: opened, counted and resumed; and read for a report.

Limits: 3 s to open, count and find what is left; 10 s to read and code every reply. The alternative
it is set against is the file read once, row by row, with nothing done to it. Run:
python benchmarks/store.py
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mores.fieldwork.store import AnswerStore, StoredReply, Verdict
from mores.fieldwork.tally import remaining
from mores.keys import digest
from mores.models.sim import SimulatedModel
from mores.records import Reply
from mores.studies.answers import collect
from mores.studies.registry import read_study


def study(folder: Path, repeats: int):
    """The value-action study at full size with so many repeats that it has about a million trials."""
    from full_size import dilemmas

    from mores.studies.registry import preset_text

    dilemmas(folder / "all.jsonl")
    text = preset_text("value-action").replace("repeats = 3", f"repeats = {repeats}")
    text = text.replace('source = "mores" ', 'source = "all.jsonl" ')
    return read_study(text, "benchmark", folder)


def replies(design, n: int) -> Iterator[StoredReply]:
    text = '{{\n  "reasoning": "{}",\n  "{}": "{}"\n}}'
    reason = "Given how I see things, this sits close to what I would do. " * 3
    for trial in range(n):
        question = ("value", "action")[(trial // design.file.asking.repeats) % 2]
        reply = Reply(
            text.format(reason, question, "ABCDEF"[trial % 6]),
            finish="stop",
            detail='{"id":"chatcmpl-1","model":"test"}',
            prompt_tokens=600,
            completion_tokens=60,
            seconds=1.2,
        )
        yield StoredReply(trial, 0, digest(trial), Verdict.CODED, reply)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=1_000_000)
    options = parser.parse_args()
    per_repeat = 616 * 13 * 2
    with tempfile.TemporaryDirectory() as folder:
        bound = study(Path(folder), min(100, -(-options.answers // per_repeat)))
        design = bound.design(SimulatedModel.from_spec("sim"))
        n = min(design.size, options.answers)
        path = Path(folder) / "answers.sqlite"
        began = time.perf_counter()
        with AnswerStore(path, bound.fingerprint()) as store:
            batch: list[StoredReply] = []
            for item in replies(design, n):
                batch.append(item)
                if len(batch) == 20_000:
                    store.write(batch)
                    batch.clear()
            store.write(batch)
        wrote = time.perf_counter() - began

        began = time.perf_counter()
        with AnswerStore(path, bound.fingerprint()) as store:
            progress = store.progress()
            todo, tally = remaining(design, progress)
            left = sum(1 for _ in todo)
        resumed = time.perf_counter() - began
        assert tally.settled == n
        assert left == design.size - n

        began = time.perf_counter()
        with sqlite3.connect(path) as plain:
            rows = sum(1 for _ in plain.execute("SELECT * FROM replies ORDER BY slot"))
        scanned = time.perf_counter() - began
        assert rows == n

        began = time.perf_counter()
        with AnswerStore(path) as store:
            read = sum(len(chunk) for chunk in store.read())
        loaded = time.perf_counter() - began
        assert read == n

        began = time.perf_counter()
        with AnswerStore(path) as store:
            answers = collect(design, store, "value-action", "test", "en")
        collected = time.perf_counter() - began
        assert answers.height == n
        assert np.isfinite(answers["score"].to_numpy()).all()
        size = path.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{n:,} answers, {size / 1e6:,.0f} MB, {size / n:.0f} bytes each; written in {wrote:.1f} s"
    )
    print(f"open, count, resume   {resumed:6.2f} s   limit / this = {3 / resumed:5.2f}")
    print(f"plain scan of the file {scanned:5.2f} s")
    for name, took in (("read for the report", loaded), ("read and code", collected)):
        limit = f"limit / this = {10 / took:.2f}"
        print(f"{name:21} {took:6.2f} s   this / plain scan = {took / scanned:5.2f}   {limit}")
    print(f"peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
