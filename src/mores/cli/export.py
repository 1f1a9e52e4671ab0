"""``mores export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from mores.cli.options import Folder
from mores.cli.values import path

__all__ = ["export"]


def export(
    folder: Folder,
    /,
    *,
    out: Annotated[Path, Parameter(help="Folder to make; it must not be there.", converter=path)],
    partition: Annotated[
        list[str] | None,
        Parameter(
            help="Put files into folders by a column's values, COLUMN=VALUE; several nest.",
            negative=(),
        ),
    ] = None,
    format: Annotated[Literal["parquet", "csv"], Parameter(help="What is written.")] = "parquet",
) -> int:
    """Write a run's answers as Parquet or CSV, in folders by columns, in bounded memory."""
    from mores import workflow
    from mores.workflow.manifest import read_manifest

    rows = workflow.export(folder, out, partition or (), format)
    planned = read_manifest(folder)["planned"]
    if rows < planned:
        print(f"{rows:,} of {planned:,} planned answers, the run is unfinished: {out}")
    else:
        print(f"{rows:,} answers: {out}")
    return 0
