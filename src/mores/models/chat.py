"""One chat exchange: the body that a request is sent as, and the reply that a response holds.

Live requests and the rows of provider batches (`mores.models.batch`) come through here alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mores.models import dialect
from mores.models.failures import Failure, Refused, failure_of
from mores.models.interface import Capabilities
from mores.models.option_requests import ask_options
from mores.models.scrub import Scrubber
from mores.models.transport import Response
from mores.records import Reply, Request

__all__ = ["all_answered", "answered", "body_of", "reply_in"]


def body_of(
    request: Request,
    capabilities: Capabilities,
    model: str,
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """What is sent for a request, as JSON in ASCII.

    Parameters
    ----------
    request, capabilities, model
        See `mores.models.dialect.payload`.
    extra : mapping, optional
        Further fields.
    """
    sent = dialect.payload(request, capabilities, model)
    return dialect.encode({**sent, **extra} if extra else sent)


def reply_in(response: Response, seconds: float, scrub: Scrubber) -> Reply:
    """The reply that a response holds, without whole secrets.

    Raises
    ------
    Failure, Unusable
        If it holds none.
    """
    if not 200 <= response.status < 300:
        raise failure_of(response.status, response.headers, response.body, scrub)
    reply = dialect.read_reply(response.body, seconds, scrub)
    text, detail = scrub.exact(reply.text or ""), scrub.exact(reply.detail)
    if text == reply.text and detail == reply.detail:
        return reply
    return replace(reply, text=text, detail=detail)


async def answered(
    send: Callable[..., Awaitable[Reply]], request: Request, capabilities: Capabilities
) -> Reply:
    """The reply to a request, or the failure that it ends with as a reply.

    Parameters
    ----------
    send : callable
        Sends one request as to a model of the given capabilities, perhaps with further fields of the
        payload; raises `Failure` if there is no answer.
    request : Request
        For text, or for the probabilities of labels.
    capabilities : Capabilities
        Of the model.
    """
    try:
        if request.labels:
            return await ask_options(send, request, capabilities)
        return await send(request, capabilities)
    except Failure as failure:
        return Reply(
            text=None,
            failure=failure.reason,
            permanent=isinstance(failure, Refused),
            seconds=failure.seconds,
        )


async def all_answered(
    answer: Callable[[Request], Awaitable[Reply]], requests: Sequence[Request]
) -> Sequence[Reply]:
    """The replies to requests that are answered beside each other, in their order.

    None goes on once one has raised, or the whole has been cancelled.
    """
    if len(requests) == 1:
        return [await answer(requests[0])]
    tasks = [asyncio.ensure_future(answer(request)) for request in requests]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
