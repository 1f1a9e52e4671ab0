"""Which texts may stand in a file that someone else wrote."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

__all__ = [
    "MAX_CHARACTERS",
    "Identifier",
    "Label",
    "OptionalText",
    "StrictRecord",
    "Text",
    "is_label",
    "plain_text",
]

MAX_CHARACTERS = 20_000
"""Longest text that is read."""

MAX_LABEL_CHARACTERS = 200


def plain_text(text: str) -> str:
    """The text as it is, if it is short enough and can be stored and shown."""
    if len(text) > MAX_CHARACTERS:
        raise PydanticCustomError(
            "too_long",
            "has {length} characters; at most {limit} are allowed",
            {"length": len(text), "limit": MAX_CHARACTERS},
        )
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise PydanticCustomError(
            "surrogate", "holds half of a surrogate pair, which no file can store; remove it"
        )
    odd = next((c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\t\r"), None)
    if odd is not None:
        raise PydanticCustomError(
            "control_character",
            "holds the control character {code}; remove it",
            {"code": f"U+{ord(odd):04X}"},
        )
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty", "is empty; write it")
    return plain_text(text)


def is_label(text: str) -> bool:
    """Whether the text can stand inside a sentence: one line of 1 to 200 characters, not blank."""
    # Not isprintable(): joiners, which Persian and Hindi words need, do not count as printable.
    odd = any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)
    return bool(text.strip()) and len(text) <= MAX_LABEL_CHARACTERS and not odd


def _label(text: str) -> str:
    if not is_label(text):
        raise PydanticCustomError(
            "label",
            "{text} must be one line of 1 to {limit} characters",
            {"text": repr(text[:60]), "limit": MAX_LABEL_CHARACTERS},
        )
    return text


def _identifier(text: str) -> str:
    if not text or len(text) > MAX_LABEL_CHARACTERS or not text.isprintable() or " " in text:
        raise PydanticCustomError(
            "identifier",
            "must be 1 to {limit} visible characters without spaces",
            {"limit": MAX_LABEL_CHARACTERS},
        )
    return text


# What a JSON Schema can say of the rules above; its $ would let a line break through.
_END = r"(?![\s\S])"
_PLAIN = r"[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*" + _END
_TEXT = {"type": "string", "maxLength": MAX_CHARACTERS}
_SHORT = {"type": "string", "minLength": 1, "maxLength": MAX_LABEL_CHARACTERS}
_ONE_LINE = r"^(?=.*\S)[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*" + _END

Text = Annotated[
    str,
    AfterValidator(_filled),
    WithJsonSchema({**_TEXT, "minLength": 1, "pattern": r"^(?=[\s\S]*\S)" + _PLAIN}),
]
OptionalText = (
    Annotated[str, AfterValidator(plain_text), WithJsonSchema({**_TEXT, "pattern": f"^{_PLAIN}"})]
    | None
)
Label = Annotated[str, AfterValidator(_label), WithJsonSchema({**_SHORT, "pattern": _ONE_LINE})]
Identifier = Annotated[
    str, AfterValidator(_identifier), WithJsonSchema({**_SHORT, "pattern": rf"^\S*{_END}"})
]


class StrictRecord(BaseModel):
    """A record without unknown keys, coerced values, NaN or infinities."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
