"""Finding out, by asking, which parts of a payload a server takes.

The richest payload is tried first. If the server refuses it, the part that its message names is left
out; if it names none, parts are left out one by one in the order of `LADDER` until it accepts, and then
put back as far as it still accepts. A structured mode counts only if the reply obeys it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from mores.models.failures import Refused, Said
from mores.models.interface import Capabilities
from mores.records import Message, Reply, Request, Sampling

__all__ = ["LADDER", "Send", "negotiate", "question", "reasoned"]

Send = Callable[[Request, Capabilities], Awaitable[Reply]]

LADDER = (
    "json_schema",
    "json_object",
    "top_k",
    "seed",
    "top_p",
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "system",
)
_SAMPLING = ("temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens")
_WORDS = {
    "json": re.compile(r"response.?format|json.?schema|json.?object|json mode|structured", re.I),
    "top_k": re.compile(r"\btop[_-]?k\b", re.I),
    "seed": re.compile(r"\bseed\b", re.I),
    "top_p": re.compile(r"\btop[_-]?p\b", re.I),
    "temperature": re.compile(r"\btemperature\b", re.I),
    "tokens": re.compile(r"\bmax_(?:completion_)?tokens\b", re.I),
    "system": re.compile(
        r"\b(?:system|developer)['\"`]?[ _-]?(?:role|message|prompt|instruction)"
        r"|role['\"`: ]{0,5}system|roles must alternate",
        re.I,
    ),
}
_SHORT, _LONG = 512, 4096
_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["A", "B"]}},
    "required": ["answer"],
    "additionalProperties": False,
}


def question(capabilities: Capabilities, max_tokens: int = _SHORT) -> Request:
    """The cheap question that is asked to find out.

    Where a schema is sent the prompt does not speak of JSON, so that only a server which enforces the
    schema answers with it; where ``json_object`` is sent it must, because some servers insist.
    """
    form = "Answer with that letter alone."
    if capabilities.structured == "json_object":
        form = 'Answer with a JSON object whose only key is "answer".'
    return Request(
        key=b"",
        messages=(
            Message("system", "You answer briefly."),
            Message("user", f"Which letter comes first in the alphabet, A or B? {form}"),
        ),
        sampling=Sampling(temperature=0.2, top_p=0.95, top_k=64, max_tokens=max_tokens),
        seed=1,
        answer_schema=_SCHEMA,
    )


async def negotiate(send: Send) -> Capabilities:
    """What a server takes, found out with as few requests as it allows.

    Parameters
    ----------
    send : callable
        Sends a request as a model of the given capabilities would be sent it; raises `Refused` when
        the server will not have it.

    Returns
    -------
    Capabilities
        With `logprobs` 0 and `scoring` ``none``: text is what is negotiated (for the rest see
        `mores.models.scoring_check.find_scoring`).

    Raises
    ------
    Refused
        If even the plainest request is refused.
    """
    dropped, reply = await _descend(send, frozenset())
    while (mode := _capabilities(dropped).structured) != "none" and not _obeys(reply, mode):
        dropped, reply = await _descend(send, dropped | {mode})
    return replace(_capabilities(dropped), reasoning=reasoned(reply))


def _capabilities(dropped: frozenset[str]) -> Capabilities:
    left = [step for step in LADDER if step in _active(dropped)]
    structured = next((step for step in left if step.startswith("json_")), "none")
    return Capabilities(
        system="system" in left,
        structured=structured,
        seed="seed" in left,
        sampling=tuple(name for name in _SAMPLING if name in left),
    )


def _active(dropped: frozenset[str]) -> list[str]:
    """The steps in use; a fallback is in use once what it stands in for is dropped."""
    idle = {"json_object"} if "json_schema" not in dropped else set()
    idle |= {"max_completion_tokens"} if "max_tokens" not in dropped else set()
    return [step for step in LADDER if step not in dropped and step not in idle]


async def _descend(send: Send, dropped: frozenset[str]) -> tuple[frozenset[str], Reply]:
    guessed: list[str] = []
    while True:
        try:
            reply = await _ask(send, dropped)
            break
        except Refused as refusal:
            left = _active(dropped)
            if not left:
                raise
            step = _named(refusal.said, left)
            if step is None:
                step = left[0]
                guessed.append(step)
            dropped |= {step}
    return await _ascend(send, dropped, reply, guessed[:-1])


async def _ascend(
    send: Send, dropped: frozenset[str], reply: Reply, guessed: list[str]
) -> tuple[frozenset[str], Reply]:
    """Put back what was left out by guess: all at once, else each by itself."""
    if not guessed:
        return dropped, reply
    for restored in [guessed, *([step] for step in guessed if len(guessed) > 1)]:
        fewer = dropped - set(restored)
        try:
            reply = await _ask(send, fewer)
        except Refused:
            continue
        dropped = fewer
        if restored is guessed:
            break
    return dropped, reply


async def _ask(send: Send, dropped: frozenset[str]) -> Reply:
    capabilities = _capabilities(dropped)
    reply = await send(question(capabilities), capabilities)
    if reply.finish == "length" and not _obeys(reply, capabilities.structured):
        reply = await send(question(capabilities, _LONG), capabilities)
    return reply


def _named(said: Said, left: list[str]) -> str | None:
    """The step in use that a refusal names: by its parameter, else the first in its words."""
    for text in (said.param, said.all):
        places = {
            kind: match.start() for kind, word in _WORDS.items() if (match := word.search(text))
        }
        if {"temperature", "top_p"} <= places.keys():
            del places["temperature"]
        for kind in sorted(places, key=places.__getitem__):
            step = next((step for step in left if _kind(step) == kind), None)
            if step is not None:
                return step
    return None


def _kind(step: str) -> str:
    if step.startswith("json_"):
        return "json"
    return "tokens" if step.startswith("max_") else step


def _obeys(reply: Reply, mode: str) -> bool:
    if mode == "none":
        return bool(reply.text)
    try:
        answer: Any = json.loads(reply.text or "")
    except (ValueError, RecursionError):
        return False
    if not isinstance(answer, dict):
        return False
    return mode == "json_object" or answer.get("answer") in ("A", "B")


def reasoned(reply: Reply) -> bool:
    """Whether a reply shows a reasoning channel: its own field, its own tokens, or a think tag."""
    if (reply.text or "").lstrip().startswith("<think>"):
        return True
    body: Any = json.loads(reply.detail or "{}")
    message = body["choices"][0]["message"] if body.get("choices") else {}
    if message.get("reasoning_content") or message.get("reasoning"):
        return True
    usage = body.get("usage")
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    return bool(isinstance(details, dict) and details.get("reasoning_tokens"))
