"""How long the grounded-personas study takes on the simulated model, report included.

Two runs, each in a process of its own, whose peak memory is read: the preset (2,000 configurations in
two forms, 83 questions), and the whole grid, 93,312 configurations, on the questions of the cultural map
alone: the ten indicators rest on 14 questions, so that these are 1,306,382 requests.

    python benchmarks/grounded_personas.py [--grid-only]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GRID = """\
schema = 1
study = "grounded-personas"
seed = 1
[personas]
configurations = "all"
[batteries]
names = ["map"]
inferred = false
"""


def one(study: str, folder: str) -> dict[str, float]:
    """Run a study in this process."""
    from mores import workflow

    began = time.perf_counter()
    done = workflow.run(study, "sim", folder)
    seconds = time.perf_counter() - began
    asked = int(done.tables["requests"]["asked"].sum())
    store = Path(folder) / "answers.sqlite"
    return {
        "asked": asked,
        "seconds": seconds,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "bytes": store.stat().st_size / asked,
    }


def main() -> None:
    """Time both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grid-only", action="store_true")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(*given.one)))
        return
    with tempfile.TemporaryDirectory() as name:
        grid = Path(name) / "grid.toml"
        grid.write_text(GRID, encoding="utf-8")
        studies = {"the whole grid on the map": str(grid)}
        if not given.grid_only:
            studies = {"the preset": "grounded-personas"} | studies
        print(
            f"{'study':28} {'requests':>10} {'seconds':>8} {'requests/s':>11} {'GB':>6} {'bytes':>6}"
        )
        for label, study in studies.items():
            command = [sys.executable, __file__, "--one", study, f"{name}/{label.split()[-1]}"]
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found = json.loads(out.splitlines()[-1])
            print(
                f"{label:28} {found['asked']:10,} {found['seconds']:8.1f} "
                f"{found['asked'] / found['seconds']:11,.0f} {found['gigabytes']:6.2f} "
                f"{found['bytes']:6.1f}"
            )


if __name__ == "__main__":
    main()
