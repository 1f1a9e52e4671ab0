"""The command that prints distributions of a data set's answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mores.cli.data import DataDir
from mores.cli.values import names, path, whole

if TYPE_CHECKING:
    import polars as pl

__all__ = ["distributions"]

_MOST_ROWS = 40


def distributions(
    name: Annotated[
        str | None, Parameter(help="Name of a data set; the synthetic population by default.")
    ] = None,
    /,
    *,
    items: Annotated[
        list[str] | None,
        Parameter(
            help="Items, such as Q46,Q57 or A008,A165; all by default.",
            converter=names,
            negative=(),
        ),
    ] = None,
    by: Annotated[
        list[str],
        Parameter(
            help="Columns about respondents that make the groups, such as country, wave, "
            "language,country, country,sex or age_band.",
            converter=names,
            negative=(),
        ),
    ] = ["country"],  # noqa: B006 - shown as the default in the help, never changed
    world: Annotated[
        bool, Parameter(help="The average over countries, each weighing alike.", negative=())
    ] = False,
    split_half: Annotated[
        int,
        Parameter(
            help="Random halves behind the distance of humans to themselves.", converter=whole
        ),
    ] = 0,
    out: Annotated[
        Path | None, Parameter(help="A CSV or Parquet file for the whole table.", converter=path)
    ] = None,
    replace: Annotated[bool, Parameter(help="Take the place of that file.", negative=())] = False,
    data_dir: DataDir = None,
) -> int:
    """Weighted shares of every option, by group, with n, errors and coverage."""
    from mores.cli.printing import ProgressLine, plain
    from mores.workflow.describing import describe

    found = describe(
        name,
        by,
        items,
        out,
        world=world,
        splits=split_half,
        replace=replace,
        data_dir=data_dir,
        note=ProgressLine(None).note,
    )
    if out is None:
        print(_shares(found))
    else:
        print(plain(f"{found.height:,} rows: {out}"))
    if found["population"].str.contains("synthetic").any():
        print("The respondents are synthetic: these are not answers of real people.")
    return 0


def _shares(found: pl.DataFrame) -> str:
    from mores.cli.printing import table

    numbers = {"share": ".3f", "standard_error": ".3f", "n_effective": ",.0f", "coverage": ".2f"}
    hidden = {"population", "weighted_coverage", "usable"}
    heads = [name for name in found.columns if name not in hidden]
    rows = [
        [
            "" if value is None else format(value, numbers.get(head, ".3f"))
            if isinstance(value, float) else value
            for head, value in zip(heads, row, strict=True)
        ]
        for row in found.head(_MOST_ROWS).select(heads).iter_rows()
    ]  # fmt: skip
    more = found.height - _MOST_ROWS
    tail = f"\n… and {more:,} rows more; --out FILE.csv holds them all" if more > 0 else ""
    return table(rows, heads) + tail
