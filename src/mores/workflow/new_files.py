"""Files that must be new: refused early, written beside their place, never put over another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mores.errors import InstrumentError, StoreError

__all__ = ["check_place", "put_new", "write_new"]


def check_place(out: Path, suffix: str, option: str) -> None:
    """Refuse a file that cannot be written, before anything is computed.

    Raises
    ------
    InstrumentError
        If it is there already, its name does not end as it should, or its folder is missing.
    """
    if os.path.lexists(out):
        raise InstrumentError(f"{out} is there already; choose another file with {option}")
    if out.suffix != suffix:
        raise InstrumentError(
            f"{out}: the name of this file ends in {suffix}; rename it in {option}"
        )
    if not out.parent.is_dir():
        raise InstrumentError(
            f"the folder {out.parent} does not exist; make it, or choose another with {option}"
        )


def write_new(out: Path, write: Callable[[Path], object]) -> None:
    """Have a file written beside its place, then put it there, unless one came to be meanwhile.

    Parameters
    ----------
    out : Path
        A new file.
    write : callable
        Writes the path that it is given.

    Raises
    ------
    StoreError
        If a file is there, or it cannot be written.
    """
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        write(temporary)
        put_new(temporary, out)
    except FileExistsError:
        raise StoreError(
            f"{out} came to be meanwhile, and is left as it is; choose another"
        ) from None
    except OSError as error:
        raise StoreError(
            f"{out} cannot be written ({error.strerror or error}); check room and permissions"
        ) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def put_new(source: Path, place: Path) -> None:
    """Have a file stand at another place too, unless something stands there.

    Raises
    ------
    FileExistsError
        If something does.
    OSError
        If it cannot be put there.
    """
    try:
        os.link(source, place)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with source.open("rb") as content, place.open("xb") as file:
            shutil.copyfileobj(content, file)
