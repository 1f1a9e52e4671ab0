"""How long the framings preset takes on the simulated model, part by part, and how it codes replies.

The preset counts 5,252 requests and asks 4,646; the whole run, report included, is timed in a process
of its own, whose peak memory is read. Coding is timed over the stored replies, beside the tables alone
and beside a plain loop that only splits off a leading number (the least that any coder does).

    python benchmarks/framings.py
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def one(folder: str) -> dict[str, float]:
    """Run the preset in this process, then its parts again."""
    from mores import workflow
    from mores.fieldwork.store import AnswerStore
    from mores.studies.answers import collect, last_attempts
    from mores.workflow.reading import open_run

    began = time.perf_counter()
    workflow.run("framings", "sim", folder)
    whole = time.perf_counter() - began

    bound, model, _ = open_run(Path(folder))
    design = bound.design(model)
    with AnswerStore(Path(folder) / "answers.sqlite") as store:
        answers = collect(design, store, "framings", model.label, bound.language)
        replies = [item for chunk in last_attempts(store.read()) for item, _, _ in chunk]
    began = time.perf_counter()
    for item in replies:
        design.code(item.trial, item.attempt, item.reply)
    coding = time.perf_counter() - began
    number = re.compile(r"\s*(\d+)")
    began = time.perf_counter()
    for item in replies:
        number.match(item.reply.text or "")
    loop = time.perf_counter() - began
    began = time.perf_counter()
    bound.analyse(answers, model.label)
    return {
        "asked": len(replies),
        "whole": whole,
        "coding": coding,
        "loop": loop,
        "tables": time.perf_counter() - began,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def main() -> None:
    """Time the preset."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(sys.argv[2])))
        return
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, __file__, "--one", f"{name}/run"]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(out.splitlines()[-1])
    print(
        f"preset, report included  {found['whole']:6.1f} s  {found['gigabytes']:.2f} GB  (limit 60 s)"
    )
    print(f"tables alone             {found['tables']:6.1f} s")
    print(
        f"coding {found['asked']:,} replies    {found['coding']:6.2f} s  "
        f"{found['asked'] / found['coding']:,.0f} replies/s, "
        f"{found['coding'] / found['loop']:,.0f} x a loop that splits off a number"
    )


if __name__ == "__main__":
    main()
