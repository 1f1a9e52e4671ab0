"""Distributions of a data set's answers, as a table or a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mores.errors import PopulationError, StoreError
from mores.workflow.folder import make_folder, write_file

if TYPE_CHECKING:
    import polars as pl

    from mores.instruments.survey import Instrument

__all__ = ["describe"]


def describe(
    data: str | None = None,
    by: Sequence[str] = ("country",),
    items: Sequence[str] | None = None,
    out: Path | None = None,
    *,
    world: bool = False,
    splits: int = 0,
    seed: int = 0,
    replace: bool = False,
    data_dir: Path | None = None,
    note: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Weighted shares of every option, by group.

    Parameters
    ----------
    data : str, optional
        Name of a data set; the synthetic population if left out.
    by : sequence of str
        Columns about respondents that make the groups.
    items : sequence of str, optional
        Ids of items, or their codes in trend files; all if left out.
    out : Path, optional
        A CSV or Parquet file to write.
    world : bool
        The average over countries, each weighing alike, instead of the countries.
    splits : int
        How many random halves measure the distance of humans to themselves, in the columns
        ``split_half`` (between the halves) and ``floor`` (expected of a sample of the whole group's
        size against the population); 0 for none.
    seed : int
        Seeds the halves.
    replace : bool
        Whether a file that is there may be replaced.
    data_dir : Path, optional
        Where data sets are kept.
    note : callable, optional
        Called with a line when something is said to the user.

    Returns
    -------
    polars.DataFrame
        One row a group, item and option; see `mores.populations.distributions.Distributions.frame`.
        A grouping column of codes is followed by their labels, such as ``sex`` by ``sex_label``.

    Raises
    ------
    PopulationError
        If the data set, a column or an option cannot be used.
    InstrumentError
        If there is no such item.
    StoreError
        If the file is there and may not be replaced, or cannot be written.
    """
    from mores.populations.distributions import distributions
    from mores.populations.library import load_population

    if out is not None and out.suffix not in (".csv", ".parquet"):
        raise PopulationError(f"out = {out}: the file's name must end in .csv or .parquet")
    if out is not None and os.path.lexists(out) and not replace:
        raise StoreError(
            f"{out} is there already; choose another with --out, or repeat with --replace"
        )
    if not 0 <= splits <= 10_000 or (world and splits):
        raise PopulationError(
            f"split-half = {splits}; give 0 to 10000 halves, and none for the world average"
        )
    found = distributions(load_population(data, data_dir, note), items, by)
    table = (found.world_average() if world else found).frame()
    if splits:
        halves = found.split_half(splits, seed=seed)
        distances = found.cells(split_half=halves.distance, floor=halves.to_population)
        keys = ["population", *found.by, "item"]
        table = table.join(
            distances.select(*keys, "split_half", "floor"),
            on=keys,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
    table = _labelled(table, found.by, found.population.instrument)
    if out is not None:
        _write(table, out)
    return table


def _labelled(table: pl.DataFrame, by: Sequence[str], instrument: Instrument) -> pl.DataFrame:
    """With the labels of coded grouping columns, each behind its codes."""
    import polars as pl

    for name in by:
        asked = instrument.columns.get(name)  # bands are in words already
        if asked and asked.options and name in table.columns:
            labels = {option.code: option.label for option in asked.options}
            codes = table[name]
            words = codes.replace_strict(labels, default=None, return_dtype=pl.String)
            place = table.get_column_index(name) + 1
            table = table.insert_column(place, words.alias(f"{name}_label"))
    return table


def _write(table: pl.DataFrame, out: Path) -> None:
    from mores.report.frames import csv_frame, write_parquet

    make_folder(out.parent)
    if out.suffix == ".csv":
        write_file(out, csv_frame(table).write_csv())
    else:
        write_parquet(table, out)
