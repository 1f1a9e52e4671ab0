"""The command line: parse, call, print."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import CycloptsError

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        Without the program's name; those of the process unless given.

    Returns
    -------
    int
        0 complete, 1 an unforeseen error (something may have been written), 2 unusable input
        (nothing written), 3 finished with failures or short of the plan, 130 interrupted.
    """
    _speak_plainly()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return _fail("interrupted; repeat the command to go on", 130)


def _speak_plainly() -> None:
    """Files and pipes get UTF-8 everywhere; what a terminal cannot show is escaped, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # else a test, or a notebook, has its own
            if stream is sys.stdout and not stream.isatty():
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
            else:
                stream.reconfigure(errors="backslashreplace")


def _run(tokens: list[str]) -> int:
    from cyclopts import CycloptsError

    from mores.cli.commands import app
    from mores.errors import MoresError

    try:
        code = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except MoresError as error:
        return _fail(str(error), error.exit_code)
    except CycloptsError as error:
        return _fail(_explained(error), 2)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone, and so has anyone to tell
        return 0
    except Exception as error:
        # An error nobody foresaw is a defect of this program; the user gets a line, not a traceback.
        return _fail(
            f"an unforeseen {type(error).__name__}: {error}; what was stored is intact; please report "
            "this with the command you typed (set MORES_DEBUG=1 to see where it arose)",
            1,
            debug=True,
        )
    return code if isinstance(code, int) else 0


def _explained(error: CycloptsError) -> str:
    from cyclopts.exceptions import UnusedCliTokensError

    if isinstance(error, UnusedCliTokensError):
        said = f"unexpected: {' '.join(error.unused_tokens or ())}"
    else:
        said = " ".join(str(error).split()).rstrip(".")
    return f"{said}; see: {' '.join(('mores', *(error.command_chain or ()), '--help'))}"


def _fail(message: str, code: int, debug: bool = False) -> int:
    import os

    from mores.cli.printing import plain

    if debug and os.environ.get("MORES_DEBUG"):
        raise  # the error that the caller is handling
    print(f"mores: {plain(message)}", file=sys.stderr)
    return code
