"""What being turned away looks like: exit code 2, one clear message, nothing written.

Shared by the tests of the command line and of studies; their conftest offers `desk` as a fixture.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mores.cli import main

LONGEST = 4000


class Desk:
    """A folder to work in, with the command line at hand."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def put(self, name: str, content: str | bytes) -> None:
        """Write a file, and the folders above it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def contents(self) -> dict[str, bytes | None]:
        """Every file with its bytes and every folder, but for the word of who holds a run's folder."""
        return {
            str(path.relative_to(self.folder)): None if path.is_dir() else path.read_bytes()
            for path in self.folder.rglob("*")
            if path.name != ".lock"
        }

    def call(self, *arguments: str) -> tuple[int, str]:
        """Exit code, and what was printed on standard output."""
        code = main(list(arguments))
        return code, self._capsys.readouterr().out

    def turned_away(self, arguments: list[str], says: tuple[str, ...]) -> str:
        """Call, and check that it ends as unusable input does.

        The message must hold every part of `says`: the value that is wrong, what is allowed, and
        what to do.
        """
        before = self.contents()
        self._capsys.readouterr()
        code = main(arguments)
        told = self._capsys.readouterr()
        assert code == 2, told
        message = checked_message(told.err, says)
        assert told.out == ""
        assert self.contents() == before
        return message


def checked_message(stderr: str, says: tuple[str, ...]) -> str:
    """The last message on standard error; those before it say how far the run has come."""
    assert "Traceback" not in stderr
    assert "unforeseen" not in stderr
    assert stderr.startswith("mores: ")
    assert stderr.endswith("\n")
    message = stderr.rpartition("\nmores: ")[2].removeprefix("mores: ").strip()
    assert says, "a case must say what it expects"
    for part in says:
        assert part in message, f"{part!r} is not in: {message}"
    assert len(message) <= LONGEST
    assert not message.endswith(".;")
    return message


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    """An empty folder that one is in, without keys, prices or proxies in the environment."""
    for name in list(os.environ):
        if name.startswith("MORES_") or name.lower().endswith(("_api_key", "_proxy")):
            monkeypatch.delenv(name)
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Desk(folder, capsys)
