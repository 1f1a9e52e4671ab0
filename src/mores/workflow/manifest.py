"""The manifest of a run's folder, as it is read back, and the model that it remembers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from mores.errors import MoresError, StoreError
from mores.fieldwork.shards import Shard
from mores.instruments.validation import problems_of
from mores.models.interface import Capabilities
from mores.records import Reply, Request

__all__ = ["RecordedModel", "capabilities_of", "check_whole", "read_manifest", "shard_of"]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True)

    spec: str
    label: str
    simulated: bool
    identity: dict[str, Any]
    capabilities: Capabilities


class _Manifest(BaseModel):
    """What a run that goes on, a report and a comparison rely on; the rest is for readers."""

    model_config = ConfigDict(strict=True)

    study: str
    state: str
    planned: NonNegativeInt
    counts: dict[str, NonNegativeInt]
    model: _Model
    fingerprint: dict[str, Any] | None = None
    began: str | None = None
    shard: str | None = Field(None, pattern=r"^[1-9][0-9]*/[1-9][0-9]*$")


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the manifest of a run's folder holds.

    Parameters
    ----------
    folder : Path
        A run's folder.

    Returns
    -------
    dict
        With at least the fields ``study``, ``state``, ``planned``, ``counts`` and ``model``.

    Raises
    ------
    StoreError
        If there is none, or it is damaged.
    """
    path = folder / "manifest.json"
    try:
        text = path.read_text(encoding="utf-8")
        _Manifest.model_validate_json(text)
        found: dict[str, Any] = json.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        raise StoreError(
            f"{folder} is not a run's folder: it has no manifest.json; give the folder of a run"
        ) from None
    except ValidationError as error:
        raise _damaged(path, "; ".join(problems_of(error)[:3])) from None
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from None
    return found


def shard_of(manifest: Mapping[str, Any]) -> Shard | None:
    """Which part of a study the folder of a manifest is for; None for the whole."""
    written = manifest.get("shard")
    return None if written is None else Shard.parsed(written)


def check_whole(folder: Path, manifest: Mapping[str, Any], then: str) -> None:
    """Refuse the folder of a shard, which has no report; `then` says what to do with the whole.

    Raises
    ------
    StoreError
        If the manifest is a shard's.
    """
    shard = shard_of(manifest)
    if shard is not None:
        raise StoreError(
            f"{folder} is shard {shard} of a study; when all shards are asked: mores merge DIR… --out "
            f"DIR, {then}"
        )


def capabilities_of(manifest: Mapping[str, Any]) -> Capabilities:
    """What the model of a manifest was found to be able to do."""
    return _Model.model_validate_json(json.dumps(manifest["model"])).capabilities


class RecordedModel:
    """A model as a manifest remembers it: enough to rebuild requests, not to ask.

    Parameters
    ----------
    manifest : mapping
        As `read_manifest` gives it.
    """

    block_size = 1

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        recorded = manifest["model"]
        self.spec: str = recorded["spec"]
        self.label: str = recorded["label"]
        self.simulated: bool = recorded["simulated"]
        self.identity: dict[str, Any] = recorded["identity"]
        self.capabilities = capabilities_of(manifest)

    async def prepare(self, known: Capabilities | None = None) -> None:
        """Refuses: it cannot be asked."""
        raise MoresError(f"{self.spec} is only a record here and cannot be asked")

    async def prepare_scoring(self) -> None:
        """Refuses: it cannot be asked."""
        raise MoresError(f"{self.spec} is only a record here and cannot be asked")

    async def ask(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """Refuses: it cannot be asked."""
        raise MoresError(f"{self.spec} is only a record here and cannot be asked")

    async def close(self) -> None:
        """Nothing to close."""


def _damaged(path: Path, reason: str) -> StoreError:
    return StoreError(
        f"{path} is damaged ({reason}); restore it from a copy, or move it away and repeat the run"
    )
