"""The columns of all tables, from small runs, with meanings from ``columns/STUDY.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from parts.markdown import table

MEANINGS = Path(__file__).resolve().parent / "columns"

# Small, and with everything that makes a table of its own.
STUDIES = {
    "value-action": """\
study = "value-action"
sample = 6
""",
    "calibrated-personas": """\
study = "calibrated-personas"
countries = ["JPN", "GHA"]
sample = 4
questions.items = ["Q1", "Q48", "Q199"]
personas.arms = ["country", "value+nationality"]
asking = { orders = "both", text_share = 0.2 }
importance = { method = "sampled", permutations = 2, personas = 2 }
analysis = { draws = 100, resamples = 20 }
""",
    "framings": """\
study = "framings"
slices = ["en-KEN", "ar-EGY", "zh-CHN"]
questions.units = ["Q33", "Q44", "Q45", "Q57", "Q112", "Q164", "Q197", "Q224", "SU_NEIGHBORS"]
framings = { prompt_languages = "all", paraphrases = 1 }
asking = { repeats = 2 }
analysis = { draws = 100 }
""",
    "grounded-personas": """\
study = "grounded-personas"
sample = 40
personas.forms = ["configuration", "biography"]
asking.text_share = 0.05
analysis = { draws = 100 }
""",
}


def value_action_columns() -> str:
    """Every column of every table of a value-action run."""
    return columns("value-action")


def calibrated_personas_columns() -> str:
    """Every column of every table of a calibrated-personas run."""
    return columns("calibrated-personas")


def framings_columns() -> str:
    """Every column of every table of a framings run."""
    return columns("framings")


def grounded_personas_columns() -> str:
    """Every column of every table of a grounded-personas run."""
    return columns("grounded-personas")


def tables_and_answers(name: str) -> dict[str, Any]:
    """All tables of a small run on the simulated respondent, and its answers."""
    import asyncio
    import tempfile

    from mores.fieldwork.asking import Asking, ask_all
    from mores.fieldwork.store import AnswerStore
    from mores.models.registry import resolve
    from mores.studies.answers import collect
    from mores.studies.registry import read_study

    study, model = (
        read_study(STUDIES[name], "the documentation's study", Path.cwd()),
        resolve("sim"),
    )
    design = study.design(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.sqlite"
        with AnswerStore(path, study.fingerprint()) as store:
            asyncio.run(ask_all(design, model, store, Asking(concurrency=1)))
            answers = collect(design, store, name, model.label, "en")
    return {"answers": answers, **study.analyse(answers, model.label)}


def columns(study: str) -> str:
    """Every column of every table of a study, with its meaning."""
    described = meanings(study)
    frames = tables_and_answers(study)
    if unknown := described["tables"].keys() ^ frames.keys():
        raise SystemExit(f"{study}.toml: described or made, but not both: {', '.join(unknown)}")
    return "\n\n".join(
        section(study, name, frame, described, frames) for name, frame in frames.items()
    )


def meanings(study: str) -> dict[str, Any]:
    """A study's descriptions, with those of the columns that all studies' answers have."""
    own = tomllib.loads((MEANINGS / f"{study}.toml").read_text(encoding="utf-8"))
    shared = tomllib.loads((MEANINGS / "answers.toml").read_text(encoding="utf-8"))
    answers = own["tables"]["answers"]
    answers["columns"] = shared["columns"] | answers["columns"]
    return own


def section(
    study: str, name: str, frame: Any, described: dict[str, Any], frames: dict[str, Any]
) -> str:
    """One table: what it is, and its columns; those of a table like it are not repeated."""
    own = described["tables"][name]
    meaning = {**described["columns"], **own.get("columns", {})}
    missing = [c for c in frame.columns if c not in meaning]
    unused = [c for c in own.get("columns", {}) if c not in frame.columns]
    if missing or unused:
        raise SystemExit(f"{study}.toml, table {name}: not described {missing}; not there {unused}")
    shown, listed = frame.columns, ""
    if like := own.get("same_as"):
        shown = [c for c in shown if c not in frames[like].columns]
        listed = f"Columns as in `{like}`" + (", and:\n\n" if shown else ".")
    rows = [[f"`{c}`", kind(frame.schema[c]), meaning[c]] for c in shown]
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
        "Enum": "text",
    }.items():
        if name.startswith(word):
            return shown
    return {"Boolean": "true or false"}.get(
        name, "list of numbers" if name.startswith("List") else name
    )


PARTS = (
    value_action_columns,
    calibrated_personas_columns,
    framings_columns,
    grounded_personas_columns,
)
