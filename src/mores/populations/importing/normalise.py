"""One table of a survey file, brought into the normal form of a population."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from mores.errors import PopulationError
from mores.instruments.languages import language_of
from mores.instruments.survey import Column, ColumnKind, Instrument, Item
from mores.instruments.validation import shown
from mores.populations.importing.findings import Ledger
from mores.populations.importing.identity import identity, with_labels
from mores.populations.importing.labels import Answers, Cell, read_cells, whole_number
from mores.populations.importing.raw import RawTable
from mores.populations.importing.recognition import Form
from mores.populations.importing.source_columns import SourceColumns, named
from mores.populations.importing.weights import read_weights
from mores.populations.population import KEY

__all__ = ["normalise"]

_AGES = range(10, 116)
_TREATED = frozenset({*KEY, "weight", "language"})
_CODED = (ColumnKind.CATEGORY, ColumnKind.INTEGER)
_LEVELS = {0: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 3, 8: 3}
"""Three levels of education from the nine of ISCED 2011, as the survey groups them (Q275R)."""


def normalise(
    table: RawTable, form: Form, instrument: Instrument, ledger: Ledger, weighting: str = "survey"
) -> pl.DataFrame:
    """The respondents of a table in normal form, in the order of the file.

    Parameters
    ----------
    table : RawTable
        As read.
    form : Form
        Whose names and codes it uses.
    instrument : Instrument
        Whose columns the normal form has.
    ledger : Ledger
        Where everything is noted that the user has to know.
    weighting : {"survey", "none"}
        Keep the file's weights, or give everyone 1.

    Returns
    -------
    polars.DataFrame
        Columns and types of `schema`; columns that the file does not have are left out, but for the
        required ones. A cell that stands for nothing that the instrument knows is null, and noted.

    Raises
    ------
    PopulationError
        If it cannot be told of a respondent who it is, or a weight is none.
    """
    if not table.frame.height:
        raise PopulationError(f"{table.source}: holds no respondents; download it again")
    source = SourceColumns(table, form, instrument, ledger)
    known = set(source.names.all)
    ledger.unrecognised |= dict.fromkeys(name for name in table.columns if name not in known)
    who = identity(source)
    found = {
        **who.to_dict(),
        "weight": _weights(source, who, weighting),
        **_languages(source),
        **_answers(source),
    }
    _add_education(source, found)
    ordered = {name: found[name] for name in source.types if name in found}
    return pl.DataFrame(ordered, schema={name: source.types[name] for name in ordered})


def _answers(source: SourceColumns) -> dict[str, pl.Series]:
    """Every item, and every column of categories or whole numbers, that the file has."""
    places: list[tuple[Item | Column, str, pl.Series]] = [
        (item, name, source.table.frame[name])
        for name, item in source.names.items.items()
        if name in source.table.frame.columns
    ]
    source.ledger.items |= {item.id: None for item, _, _ in places}
    places += [
        (column, *place)
        for column in source.instrument.columns.values()
        if column.kind in _CODED
        and column.id not in _TREATED
        and (place := source.first(column.id))
    ]
    found: dict[str, pl.Series] = {}
    for variable, name, cells in places:
        answers = Answers(variable, source.trend)
        if _contradicted(source, answers, variable.id, name, cells):
            continue
        values = source.read(answers.read, variable.id, name, cells)
        if variable.id == "age":
            values = source.plausible(values, "age", name, _AGES)
        found[variable.id] = values
    return found


def _contradicted(
    source: SourceColumns, answers: Answers, column: str, name: str, cells: pl.Series
) -> bool:
    """Whether the file's labels say that its codes mean something else.

    Either the codes were changed or the labels; which, only the file's owner can tell. Read either
    way answers may be turned round, so the column is left out and the user is told; the other columns
    are sound.
    """
    labels = source.labels(name)
    if not labels:
        return False
    used = {whole_number(cell) for cell in cells.drop_nulls().unique()}
    conflicts = answers.conflicts({c: label for c, label in labels.items() if c in used})
    if conflicts:
        listed = "; ".join(
            f"{c.code} is labelled {shown(c.label)} where {shown(c.meant)} is expected"
            for c in conflicts[:3]
        )
        source.ledger.set_aside.append(
            f"LEFT OUT: {named(name, column)} of {source.table.source}: its labels contradict its "
            f"codes ({listed}); correct the codes or the labels and import the file again"
        )
    return bool(conflicts)


def _add_education(source: SourceColumns, found: dict[str, pl.Series]) -> None:
    """Three levels of education from ISCED where the file has no column of three levels."""
    if "education" in found or "education_isced" not in found:
        return
    meant = {**{code: code for code in source.instrument.columns["education"].missing}, **_LEVELS}
    found["education"] = found["education_isced"].replace_strict(
        meant, default=None, return_dtype=source.types["education"]
    )


def _weights(source: SourceColumns, who: pl.DataFrame, weighting: str) -> pl.Series:
    if weighting == "none":
        return pl.Series([1.0] * source.height, dtype=pl.Float64)
    name, cells = source.first("weight") or ("weight", None)
    found = read_weights(cells, who, name, source.table.source)
    _add(source.ledger.no_weighting, found.no_weighting)
    _add(source.ledger.absent, found.absent)
    return found.values


def _add(totals: dict[str, int], counts: Mapping[str, int]) -> None:
    for key, count in counts.items():
        totals[key] = totals.get(key, 0) + count


def _languages(source: SourceColumns) -> dict[str, pl.Series]:
    place = source.first("language")
    if place is None:
        return {}
    name, cells = place
    missing = Answers(source.instrument.columns["language"])
    read = with_labels(_language, source.labels(name))
    values, unread = read_cells(cells, read, pl.String())
    unknown = [u for u in unread if missing.read(u.value) is None]
    source.note(source.ledger.languages, name, "language", unknown)
    return {"language": values}


def _language(cell: Cell) -> str | None:
    found = language_of(cell)
    return found.code if found else None
