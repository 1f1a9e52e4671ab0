"""``mores merge``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mores.cli.printing import plain
from mores.cli.runs import print_run
from mores.cli.values import path

__all__ = ["merge"]


def merge(
    folders: Annotated[
        list[Path], Parameter(help="Folders of all shards, or of runs that each asked some of it.")
    ],
    /,
    *,
    out: Annotated[
        Path, Parameter(help="Folder of the joined run: new, or empty.", converter=path)
    ],
    partial: Annotated[
        bool,
        Parameter(
            help="Join although some are missing; mores run in the joined folder asks them.",
            negative=(),
        ),
    ] = False,
) -> int:
    """Join the shards of a study into one run, with tables and report; the shards are only read."""
    from mores import workflow

    def told(line: str) -> None:
        print(f"mores: {plain(line)}", file=sys.stderr, flush=True)

    done = workflow.merge(folders, out, partial=partial, note=told)
    print_run(done, asked=False)
    return done.exit_code
