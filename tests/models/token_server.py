"""A script for a server that tells given probabilities of tokens, and can be a bad one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import log
from typing import Any

from scripted_server import Asked, chat, http, told

Shares = Mapping[str, float]

NUMBERS = {"10": 0.6, "1": 0.3, "Ten": 0.05, "7": 0.05}
AFTER_ONE = {"0": 0.2, "<|im_end|>": 0.7, ".": 0.1}
AFTER_LETTERS = {" D": 0.9, "<|im_end|>": 0.1}


def kind(asked: Asked) -> str:
    """Which of the check's questions it is, or ``other``; a begun answer behind a slash."""
    messages = [m for m in asked.body["messages"] if m["role"] != "system"]
    words = messages[0]["content"]
    found = next((w for w in ("ten", "one", "letters") if f" {w} " in words), "other")
    begun = messages[-1]["content"] if messages[-1]["role"] == "assistant" else None
    return found if begun is None else f"{found}/{begun}"


def good(asked: Asked) -> Shares:
    """A model that gives the check's questions their right answers, with 20 tokens a place."""
    found = kind(asked)
    if found == "letters/A B C":
        return padded(AFTER_LETTERS)
    return padded(AFTER_ONE if found.endswith("/1") else NUMBERS)


def padded(shares: Shares, n: int = 20) -> Shares:
    return {**shares, **{f"word{i}": 1e-9 for i in range(n - len(shares))}}


def first_token(shares: Shares, asked: Asked, **message: Any) -> dict[str, Any]:
    """A body with the most probable tokens, as many as were asked for."""
    best = sorted(shares.items(), key=lambda pair: -pair[1])[: asked.body.get("top_logprobs", 0)]
    entries = [{"token": text, "logprob": log(share)} for text, share in best]
    body = chat(message.pop("content", "B"), **message)
    body["choices"][0]["logprobs"] = {"content": [{**entries[0], "top_logprobs": entries}]}
    return body


def script(
    shares: Callable[[Asked], Shares] = good,
    top: int = 20,
    refuses: tuple[str, ...] = (),
    mend: Callable[[dict[str, Any], Asked], Any] = lambda body, asked: body,
) -> Callable[[Asked], bytes]:
    """A server's script.

    Parameters
    ----------
    shares : callable
        The probabilities of the tokens at the place that is asked about.
    top : int
        Most log-probabilities; more are refused.
    refuses : tuple of str
        Fields that are refused by name.
    mend : callable
        Changes a body before it is sent.
    """

    def answer(asked: Asked) -> bytes:
        if asked.method == "GET":
            return http(404, b"")
        for name in refuses:
            if name in asked.body:
                return told(400, f"unknown field {name}", param=name)
        if asked.body.get("top_logprobs", 0) > top:
            return told(400, f"top_logprobs must be {top} or less")
        if not asked.body.get("logprobs"):
            return http(200, mend(chat("B"), asked))
        return http(200, mend(first_token(shares(asked), asked), asked))

    return answer
