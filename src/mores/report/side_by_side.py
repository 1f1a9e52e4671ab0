"""What every comparison of runs says: how they differ, which are simulated, how requests ended."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from math import isfinite, nan
from typing import TYPE_CHECKING

from mores.report.blocks import Column, Row, Section, Table, cell
from mores.report.numbers import count, level_text, percent

if TYPE_CHECKING:
    import polars as pl

    from mores.report.registry import Run

__all__ = [
    "coverage_note",
    "coverage_section",
    "coverage_table",
    "described",
    "difference_banners",
    "level_of",
]

_STATUSES = ("coded", "refused", "uncoded", "failed")


def coverage_table(runs: Sequence[tuple[str, Run]]) -> pl.DataFrame:
    """How the requests of each run ended.

    Returns
    -------
    polars.DataFrame
        Columns: ``model simulated planned coded refused uncoded failed``.
    """
    import polars as pl

    return pl.DataFrame(
        [
            {
                "model": label,
                "simulated": bool(run.manifest["model"]["simulated"]),
                "planned": run.manifest["planned"],
                **{s: run.manifest["counts"][s] for s in _STATUSES},
            }
            for label, run in runs
        ]
    )


def coverage_section(table: pl.DataFrame) -> Section:
    """A `coverage_table` as a section of a page."""
    rows = [
        Row(
            [
                cell(r["model"]),
                cell(count(r["planned"]), "", r["planned"]),
                *(
                    cell(count(r[s]), percent(r[s] / r["planned"] if r["planned"] else None), r[s])
                    for s in _STATUSES
                ),
            ]
        )
        for r in table.rows(named=True)
    ]
    columns = [Column("Model", numeric=False), Column("Planned")]
    columns += [Column(s.capitalize()) for s in _STATUSES]
    block = Table("How requests ended", columns, rows, "Per cent of planned.", "coverage")
    return Section("coverage", "Coverage", [block])


def coverage_note(runs: Sequence[tuple[str, Run]]) -> str:
    """A line for the footnote of a figure: how much is coded, and how many models are simulated."""
    coded = sum(run.manifest["counts"]["coded"] for _, run in runs)
    planned = sum(run.manifest["planned"] for _, run in runs)
    note = (
        f"{coded:,} of {planned:,} requests coded ({percent(coded / planned if planned else None)})"
    )
    made_up = sum(bool(run.manifest["model"]["simulated"]) for _, run in runs)
    if made_up:
        note += f" · {made_up} of {len(runs)} models simulated: no language model was asked."
    return note


def level_of(runs: Sequence[tuple[str, Run]]) -> str:
    """Level of the intervals, such as ``95 %``, from the studies of the runs."""
    levels = set()
    for _, run in runs:
        try:
            text = (run.folder / "study.toml").read_text(encoding="utf-8")
            levels.add(float(tomllib.loads(text).get("analysis", {}).get("level", 0.95)))
        except (OSError, ValueError):
            levels.add(nan)
    only = levels.pop() if len(levels) == 1 else nan
    return level_text(only) if isfinite(only) else "each run's own"


def described(run: Run) -> str:
    """A run in a line: its model, its folder, how much is coded."""
    folder = run.folder.name or str(run.folder)
    kind = ", simulated" if run.manifest["model"]["simulated"] else ""
    coded, planned = run.manifest["counts"]["coded"], run.manifest["planned"]
    share = percent(coded / planned if planned else None)
    answered = f"{count(coded)} of {count(planned)} requests coded ({share})"
    return f"{run.manifest['model']['spec']}{kind}; folder {folder}; {answered}"


def difference_banners(runs: Sequence[tuple[str, Run]], parts: Sequence[str]) -> list[str]:
    """What must not be overlooked: simulated models, runs that are not alike, unfinished ones.

    Parameters
    ----------
    runs : sequence of (label, Run)
    parts : sequence of str
        Names of the fingerprint in which runs of one comparison should agree.
    """
    made_up = [label for label, run in runs if run.manifest["model"]["simulated"]]
    found = []
    if made_up:
        found.append(
            f"Simulated: {', '.join(made_up)}. These answers come from the built-in psychometric "
            "respondent; no language model was asked, and nothing of them is a finding about one."
        )
    first = runs[0][1].manifest["fingerprint"]
    differ = [
        name
        for name in parts
        if any(run.manifest["fingerprint"].get(name) != first.get(name) for _, run in runs[1:])
    ]
    if len({run.manifest.get("sample") for _, run in runs}) > 1:
        differ.append("sample")
    if differ:
        found.append(
            f"These runs differ in {', '.join(differ)}. Differences between their rows may come "
            "from that and not from the models."
        )
    short = [
        label
        for label, run in runs
        if sum(run.manifest["counts"].values()) < run.manifest["planned"]
    ]
    if short:
        found.append(f"Unfinished: {', '.join(short)}.")
    return found
