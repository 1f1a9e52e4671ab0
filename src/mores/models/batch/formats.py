"""What a batch interface is sent and sends: request lines, result lines, the state of a batch.

The interface is OpenAI's, which other servers follow: a file of JSON lines is uploaded, a batch is
created over it, and its results come in two files, one of answers and one of errors, in any order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from mores.keys import key_text, parse_key
from mores.models.scrub import one_line
from mores.models.transport import Response

__all__ = [
    "CANCELLABLE",
    "ENDED",
    "ENDPOINT",
    "LARGEST_FILE",
    "MOST_REQUESTS",
    "Batch",
    "Row",
    "custom_id",
    "file_id",
    "parse_custom_id",
    "read_batch",
    "read_row",
    "request_line",
]

ENDPOINT = "/v1/chat/completions"
"""What every request of a batch is put to."""
MOST_REQUESTS = 50_000
LARGEST_FILE = 200_000_000
"""Requests and bytes of one input file, as OpenAI limits them (and no other known server lower)."""
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
"""States in which nothing more comes."""
CANCELLABLE = frozenset({"validating", "in_progress"})
"""States in which a batch can be stopped."""
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:-]{0,255}", re.ASCII)
_CUSTOM = re.compile(r"([0-9]{1,18})-(m1-[0-9a-f]{32})", re.ASCII)
_decode = json.JSONDecoder(parse_constant=str).decode
_encode = json.JSONEncoder(separators=(",", ":")).encode


def custom_id(slot: int, key: bytes) -> str:
    """The name of a request in a batch: its slot in the answer store, and its key."""
    return f"{slot}-{key_text(key)}"


def parse_custom_id(text: str) -> tuple[int, bytes] | None:
    """Slot and key of a name that `custom_id` made; None for any other text."""
    found = _CUSTOM.fullmatch(text)
    return None if found is None else (int(found[1]), parse_key(found[2]))


def request_line(name: str, body: bytes) -> bytes:
    """A line of an input file.

    Parameters
    ----------
    name : str
        Of `custom_id`.
    body : bytes
        JSON on one line, as `mores.models.chat.body_of` makes it.
    """
    head = f'{{"custom_id":"{name}","method":"POST","url":"{ENDPOINT}","body":'
    return head.encode("ascii") + body + b"}\n"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a result file.

    Attributes
    ----------
    name : str
        Its ``custom_id``.
    response : Response or None
        What the server answered; None where the request did not reach a model.
    failure : str
        Why it did not, in one line; else empty.
    """

    name: str
    response: Response | None
    failure: str = ""


def read_row(line: bytes, scrub: Callable[[str], str]) -> Row:
    """A line of a result file.

    Parameters
    ----------
    line : bytes
        With or without its end.
    scrub : callable
        Takes secrets out of a server's error message.

    Raises
    ------
    ValueError
        If it is no such line; the message says in what way.
    """
    try:
        found: Any = _decode(line.decode("utf-8-sig").strip())
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("custom_id"), str):
        raise ValueError("has no custom_id")
    name, response, error = found["custom_id"], found.get("response"), found.get("error")
    if isinstance(response, dict) and (body := response.get("body")) is not None:
        status = response.get("status_code")
        if not isinstance(status, int) or not 200 <= status < 600:
            raise ValueError("has no status_code")
        return Row(name, Response(status, {}, _encode(body).encode("ascii")))
    if not error:
        raise ValueError("has neither a response nor an error")
    return Row(name, None, _words(error, scrub))


def _words(error: Any, scrub: Callable[[str], str]) -> str:
    parts = [error.get("code"), error.get("message")] if isinstance(error, dict) else [error]
    told = ": ".join(part for part in parts if isinstance(part, str) and part)
    return one_line(scrub(told)) or "an error without a message"


def _moment(value: object) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and 0 < value < 1e11 else None  # type: ignore[operator,arg-type]


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _mapping(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


_Moment = Annotated[float | None, BeforeValidator(_moment)]
_Name = Annotated[str | None, BeforeValidator(_name)]


class _Counts(BaseModel):
    model_config = ConfigDict(frozen=True)

    total: int = Field(0, ge=0)
    completed: int = Field(0, ge=0)
    failed: int = Field(0, ge=0)


class Batch(BaseModel):
    """The state of a batch, as its server tells it.

    Attributes
    ----------
    id : str
    status : str
        ``validating``, ``in_progress``, ``finalizing``, ``cancelling``, or one of `ENDED`.
    input_file_id : str or None
        What it was created over.
    output_file_id, error_file_id : str or None
        Where its results are.
    created_at, expires_at : float or None
        Seconds since 1970.
    request_counts : object
        ``total``, ``completed``, ``failed``.
    errors : any
        Why it failed as a whole.
    metadata : mapping
        What it was created with.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(pattern=rf"^{_ID.pattern}$")
    status: Annotated[str, BeforeValidator(_lower)] = Field(pattern=r"^[a-z_]{1,40}$")
    input_file_id: _Name = None
    output_file_id: _Name = None
    error_file_id: _Name = None
    created_at: _Moment = None
    expires_at: _Moment = None
    request_counts: Annotated[_Counts, BeforeValidator(_mapping)] = _Counts()
    errors: Any = None
    metadata: Annotated[dict[str, Any], BeforeValidator(_mapping)] = {}

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self.status in ENDED

    def reason(self, scrub: Callable[[str], str]) -> str:
        """Why it failed as a whole, in one line; empty where the server does not say."""
        data = self.errors.get("data") if isinstance(self.errors, dict) else self.errors
        first = data[0] if isinstance(data, list) and data else data
        return _words(first, scrub) if first else ""


def read_batch(content: Any) -> Batch:
    """A batch from decoded JSON.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        return Batch.model_validate(content)
    except ValidationError:
        raise ValueError("what came back is not a batch") from None


def file_id(content: Any) -> str:
    """The name of an uploaded file from decoded JSON.

    Raises
    ------
    ValueError
        If there is none that can be used in an address.
    """
    found = _name(content.get("id")) if isinstance(content, dict) else None
    if found is None:
        raise ValueError("what came back is not a file")
    return found
