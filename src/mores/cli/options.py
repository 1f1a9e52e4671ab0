"""What several commands take: a study, and what is said of it in place of its file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mores.cli.values import whole

__all__ = ["Folder", "Humans", "Sample", "Seed", "Study"]

Study = Annotated[
    str, Parameter(help="A preset's name (see: mores studies), or the path of a TOML file.")
]
Sample = Annotated[
    int | None,
    Parameter(
        help="Take a seeded N of what the study samples (dilemmas; units; respondents a country).",
        converter=whole,
    ),
]
Seed = Annotated[
    int | None,
    Parameter(help="Seeds everything, in place of the study's own.", converter=whole),
]
Humans = Annotated[
    str | None,
    Parameter(
        help="The humans: a data set (see: mores data list), or the path of its folder; the "
        "synthetic population by default."
    ),
]
Folder = Annotated[Path, Parameter(help="The folder of a run.")]
