"""Tables of gaps, shift and alignment, as several sections of the page show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mores.report.blocks import Cell, Column, Row, Table, cell
from mores.report.framings.context import Rows, bracketed, ends_of, known, whole
from mores.report.framings.labels import framing_style
from mores.report.framings.matrix_figures import is_clear
from mores.report.numbers import MISSING, count, fixed, percent, signed

__all__ = ["columns", "measured", "measures_table", "share", "signed_cell", "whole_cell"]


_OTHER = "Humans; both"


def measured(row: Mapping[str, Any], column: str) -> Cell:
    """A measure with its interval over questions."""
    value = known(row, column)
    return cell(fixed(value), bracketed(row, column), value)


def signed_cell(row: Mapping[str, Any], column: str, stem: str = "", over: str = "") -> Cell:
    """A signed measure with its interval; bold where that leaves zero out."""
    stem = stem or column
    value = known(row, column)
    ends = bracketed(row, stem, over, sign=True)
    return cell(signed(value), ends, value, is_clear(row, stem))


def share(row: Mapping[str, Any], column: str) -> Cell:
    """A share as per cent."""
    value = known(row, column)
    return cell(percent(value), "", value)


def whole_cell(row: Mapping[str, Any], column: str) -> Cell:
    """A count."""
    value = whole(row, column)
    return cell(count(value), "", value)


def columns(rows: Rows) -> list[Column]:
    """Headings after those that name a row."""
    found = [
        Column("n", hint="rows of a unit and a slice with answer, baseline and humans"),
        Column("Coverage", hint="share of replies with a coded answer"),
        Column("Refused", hint="share of replies with words of refusing"),
        Column("Hedged", hint="share of replies with words of hedging, coded or not"),
        Column("Baseline gap", hint="distance of the baseline from the humans, 0 to 1"),
        Column("Response gap", hint="distance of the answer from the humans, 0 to 1"),
        Column("Shift", hint="distance of the answer from the baseline, 0 to 1"),
        Column("Alignment", hint="baseline gap − response gap: positive is nearer"),
    ]
    if any(ends_of(r, "alignment", "both") for r in rows):
        found.append(
            Column(
                _OTHER, hint="intervals of alignment: over humans; below, over humans and questions"
            )
        )
    return found


def _cells(row: Mapping[str, Any], further: bool) -> list[Cell]:
    found = [
        whole_cell(row, "n"),
        *(share(row, c) for c in ("coverage", "refusal_rate", "hedge_rate")),
        *(measured(row, c) for c in ("baseline_gap", "response_gap", "shift")),
        signed_cell(row, "alignment"),
    ]
    if further:
        humans, both = (bracketed(row, "alignment", over, sign=True) for over in ("humans", "both"))
        found.append(cell(humans or MISSING, both or MISSING, known(row, "alignment_low_both")))
    return found


def measures_table(
    caption: str,
    rows: Rows,
    names: Sequence[tuple[str, Callable[[dict[str, Any]], str]]],
    note: str,
    file: str,
) -> Table:
    """A table with a row for each of some rows, named by some columns and the framing.

    Parameters
    ----------
    caption, note, file : str
    rows : list of dict
        A line between those of different first names.
    names : sequence of (str, callable)
        Headings and what stands below them, before the framing.
    """
    heads = [Column(title, numeric=False) for title, _ in names]
    heads.append(Column("Framing", numeric=False))
    forms = len({r.get("form") for r in rows}) > 1
    heads += [Column("Form", numeric=False)] * forms
    measures = columns(rows)
    out, last = [], None
    for row in rows:
        named = [cell(read(row)) for _, read in names]
        named.append(cell(framing_style(row["framing"]).title))
        named += [cell(str(row["form"]))] * forms
        first = named[0].text if names else (row.get("form") if forms else None)
        cells = [*named, *_cells(row, any(c.label == _OTHER for c in measures))]
        out.append(Row(cells, apart=last is not None and first != last))
        last = first
    return Table(caption, [*heads, *measures], out, note, file)
