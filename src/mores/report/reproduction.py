"""How a run is repeated, and which model it asked: the same for every study."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from mores.report.blocks import Code, Prose, Section
from mores.report.visible import clipped, visible

__all__ = ["identity_text", "reproduce_section"]


def identity_text(manifest: Mapping[str, Any]) -> str:
    """The parameters by which a model is known, in a line."""
    identity = manifest["model"]["identity"]
    shown = ", ".join(
        f"{k} {v if isinstance(v, str) else json.dumps(v)}" for k, v in identity.items()
    )
    return clipped(visible(shown, breaks=False), 1500) + "."


def reproduce_section(
    manifest: Mapping[str, Any], folder: str, fixed_by: str, example: str
) -> Section:
    """The commands that lead to a page again.

    Parameters
    ----------
    manifest : mapping
        The run's manifest.
    folder : str
        Its folder as commands should name it.
    fixed_by : str
        What the folder holds, ending in what the study file fixes, without a full stop.
    example : str
        Conditions of ``mores answers``, quoted for a shell.
    """
    place, spec = shlex.quote(folder), shlex.quote(str(manifest["model"]["spec"]))
    study = shlex.quote(f"{folder}/study.toml")
    again = shlex.quote(f"{folder}-again")
    lines = [
        "# ask the same study again, in another folder",
        f"mores run {study} --model {spec} --out {again}",
        "# redo coding, measures, figures and this page from the stored replies",
        f"mores report {place}",
        "# list answers; print one with its prompt, verbatim",
        f"mores answers {place} {example}",
        f"mores answers {place} --key KEY",
    ]
    text = fixed_by + (
        "; the respondent is deterministic, so that a new run gives the same answers."
        if manifest["model"]["simulated"]
        else "; a language model need not answer the same twice, even at one seed."
    )
    digests = "\n".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value)}"
        for name, value in manifest["fingerprint"].items()
    )
    return Section(
        "reproduce",
        "Reproduce",
        [
            Prose([text]),
            Code("\n".join(lines)),
            Code(digests, "Digests of what was asked", folded=True),
        ],
    )
