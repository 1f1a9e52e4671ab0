"""``mores export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from mores.cli.values import path

__all__ = ["export"]


def export(
    folder: Annotated[Path, Parameter(help="The folder of a run.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Folder to make; it must not be there.", converter=path)],
    partition: Annotated[
        list[str] | None,
        Parameter(
            help="Column by whose values files are put into folders, COLUMN=VALUE; several nest.",
            negative=(),
        ),
    ] = None,
    format: Annotated[Literal["parquet", "csv"], Parameter(help="Kind of the files.")] = "parquet",
) -> int:
    """Write a run's answers as Parquet or CSV, in folders by columns; millions of rows too."""
    from mores import workflow

    rows = workflow.export(folder, out, partition or (), format)
    print(f"{rows:,} answers: {out}")
    return 0
