"""Cells that several tables of the page share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mores.report.blocks import Cell, Column, cell
from mores.report.grounded_personas.context import bracketed, ends_of, known, whole
from mores.report.grounded_personas.labels import form_style, group_title, weighting_title
from mores.report.numbers import count, fixed, percent, signed

__all__ = ["WHO", "group", "measured", "moved", "plain", "share", "told", "who", "whole_cell"]

WHO = (Column("Told", numeric=False), Column("Weighting", numeric=False))
"""Headings of `who`."""


def who(row: Mapping[str, Any]) -> list[Cell]:
    """What personas were told, and how they are weighted."""
    return [cell(form_style(row["form"]).title), cell(weighting_title(row["weighting"]))]


def told(row: Mapping[str, Any]) -> Cell:
    """`who` in one cell, for tables that have no room for two."""
    title, weighting = form_style(row["form"]).title, weighting_title(row["weighting"])
    return cell(title, weighting, f"{title} {weighting}")


def group(row: Mapping[str, Any]) -> Cell:
    """A group of people, on one line where its name is short."""
    title = group_title(str(row["attribute"]), str(row["level"]))
    if len(title) > 12:
        return cell(title)
    return cell(title.replace(" ", "\u00a0").replace("-", "\u2011"), "", title)


def whole_cell(row: Mapping[str, Any], column: str) -> Cell:
    """A count."""
    value = whole(row, column)
    return cell(count(value), "", value)


def plain(row: Mapping[str, Any], column: str, digits: int = 3) -> Cell:
    """A number."""
    value = known(row, column)
    return cell(fixed(value, digits), "", value)


def measured(row: Mapping[str, Any], column: str, stem: str = "", digits: int = 3) -> Cell:
    """A number with its interval."""
    value = known(row, column)
    return cell(fixed(value, digits), bracketed(row, stem, digits), value)


def moved(row: Mapping[str, Any], column: str, stem: str = "", digits: int = 3) -> Cell:
    """A signed number with its interval; bold where that leaves zero out."""
    value, ends = known(row, column), ends_of(row, stem)
    clear = ends is not None and not ends[0] <= 0 <= ends[1]
    return cell(signed(value, digits), bracketed(row, stem, digits, sign=True), value, clear)


def share(row: Mapping[str, Any], column: str, stem: str | None = None) -> Cell:
    """A share as per cent, with its interval where a stem names one."""
    value = known(row, column)
    ends = None if stem is None else ends_of(row, stem)
    note = "" if ends is None else f"[{percent(ends[0])}, {percent(ends[1])}]"
    return cell(percent(value), note, value)
