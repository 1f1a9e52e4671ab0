"""A small run to report on, made once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mores import workflow
from mores.instruments.dilemmas import read_dilemmas, record_of

if str(Path(__file__).parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parent))

from report_material import HOSTILE, STUDY, UNSEEN, Material, material, real


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> workflow.Run:
    """Six shipped dilemmas, the twelve personas and none."""
    base = tmp_path_factory.mktemp("run")
    study = base / "study.toml"
    study.write_text(STUDY.format(title="A small study", source="mores", personas=""), "utf-8")
    return workflow.run(str(study), "sim", base / "out", sample=6)


@pytest.fixture(scope="session")
def other_run(tmp_path_factory: pytest.TempPathFactory) -> workflow.Run:
    """The same study on a respondent with other parameters, which has the same label."""
    base = tmp_path_factory.mktemp("other")
    study = base / "study.toml"
    study.write_text(STUDY.format(title="A small study", source="mores", personas=""), "utf-8")
    return workflow.run(
        str(study), "sim:steerability=0.1,refusal=0.2", base / "elsewhere", sample=6
    )


@pytest.fixture(scope="session")
def small(run: workflow.Run) -> Material:
    return material(run.folder)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """A study whose dilemmas, persona, model and replies hold markup and unseen characters."""
    base = tmp_path_factory.mktemp("hostile")
    records = []
    for dilemma in read_dilemmas()[:3]:
        record = record_of(dilemma) | {
            "value": "<b onclick=alert(3)>own</b>",
            "scenario_text": f"{HOSTILE} You must choose. \u202e",
        }
        record |= {"value_label": "=<b>own</b>", "value_definition": "what one's own is"}
        record.pop("id", None)
        records.append(record)
    (base / "own.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n", "utf-8")
    levels = {v.name: v.levels[0].label for v in _variables()}
    lines = "\n".join(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in levels.items())
    own = (
        '[personas]\nbaseline = true\ncategories = []\n\n[[personas.own]]\nname = "<i>me</i> $x_1$"\n'
        f'category = "=own & co"\n[personas.own.levels]\n{lines}\n'
    )
    text = STUDY.format(title="<u>Title</u> & more", source="own.jsonl", personas=own)
    (base / "study.toml").write_text(text, "utf-8")
    made = workflow.run(str(base / "study.toml"), "sim", base / "out")
    found = material(made.folder)
    long = HOSTILE + UNSEEN + "z" * 1_000_000
    answers = found.answers.with_columns(
        text=pl.lit(long), reason=pl.lit(HOSTILE + UNSEEN), status=pl.col("status")
    )
    manifest = real(found.manifest)
    manifest["model"] |= {"label": f"{HOSTILE}$\\frac{{1}}{{$ {UNSEEN}", "spec": f"x/{HOSTILE}"}
    tables = found.bound.analyse(answers, manifest["model"]["label"])
    return Material(found.folder, found.bound, manifest, answers, tables)


def _variables() -> Any:
    from mores.personas.variables import variables

    return variables()
