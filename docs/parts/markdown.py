"""Markdown from rows and docstrings."""

from __future__ import annotations

import inspect
from typing import Any


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    cells = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", r"\|").replace("\n", " ") for c in row) + " |"
        for row in cells
    )


def first_line(thing: Any) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]
