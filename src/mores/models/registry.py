"""From what the user typed to a model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mores.errors import ModelError, nearest
from mores.models.interface import Model

if TYPE_CHECKING:
    from mores.models.failures import Patience

__all__ = ["CONCURRENCY", "resolve"]

CONCURRENCY = 32


def resolve(
    spec: str,
    *,
    concurrency: int = CONCURRENCY,
    environ: Mapping[str, str] | None = None,
    patience: Patience | None = None,
) -> Model:
    """The model of a specification; nothing is connected to before its ``prepare``.

    Parameters
    ----------
    spec : str
        ``sim`` or ``sim:NAME=VALUE,…``; ``openai/NAME``, ``anthropic/NAME``, ``gemini/NAME``,
        ``openrouter/NAME`` or ``ollama/NAME``; ``http://host:port/v1#NAME`` or the same with https
        for any OpenAI-compatible server, with commas between several addresses of one model (see
        `mores.models.replicas`); ``hf:REPO_OR_PATH[@REVISION][,NAME=VALUE…]`` or the same
        with ``vllm`` for a model that runs in this process.
    concurrency : int, default 32
        Most requests in flight at once, at least 1.
    environ : mapping, optional
        Where keys, moved addresses and proxies are looked up; the process's environment, as it is
        now, unless given.
    patience : Patience, optional
        Time limits and retries of a model that is asked over the network.

    Returns
    -------
    Model
        Not yet prepared.

    Raises
    ------
    ModelError
        If the specification names no model that this version can ask, or lacks its key.
    """
    spec = spec.strip()
    if concurrency < 1:
        raise ModelError(f"concurrency {concurrency} is not possible; use 1 or more")
    if spec == "sim" or spec.startswith("sim:"):
        from mores.models.sim import SimulatedModel

        return SimulatedModel.from_spec(spec)
    if spec.startswith("hf:"):
        from mores.models.hf.model import HfModel

        return HfModel.from_spec(spec)
    if spec.startswith("vllm:"):
        from mores.models.vllm import VllmModel

        return VllmModel.from_spec(spec)

    from mores.models.providers import endpoint, providers, shown

    scheme, colon, _ = spec.partition("://")
    if (colon and scheme.lower() in ("http", "https")) or (
        not colon and spec.partition("/")[0] in providers() and "/" in spec
    ):
        environ = os.environ if environ is None else environ
        if colon and "," in spec.partition("#")[0]:
            from mores.models.replicas import ReplicatedModel

            return ReplicatedModel(spec, environ, concurrency, patience)
        from mores.models.http import HttpModel

        return HttpModel(endpoint(spec, environ), concurrency, patience)
    forms = ["sim", "sim:NAME=VALUE", *(f"{name}/NAME" for name in providers())]
    forms += ["http://host:port/v1#NAME", "https://host/v1#NAME"]
    forms += ["hf:REPO_OR_PATH", "vllm:REPO_OR_PATH"]
    raise ModelError(f"{shown(spec)!r} is no model of this version; {nearest(spec, forms)}")
