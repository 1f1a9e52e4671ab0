"""A process that codes some of a run's portions; see `mores.workflow.coding`, which begins it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

__all__: list[str] = []


def _until_left() -> None:
    """End with the process that began this one, whose end of the pipe then closes."""
    sys.stdin.buffer.read()
    os._exit(0)


def main(run: str, folder: str, others: str, length: str, mine: str) -> None:
    """Write every portion of which the number modulo `others` is `mine`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of Ctrl-C the first process decides
    threading.Thread(target=_until_left, daemon=True).start()

    from mores.fieldwork.store import AnswerStore
    from mores.studies.answers import portions
    from mores.workflow.coding import part_file, write_part
    from mores.workflow.reading import open_run

    bound, model, _ = open_run(run)
    design = bound.design(model)
    of_model = (bound.file.study, model.label, bound.language)
    with AnswerStore(Path(run) / "answers.sqlite") as store:
        for number, trials in enumerate(portions(design, int(length))):
            if number % int(others) == int(mine):
                write_part(design, store, trials, of_model, part_file(Path(folder), number))
                print(number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
