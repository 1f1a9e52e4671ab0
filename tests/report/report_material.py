"""What the tests of the report share: a study, hostile words, and the parts of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mores import workflow
from mores.studies.study import BoundStudy

HOSTILE = "</script><script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>"
UNSEEN = "\u202eabc\u200b\x00\x1b[31m\u2028"

STUDY = """
schema = 1
study = "value-action"
title = "{title}"
seed = 7

[dilemmas]
source = "{source}"

{personas}

[asking]
repeats = 2

[sampling]
temperature = 0.2
top_k = 64

[analysis]
draws = 100
permutations = 100
"""


@dataclass(frozen=True)
class Material:
    """All that `write_report` takes."""

    folder: Path
    bound: BoundStudy
    manifest: dict[str, Any]
    answers: pl.DataFrame
    tables: dict[str, pl.DataFrame]


def material(folder: Path) -> Material:
    bound, _, manifest = workflow.open_run(folder)
    answers = pl.read_parquet(folder / "answers.parquet")
    label = manifest["model"]["label"]
    return Material(folder, bound, manifest, answers, bound.analyse(answers, label))


def real(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest of the same answers, had a language model given them."""
    model = {
        "spec": "openai/test-model",
        "label": "test-model",
        "simulated": False,
        "identity": {"kind": "http", "model": "test-model"},
        "capabilities": manifest["model"]["capabilities"]
        | {"sampling": ["temperature", "max_tokens"]},
    }
    return manifest | {"model": manifest["model"] | model, "synthetic": []}
