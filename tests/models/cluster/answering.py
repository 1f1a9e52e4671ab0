"""A model for actors that notes what it is asked, and ends its process where it is told to."""

import asyncio
import os
import time
from pathlib import Path

from mores.errors import ModelError
from mores.models.interface import Capabilities
from mores.records import Reply, Request


class Answering:
    """Answers from a request's key alone; what it does besides lies in a folder that all share.

    ``asked`` gets a line a request; the process ends at a request for whose key there is a file
    ``once-KEY`` (which goes with it) or ``always-KEY``, hangs at ``hangs-KEY``, and raises at
    ``breaks-KEY`` and ``gives-up-KEY`` (which go with it too).
    """

    simulated = True
    label = "answering"
    spec = "answering"

    def __init__(
        self, folder: Path, block_size: int = 8, pause: float = 0.0, differs: bool = False
    ) -> None:
        self.folder, self.block_size, self.pause, self.differs = folder, block_size, pause, differs
        self.held = False
        self.scoring = "none"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(structured="json_schema", scoring=self.scoring)

    @property
    def identity(self):
        return {"kind": "answering", "weights": os.getpid() if self.differs else 0}

    async def prepare(self, known=None) -> None:
        if (self.folder / "unusable").exists():
            raise ModelError("its weights are not here; put them here")

    async def prepare_scoring(self) -> None:
        self.scoring = "exact"

    def hold(self) -> None:
        self.held = True

    async def ask(self, requests) -> list[Reply]:
        if self.held:
            raise asyncio.CancelledError
        return [self.answer(request) for request in requests]

    def answer(self, request: Request) -> Reply:
        key = request.key.hex()
        letter = "ABCDEF"[request.key[0] % 6]
        if self.pause:
            time.sleep(self.pause)
        once = self.folder / f"once-{key}"
        if once.exists():
            once.unlink()
            os._exit(1)
        if (self.folder / f"always-{key}").exists():
            os._exit(1)
        if self.told("hangs", key):
            time.sleep(3600)
        if self.told("breaks", key):
            raise RuntimeError("CUDA error: device-side assert triggered\nCompile with …")
        if self.told("gives-up", key):
            raise ModelError("the engine gave up")
        with (self.folder / "asked").open("a", encoding="ascii") as file:
            file.write(f"{key}\n")
        return Reply(text=f'{{"value": "{letter}"}}', finish="stop")

    def told(self, what: str, key: str) -> bool:
        path = self.folder / f"{what}-{key}"
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

    async def close(self) -> None: ...
