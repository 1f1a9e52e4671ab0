"""What a report takes at scale: coding, answers.parquet, tables and page from stored replies.

A study large enough for N requests is begun, the simulated model answers the requests of its first
persons or dilemmas, and these replies, again and again under keys drawn at random, are written straight
into the run's store: valid text or probabilities at every place of the design, in seconds and not hours.
The report is then made in a process of its own, whose time and memory are read. `--export` times an
export by persona besides, `--plan` how fast trials are numbered and requests rendered.

    python benchmarks/scale.py [--study NAME] [--millions 1,2,5,10] [--keep DIR] [--export]
        [--plan [--render N]]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

POOL = 40_000
"""About so many replies are simulated."""
LIMIT_SECONDS, LIMIT_GIGABYTES = 180.0, 2.0
PLANNED_A_SECOND, PLANNED_MEGABYTES = 100_000, 500
_INSERT = (
    "INSERT INTO replies (slot, key, verdict, text, failure, finish, detail, prompt_tokens, "
    "completion_tokens, seconds, masses) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
)


def study_file(name: str, wanted: int, folder: Path) -> Path:
    """A study of at least `wanted` requests."""
    from mores.studies.registry import preset_text

    text = preset_text("grounded-personas" if name.startswith("grounded") else name)
    if name == "value-action":
        from mores.instruments.dilemmas import read_dilemmas, record_of

        shipped = [record_of(d) for d in read_dilemmas()]
        per = 78
        dilemmas = min(-(-wanted // per), 17_000)  # a file of dilemmas may have 64 MiB
        text = text.replace("repeats = 3", f"repeats = {3 * -(-wanted // (per * dilemmas))}")
        with (folder / "all.jsonl").open("w", encoding="utf-8") as file:
            for n in range(dilemmas):
                record = dict(shipped[n % len(shipped)])
                record["id"] = f"{record['id']}--{n}"
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        text = text.replace('source = "mores" ', 'source = "all.jsonl" ')
        assert "all.jsonl" in text
    elif name == "framings":
        repeats = min(100, -(-wanted // 84_840))
        if wanted > 8_484_000:
            text = text.replace('orders = "fixed"', 'orders = "both"')
            repeats = min(100, -(-wanted // 169_680))
        text = text.replace("repeats = 1", f"repeats = {repeats}")
        text = text.replace("paraphrases = 0", "paraphrases = 2")
        text = text.replace('"own"   #', '"all"   #')
    elif name == "calibrated-personas":
        if wanted > 2_000_000:  # every arm, guidance and descriptor set; answers in text repeat
            text = preset_text(f"{name}-full").replace('= "probabilities"', '= "text"')
            text = text.replace("repeats = 10", f"repeats = {-(-wanted // 2_600_000)}")
        people = max(2, -(-wanted // (10 * 35 * 3)))
        text = text.replace("sample = 100 ", f"sample = {min(people, 900)} ")
        orders = "both" if 1_000_000 < wanted <= 2_000_000 else "fixed"
        text = text.replace('orders = "fixed" ', f'orders = "{orders}" ')
    else:
        people = max(2, -(-wanted // (83 * 2)))
        text = text.replace("sample = 2000 ", f"sample = {people} ")
        if name == "grounded-personas-text":
            text = text.replace('elicitation = "probabilities"', 'elicitation = "text"')
            text = text.replace(f"sample = {people} ", f"sample = {-(-people // 3)} ")
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _packed(masses: Any) -> bytes | None:
    return None if masses is None else np.array(masses.low, "<f4").tobytes()


def fill(study: Path, out: Path, wanted: int) -> int:
    """A run's folder with `wanted` stored replies; how many there are."""
    from mores.fieldwork.store import AnswerStore
    from mores.models.registry import resolve
    from mores.studies.registry import load
    from mores.workflow.folder import begin, make_folder

    bound, model = load(str(study)), resolve("sim")
    asyncio.run(model.prepare())
    design: Any = bound.design(model)
    make_folder(out)
    with AnswerStore(out / "answers.sqlite", bound.fingerprint() | {"model": model.identity}):
        begin(bound, model, out, None)
    kind_of = _kinds(design)
    pool: dict[Any, list[tuple[Any, ...]]] = {}
    trials = list(_of_every_kind(design))
    replies = asyncio.run(model.ask([design.request(t, 0) for t in trials]))
    for trial, reply in zip(trials, replies, strict=True):
        text = None if reply.text is None else reply.text.encode()
        row = (text, reply.failure, reply.finish, reply.detail.encode() or None)
        row += (reply.prompt_tokens, reply.completion_tokens, round(reply.seconds, 6))
        pool.setdefault(kind_of(trial), []).append((*row, _packed(reply.masses)))
    rng, written = np.random.default_rng(0), 0
    db = sqlite3.connect(out / "answers.sqlite", isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    for block in design.blocks(1 << 17):
        block = block[: wanted - written]
        keys, picks = rng.bytes(16 * len(block)), rng.integers(0, 1 << 30, len(block)).tolist()
        rows = []
        for i, trial in enumerate(block.tolist()):
            of_kind = pool[kind_of(trial)]
            found = of_kind[picks[i] % len(of_kind)]
            rows.append((trial * 16, keys[16 * i : 16 * i + 16], 0, *found))
        db.execute("BEGIN")
        db.executemany(_INSERT, rows)
        db.execute("COMMIT")
        written += len(block)
        if written >= wanted:
            break
    db.close()
    return written


def _kinds(design: Any) -> Callable[[int], Any]:
    """What tells which replies a trial can have: its place, and the language it is asked in."""
    first = getattr(design, "n_scored", 0)
    width = getattr(design, "per_dilemma", None) or len(design.places)
    spoken = [context.language for context in getattr(design, "contexts", ())]

    def kind(trial: int) -> Any:
        if trial < first:
            return trial
        group, place = divmod(trial - first, width)
        return (spoken[group], place) if spoken else first + place

    return kind


def _of_every_kind(design: Any) -> Iterator[int]:
    """The first trials; of a study in several languages, a context's in each."""
    spoken = [context.language for context in getattr(design, "contexts", ())]
    for language in dict.fromkeys(spoken):
        begin = spoken.index(language) * len(design.places)
        yield from range(begin, begin + len(design.places))
    if not spoken:
        yield from _first(design, POOL)


def _first(design: Any, n: int) -> Iterator[int]:
    for block in design.blocks(4096):
        yield from block.tolist()
        n -= len(block)
        if n <= 0:
            return


def resident(pids: list[int]) -> float:
    """Gigabytes of these processes and those that they began, shared pages counted once."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(text.split("\nPss:")[1].split()[0])
            kids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except (OSError, IndexError):
            continue
        total += int(resident([int(k) for k in kids]) * 1e6)
    return total / 1e6


def watched(command: list[str]) -> tuple[float, float, str]:
    """Seconds, most gigabytes at once of the whole process tree, and what it printed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    most, done = [0.0], threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            most[0] = max(most[0], resident([process.pid]))

    thread = threading.Thread(target=look)
    thread.start()
    told, _ = process.communicate()
    done.set()
    thread.join()
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return time.perf_counter() - began, most[0], told


def report_one(folder: str) -> None:
    """Make the report, and print how long each step took."""
    import mores.report.bundle as bundle
    from mores import workflow
    from mores.workflow import reading

    began, marks = time.perf_counter(), {}
    analysed, written = reading._analysed, bundle.write_report

    def timed(name: str, call: Any) -> Any:
        def inner(*given: Any, **named: Any) -> Any:
            start = time.perf_counter()
            found = call(*given, **named)
            marks[name] = time.perf_counter() - start
            return found

        return inner

    reading._analysed = timed("coding, answers.parquet and tables", analysed)
    bundle.write_report = timed("figures and page", written)
    workflow.report(folder)
    marks["all"] = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    marks["processor seconds, all processes"] = sum(one.ru_utime + one.ru_stime for one in used)
    marks["own peak GB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps(marks))


def plan_rates(study: Path, most: int) -> None:
    """How fast a design numbers its trials, and renders requests with their keys."""
    from mores.models.registry import resolve
    from mores.studies.registry import load

    model = resolve("sim")
    asyncio.run(model.prepare())
    design: Any = load(str(study)).design(model)
    began, numbered = time.perf_counter(), 0
    for block in design.blocks(65_536):
        numbered += len(block)
    numbering = numbered / (time.perf_counter() - began)
    began, described = time.perf_counter(), 0
    for block in design.blocks(65_536):
        described += len(design.columns(block))
        if described >= 2_000_000:
            break
    describing = described / (time.perf_counter() - began)
    n = min(most, numbered)
    trials = islice(_first(design, n), n)
    design.request(next(trials), 0)
    began, of_processor = time.perf_counter(), time.process_time()
    for trial in trials:
        design.request(trial, 0)
    rendering = n / (time.perf_counter() - began)
    of_core = n / (time.process_time() - of_processor)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{study.stem}, {numbered:,} requests: {numbering:,.0f}/s numbered, {describing:,.0f}/s in "
        f"columns, {rendering:,.0f}/s rendered with keys by one process (the first {n:,}; this / goal = "
        f"{rendering / PLANNED_A_SECOND:.2f}), {of_core:,.0f} a second of its own processor time "
        f"({of_core / PLANNED_A_SECOND:.2f}); peak {peak:,.0f} MB (goal / this = "
        f"{PLANNED_MEGABYTES / peak:.2f})",
        flush=True,
    )


def main() -> None:
    """Fill, report, and print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", default="grounded-personas")
    parser.add_argument("--millions", default="1,2,5,10")
    parser.add_argument("--keep", type=Path, help="leave the runs in this folder, and take them up")
    parser.add_argument("--export", action="store_true")
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument(
        "--render", type=int, default=300_000, help="so many of the plan's requests are rendered"
    )
    parser.add_argument("--rates", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        report_one(given.one)
        return
    if given.rates:
        plan_rates(given.rates, given.render)
        return
    with tempfile.TemporaryDirectory() as temporary:
        for millions in given.millions.split(","):
            wanted = int(float(millions) * 1e6)
            folder = (given.keep or Path(temporary)) / f"{given.study}-{millions}"
            folder.mkdir(parents=True, exist_ok=True)
            study, out = folder / f"{given.study}.toml", folder / "run"
            if not study.exists():
                study_file(given.study, wanted, folder)
            if given.plan:
                command = [sys.executable, __file__, "--rates", str(study)]
                subprocess.run([*command, "--render", str(given.render)], check=True)
                continue
            began = time.perf_counter()
            if not (out / "full").exists():
                shutil.rmtree(out, ignore_errors=True)
                n = fill(study, out, wanted)
                (out / "full").write_text(str(n))
            n = int((out / "full").read_text())
            print(f"{given.study}: {n:,} replies stored in {time.perf_counter() - began:.0f} s")
            took, most, told = watched([sys.executable, __file__, "--one", str(out)])
            print(
                f"  report {took:.0f} s (limit / this = {LIMIT_SECONDS / took:.2f}), "
                f"{most:.2f} GB (limit / this = {LIMIT_GIGABYTES / most:.2f}), "
                f"{n / took:,.0f} answers/s"
            )
            for name, value in json.loads(told.splitlines()[-1]).items():
                print(f"    {name}: {value:.1f}")
            if given.export:
                command = [sys.executable, "-m", "mores", "export", str(out)]
                command += ["--out", str(folder / "export"), "--partition", "category"]
                shutil.rmtree(folder / "export", ignore_errors=True)
                took, most, _ = watched(command)
                print(f"  export {took:.0f} s, {most:.2f} GB")


if __name__ == "__main__":
    main()
