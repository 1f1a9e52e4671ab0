"""The folder of a run: what it holds, and how it is written."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mores.errors import StoreError
from mores.fieldwork.shards import Shard
from mores.fieldwork.tally import Tally
from mores.models.interface import Model, Price
from mores.studies.study import BoundStudy
from mores.workflow.kept_biographies import BIOGRAPHIES, check_kept
from mores.workflow.manifest import read_manifest

__all__ = [
    "begin",
    "check_folder",
    "end",
    "make_folder",
    "write_file",
    "write_manifest",
    "write_study",
]

_BEGUN = frozenset({"answers.sqlite", "manifest.json"})
"""What a run's folder holds from its beginning …"""
_WRITTEN = frozenset(
    {"study.toml", "dilemmas.jsonl", "descriptors", "templates", "answers.parquet", "tables"}
    | {"figures", "report.html"}
)
"""… and what is written besides."""
_LEFT_BEHIND = re.compile(r"\..+\.(?:csv|html|j2|json|jsonl|parquet|png|svg|toml)\.\d+")
"""Names of files before they are put in their place, by `write_file` and by the report."""


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be a run's before a model is asked, and spare files of others."""
    try:
        if folder.exists() and not folder.is_dir():
            raise StoreError(f"{folder} is a file; choose a folder with --out")
        there = {path.name for path in folder.iterdir()} if folder.exists() else set()
    except OSError as error:
        raise StoreError(
            f"the folder {folder} cannot be used ({error.strerror}); choose another with --out"
        ) from None
    others = sorted(there & _WRITTEN)
    if others and not there & _BEGUN:
        raise StoreError(
            f"{folder} holds {', '.join(others)}, which no run of mores has left there and this one "
            "would replace; choose another folder with --out"
        )


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StoreError(
            f"the folder {folder} cannot be made ({reason}); choose another with --out"
        ) from None


def write_file(path: Path, content: str | bytes) -> None:
    """Replace a file in one step, so that a reader never sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StoreError(
            f"{path} cannot be written ({error.strerror}); check room and permissions, then repeat"
        ) from None


def _sweep(folder: Path) -> None:
    """Remove what killed processes were about to put in its place."""
    for path in folder.rglob(".*"):
        if _LEFT_BEHIND.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Replace ``manifest.json``."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    write_file(folder / "manifest.json", text)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def begin(
    bound: BoundStudy,
    model: Model,
    folder: Path,
    earlier: Mapping[str, Any] | None,
    *,
    planned: int | None = None,
    shard: Shard | None = None,
) -> None:
    """Write what a run's folder holds before anything is asked: study, data and manifest.

    `planned` and `shard` are for a folder of a part of the study.
    """
    import numpy as np
    import polars as pl

    from mores.version import __version__

    _sweep(folder)
    write_study(bound, folder)
    manifest = {
        "mores": __version__,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "polars": pl.__version__,
        },
        "study": bound.file.study,
        "seed": bound.file.seed,
        "sample": bound.file.sample,
        "fingerprint": bound.fingerprint(),
        "model": {
            "spec": model.spec,
            "label": model.label,
            "simulated": model.simulated,
            "identity": model.identity,
            "capabilities": asdict(model.capabilities),
        },
        "synthetic": [*bound.synthetic, *(["model"] if model.simulated else [])],
        "planned": bound.design(model).selected if planned is None else planned,
        "counts": (earlier or {}).get("counts", {}),
        "state": "asking",
        "began": (earlier or {}).get("began", _now()),
    }
    if shard is not None:
        manifest["shard"] = str(shard)
    write_manifest(folder, manifest)


def write_study(bound: BoundStudy, folder: Path) -> None:
    """Write ``study.toml`` and the study's own data."""
    import tomli_w

    resolved, data = bound.snapshot()
    if BIOGRAPHIES in data:
        check_kept(data[BIOGRAPHIES], folder)
    for name, content in data.items():
        make_folder((folder / name).parent)
        write_file(folder / name, content)
    fields = resolved.model_dump(by_alias=True, mode="json", exclude_none=True)
    write_file(folder / "study.toml", tomli_w.dumps(fields))


def end(
    folder: Path,
    ended: str,
    tally: Tally,
    price: Price | None,
    precision: Mapping[str, Any] | None = None,
    counts: Mapping[str, int] | None = None,
) -> None:
    """Note in the manifest how asking ended, and how precise it became if that was asked for.

    `counts` are for a folder that no report counts.
    """
    manifest = read_manifest(folder)
    if precision is not None:
        manifest["precision"] = precision
    if counts is not None:
        manifest["counts"] = dict(counts)
    manifest |= {
        "state": ended,
        "ended": _now(),
        "requests_last_run": tally.requests,
        "tokens": {"prompt": tally.prompt_tokens, "completion": tally.completion_tokens},
        "cost_usd": tally.cost(price),
        "price": None if price is None else asdict(price),
    }
    write_manifest(folder, manifest)
