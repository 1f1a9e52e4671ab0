"""Eight shards of 100,000 answers merged into one store, without the report.

The study is value-action at full size, the answers are made up: one text, written straight into the
shards' stores. Timed is all that `mores merge` does before the report: reading manifests and study,
what each store holds, joining, the new store durable and in its place. Beside it: the shards' files
copied, and rows read and written by SQLite alone. And: overlapping runs, of which each answer is in
two. Limit: 20 s. Peak memory is of a process of its own that only merges. Run:
python benchmarks/merge.py
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from full_size import dilemmas
from store import replies

from mores.fieldwork.rows import COLUMNS, row_of
from mores.fieldwork.shards import Shard
from mores.fieldwork.store import AnswerStore
from mores.fieldwork.tally import Tally
from mores.models.sim import SimulatedModel
from mores.studies.registry import preset_text, read_study
from mores.workflow.folder import begin, end
from mores.workflow.merging import join_runs

PER_REPEAT = 616 * 13 * 2
LIMIT = 20.0


def shards(folder: Path, each: int, parts: int) -> list[Path]:
    """Folders of asked shards."""
    repeats = -(-each * parts // PER_REPEAT)
    dilemmas(folder / "all.jsonl")
    text = preset_text("value-action").replace("repeats = 3", f"repeats = {repeats}")
    text = text.replace('source = "mores" ', 'source = "all.jsonl" ')
    bound = read_study(text, "benchmark", folder)
    model = SimulatedModel.from_spec("sim")
    design = bound.design(model)
    made = []
    for index in range(1, parts + 1):
        shard = Shard(index, parts)
        part = shard.part(design)
        place = folder / f"shard-{index}"
        place.mkdir()
        begin(bound, model, place, None, planned=part.selected, shard=shard)
        with AnswerStore(
            place / "answers.sqlite", bound.fingerprint() | {"model": model.identity}
        ) as store:
            wanted = iter(sorted(int(t) for block in part.blocks(4096) for t in block))
            rows = map(row_of, replies(design, part.selected))
            store.write_rows((t * 16, *row[1:]) for t, row in zip(wanted, rows, strict=True))
        end(place, "complete", Tally(part.selected), None)
        made.append(place)
    return made


def plain(stores: list[Path], out: Path) -> float:
    """Seconds in which SQLite alone reads and writes the rows."""
    began = time.perf_counter()
    with sqlite3.connect(out) as db:
        db.execute(f"CREATE TABLE replies ({COLUMNS.replace('slot', 'slot INTEGER PRIMARY KEY')})")
        for store in stores:
            with sqlite3.connect(store) as source:
                marks = ",".join("?" * len(COLUMNS.split(",")))
                found = source.execute(f"SELECT {COLUMNS} FROM replies ORDER BY slot")
                db.executemany(f"INSERT INTO replies VALUES ({marks})", found)
    return time.perf_counter() - began


def merged(folders: list[Path], out: Path) -> tuple[float, float]:
    """Seconds of merging in a process of its own, and its peak memory in MB."""
    command = [sys.executable, __file__, "--merge", *map(str, folders), "--out", str(out)]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, peak = map(float, found.stdout.split())
    return seconds, peak


def merge_here(folders: list[Path], out: Path) -> None:
    began = time.perf_counter()
    join_runs(folders, out)
    took = time.perf_counter() - began
    print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=100_000, help="of each shard")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--merge", nargs="*", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.merge:
        merge_here(options.merge, options.out)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = shards(folder, options.answers, options.shards)
        stores = [place / "answers.sqlite" for place in made]
        n = options.answers * options.shards
        size = sum(store.stat().st_size for store in stores)
        began = time.perf_counter()
        for number, store in enumerate(stores):
            shutil.copyfile(store, folder / f"copy-{number}")
        os.sync()
        copied = time.perf_counter() - began
        alone = plain(stores, folder / "plain.sqlite")
        took, peak = merged(made, folder / "merged")
        runs = [folder / "one", folder / "two"]
        for run in runs:
            shutil.copytree(folder / "merged", run)
        twice, twice_peak = merged(runs, folder / "again")
    print(f"{n:,} answers in {options.shards} shards, {size / 1e6:,.0f} MB")
    print(f"files copied           {copied:6.1f} s")
    print(f"rows by SQLite alone   {alone:6.1f} s")
    print(f"merged                 {took:6.1f} s   {n / took:9,.0f}/s   peak {peak:,.0f} MB")
    print(f"limit / merged         {LIMIT * n / 800_000 / took:6.2f}")
    print(
        f"each answer in two     {twice:6.1f} s   {n / twice:9,.0f}/s   peak {twice_peak:,.0f} MB"
    )


if __name__ == "__main__":
    main()
