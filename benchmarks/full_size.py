"""The study at the paper's full size on the simulated model: 48,048 requests, report included.

Limits: 90 s and 1 GB resident on two cores. While fewer than 616 dilemmas are shipped, they are
repeated under other ids. Set against it is the asking alone. Run: python benchmarks/full_size.py
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import mores

FULL = 616


def dilemmas(path: Path) -> None:
    """Write 616 dilemmas, the shipped ones again and again."""
    from mores.instruments.dilemmas import read_dilemmas, record_of

    shipped = [record_of(d) for d in read_dilemmas()]
    with path.open("w", encoding="utf-8") as file:
        for n in range(FULL):
            record = dict(shipped[n % len(shipped)])
            if n >= len(shipped):
                record["id"] = f"{record['id']}--{n // len(shipped) + 1}"
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="leave the run in this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        dilemmas(folder / "all.jsonl")
        study = folder / "full.toml"
        from mores.studies.registry import preset_text

        text = preset_text("value-action").replace('source = "mores" ', 'source = "all.jsonl" ')
        assert "all.jsonl" in text
        study.write_text(text, encoding="utf-8")
        out = options.keep or folder / "run"
        began = time.perf_counter()
        stages: list[float] = []
        done = mores.run(str(study), out=out, note=lambda _: stages.append(time.perf_counter()))
        ended = time.perf_counter()
        counts = done.manifest["counts"]
        assert sum(counts.values()) == FULL * 2 * 3 * 13, counts
        page = (out / "report.html").stat().st_size
    asking, reporting, took = stages[2] - stages[1], ended - stages[2], ended - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"48,048 requests: {took:.1f} s in all  limit / this = {90 / took:.2f}")
    print(f"  asking {asking:.1f} s; coding, measures and report {reporting:.1f} s")
    print(f"  all / asking = {took / asking:.2f}")
    print(
        f"peak resident {peak:,.0f} MB  limit / this = {1024 / peak:.2f}; page {page / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
