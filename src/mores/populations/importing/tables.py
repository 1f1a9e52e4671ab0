"""Survey files read, whatever they are: a table each, with the form it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from mores.errors import PopulationError
from mores.instruments.survey import Instrument
from mores.populations.importing.archives import Budget, unpacked
from mores.populations.importing.content import Content, content_of
from mores.populations.importing.delimited import read_delimited
from mores.populations.importing.raw import RawTable
from mores.populations.importing.recognition import Form, UnknownSurveyError, recognise
from mores.populations.importing.statistical import read_statistical
from mores.populations.importing.workbooks import read_workbook

__all__ = ["read_tables"]

_LISTED, _NOTED = 8, 20


def _silent(_: str) -> None:
    pass


def read_tables(
    paths: Sequence[Path],
    instrument: Instrument,
    note: Callable[[str], None] | None = None,
    budget: Budget | None = None,
) -> Iterator[tuple[RawTable, Form]]:
    """Read the survey tables in some files, one after the other.

    What a file is, is told from its content. Only columns that the instrument knows are read.
    Archives are unpacked into a folder that is removed again.

    Parameters
    ----------
    paths : sequence of Path
        Files: CSV, SPSS, Stata, Excel, or zip archives of these.
    instrument : Instrument
        Whose columns are read.
    note : callable, optional
        Told what was left out of an archive, and an encoding that was assumed.
    budget : Budget, optional
        What may be unpacked of each archive.

    Yields
    ------
    pair of RawTable and Form

    Raises
    ------
    PopulationError
        If a file is missing, damaged, hostile, or no form of this survey.
    """
    if not paths:
        raise PopulationError("no file was named; name one or several files of the survey")
    for path in paths:
        yield from _tables(Path(path), instrument, note or _silent, budget)


def _tables(
    path: Path, instrument: Instrument, note: Callable[[str], None], budget: Budget | None
) -> Iterator[tuple[RawTable, Form]]:
    source = path.name or str(path)
    content = content_of(path, source)
    with TemporaryDirectory(prefix="mores-") as temporary:
        folder = Path(temporary)
        if content != "zip":
            yield _table(path, source, content, instrument, folder, note)
            return
        left_out: list[str] = []
        faults: list[UnknownSurveyError] = []
        found = 0

        def skip(name: str, what: str) -> None:
            left_out.append(f"{name.partition('/')[2]} ({what})")

        for member in unpacked(path, source, folder, skip, budget):
            kind = content_of(member.path, member.source)
            try:
                read = _table(member.path, member.source, kind, instrument, folder, note)
            except UnknownSurveyError as fault:
                faults.append(fault)
                left_out.append(f"{member.source.partition('/')[2]} (no form of this survey)")
                continue
            found += 1
            yield read
    if not found:
        raise _nothing(source, left_out, faults)
    for name in left_out[:_NOTED]:
        note(f"{source}: left out {name}")
    if len(left_out) > _NOTED:
        note(f"{source}: left out {len(left_out) - _NOTED:,} more that are no data of this survey")


def _table(
    path: Path,
    source: str,
    content: Content,
    instrument: Instrument,
    folder: Path,
    note: Callable[[str], None],
) -> tuple[RawTable, Form]:
    table = _read(path, source, content, instrument, folder, note)
    return table, recognise(table.columns, table.frame, instrument, source)


def _read(
    path: Path,
    source: str,
    content: Content,
    instrument: Instrument,
    folder: Path,
    note: Callable[[str], None],
) -> RawTable:
    match content:
        case "sav" | "dta":
            return read_statistical(path, source, content, instrument)
        case "xlsx" | "xls":
            return read_workbook(path, source, instrument, old=content == "xls")
        case _:
            return read_delimited(path, source, instrument, folder, note)


def _nothing(
    source: str, left_out: Sequence[str], faults: Sequence[UnknownSurveyError]
) -> PopulationError:
    listed = ", ".join(left_out[:_LISTED]) or "no file"
    more = f" and {len(left_out) - _LISTED} more" if len(left_out) > _LISTED else ""
    remedy = "take the archive that holds the data as CSV, SPSS, Stata or Excel"
    return PopulationError(
        f"{source}: nothing in it is a form of this survey; it holds {listed}{more}; "
        f"{faults[0] if len(faults) == 1 else remedy}"
    )
