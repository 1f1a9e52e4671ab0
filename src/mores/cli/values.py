"""How the command line reads values that need more than a type."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts import Token

__all__ = ["names", "number", "numbers", "path", "whole", "whole_numbers"]


def whole(_: Any, tokens: Sequence[Token]) -> int:
    """A whole number; 2.5 is refused, not rounded."""
    text = tokens[0].value
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a whole number") from None


def path(_: Any, tokens: Sequence[Token]) -> Path:
    """A path; an empty one is refused, which would be the folder that one is in."""
    if not tokens[0].value:
        raise ValueError("it is empty")
    return Path(tokens[0].value)


def number(_: Any, tokens: Sequence[Token]) -> float:
    """A number."""
    text = tokens[0].value
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a number") from None


def whole_numbers(_: Any, tokens: Sequence[Token]) -> list[int]:
    """Whole numbers with commas between them."""
    try:
        return [int(part) for part in names(_, tokens)]
    except ValueError:
        shown = ",".join(token.value for token in tokens)[:40]
        raise ValueError(f"{shown!r} is not whole numbers with commas between them") from None


def numbers(_: Any, tokens: Sequence[Token]) -> list[float]:
    """Numbers with commas between them."""
    try:
        return [float(part) for part in names(_, tokens)]
    except ValueError:
        shown = ",".join(token.value for token in tokens)[:40]
        raise ValueError(f"{shown!r} is not numbers with commas between them") from None


def names(_: Any, tokens: Sequence[Token]) -> list[str]:
    """Words with commas between them."""
    return [part.strip() for token in tokens for part in token.value.split(",")]
