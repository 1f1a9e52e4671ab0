"""Configurations of one's own choice from a CSV file.

The first line names the columns: ``index``, or the ten variables by id or name, or both if they agree;
and ``weight`` if wanted. Levels are given by id, label or title. A comma, a semicolon or a tab stands
between cells. Weights are relative: they are scaled to sum to 1. ::

    index,weight
    42,1
    93311,0.5
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from stat import S_ISREG

import numpy as np
from numpy.typing import NDArray

from mores.errors import PersonaError, nearest
from mores.instruments.labels import fold
from mores.instruments.validation import listed_problems, shown
from mores.personas.configuration_samples import ConfigurationSample, chosen_configurations
from mores.personas.grid import indices_of
from mores.personas.variables import N_CONFIGURATIONS, variables

__all__ = ["MAX_BYTES", "parse_configurations", "read_configurations"]

MAX_BYTES = 64 << 20
"""Room for the whole grid with the levels written out."""

_INDEX, _WEIGHT = "index", "weight"
_SAVE = "save it as “CSV UTF-8” and give that file"
_REMEDY = "correct the file"


def read_configurations(path: Path) -> ConfigurationSample:
    """The configurations of a CSV file.

    Raises
    ------
    PersonaError
        If it cannot be read, or as `parse_configurations`.
    """
    where = shown(str(path))
    try:
        if path.is_dir():
            raise PersonaError(f"{where} is a folder; give the path of a CSV file")
        if not S_ISREG(path.stat().st_mode):  # a device or a pipe might never end
            raise PersonaError(f"{where} is no regular file; give the path of a CSV file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise PersonaError(
            f"there is no file {where}; give a CSV file with a column index"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PersonaError(
            f"{where} cannot be read ({reason}); check the path and its permissions"
        ) from None
    if len(content) > MAX_BYTES:
        raise PersonaError(
            f"{where} is larger than {MAX_BYTES >> 20} MiB; take out what does not belong"
        )
    return parse_configurations(content, path.name)


def parse_configurations(content: bytes, place: str) -> ConfigurationSample:
    """The configurations of a CSV file's bytes.

    Parameters
    ----------
    content : bytes
        UTF-8.
    place : str
        What to call the file in messages.

    Returns
    -------
    ConfigurationSample
        In the order of the file; `ConfigurationSample.own_weights` are all the same without a column.

    Raises
    ------
    PersonaError
        With every column that is unknown or missing; or with the lines on which an index is out of
        range, a level is unknown, a weight is unusable or a configuration occurs again: the first ten.
    """
    records = _records(_decoded(content, place), place)
    header = next(records, (1, []))[1]
    columns = _columns(header, place)
    lines, rows, problems = [], [], []
    for line, cells in records:
        if len(cells) != len(header):
            problems.append(f"line {line} has {len(cells)} cells, not {len(header)}")
        else:
            lines.append(line)
            rows.append([cell.strip() for cell in cells])
    if problems:
        raise PersonaError(listed_problems(place, problems, _REMEDY))
    if not rows:
        raise PersonaError(f"{place}: holds no configurations below its first line; add some")
    table = dict(zip(columns, zip(*rows, strict=True), strict=True))
    indices = _indices(table, lines, problems)
    weights = _weights(table[_WEIGHT], lines, problems) if _WEIGHT in table else None
    if not problems:
        problems += _repeats(indices, lines)
    if weights is not None and not problems and not weights.any():
        problems.append("all weights are 0; give one above 0")
    if problems:
        raise PersonaError(listed_problems(place, problems, _REMEDY))
    if weights is not None:
        weights = weights / weights.max()
        weights = weights / weights.sum()
    return chosen_configurations(indices, weights)


def _columns(header: Sequence[str], place: str) -> list[str]:
    """What each column holds: ``index``, ``weight`` or a variable's id."""
    known = {_INDEX: _INDEX, _WEIGHT: _WEIGHT}
    known |= {_form(name): v.id for v in variables() for name in (v.id, v.name)}
    found = [known.get(_form(name)) for name in header]
    ids = [variable.id for variable in variables()]
    problems = [
        f"{shown(name)} is no column of configurations; {nearest(name, [_INDEX, *ids, _WEIGHT])}"
        for name, column in zip(header, found, strict=True)
        if column is None
    ]
    problems += [
        f"column {name} occurs twice; give it once"
        for name in dict.fromkeys(f for f in found if f)
        if found.count(name) > 1
    ]
    missing = [name for name in ids if name not in found]
    if missing and (len(missing) < len(ids) or _INDEX not in found):
        lacking = ", ".join(missing) if len(missing) < len(ids) else "index, or the ten variables,"
        problems.append(f"column {lacking} is missing; give index, or all ten variables")
    if problems:
        raise PersonaError(listed_problems(f"{place}, first line", problems, _REMEDY))
    return [column for column in found if column is not None]


def _indices(
    table: dict[str, tuple[str, ...]], lines: Sequence[int], problems: list[str]
) -> NDArray[np.int64]:
    found = [
        _by_index(table[_INDEX], lines, problems) if _INDEX in table else None,
        _by_levels(table, lines, problems) if variables()[0].id in table else None,
    ]
    by_index, by_levels = found
    if by_index is None or by_levels is None:
        only = by_levels if by_index is None else by_index
        assert only is not None
        return only
    if not problems:
        problems += [
            f"line {lines[row]}: the levels are those of {by_levels[row]}, not of the index "
            f"{by_index[row]}; leave one of the two out"
            for row in np.flatnonzero(by_index != by_levels).tolist()
        ]
    return by_index


def _by_index(cells: Sequence[str], lines: Sequence[int], problems: list[str]) -> NDArray[np.int64]:
    found = np.zeros(len(cells), np.int64)
    for row, cell in enumerate(cells):
        whole = cell.isascii() and cell.isdigit() and len(cell) <= 9
        if whole and int(cell) < N_CONFIGURATIONS:
            found[row] = int(cell)
        else:
            problems.append(
                f"line {lines[row]}: index {shown(cell)} does not exist; allowed: 0 to "
                f"{N_CONFIGURATIONS - 1}"
            )
    return found


def _by_levels(
    table: dict[str, tuple[str, ...]], lines: Sequence[int], problems: list[str]
) -> NDArray[np.int64]:
    levels = np.zeros((len(lines), len(variables())), np.int64)
    for v, variable in enumerate(variables()):
        known = {
            _form(name): i
            for i, level in enumerate(variable.levels)
            for name in (level.id, level.label, level.title)
        }
        cells = table[variable.id]
        meant = {cell: known.get(_form(cell), -1) for cell in set(cells)}
        levels[:, v] = [meant[cell] for cell in cells]
        allowed = [level.label for level in variable.levels]
        problems += [
            f"line {lines[row]}: {variable.id}: {shown(cells[row])} is not a level; "
            f"{nearest(cells[row], allowed)}"
            for row in np.flatnonzero(levels[:, v] < 0).tolist()
        ]
    return indices_of(np.maximum(levels, 0))


def _weights(
    cells: Sequence[str], lines: Sequence[int], problems: list[str]
) -> NDArray[np.float64]:
    found = np.zeros(len(cells))
    for row, cell in enumerate(cells):
        try:
            weight = float(cell) if "_" not in cell else -1.0
        except ValueError:
            weight = -1.0
        if isfinite(weight) and weight >= 0:
            found[row] = weight
        else:
            problems.append(
                f"line {lines[row]}: weight {shown(cell)}; allowed: a number of 0 or more, with a "
                "decimal point"
            )
    return found


def _repeats(indices: NDArray[np.int64], lines: Sequence[int]) -> list[str]:
    _, first, place = np.unique(indices, return_index=True, return_inverse=True)
    return [
        f"line {lines[row]}: configuration {indices[row]} stands on line "
        f"{lines[first[place[row]]]} too; give it once, with the sum of the weights"
        for row in range(len(indices))
        if first[place[row]] != row
    ]


def _form(name: str) -> str:
    # Without spaces, so that "post-materialist" is "postmaterialist".
    return fold(name).replace(" ", "")


def _decoded(content: bytes, place: str) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise PersonaError(f"{place} is a spreadsheet, not CSV; {_SAVE}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PersonaError(f"{place}, line {line}: is not UTF-8; {_SAVE}") from None
    if "\0" in text:
        raise PersonaError(f"{place}: holds a NUL character; {_SAVE}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _records(text: str, place: str) -> Iterator[tuple[int, list[str]]]:
    """Line on which each record begins, and its cells; blank ones are left out."""
    head = next((line for line in text.split("\n") if line.strip()), "")
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise PersonaError(f"{place}, line {line}: is not CSV ({error}); {_SAVE}") from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1
