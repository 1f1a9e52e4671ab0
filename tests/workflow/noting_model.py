"""The simulated model; it notes what it is asked, takes its time, and goes no further than it may."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import mores.models.cluster.model as cluster_model
from mores.models.cluster.model import ClusterModel
from mores.models.cluster.placement import Cluster
from mores.models.registry import resolve
from mores.records import Reply, Request

PAUSE = 0.02
PATIENCE = 60
"""Seconds after which it goes on, allowed or not."""


class Noting:
    """Each process writes the keys that it is asked into ``asked-PID`` in a folder that all share."""

    block_size = 8

    def __init__(self, folder: Path) -> None:
        self.folder, self.model = folder, resolve("sim")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    async def ask(self, requests: Sequence[Request]) -> Sequence[Reply]:
        end = time.monotonic() + PATIENCE
        while not _allowed(self.folder) and time.monotonic() < end:
            time.sleep(0.005)
        with (self.folder / f"asked-{os.getpid()}").open("a", encoding="ascii") as file:
            file.writelines(f"{request.key.hex()}\n" for request in requests)
        time.sleep(PAUSE)
        return await self.model.ask(requests)


def asked(folder: Path) -> list[str]:
    """Keys of all requests that were asked, in whole lines: a process may have ended in one."""
    texts = [path.read_text("ascii") for path in sorted(folder.glob("asked-*"))]
    return [key for text in texts for key in text.rpartition("\n")[0].split()]


def allow(folder: Path, most: int) -> None:
    """Have the model wait when so many requests were asked, those of blocks just begun besides."""
    new = folder / "most.new"
    new.write_text(str(most), "ascii")
    new.replace(folder / "most")


def _allowed(folder: Path) -> bool:
    most = folder / "most"
    return not most.exists() or len(asked(folder)) < int(most.read_text("ascii"))


def processes(folder: Path) -> list[int]:
    """Those that have been asked anything."""
    return [int(path.name.removeprefix("asked-")) for path in folder.glob("asked-*")]


def clustered_to(folder: Path) -> Any:
    """In the place of `mores.models.cluster.model.clustered`."""

    def clustered(spec: str, cluster: Cluster, **_: Any) -> ClusterModel:
        assert spec == "sim"
        return ClusterModel(Noting(folder), cluster, lambda share: partial(Noting, folder))

    return clustered


def patched(folder: Path, patch: Any) -> None:
    """Have clusters made of this model."""
    patch.setattr(cluster_model, "clustered", clustered_to(folder))
