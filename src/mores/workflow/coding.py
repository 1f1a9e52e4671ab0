"""Coding the replies of a large run: in portions, in several processes, each portion a Parquet file.

A process is begun for each core, as ``python -m mores.workflow.coding_process``, and opens the run's
folder by itself: nothing is pickled, and no script is imported again. Process k codes the portions k,
k + n, k + 2n … and tells on its standard output which it has written. They are taken in the order of the
design, so that the result does not depend on how many processes there are; a portion that a process did
not write, because it died, is coded here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mores.fieldwork.store import AnswerStore
from mores.studies.answers import PORTION, coded, portions
from mores.studies.study import StudyDesign

if TYPE_CHECKING:
    import polars as pl

    from mores.studies.answers import Portion

__all__ = ["ALONE", "LEAST", "coded_parts", "part_file", "processes", "write_part"]

LEAST = 200_000
"""Replies from which further processes are worth beginning."""
ALONE = "MORES_CODING_PROCESSES"
"""Environment variable: how many processes code; as many as there are cores, 8 at most, if unset."""
_MOST = 8


def processes(planned: int) -> int:
    """How many processes code so many replies; 0 for none beside this one."""
    given = os.environ.get(ALONE, "")
    if given.isdecimal():
        return 0 if int(given) < 2 else min(int(given), 64)
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return 0 if planned < LEAST or cores < 2 or not sys.executable else min(cores, _MOST)


def part_file(folder: Path, number: int) -> Path:
    """Where the rows of a portion are written."""
    return folder / f"{number:06d}.parquet"


def write_part(
    design: StudyDesign,
    store: AnswerStore,
    trials: Portion,
    of_model: tuple[str, str, str],
    path: Path,
) -> None:
    """Code a portion and write its rows; no file where nothing is stored of it."""
    import polars as pl

    from mores.report.frames import write_parquet

    found = list(coded(design, store, trials, *of_model))
    if found:
        write_parquet(pl.concat(found), path)


def coded_parts(
    run: Path,
    design: StudyDesign,
    store: AnswerStore,
    of_model: tuple[str, str, str],
    folder: Path,
    *,
    others: int,
    length: int = PORTION,
) -> Iterator[pl.DataFrame]:
    """The rows of `mores.studies.answers.collect`, a portion at a time, each kept as a file.

    Parameters
    ----------
    run : Path
        The run's folder, which the other processes open.
    design : StudyDesign
    store : AnswerStore
    of_model : tuple of str
        The study, the model's label and the language.
    folder : Path
        Where the files of `part_file` are written; it is there.
    others : int
        How many processes are begun beside this one.
    length : int
        About how many trials make a portion.
    """
    import polars as pl

    with ExitStack() as held:
        told = held.enter_context(_begun(run, folder, others, length)) if others else []
        for number, trials in enumerate(portions(design, length)):
            path = part_file(folder, number)
            if not (told and told[number % len(told)](number)):
                path.unlink(missing_ok=True)
                write_part(design, store, trials, of_model, path)
            if path.exists():
                yield pl.read_parquet(path, glob=False)


@contextmanager
def _begun(
    run: Path, folder: Path, others: int, length: int
) -> Iterator[list[Callable[[int], bool]]]:
    """Begin processes; each can be waited for to have written a portion, and is ended on the way out."""
    import mores

    source = str(Path(mores.__file__).parent.parent)
    path = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    quiet = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment = os.environ | quiet | {"PYTHONPATH": path}
    given = [str(run.absolute()), str(folder.absolute()), str(others), str(length)]
    began: list[subprocess.Popen[str]] = []
    try:
        for k in range(others):
            command = [sys.executable, "-m", "mores.workflow.coding_process", *given, str(k)]
            with suppress(OSError):  # then this process codes its portions
                began.append(
                    subprocess.Popen(  # noqa: S603
                        command,
                        env=environment,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL,
                        text=True,
                    )
                )
        yield [_waiting(process) for process in began] if len(began) == others else []
    finally:
        for process in began:
            process.kill()
        for process in began:
            with process:  # waits, and closes its pipes
                pass


def _waiting(process: subprocess.Popen[str]) -> Callable[[int], bool]:
    def written(number: int) -> bool:
        assert process.stdout is not None
        return process.stdout.readline() == f"{number}\n"

    return written
