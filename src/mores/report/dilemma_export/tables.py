"""The flat tables of a set of dilemmas, with a description of each column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mores.instruments.dilemma_actions import ACTIONS, action_key
from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemmas import Dilemma
from mores.instruments.schwartz import value_types, values

if TYPE_CHECKING:
    import polars as pl

__all__ = ["TABLES", "Column", "FlatTable", "filled_tables", "table_frame"]

Kind = Literal["text", "texts", "integer", "boolean"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what its cells are, and what they mean."""

    name: str
    kind: Kind
    description: str


@dataclass(frozen=True, slots=True)
class FlatTable:
    """A table that is made from dilemmas.

    Attributes
    ----------
    name : str
        Also its file's, before ``.parquet``.
    description : str
        What a row is.
    key : tuple of str
        Columns that together name a row.
    columns : tuple of Column
        In their order.
    rows : callable
        The rows of one dilemma, by column.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Callable[[Dilemma], Iterator[dict[str, Any]]]


def table_frame(table: FlatTable, dilemmas: Sequence[Dilemma]) -> pl.DataFrame:
    """The rows of all dilemmas, in their order; a cell is missing where nothing is recorded."""
    import polars as pl

    kinds = {"text": pl.String, "integer": pl.Int64, "boolean": pl.Boolean}
    schema = {column.name: kinds.get(column.kind, pl.List(pl.String)) for column in table.columns}
    return pl.DataFrame([row for d in dilemmas for row in table.rows(d)], schema=schema)


def filled_tables(dilemmas: Sequence[Dilemma]) -> tuple[FlatTable, ...]:
    """Those of `TABLES` that have a row: some libraries cannot load a table without any."""
    return tuple(table for table in TABLES if any(any(table.rows(d)) for d in dilemmas))


def _dilemma_row(d: Dilemma) -> Iterator[dict[str, Any]]:
    known = values().get(d.value)
    kind = None if known is None else value_types()[known.type]
    row: dict[str, Any] = {
        "id": d.id,
        "value": d.value,
        "value_label": d.value_label,
        "value_definition": d.value_definition,
        "value_type": None if kind is None else kind.id,
        "higher_order": None if kind is None else kind.higher_order,
        "topic": d.topic,
        "topic_label": d.topic_label,
        "scenario_text": d.scenario_text,
        "scenario_reasoning": d.scenario_reasoning or None,
        "competing": d.competing or None,
        "setting": d.setting or None,
        "presumes": list(d.presumes),
        "source": d.source or None,
        "licence": d.licence or None,
        "text_digest": d.text_digest,
    }
    for action in d.actions:
        row[action_key(action.id)] = action.text
        row[f"{action_key(action.id)}_reasoning"] = action.reasoning or None
    yield row | _record_of_checks(d)


def _record_of_checks(d: Dilemma) -> dict[str, Any]:
    current = d.current_readings
    row: dict[str, Any] = {
        "n_readings": len(current),
        "polarity_recovered": current[-1].polarity_recovered if current else None,
        "order_recovered": current[-1].order_recovered if current else None,
    }
    recorded = d.validation
    if recorded is None:
        return row
    for name in CHECKS:
        check = getattr(recorded, name)
        row[f"{name}_passed"] = check.passed
        row[f"{name}_reason"] = check.reason or None
    return row | {"rewrites": recorded.rewrites, "human": recorded.human, "date": recorded.date}


def _action_rows(d: Dilemma) -> Iterator[dict[str, Any]]:
    for place, action in enumerate(d.actions):
        yield {
            "dilemma": d.id,
            "action": action.id,
            "side": _SIDES[action.id[0]],
            "strength": action.id[2:],
            "text": action.text,
            "reasoning": action.reasoning or None,
            "placed": [reading.placed[place] for reading in d.current_readings],
        }


def _reading_rows(d: Dilemma) -> Iterator[dict[str, Any]]:
    recorded = () if d.validation is None else d.validation.blind_readings
    current = d.text_digest
    for number, reading in enumerate(recorded, start=1):
        for action, placed in zip(ACTIONS, reading.placed, strict=True):
            yield {
                "dilemma": d.id,
                "reading": number,
                "reader": reading.reader,
                "date": reading.date,
                "text": reading.text,
                "current": reading.text == current,
                "action": action,
                "placed": placed,
                "side_recovered": placed[0] == action[0],
                "place_recovered": placed == action,
            }


_SIDES = {"a": "aligned", "b": "opposed"}
_PLACES = ", ".join(ACTIONS)


def _action_columns() -> Iterator[Column]:
    for action in ACTIONS:
        said = f"{action[2:]}, {_SIDES[action[0]]}"
        yield Column(action_key(action), "text", f"The action in the first person: {said}.")
        yield Column(
            f"{action_key(action)}_reasoning", "text", f"Why it is {said}; not for the respondent."
        )


def _check_columns() -> Iterator[Column]:
    for name in CHECKS:
        yield Column(f"{name}_passed", "boolean", f"Whether the check of {name} was passed.")
        yield Column(f"{name}_reason", "text", f"The reason given for the check of {name}.")


TABLES = (
    FlatTable(
        "dilemmas",
        "One row a dilemma.",
        ("id",),
        (
            Column("id", "text", "Stable id of the dilemma."),
            Column("value", "text", "Id of the focal value."),
            Column("value_label", "text", "Name of the value."),
            Column("value_definition", "text", "What the value means."),
            Column("value_type", "text", "Schwartz type of the value; missing for other values."),
            Column("higher_order", "text", "Higher-order group of that type."),
            Column("topic", "text", "Id of the social topic."),
            Column("topic_label", "text", "Name of the topic."),
            Column("scenario_text", "text", "The situation, in the second person."),
            Column("scenario_reasoning", "text", "What conflicts; not for the respondent."),
            *_action_columns(),
            Column("competing", "text", "The consideration that competes with the value."),
            Column("setting", "text", "The milieu."),
            Column("presumes", "texts", "What the setting presumes of the person, as tags."),
            *_check_columns(),
            Column("n_readings", "integer", "Blind readings of the text as it stands."),
            Column(
                "polarity_recovered",
                "integer",
                "How many of the six actions the last of these put on their side, 0 to 6.",
            ),
            Column(
                "order_recovered",
                "boolean",
                "Whether the last of these gave each action its place.",
            ),
            Column(
                "rewrites",
                "integer",
                "How often the text was rewritten after a reading or a check.",
            ),
            Column("human", "boolean", "Whether a human made the checks."),
            Column("date", "text", "Date of the checks, ISO 8601."),
            Column("source", "text", "Where the text comes from."),
            Column("licence", "text", "The terms under which it may be used."),
            Column("text_digest", "text", "16 hexadecimal digits of what a blind reader sees."),
        ),
        _dilemma_row,
    ),
    FlatTable(
        "actions",
        "One row an action: six a dilemma, from strongly aligned to strongly opposed.",
        ("dilemma", "action"),
        (
            Column("dilemma", "text", "Id of the dilemma."),
            Column("action", "text", f"Id of the action: {_PLACES}."),
            Column("side", "text", "aligned or opposed."),
            Column("strength", "text", "strong, moderate or mild."),
            Column("text", "text", "The action, in the first person."),
            Column("reasoning", "text", "Why it has this side and strength."),
            Column(
                "placed",
                "texts",
                "Where each blind reading of the text as it stands put it, oldest first.",
            ),
        ),
        _action_rows,
    ),
    FlatTable(
        "readings",
        "One row an action of a blind reading, of texts as they stand and of those they replaced.",
        ("dilemma", "reading", "action"),
        (
            Column("dilemma", "text", "Id of the dilemma."),
            Column("reading", "integer", "Number of the reading, from 1, oldest first."),
            Column("reader", "text", "Who or what read."),
            Column("date", "text", "ISO 8601."),
            Column("text", "text", "The text_digest of what was read."),
            Column("current", "boolean", "Whether that is the text as it stands."),
            Column("action", "text", f"Id of the action: {_PLACES}."),
            Column("placed", "text", "The place that the reader gave it, one of the same six."),
            Column("side_recovered", "boolean", "Whether it was put on its side."),
            Column("place_recovered", "boolean", "Whether it was given its place."),
        ),
        _reading_rows,
    ),
)
"""The tables of an export."""
