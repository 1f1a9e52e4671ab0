"""What runs in an actor: the plain model, asked in blocks."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mores.errors import ModelError
from mores.models.cluster.wire import pack_replies, unpack_requests
from mores.models.interface import Capabilities, Holdable, Model
from mores.version import __version__

__all__ = ["Found", "Host", "Trouble"]


@dataclass(frozen=True, slots=True)
class Found:
    """What an actor's model was found to be.

    Attributes
    ----------
    identity : dict
        As `Model.identity`.
    capabilities : Capabilities
    notes : tuple of str
        What a user should know of how it is asked.
    node : str
        Name of the machine.
    version : str
        Of this package there.
    """

    identity: dict[str, Any]
    capabilities: Capabilities
    notes: tuple[str, ...]
    node: str
    version: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A `ModelError` on its way home, with the name of the machine.

    Attributes
    ----------
    message, node : str
    own : bool
        Whether it is this actor that fails, so that another one may answer.
    """

    message: str
    node: str
    own: bool = False


class Host:
    """A model in an actor.

    Parameters
    ----------
    build : callable
        Makes the model, here, with the keys of this machine's environment.
    folder : str
        Where the driver runs: relative paths begin there, if this machine has it.
    gpus : bool
        Whether it has been given any; those of others are not for it to see.
    """

    def __init__(self, build: Callable[[], Model], folder: str, gpus: bool) -> None:
        if not gpus:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""
        with suppress(OSError):
            os.chdir(folder)
        self._build = build
        self._model: Model | None = None

    async def where(self) -> str:
        """The machine's name, once the actor runs."""
        return platform.node()

    async def prepare(self, known: Capabilities | None, scoring: bool) -> Found | Trouble:
        """Make the model ready, also for telling probabilities if that is wanted."""
        try:
            if self._model is None:
                self._model = self._build()
            model = self._model
            await model.prepare(known)
            if scoring:
                await model.prepare_scoring()
            notes = tuple(getattr(model, "notes", ()))
            return Found(model.identity, model.capabilities, notes, platform.node(), __version__)
        except ModelError as error:
            return Trouble(str(error), platform.node())

    async def ask(self, packed: bytes) -> bytes | Trouble | None:
        """Replies to a block; None if it was held back."""
        assert self._model is not None
        try:
            return pack_replies(await self._model.ask(unpack_requests(packed)))
        except ModelError as error:
            # what a server refuses it refuses everywhere; an engine that gave up is one of many
            return Trouble(str(error), platform.node(), own=self._model.block_size > 1)
        except asyncio.CancelledError:
            return None

    async def hold(self) -> None:
        """Send nothing more; what is on its way may still come back."""
        if isinstance(self._model, Holdable):
            self._model.hold()

    async def close(self) -> None:
        """Let go of the model."""
        if self._model is not None:
            await self._model.close()
