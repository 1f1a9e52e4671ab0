"""How far a run is, read from its folder while it goes on or after it has ended."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mores.fieldwork.design import Design
from mores.fieldwork.lock import is_held
from mores.fieldwork.shards import Shard
from mores.fieldwork.store import AnswerStore, Progress
from mores.records import Status
from mores.workflow.manifest import read_manifest, shard_of
from mores.workflow.reading import open_run

__all__ = ["counted", "status"]


def status(folder: Path | str) -> dict[str, Any]:
    """How far a run is; may be called while it goes on, and writes nothing.

    Parameters
    ----------
    folder : path
        A run's folder.

    Returns
    -------
    dict
        ``study``, ``model`` and ``simulated``; ``state``, as the manifest has it, unless the process
        that asked is gone; ``shard``, if it is one of several; ``planned``, the counts by status and
        ``left``, all of what the run selects; ``also stored``, trials outside that selection, if any;
        tokens over all that is stored; and ``report``, its path, or how to have it made.

    Raises
    ------
    MoresError
        If the folder is not a run's, or is damaged.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    with AnswerStore(folder / "answers.sqlite") as store:
        progress = store.progress()
        prompt, completion = store.spent()
    bound, model, _ = open_run(folder)
    shard = shard_of(manifest)
    whole = bound.design(model)
    design: Design = whole if shard is None else shard.part(whole)
    counts = counted(design, progress)
    stored = sum(counts.values())
    outside = len(progress.trials) - stored
    return {
        "study": manifest["study"],
        "model": manifest["model"]["label"],
        "simulated": manifest["model"]["simulated"],
        "state": _state(folder, manifest["state"]),
        **({} if shard is None else {"shard": str(shard)}),
        "planned": design.selected,
        **counts,
        "left": max(0, design.selected - stored),
        **({"also stored": outside} if outside else {}),
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "report": _report(folder, shard),
    }


def counted(design: Design, progress: Progress) -> dict[str, int]:
    """Trials of a design by status, after their last attempt."""
    names = (*Status, Status.FAILED)
    inside = _within(design, progress)
    found = Counter(names[verdict] for verdict in progress.verdicts[inside].tolist())
    return {status.value: found.get(status, 0) for status in Status}


def _within(design: Design, progress: Progress) -> NDArray[np.bool_]:
    """Which stored trials the run selects: a larger sample may have been asked before."""
    inside = np.zeros(len(progress.trials), np.bool_)
    for block in design.blocks(65_536):
        inside |= np.isin(progress.trials, block, assume_unique=True)
    return inside


def _state(folder: Path, recorded: str) -> str:
    if recorded == "asking" and is_held(folder) is False:
        return "not running; repeat the command to go on"
    return "interrupted" if recorded == "dropped" else recorded


def _report(folder: Path, shard: Shard | None) -> str:
    if shard is not None:
        return "of all shards together; mores merge DIR… --out DIR"
    page = folder / "report.html"
    return str(page) if page.exists() else f"missing; mores report {folder}"
