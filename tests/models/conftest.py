"""Servers for the tests of this room; their modules stand beside it and one folder up."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

for folder in Path(__file__).parents[:2]:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from scripted_server import ScriptedServer, serving  # noqa: E402


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Start scripted servers that end with the test."""
    with ExitStack() as stack:
        yield lambda script, **options: stack.enter_context(serving(script, **options))
