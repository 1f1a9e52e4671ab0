"""Requests that fit one exchange each, and the replies that rows of results hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mores.models.batch.formats import Row
from mores.models.chat import answered, body_of, reply_in
from mores.models.failures import Failure, Transient, Unusable
from mores.models.interface import Capabilities
from mores.models.option_evidence import beginnings
from mores.models.scrub import Scrubber
from mores.records import Reply, Request

__all__ = ["only_body", "reply_of"]


async def only_body(request: Request, capabilities: Capabilities, model: str) -> bytes | None:
    """The body that a request is sent as; None if it takes more than one.

    Parameters
    ----------
    request : Request
        For text, or for the probabilities of labels.
    capabilities : Capabilities
        Of the model. Probabilities fit one exchange where they are read from the first token, and no
        label begins another one.
    model : str
        The server's name of it.
    """
    if not request.labels:
        return body_of(request, capabilities, model)
    if capabilities.scoring not in ("prefill", "first-token") or beginnings(request.labels):
        return None
    bodies: list[bytes] = []

    async def send(
        request: Request, able: Capabilities, extra: Mapping[str, Any] | None = None
    ) -> Reply:
        bodies.append(body_of(request, able, model, extra))
        raise Failure("only its body is wanted")

    await answered(send, request, capabilities)
    return bodies[0] if bodies else None


async def reply_of(
    row: Row, request: Request, capabilities: Capabilities, scrub: Scrubber
) -> Reply:
    """The reply that a row of results holds, read as a live one is; it took no time.

    Parameters
    ----------
    row : Row
        Of the request.
    request : Request
        As it was sent, by `only_body`.
    capabilities : Capabilities
        Of the model.
    scrub : Scrubber
        Takes secrets out.
    """
    left = [row]

    async def send(
        request: Request, able: Capabilities, extra: Mapping[str, Any] | None = None
    ) -> Reply:
        if not left:
            raise Transient("it takes a further exchange, which a batch has not; ask it live")
        response = left.pop().response
        if response is None:
            raise Transient(row.failure)
        try:
            return reply_in(response, 0.0, scrub)
        except Unusable as problem:
            told = f": {problem.message}" if problem.message else ""
            raise Transient(f"HTTP {problem.status}{told}") from None

    return await answered(send, request, capabilities)
