"""How asking a server can fail, and what each failure means for the request and for the model.

::

    Failure           this attempt gave no answer
    ├── Transient     asking again may help: 408, 409, 425, 429, 5xx, connection, stall, broken body
    ├── Oversized     the answer is too long to be one; asking again would cost the same again
    └── Refused       asking the same again would be refused again: 400, 413, 422, filtered
    Unusable          no request can succeed: key, model name, payment, address
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from mores.models.scrub import one_line

__all__ = [
    "Failure",
    "Oversized",
    "Patience",
    "Refused",
    "Said",
    "Transient",
    "Unusable",
    "failure_of",
    "retry_after",
    "said",
]

_AGAIN = frozenset({408, 409, 425, 429})
_UNUSABLE = frozenset({401, 402, 403, 404, 405, 407, 410})
_FILTERED = re.compile(r"content.?filter|content.?polic|moderation|flagged|safety", re.IGNORECASE)
_ONLY_THIS = re.compile(_FILTERED.pattern + "|logprobs", re.IGNORECASE)
_BAD_KEY = re.compile(r"api.?key (?:is )?(?:not valid|invalid|expired)|api_key_invalid", re.I)
_UNPAID = re.compile(
    r"insufficient.?(?:quota|balance|funds|credit)|credit balance is too low", re.I
)
_LONGEST = 4096
_HEADERS_OF_RETRY = ("retry-after-ms", "retry-after")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for an answer and how often to ask.

    Attributes
    ----------
    connect : float
        Seconds for a connection to be made.
    attempt : float
        Seconds for one attempt, from sending to the last byte.
    total : float
        Seconds after which an attempt that fails is the last.
    attempts : int
        Most attempts for one request, the first included.
    wait_initial, wait_jitter, wait_max : float
        The n-th wait is ``wait_initial * 2**(n - 1)`` seconds plus a random part of `wait_jitter`,
        at most `wait_max`. A server's own Retry-After goes before it, and is capped by `wait_max`.
    """

    connect: float = 10.0
    attempt: float = 300.0
    total: float = 900.0
    attempts: int = 6
    wait_initial: float = 0.5
    wait_jitter: float = 1.0
    wait_max: float = 60.0


@dataclass(frozen=True, slots=True)
class Said:
    """What a server said about an error; empty where it said nothing."""

    message: str = ""
    param: str = ""
    code: str = ""

    @property
    def all(self) -> str:
        """Message and code in one text, for looking words up."""
        return f"{self.message} {self.code}"


class Failure(Exception):
    """One attempt gave no answer.

    Parameters
    ----------
    reason : str
        Why, in one line, without any secret.

    Attributes
    ----------
    seconds : float
        How long all attempts took together; set by who gives up.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = 0.0


class Transient(Failure):
    """Asking again may help.

    Parameters
    ----------
    reason : str
        Why, in one line.
    wait : float or None
        Seconds that the server asks to be left alone; None if it does not say.
    limited : bool
        The server asks for fewer requests.
    unreachable : bool
        No connection came about.
    """

    def __init__(
        self,
        reason: str,
        *,
        wait: float | None = None,
        limited: bool = False,
        unreachable: bool = False,
    ) -> None:
        super().__init__(reason)
        self.wait = wait
        self.limited = limited
        self.unreachable = unreachable


class Oversized(Failure):
    """The body is longer than any answer can be."""


class Refused(Failure):
    """The server will not answer this request, however often it is asked."""

    def __init__(self, reason: str, said: Said) -> None:
        super().__init__(reason)
        self.said = said


class Unusable(Exception):
    """No request can succeed.

    Parameters
    ----------
    status : int
        The HTTP status that says so, after a misleading one has been put right.
    message : str
        What the server said, in one line, without any secret.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def said(body: bytes) -> Said:
    """What an error body says, in any of the shapes in use.

    Parameters
    ----------
    body : bytes
        ``{"error": {"message", "param", "code"}}``, the same within a list, ``{"error": "…"}``,
        ``{"message": "…"}``, ``{"detail": …}``, or plain text; anything else is taken as text.
    """
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        text = body[:_LONGEST].decode("utf-8", "replace").strip()
        return Said("an HTML page" if text[:1] == "<" else text)
    if isinstance(content, list) and content:
        content = content[0]
    if not isinstance(content, dict):
        return Said(_text(content))
    error = content.get("error")
    if isinstance(error, dict):
        content = error
    elif error:
        content = {"message": error, **content}
    message = content.get("message") or content.get("detail") or ""
    kinds = (content.get("code"), content.get("type"), content.get("status"))
    code = " ".join(dict.fromkeys(_text(kind) for kind in kinds if kind))
    return Said(_text(message), _text(content.get("param") or ""), code)


def _text(value: object) -> str:
    return (value if isinstance(value, str) else json.dumps(value))[:_LONGEST]


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds to wait, as a response's headers ask.

    Parameters
    ----------
    headers : mapping
        Names in any case if the mapping ignores case, else in lower case.
    now : float, optional
        Seconds since 1970, against which a date is read; the present unless given.

    Returns
    -------
    float or None
        At least 0; None without a header that can be read.
    """
    for name in _HEADERS_OF_RETRY:
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,12}(\.\d{1,12})?", value):
            return float(value) / (1000 if name.endswith("ms") else 1)
    try:
        then = parsedate_to_datetime(headers.get("retry-after", "")).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0.0, then - (time.time() if now is None else now))


def failure_of(
    status: int, headers: Mapping[str, str], body: bytes, scrub: Callable[[str], str]
) -> Failure | Unusable:
    """What a response with an error status means.

    Parameters
    ----------
    status : int
        HTTP status, 300 … 599.
    headers : mapping
        The response's headers.
    body : bytes
        Its body.
    scrub : callable
        Takes secrets out of a text.

    Returns
    -------
    Failure or Unusable
        To be raised by the caller.
    """
    told = said(body)
    told = Said(scrub(told.message), scrub(told.param), scrub(told.code))
    message = one_line(told.message or told.code)
    reason = f"HTTP {status}: {message}" if message else f"HTTP {status}"
    if 300 <= status < 400:
        return Unusable(status, one_line(scrub(_without_query(headers.get("location", "")))))
    if status in (400, 403, 429) and _UNPAID.search(told.all):
        return Unusable(402, message)
    if status == 400 and _BAD_KEY.search(told.all):
        return Unusable(401, message)
    if status in _AGAIN or status >= 500:
        wait = retry_after(headers)
        limited = status == 429 or (status in (503, 529) and wait is not None)
        return Transient(reason, wait=wait, limited=limited)
    if status in _UNUSABLE and not (status == 403 and _ONLY_THIS.search(told.all)):
        return Unusable(status, message)
    return Refused(reason, told)


def _without_query(address: str) -> str:
    address = address.partition("?")[0].partition("#")[0]
    return re.sub(r"(?<=//)[^/@]*@", "", address)
