"""Which dilemmas are to be written: every chosen value with every chosen topic."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from mores.errors import InstrumentError
from mores.instruments.labels import slug
from mores.instruments.schwartz import topics, values
from mores.instruments.texts import is_label
from mores.instruments.validation import shown
from mores.prompts.dilemma_prompts import Pair

__all__ = ["ALL", "dilemma_pairs"]

ALL = "all"
"""What stands for every value, or every topic."""

_MOST_BYTES = 2**20
_LONGEST_DEFINITION = 2_000

Meaning = tuple[str, str]
T = TypeVar("T")


def dilemma_pairs(
    value_names: Sequence[str] = (ALL,),
    topic_names: Sequence[str] = (ALL,),
    *,
    value_file: Path | None = None,
    topic_file: Path | None = None,
) -> tuple[Pair, ...]:
    """The pairs of values and topics that names stand for, each pair once, value by value.

    Parameters
    ----------
    value_names, topic_names : sequence of str
        Ids or names, or ``"all"``: those of the file if there is one, else the 56 values of the
        survey, the eleven topics.
    value_file : Path, optional
        A CSV file of values of one's own, with the columns ``value``, ``label`` and ``definition``;
        without a label, the value's name is that.
    topic_file : Path, optional
        The same for topics, with the columns ``topic``, its name, and ``definition``.

    Raises
    ------
    InstrumentError
        If a name is not known, or a file cannot be used.
    """
    known = {v.id: (v.label, v.definition) for v in values().values()}
    spheres = {t.id: (t.label, t.definition) for t in topics().values()}
    chosen = _chosen("value", value_names, known, value_file)
    within = _chosen("topic", topic_names, spheres, topic_file)
    return tuple(Pair(v, *chosen[v], t, *within[t]) for v in chosen for t in within)


def _chosen(
    kind: str, names: Sequence[str], known: Mapping[str, Meaning], file: Path | None
) -> dict[str, Meaning]:
    own = {} if file is None else _own(kind, known, file)
    offered = {**known, **own}
    by_name = {slug(label): name for name, (label, _) in offered.items()}
    chosen: dict[str, Meaning] = {}
    for name in names:
        if name.strip().lower() == ALL:
            chosen |= own or known
            continue
        found = slug(name) if slug(name) in offered else by_name.get(slug(name))
        if found is None:
            raise InstrumentError(_unknown(kind, name, offered))
        chosen[found] = offered[found]
    if not chosen:
        raise InstrumentError(f"no {kind} is named; name one or more, or {ALL}")
    return chosen


def _unknown(kind: str, name: str, offered: Mapping[str, Meaning]) -> str:
    near = get_close_matches(slug(name), offered, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    allowed = ", ".join(offered)
    return (
        f"{kind} {shown(name)} is not known; {meant}allowed: {ALL}, {allowed}; for one of your own, "
        f"give a file with --{kind}-file"
    )


def _own(kind: str, known: Mapping[str, Meaning], file: Path) -> dict[str, Meaning]:
    """Values or topics of one's own, by id."""
    columns = [kind, *(["label"] if kind == "value" else []), "definition"]
    taken = {*known, *(slug(label) for label, _ in known.values())}
    text = _text_of(file)
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        heads = [(head or "").strip().lower() for head in rows.fieldnames or ()]
        if sorted(heads) != sorted(columns):
            raise InstrumentError(
                f"{file}: has the columns {shown(', '.join(heads))}; give it the columns "
                f"{','.join(columns)}"
            )
        rows.fieldnames = heads
        own: dict[str, Meaning] = {}
        for row in rows:
            where = f"{file}, line {rows.line_num}"
            name, meaning = _row(where, kind, row)
            if name in taken or name in own:
                raise InstrumentError(
                    f"{where}: the {kind} {name!r} is there already; give it another name"
                )
            own[name] = meaning
    except csv.Error as error:
        raise InstrumentError(f"{file}: is no CSV file ({error}); save it as one") from None
    if not own:
        raise InstrumentError(f"{file}: holds no {kind}; write one or more below the head")
    return own


def _row(where: str, kind: str, row: Mapping[str, str | None]) -> tuple[str, Meaning]:
    if None in row:
        raise InstrumentError(f"{where}: has too many fields; quote a text that holds a comma")
    given, label, definition = (
        " ".join((row.get(column) or "").split()) for column in (kind, "label", "definition")
    )
    label = label or given
    if not slug(given) or not is_label(label):
        raise InstrumentError(
            f"{where}: {kind}: {shown(given)} is no name; write 1 to 200 characters"
        )
    if slug(given) == ALL:
        raise InstrumentError(f"{where}: {kind}: {ALL!r} stands for all; give it another name")
    if not 0 < len(definition) <= _LONGEST_DEFINITION:
        raise InstrumentError(
            f"{where}: definition: has {len(definition)} characters; write 1 to {_LONGEST_DEFINITION}"
        )
    return slug(given), (label, definition)


def _text_of(file: Path) -> str:
    def read() -> bytes:
        if not file.is_file():
            raise InstrumentError(
                f"{file}: there is no such file; check the path (relative paths start at "
                f"{os.getcwd()})"
            )
        with file.open("rb") as opened:
            return opened.read(_MOST_BYTES + 1)

    raw = _or_unreadable(file, read)
    if len(raw) > _MOST_BYTES:
        raise InstrumentError(f"{file}: is larger than {_MOST_BYTES // 2**20} MiB; shorten it")
    text = _or_unreadable(file, lambda: raw.decode("utf-8-sig"))
    if "\x00" in text:
        raise InstrumentError(f"{file}: is no text; save it as UTF-8")
    return text


def _or_unreadable(file: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except (OSError, ValueError) as error:
        raise InstrumentError(
            f"{os.fspath(file)!r}: cannot be read ({error}); save it as UTF-8 and check its "
            "permissions"
        ) from None
