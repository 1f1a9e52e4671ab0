"""The OpenAI-compatible chat dialect: a request as a payload, a body as a reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from mores.models.failures import Failure, Transient, Unusable, failure_of
from mores.models.interface import Capabilities
from mores.records import Message, Reply, Request

__all__ = [
    "BEGUN",
    "CLOSED",
    "CLOSINGS",
    "NAME",
    "TOKEN_LIMITS",
    "ScoringForm",
    "encode",
    "payload",
    "read_reply",
]

NAME = "openai-chat"
TOKEN_LIMITS = ("max_tokens", "max_completion_tokens")
CLOSINGS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "": {},
        "template": {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}},
        "effort": {"reasoning_effort": "none"},
    }
)
"""Fields that close a reasoning channel: the template's own switches, or the model's."""
BEGUN: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "continue": {"add_generation_prompt": False, "continue_final_message": True},
        "trailing": {},
    }
)
"""Fields with which an answer is continued that the last message begins."""
CLOSED: Mapping[str, Any] = MappingProxyType(
    {"add_generation_prompt": False, "continue_final_message": False}
)
"""Fields with which the last message is a whole answer, and nothing is to follow."""

_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder(parse_constant=str).decode
_LARGEST_COUNT = 2**53


@dataclass(frozen=True, slots=True)
class ScoringForm:
    """How a server was found to want requests for probabilities.

    Attributes
    ----------
    closing : str
        How its reasoning channel is closed, a key of `CLOSINGS`. Text is then asked for in the same
        way, so that both come from the same model.
    begun : str
        How it is told to continue an answer, a key of `BEGUN`; empty where it does not.
    ends : tuple of str
        Texts of tokens that end an answer, beside those that are always read as such.
    tail : tuple of str
        Numbers of the tokens that close an answer in a prompt.
    """

    closing: str = ""
    begun: str = ""
    ends: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What `Capabilities.scoring_form` holds."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})

    @classmethod
    def of(cls, capabilities: Capabilities) -> ScoringForm:
        """The form that capabilities hold; unknown entries are left out."""
        return _form(capabilities.scoring_form)


@lru_cache(maxsize=16)
def _form(text: str) -> ScoringForm:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return ScoringForm()
    if not isinstance(found, dict):
        return ScoringForm()
    lists = (tuple(map(str, found.get(name) or ())) for name in ("ends", "tail"))
    closing, begun = found.get("closing", ""), found.get("begun", "")
    return ScoringForm(
        closing if closing in CLOSINGS else "", begun if begun in BEGUN else "", *lists
    )


def payload(request: Request, capabilities: Capabilities, model: str) -> dict[str, Any]:
    """What is sent for a request to a model that can do this much.

    Parameters
    ----------
    request : Request
        Its messages, sampling, seed and answer schema are used.
    capabilities : Capabilities
        What is left out: only the sampling parameters that it lists are sent, a seed only if it
        takes one, the schema only as strictly as it takes it; fields that close its reasoning
        channel if its `ScoringForm` says so. ``max_completion_tokens`` listed in
        place of ``max_tokens`` sends the limit under that name. Without `system`, the system text
        goes in front of the first user message, after which a blank line follows.
    model : str
        The server's name of the model.

    Returns
    -------
    dict
        JSON-serialisable.
    """
    messages = request.messages if capabilities.system else _folded(request.messages)
    sent: dict[str, Any] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in messages],
        "stream": False,
    }
    sampling = request.sampling
    for name in capabilities.sampling:
        field = "max_tokens" if name in TOKEN_LIMITS else name
        value = getattr(sampling, field)
        if value is not None:
            sent[name] = value
    if capabilities.seed:
        sent["seed"] = request.seed
    if request.answer_schema is not None and capabilities.structured != "none":
        sent["response_format"] = _response_format(request.answer_schema, capabilities.structured)
    return {**sent, **CLOSINGS[ScoringForm.of(capabilities).closing]}


def _response_format(schema: Mapping[str, Any], mode: str) -> dict[str, Any]:
    if mode == "json_object":
        return {"type": "json_object"}
    held = {"name": "answer", "strict": True, "schema": dict(schema)}
    return {"type": "json_schema", "json_schema": held}


def _folded(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    instructions = [m.content for m in messages if m.role == "system"]
    if not instructions:
        return messages
    rest = [m for m in messages if m.role != "system"]
    first = next((i for i, m in enumerate(rest) if m.role == "user"), None)
    if first is None:
        rest.insert(0, Message("user", "\n\n".join(instructions)))
    else:
        rest[first] = Message("user", "\n\n".join([*instructions, rest[first].content]))
    return tuple(rest)


def encode(sent: Mapping[str, Any]) -> bytes:
    """The payload as ASCII JSON, in which a lone surrogate is an escape and so can be sent."""
    return _encode(sent).encode("ascii")


def read_reply(body: bytes, seconds: float, scrub: Callable[[str], str]) -> Reply:
    """A reply from the body of a response with status 200.

    Parameters
    ----------
    body : bytes
        As received, after any content encoding was undone.
    seconds : float
        How long it took.
    scrub : callable
        Takes secrets out of a server's error message.

    Returns
    -------
    Reply
        `text` is the first choice's content verbatim (the texts of its parts if it is a list, the
        refusal if there is no content, empty if there is neither); `detail` all else that the body
        says, as JSON with sorted keys.

    Raises
    ------
    Failure
        If the body is no JSON, lacks a choice, or reports an error.
    """
    try:
        content: Any = _decode(body.decode("utf-8-sig"))
        text, finish = _first_choice(content)
        detail = json.dumps(content, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError) as problem:
        raise Transient(f"broken body: {_shape(problem)}") from None
    except (LookupError, TypeError, AttributeError):
        raise _unanswered(content, scrub) from None
    usage = content.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Reply(
        text=text,
        finish=finish if isinstance(finish, str) else None,
        detail=detail,
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        seconds=seconds,
    )


def _first_choice(content: Any) -> tuple[str, Any]:
    """Text and finish of the first choice, whose text is taken out of the content."""
    choice = content["choices"][0]
    if choice.get("error"):
        raise LookupError("the choice is an error")
    message = choice["message"]
    told = message.get("content")
    if isinstance(told, str):
        del message["content"]
    elif isinstance(told, list):
        told = "".join(_part(part) for part in told)
    elif told is not None:
        raise TypeError("content that is neither text nor parts")
    refusal = message.get("refusal")
    if not told and isinstance(refusal, str):
        told = refusal
    return told or "", choice.get("finish_reason")


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    text = part.get("text") or part.get("refusal") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""


def _unanswered(content: Any, scrub: Callable[[str], str]) -> Failure | Unusable:
    """Why a body of status 200 holds no answer: an error reported inside it, or its shape."""
    error = None
    if isinstance(content, dict):
        choices = content.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        error = content.get("error") or (first.get("error") if isinstance(first, dict) else None)
    if not error:
        return Transient("broken body: JSON without a choice that holds a message")
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return failure_of(status, {}, _encode({"error": error}).encode("ascii"), scrub)


def _shape(problem: Exception) -> str:
    if isinstance(problem, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(problem, json.JSONDecodeError):
        return f"not JSON ({problem.msg} at character {problem.pos})"
    return "not JSON that can be read"


def _count(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < _LARGEST_COUNT else None  # type: ignore[operator, return-value]
