"""How long it takes to import the package and to print help, against an empty interpreter.

Limits: 150 ms for ``import mores`` (beyond the interpreter's own start) and 400 ms for
``mores --help``. Run: python benchmarks/startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time


def median_ms(arguments: list[str], runs: int = 15) -> float:
    took = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[1:])  # the first fills the caches


def main() -> None:
    empty = median_ms([sys.executable, "-c", "pass"])
    imported = median_ms([sys.executable, "-c", "import mores"]) - empty
    helped = median_ms([sys.executable, "-m", "mores", "--help"])
    print(f"empty interpreter {empty:5.0f} ms")
    print(
        f"import mores      {imported:5.0f} ms more  limit / this = {150 / max(imported, 0.1):.1f}"
    )
    print(f"mores --help      {helped:5.0f} ms in all  limit / this = {400 / helped:.1f}")


if __name__ == "__main__":
    main()
