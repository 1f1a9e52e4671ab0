"""How long an arm of the calibrated-personas study takes on the simulated model, report included.

Ten countries, 35 targets, 200 personas a country: 70,000 requests if every persona were asked for
itself; equal profiles are asked once. Each arm runs in a process of its own, whose peak memory is
read. The preset (four arms, 100 personas) is timed as well.

    python benchmarks/calibrated_personas.py [--personas 200]
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

ARMS = ("sociodemographic+nationality", "value+nationality", "few-shot+nationality")


def one(study: str, personas: int, folder: str) -> dict[str, float]:
    """Run a study in this process."""
    from mores import workflow

    began = time.perf_counter()
    done = workflow.run(study, "sim", folder, sample=personas)
    seconds = time.perf_counter() - began
    table = done.tables["requests"]
    return {
        "seconds": seconds,
        "designed": int(table["designed"].sum()),
        "asked": int(table["asked"].sum()),
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def apart(study: str, personas: int, folder: Path) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--one", study, str(personas), str(folder)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(out.splitlines()[-1])
    return found


def main() -> None:
    """Time each arm, and the preset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--personas", type=int, default=200)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one[0], int(given.one[1]), given.one[2])))
        return

    from mores.studies.registry import preset_text

    text = preset_text("calibrated-personas")
    line = next(line for line in text.splitlines() if line.startswith("arms = "))
    print(f"{'arm':30} {'designed':>9} {'asked':>9} {'seconds':>8} {'GB':>6}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        studies = [("the preset, 100 personas", "calibrated-personas", 100)]
        for arm in ARMS:
            path = folder / f"{arm}.toml"
            path.write_text(
                text.replace(line, f'arms = ["{arm}"]').replace(
                    'vary_guidance = ["country"]', "vary_guidance = []"
                )
            )
            studies.append((arm, str(path), given.personas))
        for label, study, personas in studies:
            found = apart(study, personas, folder / f"run-{label.replace(' ', '-')}")
            print(
                f"{label:30} {found['designed']:9,} {found['asked']:9,} "
                f"{found['seconds']:8.1f} {found['gigabytes']:6.2f}"
            )


if __name__ == "__main__":
    main()
