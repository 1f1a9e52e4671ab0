"""The columns of all tables, from a small run, with meanings from ``columns.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from parts.markdown import table

MEANINGS = Path(__file__).resolve().parent / "columns.toml"


def tables_and_answers() -> dict[str, Any]:
    """All tables of a small run on the simulated respondent, and its answers."""
    import asyncio
    import tempfile

    from mores.fieldwork.asking import Asking, ask_all
    from mores.fieldwork.store import AnswerStore
    from mores.models.registry import resolve
    from mores.studies.answers import collect
    from mores.studies.registry import load

    study, model = load("value-action", {"sample": 6}), resolve("sim")
    design = study.design(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.sqlite"
        with AnswerStore(path, study.fingerprint()) as store:
            asyncio.run(ask_all(design, model, store, Asking(concurrency=1)))
            answers = collect(design, store, "value-action", model.label, "en")
    return {"answers": answers, **study.analyse(answers, model.label)}


def columns() -> str:
    """Every column of every table, with its meaning from ``columns.toml``."""
    described = tomllib.loads(MEANINGS.read_text(encoding="utf-8"))
    frames = tables_and_answers()
    if unknown := described["tables"].keys() ^ frames.keys():
        raise SystemExit(f"columns.toml: described or made, but not both: {', '.join(unknown)}")
    return "\n\n".join(
        section(name, frame, described["tables"][name], described["columns"], frames)
        for name, frame in frames.items()
    )


def section(
    name: str, frame: Any, own: dict[str, Any], shared: dict[str, str], frames: dict[str, Any]
) -> str:
    """One table: what it is, and its columns; those of a table like it are not repeated."""
    meanings = {**shared, **own.get("columns", {})}
    missing = [c for c in frame.columns if c not in meanings]
    unused = [c for c in own.get("columns", {}) if c not in frame.columns]
    if missing or unused:
        raise SystemExit(f"columns.toml, table {name}: not described {missing}; not there {unused}")
    shown, listed = frame.columns, ""
    if like := own.get("same_as"):
        shown = [c for c in shown if c not in frames[like].columns]
        listed = f"Columns as in `{like}`" + (", and:\n\n" if shown else ".")
    rows = [[f"`{c}`", kind(frame.schema[c]), meanings[c]] for c in shown]
    title = "`answers.parquet`" if name == "answers" else f"`{name}`"
    body = table(["column", "type", "meaning"], rows) if rows else ""
    return f"## {title}\n\n{own['about'].strip()}\n\n{listed}{body}"


def kind(dtype: Any) -> str:
    """A column's type in a word."""
    name = str(dtype)
    for word, shown in {
        "Int": "whole number",
        "UInt": "whole number",
        "Float": "number",
        "String": "text",
    }.items():
        if name.startswith(word):
            return shown
    return {"Boolean": "true or false"}.get(
        name, "list of numbers" if name.startswith("List") else name
    )


PARTS = (columns,)
