"""The command line as a user has it: a process of its own, with its output in files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 120.0


def environment(**more: str) -> dict[str, str]:
    """The process's own, without a key, proxy or setting of whoever runs the tests."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith(("_API_KEY", "_BASE_URL", "_PROXY"))
        and not name.upper().startswith("MORES_")
    }
    return ours | more


def until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait for a condition, which is tried every few milliseconds."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience:
            raise AssertionError(f"waited {patience:g} s in vain until {what}")
        time.sleep(0.005)


class Command:
    """A running ``mores``.

    Parameters
    ----------
    place : Path
        A folder for its output.
    *arguments : object
        As typed.
    **more : str
        Environment variables.
    """

    count = 0

    def __init__(self, place: Path, *arguments: object, **more: str) -> None:
        Command.count += 1
        self._out = place / f"{Command.count}.out"
        self._err = place / f"{Command.count}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mores", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment(**more),
            )

    @property
    def out(self) -> str:
        return self._out.read_text("utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text("utf-8")

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def code(self) -> int:
        """Its exit code as a shell has it, once it has ended, which it must do without a traceback."""
        code = self.process.wait(PATIENCE)
        assert "Traceback" not in self.err, self.err
        return code if code >= 0 else 128 - code

    def reaches(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition while it runs."""
        until(lambda: condition() or self.ended, what)
        assert not self.ended, f"it ended before {what}: {self.err}"

    def says(self, words: str) -> None:
        """Wait until it says something on standard error."""
        self.reaches(lambda: words in self.err, f"it says {words!r}")

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def mores(place: Path, *arguments: object, **more: str) -> Command:
    """A command that has ended."""
    command = Command(place, *arguments, **more)
    command.code()
    return command
