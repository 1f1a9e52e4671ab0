"""Survey files imported as one population, with what was found in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from mores.errors import PopulationError
from mores.instruments.survey import Instrument, wvs7
from mores.populations.derived import with_indices
from mores.populations.importing.findings import (
    FileFound,
    Findings,
    Ledger,
    counted,
    missing_by_country,
    weight_findings,
)
from mores.populations.importing.normalise import normalise
from mores.populations.importing.recognition import Form
from mores.populations.importing.tables import read_tables
from mores.populations.library import SYNTHETIC_NAME
from mores.populations.manifest import check_name
from mores.populations.population import KEY, REQUIRED, Population, schema
from mores.version import __version__

__all__ = ["Imported", "Weighting", "import_files"]

Weighting = Literal["survey", "none"]
"""Keep the survey's weights, or give every respondent 1."""

_FILE = "file"  # column that says which file a row comes from, while files are joined
_EXAMPLES = 3


@dataclass(frozen=True)
class Imported:
    """A population made of survey files.

    Attributes
    ----------
    population : Population
        In normal form, sorted, each respondent once.
    findings : Findings
        What was found, and what could not be understood.
    """

    population: Population
    findings: Findings


def import_files(
    paths: Sequence[Path],
    *,
    name: str | None = None,
    weighting: Weighting = "survey",
    instrument: Instrument | None = None,
) -> Imported:
    """Import survey files as one population. Nothing is written.

    Parameters
    ----------
    paths : sequence of Path
        Files in any form in which the survey is handed out, or zip archives of these. Forms can be
        mixed.
    name : str, optional
        Name of the data set; made from the content by default, such as ``"wvs7-egy"``.
    weighting : {"survey", "none"}
        Keep the survey's weights as they are, or give every respondent 1.
    instrument : Instrument, optional
        The questionnaire of the World Values Survey, wave 7, by default.

    Returns
    -------
    Imported
        A cell that stands for nothing that the instrument knows is null, and counted in the
        findings. A respondent found twice, alike in every column, is kept once.

    Raises
    ------
    PopulationError
        If a file cannot be read or is of another survey; if it cannot be told of a respondent who it
        is; if a weight is negative or none; if two rows of one respondent differ.
    """
    if weighting not in get_args(Weighting):
        raise PopulationError(f"weighting {weighting!r}; allowed are survey and none")
    if name is not None:
        _check_free(check_name(name))
    instrument = instrument or wvs7()
    ledger = Ledger()
    frames: list[pl.DataFrame] = []
    files: list[FileFound] = []
    for table, form in read_tables(paths, instrument, ledger.remarks.append):
        frames.append(normalise(table, form, instrument, ledger, weighting))
        files.append(
            FileFound(table.source, form, table.kind, table.frame.height, table.sha256, table.bytes)
        )
    joined = _joined(frames, [file.name for file in files], ledger)
    frame = _finished(joined, instrument, ledger)
    population = Population(
        name or _name(frame, files),
        frame,
        instrument,
        synthetic=False,
        source=_source(files, weighting),
    )
    duplicates = sum(file.respondents for file in files) - frame.height
    return Imported(population, _findings(population, files, duplicates, weighting, ledger))


def _check_free(name: str) -> None:
    if SYNTHETIC_NAME in name:
        raise PopulationError(
            f"{name!r}: figures call a data set with {SYNTHETIC_NAME!r} in its name synthetic, which "
            "an imported one is not; choose another name"
        )


def _joined(frames: Sequence[pl.DataFrame], names: Sequence[str], ledger: Ledger) -> pl.DataFrame:
    """The rows of all files, each respondent once; columns that only some have are null elsewhere."""
    numbered = [
        frame.with_columns(pl.lit(place, pl.Int32).alias(_FILE))
        for place, frame in enumerate(frames)
    ]
    whole = pl.concat(numbered, how="diagonal")
    twice = whole.select(KEY).is_duplicated()
    if twice.any():
        again = whole.filter(twice)
        once = again.unique(subset=pl.exclude(_FILE), keep="first", maintain_order=True)
        if once.select(KEY).is_duplicated().any():
            raise _differing(once, names)
        whole = pl.concat([whole.filter(~twice), once])
    _note_overlap(whole, ledger)
    return whole.drop(_FILE)


def _differing(rows: pl.DataFrame, names: Sequence[str]) -> PopulationError:
    """The error about respondents whose rows differ."""
    clashing = rows.filter(rows.select(KEY).is_duplicated())
    groups = clashing.partition_by(KEY, maintain_order=True)
    example = groups[0].drop(_FILE, *KEY)
    columns = [c for c in example.columns if example[c].n_unique() > 1]
    said = "; ".join(_who(group.row(0, named=True)) for group in groups[:_EXAMPLES])
    files = [names[place] for place in clashing[_FILE].unique().sort()]
    return PopulationError(
        f"{len(groups):,} respondent{'s stand' if len(groups) > 1 else ' stands'} in more than one row "
        f"with different answers: {said}; the rows of the first differ in "
        f"{', '.join(columns[:8])}{' …' if len(columns) > 8 else ''}; they are in "
        f"{', '.join(files[:5])}{' …' if len(files) > 5 else ''}; keep one row of each respondent, "
        "or, if they are different people, give them different numbers (D_INTERVIEW, S007)"
    )


def _who(row: dict[str, Any]) -> str:
    year = row["year"] if row["year"] is not None else "year unknown"
    return f"{row['survey']} {row['country']} {year}, number {row['respondent']}"


def _note_overlap(whole: pl.DataFrame, ledger: Ledger) -> None:
    """Say which surveys come from several files: the same people may bear other numbers in each."""
    surveys = whole.group_by("survey", "wave", "country").agg(pl.col(_FILE).n_unique())
    several = surveys.filter(pl.col(_FILE) > 1).sort("country", "wave")
    if several.height:
        listed = [f"{row['country']} wave {row['wave']}" for row in several.iter_rows(named=True)]
        more = f" and {len(listed) - 10} more" if len(listed) > 10 else ""
        ledger.remarks.append(
            "CHECK: respondents of one country and wave come from several files "
            f"({', '.join(listed[:10])}{more}); make sure that nobody is in two of them under two "
            "numbers"
        )


def _finished(joined: pl.DataFrame, instrument: Instrument, ledger: Ledger) -> pl.DataFrame:
    """Sorted, with the indices, and without columns in which there is nothing."""
    frame = with_indices(joined.sort(KEY))
    for index in ("Y002", "Y003"):
        if index in joined.columns:
            _note_recomputed(joined.sort(KEY)[index], frame[index], instrument, ledger)
    kept = [
        name
        for name in schema(instrument)
        if name in frame.columns and (name in REQUIRED or frame[name].null_count() < frame.height)
    ]
    return frame.select(kept)


def _note_recomputed(
    brought: pl.Series, computed: pl.Series, instrument: Instrument, ledger: Ledger
) -> None:
    codes = instrument.items[brought.name].codes
    both = brought.is_in(codes) & computed.is_in(codes)
    differing = int((both & (brought != computed)).sum())
    if differing:
        ledger.remarks.append(
            f"{brought.name} in the files is not what its questions yield for {differing:,} "
            "respondents; the value computed from the questions is kept"
        )


def _name(frame: pl.DataFrame, files: Sequence[FileFound]) -> str:
    countries = frame["country"].unique().to_list()
    one = f"-{countries[0].lower()}" if len(countries) == 1 else ""
    if all(file.form != Form.TREND for file in files):
        return f"wvs7{one}"
    first, last = frame["year"].min(), frame["year"].max()
    years = dict.fromkeys(str(year) for year in (first, last) if year is not None)
    return "-".join([f"trend{one}", *years])


def _source(files: Sequence[FileFound], weighting: str) -> dict[str, Any]:
    return {
        "form": ", ".join(sorted({file.form for file in files})),
        "weighting": weighting,
        "mores": __version__,
        "files": [asdict(file) | {"form": str(file.form)} for file in files],
    }


def _findings(
    population: Population,
    files: Sequence[FileFound],
    duplicates: int,
    weighting: str,
    ledger: Ledger,
) -> Findings:
    frame, instrument = population.frame, population.instrument
    countries = frame["country"].value_counts().sort("country")
    years = frame["year"].drop_nulls()
    items = [
        item.id
        for item in instrument.items.values()
        if not item.trend_only or item.id in frame.columns
    ]
    not_asked, often_missing = missing_by_country(frame, instrument)
    return Findings(
        files=tuple(files),
        respondents=frame.height,
        duplicates=duplicates,
        surveys=tuple(frame["survey"].unique().sort()),
        waves=tuple(frame["wave"].unique().sort()),
        years=(int(years.min()), int(years.max())) if len(years) else (),  # type: ignore[arg-type]
        countries=dict(countries.iter_rows()),
        items=tuple(item for item in items if item in ledger.items),
        columns=tuple(column for column in instrument.columns if column in ledger.columns),
        items_lacking=tuple(item for item in items if item not in frame.columns),
        unrecognised=tuple(ledger.unrecognised),
        set_aside=tuple(ledger.set_aside),
        unread=counted(ledger.unread),
        implausible=counted(ledger.implausible),
        languages=counted(ledger.languages),
        not_asked=not_asked,
        often_missing=often_missing,
        weights=weight_findings(frame, weighting, ledger),
        remarks=tuple(ledger.remarks),
    )
