"""Reading a survey file of 97,000 respondents and 600 columns, and importing it whole.

Limits: 20 s and 2 GB resident for an import. The answers are random numbers in the survey's schema, 600
columns of which the instrument knows about 270. Each format is read by a process of its own, so that
peaks do not add up. Set against the reading are the bare libraries over the same columns.
Run: python benchmarks/survey_import.py
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESPONDENTS, COLUMNS = 97_000, 600
FORMATS = ("csv", "sav", "dta")
SECONDS, MEGABYTES = 20, 2048


def write_files(folder: Path) -> None:
    """The same random answers as CSV, SPSS and Stata file."""
    import numpy as np
    import polars as pl
    import pyreadstat

    from mores.instruments.survey import wvs7

    rng = np.random.default_rng(0)
    instrument = wvs7()
    countries = np.array(["EGY", "USA", "JPN", "RUS"])[np.arange(RESPONDENTS) % 4]
    columns: dict[str, object] = {
        "A_WAVE": np.full(RESPONDENTS, 7),
        "A_YEAR": np.full(RESPONDENTS, 2018),
        "B_COUNTRY_ALPHA": countries.tolist(),
        "D_INTERVIEW": np.arange(1, RESPONDENTS + 1),
        "W_WEIGHT": rng.gamma(4, 0.25, RESPONDENTS),
    }
    asked = {c.wvs[0]: c for c in instrument.columns.values() if c.wvs and c.options}
    for name, variable in {**asked, **instrument.items}.items():
        codes = [option.code for option in variable.options] + [-1, -2]
        columns[name] = rng.choice(codes, RESPONDENTS)
    for n in range(COLUMNS - len(columns)):
        columns[f"X_{n}"] = rng.integers(-2, 11, RESPONDENTS)
    frame = pl.DataFrame(columns)
    assert frame.shape == (RESPONDENTS, COLUMNS)
    frame.write_csv(folder / "all.csv")
    pyreadstat.write_sav(frame, folder / "all.sav", row_compress=True)
    pyreadstat.write_dta(frame, folder / "all.dta")


def read(path: Path) -> None:
    from mores.instruments.survey import wvs7
    from mores.populations.importing.tables import read_tables

    for table, _ in read_tables([path], wvs7()):
        assert table.frame.height == RESPONDENTS


def whole(path: Path) -> None:
    from mores.populations.importing.importing import import_files

    assert len(import_files([path]).population) == RESPONDENTS


def bare(path: Path) -> None:
    """The library alone, over the columns that are read."""
    from mores.instruments.survey import wvs7

    names = [*wvs7().items, "W_WEIGHT", "B_COUNTRY_ALPHA", "D_INTERVIEW"]
    if path.suffix == ".csv":
        import polars as pl

        pl.scan_csv(path).select(names).collect()
    else:
        import pyreadstat

        reader = pyreadstat.read_sav if path.suffix == ".sav" else pyreadstat.read_dta
        reader(path, usecols=names, user_missing=True, output_format="polars")


STEPS = {"read": read, "whole": whole, "bare": bare}


def measure(step: str, path: Path) -> tuple[float, float, float]:
    """Seconds, seconds of processor time, and megabytes of a step in a process of its own.

    The libraries are imported before the first clock starts.
    """
    command = [sys.executable, __file__, "--step", step, "--file", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, processor, megabytes = map(float, done.stdout.split())
    return seconds, processor, megabytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        import polars
        import pyreadstat  # noqa: F401

        assert polars
        began = time.perf_counter()
        STEPS[options.step](options.file)
        took = time.perf_counter() - began
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_files(folder)
        for kind in FORMATS:
            path = folder / f"all.{kind}"
            print(f"{kind}: {path.stat().st_size / 1e6:,.0f} MB")
            alone = measure("bare", path)[0]
            for step in ("read", "whole"):
                seconds, processor, megabytes = measure(step, path)
                print(
                    f"  {step:5} {seconds:5.1f} s ({processor:.1f} s of processor time), "
                    f"{megabytes:5,.0f} MB   limit / this = "
                    f"{SECONDS / seconds:.1f}, {MEGABYTES / megabytes:.1f}; "
                    f"this / library alone = {seconds / alone:.1f}"
                )


if __name__ == "__main__":
    main()
