"""Writing a report's files: each replaced in one step, and none of an earlier run left behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from mores.errors import StoreError

__all__ = ["clear_stale", "folder_for", "replace_file", "replace_text"]


def folder_for(path: Path) -> Path:
    """Make a folder, and those above it, if need be.

    Raises
    ------
    StoreError
        If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {path} cannot be made ({error.strerror}); check the permissions, and that "
            "no file has this name, then repeat: mores report"
        ) from None
    return path


def replace_file(path: Path, write: Callable[[Path], object]) -> Path:
    """Have a file written beside its place, then move it there: a reader never sees half of it.

    Parameters
    ----------
    path : Path
        Where it is to stand.
    write : callable
        Writes the path that it is given.

    Raises
    ------
    StoreError
        If it cannot be written; an earlier file at `path` is then left as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(temporary)
        temporary.replace(path)
    except Exception as error:
        temporary.unlink(missing_ok=True)
        if not _is_of_the_disk(error):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(
            f"{path} cannot be written ({reason}); the stored replies are intact; make room, check "
            "the permissions, then repeat: mores report"
        ) from None
    return path


def _is_of_the_disk(error: Exception) -> bool:
    if isinstance(error, OSError):
        return True
    # Polars gives some failed writes an error of its own.
    return type(error).__module__.startswith("polars") and "os error" in str(error).lower()


def replace_text(path: Path, text: str) -> Path:
    """`replace_file` with UTF-8 text; what no UTF-8 can hold is written as an escape."""
    data = text.encode("utf-8", "backslashreplace")
    return replace_file(path, lambda temporary: temporary.write_bytes(data))


def clear_stale(folder: Path, kept: Collection[str], suffixes: Collection[str]) -> None:
    """Remove files with these suffixes that the report has not just written.

    Parameters
    ----------
    folder : Path
    kept : collection of str
        File names that stay.
    suffixes : collection of str
        Such as ``(".csv", ".parquet")``; other files are left alone.

    Raises
    ------
    StoreError
        If one cannot be removed.
    """
    for path in sorted(folder.iterdir()):
        if path.suffix in suffixes and path.name not in kept and path.is_file():
            try:
                path.unlink()
            except OSError as error:
                raise StoreError(
                    f"{path} is of an earlier report and cannot be removed ({error.strerror}); "
                    "remove it, then repeat: mores report"
                ) from None
