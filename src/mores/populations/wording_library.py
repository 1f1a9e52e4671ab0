"""The user's own files of wordings, kept in the data directory as ``wordings/NAME.csv``."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mores.errors import InstrumentError, nearest
from mores.instruments.overlay_rows import content_of
from mores.instruments.validation import shown
from mores.instruments.wording_overlays import Overlay, parse_overlay
from mores.populations.library import DIRECTORY_VARIABLE, data_directory
from mores.populations.manifest import is_name

__all__ = ["find_overlay", "keep_overlay", "kept_overlays", "load_overlay", "remove_overlay"]

_FOLDER = "wordings"


def kept_overlays(directory: Path | None = None) -> list[str]:
    """The names under which overlays are kept, sorted.

    Parameters
    ----------
    directory : Path, optional
        The data directory; see `mores.populations.library.data_directory`.

    Raises
    ------
    InstrumentError
        If it cannot be read.
    """
    folder = data_directory(directory) / _FOLDER
    try:
        return sorted(p.stem for p in folder.iterdir() if p.suffix == ".csv" and is_name(p.stem))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise InstrumentError(
            f"{folder} cannot be read ({error.strerror}); check permissions, or choose another data "
            f"directory with {DIRECTORY_VARIABLE}"
        ) from None


def load_overlay(name: str, directory: Path | None = None) -> Overlay:
    """A kept overlay.

    Raises
    ------
    InstrumentError
        If there is none of that name, or its file can no longer be used.
    """
    kept = kept_overlays(directory)
    if name not in kept:
        there = nearest(name[:80], kept) if kept else "none is kept"
        raise InstrumentError(
            f"there are no wordings {shown(name)} in {data_directory(directory) / _FOLDER}; {there}; "
            "keep a file with: mores instruments overlay FILE, or give the path of one that ends in "
            ".csv"
        )
    path = data_directory(directory) / _FOLDER / f"{name}.csv"
    return parse_overlay(content_of(path), str(path), name)


def find_overlay(name_or_path: str, folder: Path, directory: Path | None = None) -> Overlay:
    """The overlay that a study file names.

    Parameters
    ----------
    name_or_path : str
        Path of a file that ends in ``.csv``; anything else is the name of a kept one.
    folder : Path
        Where a relative path begins.
    directory : Path, optional
        The data directory.

    Raises
    ------
    InstrumentError
        If there is no such file or name, or it cannot be used.
    """
    if name_or_path.lower().endswith(".csv"):
        path = folder / name_or_path
        return parse_overlay(content_of(path), str(path), path.stem)
    return load_overlay(name_or_path, directory)


def keep_overlay(overlay: Overlay, *, replace: bool = False, directory: Path | None = None) -> Path:
    """Keep the file of an overlay under the overlay's name.

    Parameters
    ----------
    overlay : Overlay
    replace : bool
        Take the place of one of that name.
    directory : Path, optional
        The data directory.

    Returns
    -------
    Path
        The file, there whole or not at all.

    Raises
    ------
    InstrumentError
        If the name is taken or not possible, or the directory cannot be written; what was there before
        is still there.
    """
    if not is_name(overlay.name) or overlay.name.endswith(".csv"):
        raise InstrumentError(
            f"{shown(overlay.name)} is no name to keep wordings under; give one with --name, of up to "
            "64 lower-case letters, digits, dots, hyphens and underscores, beginning with a letter or "
            "digit, and not ending in .csv"
        )
    folder = data_directory(directory) / _FOLDER
    path = folder / f"{overlay.name}.csv"
    draft = folder / f".{overlay.name}.{os.getpid()}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(overlay.content)
        if replace:
            draft.replace(path)
        else:
            _link(draft, path)
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(path):
            raise InstrumentError(
                f"there are wordings {overlay.name!r} in {folder}; choose another name with --name, "
                "or repeat with --replace"
            ) from None
        raise InstrumentError(
            f"{path} cannot be written ({error.strerror}); check room and permissions, or choose "
            f"another data directory with {DIRECTORY_VARIABLE}"
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return path


def _link(draft: Path, path: Path) -> None:
    """Put a file in its place unless there is one, whoever puts it there meanwhile."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        draft.replace(path)


def remove_overlay(name: str, directory: Path | None = None) -> None:
    """Delete a kept overlay, sound or not.

    Raises
    ------
    InstrumentError
        If there is none of that name, or it cannot be deleted.
    """
    if name not in kept_overlays(directory):
        load_overlay(name, directory)
    path = data_directory(directory) / _FOLDER / f"{name}.csv"
    try:
        path.unlink()
    except OSError as error:
        raise InstrumentError(
            f"{path} cannot be removed ({error.strerror}); check permissions"
        ) from None
